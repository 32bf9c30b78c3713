"""The list of a land project: its people and sums by round, how rounds differ, and the hash that it is frozen under."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlmodel import col

from api.models import LandPerson, Resident
from api.services.pages import decode_cursor, encode_cursor
from api.services.resident_search import id_number_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.models import LandProject


@dataclass(frozen=True, slots=True)
class LandPersonView:
    """A person on the list; `id_number` is the full number: only masked types may show it.

    Who has moved out of the reader's sight since is on the list all the same, without name and number.
    """

    entry: LandPerson
    resident: Resident | None
    id_number: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """A person whose place or sum differs from the list of the round before, in fen; None where not on that list."""

    resident_id: int
    name: str
    before_fen: int | None
    after_fen: int | None


def list_persons(
    session: Session, keyring: Keyring, *, project: LandProject, limit: int, after: str | None
) -> tuple[list[LandPersonView], str | None]:
    """Return a page of the list as it stands and the next cursor. Raises `InvalidCursor`."""
    query = (
        select(LandPerson, Resident)
        .outerjoin(
            Resident,
            (col(Resident.county_code) == col(LandPerson.county_code))
            & (col(Resident.id) == col(LandPerson.resident_id)),
        )
        .where(*_standing(project))
    )
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(LandPerson.resident_id) > start[0])
    rows = session.execute(query.order_by(col(LandPerson.resident_id)).limit(limit + 1)).all()
    following = encode_cursor(rows[limit - 1][0].resident_id) if len(rows) > limit else None
    return [_view(keyring, entry, resident) for entry, resident in rows[:limit]], following


def standing(session: Session, project: LandProject, resident_ids: Sequence[int]) -> dict[int, LandPerson]:
    """Return the entries of these people on the list as it stands, by person."""
    query = select(LandPerson).where(*_standing(project), col(LandPerson.resident_id).in_(resident_ids))
    return {entry.resident_id: entry for entry in session.scalars(query)}


def totals(session: Session, project: LandProject) -> tuple[int, int]:
    """Return how many people stand on the list and the sum due for them in fen."""
    query = select(func.count(), func.coalesce(func.sum(col(LandPerson.sum_fen)), 0)).where(*_standing(project))
    people, total_fen = session.execute(query).one()
    return int(people), int(total_fen)


def list_hash(session: Session, project: LandProject) -> str:
    """Return the SHA-256 of the list as it stands: the project's id, then person and fen line by line, by person.

    Ids and sums only, so that the hash may be printed; `nongbao verify` computes the same from the rows.
    """
    query = (
        select(col(LandPerson.resident_id), col(LandPerson.sum_fen))
        .where(*_standing(project))
        .order_by(col(LandPerson.resident_id))
    )
    lines = [str(project.id), *(f"{resident_id}|{sum_fen}" for resident_id, sum_fen in session.execute(query).all())]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def differences(session: Session, project: LandProject) -> list[Difference]:
    """Return what the list has other than that of the round before, by person; nothing in the first round."""
    if project.round == 1:
        return []
    query = (
        select(LandPerson, col(Resident.name))
        .outerjoin(
            Resident,
            (col(Resident.county_code) == col(LandPerson.county_code))
            & (col(Resident.id) == col(LandPerson.resident_id)),
        )
        .where(
            col(LandPerson.county_code) == project.county_code,
            col(LandPerson.project_id) == project.id,
            (col(LandPerson.from_round) == project.round) | (col(LandPerson.until_round) == project.round),
        )
        .order_by(col(LandPerson.resident_id))
    )
    names: dict[int, str] = {}
    before: dict[int, int] = {}
    after: dict[int, int] = {}
    for entry, name in session.execute(query).all():
        names[entry.resident_id] = name or ""
        if entry.from_round < project.round:
            before[entry.resident_id] = entry.sum_fen
        elif entry.until_round is None:
            after[entry.resident_id] = entry.sum_fen
    return [
        Difference(resident_id, name, before.get(resident_id), after.get(resident_id))
        for resident_id, name in names.items()
        if before.get(resident_id) != after.get(resident_id)
    ]


def _view(keyring: Keyring, entry: LandPerson, resident: Resident | None) -> LandPersonView:
    return LandPersonView(entry, resident, None if resident is None else id_number_of(keyring, resident))


def _standing(project: LandProject) -> list[ColumnElement[bool]]:
    return [
        col(LandPerson.county_code) == project.county_code,
        col(LandPerson.project_id) == project.id,
        col(LandPerson.until_round).is_(None),
    ]
