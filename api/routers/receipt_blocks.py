"""收据号段 over HTTP: given out and taken back by another person than the collector."""

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
from api.models import ReceiptBlock
from api.permissions import Permission
from api.routes import Router
from api.schemas.base import DivisionIn, IdIn, Page
from api.schemas.receipt_blocks import ReceiptBlockCreate, ReceiptBlockRead
from api.services import receipt_blocks, users
from api.vocabulary import BlockState

router = Router(prefix="/receipts/blocks", tags=["receipts"])


def _read(session: SessionDep, block: ReceiptBlock) -> ReceiptBlockRead:
    return ReceiptBlockRead.of(block, users.names_of(session, {block.collector_id}).get(block.collector_id))


@router.get("", name="list_receipt_blocks", dependencies=[requires(Permission.CONTRIBUTION_READ)])
def list_receipt_blocks(
    session: ReadSessionDep,
    actor: ActorDep,
    page: PageDep,
    division: Annotated[DivisionIn | None, Query()] = None,
    collector_id: Annotated[IdIn | None, Query()] = None,
    state: Annotated[BlockState | None, Query()] = None,
) -> Page[ReceiptBlockRead]:
    """List blocks of a unit's collectors (default: the actor's own unit), newest first."""
    low, high = scope_of(division or actor.division_code)
    rows, after = receipt_blocks.list_blocks(
        session, low=low, high=high, collector_id=collector_id, state=state, limit=page.limit, after=page.after
    )
    names = users.names_of(session, {row.collector_id for row in rows})
    return Page(items=[ReceiptBlockRead.of(row, names.get(row.collector_id)) for row in rows], next=after)


@router.post(
    "",
    name="issue_receipt_block",
    status_code=201,
    response_model=ReceiptBlockRead,
    dependencies=[requires(Permission.RECEIPT_MANAGE)],
)
def issue_receipt_block(
    session: SessionDep, actor: ActorDep, today: BusinessDateDep, idempotency: IdempotencyDep, body: ReceiptBlockCreate
) -> JSONResponse:
    """Give a collector the next numbers of their own counter, for receipts written without the system."""

    def produce() -> ReceiptBlockRead:
        block = receipt_blocks.issue(
            session,
            actor=actor,
            collector_id=body.collector_id,
            count=body.count,
            purpose=body.purpose,
            label=body.label,
            today=today,
        )
        return _read(session, block)

    return idempotency.run(body, produce)


@router.get("/{block_id}", name="read_receipt_block", dependencies=[requires(Permission.CONTRIBUTION_READ)])
def read_receipt_block(response: Response, session: ReadSessionDep, block_id: IdIn) -> ReceiptBlockRead:
    """Read one block."""
    block = receipt_blocks.get(session, block_id)
    response.headers["ETag"] = etag(block.version)
    return _read(session, block)


@router.post(
    "/{block_id}/returns",
    name="take_back_receipt_block",
    status_code=201,
    response_model=ReceiptBlockRead,
    dependencies=[requires(Permission.RECEIPT_MANAGE)],
)
def take_back_receipt_block(
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    version: IfMatchDep,
    block_id: IdIn,
) -> JSONResponse:
    """Take a block's unused papers back; numbers that are neither posted nor void are missing from now on."""

    def produce() -> ReceiptBlockRead:
        block = receipt_blocks.take_back(session, actor=actor, block_id=block_id, version=version, today=today)
        return _read(session, block)

    return idempotency.run("", produce)
