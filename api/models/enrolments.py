"""参保登记: a case with three steps by three persons. The decisions are append-only."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text

from api.models.base import Field, SQLModel, big, county, fen, instant, key, small, text_c, word_of
from api.vocabulary import Decision, EnrolmentState, EnrolmentStep, Rhythm


class Enrolment(SQLModel, table=True):
    """One application of one resident; at most one is alive at a time."""

    __tablename__ = "enrolments"
    __table_args__ = (
        ForeignKeyConstraint(["county_code", "resident_id"], ["residents.county_code", "residents.id"]),
        Index(
            "uq_enrolments_alive",
            "county_code",
            "resident_id",
            unique=True,
            postgresql_where=text("state NOT IN ('rejected', 'terminated')"),
        ),
        Index("ix_enrolments_state", "division_code", "state", "id"),
        # Who waits, was refused or has left, by person: what a search for such a state walks along.
        Index(
            "ix_enrolments_not_approved",
            *("county_code", "state", "resident_id", "division_code"),
            postgresql_where=text("state <> 'county_approved'"),
        ),
        CheckConstraint("tier_fen >= 0", name="tier_fen_not_negative"),
    )

    county_code: int = county()
    id: int = key()
    resident_id: int = big()
    division_code: int = big()
    tier_fen: int = fen()
    """Chosen yearly tier; 0 for those who pay nothing (60 and over at launch)."""
    rhythm: Rhythm = word_of(Rhythm, default=Rhythm.YEARLY)
    applied_on: date
    state: EnrolmentState = word_of(EnrolmentState, default=EnrolmentState.DRAFT)
    round: int = small(default=1)
    """Grows with each return, so that the same persons may handle the mended case."""
    insured_on: date | None = None
    """Business date of the county's approval."""
    created_by_id: int = big()
    version: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})
    created_at: datetime = instant()
    updated_at: datetime = instant()


class EnrolmentDecision(SQLModel, table=True):
    """Who said what at which step, with the opinion. One person never does two steps of one round."""

    __tablename__ = "enrolment_decisions"
    __table_args__ = (
        ForeignKeyConstraint(["county_code", "enrolment_id"], ["enrolments.county_code", "enrolments.id"]),
        UniqueConstraint("county_code", "enrolment_id", "round", "decided_by_id", name="uq_enrolment_decisions_person"),
        UniqueConstraint("county_code", "enrolment_id", "round", "step", name="uq_enrolment_decisions_step"),
    )

    county_code: int = county()
    id: int = key()
    enrolment_id: int = big()
    division_code: int = big()
    round: int = small()
    step: EnrolmentStep = word_of(EnrolmentStep)
    decision: Decision = word_of(Decision)
    opinion: str | None = text_c(nullable=True)
    decided_by_id: int = big()
    decided_on: date
    decided_at: datetime = instant()
