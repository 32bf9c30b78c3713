"""Finding people of the roster: lists by unit, name, pinyin and state, one person, and the exact ID number."""

from __future__ import annotations

import hashlib
import unicodedata
from collections import namedtuple
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlmodel import col

from api.database import Actor, ask, ask_in_order, county_of, scope_of
from api.errors import FieldFault, Invalid, NotFound
from api.exchange.name_queries import read_name_query
from api.exchange.roster_cells import IdReading, normalise_id, read_id
from api.exchange.roster_rules import make_issue
from api.models import Resident, ResidentDocument
from api.policy.id_numbers import check_character
from api.services import audit_events
from api.services.pages import decode_cursor, encode_cursor
from api.services.resident_questions import Wanted
from api.services.resident_walks import START, Place, find
from api.vocabulary import BenefitState, DocumentKind, EnrolmentState, ResidentStatus
from api.wire import Call, Prepared

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date
    from uuid import UUID

    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.exchange.name_queries import NameQuery
    from api.services.resident_questions import Binder

ID_NUMBER_LENGTH = 15
EVERYBODY = Wanted()


class IdNumberInvalid(Invalid):
    """The number that is searched for is no ID number."""

    code = "id-number-invalid"
    title = "身份证号有误"


class IdNumberInQuery(Invalid):
    """An ID number was typed into the search box: query strings end up in histories and logs."""

    code = "id-number-in-query"
    title = "请使用“按身份证号查找”，不要把身份证号写进搜索条件"


_FIELDS = tuple(
    name
    for name in Resident.__table__.columns.keys()  # type: ignore[attr-defined]  # noqa: SIM118 (no mapping)
    if name not in {"created_at", "updated_at", "bank_account_index", "town_code", "given_name"}
)
_Facts = namedtuple("_Facts", _FIELDS)  # type: ignore[misc]  # noqa: PYI024 (the table names the fields)
"""A row of the roster without the session's book-keeping, which costs more than the row."""
# The unit's name by a subquery and no join: a planner that expects one person would read all units for each of them.
_UNIT = "(SELECT d.name FROM divisions AS d WHERE d.code = r.division_code)"
_COLUMNS = ", ".join([*("r." + name for name in _FIELDS), _UNIT, "e.state", "b.state", "h.number"])
_BESIDE = """
  LEFT JOIN enrolments AS e
    ON e.county_code = r.county_code AND e.resident_id = r.id AND e.state NOT IN ('rejected', 'terminated', 'withdrawn')
  LEFT JOIN benefits AS b ON b.county_code = r.county_code AND b.resident_id = r.id
  LEFT JOIN households AS h ON h.county_code = r.county_code AND h.id = r.household_id
"""
"""What runs for the person, and their house."""
_ONE = Prepared(
    "resident_view",
    "int, bigint",
    f"SELECT {_COLUMNS} FROM residents AS r {_BESIDE} WHERE r.county_code = $1 AND r.id = $2",
)
_BY_TOKEN = Prepared(
    "resident_by_token",
    "int, uuid",
    f"SELECT {_COLUMNS} FROM residents AS r {_BESIDE} WHERE r.county_code = $1 AND r.id_token = $2",
)
_BY_TOKEN_ANYWHERE = Prepared(
    "resident_by_token_anywhere",
    "uuid",
    f"SELECT {_COLUMNS} FROM residents AS r {_BESIDE} WHERE r.id_token = $1",
)


_STATUS, _MERGED_INTO = _FIELDS.index("status"), _FIELDS.index("merged_into_id")


def _one(resident_id: int) -> Call:
    return _ONE.of(resident_id // 10**10, resident_id)


@dataclass(frozen=True, slots=True)
class ResidentView:
    """A person with what a list shows beside them. `id_number` is the full number: only masked types may show it."""

    resident: Resident
    division_name: str
    enrolment_state: EnrolmentState | None
    benefit_state: BenefitState | None
    household_number: str | None
    id_number: str


def list_residents(
    session: Session,
    keyring: Keyring,
    *,
    actor: Actor,
    today: date,
    division_code: int | None = None,
    q: str | None = None,
    wanted: Wanted = EVERYBODY,
    limit: int,
    after: str | None,
) -> tuple[list[ResidentView], str | None]:
    """Return a page of people and the next cursor: by name where a name is typed, else by pinyin within the unit.

    A page may be shorter than `limit` although a cursor goes on (`resident_walks.BUDGET`). The dead and those who moved
    away are among them, with their status. Raises `InvalidCursor`, and `IdNumberInQuery` when an ID number is searched
    for in the open.
    """
    unit = actor.division_code if division_code is None else division_code
    # A unit outside the actor's own has nobody in it, as row-level security would find row by row.
    if not _overlap(scope_of(unit), actor.scope):
        return [], None
    if scope_of(unit)[0] < actor.scope[0] or scope_of(unit)[1] > actor.scope[1]:
        unit = actor.division_code
    names = None if q is None else _read(q)
    start = decode_cursor(after, int, str, str, int)
    place = START if start is None else Place(*start)
    found, bind = find(unit, replace(wanted, names=names), today=today, after=place, limit=limit)
    rows = ask_in_order(session, _page_of(found, bind).of(*bind.values))
    people: list[tuple[Any, ...]] = []
    following = None
    for row in rows:
        _, is_mark, *_ = row[-_PLACE:]
        if is_mark or len(people) == limit:
            walk, _, key1, key2, last = (row if is_mark else people[-1])[-_PLACE:]
            following = encode_cursor(walk, key1, key2, last)
            break
        people.append(row)
    return _views(keyring, [row[:-_PLACE] for row in people]), following


_PLACE = 5
"""Columns that say where in the search a row stands."""


def _page_of(found: str, bind: Binder) -> Prepared:
    """The statement that shows who was found. Its name follows from its text, so that it is planned once for its kind."""
    text = (
        f"SELECT {_COLUMNS}, f.walk, f.is_mark, f.key1, f.key2, f.id FROM ({found}) AS f "
        f"INNER JOIN residents AS r ON r.county_code = f.county_code AND r.id = f.id {_BESIDE} "
        "ORDER BY f.walk, f.key1, f.key2, f.id, f.is_mark"
    )
    name = "residents_" + hashlib.sha256(text.encode()).hexdigest()[:24]
    return Prepared(name, ", ".join(bind.types), text, is_passing=True)


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _read(q: str) -> NameQuery | None:
    """Read what was typed. Raises `IdNumberInQuery`."""
    wanted = "".join(unicodedata.normalize("NFKC", q).split())
    if len(wanted) >= ID_NUMBER_LENGTH and wanted[:ID_NUMBER_LENGTH].isdigit():
        raise IdNumberInQuery(pointer="/q")
    return read_name_query(q)


def get_view(session: Session, keyring: Keyring, resident_id: int, *, alone: bool = False) -> ResidentView:
    """Return one person; `alone` when nothing else is read, so that the transaction's end travels along.

    Raises `NotFound`.
    """
    (rows,) = ask(session, _ONE.of(resident_id // 10**10, resident_id), last=alone)
    if not rows:
        raise NotFound
    return _views(keyring, rows)[0]


def find_by_id_number(
    session: Session, keyring: Keyring, *, actor: Actor, id_number: str, today: date
) -> list[ResidentView]:
    """Return who has or had an ID number, as far as the actor may see them. Every such search leaves an audit event.

    By a former number (原证件号) the person is found as well, and by a merged row's the row that was kept.

    Raises `IdNumberInvalid`, so that a slip of the pen is not taken for an unknown person.
    """
    cell = normalise_id(id_number)
    reading = cell.refusal or read_id(str(cell.value), today)
    if not isinstance(reading, IdReading):
        fault = FieldFault("/id_number", reading, make_issue(1, "id_number", reading).message)
        raise IdNumberInvalid(fault.message, faults=[fault])
    # Where numbers that somebody had before are kept as tokens as well, this is the one place that looks for them.
    token = keyring.id_token(int(reading.id_number[:17]))
    county = county_of(actor.scope[0])
    if county == county_of(actor.scope[1]):
        (rows,) = ask(session, _BY_TOKEN.of(county, str(token)))
    else:
        (rows,) = ask(session, _BY_TOKEN_ANYWHERE.of(str(token)))
    # Where nobody has the number now, somebody may have had it; and who was found on a merged row is the kept one.
    others = (
        [row[_MERGED_INTO] for row in rows if row[_STATUS] == ResidentStatus.MERGED]
        if rows
        else _had_before(session, token)
    )
    if others:
        rows += [row for found in ask(session, *map(_one, others)) for row in found]
    found = _views(keyring, rows)
    audit_events.record(
        session,
        actor=actor,
        action="search_resident_by_id_number",
        subject_kind="resident",
        subject_id=found[0].resident.id if found else None,
        division_code=found[0].resident.division_code if found else None,
        found=len(found),
    )
    return found


def _had_before(session: Session, token: UUID) -> Sequence[int]:
    query = select(col(ResidentDocument.resident_id)).where(col(ResidentDocument.id_token) == token).distinct()
    return session.scalars(query).all()


def views_of(session: Session, keyring: Keyring, resident_ids: Collection[int]) -> dict[int, ResidentView]:
    """Return the people with these ids whom the actor may see, merged ones included."""
    if not resident_ids:
        return {}
    found = ask(session, *map(_one, resident_ids))
    return {view.resident.id: view for view in _views(keyring, [row for rows in found for row in rows])}


def id_number_of(keyring: Keyring, resident: Resident) -> str:
    """Return the full document number of one person."""
    return _id_numbers(keyring, [resident])[0]


def _views(keyring: Keyring, rows: Sequence[tuple[Any, ...]]) -> list[ResidentView]:
    people = [_facts(row[: len(_FIELDS)]) for row in rows]
    return [
        ResidentView(
            person,
            row[-4] or "",
            None if row[-3] is None else EnrolmentState(row[-3]),
            None if row[-2] is None else BenefitState(row[-2]),
            row[-1],
            number,
        )
        for person, row, number in zip(people, rows, _id_numbers(keyring, people), strict=True)
    ]


def facts_of(row: Mapping[str, Any]) -> Any:
    """Return a row of the roster from its columns by name; of columns that came later an old row has none."""
    return _facts(tuple(row.get(name) for name in _FIELDS))


def _facts(row: tuple[Any, ...]) -> Any:
    """The row with its words read, as the session would read them."""
    place = _FIELDS.index("document_kind")
    return _Facts._make((*row[:place], DocumentKind(row[place]), *row[place + 1 :]))


def _id_numbers(keyring: Keyring, residents: Sequence[Resident]) -> list[str]:
    """Open the tokens of a page in one go; other documents are opened from their seal."""
    numbers = []
    for resident, (_, id17) in zip(residents, keyring.ids_of_tokens([one.id_token for one in residents]), strict=True):
        body = f"{id17:017d}"
        if resident.document_kind is DocumentKind.RESIDENT_ID or resident.document_sealed is None:
            numbers.append(body + check_character(body))
        else:
            numbers.append(
                keyring.unseal(resident.document_sealed, table="residents", column="document", row_id=resident.id)
            )
    return numbers
