"""补缴 and 趸缴 of several years in one sum: all of it or nothing, a contribution per year and one receipt for the sum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from api.database import new_ids
from api.errors import NotFound
from api.policy.contribution_sums import GroupOffer, Quote, YearPart
from api.policy.contributions import TierFixedForYear
from api.policy.lump_sums import assess_lump_sum, lump_sum_allowance
from api.policy.make_up import assess_make_up
from api.policy.money import format_yuan
from api.policy.parameters import SubsidyMode
from api.services import audit_events, contribution_postings, contributions, deductions_under_way, payers, receipts
from api.services.contribution_rules import YEAR_KINDS, Judged, Offer, check_channel, complete_years
from api.services.laws import law_on
from api.vocabulary import Channel, ContributionKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.database import Actor
    from api.models import Contribution, Receipt
    from api.policy.parameters import PolicyParameters
    from api.policy.reasons import Reason
    from api.services.payers import Payer, Standing

COUNTY_SPAN = 10_000_000_000


@dataclass(frozen=True, slots=True)
class RecordedGroup:
    """The contributions of a sum, by year, its receipt when it was paid in cash, and what the law said."""

    contributions: tuple[Contribution, ...]
    receipt: Receipt | None
    reasons: tuple[Reason, ...]


def quote(session: Session, *, resident_id: int, offer: GroupOffer, today: date) -> Quote:
    """Say what a sum would come to; nothing is written. Raises as `record`."""
    _check_day(offer, today)
    county_code = resident_id // COUNTY_SPAN
    payer = payers.look(session, county_code=county_code, resident_id=resident_id, year=offer.paid_on.year)
    if payer is None:
        raise NotFound
    return _judge(session, payer, offer)


def record(
    session: Session, *, actor: Actor, keyring: Keyring, resident_id: int, offer: GroupOffer, today: date
) -> RecordedGroup:
    """Record a sum for several years.

    Raises `NotFound`, what `contributions.record` raises of the person, and the refusals of `policy.make_up` and
    `policy.lump_sums`; then nothing at all is recorded. policy.md §2.1, §3.3 P5 (A9).
    """
    _check_day(offer, today)
    county_code = resident_id // COUNTY_SPAN
    payer = payers.lock(session, county_code=county_code, resident_id=resident_id, year=offer.paid_on.year)
    if payer is None:
        raise NotFound
    quoted = _judge(session, payer, offer)
    deducted = deductions_under_way.of_people(session, county_code, [resident_id])
    for part in quoted.parts:
        year = Offer(kind=offer.kind, contribution_year=part.year, paid_on=offer.paid_on, channel=offer.channel)
        deductions_under_way.refuse(year, is_under_way=(resident_id, part.year) in deducted)
    till = None
    if offer.channel is Channel.CASH:
        law = law_on(session, payer.resident.division_code, today)
        till = receipts.Till(actor=actor, county_code=county_code, today=today, law=law)
        till.take(session, quoted.amount_fen)
    made = _book(session, actor, payer, offer, quoted, today)
    receipt = None
    if till is not None:
        receipt = till.issue(
            session,
            keyring,
            receipt_id=payer.ids[2],
            contribution=made[0],
            amount_fen=quoted.amount_fen,
            contribution_count=len(made),
        )
    audit_events.record(
        session,
        actor=actor,
        action="record_contribution_group",
        subject_kind="contribution",
        subject_id=made[0].id,
        division_code=payer.resident.division_code,
        resident_id=resident_id,
        kind=offer.kind.value,
        years=[part.year for part in quoted.parts],
        amount_fen=quoted.amount_fen,
        subsidy_fen=quoted.subsidy_fen,
    )
    return RecordedGroup(made, receipt, quoted.reasons)


def _check_day(offer: GroupOffer, today: date) -> None:
    if offer.paid_on > today:
        raise contributions.PaidInFuture(pointer="/paid_on")


def _judge(session: Session, payer: Payer, offer: GroupOffer) -> Quote:
    """Ask the law; raises as `record`."""
    enrolment, account = contributions.check_payer(payer, offer.paid_on)
    check_channel(Offer(kind=offer.kind, contribution_year=0, paid_on=offer.paid_on, channel=offer.channel))
    law = law_on(session, payer.resident.division_code, offer.paid_on)
    started = account.state == "drawing"
    tier_fen = enrolment.tier_fen if offer.tier_fen is None else offer.tier_fen
    if offer.kind is ContributionKind.LUMP_SUM:
        quoted = _lump_sum(payer, offer, law, tier_fen=tier_fen, started=started)
    else:
        quoted = _make_up(payer, offer, law, tier_fen=tier_fen, started=started)
    if account.state != "open":
        raise contributions.AccountNotOpen
    return quoted


def _begun(posted: Sequence[Standing]) -> dict[int, tuple[int, int]]:
    """Years that were begun in instalments and not finished: what is paid of them, and their tier, in fen."""
    counted = complete_years(posted)
    begun: dict[int, tuple[int, int]] = {}
    for row in posted:
        if row.kind in YEAR_KINDS and row.contribution_year not in counted:
            paid_fen, _ = begun.get(row.contribution_year, (0, 0))
            begun[row.contribution_year] = (paid_fen + row.amount_fen, row.tier_fen)
    return begun


def _make_up(payer: Payer, offer: GroupOffer, law: PolicyParameters, *, tier_fen: int, started: bool) -> Quote:
    """补缴: each year whole, or what is lacking of a year that was begun; such a year keeps its tier."""
    begun = {year: held for year, held in _begun(payer.posted).items() if year in offer.years}
    if offer.tier_fen is None and begun and len(begun) == len(set(offer.years)):
        tier_fen = next(iter(begun.values()))[1]
    for year, (_, held_tier_fen) in sorted(begun.items()):
        if held_tier_fen != tier_fen:
            detail = f"{year}年度已按{format_yuan(held_tier_fen)}元档次分期缴费，只能按该档次补足，请单独办理。"
            raise TierFixedForYear(detail, pointer="/tier")
    assessed = assess_make_up(
        birth_date=payer.resident.birth_date,
        years=offer.years,
        paid_years=complete_years(payer.posted),
        tier_fen=tier_fen,
        paid_on=offer.paid_on,
        parameters=law,
        benefit_started=started,
    )
    subsidy_fen = assessed.subsidy_fen // len(assessed.years)
    parts = tuple(YearPart(year, tier_fen - begun.get(year, (0, 0))[0], subsidy_fen) for year in assessed.years)
    return Quote(tier_fen, parts, assessed.reasons)


def _lump_sum(payer: Payer, offer: GroupOffer, law: PolicyParameters, *, tier_fen: int, started: bool) -> Quote:
    """趸缴: the years named, or those up to the last one."""
    facts: dict[str, Any] = {
        "birth_date": payer.resident.birth_date,
        "taken_years": {row.contribution_year for row in payer.posted if row.kind in YEAR_KINDS},
        "paid_years": complete_years(payer.posted),
        "parameters": law,
    }
    years = offer.years
    if offer.until_year is not None:
        allowed = lump_sum_allowance(**facts, on=offer.paid_on).years
        first = allowed[0] if allowed else offer.until_year + 1
        # Years in between that are paid already are passed over; a last year beyond the cap is told as such.
        years = tuple(year for year in range(first, offer.until_year + 1) if year not in facts["taken_years"])
    assessed = assess_lump_sum(**facts, years=years, tier_fen=tier_fen, paid_on=offer.paid_on, benefit_started=started)
    parts = tuple(YearPart(one.year, one.personal_fen, one.subsidy_fen) for one in assessed.years)
    return Quote(tier_fen, parts, assessed.reasons)


def _book(
    session: Session, actor: Actor, payer: Payer, offer: GroupOffer, quoted: Quote, today: date
) -> tuple[Contribution, ...]:
    """Book each year as a contribution of its own, so that each can be reversed by itself; all name the first."""
    first, journal_id, _ = payer.ids
    law = law_on(session, payer.resident.division_code, offer.paid_on)
    waits = law.subsidy_posting is SubsidyMode.ON_CLAIM
    further = iter(new_ids(session, payer.resident.county_code, 2 * (len(quoted.parts) - 1)))
    made = []
    for place, part in enumerate(quoted.parts):
        ids = (first, journal_id) if place == 0 else (next(further), next(further))
        judged = Judged(
            tier_fen=quoted.tier_fen,
            amount_fen=part.amount_fen,
            personal_fen=part.amount_fen,
            collective_fen=0,
            government_paid_fen=0,
            subsidy_fen=0 if waits else part.subsidy_fen,
            waiting_subsidy_fen=part.subsidy_fen if waits else 0,
            reasons=(),
        )
        of_year = Offer(
            kind=offer.kind,
            contribution_year=part.year,
            paid_on=offer.paid_on,
            channel=offer.channel,
            tier_fen=quoted.tier_fen,
        )
        made.append(
            contribution_postings.book(
                session,
                actor=actor,
                resident=payer.resident,
                offer=of_year,
                judged=judged,
                ids=ids,
                today=today,
                payment_group_id=first if len(quoted.parts) > 1 else None,
            )
        )
    return tuple(made)
