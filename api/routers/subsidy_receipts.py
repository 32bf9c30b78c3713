"""Arrivals of government's money over HTTP: recorded by finance, confirmed by a second person."""

from typing import Annotated

from fastapi import Query, Response
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
from api.models import SubsidyReceipt
from api.permissions import Permission
from api.routes import Router
from api.schemas.base import IdIn, Page
from api.schemas.subsidy_claims import SubsidyDiscard
from api.schemas.subsidy_receipts import SubsidyReceiptCreate, SubsidyReceiptRead
from api.services import subsidy_covers, subsidy_receipts
from api.vocabulary import GovernmentLevel, SubsidyPurpose, SubsidyReceiptState

router = Router(prefix="/subsidy-receipts", tags=["subsidies"])


def _shown(session: SessionDep, receipt: SubsidyReceipt) -> SubsidyReceiptRead:
    return SubsidyReceiptRead.of(receipt, subsidy_covers.shared_fen(session, receipt))


@router.get("", name="list_subsidy_receipts", dependencies=[requires(Permission.SUBSIDY_READ)])
def list_subsidy_receipts(
    session: ReadSessionDep,
    page: PageDep,
    purpose: Annotated[SubsidyPurpose | None, Query()] = None,
    level: Annotated[GovernmentLevel | None, Query()] = None,
    state: Annotated[SubsidyReceiptState | None, Query()] = None,
) -> Page[SubsidyReceiptRead]:
    """List arrivals, newest first; `state=recorded` waits for its second person."""
    rows, after = subsidy_receipts.list_receipts(
        session, purpose=purpose, level=level, state=state, limit=page.limit, after=page.after
    )
    return Page(items=[_shown(session, row) for row in rows], next=after)


@router.get("/{receipt_id}", name="read_subsidy_receipt", dependencies=[requires(Permission.SUBSIDY_READ)])
def read_subsidy_receipt(response: Response, session: ReadSessionDep, receipt_id: IdIn) -> SubsidyReceiptRead:
    """Read one arrival."""
    receipt = subsidy_receipts.get(session, receipt_id)
    response.headers["ETag"] = etag(receipt.version)
    return _shown(session, receipt)


@router.post(
    "",
    name="record_subsidy_receipt",
    status_code=201,
    response_model=SubsidyReceiptRead,
    dependencies=[requires(Permission.SUBSIDY_RECEIVE)],
)
def record_subsidy_receipt(
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    body: SubsidyReceiptCreate,
) -> JSONResponse:
    """Record money of a level that arrived in 财政专户; nothing is booked before it is confirmed."""

    def produce() -> SubsidyReceiptRead:
        receipt = subsidy_receipts.record(
            session,
            actor=actor,
            county_code=int(body.county),
            purpose=body.purpose,
            level=body.level,
            amount_fen=body.amount,
            received_on=body.received_on,
            bank_reference=body.bank_reference,
            claim_ids=body.claim_ids,
            today=today,
        )
        return _shown(session, receipt)

    return idempotency.run(body, produce)


@router.post(
    "/{receipt_id}/confirmations",
    name="confirm_subsidy_receipt",
    status_code=201,
    response_model=SubsidyReceiptRead,
    dependencies=[requires(Permission.SUBSIDY_CONFIRM, second_factor=True)],
)
def confirm_subsidy_receipt(
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    version: IfMatchDep,
    receipt_id: IdIn,
) -> JSONResponse:
    """Confirm an arrival against the bank's advice, by another person than who recorded it; its claims take it."""

    def produce() -> SubsidyReceiptRead:
        receipt, _ = subsidy_receipts.confirm(session, actor=actor, receipt_id=receipt_id, version=version, today=today)
        return _shown(session, receipt)

    return idempotency.run("", produce)


@router.post(
    "/{receipt_id}/discards",
    name="discard_subsidy_receipt",
    status_code=201,
    dependencies=[requires(Permission.SUBSIDY_RECEIVE)],
)
def discard_subsidy_receipt(
    response: Response,
    session: SessionDep,
    actor: ActorDep,
    version: IfMatchDep,
    receipt_id: IdIn,
    body: SubsidyDiscard,
) -> SubsidyReceiptRead:
    """Void an arrival that is not confirmed."""
    receipt = subsidy_receipts.discard(session, actor=actor, receipt_id=receipt_id, reason=body.reason, version=version)
    response.headers["ETag"] = etag(receipt.version)
    return _shown(session, receipt)
