"""What a 注销登记 does besides itself: nothing may be paid in or out after the event, and the roster learns of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import update
from sqlmodel import col

from api.models import Account, Benefit
from api.services import audit_events, reinstatements, resident_facts, resident_spells, residents
from api.services.resident_rows import keep_and_update, lock
from api.vocabulary import CancellationReason, FactKind, FactSource, HukouKind, ResidentStatus

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from api.database import Actor
    from api.models import Cancellation, Resident


def hold(session: Session, cancellation: Cancellation, event_on: date | None) -> None:
    """Refuse contributions and pensions after the event from now on; None lets both go on."""
    for table in (Account, Benefit):
        values: dict[str, Any] = {"cancels_on": event_on}
        if table is Benefit:
            values["version"] = Benefit.version + 1
        session.execute(
            update(table)
            .where(
                col(table.county_code) == cancellation.county_code,
                col(table.resident_id) == cancellation.resident_id,
                col(table.cancels_on).is_distinct_from(event_on),
            )
            .values(**values)
            .execution_options(synchronize_session=False)
        )


def enter_event(session: Session, *, actor: Actor, cancellation: Cancellation, today: date) -> bool:
    """Enter the event in the roster with the approval, unless an office has done so before; tell whether it was new.

    The one place where a cancellation changes facts of a person. Other pension and hukou kind hold from the day of the
    event. Raises `BeforePresentStay`, `FactOverlaps`, and what a death or a move raises.
    """
    resident = lock(session, cancellation.resident_id)
    facts: dict[str, Any] = {"actor": actor, "resident_id": resident.id, "version": resident.version}
    reason, on = cancellation.reason, cancellation.event_on
    source = f"注销登记({cancellation.proof.label})"
    if reason is CancellationReason.DEATH:
        is_new = resident.status is not ResidentStatus.DEAD
        if is_new:
            residents.report_death(session, died_on=on, source=source, today=today, **facts)
    elif reason is CancellationReason.SETTLED_ABROAD:
        is_new = resident.status is ResidentStatus.ALIVE
        if is_new:
            residents.report_move(session, moved_on=on, to_division_code=None, today=today, **facts)
    elif reason is CancellationReason.OTHER_PENSION:
        is_new = not resident.other_pension
        if is_new:
            resident_facts.begin(
                session, actor=actor, resident=resident, kind=FactKind.OTHER_PENSION, value=None, begins_on=on,
                evidence=source, source_kind=FactSource.CASE, source_id=cancellation.id,
            )  # fmt: skip
    else:
        is_new = resident.hukou_kind is HukouKind.RURAL
        if is_new:
            columns = resident_spells.change_hukou(
                session, resident, actor=actor, kind=HukouKind.NON_RURAL, on=on, evidence=source
            )
            keep_and_update(session, actor, resident, columns)
            _record(session, actor, resident, cancellation)
    return is_new


def take_event_back(session: Session, *, actor: Actor, cancellation: Cancellation) -> None:
    """Undo in the roster what the approval entered, and nothing that an office entered itself."""
    if not cancellation.registered_event:
        return
    resident = lock(session, cancellation.resident_id)
    why = "注销登记已撤销"
    if cancellation.reason in {CancellationReason.DEATH, CancellationReason.SETTLED_ABROAD}:
        if resident.status is not ResidentStatus.ALIVE:
            reinstatements.undo_going(session, actor=actor, resident=resident, evidence=why)
    elif cancellation.reason is CancellationReason.OTHER_PENSION:
        for fact in resident_facts.facts_of(session, resident, [FactKind.OTHER_PENSION]):
            is_ours = (fact.source_kind, fact.source_id) == (FactSource.CASE, cancellation.id)
            if is_ours and fact.origin_id is None and fact.voided_at is None:
                resident_facts.void(session, actor=actor, fact_id=fact.id, version=fact.version, reason=why)
    elif resident.hukou_kind is not HukouKind.RURAL:
        columns = resident_spells.take_hukou_back(
            session, resident, actor=actor, kind=HukouKind.RURAL, on=cancellation.event_on
        )
        keep_and_update(session, actor, resident, columns)
        _record(session, actor, resident, cancellation)


def _record(session: Session, actor: Actor, resident: Resident, cancellation: Cancellation) -> None:
    audit_events.record(
        session,
        actor=actor,
        action="change_resident",
        subject_kind="resident",
        subject_id=resident.id,
        division_code=resident.division_code,
        fields=["hukou_kind"],
        cancellation_id=cancellation.id,
    )
