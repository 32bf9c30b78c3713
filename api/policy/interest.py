"""Interest of a personal account for one interest year, per sub-account, exact until the one rounding (policy.md §4).

Everything follows from one table per year: C[m], the interest that one fen earns from 1 January to the end of month m,
as an integer over a common denominator D. A set-based run restates the formula with the thirteen values of that table.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from api.errors import DomainError
from api.policy.ages import Month
from api.policy.money import BySource, Rounding, round_fen
from api.vocabulary import Source

if TYPE_CHECKING:
    from collections.abc import Mapping

MONTHS = 12
_PPM = 1_000_000


class RateMode(StrEnum):
    """Which rate an interest year bears (parameter `rate_mode`, policy.md §4.3)."""

    JAN1 = "jan1"
    """The central bank's one-year rate in force on 1 January holds for the whole year."""
    SEGMENTED = "segmented"
    """Each day bears the rate in force on it; the year has its real 365 or 366 days."""
    PUBLISHED = "published"
    """The rate that the province published for the year; a year without one falls back to JAN1."""


class InterestRateUnknown(DomainError):
    """No rate is on record for the year."""

    status = 422
    code = "interest-rate-unknown"
    title = "没有该年度的计息利率"


@dataclass(frozen=True, slots=True)
class RateStep:
    """A yearly rate in millionths (2.25 % = 22500) from a day on."""

    effective_on: date
    rate_ppm: int


@dataclass(frozen=True, slots=True)
class RateTable:
    """Rates by the day on which each took effect; a day belongs to exactly one."""

    steps: tuple[RateStep, ...]

    def __post_init__(self) -> None:
        """Days must rise: ValueError otherwise."""
        days = [step.effective_on for step in self.steps]
        if days != sorted(set(days)):
            message = "rates must be in order of their days"
            raise ValueError(message)

    def rate_on(self, day: date) -> int | None:
        """Rate in force on a day, in millionths; None before the first."""
        reached = [step.rate_ppm for step in self.steps if step.effective_on <= day]
        return reached[-1] if reached else None

    def rate_from(self, day: date) -> int | None:
        """Rate that took effect on exactly that day, in millionths."""
        return next((step.rate_ppm for step in self.steps if step.effective_on == day), None)


@dataclass(frozen=True, slots=True)
class Accrual:
    """What one fen earns in a year: `numerators[m] / denominator` from 1 January to the end of month m (0 to 12).

    JAN1 and PUBLISHED: C[m] = rate_ppm * m, D = 12_000_000.
    SEGMENTED: C[m] = sum of rate_ppm over the days of months 1..m, D = 1_000_000 * days of the year.
    """

    year: int
    denominator: int
    numerators: tuple[int, ...]
    mode: RateMode
    """The mode that was used: JAN1 when PUBLISHED has nothing for the year."""

    def between(self, from_month: int, to_month: int) -> Fraction:
        """What one fen earns in the months from_month+1 to to_month; nothing when that is empty."""
        if to_month <= from_month:
            return Fraction(0)
        return Fraction(self.numerators[to_month] - self.numerators[from_month], self.denominator)

    @property
    def year_rate(self) -> Fraction:
        """Yearly rate, or its daily mean, as a fraction (2.25 % = 9/400)."""
        return Fraction(self.numerators[MONTHS], self.denominator)

    @property
    def year_rate_text(self) -> str:
        """Yearly rate in words, to four decimals at most: "2.25%"."""
        hundredths = round_fen(self.year_rate * _PPM)
        text = f"{hundredths // 10_000}.{hundredths % 10_000:04d}"
        whole, decimals = text.split(".")
        return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}%"


def _flat(year: int, rate_ppm: int, mode: RateMode) -> Accrual:
    return Accrual(year, MONTHS * _PPM, tuple(rate_ppm * month for month in range(MONTHS + 1)), mode)


def _segmented(year: int, rates: RateTable) -> Accrual:
    numerators = [0]
    days = 0
    rate = rates.rate_on(date(year, 1, 1))
    if rate is None:
        raise _unknown(year)
    changes = {step.effective_on: step.rate_ppm for step in rates.steps if step.effective_on.year == year}
    for month in range(1, MONTHS + 1):
        length = monthrange(year, month)[1]
        reached = numerators[-1]
        for day in range(1, length + 1):
            rate = changes.get(date(year, month, day), rate) if changes else rate
            reached += rate
        numerators.append(reached)
        days += length
    return Accrual(year, days * _PPM, tuple(numerators), RateMode.SEGMENTED)


def _unknown(year: int) -> InterestRateUnknown:
    return InterestRateUnknown(f"{year}年没有可用的一年期存款利率，不能计息。")


@lru_cache(maxsize=1024)
def accrual_of(year: int, *, mode: RateMode, rates: RateTable, published: RateTable) -> Accrual:
    """Accrual table of a year (policy.md §4.3).

    Raises InterestRateUnknown for a year before the first rate on record.
    """
    if mode is RateMode.SEGMENTED:
        return _segmented(year, rates)
    first = date(year, 1, 1)
    if mode is RateMode.PUBLISHED:
        rate = published.rate_from(first)
        if rate is not None:
            return _flat(year, rate, RateMode.PUBLISHED)
    rate = rates.rate_on(first)
    if rate is None:
        raise _unknown(year)
    return _flat(year, rate, RateMode.JAN1)


def flat_accrual(year: int, rate: Fraction) -> Accrual:
    """Accrual table of a given yearly rate, which must be a whole number of millionths: ValueError otherwise."""
    ppm = rate * _PPM
    if ppm.denominator != 1:
        message = "a rate has at most four decimals of a percent"
        raise ValueError(message)
    return _flat(year, ppm.numerator, RateMode.PUBLISHED)


def interest_fen(
    accrual: Accrual,
    *,
    opening_fen: int,
    credits_fen: Mapping[int, int],
    debits_fen: Mapping[int, int],
    from_month: int = 0,
    to_month: int = MONTHS,
    rounding: Rounding = Rounding.HALF_UP_FEN,
) -> int:
    """Interest in fen that one sub-account earns in the months from_month+1 to to_month of a year (policy.md §4.3-4.5).

    Formula, with C and D of the accrual table, k0 = from_month and k = to_month:
    I = round( [ B*(C[k]-C[k0]) + sum credit_m*(C[k]-C[m]) - sum debit_m*(C[k]-C[m]) ] / D ), terms with m > k are 0.
    B is the balance at the end of month k0 (opening balance of the year when k0 = 0); a movement of month m earns, or
    ceases to earn, from month m+1; movements of months up to k0 are part of B and may not be given (ValueError).
    With JAN1 and k0 = 0 this is r/12 * [ B*k + sum credit*(k-m) - sum debit*(k-m) ].
    """
    if not 0 <= from_month <= to_month <= MONTHS:
        message = "months run from 0 to 12"
        raise ValueError(message)
    exact = opening_fen * accrual.between(from_month, to_month)
    for sign, movements in ((1, credits_fen), (-1, debits_fen)):
        for month, amount_fen in movements.items():
            if not from_month < month <= MONTHS:
                message = "a movement lies outside the interest period"
                raise ValueError(message)
            exact += sign * amount_fen * accrual.between(month, to_month)
    return round_fen(exact, mode=rounding)


Movements = dict[Source, dict[int, int]]
"""Fen by sub-account and month (1 to 12)."""


def interest_by_source(
    accrual: Accrual,
    *,
    opening: BySource,
    credited: Movements,
    debited: Movements,
    from_month: int = 0,
    to_month: int = MONTHS,
    rounding: Rounding = Rounding.HALF_UP_FEN,
) -> BySource:
    """Interest of each sub-account by `interest_fen`, each rounded by itself (policy.md §4.2)."""
    earned = {
        source: interest_fen(
            accrual,
            opening_fen=opening.of(source),
            credits_fen=credited.get(source, {}),
            debits_fen=debited.get(source, {}),
            from_month=from_month,
            to_month=to_month,
            rounding=rounding,
        )
        for source in Source
    }
    return BySource(
        personal_fen=earned[Source.PERSONAL],
        collective_fen=earned[Source.COLLECTIVE],
        gov_fen=earned[Source.GOV],
    )


def late_subsidy_claim_fen(
    subsidy_fen: int,
    *,
    due_month: Month,
    arrived_month: Month,
    accruals: Mapping[int, Accrual],
    rounding: Rounding = Rounding.HALF_UP_FEN,
) -> int:
    """Interest in fen lost because a subsidy came late, which local government makes up (policy.md §3.3 P7, [S29]).

    Formula: what the subsidy would have earned from the month after the contribution to the month of its arrival,
    each year's interest rounded and added to the principal; zero when it came in time.
    """
    balance = subsidy_fen
    for year in range(due_month.year, arrived_month.year + 1):
        from_month = due_month.month if year == due_month.year else 0
        to_month = arrived_month.month if year == arrived_month.year else MONTHS
        if to_month > from_month:
            exact = balance * accruals[year].between(from_month, to_month)
            balance += round_fen(exact, mode=rounding)
    return balance - subsidy_fen
