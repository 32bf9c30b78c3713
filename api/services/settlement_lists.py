"""Reading settlements: the work lists of county and finance, one with its person, and whom the deadline has passed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, select
from sqlmodel import col

from api.database import run_sql, scope_of
from api.errors import NotFound
from api.models import Cancellation, Division, Recovery, Resident, Settlement
from api.policy.cancellations import claim_until
from api.services import recoveries
from api.services.laws import law_on
from api.services.pages import decode_cursor, encode_cursor

if TYPE_CHECKING:
    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from api.policy.parameters import PolicyParameters
    from api.vocabulary import SettlementState

COUNTY_SPAN = 10_000_000_000


@dataclass(frozen=True, slots=True)
class SettlementView:
    """A settlement with its case, the person's and the unit's name."""

    settlement: Settlement
    cancellation: Cancellation
    resident_name: str
    division_name: str


@dataclass(frozen=True, slots=True)
class Overdue:
    """Somebody dead for too long who is still insured. Money in fen."""

    resident_id: int
    name: str
    division_code: int
    division_name: str
    died_on: date
    days: int
    claim_until: date
    balance_fen: int
    cancellation_id: int | None
    cancellation_state: str | None
    settlement_id: int | None
    settlement_state: str | None


def list_settlements(
    session: Session,
    *,
    division_code: int | None,
    state: SettlementState | None,
    resident_id: int | None,
    cancellation_id: int | None,
    limit: int,
    after: str | None,
) -> tuple[list[SettlementView], str | None]:
    """Return settlements by id and the next cursor; by state they are the work list of approver and payer."""
    query = _query().order_by(col(Settlement.id)).limit(limit + 1)
    if division_code is not None:
        query = query.where(col(Settlement.division_code).between(*scope_of(division_code)))
    narrowed = {
        Settlement.state: state, Settlement.resident_id: resident_id, Settlement.cancellation_id: cancellation_id,
    }  # fmt: skip
    for column, value in narrowed.items():
        if value is not None:
            query = query.where(col(column) == value)
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(Settlement.id) > start[0])
    rows = session.execute(query).all()
    views = [SettlementView(row[0], row[1], row[2], row[3] or "") for row in rows[:limit]]
    return views, encode_cursor(rows[limit - 1][0].id) if len(rows) > limit else None


def get_view(session: Session, settlement_id: int) -> SettlementView:
    """Return one settlement. Raises `NotFound`."""
    row = session.execute(
        _query()
        .where(col(Settlement.county_code) == settlement_id // COUNTY_SPAN, col(Settlement.id) == settlement_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound
    return SettlementView(row[0], row[1], row[2], row[3] or "")


def recovery_of(session: Session, settlement: Settlement) -> Recovery | None:
    """Return what the settlement demands back, if anything."""
    return recoveries.of_settlement(session, settlement)


def list_overdue(
    session: Session, *, division_code: int, today: date, limit: int, after: str | None
) -> tuple[list[Overdue], str | None]:
    """Return the dead who are still insured after `settlement_alarm_days`, the longest dead first, and the next cursor."""
    parameters = law_on(session, division_code, today)
    low, high = scope_of(division_code)
    after_on, after_id = decode_cursor(after, date, int) or (date.min, 0)
    rows = run_sql(
        session,
        "settlements",
        "10_list_overdue",
        low=low,
        high=high,
        died_before=today - timedelta(days=parameters.settlement_alarm_days + 1),
        after_on=after_on,
        after_id=after_id,
        maximum=limit + 1,
    ).all()
    found = [_overdue(row, today, law_on(session, row.division_code, today)) for row in rows[:limit]]
    if len(rows) <= limit:
        return found, None
    return found, encode_cursor(found[-1].died_on.isoformat(), found[-1].resident_id)


def _overdue(row: Any, today: date, law: PolicyParameters) -> Overdue:
    return Overdue(
        resident_id=row.resident_id,
        name=row.name,
        division_code=row.division_code,
        division_name=row.division_name or "",
        died_on=row.died_on,
        days=(today - row.died_on).days,
        claim_until=claim_until(row.died_on, law),
        balance_fen=row.balance_fen,
        cancellation_id=row.cancellation_id,
        cancellation_state=row.cancellation_state,
        settlement_id=row.settlement_id,
        settlement_state=row.settlement_state,
    )


def _query() -> Select[*tuple[Any, ...]]:
    person = and_(
        col(Resident.county_code) == col(Settlement.county_code), col(Resident.id) == col(Settlement.resident_id)
    )
    case = and_(
        col(Cancellation.county_code) == col(Settlement.county_code),
        col(Cancellation.id) == col(Settlement.cancellation_id),
    )
    return (
        select(Settlement, Cancellation, col(Resident.name), col(Division.name))
        .join(Resident, person)
        .join(Cancellation, case)
        .outerjoin(Division, col(Division.code) == col(Settlement.division_code))
    )
