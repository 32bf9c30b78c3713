"""今日待办: what waits for the signed-in person, over all kinds of cases; what is so late below them that they are told; and
what was sent back to them.

A kind of case appears here by one entry in `SOURCES`. The earliest due come first, so what is overdue leads the list.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, tuple_
from sqlmodel import col

from api.database import Actor, county_of, scope_of
from api.errors import DomainError
from api.models import Cancellation, ChangeRequest, Division, Enrolment, Resident
from api.policy.deadlines import escalated_until
from api.policy.money import format_yuan
from api.services import cancellations, case_steps, change_requests, delegations, divisions, enrolments
from api.services.case_procedures import Procedure, hands_in
from api.services.laws import law_on
from api.services.pages import decode_cursor, encode_cursor
from api.vocabulary import WAITING_STATE, WAITS_FOR, CaseKind, CaseState, EnrolmentStep, WorkBox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from api.models.cases import CaseColumns
    from api.services.delegations import Mandate

TOLD_OF = {
    EnrolmentStep.TOWNSHIP_REVIEW: EnrolmentStep.VILLAGE_CHECK,
    EnrolmentStep.COUNTY_APPROVAL: EnrolmentStep.TOWNSHIP_REVIEW,
}
"""Whoever does a step is told of what is late one step below (督办)."""


@dataclass(frozen=True, slots=True)
class Source:
    """A kind of case in the work lists, and what one of them is called there."""

    procedure: Procedure[Any]
    title: Callable[[Any], str]


def _enrolment_title(case: Enrolment) -> str:
    return f"参保登记 {format_yuan(case.tier_fen)}元/年"


def _change_title(case: ChangeRequest) -> str:
    return f"变更：{case.kind.label}"


def _cancellation_title(case: Cancellation) -> str:
    return f"注销：{case.reason.label}"


SOURCES: tuple[Source, ...] = (
    Source(enrolments.PROCEDURE, _enrolment_title),
    Source(change_requests.PROCEDURE, _change_title),
    Source(cancellations.PROCEDURE, _cancellation_title),
)


@dataclass(frozen=True, slots=True)
class WorkItem:
    """A case in somebody's list."""

    kind: CaseKind
    case: CaseColumns
    title: str
    resident_name: str
    division_name: str
    step: EnrolmentStep | None
    is_overdue: bool
    mandate: Mandate | None
    """The delegation under which it waits for the reader."""
    obstacle: DomainError | None
    """Why the reader may not decide it although it is in the list."""


@dataclass(frozen=True, slots=True)
class Count:
    """How much of a kind is in a list at a step."""

    box: WorkBox
    kind: CaseKind
    step: EnrolmentStep | None
    total: int
    overdue: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What of a list is asked for."""

    box: WorkBox = WorkBox.WAITING
    kind: CaseKind | None = None
    step: EnrolmentStep | None = None
    is_overdue: bool | None = None
    division_code: int | None = None


@dataclass(frozen=True, slots=True)
class _Shelf:
    """Cases of one kind in one state within a range of divisions: what one index scan returns."""

    source: Source
    state: CaseState
    low: int
    high: int
    mandates: Sequence[Mandate] | None
    """None when the reader's own role does the step."""
    created_by_id: int | None = None
    due_until: date | None = None

    @property
    def step(self) -> EnrolmentStep | None:
        """The step that the cases wait for."""
        return WAITS_FOR.get(self.state)


def list_items(
    session: Session, *, actor: Actor, wanted: Wanted, today: date, limit: int, after: str | None
) -> tuple[list[WorkItem], str | None]:
    """Return a page of a person's list, the earliest due first, and the next cursor.

    Raises `InvalidCursor`, and `NotFound` for a unit outside the person's own.
    """
    if wanted.division_code is not None:
        divisions.get_own(session, wanted.division_code)
    start = decode_cursor(after, date, int)
    found: list[tuple[_Shelf, CaseColumns]] = []
    for shelf in _shelves(session, actor, wanted, today):
        found += [(shelf, case) for case in _cases(session, shelf, wanted, today, start, limit + 1)]
    found.sort(key=lambda pair: _place(pair[1]))
    shown = found[:limit]
    following = encode_cursor(*_as_cursor(shown[-1][1])) if len(found) > limit else None
    return _dressed(session, actor, shown, today), following


def count_items(session: Session, *, actor: Actor, today: date) -> list[Count]:
    """Return how much is in each of a person's lists, by kind and step."""
    totals: dict[tuple[WorkBox, CaseKind, EnrolmentStep | None], tuple[int, int]] = {}
    for box in WorkBox:
        for shelf in _shelves(session, actor, Wanted(box=box), today):
            table = shelf.source.procedure.case
            query = select(func.count(), func.count().filter(col(table.due_on) < today)).where(*_on(shelf))
            total, overdue = session.execute(query).one()
            key = (box, shelf.source.procedure.kind, shelf.step)
            before = totals.get(key, (0, 0))
            totals[key] = (before[0] + total, before[1] + overdue)
    return [Count(*key, *sums) for key, sums in totals.items() if sums[0]]


def obstacle_to(
    session: Session, procedure: Procedure[Any], *, actor: Actor, case: CaseColumns, today: date
) -> DomainError | None:
    """Return what keeps a person from deciding a case's next step, or None when they may; also None of a closed case."""
    step = WAITS_FOR.get(case.state)
    if step is None:
        return None
    right = procedure.rights[step]
    mandates = None
    if right not in actor.permissions:
        mandates = delegations.mandates(session, actor=actor, step=step, right=right, on=today)
    hands = hands_in(session, procedure, [case])
    return _admitted(actor, case, step, hands[case.id], mandates)[1]


def _shelves(session: Session, actor: Actor, wanted: Wanted, today: date) -> list[_Shelf]:
    """Return where the cases of a list stand."""
    low, high = actor.scope
    if wanted.division_code is not None:
        asked = scope_of(wanted.division_code)
        low, high = max(low, asked[0]), min(high, asked[1])
    mandates = delegations.mandates_of(session, actor=actor, on=today) if wanted.box is WorkBox.WAITING else []
    shelves: list[_Shelf] = []
    for source in SOURCES:
        if wanted.kind not in {None, source.procedure.kind}:
            continue
        if wanted.box is WorkBox.RETURNED:
            if wanted.step is None:
                mine = actor.user_id
                shelves.append(_Shelf(source, CaseState.RETURNED, low, high, None, created_by_id=mine))
            continue
        for step, right in source.procedure.rights.items():
            if wanted.box is WorkBox.WAITING and wanted.step in {None, step}:
                shelves += _waiting(
                    source, step, actor, low, high, [one for one in mandates if right in one.permissions]
                )
            below = TOLD_OF.get(step)
            is_told = wanted.box is WorkBox.ESCALATED and right in actor.permissions
            if is_told and below is not None and wanted.step in {None, below}:
                until = escalated_until(today, law_on(session, actor.division_code, today))
                shelves.append(_Shelf(source, WAITING_STATE[below], low, high, [], due_until=until))
    return shelves


def _waiting(
    source: Source, step: EnrolmentStep, actor: Actor, low: int, high: int, mandates: Sequence[Mandate]
) -> list[_Shelf]:
    """One's own step within one's unit; a step that was given to one, within the giver's."""
    state = WAITING_STATE[step]
    if source.procedure.rights[step] in actor.permissions:
        return [_Shelf(source, state, low, high, None)]
    ranges: dict[tuple[int, int], list[Mandate]] = {}
    for mandate in mandates:
        if mandate.step is step:
            ranges.setdefault((max(low, mandate.low), min(high, mandate.high)), []).append(mandate)
    return [
        _Shelf(source, state, *bounds, held)
        for bounds, held in ranges.items()
        # A unit within another's is listed with the wider one.
        if not any(other != bounds and other[0] <= bounds[0] and bounds[1] <= other[1] for other in ranges)
    ]


def _on(shelf: _Shelf) -> list[Any]:
    """Return the conditions of a shelf."""
    table = shelf.source.procedure.case
    conditions = [
        col(table.county_code).between(county_of(shelf.low), county_of(shelf.high))
        if county_of(shelf.low) != county_of(shelf.high)
        else col(table.county_code) == county_of(shelf.low),
        col(table.division_code).between(shelf.low, shelf.high),
        table.state == shelf.state.value,
    ]
    if shelf.created_by_id is not None:
        conditions.append(col(table.created_by_id) == shelf.created_by_id)
    if shelf.due_until is not None:
        conditions.append(col(table.due_on) <= shelf.due_until)
    return conditions


def _cases(
    session: Session, shelf: _Shelf, wanted: Wanted, today: date, start: Sequence[Any] | None, limit: int
) -> Sequence[CaseColumns]:
    table = shelf.source.procedure.case
    day = _day_column(shelf)
    query = select(table).where(*_on(shelf))
    if wanted.is_overdue is not None and shelf.step is not None:
        late = col(table.due_on) < today
        query = query.where(late if wanted.is_overdue else ~late)
    if start is not None:
        query = query.where(tuple_(day, col(table.id)) > (start[0], start[1]))
    return session.scalars(query.order_by(day, col(table.id)).limit(limit)).all()


def _day_column(shelf: _Shelf) -> Any:
    table = shelf.source.procedure.case
    return col(table.since_on) if shelf.step is None else col(table.due_on)


def _place(case: CaseColumns) -> tuple[date, int]:
    """Where a case stands in a list: by the day it is due, and what was sent back by the day it came."""
    day = case.due_on or case.since_on
    if day is None:
        message = "a case in a work list has a day"
        raise AssertionError(message)
    return day, case.id


def _as_cursor(case: CaseColumns) -> tuple[str, int]:
    day, case_id = _place(case)
    return day.isoformat(), case_id


def _dressed(
    session: Session, actor: Actor, pairs: Sequence[tuple[_Shelf, CaseColumns]], today: date
) -> list[WorkItem]:
    """Give the cases of a page their people, units, and what keeps the reader from deciding them."""
    people = _names(session, {case.resident_id for _, case in pairs})
    units = _units(session, {case.division_code for _, case in pairs})
    hands: dict[int, set[int]] = {}
    for source in SOURCES:
        cases = [case for shelf, case in pairs if shelf.source is source]
        if cases:
            hands |= hands_in(session, source.procedure, cases)
    items = []
    for shelf, case in pairs:
        mandate, obstacle = None, None
        if shelf.step is not None:
            mandate, obstacle = _admitted(actor, case, shelf.step, hands[case.id], shelf.mandates)
        items.append(
            WorkItem(
                kind=shelf.source.procedure.kind,
                case=case,
                title=shelf.source.title(case),
                resident_name=people.get(case.resident_id, ""),
                division_name=units.get(case.division_code, ""),
                step=shelf.step,
                is_overdue=case.due_on is not None and case.due_on < today,
                mandate=mandate,
                obstacle=obstacle,
            )
        )
    return items


def _admitted(
    actor: Actor, case: CaseColumns, step: EnrolmentStep, hands: set[int], mandates: Sequence[Mandate] | None
) -> tuple[Mandate | None, DomainError | None]:
    try:
        return case_steps.admit(actor, case, step, hands, mandates), None
    except DomainError as obstacle:
        return None, obstacle


def _names(session: Session, resident_ids: set[int]) -> dict[int, str]:
    query = select(col(Resident.id), col(Resident.name)).where(
        col(Resident.county_code).in_({one // 10**10 for one in resident_ids}), col(Resident.id).in_(resident_ids)
    )
    return {row.id: row.name for row in session.execute(query)}


def _units(session: Session, codes: set[int]) -> dict[int, str]:
    query = select(col(Division.code), col(Division.name)).where(col(Division.code).in_(codes))
    return {row.code: row.name for row in session.execute(query)}
