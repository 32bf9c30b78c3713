"""Cash receipts over HTTP. They are only ever issued together with a contribution."""

from datetime import date
from typing import Annotated, Any

from fastapi import Header, Query
from fastapi.responses import Response

from api.database import scope_of
from api.dependencies import ActorDep, BusinessDateDep, KeyringDep, PageDep, ReadSessionDep, requires
from api.permissions import Permission
from api.routers.collectors import gap_read
from api.routes import Router
from api.schemas.base import DayIn, DivisionIn, IdIn, Page
from api.schemas.receipts import ReceiptGapsRead, ReceiptListed
from api.services import collectors, receipt_prints, receipts
from api.services.collectors import Missing
from api.services.receipts import Listed

router = Router(prefix="/receipts", tags=["receipts"])
PDF = "application/pdf"


@router.get("", name="list_receipts", dependencies=[requires(Permission.CONTRIBUTION_READ)])
def list_receipts(
    session: ReadSessionDep,
    actor: ActorDep,
    page: PageDep,
    division: Annotated[DivisionIn | None, Query()] = None,
    collector_id: Annotated[IdIn | None, Query()] = None,
    issued_on: Annotated[DayIn | None, Query()] = None,
) -> Page[ReceiptListed]:
    """List receipts of a unit (default: the actor's own), newest first."""
    low, high = scope_of(division or actor.division_code)
    rows, after = receipts.list_receipts(
        session,
        low=low,
        high=high,
        collector_id=collector_id,
        issued_on=issued_on,
        limit=page.limit,
        after=page.after,
    )
    return Page(items=[_listed(row) for row in receipts.dressed(session, rows)], next=after)


def _listed(row: Listed) -> ReceiptListed:
    return ReceiptListed.of(
        row.receipt,
        resident_name=row.resident_name,
        collector_name=row.collector_name,
        is_reversed=row.is_reversed,
        is_partly_reversed=row.is_partly_reversed,
    )


@router.get("/gaps", name="list_receipt_gaps", dependencies=[requires(Permission.CONTRIBUTION_READ)])
def list_receipt_gaps(
    session: ReadSessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    page: PageDep,
    division: Annotated[DivisionIn | None, Query()] = None,
    as_of: Annotated[DayIn | None, Query()] = None,
) -> Page[ReceiptGapsRead]:
    """List the numbers that should have come to the books by a day (default: today), by collector."""
    low, high = scope_of(division or actor.division_code)
    rows, after = collectors.list_missing(
        session, low=low, high=high, as_of=as_of or today, limit=page.limit, after=page.after
    )
    return Page(items=[_missing(row, as_of or today) for row in rows], next=after)


def _missing(row: Missing, as_of: date) -> ReceiptGapsRead:
    return ReceiptGapsRead(
        collector_id=row.collector_id,
        name=row.name,
        division_code=row.division_code,
        division_name=row.division_name,
        count=len(row.gaps),
        gaps=[gap_read(gap, as_of) for gap in row.gaps],
        unused=row.unused_count,
    )


@router.get(
    "/{receipt_id}",
    name="read_receipt",
    response_model=ReceiptListed,
    responses={200: {"content": {PDF: {}}}},
    dependencies=[requires(Permission.CONTRIBUTION_READ)],
)
def read_receipt(
    session: ReadSessionDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    receipt_id: IdIn,
    accept: Annotated[str | None, Header()] = None,
) -> Any:
    """Read one receipt; `Accept` with pdf gives the paper."""
    receipt = receipts.get(session, receipt_id)
    if accept is not None and PDF in accept:
        content = receipt_prints.pdf(session, keyring, receipt, today=today)
        name = f"receipt-{receipt.id}.pdf"
        return Response(content, media_type=PDF, headers={"Content-Disposition": f'inline; filename="{name}"'})
    [shown] = receipts.dressed(session, [receipt])
    return _listed(shown)
