"""Households over HTTP: the houses of a unit with their arrears, and one with its people and what each has to do."""

from typing import Annotated

from fastapi import Query

from api.dependencies import ActorDep, BusinessDateDep, KeyringDep, PageDep, ReadSessionDep, requires
from api.permissions import Permission
from api.routers.residents import summary_of
from api.routes import Router
from api.schemas.base import DivisionIn, IdIn, Page
from api.schemas.households import HouseholdDetail, HouseholdMember, HouseholdRead, HouseholdTaskRead
from api.services import divisions, households

router = Router(prefix="/households", tags=["households"])


@router.get("", name="list_households", dependencies=[requires(Permission.RESIDENT_READ)])
def list_households(
    session: ReadSessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    page: PageDep,
    division: Annotated[DivisionIn | None, Query()] = None,
    number: Annotated[str | None, Query(max_length=50)] = None,
    arrears: Annotated[bool, Query()] = False,
) -> Page[HouseholdRead]:
    """List the houses of a unit by number; `number` is the beginning of a 户号, `arrears` those that owe something."""
    views, following = households.list_households(
        session,
        actor=actor,
        division_code=division,
        number=number,
        unpaid_only=arrears,
        today=today,
        limit=page.limit,
        after=page.after,
    )
    names = divisions.names_of(session, {view.division_code for view in views})
    items = [
        HouseholdRead(
            id=view.id,
            division_code=view.division_code,
            division_name=names.get(view.division_code, ""),
            number=view.number,
            village_group=view.village_group,
            members=view.members,
            unpaid=view.unpaid,
            due=view.due_fen,
        )
        for view in views
    ]
    return Page(items=items, next=following)


@router.get("/{household_id}", name="read_household", dependencies=[requires(Permission.RESIDENT_READ)])
def read_household(
    session: ReadSessionDep, actor: ActorDep, keyring: KeyringDep, today: BusinessDateDep, household_id: IdIn
) -> HouseholdDetail:
    """Read one house: its people, who has not paid for the year, and what each has to do now."""
    household, members = households.get_members(session, keyring, actor=actor, household_id=household_id, today=today)
    shown = [
        HouseholdMember(
            **dict(summary_of(member.view, today)),
            relation=member.view.resident.relation,
            paid_this_year=member.paid_this_year,
            due=member.due_fen,
            tasks=[HouseholdTaskRead.of(task) for task in member.tasks],
        )
        for member in members
    ]
    names = divisions.names_of(session, {household.division_code})
    return HouseholdDetail(
        id=household.id,
        division_code=household.division_code,
        division_name=names.get(household.division_code, ""),
        number=household.number,
        village_group=household.village_group,
        members=len(shown),
        residents=shown,
        unpaid=sum(member.due_fen > 0 for member in members),
        due=sum(member.due_fen for member in members),
    )
