"""户: the houses of a village, and one with the people who live in it and who of them has paid this year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlmodel import col

from api.database import Actor, county_of, scope_of
from api.errors import NotFound
from api.models import Contribution, Household, Resident
from api.services.pages import decode_cursor, encode_cursor
from api.services.resident_questions import LAST_CHARACTER, Wanted
from api.services.resident_search import ResidentView, list_residents
from api.vocabulary import ContributionKind, EnrolmentState, PostingState, ResidentStatus

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from api.crypto import Keyring

MOST_MEMBERS = 200
COUNTING_KINDS = (ContributionKind.ANNUAL, ContributionKind.GOVERNMENT_PAID)


@dataclass(frozen=True, slots=True)
class HouseholdView:
    """A house and how many people of the roster live in it."""

    household: Household
    members: int


@dataclass(frozen=True, slots=True)
class Member:
    """A person of the house. `paid_this_year` is None for who is not insured."""

    view: ResidentView
    paid_this_year: bool | None


def list_households(
    session: Session,
    *,
    actor: Actor,
    division_code: int | None = None,
    number: str | None = None,
    limit: int,
    after: str | None,
) -> tuple[list[HouseholdView], str | None]:
    """Return the houses of a unit whose number begins so, and the next cursor. Raises `InvalidCursor`."""
    low, high = scope_of(actor.division_code if division_code is None else division_code)
    query = select(Household).where(col(Household.division_code).between(low, high))
    if county_of(low) == county_of(high):
        query = query.where(col(Household.county_code) == county_of(low))
    if number:
        query = query.where(col(Household.number) >= number, col(Household.number) < number + LAST_CHARACTER)
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(Household.id) > start[0])
    rows = session.scalars(query.order_by(col(Household.id)).limit(limit + 1)).all()
    following = encode_cursor(rows[limit - 1].id) if len(rows) > limit else None
    shown = rows[:limit]
    counts = _counts(session, [row.id for row in shown], {row.county_code for row in shown})
    return [HouseholdView(row, counts.get(row.id, 0)) for row in shown], following


def get_members(
    session: Session, keyring: Keyring, *, actor: Actor, household_id: int, today: date
) -> tuple[Household, list[Member]]:
    """Return a house and its people, with who of the insured has not paid for the year. Raises `NotFound`."""
    query = select(Household).where(
        col(Household.county_code) == household_id // 10**10, col(Household.id) == household_id
    )
    household = session.scalars(query).one_or_none()
    if household is None:
        raise NotFound
    views, _ = list_residents(
        session,
        keyring,
        actor=actor,
        today=today,
        division_code=household.division_code,
        wanted=Wanted(household_id=household.id),
        limit=MOST_MEMBERS,
        after=None,
    )
    paid = _paid(session, household.county_code, [view.resident.id for view in views], today.year)
    return household, [
        Member(
            view,
            view.resident.id in paid if view.enrolment_state is EnrolmentState.COUNTY_APPROVED else None,
        )
        for view in views
    ]


def _counts(session: Session, ids: list[int], counties: set[int]) -> dict[int, int]:
    query = (
        select(col(Resident.household_id), func.count())
        .where(
            col(Resident.county_code).in_(counties),
            col(Resident.household_id).in_(ids),
            col(Resident.status) != ResidentStatus.MERGED,
        )
        .group_by(col(Resident.household_id))
    )
    return {house: number for house, number in session.execute(query).all() if house is not None}


def _paid(session: Session, county_code: int, ids: list[int], year: int) -> set[int]:
    query = select(col(Contribution.resident_id)).where(
        col(Contribution.county_code) == county_code,
        col(Contribution.resident_id).in_(ids),
        col(Contribution.contribution_year) == year,
        col(Contribution.kind).in_(COUNTING_KINDS),
        col(Contribution.state) == PostingState.POSTED,
    )
    return set(session.scalars(query).all())
