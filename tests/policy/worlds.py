"""Shorthand of the policy tests: yuan written as in the examples, and the persons whom several examples share."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from api.policy.accounts import ClosedYear, Credit, close_years
from api.policy.ages import Month
from api.policy.interest import Accrual, RateMode, accrual_of, flat_accrual
from api.policy.money import BySource, parse_yuan
from api.policy.parameters import PolicyParameters, parameters_on
from api.vocabulary import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PERSONAL, COLLECTIVE, GOV = Source.PERSONAL, Source.COLLECTIVE, Source.GOV
fen = parse_yuan


def by(personal: str = "0", gov: str = "0", collective: str = "0") -> BySource:
    return BySource(personal_fen=fen(personal), collective_fen=fen(collective), gov_fen=fen(gov))


def credit(day: str, source: Source, amount: str) -> Credit:
    return Credit(date.fromisoformat(day), source, fen(amount))


def law(day: str = "2012-01-01", **changes: object) -> PolicyParameters:
    return replace(parameters_on(date.fromisoformat(day)), **changes)


def accrual(year: int, mode: RateMode = RateMode.JAN1) -> Accrual:
    parameters = law()
    return accrual_of(year, mode=mode, rates=parameters.pboc_one_year_rates, published=parameters.published_rates)


def flat(percent: str) -> Callable[[int], Accrual]:
    return lambda year: flat_accrual(year, Fraction(percent) / 100)


def years_of(
    credits_paid: Iterable[Credit], until: str, accrual_for: Callable[[int], Accrual] = accrual
) -> dict[int, ClosedYear]:
    closed = close_years(credits_paid, settlement_month=Month.parse(until), accrual_for=accrual_for)
    return {year.year: year for year in closed}


A1 = [
    item
    for year in range(2010, 2025)
    for item in (credit(f"{year}-10-10", PERSONAL, "120"), credit(f"{year}-10-10", GOV, "30"))
]
A2 = [
    credit("2010-10-20", PERSONAL, "100"),
    credit("2010-12-15", GOV, "30"),
    credit("2011-03-10", PERSONAL, "100"),
    credit("2011-06-10", GOV, "30"),
]
A4 = [*A2, credit("2012-03-10", PERSONAL, "500"), credit("2012-03-10", GOV, "30")]
A13 = [*A4, credit("2011-06-20", COLLECTIVE, "50")]
A9 = [
    *(
        item
        for year in range(2010, 2015)
        for item in (credit(f"{year}-10-12", PERSONAL, "100"), credit(f"{year}-10-12", GOV, "30"))
    ),
    credit("2015-03-05", PERSONAL, "100"),
    credit("2015-03-05", GOV, "30"),
]
A9_MAKE_UP = [*A9, credit("2015-05-08", PERSONAL, "900")]
A17 = [
    item
    for day in ("2010-10-10", "2011-04-10", "2012-04-10")
    for item in (credit(day, GOV, "100"), credit(day, GOV, "30"))
]
