"""Cancellations: 注销登记 with its decisions, settlements, recoveries, and the day from which nothing more is paid

The books learn three kinds of journals and two accounts: what is payable to a payee, and what has to come back.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from api.walls import wall_new

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

JOURNAL_KINDS = (
    "contribution",
    "subsidy",
    "interest",
    "settlement_interest",
    "remittance",
    "payment_sent",
    "payment_settled",
    "payment_refused",
    "fund_transfer",
    "reversal",
)
NEW_JOURNAL_KINDS = ("settlement", "settlement_paid", "recovery_repaid")
FUND_ACCOUNTS = (
    "cash_in_hand",
    "income_account",
    "treasury_account",
    "expenditure_account",
    "in_transit",
    "subsidy_receivable",
    "interest_receivable",
    "liability_personal",
    "liability_collective",
    "liability_gov",
    "pool",
)
NEW_FUND_ACCOUNTS = ("settlement_payable", "recovery_receivable")
CHECKED = ("interest", "remittance", "payment_sent", "payment_settled", "payment_refused", "fund_transfer", "reversal")


def listed(words: tuple[str, ...]) -> str:
    """Return words as the list of an SQL condition."""
    return ", ".join(f"'{word}'" for word in words)


def check_words(kinds: tuple[str, ...], accounts: tuple[str, ...], checked: tuple[str, ...]) -> None:
    """Replace the CHECKs that list the words of the ledger."""
    for table, name, condition in (
        ("journals", "ck_journals_journalkind", f"kind IN ({listed(kinds)})"),
        ("journals", "ck_journals_checker_present", f"kind NOT IN ({listed(checked)}) OR checker_id IS NOT NULL"),
        ("fund_lines", "ck_fund_lines_fundaccount", f"fund_account IN ({listed(accounts)})"),
    ):
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({condition})")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    check_words(JOURNAL_KINDS + NEW_JOURNAL_KINDS, FUND_ACCOUNTS + NEW_FUND_ACCOUNTS, CHECKED + NEW_JOURNAL_KINDS)
    op.create_table(
        "recoveries",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("resident_id", sa.BigInteger(), nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("settlement_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "set_off",
                "repaid",
                "cancelled",
                name="recoverystate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default=sa.text("'open'"),
            nullable=False,
        ),
        sa.Column("first_month", sa.Date(), nullable=False),
        sa.Column("last_month", sa.Date(), nullable=False),
        sa.Column("due_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("basic_fen", sa.BigInteger(), nullable=False),
        sa.Column("account_fen", sa.BigInteger(), nullable=False),
        sa.Column("set_off_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("repaid_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("demanded_by_id", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("repaid_on", sa.Date(), nullable=True),
        sa.Column("bank_reference", sa.Text(collation="C"), nullable=True),
        sa.Column("journal_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "state NOT IN ('set_off', 'repaid') OR set_off_fen + repaid_fen = basic_fen + account_fen",
            name=op.f("ck_recoveries_settled"),
        ),
        sa.CheckConstraint("EXTRACT(day FROM first_month) = 1", name=op.f("ck_recoveries_first_month_is_first_day")),
        sa.CheckConstraint("EXTRACT(day FROM last_month) = 1", name=op.f("ck_recoveries_last_month_is_first_day")),
        sa.CheckConstraint("account_fen >= 0", name=op.f("ck_recoveries_account_fen_not_negative")),
        sa.CheckConstraint("basic_fen >= 0", name=op.f("ck_recoveries_basic_fen_not_negative")),
        sa.CheckConstraint(
            "confirmed_by_id IS NULL OR confirmed_by_id <> demanded_by_id", name=op.f("ck_recoveries_two_persons")
        ),
        sa.CheckConstraint("due_count > 0", name=op.f("ck_recoveries_due_count_positive")),
        sa.CheckConstraint("repaid_fen >= 0", name=op.f("ck_recoveries_repaid_fen_not_negative")),
        sa.CheckConstraint(
            "set_off_fen + repaid_fen <= basic_fen + account_fen", name=op.f("ck_recoveries_no_more_than_owed")
        ),
        sa.CheckConstraint("set_off_fen >= 0", name=op.f("ck_recoveries_set_off_fen_not_negative")),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_recoveries")),
    )
    op.create_index("ix_recoveries_settlement_id", "recoveries", ["county_code", "settlement_id"], unique=False)
    op.create_index("ix_recoveries_state", "recoveries", ["division_code", "state", "id"], unique=False)
    op.create_table(
        "settlements",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("resident_id", sa.BigInteger(), nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("cancellation_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "computed",
                "approved",
                "paid",
                "closed",
                "discarded",
                "reversed",
                name="settlementstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default=sa.text("'computed'"),
            nullable=False,
        ),
        sa.Column("event_on", sa.Date(), nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=False),
        sa.Column("is_supplement", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("personal_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("collective_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("gov_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("retained_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("owed_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("late_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("late_gov_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("overpaid_basic_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("overpaid_account_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("shortfall_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("set_off_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("payable_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("breakdown", postgresql.JSONB(), nullable=False),
        sa.Column("content_hash", sa.Text(collation="C"), nullable=False),
        sa.Column("account_state", sa.Text(collation="C"), nullable=False),
        sa.Column("computed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("computed_on", sa.Date(), nullable=False),
        sa.Column("approved_by_id", sa.BigInteger(), nullable=True),
        sa.Column("approved_on", sa.Date(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opinion", sa.Text(collation="C"), nullable=True),
        sa.Column("paid_by_id", sa.BigInteger(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("bank_reference", sa.Text(collation="C"), nullable=True),
        sa.Column("before", postgresql.JSONB(), nullable=True),
        sa.Column("undone_by_id", sa.BigInteger(), nullable=True),
        sa.Column("undone_reason", sa.Text(collation="C"), nullable=True),
        sa.Column("interest_journal_id", sa.BigInteger(), nullable=True),
        sa.Column("journal_id", sa.BigInteger(), nullable=True),
        sa.Column("payment_journal_id", sa.BigInteger(), nullable=True),
        sa.Column("reversal_journal_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(state = 'paid') = (paid_by_id IS NOT NULL)", name=op.f("ck_settlements_paid")),
        sa.CheckConstraint("state <> 'closed' OR payable_fen = 0", name=op.f("ck_settlements_closed_pays_nothing")),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'paid', 'closed', 'reversed') OR approved_by_id IS NOT NULL",
            name=op.f("ck_settlements_approved"),
        ),
        sa.CheckConstraint(
            "(paid_by_id IS NULL) = (paid_on IS NULL) AND (paid_by_id IS NULL) = (bank_reference IS NULL)",
            name=op.f("ck_settlements_paid_with_reference"),
        ),
        sa.CheckConstraint(
            "approved_by_id IS NULL OR approved_by_id <> computed_by_id", name=op.f("ck_settlements_two_persons")
        ),
        sa.CheckConstraint("collective_fen >= 0", name=op.f("ck_settlements_collective_fen_not_negative")),
        sa.CheckConstraint("gov_fen >= 0", name=op.f("ck_settlements_gov_fen_not_negative")),
        sa.CheckConstraint("late_fen >= 0", name=op.f("ck_settlements_late_fen_not_negative")),
        sa.CheckConstraint("late_gov_fen >= 0", name=op.f("ck_settlements_late_gov_fen_not_negative")),
        sa.CheckConstraint("overpaid_account_fen >= 0", name=op.f("ck_settlements_overpaid_account_fen_not_negative")),
        sa.CheckConstraint("overpaid_basic_fen >= 0", name=op.f("ck_settlements_overpaid_basic_fen_not_negative")),
        sa.CheckConstraint("owed_fen >= 0", name=op.f("ck_settlements_owed_fen_not_negative")),
        sa.CheckConstraint(
            "paid_by_id IS NULL OR (paid_by_id <> computed_by_id AND paid_by_id <> approved_by_id)",
            name=op.f("ck_settlements_third_person_pays"),
        ),
        sa.CheckConstraint(
            "payable_fen = personal_fen + collective_fen + gov_fen - retained_fen + owed_fen + late_fen - set_off_fen",
            name=op.f("ck_settlements_payable_is_its_parts"),
        ),
        sa.CheckConstraint("payable_fen >= 0", name=op.f("ck_settlements_payable_fen_not_negative")),
        sa.CheckConstraint("personal_fen >= 0", name=op.f("ck_settlements_personal_fen_not_negative")),
        sa.CheckConstraint("retained_fen >= 0", name=op.f("ck_settlements_retained_fen_not_negative")),
        sa.CheckConstraint("retained_fen IN (0, gov_fen)", name=op.f("ck_settlements_only_gov_is_retained")),
        sa.CheckConstraint(
            "set_off_fen <= overpaid_basic_fen + overpaid_account_fen",
            name=op.f("ck_settlements_set_off_within_overpaid"),
        ),
        sa.CheckConstraint("set_off_fen >= 0", name=op.f("ck_settlements_set_off_fen_not_negative")),
        sa.CheckConstraint("shortfall_fen >= 0", name=op.f("ck_settlements_shortfall_fen_not_negative")),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_settlements")),
    )
    op.create_index("ix_settlements_cancellation_id", "settlements", ["county_code", "cancellation_id"], unique=False)
    op.create_index("ix_settlements_state", "settlements", ["division_code", "state", "id"], unique=False)
    op.create_index(
        "uq_settlements_alive",
        "settlements",
        ["county_code", "resident_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('computed', 'approved')"),
    )
    op.create_table(
        "cancellations",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("resident_id", sa.BigInteger(), nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column(
            "stop",
            sa.Enum(
                "maker",
                "death",
                "moved_out",
                "member_gone",
                name="casestop",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("created_by_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "death",
                "settled_abroad",
                "other_pension",
                "hukou_not_rural",
                name="cancellationreason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "village_checked",
                "township_reviewed",
                "county_approved",
                "archived",
                "returned",
                "rejected",
                "withdrawn",
                name="casestate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default=sa.text("'draft'"),
            nullable=False,
        ),
        sa.Column("event_on", sa.Date(), nullable=False),
        sa.Column("reported_on", sa.Date(), nullable=False),
        sa.Column(
            "proof",
            sa.Enum(
                "death_certificate",
                "cremation_certificate",
                "hukou_cancelled",
                "court_judgment",
                "residence_abroad",
                "other_scheme",
                "hukou_book",
                name="cancellationproof",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("proof_number_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("payee_name", sa.Text(collation="C"), nullable=True),
        sa.Column(
            "payee_relation",
            sa.Enum(
                "self",
                "spouse",
                "child",
                "parent",
                "sibling",
                "other_heir",
                name="payeerelation",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("payee_id_token", sa.Uuid(), nullable=True),
        sa.Column("payee_account_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("payee_account_index", sa.LargeBinary(), nullable=True),
        sa.Column("set_off_agreed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("remark", sa.Text(collation="C"), nullable=True),
        sa.Column("registered_event", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("revoked_by_id", sa.BigInteger(), nullable=True),
        sa.Column("revoked_reason", sa.Text(collation="C"), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "payee_relation IS NULL OR payee_relation <> 'self' OR reason <> 'death'",
            name=op.f("ck_cancellations_the_dead_are_not_paid"),
        ),
        sa.CheckConstraint(
            "state <> 'archived' OR closed_on IS NOT NULL", name=op.f("ck_cancellations_closed_when_archived")
        ),
        sa.CheckConstraint(
            "(payee_account_sealed IS NULL) = (payee_account_index IS NULL)",
            name=op.f("ck_cancellations_account_has_its_index"),
        ),
        sa.ForeignKeyConstraint(
            ["county_code", "resident_id"],
            ["residents.county_code", "residents.id"],
            name=op.f("fk_cancellations_county_code_resident_id"),
        ),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_cancellations")),
    )
    op.create_index(
        "ix_cancellations_open",
        "cancellations",
        ["county_code", "state", "due_on", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('draft', 'village_checked', 'township_reviewed')"),
    )
    op.create_index("ix_cancellations_resident", "cancellations", ["county_code", "resident_id", "id"], unique=False)
    op.create_index(
        "ix_cancellations_returned",
        "cancellations",
        ["county_code", "created_by_id", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'returned'"),
    )
    op.create_index("ix_cancellations_state", "cancellations", ["division_code", "state", "id"], unique=False)
    op.create_index(
        "uq_cancellations_living",
        "cancellations",
        ["county_code", "resident_id"],
        unique=True,
        postgresql_where=sa.text(
            "state IN ('draft', 'village_checked', 'township_reviewed', 'returned', 'county_approved')"
        ),
    )
    op.create_table(
        "cancellation_decisions",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column(
            "step",
            sa.Enum(
                "village_check",
                "township_review",
                "county_approval",
                name="enrolmentstep",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "decision",
            sa.Enum(
                "approve", "return", "reject", name="decision", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("opinion", sa.Text(collation="C"), nullable=True),
        sa.Column("stamped", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=False),
        sa.Column("decided_by_name", sa.Text(collation="C"), nullable=True),
        sa.Column("on_behalf_of_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("cancellation_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["county_code", "cancellation_id"],
            ["cancellations.county_code", "cancellations.id"],
            name=op.f("fk_cancellation_decisions_county_code_cancellation_id"),
        ),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_cancellation_decisions")),
        sa.UniqueConstraint(
            "county_code", "cancellation_id", "round", "decided_by_id", name="uq_cancellation_decisions_person"
        ),
        sa.UniqueConstraint("county_code", "cancellation_id", "round", "step", name="uq_cancellation_decisions_step"),
    )
    op.add_column("accounts", sa.Column("cancels_on", sa.Date(), nullable=True))
    op.add_column("benefits", sa.Column("cancels_on", sa.Date(), nullable=True))
    op.add_column("benefits", sa.Column("settlement_id", sa.BigInteger(), nullable=True))
    op.add_column("payment_dues", sa.Column("settlement_id", sa.BigInteger(), nullable=True))
    op.add_column("payment_dues", sa.Column("recovery_id", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_residents_dead",
        "residents",
        ["division_code", "status_on", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'dead'"),
    )
    wall_new(
        append_only=["cancellation_decisions"],
        changeable=["cancellations", "recoveries", "settlements"],
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.drop_index("ix_residents_dead", table_name="residents", postgresql_where=sa.text("status = 'dead'"))
    op.drop_column("payment_dues", "recovery_id")
    op.drop_column("payment_dues", "settlement_id")
    op.drop_column("benefits", "settlement_id")
    op.drop_column("benefits", "cancels_on")
    op.drop_column("accounts", "cancels_on")
    op.drop_table("cancellation_decisions")
    op.drop_index(
        "uq_cancellations_living",
        table_name="cancellations",
        postgresql_where=sa.text(
            "state IN ('draft', 'village_checked', 'township_reviewed', 'returned', 'county_approved')"
        ),
    )
    op.drop_index("ix_cancellations_state", table_name="cancellations")
    op.drop_index(
        "ix_cancellations_returned", table_name="cancellations", postgresql_where=sa.text("state = 'returned'")
    )
    op.drop_index("ix_cancellations_resident", table_name="cancellations")
    op.drop_index(
        "ix_cancellations_open",
        table_name="cancellations",
        postgresql_where=sa.text("state IN ('draft', 'village_checked', 'township_reviewed')"),
    )
    op.drop_table("cancellations")
    op.drop_index(
        "uq_settlements_alive", table_name="settlements", postgresql_where=sa.text("state IN ('computed', 'approved')")
    )
    op.drop_index("ix_settlements_state", table_name="settlements")
    op.drop_index("ix_settlements_cancellation_id", table_name="settlements")
    op.drop_table("settlements")
    op.drop_index("ix_recoveries_state", table_name="recoveries")
    op.drop_index("ix_recoveries_settlement_id", table_name="recoveries")
    op.drop_table("recoveries")
    check_words(JOURNAL_KINDS, FUND_ACCOUNTS, CHECKED)
