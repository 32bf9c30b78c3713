"""待遇: who is entitled from when, how many years are required, and what an award amounts to, with its reasons.

Sources: 国发〔2009〕32号 六、七; policy.md §1, §3.3 P9, §4.5-4.6, examples A1, A6-A9.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from api.policy.ages import Month, attains_on, benefit_start_month
from api.policy.money import BySource, format_yuan, half_up
from api.policy.parameters import ShortfallPolicy
from api.policy.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from api.policy.parameters import PolicyParameters

_ACCOUNT_CLAUSE = "国发〔2009〕32号 六"
_AGE_CLAUSE = "国发〔2009〕32号 七"
_SHORTFALL_WORDS = {
    ShortfallPolicy.MAKEUP_AT_60: "可到龄补缴",
    ShortfallPolicy.EXTEND: "可延长缴费",
    ShortfallPolicy.REFUND: "一次性退还个人账户余额",
}


def required_years(birth_date: date, parameters: PolicyParameters) -> int:
    """Contribution years required at 60.

    Formula: min(15, Y60 - Ylaunch), not below 0; one more when the year of the 60th birthday must be paid. Nobody who
    was 60 at launch owes any (policy.md §1, derived rules).
    """
    sixtieth = attains_on(birth_date, parameters.benefit_age)
    if sixtieth <= parameters.launch_on:
        return 0
    years = sixtieth.year - parameters.launch_on.year + (1 if parameters.turning_year_required else 0)
    return max(0, min(parameters.required_years_cap, years))


@dataclass(frozen=True, slots=True)
class Entitlement:
    """Whether somebody who turns 60 draws, from which month, and what is lacking."""

    entitled: bool
    start_month: Month
    required_years: int
    paid_years: int
    shortfall_years: int
    reasons: tuple[Reason, ...]


def entitlement(*, birth_date: date, paid_years: int, parameters: PolicyParameters) -> Entitlement:
    """Judge entitlement at 60 by contribution years; the month of start is the one after the birthday's month.

    Formula: shortfall = max(0, required - paid); entitled = shortfall is 0. For the launch cohort see `launch_cohort`.
    """
    start = max(benefit_start_month(birth_date, benefit_age=parameters.benefit_age), Month.of(parameters.launch_on))
    required = required_years(birth_date, parameters)
    shortfall = max(0, required - paid_years)
    attained = attains_on(birth_date, parameters.benefit_age)
    age = Reason(
        "attains-60", f"{attained.isoformat()}满{parameters.benefit_age}周岁，自次月{start}起领取。", _AGE_CLAUSE
    )
    if shortfall:
        remedy = _SHORTFALL_WORDS[parameters.shortfall_policy]
        sentence = f"应缴{required}年，已缴{paid_years}年，尚缺{shortfall}年，{remedy}。"
        years = Reason("years-lacking", sentence, _AGE_CLAUSE)
    else:
        years = Reason("years-sufficient", f"应缴{required}年，已缴{paid_years}年，符合领取条件。", _AGE_CLAUSE)
    return Entitlement(
        entitled=shortfall == 0,
        start_month=start,
        required_years=required,
        paid_years=paid_years,
        shortfall_years=shortfall,
        reasons=(age, years),
    )


@dataclass(frozen=True, slots=True)
class Child:
    """A child of somebody aged 60 at launch: what decides whether it must pay, and when it first did."""

    birth_date: date
    local_rural_hukou: bool = True
    student: bool = False
    employee_insured: bool = False
    other_pension: bool = False
    alive: bool = True
    enrolled_and_paid_on: date | None = None


@dataclass(frozen=True, slots=True)
class LaunchCohortDecision:
    """From when somebody aged 60 at launch draws the basic pension; no month while a child that must pay has not."""

    start_month: Month | None
    children_required: int
    children_paid: int
    reasons: tuple[Reason, ...]


def child_must_pay(child: Child, *, on: date, parameters: PolicyParameters) -> bool:
    """Whether a child is one of the "符合参保条件的子女": 16 to 59, local rural hukou, no student, no employee, no pensioner of another scheme."""
    return (
        child.alive
        and child.local_rural_hukou
        and not child.student
        and not child.employee_insured
        and not child.other_pension
        and attains_on(child.birth_date, parameters.enrolment_age) <= on < attains_on(child.birth_date, 60)
    )


def launch_cohort(
    *, birth_date: date, children: Iterable[Child], on: date, parameters: PolicyParameters
) -> LaunchCohortDecision:
    """Judge somebody who was 60 at launch (捆绑参保, example A6). ValueError when the person was not.

    Formula: launch month when every child that must pay had paid by the end of that month or none must; else the month
    after the last of them paid; none while one has not.
    """
    if attains_on(birth_date, parameters.benefit_age) > parameters.launch_on:
        message = "the person was not 60 at launch"
        raise ValueError(message)
    launch = Month.of(parameters.launch_on)
    first = launch if parameters.launch_cohort_from_launch_month else launch.plus(1)
    base = Reason(
        "launch-cohort",
        f"制度启动({parameters.launch_on.isoformat()})时已满{parameters.benefit_age}周岁，不用缴费，领取基础养老金。",
        _AGE_CLAUSE,
    )
    must = [child for child in children if child_must_pay(child, on=on, parameters=parameters)]
    if not parameters.launch_cohort_children_rule:
        must = []
    dates = [child.enrolled_and_paid_on for child in must if child.enrolled_and_paid_on is not None]
    if len(dates) < len(must):
        sentence = f"符合参保条件的子女{len(must)}人，尚有{len(must) - len(dates)}人未参保缴费，暂不能领取。"
        return LaunchCohortDecision(
            None, len(must), len(dates), (base, Reason("children-unpaid", sentence, _AGE_CLAUSE))
        )
    if not must:
        reason = Reason("no-children-required", f"没有须参保缴费的子女，自{first}起领取。", _AGE_CLAUSE)
        return LaunchCohortDecision(first, 0, 0, (base, reason))
    last_paid = max(dates)
    start = first if Month.of(last_paid) <= launch else max(first, Month.of(last_paid).plus(1))
    sentence = f"符合参保条件的子女{len(must)}人均已参保缴费(最后一人{last_paid.isoformat()})，自{start}起领取。"
    reason = Reason("children-paid", sentence, _AGE_CLAUSE)
    return LaunchCohortDecision(start, len(must), len(dates), (base, reason))


def account_pension_fen(total_fen: int, parameters: PolicyParameters) -> int:
    """Monthly account pension in fen. Formula: half_up(total / 139) (policy.md §4.6)."""
    return half_up(Fraction(total_fen, parameters.divisor_months))


@dataclass(frozen=True, slots=True)
class AwardAmounts:
    """A determination: monthly amounts in fen, the composition that payments follow, and the calculation in words."""

    start_month: Month
    composition: BySource
    account_pension_fen: int
    basic_pension_fen: int
    additions_fen: int
    reasons: tuple[Reason, ...]

    @property
    def monthly_total_fen(self) -> int:
        """Total monthly benefit, in fen: basic + additions + account pension."""
        return self.basic_pension_fen + self.additions_fen + self.account_pension_fen


def compute_award(
    *, balance: BySource, paid_years: int, start_month: Month, parameters: PolicyParameters
) -> AwardAmounts:
    """Compute an award from the settled balance; `parameters` are those of the first day of the start month.

    Formula: account = half_up(total / 139); additions = max(0, paid years - 15) * bonus; total = basic + additions +
    account (policy.md §4.6; 国发〔2009〕32号 六).
    """
    total_fen = balance.total_fen
    pension_fen = account_pension_fen(total_fen, parameters)
    additional_years = max(0, paid_years - parameters.required_years_cap)
    additions_fen = additional_years * parameters.long_contribution_bonus_fen
    reasons = [
        Reason(
            "settled-balance",
            f"个人账户结算余额{format_yuan(total_fen)}元：个人缴费{format_yuan(balance.personal_fen)}元，"
            f"集体补助{format_yuan(balance.collective_fen)}元，政府补贴{format_yuan(balance.gov_fen)}元。",
            _ACCOUNT_CLAUSE,
        ),
        Reason(
            "account-pension",
            f"个人账户养老金 = {format_yuan(total_fen)} ÷ {parameters.divisor_months} = {format_yuan(pension_fen)}元/月。",
            _ACCOUNT_CLAUSE,
        ),
        Reason("basic-pension", f"基础养老金{format_yuan(parameters.basic_pension_fen)}元/月。", _ACCOUNT_CLAUSE),
    ]
    if additions_fen:
        sentence = (
            f"缴费超过{parameters.required_years_cap}年的{additional_years}年，加发{format_yuan(additions_fen)}元/月。"
        )
        reasons.append(Reason("long-contribution", sentence, _ACCOUNT_CLAUSE))
    result = AwardAmounts(
        start_month=start_month,
        composition=balance,
        account_pension_fen=pension_fen,
        basic_pension_fen=parameters.basic_pension_fen,
        additions_fen=additions_fen,
        reasons=(),
    )
    sentence = f"每月合计{format_yuan(result.monthly_total_fen)}元，自{start_month}起发放。"
    return AwardAmounts(
        start_month=start_month,
        composition=balance,
        account_pension_fen=pension_fen,
        basic_pension_fen=parameters.basic_pension_fen,
        additions_fen=additions_fen,
        reasons=(*reasons, Reason("monthly-total", sentence, _ACCOUNT_CLAUSE)),
    )
