"""现金提醒: the daily look at every collector of a county; who became blocked is put on record once (reliability.md T2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlmodel import col

from api.database import scope_of
from api.models import AuditEvent
from api.services import audit_events
from api.services.collectors import Collector, Wanted, list_collectors
from api.vocabulary import CashAlarm

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from api.database import Actor

ACTION = "collector_blocked"
_PAGE = 200


def look(session: Session, *, actor: Actor, division_code: int, today: date) -> tuple[list[Collector], int]:
    """Return the collectors who alarm, the oldest cash first, and how many blocks are new.

    A block is recorded once for each oldest receipt: looking again records nothing more.
    """
    low, high = scope_of(division_code)
    found: list[Collector] = []
    after: str | None = None
    while True:
        page, after = list_collectors(
            session, wanted=Wanted(low=low, high=high), unit=division_code, today=today, limit=_PAGE, after=after
        )
        found += [one for one in page if one.alarm is not CashAlarm.NONE]
        if after is None:
            break
    fresh = 0
    for one in found:
        if one.alarm is CashAlarm.BLOCKED and not _is_known(session, one):
            fresh += 1
            audit_events.record(
                session,
                actor=actor,
                action=ACTION,
                subject_kind="collector",
                subject_id=one.id,
                division_code=one.division_code,
                held_fen=one.holding.held_fen,
                oldest_on=one.holding.oldest_on,
                age_days=one.age_days,
            )
    return found, fresh


def _is_known(session: Session, collector: Collector) -> bool:
    """Tell whether the block over this oldest receipt is on record."""
    query = (
        select(func.count())
        .select_from(AuditEvent)
        .where(
            col(AuditEvent.county_code) == collector.id // 10**10,
            col(AuditEvent.action) == ACTION,
            col(AuditEvent.subject_id) == collector.id,
            col(AuditEvent.detail)["oldest_on"].astext == str(collector.holding.oldest_on),
        )
    )
    return session.execute(query).scalar_one() > 0
