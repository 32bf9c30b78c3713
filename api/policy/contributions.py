"""缴费: what a contribution is worth, which year it counts for and what government adds, or why it is refused.

Sources: 国发〔2009〕32号 四至六, 粤府〔2009〕124号, 人社厅发〔2009〕161号; policy.md §1, §2.1, §4.10.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from api.errors import DomainError
from api.policy.ages import attains_on
from api.policy.money import format_yuan, split_exactly
from api.policy.reasons import Reason
from api.vocabulary import Rhythm

if TYPE_CHECKING:
    from collections.abc import Collection

    from api.policy.parameters import PolicyParameters

INSTALMENTS = {Rhythm.YEARLY: 1, Rhythm.QUARTERLY: 4, Rhythm.MONTHLY: 12}
"""Payments in a year by rhythm."""
SEVERELY_DISABLED = "severely_disabled"


class TierNotOffered(DomainError):
    """The tier is not among those of the year."""

    status = 422
    code = "tier-not-offered"
    title = "没有这个缴费档次"


class ContributionYearNotOpen(DomainError):
    """The year is not, not yet or no longer open for payment."""

    code = "contribution-year-not-open"
    title = "该年度不在缴费期内"


class ContributionAgeOutside(DomainError):
    """The person is too young or too old to pay for the year."""

    code = "contribution-age-outside"
    title = "不在缴费年龄范围内"


class ContributionAlreadyRecorded(DomainError):
    """This payment of the year is on record: the year counts once (policy.md §4.10)."""

    code = "contribution-already-recorded"
    title = "该年度保费已缴"


class TierFixedForYear(DomainError):
    """One tier per calendar year: no top-up and no change once paid (example A4)."""

    code = "tier-fixed-for-year"
    title = "该年度档次已确定，不能补差或变更"


class RhythmFixedForYear(DomainError):
    """One rhythm per calendar year (粤府〔2009〕124号)."""

    code = "rhythm-fixed-for-year"
    title = "该年度缴费周期已确定"


class InstalmentUnknown(DomainError):
    """The number of the instalment does not fit the rhythm."""

    status = 422
    code = "instalment-unknown"
    title = "缴费期次与缴费周期不符"


class NotPaidByGovernment(DomainError):
    """The person belongs to no group for which government pays."""

    code = "not-paid-by-government"
    title = "不属于政府代缴对象"


@dataclass(frozen=True, slots=True)
class PostedYear:
    """What is on record for the contribution year: its tier, rhythm and the instalments paid (0 for yearly)."""

    tier_fen: int
    rhythm: Rhythm
    instalments: frozenset[int]


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a payment posts, in fen, by sub-account and payer; whether it completes the year; and why."""

    contribution_year: int
    tier_fen: int
    rhythm: Rhythm
    instalment: int
    personal_fen: int
    """Paid by the person, sub-account personal."""
    government_paid_fen: int
    """政府代缴, sub-account gov."""
    subsidy_fen: int
    """政府补贴, sub-account gov; it comes with the payment that completes the year."""
    completes_year: bool
    """Whether the year counts from now on (once, whatever the rhythm)."""
    reasons: tuple[Reason, ...]

    @property
    def gov_fen(self) -> int:
        """Everything that enters the sub-account gov, in fen."""
        return self.government_paid_fen + self.subsidy_fen


def payment_window(year: int, parameters: PolicyParameters) -> tuple[date, date]:
    """First and last day on which the contribution of a year can be paid (policy.md §3.2)."""
    first = _clipped(year, parameters.window_opens)
    return max(first, parameters.launch_on), _clipped(year, parameters.window_closes)


def _clipped(year: int, month_day: tuple[int, int]) -> date:
    month, day = month_day
    return date(year, month, min(day, monthrange(year, month)[1]))


def check_tier(tier_fen: int, parameters: PolicyParameters) -> None:
    """Raise TierNotOffered unless the tier is offered on the snapshot's day."""
    if tier_fen not in parameters.tiers_fen:
        offered = "、".join(str(fen // 100) for fen in parameters.tiers_fen)
        detail = f"没有每年{format_yuan(tier_fen)}元的缴费档次；可选档次为{offered}元。"
        raise TierNotOffered(detail, pointer="/tier")


def check_contribution_age(birth_date: date, contribution_year: int, on: date, parameters: PolicyParameters) -> None:
    """Raise ContributionAgeOutside below 16, for the launch cohort, and for years after the one of the 60th birthday.

    The year in which 60 is reached may still be paid ("到龄当年也可以缴纳本年度").
    """
    if on < attains_on(birth_date, parameters.enrolment_age):
        detail = f"未满{parameters.enrolment_age}周岁，不能缴费。"
        raise ContributionAgeOutside(detail, pointer="/resident_id")
    sixtieth = attains_on(birth_date, parameters.benefit_age)
    if sixtieth <= parameters.launch_on:
        detail = f"制度启动时已满{parameters.benefit_age}周岁，不用缴费，可按规定领取基础养老金。"
        raise ContributionAgeOutside(detail, pointer="/resident_id")
    if contribution_year > sixtieth.year:
        detail = f"{sixtieth.year}年已满{parameters.benefit_age}周岁，不能再缴{contribution_year}年度保费。"
        raise ContributionAgeOutside(detail, pointer="/contribution_year")


def _check_year(contribution_year: int, paid_on: date, parameters: PolicyParameters) -> None:
    first, last = payment_window(contribution_year, parameters)
    if first <= paid_on <= last:
        return
    if contribution_year < parameters.launch_on.year:
        detail = f"制度自{parameters.launch_on.isoformat()}起实施，{contribution_year}年度只能按补缴办理。"
    elif paid_on > last:
        detail = f"{contribution_year}年度缴费已于{last.isoformat()}截止，漏缴年度请办理补缴。"
    else:
        detail = f"{contribution_year}年度缴费自{first.isoformat()}起。"
    raise ContributionYearNotOpen(detail, pointer="/contribution_year")


def _check_posted(posted: PostedYear, *, tier_fen: int, rhythm: Rhythm, instalment: int) -> None:
    if posted.tier_fen != tier_fen:
        detail = f"该年度已按{format_yuan(posted.tier_fen)}元档次缴费，不能补差；变更档次自下一未缴年度起生效。"
        raise TierFixedForYear(detail, pointer="/tier")
    if posted.rhythm is not rhythm:
        detail = f"该年度已选择{posted.rhythm.label}缴费，一个自然年度只能有一种缴费周期。"
        raise RhythmFixedForYear(detail, pointer="/rhythm")
    if instalment in posted.instalments:
        raise ContributionAlreadyRecorded("该年度(期次)保费已经缴过，每年只计一次。", pointer="/contribution_year")


def instalment_fen(tier_fen: int, rhythm: Rhythm, instalment: int) -> int:
    """Amount of one payment, in fen: the tier split exactly over the payments of the year (example A5).

    `instalment` is 0 for a year paid at once, else 1 to 12 or 1 to 4. Raises InstalmentUnknown.
    """
    count = INSTALMENTS[rhythm]
    if rhythm is Rhythm.YEARLY:
        if instalment != 0:
            raise InstalmentUnknown("按年缴费没有期次。", pointer="/instalment")
        return tier_fen
    if not 1 <= instalment <= count:
        detail = f"{rhythm.label}缴费的期次为1至{count}。"
        raise InstalmentUnknown(detail, pointer="/instalment")
    return split_exactly(tier_fen, [1] * count)[instalment - 1]


def assess(
    *,
    birth_date: date,
    contribution_year: int,
    tier_fen: int,
    paid_on: date,
    parameters: PolicyParameters,
    rhythm: Rhythm = Rhythm.YEARLY,
    instalment: int = 0,
    posted: PostedYear | None = None,
) -> Assessment:
    """Assess an annual contribution, or one instalment of it; `parameters` are those of the day of payment.

    The year counts, and the subsidy falls due, with the payment that completes it.
    Raises ContributionAgeOutside, ContributionYearNotOpen, TierNotOffered, TierFixedForYear, RhythmFixedForYear,
    ContributionAlreadyRecorded, InstalmentUnknown. 国发〔2009〕32号 四, 粤府〔2009〕124号.
    """
    check_contribution_age(birth_date, contribution_year, paid_on, parameters)
    _check_year(contribution_year, paid_on, parameters)
    if posted is not None:
        _check_posted(posted, tier_fen=tier_fen, rhythm=rhythm, instalment=instalment)
    check_tier(tier_fen, parameters)
    amount_fen = instalment_fen(tier_fen, rhythm, instalment)
    paid = (posted.instalments if posted else frozenset()) | {instalment}
    completes = len(paid) == INSTALMENTS[rhythm]
    subsidy_fen = parameters.subsidy_fen(tier_fen) if completes else 0
    return Assessment(
        contribution_year=contribution_year,
        tier_fen=tier_fen,
        rhythm=rhythm,
        instalment=instalment,
        personal_fen=amount_fen,
        government_paid_fen=0,
        subsidy_fen=subsidy_fen,
        completes_year=completes,
        reasons=_annual_reasons(
            year=contribution_year,
            tier_fen=tier_fen,
            amount_fen=amount_fen,
            subsidy_fen=subsidy_fen if completes else None,
            period="" if rhythm is Rhythm.YEARLY else f"，{rhythm.label}第{instalment}期",
        ),
    )


def _annual_reasons(
    *, year: int, tier_fen: int, amount_fen: int, subsidy_fen: int | None, period: str
) -> tuple[Reason, ...]:
    """Sentences of an annual contribution; no subsidy yet means that the year is not complete."""
    reasons = [
        Reason(
            "contribution",
            f"{year}年度，档次{format_yuan(tier_fen)}元{period}，个人缴费{format_yuan(amount_fen)}元。",
            "国发〔2009〕32号 四",
        )
    ]
    if subsidy_fen is not None:
        reasons.append(Reason("year-counted", f"{year}年度保费缴足，计缴费1年。", "政策细则 §4.10"))
        reasons.append(
            Reason("subsidy", f"政府缴费补贴{format_yuan(subsidy_fen)}元，记入个人账户。", "国发〔2009〕32号 四")
        )
    else:
        reasons.append(Reason("year-open", f"{year}年度尚未缴足，缴足后计1年并享受政府补贴。", "政策细则 §4.10"))
    return tuple(reasons)


def may_be_paid_by_government(
    *, disability_grade: int | None, groups: Collection[str], parameters: PolicyParameters
) -> bool:
    """Whether government pays the minimum tier: severely disabled by grade, or another group of the parameter."""
    severe = disability_grade is not None and 1 <= disability_grade <= parameters.severe_disability_grade
    named = set(groups) | ({SEVERELY_DISABLED} if severe else set())
    return bool(named & parameters.government_paid_groups)


def assess_government_paid(
    *,
    birth_date: date,
    contribution_year: int,
    tier_fen: int,
    paid_on: date,
    parameters: PolicyParameters,
    disability_grade: int | None = None,
    groups: Collection[str] = (),
    posted: PostedYear | None = None,
) -> Assessment:
    """Assess 政府代缴: government pays the minimum tier into `gov`, the person the rest of a higher tier (A17).

    Formula: government = min tier, own share = tier - min tier, subsidy by the tier. Raises NotPaidByGovernment and
    the refusals of `assess`. 国发〔2009〕32号 四.
    """
    if not may_be_paid_by_government(disability_grade=disability_grade, groups=groups, parameters=parameters):
        raise NotPaidByGovernment("不属于重度残疾人等政府代缴对象，请按个人缴费办理。", pointer="/kind")
    base = assess(
        birth_date=birth_date,
        contribution_year=contribution_year,
        tier_fen=tier_fen,
        paid_on=paid_on,
        parameters=parameters,
        posted=posted,
    )
    minimum_fen = parameters.minimum_tier_fen
    own_fen = tier_fen - minimum_fen
    sentence = (
        f"{contribution_year}年度由政府代缴最低标准{format_yuan(minimum_fen)}元，个人缴{format_yuan(own_fen)}元。"
    )
    return Assessment(
        contribution_year=contribution_year,
        tier_fen=tier_fen,
        rhythm=Rhythm.YEARLY,
        instalment=0,
        personal_fen=own_fen,
        government_paid_fen=minimum_fen,
        subsidy_fen=base.subsidy_fen,
        completes_year=True,
        reasons=(Reason("government-paid", sentence, "国发〔2009〕32号 四"), *base.reasons[1:]),
    )


def tier_change_year(*, requested_on: date, paid_years: Collection[int]) -> int:
    """Calendar year from which a tier change takes effect: the next unpaid one (policy.md §3.3 P2, example A4).

    `paid_years` are the years for which anything is on record, a single instalment included.
    """
    year = requested_on.year
    while year in paid_years:
        year += 1
    return year
