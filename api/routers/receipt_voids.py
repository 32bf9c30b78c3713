"""作废 of receipt numbers over HTTP: said by the collector, decided by somebody else."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Query
from fastapi.responses import JSONResponse

from api.database import scope_of
from api.dependencies import (
    ActorDep,
    BusinessDateDep,
    IdempotencyDep,
    PageDep,
    ReadSessionDep,
    SessionDep,
    requires,
)
from api.models import ReceiptVoid
from api.permissions import Permission
from api.routes import Router
from api.schemas.base import DivisionIn, IdIn, Page
from api.schemas.receipt_voids import ReceiptVoidCreate, ReceiptVoidDecision, ReceiptVoidRead, ReceiptVoidsRead
from api.services import receipt_voids, users
from api.vocabulary import VoidState

router = Router(prefix="/receipts/voids", tags=["receipts"])


def _read(session: SessionDep, voids: Sequence[ReceiptVoid]) -> list[ReceiptVoidRead]:
    names = users.names_of(session, {void.collector_id for void in voids})
    return [ReceiptVoidRead.of(void, names.get(void.collector_id)) for void in voids]


@router.get("", name="list_receipt_voids", dependencies=[requires(Permission.CONTRIBUTION_READ)])
def list_receipt_voids(
    session: ReadSessionDep,
    actor: ActorDep,
    page: PageDep,
    division: Annotated[DivisionIn | None, Query()] = None,
    collector_id: Annotated[IdIn | None, Query()] = None,
    state: Annotated[VoidState | None, Query()] = None,
) -> Page[ReceiptVoidRead]:
    """List voids of a unit's collectors (default: the actor's own unit), newest first."""
    low, high = scope_of(division or actor.division_code)
    rows, after = receipt_voids.list_voids(
        session, low=low, high=high, collector_id=collector_id, state=state, limit=page.limit, after=page.after
    )
    return Page(items=_read(session, rows), next=after)


@router.post(
    "",
    name="propose_receipt_void",
    status_code=201,
    response_model=ReceiptVoidsRead,
    dependencies=[requires(Permission.CONTRIBUTION_RECORD)],
)
def propose_receipt_void(
    session: SessionDep, actor: ActorDep, today: BusinessDateDep, idempotency: IdempotencyDep, body: ReceiptVoidCreate
) -> JSONResponse:
    """Say that a number of one's own block was spoiled or lost."""

    def produce() -> ReceiptVoidsRead:
        voids = receipt_voids.propose(
            session, actor=actor, number=body.number, last_number=body.last_number, reason=body.reason, today=today
        )
        return ReceiptVoidsRead(items=_read(session, voids))

    return idempotency.run(body, produce)


@router.post(
    "/decisions",
    name="decide_receipt_voids",
    status_code=201,
    response_model=ReceiptVoidsRead,
    dependencies=[requires(Permission.RECEIPT_MANAGE)],
)
def decide_receipt_voids(
    session: SessionDep, actor: ActorDep, today: BusinessDateDep, idempotency: IdempotencyDep, body: ReceiptVoidDecision
) -> JSONResponse:
    """Confirm or refuse voids; whoever said them cannot."""

    def produce() -> ReceiptVoidsRead:
        voids = receipt_voids.decide(
            session, actor=actor, void_ids=body.ids, is_confirmed=body.decision == "confirm", today=today
        )
        return ReceiptVoidsRead(items=_read(session, voids))

    return idempotency.run(body, produce)
