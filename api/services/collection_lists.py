"""Lists of a batch: its lines by state, who was left out, and for the village those whose deduction failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select, tuple_
from sqlmodel import col

from api.database import run_sql, scope_of
from api.models import CollectionException, CollectionLine, CollectionOutcome, Resident
from api.services import divisions
from api.services.collection_batches import FOLDER, year_kinds
from api.services.pages import decode_cursor, encode_cursor

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from api.database import Actor
    from api.models import CollectionBatch
    from api.vocabulary import CollectionResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which lines or exceptions of a batch are wanted."""

    division_code: int | None = None
    resident_id: int | None = None
    result: CollectionResult | None = None
    is_open: bool = False
    """Only lines without a final state."""
    code: str | None = None


class Unpaid(NamedTuple):
    """Somebody whose deduction failed and who has not paid since; fen, and the bank's words."""

    resident_id: int
    name: str
    division_code: int
    instalment: int
    amount_fen: int
    reason: str
    sent_on: date
    is_deducted_again: bool
    """Whether the bank is being asked again at this moment."""


def list_lines(
    session: Session, *, batch: CollectionBatch, wanted: Filter, limit: int, after: str | None
) -> tuple[Sequence[tuple[CollectionLine, CollectionOutcome | None]], str | None]:
    """Return lines of a batch by number, each with its final state where it has one."""
    query = (
        select(CollectionLine, CollectionOutcome)
        .outerjoin(
            CollectionOutcome,
            (col(CollectionOutcome.county_code) == col(CollectionLine.county_code))
            & (col(CollectionOutcome.batch_id) == col(CollectionLine.batch_id))
            & (col(CollectionOutcome.seq) == col(CollectionLine.seq)),
        )
        .where(col(CollectionLine.county_code) == batch.county_code, col(CollectionLine.batch_id) == batch.id)
        .order_by(col(CollectionLine.seq))
        .limit(limit + 1)
    )
    if wanted.resident_id is not None:
        query = query.where(col(CollectionLine.resident_id) == wanted.resident_id)
    if wanted.division_code is not None:
        query = query.where(col(CollectionLine.division_code).between(*scope_of(wanted.division_code)))
    if wanted.result is not None:
        query = query.where(col(CollectionOutcome.result) == wanted.result)
    if wanted.is_open:
        query = query.where(col(CollectionOutcome.seq).is_(None))
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(CollectionLine.seq) > start[0])
    rows = [(row[0], row[1]) for row in session.execute(query).all()]
    return rows[:limit], encode_cursor(rows[limit - 1][0].seq) if len(rows) > limit else None


def list_exceptions(
    session: Session, *, batch: CollectionBatch, wanted: Filter, limit: int, after: str | None
) -> tuple[Sequence[tuple[CollectionException, str]], str | None]:
    """Return exceptions of a batch with the person's name, by person and code."""
    keys = (col(CollectionException.resident_id), col(CollectionException.code))
    query = (
        select(CollectionException, col(Resident.name))
        .join(
            Resident,
            (col(Resident.county_code) == col(CollectionException.county_code))
            & (col(Resident.id) == col(CollectionException.resident_id)),
        )
        .where(col(CollectionException.county_code) == batch.county_code, col(CollectionException.batch_id) == batch.id)
        .order_by(*keys)
        .limit(limit + 1)
    )
    if wanted.code is not None:
        query = query.where(col(CollectionException.code) == wanted.code)
    if wanted.division_code is not None:
        query = query.where(col(CollectionException.division_code).between(*scope_of(wanted.division_code)))
    start = decode_cursor(after, int, str)
    if start is not None:
        query = query.where(tuple_(*keys) > tuple_(start[0], start[1]))
    rows = [(row[0], row[1]) for row in session.execute(query).all()]
    more = encode_cursor(rows[limit - 1][0].resident_id, rows[limit - 1][0].code) if len(rows) > limit else None
    return rows[:limit], more


def list_unpaid(
    session: Session, *, actor: Actor, division_code: int | None, contribution_year: int, limit: int, after: str | None
) -> tuple[Sequence[Unpaid], str | None]:
    """Return those of a unit whose deduction for a year failed and who have not paid since, by person (policy.md P4).

    Raises `NotFound` for a unit outside the actor's own.
    """
    if division_code is not None:
        divisions.get_own(session, division_code)
    low, high = scope_of(division_code) if division_code is not None else actor.scope
    start = decode_cursor(after, int, int) or (0, -1)
    rows: Sequence[Any] = run_sql(
        session, FOLDER, "90_list_unpaid", county_low=low // 1_000_000, county_high=high // 1_000_000, low=low, high=high,
        contribution_year=contribution_year, year_kinds=year_kinds(), after_resident=start[0], after_instalment=start[1],
        most=limit + 1,
    ).all()  # fmt: skip
    found = [Unpaid(*row) for row in rows]
    more = encode_cursor(found[limit - 1].resident_id, found[limit - 1].instalment) if len(found) > limit else None
    return found[:limit], more
