"""Targets, and participation figures frozen per reporting date."""

from datetime import date, datetime

from sqlalchemy import PrimaryKeyConstraint, UniqueConstraint

from api.models.base import Field, SQLModel, big, county, instant, key, not_negative, small, text_c


class Target(SQLModel, table=True):
    """A participation target that differs from the scheme's own (policy parameters) for one unit."""

    __tablename__ = "targets"
    __table_args__ = (UniqueConstraint("county_code", "division_code", "deadline"),)

    county_code: int = county()
    id: int = key()
    division_code: int = big()
    deadline: date
    rate_percent: int = small()
    legal_basis: str = text_c()
    set_by_id: int = big()
    created_at: datetime = instant()


class ParticipationSnapshot(SQLModel, table=True):
    """Frozen figures of one village at one date. A correction is a new version; nothing is overwritten."""

    __tablename__ = "participation_snapshots"
    __table_args__ = (
        PrimaryKeyConstraint("county_code", "division_code", "as_of", "version"),
        *not_negative("eligible", "insured", "registered", "recipients"),
    )

    county_code: int = county()
    division_code: int = key()
    as_of: date = Field(primary_key=True)
    version: int = small(primary_key=True)
    eligible: int
    insured: int
    registered: int
    recipients: int
    entitled: int
    working_age_eligible: int
    working_age_insured: int
    definition: str = text_c()
    frozen_by_id: int = big()
    created_at: datetime = instant()
