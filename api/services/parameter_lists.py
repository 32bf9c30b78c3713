"""Parameters as a list: the statutes' entries and every layer's changes, and which of them holds in a place on a day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlmodel import col

from api.database import scope_of
from api.models import User
from api.policy.parameter_layers import chain_of
from api.policy.parameters import all_parameters
from api.services import divisions, laws, policy_parameters
from api.services.pages import decode_cursor, encode_cursor
from api.vocabulary import ParameterChangeState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from api.models import PolicyParameterChange
    from api.policy.parameters import DatedParameter


@dataclass(frozen=True, slots=True)
class Listed:
    """One value for one layer and period; `change` is null for what stands in the statutes."""

    entry: DatedParameter
    change: PolicyParameterChange | None
    division_name: str | None
    maker_name: str | None
    checker_name: str | None
    is_effective: bool
    """Whether it is what holds in the place and on the day that the list was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a list is narrowed to. `division_code` and `on` are also where and when `is_effective` is told for."""

    division_code: int
    today: date
    code: str | None = None
    on: date | None = None
    state: ParameterChangeState | None = None


def list_parameters(
    session: Session, *, wanted: Wanted, limit: int, after: str | None
) -> tuple[Sequence[Listed], str | None]:
    """Return values by code, first day and id, and the next cursor: the statutes' and those of the place's layers.

    With `state`, changes in that state, those of units below the place among them; with `on`, only what covers the day.
    """
    start = decode_cursor(after, str, str, int)
    chain = set(chain_of(wanted.division_code))
    low, high = scope_of(wanted.division_code)
    changes = [
        row
        for row in policy_parameters.changes(session)
        if (wanted.state is None or row.state is wanted.state)
        and (row.division_code in chain or (wanted.state is not None and low <= row.division_code <= high))
    ]
    pairs: list[tuple[DatedParameter, PolicyParameterChange | None]] = [
        (laws.layered(row, serial=row.serial or 0).entry, row) for row in changes
    ]
    if wanted.state is None:
        pairs += [(entry, None) for entry in all_parameters()]
    keyed = sorted(
        (
            ((entry.code, entry.valid_from.isoformat(), row.id if row else 0), entry, row)
            for entry, row in pairs
            if (wanted.code is None or entry.code == wanted.code) and (wanted.on is None or entry.covers(wanted.on))
        ),
        key=lambda one: one[0],
    )
    rows = [one for one in keyed if start is None or one[0] > tuple(start)]
    following = encode_cursor(*rows[limit - 1][0]) if len(rows) > limit else None
    return _named(session, wanted, [(entry, row) for _, entry, row in rows[:limit]]), following


def read(session: Session, *, change_id: int, today: date) -> Listed:
    """Return one change of any layer. Raises `NotFound`."""
    row = policy_parameters.get(session, change_id)
    wanted = Wanted(division_code=row.division_code, today=today)
    (listed,) = _named(session, wanted, [(laws.layered(row, serial=row.serial or 0).entry, row)])
    return listed


def _named(
    session: Session, wanted: Wanted, pairs: Sequence[tuple[DatedParameter, PolicyParameterChange | None]]
) -> list[Listed]:
    """Add names of units and persons (of those whom the reader may see), and whether each is what holds."""
    changes = [row for _, row in pairs if row is not None]
    units = divisions.names_of(session, {row.division_code for row in changes})
    people = _people(session, {one for row in changes for one in (row.maker_id, row.checker_id) if one is not None})
    book = laws.book_of(session)
    day = wanted.on or wanted.today
    found = []
    for entry, row in pairs:
        prevailing = book.change_on(entry.code, wanted.division_code, day)
        if row is None:
            is_effective = prevailing is None and entry.covers(day)
        else:
            is_effective = prevailing is not None and prevailing.change_id == row.id
        found.append(
            Listed(
                entry,
                row,
                None if row is None else units.get(row.division_code),
                None if row is None else people.get(row.maker_id),
                None if row is None or row.checker_id is None else people.get(row.checker_id),
                is_effective,
            )
        )
    return found


def _people(session: Session, user_ids: set[int]) -> dict[int, str]:
    if not user_ids:
        return {}
    query = select(col(User.id), col(User.display_name)).where(
        col(User.county_code).in_({one // 10**10 for one in user_ids}), col(User.id).in_(user_ids)
    )
    return {row[0]: row[1] for row in session.execute(query)}
