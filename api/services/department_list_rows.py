"""Rows of a department's list: looking at them, leaving some out, and saying by hand who is meant.

Who chose what is kept with the row, and none of those persons may approve the list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, literal, select, update
from sqlmodel import col

from api.crypto import SealBroken
from api.database import Actor, copy_rows, run_sql, scope_of
from api.errors import NotFound, StaleVersion
from api.models import DepartmentListRow, Division, Resident
from api.policy.id_numbers import check_character
from api.services import audit_events
from api.services.department_list_refusals import (
    ListStateUnfit,
    PersonOnListAlready,
    PersonOutsideUnit,
    RowDoesNothing,
    RowIsKnown,
    RowReasonMissing,
)
from api.services.department_lists import FOLDER, STAGED, compare_staged, create_staging, get_locked, settle
from api.services.pages import decode_cursor, encode_cursor
from api.services.resident_search import id_number_of
from api.vocabulary import DepartmentListState, ListEffect, ListOutcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from uuid import UUID

    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.models import DepartmentList

OPEN_OUTCOMES = frozenset({ListOutcome.NOT_FOUND, ListOutcome.OTHER_NAME, ListOutcome.SAME_NAME_OTHER_ID})
"""Rows of which a person may say who is meant."""
NAMED_BY_HAND = "名单上以另一证件号或姓名列出"
SHEET_PAGE = 2000


@dataclass(frozen=True, slots=True)
class PersonView:
    """Somebody of the register beside a row. `id_number` is the full number: only masked types may show it."""

    resident: Resident
    division_name: str
    id_number: str


@dataclass(frozen=True, slots=True)
class RowView:
    """A row with the person that it is about and those whom it may be about. `id_number` is the list's."""

    row: DepartmentListRow
    id_number: str
    person: PersonView | None
    candidates: Sequence[PersonView]


def list_rows(
    session: Session,
    keyring: Keyring,
    *,
    found: DepartmentList,
    outcome: ListOutcome | None = None,
    is_chosen: bool | None = None,
    is_refused: bool | None = None,
    limit: int,
    after: str | None,
) -> tuple[list[RowView], str | None]:
    """Return rows in the order of the file and the next cursor. Raises `InvalidCursor`."""
    query = (
        select(DepartmentListRow)
        .where(col(DepartmentListRow.county_code) == found.county_code, col(DepartmentListRow.list_id) == found.id)
        .order_by(col(DepartmentListRow.seq))
        .limit(limit + 1)
    )
    if outcome is not None:
        query = query.where(col(DepartmentListRow.outcome) == outcome)
    if is_chosen is not None:
        query = query.where(col(DepartmentListRow.is_chosen) == is_chosen)
    if is_refused is not None:
        query = query.where(col(DepartmentListRow.refusal).is_not(None) == is_refused)
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(DepartmentListRow.seq) > start[0])
    rows = session.scalars(query).all()
    following = encode_cursor(rows[limit - 1].seq) if len(rows) > limit else None
    return _views(session, keyring, found, rows[:limit]), following


def all_rows(session: Session, keyring: Keyring, *, found: DepartmentList) -> Iterator[RowView]:
    """Yield every row, for the sheet."""
    after = None
    while True:
        views, after = list_rows(session, keyring, found=found, limit=SHEET_PAGE, after=after)
        yield from views
        if after is None:
            return


def _views(
    session: Session, keyring: Keyring, found: DepartmentList, rows: Sequence[DepartmentListRow]
) -> list[RowView]:
    """Put the people beside the rows, in one query. Who has left the unit since is shown no more."""
    wanted = {row.resident_id for row in rows} | {int(one) for row in rows for one in row.candidates}
    low, high = scope_of(found.division_code)
    query = (
        select(Resident, col(Division.name))
        .join(Division, col(Division.code) == col(Resident.division_code))
        .where(
            col(Resident.county_code) == found.county_code,
            col(Resident.id).in_([one for one in wanted if one is not None]),
            col(Resident.division_code).between(low, high),
        )
    )
    people = {
        resident.id: PersonView(resident, name, id_number_of(keyring, resident))
        for resident, name in session.execute(query)
    }
    return [
        RowView(
            row=row,
            id_number=_number(keyring, row.id_token, people.get(row.resident_id or 0)),
            person=people.get(row.resident_id or 0),
            candidates=[people[int(one)] for one in row.candidates if int(one) in people],
        )
        for row in rows
    ]


def _number(keyring: Keyring, token: UUID, person: PersonView | None) -> str:
    """Return the number behind a row's token: of who holds another document, that of the register."""
    if person is not None and person.resident.id_token == token:
        return person.id_number
    try:
        _, id17 = keyring.id_of_token(token)
    except SealBroken:
        # Another document, of somebody who has left the unit since.
        return ""
    digits = f"{id17:017d}"
    return digits + check_character(digits)


def choose_rows(
    session: Session,
    *,
    actor: Actor,
    list_id: int,
    version: int,
    places: Sequence[int] | ListOutcome,
    is_chosen: bool,
    reason: str | None,
) -> DepartmentList:
    """Choose rows or leave them out: those of these numbers, or every row of an outcome that would do something.

    Raises `NotFound`, `StaleVersion`, `ListStateUnfit`, `RowDoesNothing` or `RowReasonMissing`; then nothing is changed.
    """
    found = _open(session, list_id, version)
    if not is_chosen and reason is None:
        raise RowReasonMissing(pointer="/reason")
    wanted = [col(DepartmentListRow.county_code) == found.county_code, col(DepartmentListRow.list_id) == found.id]
    if isinstance(places, ListOutcome):
        wanted += [col(DepartmentListRow.outcome) == places, col(DepartmentListRow.effect) != ListEffect.NONE]
    else:
        wanted.append(col(DepartmentListRow.seq).in_(places))
        rows = session.scalars(select(col(DepartmentListRow.effect)).where(*wanted)).all()
        if len(rows) != len(set(places)):
            raise NotFound
        if is_chosen and ListEffect.NONE in rows:
            raise RowDoesNothing(pointer="/rows")
    session.execute(
        update(DepartmentListRow)
        .where(*wanted, col(DepartmentListRow.is_chosen) != is_chosen)
        .values(
            is_chosen=is_chosen,
            # Why a row was given to somebody by hand stays to be read, unless another reason is given.
            reason=case(
                (and_(col(DepartmentListRow.is_by_hand), literal(reason is None)), col(DepartmentListRow.reason)),
                else_=reason,
            ),
            decided_by_id=actor.user_id,
        )
        .execution_options(synchronize_session=False)
    )
    session.expire_all()
    return _changed(session, actor, get_locked(session, list_id))


def assign(
    session: Session,
    *,
    actor: Actor,
    list_id: int,
    version: int,
    seq: int,
    resident_id: int | None,
    reason: str | None,
) -> DepartmentList:
    """Say by hand who is meant by a row of an unknown number or another name, or take it back (null).

    Raises `NotFound`, `StaleVersion`, `ListStateUnfit`, `RowIsKnown`, `PersonOutsideUnit`, `PersonOnListAlready` or
    `RowReasonMissing`; then nothing is changed.
    """
    found = _open(session, list_id, version)
    row = session.get(DepartmentListRow, (found.county_code, found.id, seq))
    if row is None:
        raise NotFound
    if row.outcome not in OPEN_OUTCOMES:
        raise RowIsKnown(pointer="/seq")
    token = row.id_token
    if resident_id is not None:
        resident = _person(session, found, row, resident_id)
        if reason is None:
            raise RowReasonMissing(pointer="/reason")
        token = resident.id_token
    told = _compared_alone(session, found, row, token, is_by_hand=resident_id is not None)
    row.resident_id = told["resident_id"]
    row.is_by_hand = resident_id is not None
    row.effect = ListEffect(told["effect"])
    row.is_chosen = row.effect is not ListEffect.NONE
    row.reason = reason
    row.decided_by_id = actor.user_id
    for name in ("held_value", "held_on", "fact_id", "paid_after_months", "paid_after_fen", "paid_after_basic_fen"):
        setattr(row, name, told[name])
    session.flush()
    return _changed(session, actor, found)


def _open(session: Session, list_id: int, version: int) -> DepartmentList:
    found = get_locked(session, list_id)
    if found.version != version:
        raise StaleVersion
    if found.state is not DepartmentListState.COMPARED:
        raise ListStateUnfit
    return found


def _changed(session: Session, actor: Actor, found: DepartmentList) -> DepartmentList:
    found.version += 1
    settle(session, found)
    audit_events.record(
        session, actor=actor, action="change_department_list", subject_kind="department_list", subject_id=found.id,
        division_code=found.division_code, chosen=found.chosen_count,
    )  # fmt: skip
    return found


def _person(session: Session, found: DepartmentList, row: DepartmentListRow, resident_id: int) -> Resident:
    """Return a person of the list's unit whom no other row is about; who seemed to be missing from the list is not."""
    low, high = scope_of(found.division_code)
    resident = session.get(Resident, (resident_id // 10**10, resident_id))
    if resident is None:
        raise NotFound
    if not low <= resident.division_code <= high:
        raise PersonOutsideUnit(pointer="/resident_id")
    others = session.scalars(
        select(DepartmentListRow).where(
            col(DepartmentListRow.county_code) == found.county_code,
            col(DepartmentListRow.list_id) == found.id,
            col(DepartmentListRow.resident_id) == resident_id,
            col(DepartmentListRow.seq) != row.seq,
        )
    ).all()
    for other in others:
        if other.outcome is not ListOutcome.REMOVED:
            raise PersonOnListAlready(pointer="/resident_id")
        other.is_chosen = False
        other.reason = NAMED_BY_HAND
    return resident


def _compared_alone(
    session: Session, found: DepartmentList, row: DepartmentListRow, token: UUID, *, is_by_hand: bool
) -> dict[str, Any]:
    """Compare one row with the person of a token."""
    create_staging(session, 1)
    staged = (
        row.seq, row.file_row, row.name, token.hex, row.birth_date, row.value, row.happened_on, row.until_on, row.paper,
        is_by_hand,
    )  # fmt: skip
    copy_rows(session, "staged_rows", STAGED, [staged])
    compare_staged(session, found, with_removed=False)
    told = run_sql(session, FOLDER, "32_read_compared", seq=row.seq).one()
    return dict(told._mapping)  # noqa: SLF001
