"""参保登记 (P1, policy.md §3): an application, three steps by three persons, and the account that approval opens.

Who may join is decided by `policy.enrolment` and nowhere else. A case that is sent back starts a new round, so that the
same persons may handle it once it is mended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlmodel import col

from api.database import Actor, next_id, run_sql
from api.errors import FieldFault, NotFound
from api.models import Enrolment, EnrolmentDecision, Resident
from api.policy.enrolment import may_enrol
from api.services import case_steps
from api.services.bulk_enrolments import RIGHTS, check_chosen_tier
from api.services.case_procedures import ItemResult, Procedure, Ruling, locked
from api.services.enrolment_refusals import AppliedInFuture, EnrolmentAlreadyOpen, EnrolmentRefused, NotReturned
from api.services.laws import law_on
from api.vocabulary import CaseKind, EnrolmentState, Rhythm

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from api.policy.parameters import PolicyParameters


ENDED = (EnrolmentState.REJECTED, EnrolmentState.TERMINATED, EnrolmentState.WITHDRAWN)


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
    _check_application(session, resident, tier_fen=tier_fen, applied_on=applied_on, today=today)
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
    case_steps.enter(session, enrolment, today)
    session.add(enrolment)
    session.flush()
    case_steps.record(session, actor, "create_enrolment", PROCEDURE, enrolment)
    return enrolment


def decide(session: Session, *, actor: Actor, enrolment_id: int, version: int, ruling: Ruling) -> Enrolment:
    """Say yes, send back or turn down at a step; the county's yes makes the person insured and opens the account.

    Raises `NotFound`, `StaleVersion`, `StepForbidden`, `StepNotNext`, `SamePerson`, `OpinionMissing` or
    `EnrolmentRefused`.
    """
    return case_steps.decide(session, PROCEDURE, actor=actor, case_id=enrolment_id, version=version, ruling=ruling)


def decide_many(session: Session, *, actor: Actor, enrolment_ids: Sequence[int], ruling: Ruling) -> list[ItemResult]:
    """Decide the same for many cases at once; a case that cannot be decided keeps its state and says why.

    Raises `StepForbidden` and `OpinionMissing` for the whole request.
    """
    return case_steps.decide_many(session, PROCEDURE, actor=actor, case_ids=enrolment_ids, ruling=ruling)


def withdraw(session: Session, *, actor: Actor, enrolment_id: int, version: int, today: date) -> Enrolment:
    """Take an application back before it is decided; the person may apply anew.

    Raises `NotFound`, `StaleVersion`, `NotTheMaker` or `CaseNotOpen`.
    """
    return case_steps.withdraw(session, PROCEDURE, actor=actor, case_id=enrolment_id, version=version, today=today)


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
    enrolment = locked(session, PROCEDURE, enrolment_id, version)
    if enrolment.state is not EnrolmentState.RETURNED:
        raise NotReturned
    resident = _resident(session, enrolment.resident_id)
    _check_application(session, resident, tier_fen=tier_fen, applied_on=applied_on, today=today)
    enrolment.tier_fen = tier_fen
    enrolment.rhythm = rhythm
    enrolment.applied_on = applied_on
    case_steps.begin_round(session, enrolment, actor=actor, on=today)
    session.flush()
    case_steps.record(session, actor, "resubmit_enrolment", PROCEDURE, enrolment)
    return enrolment


def _check_application(session: Session, resident: Resident, *, tier_fen: int, applied_on: date, today: date) -> None:
    """Ask the law about the person as of the day of the application, and about the tier."""
    if applied_on > today:
        raise AppliedInFuture(pointer="/applied_on")
    law = law_on(session, resident.division_code, applied_on)
    _check_eligible(resident, applied_on, law)
    check_chosen_tier(resident.birth_date, tier_fen, law)


def _check_eligible(resident: Resident, on: date, law: PolicyParameters) -> None:
    """Raise `EnrolmentRefused` with every obstacle of the law."""
    decision = may_enrol(
        birth_date=resident.birth_date,
        hukou=resident.hukou_kind,
        student=resident.is_student,
        employee_insured=resident.employee_insured,
        other_pension=resident.other_pension,
        status=resident.status,
        on=on,
        parameters=law,
    )
    if not decision.allowed:
        faults = [FieldFault("/resident_id", reason.code, reason.message) for reason in decision.reasons]
        raise EnrolmentRefused("".join(fault.message for fault in faults), faults=faults)


def _check_still_eligible(session: Session, enrolment: Enrolment, _ruling: Ruling) -> None:
    """Facts may have changed since the application: the county answers for what is true when it approves."""
    resident = _resident(session, enrolment.resident_id)
    law = law_on(session, resident.division_code, enrolment.applied_on)
    _check_eligible(resident, enrolment.applied_on, law)


def _open_accounts(session: Session, _actor: Actor, cases: Sequence[Enrolment], ruling: Ruling) -> None:
    """Open an empty account for each; who was insured before keeps theirs, and one that was settled opens again."""
    run_sql(
        session,
        "bulk_enrolment",
        "50_open_accounts",
        county_code=cases[0].county_code,
        opened_on=ruling.on,
        enrolment_ids=[case.id for case in cases],
    )


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


PROCEDURE: Procedure[Enrolment] = Procedure(
    kind=CaseKind.ENROLMENT,
    case=Enrolment,
    decision=EnrolmentDecision,
    case_key="enrolment_id",
    rights=RIGHTS,
    check=_check_still_eligible,
    finish=_open_accounts,
    closing_values=lambda ruling: {"insured_on": ruling.on},
)
