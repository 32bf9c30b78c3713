"""Journals of many people: what of such a journal was one person's, so that it can be undone for that person alone.

A journal of one person is undone by the mirror of all its lines. Of a batch only the person's own part goes back, and the
journal as a whole stands: its reversal points at the contribution and not at the journal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from api.services.ledger import FundEntry
from api.vocabulary import FundAccount, JournalKind

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

SHARED = frozenset({JournalKind.COLLECTION})
"""Kinds whose journals hold a line for each of many people."""


def is_shared(session: Session, county_code: int, journal_id: int) -> bool:
    """Return whether a journal is of many people."""
    kind = session.execute(
        text("SELECT kind FROM journals WHERE county_code = :county_code AND id = :journal_id"),
        {"county_code": county_code, "journal_id": journal_id},
    ).scalar_one_or_none()
    return kind in SHARED


def mirrored_part(line: Any) -> list[FundEntry]:
    """Return the fund's side of one person's line of a deduction with the sides exchanged, in fen."""
    return [
        FundEntry(account=FundAccount.INCOME_ACCOUNT, amount_fen=-line.personal_fen),
        FundEntry(account=FundAccount.SUBSIDY_RECEIVABLE, amount_fen=-line.gov_fen),
        FundEntry(account=FundAccount.LIABILITY_PERSONAL, amount_fen=line.personal_fen),
        FundEntry(account=FundAccount.LIABILITY_GOV, amount_fen=line.gov_fen),
    ]
