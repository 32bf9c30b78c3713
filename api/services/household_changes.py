"""分户、并户、转户、变更户主: who lives in which house with which relation, before and after, changed in one go.

A request keeps both arrangements whole. Before it is made the houses must still be as they were: whoever has joined or
left meanwhile sends it back. Every house that is not left empty has exactly one head among the living.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlmodel import col

from api.database import run_sql
from api.exchange.roster_cells import CELL_READERS, clean_text
from api.models import Household, Resident
from api.services.change_refusals import (
    HouseholdChangeInvalid,
    HouseholdNumberTaken,
    NoHousehold,
    NothingChanges,
    OldValueChanged,
)
from api.services.resident_rows import keep_and_update
from api.vocabulary import ChangeKind, ResidentStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy.orm import Session

    from api.database import Actor
    from api.models import ChangeRequest
    from api.services.change_values import ChangeForm

HEAD = "户主"
MOST_MEMBERS = 100
"""More people than any house has; a house of more is a mistake of the roster to be mended there."""


@dataclass(frozen=True, slots=True)
class Rearrangement:
    """Houses before and after, as JSON, and the ids of the houses that exist."""

    old: dict[str, Any]
    new: dict[str, Any]
    household_id: int
    other_household_id: int | None


def plan(session: Session, resident: Resident, form: ChangeForm) -> Rearrangement:
    """Work out what a form wants. Raises `NoHousehold`, `HouseholdChangeInvalid`, `HouseholdNumberTaken`, `NothingChanges`."""
    if resident.household_id is None:
        raise NoHousehold
    house = _house(session, resident.county_code, resident.household_id)
    members = _relations(members_of(session, resident.county_code, [house.id]))
    number, other = _target(session, resident, form, house)
    others = {} if other is None else _relations(members_of(session, resident.county_code, [other.id]))
    leaving, staying = _read(form.leaving, "/leaving"), _read(form.staying, "/staying")
    _check_people(resident, form.kind, members, others, leaving, staying)
    left = {person: staying.get(person, relation) for person, relation in members.items() if person not in leaving}
    joined = {person: staying.get(person, relation) for person, relation in others.items()} | leaving
    old = [_as_json(house.id, house.number, members)]
    new = [_as_json(house.id, house.number, left)]
    if number is not None:
        old.append(_as_json(other.id if other else None, number, others))
        new.append(_as_json(other.id if other else None, number, joined))
    for arranged in (left, joined) if number is not None else (left,):
        _check_head(arranged)
    if old == new:
        raise NothingChanges
    return Rearrangement({"houses": old}, {"houses": new}, house.id, other.id if other else None)


def check(session: Session, request: ChangeRequest, *, lock: bool = True) -> None:
    """Make sure that the houses are as the request knew them; to change them, their people are locked.

    Raises `OldValueChanged` or `HouseholdNumberTaken`.
    """
    houses = request.old["houses"]
    ids = [int(house["id"]) for house in houses if house["id"] is not None]
    people = members_of(session, request.county_code, ids, lock=lock)
    now = {house_id: _relations(one for one in people if one.household_id == house_id) for house_id in ids}
    for house in houses:
        if house["id"] is None:
            if _find(session, request, house["number"]) is not None:
                raise HouseholdNumberTaken(f"本村已有户号{house['number']}。")
        elif _as_json(int(house["id"]), house["number"], now[int(house["id"])]) != house:
            raise OldValueChanged


def make(session: Session, actor: Actor, request: ChangeRequest) -> int | None:
    """Move people and change relations; return the version of the row of whom the request is about."""
    ids = [int(house["id"]) for house in request.old["houses"] if house["id"] is not None]
    people = {one.id: one for one in members_of(session, request.county_code, ids, lock=True)}
    for house in request.new["houses"]:
        house_id = _make_house(session, request, house) if house["id"] is None else int(house["id"])
        for member in house["members"]:
            resident = people[int(member["id"])]
            changes = {"household_id": house_id, "relation": member["relation"]}
            if any(getattr(resident, name) != value for name, value in changes.items()):
                keep_and_update(session, actor, resident, changes)
    subject = people.get(request.resident_id)
    return None if subject is None else subject.version


def members_of(
    session: Session, county_code: int, household_ids: Sequence[int], *, lock: bool = False
) -> Sequence[Resident]:
    """Return the living of houses, in the order of their ids."""
    query = (
        select(Resident)
        .where(
            col(Resident.county_code) == county_code,
            col(Resident.household_id).in_(household_ids),
            col(Resident.status) == ResidentStatus.ALIVE,
        )
        .order_by(col(Resident.id))
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).all()


def people_in(arrangement: Mapping[str, Any]) -> dict[int, tuple[str, str | None]]:
    """Return where each person of an arrangement lives: the 户号 and their relation to its head."""
    return {
        int(member["id"]): (house["number"], member["relation"])
        for house in arrangement["houses"]
        for member in house["members"]
    }


def _house(session: Session, county_code: int, household_id: int) -> Household:
    house = session.get(Household, (county_code, household_id))
    if house is None:
        raise NoHousehold
    return house


def _target(
    session: Session, resident: Resident, form: ChangeForm, house: Household
) -> tuple[str | None, Household | None]:
    """Return the 户号 of the other house and, unless it is new, the house."""
    if form.kind is ChangeKind.HOUSEHOLD_HEAD:
        if form.household_number or form.leaving:
            raise HouseholdChangeInvalid("变更户主只调整本户各人与户主的关系。", pointer="/household_number")
        return None, None
    cell = clean_text(form.household_number or "")
    if cell.refusal or not cell.value:
        raise HouseholdChangeInvalid("请填写户号。", pointer="/household_number")
    number = str(cell.value)
    other = _find(session, resident, number)
    if form.kind is ChangeKind.HOUSEHOLD_SPLIT:
        if other is not None:
            raise HouseholdNumberTaken(f"本村已有户号{number}，分户须用新的户号。", pointer="/household_number")
        return number, None
    if other is None or other.id == house.id:
        raise HouseholdChangeInvalid("本村没有这个户号，或就是原来的户。", pointer="/household_number")
    return number, other


def _find(session: Session, place: Resident | ChangeRequest, number: str) -> Household | None:
    query = select(Household).where(
        col(Household.county_code) == place.county_code,
        col(Household.division_code) == place.division_code,
        col(Household.number) == number,
    )
    return session.scalars(query).one_or_none()


def _make_house(session: Session, request: ChangeRequest, house: Mapping[str, Any]) -> int:
    facts = {
        "county_code": request.county_code,
        "division_code": request.division_code,
        "number": house["number"],
    }
    old = _house(session, request.county_code, request.household_id or 0)
    run_sql(session, "resident_changes", "30_insert_household", village_group=old.village_group, **facts)
    return int(run_sql(session, "resident_changes", "31_read_household", **facts).scalar_one())


def _read(given: Mapping[int, str], pointer: str) -> dict[int, str]:
    """Read relations by the words of the roster. Raises `HouseholdChangeInvalid`."""
    found = {}
    for person, raw in given.items():
        cell = CELL_READERS["relation"](raw)
        if cell.refusal or cell.value is None:
            raise HouseholdChangeInvalid("与户主关系无法识别。", pointer=pointer)
        found[person] = str(cell.value)
    return found


def _check_people(
    resident: Resident,
    kind: ChangeKind,
    members: Mapping[int, str | None],
    others: Mapping[int, str | None],
    leaving: Mapping[int, str],
    staying: Mapping[int, str],
) -> None:
    """Make sure that everybody named lives where the form says, and that the kind fits who moves."""
    if max(len(members), len(others)) > MOST_MEMBERS:
        raise HouseholdChangeInvalid(f"一户超过{MOST_MEMBERS}人，请先核对花名册。")
    if not leaving.keys() <= members.keys():
        raise HouseholdChangeInvalid("迁出的人须是本户在世成员。", pointer="/leaving")
    if not staying.keys() <= (members.keys() | others.keys()) - leaving.keys():
        raise HouseholdChangeInvalid("调整关系的人须是两户的在世成员，且没有列为迁出。", pointer="/staying")
    if kind is ChangeKind.HOUSEHOLD_SPLIT and not 0 < len(leaving) < len(members):
        raise HouseholdChangeInvalid("分户须至少一人迁出、一人留下。", pointer="/leaving")
    if kind is ChangeKind.HOUSEHOLD_MERGE and leaving.keys() != members.keys():
        raise HouseholdChangeInvalid("并户须本户全部成员并入，请逐人填写与新户主的关系。", pointer="/leaving")
    if kind is ChangeKind.HOUSEHOLD_MOVE and leaving.keys() != {resident.id}:
        raise HouseholdChangeInvalid("转户只办理本人一人，请填写其与新户主的关系。", pointer="/leaving")
    if kind is ChangeKind.HOUSEHOLD_HEAD and staying.get(resident.id) != HEAD:
        raise HouseholdChangeInvalid("请在新户主本人名下办理，并把其关系填为户主。", pointer="/staying")


def _check_head(arranged: Mapping[int, str | None]) -> None:
    """Every house that is not empty has exactly one head."""
    heads = sum(relation == HEAD for relation in arranged.values())
    if arranged and heads != 1:
        message = "变更后有一户没有户主，请指定。" if heads == 0 else "变更后有一户不止一个户主，请核对。"
        raise HouseholdChangeInvalid(message, pointer="/staying")


def _relations(people: Iterable[Resident]) -> dict[int, str | None]:
    return {one.id: one.relation for one in people}


def _as_json(house_id: int | None, number: str, members: Mapping[int, str | None]) -> dict[str, Any]:
    return {
        "id": None if house_id is None else str(house_id),
        "number": number,
        "members": [{"id": str(person), "relation": relation} for person, relation in sorted(members.items())],
    }
