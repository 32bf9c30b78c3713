"""The fund's months and the movements of its money: accounting periods, month-end packs, transfers on two persons' word."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, text
from sqlalchemy.dialects.postgresql import JSONB

from api.models.base import (
    Field,
    SQLModel,
    big,
    count,
    county,
    fen,
    first_of_month,
    instant,
    key,
    moment,
    not_negative,
    text_c,
    word_of,
)
from api.vocabulary import FundPeriodState, FundTransferState, FundTransferWay


class FundPeriod(SQLModel, table=True):
    """One month of a county's books, from its first proposal to close on; a month without a row is open.

    Everybody who posts in the county must see whether a month is closed, so a row is visible throughout the county.
    """

    __tablename__ = "fund_periods"
    __table_args__ = (
        PrimaryKeyConstraint("county_code", "month"),
        first_of_month("month"),
        CheckConstraint("approved_by_id IS NULL OR approved_by_id <> proposed_by_id", name="two_persons_close"),
        CheckConstraint(
            "reopen_approved_by_id IS NULL OR reopen_approved_by_id <> reopen_by_id", name="two_persons_reopen"
        ),
        CheckConstraint(
            "state NOT IN ('closed', 'reopening') OR (approved_by_id IS NOT NULL AND closed_at IS NOT NULL "
            "AND content_hash IS NOT NULL AND pack_version > 0)",
            name="closed_whole",
        ),
        CheckConstraint(
            "state <> 'closing' OR (proposed_by_id IS NOT NULL AND proposed_hash IS NOT NULL)", name="closing"
        ),
        CheckConstraint(
            "state <> 'reopening' OR (reopen_by_id IS NOT NULL AND reopen_reason IS NOT NULL)", name="reopening"
        ),
    )

    county_code: int = county()
    month: date = Field(primary_key=True)
    division_code: int = big()
    state: FundPeriodState = word_of(FundPeriodState, default=FundPeriodState.OPEN)
    pack_version: int = count()
    """Version of the latest month-end pack; 0 before the first closing."""
    proposed_by_id: int | None = big(nullable=True)
    proposed_on: date | None = None
    proposed_hash: str | None = text_c(nullable=True)
    exceptions: list[dict[str, Any]] = Field(sa_type=JSONB, sa_column_kwargs={"server_default": text("'[]'")})
    """What was let pass with its reason: code and reason each."""
    cut_id: int = big(default=0)
    """Bank matches that the proposed pack has looked at: ids up to this one."""
    approved_by_id: int | None = big(nullable=True)
    closed_on: date | None = None
    closed_at: datetime | None = moment(default=None, nullable=True)
    """Taken from the clock once no posting to the month was under way any more."""
    content_hash: str | None = text_c(nullable=True)
    reopen_by_id: int | None = big(nullable=True)
    reopen_reason: str | None = text_c(nullable=True)
    reopen_approved_by_id: int | None = big(nullable=True)
    reopened_on: date | None = None
    version: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})
    created_at: datetime = instant()


class FundPack(SQLModel, table=True):
    """A month-end pack as it was approved: its bytes, their hash, the two persons. A reopened month's next is a new row."""

    __tablename__ = "fund_packs"
    __table_args__ = (
        PrimaryKeyConstraint("county_code", "month", "pack_version"),
        first_of_month("month"),
        CheckConstraint("prepared_by_id <> approved_by_id", name="two_persons"),
        CheckConstraint("pack_version > 0", name="pack_version_positive"),
        *not_negative("turnover_fen"),
    )

    county_code: int = county()
    month: date = Field(primary_key=True)
    pack_version: int = Field(primary_key=True)
    division_code: int = big()
    content: str = text_c()
    """JSON in its one canonical form."""
    content_hash: str = text_c()
    cut_id: int = big(default=0)
    """Bank matches with higher ids were made later; building the pack again leaves them out."""
    journal_count: int = count()
    turnover_fen: int = fen()
    """Debits of the month's journals."""
    prepared_by_id: int = big()
    approved_by_id: int = big()
    closed_on: date
    created_at: datetime = instant()


class FundTransfer(SQLModel, table=True):
    """Money moved between the fund's accounts or arrived in one: proposed by one person, booked by another's approval."""

    __tablename__ = "fund_transfers"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount_fen_positive"),
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> proposed_by_id", name="two_persons"),
        CheckConstraint("(state = 'booked') = (journal_id IS NOT NULL)", name="booked_has_journal"),
        CheckConstraint("state NOT IN ('booked', 'rejected') OR decided_by_id IS NOT NULL", name="decided"),
        Index(
            "uq_fund_transfers_bank_reference",
            "county_code",
            "bank_reference",
            unique=True,
            postgresql_where=text("state IN ('proposed', 'booked')"),
        ),
    )

    county_code: int = county()
    id: int = key()
    division_code: int = big()
    way: FundTransferWay = word_of(FundTransferWay)
    amount_fen: int = fen()
    moved_on: date
    """Day on which the bank moved it."""
    bank_reference: str = text_c()
    note: str | None = text_c(nullable=True)
    state: FundTransferState = word_of(FundTransferState, default=FundTransferState.PROPOSED)
    proposed_by_id: int = big()
    decided_by_id: int | None = big(nullable=True)
    decided_on: date | None = None
    opinion: str | None = text_c(nullable=True)
    journal_id: int | None = big(nullable=True)
    version: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})
    created_at: datetime = instant()
