"""Who a person is on paper: documents beside the current one, numbers that are no longer in use, and identity changes.

The current document stands on the resident's row, where an import of a million people writes it once.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKeyConstraint, Index

from api.models.base import Field, SQLModel, big, county, instant, key, moment, sealed, text_c, word_of
from api.vocabulary import DocumentReason, HeldDocumentKind, IdentityPart


class ResidentDocument(SQLModel, table=True):
    """A document that a person had before the current one, or has beside it. Only its village follows the person."""

    __tablename__ = "resident_documents"
    __table_args__ = (
        ForeignKeyConstraint(["county_code", "resident_id"], ["residents.county_code", "residents.id"]),
        Index("ix_resident_documents_resident_id", "county_code", "resident_id"),
        Index("ix_resident_documents_id_token", "id_token"),
        CheckConstraint("valid_from <= valid_to", name="valid_in_order"),
    )

    county_code: int = county()
    id: int = key()
    resident_id: int = big()
    division_code: int = big()
    kind: HeldDocumentKind = word_of(HeldDocumentKind)
    id_token: UUID
    """Of a resident ID its token, 15 digits in their 18-digit form; of any other a keyed index."""
    number_sealed: bytes | None = sealed(nullable=True)
    """Ciphertext of a document whose number is no resident ID's."""
    valid_from: date | None = None
    valid_to: date | None = None
    """Last day on which it was the person's; null when that is unknown or has not come."""
    reason: DocumentReason = word_of(DocumentReason)
    evidence: str | None = text_c(nullable=True)
    request_id: int | None = big(nullable=True)
    """The case that brought the change, where there was one."""
    recorded_by_id: int = big()
    recorded_at: datetime = instant()


class RetiredNumber(SQLModel, table=True):
    """A tombstone: the token of a number that was somebody's and may not be registered again unless it is released.

    Whose it was is not here: everybody who registers people must meet the tombstone, wherever the person lives, and
    nobody may learn from it where that is.
    """

    __tablename__ = "retired_numbers"

    county_code: int = county()
    id_token: UUID = Field(primary_key=True)
    division_code: int = big()
    """The county as a whole."""
    retired_at: datetime = instant()
    released_at: datetime | None = moment(default=None, nullable=True)
    released_by_id: int | None = big(nullable=True)


class IdentityChange(SQLModel, table=True):
    """One change of a name or of a number and everybody who had a hand in it. Append-only."""

    __tablename__ = "identity_changes"
    __table_args__ = (
        ForeignKeyConstraint(["county_code", "resident_id"], ["residents.county_code", "residents.id"]),
        Index("ix_identity_changes_resident_id", "county_code", "resident_id"),
    )

    county_code: int = county()
    id: int = key()
    resident_id: int = big()
    division_code: int = big()
    part: IdentityPart = word_of(IdentityPart)
    changed_on: date
    handled_by: list[int] = Field(sa_type=ARRAY(BigInteger))
    """User ids of the maker and of all who approved, ascending."""
    evidence: str | None = text_c(nullable=True)
    request_id: int | None = big(nullable=True)
    changed_by_id: int = big()
    changed_at: datetime = instant()
