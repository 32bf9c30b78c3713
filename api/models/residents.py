"""The roster of who should be insured: residents, their households and every earlier version of a resident's row.

There is no foreign key from residents to households: a million checked references double the time of an import.
`nongbao verify` checks them instead.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB

from api.models.base import Field, SQLModel, big, county, instant, key, sealed, small, text_c, word_of
from api.vocabulary import DocumentKind, HukouKind, ResidentStatus, Sex


class Household(SQLModel, table=True):
    """A family under one 户号 of a village."""

    __tablename__ = "households"
    __table_args__ = (UniqueConstraint("county_code", "division_code", "number"),)

    county_code: int = county()
    id: int = key()
    division_code: int = big()
    number: str = text_c()
    village_group: str | None = text_c(nullable=True)
    created_at: datetime = instant()


class Resident(SQLModel, table=True):
    """A person of the roster. Names and birth dates are plain; document, phone and bank account are protected."""

    __tablename__ = "residents"
    __table_args__ = (
        UniqueConstraint("county_code", "id_token", name="uq_residents_id_token"),
        Index("ix_residents_division_code", "division_code", "id"),
        Index("ix_residents_name", "name"),
        Index("ix_residents_initials", "initials"),
        Index("ix_residents_pinyin", "pinyin"),
        Index("ix_residents_household_id", "household_id"),
        Index(
            "ix_residents_bank_account_index",
            "bank_account_index",
            postgresql_where=text("bank_account_index IS NOT NULL"),
        ),
        Index("ix_residents_dead", "division_code", "status_on", "id", postgresql_where=text("status = 'dead'")),
        Index(
            "ix_residents_merged_into_id",
            "county_code",
            "merged_into_id",
            postgresql_where=text("merged_into_id IS NOT NULL"),
        ),
        CheckConstraint("(status = 'merged') = (merged_into_id IS NOT NULL)", name="merged_into_somebody"),
        CheckConstraint("merged_into_id <> id", name="merged_into_another"),
    )

    county_code: int = county()
    id: int = key()
    """个人编号: county code and a serial of ten digits."""
    division_code: int = big()
    household_id: int | None = big(nullable=True)
    document_kind: DocumentKind = word_of(DocumentKind)
    id_token: UUID
    """The document's token (api.crypto): equal for equal documents, meaningless without the key."""
    document_sealed: bytes | None = sealed(nullable=True)
    """Ciphertext of a document that is not an 18-digit resident ID."""
    name: str = text_c()
    pinyin: str = text_c()
    initials: str = text_c()
    sex: Sex = word_of(Sex)
    birth_date: date
    ethnicity: str | None = text_c(nullable=True)
    hukou_kind: HukouKind = word_of(HukouKind)
    address: str | None = text_c(nullable=True)
    village_group: str | None = text_c(nullable=True)
    relation: str | None = text_c(nullable=True)
    phone_sealed: bytes | None = sealed(nullable=True)
    bank_account_sealed: bytes | None = sealed(nullable=True)
    bank_account_index: bytes | None = sealed(nullable=True)
    is_student: bool
    employee_insured: bool
    """In 城镇职工 (or 机关事业) pension insurance."""
    other_pension: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    """Draws another state pension."""
    disability_grade: int | None = small(nullable=True)
    dibao: bool
    wubao: bool
    land_taken: bool
    remark: str | None = text_c(nullable=True)
    status: ResidentStatus = word_of(ResidentStatus, default=ResidentStatus.ALIVE)
    status_on: date | None = None
    """When the status began: the day of death, of moving out or of the merge."""
    status_reason: str | None = text_c(nullable=True)
    """Who reported it, or why the person left."""
    status_evidence: str | None = text_c(nullable=True)
    """Document behind the status, with its number."""
    here_since: date | None = None
    """First day of the present stay with the present hukou kind; null: so when first recorded (see resident_spells)."""
    merged_into_id: int | None = big(nullable=True)
    """The row that this one turned out to be the same person as; it alone counts."""
    identity_changed_twice: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    """Both name and number were changed at some time (reliability.md T7). Never taken back."""
    source_id: int = big()
    """The import or the user that gave these facts last."""
    version: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})
    created_at: datetime = instant()
    updated_at: datetime = instant()


class ResidentVersion(SQLModel, table=True):
    """A resident's row as it was before a change. Append-only."""

    __tablename__ = "resident_versions"
    __table_args__ = (PrimaryKeyConstraint("county_code", "resident_id", "version"),)

    county_code: int = county()
    resident_id: int = key()
    version: int = key()
    division_code: int = big()
    replaced_at: datetime = instant()
    replaced_by_id: int = big()
    """The import or the user that brought the next version."""
    row: dict[str, Any] = Field(sa_type=JSONB)
