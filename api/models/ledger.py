"""The ledger: journals, the sub-ledger of persons and the fund's books. Append-only for every role that serves requests.

A journal is one business event or one batch. Its fund lines sum to zero, and its account lines equal the fund's
control lines on the liabilities to personal accounts. Lines carry no foreign key to their journal: they are written
in the same transaction, and a checked reference per line would double the time of a run.
"""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, PrimaryKeyConstraint, UniqueConstraint, text

from api.models.base import Field, SQLModel, big, county, fen, instant, key, not_negative, small, text_c, word_of
from api.vocabulary import FundAccount, JournalKind


class Journal(SQLModel, table=True):
    """One business event. `dedup_key` is its natural key: the same event cannot be booked twice."""

    __tablename__ = "journals"
    __table_args__ = (
        UniqueConstraint("county_code", "dedup_key", name="uq_journals_dedup_key"),
        CheckConstraint("checker_id IS NULL OR checker_id <> maker_id", name="two_persons"),
        CheckConstraint(
            "kind NOT IN ('interest', 'remittance', 'payment_sent', 'payment_settled', 'payment_refused', "
            "'fund_transfer', 'reversal', 'settlement', 'settlement_paid', 'recovery_repaid', 'collection', 'payer_list', "
            "'government_paid', 'interest_correction', 'subsidy_claim', 'subsidy_received', 'late_subsidy_interest', "
            "'bank_interest', 'suspense', 'subsidy') OR checker_id IS NOT NULL",
            name="checker_present",
        ),
        Index(
            "uq_journals_reverses",
            "county_code",
            "reverses_id",
            unique=True,
            postgresql_where=text("reverses_id IS NOT NULL"),
        ),
        Index("ix_journals_xid", "xid", postgresql_using="brin", postgresql_with={"autosummarize": "on"}),
        Index("ix_journals_business_date", "county_code", "business_date", "id"),
    )

    county_code: int = county()
    id: int = key()
    division_code: int = big()
    kind: JournalKind = word_of(JournalKind)
    business_date: date
    dedup_key: str = text_c()
    maker_id: int = big()
    checker_id: int | None = big(nullable=True)
    reverses_id: int | None = big(nullable=True)
    run_id: int | None = big(nullable=True)
    created_at: datetime = instant()
    xid: int | None = Field(
        default=None,
        nullable=False,
        sa_type=BigInteger,
        sa_column_kwargs={"server_default": text("((pg_current_xact_id())::text)::bigint")},
    )
    """Transaction that wrote it, by which the sealer knows that nothing older can still come."""


class AccountLine(SQLModel, table=True):
    """What one journal did to one person's account: a column per source, credits positive, debits negative."""

    __tablename__ = "account_lines"
    __table_args__ = (
        PrimaryKeyConstraint("county_code", "resident_id", "journal_id", "value_year"),
        CheckConstraint("value_month BETWEEN 1 AND 12", name="value_month"),
        # Lines come in the order of their journals, so that a summary per range of pages finds those of a journal.
        Index(
            "ix_account_lines_journal_id",
            "journal_id",
            postgresql_using="brin",
            postgresql_with={"autosummarize": "on", "pages_per_range": "32"},
        ),
        {"postgresql_partition_by": "RANGE (value_year)"},
    )

    county_code: int = county()
    resident_id: int = key()
    journal_id: int = key()
    value_year: int = small(primary_key=True)
    """Year of the value date; partitions are by it."""
    value_month: int = small()
    """A credit earns from the following month."""
    division_code: int = big()
    personal_fen: int = fen(default=0)
    collective_fen: int = fen(default=0)
    gov_fen: int = fen(default=0)
    fund_fen: int = fen(default=0)
    """What the pool pays on top (base pension, or the account pension once the account is empty). Not in the balance."""
    contribution_year: int | None = small(nullable=True)


class FundLine(SQLModel, table=True):
    """Debit or credit on one account of the fund's books, one summed line per account, party and journal."""

    __tablename__ = "fund_lines"
    __table_args__ = (
        PrimaryKeyConstraint("county_code", "journal_id", "fund_account", "party_id"),
        *not_negative("debit_fen", "credit_fen"),
        CheckConstraint("(debit_fen > 0) <> (credit_fen > 0)", name="one_side"),
    )

    county_code: int = county()
    journal_id: int = key()
    fund_account: FundAccount = word_of(FundAccount, primary_key=True)
    party_id: int = key(default=0)
    """The collector who holds the cash; 0 where the account has no party."""
    division_code: int = big()
    debit_fen: int = fen(default=0)
    credit_fen: int = fen(default=0)
