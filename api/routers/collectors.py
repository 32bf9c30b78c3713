"""Collectors over HTTP: who holds cash, since when, and what must happen."""

from datetime import date
from typing import Annotated, Any

from fastapi import Query

from api.database import scope_of
from api.dependencies import ActorDep, BusinessDateDep, PageDep, ReadSessionDep, requires
from api.permissions import Permission
from api.routes import Router
from api.schemas.base import DivisionIn, IdIn, Page
from api.schemas.collectors import CashDayRead, CollectorRead, CollectorSummary
from api.schemas.receipts import GapRead
from api.services import collectors
from api.services.collectors import Collector, Gap, Wanted
from api.vocabulary import CashAlarm

router = Router(prefix="/collectors", tags=["collectors"])


def gap_read(gap: Gap, as_of: date) -> GapRead:
    """Show a missing number."""
    return GapRead(
        number=gap.number,
        block_id=gap.block_id,
        since_on=gap.since_on,
        age_days=max((as_of - gap.since_on).days, 0),
        returned=gap.is_returned,
        void_id=gap.void_id,
    )


def _facts(found: Collector) -> dict[str, Any]:
    permille = 1000 * found.void_count // found.receipt_count if found.receipt_count else 0
    return {
        "id": found.id,
        "name": found.name,
        "division_code": found.division_code,
        "division_name": found.division_name,
        "disabled": found.is_disabled,
        "held": found.holding.held_fen,
        "waiting": found.waiting_fen,
        "oldest_on": found.holding.oldest_on,
        "age_days": found.age_days,
        "alarm": found.alarm,
        "advice": found.advice,
        "numbers": found.receipt_count,
        "voids": found.void_count,
        "proposed_voids": found.proposed_void_count,
        "void_rate": f"{permille // 10}.{permille % 10}",
        "disputed": found.disputed_count,
        "gaps": len(found.gaps),
    }


@router.get("", name="list_collectors", dependencies=[requires(Permission.CONTRIBUTION_READ)])
def list_collectors(
    session: ReadSessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    page: PageDep,
    division: Annotated[DivisionIn | None, Query()] = None,
    state: Annotated[CashAlarm | None, Query()] = None,
) -> Page[CollectorSummary]:
    """List a unit's collectors (default: the actor's own unit), the oldest cash first."""
    unit = division or actor.division_code
    low, high = scope_of(unit)
    rows, after = collectors.list_collectors(
        session,
        wanted=Wanted(low=low, high=high, alarm=state),
        unit=unit,
        today=today,
        limit=page.limit,
        after=page.after,
    )
    return Page(items=[CollectorSummary(**_facts(row)) for row in rows], next=after)


@router.get("/{collector_id}", name="read_collector", dependencies=[requires(Permission.CONTRIBUTION_READ)])
def read_collector(session: ReadSessionDep, today: BusinessDateDep, collector_id: IdIn) -> CollectorRead:
    """Read one collector, with the cash by day of receipt and the missing numbers."""
    found, days = collectors.get(session, collector_id, today=today)
    return CollectorRead(
        **_facts(found),
        days=[
            CashDayRead(
                issued_on=day.issued_on,
                age_days=max((today - day.issued_on).days, 0),
                held=day.held_fen,
                waiting=day.waiting_fen,
            )
            for day in days
        ],
        missing=[gap_read(gap, today) for gap in found.gaps],
    )
