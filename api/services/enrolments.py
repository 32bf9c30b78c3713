"""参保登记 (P1, policy.md §3): an application, three steps by three persons, and the account that approval opens.

Who may join is decided by `policy.enrolment` and nowhere else. A case that is sent back starts a new round, so that the
same persons may handle it once it is mended.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as insert_or_skip
from sqlmodel import col

from api.database import Actor, new_ids, next_id
from api.errors import DomainError, FieldFault, NotFound, StaleVersion
from api.models import Account, Enrolment, EnrolmentDecision, Resident
from api.policy.enrolment import may_enrol
from api.policy.parameters import parameters_on
from api.services import audit_events
from api.services.bulk_enrolments import STEPS, StepForbidden, check_chosen_tier
from api.services.enrolment_refusals import (
    AppliedInFuture,
    EnrolmentAlreadyOpen,
    EnrolmentRefused,
    NotReturned,
    OpinionMissing,
    StepNotNext,
)
from api.services.two_persons import require_second_person
from api.vocabulary import Decision, EnrolmentState, EnrolmentStep, Rhythm

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session


ENDED = (EnrolmentState.REJECTED, EnrolmentState.TERMINATED)


@dataclass(frozen=True, slots=True)
class Ruling:
    """What one person says at one step, on the business date."""

    step: EnrolmentStep
    decision: Decision
    opinion: str | None
    on: date


@dataclass(frozen=True, slots=True)
class ItemResult:
    """What became of one case of a bulk decision; `refusal` says why nothing did."""

    enrolment_id: int
    state: EnrolmentState | None
    refusal: DomainError | None


def apply_for(
    session: Session,
    *,
    actor: Actor,
    resident_id: int,
    tier_fen: int,
    rhythm: Rhythm,
    applied_on: date,
    today: date,
) -> Enrolment:
    """Enter an application as a draft that waits for the village's check.

    Raises `NotFound`, `EnrolmentRefused` with the law's reasons, `EnrolmentAlreadyOpen`, `TierNotOffered`,
    `TierNotNeeded` or `AppliedInFuture`. A race for the same person is settled by `uq_enrolments_alive`.
    """
    resident = _resident(session, resident_id)
    if _alive_of(session, resident) is not None:
        raise EnrolmentAlreadyOpen(pointer="/resident_id")
    _check_application(resident, tier_fen=tier_fen, applied_on=applied_on, today=today)
    enrolment = Enrolment(
        county_code=resident.county_code,
        id=next_id(session, resident.county_code),
        resident_id=resident.id,
        division_code=resident.division_code,
        tier_fen=tier_fen,
        rhythm=rhythm,
        applied_on=applied_on,
        state=EnrolmentState.DRAFT,
        round=1,
        version=1,
        created_by_id=actor.user_id,
    )
    session.add(enrolment)
    session.flush()
    _record(session, actor, "create_enrolment", enrolment)
    return enrolment


def decide(session: Session, *, actor: Actor, enrolment_id: int, version: int, ruling: Ruling) -> Enrolment:
    """Say yes, send back or turn down at a step; the county's yes makes the person insured and opens the account.

    Raises `NotFound`, `StaleVersion`, `StepForbidden`, `StepNotNext`, `SamePerson`, `OpinionMissing` or
    `EnrolmentRefused`.
    """
    _check_ruling(actor, ruling)
    enrolment = _locked(session, [enrolment_id]).get(enrolment_id)
    if enrolment is None:
        raise NotFound
    if enrolment.version != version:
        raise StaleVersion
    deciders = _deciders(session, [enrolment])
    refusal = _obstacle(session, actor, enrolment, ruling, deciders.get(enrolment_id, set()))
    if refusal is not None:
        raise refusal
    _apply(session, actor, [enrolment], ruling)
    return enrolment


def decide_many(session: Session, *, actor: Actor, enrolment_ids: Sequence[int], ruling: Ruling) -> list[ItemResult]:
    """Decide the same for many cases at once; a case that cannot be decided keeps its state and says why.

    Raises `StepForbidden` and `OpinionMissing` for the whole request.
    """
    _check_ruling(actor, ruling)
    cases = _locked(session, enrolment_ids)
    deciders = _deciders(session, list(cases.values()))
    results: list[ItemResult] = []
    passed: list[Enrolment] = []
    for enrolment_id in dict.fromkeys(enrolment_ids):
        enrolment = cases.get(enrolment_id)
        refusal = (
            NotFound()
            if enrolment is None
            else _obstacle(session, actor, enrolment, ruling, deciders.get(enrolment_id, set()))
        )
        if enrolment is not None and refusal is None:
            passed.append(enrolment)
        results.append(ItemResult(enrolment_id, enrolment.state if enrolment else None, refusal))
    _apply(session, actor, passed, ruling)
    states = {enrolment.id: enrolment.state for enrolment in passed}
    return [ItemResult(one.enrolment_id, states.get(one.enrolment_id, one.state), one.refusal) for one in results]


def resubmit(
    session: Session,
    *,
    actor: Actor,
    enrolment_id: int,
    version: int,
    tier_fen: int,
    rhythm: Rhythm,
    applied_on: date,
    today: date,
) -> Enrolment:
    """Hand a returned case in again: a new round, answered for by whoever hands it in.

    Raises `NotFound`, `StaleVersion`, `NotReturned`, and what `apply_for` raises about the application.
    """
    enrolment = _locked(session, [enrolment_id]).get(enrolment_id)
    if enrolment is None:
        raise NotFound
    if enrolment.version != version:
        raise StaleVersion
    if enrolment.state is not EnrolmentState.RETURNED:
        raise NotReturned
    _check_application(_resident(session, enrolment.resident_id), tier_fen=tier_fen, applied_on=applied_on, today=today)
    enrolment.tier_fen = tier_fen
    enrolment.rhythm = rhythm
    enrolment.applied_on = applied_on
    enrolment.state = EnrolmentState.DRAFT
    enrolment.round += 1
    enrolment.version += 1
    enrolment.created_by_id = actor.user_id
    session.flush()
    _record(session, actor, "resubmit_enrolment", enrolment)
    return enrolment


def _check_application(resident: Resident, *, tier_fen: int, applied_on: date, today: date) -> None:
    """Ask the law about the person as of the day of the application, and about the tier."""
    if applied_on > today:
        raise AppliedInFuture(pointer="/applied_on")
    _check_eligible(resident, applied_on)
    check_chosen_tier(resident.birth_date, tier_fen, parameters_on(applied_on))


def _check_eligible(resident: Resident, on: date) -> None:
    """Raise `EnrolmentRefused` with every obstacle of the law."""
    decision = may_enrol(
        birth_date=resident.birth_date,
        hukou=resident.hukou_kind,
        student=resident.is_student,
        employee_insured=resident.employee_insured,
        other_pension=resident.other_pension,
        status=resident.status,
        on=on,
        parameters=parameters_on(on),
    )
    if not decision.allowed:
        faults = [FieldFault("/resident_id", reason.code, reason.message) for reason in decision.reasons]
        raise EnrolmentRefused("".join(fault.message for fault in faults), faults=faults)


def _check_ruling(actor: Actor, ruling: Ruling) -> None:
    """The step belongs to the actor's role, and a no says why."""
    if STEPS[ruling.step][2] not in actor.permissions:
        raise StepForbidden
    if ruling.decision is not Decision.APPROVE and not (ruling.opinion or "").strip():
        raise OpinionMissing(pointer="/opinion")


def _obstacle(
    session: Session, actor: Actor, enrolment: Enrolment, ruling: Ruling, deciders: set[int]
) -> DomainError | None:
    """Return what keeps this case from being decided so, or None.

    Whoever entered a case may do the village's check of it, which is one step of the procedure (policy.md §3.1), but
    neither the review nor the approval.
    """
    if enrolment.state is not STEPS[ruling.step][0]:
        return StepNotNext(f"该登记当前状态为“{enrolment.state.label}”，不能办理“{ruling.step.label}”。")
    makers = deciders if ruling.step is EnrolmentStep.VILLAGE_CHECK else deciders | {enrolment.created_by_id}
    try:
        require_second_person(actor, *makers)
        if ruling.step is EnrolmentStep.COUNTY_APPROVAL and ruling.decision is Decision.APPROVE:
            # Facts may have changed since the application: the county answers for what is true when it approves.
            _check_eligible(_resident(session, enrolment.resident_id), enrolment.applied_on)
    except DomainError as refusal:
        return refusal
    return None


def _apply(session: Session, actor: Actor, cases: Sequence[Enrolment], ruling: Ruling) -> None:
    """Write the decisions and move the cases on, in sets."""
    if not cases:
        return
    county_code = cases[0].county_code
    ids = new_ids(session, county_code, len(cases))
    decisions = [
        {
            "county_code": case.county_code,
            "id": decision_id,
            "enrolment_id": case.id,
            "division_code": case.division_code,
            "round": case.round,
            "step": ruling.step,
            "decision": ruling.decision,
            "opinion": ruling.opinion,
            "decided_by_id": actor.user_id,
            "decided_on": ruling.on,
        }
        for decision_id, case in zip(ids, cases, strict=True)
    ]
    session.execute(insert(EnrolmentDecision), decisions)
    state = _state_after(ruling)
    approved = state is EnrolmentState.COUNTY_APPROVED
    changes = {"state": state, "version": Enrolment.version + 1, "updated_at": text("now()")}
    if approved:
        changes["insured_on"] = ruling.on
    session.execute(
        update(Enrolment)
        .where(col(Enrolment.county_code) == county_code, col(Enrolment.id).in_([case.id for case in cases]))
        .values(**changes)
        .execution_options(synchronize_session=False)
    )
    if approved:
        _open_accounts(session, cases, ruling.on)
    for case in cases:
        session.refresh(case)
        _record(session, actor, "decide_enrolment", case, step=ruling.step.value, decision=ruling.decision.value)


def _state_after(ruling: Ruling) -> EnrolmentState:
    if ruling.decision is Decision.APPROVE:
        return STEPS[ruling.step][1]
    return EnrolmentState.RETURNED if ruling.decision is Decision.RETURN else EnrolmentState.REJECTED


def _open_accounts(session: Session, cases: Sequence[Enrolment], on: date) -> None:
    """Open an empty account for each; who was insured before keeps the account they have."""
    rows = [
        {
            "county_code": case.county_code,
            "resident_id": case.resident_id,
            "division_code": case.division_code,
            "opened_on": on,
        }
        for case in cases
    ]
    session.execute(insert_or_skip(Account).on_conflict_do_nothing(), rows)


def _resident(session: Session, resident_id: int) -> Resident:
    """Return the person as they are now. The lock is the weakest there is: it only waits for a merge, which takes its
    own before it asks whether somebody is enrolled. Raises `NotFound`.
    """
    query = (
        select(Resident)
        .where(col(Resident.county_code) == resident_id // 10**10, col(Resident.id) == resident_id)
        .with_for_update(read=True, key_share=True)
        .execution_options(populate_existing=True)
    )
    resident = session.scalars(query).one_or_none()
    if resident is None:
        raise NotFound
    return resident


def _alive_of(session: Session, resident: Resident) -> int | None:
    query = select(col(Enrolment.id)).where(
        col(Enrolment.county_code) == resident.county_code,
        col(Enrolment.resident_id) == resident.id,
        col(Enrolment.state).not_in(ENDED),
    )
    return session.scalars(query).one_or_none()


def _locked(session: Session, enrolment_ids: Sequence[int]) -> dict[int, Enrolment]:
    """Lock cases in the order of their ids and return them as they are now."""
    query = (
        select(Enrolment)
        .where(
            col(Enrolment.county_code).in_({enrolment_id // 10**10 for enrolment_id in enrolment_ids}),
            col(Enrolment.id).in_(enrolment_ids),
        )
        .order_by(col(Enrolment.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {case.id: case for case in session.scalars(query)}


def _deciders(session: Session, cases: Sequence[Enrolment]) -> dict[int, set[int]]:
    """Return who has decided a step of each case's present round."""
    found: dict[int, set[int]] = {case.id: set() for case in cases}
    rounds = {case.id: case.round for case in cases}
    query = select(
        col(EnrolmentDecision.enrolment_id), col(EnrolmentDecision.round), col(EnrolmentDecision.decided_by_id)
    ).where(
        col(EnrolmentDecision.county_code).in_({case.county_code for case in cases}),
        col(EnrolmentDecision.enrolment_id).in_(list(rounds)),
    )
    for enrolment_id, round_number, person in session.execute(query).all():
        if round_number == rounds[enrolment_id]:
            found[enrolment_id].add(person)
    return found


def _record(session: Session, actor: Actor, action: str, enrolment: Enrolment, **detail: str) -> None:
    audit_events.record(
        session,
        actor=actor,
        action=action,
        subject_kind="enrolment",
        subject_id=enrolment.id,
        division_code=enrolment.division_code,
        state=enrolment.state.value,
        round=enrolment.round,
        **detail,
    )
