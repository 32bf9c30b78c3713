"""Papers and photos as the API shows them. The bytes have a route of their own, which is on record."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self

from pydantic import Field

from api.models import Attachment
from api.schemas.base import DivisionCode, Id, IdIn, Schema
from api.vocabulary import AttachmentKind, AttachmentSubject


class AttachmentSubjectRead(Schema):
    """What a paper proves."""

    subject_kind: AttachmentSubject
    subject_id: Id


class AttachmentSubjectCreate(Schema):
    """Something else that a paper proves."""

    subject_kind: AttachmentSubject
    subject_id: IdIn


class AttachmentLink(Schema):
    """A paper as a link from what it proves."""

    id: Id
    kind: AttachmentKind
    title: str
    media_type: str

    @classmethod
    def to(cls, attachment: Attachment) -> Self:
        """Link to a paper."""
        return cls(id=attachment.id, kind=attachment.kind, title=attachment.title, media_type=attachment.media_type)


class AttachmentRead(AttachmentLink):
    """A paper; `void_reason` is null while it is in force."""

    resident_id: Id
    division_code: DivisionCode
    size_bytes: int
    subjects: list[AttachmentSubjectRead]
    uploaded_by_id: Id
    uploaded_by: str | None
    created_at: datetime
    voided_at: datetime | None
    void_reason: str | None
    version: int

    @classmethod
    def of(
        cls, attachment: Attachment, *, subjects: Sequence[tuple[AttachmentSubject, int]], uploaded_by: str | None
    ) -> Self:
        """Show a paper."""
        return cls(
            **dict(AttachmentLink.to(attachment)),
            resident_id=attachment.resident_id,
            division_code=attachment.division_code,
            size_bytes=attachment.size_bytes,
            subjects=[AttachmentSubjectRead(subject_kind=kind, subject_id=number) for kind, number in subjects],
            uploaded_by_id=attachment.uploaded_by_id,
            uploaded_by=uploaded_by,
            created_at=attachment.created_at,
            voided_at=attachment.voided_at,
            void_reason=attachment.void_reason,
            version=attachment.version,
        )


class VoidCreate(Schema):
    """Why a paper is taken out of use."""

    reason: Annotated[str, Field(min_length=2, max_length=200)]
