"""Runs over the people of a county other than the monthly payment, and their progress town by town."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, text
from sqlalchemy.dialects.postgresql import JSONB

from api.models.base import Field, SQLModel, big, count, county, fen, instant, key, moment, text_c, word_of
from api.vocabulary import RunKind, RunState


class Run(SQLModel, table=True):
    """One run of one kind, county and period; unique while not discarded."""

    __tablename__ = "runs"
    __table_args__ = (
        Index(
            "uq_runs_period",
            "county_code",
            "kind",
            "period",
            unique=True,
            postgresql_where=text("state <> 'discarded'"),
        ),
        CheckConstraint("checker_id IS NULL OR checker_id <> maker_id", name="two_persons"),
        CheckConstraint("state NOT IN ('approved', 'posted') OR checker_id IS NOT NULL", name="checked"),
    )

    county_code: int = county()
    id: int = key()
    division_code: int = big()
    kind: RunKind = word_of(RunKind)
    period: str = text_c()
    """A year (2010) or a month (2011-03)."""
    state: RunState = word_of(RunState, default=RunState.COMPUTED)
    row_count: int = count()
    total_fen: int = fen(default=0)
    content_hash: str = text_c(default="")
    summary: dict[str, Any] = Field(sa_type=JSONB)
    parameters: dict[str, Any] = Field(sa_type=JSONB)
    maker_id: int = big()
    checker_id: int | None = big(nullable=True)
    approved_at: datetime | None = moment(default=None, nullable=True)
    version: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})
    created_at: datetime = instant()


class RunTown(SQLModel, table=True):
    """A town that a run has finished: the unit of resumption. Append-only."""

    __tablename__ = "run_towns"
    __table_args__ = (PrimaryKeyConstraint("county_code", "run_id", "division_code"),)

    county_code: int = county()
    run_id: int = key()
    division_code: int = key()
    journal_id: int | None = big(nullable=True)
    row_count: int
    total_fen: int = fen()
    created_at: datetime = instant()
