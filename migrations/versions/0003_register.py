"""Register: dated facts about residents, ended stays, and since when a person is where they are

What the flags of the roster say today becomes an open fact without a first day ("already so when first recorded"), known
since the person was: so that figures of the past stay what they were.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from api.walls import wall_new

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Kind of the fact, its value, and the flag that it comes from.
FLAGS = (
    ("student", "NULL", "is_student"),
    ("employee_insured", "NULL", "employee_insured"),
    ("other_pension", "NULL", "other_pension"),
    ("disability", "CAST(disability_grade AS text)", "disability_grade IS NOT NULL"),
    ("dibao", "NULL", "dibao"),
    ("wubao", "NULL", "wubao"),
    ("land_taken", "NULL", "land_taken"),
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.create_table(
        "resident_facts",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("resident_id", sa.BigInteger(), nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "disability",
                "dibao",
                "wubao",
                "one_child",
                "land_taken",
                "student",
                "soldier",
                "prisoner",
                "employee_insured",
                "other_pension",
                "unwilling",
                "unreachable",
                "empty_hukou",
                "dead_not_cancelled",
                name="factkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("value", sa.Text(collation="C"), nullable=True),
        sa.Column("begins_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("evidence", sa.Text(collation="C"), nullable=True),
        sa.Column(
            "source_kind",
            sa.Enum(
                "first_record",
                "import",
                "user",
                "case",
                "department_list",
                "move",
                name="factsource",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("origin_id", sa.BigInteger(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=False),
        sa.Column("end_evidence", sa.Text(collation="C"), nullable=True),
        sa.Column("end_recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_recorded_by_id", sa.BigInteger(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("void_reason", sa.Text(collation="C"), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "(kind = 'disability') = (value IS NOT NULL) AND (value IS NULL OR value IN ('1', '2', '3', '4'))",
            name=op.f("ck_resident_facts_value_is_a_grade"),
        ),
        sa.CheckConstraint(
            "(ended_on IS NULL) = (end_recorded_at IS NULL)", name=op.f("ck_resident_facts_end_is_recorded")
        ),
        sa.CheckConstraint(
            "(voided_at IS NULL) = (void_reason IS NULL)", name=op.f("ck_resident_facts_void_has_a_reason")
        ),
        sa.CheckConstraint("ended_on >= begins_on", name=op.f("ck_resident_facts_ends_after_it_begins")),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_resident_facts")),
    )
    op.create_index("ix_resident_facts_division_code", "resident_facts", ["division_code", "kind"], unique=False)
    op.create_index("ix_resident_facts_resident_id", "resident_facts", ["resident_id"], unique=False)
    op.create_index(
        "ix_resident_facts_review",
        "resident_facts",
        ["division_code", "review_on"],
        unique=False,
        postgresql_where=sa.text("review_on IS NOT NULL AND ended_on IS NULL AND voided_at IS NULL"),
    )
    op.create_index(
        "uq_resident_facts_open",
        "resident_facts",
        ["county_code", "resident_id", "kind"],
        unique=True,
        postgresql_where=sa.text("ended_on IS NULL AND voided_at IS NULL"),
    )
    op.create_table(
        "resident_spells",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("resident_id", sa.BigInteger(), nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column(
            "hukou_kind",
            sa.Enum("rural", "non_rural", name="hukoukind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "sex",
            sa.Enum("male", "female", name="sex", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column(
            "document_kind",
            sa.Enum(
                "resident_id",
                "other",
                name="documentkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("id_token", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.BigInteger(), nullable=True),
        sa.Column("village_group", sa.Text(collation="C"), nullable=True),
        sa.Column("begins_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=False),
        sa.Column("gone_on", sa.Date(), nullable=True),
        sa.Column(
            "reason",
            sa.Enum(
                "moved_within",
                "moved_out",
                "hukou_changed",
                name="spellend",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("evidence", sa.Text(collation="C"), nullable=True),
        sa.Column("books_kept_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("insured_on", sa.Date(), nullable=True),
        sa.Column("paid_years", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("drawing_from", sa.Date(), nullable=True),
        sa.Column("drawing_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("ended_on > begins_on", name=op.f("ck_resident_spells_ends_after_it_begins")),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_resident_spells")),
    )
    op.create_index("ix_resident_spells_division_code", "resident_spells", ["division_code", "id"], unique=False)
    op.create_index("ix_resident_spells_resident_id", "resident_spells", ["resident_id"], unique=False)
    op.add_column("residents", sa.Column("status_reason", sa.Text(collation="C"), nullable=True))
    op.add_column("residents", sa.Column("status_evidence", sa.Text(collation="C"), nullable=True))
    op.add_column("residents", sa.Column("here_since", sa.Date(), nullable=True))
    for kind, value, flag in FLAGS:
        op.execute(
            f"""
            INSERT INTO resident_facts (county_code, id, resident_id, division_code, kind, value, source_kind, source_id,
                                        recorded_at, recorded_by_id)
            SELECT county_code, county_code * 10000000000 + nextval('serials'), id, division_code, '{kind}', {value},
                   'first_record', source_id, created_at, 1
              FROM residents
             WHERE {flag}
            """
        )
    wall_new(changeable=["resident_facts", "resident_spells"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.drop_column("residents", "here_since")
    op.drop_column("residents", "status_evidence")
    op.drop_column("residents", "status_reason")
    op.drop_index("ix_resident_spells_resident_id", table_name="resident_spells")
    op.drop_index("ix_resident_spells_division_code", table_name="resident_spells")
    op.drop_table("resident_spells")
    op.drop_index(
        "uq_resident_facts_open",
        table_name="resident_facts",
        postgresql_where=sa.text("ended_on IS NULL AND voided_at IS NULL"),
    )
    op.drop_index(
        "ix_resident_facts_review",
        table_name="resident_facts",
        postgresql_where=sa.text("review_on IS NOT NULL AND ended_on IS NULL AND voided_at IS NULL"),
    )
    op.drop_index("ix_resident_facts_resident_id", table_name="resident_facts")
    op.drop_index("ix_resident_facts_division_code", table_name="resident_facts")
    op.drop_table("resident_facts")
