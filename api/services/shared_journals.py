"""Journals of many people: what of such a journal was one person's, so that it can be undone for that person alone.

A journal of one person is undone by the mirror of all its lines. Of a batch only the person's own part goes back, and the
journal as a whole stands: its reversal points at the contribution and not at the journal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.services.ledger import FundEntry
from api.vocabulary import FundAccount, JournalKind

if TYPE_CHECKING:
    from api.models import Contribution

SHARED = frozenset({JournalKind.COLLECTION, JournalKind.PAYER_LIST, JournalKind.GOVERNMENT_PAID})
"""Kinds whose journals hold a line for each of many people."""


def mirrored_part(contribution: Contribution, line: Any) -> list[FundEntry]:
    """Return the fund's side of one person's line with the sides exchanged, in fen.

    A payer's money waits for the payer again; a bank's deduction leaves 收入户; government owes less.
    """
    party_id = contribution.payer_list_id
    paid_in = FundAccount.SUSPENSE if party_id else FundAccount.INCOME_ACCOUNT
    return [
        FundEntry(account=paid_in, amount_fen=-(line.personal_fen + line.collective_fen), party_id=party_id),
        FundEntry(account=FundAccount.SUBSIDY_RECEIVABLE, amount_fen=-line.gov_fen),
        FundEntry(account=FundAccount.LIABILITY_PERSONAL, amount_fen=line.personal_fen),
        FundEntry(account=FundAccount.LIABILITY_COLLECTIVE, amount_fen=line.collective_fen),
        FundEntry(account=FundAccount.LIABILITY_GOV, amount_fen=line.gov_fen),
    ]
