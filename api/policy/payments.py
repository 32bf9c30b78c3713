"""待遇支付: from which sub-accounts each account pension is taken, and what an adjustment pays back.

Sources: 国发〔2009〕32号 六, policy.md §3.3 P15, §4.7, examples A10, A14, A20.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.policy.ages import Month, months_between
from api.policy.money import NOTHING, BySource, format_yuan
from api.policy.reasons import Reason
from api.vocabulary import Source

if TYPE_CHECKING:
    from collections.abc import Collection


@dataclass(frozen=True, slots=True)
class PaymentSplit:
    """Debits of one account pension, in fen: sub-accounts, and the fund once they are empty."""

    debits: BySource
    fund_fen: int

    @property
    def total_fen(self) -> int:
        """The account pension, in fen: it is always paid in full."""
        return self.debits.total_fen + self.fund_fen


def largest_source(composition: BySource) -> Source:
    """Source that takes the rest of each split; of equals the first of personal, collective, gov."""
    return max(Source, key=composition.of)


def _cumulative(number: int, pension_fen: int, part_fen: int, total_fen: int) -> int:
    """Fen that a source has given after `number` payments: floor((2*n*A*part + T) / 2T), which is half-up."""
    return (2 * number * pension_fen * part_fen + total_fen) // (2 * total_fen)


def share_of_payment(number: int, *, pension_fen: int, composition: BySource) -> BySource:
    """Share of each sub-account in payment `number` (1, 2, ...), in fen, before any is empty (policy.md §4.7, A10).

    Formula, with A = pension, T = total at award, n = number: every source s but the largest gives
    round(n*A*s/T) - round((n-1)*A*s/T), half-up, at most what is left of A; the largest gives the rest. T = 0: nothing.
    Because cumulative amounts are rounded, no share drifts by more than half a fen.
    """
    if number < 1 or pension_fen < 0:
        message = "payments are numbered from 1 and are not negative"
        raise ValueError(message)
    total_fen = composition.total_fen
    if total_fen <= 0:
        return NOTHING
    largest = largest_source(composition)
    shares = dict.fromkeys(Source, 0)
    rest = pension_fen
    for source in Source:
        if source is not largest:
            part_fen = composition.of(source)
            until = _cumulative(number, pension_fen, part_fen, total_fen)
            before = _cumulative(number - 1, pension_fen, part_fen, total_fen)
            # Only a pension of a few fen can make two roundings exceed it; then the later source gives less.
            shares[source] = min(until - before, rest)
            rest -= shares[source]
    shares[largest] = rest
    return BySource(shares[Source.PERSONAL], shares[Source.COLLECTIVE], shares[Source.GOV])


def split_payment(number: int, *, pension_fen: int, composition: BySource, balance: BySource) -> PaymentSplit:
    """Split one account pension over the sub-accounts as they stand (policy.md §4.7, example A20).

    Formula: taken_s = least(share_s, balance_s); what is still missing comes from the rest of personal, then
    collective, then gov (least(missing, balance_s - taken_s) each), then from the fund, for life.
    """
    wanted = share_of_payment(number, pension_fen=pension_fen, composition=composition)
    taken = {source: min(wanted.of(source), max(0, balance.of(source))) for source in Source}
    missing = pension_fen - sum(taken.values())
    for source in Source:
        more = min(missing, max(0, balance.of(source) - taken[source]))
        taken[source] += more
        missing -= more
    debits = BySource(taken[Source.PERSONAL], taken[Source.COLLECTIVE], taken[Source.GOV])
    return PaymentSplit(debits=debits, fund_fen=missing)


@dataclass(frozen=True, slots=True)
class BackPay:
    """Difference of an adjustment for the months already paid at the old amount, in fen."""

    months: tuple[Month, ...]
    monthly_difference_fen: int
    to_heirs: bool
    reasons: tuple[Reason, ...]

    @property
    def total_fen(self) -> int:
        """Months times difference, in fen; negative when the amount was lowered."""
        return len(self.months) * self.monthly_difference_fen


def back_pay(
    *,
    old_fen: int,
    new_fen: int,
    effective_month: Month,
    executed_month: Month,
    start_month: Month,
    last_month: Month | None = None,
    unpaid_months: Collection[Month] = (),
    heirs_receive: bool = True,
) -> BackPay:
    """Back-pay of an adjustment (example A14): the run of `executed_month` itself already pays the new amount.

    Formula: (new - old) * number of months from max(effective, start) to min(executed - 1, last), without the months
    that were not paid (suspended or stopped). `last_month` is the month of death or of another end. Of somebody dead it
    goes to the heirs where the parameter `back_pay_to_heirs` says so, else nothing is owed.
    """
    until = executed_month.plus(-1) if last_month is None else min(executed_month.plus(-1), last_month)
    owed = tuple(
        month for month in months_between(max(effective_month, start_month), until) if month not in unpaid_months
    )
    ended = last_month is not None and last_month < executed_month
    if ended and not heirs_receive:
        owed = ()
    difference_fen = new_fen - old_fen
    if owed:
        span = f"{owed[0]}至{owed[-1]}共{len(owed)}个月"
        sentence = (
            f"基础养老金由{format_yuan(old_fen)}元调整为{format_yuan(new_fen)}元，{span}，每月补差"
            f"{format_yuan(difference_fen)}元，补发{format_yuan(len(owed) * difference_fen)}元"
            f"{'，发给继承人' if ended else ''}。"
        )
    else:
        sentence = "调整前没有应补发的月份。"
    reasons = (Reason("back-pay", sentence, "政策细则 §3.3 P15"),)
    return BackPay(months=owed, monthly_difference_fen=difference_fen, to_heirs=ended, reasons=reasons)
