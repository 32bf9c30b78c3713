"""Finding people of the roster: lists by unit, name, pinyin and state, one person, and the exact ID number.

Prefixes are ranges in code point order, never LIKE, which row-level security would rob of its index.
"""

from __future__ import annotations

import unicodedata
from collections import namedtuple
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, exists, or_, select, tuple_
from sqlmodel import col

from api.database import Actor, ask, county_of, scope_of
from api.errors import FieldFault, Invalid, NotFound
from api.exchange.roster_cells import IdReading, normalise_id, read_id
from api.exchange.roster_rules import make_issue
from api.models import Benefit, Division, Enrolment, Household, Resident, ResidentDocument
from api.policy.id_numbers import check_character
from api.services import audit_events
from api.services.pages import decode_cursor, encode_cursor
from api.services.resident_categories import condition_of
from api.vocabulary import BenefitState, DocumentKind, EnrolmentState, ResidentCategory, ResidentStatus
from api.wire import Prepared

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date
    from uuid import UUID

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from api.crypto import Keyring

LAST_CHARACTER = "\U0010ffff"
ENDED = (EnrolmentState.REJECTED, EnrolmentState.TERMINATED)
ID_NUMBER_LENGTH = 15


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
    if name not in {"created_at", "updated_at", "bank_account_index"}
)
_Facts = namedtuple("_Facts", _FIELDS)  # type: ignore[misc]  # noqa: PYI024 (the table names the fields)
"""A row of the roster without the session's book-keeping, which costs more than the row."""
_ONE = Prepared(
    "resident_view",
    "int, bigint",
    f"""
    SELECT {", ".join("r." + name for name in _FIELDS)}, d.name, e.state, b.state, h.number
      FROM residents AS r
      LEFT JOIN divisions AS d ON d.code = r.division_code
      LEFT JOIN enrolments AS e
        ON e.county_code = r.county_code AND e.resident_id = r.id AND e.state NOT IN ('rejected', 'terminated')
      LEFT JOIN benefits AS b ON b.county_code = r.county_code AND b.resident_id = r.id
      LEFT JOIN households AS h ON h.county_code = r.county_code AND h.id = r.household_id
     WHERE r.county_code = $1 AND r.id = $2
    """,
)


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
    division_code: int | None = None,
    q: str | None = None,
    category: ResidentCategory | None = None,
    enrolment: EnrolmentState | None = None,
    not_enrolled: bool = False,
    household_id: int | None = None,
    limit: int,
    after: str | None,
) -> tuple[list[ResidentView], str | None]:
    """Return a page of people and the next cursor, by name where one is searched, else by number.

    Raises `InvalidCursor`, and `IdNumberInQuery` when an ID number is searched for in the open.
    """
    # A merged row is read by its number and by its id; in a list it would be the same person twice.
    query = _view_query().where(*_within(actor, division_code), col(Resident.status) != ResidentStatus.MERGED)
    sort_key, found = _matching(q)
    query = query.where(*found)
    if category is not None:
        query = query.where(condition_of(category))
    if household_id is not None:
        query = query.where(col(Resident.household_id) == household_id)
    if not_enrolled:
        query = query.where(col(Enrolment.id).is_(None))
    if enrolment is not None:
        query = query.where(_in_state(enrolment))
    if sort_key is None:
        start = decode_cursor(after, int)
        if start is not None:
            query = query.where(col(Resident.id) > start[0])
        query = query.order_by(col(Resident.id))
    else:
        start = decode_cursor(after, str, int)
        if start is not None:
            query = query.where(tuple_(col(sort_key), col(Resident.id)) > (start[0], start[1]))
        query = query.order_by(col(sort_key), col(Resident.id))
    rows = session.execute(query.limit(limit + 1)).all()
    following = None
    if len(rows) > limit:
        last = rows[limit - 1][0]
        following = encode_cursor(last.id) if sort_key is None else encode_cursor(getattr(last, sort_key.key), last.id)
    return _views(keyring, rows[:limit]), following


def get_view(session: Session, keyring: Keyring, resident_id: int, *, alone: bool = False) -> ResidentView:
    """Return one person; `alone` when nothing else is read, so that the transaction's end travels along.

    Raises `NotFound`.
    """
    (rows,) = ask(session, _ONE.of(resident_id // 10**10, resident_id), last=alone)
    if not rows:
        raise NotFound
    (row,) = rows
    place = _FIELDS.index("document_kind")
    facts = _Facts._make((*row[:place], DocumentKind(row[place]), *row[place + 1 : len(_FIELDS)]))
    return _views(keyring, [(facts, *row[len(_FIELDS) :])])[0]


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
    token = keyring.id_token(int(reading.id_number[:17]))
    here = _within(actor, None)
    rows = list(session.execute(_view_query().where(*here, col(Resident.id_token) == token)).all())
    # Where nobody has the number now, somebody may have had it; and who was found on a merged row is the kept one.
    others = _had_before(session, token) if not rows else [row[0].merged_into_id for row in rows if _is_merged(row[0])]
    if others:
        rows += session.execute(_view_query().where(*here, col(Resident.id).in_(others))).all()
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


def _is_merged(resident: Resident) -> bool:
    return resident.status is ResidentStatus.MERGED


def views_of(session: Session, keyring: Keyring, resident_ids: Collection[int]) -> dict[int, ResidentView]:
    """Return the people with these ids whom the actor may see, merged ones included."""
    if not resident_ids:
        return {}
    query = _view_query().where(
        col(Resident.county_code).in_({resident_id // 10**10 for resident_id in resident_ids}),
        col(Resident.id).in_(resident_ids),
    )
    return {view.resident.id: view for view in _views(keyring, session.execute(query).all())}


def id_number_of(keyring: Keyring, resident: Resident) -> str:
    """Return the full document number of one person."""
    return _id_numbers(keyring, [resident])[0]


def _view_query() -> Select[*tuple[Any, ...]]:
    """The person, their unit's name, and the state of what runs for them."""
    alive = and_(
        col(Enrolment.county_code) == col(Resident.county_code),
        col(Enrolment.resident_id) == col(Resident.id),
        col(Enrolment.state).not_in(ENDED),
    )
    drawing = and_(col(Benefit.county_code) == col(Resident.county_code), col(Benefit.resident_id) == col(Resident.id))
    house = and_(
        col(Household.county_code) == col(Resident.county_code), col(Household.id) == col(Resident.household_id)
    )
    return (
        select(Resident, col(Division.name), col(Enrolment.state), col(Benefit.state), col(Household.number))
        .outerjoin(Division, col(Division.code) == col(Resident.division_code))
        .outerjoin(Enrolment, alive)
        .outerjoin(Benefit, drawing)
        .outerjoin(Household, house)
    )


def _within(actor: Actor, division_code: int | None) -> list[ColumnElement[bool]]:
    """Conditions of a unit; the county goes first so that a cluster asks one shard."""
    low, high = scope_of(actor.division_code if division_code is None else division_code)
    conditions: list[ColumnElement[bool]] = [col(Resident.division_code).between(low, high)]
    if county_of(low) == county_of(high):
        conditions.insert(0, col(Resident.county_code) == county_of(low))
    return conditions


def _matching(q: str | None) -> tuple[Any, list[ColumnElement[bool]]]:
    """Return what a search sorts by and its conditions: Chinese is a name, Latin letters are pinyin or initials."""
    wanted = "".join(unicodedata.normalize("NFKC", q or "").split())
    if not wanted:
        return None, []
    if len(wanted) >= ID_NUMBER_LENGTH and wanted[:ID_NUMBER_LENGTH].isdigit():
        raise IdNumberInQuery(pointer="/q")
    if not wanted.isascii():
        return Resident.name, [_prefix(Resident.name, wanted)]
    letters = wanted.lower()
    if len(letters) == 1:
        # The first letter of the pinyin is the first initial; one ordered index serves.
        return Resident.pinyin, [_prefix(Resident.pinyin, letters)]
    return Resident.pinyin, [or_(_prefix(Resident.pinyin, letters), _prefix(Resident.initials, letters))]


def _prefix(column: Any, start: str) -> ColumnElement[bool]:
    return (col(column) >= start) & (col(column) < start + LAST_CHARACTER)


def _in_state(state: EnrolmentState) -> ColumnElement[bool]:
    if state not in ENDED:
        return col(Enrolment.state) == state
    past = Enrolment.__table__.alias("past")  # type: ignore[attr-defined]
    return exists(
        select(past.c.id).where(
            past.c.county_code == col(Resident.county_code),
            past.c.resident_id == col(Resident.id),
            past.c.state == state,
        )
    )


def _views(keyring: Keyring, rows: Sequence[Any]) -> list[ResidentView]:
    numbers = _id_numbers(keyring, [row[0] for row in rows])
    return [
        ResidentView(row[0], row[1] or "", row[2], row[3], row[4], number)
        for row, number in zip(rows, numbers, strict=True)
    ]


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
