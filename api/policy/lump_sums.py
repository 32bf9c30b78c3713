"""趸缴: several years paid at once by those of 45 and more at launch (粤府〔2009〕124号, policy.md §2.1, §4.9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.errors import DomainError
from api.policy.ages import attains_on
from api.policy.contributions import check_tier, payment_window
from api.policy.money import format_yuan
from api.policy.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from api.policy.parameters import PolicyParameters

_CLAUSE = "粤府〔2009〕124号"


class LumpSumClosed(DomainError):
    """The person may not pay several years at once."""

    code = "lump-sum-closed"
    title = "不能办理趸缴"


class LumpSumYearsUnfit(DomainError):
    """The years are not those from the first unpaid one on."""

    code = "lump-sum-years-unfit"
    title = "趸缴年度不符合规定"


class LumpSumCapReached(DomainError):
    """The paid years would exceed the cap of fifteen."""

    code = "lump-sum-cap-reached"
    title = "趸缴后缴费年限超过上限"


@dataclass(frozen=True, slots=True)
class LumpSumAllowance:
    """The years that may be paid at once, in their order and within the cap; none, and the reason says why."""

    years: tuple[int, ...]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class LumpSumYear:
    """What one year of the sum posts, in fen."""

    year: int
    personal_fen: int
    subsidy_fen: int


@dataclass(frozen=True, slots=True)
class LumpSumAssessment:
    """What a lump sum posts, year by year, and why."""

    years: tuple[LumpSumYear, ...]
    tier_fen: int
    reasons: tuple[Reason, ...]


def lump_sum_allowance(
    *,
    birth_date: date,
    taken_years: Collection[int],
    paid_years: Collection[int],
    on: date,
    parameters: PolicyParameters,
) -> LumpSumAllowance:
    """Years that may be paid at once on a day.

    Formula: the unpaid years from the first one since launch to the year of the 60th birthday, at most 15 less the years
    paid. `taken_years` have anything on record, `paid_years` of them count. The current year is left out when its window
    is closed. Whoever was 60 at launch, or younger than 45, pays nothing at once; 45 is tested by §4.9 for 29 February.
    """
    sixtieth = attains_on(birth_date, parameters.benefit_age)
    if sixtieth <= parameters.launch_on:
        return _closed("launch-cohort", f"制度启动时已满{parameters.benefit_age}周岁，不用缴费。")
    if attains_on(birth_date, parameters.make_up_age_at_launch) > parameters.launch_on:
        age = parameters.make_up_age_at_launch
        return _closed("lump-sum-too-young", f"制度启动时未满{age}周岁，不能趸缴，请按年缴费。")
    first, last = payment_window(on.year, parameters)
    shut = set() if first <= on <= last else {on.year}
    free = [
        year
        for year in range(parameters.launch_on.year, sixtieth.year + 1)
        if year not in taken_years and year not in shut
    ]
    room = max(0, parameters.make_up_cap_years - len(set(paid_years)))
    years = tuple(free[:room])
    if not years:
        why = "累计缴费已达上限" if free else f"到{sixtieth.year}年为止没有未缴年度"
        return _closed("lump-sum-nothing-open", f"{why}，不能趸缴。")
    sentence = (
        f"制度启动时已满{parameters.make_up_age_at_launch}周岁，可从{years[0]}年起一次缴纳到{years[-1]}年，"
        f"最多{len(years)}年；已缴{len(set(paid_years))}年，累计不超过{parameters.make_up_cap_years}年。"
    )
    return LumpSumAllowance(years, (Reason("lump-sum-allowance", sentence, _CLAUSE),))


def _closed(code: str, sentence: str) -> LumpSumAllowance:
    return LumpSumAllowance((), (Reason(code, sentence, _CLAUSE),))


def assess_lump_sum(
    *,
    birth_date: date,
    years: Sequence[int],
    taken_years: Collection[int],
    paid_years: Collection[int],
    tier_fen: int,
    paid_on: date,
    parameters: PolicyParameters,
    benefit_started: bool = False,
) -> LumpSumAssessment:
    """Assess several years paid at once at one tier.

    Formula: each year posts the tier; the subsidy comes with the year of payment, and with the others only where
    `lump_sum_subsidised` (later years) or `make_up_subsidised` (earlier years) says so. Raises LumpSumClosed,
    LumpSumCapReached, LumpSumYearsUnfit, TierNotOffered.
    """
    if benefit_started:
        raise LumpSumClosed("已领取待遇，不能趸缴。", pointer="/resident_id")
    allowance = lump_sum_allowance(
        birth_date=birth_date, taken_years=taken_years, paid_years=paid_years, on=paid_on, parameters=parameters
    )
    if not allowance.years:
        raise LumpSumClosed(allowance.reasons[0].message, pointer="/resident_id")
    wanted = tuple(sorted(years))
    if not wanted or len(set(wanted)) != len(wanted):
        raise LumpSumYearsUnfit("请列出要趸缴的年度，每个年度只列一次。", pointer="/years")
    cap = parameters.make_up_cap_years
    if len(set(paid_years)) + len(wanted) > cap:
        detail = f"已缴{len(set(paid_years))}年，再趸缴{len(wanted)}年将超过{cap}年的上限，最多还可趸缴{len(allowance.years)}年。"
        raise LumpSumCapReached(detail, pointer="/years")
    if wanted != allowance.years[: len(wanted)]:
        listed = "、".join(map(str, allowance.years))
        detail = f"趸缴须从第一个未缴年度起依次连续，可趸缴的年度为{listed}。"
        raise LumpSumYearsUnfit(detail, pointer="/years")
    check_tier(tier_fen, parameters)
    parts = tuple(
        LumpSumYear(year, tier_fen, lump_sum_subsidy_fen(year, tier_fen, paid_on, parameters)) for year in wanted
    )
    subsidy_fen = sum(part.subsidy_fen for part in parts)
    sentence = (
        f"趸缴{wanted[0]}至{wanted[-1]}年共{len(wanted)}年，每年{format_yuan(tier_fen)}元，"
        f"合计{format_yuan(tier_fen * len(wanted))}元；政府补贴{format_yuan(subsidy_fen)}元；"
        f"累计缴费{len(set(paid_years)) + len(wanted)}年。"
    )
    return LumpSumAssessment(parts, tier_fen, (*allowance.reasons, Reason("lump-sum", sentence, _CLAUSE)))


def lump_sum_subsidy_fen(year: int, tier_fen: int, paid_on: date, parameters: PolicyParameters) -> int:
    """Subsidy of one year of the sum, in fen."""
    if year == paid_on.year:
        granted = True
    elif year > paid_on.year:
        granted = parameters.lump_sum_subsidised
    else:
        granted = parameters.make_up_subsidised
    return parameters.subsidy_fen(tier_fen) if granted else 0
