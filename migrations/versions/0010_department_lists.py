"""Department lists: what other departments say of people, compared with the register and approved by a second person

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from api.walls import wall_new

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def words(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


KIND = (
    "deaths",
    "disability",
    "dibao",
    "wubao",
    "employee_insurance",
    "land_taken",
    "students",
    "prisoners",
)
OUTCOME = (
    "added",
    "changed",
    "removed",
    "unchanged",
    "not_found",
    "other_name",
    "same_name_other_id",
    "already_dead",
    "moved_out",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.create_table(
        "department_lists",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("kind", words("departmentlistkind", *KIND), nullable=False),
        sa.Column("department", sa.Text(collation="C"), nullable=False),
        sa.Column("document", sa.Text(collation="C"), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("is_complete", sa.Boolean(), nullable=False),
        sa.Column("sha256", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "state",
            words("departmentliststate", "compared", "applied", "rejected"),
            server_default=sa.text("'compared'"),
            nullable=False,
        ),
        sa.Column("row_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("refused_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("refused", postgresql.JSONB(), nullable=False),
        sa.Column("counts", postgresql.JSONB(), nullable=False),
        sa.Column("chosen_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("money_effect", postgresql.JSONB(), nullable=False),
        sa.Column("content_hash", sa.Text(collation="C"), server_default=sa.text("''"), nullable=False),
        sa.Column("applied_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("stale_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("maker_id", sa.BigInteger(), nullable=False),
        sa.Column("checker_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opinion", sa.Text(collation="C"), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "checker_id IS NULL OR checker_id <> maker_id", name=op.f("ck_department_lists_two_persons")
        ),
        sa.CheckConstraint(
            "(state = 'compared') = (checker_id IS NULL)", name=op.f("ck_department_lists_decided_by_somebody")
        ),
        sa.CheckConstraint(
            "NOT (kind = 'deaths' AND is_complete)", name=op.f("ck_department_lists_deaths_are_additions")
        ),
        *(
            sa.CheckConstraint(f"{column} >= 0", name=op.f(f"ck_department_lists_{column}_not_negative"))
            for column in ("row_count", "refused_count", "chosen_count", "applied_count", "stale_count")
        ),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_department_lists")),
    )
    op.create_index(
        "uq_department_lists_sha256",
        "department_lists",
        ["county_code", "division_code", "kind", "as_of", "is_complete", "sha256"],
        unique=True,
        postgresql_where=sa.text("state <> 'rejected' AND stale_count = 0"),
    )
    op.create_table(
        "department_list_rows",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("list_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("file_row", sa.Integer(), nullable=True),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("id_token", sa.Uuid(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("value", sa.Text(collation="C"), nullable=True),
        sa.Column("happened_on", sa.Date(), nullable=True),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("paper", sa.Text(collation="C"), nullable=True),
        sa.Column("outcome", words("listoutcome", *OUTCOME), nullable=False),
        sa.Column(
            "effect",
            words("listeffect", "none", "begin", "change", "end", "report_death"),
            server_default=sa.text("'none'"),
            nullable=False,
        ),
        sa.Column("is_chosen", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(collation="C"), nullable=True),
        sa.Column("resident_id", sa.BigInteger(), nullable=True),
        sa.Column("is_by_hand", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("held_value", sa.Text(collation="C"), nullable=True),
        sa.Column("held_on", sa.Date(), nullable=True),
        sa.Column("fact_id", sa.BigInteger(), nullable=True),
        sa.Column("candidates", postgresql.JSONB(), nullable=False),
        sa.Column("paid_after_months", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("paid_after_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("paid_after_basic_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refusal", sa.Text(collation="C"), nullable=True),
        sa.CheckConstraint(
            "effect <> 'none' OR NOT is_chosen", name=op.f("ck_department_list_rows_chosen_rows_do_something")
        ),
        sa.CheckConstraint(
            "applied_at IS NULL OR (is_chosen AND refusal IS NULL)",
            name=op.f("ck_department_list_rows_applied_rows_were_chosen"),
        ),
        sa.CheckConstraint(
            "(outcome = 'removed') = (file_row IS NULL)",
            name=op.f("ck_department_list_rows_removed_rows_are_not_in_the_file"),
        ),
        *(
            sa.CheckConstraint(f"{column} >= 0", name=op.f(f"ck_department_list_rows_{column}_not_negative"))
            for column in ("paid_after_months", "paid_after_fen", "paid_after_basic_fen")
        ),
        sa.PrimaryKeyConstraint("county_code", "list_id", "seq", name=op.f("pk_department_list_rows")),
    )
    op.create_index(
        "ix_department_list_rows_resident_id", "department_list_rows", ["county_code", "resident_id"], unique=False
    )
    wall_new(changeable=["department_lists", "department_list_rows"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.drop_index("ix_department_list_rows_resident_id", table_name="department_list_rows")
    op.drop_table("department_list_rows")
    op.drop_index(
        "uq_department_lists_sha256",
        table_name="department_lists",
        postgresql_where=sa.text("state <> 'rejected' AND stale_count = 0"),
    )
    op.drop_table("department_lists")
