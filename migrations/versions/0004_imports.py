"""Imports as jobs: the stored file, its findings, the stages of its life, and the jobs that work on it

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from api.walls import wall_new

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STAGES = ("uploaded", "checking", "previewed", "approved", "applying", "applied", "cancelled", "dry_run", "failed")
EARLIER_STAGES = ("applied", "dry_run", "failed")
ADDED = (
    *("created_count", "changed_count", "warning_count", "job_id", "round", "suffix", "byte_count", "as_of", "preview"),
    *("content_hash", "applied_row", "was_direct", "approved_by_id", "error_code", "error_detail", "ended_at"),
    *("emptied_at", "version"),
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    widen_imports()
    make_parts()
    make_findings()
    make_jobs()
    wall_new(append_only=["import_findings"], changeable=["import_parts", "jobs"])
    # Workers take jobs of all counties; what they then do, they do as whoever made the job. The clean-up of stored
    # files is the installation's own.
    op.execute("GRANT UPDATE ON jobs TO nongbao_wide")
    op.execute("GRANT UPDATE (content) ON import_parts TO nongbao_wide")
    op.execute("GRANT UPDATE (emptied_at) ON imports TO nongbao_wide")


def widen_imports() -> None:
    """Every import that there is was applied by its upload, and stays as it is."""
    for column in (
        sa.Column("created_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("changed_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("warning_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.Column("round", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("suffix", sa.Text(collation="C"), server_default=sa.text("''"), nullable=False),
        sa.Column("byte_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=True),
        sa.Column("preview", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("content_hash", sa.Text(collation="C"), nullable=True),
        sa.Column("applied_row", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("was_direct", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("approved_by_id", sa.BigInteger(), nullable=True),
        sa.Column("error_code", sa.Text(collation="C"), nullable=True),
        sa.Column("error_detail", sa.Text(collation="C"), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("emptied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
    ):
        op.add_column("imports", column)
    # NOT VALID would leave a scan for later; the table has a row per file and is small.
    op.execute("ALTER TABLE imports DROP CONSTRAINT ck_imports_importstate")
    op.create_check_constraint("importstate", "imports", sa.column("state").in_(STAGES))
    op.execute("UPDATE imports SET was_direct = state = 'applied', ended_at = created_at")


def make_parts() -> None:
    op.create_table(
        "import_parts",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("import_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("form", sa.Text(collation="C"), nullable=False),
        sa.Column("part_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("first_row", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_row", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("taken", sa.LargeBinary(), server_default=sa.text("''::bytea"), nullable=False),
        sa.PrimaryKeyConstraint("county_code", "import_id", "form", "part_no", name=op.f("pk_import_parts")),
        sa.CheckConstraint("part_no >= 0", name=op.f("ck_import_parts_part_no_not_negative")),
        sa.CheckConstraint("first_row >= 0", name=op.f("ck_import_parts_first_row_not_negative")),
        sa.CheckConstraint("last_row >= 0", name=op.f("ck_import_parts_last_row_not_negative")),
    )
    # The content is compressed before it is sealed; trying again costs time and gains nothing.
    op.execute("ALTER TABLE import_parts ALTER COLUMN content SET STORAGE EXTERNAL")


def make_findings() -> None:
    op.create_table(
        "import_findings",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("import_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("round", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("row_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("place", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("column_name", sa.Text(collation="C"), nullable=False),
        sa.Column("code", sa.Text(collation="C"), nullable=False),
        sa.Column("message", sa.Text(collation="C"), nullable=False),
        sa.Column("severity", sa.Text(collation="C"), nullable=False),
        sa.PrimaryKeyConstraint(
            "county_code", "import_id", "round", "row_no", "place", name=op.f("pk_import_findings")
        ),
    )
    op.create_index("ix_import_findings_division_code", "import_findings", ["division_code", "import_id"])


def make_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                *("queued", "running", "waiting", "done", "failed", "cancelled"),
                name="jobstate", native_enum=False, create_constraint=True, length=32,
            ),
            nullable=False,
        ),
        sa.Column("phase", sa.Text(collation="C"), server_default=sa.text("''"), nullable=False),
        sa.Column("done_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("total_count", sa.BigInteger(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fence", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("cancel_requested", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("error_code", sa.Text(collation="C"), nullable=True),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        sa.Column("made_by_client", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_jobs")),
        sa.CheckConstraint("done_count >= 0", name=op.f("ck_jobs_done_count_not_negative")),
        sa.CheckConstraint("total_count >= 0", name=op.f("ck_jobs_total_count_not_negative")),
    )  # fmt: skip
    op.create_index(
        "ix_jobs_open", "jobs", ["created_at", "id"], postgresql_where=sa.text("state IN ('queued', 'running')")
    )
    op.create_index("ix_jobs_division_code", "jobs", ["division_code", "id"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("REVOKE UPDATE (emptied_at) ON imports FROM nongbao_wide")
    for table in ("jobs", "import_findings", "import_parts"):
        op.drop_table(table)
    # What was under way is lost with its stored file; it reads as an import that failed.
    op.execute("UPDATE imports SET state = 'failed' WHERE state NOT IN ('applied', 'dry_run', 'failed')")
    op.execute("ALTER TABLE imports DROP CONSTRAINT ck_imports_importstate")
    op.create_check_constraint("importstate", "imports", sa.column("state").in_(EARLIER_STAGES))
    for column in ADDED:
        op.drop_column("imports", column)
