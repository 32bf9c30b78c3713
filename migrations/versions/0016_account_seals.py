"""Account seals: journals know their transaction, a chain of hashes over them, year proofs, and contributions that came late

Existing journals get the migration's own transaction, so that the first seal takes them all.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

from api.walls import wall, wall_new

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

IN_COUNTY = (
    "county_code BETWEEN NULLIF(current_setting('app.scope_low', true), '')::bigint / 1000000 "
    "AND NULLIF(current_setting('app.scope_high', true), '')::bigint / 1000000"
)
KINDS = (
    "annual",
    "make_up",
    "government_paid",
    "collective",
    "lump_sum",
    "sponsored",
    "land",
)


def words(name: str, *values: str) -> sa.Enum:
    """A vocabulary column as the models make it."""
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.add_column(
        "journals",
        sa.Column(
            "xid",
            sa.BigInteger(),
            server_default=sa.text("((pg_current_xact_id())::text)::bigint"),
            nullable=False,
        ),
    )
    op.create_index(
        "ix_journals_xid", "journals", ["xid"], postgresql_using="brin", postgresql_with={"autosummarize": "on"}
    )
    op.create_index(
        "ix_account_lines_journal_id",
        "account_lines",
        ["journal_id"],
        postgresql_using="brin",
        postgresql_with={"autosummarize": "on", "pages_per_range": "32"},
    )
    make_backdated()
    make_seals()
    make_proofs()
    wall_new(
        append_only=["year_proofs", "year_proof_villages", "year_proof_leaves"], changeable=["backdated_contributions"]
    )
    # Only the sealer, which looks after the whole installation, may add to the chain.
    wall("ledger_seals")
    op.execute("GRANT INSERT ON ledger_seals TO nongbao_wide")
    # Hashes and sums are for everybody of the county to see and to keep; written they are within the scope only.
    for table in ("ledger_seals", "year_proofs", "year_proof_villages"):
        op.execute(f"ALTER POLICY scope ON {table} USING ({IN_COUNTY})")


def make_backdated() -> None:
    op.create_table(
        "backdated_contributions",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("resident_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", words("contributionkind", *KINDS), nullable=False),
        sa.Column("contribution_year", sa.SmallInteger(), nullable=False),
        sa.Column("instalment", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("tier_fen", sa.BigInteger(), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("channel", words("channel", "cash", "bank_deduction", "bank_transfer", "government"), nullable=False),
        sa.Column("reason", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "state",
            words("backdatedstate", "proposed", "approved", "rejected"),
            server_default=sa.text("'proposed'"),
            nullable=False,
        ),
        sa.Column("proposed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("opinion", sa.Text(collation="C"), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("contribution_id", sa.BigInteger(), nullable=True),
        sa.Column("interest_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> proposed_by_id",
            name=op.f("ck_backdated_contributions_two_persons"),
        ),
        sa.CheckConstraint(
            "(state = 'proposed') = (decided_by_id IS NULL)", name=op.f("ck_backdated_contributions_decided")
        ),
        sa.CheckConstraint(
            "(state = 'approved') = (contribution_id IS NOT NULL)", name=op.f("ck_backdated_contributions_posted")
        ),
        sa.CheckConstraint("tier_fen > 0", name=op.f("ck_backdated_contributions_tier_fen_positive")),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_backdated_contributions_amount_fen_positive")),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_backdated_contributions")),
    )
    op.create_index(
        "uq_backdated_contributions_open",
        "backdated_contributions",
        ["county_code", "resident_id", "contribution_year", "kind", "instalment"],
        unique=True,
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.create_index("ix_backdated_contributions_division", "backdated_contributions", ["division_code", "state", "id"])


def make_seals() -> None:
    op.create_table(
        "ledger_seals",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("format", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("previous_hash", sa.Text(collation="C"), nullable=False),
        sa.Column("hash", sa.Text(collation="C"), nullable=False),
        sa.Column("xid_from", sa.BigInteger(), nullable=False),
        sa.Column("xid_upto", sa.BigInteger(), nullable=False),
        sa.Column("journal_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("fund_line_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("account_line_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("xid_from < xid_upto", name=op.f("ck_ledger_seals_xid_range")),
        sa.CheckConstraint("seq > 0", name=op.f("ck_ledger_seals_seq_positive")),
        sa.CheckConstraint("journal_count > 0", name=op.f("ck_ledger_seals_journal_count_positive")),
        sa.PrimaryKeyConstraint("county_code", "seq", name=op.f("pk_ledger_seals")),
    )


def sums() -> tuple[sa.Column[int], ...]:
    """Amounts by source."""
    return tuple(
        sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False)
        for name in ("personal_fen", "collective_fen", "gov_fen")
    )


def make_proofs() -> None:
    op.create_table(
        "year_proofs",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("year", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("account_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        *sums(),
        sa.Column("root", sa.Text(collation="C"), nullable=False),
        sa.Column("seal_seq", sa.BigInteger(), nullable=False),
        sa.Column("seal_hash", sa.Text(collation="C"), nullable=False),
        sa.Column("xid_upto", sa.BigInteger(), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("county_code", "year", "version", name=op.f("pk_year_proofs")),
    )
    op.create_table(
        "year_proof_villages",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("year", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("division_code", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        *sums(),
        sa.Column("root", sa.Text(collation="C"), nullable=False),
        sa.PrimaryKeyConstraint("county_code", "year", "version", "division_code", name=op.f("pk_year_proof_villages")),
    )
    op.create_table(
        "year_proof_leaves",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("resident_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("year", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        *sums(),
        sa.Column("lines_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("county_code", "resident_id", "year", "version", name=op.f("pk_year_proof_leaves")),
    )
    op.create_index(
        "ix_year_proof_leaves_division", "year_proof_leaves", ["division_code", "year", "version", "resident_id"]
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    for table in ("year_proof_leaves", "year_proof_villages", "year_proofs", "ledger_seals", "backdated_contributions"):
        op.drop_table(table)
    op.drop_index("ix_account_lines_journal_id", table_name="account_lines")
    op.drop_index("ix_journals_xid", table_name="journals")
    op.drop_column("journals", "xid")
