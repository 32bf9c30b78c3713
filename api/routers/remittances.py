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
from api.models import Remittance
from api.permissions import Permission
from api.routes import Router
from api.schemas.base import DivisionIn, IdIn, Page
from api.schemas.remittances import (
    CashInHand,
    CoveredReceiptRead,
    RemittanceConfirmation,
    RemittanceCreate,
    RemittanceRead,
    RemittanceRejection,
)
from api.services import receipts, remittances, users
from api.services.remittances import Advice
from api.vocabulary import RemittanceState

router = Router(prefix="/remittances", tags=["remittances"])


def _read(session: SessionDep, remittance: Remittance) -> RemittanceRead:
    names = users.names_of(session, {remittance.collector_id})
    return RemittanceRead.of(remittance, names.get(remittance.collector_id))


@router.get("", name="list_remittances", dependencies=[requires(Permission.CONTRIBUTION_READ)])
def list_remittances(
    session: ReadSessionDep,
    actor: ActorDep,
    page: PageDep,
    division: Annotated[DivisionIn | None, Query()] = None,
    confirmed: Annotated[bool | None, Query()] = None,
    state: Annotated[RemittanceState | None, Query()] = None,
    collector_id: Annotated[IdIn | None, Query()] = None,
) -> Page[RemittanceRead]:
    """List remittances of a unit (default: the actor's own), newest first."""
    low, high = scope_of(division or actor.division_code)
    rows, after = remittances.list_remittances(
        session,
        low=low,
        high=high,
        confirmed=confirmed,
        state=state,
        collector_id=collector_id,
        limit=page.limit,
        after=page.after,
    )
    names = users.names_of(session, {row.collector_id for row in rows})
    return Page(items=[RemittanceRead.of(row, names.get(row.collector_id)) for row in rows], next=after)


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
    return _read(session, remittance)


@router.get(
    "/{remittance_id}/receipts",
    name="list_remittance_receipts",
    dependencies=[requires(Permission.CONTRIBUTION_READ)],
)
def list_remittance_receipts(session: ReadSessionDep, page: PageDep, remittance_id: IdIn) -> Page[CoveredReceiptRead]:
    """List the receipts whose cash is in a remittance, the oldest first; they add up to it."""
    remittance = remittances.get(session, remittance_id)
    rows, after = remittances.covered(session, remittance, limit=page.limit, after=page.after)
    return Page(
        items=[
            CoveredReceiptRead(
                receipt_id=row.id,
                number=row.number,
                issued_on=row.issued_on,
                resident_id=row.resident_id,
                amount=row.amount_fen,
                covered=int(row.covered_fen),
            )
            for row in rows
        ],
        next=after,
    )


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
        return _read(session, remittance)

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
    body: RemittanceConfirmation | None = None,
) -> JSONResponse:
    """Confirm against the bank's advice, which books the money into 收入户; what differs makes it disputed."""
    advice = None if body is None else Advice(body.bank_reference, body.amount, body.arrived_on)
    # Before the key is taken: the dispute stays on record although the request is refused.
    remittances.compare(session, actor=actor, remittance_id=remittance_id, version=version, advice=advice, today=today)

    def produce() -> RemittanceRead:
        return _read(
            session,
            remittances.confirm(
                session, actor=actor, remittance_id=remittance_id, version=version, today=today, advice=advice
            ),
        )

    return idempotency.run("" if body is None else body, produce)


@router.post(
    "/{remittance_id}/rejections",
    name="reject_remittance",
    status_code=201,
    response_model=RemittanceRead,
    dependencies=[requires(Permission.REMITTANCE_CONFIRM)],
)
def reject_remittance(
    session: SessionDep,
    actor: ActorDep,
    idempotency: IdempotencyDep,
    version: IfMatchDep,
    remittance_id: IdIn,
    body: RemittanceRejection,
) -> JSONResponse:
    """Say that the money never arrived; its cash is in the collector's hand again."""

    def produce() -> RemittanceRead:
        return _read(
            session,
            remittances.reject(session, actor=actor, remittance_id=remittance_id, reason=body.reason, version=version),
        )

    return idempotency.run(body, produce)
