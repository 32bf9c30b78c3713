"""身份变更: the two reviewed changes of who a person is, the name and the number, each with its own case and hands (T7).

Called once a case is approved. The rules are those of `identity_changes`; account, enrolment, benefit and bank account
stay with the person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from api.errors import DomainError, FieldFault, Invalid
from api.exchange.pinyin import name_pinyin
from api.exchange.roster_cells import CELL_READERS
from api.exchange.roster_rules import make_issue
from api.models import Award, Benefit, Enrolment
from api.policy.ages import attains_on
from api.services import audit_events, identity_changes, resident_documents
from api.services.bulk_enrolments import check_chosen_tier
from api.services.laws import law_on
from api.services.resident_documents import NumberTaken, read_number
from api.services.resident_rows import keep_and_update, lock
from api.services.two_persons import SamePerson
from api.vocabulary import (
    AwardState,
    DocumentKind,
    DocumentReason,
    EnrolmentState,
    HeldDocumentKind,
    IdentityPart,
    Sex,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from uuid import UUID

    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.database import Actor
    from api.models import Resident

ENDED = (EnrolmentState.REJECTED, EnrolmentState.TERMINATED, EnrolmentState.WITHDRAWN)
CHANGE_REASONS = (DocumentReason.UPGRADED, DocumentReason.REISSUED, DocumentReason.CORRECTED)


class NameInvalid(Invalid):
    """The new name breaks the rules of the roster."""

    code = "name-invalid"
    title = "姓名有误"


class IdentityUnchanged(DomainError):
    """The new value is the one on record."""

    code = "identity-unchanged"
    title = "与现登记一致，无须变更"


class ReasonNotForChange(Invalid):
    """A number is changed because it was upgraded, reissued or wrong."""

    code = "document-reason-not-for-change"
    title = "变更原因只能是15位升18位、换领新号码或登记更正"


class BirthDateSettlesBenefit(DomainError):
    """The birth date decided when a pension began; it cannot change under a running one."""

    code = "birth-date-settles-benefit"
    title = "此人已有待遇，出生日期不能随证件号码变更"


class BirthDateSettlesEnrolment(DomainError):
    """By the new birth date the person could not be insured as they are."""

    code = "birth-date-settles-enrolment"
    title = "按新的出生日期不符合现有的参保登记"


def change_name(
    session: Session,
    keyring: Keyring,
    *,
    actor: Actor,
    resident: Resident,
    name: str,
    evidence: str,
    request_id: int | None,
    approved_by: Sequence[int],
    today: date,
) -> Resident:
    """Change a person's name after approval; `approved_by` are all who handled the case, its maker included.

    The bank account stays, under the name the bank has. Raises `NotFound`, `ResidentMerged`, `NameInvalid`,
    `IdentityUnchanged`, `SamePerson`, `IdentityChangedTogether` or `SameHandsChangeIdentity`.
    """
    del keyring  # A name is plain; the parameter keeps both changes callable in one way.
    row = lock(session, resident.id)
    cell = CELL_READERS["name"](name)
    if cell.refusal:
        message = make_issue(1, "name", cell.refusal).message
        raise NameInvalid(message, faults=[FieldFault("/name", cell.refusal, message)])
    if cell.value == row.name:
        raise IdentityUnchanged(pointer="/name")
    hands = _hands(actor, approved_by)
    identity_changes.check_hands(session, row, part=IdentityPart.NAME, hands=hands, request_id=request_id, today=today)
    pinyin, initials = name_pinyin(str(cell.value))
    mark = identity_changes.mark_of(session, row, IdentityPart.NAME)
    keep_and_update(session, actor, row, {"name": cell.value, "pinyin": pinyin, "initials": initials, **mark})
    identity_changes.record(
        session, actor=actor, resident=row, part=IdentityPart.NAME, hands=hands, today=today, is_marked=bool(mark),
        evidence=evidence, request_id=request_id,
    )  # fmt: skip
    _record(session, actor, "change_name", row, hands, request_id)
    return row


def change_document(
    session: Session,
    keyring: Keyring,
    *,
    actor: Actor,
    resident: Resident,
    id_number: str,
    reason: DocumentReason,
    evidence: str,
    request_id: int | None,
    approved_by: Sequence[int],
    today: date,
) -> Resident:
    """Change a person's ID number after approval; birth date and sex follow from it, the old number gets a tombstone.

    A 15-digit number that is merely written with 18 digits is the same number: the old form is recorded, and nothing
    else changes. Raises `NotFound`, `ResidentMerged`, `ReasonNotForChange`, `DocumentNumberInvalid`,
    `IdentityUnchanged`, `NumberTaken`, `SamePerson`, `IdentityChangedTogether`, `SameHandsChangeIdentity`,
    `BirthDateSettlesBenefit` or `BirthDateSettlesEnrolment`.
    """
    row = lock(session, resident.id)
    if reason not in CHANGE_REASONS:
        raise ReasonNotForChange(pointer="/reason")
    reading = read_number(id_number, today)
    hands = _hands(actor, approved_by)
    token, former = keyring.id_token(int(reading.id_number[:17])), row.id_token
    if token == former:
        _keep_old_form(session, actor, row, reason, evidence, request_id, today)
        _record(session, actor, "upgrade_document", row, hands, request_id)
        return row
    identity_changes.check_hands(
        session, row, part=IdentityPart.NUMBER, hands=hands, request_id=request_id, today=today
    )
    if reading.birth_date != row.birth_date:
        check_birth_date(session, row, reading.birth_date)
    mark = identity_changes.mark_of(session, row, IdentityPart.NUMBER)
    changes: dict[str, Any] = {
        "id_token": token,
        "document_kind": DocumentKind.RESIDENT_ID,
        "document_sealed": None,
        "birth_date": reading.birth_date,
        "sex": Sex.MALE if reading.is_male else Sex.FEMALE,
        **mark,
    }
    was_resident_id = row.document_kind is DocumentKind.RESIDENT_ID
    _take(session, actor, row, token, changes)
    if was_resident_id:
        resident_documents.keep_former(
            session, actor=actor, resident=row, kind=HeldDocumentKind.RESIDENT_ID, token=former, reason=reason,
            evidence=evidence, request_id=request_id, today=today,
        )  # fmt: skip
        resident_documents.retire(session, row.county_code, former)
    identity_changes.record(
        session, actor=actor, resident=row, part=IdentityPart.NUMBER, hands=hands, today=today, is_marked=bool(mark),
        evidence=evidence, request_id=request_id,
    )  # fmt: skip
    _record(session, actor, "change_document", row, hands, request_id, reason=reason.value)
    return row


def _hands(actor: Actor, approved_by: Sequence[int]) -> set[int]:
    """Return everybody who handled the case: at least two persons."""
    hands = {actor.user_id, *approved_by}
    if len(hands) < identity_changes.PAIR:
        raise SamePerson("身份变更须由两人以上办理。")
    return hands


def _take(session: Session, actor: Actor, row: Resident, token: UUID, changes: dict[str, Any]) -> None:
    """Write the new number and meet whoever has or had it. Raises `NumberTaken`."""
    session.execute(text("SAVEPOINT identity"))
    try:
        keep_and_update(session, actor, row, changes)
    except IntegrityError:
        session.execute(text("ROLLBACK TO SAVEPOINT identity"))
        raise NumberTaken from None
    resident_documents.require_not_retired(session, row.county_code, token, unless_of=row.id)
    # It is current again: the unique index keeps it from now on.
    resident_documents.lift(session, row.county_code, token, actor=actor)


def _keep_old_form(
    session: Session,
    actor: Actor,
    row: Resident,
    reason: DocumentReason,
    evidence: str,
    request_id: int | None,
    today: date,
) -> None:
    """Record that the number had 15 digits until today; once is enough."""
    if reason is not DocumentReason.UPGRADED or resident_documents.has_old_form(session, row):
        raise IdentityUnchanged(pointer="/id_number")
    resident_documents.keep_former(
        session, actor=actor, resident=row, kind=HeldDocumentKind.RESIDENT_ID_15, token=row.id_token, reason=reason,
        evidence=evidence, request_id=request_id, today=today,
    )  # fmt: skip


def check_birth_date(session: Session, row: Resident, birth_date: date) -> None:
    """Ask what a new birth date would unsettle: a pension, or the terms on which the person is insured.

    Raises `BirthDateSettlesBenefit` or `BirthDateSettlesEnrolment`.
    """
    of_person = (row.county_code, row.id)
    benefit = select(col(Benefit.award_id)).where(
        col(Benefit.county_code) == of_person[0], col(Benefit.resident_id) == of_person[1]
    )
    award = select(col(Award.id)).where(
        col(Award.county_code) == of_person[0],
        col(Award.resident_id) == of_person[1],
        col(Award.state).in_((AwardState.PROPOSED, AwardState.APPROVED)),
    )
    if session.scalars(benefit.union_all(award)).first() is not None:
        raise BirthDateSettlesBenefit(
            "此人已有待遇或待遇核定，出生日期决定领取时间；请先终止待遇、撤销核定，再变更号码。"
        )
    query = select(Enrolment).where(
        col(Enrolment.county_code) == of_person[0],
        col(Enrolment.resident_id) == of_person[1],
        col(Enrolment.state).not_in(ENDED),
    )
    enrolment = session.scalars(query).one_or_none()
    if enrolment is None:
        return
    parameters = law_on(session, enrolment.division_code, enrolment.applied_on)
    try:
        check_chosen_tier(birth_date, enrolment.tier_fen, parameters)
    except DomainError:
        raise BirthDateSettlesEnrolment(
            "按新的出生日期，此人是否须缴费与参保登记的档次不符；请先变更或注销参保登记。"
        ) from None
    if attains_on(birth_date, parameters.enrolment_age) > enrolment.applied_on:
        raise BirthDateSettlesEnrolment("按新的出生日期，此人申请参保时未满16周岁；请先注销参保登记。")


def _record(
    session: Session, actor: Actor, action: str, row: Resident, hands: set[int], request_id: int | None, **detail: str
) -> None:
    audit_events.record(
        session,
        actor=actor,
        action=action,
        subject_kind="resident",
        subject_id=row.id,
        division_code=row.division_code,
        handled_by=sorted(hands),
        request_id=request_id,
        **detail,
    )
