"""The annual interest run over HTTP: computed by one person, approved over its content and posted by another."""

from fastapi import Response
from fastapi.responses import JSONResponse

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
from api.schemas.base import IdIn, Page
from api.schemas.interest_runs import InterestRunApproval, InterestRunCreate, InterestRunRead
from api.services import interest_runs

router = Router(prefix="/interest-runs", tags=["interest-runs"])

COMPUTE = requires(Permission.INTEREST_RUN)
READ = requires(Permission.ACCOUNT_READ)


@router.post("", name="compute_interest_run", status_code=201, dependencies=[COMPUTE])
def compute_interest_run(
    response: Response, session: SessionDep, actor: ActorDep, today: BusinessDateDep, body: InterestRunCreate
) -> InterestRunRead:
    """Compute a county's interest of a year; nothing is posted. The year itself is the key: a second run is refused."""
    run = interest_runs.compute(session, actor=actor, county_code=int(body.county), year=body.year, today=today)
    response.headers["ETag"] = etag(run.version)
    return InterestRunRead.of(run)


@router.get("", name="list_interest_runs", dependencies=[READ])
def list_interest_runs(session: ReadSessionDep, actor: ActorDep, page: PageDep) -> Page[InterestRunRead]:
    """List the county's interest runs, newest first."""
    rows, after = interest_runs.list_runs(session, county_code=actor.county_code, limit=page.limit, after=page.after)
    return Page(items=[InterestRunRead.of(*interest_runs.read(session, row.id)) for row in rows], next=after)


@router.get("/{run_id}", name="read_interest_run", dependencies=[READ])
def read_interest_run(response: Response, session: ReadSessionDep, run_id: IdIn) -> InterestRunRead:
    """Read a run: figures by town and source, which towns are posted, the hash to approve."""
    run, posted = interest_runs.read(session, run_id)
    response.headers["ETag"] = etag(run.version)
    return InterestRunRead.of(run, posted)


@router.post(
    "/{run_id}/approvals",
    name="approve_interest_run",
    status_code=201,
    response_model=InterestRunRead,
    dependencies=[requires(Permission.INTEREST_APPROVE, second_factor=True)],
)
def approve_interest_run(
    service: ServiceDep,
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    version: IfMatchDep,
    run_id: IdIn,
    body: InterestRunApproval,
) -> JSONResponse:
    """Approve a run by its content hash, which posts it town by town; repeated after a breakdown it goes on."""

    def produce() -> InterestRunRead:
        interest_runs.hold_open(session)
        run = interest_runs.approve(
            service.database, actor=actor, run_id=run_id, content_hash=body.content_hash, version=version, today=today
        )
        return InterestRunRead.of(run, frozenset(town["town_code"] for town in run.summary["towns"]))

    return idempotency.run(body, produce)


@router.post("/{run_id}/recomputations", name="recompute_interest_run", status_code=201, dependencies=[COMPUTE])
def recompute_interest_run(
    response: Response,
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    version: IfMatchDep,
    run_id: IdIn,
) -> InterestRunRead:
    """Compute the towns anew that are not posted; an approval given before is void."""
    run = interest_runs.recompute(session, actor=actor, run_id=run_id, version=version, today=today)
    response.headers["ETag"] = etag(run.version)
    return InterestRunRead.of(*interest_runs.read(session, run_id))


@router.post("/{run_id}/discards", name="discard_interest_run", status_code=201, dependencies=[COMPUTE])
def discard_interest_run(
    response: Response, session: SessionDep, actor: ActorDep, version: IfMatchDep, run_id: IdIn
) -> InterestRunRead:
    """Void a run of which nothing is posted."""
    run = interest_runs.discard(session, actor=actor, run_id=run_id, version=version)
    response.headers["ETag"] = etag(run.version)
    return InterestRunRead.of(run)
