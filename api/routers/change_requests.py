"""变更登记 over HTTP: reading, the steps, handing in again and taking back.

The decision routes need only the reading right here: which right a step needs depends on the step, and the service asks.
"""

from typing import Annotated

from fastapi import Query, Response
from fastapi.responses import JSONResponse

from api.dependencies import (
    ActorDep,
    BusinessDateDep,
    IdempotencyDep,
    IfMatchDep,
    KeyringDep,
    PageDep,
    ReadSessionDep,
    SessionDep,
    etag,
    requires,
)
from api.permissions import Permission
from api.routes import Router
from api.schemas.base import DivisionIn, IdIn, Page
from api.schemas.cases import DecisionCreate, DecisionRead, DecisionResult, DecisionResults, DecisionsCreate, Waiting
from api.schemas.change_requests import (
    ChangeRequestCreate,
    ChangeRequestDetail,
    ChangeRequestRead,
    ChangeRevealCreate,
    ChangeRevealRead,
    ConflictRead,
    DifferenceRead,
    FactRead,
)
from api.services import case_procedures, change_requests, change_reveals, change_views, work_items
from api.services.case_procedures import Ruling
from api.services.change_values import ChangeForm
from api.services.change_views import Filters, RequestView
from api.vocabulary import CaseState, ChangeKind

router = Router(tags=["change-requests"])


def read_of(view: RequestView) -> ChangeRequestRead:
    """Show a request as in a list."""
    return ChangeRequestRead.of(view.request, resident_name=view.resident_name, division_name=view.division_name)


def form_of(body: ChangeRequestCreate) -> ChangeForm:
    """Return the form that a body is."""
    return ChangeForm(
        kind=body.kind,
        effective_on=body.effective_on,
        proof=body.proof,
        proof_number=body.proof_number,
        remark=body.remark,
        value=body.value,
        tier_fen=body.tier,
        rhythm=body.rhythm,
        fact=body.fact,
        holds=body.holds,
        household_number=body.household_number,
        leaving=body.leaving,
        staying=body.staying,
    )


@router.post(
    "/residents/{resident_id}/change-requests",
    name="create_change_request",
    dependencies=[requires(Permission.CHANGE_CREATE)],
    status_code=201,
    response_model=ChangeRequestRead,
)
def create_change_request(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    resident_id: IdIn,
    body: ChangeRequestCreate,
) -> JSONResponse:
    """Hand in a request to change one item of a person; it waits for the village's check."""

    def produce() -> ChangeRequestRead:
        request = change_requests.hand_in(
            session, keyring, actor=actor, resident_id=resident_id, form=form_of(body), today=today
        )
        return read_of(change_views.get_view(session, request.id))

    return idempotency.run(body, produce)


@router.get("/change-requests", name="list_change_requests", dependencies=[requires(Permission.CHANGE_READ)])
def list_change_requests(
    session: ReadSessionDep,
    actor: ActorDep,
    page: PageDep,
    state: Annotated[CaseState | None, Query()] = None,
    kind: Annotated[ChangeKind | None, Query()] = None,
    division: Annotated[DivisionIn | None, Query()] = None,
    resident_id: Annotated[IdIn | None, Query()] = None,
) -> Page[ChangeRequestRead]:
    """List the requests of a unit or of a person, the newest first."""
    filters = Filters(state=state, kind=kind, division_code=division, resident_id=resident_id)
    views, following = change_views.list_requests(
        session, actor=actor, filters=filters, limit=page.limit, after=page.after
    )
    return Page(items=[read_of(view) for view in views], next=following)


@router.post(
    "/change-requests/decisions", name="decide_change_requests", dependencies=[requires(Permission.CHANGE_READ)]
)
def decide_change_requests(
    session: SessionDep, actor: ActorDep, keyring: KeyringDep, today: BusinessDateDep, body: DecisionsCreate
) -> DecisionResults:
    """Say the same of up to 200 requests; each that cannot be decided says why and stays as it is."""
    ruling = Ruling(body.step, body.decision, body.opinion, today, stamped=body.stamped)
    results = change_requests.decide_many(session, keyring, actor=actor, request_ids=body.ids, ruling=ruling)
    return DecisionResults.of([DecisionResult.of(one.case_id, state=one.state, refusal=one.refusal) for one in results])


@router.get(
    "/change-requests/{request_id}", name="read_change_request", dependencies=[requires(Permission.CHANGE_READ)]
)
def read_change_request(
    session: ReadSessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    response: Response,
    request_id: IdIn,
) -> ChangeRequestDetail:
    """Read one request with old and new, the person's facts, what stands against it, and its decisions."""
    view = change_views.get_view(session, request_id)
    request = view.request
    response.headers["ETag"] = etag(request.version)
    procedure = change_requests.PROCEDURE
    obstacle = work_items.obstacle_to(session, procedure, actor=actor, case=request, today=today)
    base = read_of(view)
    differences = change_views.differences(session, keyring, request)
    facts = change_views.facts(session, request, today=today)
    conflicts = change_views.conflicts(session, keyring, request, today=today)
    decisions = case_procedures.decisions_of(session, procedure, request)
    return ChangeRequestDetail(
        **dict(base),
        proof=request.proof,
        proof_number_masked=change_views.proof_number(keyring, request),
        remark=request.remark,
        differences=[
            DifferenceRead(label=one.label, old=one.old, new=one.new, changed=one.changed) for one in differences
        ],
        facts=[FactRead(label=one.label, value=one.value) for one in facts],
        conflicts=[ConflictRead(code=one.code, message=one.message, request_id=one.request_id) for one in conflicts],
        decisions=[DecisionRead.of(decision) for decision in decisions],
        waiting=Waiting(
            since_on=request.since_on,
            due_on=request.due_on,
            is_overdue=request.due_on is not None and request.due_on < today,
            stop=request.stop,
            decidable=base.next_step is not None and obstacle is None,
            obstacle=None if obstacle is None else obstacle.detail,
        ),
    )


@router.post(
    "/change-requests/{request_id}/decisions",
    name="decide_change_request",
    dependencies=[requires(Permission.CHANGE_READ)],
)
def decide_change_request(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    version: IfMatchDep,
    response: Response,
    request_id: IdIn,
    body: DecisionCreate,
) -> ChangeRequestRead:
    """Approve, return or reject at a step; the last step's approval makes the change."""
    ruling = Ruling(body.step, body.decision, body.opinion, today, stamped=body.stamped)
    change_requests.decide(session, keyring, actor=actor, request_id=request_id, version=version, ruling=ruling)
    return _answer(session, response, request_id)


@router.post(
    "/change-requests/{request_id}/resubmissions",
    name="resubmit_change_request",
    dependencies=[requires(Permission.CHANGE_CREATE)],
)
def resubmit_change_request(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    version: IfMatchDep,
    response: Response,
    request_id: IdIn,
    body: ChangeRequestCreate,
) -> ChangeRequestRead:
    """Hand a returned request in again, mended: a new round."""
    change_requests.resubmit(
        session, keyring, actor=actor, request_id=request_id, version=version, form=form_of(body), today=today
    )
    return _answer(session, response, request_id)


@router.post(
    "/change-requests/{request_id}/withdrawals",
    name="withdraw_change_request",
    dependencies=[requires(Permission.CHANGE_CREATE)],
)
def withdraw_change_request(
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    version: IfMatchDep,
    response: Response,
    request_id: IdIn,
) -> ChangeRequestRead:
    """Take back one's own request before it is decided."""
    change_requests.withdraw(session, actor=actor, request_id=request_id, version=version, today=today)
    return _answer(session, response, request_id)


@router.post(
    "/change-requests/{request_id}/reveals",
    name="reveal_change_request",
    dependencies=[requires(Permission.RESIDENT_REVEAL)],
)
def reveal_change_request(
    session: SessionDep, actor: ActorDep, keyring: KeyringDep, request_id: IdIn, body: ChangeRevealCreate
) -> ChangeRevealRead:
    """Show a protected value of a request in full, to compare it with the paper; who asked and why is on record."""
    value = change_reveals.reveal(
        session, keyring, actor=actor, request_id=request_id, side=body.side, reason=body.reason
    )
    return ChangeRevealRead(side=body.side, value=value)


def _answer(session: SessionDep, response: Response, request_id: int) -> ChangeRequestRead:
    view = change_views.get_view(session, request_id)
    response.headers["ETag"] = etag(view.request.version)
    return read_of(view)
