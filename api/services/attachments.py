"""证件与材料: taking in a paper of a person, showing it, linking it to what it proves, and voiding it.

The same bytes of the same person are the same paper, however often they are sent. Bytes are sealed with a key and read
by nobody unseen: each look at them is on record.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import func, insert, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as insert_or_skip
from sqlmodel import col

from api.database import Actor, next_id
from api.errors import DomainError, NotFound, StaleVersion
from api.exchange.attachment_files import CheckedFile, check_file
from api.models import Attachment, AttachmentContent, AttachmentSubjectLink, Resident, User
from api.permissions import Permission
from api.services import audit_events
from api.services.attachment_subjects import check_subject, is_decided
from api.services.pages import decode_cursor, encode_cursor
from api.services.two_persons import SYSTEM_USER, require_second_person
from api.vocabulary import AttachmentKind, AttachmentSubject

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy.orm import Session

    from api.crypto import Keyring

MOST_PER_PERSON = 40
HASHED_AS = "attachment"
_PLACE: dict[str, str] = {"table": "attachment_contents", "column": "content"}


class AttachmentTooLarge(DomainError):
    """The file is larger than what one paper may take."""

    status = 413
    code = "attachment-too-large"
    title = "文件过大"


class TooManyAttachments(DomainError):
    """The person has as many papers as one person may have."""

    code = "too-many-attachments"
    title = "此人的材料已达上限"


class AttachmentVoided(DomainError):
    """The paper was voided: its bytes are for the auditor only."""

    status = 410
    code = "attachment-voided"
    title = "这份材料已作废"


class AttachmentAlreadyVoided(DomainError):
    """The paper was voided before."""

    code = "attachment-already-voided"
    title = "这份材料已经作废"


class Subject(NamedTuple):
    """What a paper proves."""

    kind: AttachmentSubject
    id: int


@dataclass(frozen=True, slots=True)
class AttachmentView:
    """A paper with what it proves and who brought it in (None where the reader may not know them)."""

    attachment: Attachment
    subjects: Sequence[Subject]
    uploaded_by: str | None


def upload(
    session: Session,
    keyring: Keyring,
    *,
    actor: Actor,
    resident_id: int,
    kind: AttachmentKind,
    title: str | None,
    content: bytes,
    subject: Subject | None,
    most_bytes: int,
) -> tuple[Attachment, bool]:
    """Take a paper in and tell whether it is new. One that the person has already keeps its title and gains the subject.

    Raises `NotFound` (also for a subject that is not this person's), `AttachmentTooLarge`, `TooManyAttachments` and what
    `exchange.attachment_files.check_file` raises.
    """
    resident = _locked_resident(session, resident_id)
    if subject is not None:
        check_subject(session, resident, subject.kind, subject.id)
    if len(content) > most_bytes:
        raise AttachmentTooLarge(
            f"每份材料不超过 {most_bytes >> 20} MB，请降低清晰度后重新拍照或扫描。", pointer="/file"
        )
    checked = check_file(content)
    hashed = keyring.content_hash(HASHED_AS, checked.content)
    attachment = _alive_with(session, resident, hashed)
    is_new = attachment is None
    if attachment is None:
        attachment = _keep(session, keyring, actor, resident, checked, hashed, kind=kind, title=title)
        _record(session, actor, "add_attachment", attachment, kind=kind.value, size=attachment.size_bytes)
    if subject is not None:
        _link(session, actor, attachment, subject)
    return attachment, is_new


def link(session: Session, *, actor: Actor, attachment_id: int, subject: Subject) -> Attachment:
    """Say that a paper proves something else as well. Raises `NotFound` or `AttachmentVoided`."""
    attachment = get(session, attachment_id)
    if attachment.voided_at is not None:
        raise AttachmentVoided
    check_subject(session, _locked_resident(session, attachment.resident_id), subject.kind, subject.id)
    _link(session, actor, attachment, subject)
    return attachment


def get(session: Session, attachment_id: int) -> Attachment:
    """Return one paper, voided or not. Raises `NotFound`."""
    query = select(Attachment).where(
        col(Attachment.county_code) == attachment_id // 10**10, col(Attachment.id) == attachment_id
    )
    attachment = session.scalars(query).one_or_none()
    if attachment is None:
        raise NotFound
    return attachment


def view(session: Session, attachment: Attachment) -> AttachmentView:
    """Return a paper with what stands beside it."""
    return _views(session, [attachment])[0]


def list_of(
    session: Session, *, resident_id: int, voided: bool, limit: int, after: str | None
) -> tuple[list[AttachmentView], str | None]:
    """Return a page of a person's papers, newest first, and the next cursor; `voided` shows those too.

    Raises `NotFound` and `InvalidCursor`.
    """
    resident = _resident(session, resident_id)
    query = select(Attachment).where(
        col(Attachment.county_code) == resident.county_code, col(Attachment.resident_id) == resident.id
    )
    if not voided:
        query = query.where(col(Attachment.voided_at).is_(None))
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(Attachment.id) < start[0])
    rows = session.scalars(query.order_by(col(Attachment.id).desc()).limit(limit + 1)).all()
    following = encode_cursor(rows[limit - 1].id) if len(rows) > limit else None
    return _views(session, rows[:limit]), following


def of_subjects(
    session: Session, *, county_code: int, resident_id: int, subjects: Collection[tuple[str, int]]
) -> dict[tuple[str, int], list[Attachment]]:
    """Return the papers in force of a person for each of these subjects, oldest first."""
    known = {kind.value for kind in AttachmentSubject}
    wanted = [one for one in subjects if one[0] in known]
    if not wanted:
        return {}
    query = (
        select(col(AttachmentSubjectLink.subject_kind), col(AttachmentSubjectLink.subject_id), Attachment)
        .join(
            Attachment,
            (col(Attachment.county_code) == col(AttachmentSubjectLink.county_code))
            & (col(Attachment.id) == col(AttachmentSubjectLink.attachment_id)),
        )
        .where(
            col(AttachmentSubjectLink.county_code) == county_code,
            tuple_(col(AttachmentSubjectLink.subject_kind), col(AttachmentSubjectLink.subject_id)).in_(wanted),
            col(Attachment.resident_id) == resident_id,
            col(Attachment.voided_at).is_(None),
        )
        .order_by(col(Attachment.id))
    )
    found: dict[tuple[str, int], list[Attachment]] = {}
    for kind, subject_id, attachment in session.execute(query).all():
        found.setdefault((kind.value, subject_id), []).append(attachment)
    return found


def open_content(session: Session, keyring: Keyring, *, actor: Actor, attachment_id: int) -> tuple[Attachment, bytes]:
    """Return a paper and its bytes; who looked is on record before they leave. Raises `NotFound` or `AttachmentVoided`."""
    attachment = get(session, attachment_id)
    if attachment.voided_at is not None and Permission.AUDIT_READ not in actor.permissions:
        raise AttachmentVoided
    query = select(col(AttachmentContent.content_sealed)).where(
        col(AttachmentContent.county_code) == attachment.county_code,
        col(AttachmentContent.attachment_id) == attachment.id,
    )
    sealed = session.scalars(query).one()
    content = keyring.unseal_bytes(sealed, **_PLACE, row_id=attachment.id)
    _record(session, actor, "read_attachment_content", attachment, kind=attachment.kind.value)
    return attachment, content


def void(session: Session, *, actor: Actor, attachment_id: int, version: int, reason: str) -> Attachment:
    """Take a paper out of use; it stays on record with the reason.

    A wrong photo is mended by whoever took it. What a decision rests on is voided by a second person only: else the
    proof of a case could be taken away by the one who brought it. Raises `NotFound`, `StaleVersion`,
    `AttachmentAlreadyVoided`, `SamePerson` or `CheckerNotAPerson`.
    """
    query = (
        select(Attachment)
        .where(col(Attachment.county_code) == attachment_id // 10**10, col(Attachment.id) == attachment_id)
        .execution_options(populate_existing=True)
    )
    attachment = session.scalars(query).one_or_none()
    if attachment is None:
        raise NotFound
    _locked_resident(session, attachment.resident_id)
    session.refresh(attachment)
    if attachment.voided_at is not None:
        raise AttachmentAlreadyVoided
    if attachment.version != version:
        raise StaleVersion
    if any(is_decided(session, one.kind, one.id) for one in _subjects(session, [attachment]).get(attachment.id, [])):
        require_second_person(actor, attachment.uploaded_by_id)
    session.execute(
        update(Attachment)
        .where(col(Attachment.county_code) == attachment.county_code, col(Attachment.id) == attachment.id)
        .values(
            voided_at=func.now(),
            voided_by_id=actor.user_id,
            void_reason=reason,
            version=Attachment.version + 1,
        )
        .execution_options(synchronize_session=False)
    )
    session.refresh(attachment)
    _record(session, actor, "void_attachment", attachment, kind=attachment.kind.value)
    return attachment


def _resident(session: Session, resident_id: int) -> Resident:
    query = select(Resident).where(col(Resident.county_code) == resident_id // 10**10, col(Resident.id) == resident_id)
    resident = session.scalars(query).one_or_none()
    if resident is None:
        raise NotFound
    return resident


def _locked_resident(session: Session, resident_id: int) -> Resident:
    """Lock the person, so that papers of one person come one after another and the count holds."""
    query = (
        select(Resident)
        .where(col(Resident.county_code) == resident_id // 10**10, col(Resident.id) == resident_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    resident = session.scalars(query).one_or_none()
    if resident is None:
        raise NotFound
    return resident


def _alive_with(session: Session, resident: Resident, hashed: bytes) -> Attachment | None:
    query = select(Attachment).where(
        col(Attachment.county_code) == resident.county_code,
        col(Attachment.resident_id) == resident.id,
        col(Attachment.content_hash) == hashed,
        col(Attachment.voided_at).is_(None),
    )
    return session.scalars(query).one_or_none()


def _keep(
    session: Session,
    keyring: Keyring,
    actor: Actor,
    resident: Resident,
    checked: CheckedFile,
    hashed: bytes,
    *,
    kind: AttachmentKind,
    title: str | None,
) -> Attachment:
    """Write a new paper and its sealed bytes. Raises `TooManyAttachments`."""
    alive = select(func.count()).where(
        col(Attachment.county_code) == resident.county_code,
        col(Attachment.resident_id) == resident.id,
        col(Attachment.voided_at).is_(None),
    )
    if session.execute(alive).scalar_one() >= MOST_PER_PERSON:
        raise TooManyAttachments(f"每人最多保存 {MOST_PER_PERSON} 份材料，请先作废不用的。")
    attachment = Attachment(
        county_code=resident.county_code,
        id=next_id(session, resident.county_code),
        division_code=resident.division_code,
        resident_id=resident.id,
        kind=kind,
        title=(title or "").strip() or kind.label,
        media_type=checked.media_type,
        size_bytes=len(checked.content),
        content_hash=hashed,
        uploaded_by_id=actor.user_id,
        version=1,
    )
    session.add(attachment)
    session.flush()
    content = {
        "county_code": attachment.county_code,
        "attachment_id": attachment.id,
        "division_code": attachment.division_code,
        "content_sealed": keyring.seal_bytes(checked.content, **_PLACE, row_id=attachment.id),
    }
    session.execute(insert(AttachmentContent), content)
    return attachment


def _link(session: Session, actor: Actor, attachment: Attachment, subject: Subject) -> None:
    values = {
        "county_code": attachment.county_code,
        "subject_kind": subject.kind,
        "subject_id": subject.id,
        "attachment_id": attachment.id,
        "division_code": attachment.division_code,
        "linked_by_id": actor.user_id,
    }
    made = session.execute(
        insert_or_skip(AttachmentSubjectLink)
        .values(values)
        .on_conflict_do_nothing()
        .returning(col(AttachmentSubjectLink.attachment_id))
    )
    if made.first() is not None:
        _record(session, actor, "link_attachment", attachment, subject=subject.kind.value, subject_of=subject.id)


def _subjects(session: Session, attachments: Sequence[Attachment]) -> dict[int, list[Subject]]:
    query = (
        select(
            col(AttachmentSubjectLink.attachment_id),
            col(AttachmentSubjectLink.subject_kind),
            col(AttachmentSubjectLink.subject_id),
        )
        .where(
            col(AttachmentSubjectLink.county_code).in_({one.county_code for one in attachments}),
            col(AttachmentSubjectLink.attachment_id).in_([one.id for one in attachments]),
        )
        .order_by(col(AttachmentSubjectLink.subject_kind), col(AttachmentSubjectLink.subject_id))
    )
    found: dict[int, list[Subject]] = {}
    for attachment_id, kind, subject_id in session.execute(query).all():
        found.setdefault(attachment_id, []).append(Subject(kind, subject_id))
    return found


def _views(session: Session, attachments: Sequence[Attachment]) -> list[AttachmentView]:
    if not attachments:
        return []
    subjects = _subjects(session, attachments)
    people = select(col(User.id), col(User.display_name)).where(
        col(User.id).in_({one.uploaded_by_id for one in attachments})
    )
    names: dict[int, str] = {SYSTEM_USER: "系统"} | {row[0]: row[1] for row in session.execute(people)}
    return [AttachmentView(one, subjects.get(one.id, []), names.get(one.uploaded_by_id)) for one in attachments]


def _record(session: Session, actor: Actor, action: str, attachment: Attachment, **detail: Any) -> None:
    audit_events.record(
        session,
        actor=actor,
        action=action,
        subject_kind="attachment",
        subject_id=attachment.id,
        division_code=attachment.division_code,
        resident_id=attachment.resident_id,
        **detail,
    )
