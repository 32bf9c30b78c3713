"""Cash paid in at the bank, over HTTP: recorded by the collector, confirmed by finance."""

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
    SessionDep,
    etag,
    requires,
)
from api.permissions import Permission
from api.routes import Router
from api.schemas.base import DivisionIn, IdIn, Page
from api.schemas.remittances import CashInHand, RemittanceCreate, RemittanceRead
from api.services import receipts, remittances

router = Router(prefix="/remittances", tags=["remittances"])


@router.get("", name="list_remittances", dependencies=[requires(Permission.CONTRIBUTION_READ)])
def list_remittances(
    session: ReadSessionDep,
    actor: ActorDep,
    page: PageDep,
    division: Annotated[DivisionIn | None, Query()] = None,
    confirmed: Annotated[bool | None, Query()] = None,
) -> Page[RemittanceRead]:
    """List remittances of a unit (default: the actor's own), newest first."""
    low, high = scope_of(division or actor.division_code)
    rows, after = remittances.list_remittances(
        session, low=low, high=high, confirmed=confirmed, limit=page.limit, after=page.after
    )
    return Page(items=[RemittanceRead.of(row) for row in rows], next=after)


@router.get("/cash-in-hand", name="read_cash_in_hand", dependencies=[requires(Permission.REMITTANCE_RECORD)])
def read_cash_in_hand(session: ReadSessionDep, actor: ActorDep) -> CashInHand:
    """Read how much cash the signed-in collector still has to pay in."""
    held_fen = receipts.cash_in_hand_fen(session, actor.county_code, actor.user_id)
    return CashInHand(collector_id=actor.user_id, amount=held_fen)


@router.get("/{remittance_id}", name="read_remittance", dependencies=[requires(Permission.CONTRIBUTION_READ)])
def read_remittance(response: Response, session: ReadSessionDep, remittance_id: IdIn) -> RemittanceRead:
    """Read one remittance."""
    remittance = remittances.get(session, remittance_id)
    response.headers["ETag"] = etag(remittance.version)
    return RemittanceRead.of(remittance)


@router.post(
    "",
    name="record_remittance",
    status_code=201,
    response_model=RemittanceRead,
    dependencies=[requires(Permission.REMITTANCE_RECORD)],
)
def record_remittance(
    session: SessionDep, actor: ActorDep, today: BusinessDateDep, idempotency: IdempotencyDep, body: RemittanceCreate
) -> JSONResponse:
    """Record that the signed-in collector paid cash in."""

    def produce() -> RemittanceRead:
        remittance = remittances.record(
            session,
            actor=actor,
            amount_fen=body.amount,
            paid_in_on=body.paid_in_on,
            bank_reference=body.bank_reference,
            today=today,
        )
        return RemittanceRead.of(remittance)

    return idempotency.run(body, produce)


@router.post(
    "/{remittance_id}/confirmations",
    name="confirm_remittance",
    status_code=201,
    response_model=RemittanceRead,
    dependencies=[requires(Permission.REMITTANCE_CONFIRM)],
)
def confirm_remittance(
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    version: IfMatchDep,
    remittance_id: IdIn,
) -> JSONResponse:
    """Confirm against the bank's advice, which books the money into 收入户."""

    def produce() -> RemittanceRead:
        return RemittanceRead.of(
            remittances.confirm(session, actor=actor, remittance_id=remittance_id, version=version, today=today)
        )

    return idempotency.run("", produce)
