"""The price list of a deduction batch: what the law makes of every tier, rhythm and instalment, asked once for a town.

The set-based computing looks amounts up here and never works one out by itself, so that it cannot differ from the law.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from api.policy.contributions import INSTALMENTS, NotPaidByGovernment, instalment_fen
from api.services.contribution_rules import Offer, judge
from api.services.payers import PayerResident, Standing
from api.vocabulary import Channel, ContributionKind, ResidentStatus, Rhythm

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from api.policy.parameters import PolicyParameters
    from api.services.contribution_rules import Judged

_ANY_GRADE = 1
_SOME_AGE = 40


class Price(NamedTuple):
    """What one payment is worth, in fen; `completes` when every other instalment of the year stands."""

    kind: ContributionKind
    tier_fen: int
    rhythm: Rhythm
    instalment: int
    completes: bool
    amount_fen: int
    """What the passbook is asked for."""
    government_paid_fen: int
    subsidy_fen: int
    waiting_subsidy_fen: int
    """Subsidy that is posted once government's money has arrived."""


class _Terms(NamedTuple):
    """Tier and rhythm as the law wants to know them."""

    tier_fen: int
    rhythm: Rhythm


def price_list(law: PolicyParameters, *, division_code: int, year: int, today: date) -> list[Price]:
    """Return every price of a contribution year as of a day. Raises `ContributionYearNotOpen` outside its window."""
    somebody = _somebody(division_code, today)
    prices: list[Price] = []
    for tier_fen in law.tiers_fen:
        for rhythm in Rhythm:
            for instalment, posted in _cases(tier_fen, rhythm, year):
                terms = _Terms(tier_fen, rhythm)
                judged = _ask(law, somebody, terms, ContributionKind.ANNUAL, year, instalment, today, posted)
                completes = len(posted) + 1 == INSTALMENTS[rhythm]
                prices.append(_price(ContributionKind.ANNUAL, rhythm, instalment, judged, completes=completes))
        if tier_fen > law.minimum_tier_fen:
            prices += _helped(law, somebody, _Terms(tier_fen, Rhythm.YEARLY), year, today)
    return prices


def as_arrays(prices: Sequence[Price]) -> dict[str, list[Any]]:
    """Return a price list by columns, as the statement takes it."""
    columns: list[list[Any]] = [list(column) for column in zip(*prices, strict=True)] or [[] for _ in Price._fields]
    names = (
        "kinds",
        "tiers",
        "price_rhythms",
        "instalments",
        "completes",
        "amounts",
        "government_paid",
        "subsidies",
        "waiting",
    )
    arrays = dict(zip(names, columns, strict=True))
    return arrays | {name: [word.value for word in arrays[name]] for name in ("kinds", "price_rhythms")}


def _somebody(division_code: int, today: date) -> PayerResident:
    """Somebody of working age who belongs to every group that government may pay for: only the price is asked for."""
    return PayerResident(
        county_code=division_code // 1_000_000,
        id=0,
        division_code=division_code,
        birth_date=date(today.year - _SOME_AGE, 1, 1),
        status=ResidentStatus.ALIVE,
        status_on=None,
        disability_grade=_ANY_GRADE,
        dibao=True,
        wubao=True,
        land_taken=True,
    )


def _cases(tier_fen: int, rhythm: Rhythm, year: int) -> Iterator[tuple[int, list[Standing]]]:
    """Each instalment twice: as the first payment of its year, and as the one that completes it."""
    if rhythm is Rhythm.YEARLY:
        yield 0, []
        return
    every = range(1, INSTALMENTS[rhythm] + 1)
    for instalment in every:
        yield instalment, []
        yield (
            instalment,
            [
                Standing(year, ContributionKind.ANNUAL, other, tier_fen, instalment_fen(tier_fen, rhythm, other), 0)
                for other in every
                if other != instalment
            ],
        )


def _helped(law: PolicyParameters, somebody: PayerResident, terms: _Terms, year: int, today: date) -> list[Price]:
    """The own share of those for whom government pays the minimum tier; none where the law names no such group."""
    try:
        judged = _ask(law, somebody, terms, ContributionKind.GOVERNMENT_PAID, year, 0, today, [])
    except NotPaidByGovernment:
        return []
    return [_price(ContributionKind.GOVERNMENT_PAID, Rhythm.YEARLY, 0, judged, completes=True)]


def _ask(
    law: PolicyParameters,
    somebody: PayerResident,
    terms: _Terms,
    kind: ContributionKind,
    year: int,
    instalment: int,
    today: date,
    posted: Sequence[Standing],
) -> Judged:
    offer = Offer(
        kind=kind,
        contribution_year=year,
        paid_on=today,
        channel=Channel.BANK_DEDUCTION,
        tier_fen=terms.tier_fen,
        instalment=instalment,
    )
    return judge(offer, resident=somebody, enrolment=terms, posted=posted, benefit_started=False, law=law)


def _price(kind: ContributionKind, rhythm: Rhythm, instalment: int, judged: Judged, *, completes: bool) -> Price:
    return Price(
        kind,
        judged.tier_fen,
        rhythm,
        instalment,
        completes,
        judged.personal_fen,
        judged.government_paid_fen,
        judged.subsidy_fen,
        judged.waiting_subsidy_fen,
    )
