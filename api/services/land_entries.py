"""Writing the list of a land project: people entered and struck while it is the village's, objections while it hangs out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update
from sqlmodel import col

from api.database import Actor, new_ids, next_id
from api.errors import NotFound
from api.models import LandObjection, LandPerson, LandProject, Resident
from api.services.land_lists import standing, totals
from api.services.land_projects import locked, record, touch
from api.services.land_refusals import (
    LandListClosed,
    LandListNotPublished,
    LandListTooLong,
    LandPersonNotAlive,
    ObjectionRuled,
)
from api.services.pages import decode_cursor, encode_cursor
from api.services.two_persons import require_second_person
from api.vocabulary import LandProjectState, ObjectionOutcome, ResidentStatus

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

MOST_PERSONS = 5000


def put_persons(
    session: Session, *, actor: Actor, project_id: int, version: int, resident_ids: Sequence[int], sum_fen: int | None
) -> LandProject:
    """Put people of the village on the list with a sum, the project's where none is given; all of them or nobody.

    Who is on the list already gets the new sum. Raises `NotFound` (also for who is not of the village), `StaleVersion`,
    `LandListClosed`, `LandPersonNotAlive` or `LandListTooLong`.
    """
    project = _open_list(session, project_id, version)
    wanted = sorted(set(resident_ids))
    people = _people(session, project, wanted)
    if any(one.status is not ResidentStatus.ALIVE for one in people):
        raise LandPersonNotAlive(pointer="/resident_ids")
    amount_fen = project.sum_fen if sum_fen is None else sum_fen
    entries = standing(session, project, wanted)
    changed = [one for one in wanted if one not in entries or entries[one].sum_fen != amount_fen]
    _strike(session, project, [entries[one] for one in changed if one in entries])
    ids = new_ids(session, project.county_code, len(changed))
    rows = [
        {
            "county_code": project.county_code,
            "id": entry_id,
            "project_id": project.id,
            "division_code": project.division_code,
            "resident_id": resident_id,
            "sum_fen": amount_fen,
            "from_round": project.round,
            "added_by_id": actor.user_id,
        }
        for entry_id, resident_id in zip(ids, changed, strict=True)
    ]
    if rows:
        session.execute(insert(LandPerson), rows)
        _count_again(session, project)
        record(session, actor, "put_land_persons", project, persons=len(rows), sum_fen=amount_fen)
    return project


def strike_persons(
    session: Session, *, actor: Actor, project_id: int, version: int, resident_ids: Sequence[int]
) -> LandProject:
    """Strike people off the list; all of them or nobody. Raises `NotFound`, `StaleVersion` or `LandListClosed`."""
    project = _open_list(session, project_id, version)
    wanted = set(resident_ids)
    entries = standing(session, project, sorted(wanted))
    if entries.keys() != wanted:
        raise NotFound
    _strike(session, project, list(entries.values()))
    _count_again(session, project)
    record(session, actor, "strike_land_persons", project, persons=len(entries))
    return project


def object_to(
    session: Session, *, actor: Actor, project_id: int, version: int, resident_id: int, objection: str, on: date
) -> LandProject:
    """Write down what somebody says against a person's place or sum while the list hangs out.

    Raises `NotFound`, `StaleVersion` or `LandListNotPublished`.
    """
    project = locked(session, project_id, version)
    if not standing(session, project, [resident_id]):
        raise NotFound
    if project.state is not LandProjectState.PUBLISHED:
        raise LandListNotPublished
    made = LandObjection(
        county_code=project.county_code,
        id=next_id(session, project.county_code),
        project_id=project.id,
        division_code=project.division_code,
        resident_id=resident_id,
        round=project.round,
        objection=objection,
        recorded_on=on,
        recorded_by_id=actor.user_id,
        outcome=ObjectionOutcome.OPEN,
    )
    session.add(made)
    touch(session, project)
    record(session, actor, "object_to_land_list", project, objection_id=made.id)
    return project


def rule_on(
    session: Session,
    *,
    actor: Actor,
    project_id: int,
    objection_id: int,
    version: int,
    upheld: bool,
    ruling: str,
    on: date,
) -> LandProject:
    """Say whether an objection is right. An objection that is right sends the list back; that is a step of its own.

    Raises `NotFound`, `StaleVersion`, `ObjectionRuled`, `SamePerson` or `CheckerNotAPerson`.
    """
    project = locked(session, project_id, version)
    query = select(LandObjection).where(
        col(LandObjection.county_code) == project.county_code,
        col(LandObjection.project_id) == project.id,
        col(LandObjection.id) == objection_id,
    )
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    if found.outcome is not ObjectionOutcome.OPEN:
        raise ObjectionRuled
    require_second_person(actor, found.recorded_by_id)
    found.outcome = ObjectionOutcome.UPHELD if upheld else ObjectionOutcome.DISMISSED
    found.ruling = ruling
    found.ruled_on = on
    found.ruled_by_id = actor.user_id
    touch(session, project)
    record(session, actor, "rule_on_land_objection", project, objection_id=found.id, outcome=found.outcome.value)
    return project


def list_objections(
    session: Session, *, project: LandProject, limit: int, after: str | None
) -> tuple[list[tuple[LandObjection, str]], str | None]:
    """Return a page of objections with the person's name, newest first, and the next cursor. Raises `InvalidCursor`."""
    query = (
        select(LandObjection, col(Resident.name))
        .outerjoin(
            Resident,
            (col(Resident.county_code) == col(LandObjection.county_code))
            & (col(Resident.id) == col(LandObjection.resident_id)),
        )
        .where(col(LandObjection.county_code) == project.county_code, col(LandObjection.project_id) == project.id)
    )
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(LandObjection.id) < start[0])
    rows = session.execute(query.order_by(col(LandObjection.id).desc()).limit(limit + 1)).all()
    following = encode_cursor(rows[limit - 1][0].id) if len(rows) > limit else None
    return [(objection, name or "") for objection, name in rows[:limit]], following


def _open_list(session: Session, project_id: int, version: int) -> LandProject:
    project = locked(session, project_id, version)
    if project.state is not LandProjectState.DRAFT:
        raise LandListClosed
    return project


def _people(session: Session, project: LandProject, resident_ids: Sequence[int]) -> Sequence[Resident]:
    """Return the people if all of them are of the project's village. Raises `NotFound`."""
    query = select(Resident).where(
        col(Resident.county_code) == project.county_code,
        col(Resident.division_code) == project.division_code,
        col(Resident.id).in_(resident_ids),
    )
    people = session.scalars(query).all()
    if len(people) != len(resident_ids):
        raise NotFound
    return people


def _strike(session: Session, project: LandProject, entries: Sequence[LandPerson]) -> None:
    if not entries:
        return
    session.execute(
        update(LandPerson)
        .where(col(LandPerson.county_code) == project.county_code, col(LandPerson.id).in_([one.id for one in entries]))
        .values(until_round=project.round)
        .execution_options(synchronize_session=False)
    )


def _count_again(session: Session, project: LandProject) -> None:
    people, total_fen = totals(session, project)
    if people > MOST_PERSONS:
        raise LandListTooLong(f"一个项目的名单最多 {MOST_PERSONS} 人。")
    project.person_count, project.total_fen = people, total_fen
    touch(session, project)
