"""Reading cancellations: work lists, one with its decisions, and what stands beside it that a reviewer must know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, select
from sqlmodel import col

from api.database import county_of, scope_of
from api.errors import NotFound
from api.models import Account, Benefit, Cancellation, CancellationDecision, Division, Resident, Settlement
from api.services.pages import decode_cursor, encode_cursor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from api.database import Actor
    from api.vocabulary import CancellationReason, CaseState

COUNTY_SPAN = 10_000_000_000


@dataclass(frozen=True, slots=True)
class CancellationView:
    """A case with the person and the unit's name."""

    cancellation: Cancellation
    resident: Resident
    division_name: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What the person has that the case ends: account and pension, and the settlements so far."""

    account: Account | None
    benefit: Benefit | None
    settlements: Sequence[Settlement]


def list_cancellations(
    session: Session,
    *,
    actor: Actor,
    state: CaseState | None,
    reason: CancellationReason | None,
    division_code: int | None,
    resident_id: int | None,
    limit: int,
    after: str | None,
) -> tuple[list[CancellationView], str | None]:
    """Return the cases of a unit in the order they came in, and the next cursor. Raises `InvalidCursor`."""
    low, high = scope_of(actor.division_code if division_code is None else division_code)
    query = _query().where(col(Cancellation.division_code).between(low, high))
    if county_of(low) == county_of(high):
        query = query.where(col(Cancellation.county_code) == county_of(low))
    narrowed = {Cancellation.state: state, Cancellation.reason: reason, Cancellation.resident_id: resident_id}
    for column, value in narrowed.items():
        if value is not None:
            query = query.where(col(column) == value)
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(Cancellation.id) > start[0])
    rows = session.execute(query.order_by(col(Cancellation.id)).limit(limit + 1)).all()
    views = [CancellationView(row[0], row[1], row[2] or "") for row in rows[:limit]]
    return views, encode_cursor(rows[limit - 1][0].id) if len(rows) > limit else None


def get_view(session: Session, cancellation_id: int) -> CancellationView:
    """Return one case as it is now. Raises `NotFound`."""
    row = session.execute(
        _query()
        .where(col(Cancellation.county_code) == cancellation_id // COUNTY_SPAN, col(Cancellation.id) == cancellation_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound
    return CancellationView(row[0], row[1], row[2] or "")


def decisions_of(session: Session, case: Cancellation) -> Sequence[CancellationDecision]:
    """Return every decision of every round, in order."""
    query = (
        select(CancellationDecision)
        .where(
            col(CancellationDecision.county_code) == case.county_code,
            col(CancellationDecision.cancellation_id) == case.id,
        )
        .order_by(col(CancellationDecision.id))
    )
    return session.scalars(query).all()


def standing_of(session: Session, case: Cancellation) -> Standing:
    """Return what the case ends, as it is now."""
    key = (case.county_code, case.resident_id)
    settlements = session.scalars(
        select(Settlement)
        .where(col(Settlement.county_code) == case.county_code, col(Settlement.cancellation_id) == case.id)
        .order_by(col(Settlement.id))
    ).all()
    return Standing(session.get(Account, key), session.get(Benefit, key), settlements)


def _query() -> Select[*tuple[Any, ...]]:
    person = and_(
        col(Resident.county_code) == col(Cancellation.county_code), col(Resident.id) == col(Cancellation.resident_id)
    )
    return (
        select(Cancellation, Resident, col(Division.name))
        .join(Resident, person)
        .outerjoin(Division, col(Division.code) == col(Cancellation.division_code))
    )
