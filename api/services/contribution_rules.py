"""Which rule of `api.policy` judges a contribution, and through which channels each kind may come."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from api.errors import Invalid
from api.policy.contributions import (
    ContributionYearNotOpen,
    PostedYear,
    TierFixedForYear,
    assess,
    assess_government_paid,
)
from api.policy.make_up import assess_make_up
from api.policy.money import format_yuan
from api.policy.parameters import SubsidyMode
from api.policy.reasons import Reason
from api.vocabulary import Channel, ContributionKind, Rhythm

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from api.models import Contribution, Resident
    from api.policy.parameters import PolicyParameters
    from api.services.payers import PayerResident, Standing

YEAR_KINDS = frozenset(
    {
        ContributionKind.ANNUAL,
        ContributionKind.MAKE_UP,
        ContributionKind.GOVERNMENT_PAID,
        ContributionKind.LUMP_SUM,
    }
)
"""Kinds that make the year count; what others pay in for the person does not."""
CHANNELS: dict[ContributionKind, frozenset[Channel]] = {
    ContributionKind.ANNUAL: frozenset({Channel.CASH, Channel.BANK_DEDUCTION, Channel.BANK_TRANSFER}),
    ContributionKind.MAKE_UP: frozenset({Channel.CASH, Channel.BANK_DEDUCTION, Channel.BANK_TRANSFER}),
    ContributionKind.GOVERNMENT_PAID: frozenset(Channel),
    ContributionKind.LUMP_SUM: frozenset({Channel.CASH, Channel.BANK_DEDUCTION, Channel.BANK_TRANSFER}),
    # A collective pays into 收入户 itself; nobody carries its money about.
    ContributionKind.COLLECTIVE: frozenset({Channel.BANK_TRANSFER}),
}
ELSEWHERE: dict[ContributionKind, str] = {
    ContributionKind.LUMP_SUM: "请按趸缴办理，一次登记全部年度",
    ContributionKind.SPONSORED: "请由资助方提交补助(资助)明细表",
    ContributionKind.LAND: "请在已批准的征地项目中生成名单",
}
"""Kinds that are no matter of a single contribution, and where they are handled."""
_QUARTERS_ABOVE = 8
"""A quarter of a tier is more than an eighth of it, a twelfth is less."""


class ChannelNotAllowed(Invalid):
    """Money of this kind does not come this way."""

    code = "channel-not-allowed"
    title = "该类缴费不能使用此缴费渠道"


class KindNotHere(Invalid):
    """Money of this kind is recorded together with more than one year or person."""

    code = "kind-not-here"
    title = "该类缴费不在此处登记"


class AmountUnfit(Invalid):
    """An amount is given where the tier decides, or missing where it alone does."""

    code = "amount-unfit"
    title = "金额与缴费类别不符"


class ChosenTerms(Protocol):
    """Tier (fen) and rhythm of a year, wherever they were read."""

    @property
    def tier_fen(self) -> int:
        """Yearly tier."""

    @property
    def rhythm(self) -> Rhythm:
        """How often a year's tier is paid."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a contribution posts, in fen, by payer and sub-account; and why."""

    tier_fen: int
    amount_fen: int
    """What the contribution itself amounts to, without the subsidy."""
    personal_fen: int
    collective_fen: int
    government_paid_fen: int
    subsidy_fen: int
    reasons: tuple[Reason, ...]
    waiting_subsidy_fen: int = 0
    """Subsidy that government owes for it and that is posted once the money has arrived (`SubsidyMode.ON_CLAIM`)."""

    @property
    def gov_fen(self) -> int:
        """Everything that enters the sub-account gov."""
        return self.government_paid_fen + self.subsidy_fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A contribution as it was handed in."""

    kind: ContributionKind
    contribution_year: int
    paid_on: date
    channel: Channel
    tier_fen: int | None = None
    amount_fen: int | None = None
    instalment: int = 0


def judge(
    offer: Offer,
    *,
    resident: Resident | PayerResident,
    enrolment: ChosenTerms,
    posted: Sequence[Contribution | Standing],
    benefit_started: bool,
    law: PolicyParameters,
) -> Judged:
    """Ask the law what the offer is worth, and what of it is posted now; `posted` are contributions that stand.

    `law` is that of the person's division on the day of payment.

    Raises the refusals of `policy.contributions` and `policy.make_up`, and `ChannelNotAllowed`, `AmountUnfit`,
    `KindNotHere`.
    """
    if offer.kind in ELSEWHERE:
        raise KindNotHere(f"{offer.kind.label}不能单笔登记：{ELSEWHERE[offer.kind]}。", pointer="/kind")
    worth = _worth(offer, resident, enrolment, posted, benefit_started=benefit_started, law=law)
    if law.subsidy_posting is SubsidyMode.ON_CLAIM:
        return _without_subsidy(worth)
    return worth


def _without_subsidy(worth: Judged) -> Judged:
    """Leave the subsidy for the day on which its money has arrived; 代缴 is the contribution itself and stays."""
    if not worth.subsidy_fen:
        return worth
    sentence = f"政府缴费补贴{format_yuan(worth.subsidy_fen)}元，财政资金到账后记入个人账户。"
    reasons = tuple(
        Reason("subsidy-waits", sentence, "政策细则 §3.3 P7") if reason.code == "subsidy" else reason
        for reason in worth.reasons
    )
    return replace(worth, subsidy_fen=0, waiting_subsidy_fen=worth.subsidy_fen, reasons=reasons)


def _worth(
    offer: Offer,
    resident: Resident | PayerResident,
    enrolment: ChosenTerms,
    posted: Sequence[Contribution | Standing],
    *,
    benefit_started: bool,
    law: PolicyParameters,
) -> Judged:
    """What the offer brings into the account in the end."""
    if offer.kind is ContributionKind.COLLECTIVE:
        return _collective(offer, law)
    if offer.amount_fen is not None:
        raise AmountUnfit("缴费金额由档次决定，请只填写档次。", pointer="/amount")
    if offer.kind is ContributionKind.MAKE_UP:
        return _make_up(offer, resident, enrolment, posted, benefit_started=benefit_started, law=law)
    if offer.kind is ContributionKind.GOVERNMENT_PAID:
        return _government_paid(offer, resident, posted, law)
    check_channel(offer)
    assessed = assess(
        birth_date=resident.birth_date,
        contribution_year=offer.contribution_year,
        tier_fen=enrolment.tier_fen if offer.tier_fen is None else offer.tier_fen,
        paid_on=offer.paid_on,
        parameters=law,
        rhythm=enrolment.rhythm,
        instalment=offer.instalment,
        posted=posted_year(posted, offer.contribution_year),
    )
    return Judged(
        tier_fen=assessed.tier_fen,
        amount_fen=assessed.personal_fen,
        personal_fen=assessed.personal_fen,
        collective_fen=0,
        government_paid_fen=0,
        subsidy_fen=assessed.subsidy_fen,
        reasons=assessed.reasons,
    )


def posted_year(posted: Sequence[Contribution | Standing], year: int) -> PostedYear | None:
    """What stands for a year, as the law wants to know it."""
    rows = [row for row in posted if row.contribution_year == year and row.kind in YEAR_KINDS]
    if not rows:
        return None
    first = rows[0]
    if first.instalment == 0:
        rhythm = Rhythm.YEARLY
    elif first.amount_fen * _QUARTERS_ABOVE > first.tier_fen:
        rhythm = Rhythm.QUARTERLY
    else:
        rhythm = Rhythm.MONTHLY
    return PostedYear(first.tier_fen, rhythm, frozenset(row.instalment for row in rows))


def complete_years(posted: Sequence[Contribution | Standing], *, until: int | None = None) -> frozenset[int]:
    """Years that count: paid at once, made up, paid by government, or complete in instalments (policy.md §4.10)."""
    paid: dict[int, int] = {}
    tiers: dict[int, int] = {}
    for row in posted:
        if row.kind in YEAR_KINDS and (until is None or row.contribution_year <= until):
            paid[row.contribution_year] = paid.get(row.contribution_year, 0) + row.amount_fen
            tiers[row.contribution_year] = row.tier_fen
    return frozenset(year for year, sum_fen in paid.items() if sum_fen >= tiers[year])


def check_channel(offer: Offer) -> None:
    """Raise `ChannelNotAllowed` for a channel that the kind does not come by, `AmountUnfit` for a stray instalment."""
    if offer.channel not in CHANNELS[offer.kind]:
        detail = f"{offer.kind.label}不能通过{offer.channel.label}缴纳。"
        raise ChannelNotAllowed(detail, pointer="/channel")
    if offer.instalment and offer.kind is not ContributionKind.ANNUAL:
        raise AmountUnfit("只有年度缴费可以分期。", pointer="/instalment")


def _collective(offer: Offer, law: PolicyParameters) -> Judged:
    """集体补助: the villagers' meeting decides the amount (国发〔2009〕32号 四)."""
    check_channel(offer)
    if offer.amount_fen is None or offer.amount_fen <= 0 or offer.tier_fen is not None:
        raise AmountUnfit("集体补助须填写大于零的金额，不填档次。", pointer="/amount")
    launch = law.launch_on
    if not launch.year <= offer.contribution_year <= offer.paid_on.year:
        raise ContributionYearNotOpen("集体补助只能记入制度实施以来、已开始的年度。", pointer="/contribution_year")
    sentence = f"{offer.contribution_year}年度集体补助{format_yuan(offer.amount_fen)}元，记入个人账户。"
    return Judged(
        tier_fen=0,
        amount_fen=offer.amount_fen,
        personal_fen=0,
        collective_fen=offer.amount_fen,
        government_paid_fen=0,
        subsidy_fen=0,
        reasons=(Reason("collective", sentence, "国发〔2009〕32号 四"),),
    )


def _make_up(
    offer: Offer,
    resident: Resident | PayerResident,
    enrolment: ChosenTerms,
    posted: Sequence[Contribution | Standing],
    *,
    benefit_started: bool,
    law: PolicyParameters,
) -> Judged:
    """补缴: a missed year whole; of a year that was begun in instalments and not finished, what is lacking of its tier."""
    check_channel(offer)
    begun = [row for row in posted if row.contribution_year == offer.contribution_year and row.kind in YEAR_KINDS]
    tier_fen = begun[0].tier_fen if begun else enrolment.tier_fen if offer.tier_fen is None else offer.tier_fen
    if offer.tier_fen not in {None, tier_fen}:
        raise TierFixedForYear(f"该年度已按{format_yuan(tier_fen)}元档次分期缴费，只能按该档次补足。", pointer="/tier")
    begun_fen = sum(row.amount_fen for row in begun)
    assessed = assess_make_up(
        birth_date=resident.birth_date,
        years=(offer.contribution_year,),
        paid_years=complete_years(posted),
        tier_fen=tier_fen,
        paid_on=offer.paid_on,
        parameters=law,
        benefit_started=benefit_started,
    )
    return Judged(
        tier_fen=assessed.tier_fen,
        amount_fen=assessed.personal_fen - begun_fen,
        personal_fen=assessed.personal_fen - begun_fen,
        collective_fen=0,
        government_paid_fen=0,
        subsidy_fen=assessed.subsidy_fen,
        reasons=(*assessed.reasons, *_rest_of_a_year(begun_fen, assessed.personal_fen)),
    )


def _rest_of_a_year(begun_fen: int, whole_fen: int) -> tuple[Reason, ...]:
    """Say what is still lacking of a year that was begun in instalments."""
    if not begun_fen:
        return ()
    sentence = f"该年度已分期缴纳{format_yuan(begun_fen)}元，补足差额{format_yuan(whole_fen - begun_fen)}元。"
    return (Reason("rest-of-year", sentence, "政策细则 §4.10"),)


def _government_paid(
    offer: Offer, resident: Resident | PayerResident, posted: Sequence[Contribution | Standing], law: PolicyParameters
) -> Judged:
    """政府代缴 (A17): without a tier the minimum, all of it by government."""
    check_channel(offer)
    flags = {"dibao": resident.dibao, "wubao": resident.wubao, "land_taken": resident.land_taken}
    assessed = assess_government_paid(
        birth_date=resident.birth_date,
        contribution_year=offer.contribution_year,
        tier_fen=law.minimum_tier_fen if offer.tier_fen is None else offer.tier_fen,
        paid_on=offer.paid_on,
        parameters=law,
        disability_grade=resident.disability_grade,
        groups=[name for name, holds in flags.items() if holds],
        posted=posted_year(posted, offer.contribution_year),
    )
    if (offer.channel is Channel.GOVERNMENT) != (assessed.personal_fen == 0):
        detail = "政府代缴最低档次时渠道为财政拨付；选择更高档次时，个人部分须由本人通过现金或银行缴纳。"
        raise ChannelNotAllowed(detail, pointer="/channel")
    return Judged(
        tier_fen=assessed.tier_fen,
        amount_fen=assessed.personal_fen + assessed.government_paid_fen,
        personal_fen=assessed.personal_fen,
        collective_fen=0,
        government_paid_fen=assessed.government_paid_fen,
        subsidy_fen=assessed.subsidy_fen,
        reasons=assessed.reasons,
    )
