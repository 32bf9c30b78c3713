"""Papers and land projects: attachments with their sealed bytes, lists of land-taken farmers with their steps

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

from api.walls import wall_new

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

PAPERS = ["attachments", "attachment_subjects", "attachment_contents"]


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.create_table(
        "land_projects",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("approval_number", sa.Text(collation="C"), nullable=False),
        sa.Column("land_approved_on", sa.Date(), nullable=False),
        sa.Column("area_mu_hundredths", sa.Integer(), nullable=False),
        sa.Column("sum_fen", sa.BigInteger(), nullable=False),
        sa.Column("meeting_on", sa.Date(), nullable=True),
        sa.Column("resolution", sa.Text(collation="C"), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "listed",
                "published",
                "town_checked",
                "approved",
                name="landprojectstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default=sa.text("'draft'"),
            nullable=False,
        ),
        sa.Column("round", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("published_until", sa.Date(), nullable=True),
        sa.Column("listed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("checked_by_id", sa.BigInteger(), nullable=True),
        sa.Column("approved_by_id", sa.BigInteger(), nullable=True),
        sa.Column("approved_on", sa.Date(), nullable=True),
        sa.Column("list_hash", sa.Text(collation="C"), nullable=True),
        sa.Column("person_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(state = 'approved') = (list_hash IS NOT NULL AND approved_by_id IS NOT NULL AND approved_on IS NOT NULL)",
            name=op.f("ck_land_projects_approved_is_frozen"),
        ),
        sa.CheckConstraint(
            "(checked_by_id IS NULL OR checked_by_id <> listed_by_id) AND (approved_by_id IS NULL OR (approved_by_id <> listed_by_id AND approved_by_id <> checked_by_id))",
            name=op.f("ck_land_projects_three_persons"),
        ),
        sa.CheckConstraint("area_mu_hundredths > 0", name=op.f("ck_land_projects_area_mu_hundredths_positive")),
        sa.CheckConstraint("sum_fen > 0", name=op.f("ck_land_projects_sum_fen_positive")),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_land_projects")),
        sa.UniqueConstraint("county_code", "division_code", "approval_number", name="uq_land_projects_approval"),
    )
    op.create_index("ix_land_projects_state", "land_projects", ["division_code", "state", "id"], unique=False)
    op.create_table(
        "attachments",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("resident_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "photo",
                "id_card",
                "hukou_book",
                "form",
                "certificate",
                "death_certificate",
                "resolution",
                "other",
                name="attachmentkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.Text(collation="C"), nullable=False),
        sa.Column("media_type", sa.Text(collation="C"), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("uploaded_by_id", sa.BigInteger(), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("void_reason", sa.Text(collation="C"), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(voided_at IS NULL) = (voided_by_id IS NULL) AND (voided_at IS NULL) = (void_reason IS NULL)",
            name=op.f("ck_attachments_void_is_whole"),
        ),
        sa.CheckConstraint("size_bytes > 0", name=op.f("ck_attachments_size_bytes_positive")),
        sa.ForeignKeyConstraint(
            ["county_code", "resident_id"],
            ["residents.county_code", "residents.id"],
            name=op.f("fk_attachments_county_code_resident_id"),
        ),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_attachments")),
    )
    op.create_index("ix_attachments_resident_id", "attachments", ["county_code", "resident_id", "id"], unique=False)
    op.create_index(
        "uq_attachments_content",
        "attachments",
        ["county_code", "resident_id", "content_hash"],
        unique=True,
        postgresql_where=sa.text("voided_at IS NULL"),
    )
    op.create_table(
        "land_objections",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("resident_id", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("objection", sa.Text(collation="C"), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "open",
                "dismissed",
                "upheld",
                name="objectionoutcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default=sa.text("'open'"),
            nullable=False,
        ),
        sa.Column("ruling", sa.Text(collation="C"), nullable=True),
        sa.Column("ruled_on", sa.Date(), nullable=True),
        sa.Column("ruled_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(outcome = 'open') = (ruled_by_id IS NULL)", name=op.f("ck_land_objections_ruled_by_somebody")
        ),
        sa.CheckConstraint("ruled_by_id <> recorded_by_id", name=op.f("ck_land_objections_two_persons")),
        sa.ForeignKeyConstraint(
            ["county_code", "project_id"],
            ["land_projects.county_code", "land_projects.id"],
            name=op.f("fk_land_objections_county_code_project_id"),
        ),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_land_objections")),
    )
    op.create_index(
        "ix_land_objections_project_id", "land_objections", ["county_code", "project_id", "id"], unique=False
    )
    op.create_index("ix_land_objections_resident_id", "land_objections", ["county_code", "resident_id"], unique=False)
    op.create_table(
        "land_persons",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("resident_id", sa.BigInteger(), nullable=False),
        sa.Column("sum_fen", sa.BigInteger(), nullable=False),
        sa.Column("from_round", sa.SmallInteger(), nullable=False),
        sa.Column("until_round", sa.SmallInteger(), nullable=True),
        sa.Column("added_by_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("sum_fen > 0", name=op.f("ck_land_persons_sum_fen_positive")),
        sa.CheckConstraint("until_round >= from_round", name=op.f("ck_land_persons_rounds_in_order")),
        sa.ForeignKeyConstraint(
            ["county_code", "project_id"],
            ["land_projects.county_code", "land_projects.id"],
            name=op.f("fk_land_persons_county_code_project_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county_code", "resident_id"],
            ["residents.county_code", "residents.id"],
            name=op.f("fk_land_persons_county_code_resident_id"),
        ),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_land_persons")),
    )
    op.create_index("ix_land_persons_project_id", "land_persons", ["county_code", "project_id"], unique=False)
    op.create_index("ix_land_persons_resident_id", "land_persons", ["county_code", "resident_id"], unique=False)
    op.create_index(
        "uq_land_persons_current",
        "land_persons",
        ["county_code", "project_id", "resident_id"],
        unique=True,
        postgresql_where=sa.text("until_round IS NULL"),
    )
    op.create_table(
        "land_project_steps",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column(
            "step",
            sa.Enum(
                "list",
                "publish",
                "town_check",
                "county_approval",
                name="landstep",
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
        sa.Column("list_hash", sa.Text(collation="C"), nullable=False),
        sa.Column("person_count", sa.Integer(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["county_code", "project_id"],
            ["land_projects.county_code", "land_projects.id"],
            name=op.f("fk_land_project_steps_county_code_project_id"),
        ),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_land_project_steps")),
        sa.UniqueConstraint("county_code", "project_id", "round", "step", name="uq_land_project_steps_step"),
    )
    op.create_table(
        "attachment_contents",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("attachment_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["county_code", "attachment_id"],
            ["attachments.county_code", "attachments.id"],
            name=op.f("fk_attachment_contents_county_code_attachment_id"),
        ),
        sa.PrimaryKeyConstraint("county_code", "attachment_id", name=op.f("pk_attachment_contents")),
    )
    op.create_table(
        "attachment_subjects",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "subject_kind",
            sa.Enum(
                "enrolment",
                "change_request",
                "cancellation",
                "resident_fact",
                "land_project",
                "contribution",
                "award",
                name="attachmentsubject",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("subject_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("attachment_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("linked_by_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["county_code", "attachment_id"],
            ["attachments.county_code", "attachments.id"],
            name=op.f("fk_attachment_subjects_county_code_attachment_id"),
        ),
        sa.PrimaryKeyConstraint(
            "county_code", "subject_kind", "subject_id", "attachment_id", name=op.f("pk_attachment_subjects")
        ),
    )
    op.create_index(
        "ix_attachment_subjects_attachment_id", "attachment_subjects", ["county_code", "attachment_id"], unique=False
    )
    # Ciphertext does not compress: trying costs time at each write and gains nothing.
    op.execute("ALTER TABLE attachment_contents ALTER COLUMN content_sealed SET STORAGE EXTERNAL")
    wall_new(
        append_only=[*PAPERS, "land_project_steps"], changeable=["land_projects", "land_persons", "land_objections"]
    )
    # A paper follows its person to another village, and may be voided; what it shows can never be changed.
    for table in PAPERS:
        op.execute(f"GRANT UPDATE (division_code) ON {table} TO nongbao_app")
    op.execute("GRANT UPDATE (voided_at, voided_by_id, void_reason, version) ON attachments TO nongbao_app")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    for table in ("attachment_subjects", "attachment_contents", "attachments"):
        op.drop_table(table)
    for table in ("land_objections", "land_project_steps", "land_persons", "land_projects"):
        op.drop_table(table)
