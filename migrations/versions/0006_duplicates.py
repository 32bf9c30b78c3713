"""Duplicates and identities: pairs that may be one person, merged rows, former documents, numbers that are not in use

`residents` gets two columns and the word `merged`. Changes of a name that were kept as versions become the history that
the rule about a name and a number changed by the same hands looks at (reliability.md T7).

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from api.walls import SCOPE_SET, wall, wall_new

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

STATUS = "ck_residents_residentstatus"
NAMES_CHANGED = """
INSERT INTO identity_changes (
    county_code, id, resident_id, division_code, part, changed_on, handled_by, changed_by_id, changed_at
)
SELECT
    v.county_code,
    v.county_code * 10000000000 + nextval('serials'),
    v.resident_id,
    v.division_code,
    'name',
    (v.replaced_at AT TIME ZONE 'Asia/Shanghai')::date,
    ARRAY[v.replaced_by_id],
    v.replaced_by_id,
    v.replaced_at
FROM resident_versions AS v
INNER JOIN residents AS r ON v.county_code = r.county_code AND v.resident_id = r.id
LEFT JOIN resident_versions AS n
    ON v.county_code = n.county_code AND v.resident_id = n.resident_id AND n.version = v.version + 1
WHERE v.row ->> 'name' <> coalesce(n.row ->> 'name', r.name)
ORDER BY v.resident_id, v.version
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.create_table(
        "duplicate_pairs",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("first_id", sa.BigInteger(), nullable=False),
        sa.Column("second_id", sa.BigInteger(), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("facts", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "merge_proposed",
                "merged",
                "not_duplicate",
                "lapsed",
                name="duplicatestate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default=sa.text("'proposed'"),
            nullable=False,
        ),
        sa.Column("keep_id", sa.BigInteger(), nullable=True),
        sa.Column("take", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("proposed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "state <> 'merged' OR (keep_id IS NOT NULL AND proposed_by_id IS NOT NULL AND decided_by_id IS NOT NULL)",
            name=op.f("ck_duplicate_pairs_merged_by_two"),
        ),
        sa.CheckConstraint("decided_by_id <> proposed_by_id", name=op.f("ck_duplicate_pairs_two_persons")),
        sa.CheckConstraint("first_id < second_id", name=op.f("ck_duplicate_pairs_in_order")),
        sa.CheckConstraint("keep_id IN (first_id, second_id)", name=op.f("ck_duplicate_pairs_keeps_one_of_both")),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_duplicate_pairs")),
        sa.UniqueConstraint("county_code", "first_id", "second_id", name="uq_duplicate_pairs_pair"),
    )
    op.create_index("ix_duplicate_pairs_second_id", "duplicate_pairs", ["county_code", "second_id"], unique=False)
    op.create_index(
        "ix_duplicate_pairs_state", "duplicate_pairs", ["division_code", "state", "score", "id"], unique=False
    )
    op.create_table(
        "retired_numbers",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id_token", sa.Uuid(), nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_by_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("county_code", "id_token", name=op.f("pk_retired_numbers")),
    )
    op.create_table(
        "duplicate_decisions",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("pair_id", sa.BigInteger(), nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column(
            "act",
            sa.Enum(
                "propose_merge",
                "merge",
                "not_duplicate",
                "return",
                "undo",
                name="duplicateact",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("keep_id", sa.BigInteger(), nullable=True),
        sa.Column("opinion", sa.Text(collation="C"), nullable=True),
        sa.Column("lost_version", sa.Integer(), nullable=True),
        sa.Column("kept_version", sa.Integer(), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["county_code", "pair_id"],
            ["duplicate_pairs.county_code", "duplicate_pairs.id"],
            name=op.f("fk_duplicate_decisions_county_code_pair_id"),
        ),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_duplicate_decisions")),
    )
    op.create_index("ix_duplicate_decisions_pair_id", "duplicate_decisions", ["county_code", "pair_id"], unique=False)
    op.create_table(
        "identity_changes",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("resident_id", sa.BigInteger(), nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column(
            "part",
            sa.Enum("name", "number", name="identitypart", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("changed_on", sa.Date(), nullable=False),
        sa.Column("handled_by", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("evidence", sa.Text(collation="C"), nullable=True),
        sa.Column("request_id", sa.BigInteger(), nullable=True),
        sa.Column("changed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["county_code", "resident_id"],
            ["residents.county_code", "residents.id"],
            name=op.f("fk_identity_changes_county_code_resident_id"),
        ),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_identity_changes")),
    )
    op.create_index("ix_identity_changes_resident_id", "identity_changes", ["county_code", "resident_id"], unique=False)
    op.create_table(
        "resident_documents",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("resident_id", sa.BigInteger(), nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "resident_id",
                "resident_id_15",
                "travel_permit",
                "passport",
                "other",
                name="helddocumentkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("id_token", sa.Uuid(), nullable=False),
        sa.Column("number_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column(
            "reason",
            sa.Enum(
                "first_registration",
                "upgraded",
                "reissued",
                "corrected",
                "additional",
                name="documentreason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("evidence", sa.Text(collation="C"), nullable=True),
        sa.Column("request_id", sa.BigInteger(), nullable=True),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("valid_from <= valid_to", name=op.f("ck_resident_documents_valid_in_order")),
        sa.ForeignKeyConstraint(
            ["county_code", "resident_id"],
            ["residents.county_code", "residents.id"],
            name=op.f("fk_resident_documents_county_code_resident_id"),
        ),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_resident_documents")),
    )
    op.create_index("ix_resident_documents_id_token", "resident_documents", ["id_token"], unique=False)
    op.create_index(
        "ix_resident_documents_resident_id", "resident_documents", ["county_code", "resident_id"], unique=False
    )

    op.add_column("residents", sa.Column("merged_into_id", sa.BigInteger(), nullable=True))
    op.add_column(
        "residents",
        sa.Column("identity_changed_twice", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.create_index(
        "ix_residents_merged_into_id",
        "residents",
        ["county_code", "merged_into_id"],
        unique=False,
        postgresql_where=sa.text("merged_into_id IS NOT NULL"),
    )
    op.execute(f"ALTER TABLE residents DROP CONSTRAINT {STATUS}")
    # Together, so that a million people are read once.
    op.execute(
        f"ALTER TABLE residents ADD CONSTRAINT {STATUS} CHECK (status IN ('alive', 'dead', 'moved_out', 'merged')), "
        "ADD CONSTRAINT ck_residents_merged_into_somebody CHECK ((status = 'merged') = (merged_into_id IS NOT NULL)), "
        "ADD CONSTRAINT ck_residents_merged_into_another CHECK (merged_into_id <> id)"
    )
    wall_new(
        append_only=["duplicate_decisions", "identity_changes"], changeable=["duplicate_pairs", "resident_documents"]
    )
    # Who registers a person in one village must meet the tombstone of another: it says that a number is taken, not whose.
    wall("retired_numbers", SCOPE_SET)
    op.execute("GRANT INSERT, UPDATE ON retired_numbers TO nongbao_app")
    op.execute("SET LOCAL ROLE nongbao_owner")
    op.execute(NAMES_CHANGED)
    op.execute("RESET ROLE")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    # The words of before know no merged row; like one who has moved out it counts nowhere.
    op.execute("ALTER TABLE residents DROP CONSTRAINT ck_residents_merged_into_somebody")
    op.execute("ALTER TABLE residents DROP CONSTRAINT ck_residents_merged_into_another")
    op.execute("SET LOCAL ROLE nongbao_owner")
    op.execute("UPDATE residents SET status = 'moved_out' WHERE status = 'merged'")
    op.execute("RESET ROLE")
    op.execute(f"ALTER TABLE residents DROP CONSTRAINT {STATUS}")
    op.execute(f"ALTER TABLE residents ADD CONSTRAINT {STATUS} CHECK (status IN ('alive', 'dead', 'moved_out'))")
    op.drop_index("ix_residents_merged_into_id", table_name="residents")
    op.drop_column("residents", "identity_changed_twice")
    op.drop_column("residents", "merged_into_id")
    for table in (
        *("duplicate_decisions", "duplicate_pairs"),
        *("resident_documents", "identity_changes", "retired_numbers"),
    ):
        op.drop_table(table)
