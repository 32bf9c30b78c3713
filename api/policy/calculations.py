"""The calculator: a whole account from credits to payments, stateless, by the functions that posting uses.

Contract: POST /calculations/account. Amounts in fen; every step is explained in Chinese.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from api.errors import Invalid
from api.policy.accounts import ClosedYear, Credit, PaidOut, close_years, pay_out
from api.policy.ages import Month, attains_on, benefit_start_month
from api.policy.benefits import account_pension_fen
from api.policy.interest import Accrual, RateMode, accrual_of
from api.policy.money import BySource, format_yuan
from api.policy.parameters import PolicyParameters, parameters_on
from api.policy.payments import PaymentSplit
from api.policy.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Callable

    LawFor = Callable[[date], PolicyParameters]
    """Parameters of a day, of wherever the account is."""

EARLIEST = date(1900, 1, 1)
LATEST = date(2100, 12, 31)
MAXIMUM_CREDITS = 1200
MAXIMUM_AMOUNT_FEN = 10**12
MAXIMUM_PAYMENTS = 1200

_MODE_WORDS = {
    RateMode.JAN1: "1月1日一年期存款利率",
    RateMode.SEGMENTED: "按日分段利率(日均)",
    RateMode.PUBLISHED: "省公布的记账利率",
}


class CalculationRefused(Invalid):
    """The input of a calculation is outside its limits or contradicts itself."""

    code = "calculation-refused"
    title = "测算条件不符合要求"


@dataclass(frozen=True, slots=True)
class CalculationRequest:
    """Input: birth date, what was paid in, when to settle, and until when to pay (null: no payments)."""

    birth_date: date
    credits: tuple[Credit, ...]
    settle_on: date
    payments_until: Month | None = None
    rate_mode: RateMode | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """The account at the end of the month of settlement; pensions are null before the month of the 60th birthday."""

    balance: BySource
    total_fen: int
    account_pension_fen: int | None
    basic_pension_fen: int | None
    start_month: Month | None


@dataclass(frozen=True, slots=True)
class CalculatedPayment:
    """A month's benefit in fen, the sub-accounts that bear its account part, and what they hold afterwards."""

    number: int
    month: Month
    paid_in: Month
    basic_pension_fen: int
    account_pension_fen: int
    total_fen: int
    split: PaymentSplit
    balance: BySource


@dataclass(frozen=True, slots=True)
class CalculationResult:
    """Everything that the calculator answers; `payment_years` are the closings of interest after the settlement."""

    years: tuple[ClosedYear, ...]
    settlement: Settlement
    payments: tuple[CalculatedPayment, ...]
    payment_years: tuple[ClosedYear, ...]
    reasons: tuple[Reason, ...]


def _check_day(day: date, pointer: str) -> None:
    if not EARLIEST <= day <= LATEST:
        raise CalculationRefused("日期应在1900年至2100年之间。", pointer=pointer)


def _check(request: CalculationRequest) -> None:
    """Raise CalculationRefused for input outside the limits, naming the field."""
    _check_day(request.birth_date, "/birth_date")
    _check_day(request.settle_on, "/settle_on")
    if request.birth_date > request.settle_on:
        raise CalculationRefused("结算日期早于出生日期。", pointer="/settle_on")
    if len(request.credits) > MAXIMUM_CREDITS:
        raise CalculationRefused(f"缴费记录最多{MAXIMUM_CREDITS}笔。", pointer="/credits")
    for index, credit in enumerate(request.credits):
        _check_day(credit.paid_on, f"/credits/{index}/paid_on")
        if credit.paid_on > request.settle_on:
            raise CalculationRefused("到账日期晚于结算日期。", pointer=f"/credits/{index}/paid_on")
        if not 0 < credit.amount_fen <= MAXIMUM_AMOUNT_FEN:
            detail = f"金额应大于0，且不超过{format_yuan(MAXIMUM_AMOUNT_FEN)}元。"
            raise CalculationRefused(detail, pointer=f"/credits/{index}/amount")
    if request.payments_until is not None:
        _check_day(request.payments_until.first_day, "/payments_until")


def start_month_of(birth_date: date, settle_on: date, parameters: PolicyParameters) -> Month | None:
    """First month of benefits, or None while the month of the 60th birthday lies after the settlement's month.

    Nobody starts before the launch month of the scheme, and who was 60 on its first day starts with it (example A6).
    """
    attained = Month.of(attains_on(birth_date, parameters.benefit_age))
    if Month.of(settle_on) < attained:
        return None
    launch = Month.of(parameters.launch_on)
    if attains_on(birth_date, parameters.benefit_age) <= parameters.launch_on:
        return launch if parameters.launch_cohort_from_launch_month else launch.plus(1)
    return max(benefit_start_month(birth_date, benefit_age=parameters.benefit_age), launch)


def _year_reason(closed: ClosedYear) -> Reason:
    span = f"至{closed.to_month}月" if closed.from_month == 0 else f"{closed.from_month + 1}至{closed.to_month}月"
    interest, balance = closed.interest, closed.balance
    sentence = (
        f"{closed.year}年{span}，{_MODE_WORDS[closed.accrual.mode]}{closed.accrual.year_rate_text}："
        f"利息 个人{format_yuan(interest.personal_fen)}、集体{format_yuan(interest.collective_fen)}、"
        f"政府{format_yuan(interest.gov_fen)}元，余额{format_yuan(balance.total_fen)}元。"
    )
    return Reason("interest", sentence, "政策细则 §4.3-4.5")


def _settle(
    request: CalculationRequest, balance: BySource, parameters: PolicyParameters, law_for: LawFor
) -> tuple[Settlement, list[Reason]]:
    total_fen = balance.total_fen
    start = start_month_of(request.birth_date, request.settle_on, parameters)
    reasons = [
        Reason(
            "settled",
            f"结算至{Month.of(request.settle_on)}末，个人账户余额{format_yuan(total_fen)}元。",
            "政策细则 §4.5",
        )
    ]
    if start is None:
        attained = attains_on(request.birth_date, parameters.benefit_age)
        sentence = f"{attained.isoformat()}才满{parameters.benefit_age}周岁，结算时尚未到领取年龄，不计发养老金。"
        reasons.append(Reason("not-yet-60", sentence, "国发〔2009〕32号 七"))
        return Settlement(balance, total_fen, None, None, None), reasons
    at_start = law_for(start.first_day)
    pension_fen = account_pension_fen(total_fen, at_start)
    sentence = (
        f"个人账户养老金 = {format_yuan(total_fen)} ÷ {at_start.divisor_months} = {format_yuan(pension_fen)}元/月，"
        f"基础养老金{format_yuan(at_start.basic_pension_fen)}元/月，自{start}起领取。"
    )
    reasons.append(Reason("account-pension", sentence, "国发〔2009〕32号 六"))
    return Settlement(balance, total_fen, pension_fen, at_start.basic_pension_fen, start), reasons


def _pay(
    request: CalculationRequest,
    settlement: Settlement,
    accrual_for: Callable[[int], Accrual],
    parameters: PolicyParameters,
) -> tuple[PaidOut | None, list[Reason]]:
    """Payments from the start month to the month asked for; none, with the reason, when nothing can be paid."""
    until, start, pension_fen = request.payments_until, settlement.start_month, settlement.account_pension_fen
    if until is None:
        return None, []
    if start is None or pension_fen is None:
        return None, [Reason("no-payments", "结算时尚未到领取年龄，没有可列的发放。", "国发〔2009〕32号 七")]
    settled = Month.of(request.settle_on)
    if until < max(start, settled.plus(1)):
        return None, [Reason("no-payments", f"截至{until}还没有发放：首次发放在{max(start, settled.plus(1))}。")]
    if until.months_since(start) >= MAXIMUM_PAYMENTS:
        raise CalculationRefused(f"最多列出{MAXIMUM_PAYMENTS}个月的发放。", pointer="/payments_until")
    paid = pay_out(
        composition=settlement.balance,
        pension_fen=pension_fen,
        settlement_month=settled,
        start_month=start,
        until=until,
        accrual_for=accrual_for,
        rounding=parameters.interest_rounding,
    )
    return paid, [*map(_year_reason, paid.years), *_fund_reason(paid)]


def _fund_reason(paid: PaidOut) -> list[Reason]:
    first = next((payment for payment in paid.payments if payment.split.fund_fen), None)
    if first is None:
        return []
    sentence = f"自{first.month}(第{first.number}次)起个人账户不足支付，差额由统筹基金继续支付，终身不减。"
    return [Reason("fund-pays", sentence, "国发〔2009〕32号 六")]


def _calculated(paid: PaidOut, law_for: LawFor) -> tuple[CalculatedPayment, ...]:
    lines: list[CalculatedPayment] = []
    for payment in paid.payments:
        # The basic pension of a month is the one in force in it, adjustments included as if made in time.
        basic_fen = law_for(payment.month.first_day).basic_pension_fen
        lines.append(
            CalculatedPayment(
                number=payment.number,
                month=payment.month,
                paid_in=payment.paid_in,
                basic_pension_fen=basic_fen,
                account_pension_fen=payment.split.total_fen,
                total_fen=basic_fen + payment.split.total_fen,
                split=payment.split,
                balance=payment.balance,
            )
        )
    return tuple(lines)


def calculate_account(request: CalculationRequest, *, law_for: LawFor = parameters_on) -> CalculationResult:
    """Compute a whole account: interest years, settlement, and payments when `payments_until` is given.

    The account is settled at the end of the month of `settle_on`; `rate_mode` defaults to the parameter of that day.
    `law_for` gives the parameters of a day: the statutes, or the law of a place.
    Raises CalculationRefused for input outside the limits, ParametersUnknown before the scheme existed, and
    InterestRateUnknown for credits before the first rate on record (policy.md §4.3-4.7).
    """
    _check(request)
    parameters = law_for(request.settle_on)
    mode = request.rate_mode or parameters.rate_mode

    def accrual_for(year: int) -> Accrual:
        return accrual_of(year, mode=mode, rates=parameters.pboc_one_year_rates, published=parameters.published_rates)

    years = close_years(
        request.credits,
        settlement_month=Month.of(request.settle_on),
        accrual_for=accrual_for,
        rounding=parameters.interest_rounding,
    )
    settlement, settled_reasons = _settle(request, years[-1].balance, parameters, law_for)
    paid, paid_reasons = _pay(request, settlement, accrual_for, parameters)
    return CalculationResult(
        years=years,
        settlement=settlement,
        payments=_calculated(paid, law_for) if paid else (),
        payment_years=paid.years if paid else (),
        reasons=(*map(_year_reason, years), *settled_reasons, *paid_reasons),
    )
