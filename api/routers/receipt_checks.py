"""收据查验 over HTTP: anybody may ask about a paper that they hold; and the system draws whom to call back."""

from typing import Annotated

from fastapi import Query, Request

from api.database import scope_of
from api.dependencies import (
    ActorDep,
    BusinessDateDep,
    KeyringDep,
    ReadSessionDep,
    ServiceDep,
    address_of,
    requires,
)
from api.permissions import Permission
from api.routes import Router
from api.schemas.base import DayIn, DivisionIn
from api.schemas.receipt_checks import ReceiptSample, ReceiptSampleRead, ReceiptVerification, ReceiptVerified
from api.services import receipt_checks

router = Router(prefix="/receipts", tags=["receipts"])


@router.post("/verifications", name="verify_receipt", dependencies=[requires(Permission.PUBLIC)])
def verify_receipt(
    request: Request, service: ServiceDep, keyring: KeyringDep, body: ReceiptVerification
) -> ReceiptVerified:
    """Say whether a paper receipt is in the books, with its amount, day and year. Needs no sign-in, names nobody."""
    found = receipt_checks.check(
        service.database, keyring, serial=body.number, code=body.code, address=address_of(request)
    )
    if found is None:
        return ReceiptVerified(valid=False)
    return ReceiptVerified(
        valid=True,
        amount=found.amount_fen,
        issued_on=found.issued_on,
        contribution_year=found.contribution_year,
        kind=found.kind,
        reversed=found.is_reversed,
        partly_reversed=found.is_partly_reversed,
    )


@router.get("/samples", name="draw_receipt_sample", dependencies=[requires(Permission.RECEIPT_SAMPLE)])
def draw_receipt_sample(
    session: ReadSessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    division: Annotated[DivisionIn | None, Query()] = None,
    day: Annotated[DayIn | None, Query()] = None,
    n: Annotated[int, Query(ge=1, le=50)] = 5,
) -> ReceiptSample:
    """Draw receipts of the last month whose payers are called back: the same for a unit and day, chosen by nobody."""
    low, high = scope_of(division or actor.division_code)
    rows = receipt_checks.sample(
        session, keyring, actor=actor, low=low, high=high, day=day or today, today=today, count=n
    )
    return ReceiptSample(
        day=day or today,
        items=[
            ReceiptSampleRead(
                receipt_id=row.id,
                serial=f"{row.id // 10**10}-{row.collector_id % 10**10}-{row.number:06d}",
                collector_id=row.collector_id,
                collector_name=row.collector_name,
                resident_id=row.resident_id,
                resident_name=row.resident_name,
                division_code=row.division_code,
                division_name=row.division_name,
                contribution_year=row.contribution_year,
                amount=row.amount_fen,
                issued_on=row.issued_on,
            )
            for row in rows
        ],
    )
