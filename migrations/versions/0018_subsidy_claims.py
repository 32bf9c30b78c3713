"""Subsidy claims: what each level of government owes, was asked for and has paid, and what of it is posted

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from api.walls import add_words, remove_words, wall_new

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

CHECKED = ("journals", "ck_journals_checker_present", "kind NOT IN ({}) OR checker_id IS NOT NULL", "subsidy")


def words(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    add_words(*CHECKED)
    # What stands was posted with its subsidy, so nothing of it waits.
    op.add_column(
        "contributions",
        sa.Column("waiting_subsidy_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
    )
    op.create_check_constraint(
        op.f("ck_contributions_waiting_subsidy_fen_not_negative"), "contributions", "waiting_subsidy_fen >= 0"
    )
    op.create_table(
        "subsidy_claims",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column(
            "purpose",
            words("subsidypurpose", "contribution_subsidy", "government_paid", "basic_pension", "late_interest"),
            nullable=False,
        ),
        sa.Column("period", sa.Text(collation="C"), nullable=False),
        sa.Column("cut_off_on", sa.Date(), nullable=False),
        sa.Column(
            "state",
            words("subsidyclaimstate", "computed", "approved", "sent", "closed", "discarded"),
            server_default=sa.text("'computed'"),
            nullable=False,
        ),
        sa.Column("line_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("central_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("province_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("city_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("county_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("town_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("parameters", postgresql.JSONB(), nullable=False),
        sa.Column("content_hash", sa.Text(collation="C"), server_default=sa.text("''"), nullable=False),
        sa.Column("maker_id", sa.BigInteger(), nullable=False),
        sa.Column("checker_id", sa.BigInteger(), nullable=True),
        sa.Column("approved_on", sa.Date(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_by_id", sa.BigInteger(), nullable=True),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("journal_id", sa.BigInteger(), nullable=True),
        sa.Column("discarded_by_id", sa.BigInteger(), nullable=True),
        sa.Column("discard_reason", sa.Text(collation="C"), nullable=True),
        sa.Column("reversal_journal_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'sent', 'closed') OR checker_id IS NOT NULL",
            name=op.f("ck_subsidy_claims_checked"),
        ),
        sa.CheckConstraint("(sent_on IS NULL) = (due_on IS NULL)", name=op.f("ck_subsidy_claims_sent_has_a_deadline")),
        sa.CheckConstraint(
            "amount_fen = central_fen + province_fen + city_fen + county_fen + town_fen",
            name=op.f("ck_subsidy_claims_amount_is_its_levels"),
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_subsidy_claims_amount_fen_positive")),
        sa.CheckConstraint("central_fen >= 0", name=op.f("ck_subsidy_claims_central_fen_not_negative")),
        sa.CheckConstraint("checker_id IS NULL OR checker_id <> maker_id", name=op.f("ck_subsidy_claims_two_persons")),
        sa.CheckConstraint("city_fen >= 0", name=op.f("ck_subsidy_claims_city_fen_not_negative")),
        sa.CheckConstraint("county_fen >= 0", name=op.f("ck_subsidy_claims_county_fen_not_negative")),
        sa.CheckConstraint("line_count >= 0", name=op.f("ck_subsidy_claims_line_count_not_negative")),
        sa.CheckConstraint("province_fen >= 0", name=op.f("ck_subsidy_claims_province_fen_not_negative")),
        sa.CheckConstraint("town_fen >= 0", name=op.f("ck_subsidy_claims_town_fen_not_negative")),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_subsidy_claims")),
    )
    op.create_index(
        "uq_subsidy_claims_cut_off",
        "subsidy_claims",
        ["county_code", "purpose", "cut_off_on"],
        unique=True,
        postgresql_where=sa.text("state <> 'discarded'"),
    )
    op.create_table(
        "subsidy_claim_lines",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("claim_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("resident_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "purpose",
            words("subsidypurpose", "contribution_subsidy", "government_paid", "basic_pension", "late_interest"),
            nullable=False,
        ),
        sa.Column(
            "origin",
            words("subsidyorigin", "contribution_subsidy", "government_paid", "basic_pension", "late_interest"),
            nullable=False,
        ),
        sa.Column("contribution_id", sa.BigInteger(), nullable=True),
        sa.Column("contribution_year", sa.SmallInteger(), nullable=True),
        sa.Column("month", sa.Date(), nullable=True),
        sa.Column("due_kind", words("duekind", "regular", "back_pay"), nullable=True),
        sa.Column("tier_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.Column("turn", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("base_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("central_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("province_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("city_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("county_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("town_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("covered_on", sa.Date(), nullable=True),
        sa.Column("is_live", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint(
            "(contribution_id IS NULL) <> (month IS NULL)", name=op.f("ck_subsidy_claim_lines_one_reason")
        ),
        sa.CheckConstraint(
            "(month IS NULL) = (due_kind IS NULL)", name=op.f("ck_subsidy_claim_lines_month_has_its_kind")
        ),
        sa.CheckConstraint("amount_fen <> 0", name=op.f("ck_subsidy_claim_lines_amount_fen_not_zero")),
        sa.CheckConstraint(
            "amount_fen = central_fen + province_fen + city_fen + county_fen + town_fen",
            name=op.f("ck_subsidy_claim_lines_amount_is_its_levels"),
        ),
        sa.CheckConstraint("turn > 0", name=op.f("ck_subsidy_claim_lines_turn_positive")),
        sa.ForeignKeyConstraint(
            ["county_code", "claim_id"],
            ["subsidy_claims.county_code", "subsidy_claims.id"],
            name=op.f("fk_subsidy_claim_lines_county_code_claim_id"),
        ),
        sa.PrimaryKeyConstraint("county_code", "claim_id", "seq", name=op.f("pk_subsidy_claim_lines")),
    )
    op.create_index(
        "ix_subsidy_claim_lines_division", "subsidy_claim_lines", ["division_code", "claim_id", "seq"], unique=False
    )
    op.create_index(
        "ix_subsidy_claim_lines_resident_id", "subsidy_claim_lines", ["county_code", "resident_id"], unique=False
    )
    op.create_index(
        "uq_subsidy_claim_lines_contribution",
        "subsidy_claim_lines",
        ["county_code", "contribution_id", "purpose", "origin", "turn"],
        unique=True,
        postgresql_where=sa.text("is_live AND contribution_id IS NOT NULL"),
    )
    op.create_index(
        "uq_subsidy_claim_lines_month",
        "subsidy_claim_lines",
        ["county_code", "resident_id", "month", "due_kind", "turn"],
        unique=True,
        postgresql_where=sa.text("is_live AND month IS NOT NULL"),
    )
    op.create_table(
        "subsidy_receipts",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column(
            "purpose",
            words("subsidypurpose", "contribution_subsidy", "government_paid", "basic_pension", "late_interest"),
            nullable=False,
        ),
        sa.Column("level", words("governmentlevel", "central", "province", "city", "county", "town"), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("bank_reference", sa.Text(collation="C"), nullable=False),
        sa.Column("claim_ids", postgresql.JSONB(), nullable=False),
        sa.Column(
            "state",
            words("subsidyreceiptstate", "recorded", "confirmed", "discarded"),
            server_default=sa.text("'recorded'"),
            nullable=False,
        ),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("journal_id", sa.BigInteger(), nullable=True),
        sa.Column("discarded_by_id", sa.BigInteger(), nullable=True),
        sa.Column("discard_reason", sa.Text(collation="C"), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(state = 'confirmed') = (confirmed_by_id IS NOT NULL)",
            name=op.f("ck_subsidy_receipts_confirmed_by_somebody"),
        ),
        sa.CheckConstraint(
            "(state = 'confirmed') = (journal_id IS NOT NULL)", name=op.f("ck_subsidy_receipts_confirmed_is_booked")
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_subsidy_receipts_amount_fen_positive")),
        sa.CheckConstraint(
            "confirmed_by_id IS NULL OR confirmed_by_id <> recorded_by_id", name=op.f("ck_subsidy_receipts_two_persons")
        ),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_subsidy_receipts")),
    )
    op.create_index(
        "uq_subsidy_receipts_bank_reference",
        "subsidy_receipts",
        ["county_code", "bank_reference"],
        unique=True,
        postgresql_where=sa.text("state <> 'discarded'"),
    )
    op.create_table(
        "subsidy_receipt_shares",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("receipt_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("claim_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("level", words("governmentlevel", "central", "province", "city", "county", "town"), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("shared_on", sa.Date(), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_subsidy_receipt_shares_amount_fen_positive")),
        sa.PrimaryKeyConstraint("county_code", "receipt_id", "claim_id", name=op.f("pk_subsidy_receipt_shares")),
    )
    op.create_index(
        "ix_subsidy_receipt_shares_claim_id", "subsidy_receipt_shares", ["county_code", "claim_id"], unique=False
    )
    op.create_table(
        "subsidy_postings",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("claim_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("is_return", sa.Boolean(), nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("resident_id", sa.BigInteger(), nullable=False),
        sa.Column("contribution_id", sa.BigInteger(), nullable=False),
        sa.Column("contribution_year", sa.SmallInteger(), nullable=False),
        sa.Column(
            "purpose",
            words("subsidypurpose", "contribution_subsidy", "government_paid", "basic_pension", "late_interest"),
            nullable=False,
        ),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("value_on", sa.Date(), nullable=False),
        sa.Column("journal_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_subsidy_postings_amount_fen_positive")),
        sa.PrimaryKeyConstraint("county_code", "claim_id", "seq", "is_return", name=op.f("pk_subsidy_postings")),
    )
    op.create_index(
        "ix_subsidy_postings_contribution_id", "subsidy_postings", ["county_code", "contribution_id"], unique=False
    )
    op.create_index("ix_subsidy_postings_resident_id", "subsidy_postings", ["county_code", "resident_id"], unique=False)
    # ### end Alembic commands ###
    wall_new(
        append_only=["subsidy_receipt_shares", "subsidy_postings"],
        changeable=["subsidy_claims", "subsidy_claim_lines", "subsidy_receipts"],
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    for table in (
        "subsidy_postings",
        "subsidy_receipt_shares",
        "subsidy_receipts",
        "subsidy_claim_lines",
        "subsidy_claims",
    ):
        op.drop_table(table)
    op.drop_constraint(op.f("ck_contributions_waiting_subsidy_fen_not_negative"), "contributions", type_="check")
    op.drop_column("contributions", "waiting_subsidy_fen")
    remove_words(*CHECKED)
