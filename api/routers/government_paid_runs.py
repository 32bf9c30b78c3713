"""Runs of 政府代缴 over HTTP: computed by one person, approved over its content and posted by another."""

from typing import Annotated

from fastapi import Query, Response
from fastapi.responses import JSONResponse

from api.database import scope_of
from api.dependencies import (
    ActorDep,
    BusinessDateDep,
    IdempotencyDep,
    IfMatchDep,
    PageDep,
    ReadSessionDep,
    ServiceDep,
    SessionDep,
    etag,
    requires,
)
from api.permissions import Permission
from api.routes import Router
from api.schemas.base import DivisionIn, IdIn, Page
from api.schemas.government_paid_runs import (
    GovernmentPaidApproval,
    GovernmentPaidLineRead,
    GovernmentPaidRunCreate,
    GovernmentPaidRunRead,
)
from api.services import government_paid_runs, interest_runs
from api.vocabulary import GovernmentPaidOutcome

router = Router(prefix="/government-paid-runs", tags=["government-paid-runs"])

COMPUTE = requires(Permission.GOVERNMENT_PAID_RUN)
READ = requires(Permission.CONTRIBUTION_READ)


@router.post("", name="compute_government_paid_run", status_code=201, dependencies=[COMPUTE])
def compute_government_paid_run(
    response: Response, session: SessionDep, actor: ActorDep, today: BusinessDateDep, body: GovernmentPaidRunCreate
) -> GovernmentPaidRunRead:
    """Compute for whom government pays; nothing is posted. The month is the key: a second run of it is refused."""
    run = government_paid_runs.compute(
        session, actor=actor, county_code=int(body.county), paid_on=body.paid_on, today=today
    )
    response.headers["ETag"] = etag(run.version)
    return GovernmentPaidRunRead.of(run)


@router.get("", name="list_government_paid_runs", dependencies=[READ])
def list_government_paid_runs(session: ReadSessionDep, actor: ActorDep, page: PageDep) -> Page[GovernmentPaidRunRead]:
    """List the county's runs, newest first."""
    rows, after = government_paid_runs.list_runs(
        session, county_code=actor.county_code, limit=page.limit, after=page.after
    )
    items = [GovernmentPaidRunRead.of(*government_paid_runs.read(session, row.id)) for row in rows]
    return Page(items=items, next=after)


@router.get("/{run_id}", name="read_government_paid_run", dependencies=[READ])
def read_government_paid_run(response: Response, session: ReadSessionDep, run_id: IdIn) -> GovernmentPaidRunRead:
    """Read a run: figures by town and outcome, which towns are posted, the hash to approve."""
    run, posted = government_paid_runs.read(session, run_id)
    response.headers["ETag"] = etag(run.version)
    return GovernmentPaidRunRead.of(run, posted)


@router.get("/{run_id}/lines", name="list_government_paid_lines", dependencies=[READ])
def list_government_paid_lines(
    session: ReadSessionDep,
    actor: ActorDep,
    page: PageDep,
    run_id: IdIn,
    division: Annotated[DivisionIn | None, Query()] = None,
    outcome: Annotated[GovernmentPaidOutcome | None, Query()] = None,
) -> Page[GovernmentPaidLineRead]:
    """List everybody whom the run names, for whom government pays and who is left out and why."""
    low, high = scope_of(division or actor.division_code)
    views, after = government_paid_runs.list_lines(
        session, run_id=run_id, low=low, high=high, outcome=outcome, limit=page.limit, after=page.after
    )
    return Page(items=[GovernmentPaidLineRead.of(view.line, view.resident) for view in views], next=after)


@router.post(
    "/{run_id}/approvals",
    name="approve_government_paid_run",
    status_code=201,
    response_model=GovernmentPaidRunRead,
    dependencies=[requires(Permission.GOVERNMENT_PAID_APPROVE, second_factor=True)],
)
def approve_government_paid_run(
    service: ServiceDep,
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    version: IfMatchDep,
    run_id: IdIn,
    body: GovernmentPaidApproval,
) -> JSONResponse:
    """Approve a run by its content hash, which posts it town by town; repeated after a breakdown it goes on."""

    def produce() -> GovernmentPaidRunRead:
        interest_runs.hold_open(session)
        run = government_paid_runs.approve(
            service.database,
            actor=actor,
            run_id=run_id,
            content_hash=body.content_hash,
            today=today,
            version=version,
        )
        return GovernmentPaidRunRead.of(*government_paid_runs.read(session, run.id))

    return idempotency.run(body, produce)


@router.post("/{run_id}/discards", name="discard_government_paid_run", status_code=201, dependencies=[COMPUTE])
def discard_government_paid_run(
    response: Response, session: SessionDep, actor: ActorDep, version: IfMatchDep, run_id: IdIn
) -> GovernmentPaidRunRead:
    """Void a run of which nothing is posted."""
    run = government_paid_runs.discard(session, actor=actor, run_id=run_id, version=version)
    response.headers["ETag"] = etag(run.version)
    return GovernmentPaidRunRead.of(run)
