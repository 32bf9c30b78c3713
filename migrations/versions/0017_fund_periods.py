"""The fund's months: accounting periods with their packs, transfers on two persons' word, bank statements and matches

A month without a row is open, so nothing has to be filled in for the books that exist.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from api.walls import IN_COUNTY, wall_new

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

APPEND_ONLY = ("fund_packs", "bank_statements", "bank_statement_lines", "bank_item_notes")
CHANGEABLE = ("fund_transfers", "bank_matches", "bank_match_items")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.create_table(
        "bank_item_notes",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column(
            "account",
            sa.Enum(
                "income_account",
                "treasury_account",
                "expenditure_account",
                name="bankaccountname",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "side",
            sa.Enum("line", "journal", name="bankitemside", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(collation="C"), nullable=False),
        sa.Column("written_by_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_bank_item_notes")),
    )
    op.create_index(
        "ix_bank_item_notes_subject",
        "bank_item_notes",
        ["county_code", "account", "side", "subject_id", "id"],
        unique=False,
    )
    op.create_table(
        "bank_match_items",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("match_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "side",
            sa.Enum("line", "journal", name="bankitemside", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("subject_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column(
            "account",
            sa.Enum(
                "income_account",
                "treasury_account",
                "expenditure_account",
                name="bankaccountname",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("is_living", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint("amount_fen <> 0", name=op.f("ck_bank_match_items_amount_fen_moves")),
        sa.PrimaryKeyConstraint("county_code", "match_id", "side", "subject_id", name=op.f("pk_bank_match_items")),
    )
    op.create_index(
        "uq_bank_match_items_living",
        "bank_match_items",
        ["county_code", "account", "side", "subject_id"],
        unique=True,
        postgresql_where=sa.text("is_living"),
    )
    op.create_table(
        "bank_matches",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column(
            "account",
            sa.Enum(
                "income_account",
                "treasury_account",
                "expenditure_account",
                name="bankaccountname",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "origin",
            sa.Enum(
                "automatic", "by_hand", name="bankmatchorigin", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "matched",
                "rejected",
                name="bankmatchstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(collation="C"), nullable=True),
        sa.Column("proposed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("effect_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "origin = 'automatic' OR state = 'proposed' OR decided_by_id IS NOT NULL",
            name=op.f("ck_bank_matches_by_hand_needs_two"),
        ),
        sa.CheckConstraint(
            "(state = 'matched') = (effect_id IS NOT NULL)", name=op.f("ck_bank_matches_matched_has_effect")
        ),
        sa.CheckConstraint("amount_fen <> 0", name=op.f("ck_bank_matches_amount_fen_moves")),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> proposed_by_id", name=op.f("ck_bank_matches_two_persons")
        ),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_bank_matches")),
    )
    op.create_table(
        "bank_statement_lines",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("statement_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "account",
            sa.Enum(
                "income_account",
                "treasury_account",
                "expenditure_account",
                name="bankaccountname",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.Text(collation="C"), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("running_no", sa.Integer(), nullable=False),
        sa.Column("balance_fen", sa.BigInteger(), nullable=False),
        sa.Column("counterparty_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("amount_fen <> 0", name=op.f("ck_bank_statement_lines_amount_fen_moves")),
        sa.CheckConstraint("balance_fen >= 0", name=op.f("ck_bank_statement_lines_balance_fen_not_negative")),
        sa.CheckConstraint("running_no > 0", name=op.f("ck_bank_statement_lines_running_no_positive")),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_bank_statement_lines")),
        sa.UniqueConstraint(
            "county_code",
            "account",
            "booked_on",
            "reference",
            "amount_fen",
            "running_no",
            name="uq_bank_statement_lines_once",
        ),
    )
    op.create_table(
        "bank_statements",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column(
            "account",
            sa.Enum(
                "income_account",
                "treasury_account",
                "expenditure_account",
                name="bankaccountname",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("opening_fen", sa.BigInteger(), nullable=False),
        sa.Column("closing_fen", sa.BigInteger(), nullable=False),
        sa.Column("line_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("sha256", sa.Text(collation="C"), nullable=False),
        sa.Column("layout", sa.Text(collation="C"), nullable=False),
        sa.Column("loaded_by_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("closing_fen >= 0", name=op.f("ck_bank_statements_closing_fen_not_negative")),
        sa.CheckConstraint("from_on <= to_on", name=op.f("ck_bank_statements_period")),
        sa.CheckConstraint("opening_fen >= 0", name=op.f("ck_bank_statements_opening_fen_not_negative")),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_bank_statements")),
        sa.UniqueConstraint("county_code", "account", "sha256", name="uq_bank_statements_sha256"),
    )
    op.create_table(
        "fund_packs",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("pack_version", sa.Integer(), nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(collation="C"), nullable=False),
        sa.Column("content_hash", sa.Text(collation="C"), nullable=False),
        sa.Column("cut_id", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("journal_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("turnover_fen", sa.BigInteger(), nullable=False),
        sa.Column("prepared_by_id", sa.BigInteger(), nullable=False),
        sa.Column("approved_by_id", sa.BigInteger(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("EXTRACT(day FROM month) = 1", name=op.f("ck_fund_packs_month_is_first_day")),
        sa.CheckConstraint("pack_version > 0", name=op.f("ck_fund_packs_pack_version_positive")),
        sa.CheckConstraint("prepared_by_id <> approved_by_id", name=op.f("ck_fund_packs_two_persons")),
        sa.CheckConstraint("turnover_fen >= 0", name=op.f("ck_fund_packs_turnover_fen_not_negative")),
        sa.PrimaryKeyConstraint("county_code", "month", "pack_version", name=op.f("pk_fund_packs")),
    )
    op.create_table(
        "fund_periods",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "closing",
                "closed",
                "reopening",
                "reopened",
                name="fundperiodstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default=sa.text("'open'"),
            nullable=False,
        ),
        sa.Column("pack_version", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("proposed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("proposed_on", sa.Date(), nullable=True),
        sa.Column("proposed_hash", sa.Text(collation="C"), nullable=True),
        sa.Column(
            "exceptions", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("cut_id", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("approved_by_id", sa.BigInteger(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("content_hash", sa.Text(collation="C"), nullable=True),
        sa.Column("reopen_by_id", sa.BigInteger(), nullable=True),
        sa.Column("reopen_reason", sa.Text(collation="C"), nullable=True),
        sa.Column("reopen_approved_by_id", sa.BigInteger(), nullable=True),
        sa.Column("reopened_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "state <> 'closing' OR (proposed_by_id IS NOT NULL AND proposed_hash IS NOT NULL)",
            name=op.f("ck_fund_periods_closing"),
        ),
        sa.CheckConstraint(
            "state <> 'reopening' OR (reopen_by_id IS NOT NULL AND reopen_reason IS NOT NULL)",
            name=op.f("ck_fund_periods_reopening"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('closed', 'reopening') OR (approved_by_id IS NOT NULL AND closed_at IS NOT NULL AND content_hash IS NOT NULL AND pack_version > 0)",
            name=op.f("ck_fund_periods_closed_whole"),
        ),
        sa.CheckConstraint("EXTRACT(day FROM month) = 1", name=op.f("ck_fund_periods_month_is_first_day")),
        sa.CheckConstraint(
            "approved_by_id IS NULL OR approved_by_id <> proposed_by_id", name=op.f("ck_fund_periods_two_persons_close")
        ),
        sa.CheckConstraint(
            "reopen_approved_by_id IS NULL OR reopen_approved_by_id <> reopen_by_id",
            name=op.f("ck_fund_periods_two_persons_reopen"),
        ),
        sa.PrimaryKeyConstraint("county_code", "month", name=op.f("pk_fund_periods")),
    )
    op.create_table(
        "fund_transfers",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column(
            "way",
            sa.Enum(
                "sweep",
                "allot",
                "give_back",
                "pool_grant",
                "income_interest",
                "treasury_interest",
                "expenditure_interest",
                name="fundtransferway",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("moved_on", sa.Date(), nullable=False),
        sa.Column("bank_reference", sa.Text(collation="C"), nullable=False),
        sa.Column("note", sa.Text(collation="C"), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "booked",
                "rejected",
                "withdrawn",
                name="fundtransferstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default=sa.text("'proposed'"),
            nullable=False,
        ),
        sa.Column("proposed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("opinion", sa.Text(collation="C"), nullable=True),
        sa.Column("journal_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(state = 'booked') = (journal_id IS NOT NULL)", name=op.f("ck_fund_transfers_booked_has_journal")
        ),
        sa.CheckConstraint(
            "state NOT IN ('booked', 'rejected') OR decided_by_id IS NOT NULL", name=op.f("ck_fund_transfers_decided")
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_fund_transfers_amount_fen_positive")),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> proposed_by_id", name=op.f("ck_fund_transfers_two_persons")
        ),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_fund_transfers")),
    )
    op.create_index(
        "uq_fund_transfers_bank_reference",
        "fund_transfers",
        ["county_code", "bank_reference"],
        unique=True,
        postgresql_where=sa.text("state IN ('proposed', 'booked')"),
    )
    op.create_index("ix_journals_business_date", "journals", ["county_code", "business_date", "id"], unique=False)
    wall_new(append_only=APPEND_ONLY, changeable=CHANGEABLE)
    # Whoever posts in a county has to see which of its months are closed, however small their own unit is.
    wall_new(changeable=("fund_periods",), test=IN_COUNTY)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.drop_index("ix_journals_business_date", table_name="journals")
    for table in ("fund_periods", *CHANGEABLE, *APPEND_ONLY):
        op.drop_table(table)
