"""缴费: contributions, the cash receipts handed out for them, and the remittances that bring the cash to the bank."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text

from api.models.base import Field, SQLModel, big, count, county, fen, instant, key, not_negative, small, text_c, word_of
from api.vocabulary import Channel, ContributionKind, PostingState, RemittanceState


class Contribution(SQLModel, table=True):
    """One contribution of one person for one year and kind. Reversed, never edited."""

    __tablename__ = "contributions"
    __table_args__ = (
        ForeignKeyConstraint(["county_code", "resident_id"], ["residents.county_code", "residents.id"]),
        Index(
            "uq_contributions_year",
            "county_code",
            "resident_id",
            "contribution_year",
            "kind",
            "instalment",
            "payer_list_id",
            unique=True,
            postgresql_where=text("state = 'posted'"),
        ),
        Index(
            "ix_contributions_payment_group",
            "county_code",
            "payment_group_id",
            postgresql_where=text("payment_group_id IS NOT NULL"),
        ),
        Index("ix_contributions_division", "division_code", "contribution_year", "id"),
        *not_negative("tier_fen", "subsidy_fen", "waiting_subsidy_fen"),
        CheckConstraint("amount_fen > 0", name="amount_fen_positive"),
        CheckConstraint("reversed_by_id IS NULL OR reversed_by_id <> recorded_by_id", name="two_persons"),
    )

    county_code: int = county()
    id: int = key()
    resident_id: int = big()
    division_code: int = big()
    contribution_year: int = small()
    kind: ContributionKind = word_of(ContributionKind)
    instalment: int = small(default=0)
    """0 for a year paid at once; 1..12 or 1..4 by month or quarter."""
    payer_list_id: int = big(default=0)
    """The list of a payer that it stands on; 0 for what was recorded for the person alone."""
    payment_group_id: int | None = big(nullable=True, default=None)
    """First contribution of a sum that paid several years at once; the sum's receipt is of that one."""
    tier_fen: int = fen()
    amount_fen: int = fen()
    subsidy_fen: int = fen(default=0)
    """Government subsidy posted with it."""
    waiting_subsidy_fen: int = fen(default=0)
    """Government subsidy owed for it that is posted by itself once the money has arrived (`subsidy_postings`)."""
    paid_on: date
    channel: Channel = word_of(Channel)
    journal_id: int = big()
    law_serial: int | None = big(nullable=True, default=None)
    """Newest change of the dated law when it was judged; 0 for the statutes alone."""
    state: PostingState = word_of(PostingState, default=PostingState.POSTED)
    recorded_by_id: int = big()
    reversed_by_id: int | None = big(nullable=True)
    reversal_journal_id: int | None = big(nullable=True)
    reversal_reason: str | None = text_c(nullable=True)
    version: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})
    created_at: datetime = instant()


class Receipt(SQLModel, table=True):
    """A cash receipt. Numbers run unbroken per collector; a number once given is never given again."""

    __tablename__ = "receipts"
    __table_args__ = (
        UniqueConstraint("county_code", "collector_id", "number", name="uq_receipts_number"),
        UniqueConstraint("county_code", "contribution_id", name="uq_receipts_contribution"),
        CheckConstraint("amount_fen > 0", name="amount_fen_positive"),
        CheckConstraint("number > 0", name="number_positive"),
    )

    county_code: int = county()
    id: int = key()
    division_code: int = big()
    collector_id: int = big()
    number: int
    contribution_id: int = big()
    """What it is for; of a sum that paid several years the first of them."""
    contribution_count: int = count(default=1)
    """How many contributions the sum paid."""
    resident_id: int = big()
    amount_fen: int = fen()
    issued_on: date
    verification_code: str = text_c()
    created_at: datetime = instant()

    @property
    def serial(self) -> str:
        """What the receipt is called on paper: county, collector and number."""
        return f"{self.county_code}-{self.collector_id % 10**10}-{self.number:06d}"


class Remittance(SQLModel, table=True):
    """Cash that a collector paid in at the bank, confirmed against the bank's advice by somebody else."""

    __tablename__ = "remittances"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount_fen_positive"),
        CheckConstraint("confirmed_by_id IS NULL OR confirmed_by_id <> collector_id", name="two_persons"),
        CheckConstraint("(confirmed_by_id IS NULL) = (journal_id IS NULL)", name="confirmed_is_booked"),
        CheckConstraint("(state = 'confirmed') = (journal_id IS NOT NULL)", name="state_is_booked"),
        CheckConstraint(
            "(state = 'rejected') = (rejected_by_id IS NOT NULL) AND (state = 'rejected') = (reason IS NOT NULL)",
            name="rejected_with_a_reason",
        ),
        CheckConstraint("rejected_by_id IS NULL OR rejected_by_id <> collector_id", name="rejected_by_another"),
        Index(
            "uq_remittances_bank_reference",
            "county_code",
            "bank_reference",
            unique=True,
            postgresql_where=text("state <> 'rejected'"),
        ),
        Index(
            "ix_remittances_waiting",
            "county_code",
            "collector_id",
            postgresql_where=text("state IN ('recorded', 'disputed')"),
        ),
    )

    county_code: int = county()
    id: int = key()
    division_code: int = big()
    collector_id: int = big()
    amount_fen: int = fen()
    paid_in_on: date
    bank_reference: str = text_c()
    state: RemittanceState = word_of(RemittanceState, default=RemittanceState.RECORDED)
    arrived_on: date | None = None
    """Day on the bank's advice; what the advice said otherwise stands beside it when they differ."""
    advised_fen: int | None = fen(nullable=True, default=None)
    advised_reference: str | None = text_c(nullable=True, default=None)
    confirmed_by_id: int | None = big(nullable=True)
    journal_id: int | None = big(nullable=True)
    rejected_by_id: int | None = big(nullable=True, default=None)
    reason: str | None = text_c(nullable=True, default=None)
    """Why it never arrived."""
    version: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})
    created_at: datetime = instant()
