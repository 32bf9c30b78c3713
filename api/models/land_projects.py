"""被征地农民 (policy.md §2.2): a project that took a village's land, the list of persons with their sums, and its steps.

Rows of the list are never edited: an entry ends with the round in which it is struck or replaced, so that the list of
each round can be shown and compared.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text

from api.models.base import Field, SQLModel, big, count, county, fen, instant, key, small, text_c, word_of
from api.vocabulary import Decision, LandProjectState, LandStep, ObjectionOutcome


class LandProject(SQLModel, table=True):
    """Land of one village taken under one approval. Approval by the county freezes the list under its hash."""

    __tablename__ = "land_projects"
    __table_args__ = (
        UniqueConstraint("county_code", "division_code", "approval_number", name="uq_land_projects_approval"),
        Index("ix_land_projects_state", "division_code", "state", "id"),
        CheckConstraint("area_mu_hundredths > 0", name="area_mu_hundredths_positive"),
        CheckConstraint("sum_fen > 0", name="sum_fen_positive"),
        CheckConstraint(
            "(checked_by_id IS NULL OR checked_by_id <> listed_by_id) AND "
            "(approved_by_id IS NULL OR (approved_by_id <> listed_by_id AND approved_by_id <> checked_by_id))",
            name="three_persons",
        ),
        CheckConstraint(
            "(state = 'approved') = (list_hash IS NOT NULL AND approved_by_id IS NOT NULL AND approved_on IS NOT NULL)",
            name="approved_is_frozen",
        ),
    )

    county_code: int = county()
    id: int = key()
    division_code: int = big()
    """The village whose land it was."""
    name: str = text_c()
    approval_number: str = text_c()
    """文号 of the approval to take the land, dated `land_approved_on`."""
    land_approved_on: date
    area_mu_hundredths: int
    """Hundredths of a mu."""
    sum_fen: int = fen()
    """What is due for each person unless the list says otherwise."""
    meeting_on: date | None = None
    """Day of the villagers' meeting that decided who is on the list."""
    resolution: str | None = text_c(nullable=True, default=None)
    state: LandProjectState = word_of(LandProjectState, default=LandProjectState.DRAFT)
    round: int = small(default=1)
    """Grows with each return."""
    published_on: date | None = None
    published_until: date | None = None
    """Last day on which the list hangs out."""
    listed_by_id: int | None = big(nullable=True, default=None)
    checked_by_id: int | None = big(nullable=True, default=None)
    approved_by_id: int | None = big(nullable=True, default=None)
    approved_on: date | None = None
    list_hash: str | None = text_c(nullable=True, default=None)
    person_count: int = count()
    total_fen: int = fen(default=0)
    """Sum of the list as it stands, kept by the transaction that changes it."""
    created_by_id: int = big()
    version: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})
    created_at: datetime = instant()
    updated_at: datetime = instant()


class LandPerson(SQLModel, table=True):
    """One person on a project's list from one round to another, with what is due for them."""

    __tablename__ = "land_persons"
    __table_args__ = (
        ForeignKeyConstraint(["county_code", "project_id"], ["land_projects.county_code", "land_projects.id"]),
        ForeignKeyConstraint(["county_code", "resident_id"], ["residents.county_code", "residents.id"]),
        Index(
            "uq_land_persons_current",
            "county_code",
            "project_id",
            "resident_id",
            unique=True,
            postgresql_where=text("until_round IS NULL"),
        ),
        Index("ix_land_persons_project_id", "county_code", "project_id"),
        Index("ix_land_persons_resident_id", "county_code", "resident_id"),
        CheckConstraint("sum_fen > 0", name="sum_fen_positive"),
        CheckConstraint("until_round >= from_round", name="rounds_in_order"),
    )

    county_code: int = county()
    id: int = key()
    project_id: int = big()
    division_code: int = big()
    resident_id: int = big()
    sum_fen: int = fen()
    from_round: int = small()
    until_round: int | None = small(nullable=True, default=None)
    """The round whose list no longer has the entry; equal to `from_round` where it was struck before the list was
    ever handed in."""
    added_by_id: int = big()
    created_at: datetime = instant()


class LandObjection(SQLModel, table=True):
    """What somebody said against a person's place or sum on a posted list, and what the town found."""

    __tablename__ = "land_objections"
    __table_args__ = (
        ForeignKeyConstraint(["county_code", "project_id"], ["land_projects.county_code", "land_projects.id"]),
        Index("ix_land_objections_project_id", "county_code", "project_id", "id"),
        Index("ix_land_objections_resident_id", "county_code", "resident_id"),
        CheckConstraint("ruled_by_id <> recorded_by_id", name="two_persons"),
        CheckConstraint("(outcome = 'open') = (ruled_by_id IS NULL)", name="ruled_by_somebody"),
    )

    county_code: int = county()
    id: int = key()
    project_id: int = big()
    division_code: int = big()
    resident_id: int = big()
    round: int = small()
    objection: str = text_c()
    recorded_on: date
    recorded_by_id: int = big()
    outcome: ObjectionOutcome = word_of(ObjectionOutcome, default=ObjectionOutcome.OPEN)
    ruling: str | None = text_c(nullable=True, default=None)
    ruled_on: date | None = None
    ruled_by_id: int | None = big(nullable=True, default=None)
    created_at: datetime = instant()


class LandProjectStep(SQLModel, table=True):
    """Who did which step of which round, with the list as it was then. Append-only."""

    __tablename__ = "land_project_steps"
    __table_args__ = (
        ForeignKeyConstraint(["county_code", "project_id"], ["land_projects.county_code", "land_projects.id"]),
        UniqueConstraint("county_code", "project_id", "round", "step", name="uq_land_project_steps_step"),
    )

    county_code: int = county()
    id: int = key()
    project_id: int = big()
    division_code: int = big()
    round: int = small()
    step: LandStep = word_of(LandStep)
    decision: Decision = word_of(Decision)
    opinion: str | None = text_c(nullable=True, default=None)
    list_hash: str = text_c()
    person_count: int
    total_fen: int = fen()
    decided_by_id: int = big()
    decided_on: date
    decided_at: datetime = instant()
