"""Dated facts about residents: categories, exclusions from E and reasons, each with its evidence (policy.md §6.3, §8).

Sparse: only people of whom something holds have rows. Nothing is deleted; a wrong record is voided and kept. The flags on
`residents` are the open facts of today, so that single cases and runs need no join.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, text

from api.models.base import Field, SQLModel, big, county, instant, key, moment, text_c, word_of
from api.vocabulary import FactKind, FactSource


class ResidentFact(SQLModel, table=True):
    """One fact of one person from a day until another. Half-open: `ended_on` is the first day it no longer holds."""

    __tablename__ = "resident_facts"
    __table_args__ = (
        Index(
            "uq_resident_facts_open",
            "county_code",
            "resident_id",
            "kind",
            unique=True,
            postgresql_where=text("ended_on IS NULL AND voided_at IS NULL"),
        ),
        Index("ix_resident_facts_resident_id", "resident_id"),
        Index("ix_resident_facts_division_code", "division_code", "kind"),
        Index(
            "ix_resident_facts_review",
            "division_code",
            "review_on",
            postgresql_where=text("review_on IS NOT NULL AND ended_on IS NULL AND voided_at IS NULL"),
        ),
        CheckConstraint("ended_on >= begins_on", name="ends_after_it_begins"),
        CheckConstraint("(ended_on IS NULL) = (end_recorded_at IS NULL)", name="end_is_recorded"),
        CheckConstraint("(voided_at IS NULL) = (void_reason IS NULL)", name="void_has_a_reason"),
        CheckConstraint(
            "(kind = 'disability') = (value IS NOT NULL) AND (value IS NULL OR value IN ('1', '2', '3', '4'))",
            name="value_is_a_grade",
        ),
    )

    county_code: int = county()
    id: int = key()
    resident_id: int = big()
    division_code: int = big()
    """Village of the person while the fact held; at a move it ends here and begins there."""
    kind: FactKind = word_of(FactKind)
    value: str | None = text_c(nullable=True)
    """Grade 1 to 4 of a disability, null of anything else."""
    begins_on: date | None = None
    """First day it holds; null: already so when first recorded."""
    ended_on: date | None = None
    review_on: date | None = None
    """Day to ask again, for instance when studies should be over."""
    evidence: str | None = text_c(nullable=True)
    """Document with its number, or who said so."""
    source_kind: FactSource = word_of(FactSource)
    source_id: int = big()
    """The import, user, case or list that brought it."""
    origin_id: int | None = big(nullable=True)
    """Of a part that continues another across a move: the first fact of the chain."""
    recorded_at: datetime = instant()
    recorded_by_id: int = big()
    end_evidence: str | None = text_c(nullable=True)
    end_recorded_at: datetime | None = moment(nullable=True)
    end_recorded_by_id: int | None = big(nullable=True)
    voided_at: datetime | None = moment(nullable=True)
    """When it was found to be wrongly recorded; it then never held."""
    voided_by_id: int | None = big(nullable=True)
    void_reason: str | None = text_c(nullable=True)
    version: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})
