"""Collection: batches of bank deductions, the bank's answers line by line, findings, and passbooks that the bank opens

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from api.walls import wall_new

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

APPEND_ONLY = (
    "collection_lines",
    "collection_exceptions",
    "collection_files",
    "collection_returns",
    "collection_outcomes",
    "collection_money_proofs",
    "account_opening_returns",
)
CHANGEABLE = (
    "collection_batches",
    "collection_findings",
    "account_openings",
    "account_opening_lines",
)
OF_COUNTY = (
    "county_code BETWEEN NULLIF(current_setting('app.scope_low', true), '')::bigint / 1000000 "
    "AND NULLIF(current_setting('app.scope_high', true), '')::bigint / 1000000"
)
"""A village that takes cash must know that a deduction is under way; a batch holds sums and nobody's data."""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.create_table(
        "account_opening_lines",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("opening_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("resident_id", sa.BigInteger(), nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("id_token", sa.Uuid(), nullable=False),
        sa.Column(
            "result",
            sa.Enum("opened", "failed", name="openingresult", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("return_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(collation="C"), nullable=True),
        sa.CheckConstraint(
            "(result IS NULL) = (return_id IS NULL)", name=op.f("ck_account_opening_lines_has_a_source")
        ),
        sa.PrimaryKeyConstraint("county_code", "opening_id", "seq", name=op.f("pk_account_opening_lines")),
    )
    op.create_index(
        "ix_account_opening_lines_resident_id", "account_opening_lines", ["county_code", "resident_id"], unique=False
    )
    op.create_table(
        "account_opening_returns",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("opening_id", sa.BigInteger(), nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("sha256", sa.Text(collation="C"), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.Column("line_count", sa.Integer(), nullable=False),
        sa.Column("opened_count", sa.Integer(), nullable=False),
        sa.Column("failed_count", sa.Integer(), nullable=False),
        sa.Column("finding_count", sa.Integer(), nullable=False),
        sa.Column("findings", postgresql.JSONB(), nullable=False),
        sa.Column("loaded_by_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("failed_count >= 0", name=op.f("ck_account_opening_returns_failed_count_not_negative")),
        sa.CheckConstraint("finding_count >= 0", name=op.f("ck_account_opening_returns_finding_count_not_negative")),
        sa.CheckConstraint(
            "line_count = opened_count + failed_count + finding_count",
            name=op.f("ck_account_opening_returns_covers_every_line"),
        ),
        sa.CheckConstraint("opened_count >= 0", name=op.f("ck_account_opening_returns_opened_count_not_negative")),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_account_opening_returns")),
        sa.UniqueConstraint(
            "county_code", "opening_id", "sha256", "succeeded", name="uq_account_opening_returns_sha256"
        ),
    )
    op.create_table(
        "account_openings",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("opened_year", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("layout", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "computed",
                "approved",
                "sent",
                "closed",
                "discarded",
                name="openingstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default=sa.text("'computed'"),
            nullable=False,
        ),
        sa.Column("line_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("opened_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("failed_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("content_hash", sa.Text(collation="C"), server_default=sa.text("''"), nullable=False),
        sa.Column("maker_id", sa.BigInteger(), nullable=False),
        sa.Column("checker_id", sa.BigInteger(), nullable=True),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "state IN ('computed', 'discarded') OR checker_id IS NOT NULL", name=op.f("ck_account_openings_checked")
        ),
        sa.CheckConstraint(
            "checker_id IS NULL OR checker_id <> maker_id", name=op.f("ck_account_openings_two_persons")
        ),
        sa.CheckConstraint("failed_count >= 0", name=op.f("ck_account_openings_failed_count_not_negative")),
        sa.CheckConstraint("line_count >= 0", name=op.f("ck_account_openings_line_count_not_negative")),
        sa.CheckConstraint("number BETWEEN 1 AND 999", name=op.f("ck_account_openings_number")),
        sa.CheckConstraint("opened_count >= 0", name=op.f("ck_account_openings_opened_count_not_negative")),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_account_openings")),
        sa.UniqueConstraint("county_code", "opened_year", "number", name="uq_account_openings_number"),
    )
    op.create_table(
        "collection_batches",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("contribution_year", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("law_serial", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("layout", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "computed",
                "approved",
                "sent",
                "posted",
                "closed",
                "discarded",
                name="collectionstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default=sa.text("'computed'"),
            nullable=False,
        ),
        sa.Column("line_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("exception_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("content_hash", sa.Text(collation="C"), server_default=sa.text("''"), nullable=False),
        sa.Column("summary", postgresql.JSONB(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(), nullable=False),
        sa.Column("computed_on", sa.Date(), nullable=False),
        sa.Column("maker_id", sa.BigInteger(), nullable=False),
        sa.Column("checker_id", sa.BigInteger(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.Column("deadline_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("deducted_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("deducted_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("failed_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("failed_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "state IN ('computed', 'discarded') OR checker_id IS NOT NULL", name=op.f("ck_collection_batches_checked")
        ),
        sa.CheckConstraint(
            "state NOT IN ('sent', 'posted', 'closed') OR sent_on IS NOT NULL", name=op.f("ck_collection_batches_sent")
        ),
        sa.CheckConstraint(
            "checker_id IS NULL OR checker_id <> maker_id", name=op.f("ck_collection_batches_two_persons")
        ),
        sa.CheckConstraint("deducted_count >= 0", name=op.f("ck_collection_batches_deducted_count_not_negative")),
        sa.CheckConstraint("deducted_fen >= 0", name=op.f("ck_collection_batches_deducted_fen_not_negative")),
        sa.CheckConstraint("exception_count >= 0", name=op.f("ck_collection_batches_exception_count_not_negative")),
        sa.CheckConstraint("failed_count >= 0", name=op.f("ck_collection_batches_failed_count_not_negative")),
        sa.CheckConstraint("failed_fen >= 0", name=op.f("ck_collection_batches_failed_fen_not_negative")),
        sa.CheckConstraint("line_count >= 0", name=op.f("ck_collection_batches_line_count_not_negative")),
        sa.CheckConstraint("number BETWEEN 1 AND 999", name=op.f("ck_collection_batches_number")),
        sa.CheckConstraint("total_fen >= 0", name=op.f("ck_collection_batches_total_fen_not_negative")),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_collection_batches")),
        sa.UniqueConstraint("county_code", "contribution_year", "number", name="uq_collection_batches_number"),
    )
    op.create_table(
        "collection_exceptions",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("batch_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("resident_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("code", sa.Text(collation="C"), nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("withheld", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint(
            "county_code", "batch_id", "resident_id", "code", name=op.f("pk_collection_exceptions")
        ),
    )
    op.create_table(
        "collection_files",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("first_seq", sa.BigInteger(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("line_count", sa.Integer(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(collation="C"), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("line_count >= 0", name=op.f("ck_collection_files_line_count_not_negative")),
        sa.CheckConstraint("total_fen >= 0", name=op.f("ck_collection_files_total_fen_not_negative")),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_collection_files")),
        sa.UniqueConstraint(
            "county_code", "batch_id", "part", name=op.f("uq_collection_files_county_code_batch_id_part")
        ),
    )
    op.create_table(
        "collection_findings",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("batch_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("return_id", sa.BigInteger(), nullable=True),
        sa.Column("file_line", sa.Integer(), nullable=True),
        sa.Column(
            "code",
            sa.Enum(
                "unreadable",
                "unknown",
                "other_amount",
                "other_person",
                "repeated",
                "contradictory",
                "late",
                "not_postable",
                "no_answer",
                name="findingcode",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("detail", sa.Text(collation="C"), server_default=sa.text("''"), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("succeeded", sa.Boolean(), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("raw_sealed", sa.LargeBinary(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "proposed",
                "resolved",
                name="findingstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default=sa.text("'open'"),
            nullable=False,
        ),
        sa.Column(
            "decision",
            sa.Enum(
                "paid",
                "failed",
                "dismissed",
                name="findingdecision",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("evidence", sa.Text(collation="C"), nullable=True),
        sa.Column("deducted_on", sa.Date(), nullable=True),
        sa.Column("maker_id", sa.BigInteger(), nullable=True),
        sa.Column("checker_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(code = 'no_answer') = (return_id IS NULL)", name=op.f("ck_collection_findings_has_a_source")
        ),
        sa.CheckConstraint(
            "(state = 'open') = (maker_id IS NULL)", name=op.f("ck_collection_findings_proposed_by_somebody")
        ),
        sa.CheckConstraint(
            "state <> 'resolved' OR checker_id IS NOT NULL", name=op.f("ck_collection_findings_checked")
        ),
        sa.CheckConstraint(
            "(maker_id IS NULL) = (decision IS NULL)", name=op.f("ck_collection_findings_proposed_is_decision")
        ),
        sa.CheckConstraint(
            "checker_id IS NULL OR checker_id <> maker_id", name=op.f("ck_collection_findings_two_persons")
        ),
        sa.PrimaryKeyConstraint("county_code", "batch_id", "number", name=op.f("pk_collection_findings")),
    )
    op.create_index(
        "ix_collection_findings_seq", "collection_findings", ["county_code", "batch_id", "seq"], unique=False
    )
    op.create_table(
        "collection_lines",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("batch_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("resident_id", sa.BigInteger(), nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("contribution_year", sa.SmallInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "annual",
                "make_up",
                "government_paid",
                "collective",
                "lump_sum",
                "sponsored",
                "land",
                name="collectionkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("instalment", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("paid_before", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("tier_fen", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("government_paid_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("subsidy_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("waiting_subsidy_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("id_token", sa.Uuid(), nullable=False),
        sa.Column("bank_account_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("bank_account_index", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_collection_lines_amount_fen_positive")),
        sa.CheckConstraint(
            "government_paid_fen >= 0", name=op.f("ck_collection_lines_government_paid_fen_not_negative")
        ),
        sa.CheckConstraint("paid_before >= 0", name=op.f("ck_collection_lines_paid_before_not_negative")),
        sa.CheckConstraint("subsidy_fen >= 0", name=op.f("ck_collection_lines_subsidy_fen_not_negative")),
        sa.CheckConstraint(
            "waiting_subsidy_fen >= 0", name=op.f("ck_collection_lines_waiting_subsidy_fen_not_negative")
        ),
        sa.CheckConstraint("tier_fen >= 0", name=op.f("ck_collection_lines_tier_fen_not_negative")),
        sa.PrimaryKeyConstraint("county_code", "batch_id", "seq", name=op.f("pk_collection_lines")),
    )
    op.create_index(
        "ix_collection_lines_resident_id",
        "collection_lines",
        ["county_code", "resident_id", "contribution_year"],
        unique=False,
    )
    op.create_table(
        "collection_money_proofs",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("bank_reference", sa.Text(collation="C"), nullable=False),
        sa.Column("arrived_on", sa.Date(), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_collection_money_proofs_amount_fen_positive")),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_collection_money_proofs")),
        sa.UniqueConstraint("county_code", "bank_reference", name="uq_collection_money_proofs_reference"),
    )
    op.create_table(
        "collection_outcomes",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("batch_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column(
            "result",
            sa.Enum(
                "deducted", "failed", name="collectionresult", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("return_id", sa.BigInteger(), nullable=True),
        sa.Column("finding_number", sa.Integer(), nullable=True),
        sa.Column("contribution_id", sa.BigInteger(), nullable=True),
        sa.Column("bank_code", sa.Text(collation="C"), nullable=True),
        sa.Column("reason", sa.Text(collation="C"), nullable=True),
        sa.CheckConstraint(
            "(result = 'deducted') = (contribution_id IS NOT NULL)",
            name=op.f("ck_collection_outcomes_deducted_is_booked"),
        ),
        sa.CheckConstraint(
            "(return_id IS NULL) = (finding_number IS NOT NULL)", name=op.f("ck_collection_outcomes_has_a_source")
        ),
        sa.PrimaryKeyConstraint("county_code", "batch_id", "seq", name=op.f("pk_collection_outcomes")),
    )
    op.create_index(
        "ix_collection_outcomes_failed",
        "collection_outcomes",
        ["division_code", "batch_id"],
        unique=False,
        postgresql_where=sa.text("result = 'failed'"),
    )
    op.create_table(
        "collection_returns",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("sha256", sa.Text(collation="C"), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.Column("line_count", sa.Integer(), nullable=False),
        sa.Column("posted_count", sa.Integer(), nullable=False),
        sa.Column("posted_fen", sa.BigInteger(), nullable=False),
        sa.Column("failed_count", sa.Integer(), nullable=False),
        sa.Column("failed_fen", sa.BigInteger(), nullable=False),
        sa.Column("finding_count", sa.Integer(), nullable=False),
        sa.Column("deducted_on", sa.Date(), nullable=False),
        sa.Column("posted_on", sa.Date(), nullable=False),
        sa.Column("loaded_by_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("failed_count >= 0", name=op.f("ck_collection_returns_failed_count_not_negative")),
        sa.CheckConstraint("failed_fen >= 0", name=op.f("ck_collection_returns_failed_fen_not_negative")),
        sa.CheckConstraint("finding_count >= 0", name=op.f("ck_collection_returns_finding_count_not_negative")),
        sa.CheckConstraint(
            "line_count = posted_count + failed_count + finding_count",
            name=op.f("ck_collection_returns_covers_every_line"),
        ),
        sa.CheckConstraint("posted_count >= 0", name=op.f("ck_collection_returns_posted_count_not_negative")),
        sa.CheckConstraint("posted_fen >= 0", name=op.f("ck_collection_returns_posted_fen_not_negative")),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_collection_returns")),
        sa.UniqueConstraint("county_code", "batch_id", "sha256", "succeeded", name="uq_collection_returns_sha256"),
    )
    wall_new(append_only=APPEND_ONLY, changeable=CHANGEABLE)
    op.execute(
        f"CREATE POLICY of_county ON collection_batches FOR SELECT TO nongbao_app, nongbao_report USING ({OF_COUNTY})"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    for table in (*APPEND_ONLY, *CHANGEABLE):
        op.drop_table(table)
