"""参保登记 for a list of people and for a whole unit: the law judges each person, the database writes them at once.

The cases, decisions and accounts are the same rows that case-by-case handling writes, and the same walls apply: three
steps by three persons, nothing outside the actor's scope.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text

from api.database import Actor, copy_rows, county_of, plan_for_sets, run_sql, scope_of
from api.errors import DomainError
from api.permissions import Permission
from api.policy.ages import attains_on
from api.policy.contributions import check_tier
from api.policy.deadlines import due_on
from api.policy.enrolment import may_enrol
from api.policy.parameters import ParametersUnknown
from api.services import audit_events
from api.services.case_refusals import StepForbidden
from api.services.enrolment_refusals import TierNotNeeded
from api.services.laws import law_of_county, law_on
from api.vocabulary import PASSED_STATE, WAITING_STATE, WAITS_FOR, CaseState, EnrolmentStep, HukouKind, ResidentStatus

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

    from api.policy.parameters import PolicyParameters

RIGHTS = {
    EnrolmentStep.VILLAGE_CHECK: Permission.ENROLMENT_CHECK,
    EnrolmentStep.TOWNSHIP_REVIEW: Permission.ENROLMENT_REVIEW,
    EnrolmentStep.COUNTY_APPROVAL: Permission.ENROLMENT_APPROVE,
}


@dataclass(frozen=True, slots=True)
class NewEnrolment:
    """A person of the list: tier in fen (0 for the launch cohort) and the day of the application."""

    resident_id: int
    tier_fen: int
    applied_on: date


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a row of the list was not taken. `row_no` counts from 0."""

    row_no: int
    code: str
    message: str


def register(
    session: Session, *, actor: Actor, county_code: int, rows: Sequence[NewEnrolment], today: date
) -> tuple[int, list[Refusal]]:
    """Enter a list of applications as drafts of today; return how many were taken and why the others were not."""
    session.execute(
        text(
            """
            CREATE TEMP TABLE staged_enrolments (row_no int, resident_id bigint) ON COMMIT DROP;
            CREATE TEMP TABLE accepted_enrolments
                (row_no int, resident_id bigint, division_code bigint, tier_fen bigint, applied_on date) ON COMMIT DROP
            """
        )
    )
    copy_rows(
        session,
        "staged_enrolments",
        ("row_no", "resident_id"),
        ((number, row.resident_id) for number, row in enumerate(rows)),
    )
    facts = {row.row_no: row for row in run_sql(session, "bulk_enrolment", "10_read_facts", county_code=county_code)}
    refusals: list[Refusal] = []
    accepted: list[tuple[object, ...]] = []
    seen: set[int] = set()
    for number, row in enumerate(rows):
        refusal = _judge(session, number, row, facts.get(number), seen)
        if refusal is None:
            seen.add(row.resident_id)
            accepted.append((number, row.resident_id, facts[number].division_code, row.tier_fen, row.applied_on))
        else:
            refusals.append(refusal)
    columns = ("row_no", "resident_id", "division_code", "tier_fen", "applied_on")
    copy_rows(session, "accepted_enrolments", columns, accepted)
    run_sql(
        session,
        "bulk_enrolment",
        "20_insert_enrolments",
        county_code=county_code,
        created_by_id=actor.user_id,
        since_on=today,
        due_on=due_on(EnrolmentStep.VILLAGE_CHECK, today, law_of_county(session, county_code, today)),
    )
    session.execute(text("DROP TABLE staged_enrolments, accepted_enrolments"))
    audit_events.record(
        session,
        actor=actor,
        action="register_enrolments",
        subject_kind="enrolments",
        accepted=len(accepted),
        refused=len(refusals),
    )
    return len(accepted), refusals


def _judge(
    session: Session, number: int, row: NewEnrolment, facts: Row[tuple[object, ...]] | None, seen: set[int]
) -> Refusal | None:
    """Ask the law about one row; the first obstacle is the answer."""
    if facts is None:
        return Refusal(number, "not-found", "没有这位居民，或不在您的管辖范围内。")
    try:
        parameters = law_on(session, facts.division_code, row.applied_on)
    except ParametersUnknown as error:
        return Refusal(number, error.code, "申请日期早于制度实施，没有适用的政策。")
    decision = may_enrol(
        birth_date=facts.birth_date,
        hukou=HukouKind(facts.hukou_kind),
        student=facts.is_student,
        employee_insured=facts.employee_insured,
        other_pension=facts.other_pension,
        status=ResidentStatus(facts.status),
        on=row.applied_on,
        parameters=parameters,
        enrolled_elsewhere=facts.enrolled_already or row.resident_id in seen,
    )
    if not decision.allowed:
        return Refusal(number, decision.reasons[0].code, decision.reasons[0].message)
    try:
        check_chosen_tier(facts.birth_date, row.tier_fen, parameters)
    except DomainError as error:
        return Refusal(number, error.code, error.detail)
    return None


def check_chosen_tier(birth_date: date, tier_fen: int, parameters: PolicyParameters) -> None:
    """Who was 60 at the launch pays nothing; everybody else picks an offered tier.

    Raises `TierNotNeeded` or `TierNotOffered`.
    """
    if attains_on(birth_date, parameters.benefit_age) > parameters.launch_on:
        check_tier(tier_fen, parameters)
    elif tier_fen:
        raise TierNotNeeded(pointer="/tier")


def approve_step(
    session: Session, *, actor: Actor, division_code: int, step: EnrolmentStep, today: date, opinion: str
) -> int:
    """Approve a step for every case of a unit that waits for it; return how many.

    Raises `StepForbidden` when the actor's role does not do the step. Cases in which the actor had a hand already are
    left for somebody else.
    """
    if RIGHTS[step] not in actor.permissions:
        raise StepForbidden
    state, next_state = WAITING_STATE[step], PASSED_STATE[step]
    low, high = scope_of(division_code)
    county_code = county_of(division_code)
    plan_for_sets(session)
    decided = run_sql(
        session,
        "bulk_enrolment",
        "30_insert_decisions",
        county_code=county_code,
        low=low,
        high=high,
        state=state.value,
        step=step.value,
        decided_by_id=actor.user_id,
        decided_by_name=actor.display_name,
        decided_on=today,
        opinion=opinion,
    )
    ids = [row.enrolment_id for row in decided]
    approved = next_state is CaseState.COUNTY_APPROVED
    next_step = WAITS_FOR.get(next_state)
    run_sql(
        session,
        "bulk_enrolment",
        "40_advance_enrolments",
        county_code=county_code,
        state=state.value,
        next_state=next_state.value,
        insured_on=today if approved else None,
        since_on=today,
        due_on=None if next_step is None else due_on(next_step, today, law_of_county(session, county_code, today)),
        enrolment_ids=ids,
    )
    if approved:
        run_sql(
            session,
            "bulk_enrolment",
            "50_open_accounts",
            county_code=county_code,
            opened_on=today,
            enrolment_ids=ids,
        )
    audit_events.record(
        session,
        actor=actor,
        action="approve_enrolment_step",
        subject_kind="enrolments",
        division_code=division_code,
        step=step.value,
        cases=len(ids),
    )
    return len(ids)
