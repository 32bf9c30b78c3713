"""证件与材料: scanned papers and photos of a person, what each of them proves, and their sealed bytes in a table apart.

Lists never touch the bytes. Nothing is deleted: a paper that should not be there is voided, and stays for the auditor.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, PrimaryKeyConstraint, text

from api.models.base import Field, SQLModel, big, county, instant, key, moment, sealed, text_c, word_of
from api.vocabulary import AttachmentKind, AttachmentSubject


class Attachment(SQLModel, table=True):
    """A paper or photo of one person. The same bytes of the same person are the same attachment."""

    __tablename__ = "attachments"
    __table_args__ = (
        ForeignKeyConstraint(["county_code", "resident_id"], ["residents.county_code", "residents.id"]),
        Index(
            "uq_attachments_content",
            "county_code",
            "resident_id",
            "content_hash",
            unique=True,
            postgresql_where=text("voided_at IS NULL"),
        ),
        Index("ix_attachments_resident_id", "county_code", "resident_id", "id"),
        CheckConstraint("size_bytes > 0", name="size_bytes_positive"),
        CheckConstraint(
            "(voided_at IS NULL) = (voided_by_id IS NULL) AND (voided_at IS NULL) = (void_reason IS NULL)",
            name="void_is_whole",
        ),
    )

    county_code: int = county()
    id: int = key()
    division_code: int = big()
    resident_id: int = big()
    kind: AttachmentKind = word_of(AttachmentKind)
    title: str = text_c()
    media_type: str = text_c()
    """As the bytes say, not as the sender said."""
    size_bytes: int
    content_hash: bytes = sealed()
    """Keyed hash of the bytes as they are kept, that is without a photo's place and camera."""
    uploaded_by_id: int = big()
    voided_at: datetime | None = moment(nullable=True, default=None)
    voided_by_id: int | None = big(nullable=True, default=None)
    void_reason: str | None = text_c(nullable=True, default=None)
    version: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})
    created_at: datetime = instant()


class AttachmentSubjectLink(SQLModel, table=True):
    """What a paper proves: one scan of an identity card may stand for a registration and for a later change."""

    __tablename__ = "attachment_subjects"
    __table_args__ = (
        PrimaryKeyConstraint("county_code", "subject_kind", "subject_id", "attachment_id"),
        Index("ix_attachment_subjects_attachment_id", "county_code", "attachment_id"),
        ForeignKeyConstraint(["county_code", "attachment_id"], ["attachments.county_code", "attachments.id"]),
    )

    county_code: int = county()
    subject_kind: AttachmentSubject = word_of(AttachmentSubject, primary_key=True)
    subject_id: int = key()
    attachment_id: int = key()
    division_code: int = big()
    linked_by_id: int = big()
    created_at: datetime = instant()


class AttachmentContent(SQLModel, table=True):
    """The sealed bytes of a paper."""

    __tablename__ = "attachment_contents"
    __table_args__ = (
        PrimaryKeyConstraint("county_code", "attachment_id"),
        ForeignKeyConstraint(["county_code", "attachment_id"], ["attachments.county_code", "attachments.id"]),
    )

    county_code: int = county()
    attachment_id: int = key()
    division_code: int = big()
    content_sealed: bytes = sealed()
