"""The steps of a case: village check, subdistrict review, county approval, each by another person (policy.md §3.1).

A kind of case is a `Procedure`: its tables, who holds which step, how many steps it has, and what its last approval does.
A case that is sent back starts a new round, so that the same persons may handle it once it is mended. A delegate acts
under a `Mandate`; then neither of the two may have had a hand in the case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, text, update
from sqlmodel import col

from api.database import Actor, new_ids, part_of
from api.errors import DomainError, NotFound
from api.models.cases import OPEN_STATES, CaseColumns
from api.policy.deadlines import due_on
from api.services import audit_events, delegations
from api.services.case_procedures import (
    ItemResult,
    hands_in,
    locked,
    locked_all,
    makers_of,
    state_after,
)
from api.services.case_refusals import (
    CaseNotOpen,
    CaseNotReturned,
    NotTheMaker,
    OpinionMissing,
    StepForbidden,
    StepNotNext,
)
from api.services.laws import law_of_county, law_on
from api.services.two_persons import SamePerson, require_second_person
from api.vocabulary import WAITS_FOR, CaseState, CaseStop, Decision, EnrolmentStep

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from api.services.case_procedures import CaseT, Procedure, Ruling
    from api.services.delegations import Mandate


def enter(session: Session, case: CaseColumns, on: date) -> None:
    """Let a new or mended case wait for the village's check from a day on."""
    case.since_on = on
    case.due_on = due_on(EnrolmentStep.VILLAGE_CHECK, on, law_on(session, case.division_code, on))
    case.stop = None


def decide(
    session: Session, procedure: Procedure[CaseT], *, actor: Actor, case_id: int, version: int, ruling: Ruling
) -> CaseT:
    """Say yes, send back or turn down at a step.

    Raises `NotFound`, `StaleVersion`, `StepForbidden`, `StepNotNext`, `SamePerson`, `CheckerNotAPerson`,
    `OpinionMissing`, and what the procedure's check raises.
    """
    mandates = _mandates(session, procedure, actor, ruling)
    case = locked(session, procedure, case_id, version)
    hands = hands_in(session, procedure, [case])
    mandate = _admit(session, procedure, actor, case, ruling, hands[case.id], mandates)
    _apply(session, procedure, actor, [case], ruling, {case.id: mandate})
    return case


def decide_many(
    session: Session, procedure: Procedure[CaseT], *, actor: Actor, case_ids: Sequence[int], ruling: Ruling
) -> list[ItemResult]:
    """Decide the same for many cases at once, of whatever counties; one that cannot be decided stays and says why.

    Raises `StepForbidden` and `OpinionMissing` for the whole request.
    """
    mandates = _mandates(session, procedure, actor, ruling)
    cases = locked_all(session, procedure, case_ids)
    hands = hands_in(session, procedure, list(cases.values()))
    refusals: dict[int, DomainError] = {}
    admitted: dict[int, Mandate | None] = {}
    for case_id in dict.fromkeys(case_ids):
        try:
            if case_id not in cases:
                raise NotFound
            admitted[case_id] = _admit(session, procedure, actor, cases[case_id], ruling, hands[case_id], mandates)
            if procedure.one_by_one:
                # What the effect meets only while it happens takes this one back, and none of the others.
                with part_of(session):
                    _apply(session, procedure, actor, [cases[case_id]], ruling, admitted)
        except DomainError as refusal:
            refusals[case_id] = refusal
    if not procedure.one_by_one:
        _apply(session, procedure, actor, [cases[case_id] for case_id in admitted], ruling, admitted)
    return [
        ItemResult(case_id, cases[case_id].state if case_id in cases else None, refusals.get(case_id))
        for case_id in dict.fromkeys(case_ids)
    ]


def begin_round(session: Session, case: CaseColumns, *, actor: Actor, on: date) -> None:
    """Let a returned case go round again, answered for by whoever hands it in. The caller flushes and records.

    Raises `CaseNotReturned`.
    """
    if case.state != CaseState.RETURNED:
        raise CaseNotReturned
    case.state = type(case.state)(CaseState.DRAFT.value)
    case.round += 1
    case.version += 1
    case.created_by_id = actor.user_id
    enter(session, case, on)


def withdraw(
    session: Session, procedure: Procedure[CaseT], *, actor: Actor, case_id: int, version: int, today: date
) -> CaseT:
    """Take back what one handed in oneself, while it is on its way or sent back.

    Raises `NotFound`, `StaleVersion`, `NotTheMaker` or `CaseNotOpen`.
    """
    case = locked(session, procedure, case_id, version)
    if case.created_by_id != actor.user_id:
        raise NotTheMaker
    stop(session, procedure, [case], actor=actor, why=CaseStop.MAKER, on=today)
    return case


def stop(
    session: Session,
    procedure: Procedure[CaseT],
    cases: Sequence[CaseT],
    *,
    actor: Actor,
    why: CaseStop,
    on: date,
    state: CaseState = CaseState.WITHDRAWN,
) -> None:
    """End cases, or send them back, without anybody's decision. The rows are locked. Raises `CaseNotOpen`."""
    for case in cases:
        if case.state not in {*OPEN_STATES, CaseState.RETURNED}:
            raise CaseNotOpen
        case.state = type(case.state)(state.value)
        case.stop = why
        case.since_on = on
        case.due_on = None
        case.version += 1
        session.flush()
        record(session, actor, f"stop_{procedure.kind.value}", procedure, case, why=why.value)


def record(
    session: Session, actor: Actor, action: str, procedure: Procedure[CaseT], case: CaseColumns, **detail: Any
) -> None:
    """Put what happened to a case on record."""
    audit_events.record(
        session,
        actor=actor,
        action=action,
        subject_kind=procedure.kind.value,
        subject_id=case.id,
        division_code=case.division_code,
        state=case.state,
        round=case.round,
        **detail,
    )


def admit(
    actor: Actor, case: CaseColumns, step: EnrolmentStep, hands: set[int], mandates: Sequence[Mandate] | None
) -> Mandate | None:
    """Let a person do a step of a case, and return under which mandate; `mandates` None: the step is their own role's.

    Raises `SamePerson`, `CheckerNotAPerson`, or `StepForbidden` when nobody of the case's unit gave them the step.
    """
    makers = makers_of(case, step, hands)
    require_second_person(actor, *makers)
    if mandates is None:
        return None
    fitting = [one for one in mandates if one.low <= case.division_code <= one.high]
    if not fitting:
        raise StepForbidden
    for mandate in fitting:
        if mandate.from_user_id not in makers:
            return mandate
    raise SamePerson("委托人经办过这件登记，受托人不能代为办理，请由他人办理。")


def _mandates(session: Session, procedure: Procedure[CaseT], actor: Actor, ruling: Ruling) -> Sequence[Mandate] | None:
    """Return the delegations under which the actor may do the step, or None when it belongs to their own role.

    Raises `StepForbidden` without either, and `OpinionMissing` for a no that does not say why.
    """
    right = procedure.rights[ruling.step]
    mandates = None
    if right not in actor.permissions:
        mandates = delegations.mandates(session, actor=actor, step=ruling.step, right=right, on=ruling.on)
        if not mandates:
            raise StepForbidden
    if ruling.decision is not Decision.APPROVE and not (ruling.opinion or "").strip():
        raise OpinionMissing(pointer="/opinion")
    return mandates


def _admit(
    session: Session,
    procedure: Procedure[CaseT],
    actor: Actor,
    case: CaseT,
    ruling: Ruling,
    hands: set[int],
    mandates: Sequence[Mandate] | None,
) -> Mandate | None:
    """Let the actor decide the case so, and return under which mandate (None: by their own right).

    Raises what keeps them from it: `StepNotNext`, `StepForbidden`, `SamePerson`, `CheckerNotAPerson`, or what the
    procedure's check says before the last approval.
    """
    state = case.state
    if WAITS_FOR.get(state) is not ruling.step:
        raise StepNotNext(f"该登记当前状态为“{state.label}”，不能办理“{ruling.step.label}”。")
    mandate = admit(actor, case, ruling.step, hands, mandates)
    if ruling.decision is Decision.APPROVE and ruling.step is procedure.last_step(case):
        procedure.check(session, case, ruling)
    return mandate


def _apply(
    session: Session,
    procedure: Procedure[CaseT],
    actor: Actor,
    cases: Sequence[CaseT],
    ruling: Ruling,
    mandates: Mapping[int, Mandate | None],
) -> None:
    """Write the decisions and move the cases on, in sets of one county that reach the same state."""
    groups: dict[tuple[int, bool], list[CaseT]] = {}
    for case in cases:
        is_last = ruling.decision is Decision.APPROVE and ruling.step is procedure.last_step(case)
        groups.setdefault((case.county_code, is_last), []).append(case)
    for (county_code, is_last), group in groups.items():
        _write_decisions(session, procedure, actor, county_code, group, ruling, mandates)
        _advance(session, procedure, county_code, group, ruling, is_last=is_last)
        if is_last:
            procedure.finish(session, actor, group, ruling)
    for case in cases:
        session.refresh(case)
        mandate = mandates[case.id]
        record(
            session,
            actor,
            f"decide_{procedure.kind.value}",
            procedure,
            case,
            step=ruling.step.value,
            decision=ruling.decision.value,
            **({} if mandate is None else {"on_behalf_of": mandate.from_user_id}),
        )


def _write_decisions(
    session: Session,
    procedure: Procedure[CaseT],
    actor: Actor,
    county_code: int,
    cases: Sequence[CaseT],
    ruling: Ruling,
    mandates: Mapping[int, Mandate | None],
) -> None:
    ids = new_ids(session, county_code, len(cases))
    rows = []
    for decision_id, case in zip(ids, cases, strict=True):
        mandate = mandates[case.id]
        rows.append(
            {
                "county_code": county_code,
                "id": decision_id,
                procedure.case_key: case.id,
                "division_code": case.division_code,
                "round": case.round,
                "step": ruling.step,
                "decision": ruling.decision,
                "opinion": ruling.opinion,
                "stamped": ruling.stamped,
                "decided_by_id": actor.user_id,
                "decided_by_name": actor.display_name,
                "on_behalf_of_id": None if mandate is None else mandate.from_user_id,
                "decided_on": ruling.on,
            }
        )
    session.execute(insert(procedure.decision), rows)


def _advance(
    session: Session,
    procedure: Procedure[CaseT],
    county_code: int,
    cases: Sequence[CaseT],
    ruling: Ruling,
    *,
    is_last: bool,
) -> None:
    table = procedure.case
    state = state_after(procedure, ruling, is_last=is_last)
    step = WAITS_FOR.get(state)
    # The calendar is one for a whole county (parameters/levels.toml).
    law = law_of_county(session, county_code, ruling.on)
    session.execute(
        update(table)
        .where(col(table.county_code) == county_code, col(table.id).in_([case.id for case in cases]))
        .values(
            state=state.value,
            since_on=ruling.on,
            due_on=None if step is None else due_on(step, ruling.on, law),
            stop=None,
            version=table.version + 1,
            updated_at=text("now()"),
            **(procedure.closing_values(ruling) if is_last else {}),
        )
        .execution_options(synchronize_session=False)
    )
