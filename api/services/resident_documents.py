"""身份证件: the current document of a person, the former and additional ones, and the tombstones of former numbers.

A number that was somebody's is never registered again silently. Every number, current or to be retired, is first taken
in the unique index of `residents`, which makes two transactions about one number wait for each other whatever they may
see; only then is its tombstone looked for. So whichever commits first, the other meets it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert as insert_or_skip
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from api.database import next_id
from api.errors import DomainError, FieldFault, Invalid, NotFound
from api.exchange.roster_cells import IdReading, normalise_id, read_id
from api.exchange.roster_rules import make_issue
from api.models import Resident, ResidentDocument, RetiredNumber
from api.policy.id_numbers import OLD_LENGTH, check_character
from api.services import audit_events
from api.services.resident_rows import lock
from api.services.two_persons import require_second_person
from api.vocabulary import DocumentKind, DocumentReason, HeldDocumentKind

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.database import Actor

RESIDENT_IDS = (HeldDocumentKind.RESIDENT_ID, HeldDocumentKind.RESIDENT_ID_15)
COUNTY_SPAN = 1_000_000
_INDEX = "document"
_CENTURY = slice(6, 8)


class NumberTaken(DomainError):
    """The number is or was somebody's; the answer is the same whoever that is and wherever they live (T20)."""

    code = "resident-already-registered"
    title = "该证件号码已登记，请联系县级经办机构核实"

    def __init__(self) -> None:
        super().__init__("该证件号码已登记，请联系县级经办机构核实。")


class DocumentNumberInvalid(Invalid):
    """The number is not one of this kind of document."""

    code = "document-number-invalid"
    title = "证件号码有误"


class DocumentNotRetired(DomainError):
    """Only a former number that still bars registration can be released."""

    code = "document-not-retired"
    title = "该号码未被停用，无须解除"


class CountyReleases(DomainError):
    """A number's tombstone is lifted by the county agency."""

    status = 403
    code = "county-releases-number"
    title = "停用的号码由县级复核员解除"


@dataclass(frozen=True, slots=True)
class HeldDocument:
    """A document of a person. `number` is in full: only masked types may show it. `id` is None for a row's current one."""

    id: int | None
    kind: HeldDocumentKind
    number: str
    is_current: bool
    valid_from: date | None
    valid_to: date | None
    reason: DocumentReason
    evidence: str | None
    merged_from_id: int | None = None
    """The row that was merged into this person and whose number it is."""
    is_barred: bool = False
    """Whether the number may not be registered again."""


def read_number(id_number: str, today: date, *, pointer: str = "/id_number") -> IdReading:
    """Read a resident ID of 18 or 15 digits as the roster does. Raises `DocumentNumberInvalid`."""
    cell = normalise_id(id_number)
    reading = cell.refusal or read_id(str(cell.value), today)
    if isinstance(reading, IdReading):
        return reading
    fault = FieldFault(pointer, reading, make_issue(1, "id_number", reading).message)
    raise DocumentNumberInvalid(fault.message, faults=[fault])


def list_documents(session: Session, keyring: Keyring, resident: Resident) -> list[HeldDocument]:
    """Return every document of a person that the reader may see: the current one first, then the latest."""
    merged = (
        select(Resident)
        .where(
            col(Resident.county_code) == resident.county_code,
            col(Resident.merged_into_id) == resident.id,
        )
        .order_by(col(Resident.id))
    )
    rows = [resident, *session.scalars(merged)]
    kept = select(ResidentDocument).where(
        col(ResidentDocument.county_code) == resident.county_code,
        col(ResidentDocument.resident_id).in_([row.id for row in rows]),
    )
    former = session.scalars(kept.order_by(col(ResidentDocument.id).desc())).all()
    barred = _barred(session, resident.county_code, [row.id_token for row in former])
    since = max((row.valid_to for row in former if row.resident_id == resident.id and row.valid_to), default=None)
    found = [_current(keyring, row, of=resident, since=since) for row in rows]
    found += [
        HeldDocument(
            id=row.id,
            kind=row.kind,
            number=_number_of(keyring, row),
            is_current=False,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            reason=row.reason,
            evidence=row.evidence,
            merged_from_id=None if row.resident_id == resident.id else row.resident_id,
            is_barred=row.kind in RESIDENT_IDS and row.id_token in barred,
        )
        for row in former
    ]
    return found


def record_document(
    session: Session,
    keyring: Keyring,
    *,
    actor: Actor,
    resident_id: int,
    kind: HeldDocumentKind,
    number: str,
    valid_from: date | None,
    valid_to: date | None,
    evidence: str,
    today: date,
) -> ResidentDocument:
    """Record a former resident ID or an additional document of a person; the current number stays as it is.

    Raises `NotFound`, `ResidentMerged`, `DocumentNumberInvalid`, and `NumberTaken` for a number that is somebody else's.
    """
    resident = lock(session, resident_id)
    if valid_from is not None and valid_to is not None and valid_from > valid_to:
        raise DocumentNumberInvalid("有效期的开始晚于结束。", pointer="/valid_to")
    sealed: bytes | None = None
    document_id = next_id(session, resident.county_code)
    if kind in RESIDENT_IDS:
        token = keyring.id_token(int(read_number(number, today, pointer="/number").id_number[:17]))
        if token != resident.id_token:
            claim(session, resident, token)
            retire(session, resident.county_code, token)
    else:
        wanted = "".join(number.split()).upper()
        if len(wanted) < 5 or not wanted.isascii() or not wanted.isalnum():
            raise DocumentNumberInvalid("证件号码应为 5 位以上的字母和数字。", pointer="/number")
        token = UUID(bytes=keyring.blind_index(_INDEX, f"{kind.value}:{wanted}"))
        sealed = keyring.seal(wanted, table="resident_documents", column="number", row_id=document_id)
    document = ResidentDocument(
        county_code=resident.county_code,
        id=document_id,
        resident_id=resident.id,
        division_code=resident.division_code,
        kind=kind,
        id_token=token,
        number_sealed=sealed,
        valid_from=valid_from,
        valid_to=valid_to,
        reason=DocumentReason.ADDITIONAL,
        evidence=evidence,
        recorded_by_id=actor.user_id,
    )
    session.add(document)
    session.flush()
    _record(session, actor, "record_document", document)
    return document


def keep_former(
    session: Session,
    *,
    actor: Actor,
    resident: Resident,
    kind: HeldDocumentKind,
    token: UUID,
    reason: DocumentReason,
    evidence: str,
    request_id: int | None,
    today: date,
) -> None:
    """Write down the number that a person had until today."""
    earlier = select(func.max(col(ResidentDocument.valid_to))).where(
        col(ResidentDocument.county_code) == resident.county_code,
        col(ResidentDocument.resident_id) == resident.id,
        col(ResidentDocument.kind).in_(RESIDENT_IDS),
    )
    document = ResidentDocument(
        county_code=resident.county_code,
        id=next_id(session, resident.county_code),
        resident_id=resident.id,
        division_code=resident.division_code,
        kind=kind,
        id_token=token,
        valid_from=session.scalars(earlier).one(),
        valid_to=today,
        reason=reason,
        evidence=evidence,
        request_id=request_id,
        recorded_by_id=actor.user_id,
    )
    session.add(document)
    session.flush()


def has_old_form(session: Session, resident: Resident) -> bool:
    """Tell whether the 15-digit form of the current number is on record."""
    query = select(col(ResidentDocument.id)).where(
        col(ResidentDocument.county_code) == resident.county_code,
        col(ResidentDocument.resident_id) == resident.id,
        col(ResidentDocument.kind) == HeldDocumentKind.RESIDENT_ID_15,
        col(ResidentDocument.id_token) == resident.id_token,
    )
    return session.scalars(query).first() is not None


def claim(session: Session, resident: Resident, token: UUID) -> None:
    """Take a number in the unique index for a moment, so that whoever holds or takes it is met. Raises `NumberTaken`."""
    here = (col(Resident.county_code) == resident.county_code, col(Resident.id) == resident.id)
    session.execute(text("SAVEPOINT claim"))
    try:
        for value in (token, resident.id_token):
            session.execute(
                update(Resident).where(*here).values(id_token=value).execution_options(synchronize_session=False)
            )
    except IntegrityError:
        session.execute(text("ROLLBACK TO SAVEPOINT claim"))
        raise NumberTaken from None
    require_not_retired(session, resident.county_code, token, unless_of=resident.id)


def require_not_retired(session: Session, county_code: int, token: UUID, *, unless_of: int | None = None) -> None:
    """Refuse a number that has a tombstone, unless the person had it before. Raises `NumberTaken`.

    Asked after the number was taken in the unique index, never before.
    """
    if not _barred(session, county_code, [token]):
        return
    own = select(col(ResidentDocument.id)).where(
        col(ResidentDocument.county_code) == county_code,
        col(ResidentDocument.id_token) == token,
        col(ResidentDocument.resident_id) == unless_of,
    )
    if unless_of is None or session.scalars(own).first() is None:
        raise NumberTaken


def retire(session: Session, county_code: int, token: UUID) -> None:
    """Set the tombstone of a number that is somebody's no longer."""
    statement = insert_or_skip(RetiredNumber).values(
        county_code=county_code, id_token=token, division_code=county_code * COUNTY_SPAN
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["county_code", "id_token"], set_={"released_at": None, "released_by_id": None}
        )
    )


def lift(session: Session, county_code: int, token: UUID, *, actor: Actor) -> None:
    """Take the tombstone off a number."""
    session.execute(
        update(RetiredNumber)
        .where(col(RetiredNumber.county_code) == county_code, col(RetiredNumber.id_token) == token)
        .values(released_at=func.now(), released_by_id=actor.user_id)
        .execution_options(synchronize_session=False)
    )


def release(session: Session, *, actor: Actor, document_id: int, opinion: str) -> ResidentDocument:
    """Let a number be registered again: it stood here by mistake and is another person's. The document stays on record.

    By a reviewer of the county who did not bring the number here. Raises `NotFound`, `CountyReleases`,
    `DocumentNotRetired`, `SamePerson` or `CheckerNotAPerson`.
    """
    query = (
        select(ResidentDocument)
        .where(
            col(ResidentDocument.county_code) == document_id // 10**10,
            col(ResidentDocument.id) == document_id,
        )
        .with_for_update()
    )
    document = session.scalars(query).one_or_none()
    if document is None:
        raise NotFound
    if actor.division_code % COUNTY_SPAN:
        raise CountyReleases
    if document.kind not in RESIDENT_IDS or not _barred(session, document.county_code, [document.id_token]):
        raise DocumentNotRetired
    require_second_person(actor, document.recorded_by_id)
    lift(session, document.county_code, document.id_token, actor=actor)
    _record(session, actor, "release_document_number", document, opinion=opinion)
    return document


def _barred(session: Session, county_code: int, tokens: list[UUID]) -> set[UUID]:
    query = select(col(RetiredNumber.id_token)).where(
        col(RetiredNumber.county_code) == county_code,
        col(RetiredNumber.id_token).in_(tokens),
        col(RetiredNumber.released_at).is_(None),
    )
    return set(session.scalars(query))


def _current(keyring: Keyring, row: Resident, *, of: Resident, since: date | None) -> HeldDocument:
    """Show the number on a row: the person's own, or that of a row which was merged into theirs."""
    is_own = row.id == of.id
    is_resident_id = row.document_kind is DocumentKind.RESIDENT_ID or row.document_sealed is None
    number = (
        _full(keyring, row.id_token)
        if is_resident_id
        else keyring.unseal(row.document_sealed or b"", table="residents", column="document", row_id=row.id)
    )
    return HeldDocument(
        id=None,
        kind=HeldDocumentKind.RESIDENT_ID if is_resident_id else HeldDocumentKind.OTHER,
        number=number,
        is_current=is_own,
        valid_from=since if is_own else None,
        valid_to=None if is_own else row.status_on,
        reason=DocumentReason.FIRST_REGISTRATION if not is_own or since is None else DocumentReason.CORRECTED,
        evidence=None,
        merged_from_id=None if is_own else row.id,
        is_barred=not is_own,
    )


def _full(keyring: Keyring, token: UUID) -> str:
    body = f"{keyring.id_of_token(token)[1]:017d}"
    return body + check_character(body)


def _number_of(keyring: Keyring, row: ResidentDocument) -> str:
    if row.number_sealed is not None:
        return keyring.unseal(row.number_sealed, table="resident_documents", column="number", row_id=row.id)
    number = _full(keyring, row.id_token)
    if row.kind is HeldDocumentKind.RESIDENT_ID_15:
        # The old form lacks the century and the check character.
        return (number[: _CENTURY.start] + number[_CENTURY.stop :])[:OLD_LENGTH]
    return number


def _record(session: Session, actor: Actor, action: str, document: ResidentDocument, **detail: str) -> None:
    audit_events.record(
        session,
        actor=actor,
        action=action,
        subject_kind="resident",
        subject_id=document.resident_id,
        division_code=document.division_code,
        document_id=document.id,
        kind=document.kind.value,
        **detail,
    )
