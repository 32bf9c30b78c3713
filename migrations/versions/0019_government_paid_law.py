"""Runs of 政府代缴 know subsidies that wait for their money, and years that a bank is being asked for

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

from api.walls import add_words, remove_words

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

OUTCOMES = ("government_paid_lines", "ck_government_paid_lines_governmentpaidoutcome", "outcome IN ({})", "deducting")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    add_words(*OUTCOMES)
    # What stands was posted with its subsidy.
    op.add_column(
        "government_paid_lines",
        sa.Column("waiting_subsidy_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
    )
    op.create_check_constraint(
        op.f("ck_government_paid_lines_waiting_subsidy_fen_not_negative"),
        "government_paid_lines",
        "waiting_subsidy_fen >= 0",
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.drop_constraint(
        op.f("ck_government_paid_lines_waiting_subsidy_fen_not_negative"), "government_paid_lines", type_="check"
    )
    op.drop_column("government_paid_lines", "waiting_subsidy_fen")
    op.execute("UPDATE government_paid_lines SET outcome = 'already_paid' WHERE outcome = 'deducting'")
    remove_words(*OUTCOMES)
