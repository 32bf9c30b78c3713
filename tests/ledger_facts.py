"""What must hold of the ledger after every test: the sums that `nongbao verify` looks at, in short."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

UNBALANCED = """
SELECT f.journal_id FROM fund_lines AS f GROUP BY f.journal_id HAVING sum(f.debit_fen) <> sum(f.credit_fen)
"""
LINES_UNLIKE_LIABILITIES = """
SELECT coalesce(l.journal_id, f.journal_id) FROM (
    SELECT journal_id, sum(personal_fen) AS p, sum(collective_fen) AS c, sum(gov_fen) AS g
      FROM account_lines GROUP BY journal_id
) AS l FULL JOIN (
    SELECT journal_id,
           coalesce(sum(credit_fen - debit_fen) FILTER (WHERE fund_account = 'liability_personal'), 0) AS p,
           coalesce(sum(credit_fen - debit_fen) FILTER (WHERE fund_account = 'liability_collective'), 0) AS c,
           coalesce(sum(credit_fen - debit_fen) FILTER (WHERE fund_account = 'liability_gov'), 0) AS g
      FROM fund_lines GROUP BY journal_id
) AS f ON l.journal_id = f.journal_id
WHERE coalesce(l.p, 0) <> coalesce(f.p, 0) OR coalesce(l.c, 0) <> coalesce(f.c, 0) OR coalesce(l.g, 0) <> coalesce(f.g, 0)
"""
BALANCES_UNLIKE_LINES = """
SELECT a.resident_id FROM accounts AS a LEFT JOIN (
    SELECT resident_id, sum(personal_fen) AS p, sum(collective_fen) AS c, sum(gov_fen) AS g
      FROM account_lines GROUP BY resident_id
) AS l ON a.resident_id = l.resident_id
WHERE a.personal_fen <> coalesce(l.p, 0) OR a.collective_fen <> coalesce(l.c, 0) OR a.gov_fen <> coalesce(l.g, 0)
"""
WITHOUT_JOURNAL = """
SELECT l.journal_id FROM account_lines AS l LEFT JOIN journals AS j ON l.journal_id = j.id WHERE j.id IS NULL
"""


def assert_ledger_holds(session: Session) -> None:
    """Journals balance, lines equal the fund's liabilities, balances equal the lines, no line without a journal."""
    for query in (UNBALANCED, LINES_UNLIKE_LIABILITIES, BALANCES_UNLIKE_LINES, WITHOUT_JOURNAL):
        assert session.execute(text(query)).all() == [], query
