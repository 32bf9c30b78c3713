"""Parameters: the law in layers, each change made by one person and approved by another

A contribution says by which state of the law it was judged; those on record were judged by the statutes alone (0).

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from api.walls import SCOPE_SET, wall

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLE = "policy_parameter_changes"
DECISION = "state, serial, checker_id, opinion, decided_at, version"
LOW = "NULLIF(current_setting('app.scope_low', true), '')::bigint"
HIGH = "NULLIF(current_setting('app.scope_high', true), '')::bigint"
# A layer is written from within it or from above: one's own units, and the city, the province and the nation over them.
IN_REACH = (
    f"division_code BETWEEN {LOW} AND {HIGH} OR division_code = 100000000000 "
    f"OR division_code = {LOW} / 10000000000 * 10000000000 OR division_code = {LOW} / 100000000 * 100000000"
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    text = sa.Text(collation="C")
    op.create_table(
        TABLE,
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("code", text, nullable=False),
        sa.Column("value", postgresql.JSONB(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("paid_from", sa.Date(), nullable=True),
        sa.Column("document", text, nullable=False),
        sa.Column("article", text, nullable=False),
        sa.Column("reason", text, nullable=False),
        sa.Column("content_hash", text, nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "approved",
                "rejected",
                "withdrawn",
                name="parameterchangestate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default=sa.text("'proposed'"),
            nullable=False,
        ),
        sa.Column("serial", sa.BigInteger(), nullable=True),
        sa.Column("maker_id", sa.BigInteger(), nullable=False),
        sa.Column("checker_id", sa.BigInteger(), nullable=True),
        sa.Column("opinion", text, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        *(
            sa.CheckConstraint(condition, name=op.f(f"ck_{TABLE}_{name}"))
            for name, condition in {
                "two_persons": "checker_id IS NULL OR checker_id <> maker_id",
                "decided_by_somebody": "(state IN ('approved', 'rejected')) = (checker_id IS NOT NULL)",
                "decided_at_some_time": "(state = 'proposed') = (decided_at IS NULL)",
                "approved_has_serial": "(state = 'approved') = (serial IS NOT NULL)",
                "period_in_order": "valid_to IS NULL OR valid_to >= valid_from",
                "paid_after_it_begins": "paid_from IS NULL OR paid_from > valid_from",
                "has_legal_basis": "document <> '' AND article <> ''",
                "county_of_its_layer": "county_code = division_code / 1000000",
            }.items()
        ),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index(
        f"uq_{TABLE}_serial", TABLE, ["serial"], unique=True, postgresql_where=sa.text("serial IS NOT NULL")
    )
    op.create_index(f"ix_{TABLE}_code", TABLE, ["code", "valid_from", "id"])
    # The law of a place is made of layers that lie outside it, so everybody reads all of them.
    wall(TABLE, SCOPE_SET)
    op.execute(f"CREATE POLICY reach_new ON {TABLE} AS RESTRICTIVE FOR INSERT TO nongbao_app WITH CHECK ({IN_REACH})")
    op.execute(f"CREATE POLICY reach_old ON {TABLE} AS RESTRICTIVE FOR UPDATE TO nongbao_app USING ({IN_REACH})")
    op.execute(f"GRANT INSERT ON {TABLE} TO nongbao_app")
    # What was proposed stays as it was; only the decision is written to it.
    op.execute(f"GRANT UPDATE ({DECISION}) ON {TABLE} TO nongbao_app")
    op.execute("ALTER TABLE contributions ADD COLUMN law_serial bigint DEFAULT 0")
    op.execute("ALTER TABLE contributions ALTER COLUMN law_serial DROP DEFAULT")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("ALTER TABLE contributions DROP COLUMN law_serial")
    op.drop_table(TABLE)
