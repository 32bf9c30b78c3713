"""变更登记 (P2, policy.md §3): handing in, three steps, handing in again, taking back; the last approval makes the change.

Which step is the last depends on the item (`policy.changes`). A death or a move out of the county ends what is on its way.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update
from sqlmodel import col

from api.database import Actor, next_id
from api.models import ChangeRequest, ChangeRequestDecision, Resident
from api.models.change_requests import LIVING_STATES
from api.permissions import Permission
from api.policy.changes import CHANGE_RULES
from api.services import case_steps, change_effects, change_values, household_changes, resident_spells
from api.services.case_procedures import COUNTY_SPAN, Procedure, hands_in, locked
from api.services.case_refusals import CaseNotReturned
from api.services.change_refusals import (
    ChangeInvalid,
    EffectiveDateUnfit,
    NothingChanges,
    PersonGone,
    RequestAlreadyOpen,
)
from api.services.resident_rows import lock as locked_resident
from api.vocabulary import CaseKind, CaseState, ChangeKind, EnrolmentStep, ResidentStatus

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.services.case_procedures import ItemResult, Ruling
    from api.services.change_values import ChangeForm

RIGHTS = {
    EnrolmentStep.VILLAGE_CHECK: Permission.CHANGE_CHECK,
    EnrolmentStep.TOWNSHIP_REVIEW: Permission.CHANGE_REVIEW,
    EnrolmentStep.COUNTY_APPROVAL: Permission.CHANGE_APPROVE,
}
HOUSEHOLD = "household"
"""The item of every change of a house: a person takes part in one at a time."""


def _needs_keys(_session: Session, _request: ChangeRequest, _ruling: Ruling) -> None:
    message = "a change is approved by the procedure that has the keys"
    raise AssertionError(message)


PROCEDURE: Procedure[ChangeRequest] = Procedure(
    kind=CaseKind.CHANGE_REQUEST,
    case=ChangeRequest,
    decision=ChangeRequestDecision,
    case_key="request_id",
    rights=RIGHTS,
    finished=CaseState.ARCHIVED,
    last_step=lambda request: CHANGE_RULES[request.kind].last_step,
    check=_needs_keys,
    closing_values=lambda ruling: {"applied_on": ruling.on},
    one_by_one=True,
)
"""How change requests go, for all that needs no keys."""


def procedure(keyring: Keyring) -> Procedure[ChangeRequest]:
    """Return how change requests go, the making of the change included."""
    return replace(PROCEDURE, check=partial(_check, keyring), finish=partial(_make, keyring))


def hand_in(
    session: Session, keyring: Keyring, *, actor: Actor, resident_id: int, form: ChangeForm, today: date
) -> ChangeRequest:
    """Enter a request as a draft that waits for the village's check.

    Raises `NotFound`, `PersonGone`, `RequestAlreadyOpen` with its number, and what `_fill_in` raises. A race for the
    same item is settled by `uq_change_requests_living`.
    """
    resident = locked_resident(session, resident_id)
    item = item_of(form)
    _refuse_second(session, resident, item)
    request = ChangeRequest(
        county_code=resident.county_code,
        id=next_id(session, resident.county_code),
        resident_id=resident.id,
        division_code=resident.division_code,
        kind=form.kind,
        item=item,
        state=CaseState.DRAFT,
        round=1,
        version=1,
        old={},
        new={},
        requested_on=today,
        effective_on=form.effective_on,
        proof=form.proof,
        created_by_id=actor.user_id,
    )
    _fill_in(session, keyring, resident, request, form, today)
    case_steps.enter(session, request, today)
    session.add(request)
    session.flush()
    case_steps.record(session, actor, "create_change_request", PROCEDURE, request, kind=form.kind.value)
    return request


def resubmit(
    session: Session,
    keyring: Keyring,
    *,
    actor: Actor,
    request_id: int,
    version: int,
    form: ChangeForm,
    today: date,
) -> ChangeRequest:
    """Hand a returned request in again, mended, with the old value as it is now: a new round.

    Raises `NotFound`, `StaleVersion`, `CaseNotReturned`, `PersonGone`, `ChangeInvalid` for another kind of item, and what
    `_fill_in` raises.
    """
    request = locked(session, PROCEDURE, request_id, version)
    if request.state is not CaseState.RETURNED:
        raise CaseNotReturned
    if (request.kind, request.item) != (form.kind, item_of(form)):
        raise ChangeInvalid("重新提交须为同一变更项目；改办其他项目请撤回后另行申请。", pointer="/kind")
    _fill_in(session, keyring, locked_resident(session, request.resident_id), request, form, today)
    case_steps.begin_round(session, request, actor=actor, on=today)
    session.flush()
    case_steps.record(session, actor, "resubmit_change_request", PROCEDURE, request, kind=form.kind.value)
    return request


def decide(
    session: Session, keyring: Keyring, *, actor: Actor, request_id: int, version: int, ruling: Ruling
) -> ChangeRequest:
    """Say yes, send back or turn down at a step; the last yes makes the change.

    Raises what `case_steps.decide` raises, and with the last approval `PersonGone` and what `change_effects.check` and
    `change_effects.make` raise, `OldValueChanged` above all, and `SameHandsChangeIdentity` of name and number.
    """
    _lock_people(session, [request_id])
    return case_steps.decide(
        session, procedure(keyring), actor=actor, case_id=request_id, version=version, ruling=ruling
    )


def decide_many(
    session: Session, keyring: Keyring, *, actor: Actor, request_ids: Sequence[int], ruling: Ruling
) -> list[ItemResult]:
    """Decide the same for many requests; one that cannot be decided keeps its state and says why."""
    _lock_people(session, request_ids)
    return case_steps.decide_many(session, procedure(keyring), actor=actor, case_ids=request_ids, ruling=ruling)


def withdraw(session: Session, *, actor: Actor, request_id: int, version: int, today: date) -> ChangeRequest:
    """Take back one's own request. Raises what `case_steps.withdraw` raises."""
    return case_steps.withdraw(session, PROCEDURE, actor=actor, case_id=request_id, version=version, today=today)


def item_of(form: ChangeForm) -> str:
    """Return what of a person may be on its way only once."""
    if CHANGE_RULES[form.kind].is_of_household:
        return HOUSEHOLD
    if form.kind in {ChangeKind.CATEGORY, ChangeKind.EXCLUSION} and form.fact is not None:
        return form.fact.value
    return form.kind.value


def living_of(session: Session, county_code: int, resident_id: int) -> Sequence[ChangeRequest]:
    """Return the requests about a person that may still take effect."""
    query = (
        select(ChangeRequest)
        .where(
            col(ChangeRequest.county_code) == county_code,
            col(ChangeRequest.resident_id) == resident_id,
            col(ChangeRequest.state).in_(LIVING_STATES),
        )
        .order_by(col(ChangeRequest.id))
    )
    return session.scalars(query).all()


def _lock_people(session: Session, request_ids: Sequence[int]) -> None:
    """Lock the people before the cases about them, as a death or a move does, so that neither waits for the other."""
    people = select(col(ChangeRequest.resident_id)).where(
        col(ChangeRequest.county_code).in_({request_id // COUNTY_SPAN for request_id in request_ids}),
        col(ChangeRequest.id).in_(request_ids),
    )
    session.execute(
        select(col(Resident.id))
        .where(
            col(Resident.county_code).in_({request_id // COUNTY_SPAN for request_id in request_ids}),
            col(Resident.id).in_(people),
        )
        .order_by(col(Resident.id))
        .with_for_update()
    )


def _refuse_second(session: Session, resident: Resident, item: str) -> None:
    for request in living_of(session, resident.county_code, resident.id):
        if request.item == item:
            detail = f"此人的“{request.kind.label}”已有正在办理的变更登记，编号 {request.id}。"
            raise RequestAlreadyOpen(detail, pointer="/kind")


def _fill_in(
    session: Session, keyring: Keyring, resident: Resident, request: ChangeRequest, form: ChangeForm, today: date
) -> None:
    """Write old and new value and the proof into a request, protected values sealed for it.

    Raises `PersonGone`, `EffectiveDateUnfit`, `NothingChanges`, and what reading the values raises.
    """
    if resident.status is not ResidentStatus.ALIVE:
        raise PersonGone
    if not resident.birth_date <= form.effective_on <= today:
        raise EffectiveDateUnfit(pointer="/effective_on")
    if CHANGE_RULES[form.kind].is_of_household:
        arranged = household_changes.plan(session, resident, form)
        request.old, request.new = arranged.old, arranged.new
        request.household_id, request.other_household_id = arranged.household_id, arranged.other_household_id
    else:
        new = change_values.wanted(session, resident, form, today=today)
        old = change_values.present(session, keyring, resident, form.kind, fact=form.fact, today=today)
        if old == new:
            raise NothingChanges(pointer="/value")
        if form.kind is ChangeKind.HUKOU_KIND:
            resident_spells.require_present_stay(resident, form.effective_on)
        if form.kind is ChangeKind.ID_NUMBER:
            change_effects.check_number(session, keyring, resident, new.secret or "", today=today)
        request.old, request.new = old.plain, new.plain
        request.old_sealed = _seal(keyring, request, "old", old.secret)
        request.new_sealed = _seal(keyring, request, "new", new.secret)
    request.effective_on = form.effective_on
    request.proof = form.proof
    request.proof_number_sealed = _seal(keyring, request, "proof_number", form.proof_number or None)
    request.remark = form.remark


def _seal(keyring: Keyring, request: ChangeRequest, column: str, secret: str | None) -> bytes | None:
    return None if secret is None else keyring.seal(secret, table="change_requests", column=column, row_id=request.id)


def _check(keyring: Keyring, session: Session, request: ChangeRequest, ruling: Ruling) -> None:
    """Before the last approval: the person is there, and what is to be changed is as it was."""
    resident = locked_resident(session, request.resident_id)
    if resident.status is not ResidentStatus.ALIVE:
        raise PersonGone
    change_effects.check(session, keyring, resident, request, today=ruling.on)


def _make(keyring: Keyring, session: Session, actor: Actor, requests: Sequence[ChangeRequest], ruling: Ruling) -> None:
    """Make the changes, each of which has just been checked."""
    hands = hands_in(session, PROCEDURE, requests)
    for request in requests:
        resident = locked_resident(session, request.resident_id)
        values: dict[str, Any] = {
            "applied_version": change_effects.make(
                session,
                keyring,
                actor=actor,
                resident=resident,
                request=request,
                hands=hands[request.id] | {request.created_by_id},
                today=ruling.on,
            )
        }
        session.execute(
            update(ChangeRequest)
            .where(col(ChangeRequest.county_code) == request.county_code, col(ChangeRequest.id) == request.id)
            .values(**values)
            .execution_options(synchronize_session=False)
        )
