"""Reading enrolments: the reviewer's work list, and one case with its decisions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, select
from sqlmodel import col

from api.database import Actor, county_of, scope_of
from api.errors import NotFound
from api.models import Division, Enrolment, Resident
from api.services import case_procedures, enrolments
from api.services.pages import decode_cursor, encode_cursor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from api.models.cases import DecisionColumns
    from api.vocabulary import EnrolmentState


@dataclass(frozen=True, slots=True)
class EnrolmentView:
    """A case with the person's and the unit's name."""

    enrolment: Enrolment
    resident_name: str
    division_name: str


def list_enrolments(
    session: Session,
    *,
    actor: Actor,
    state: EnrolmentState | None = None,
    division_code: int | None = None,
    resident_id: int | None = None,
    limit: int,
    after: str | None,
) -> tuple[list[EnrolmentView], str | None]:
    """Return the cases of a unit in the order they came in, and the next cursor. Raises `InvalidCursor`."""
    low, high = scope_of(actor.division_code if division_code is None else division_code)
    query = _query().where(col(Enrolment.division_code).between(low, high))
    if county_of(low) == county_of(high):
        query = query.where(col(Enrolment.county_code) == county_of(low))
    if state is not None:
        query = query.where(col(Enrolment.state) == state)
    if resident_id is not None:
        query = query.where(col(Enrolment.resident_id) == resident_id)
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(Enrolment.id) > start[0])
    rows = session.execute(query.order_by(col(Enrolment.id)).limit(limit + 1)).all()
    following = encode_cursor(rows[limit - 1][0].id) if len(rows) > limit else None
    return [EnrolmentView(row[0], row[1], row[2] or "") for row in rows[:limit]], following


def get_view(session: Session, enrolment_id: int) -> EnrolmentView:
    """Return one case. Raises `NotFound`."""
    row = session.execute(
        _query().where(col(Enrolment.county_code) == enrolment_id // 10**10, col(Enrolment.id) == enrolment_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    return EnrolmentView(row[0], row[1], row[2] or "")


def decisions_of(session: Session, enrolment: Enrolment) -> Sequence[DecisionColumns]:
    """Return every decision of every round, in order."""
    return case_procedures.decisions_of(session, enrolments.PROCEDURE, enrolment)


def _query() -> Select[*tuple[Any, ...]]:
    person = and_(
        col(Resident.county_code) == col(Enrolment.county_code), col(Resident.id) == col(Enrolment.resident_id)
    )
    return (
        select(Enrolment, col(Resident.name), col(Division.name))
        .join(Resident, person)
        .outerjoin(Division, col(Division.code) == col(Enrolment.division_code))
    )
