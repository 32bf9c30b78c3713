"""Cases: change requests with their decisions, terms from a year on, delegations, and due days of every case

Enrolments on their way get the day since which they wait and the day by which their step is due, by the calendar that
held when this was written (10th, 15th, five working days); holidays are not looked at for what was late before.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from api.walls import wall_new

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

STATES = ("draft", "village_checked", "township_reviewed", "county_approved", "returned", "rejected", "terminated")
STATE_CHECK = "ck_enrolments_enrolmentstate"

SINCE = """
UPDATE enrolments AS e
SET since_on = coalesce(
    (
        SELECT max(d.decided_on) FROM enrolment_decisions AS d
        WHERE d.county_code = e.county_code AND d.enrolment_id = e.id
            AND (d.round = e.round OR e.state <> 'draft')
    ),
    e.applied_on
)
"""
DUE = """
UPDATE enrolments
SET due_on = CASE state
    WHEN 'draft' THEN {village}
    WHEN 'village_checked' THEN {town}
    ELSE since_on + CASE extract(isodow FROM since_on) WHEN 6 THEN 6 WHEN 7 THEN 5 ELSE 7 END
END
WHERE state IN ('draft', 'village_checked', 'township_reviewed')
"""


def monthly(day: int) -> str:
    """Return SQL for the first day with a number, on or after `since_on`."""
    first = "cast(date_trunc('month', since_on) AS date)"
    following = "cast(date_trunc('month', since_on) + interval '1 month' AS date)"
    return f"CASE WHEN extract(day FROM since_on) <= {day} THEN {first} ELSE {following} END + {day - 1}"


def check_states(words: tuple[str, ...]) -> None:
    """Replace the CHECK that lists the states of an enrolment, and the index of those that are alive."""
    listed = ", ".join(f"'{word}'" for word in words)
    ended = [word for word in words if word in {"rejected", "terminated", "withdrawn"}]
    op.execute(f"ALTER TABLE enrolments DROP CONSTRAINT {STATE_CHECK}")
    op.execute(f"ALTER TABLE enrolments ADD CONSTRAINT {STATE_CHECK} CHECK (state IN ({listed}))")
    op.drop_index("uq_enrolments_alive", table_name="enrolments")
    op.create_index(
        "uq_enrolments_alive",
        "enrolments",
        ["county_code", "resident_id"],
        unique=True,
        postgresql_where=sa.text(f"state NOT IN ({', '.join(repr(word) for word in ended)})"),
    )


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    check_states((*STATES, "withdrawn"))
    op.create_table(
        "delegations",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("from_user_id", sa.BigInteger(), nullable=False),
        sa.Column("to_user_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "step",
            sa.Enum(
                "village_check",
                "township_review",
                "county_approval",
                name="enrolmentstep",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(collation="C"), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=False),
        sa.Column("revoked_by_id", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("from_user_id <> to_user_id", name=op.f("ck_delegations_two_persons")),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_delegations_starts_before_it_ends")),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_delegations")),
    )
    op.create_index("ix_delegations_from", "delegations", ["county_code", "from_user_id", "ends_on"], unique=False)
    op.create_index("ix_delegations_to", "delegations", ["county_code", "to_user_id", "ends_on"], unique=False)
    op.create_table(
        "change_requests",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("resident_id", sa.BigInteger(), nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column(
            "stop",
            sa.Enum(
                "maker",
                "death",
                "moved_out",
                "member_gone",
                name="casestop",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("created_by_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "name",
                "id_number",
                "sex",
                "bank_account",
                "hukou_kind",
                "tier",
                "rhythm",
                "category",
                "exclusion",
                "phone",
                "address",
                "village_group",
                "ethnicity",
                "household_split",
                "household_merge",
                "household_move",
                "household_head",
                name="changekind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("item", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "village_checked",
                "township_reviewed",
                "county_approved",
                "archived",
                "returned",
                "rejected",
                "withdrawn",
                name="casestate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default=sa.text("'draft'"),
            nullable=False,
        ),
        sa.Column("old", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("new", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("old_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("new_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("household_id", sa.BigInteger(), nullable=True),
        sa.Column("other_household_id", sa.BigInteger(), nullable=True),
        sa.Column("requested_on", sa.Date(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column(
            "proof",
            sa.Enum(
                "household_book",
                "id_card",
                "police",
                "bank_book",
                "certificate",
                "employer",
                "village",
                "application",
                name="proofkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("proof_number_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("remark", sa.Text(collation="C"), nullable=True),
        sa.Column("applied_on", sa.Date(), nullable=True),
        sa.Column("applied_version", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(state = 'archived') = (applied_on IS NOT NULL)", name=op.f("ck_change_requests_applied_when_archived")
        ),
        sa.ForeignKeyConstraint(
            ["county_code", "resident_id"],
            ["residents.county_code", "residents.id"],
            name=op.f("fk_change_requests_county_code_resident_id"),
        ),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_change_requests")),
    )
    op.create_index(
        "ix_change_requests_household",
        "change_requests",
        ["county_code", "household_id"],
        unique=False,
        postgresql_where=sa.text(
            "household_id IS NOT NULL AND state IN ('draft', 'village_checked', 'township_reviewed', 'returned')"
        ),
    )
    op.create_index(
        "ix_change_requests_open",
        "change_requests",
        ["county_code", "state", "due_on", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('draft', 'village_checked', 'township_reviewed')"),
    )
    op.create_index(
        "ix_change_requests_resident", "change_requests", ["county_code", "resident_id", "id"], unique=False
    )
    op.create_index(
        "ix_change_requests_returned",
        "change_requests",
        ["county_code", "created_by_id", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'returned'"),
    )
    op.create_index("ix_change_requests_state", "change_requests", ["division_code", "state", "id"], unique=False)
    op.create_index(
        "uq_change_requests_living",
        "change_requests",
        ["county_code", "resident_id", "item"],
        unique=True,
        postgresql_where=sa.text("state IN ('draft', 'village_checked', 'township_reviewed', 'returned')"),
    )
    op.create_table(
        "change_request_decisions",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column(
            "step",
            sa.Enum(
                "village_check",
                "township_review",
                "county_approval",
                name="enrolmentstep",
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
        sa.Column("stamped", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=False),
        sa.Column("decided_by_name", sa.Text(collation="C"), nullable=True),
        sa.Column("on_behalf_of_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["county_code", "request_id"],
            ["change_requests.county_code", "change_requests.id"],
            name=op.f("fk_change_request_decisions_county_code_request_id"),
        ),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_change_request_decisions")),
        sa.UniqueConstraint(
            "county_code", "request_id", "round", "decided_by_id", name="uq_change_request_decisions_person"
        ),
        sa.UniqueConstraint("county_code", "request_id", "round", "step", name="uq_change_request_decisions_step"),
    )
    op.create_table(
        "enrolment_terms",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("enrolment_id", sa.BigInteger(), nullable=False),
        sa.Column("resident_id", sa.BigInteger(), nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("from_year", sa.SmallInteger(), nullable=False),
        sa.Column("tier_fen", sa.BigInteger(), nullable=False),
        sa.Column(
            "rhythm",
            sa.Enum(
                "yearly", "quarterly", "monthly", name="rhythm", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("tier_fen >= 0", name=op.f("ck_enrolment_terms_tier_fen_not_negative")),
        sa.ForeignKeyConstraint(
            ["county_code", "enrolment_id"],
            ["enrolments.county_code", "enrolments.id"],
            name=op.f("fk_enrolment_terms_county_code_enrolment_id"),
        ),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_enrolment_terms")),
    )
    op.create_index(
        "ix_enrolment_terms_resident",
        "enrolment_terms",
        ["county_code", "resident_id", "from_year", "id"],
        unique=False,
    )
    op.add_column(
        "enrolment_decisions", sa.Column("stamped", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("enrolment_decisions", sa.Column("decided_by_name", sa.Text(collation="C"), nullable=True))
    op.add_column("enrolment_decisions", sa.Column("on_behalf_of_id", sa.BigInteger(), nullable=True))
    op.add_column("enrolments", sa.Column("since_on", sa.Date(), nullable=True))
    op.add_column("enrolments", sa.Column("due_on", sa.Date(), nullable=True))
    op.add_column(
        "enrolments",
        sa.Column(
            "stop",
            sa.Enum(
                "maker",
                "death",
                "moved_out",
                "member_gone",
                name="casestop",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
    )
    op.execute(SINCE)
    op.execute(DUE.format(village=monthly(10), town=monthly(15)))
    op.create_index(
        "ix_enrolments_open",
        "enrolments",
        ["county_code", "state", "due_on", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('draft', 'village_checked', 'township_reviewed')"),
    )
    op.create_index(
        "ix_enrolments_returned",
        "enrolments",
        ["county_code", "created_by_id", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'returned'"),
    )
    wall_new(append_only=["change_request_decisions"], changeable=["change_requests", "delegations", "enrolment_terms"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("UPDATE enrolments SET state = 'rejected' WHERE state = 'withdrawn'")
    op.drop_index("ix_enrolments_returned", table_name="enrolments", postgresql_where=sa.text("state = 'returned'"))
    op.drop_index(
        "ix_enrolments_open",
        table_name="enrolments",
        postgresql_where=sa.text("state IN ('draft', 'village_checked', 'township_reviewed')"),
    )
    op.drop_column("enrolments", "stop")
    op.drop_column("enrolments", "due_on")
    op.drop_column("enrolments", "since_on")
    op.drop_column("enrolment_decisions", "on_behalf_of_id")
    op.drop_column("enrolment_decisions", "decided_by_name")
    op.drop_column("enrolment_decisions", "stamped")
    op.drop_index("ix_enrolment_terms_resident", table_name="enrolment_terms")
    op.drop_table("enrolment_terms")
    op.drop_table("change_request_decisions")
    op.drop_index(
        "uq_change_requests_living",
        table_name="change_requests",
        postgresql_where=sa.text("state IN ('draft', 'village_checked', 'township_reviewed', 'returned')"),
    )
    op.drop_index("ix_change_requests_state", table_name="change_requests")
    op.drop_index(
        "ix_change_requests_returned", table_name="change_requests", postgresql_where=sa.text("state = 'returned'")
    )
    op.drop_index("ix_change_requests_resident", table_name="change_requests")
    op.drop_index(
        "ix_change_requests_open",
        table_name="change_requests",
        postgresql_where=sa.text("state IN ('draft', 'village_checked', 'township_reviewed')"),
    )
    op.drop_index(
        "ix_change_requests_household",
        table_name="change_requests",
        postgresql_where=sa.text(
            "household_id IS NOT NULL AND state IN ('draft', 'village_checked', 'township_reviewed', 'returned')"
        ),
    )
    op.drop_table("change_requests")
    op.drop_index("ix_delegations_to", table_name="delegations")
    op.drop_index("ix_delegations_from", table_name="delegations")
    op.drop_table("delegations")
    check_states(STATES)
