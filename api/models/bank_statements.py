"""银行对账单: statements of the fund's bank accounts, their lines, and what of the books each line was matched with."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, UniqueConstraint, text

from api.models.base import (
    Field,
    SQLModel,
    big,
    count,
    county,
    fen,
    instant,
    key,
    not_negative,
    sealed,
    text_c,
    word_of,
)
from api.vocabulary import BankAccountName, BankItemSide, BankMatchOrigin, BankMatchState


class BankStatement(SQLModel, table=True):
    """One statement of one account: it begins with the balance that the one before ended with. Append-only."""

    __tablename__ = "bank_statements"
    __table_args__ = (
        UniqueConstraint("county_code", "account", "sha256", name="uq_bank_statements_sha256"),
        CheckConstraint("from_on <= to_on", name="period"),
        *not_negative("opening_fen", "closing_fen"),
    )

    county_code: int = county()
    id: int = key()
    division_code: int = big()
    account: BankAccountName = word_of(BankAccountName)
    from_on: date
    to_on: date
    opening_fen: int = fen()
    closing_fen: int = fen()
    line_count: int = count()
    name: str = text_c()
    sha256: str = text_c()
    layout: str = text_c()
    loaded_by_id: int = big()
    created_at: datetime = instant()


class BankStatementLine(SQLModel, table=True):
    """One movement on the bank's statement: positive what came in, negative what went out. Append-only."""

    __tablename__ = "bank_statement_lines"
    __table_args__ = (
        UniqueConstraint(
            *("county_code", "account", "booked_on", "reference", "amount_fen", "running_no"),
            name="uq_bank_statement_lines_once",
        ),
        CheckConstraint("amount_fen <> 0", name="amount_fen_moves"),
        CheckConstraint("running_no > 0", name="running_no_positive"),
        *not_negative("balance_fen"),
    )

    county_code: int = county()
    id: int = key()
    division_code: int = big()
    statement_id: int = big()
    account: BankAccountName = word_of(BankAccountName)
    booked_on: date
    reference: str = text_c()
    amount_fen: int = fen()
    running_no: int
    """Tells equal movements of a day apart."""
    balance_fen: int = fen()
    counterparty_sealed: bytes | None = sealed(nullable=True, default=None)
    created_at: datetime = instant()


class BankMatch(SQLModel, table=True):
    """Lines of the bank and journals of the books that are the same money: both sides come to the same amount."""

    __tablename__ = "bank_matches"
    __table_args__ = (
        CheckConstraint("amount_fen <> 0", name="amount_fen_moves"),
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> proposed_by_id", name="two_persons"),
        CheckConstraint(
            "origin = 'automatic' OR state = 'proposed' OR decided_by_id IS NOT NULL", name="by_hand_needs_two"
        ),
        CheckConstraint("(state = 'matched') = (effect_id IS NOT NULL)", name="matched_has_effect"),
    )

    county_code: int = county()
    id: int = key()
    division_code: int = big()
    account: BankAccountName = word_of(BankAccountName)
    origin: BankMatchOrigin = word_of(BankMatchOrigin)
    state: BankMatchState = word_of(BankMatchState)
    amount_fen: int = fen()
    note: str | None = text_c(nullable=True)
    proposed_by_id: int = big()
    decided_by_id: int | None = big(nullable=True)
    decided_on: date | None = None
    effect_id: int | None = big(nullable=True)
    """Taken when the match began to hold: a month-end pack looks at matches up to its own `cut_id` only."""
    version: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})
    created_at: datetime = instant()


class BankMatchItem(SQLModel, table=True):
    """One side's part of a match; a line or journal is in one living match only."""

    __tablename__ = "bank_match_items"
    __table_args__ = (
        PrimaryKeyConstraint("county_code", "match_id", "side", "subject_id"),
        CheckConstraint("amount_fen <> 0", name="amount_fen_moves"),
        Index(
            "uq_bank_match_items_living",
            "county_code",
            "account",
            "side",
            "subject_id",
            unique=True,
            postgresql_where=text("is_living"),
        ),
    )

    county_code: int = county()
    match_id: int = key()
    side: BankItemSide = word_of(BankItemSide, primary_key=True)
    subject_id: int = key()
    division_code: int = big()
    account: BankAccountName = word_of(BankAccountName)
    amount_fen: int = fen()
    is_living: bool = Field(default=True, sa_column_kwargs={"server_default": text("true")})
    """False once the match was not confirmed."""


class BankItemNote(SQLModel, table=True):
    """Why an item of the reconciliation stands open: the latest note counts. Append-only."""

    __tablename__ = "bank_item_notes"
    __table_args__ = (Index("ix_bank_item_notes_subject", "county_code", "account", "side", "subject_id", "id"),)

    county_code: int = county()
    id: int = key()
    division_code: int = big()
    account: BankAccountName = word_of(BankAccountName)
    side: BankItemSide = word_of(BankItemSide)
    subject_id: int = big()
    note: str = text_c()
    written_by_id: int = big()
    created_at: datetime = instant()
