"""Households over HTTP: the houses of a unit, and one with its people."""

from typing import Annotated

from fastapi import Query

from api.dependencies import ActorDep, BusinessDateDep, KeyringDep, PageDep, ReadSessionDep, requires
from api.permissions import Permission
from api.routers.residents import summary_of
from api.routes import Router
from api.schemas.base import DivisionIn, IdIn, Page
from api.schemas.households import HouseholdDetail, HouseholdMember, HouseholdRead
from api.services import households

router = Router(prefix="/households", tags=["households"])


@router.get("", name="list_households", dependencies=[requires(Permission.RESIDENT_READ)])
def list_households(
    session: ReadSessionDep,
    actor: ActorDep,
    page: PageDep,
    division: Annotated[DivisionIn | None, Query()] = None,
    number: Annotated[str | None, Query(max_length=50)] = None,
) -> Page[HouseholdRead]:
    """List the houses of a unit; `number` is the beginning of a 户号."""
    views, following = households.list_households(
        session, actor=actor, division_code=division, number=number, limit=page.limit, after=page.after
    )
    items = [
        HouseholdRead(
            id=view.household.id,
            division_code=view.household.division_code,
            number=view.household.number,
            village_group=view.household.village_group,
            members=view.members,
        )
        for view in views
    ]
    return Page(items=items, next=following)


@router.get("/{household_id}", name="read_household", dependencies=[requires(Permission.RESIDENT_READ)])
def read_household(
    session: ReadSessionDep, actor: ActorDep, keyring: KeyringDep, today: BusinessDateDep, household_id: IdIn
) -> HouseholdDetail:
    """Read one house with its people and who has not paid for the year."""
    household, members = households.get_members(session, keyring, actor=actor, household_id=household_id, today=today)
    shown = [
        HouseholdMember(
            **dict(summary_of(member.view, today)),
            relation=member.view.resident.relation,
            paid_this_year=member.paid_this_year,
        )
        for member in members
    ]
    return HouseholdDetail(
        id=household.id,
        division_code=household.division_code,
        number=household.number,
        village_group=household.village_group,
        members=len(shown),
        residents=shown,
        unpaid=sum(member.paid_this_year is False for member in members),
    )
