"""待遇核定 for an office: who is due, awards for all of them at once, and their approval at once, in sets.

The statements of api/sql/benefit_awards restate the law; what they propose equals, person by person, what
`award_rules.determine` says.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, text
from sqlmodel import col

from api.database import county_of, next_id, plan_for_sets, run_sql, scope_of
from api.errors import DomainError, NotFound
from api.models import Award
from api.policy.ages import Month, anniversary
from api.policy.benefits import required_years
from api.policy.interest import MONTHS
from api.policy.money import Rounding
from api.services import audit_events, divisions, fund_periods
from api.services.award_rules import (
    CHILDREN_BY_RELATION,
    NotYetDue,
    accrual_for,
    takes_rural_only,
)
from api.services.laws import law_of_county
from api.services.pages import decode_cursor, encode_cursor
from api.services.two_persons import SamePerson, require_second_person
from api.vocabulary import AwardBasis, AwardState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from api.database import Actor

FOLDER = "benefit_awards"
LONG_AGO = date(1850, 1, 1)
EVERYBODY = 2_000_000


class AwardBooked(DomainError):
    """A step of the approval touched other people than it chose; nothing was taken."""

    status = 409
    code = "award-outdated"
    title = "核定依据已变化"


@dataclass(frozen=True, slots=True)
class Proposed:
    """What a batch proposed, and how many of those due could not be, by what stands in the way."""

    basis: AwardBasis
    month: date
    proposed: int
    situations: dict[str, int]


@dataclass(frozen=True, slots=True)
class Approved:
    """How many awards began, the settlement interest booked in fen, and which were not taken."""

    approved: int
    interest_fen: int
    refused: tuple[int, ...]


def birth_window(session: Session, county_code: int, month: date) -> tuple[date, date]:
    """Return the birth dates of those who reach 60 in a month."""
    age = law_of_county(session, county_code, month).benefit_age
    year = month.year - age
    return date(year, month.month, 1), date(year, month.month, monthrange(year, month.month)[1])


def month_after(month: date) -> date:
    """Return the next month: the notices of a month tell those who reach 60 in the one after it."""
    return Month.of(month).plus(1).first_day


def launch_born_by(session: Session, county_code: int) -> date:
    """Return the last birth date of those who were 60 at launch."""
    parameters = law_of_county(session, county_code, date(2010, 12, 31))
    return anniversary(parameters.launch_on, -parameters.benefit_age)


def required_in(session: Session, county_code: int, month: date) -> int:
    """Return the contribution years required of those who reach 60 in a month."""
    latest_birth = birth_window(session, county_code, month)[1]
    return required_years(latest_birth, law_of_county(session, county_code, month))


def list_due(
    session: Session, *, division_code: int, month: date, basis: AwardBasis, limit: int, after: str | None
) -> tuple[Sequence[Any], str | None]:
    """Return who reaches 60 in a month, or was 60 at launch, with years, balance in fen and what stands in the way.

    The 待遇领取通知表 of a month lists those of the month after (policy.md §3.3 P9, example A7).
    """
    start = decode_cursor(after, int)
    rows = _due(session, division_code, month, basis, after_id=start[0] if start else 0, row_limit=limit + 1)
    return rows[:limit], encode_cursor(rows[limit - 1].resident_id) if len(rows) > limit else None


def _due(
    session: Session, division_code: int, month: date, basis: AwardBasis, *, after_id: int, row_limit: int
) -> Sequence[Any]:
    low, high = scope_of(division_code)
    county_code = county_of(division_code)
    born_from, born_to = birth_window(session, county_code, month)
    if basis is AwardBasis.LAUNCH_COHORT:
        born_from, born_to = LONG_AGO, launch_born_by(session, county_code)
    else:
        born_from = max(born_from, launch_born_by(session, county_code) + timedelta(days=1))
    rows: Sequence[Any] = run_sql(
        session, FOLDER, "10_list_due", county_code=county_code, low=low, high=high,
        born_from=born_from, born_to=born_to, after_id=after_id, row_limit=row_limit,
        required_years=0 if basis is AwardBasis.LAUNCH_COHORT else required_in(session, county_code, month),
        rural_only=basis is AwardBasis.LAUNCH_COHORT or takes_rural_only(session, county_code, month),
    ).all()  # fmt: skip
    return rows


def propose_all(
    session: Session, *, actor: Actor, division_code: int, month: date, basis: AwardBasis, today: date
) -> Proposed:
    """Propose awards for everybody due in a unit: those who reach 60 in `month`, or the launch cohort.

    Raises `NotFound` outside one's scope and `NotYetDue` before the month has begun. Again, it proposes whom the first
    call could not.
    """
    low, high = scope_of(division_code)
    if not (actor.scope[0] <= low and high <= actor.scope[1]) or high - low >= 1_000_000:
        raise NotFound
    divisions.get(session, division_code)
    if month > today:
        raise NotYetDue(f"{month:%Y-%m}尚未开始，不能核定当月满60周岁人员的待遇。")
    plan_for_sets(session)
    county_code = county_of(division_code)
    unit = {"county_code": county_code, "low": low, "high": high, "actor_id": actor.user_id}
    if basis is AwardBasis.LAUNCH_COHORT:
        count = run_sql(
            session, FOLDER, "30_propose_launch_cohort", **unit, **_cohort_parameters(session, county_code, today)
        ).rowcount
    else:
        count = run_sql(
            session, FOLDER, "20_propose_turning_60", **unit, **_turning_parameters(session, county_code, month)
        ).rowcount
    held_by = "children_unpaid" if basis is AwardBasis.LAUNCH_COHORT else "interest_not_posted"
    situations: dict[str, int] = {}
    for row in _due(session, division_code, month, basis, after_id=0, row_limit=EVERYBODY):
        # Whoever is still due after the proposals failed the one rule that the list does not look at.
        situation = held_by if row.situation == "due" else row.situation
        situations[situation] = situations.get(situation, 0) + 1
    audit_events.record(
        session, actor=actor, action="award.propose_all", subject_kind="division", subject_id=division_code,
        division_code=division_code, basis=basis.value, month=f"{month:%Y-%m}", proposed=count,
    )  # fmt: skip
    return Proposed(basis, month, count, situations)


def _turning_parameters(session: Session, county_code: int, month: date) -> dict[str, Any]:
    """Return what the statement needs of the law for those who reach 60 in a month."""
    born_from, born_to = birth_window(session, county_code, month)
    settled = Month.of(month)
    parameters = law_of_county(session, county_code, settled.last_day)
    start = settled.plus(1).first_day
    at_start = law_of_county(session, county_code, start)
    accrual = accrual_for(session, county_code, month.year)
    return {
        "born_from": born_from,
        "born_to": born_to,
        "launch_born_by": launch_born_by(session, county_code),
        "required_years": required_in(session, county_code, month),
        "rural_only": takes_rural_only(session, county_code, month),
        "year": month.year,
        "k": month.month,
        "settled_on": settled.last_day,
        "start_month": max(start, Month.of(parameters.launch_on).first_day),
        "numerators": list(accrual.numerators),
        "denominator": accrual.denominator,
        "ceil_jiao": parameters.interest_rounding is Rounding.CEIL_JIAO,
        "divisor": at_start.divisor_months,
        "basic_fen": at_start.basic_pension_fen,
    }


def _cohort_parameters(session: Session, county_code: int, today: date) -> dict[str, Any]:
    """Return what the statement needs of the law for the launch cohort, judged on a day."""
    parameters = law_of_county(session, county_code, today)
    launch = Month.of(parameters.launch_on)
    first = launch if parameters.launch_cohort_from_launch_month else launch.plus(1)
    months = [launch.plus(step) for step in range(Month.of(today).months_since(launch) + MONTHS)]
    (couple, child), (parent, generation), (in_law, spouse) = CHILDREN_BY_RELATION
    return {
        "launch_born_by": launch_born_by(session, county_code),
        # A child must pay from its 16th birthday to the day before its 60th.
        "child_born_after": anniversary(today, -60),
        "child_born_by": anniversary(today, -parameters.enrolment_age),
        "children_rule": parameters.launch_cohort_children_rule,
        "launch_month": launch.first_day,
        "first_month": first.first_day,
        "months": [month.first_day for month in months],
        "basics": [law_of_county(session, county_code, month.first_day).basic_pension_fen for month in months],
        "couple_words": list(couple),
        "child_words": list(child),
        "parent_words": list(parent),
        "generation_words": list(generation),
        "in_law_words": list(in_law),
        "spouse_words": list(spouse),
    }


def proposed_ids(session: Session, *, division_code: int, limit: int) -> list[int]:
    """Return the awards of a unit that wait for a decision, by id."""
    query = (
        select(col(Award.id))
        .where(
            col(Award.county_code) == county_of(division_code),
            col(Award.division_code).between(*scope_of(division_code)),
            col(Award.state) == AwardState.PROPOSED,
        )
        .order_by(col(Award.id))
        .limit(limit)
    )
    return list(session.scalars(query).all())


def approve_all(
    session: Session, *, actor: Actor, award_ids: Sequence[int], opinion: str | None, today: date
) -> Approved:
    """Approve many awards by a second person, one statement per town.

    Ids that are absent, decided, or whose account has changed are left as they are and returned as refused. Raises
    `SamePerson` when the actor proposed any of them.
    """
    rows = session.execute(
        text(
            """
            SELECT id, county_code, division_code / 1000 * 1000 AS town, proposed_by_id
              FROM awards
             WHERE id = ANY(:ids) AND county_code = ANY(:counties) AND state = 'proposed'
            """
        ),
        {"ids": list(award_ids), "counties": sorted({one // 10**10 for one in award_ids})},
    ).all()
    makers = {row.proposed_by_id for row in rows}
    require_second_person(actor, *makers)
    groups: dict[tuple[int, int, int], list[int]] = {}
    for row in rows:
        groups.setdefault((row.county_code, row.town, row.proposed_by_id), []).append(row.id)
    taken = interest_fen = 0
    for county_code in sorted({county for county, _, _ in groups}):
        fund_periods.require_open(session, county_code, today)
    for (county_code, town, maker_id), ids in sorted(groups.items()):
        counts = run_sql(
            session, FOLDER, "40_approve_town", county_code=county_code, town=town, ids=ids, actor_id=actor.user_id,
            maker_id=maker_id, today=today, opinion=opinion, journal_id=next_id(session, county_code),
            dedup_key=f"settlement_interest:{min(ids)}:{len(ids)}:{town}",
        ).one()  # fmt: skip
        if not counts.chosen == counts.changed == counts.started == counts.decided:
            raise AwardBooked
        taken += counts.chosen
        interest_fen += counts.interest_fen
    refused = _still_open(session, award_ids, {row.id for row in rows})
    for county_code in sorted({key[0] for key in groups}):
        audit_events.record(
            session, actor=actor, action="award.approve_all", subject_kind="division",
            subject_id=county_code * 1_000_000, approved=taken, refused=len(refused),
        )  # fmt: skip
    return Approved(taken, interest_fen, refused)


def _still_open(session: Session, asked: Sequence[int], found: set[int]) -> tuple[int, ...]:
    """Return what was asked for and did not happen."""
    still = session.scalars(
        select(col(Award.id)).where(
            col(Award.id).in_(list(found)),
            col(Award.county_code).in_(sorted({one // 10**10 for one in found})),
            col(Award.state) == AwardState.PROPOSED,
        )
    ).all()
    return tuple(sorted({*still, *(one for one in asked if one not in found)}))


__all__ = ["Approved", "Proposed", "SamePerson", "approve_all", "list_due", "propose_all", "proposed_ids"]
