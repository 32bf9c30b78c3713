"""补缴: which missed years may be made up, and what that posts (国发〔2009〕32号 六, policy.md §1, §3.3 P5, A9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.errors import DomainError
from api.policy.ages import attains_on
from api.policy.contributions import check_tier
from api.policy.money import format_yuan
from api.policy.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from api.policy.parameters import PolicyParameters

_CLAUSE = "国发〔2009〕32号 六"


class MakeUpCapReached(DomainError):
    """The paid years would exceed the cap of fifteen."""

    code = "make-up-cap-reached"
    title = "补缴后缴费年限超过上限"


class MakeUpYearNotAllowed(DomainError):
    """The year cannot be made up: paid already, not missed, or open for ordinary payment."""

    code = "make-up-year-not-allowed"
    title = "该年度不能补缴"


class MakeUpClosed(DomainError):
    """Benefits run, or no contribution is due at all."""

    code = "make-up-closed"
    title = "不能办理补缴"


@dataclass(frozen=True, slots=True)
class MakeUpAllowance:
    """What may be made up: the years open to it, latest first, and how many of them at most."""

    years: tuple[int, ...]
    remaining: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class MakeUpAssessment:
    """What a make-up posts, in fen: personal money for so many years, and subsidy where the parameter grants one."""

    years: tuple[int, ...]
    tier_fen: int
    personal_fen: int
    subsidy_fen: int
    paid_years_after: int
    reasons: tuple[Reason, ...]


def make_up_allowance(
    *, birth_date: date, paid_years: Collection[int], on: date, parameters: PolicyParameters
) -> MakeUpAllowance:
    """Years that may be made up on a day.

    Formula: remaining = min(15 - paid, open years). Open are unpaid years before the current one: for those aged 45 or
    more at launch the fifteen years before the year of the 60th birthday and that year itself, for the younger the
    missed years since launch or since the year of the 16th birthday. Nobody aged 60 at launch makes anything up.
    """
    sixtieth = attains_on(birth_date, parameters.benefit_age)
    if sixtieth <= parameters.launch_on:
        reason = Reason("launch-cohort", "制度启动时已满60周岁，不用缴费，也不用补缴。", "国发〔2009〕32号 七")
        return MakeUpAllowance((), 0, (reason,))
    near = attains_on(birth_date, parameters.make_up_age_at_launch) <= parameters.launch_on
    if near:
        first = sixtieth.year - parameters.required_years_cap
        basis = f"制度启动时已满{parameters.make_up_age_at_launch}周岁，可补缴启动以前的年度"
    else:
        first = max(parameters.launch_on.year, attains_on(birth_date, parameters.enrolment_age).year)
        basis = f"制度启动时未满{parameters.make_up_age_at_launch}周岁，只可补缴{first}年以来漏缴的年度"
    last = min(on.year - 1, sixtieth.year)
    open_years = tuple(year for year in range(last, first - 1, -1) if year not in paid_years)
    remaining = min(max(0, parameters.make_up_cap_years - len(set(paid_years))), len(open_years))
    sentence = (
        f"{basis}；已缴{len(set(paid_years))}年，补缴后累计不超过{parameters.make_up_cap_years}年，"
        f"还可补缴{remaining}年。"
    )
    return MakeUpAllowance(open_years, remaining, (Reason("make-up-allowance", sentence, _CLAUSE),))


def assess_make_up(
    *,
    birth_date: date,
    years: Sequence[int],
    paid_years: Collection[int],
    tier_fen: int,
    paid_on: date,
    parameters: PolicyParameters,
    benefit_started: bool = False,
) -> MakeUpAssessment:
    """Assess the make-up of several years at one tier, paid in one sum; `paid_years` are the years counted so far.

    Formula: personal = years * tier, subsidy = 0 unless `make_up_subsidised`. Raises MakeUpClosed, MakeUpCapReached,
    MakeUpYearNotAllowed, TierNotOffered.
    """
    if benefit_started:
        raise MakeUpClosed("已领取待遇，不能再补缴。", pointer="/resident_id")
    allowance = make_up_allowance(birth_date=birth_date, paid_years=paid_years, on=paid_on, parameters=parameters)
    if not allowance.years and not allowance.remaining:
        raise MakeUpClosed(allowance.reasons[0].message, pointer="/resident_id")
    if not years or len(set(years)) != len(years):
        raise MakeUpYearNotAllowed("请列出要补缴的年度，每个年度只列一次。", pointer="/contribution_year")
    if len(set(paid_years)) + len(years) > parameters.make_up_cap_years:
        detail = (
            f"已缴{len(set(paid_years))}年，补缴{len(years)}年后超过{parameters.make_up_cap_years}年的上限，"
            f"最多还可补缴{allowance.remaining}年。"
        )
        raise MakeUpCapReached(detail, pointer="/contribution_year")
    wrong = [year for year in years if year not in allowance.years]
    if wrong:
        detail = f"{'、'.join(map(str, wrong))}年度不能补缴(已缴、不属于可补缴年度，或应按当年度缴费办理)。"
        raise MakeUpYearNotAllowed(detail, pointer="/contribution_year")
    check_tier(tier_fen, parameters)
    personal_fen = tier_fen * len(years)
    subsidy_fen = parameters.subsidy_fen(tier_fen) * len(years) if parameters.make_up_subsidised else 0
    after = len(set(paid_years)) + len(years)
    subsidy = f"政府补贴{format_yuan(subsidy_fen)}元" if subsidy_fen else "补缴年限不享受政府补贴"
    sentence = (
        f"补缴{len(years)}年，每年{format_yuan(tier_fen)}元，共{format_yuan(personal_fen)}元；{subsidy}；"
        f"补缴后累计缴费{after}年。"
    )
    return MakeUpAssessment(
        years=tuple(sorted(years)),
        tier_fen=tier_fen,
        personal_fen=personal_fen,
        subsidy_fen=subsidy_fen,
        paid_years_after=after,
        reasons=(*allowance.reasons, Reason("make-up", sentence, _CLAUSE)),
    )
