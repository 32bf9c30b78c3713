"""Cash receipts over HTTP. They are only ever issued together with a contribution."""

from typing import Annotated

from fastapi import Query

from api.database import scope_of
from api.dependencies import ActorDep, PageDep, ReadSessionDep, requires
from api.permissions import Permission
from api.routes import Router
from api.schemas.base import DivisionIn, IdIn, Page
from api.schemas.receipts import ReceiptRead
from api.services import receipts

router = Router(prefix="/receipts", tags=["receipts"])


@router.get("", name="list_receipts", dependencies=[requires(Permission.CONTRIBUTION_READ)])
def list_receipts(
    session: ReadSessionDep,
    actor: ActorDep,
    page: PageDep,
    division: Annotated[DivisionIn | None, Query()] = None,
    collector_id: Annotated[IdIn | None, Query()] = None,
) -> Page[ReceiptRead]:
    """List receipts of a unit (default: the actor's own), newest first."""
    low, high = scope_of(division or actor.division_code)
    rows, after = receipts.list_receipts(
        session, low=low, high=high, collector_id=collector_id, limit=page.limit, after=page.after
    )
    return Page(items=[ReceiptRead.of(row) for row in rows], next=after)


@router.get("/{receipt_id}", name="read_receipt", dependencies=[requires(Permission.CONTRIBUTION_READ)])
def read_receipt(session: ReadSessionDep, receipt_id: IdIn) -> ReceiptRead:
    """Read one receipt."""
    return ReceiptRead.of(receipts.get(session, receipt_id))
