"""会计科目: the chart of the fund's books (财社〔2011〕16号, policy.md §7), as data.

Codes are of our own design until the county's are known: 1 assets, 2 liabilities, 3 the pool.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from api.vocabulary import AccountClass, FundAccount


@dataclass(frozen=True, slots=True)
class ChartEntry:
    """One account of the chart."""

    account: FundAccount
    code: str
    account_class: AccountClass
    party: str = ""
    """What a party of the account is, in Chinese; empty where it has none."""

    @property
    def is_debit(self) -> bool:
        """Whether the account's balance normally stands on the debit side."""
        return self.account_class is AccountClass.ASSET


_ASSET, _LIABILITY = AccountClass.ASSET, AccountClass.LIABILITY
CHART: Final = (
    ChartEntry(FundAccount.CASH_IN_HAND, "1001", _ASSET, "经办人"),
    ChartEntry(FundAccount.INCOME_ACCOUNT, "1002", _ASSET),
    ChartEntry(FundAccount.TREASURY_ACCOUNT, "1003", _ASSET),
    ChartEntry(FundAccount.EXPENDITURE_ACCOUNT, "1004", _ASSET),
    ChartEntry(FundAccount.IN_TRANSIT, "1011", _ASSET, "批次"),
    ChartEntry(FundAccount.SUBSIDY_RECEIVABLE, "1101", _ASSET, "补贴级次"),
    # Interest is owed to the accounts before the bank pays it; where the bank pays first, the balance stands in credit.
    ChartEntry(FundAccount.INTEREST_RECEIVABLE, "1102", _ASSET),
    ChartEntry(FundAccount.LATE_INTEREST_RECEIVABLE, "1103", _ASSET, "补贴级次"),
    ChartEntry(FundAccount.RECOVERY_RECEIVABLE, "1104", _ASSET),
    ChartEntry(FundAccount.LIABILITY_PERSONAL, "2001", _LIABILITY),
    ChartEntry(FundAccount.LIABILITY_COLLECTIVE, "2002", _LIABILITY),
    ChartEntry(FundAccount.LIABILITY_GOV, "2003", _LIABILITY),
    ChartEntry(FundAccount.SETTLEMENT_PAYABLE, "2101", _LIABILITY),
    ChartEntry(FundAccount.SUBSIDY_SUSPENSE, "2201", _LIABILITY, "补贴级次"),
    ChartEntry(FundAccount.SUSPENSE, "2202", _LIABILITY, "待查事项"),
    ChartEntry(FundAccount.POOL, "3001", AccountClass.POOL),
)
ENTRIES: Final = {entry.account: entry for entry in CHART}

BANKS: Final = (FundAccount.INCOME_ACCOUNT, FundAccount.TREASURY_ACCOUNT, FundAccount.EXPENDITURE_ACCOUNT)
RECEIVABLES: Final = (
    FundAccount.SUBSIDY_RECEIVABLE,
    FundAccount.INTEREST_RECEIVABLE,
    FundAccount.LATE_INTEREST_RECEIVABLE,
    FundAccount.RECOVERY_RECEIVABLE,
)
PERSONS: Final = (FundAccount.LIABILITY_PERSONAL, FundAccount.LIABILITY_COLLECTIVE, FundAccount.LIABILITY_GOV)
"""What the fund owes the personal accounts, by source."""
FUND: Final = frozenset({*PERSONS, FundAccount.POOL})
"""What the fund consists of: the personal accounts and the pool. Income adds to these, outlay takes from them."""
