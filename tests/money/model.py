"""What the books must say, written from policy.md and from nothing of the service: it imports none of it.

An account is a list of credits and debits with their value months; its interest is computed afresh from all of them,
year by year, for every year that was closed (policy.md §4.2-4.5), so what comes late or is undone later is nothing
special. The fund is a dictionary of sums.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import date

RATES = {2010: Fraction(225, 10_000), 2011: Fraction(275, 10_000), 2012: Fraction(350, 10_000)}
"""Rate in force on 1 January (policy.md §5)."""
SOURCES = ("personal", "collective", "gov")
SUBSIDY_FEN = 3_000
SUBSIDY, GOVERNMENT_PAID = "contribution_subsidy", "government_paid"
"""What government is asked for: the subsidy of a contribution, and the contribution that it pays for somebody."""


class Movement(NamedTuple):
    """Fen that entered (or, below zero, left) a sub-account in a month of value."""

    year: int
    month: int
    source: str
    amount_fen: int


@dataclass(eq=False)
class Paid:
    """A contribution: what it brought to whom, where its money came in, and what government owes for it."""

    id: str
    person: str
    year: int
    paid_on: date
    kind: str
    recorded_by: str
    personal_fen: int = 0
    collective_fen: int = 0
    government_fen: int = 0
    subsidy_fen: int = 0
    held: str = "income"
    """Where the payer's money is: cash, income (the bank) or suspense (a payer's list)."""
    waits: bool = False
    """The subsidy is posted once its money has arrived."""
    stands: bool = True
    credited_on: date | None = None
    """Value date of a subsidy that had to wait and is in the account."""
    asked: set[str] = field(default_factory=set)
    """Purposes for which a claim asks for it."""

    def owed_fen(self, purpose: str) -> int:
        """What government owes for it."""
        return self.subsidy_fen if purpose == SUBSIDY else self.government_fen

    @property
    def is_waiting(self) -> bool:
        """Whether it stands and its subsidy is not in the account."""
        return self.waits and self.stands and self.credited_on is None

    @property
    def counts_as_year(self) -> bool:
        """Whether the year is paid by it; what others give does not count."""
        return self.kind != "collective"


@dataclass(eq=False)
class Claim:
    """A claim that was approved: contributions that it asks for (+1) or takes back (-1)."""

    id: str
    purpose: str
    items: list[tuple[Paid, int]]
    arrived_on: date | None = None

    @property
    def total_fen(self) -> int:
        """What it asks for."""
        return sum(sign * paid.owed_fen(self.purpose) for paid, sign in self.items)


def half_up(exact: Fraction) -> int:
    """Round to the fen, half away from zero."""
    sign = -1 if exact < 0 else 1
    return sign * floor(abs(exact) + Fraction(1, 2))


@dataclass
class Books:
    """Accounts of persons and the fund's own accounts; `on_claim`: subsidies wait for their money."""

    on_claim: bool = False
    movements: dict[str, list[Movement]] = field(default_factory=lambda: defaultdict(list))
    closed: list[int] = field(default_factory=list)
    """Interest years that were posted, in order."""
    cash: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """Fen in each collector's hands."""
    paid: list[Paid] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    income_fen: int = 0
    treasury_fen: int = 0
    receivable_fen: int = 0
    """Subsidy credited or claimed that has not arrived."""
    subsidy_suspense_fen: int = 0
    """Subsidy claimed that is in no account yet."""
    suspense_fen: int = 0
    """Payers' money that is in no account."""

    def years_paid(self, person: str) -> set[int]:
        """Years for which something stands that makes them count."""
        return {one.year for one in self.paid if one.person == person and one.stands and one.counts_as_year}

    def take(self, paid: Paid, *, waits: bool | None = None) -> None:
        """Enter a contribution; whether its subsidy waits is the law's to say, unless it is told."""
        paid.waits = (self.on_claim if waits is None else waits) and paid.subsidy_fen > 0
        self.paid.append(paid)
        self._enter(paid, 1)

    def undo(self, paid: Paid) -> None:
        """Take a contribution back at its value date; a subsidy that had come later goes at the date it came."""
        paid.stands = False
        self._enter(paid, -1)
        if paid.credited_on is not None:
            self._move(paid.person, paid.credited_on, "gov", -paid.subsidy_fen)
            self.subsidy_suspense_fen += paid.subsidy_fen

    def _enter(self, paid: Paid, sign: int) -> None:
        gov_fen = paid.government_fen + (0 if paid.waits else paid.subsidy_fen)
        self._move(paid.person, paid.paid_on, "personal", sign * paid.personal_fen)
        self._move(paid.person, paid.paid_on, "collective", sign * paid.collective_fen)
        self._move(paid.person, paid.paid_on, "gov", sign * gov_fen)
        self.receivable_fen += sign * gov_fen
        given_fen = sign * (paid.personal_fen + paid.collective_fen)
        if paid.held == "cash":
            self.cash[paid.recorded_by] += given_fen
        elif paid.held == "suspense":
            self.suspense_fen -= given_fen
        else:
            self.income_fen += given_fen

    def _move(self, person: str, on: date, source: str, amount_fen: int) -> None:
        if amount_fen:
            self.movements[person].append(Movement(on.year, on.month, source, amount_fen))

    def claimable(self, purpose: str) -> list[tuple[Paid, int]]:
        """What a claim would ask for and take back today."""
        return [
            (one, 1 if one.stands else -1)
            for one in self.paid
            if one.owed_fen(purpose) and one.stands != (purpose in one.asked)
        ]

    def claim(self, claim: Claim) -> None:
        """A claim is approved: what waits is owed from now on."""
        for paid, sign in claim.items:
            (paid.asked.add if sign > 0 else paid.asked.discard)(claim.purpose)
            if paid.waits and claim.purpose == SUBSIDY:
                self.receivable_fen += sign * paid.subsidy_fen
                self.subsidy_suspense_fen += sign * paid.subsidy_fen
        self.claims.append(claim)

    def arrive(self, claim: Claim, on: date) -> None:
        """All levels have paid a claim."""
        claim.arrived_on = on
        self.treasury_fen += claim.total_fen
        self.receivable_fen -= claim.total_fen

    def post(self, claim: Claim, told_fen: int) -> int:
        """Put what a claim's money is there for into the accounts; return how much.

        What would bear a value date in a closed year either all waits or all comes with its interest: that is the
        office's to say (`told_fen`), and nothing else is.
        """
        if claim.arrived_on is None or claim.purpose != SUBSIDY:
            return 0
        ready = [
            (paid, max(claim.arrived_on, paid.paid_on)) for paid, sign in claim.items if sign > 0 and paid.is_waiting
        ]
        if told_fen != sum(paid.subsidy_fen for paid, _ in ready):
            ready = [(paid, on) for paid, on in ready if on.year not in self.closed]
        for paid, on in ready:
            paid.credited_on = on
            self._move(paid.person, on, "gov", paid.subsidy_fen)
            self.subsidy_suspense_fen -= paid.subsidy_fen
        return sum(paid.subsidy_fen for paid, _ in ready)

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
            "subsidy_suspense": -self.subsidy_suspense_fen,
            "suspense": -self.suspense_fen,
            **{f"liability_{source}": -fen for source, fen in held.items()},
        }
        return {name: fen for name, fen in sums.items() if fen}
