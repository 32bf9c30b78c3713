"""Lists that other departments send, and what comparing each row with the register found.

A list is a proposal until a second person approves its content. ID numbers stand as tokens; names are plain.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, text
from sqlalchemy.dialects.postgresql import JSONB

from api.models.base import (
    Field,
    SQLModel,
    big,
    count,
    county,
    fen,
    instant,
    key,
    moment,
    not_negative,
    text_c,
    word_of,
)
from api.vocabulary import DepartmentListKind, DepartmentListState, ListEffect, ListOutcome


class DepartmentList(SQLModel, table=True):
    """One list of one department for one unit, with the comparison that a second person approves."""

    __tablename__ = "department_lists"
    __table_args__ = (
        # The same bytes with the same statement about themselves are the same list, unless rows of it are still open.
        Index(
            "uq_department_lists_sha256",
            "county_code",
            "division_code",
            "kind",
            "as_of",
            "is_complete",
            "sha256",
            unique=True,
            postgresql_where=text("state <> 'rejected' AND stale_count = 0"),
        ),
        CheckConstraint("checker_id IS NULL OR checker_id <> maker_id", name="two_persons"),
        CheckConstraint("(state = 'compared') = (checker_id IS NULL)", name="decided_by_somebody"),
        CheckConstraint("NOT (kind = 'deaths' AND is_complete)", name="deaths_are_additions"),
        *not_negative("row_count", "refused_count", "chosen_count", "applied_count", "stale_count"),
    )

    county_code: int = county()
    id: int = key()
    division_code: int = big()
    """The unit that the list is about."""
    kind: DepartmentListKind = word_of(DepartmentListKind)
    department: str = text_c()
    document: str = text_c()
    """Number of the letter that the list came with."""
    as_of: date
    """Day as of which the department made the list."""
    is_complete: bool
    """Everybody of the unit who holds the fact is on it; else it only tells of more."""
    sha256: str = text_c()
    state: DepartmentListState = word_of(DepartmentListState, default=DepartmentListState.COMPARED)
    row_count: int = count()
    """Rows of the file, refused ones included."""
    refused_count: int = count()
    refused: list[dict[str, Any]] = Field(sa_type=JSONB)
    """Row, column, code and message of each refusal; no cell content."""
    counts: dict[str, int] = Field(sa_type=JSONB)
    """Rows by outcome."""
    chosen_count: int = count()
    """Rows that approving the list would apply."""
    money_effect: dict[str, Any] = Field(sa_type=JSONB)
    """What adopting the chosen rows costs or saves, by the parameters of `as_of`."""
    content_hash: str = text_c(default="")
    """SHA-256 over the statement and every row: what the checker approves."""
    applied_count: int = count()
    stale_count: int = count()
    """Chosen rows that could not be applied, because the register had moved on."""
    maker_id: int = big()
    checker_id: int | None = big(nullable=True, default=None)
    decided_at: datetime | None = moment(nullable=True, default=None)
    opinion: str | None = text_c(nullable=True)
    """Why it was rejected."""
    version: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})
    created_at: datetime = instant()


class DepartmentListRow(SQLModel, table=True):
    """What one row says, what the register says of the same person, and what is to be done about it."""

    __tablename__ = "department_list_rows"
    __table_args__ = (
        PrimaryKeyConstraint("county_code", "list_id", "seq"),
        Index("ix_department_list_rows_resident_id", "county_code", "resident_id"),
        CheckConstraint("effect <> 'none' OR NOT is_chosen", name="chosen_rows_do_something"),
        CheckConstraint("applied_at IS NULL OR (is_chosen AND refusal IS NULL)", name="applied_rows_were_chosen"),
        CheckConstraint("(outcome = 'removed') = (file_row IS NULL)", name="removed_rows_are_not_in_the_file"),
        *not_negative("paid_after_months", "paid_after_fen", "paid_after_basic_fen"),
    )

    county_code: int = county()
    list_id: int = key()
    seq: int = key()
    division_code: int = big()
    """The list's unit: who sees the list sees its rows."""
    file_row: int | None = Field(default=None, nullable=True)
    """Row of the sheet; null for holders of the fact whom a complete list does not name."""
    name: str = text_c()
    """As the list writes it (of who is not on it: as the register does)."""
    id_token: UUID
    """Token of the number on the list; it opens only with the key."""
    birth_date: date
    """By that number."""
    value: str | None = text_c(nullable=True)
    """Grade of a disability."""
    happened_on: date | None = None
    """Since when, or the day of death; null: the list does not say."""
    until_on: date | None = None
    """When it should be over: studies, a sentence."""
    paper: str | None = text_c(nullable=True)
    outcome: ListOutcome = word_of(ListOutcome)
    effect: ListEffect = word_of(ListEffect, default=ListEffect.NONE)
    is_chosen: bool
    reason: str | None = text_c(nullable=True)
    """Why a row that could be applied is not to be, or why it was given to a person by hand."""
    resident_id: int | None = big(nullable=True)
    is_by_hand: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    """The maker, and not the number, says who it is."""
    decided_by_id: int | None = big(nullable=True, default=None)
    """Who chose, excluded or assigned."""
    held_value: str | None = text_c(nullable=True)
    """What the register held: the grade, or nothing."""
    held_on: date | None = None
    """Since when it held it, or the day of death that it had."""
    fact_id: int | None = big(nullable=True)
    """The open fact that was held."""
    candidates: list[str] = Field(sa_type=JSONB)
    """Ids of people of the same name with a birth date near, as text."""
    paid_after_months: int = count()
    paid_after_fen: int = fen(default=0)
    """Paid for months after the month of death."""
    paid_after_basic_fen: int = fen(default=0)
    applied_at: datetime | None = moment(nullable=True, default=None)
    refusal: str | None = text_c(nullable=True)
    """Code of what kept a chosen row from being applied."""
