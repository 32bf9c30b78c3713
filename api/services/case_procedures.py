"""Kinds of cases: their tables, who holds which step, and how a case and the hands in it are found.

`case_steps` moves cases of any kind; a kind is a `Procedure` and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy import select
from sqlmodel import col

from api.errors import DomainError, NotFound, StaleVersion
from api.models.cases import CaseColumns, DecisionColumns
from api.vocabulary import PASSED_STATE, CaseKind, CaseState, Decision, EnrolmentStep, Word

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from api.database import Actor
    from api.permissions import Permission

COUNTY_SPAN = 10_000_000_000
CaseT = TypeVar("CaseT", bound=CaseColumns)


@dataclass(frozen=True, slots=True)
class Ruling:
    """What one person says at one step, on the business date; `stamped` when the paper form bears the unit's seal."""

    step: EnrolmentStep
    decision: Decision
    opinion: str | None
    on: date
    stamped: bool = False


@dataclass(frozen=True, slots=True)
class ItemResult:
    """What became of one case of a bulk decision; `refusal` says why nothing did."""

    case_id: int
    state: Word | None
    refusal: DomainError | None


def _three_steps(_case: CaseColumns) -> EnrolmentStep:
    return EnrolmentStep.COUNTY_APPROVAL


def _no_obstacle(_session: Session, _case: Any, _ruling: Ruling) -> None:
    """Nothing but the steps themselves stands in the way of an approval."""


def _no_effect(_session: Session, _actor: Actor, _cases: Sequence[Any], _ruling: Ruling) -> None:
    """The last approval changes nothing but the case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure(Generic[CaseT]):
    """A kind of case."""

    kind: CaseKind
    case: type[CaseT]
    """Its table, with a column `state`."""
    decision: type[DecisionColumns]
    case_key: str
    """Column of the decisions that names the case."""
    rights: Mapping[EnrolmentStep, Permission]
    """The right that each step needs, of one's own or by delegation."""
    finished: CaseState = CaseState.COUNTY_APPROVED
    """State after the last step's approval."""
    last_step: Callable[[CaseT], EnrolmentStep] = _three_steps
    check: Callable[[Session, CaseT, Ruling], None] = _no_obstacle
    """Raises the `DomainError` that keeps a case from being approved for the last time. It must foresee what `finish` meets,
    unless the cases are decided one by one."""
    finish: Callable[[Session, Actor, Sequence[CaseT], Ruling], None] = _no_effect
    """Does what the last approval brings about."""
    closing_values: Callable[[Ruling], dict[str, Any]] = lambda _ruling: {}
    """Columns of the case that its last approval sets."""
    one_by_one: bool = False
    """Whether one case's effect may be what the next one's check meets, so that a list is decided in order, each case in a
    part of the transaction of its own: what `finish` raises is then that case's refusal."""


def state_after(procedure: Procedure[CaseT], ruling: Ruling, *, is_last: bool) -> CaseState:
    """Return the state that a ruling leads to."""
    if ruling.decision is Decision.RETURN:
        return CaseState.RETURNED
    if ruling.decision is Decision.REJECT:
        return CaseState.REJECTED
    return procedure.finished if is_last else PASSED_STATE[ruling.step]


def locked(session: Session, procedure: Procedure[CaseT], case_id: int, version: int) -> CaseT:
    """Lock a case and make sure that it is the version that was looked at. Raises `NotFound` or `StaleVersion`."""
    case = locked_all(session, procedure, [case_id]).get(case_id)
    if case is None:
        raise NotFound
    if case.version != version:
        raise StaleVersion
    return case


def locked_all(session: Session, procedure: Procedure[CaseT], case_ids: Sequence[int]) -> dict[int, CaseT]:
    """Lock cases in the order of their ids and return them as they are now."""
    table = procedure.case
    query = (
        select(table)
        .where(
            col(table.county_code).in_({case_id // COUNTY_SPAN for case_id in case_ids}),
            col(table.id).in_(case_ids),
        )
        .order_by(col(table.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {case.id: case for case in session.scalars(query)}


def hands_in(session: Session, procedure: Procedure[CaseT], cases: Sequence[CaseColumns]) -> dict[int, set[int]]:
    """Return who has done a step of each case's present round: those who decided and those on whose behalf they did."""
    found: dict[int, set[int]] = {case.id: set() for case in cases}
    rounds = {case.id: case.round for case in cases}
    table = procedure.decision
    key = getattr(table, procedure.case_key)
    query = select(key, col(table.round), col(table.decided_by_id), col(table.on_behalf_of_id)).where(
        col(table.county_code).in_({case.county_code for case in cases}), key.in_(list(rounds))
    )
    for case_id, round_number, *persons in session.execute(query).all():
        if round_number == rounds[case_id]:
            found[case_id] |= {person for person in persons if person is not None}
    return found


def makers_of(case: CaseColumns, step: EnrolmentStep, hands: set[int]) -> set[int]:
    """Return who may not do a step of a case.

    Whoever entered a case may do the village's check of it, which is one step of the procedure (policy.md §3.1), but
    neither the review nor the approval.
    """
    return hands if step is EnrolmentStep.VILLAGE_CHECK else hands | {case.created_by_id}


def decisions_of(session: Session, procedure: Procedure[CaseT], case: CaseColumns) -> Sequence[DecisionColumns]:
    """Return every decision of every round of a case, in order."""
    table = procedure.decision
    query = (
        select(table)
        .where(col(table.county_code) == case.county_code, getattr(table, procedure.case_key) == case.id)
        .order_by(col(table.id))
    )
    return session.scalars(query).all()
