"""What a changed parameter must be before anybody is asked to approve it: sane by itself, and with the others.

Reading a value (`parameter_values`) says whether it is well formed; here is said whether it can be meant.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from api.errors import Invalid
from api.policy.interest import RateTable
from api.policy.money import format_yuan
from api.policy.parameter_layers import NATIONAL, LayeredChange, layer_of
from api.policy.parameters import ParametersBroken, ParametersUnknown, parameters_on, statute_book, typed
from api.vocabulary import ParameterLayer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.policy.parameter_layers import LayeredBook
    from api.policy.parameters import DatedParameter, PolicyParameters

_DAY_OF_MONTH = (1, 31)
_MONTH = (1, 12)
_DAYS = (0, 366)
RANGES: dict[str, tuple[int, int]] = {
    "divisor_months": (1, 600),
    "benefit_age": (50, 70),
    "required_years_cap": (0, 40),
    "make_up_cap_years": (0, 40),
    "make_up_age_at_launch": (16, 60),
    "severe_disability_grade": (1, 4),
    "enrolment_age": (0, 60),
    "village_to_town_day": _DAY_OF_MONTH,
    "town_to_county_day": _DAY_OF_MONTH,
    "pay_day": _DAY_OF_MONTH,
    "payroll_cut_off_day": _DAY_OF_MONTH,
    "death_list_day": _DAY_OF_MONTH,
    "certification_first_month": _MONTH,
    "certification_last_month": _MONTH,
    "suspension_month": _MONTH,
    "delegation_days_cap": (1, 366),
    "publication_days": (1, 90),
}
"""Bounds of counts; other counts are numbers of days up to a year."""
GROUPS = frozenset({"severely_disabled", "dibao", "wubao", "land_taken"})
"""Whom government may pay for."""
MOST_FEN = {"basic_pension": 1_000_000, "basic_pension_central_share": 1_000_000, "long_contribution_bonus": 100_000}
"""Upper bounds of monthly amounts; a number with two zeros too many must not reach a reviewer."""
MOST_TIER_FEN = 10_000_000
MOST_SUBSIDY_FEN = 1_000_000
MOST_RATE_PPM = 200_000
MOST_TARGET_PPM = 1_000_000
LATEST = date(2100, 12, 31)
_BACK_DATED = "basic_pension"


class ParameterValueUnfit(Invalid):
    """A value cannot be read, or cannot be meant."""

    code = "parameter-value-unfit"
    title = "参数值不符合要求"


class ParameterPeriodUnfit(Invalid):
    """A period ends before it begins, or a month of first payment is given where there is none."""

    code = "parameter-period-unfit"
    title = "参数的起止日期不符合要求"


class BelowUpperLayer(Invalid):
    """A local standard is lower than that of the layer above."""

    code = "parameter-below-upper-layer"
    title = "低于上级标准"


def check_change(book: LayeredBook, change: LayeredChange) -> None:
    """Make sure that a change can be meant, and that the law of its layer still holds together with it.

    Raises `ParameterValueUnfit`, `ParameterPeriodUnfit`, `BelowUpperLayer`.
    """
    entry = change.entry
    _check_period(entry)
    try:
        _, value = typed(entry)
    except ParametersBroken:
        raise ParameterValueUnfit("参数值的格式不正确，请按该参数的样式填写。", pointer="/value") from None
    for fault in _faults(entry.code, value):
        raise ParameterValueUnfit(fault, pointer="/value")
    changed = book.with_change(change)
    for day in days_to_look_at(changed, change):
        parameters = changed.on(change.layer_code, day)
        for fault in _contradictions(parameters):
            raise ParameterValueUnfit(f"自{day.isoformat()}起：{fault}", pointer="/value")
        if layer_of(change.layer_code) is not ParameterLayer.NATIONAL:
            _check_not_below(parameters, changed.on(_above(change.layer_code), day), entry.code, day)


def days_to_look_at(book: LayeredBook, change: LayeredChange) -> list[date]:
    """Return the days on which something else changes while the change is in force, its first day included."""
    entry = change.entry
    starts = {one.valid_from for one in statute_book().entries}
    starts |= {one.entry.valid_from for one in book.changes}
    return sorted(day for day in {*starts, entry.valid_from} if entry.covers(day))


def _above(layer_code: int) -> int:
    """Return the next layer up."""
    spans = (10**3, 10**6, 10**8, 10**10)
    return next((layer_code // span * span for span in spans if layer_code % span), NATIONAL)


def _check_period(entry: DatedParameter) -> None:
    try:
        parameters_on(entry.valid_from)
    except ParametersUnknown:
        raise ParameterPeriodUnfit("起始日期须在制度施行之后。", pointer="/valid_from") from None
    if entry.valid_from > LATEST:
        raise ParameterPeriodUnfit("起始日期太晚。", pointer="/valid_from")
    if entry.valid_to is not None and not entry.valid_from <= entry.valid_to <= LATEST:
        raise ParameterPeriodUnfit("截止日期不能早于起始日期。", pointer="/valid_to")
    if entry.paid_from is None:
        return
    if entry.code != _BACK_DATED:
        raise ParameterPeriodUnfit("只有基础养老金可以另定首次发放月份。", pointer="/paid_from")
    if entry.paid_from.day != 1 or entry.paid_from <= entry.valid_from:
        raise ParameterPeriodUnfit("首次发放月份须晚于起始日期，写作该月1日。", pointer="/paid_from")


def _faults(code: str, value: object) -> Iterator[str]:
    """Say what cannot be meant about a value by itself; the value has its exact type already."""
    if isinstance(value, bool | str):
        return
    if isinstance(value, int):
        yield from _faults_of_number(code, value)
    elif isinstance(value, date):
        if not statute_book().entries[0].valid_from.year <= value.year <= LATEST.year:
            yield "日期超出范围。"
    elif isinstance(value, RateTable):
        if code == "pboc_one_year_rates" and not value.steps:
            yield "利率表不能为空。"
        if any(step.rate_ppm > MOST_RATE_PPM for step in value.steps):
            yield "年利率不能超过20%。"
    elif code == "government_paid_groups" and isinstance(value, frozenset) and not value <= GROUPS:
        yield "含有不认识的代缴对象。"


def _faults_of_number(code: str, value: int) -> Iterator[str]:
    if code in MOST_FEN:
        if not 0 < value <= MOST_FEN[code] and not (value == 0 and code != _BACK_DATED):
            yield f"金额须大于0，且不超过{format_yuan(MOST_FEN[code])}元。"
    elif code == "participation_target":
        if value > MOST_TARGET_PPM:
            yield "目标不能超过100%。"
    else:
        low, high = RANGES.get(code, _DAYS)
        if not low <= value <= high:
            yield f"数值须在{low}至{high}之间。"


def _contradictions(parameters: PolicyParameters) -> Iterator[str]:
    """Say what does not go together in the law of a place on a day."""
    if parameters.tiers_fen[-1] > MOST_TIER_FEN:
        yield f"缴费档次不能超过{format_yuan(MOST_TIER_FEN)}元。"
    if not parameters.subsidy_bands or parameters.subsidy_bands[0].from_tier_fen > parameters.minimum_tier_fen:
        yield "最低缴费档次没有政府补贴。"
    subsidies = [band.subsidy_fen for band in parameters.subsidy_bands]
    if any(subsidy_fen > MOST_SUBSIDY_FEN for subsidy_fen in subsidies):
        yield f"政府补贴不能超过每年{format_yuan(MOST_SUBSIDY_FEN)}元。"
    if subsidies != sorted(subsidies):
        yield "高档次的政府补贴不能低于低档次。"
    if parameters.window_opens >= parameters.window_closes:
        yield "年度缴费的截止日须晚于开始日。"
    if parameters.basic_pension_central_share_fen > parameters.basic_pension_fen:
        yield "中央补助不能高于基础养老金。"
    if not parameters.certification_first_month <= parameters.certification_last_month < parameters.suspension_month:
        yield "资格认证的开始月、截止月和暂停发放月须依次在后。"
    if parameters.enrolment_age >= parameters.benefit_age:
        yield "参保最低年龄须低于领取年龄。"


def _check_not_below(here: PolicyParameters, above: PolicyParameters, code: str, day: date) -> None:
    """Make sure that a place gives no less than the layer above (国发〔2009〕32号 四、六: localities may only add)."""
    since = f"自{day.isoformat()}起，"
    ends = "如属上级此后的调整，请把截止日期填到该日以前。"
    if code == "basic_pension" and here.basic_pension_fen < above.basic_pension_fen:
        raise BelowUpperLayer(
            f"{since}上级规定的基础养老金为每月{format_yuan(above.basic_pension_fen)}元，地方只可提高。",
            pointer="/value",
        )
    if code != "subsidy_bands":
        return
    for tier_fen in here.tiers_fen:
        least_fen = above.subsidy_fen(tier_fen)
        if here.subsidy_fen(tier_fen) < least_fen:
            raise BelowUpperLayer(
                f"{since}{format_yuan(tier_fen)}元档上级补贴为{format_yuan(least_fen)}元，地方只可增加，须写明补贴全额。{ends}",
                pointer="/value",
            )
