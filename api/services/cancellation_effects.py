"""What a 注销登记 does besides itself: nothing may be paid in or out after the event, and the roster learns of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, update
from sqlmodel import col

from api.database import run_sql
from api.models import Account, Benefit, Resident
from api.services import audit_events, residents
from api.vocabulary import CancellationReason, HukouKind, ResidentStatus

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.database import Actor
    from api.models import Cancellation


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


def enter_event(session: Session, keyring: Keyring, *, actor: Actor, cancellation: Cancellation, today: date) -> bool:
    """Enter the event in the roster with the approval, unless an office has done so before; tell whether it was new.

    The one place where a cancellation changes facts of a person.
    """
    resident = residents.get(session, cancellation.resident_id)
    facts: dict[str, Any] = {"actor": actor, "resident_id": resident.id, "version": resident.version}
    reason, on = cancellation.reason, cancellation.event_on
    if reason is CancellationReason.DEATH:
        is_new = resident.status is not ResidentStatus.DEAD
        if is_new:
            source = f"注销登记({cancellation.proof.label})"
            residents.report_death(session, died_on=on, source=source, today=today, **facts)
    elif reason is CancellationReason.SETTLED_ABROAD:
        is_new = resident.status is ResidentStatus.ALIVE
        if is_new:
            residents.report_move(session, moved_on=on, to_division_code=None, today=today, **facts)
    elif reason is CancellationReason.OTHER_PENSION:
        is_new = not resident.other_pension
        if is_new:
            residents.change(session, keyring, record={}, other_pension=True, **facts)
    else:
        is_new = resident.hukou_kind is HukouKind.RURAL
        if is_new:
            residents.change(session, keyring, record={"hukou_kind": HukouKind.NON_RURAL.label}, **facts)
    return is_new


def take_event_back(session: Session, keyring: Keyring, *, actor: Actor, cancellation: Cancellation) -> None:
    """Undo in the roster what the approval entered, and nothing that an office entered itself."""
    if not cancellation.registered_event:
        return
    resident = residents.get(session, cancellation.resident_id)
    facts: dict[str, Any] = {"actor": actor, "resident_id": resident.id, "version": resident.version}
    if cancellation.reason in {CancellationReason.DEATH, CancellationReason.SETTLED_ABROAD}:
        _set_alive(session, actor, resident)
    elif cancellation.reason is CancellationReason.OTHER_PENSION:
        residents.change(session, keyring, record={}, other_pension=False, **facts)
    else:
        residents.change(session, keyring, record={"hukou_kind": HukouKind.RURAL.label}, **facts)


def _set_alive(session: Session, actor: Actor, resident: Resident) -> None:
    """Put the person back on the roster as if never gone; the row as it is stays as a version."""
    key = {"county_code": resident.county_code, "resident_id": resident.id}
    run_sql(session, "resident_changes", "10_keep_version", **key, replaced_by_id=actor.user_id)
    session.execute(
        update(Resident)
        .where(
            col(Resident.county_code) == resident.county_code,
            col(Resident.id) == resident.id,
            col(Resident.version) == resident.version,
        )
        .values(
            status=ResidentStatus.ALIVE,
            status_on=None,
            version=resident.version + 1,
            source_id=actor.user_id,
            updated_at=func.now(),
        )
        .execution_options(synchronize_session=False)
    )
    session.refresh(resident)
    audit_events.record(
        session, actor=actor, action="reinstate_resident", subject_kind="resident", subject_id=resident.id,
        division_code=resident.division_code,
    )  # fmt: skip
