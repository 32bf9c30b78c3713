"""The personal account through time: closing interest years before an award, and paying it out afterwards.

Both the posting runs' oracle and the public calculator stand on these functions; the arithmetic itself is in
interest.py and payments.py (policy.md §4.3-4.7).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.policy.ages import Month, months_between
from api.policy.interest import MONTHS, Accrual, Movements, interest_by_source
from api.policy.money import NOTHING, BySource, Rounding
from api.policy.payments import PaymentSplit, split_payment
from api.vocabulary import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date


@dataclass(frozen=True, slots=True)
class Credit:
    """Money that entered a sub-account, in fen, on a day."""

    paid_on: date
    source: Source
    amount_fen: int


@dataclass(frozen=True, slots=True)
class ClosedYear:
    """An interest year, or the part of one, after its interest was posted."""

    year: int
    from_month: int
    """0 for a year from its beginning, else the month of the award."""
    to_month: int
    accrual: Accrual
    interest: BySource
    balance: BySource
    """Balance at the end of `to_month`, interest included."""


def _grouped(amounts: Iterable[tuple[int, Source, int]]) -> Movements:
    """Sum fen by sub-account and month."""
    movements: Movements = {source: {} for source in Source}
    for month, source, amount_fen in amounts:
        by_month = movements[source]
        by_month[month] = by_month.get(month, 0) + amount_fen
    return movements


def _sum_of(movements: Movements) -> BySource:
    sums = {source: sum(by_month.values()) for source, by_month in movements.items()}
    return BySource(sums.get(Source.PERSONAL, 0), sums.get(Source.COLLECTIVE, 0), sums.get(Source.GOV, 0))


def close_year(
    accrual: Accrual,
    *,
    opening: BySource,
    credited: Movements,
    debited: Movements,
    from_month: int = 0,
    to_month: int = MONTHS,
    rounding: Rounding = Rounding.HALF_UP_FEN,
) -> ClosedYear:
    """Close an interest year at the end of a month.

    Formula: balance = opening + credits - debits + interest of `interest_by_source`. Movements lie in months
    from_month+1 to to_month. The interest becomes principal from the next month.
    """
    interest = interest_by_source(
        accrual,
        opening=opening,
        credited=credited,
        debited=debited,
        from_month=from_month,
        to_month=to_month,
        rounding=rounding,
    )
    balance = opening + _sum_of(credited) - _sum_of(debited) + interest
    return ClosedYear(accrual.year, from_month, to_month, accrual, interest, balance)


def close_years(
    credits_paid: Iterable[Credit],
    *,
    settlement_month: Month,
    accrual_for: Callable[[int], Accrual],
    rounding: Rounding = Rounding.HALF_UP_FEN,
) -> tuple[ClosedYear, ...]:
    """Close every interest year from the first credit to the settlement month; the last is the part year up to it.

    Credits after the settlement month: ValueError.
    """
    paid = sorted(credits_paid, key=lambda credit: credit.paid_on)
    if paid and Month.of(paid[-1].paid_on) > settlement_month:
        message = "a credit lies after the settlement"
        raise ValueError(message)
    first = paid[0].paid_on.year if paid else settlement_month.year
    balance = NOTHING
    years: list[ClosedYear] = []
    for year in range(first, settlement_month.year + 1):
        of_year = ((c.paid_on.month, c.source, c.amount_fen) for c in paid if c.paid_on.year == year)
        closed = close_year(
            accrual_for(year),
            opening=balance,
            credited=_grouped(of_year),
            debited={},
            to_month=settlement_month.month if year == settlement_month.year else MONTHS,
            rounding=rounding,
        )
        years.append(closed)
        balance = closed.balance
    return tuple(years)


@dataclass(frozen=True, slots=True)
class PaidPension:
    """One account pension: for which month, in which it was paid, and from where."""

    number: int
    month: Month
    paid_in: Month
    """Later than `month` when it was paid back after a late settlement."""
    split: PaymentSplit
    balance: BySource
    """What the sub-accounts hold afterwards, before the interest of the running year."""


@dataclass(frozen=True, slots=True)
class PaidOut:
    """The account after a series of payments: each payment, each closing of interest, what is left."""

    payments: tuple[PaidPension, ...]
    years: tuple[ClosedYear, ...]
    balance: BySource


def pay_out(
    *,
    composition: BySource,
    pension_fen: int,
    settlement_month: Month,
    start_month: Month,
    until: Month,
    accrual_for: Callable[[int], Accrual],
    rounding: Rounding = Rounding.HALF_UP_FEN,
) -> PaidOut:
    """Pay an award month by month and close interest at each year's end and at the end of `until` (policy.md §4.5).

    Months from the start up to the settlement month are paid in the month after it. Each payment is split by
    `split_payment` against the balance before the running year's interest, which is posted at the closing.
    """
    balance = composition
    payments: list[PaidPension] = []
    years: list[ClosedYear] = []
    first_paid = settlement_month.plus(1)
    months = months_between(start_month, until) if until >= first_paid else ()
    # After a settlement in December nothing of its year is left to close.
    for year in range(first_paid.year, until.year + 1):
        opening = balance
        debited: list[tuple[int, Source, int]] = []
        for month in months[len(payments) :]:
            paid_in = max(month, first_paid)
            if paid_in.year > year:
                break
            split = split_payment(len(payments) + 1, pension_fen=pension_fen, composition=composition, balance=balance)
            balance -= split.debits
            debited += [(paid_in.month, source, split.debits.of(source)) for source in Source]
            payments.append(PaidPension(len(payments) + 1, month, paid_in, split, balance))
        closed = close_year(
            accrual_for(year),
            opening=opening,
            credited={},
            debited=_grouped(debited),
            from_month=settlement_month.month if year == settlement_month.year else 0,
            to_month=until.month if year == until.year else MONTHS,
            rounding=rounding,
        )
        years.append(closed)
        balance = closed.balance
    return PaidOut(tuple(payments), tuple(years), balance)
