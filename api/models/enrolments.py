"""参保登记: a case with three steps by three persons, the terms that hold from a year on, and the decisions."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text

from api.models.base import SQLModel, big, county, fen, instant, key, small, word_of
from api.models.cases import ENDED_STATES, CaseColumns, DecisionColumns, returned_index, states, work_index
from api.vocabulary import EnrolmentState, Rhythm


class Enrolment(CaseColumns, table=True):
    """One application of one resident; at most one is alive at a time."""

    __tablename__ = "enrolments"
    __table_args__ = (
        ForeignKeyConstraint(["county_code", "resident_id"], ["residents.county_code", "residents.id"]),
        Index(
            "uq_enrolments_alive",
            "county_code",
            "resident_id",
            unique=True,
            postgresql_where=text(f"state NOT IN ({states(ENDED_STATES)})"),
        ),
        Index("ix_enrolments_state", "division_code", "state", "id"),
        work_index("enrolments"),
        returned_index("enrolments"),
        # Who waits, was refused or has left, by person: what a search for such a state walks along.
        Index(
            "ix_enrolments_not_approved",
            *("county_code", "state", "resident_id", "division_code"),
            postgresql_where=text("state <> 'county_approved'"),
        ),
        CheckConstraint("tier_fen >= 0", name="tier_fen_not_negative"),
    )

    tier_fen: int = fen()
    """Yearly tier as applied for; 0 for those who pay nothing (60 and over at launch). `EnrolmentTerms` may follow it."""
    rhythm: Rhythm = word_of(Rhythm, default=Rhythm.YEARLY)
    applied_on: date
    state: EnrolmentState = word_of(EnrolmentState, default=EnrolmentState.DRAFT)
    insured_on: date | None = None
    """Business date of the county's approval."""


class EnrolmentDecision(DecisionColumns, table=True):
    """A decision about an enrolment."""

    __tablename__ = "enrolment_decisions"
    __table_args__ = (
        ForeignKeyConstraint(["county_code", "enrolment_id"], ["enrolments.county_code", "enrolments.id"]),
        UniqueConstraint("county_code", "enrolment_id", "round", "decided_by_id", name="uq_enrolment_decisions_person"),
        UniqueConstraint("county_code", "enrolment_id", "round", "step", name="uq_enrolment_decisions_step"),
    )

    enrolment_id: int = big()


class EnrolmentTerms(SQLModel, table=True):
    """Tier and rhythm that hold from a calendar year on, by an approved change (policy.md P2).

    Rows are only added; they stand in the village of their person and follow a move.
    Before the first of them what was applied for holds. Of two for the same year the later one counts.
    """

    __tablename__ = "enrolment_terms"
    __table_args__ = (
        ForeignKeyConstraint(["county_code", "enrolment_id"], ["enrolments.county_code", "enrolments.id"]),
        CheckConstraint("tier_fen >= 0", name="tier_fen_not_negative"),
        Index("ix_enrolment_terms_resident", "county_code", "resident_id", "from_year", "id"),
    )

    county_code: int = county()
    id: int = key()
    enrolment_id: int = big()
    resident_id: int = big()
    division_code: int = big()
    from_year: int = small()
    tier_fen: int = fen()
    rhythm: Rhythm = word_of(Rhythm)
    request_id: int = big()
    """The change request that brought them."""
    created_at: datetime = instant()
