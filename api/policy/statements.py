"""对账单: how the interest of a year came about, in words that the villager can follow, and what is earned but not posted.

The formula is that of interest.py; here it is taken apart by source and line (policy.md §4.3-4.5, Social Insurance Law
art. 74: records and a free statement).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.policy.interest import MONTHS, Accrual, RateMode, interest_by_source
from api.policy.money import NOTHING, BySource, Rounding, format_yuan, half_up
from api.policy.reasons import Reason
from api.vocabulary import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from api.policy.ages import Month
    from api.policy.interest import Movements

CLAUSE = "政策细则 §4.3-4.5"
_SOURCES = {Source.PERSONAL: "个人缴费", Source.COLLECTIVE: "集体补助", Source.GOV: "政府补贴"}
_MODES = {
    RateMode.JAN1: "按1月1日人民银行一年期存款利率",
    RateMode.SEGMENTED: "按人民银行一年期存款利率分段(全年平均)",
    RateMode.PUBLISHED: "按省公布的记账利率",
}
_ROUNDED = {Rounding.HALF_UP_FEN: "四舍五入到分", Rounding.CEIL_JIAO: "见分进角"}
_PRECISION = 1_000_000


@dataclass(frozen=True, slots=True)
class YearLine:
    """A line of the account with its value in the year: month 1 to 12, amounts in fen (credits positive)."""

    month: int
    amounts: BySource
    is_interest: bool = False


@dataclass(frozen=True, slots=True)
class YearInterest:
    """Interest of a year as the law has it, in fen by source, and the calculation in words."""

    interest: BySource
    reasons: tuple[Reason, ...]


def explain_year(
    accrual: Accrual,
    *,
    opening: BySource,
    lines: Sequence[YearLine],
    closings: Iterable[int],
    rounding: Rounding = Rounding.HALF_UP_FEN,
) -> YearInterest:
    """Compute the interest of a year from its lines and say how.

    `closings` are the months at whose end interest was posted: 12, and the month of a settlement before it. Each part
    begins with the balance at the end of the one before, its interest included, and is rounded by itself. Formula of
    `interest.interest_fen`.
    """
    balance, total, begun = opening, NOTHING, 0
    others = [line for line in lines if not line.is_interest]
    reasons = [Reason("rate", f"{accrual.year}年{_MODES[accrual.mode]}：{accrual.year_rate_text}。", CLAUSE)]
    for month in sorted(set(closings)):
        moved = _moved(others, begun, month)
        earned = interest_by_source(
            accrual, opening=balance, credited=moved, debited={}, from_month=begun, to_month=month, rounding=rounding
        )
        for source in Source:
            terms = _terms(accrual, balance.of(source), moved[source], begun, month)
            if terms:
                reasons.append(_told(accrual, source, terms, earned.of(source), begun, month, rounding))
        for line in others:
            if begun < line.month <= month:
                balance += line.amounts
        balance += earned
        total += earned
        begun = month
    if begun == 0:
        reasons.append(Reason("interest-open", f"{accrual.year}年尚未结息。", CLAUSE))
    return YearInterest(total, tuple(reasons))


def _moved(lines: Iterable[YearLine], begun: int, month: int) -> Movements:
    moved: Movements = {source: {} for source in Source}
    for line in lines:
        if begun < line.month <= month:
            for source in Source:
                by_month = moved[source]
                by_month[line.month] = by_month.get(line.month, 0) + line.amounts.of(source)
    return moved


def _terms(accrual: Accrual, opening_fen: int, moved: dict[int, int], begun: int, month: int) -> list[str]:
    """What earns, and for how long: "100.38元×12个月"; by days where rates change within the year."""
    terms = []
    for start, amount_fen, name in [
        (begun, opening_fen, "期初"),
        *((m, fen, f"{m}月") for m, fen in sorted(moved.items())),
    ]:
        if amount_fen and start < month:
            weight = (
                f"{month - start}个月" if accrual.mode is not RateMode.SEGMENTED else _decimal(accrual, start, month)
            )
            terms.append(f"{name}{format_yuan(amount_fen)}元×{weight}")
    return terms


def _decimal(accrual: Accrual, start: int, month: int) -> str:
    """What one yuan earns in the months, to six decimals: the rates of the days, day by day."""
    value = half_up(accrual.between(start, month) * _PRECISION)
    return f"{value // _PRECISION}.{value % _PRECISION:06d}"


def _told(
    accrual: Accrual, source: Source, terms: Sequence[str], earned_fen: int, begun: int, month: int, rounding: Rounding
) -> Reason:
    span = "" if (begun, month) == (0, MONTHS) else f"({begun + 1}至{month}月)"
    factor = "" if accrual.mode is RateMode.SEGMENTED else f"×{accrual.year_rate_text}÷12"
    sentence = f"{_SOURCES[source]}{span}：({' ＋ '.join(terms)}){factor}，{_ROUNDED[rounding]}，得利息{format_yuan(earned_fen)}元。"
    return Reason(f"interest-{source.value}", sentence, CLAUSE)


def accrued(
    *,
    opening: BySource,
    lines: Sequence[tuple[Month, BySource]],
    posted_to: Month | None,
    until: Month,
    accrual_for: Callable[[int], Accrual],
    rounding_for: Callable[[int], Rounding],
) -> BySource:
    """Return what is earned up to the end of a month and not posted yet, in fen by source, for information.

    `opening` is the balance of all lines up to the end of `posted_to` (None: nothing is posted, and it is nothing), and
    `lines` are the later ones. Years that are over close at their end, as the run will close them; the last part year is
    rounded as a settlement at the end of `until` would be. Formula of `interest.interest_fen`.
    """
    if not lines and opening == NOTHING:
        return NOTHING
    first = posted_to.plus(1) if posted_to is not None else min(month for month, _ in lines)
    balance, total = opening, NOTHING
    for year in range(first.year, until.year + 1):
        begun = first.month - 1 if year == first.year and posted_to is not None else 0
        month = until.month if year == until.year else MONTHS
        if month <= begun:
            continue
        moved: Movements = {source: {} for source in Source}
        for at, amounts in lines:
            if at.year == year and begun < at.month <= month:
                for source in Source:
                    moved[source][at.month] = moved[source].get(at.month, 0) + amounts.of(source)
        earned = interest_by_source(
            accrual_for(year), opening=balance, credited=moved, debited={}, from_month=begun, to_month=month,
            rounding=rounding_for(year),
        )  # fmt: skip
        for at, amounts in lines:
            if at.year == year and at.month <= month:
                balance += amounts
        balance += earned
        total += earned
    return total
