"""Finding rows that may be one person: candidates by the database in sets, likeness by `policy.likeness` pair by pair.

What people decided about a pair stays until one of the two identities changes; the fingerprint tells.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, or_, select, text
from sqlmodel import col

from api.database import Actor, copy_rows, county_of, plan_for_sets, run_sql, scope_of
from api.errors import NotFound
from api.exchange.pinyin import name_pinyin
from api.exchange.roster_cells import CELL_READERS
from api.models import Division, Resident
from api.policy.likeness import Comparison, Person, compare
from api.services import audit_events
from api.services.resident_documents import read_number
from api.services.resident_search import ResidentView, views_of
from api.vocabulary import DocumentKind, ResidentStatus, Sex

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from api.crypto import Keyring

FOLDER = "duplicates"
FETCH = 10_000
COUNTY_SPAN = 1_000_000
TOWN_SPAN = 1_000
MOST_SIMILAR = 20
"""People shown to who registers somebody; more would not be read."""
MOST_NAMESAKES = 500
_STAGED = ("first_id", "second_id", "division_code", "score", "reasons", "facts")
_COMPARED = (
    *("id", "division_code", "household_id", "name", "pinyin", "birth_date", "sex", "document_kind", "id_token"),
    "bank_account_index",
)


@dataclass(frozen=True, slots=True)
class Found:
    """What a search did: pairs compared, pairs alike, new ones, ones asked again or refreshed, ones not alike any more."""

    division_code: int
    compared: int
    alike: int
    proposed: int
    refreshed: int
    lapsed: int


@dataclass(frozen=True, slots=True)
class Similar:
    """A person who looks like somebody about to be registered."""

    view: ResidentView
    comparison: Comparison


def search(session: Session, keyring: Keyring, *, actor: Actor, division_code: int) -> Found:
    """Look through a unit and propose every pair that is worth a person's time.

    Raises `NotFound` for a unit outside the actor's, or above a county: ids begin with the county.
    """
    low, high = scope_of(division_code)
    if high - low >= COUNTY_SPAN:
        raise NotFound
    _check_unit(session, actor, division_code)
    plan_for_sets(session)
    county_code = county_of(division_code)
    run_sql(session, FOLDER, "20_create_staging")
    session.execute(text("TRUNCATE staged_pairs"))
    result = run_sql(session, FOLDER, "10_list_candidates", county_code=county_code, low=low, high=high)
    compared = 0
    staged: list[Sequence[Any]] = []
    for part in result.partitions(FETCH):
        compared += len(part)
        staged += _alike(keyring, part)
    copy_rows(session, "staged_pairs", _STAGED, staged)
    session.execute(text("ANALYZE staged_pairs"))
    found = Found(
        division_code=division_code,
        compared=compared,
        alike=len(staged),
        proposed=run_sql(session, FOLDER, "30_insert_pairs", county_code=county_code).rowcount,
        refreshed=len(run_sql(session, FOLDER, "40_refresh_pairs", county_code=county_code).all()),
        lapsed=len(run_sql(session, FOLDER, "50_lapse_pairs", county_code=county_code, low=low, high=high).all()),
    )
    audit_events.record(
        session,
        actor=actor,
        action="search_duplicates",
        subject_kind="division",
        subject_id=division_code,
        division_code=division_code,
        compared=compared,
        alike=found.alike,
        proposed=found.proposed,
    )
    return found


def similar_to(
    session: Session, keyring: Keyring, *, actor: Actor, name: str, id_number: str, division_code: int, today: date
) -> list[Similar]:
    """Return the people of the actor's unit who look like somebody about to be registered, most alike first.

    The holder of the very number is not told of: whether a number is taken is said by registration alone. The question
    is on record. Raises `NotFound` for a unit outside the actor's and `DocumentNumberInvalid`.
    """
    _check_unit(session, actor, division_code)
    reading = read_number(id_number, today)
    clean = str(CELL_READERS["name"](name).value or "")
    asked = Person(
        name=clean,
        pinyin=name_pinyin(clean)[0],
        birth_date=reading.birth_date,
        sex=Sex.MALE if reading.is_male else Sex.FEMALE,
        body=reading.id_number[:17],
        division_code=division_code,
    )
    found = _namesakes(session, keyring, actor.scope, asked)
    audit_events.record(
        session, actor=actor, action="search_similar_residents", subject_kind="resident", found=len(found)
    )
    views = views_of(session, keyring, [resident.id for resident, _ in found])
    return [Similar(views[resident.id], comparison) for resident, comparison in found if resident.id in views]


def propose_for(session: Session, keyring: Keyring, *, actor: Actor, resident: Resident) -> int:
    """Propose the pairs of somebody just registered, as far as the actor can see; return how many are new."""
    asked = _person(resident, _body(keyring, resident))
    others = _namesakes(session, keyring, actor.scope, asked)
    rows = [staged_row(other, resident, comparison) for other, comparison in others if other.id != resident.id]
    if not rows:
        return 0
    run_sql(session, FOLDER, "20_create_staging")
    session.execute(text("TRUNCATE staged_pairs"))
    copy_rows(session, "staged_pairs", _STAGED, rows)
    inserted = run_sql(session, FOLDER, "30_insert_pairs", county_code=resident.county_code)
    return int(inserted.rowcount)


def _check_unit(session: Session, actor: Actor, division_code: int) -> None:
    """Raise `NotFound` for a unit that does not exist, or is not the actor's."""
    low, high = scope_of(division_code)
    is_within = actor.scope[0] <= low <= high <= actor.scope[1]
    if not is_within or session.get(Division, division_code) is None:
        raise NotFound


def staged_row(one: Any, other: Any, comparison: Comparison) -> Sequence[Any]:
    """Return the columns of a pair, the smaller id first."""
    first, second = (one, other) if one.id < other.id else (other, one)
    return (
        first.id,
        second.id,
        unit_of(first.division_code, second.division_code),
        comparison.score,
        json.dumps([reason.value for reason in comparison.reasons]),
        fingerprint(first, second),
    )


def unit_of(one: int, other: int) -> int:
    """Return the smallest unit of a county that contains both villages."""
    if one == other:
        return one
    span = TOWN_SPAN if one // TOWN_SPAN == other // TOWN_SPAN else COUNTY_SPAN
    return one // span * span


def fingerprint(first: Any, second: Any) -> str:
    """Digest of what makes two people themselves: names, birth dates and tokens."""
    facts = "|".join(f"{one.name}|{one.birth_date.isoformat()}|{one.id_token}" for one in (first, second))
    return hashlib.sha256(facts.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Half:
    """One person of a candidate row."""

    id: int
    division_code: int
    household_id: int | None
    name: str
    pinyin: str
    birth_date: date
    sex: str
    document_kind: str
    id_token: Any
    bank_account_index: bytes | None


def _alike(keyring: Keyring, rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Yield the staged rows of the candidates that are worth looking at."""
    width = len(_COMPARED)
    halves = [(_Half(*row[:width]), _Half(*row[width:])) for row in rows]
    bodies = iter(keyring.ids_of_tokens([half.id_token for pair in halves for half in pair]))
    for first, second in halves:
        people = [
            _person(half, f"{id17:017d}" if half.document_kind == DocumentKind.RESIDENT_ID else None)
            for half, (_, id17) in zip((first, second), bodies, strict=False)
        ]
        comparison = compare(*people)
        if comparison.worth_looking:
            yield staged_row(first, second, comparison)


def _person(row: Any, body: str | None) -> Person:
    return Person(
        name=row.name,
        pinyin=row.pinyin,
        birth_date=row.birth_date,
        sex=Sex(row.sex),
        body=body,
        division_code=row.division_code,
        household_id=row.household_id,
        bank_account_index=None if row.bank_account_index is None else bytes(row.bank_account_index),
    )


def _body(keyring: Keyring, resident: Resident) -> str | None:
    if resident.document_kind is not DocumentKind.RESIDENT_ID:
        return None
    return f"{keyring.id_of_token(resident.id_token)[1]:017d}"


def _namesakes(
    session: Session, keyring: Keyring, scope: tuple[int, int], asked: Person
) -> list[tuple[Resident, Comparison]]:
    """Return who of a unit has the same name, or one that sounds the same, and is worth looking at."""
    (low, high), born = scope, asked.birth_date
    query = select(Resident).where(
        col(Resident.division_code).between(low, high),
        col(Resident.status) != ResidentStatus.MERGED,
        # Nothing but a shared part of the birth date makes a namesake worth looking at.
        or_(
            func.date_part("year", col(Resident.birth_date)) == born.year,
            and_(
                func.date_part("month", col(Resident.birth_date)) == born.month,
                func.date_part("day", col(Resident.birth_date)) == born.day,
            ),
        ),
    )
    if county_of(low) == county_of(high):
        query = query.where(col(Resident.county_code) == county_of(low))
    # One question each: asked together, row-level security would have neither index used.
    found = {
        one.id: one
        for same in (col(Resident.name) == asked.name, col(Resident.pinyin) == asked.pinyin)
        for one in session.scalars(query.where(same).order_by(col(Resident.id)).limit(MOST_NAMESAKES))
    }
    people = list(found.values())
    compared = [
        (one, compare(_person(one, body), asked)) for one, body in zip(people, _bodies(keyring, people), strict=True)
    ]
    alike = [pair for pair in compared if pair[1].worth_looking]
    return sorted(alike, key=lambda pair: (-pair[1].score, pair[0].id))[:MOST_SIMILAR]


def _bodies(keyring: Keyring, people: Sequence[Resident]) -> list[str | None]:
    opened = keyring.ids_of_tokens([one.id_token for one in people])
    return [
        f"{id17:017d}" if one.document_kind is DocumentKind.RESIDENT_ID else None
        for one, (_, id17) in zip(people, opened, strict=True)
    ]
