"""财政补贴: what government is asked for (claims and their lines), what came (receipts and what they cover), what was posted.

Amounts of a claim and of each line stand by level of government. A line below zero takes back what an earlier claim asked
for; the lines of one contribution or month that stand sum to what government owes for it, or to nothing.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, PrimaryKeyConstraint, text
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
    small,
    text_c,
    word_of,
)
from api.vocabulary import DueKind, GovernmentLevel, SubsidyClaimState, SubsidyPurpose, SubsidyReceiptState

_LEVELS = ("central_fen", "province_fen", "city_fen", "county_fen", "town_fen")
_SUM_OF_LEVELS = f"amount_fen = {' + '.join(_LEVELS)}"


class SubsidyClaim(SQLModel, table=True):
    """A claim of a county for a purpose up to a day: computed, approved over its hash, sent to finance, paid in full."""

    __tablename__ = "subsidy_claims"
    __table_args__ = (
        Index(
            "uq_subsidy_claims_cut_off",
            "county_code",
            "purpose",
            "cut_off_on",
            unique=True,
            postgresql_where=text("state <> 'discarded'"),
        ),
        *not_negative(*_LEVELS, "line_count"),
        CheckConstraint(_SUM_OF_LEVELS, name="amount_is_its_levels"),
        CheckConstraint("amount_fen > 0", name="amount_fen_positive"),
        CheckConstraint("checker_id IS NULL OR checker_id <> maker_id", name="two_persons"),
        CheckConstraint("state NOT IN ('approved', 'sent', 'closed') OR checker_id IS NOT NULL", name="checked"),
        CheckConstraint("(sent_on IS NULL) = (due_on IS NULL)", name="sent_has_a_deadline"),
    )

    county_code: int = county()
    id: int = key()
    division_code: int = big()
    purpose: SubsidyPurpose = word_of(SubsidyPurpose)
    period: str = text_c()
    """Year or month that it is named after, such as 2010 or 2011-03."""
    cut_off_on: date
    """Last day of what it counts."""
    state: SubsidyClaimState = word_of(SubsidyClaimState, default=SubsidyClaimState.COMPUTED)
    line_count: int = count()
    amount_fen: int = fen()
    central_fen: int = fen(default=0)
    province_fen: int = fen(default=0)
    city_fen: int = fen(default=0)
    county_fen: int = fen(default=0)
    town_fen: int = fen(default=0)
    parameters: dict[str, Any] = Field(sa_type=JSONB)
    """Shares and rates that it was computed with, as they were."""
    content_hash: str = text_c(default="")
    """SHA-256 over every line: what the second person approves."""
    maker_id: int = big()
    checker_id: int | None = big(nullable=True)
    approved_on: date | None = None
    approved_at: datetime | None = moment(default=None, nullable=True)
    sent_by_id: int | None = big(nullable=True)
    sent_on: date | None = None
    due_on: date | None = None
    """Day by which the money has to be there."""
    journal_id: int | None = big(nullable=True)
    """None for the basic pension: the pool takes government's money when it comes."""
    discarded_by_id: int | None = big(nullable=True)
    discard_reason: str | None = text_c(nullable=True)
    reversal_journal_id: int | None = big(nullable=True)
    version: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})
    created_at: datetime = instant()


class SubsidyClaimLine(SQLModel, table=True):
    """One contribution's or month's part of a claim. Only `covered_on` and `is_live` ever change, and once."""

    __tablename__ = "subsidy_claim_lines"
    __table_args__ = (
        PrimaryKeyConstraint("county_code", "claim_id", "seq"),
        ForeignKeyConstraint(["county_code", "claim_id"], ["subsidy_claims.county_code", "subsidy_claims.id"]),
        CheckConstraint("(contribution_id IS NULL) <> (month IS NULL)", name="one_reason"),
        CheckConstraint("(month IS NULL) = (due_kind IS NULL)", name="month_has_its_kind"),
        CheckConstraint(_SUM_OF_LEVELS, name="amount_is_its_levels"),
        CheckConstraint("amount_fen <> 0", name="amount_fen_not_zero"),
        CheckConstraint("turn > 0", name="turn_positive"),
        Index(
            "uq_subsidy_claim_lines_contribution",
            "county_code",
            "contribution_id",
            "purpose",
            "origin",
            "turn",
            unique=True,
            postgresql_where=text("is_live AND contribution_id IS NOT NULL"),
        ),
        Index(
            "uq_subsidy_claim_lines_month",
            "county_code",
            "resident_id",
            "month",
            "due_kind",
            "turn",
            unique=True,
            postgresql_where=text("is_live AND month IS NOT NULL"),
        ),
        Index("ix_subsidy_claim_lines_division", "division_code", "claim_id", "seq"),
        Index("ix_subsidy_claim_lines_resident_id", "county_code", "resident_id"),
    )

    county_code: int = county()
    claim_id: int = key()
    seq: int = key()
    """Order in which arriving money covers the lines: what is taken back first, then village by village."""
    division_code: int = big()
    resident_id: int = big()
    purpose: SubsidyPurpose = word_of(SubsidyPurpose)
    origin: SubsidyPurpose = word_of(SubsidyPurpose, name="subsidyorigin")
    """What came late, for late interest; else the purpose itself."""
    contribution_id: int | None = big(nullable=True)
    contribution_year: int | None = small(nullable=True)
    month: date | None = None
    """Month of a basic pension."""
    due_kind: DueKind | None = word_of(DueKind, nullable=True)
    tier_fen: int = fen(default=0)
    due_on: date
    """Day of the contribution or of the payment: government owes it from then on."""
    waits: bool
    """True when the account gets it only once the money has arrived (`subsidy_postings`)."""
    turn: int = small(default=1)
    """1 for the claim, 2 for what takes it back, 3 when it is owed again."""
    base_fen: int = fen(default=0)
    """What the amount follows from: the subsidy that came late, for late interest; else the amount itself."""
    amount_fen: int = fen()
    central_fen: int = fen(default=0)
    province_fen: int = fen(default=0)
    city_fen: int = fen(default=0)
    county_fen: int = fen(default=0)
    town_fen: int = fen(default=0)
    covered_on: date | None = None
    """Day on which the last level's money for it was there."""
    is_live: bool = Field(default=True, sa_column_kwargs={"server_default": text("true")})
    """False once the claim is discarded."""


class SubsidyReceipt(SQLModel, table=True):
    """Money of one level that arrived in 财政专户: recorded by one person, confirmed against the advice by another."""

    __tablename__ = "subsidy_receipts"
    __table_args__ = (
        Index(
            "uq_subsidy_receipts_bank_reference",
            "county_code",
            "bank_reference",
            unique=True,
            postgresql_where=text("state <> 'discarded'"),
        ),
        CheckConstraint("amount_fen > 0", name="amount_fen_positive"),
        CheckConstraint("confirmed_by_id IS NULL OR confirmed_by_id <> recorded_by_id", name="two_persons"),
        CheckConstraint("(state = 'confirmed') = (confirmed_by_id IS NOT NULL)", name="confirmed_by_somebody"),
        CheckConstraint("(state = 'confirmed') = (journal_id IS NOT NULL)", name="confirmed_is_booked"),
    )

    county_code: int = county()
    id: int = key()
    division_code: int = big()
    purpose: SubsidyPurpose = word_of(SubsidyPurpose)
    level: GovernmentLevel = word_of(GovernmentLevel)
    amount_fen: int = fen()
    received_on: date
    bank_reference: str = text_c()
    claim_ids: list[int] = Field(sa_type=JSONB)
    """Claims that it is for, in the order in which it fills them; empty: the oldest first."""
    state: SubsidyReceiptState = word_of(SubsidyReceiptState, default=SubsidyReceiptState.RECORDED)
    recorded_by_id: int = big()
    confirmed_by_id: int | None = big(nullable=True)
    confirmed_at: datetime | None = moment(default=None, nullable=True)
    journal_id: int | None = big(nullable=True)
    discarded_by_id: int | None = big(nullable=True)
    discard_reason: str | None = text_c(nullable=True)
    version: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})
    created_at: datetime = instant()


class SubsidyReceiptShare(SQLModel, table=True):
    """What of a receipt is for which claim. What no share takes is paid in advance, for a later claim. Append-only."""

    __tablename__ = "subsidy_receipt_shares"
    __table_args__ = (
        PrimaryKeyConstraint("county_code", "receipt_id", "claim_id"),
        Index("ix_subsidy_receipt_shares_claim_id", "county_code", "claim_id"),
        CheckConstraint("amount_fen > 0", name="amount_fen_positive"),
    )

    county_code: int = county()
    receipt_id: int = key()
    claim_id: int = key()
    division_code: int = big()
    level: GovernmentLevel = word_of(GovernmentLevel)
    amount_fen: int = fen()
    shared_on: date


class SubsidyPosting(SQLModel, table=True):
    """A line whose money is in the person's account, and, with `is_return`, that it was taken out again. Append-only."""

    __tablename__ = "subsidy_postings"
    __table_args__ = (
        PrimaryKeyConstraint("county_code", "claim_id", "seq", "is_return"),
        Index("ix_subsidy_postings_contribution_id", "county_code", "contribution_id"),
        Index("ix_subsidy_postings_resident_id", "county_code", "resident_id"),
        CheckConstraint("amount_fen > 0", name="amount_fen_positive"),
    )

    county_code: int = county()
    claim_id: int = key()
    seq: int = key()
    is_return: bool = Field(default=False, primary_key=True)
    division_code: int = big()
    resident_id: int = big()
    contribution_id: int = big()
    contribution_year: int = small()
    purpose: SubsidyPurpose = word_of(SubsidyPurpose)
    amount_fen: int = fen()
    value_on: date
    journal_id: int = big()
    created_at: datetime = instant()
