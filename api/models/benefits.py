"""待遇: awards with everything that went into them, and the benefit that each approved award starts."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB

from api.models.base import (
    Field,
    SQLModel,
    big,
    county,
    fen,
    first_of_month,
    instant,
    key,
    moment,
    not_negative,
    small,
    text_c,
    word_of,
)
from api.vocabulary import AwardBasis, AwardState, BenefitState


class Award(SQLModel, table=True):
    """待遇核定: inputs, amounts and reasons of one determination; proposed and decided by two persons."""

    __tablename__ = "awards"
    __table_args__ = (
        ForeignKeyConstraint(["county_code", "resident_id"], ["residents.county_code", "residents.id"]),
        Index(
            "uq_awards_alive",
            "county_code",
            "resident_id",
            unique=True,
            postgresql_where=text("state IN ('proposed', 'approved')"),
        ),
        Index("ix_awards_state", "division_code", "state", "id"),
        first_of_month("start_month"),
        *not_negative("personal_fen", "collective_fen", "gov_fen", "account_pension_fen", "basic_pension_fen"),
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> proposed_by_id", name="two_persons"),
        CheckConstraint("(state = 'proposed') = (decided_by_id IS NULL)", name="decided_by_somebody"),
    )

    county_code: int = county()
    id: int = key()
    resident_id: int = big()
    division_code: int = big()
    basis: AwardBasis = word_of(AwardBasis)
    state: AwardState = word_of(AwardState, default=AwardState.PROPOSED)
    start_month: date
    settled_on: date | None = None
    """End of the settlement month; null for the launch cohort, who have no account to settle."""
    required_years: int = small()
    paid_years: int = small()
    personal_fen: int = fen(default=0)
    collective_fen: int = fen(default=0)
    gov_fen: int = fen(default=0)
    account_pension_fen: int = fen(default=0)
    basic_pension_fen: int = fen()
    breakdown: dict[str, Any] = Field(sa_type=JSONB)
    """Parameters used, inputs, and the calculation in words: what the determination sheet prints."""
    proposed_by_id: int = big()
    decided_by_id: int | None = big(nullable=True)
    decided_on: date | None = None
    decided_at: datetime | None = moment(default=None, nullable=True)
    opinion: str | None = text_c(nullable=True)
    journal_id: int | None = big(nullable=True)
    """The journal that posted the settlement interest."""
    version: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})
    created_at: datetime = instant()


class Benefit(SQLModel, table=True):
    """A running pension. Facts that a monthly run needs stand here, so that the run joins as little as possible."""

    __tablename__ = "benefits"
    __table_args__ = (
        Index(
            "ix_benefits_not_active",
            *("county_code", "state", "resident_id", "division_code"),
            postgresql_where=text("state <> 'active'"),
        ),
        first_of_month("start_month"),
        *not_negative("award_personal_fen", "award_collective_fen", "award_gov_fen", "account_pension_fen"),
    )

    county_code: int = county()
    resident_id: int = key()
    division_code: int = big()
    award_id: int = big()
    state: BenefitState = word_of(BenefitState, default=BenefitState.ACTIVE)
    state_reason: str | None = text_c(nullable=True)
    state_on: date | None = None
    start_month: date
    end_month: date | None = None
    """Last month that is owed; null while the pension runs."""
    award_personal_fen: int = fen(default=0)
    award_collective_fen: int = fen(default=0)
    award_gov_fen: int = fen(default=0)
    """Composition at award: the proportion in which each payment is taken from the sub-accounts."""
    account_pension_fen: int = fen(default=0)
    version: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})
    cancels_on: date | None = None
    """Day of the event of a 注销登记 under way: no month after it is paid by a run."""
    settlement_id: int | None = big(nullable=True)
    """The approved settlement that pays whatever is still owed; no run pays anything any more."""
