"""委托代办 over HTTP: giving one's step to a colleague for some days, by oneself or by the county, and ending it."""

from datetime import date

from fastapi import Response
from fastapi.responses import JSONResponse

from api.dependencies import (
    ActorDep,
    BusinessDateDep,
    IdempotencyDep,
    IfMatchDep,
    PageDep,
    ReadSessionDep,
    SessionDep,
    etag,
    requires,
)
from api.models import Delegation
from api.permissions import Permission
from api.routes import Router
from api.schemas.base import IdIn, Page
from api.schemas.delegations import ColleagueRead, Colleagues, DelegationCreate, DelegationRead
from api.services import delegations
from api.services.delegations import Wish

router = Router(tags=["delegations"])


@router.get("/delegations", name="list_delegations", dependencies=[requires(Permission.CASE_READ)])
def list_delegations(session: ReadSessionDep, today: BusinessDateDep, page: PageDep) -> Page[DelegationRead]:
    """List the delegations of one's unit, the newest first."""
    rows, following = delegations.list_delegations(session, limit=page.limit, after=page.after)
    names = delegations.names_of(session, rows)
    return Page(items=[DelegationRead.of(row, names=names, today=today) for row in rows], next=following)


@router.get("/delegations/colleagues", name="list_colleagues", dependencies=[requires(Permission.CASE_DELEGATE)])
def list_colleagues(session: ReadSessionDep, actor: ActorDep) -> Colleagues:
    """List who of one's unit could take one's step."""
    return Colleagues(items=[ColleagueRead.of(user) for user in delegations.colleagues(session, actor=actor)])


@router.post(
    "/delegations",
    name="create_delegation",
    dependencies=[requires(Permission.CASE_DELEGATE)],
    status_code=201,
    response_model=DelegationRead,
)
def create_delegation(
    session: SessionDep, actor: ActorDep, today: BusinessDateDep, idempotency: IdempotencyDep, body: DelegationCreate
) -> JSONResponse:
    """Give one's own step to a colleague."""

    def produce() -> DelegationRead:
        made = delegations.create(session, actor=actor, wish=_wish(body, actor.user_id), today=today)
        return _shown(session, made, today)

    return idempotency.run(body, produce)


@router.post(
    "/users/{user_id}/delegations",
    name="arrange_delegation",
    dependencies=[requires(Permission.CASE_ARRANGE)],
    status_code=201,
    response_model=DelegationRead,
)
def arrange_delegation(
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    user_id: IdIn,
    body: DelegationCreate,
) -> JSONResponse:
    """Give the step of somebody who cannot come to a colleague of theirs, of the same unit or above."""

    def produce() -> DelegationRead:
        made = delegations.create(session, actor=actor, wish=_wish(body, user_id), today=today)
        return _shown(session, made, today)

    return idempotency.run(body, produce)


@router.get("/delegations/{delegation_id}", name="read_delegation", dependencies=[requires(Permission.CASE_READ)])
def read_delegation(
    session: ReadSessionDep, today: BusinessDateDep, response: Response, delegation_id: IdIn
) -> DelegationRead:
    """Read one delegation."""
    found = delegations.get(session, delegation_id)
    response.headers["ETag"] = etag(found.version)
    return _shown(session, found, today)


@router.post(
    "/delegations/{delegation_id}/revocations",
    name="revoke_delegation",
    dependencies=[requires(Permission.CASE_DELEGATE)],
)
def revoke_delegation(
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    version: IfMatchDep,
    response: Response,
    delegation_id: IdIn,
) -> DelegationRead:
    """End a delegation at once."""
    ended = delegations.revoke(session, actor=actor, delegation_id=delegation_id, version=version, today=today)
    response.headers["ETag"] = etag(ended.version)
    return _shown(session, ended, today)


def _wish(body: DelegationCreate, from_user_id: int) -> Wish:
    return Wish(from_user_id, body.to_user_id, body.step, body.starts_on, body.ends_on, body.reason)


def _shown(session: SessionDep, delegation: Delegation, today: date) -> DelegationRead:
    return DelegationRead.of(delegation, names=delegations.names_of(session, [delegation]), today=today)
