"""What the books must say, written from policy.md and from nothing of the service: it imports none of it.

An account is a list of credits and debits with their value months; its interest is computed afresh from all of them,
year by year, for every year that was closed (policy.md §4.2-4.5). The fund is a dictionary of sums.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor
from typing import NamedTuple

RATES = {2010: Fraction(225, 10_000), 2011: Fraction(275, 10_000), 2012: Fraction(350, 10_000)}
"""Rate in force on 1 January (policy.md §5)."""
SOURCES = ("personal", "collective", "gov")
SUBSIDY_FEN = 3_000


class Movement(NamedTuple):
    """Fen that entered (or, below zero, left) a sub-account in a month of value."""

    year: int
    month: int
    source: str
    amount_fen: int


def half_up(exact: Fraction) -> int:
    """Round to the fen, half away from zero."""
    sign = -1 if exact < 0 else 1
    return sign * floor(abs(exact) + Fraction(1, 2))


@dataclass
class Books:
    """Accounts of persons and the fund's own accounts."""

    movements: dict[str, list[Movement]] = field(default_factory=lambda: defaultdict(list))
    closed: list[int] = field(default_factory=list)
    """Interest years that were posted, in order."""
    cash: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """Fen in each collector's hands."""
    income_fen: int = 0
    treasury_fen: int = 0
    receivable_fen: int = 0
    """Subsidy credited or claimed that has not arrived."""

    def move(self, person: str, *, year: int, month: int, source: str, amount_fen: int) -> None:
        """Enter a movement."""
        self.movements[person].append(Movement(year, month, source, amount_fen))

    def balance(self, person: str) -> dict[str, int]:
        """Sub-accounts of a person with the interest of every closed year."""
        return {source: self._sub_account(person, source)[0] for source in SOURCES}

    def interest_fen(self, person: str) -> int:
        """Interest of all closed years of a person."""
        return sum(self._sub_account(person, source)[1] for source in SOURCES)

    def _sub_account(self, person: str, source: str) -> tuple[int, int]:
        own = [one for one in self.movements[person] if one.source == source]
        held = earned = 0
        for year in self.closed:
            of_year = [one for one in own if one.year == year]
            exact = RATES[year] / 12 * (held * 12 + sum(one.amount_fen * (12 - one.month) for one in of_year))
            interest = half_up(exact)
            earned += interest
            held += sum(one.amount_fen for one in of_year) + interest
        later = [one for one in own if not self.closed or one.year > self.closed[-1]]
        return held + sum(one.amount_fen for one in later), earned

    def fund(self) -> dict[str, int]:
        """Debit balances of the fund's books, liabilities below zero, by the names of the chart."""
        held = {source: sum(self.balance(person)[source] for person in self.movements) for source in SOURCES}
        sums = {
            "cash_in_hand": sum(self.cash.values()),
            "income_account": self.income_fen,
            "treasury_account": self.treasury_fen,
            "subsidy_receivable": self.receivable_fen,
            "interest_receivable": sum(self.interest_fen(person) for person in self.movements),
            **{f"liability_{source}": -fen for source, fen in held.items()},
        }
        return {name: fen for name, fen in sums.items() if fen}
