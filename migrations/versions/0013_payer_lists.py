"""Payers' lists, several years in one sum, and runs of 政府代缴

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from api.walls import wall_new

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def words(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.create_table(
        "government_paid_lines",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("run_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("resident_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column(
            "outcome",
            words(
                "governmentpaidoutcome",
                "pay",
                "gone",
                "not_insured",
                "account_not_open",
                "cancelling",
                "period_closed",
                "too_young",
                "over_age",
                "already_paid",
                "higher_tier",
                "changed",
            ),
            nullable=False,
        ),
        sa.Column("groups", sa.Text(collation="C"), nullable=False),
        sa.Column("tier_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("subsidy_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("contribution_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(outcome = 'pay') <= (tier_fen > 0)", name=op.f("ck_government_paid_lines_pay_has_an_amount")
        ),
        sa.CheckConstraint(
            "contribution_id IS NULL OR outcome = 'pay'", name=op.f("ck_government_paid_lines_only_pay_is_posted")
        ),
        sa.CheckConstraint("subsidy_fen >= 0", name=op.f("ck_government_paid_lines_subsidy_fen_not_negative")),
        sa.CheckConstraint("tier_fen >= 0", name=op.f("ck_government_paid_lines_tier_fen_not_negative")),
        sa.PrimaryKeyConstraint("county_code", "run_id", "resident_id", name=op.f("pk_government_paid_lines")),
    )
    op.create_index(
        "ix_government_paid_lines_division",
        "government_paid_lines",
        ["county_code", "run_id", "division_code"],
        unique=False,
    )
    op.create_table(
        "payer_lists",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("kind", words("payerlistkind", "collective", "sponsored", "land"), nullable=False),
        sa.Column("payer_kind", words("payerkind", "village_collective", "organisation", "person"), nullable=False),
        sa.Column("payer_name", sa.Text(collation="C"), nullable=False),
        sa.Column("basis", sa.Text(collation="C"), nullable=False),
        sa.Column("basis_on", sa.Date(), nullable=False),
        sa.Column("contribution_year", sa.SmallInteger(), nullable=False),
        sa.Column("land_project_id", sa.BigInteger(), nullable=True),
        sa.Column("source_list_id", sa.BigInteger(), nullable=True),
        sa.Column("line_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("content_hash", sa.Text(collation="C"), nullable=False),
        sa.Column("refused", postgresql.JSONB(), nullable=False),
        sa.Column(
            "state",
            words("payerliststate", "draft", "submitted", "received", "posted", "rejected", "withdrawn", "reversed"),
            server_default=sa.text("'draft'"),
            nullable=False,
        ),
        sa.Column("maker_id", sa.BigInteger(), nullable=False),
        sa.Column("bank_reference", sa.Text(collation="C"), nullable=True),
        sa.Column("arrived_on", sa.Date(), nullable=True),
        sa.Column("confirmed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("arrival_journal_id", sa.BigInteger(), nullable=True),
        sa.Column("checker_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("opinion", sa.Text(collation="C"), nullable=True),
        sa.Column("posted_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("posted_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("refund_reference", sa.Text(collation="C"), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(kind = 'land') = (land_project_id IS NOT NULL)", name=op.f("ck_payer_lists_land_has_a_project")
        ),
        sa.CheckConstraint(
            "state NOT IN ('posted', 'rejected', 'reversed') OR checker_id IS NOT NULL",
            name=op.f("ck_payer_lists_checked"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('received', 'posted', 'reversed') OR confirmed_by_id IS NOT NULL",
            name=op.f("ck_payer_lists_confirmed"),
        ),
        sa.CheckConstraint(
            "(confirmed_by_id IS NULL) = (arrival_journal_id IS NULL)", name=op.f("ck_payer_lists_confirmed_is_booked")
        ),
        sa.CheckConstraint(
            "(confirmed_by_id IS NULL) = (arrived_on IS NULL)", name=op.f("ck_payer_lists_confirmed_has_a_day")
        ),
        sa.CheckConstraint(
            "checker_id <> maker_id AND checker_id <> confirmed_by_id", name=op.f("ck_payer_lists_three_persons")
        ),
        sa.CheckConstraint("confirmed_by_id <> maker_id", name=op.f("ck_payer_lists_two_persons_confirm")),
        sa.CheckConstraint("line_count >= 0", name=op.f("ck_payer_lists_line_count_not_negative")),
        sa.CheckConstraint("total_fen >= 0", name=op.f("ck_payer_lists_total_fen_not_negative")),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_payer_lists")),
    )
    op.create_index("ix_payer_lists_division", "payer_lists", ["division_code", "id"], unique=False)
    op.create_index(
        "ix_payer_lists_land_project",
        "payer_lists",
        ["county_code", "land_project_id"],
        unique=False,
        postgresql_where=sa.text("land_project_id IS NOT NULL"),
    )
    op.create_index(
        "uq_payer_lists_bank_reference",
        "payer_lists",
        ["county_code", "bank_reference"],
        unique=True,
        postgresql_where=sa.text("bank_reference IS NOT NULL"),
    )
    op.create_index(
        "uq_payer_lists_content_hash",
        "payer_lists",
        ["county_code", "content_hash"],
        unique=True,
        postgresql_where=sa.text("NOT (state IN ('withdrawn', 'rejected'))"),
    )
    op.create_index(
        "uq_payer_lists_refund_reference",
        "payer_lists",
        ["county_code", "refund_reference"],
        unique=True,
        postgresql_where=sa.text("refund_reference IS NOT NULL"),
    )
    op.create_table(
        "payer_list_lines",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("list_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("resident_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            words("payerlinestate", "listed", "posted", "left", "reversed", "refunded", "readdressed"),
            server_default=sa.text("'listed'"),
            nullable=False,
        ),
        sa.Column(
            "left_reason",
            words("leftreason", "gone", "not_insured", "account_not_open", "cancelling", "opened_later", "rejected"),
            nullable=True,
        ),
        sa.Column("contribution_id", sa.BigInteger(), nullable=True),
        sa.Column("refund_journal_id", sa.BigInteger(), nullable=True),
        sa.Column("readdressed_to_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(state = 'left') <= (left_reason IS NOT NULL)", name=op.f("ck_payer_list_lines_left_for_a_reason")
        ),
        sa.CheckConstraint(
            "(state = 'readdressed') = (readdressed_to_id IS NOT NULL)",
            name=op.f("ck_payer_list_lines_readdressed_to_a_list"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('posted', 'reversed') OR contribution_id IS NOT NULL",
            name=op.f("ck_payer_list_lines_posted_counts"),
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_payer_list_lines_amount_fen_positive")),
        sa.ForeignKeyConstraint(
            ["county_code", "list_id"],
            ["payer_lists.county_code", "payer_lists.id"],
            name=op.f("fk_payer_list_lines_county_code_list_id"),
        ),
        sa.PrimaryKeyConstraint("county_code", "list_id", "line_no", name=op.f("pk_payer_list_lines")),
    )
    op.create_index("ix_payer_list_lines_resident_id", "payer_list_lines", ["county_code", "resident_id"], unique=False)
    op.create_index(
        "uq_payer_list_lines_resident", "payer_list_lines", ["county_code", "list_id", "resident_id"], unique=True
    )
    op.add_column(
        "contributions", sa.Column("payer_list_id", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
    )
    op.add_column("contributions", sa.Column("payment_group_id", sa.BigInteger(), nullable=True))
    op.drop_index("uq_contributions_year", table_name="contributions")
    op.create_index(
        "uq_contributions_year",
        "contributions",
        ["county_code", "resident_id", "contribution_year", "kind", "instalment", "payer_list_id"],
        unique=True,
        postgresql_where=sa.text("state = 'posted'"),
    )
    op.create_index(
        "ix_contributions_payment_group",
        "contributions",
        ["county_code", "payment_group_id"],
        unique=False,
        postgresql_where=sa.text("payment_group_id IS NOT NULL"),
    )
    op.add_column(
        "receipts", sa.Column("contribution_count", sa.Integer(), server_default=sa.text("1"), nullable=False)
    )
    wall_new(changeable=["payer_lists", "payer_list_lines", "government_paid_lines"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.drop_column("receipts", "contribution_count")
    op.drop_index(
        "ix_contributions_payment_group",
        table_name="contributions",
        postgresql_where=sa.text("payment_group_id IS NOT NULL"),
    )
    op.drop_index("uq_contributions_year", table_name="contributions", postgresql_where=sa.text("state = 'posted'"))
    op.create_index(
        "uq_contributions_year",
        "contributions",
        ["county_code", "resident_id", "contribution_year", "kind", "instalment"],
        unique=True,
        postgresql_where=sa.text("state = 'posted'"),
    )
    op.drop_column("contributions", "payment_group_id")
    op.drop_column("contributions", "payer_list_id")
    op.drop_index("uq_payer_list_lines_resident", table_name="payer_list_lines")
    op.drop_index("ix_payer_list_lines_resident_id", table_name="payer_list_lines")
    op.drop_table("payer_list_lines")
    op.drop_index(
        "uq_payer_lists_refund_reference",
        table_name="payer_lists",
        postgresql_where=sa.text("refund_reference IS NOT NULL"),
    )
    op.drop_index(
        "uq_payer_lists_content_hash",
        table_name="payer_lists",
        postgresql_where=sa.text("NOT (state IN ('withdrawn', 'rejected'))"),
    )
    op.drop_index(
        "uq_payer_lists_bank_reference",
        table_name="payer_lists",
        postgresql_where=sa.text("bank_reference IS NOT NULL"),
    )
    op.drop_index(
        "ix_payer_lists_land_project", table_name="payer_lists", postgresql_where=sa.text("land_project_id IS NOT NULL")
    )
    op.drop_index("ix_payer_lists_division", table_name="payer_lists")
    op.drop_table("payer_lists")
    op.drop_index("ix_government_paid_lines_division", table_name="government_paid_lines")
    op.drop_table("government_paid_lines")
