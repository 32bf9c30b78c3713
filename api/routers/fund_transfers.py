"""Movements of the fund's money over HTTP: proposed by one finance person, approved and so booked by another."""

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
from api.permissions import Permission
from api.routes import Router
from api.schemas.base import IdIn, Page
from api.schemas.fund_transfers import FundTransferCreate, FundTransferDecision, FundTransferRead, SweepRead
from api.services import fund_books, fund_transfer_cases
from api.services.fund_transfer_cases import Wish
from api.vocabulary import Decision, FundTransferState

router = Router(prefix="/fund-transfers", tags=["fund"])
READ = requires(Permission.FUND_READ)
PROPOSE = requires(Permission.FUND_PROPOSE)


@router.get("", name="list_fund_transfers", dependencies=[READ])
def list_fund_transfers(
    session: ReadSessionDep, actor: ActorDep, page: PageDep, state: Annotated[FundTransferState | None, Query()] = None
) -> Page[FundTransferRead]:
    """List the county's movements, newest first."""
    rows, after = fund_transfer_cases.list_transfers(
        session, county_code=actor.county_code, state=state, limit=page.limit, after=page.after
    )
    return Page(items=[FundTransferRead.of(row) for row in rows], next=after)


@router.get("/sweep", name="read_sweep", dependencies=[READ])
def read_sweep(session: ReadSessionDep, actor: ActorDep, today: BusinessDateDep) -> SweepRead:
    """Read what 收入户 holds and when it has to be swept into 财政专户."""
    fund_books.require_county(actor, actor.county_code)
    return SweepRead.of(fund_transfer_cases.sweep(session, county_code=actor.county_code, today=today))


@router.get("/{transfer_id}", name="read_fund_transfer", dependencies=[READ])
def read_fund_transfer(response: Response, session: ReadSessionDep, transfer_id: IdIn) -> FundTransferRead:
    """Read one movement."""
    transfer = fund_transfer_cases.get(session, transfer_id)
    response.headers["ETag"] = etag(transfer.version)
    return FundTransferRead.of(transfer)


@router.post("", name="propose_fund_transfer", status_code=201, response_model=FundTransferRead, dependencies=[PROPOSE])
def propose_fund_transfer(
    session: SessionDep, actor: ActorDep, today: BusinessDateDep, idempotency: IdempotencyDep, body: FundTransferCreate
) -> JSONResponse:
    """Propose a movement; nothing is booked yet."""

    def produce() -> FundTransferRead:
        wish = Wish(
            way=body.way,
            amount_fen=body.amount,
            moved_on=body.moved_on,
            bank_reference=body.bank_reference,
            note=body.note,
        )
        return FundTransferRead.of(fund_transfer_cases.propose(session, actor=actor, wish=wish, today=today))

    return idempotency.run(body, produce)


@router.post(
    "/{transfer_id}/decisions",
    name="decide_fund_transfer",
    status_code=201,
    response_model=FundTransferRead,
    dependencies=[requires(Permission.FUND_APPROVE, second_factor=True)],
)
def decide_fund_transfer(
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    version: IfMatchDep,
    transfer_id: IdIn,
    body: FundTransferDecision,
) -> JSONResponse:
    """Approve a movement, which books it, or refuse it."""

    def produce() -> FundTransferRead:
        transfer = fund_transfer_cases.decide(
            session,
            actor=actor,
            transfer_id=transfer_id,
            decision=Decision(body.decision),
            opinion=body.opinion,
            version=version,
            today=today,
        )
        return FundTransferRead.of(transfer)

    return idempotency.run(body, produce)


@router.post(
    "/{transfer_id}/withdrawals",
    name="withdraw_fund_transfer",
    status_code=201,
    response_model=FundTransferRead,
    dependencies=[PROPOSE],
)
def withdraw_fund_transfer(
    session: SessionDep, actor: ActorDep, idempotency: IdempotencyDep, version: IfMatchDep, transfer_id: IdIn
) -> JSONResponse:
    """Take one's own proposal back."""

    def produce() -> FundTransferRead:
        return FundTransferRead.of(
            fund_transfer_cases.withdraw(session, actor=actor, transfer_id=transfer_id, version=version)
        )

    return idempotency.run("", produce)
