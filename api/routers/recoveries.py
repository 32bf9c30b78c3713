"""Recoveries over HTTP: pensions paid too long, and their return."""

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
from api.schemas.base import DivisionIn, IdIn, Page
from api.schemas.settlements import RecoveryRead, RepaymentCreate
from api.services import recoveries
from api.vocabulary import RecoveryState

router = Router(prefix="/recoveries", tags=["recoveries"])


@router.get("", name="list_recoveries", dependencies=[requires(Permission.SETTLEMENT_READ)])
def list_recoveries(
    session: ReadSessionDep,
    page: PageDep,
    state: Annotated[RecoveryState | None, Query()] = None,
    division: Annotated[DivisionIn | None, Query()] = None,
    resident_id: Annotated[IdIn | None, Query()] = None,
) -> Page[RecoveryRead]:
    """List recoveries; `state=open` is what has still to come back."""
    rows, following = recoveries.list_recoveries(
        session, division_code=division, state=state, resident_id=resident_id, limit=page.limit, after=page.after
    )
    return Page(items=[RecoveryRead.of(row, resident_name=name) for row, name in rows], next=following)


@router.get("/{recovery_id}", name="read_recovery", dependencies=[requires(Permission.SETTLEMENT_READ)])
def read_recovery(session: ReadSessionDep, response: Response, recovery_id: IdIn) -> RecoveryRead:
    """Read one recovery."""
    recovery = recoveries.get(session, recovery_id)
    response.headers["ETag"] = etag(recovery.version)
    return RecoveryRead.of(recovery, resident_name=recoveries.name_of(session, recovery))


@router.post(
    "/{recovery_id}/repayments",
    name="repay_recovery",
    dependencies=[requires(Permission.SETTLEMENT_PAY, second_factor=True)],
    status_code=201,
    response_model=RecoveryRead,
)
def repay_recovery(
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    version: IfMatchDep,
    idempotency: IdempotencyDep,
    recovery_id: IdIn,
    body: RepaymentCreate,
) -> JSONResponse:
    """Record that all that was still open has come back to the income account."""

    def produce() -> RecoveryRead:
        recovery = recoveries.repay(
            session,
            actor=actor,
            recovery_id=recovery_id,
            repaid_on=body.repaid_on,
            bank_reference=body.bank_reference,
            expected_version=version,
            today=today,
        )
        return RecoveryRead.of(recovery, resident_name=recoveries.name_of(session, recovery))

    return idempotency.run(body, produce)
