"""注销登记 (P3, policy.md §3.3): an ended participation is reported, checked by three persons, settled and paid.

The steps are those of every case. From the day it is handed in nothing is paid in or out for the time after the event;
the last approval enters the event in the roster, and the settlement ends the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlmodel import col

from api.database import next_id
from api.errors import FieldFault, NotFound
from api.models import Cancellation, CancellationDecision, Enrolment, Resident, Settlement
from api.models.cancellations import LIVING_STATES
from api.permissions import Permission
from api.policy import cancellations as law
from api.policy.parameters import HukouTest
from api.services import cancellation_effects, case_steps, payees
from api.services.cancellation_refusals import (
    CancellationAlreadyOpen,
    CancellationRefused,
    NotInsured,
    NotYetApproved,
    PayeeFixed,
    SettlementStands,
)
from api.services.case_procedures import Procedure, Ruling, locked
from api.services.laws import law_on
from api.services.resident_rows import lock_many
from api.services.two_persons import require_second_person
from api.vocabulary import (
    CancellationProof,
    CancellationReason,
    CaseKind,
    CaseState,
    EnrolmentState,
    EnrolmentStep,
    PayeeRelation,
    SettlementState,
)

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.database import Actor
    from api.services.payees import PayeeFacts

COUNTY_SPAN = 10_000_000_000
COUNTY_UNIT = 1_000_000
RIGHTS = {
    EnrolmentStep.VILLAGE_CHECK: Permission.CANCELLATION_CHECK,
    EnrolmentStep.TOWNSHIP_REVIEW: Permission.CANCELLATION_REVIEW,
    EnrolmentStep.COUNTY_APPROVAL: Permission.CANCELLATION_APPROVE,
}
_STANDING = (SettlementState.COMPUTED, SettlementState.APPROVED, SettlementState.PAID, SettlementState.CLOSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """注销登记表 as handed in."""

    reason: CancellationReason
    event_on: date
    proof: CancellationProof
    proof_number: str | None = None
    payee: PayeeFacts | None = None
    set_off_agreed: bool = False
    remark: str | None = None


def hand_in(
    session: Session, keyring: Keyring, *, actor: Actor, resident_id: int, form: Form, today: date
) -> Cancellation:
    """Enter a 注销登记 as a draft; from now on nothing is paid in or out for the time after the event.

    Raises `NotFound`, `NotInsured`, `CancellationAlreadyOpen`, `CancellationRefused`, `PayeeInvalid`. A race for the
    same person is settled by `uq_cancellations_living`.
    """
    resident = _resident(session, resident_id)
    _refuse_uninsured(session, resident)
    if _living(session, resident) is not None:
        raise CancellationAlreadyOpen(pointer="/resident_id")
    _check_form(session, resident, form, today)
    case = Cancellation(
        county_code=resident.county_code,
        id=next_id(session, resident.county_code),
        resident_id=resident.id,
        division_code=resident.division_code,
        reason=form.reason,
        event_on=form.event_on,
        reported_on=today,
        proof=form.proof,
        state=CaseState.DRAFT,
        round=1,
        version=1,
        created_by_id=actor.user_id,
    )
    _fill(keyring, case, resident, form, today)
    case_steps.enter(session, case, today)
    session.add(case)
    session.flush()
    cancellation_effects.hold(session, case, form.event_on)
    case_steps.record(session, actor, "create_cancellation", PROCEDURE, case, reason=form.reason.value)
    return case


def decide(session: Session, *, actor: Actor, cancellation_id: int, version: int, ruling: Ruling) -> Cancellation:
    """Approve, send back or turn down at a step. Raises what `case_steps.decide` and `CancellationRefused` say."""
    _lock_person(session, cancellation_id)
    case = case_steps.decide(session, PROCEDURE, actor=actor, case_id=cancellation_id, version=version, ruling=ruling)
    if case.state is CaseState.REJECTED:
        cancellation_effects.hold(session, case, None)
    return case


def resubmit(
    session: Session,
    keyring: Keyring,
    *,
    actor: Actor,
    cancellation_id: int,
    version: int,
    form: Form,
    today: date,
) -> Cancellation:
    """Hand a returned case in again, mended: a new round of three steps.

    Raises `NotFound`, `StaleVersion`, `CaseNotReturned`, and what `hand_in` raises about the form.
    """
    case = locked(session, PROCEDURE, cancellation_id, version)
    resident = _resident(session, case.resident_id)
    case_steps.begin_round(session, case, actor=actor, on=today)
    _refuse_uninsured(session, resident)
    _check_form(session, resident, form, today)
    case.reason = form.reason
    case.event_on = form.event_on
    case.proof = form.proof
    _fill(keyring, case, resident, form, today)
    session.flush()
    cancellation_effects.hold(session, case, form.event_on)
    case_steps.record(session, actor, "resubmit_cancellation", PROCEDURE, case, reason=form.reason.value)
    return case


def withdraw(session: Session, *, actor: Actor, cancellation_id: int, version: int, today: date) -> Cancellation:
    """Take back one's own case while it is on its way. Raises what `case_steps.withdraw` says."""
    case = case_steps.withdraw(session, PROCEDURE, actor=actor, case_id=cancellation_id, version=version, today=today)
    cancellation_effects.hold(session, case, None)
    return case


def revoke(
    session: Session,
    *,
    actor: Actor,
    cancellation_id: int,
    version: int,
    reason: str,
    today: date,
) -> Cancellation:
    """Undo an approved case that nothing has been paid for: the person is insured as before (features 93).

    By another person than who approved it last. What the approval entered in the roster is taken back with it. Raises
    `NotFound`, `StaleVersion`, `NotYetApproved`, `SettlementStands`, `SamePerson`.
    """
    _lock_person(session, cancellation_id)
    case = locked(session, PROCEDURE, cancellation_id, version)
    if case.state is not CaseState.COUNTY_APPROVED:
        raise NotYetApproved
    if _settlement_of(session, case, _STANDING) is not None:
        raise SettlementStands
    require_second_person(actor, *_approvers(session, case))
    cancellation_effects.take_event_back(session, actor=actor, cancellation=case)
    case.state = CaseState.WITHDRAWN
    case.since_on = today
    case.revoked_by_id = actor.user_id
    case.revoked_reason = reason
    case.version += 1
    session.flush()
    cancellation_effects.hold(session, case, None)
    case_steps.record(session, actor, "revoke_cancellation", PROCEDURE, case, reason=reason)
    return case


def change_payee(
    session: Session,
    keyring: Keyring,
    *,
    actor: Actor,
    cancellation_id: int,
    version: int,
    payee: PayeeFacts | None,
    set_off_agreed: bool,
    today: date,
) -> Cancellation:
    """Name who is paid: whoever hands in until the first step, then the county; never under a standing settlement.

    Raises `NotFound`, `StaleVersion`, `PayeeFixed`, `PayeeInvalid`, `CancellationRefused`.
    """
    case = locked(session, PROCEDURE, cancellation_id, version)
    is_before_review = case.state in {CaseState.DRAFT, CaseState.RETURNED}
    if case.state in {CaseState.REJECTED, CaseState.WITHDRAWN}:
        raise PayeeFixed("该注销登记已经终止。")
    if not is_before_review and actor.division_code % COUNTY_UNIT:
        raise PayeeFixed("注销登记已开始审核，收款人只能由县级经办机构更改，或退回后重新申报。")
    if _settlement_of(session, case, (SettlementState.COMPUTED, SettlementState.APPROVED)) is not None:
        raise PayeeFixed("已有待复核或待支付的结算，请先作废结算，再更改收款人。")
    resident = _resident(session, case.resident_id)
    form = Form(reason=case.reason, event_on=case.event_on, proof=case.proof, payee=payee)
    _check_form(session, resident, form, today)
    payees.put(keyring, case, resident, payee, today=today)
    case.set_off_agreed = set_off_agreed
    case.version += 1
    session.flush()
    case_steps.record(session, actor, "change_payee", PROCEDURE, case)
    return case


def _fill(keyring: Keyring, case: Cancellation, resident: Resident, form: Form, today: date) -> None:
    """Write what the form says beside the event."""
    case.proof_number_sealed = (
        keyring.seal(form.proof_number, table="cancellations", column="proof_number", row_id=case.id)
        if form.proof_number
        else None
    )
    payees.put(keyring, case, resident, form.payee, today=today)
    case.set_off_agreed = form.set_off_agreed
    case.remark = form.remark


def _check_form(session: Session, resident: Resident, form: Form, today: date) -> None:
    _refuse(
        session, resident, form.reason, form.event_on, form.proof, form.payee.relation if form.payee else None, today
    )


def _lock_person(session: Session, cancellation_id: int) -> None:
    """Lock the person before the case, as a death or a move does, so that neither waits for the other."""
    query = select(col(Cancellation.resident_id)).where(
        col(Cancellation.county_code) == cancellation_id // COUNTY_SPAN, col(Cancellation.id) == cancellation_id
    )
    lock_many(session, session.scalars(query).all())


def _check_case(session: Session, case: Cancellation, ruling: Ruling) -> None:
    """Ask again at the last approval: the roster may know more by now. Raises `NotInsured` and `CancellationRefused`."""
    resident = _resident(session, case.resident_id)
    _refuse_uninsured(session, resident)
    _refuse(session, resident, case.reason, case.event_on, case.proof, case.payee_relation, ruling.on)


def _enter_events(session: Session, actor: Actor, cases: Sequence[Cancellation], ruling: Ruling) -> None:
    """With the last approval the roster learns of the event."""
    for case in cases:
        case.registered_event = cancellation_effects.enter_event(
            session, actor=actor, cancellation=case, today=ruling.on
        )
        session.flush()


PROCEDURE: Procedure[Cancellation] = Procedure(
    kind=CaseKind.CANCELLATION,
    case=Cancellation,
    decision=CancellationDecision,
    case_key="cancellation_id",
    rights=RIGHTS,
    check=_check_case,
    finish=_enter_events,
)
"""The steps of a cancellation: three persons."""


def _refuse(
    session: Session,
    resident: Resident,
    reason: CancellationReason,
    event_on: date,
    proof: CancellationProof,
    relation: PayeeRelation | None,
    today: date,
) -> None:
    """Raise `CancellationRefused` with every obstacle of the rules."""
    found = law.obstacles(
        reason=reason,
        proof=proof,
        relation=relation,
        event_on=event_on,
        birth_date=resident.birth_date,
        status=resident.status,
        status_on=resident.status_on,
        rural_only=law_on(session, resident.division_code, today).hukou_test is HukouTest.RURAL_ONLY,
        today=today,
    )
    if found:
        faults = [FieldFault("/event_on", one.code, one.message) for one in found]
        raise CancellationRefused("".join(fault.message for fault in faults), faults=faults)


def _resident(session: Session, resident_id: int) -> Resident:
    query = (
        select(Resident)
        .where(col(Resident.county_code) == resident_id // COUNTY_SPAN, col(Resident.id) == resident_id)
        .execution_options(populate_existing=True)
    )
    resident = session.scalars(query).one_or_none()
    if resident is None:
        raise NotFound
    return resident


def _refuse_uninsured(session: Session, resident: Resident) -> None:
    insured = session.execute(
        select(col(Enrolment.id)).where(
            col(Enrolment.county_code) == resident.county_code,
            col(Enrolment.resident_id) == resident.id,
            col(Enrolment.state) == EnrolmentState.COUNTY_APPROVED,
        )
    ).first()
    if insured is None:
        raise NotInsured(pointer="/resident_id")


def _living(session: Session, resident: Resident) -> int | None:
    query = select(col(Cancellation.id)).where(
        col(Cancellation.county_code) == resident.county_code,
        col(Cancellation.resident_id) == resident.id,
        col(Cancellation.state).in_(LIVING_STATES),
    )
    return session.scalars(query).one_or_none()


def _settlement_of(session: Session, case: Cancellation, states: Sequence[SettlementState]) -> int | None:
    query = select(col(Settlement.id)).where(
        col(Settlement.county_code) == case.county_code,
        col(Settlement.cancellation_id) == case.id,
        col(Settlement.state).in_(states),
    )
    return session.scalars(query.limit(1)).first()


def _approvers(session: Session, case: Cancellation) -> Sequence[int]:
    """Who approved the case last, by their own right or as a delegate."""
    query = select(col(CancellationDecision.decided_by_id)).where(
        col(CancellationDecision.county_code) == case.county_code,
        col(CancellationDecision.cancellation_id) == case.id,
        col(CancellationDecision.round) == case.round,
        col(CancellationDecision.step) == EnrolmentStep.COUNTY_APPROVAL,
    )
    return session.scalars(query).all()
