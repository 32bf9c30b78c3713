"""Approving a department's list over its content, by another person than those who made it, and doing what it says.

The comparison is made again over the kept rows, with their people locked. What it now says otherwise is stale: such rows
are told and left, and all others go, in one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select, text, update
from sqlmodel import col

from api.database import Actor, run_sql
from api.errors import DomainError, StaleVersion
from api.exchange.department_layouts import LAYOUTS
from api.models import DepartmentList, DepartmentListRow, Resident
from api.services import audit_events, resident_facts, residents
from api.services.department_list_refusals import ListContentChanged, ListStateUnfit
from api.services.department_lists import FOLDER, compare_staged, content_hash, create_staging, get_locked
from api.services.two_persons import require_second_person
from api.vocabulary import DepartmentListState, FactKind, FactSource, ListEffect

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from typing import Any

    from sqlalchemy.orm import Session

STALE = "register-has-changed"
"""Code of a row whose comparison says something else than what was approved."""
TOLD_WRONGLY = "部门名单更正"


@dataclass(frozen=True, slots=True)
class Done:
    """What became of the chosen rows, by their number."""

    applied: Sequence[int]
    refused: dict[int, str]


def approve(
    session: Session, *, actor: Actor, list_id: int, given_hash: str, expected_version: int, today: date
) -> DepartmentList:
    """Approve a list over the content that the checker saw, and apply its chosen rows.

    Raises `NotFound`, `StaleVersion`, `ListStateUnfit`, `SamePerson`, `CheckerNotAPerson` or `ListContentChanged`.
    """
    found = _open_for_checker(session, actor, list_id, expected_version)
    if not found.content_hash == given_hash == content_hash(session, found):
        raise ListContentChanged
    done = _apply(session, actor, found, today)
    _note(session, found, done)
    # Refused rows may have emptied the session of what it knew.
    found = get_locked(session, list_id)
    found.applied_count = len(done.applied)
    found.stale_count = len(done.refused)
    _decide(session, actor, found, DepartmentListState.APPLIED, None)
    return found


def reject(session: Session, *, actor: Actor, list_id: int, reason: str, expected_version: int) -> DepartmentList:
    """Reject a list; the same file can then be brought again.

    Raises `NotFound`, `StaleVersion`, `ListStateUnfit`, `SamePerson` or `CheckerNotAPerson`.
    """
    found = _open_for_checker(session, actor, list_id, expected_version)
    _decide(session, actor, found, DepartmentListState.REJECTED, reason)
    return found


def _open_for_checker(session: Session, actor: Actor, list_id: int, expected_version: int) -> DepartmentList:
    found = get_locked(session, list_id)
    if found.version != expected_version:
        raise StaleVersion
    if found.state is not DepartmentListState.COMPARED:
        raise ListStateUnfit
    makers = session.scalars(
        select(col(DepartmentListRow.decided_by_id))
        .where(
            col(DepartmentListRow.county_code) == found.county_code,
            col(DepartmentListRow.list_id) == found.id,
            col(DepartmentListRow.decided_by_id).is_not(None),
        )
        .distinct()
    ).all()
    require_second_person(actor, found.maker_id, *(one for one in makers if one is not None))
    return found


def _decide(
    session: Session, actor: Actor, found: DepartmentList, state: DepartmentListState, opinion: str | None
) -> None:
    found.state = state
    found.checker_id = actor.user_id
    found.decided_at = session.execute(select(func.now())).scalar_one()
    found.opinion = opinion
    found.version += 1
    session.flush()
    audit_events.record(
        session,
        actor=actor,
        action="approve_department_list" if state is DepartmentListState.APPLIED else "reject_department_list",
        subject_kind="department_list",
        subject_id=found.id,
        division_code=found.division_code,
        applied=found.applied_count,
        stale=found.stale_count,
        content_hash=found.content_hash,
    )


def _apply(session: Session, actor: Actor, found: DepartmentList, today: date) -> Done:
    """Compare again and apply what is still so, person by person in the order of their numbers."""
    keys = {"county_code": found.county_code, "list_id": found.id}
    session.execute(
        select(col(Resident.id))
        .where(
            col(Resident.county_code) == found.county_code,
            col(Resident.id).in_(
                select(col(DepartmentListRow.resident_id)).where(
                    col(DepartmentListRow.county_code) == found.county_code,
                    col(DepartmentListRow.list_id) == found.id,
                    col(DepartmentListRow.is_chosen),
                )
            ),
        )
        .order_by(col(Resident.id))
        .with_for_update()
    ).all()
    create_staging(session, found.row_count)
    run_sql(session, FOLDER, "15_stage_kept", **keys)
    compare_staged(session, found, with_removed=True)
    rows = run_sql(session, FOLDER, "45_compare_kept", **keys).all()
    # What was told to the planner for sets would make it read a whole table for each person.
    session.execute(text("SET LOCAL enable_nestloop = on"))
    order = _Order(actor, found.id, LAYOUTS[found.kind].fact, found.as_of, f"{found.department}{found.document}", today)
    applied: list[int] = []
    refused: dict[int, str] = {}
    for row in rows:
        code = STALE if not row.still_so else _attempt(session, order, row)
        if code is None:
            applied.append(row.seq)
        else:
            refused[row.seq] = code
    return Done(applied, refused)


@dataclass(frozen=True, slots=True)
class _Order:
    """What is the same for every row of a list."""

    actor: Actor
    list_id: int
    fact: FactKind | None
    as_of: date
    document: str
    today: date


def _attempt(session: Session, order: _Order, row: Any) -> str | None:
    """Apply one row, or return the code of what the register's own rules say against it."""
    session.execute(text("SAVEPOINT list_row"))
    try:
        _apply_row(session, order, row)
        session.flush()
    except DomainError as refusal:
        session.execute(text("ROLLBACK TO SAVEPOINT list_row"))
        session.expunge_all()
        return refusal.code
    session.execute(text("RELEASE SAVEPOINT list_row"))
    return None


def _apply_row(session: Session, order: _Order, row: Any) -> None:
    evidence = "，".join(part for part in (order.document, row.paper) if part)
    if order.fact is None:
        residents.report_death(
            session, actor=order.actor, resident_id=row.resident_id, version=row.resident_version,
            died_on=row.happened_on, source=order.document, today=order.today, evidence=evidence,
        )  # fmt: skip
        return
    resident = residents.get(session, row.resident_id)
    if row.effect == ListEffect.END:
        resident_facts.end(
            session,
            actor=order.actor,
            resident=resident,
            kind=order.fact,
            ended_on=order.as_of,
            evidence=order.document,
        )
        return
    begins_on = row.happened_on or order.as_of
    if row.effect == ListEffect.CHANGE and not _follows(row, begins_on):
        # The earlier record began later, or only its day differs: then it was wrong from the start.
        fact = next(one for one in resident_facts.facts_of(session, resident, [order.fact]) if one.id == row.fact_id)
        resident_facts.void(
            session, actor=order.actor, fact_id=fact.id, version=fact.version, reason=f"{TOLD_WRONGLY}：{evidence}"
        )
    resident_facts.begin(
        session, actor=order.actor, resident=resident, kind=order.fact, value=row.value, begins_on=begins_on,
        evidence=evidence, review_on=row.until_on, source_kind=FactSource.DEPARTMENT_LIST, source_id=order.list_id,
    )  # fmt: skip


def _follows(row: Any, begins_on: date) -> bool:
    """Whether another grade came after the one on record, so that both have held."""
    return row.value != row.held_value and (row.held_on is None or begins_on > row.held_on)


def _note(session: Session, found: DepartmentList, done: Done) -> None:
    """Keep with each chosen row what became of it."""
    of_list = (col(DepartmentListRow.county_code) == found.county_code, col(DepartmentListRow.list_id) == found.id)
    session.execute(
        update(DepartmentListRow)
        .where(*of_list, col(DepartmentListRow.is_chosen), col(DepartmentListRow.seq).not_in(list(done.refused)))
        .values(applied_at=func.now())
        .execution_options(synchronize_session=False)
    )
    by_code: dict[str, list[int]] = {}
    for seq, code in done.refused.items():
        by_code.setdefault(code, []).append(seq)
    for code, places in by_code.items():
        session.execute(
            update(DepartmentListRow)
            .where(*of_list, col(DepartmentListRow.seq).in_(places))
            .values(refusal=code)
            .execution_options(synchronize_session=False)
        )
