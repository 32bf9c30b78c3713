"""发放: what is owed (dues), what the bank was told to pay (lines), what left the house (files) and what came back.

A due is one person, month and kind. A line is one attempt to settle one due and keeps a snapshot of what was sent.
Of a bank's answer only the refusals need rows: a line of a closed run without one was paid.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, UniqueConstraint, text
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
    sealed,
    small,
    text_c,
    word_of,
)
from api.vocabulary import DueKind, RunState


class PaymentDue(SQLModel, table=True):
    """What one person is owed for one month. Unique, so that no month can be owed twice."""

    __tablename__ = "payment_dues"
    __table_args__ = (
        PrimaryKeyConstraint("county_code", "resident_id", "month", "kind"),
        first_of_month("month"),
        *not_negative("basic_fen", "account_fen"),
        CheckConstraint("amount_fen = basic_fen + account_fen AND amount_fen > 0", name="amount_is_its_parts"),
        # What is owed and in no run: few rows at any time, found without reading the history.
        Index(
            "ix_payment_dues_open",
            "county_code",
            "resident_id",
            postgresql_where=text("line_run_id IS NULL"),
        ),
        {"postgresql_with": {"fillfactor": 70}},
    )

    county_code: int = county()
    resident_id: int = key()
    month: date = Field(primary_key=True)
    kind: DueKind = word_of(DueKind, primary_key=True)
    division_code: int = big()
    basic_fen: int = fen()
    account_fen: int = fen()
    amount_fen: int = fen()
    run_id: int = big()
    """The run that found it owed."""
    line_run_id: int | None = big(nullable=True)
    """The run whose line is settling it, or has settled it; null again when the bank refuses."""
    paid_on: date | None = None
    settlement_id: int | None = big(nullable=True)
    """The settlement that pays it instead of a run, to the person or the heirs."""
    recovery_id: int | None = big(nullable=True)
    """The recovery that it is covered by, when it was paid for a month after the last one owed."""


class PaymentRun(SQLModel, table=True):
    """The monthly run of a county: computed, approved over a content hash, sent, closed."""

    __tablename__ = "payment_runs"
    __table_args__ = (
        Index(
            "uq_payment_runs_month",
            "county_code",
            "month",
            unique=True,
            postgresql_where=text("state <> 'discarded'"),
        ),
        first_of_month("month"),
        CheckConstraint("checker_id IS NULL OR checker_id <> maker_id", name="two_persons"),
        CheckConstraint("state NOT IN ('approved', 'sent', 'closed') OR checker_id IS NOT NULL", name="checked"),
        *not_negative("line_count", "total_fen", "exception_count"),
    )

    county_code: int = county()
    id: int = key()
    division_code: int = big()
    month: date
    state: RunState = word_of(RunState, default=RunState.COMPUTED)
    line_count: int = count()
    total_fen: int = fen(default=0)
    exception_count: int = count()
    content_hash: str = text_c(default="")
    """SHA-256 over every line: what the checker approves, and what is sent."""
    comparison: dict[str, Any] = Field(sa_type=JSONB)
    """Heads and sums beside last month's, and who is new, gone or changed."""
    parameters: dict[str, Any] = Field(sa_type=JSONB)
    """The parameters the amounts were computed with, as they were."""
    maker_id: int = big()
    checker_id: int | None = big(nullable=True)
    approved_at: datetime | None = moment(default=None, nullable=True)
    version: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})
    created_at: datetime = instant()


class PaymentLine(SQLModel, table=True):
    """One instruction to the bank, with its amount by part and what it takes from each sub-account. Append-only."""

    __tablename__ = "payment_lines"
    __table_args__ = (
        PrimaryKeyConstraint("county_code", "run_id", "seq"),
        Index("ix_payment_lines_resident_id", "county_code", "resident_id"),
        first_of_month("month"),
        *not_negative("basic_fen", "account_fen", "personal_fen", "collective_fen", "gov_fen", "fund_fen"),
        CheckConstraint("amount_fen = basic_fen + account_fen AND amount_fen > 0", name="amount_is_its_parts"),
        CheckConstraint(
            "account_fen + basic_fen = personal_fen + collective_fen + gov_fen + fund_fen", name="sources_cover_it"
        ),
    )

    county_code: int = county()
    run_id: int = key()
    seq: int = key()
    """Number in the run; 社保单据号 is run and seq."""
    resident_id: int = big()
    division_code: int = big()
    month: date
    kind: DueKind = word_of(DueKind)
    amount_fen: int = fen()
    basic_fen: int = fen()
    account_fen: int = fen()
    personal_fen: int = fen(default=0)
    collective_fen: int = fen(default=0)
    gov_fen: int = fen(default=0)
    fund_fen: int = fen(default=0)
    """Paid by the pool: the base pension, and the account pension that the account can no longer cover."""
    name: str = text_c()
    id_token: UUID
    bank_account_sealed: bytes = sealed()
    """The resident's sealed account as it was; bound to that row, so it can be opened only as theirs."""
    bank_account_index: bytes | None = sealed(nullable=True)


class PaymentException(SQLModel, table=True):
    """A person whom the run held back, or a line that somebody should look at before approving."""

    __tablename__ = "payment_exceptions"
    __table_args__ = (PrimaryKeyConstraint("county_code", "run_id", "resident_id", "code"),)

    county_code: int = county()
    run_id: int = key()
    resident_id: int = key()
    code: str = text_c(primary_key=True)
    """no_bank_account, suspended, shared_bank_account, over_100, amount_changed, dead, …"""
    division_code: int = big()
    withheld: bool
    """True: not paid in this run. False: paid, but listed for the checker."""
    detail: str = text_c()


class BankFile(SQLModel, table=True):
    """A file that left the house. Append-only; its bytes can be made again from the lines and compared by hash."""

    __tablename__ = "bank_files"
    __table_args__ = (
        UniqueConstraint("county_code", "name"),
        UniqueConstraint("county_code", "run_id", "part"),
        *not_negative("line_count", "total_fen"),
    )

    county_code: int = county()
    id: int = key()
    run_id: int = big()
    part: int = small(default=1)
    division_code: int = big()
    name: str = text_c()
    first_seq: int = big()
    last_seq: int = big()
    line_count: int
    total_fen: int = fen()
    sha256: str = text_c()
    made_by_id: int = big()
    created_at: datetime = instant()


class BankReturn(SQLModel, table=True):
    """A return file that was accepted. The same bytes a second time have no effect."""

    __tablename__ = "bank_returns"
    __table_args__ = (
        # Within its run: a month without failures has an empty failure file, and so has the next.
        UniqueConstraint("county_code", "run_id", "sha256", name="uq_bank_returns_sha256"),
        *not_negative("paid_count", "paid_fen", "refused_count", "refused_fen"),
    )

    county_code: int = county()
    id: int = key()
    run_id: int = big()
    division_code: int = big()
    name: str = text_c()
    sha256: str = text_c()
    paid_count: int
    paid_fen: int = fen()
    refused_count: int
    refused_fen: int = fen()
    posted_on: date
    loaded_by_id: int = big()
    journal_id: int | None = big(nullable=True)
    created_at: datetime = instant()


class PaymentRefusal(SQLModel, table=True):
    """A line that the bank did not pay, with its reason. Append-only."""

    __tablename__ = "payment_refusals"
    __table_args__ = (PrimaryKeyConstraint("county_code", "run_id", "seq"),)

    county_code: int = county()
    run_id: int = key()
    seq: int = key()
    return_id: int = big()
    division_code: int = big()
    amount_fen: int = fen()
    bank_code: str = text_c()
    reason: str = text_c()
