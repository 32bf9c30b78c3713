"""Reports over HTTP: participation live, its trend from frozen figures, and the freezing."""

from datetime import date
from typing import Annotated, Any

from fastapi import Header, Query
from fastapi.responses import Response

from api.dependencies import ActorDep, BusinessDateDep, IdempotencyDep, PageDep, ReadSessionDep, SessionDep, requires
from api.exchange import report_sheets
from api.permissions import Permission
from api.routes import Router
from api.schemas.base import DayIn, DivisionIn, Page
from api.schemas.reports import ParticipationFigures, ParticipationPoint, ParticipationRead, SnapshotCreate
from api.services import participation

router = Router(prefix="/reports", tags=["reports"])
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _facts(unit: participation.UnitFigures) -> dict[str, Any]:
    """Lay a unit's figures out as the schema names them."""
    return {
        "division_code": unit.division.code,
        "division_name": unit.division.name,
        "level": unit.division.level,
        "eligible": unit.counts.eligible,
        "insured": unit.counts.insured,
        "rate": unit.attainment.rate,
        "target": unit.attainment.target,
        "needed": unit.needed,
        "gap": unit.attainment.gap,
        "reached": unit.attainment.reached,
        "registered": unit.counts.registered,
        "registration_rate": unit.registration_rate,
        "recipients": unit.counts.recipients,
        "entitled": unit.counts.entitled,
        "payment_rate": unit.payment_rate,
        "working_age_eligible": unit.counts.working_age_eligible,
        "working_age_insured": unit.counts.working_age_insured,
        "working_age_rate": unit.working_age_rate,
    }


def _read(report: participation.Report) -> ParticipationRead:
    return ParticipationRead(
        **_facts(report.unit),
        as_of=report.as_of,
        definition=participation.DEFINITION,
        target_rate=report.unit.attainment.target,
        target_deadline=report.target_deadline,
        children=[ParticipationFigures(**_facts(child)) for child in report.children],
    )


@router.get(
    "/participation",
    name="read_participation",
    response_model=ParticipationRead,
    responses={200: {"content": {XLSX: {}}}},
    dependencies=[requires(Permission.REPORT_READ)],
)
def read_participation(
    session: ReadSessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    division: Annotated[DivisionIn | None, Query()] = None,
    as_of: Annotated[DayIn | None, Query()] = None,
    accept: Annotated[str | None, Header()] = None,
) -> Any:
    """Participation of a unit (default: one's own) at a date (default: today); `Accept` with xlsx gives a workbook."""
    report = participation.report(
        session, division_code=division or actor.division_code, as_of=as_of or today, today=today
    )
    read = _read(report)
    if accept is not None and XLSX in accept:
        content = report_sheets.participation_workbook(read.model_dump(mode="json"))
        name = f"participation-{read.division_code}-{read.as_of}.xlsx"
        return Response(content, media_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})
    return read


@router.get("/participation/trend", name="read_participation_trend", dependencies=[requires(Permission.REPORT_READ)])
def read_participation_trend(
    session: ReadSessionDep, actor: ActorDep, page: PageDep, division: Annotated[DivisionIn | None, Query()] = None
) -> Page[ParticipationPoint]:
    """Frozen figures of a unit by reporting date, oldest first."""
    points, after = participation.trend(
        session, division_code=division or actor.division_code, limit=page.limit, after=page.after
    )
    return Page(items=[_point(day, unit) for day, unit in points], next=after)


def _point(day: date, unit: participation.UnitFigures) -> ParticipationPoint:
    return ParticipationPoint(
        as_of=day,
        eligible=unit.counts.eligible,
        insured=unit.counts.insured,
        registered=unit.counts.registered,
        rate=unit.attainment.rate,
        reached=unit.attainment.reached,
        frozen_at=unit.frozen_at,
    )


@router.post(
    "/participation/snapshots",
    name="freeze_participation",
    response_model=ParticipationRead,
    status_code=201,
    dependencies=[requires(Permission.REPORT_FREEZE)],
)
def freeze_participation(
    body: SnapshotCreate, session: SessionDep, actor: ActorDep, today: BusinessDateDep, idempotency: IdempotencyDep
) -> Any:
    """Freeze the figures of a unit's villages at a date; a second freeze of the date is its next version."""
    return idempotency.run(
        body,
        lambda: _read(
            participation.freeze(session, actor=actor, division_code=body.division, as_of=body.as_of, today=today)
        ),
    )
