"""The chain over the ledger over HTTP: its links, and its head to keep outside."""

from api.dependencies import ActorDep, PageDep, ReadSessionDep, requires
from api.permissions import Permission
from api.routes import Router
from api.schemas.base import Page
from api.schemas.ledger_seals import LedgerSealRead
from api.services import ledger_seals

router = Router(prefix="/ledger-seals", tags=["ledger-seals"])

READ = requires(Permission.ACCOUNT_READ)


@router.get("", name="list_ledger_seals", dependencies=[READ])
def list_ledger_seals(session: ReadSessionDep, actor: ActorDep, page: PageDep) -> Page[LedgerSealRead]:
    """List the seals of the actor's county, newest first."""
    rows, after = ledger_seals.list_seals(session, county_code=actor.county_code, limit=page.limit, after=page.after)
    return Page(items=[LedgerSealRead.of(row) for row in rows], next=after)


@router.get("/latest", name="read_latest_ledger_seal", dependencies=[READ])
def read_latest_ledger_seal(session: ReadSessionDep, actor: ActorDep) -> LedgerSealRead:
    """Read the head of the county's chain; its code, kept on paper, shows later that nothing was cut off or rewritten."""
    return LedgerSealRead.of(ledger_seals.latest(session, actor.county_code))
