"""Ended stays: where somebody lived before, with the hukou kind of that time, so that a past list of a village is whole.

Sparse: who never moved has none. The present stay is the resident's own row from `here_since` on.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.dialects.postgresql import JSONB

from api.models.base import Field, SQLModel, big, county, instant, key, moment, text_c, word_of
from api.vocabulary import DocumentKind, HukouKind, Sex, SpellEnd


class ResidentSpell(SQLModel, table=True):
    """One ended stay of one person in one village under one hukou kind. Half-open: `ended_on` is the first day elsewhere.

    Facts of the person are as then, since the row of the person may now be out of the reader's scope.
    """

    __tablename__ = "resident_spells"
    __table_args__ = (
        Index("ix_resident_spells_resident_id", "resident_id"),
        Index("ix_resident_spells_division_code", "division_code", "id"),
        CheckConstraint("ended_on > begins_on", name="ends_after_it_begins"),
    )

    county_code: int = county()
    id: int = key()
    resident_id: int = big()
    division_code: int = big()
    hukou_kind: HukouKind = word_of(HukouKind)
    name: str = text_c()
    sex: Sex = word_of(Sex)
    birth_date: date
    document_kind: DocumentKind = word_of(DocumentKind)
    id_token: UUID
    household_id: int | None = big(nullable=True)
    village_group: str | None = text_c(nullable=True)
    begins_on: date | None = None
    """First day; null: so when first recorded."""
    ended_on: date
    gone_on: date | None = None
    """Day of death or of moving out within the stay, where the stay ended on paper only later."""
    reason: SpellEnd = word_of(SpellEnd)
    evidence: str | None = text_c(nullable=True)
    books_kept_at: datetime | None = moment(nullable=True)
    """When enrolment, contributions and benefit left for another village; what they said of this stay is kept below."""
    insured_on: date | None = None
    paid_years: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    """Contribution year to the day of its first payment, of the payments that make a person insured."""
    drawing_from: date | None = None
    drawing_to: date | None = None
    """First day on which the pension was no longer drawn."""
    recorded_at: datetime = instant()
    recorded_by_id: int = big()
    voided_at: datetime | None = moment(nullable=True)
    """When the end was undone."""
    voided_by_id: int | None = big(nullable=True)
