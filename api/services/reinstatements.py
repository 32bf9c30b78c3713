"""恢复在册: a death that was wrongly reported, or a return from outside. Earlier rows stay as versions.

Nothing is paid by this alone: the next payment run finds the person alive and owes the months that it left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlmodel import col

from api.errors import DomainError, Invalid
from api.models import ResidentVersion
from api.services import audit_events, resident_spells
from api.services.resident_rows import keep_and_update, lock
from api.services.two_persons import require_second_person
from api.vocabulary import ReinstatementKind, ResidentStatus, SpellEnd

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from api.database import Actor
    from api.models import Resident


class NotGone(DomainError):
    """The person is on the roster already."""

    code = "resident-not-gone"
    title = "此人在册，无须恢复"


class DeadDoNotReturn(Invalid):
    """Who is registered as dead cannot return; the death may have been wrongly reported."""

    code = "dead-do-not-return"
    title = "此人登记为死亡；登记有误的请按“误报”恢复"


class ReturnDayWrong(Invalid):
    """A return has a day, not before the leaving and not after today; undoing a wrong report has none."""

    code = "return-day-wrong"
    title = "返回日期须填写，且不早于迁出日期、不晚于今天；误报恢复不填日期"


def reinstate(
    session: Session,
    *,
    actor: Actor,
    resident_id: int,
    version: int,
    kind: ReinstatementKind,
    returned_on: date | None,
    evidence: str,
    today: date,
) -> Resident:
    """Put a person back on the roster: as if never gone (误报), or from the day of their return.

    Not by the person who registered the death or the leaving. Raises `NotFound`, `StaleVersion`, `NotGone`,
    `DeadDoNotReturn`, `ReturnDayWrong`, `SamePerson` or `CheckerNotAPerson`.
    """
    resident = lock(session, resident_id, version)
    if resident.status is ResidentStatus.ALIVE:
        raise NotGone
    require_second_person(actor, *_reporters(session, resident))
    gone_on = resident.status_on
    if kind is ReinstatementKind.WRONGLY_REPORTED:
        if returned_on is not None:
            raise ReturnDayWrong(pointer="/returned_on")
        return undo_going(session, actor=actor, resident=resident, evidence=evidence)
    if resident.status is ResidentStatus.DEAD:
        raise DeadDoNotReturn(pointer="/kind")
    if returned_on is None or returned_on > today or (gone_on is not None and returned_on < gone_on):
        raise ReturnDayWrong(pointer="/returned_on")
    if gone_on is not None:
        resident_spells.end_stay(session, resident, actor=actor, on=gone_on, reason=SpellEnd.MOVED_OUT)
    _set_alive(session, actor, resident, evidence, kind, returned_on)
    return resident


def undo_going(session: Session, *, actor: Actor, resident: Resident, evidence: str | None) -> Resident:
    """Put a person back as if never gone. The row is locked, and that two persons agree is the caller's to see to."""
    if resident.status_on is not None:
        resident_spells.change_going(session, resident, actor=actor, now=resident.status_on, to=None)
    _set_alive(session, actor, resident, evidence, ReinstatementKind.WRONGLY_REPORTED, None)
    return resident


def _set_alive(
    session: Session,
    actor: Actor,
    resident: Resident,
    evidence: str | None,
    kind: ReinstatementKind,
    returned_on: date | None,
) -> None:
    gone_on = resident.status_on
    changes: dict[str, Any] = {"status": ResidentStatus.ALIVE, "status_on": None, "status_reason": None}
    changes["status_evidence"] = evidence
    if returned_on is not None:
        changes["here_since"] = returned_on
    keep_and_update(session, actor, resident, changes)
    audit_events.record(
        session,
        actor=actor,
        action="reinstate_resident",
        subject_kind="resident",
        subject_id=resident.id,
        division_code=resident.division_code,
        kind=kind.value,
        gone_on=gone_on.isoformat() if gone_on else None,
        returned_on=returned_on.isoformat() if returned_on else None,
    )


def _reporters(session: Session, resident: Resident) -> list[int]:
    """Return who brought the version in which the person is gone."""
    query = (
        select(col(ResidentVersion.replaced_by_id))
        .where(
            col(ResidentVersion.county_code) == resident.county_code,
            col(ResidentVersion.resident_id) == resident.id,
            col(ResidentVersion.row)["status"].as_string() != resident.status.value,
        )
        .order_by(col(ResidentVersion.version).desc())
        .limit(1)
    )
    return list(session.scalars(query).all())
