"""Money words: the ledger, contributions and runs learn the words of banks' deductions, payers' lists and claims

Revision ID: 0011
Revises: 0010
"""

from alembic import op

from api.walls import add_words, remove_words

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

JOURNAL_KINDS = (
    "collection",
    "payer_list",
    "government_paid",
    "interest_correction",
    "subsidy_claim",
    "subsidy_received",
    "late_subsidy_interest",
    "bank_interest",
    "suspense",
)
CHECKS = (
    ("journals", "ck_journals_journalkind", "kind IN ({})", JOURNAL_KINDS),
    ("journals", "ck_journals_checker_present", "kind NOT IN ({}) OR checker_id IS NOT NULL", JOURNAL_KINDS),
    (
        "fund_lines",
        "ck_fund_lines_fundaccount",
        "fund_account IN ({})",
        ("subsidy_suspense", "late_interest_receivable", "suspense"),
    ),
    ("contributions", "ck_contributions_contributionkind", "kind IN ({})", ("lump_sum", "sponsored", "land")),
    ("runs", "ck_runs_runkind", "kind IN ({})", ("government_paid",)),
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    for table, constraint, condition, words in CHECKS:
        add_words(table, constraint, condition, *words)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    for table, constraint, condition, words in CHECKS:
        remove_words(table, constraint, condition, *words)
