"""Cash: blocks of receipt numbers, numbers that are void, where the cash of each receipt went, and how old it is

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

from api.walls import wall_new

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

STATES = ("recorded", "disputed", "confirmed", "rejected")

# What was reversed went back to its payer.
HANDED_BACK = """
INSERT INTO cash_movements (county_code, id, division_code, collector_id, receipt_id, amount_fen)
SELECT p.county_code, p.county_code * 10000000000 + nextval('serials'), u.division_code, p.collector_id, p.id,
       p.amount_fen
  FROM receipts AS p
  JOIN users AS u ON u.county_code = p.county_code AND u.id = p.collector_id
  JOIN contributions AS c ON c.county_code = p.county_code AND c.id = p.contribution_id AND c.state = 'reversed'
"""
# Receipts and remittances of a collector as two rods of the same length, cut where either is cut: the oldest cash went
# to the bank first.
COVERED = """
WITH taken AS (
    SELECT p.county_code, p.collector_id, p.id, p.amount_fen,
           sum(p.amount_fen) OVER (PARTITION BY p.county_code, p.collector_id ORDER BY p.issued_on, p.number) AS until
      FROM receipts AS p
      JOIN contributions AS c ON c.county_code = p.county_code AND c.id = p.contribution_id AND c.state = 'posted'
), paid AS (
    SELECT county_code, collector_id, id, amount_fen,
           sum(amount_fen) OVER (PARTITION BY county_code, collector_id ORDER BY id) AS until
      FROM remittances
)
INSERT INTO cash_movements (county_code, id, division_code, collector_id, receipt_id, remittance_id, amount_fen)
SELECT t.county_code, t.county_code * 10000000000 + nextval('serials'), u.division_code, t.collector_id, t.id, m.id,
       least(t.until, m.until) - greatest(t.until - t.amount_fen, m.until - m.amount_fen)
  FROM taken AS t
  JOIN paid AS m
    ON m.county_code = t.county_code AND m.collector_id = t.collector_id
   AND m.until > t.until - t.amount_fen AND m.until - m.amount_fen < t.until
  JOIN users AS u ON u.county_code = t.county_code AND u.id = t.collector_id
"""
IN_HAND = """
UPDATE users AS u
   SET cash_held_fen = held.fen, cash_oldest_on = held.oldest_on
  FROM (
      SELECT p.county_code, p.collector_id, sum(p.amount_fen - coalesce(gone.fen, 0)) AS fen,
             min(p.issued_on) FILTER (WHERE p.amount_fen > coalesce(gone.fen, 0)) AS oldest_on
        FROM receipts AS p
        LEFT JOIN (
            SELECT m.county_code, m.receipt_id, sum(m.amount_fen) AS fen
              FROM cash_movements AS m
              LEFT JOIN remittances AS r ON r.county_code = m.county_code AND r.id = m.remittance_id
             WHERE m.remittance_id IS NULL OR r.state = 'confirmed'
             GROUP BY m.county_code, m.receipt_id
        ) AS gone ON gone.county_code = p.county_code AND gone.receipt_id = p.id
       GROUP BY p.county_code, p.collector_id
  ) AS held
 WHERE u.county_code = held.county_code AND u.id = held.collector_id
"""


def words(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    _make_blocks()
    _make_voids()
    _make_movements()
    _extend_remittances()
    op.add_column("users", sa.Column("cash_held_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.add_column("users", sa.Column("cash_oldest_on", sa.Date(), nullable=True))
    for statement in (HANDED_BACK, COVERED, IN_HAND):
        op.execute(statement)
    op.create_check_constraint(op.f("ck_users_cash_held_fen_not_negative"), "users", "cash_held_fen >= 0")
    op.create_check_constraint(
        op.f("ck_users_cash_has_a_day"), "users", "(cash_held_fen = 0) = (cash_oldest_on IS NULL)"
    )
    wall_new(append_only=["cash_movements"], changeable=["receipt_blocks", "receipt_voids"])


def _make_blocks() -> None:
    op.create_table(
        "receipt_blocks",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("collector_id", sa.BigInteger(), nullable=False),
        sa.Column("first_number", sa.Integer(), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.Column("purpose", words("blockpurpose", "paper", "device"), nullable=False),
        sa.Column("label", sa.Text(collation="C"), nullable=True),
        sa.Column("issued_by_id", sa.BigInteger(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column(
            "state",
            words("blockstate", "open", "returned", "exhausted"),
            server_default=sa.text("'open'"),
            nullable=False,
        ),
        sa.Column("used_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("returned_by_id", sa.BigInteger(), nullable=True),
        sa.Column("returned_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("issued_by_id <> collector_id", name=op.f("ck_receipt_blocks_two_persons")),
        sa.CheckConstraint(
            "first_number > 0 AND last_number >= first_number AND last_number - first_number < 200",
            name=op.f("ck_receipt_blocks_numbers"),
        ),
        sa.CheckConstraint(
            "used_count BETWEEN 0 AND last_number - first_number + 1", name=op.f("ck_receipt_blocks_used_count")
        ),
        sa.CheckConstraint(
            "(state = 'exhausted') = (used_count = last_number - first_number + 1)",
            name=op.f("ck_receipt_blocks_exhausted_when_used_up"),
        ),
        sa.CheckConstraint(
            "(returned_on IS NULL) = (returned_by_id IS NULL)", name=op.f("ck_receipt_blocks_returned_by_somebody")
        ),
        sa.CheckConstraint(
            "state <> 'returned' OR returned_on IS NOT NULL", name=op.f("ck_receipt_blocks_returned_on_a_day")
        ),
        sa.CheckConstraint(
            "returned_by_id IS NULL OR returned_by_id <> collector_id",
            name=op.f("ck_receipt_blocks_returned_to_another"),
        ),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_receipt_blocks")),
        sa.UniqueConstraint("county_code", "collector_id", "first_number", name="uq_receipt_blocks_first_number"),
    )
    op.create_index(
        "ix_receipt_blocks_collector_id",
        "receipt_blocks",
        ["county_code", "collector_id"],
        postgresql_where=sa.text("state = 'open'"),
    )


def _make_voids() -> None:
    op.create_table(
        "receipt_voids",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("collector_id", sa.BigInteger(), nullable=False),
        sa.Column("block_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "state",
            words("voidstate", "proposed", "confirmed", "refused"),
            server_default=sa.text("'proposed'"),
            nullable=False,
        ),
        sa.Column("proposed_on", sa.Date(), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> collector_id", name=op.f("ck_receipt_voids_two_persons")
        ),
        sa.CheckConstraint(
            "(state = 'proposed') = (decided_by_id IS NULL) AND (state = 'proposed') = (decided_on IS NULL)",
            name=op.f("ck_receipt_voids_decided_by_somebody"),
        ),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_receipt_voids")),
    )
    op.create_index(
        "uq_receipt_voids_number",
        "receipt_voids",
        ["county_code", "collector_id", "number"],
        unique=True,
        postgresql_where=sa.text("state <> 'refused'"),
    )


def _make_movements() -> None:
    op.create_table(
        "cash_movements",
        sa.Column("county_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("division_code", sa.BigInteger(), nullable=False),
        sa.Column("collector_id", sa.BigInteger(), nullable=False),
        sa.Column("receipt_id", sa.BigInteger(), nullable=False),
        sa.Column("remittance_id", sa.BigInteger(), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("amount_fen <> 0", name=op.f("ck_cash_movements_amount_fen_not_zero")),
        sa.CheckConstraint(
            "remittance_id IS NOT NULL OR amount_fen > 0", name=op.f("ck_cash_movements_handed_back_once")
        ),
        sa.PrimaryKeyConstraint("county_code", "id", name=op.f("pk_cash_movements")),
    )
    op.create_index("ix_cash_movements_receipt_id", "cash_movements", ["county_code", "receipt_id"])
    op.create_index("ix_cash_movements_remittance_id", "cash_movements", ["county_code", "remittance_id"])


def _extend_remittances() -> None:
    op.add_column(
        "remittances",
        sa.Column("state", words("remittancestate", *STATES), server_default=sa.text("'recorded'"), nullable=False),
    )
    for column in (
        sa.Column("arrived_on", sa.Date(), nullable=True),
        sa.Column("advised_fen", sa.BigInteger(), nullable=True),
        sa.Column("advised_reference", sa.Text(collation="C"), nullable=True),
        sa.Column("rejected_by_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(collation="C"), nullable=True),
    ):
        op.add_column("remittances", column)
    op.execute("UPDATE remittances SET state = 'confirmed' WHERE journal_id IS NOT NULL")
    for name, condition in (
        ("state_is_booked", "(state = 'confirmed') = (journal_id IS NOT NULL)"),
        (
            "rejected_with_a_reason",
            "(state = 'rejected') = (rejected_by_id IS NOT NULL) AND (state = 'rejected') = (reason IS NOT NULL)",
        ),
        ("rejected_by_another", "rejected_by_id IS NULL OR rejected_by_id <> collector_id"),
    ):
        op.create_check_constraint(op.f(f"ck_remittances_{name}"), "remittances", condition)
    op.drop_index("uq_remittances_bank_reference", table_name="remittances")
    op.create_index(
        "uq_remittances_bank_reference",
        "remittances",
        ["county_code", "bank_reference"],
        unique=True,
        postgresql_where=sa.text("state <> 'rejected'"),
    )
    op.create_index(
        "ix_remittances_waiting",
        "remittances",
        ["county_code", "collector_id"],
        postgresql_where=sa.text("state IN ('recorded', 'disputed')"),
    )


def downgrade() -> None:
    """Undo; fails when a bank reference was rejected and used again, since the older schema cannot say so."""
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.drop_constraint("ck_users_cash_has_a_day", "users")
    op.drop_constraint("ck_users_cash_held_fen_not_negative", "users")
    op.drop_column("users", "cash_oldest_on")
    op.drop_column("users", "cash_held_fen")
    op.drop_index("ix_remittances_waiting", table_name="remittances")
    op.drop_index("uq_remittances_bank_reference", table_name="remittances")
    op.create_index("uq_remittances_bank_reference", "remittances", ["county_code", "bank_reference"], unique=True)
    for name in ("rejected_by_another", "rejected_with_a_reason", "state_is_booked", "remittancestate"):
        op.drop_constraint(f"ck_remittances_{name}", "remittances")
    for column in ("reason", "rejected_by_id", "advised_reference", "advised_fen", "arrived_on", "state"):
        op.drop_column("remittances", column)
    for table in ("cash_movements", "receipt_voids", "receipt_blocks"):
        op.drop_table(table)
