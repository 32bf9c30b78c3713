"""基金收支表: which head of income or outlay a movement of the books belongs to (policy.md §7, §3.5).

The fund is what it owes the personal accounts, and the pool. Whatever adds to these is income and whatever takes from
them is outlay; what moves between them, as when government's part of an ended account stays in the pool, is neither.
So opening + income - outlay = closing for any books that balance.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from api.policy.chart import FUND, PERSONS
from api.vocabulary import FundAccount, FundHead, JournalKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

INCOME: Final = tuple(head for head in FundHead if head.value.startswith("income_"))
OUTLAY: Final = tuple(head for head in FundHead if head.value.startswith("outlay_"))

_PAID_IN: Final = {
    FundAccount.LIABILITY_PERSONAL: FundHead.INCOME_PERSONAL,
    FundAccount.LIABILITY_COLLECTIVE: FundHead.INCOME_COLLECTIVE,
    FundAccount.LIABILITY_GOV: FundHead.INCOME_SUBSIDY,
    FundAccount.POOL: FundHead.INCOME_BASIC,
}
_EARNED: Final = dict.fromkeys((*PERSONS, FundAccount.POOL), FundHead.INCOME_INTEREST)
_PENSION: Final = dict.fromkeys(PERSONS, FundHead.OUTLAY_ACCOUNT) | {FundAccount.POOL: FundHead.OUTLAY_BASIC}
_BY_FUND: Final[Mapping[JournalKind, Mapping[FundAccount, FundHead]]] = {
    JournalKind.CONTRIBUTION: _PAID_IN,
    JournalKind.COLLECTION: _PAID_IN,
    JournalKind.PAYER_LIST: _PAID_IN,
    JournalKind.GOVERNMENT_PAID: _PAID_IN,
    JournalKind.SUBSIDY: _PAID_IN,
    JournalKind.SUBSIDY_CLAIM: _PAID_IN,
    JournalKind.SUBSIDY_RECEIVED: _PAID_IN,
    JournalKind.FUND_TRANSFER: _PAID_IN,
    JournalKind.INTEREST: _EARNED,
    JournalKind.SETTLEMENT_INTEREST: _EARNED,
    JournalKind.INTEREST_CORRECTION: _EARNED,
    JournalKind.LATE_SUBSIDY_INTEREST: _EARNED,
    JournalKind.BANK_INTEREST: _EARNED,
    JournalKind.PAYMENT_SETTLED: _PENSION,
}
# A settlement empties an account in several directions at once, so what it is for stands on the other side.
_BY_OTHER_SIDE: Final[Mapping[JournalKind, Mapping[FundAccount, FundHead]]] = {
    JournalKind.SETTLEMENT: {
        FundAccount.SETTLEMENT_PAYABLE: FundHead.OUTLAY_REFUND,
        FundAccount.RECOVERY_RECEIVABLE: FundHead.INCOME_OTHER,
        FundAccount.INTEREST_RECEIVABLE: FundHead.INCOME_INTEREST,
        FundAccount.SUBSIDY_RECEIVABLE: FundHead.INCOME_SUBSIDY,
        FundAccount.SUBSIDY_SUSPENSE: FundHead.INCOME_SUBSIDY,
    }
}


@dataclass(frozen=True, slots=True)
class Movement:
    """What journals of one kind did to one account, in fen; a reversal has the kind of what it reverses."""

    kind: JournalKind
    account: FundAccount
    debit_fen: int
    credit_fen: int


def head_of(kind: JournalKind, account: FundAccount) -> FundHead | None:
    """Return the head that takes a line, None for a line that is neither income nor outlay by itself."""
    other_side = _BY_OTHER_SIDE.get(kind)
    if other_side is not None:
        return None if account in FUND else other_side.get(account, FundHead.INCOME_OTHER)
    if account not in FUND:
        return None
    return _BY_FUND.get(kind, {}).get(account, FundHead.INCOME_OTHER)


def heads(movements: Iterable[Movement]) -> dict[FundHead, int]:
    """Sum movements by head, in fen: income as what it added to the fund, outlay as what it took; every head is there."""
    sums: dict[FundHead, int] = defaultdict(int)
    for one in movements:
        head = head_of(one.kind, one.account)
        if head is None:
            continue
        added_fen = one.credit_fen - one.debit_fen if one.account in FUND else one.debit_fen - one.credit_fen
        sums[head] += added_fen if head in INCOME else -added_fen
    return {head: sums[head] for head in FundHead}


def fund_fen(movements: Iterable[Movement]) -> int:
    """Return what movements come to in the fund itself, in fen: the accounts and the pool."""
    return sum(one.credit_fen - one.debit_fen for one in movements if one.account in FUND)
