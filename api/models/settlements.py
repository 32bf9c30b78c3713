"""一次性结算与追回: what is paid when a participation ends, and what was paid too long and comes back."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, text
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
from api.vocabulary import RecoveryState, SettlementState


class Settlement(SQLModel, table=True):
    """The settlement of one ended participation: computed, approved over its content hash, paid; three persons."""

    __tablename__ = "settlements"
    __table_args__ = (
        Index(
            "uq_settlements_alive",
            "county_code",
            "resident_id",
            unique=True,
            postgresql_where=text("state IN ('computed', 'approved')"),
        ),
        Index("ix_settlements_state", "division_code", "state", "id"),
        Index("ix_settlements_cancellation_id", "county_code", "cancellation_id"),
        *not_negative(
            *("personal_fen", "collective_fen", "gov_fen", "retained_fen", "owed_fen", "late_fen", "late_gov_fen"),
            *("overpaid_basic_fen", "overpaid_account_fen", "shortfall_fen", "set_off_fen", "payable_fen"),
        ),
        CheckConstraint(
            "payable_fen = personal_fen + collective_fen + gov_fen - retained_fen + owed_fen + late_fen - set_off_fen",
            name="payable_is_its_parts",
        ),
        CheckConstraint("retained_fen IN (0, gov_fen)", name="only_gov_is_retained"),
        CheckConstraint("set_off_fen <= overpaid_basic_fen + overpaid_account_fen", name="set_off_within_overpaid"),
        CheckConstraint("approved_by_id IS NULL OR approved_by_id <> computed_by_id", name="two_persons"),
        CheckConstraint(
            "paid_by_id IS NULL OR (paid_by_id <> computed_by_id AND paid_by_id <> approved_by_id)",
            name="third_person_pays",
        ),
        CheckConstraint(
            "state NOT IN ('approved', 'paid', 'closed', 'reversed') OR approved_by_id IS NOT NULL", name="approved"
        ),
        CheckConstraint("(state = 'paid') = (paid_by_id IS NOT NULL)", name="paid"),
        CheckConstraint("state <> 'closed' OR payable_fen = 0", name="closed_pays_nothing"),
        CheckConstraint(
            "(paid_by_id IS NULL) = (paid_on IS NULL) AND (paid_by_id IS NULL) = (bank_reference IS NULL)",
            name="paid_with_reference",
        ),
    )

    county_code: int = county()
    id: int = key()
    resident_id: int = big()
    division_code: int = big()
    cancellation_id: int = big()
    state: SettlementState = word_of(SettlementState, default=SettlementState.COMPUTED)
    event_on: date
    settled_on: date
    """Last day of the month of the event: interest runs to it."""
    is_supplement: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    """True for what is owed after the account was settled: a raise that is paid back to the heirs (A14)."""
    personal_fen: int = fen(default=0)
    collective_fen: int = fen(default=0)
    gov_fen: int = fen(default=0)
    """The account at the end, by source."""
    retained_fen: int = fen(default=0)
    """Government's part that stays in the pool."""
    owed_fen: int = fen(default=0)
    late_fen: int = fen(default=0)
    """The person's own part of contributions paid after the event."""
    late_gov_fen: int = fen(default=0)
    overpaid_basic_fen: int = fen(default=0)
    overpaid_account_fen: int = fen(default=0)
    shortfall_fen: int = fen(default=0)
    set_off_fen: int = fen(default=0)
    payable_fen: int = fen(default=0)
    breakdown: dict[str, Any] = Field(sa_type=JSONB)
    """Inputs, interest, each month owed or overpaid, and the calculation in words."""
    content_hash: str = text_c()
    """SHA-256 over everything above and over who is paid: what the second person approves, and what is paid."""
    account_state: str = text_c()
    """State that the account had, and has again when the settlement is reversed."""
    computed_by_id: int = big()
    computed_on: date
    approved_by_id: int | None = big(nullable=True)
    approved_on: date | None = None
    approved_at: datetime | None = moment(default=None, nullable=True)
    opinion: str | None = text_c(nullable=True)
    paid_by_id: int | None = big(nullable=True)
    paid_on: date | None = None
    bank_reference: str | None = text_c(nullable=True)
    before: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    """State of the benefit before the settlement ended it, for the one that is undone."""
    undone_by_id: int | None = big(nullable=True)
    """Who discarded or reversed it."""
    undone_reason: str | None = text_c(nullable=True)
    interest_journal_id: int | None = big(nullable=True)
    journal_id: int | None = big(nullable=True)
    payment_journal_id: int | None = big(nullable=True)
    reversal_journal_id: int | None = big(nullable=True)
    version: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})
    created_at: datetime = instant()


class Recovery(SQLModel, table=True):
    """追回: pensions that were paid for months after the last one owed, and how they came back."""

    __tablename__ = "recoveries"
    __table_args__ = (
        Index("ix_recoveries_state", "division_code", "state", "id"),
        Index("ix_recoveries_settlement_id", "county_code", "settlement_id"),
        first_of_month("first_month"),
        first_of_month("last_month"),
        *not_negative("basic_fen", "account_fen", "set_off_fen", "repaid_fen"),
        CheckConstraint("due_count > 0", name="due_count_positive"),
        CheckConstraint("set_off_fen + repaid_fen <= basic_fen + account_fen", name="no_more_than_owed"),
        CheckConstraint(
            "state NOT IN ('set_off', 'repaid') OR set_off_fen + repaid_fen = basic_fen + account_fen", name="settled"
        ),
        CheckConstraint("confirmed_by_id IS NULL OR confirmed_by_id <> demanded_by_id", name="two_persons"),
    )

    county_code: int = county()
    id: int = key()
    resident_id: int = big()
    division_code: int = big()
    settlement_id: int = big()
    state: RecoveryState = word_of(RecoveryState, default=RecoveryState.OPEN)
    first_month: date
    last_month: date
    due_count: int = count()
    basic_fen: int = fen()
    """What the fund paid: the base pension, and account pension that the account no longer covered."""
    account_fen: int = fen()
    """What was taken from the account, and is in it again."""
    set_off_fen: int = fen(default=0)
    repaid_fen: int = fen(default=0)
    demanded_by_id: int = big()
    confirmed_by_id: int | None = big(nullable=True)
    repaid_on: date | None = None
    bank_reference: str | None = text_c(nullable=True)
    journal_id: int | None = big(nullable=True)
    """The journal that booked the repayment."""
    version: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})
    created_at: datetime = instant()
