"""Who joins when, and who pays: the choices that people of the demonstration make, drawn from one seed.

Villages differ: some assistants go from door to door early, some late. Nothing here knows the scheme's rules; whom the
law refuses is refused by the services like anybody else.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import TYPE_CHECKING

from api.vocabulary import FactKind

if TYPE_CHECKING:
    from collections.abc import Sequence

TIERS_FEN = (10_000, 20_000, 30_000, 40_000, 50_000)
TIER_WEIGHTS = (62, 17, 8, 3, 10)
# Shares of those still outside who join in each of the six months, before the village's own zeal.
JOINING = (0.30, 0.38, 0.42, 0.20, 0.14, 0.12)
# What people say at the door who do not join.
REASONS = (
    (FactKind.UNREACHABLE, 55),
    (FactKind.UNWILLING, 30),
    (FactKind.EMPTY_HUKOU, 12),
    (FactKind.DEAD_NOT_CANCELLED, 3),
)
# Of those insured last year, who pays the new year when.
RENEWING = (0.42, 0.38, 0.45)
# Passbooks that hold too little for the new year's contribution, by month; 3 in 100 otherwise.
SHORT = {date(2011, 1, 1): 0.30, date(2011, 2, 1): 0.15}


@dataclass(frozen=True, slots=True)
class Prospect:
    """Somebody who could be asked at the door."""

    resident_id: int
    division_code: int
    is_old: bool
    """60 or more at launch: joins without paying."""


class VillageLife:
    """Draws every choice of the half year."""

    def __init__(self, seed: int) -> None:
        """The same seed gives the same half year over the same people."""
        self._seed = seed
        self._random = Random(seed * 7919 + 13)
        # Drawn apart, so that who is asked at the door decides nothing about who joins and pays.
        self._doors = Random(seed * 104729 + 7)
        self._zeal: dict[int, float] = {}

    def zeal(self, division_code: int) -> float:
        """How eagerly a village joins, from 0.65 to 1.5."""
        if division_code not in self._zeal:
            self._zeal[division_code] = 0.65 + self._random.random() * 0.85
        return self._zeal[division_code]

    def joiners(self, prospects: Sequence[Prospect], month_no: int) -> list[tuple[Prospect, int]]:
        """Return who joins in the month (0 = October 2010) and with which tier in fen."""
        chosen = []
        for person in prospects:
            chance = JOINING[month_no] * self.zeal(person.division_code) * (1.35 if person.is_old else 1.0)
            if self._random.random() < chance:
                tier = 0 if person.is_old else self._random.choices(TIERS_FEN, TIER_WEIGHTS)[0]
                chosen.append((person, tier))
        return chosen

    def reasons(self, prospects: Sequence[Prospect]) -> list[tuple[Prospect, FactKind]]:
        """Return who of those still outside told the assistant why, and what they said."""
        kinds, weights = [kind for kind, _ in REASONS], [weight for _, weight in REASONS]
        return [(person, self._doors.choices(kinds, weights)[0]) for person in prospects if self._doors.random() < 0.6]

    def renewers(self, resident_ids: Sequence[int], month_no: int) -> list[int]:
        """Return who of last year's payers pays the new year in its month (0 = January)."""
        return [one for one in resident_ids if self._random.random() < RENEWING[month_no]]

    def day(self, month: date, *, first: int = 1, last: int = 31) -> date:
        """A day of the month within bounds."""
        end = min(last, monthrange(month.year, month.month)[1])
        return month.replace(day=self._random.randint(first, end))

    def pays_by_bank(self) -> bool:
        """Whether somebody with a passbook lets the bank deduct instead of paying the assistant."""
        return self._random.random() < 0.5

    def pays_by_transfer(self) -> bool:
        """Whether somebody who does not wait for the deduction goes to the bank instead of paying in cash."""
        return self._random.random() < 0.1

    def is_short(self, id_number: str, month: date) -> bool:
        """Whether a passbook holds too little when the bank deducts: at new year many have not put their money in yet."""
        return Random(f"{self._seed}|{id_number}|{month:%Y%m}").random() < SHORT.get(month, 0.03)

    def is_refused(self, id_number: str, amount: str) -> bool:
        """Whether the bank cannot pay a pension: a closed passbook, a name that differs.

        Decided by the line itself, since the order of a file's lines is the installation's own.
        """
        return Random(f"{self._seed}|{id_number}|{amount}").random() < 0.004
