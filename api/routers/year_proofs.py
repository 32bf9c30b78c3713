"""Year proofs over HTTP: made for a county, listed, printed to be signed and kept."""

from typing import Annotated, Any, Final

from fastapi import Path, Query, Response

from api.dependencies import ActorDep, BusinessDateDep, PageDep, ReadSessionDep, ServiceDep, SessionDep, requires
from api.permissions import Permission
from api.routes import Router
from api.schemas.base import Page
from api.schemas.year_proofs import YearProofCreate, YearProofRead
from api.services import account_prints, ledger_seals, year_proofs

router = Router(prefix="/year-proofs", tags=["year-proofs"])

READ = requires(Permission.ACCOUNT_READ)
PDF: Final = "application/pdf"
PDF_RESPONSE: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {PDF: {}}}}


@router.post("", name="make_year_proof", status_code=201, dependencies=[requires(Permission.INTEREST_RUN)])
def make_year_proof(
    service: ServiceDep, session: SessionDep, actor: ActorDep, today: BusinessDateDep, body: YearProofCreate
) -> YearProofRead:
    """Prove a county's year, once its interest is posted. The year is the key: unchanged, the last proof is returned."""
    # The seal is a transaction of its own: what it covers has to be over before the proof stands on it.
    ledger_seals.seal(service.database, int(body.county))
    made = year_proofs.make(session, actor=actor, county_code=int(body.county), year=body.year, today=today)
    return YearProofRead.of(made)


@router.get("", name="list_year_proofs", dependencies=[READ])
def list_year_proofs(session: ReadSessionDep, actor: ActorDep, page: PageDep) -> Page[YearProofRead]:
    """List the proofs of the actor's county, newest first."""
    rows, after = year_proofs.list_proofs(session, county_code=actor.county_code, limit=page.limit, after=page.after)
    return Page(items=[YearProofRead.of(row) for row in rows], next=after)


@router.get(
    "/{year}/sheet", name="print_year_proof", response_class=Response, responses=PDF_RESPONSE, dependencies=[READ]
)
def print_year_proof(
    session: ReadSessionDep,
    actor: ActorDep,
    year: Annotated[int, Path(ge=2009, le=2100)],
    version: Annotated[int | None, Query(ge=1, le=999)] = None,
) -> Response:
    """Print the sheet of a county's year: sums, village by village, the root and the seal, with places to sign."""
    made = year_proofs.get(session, county_code=actor.county_code, year=year, version=version)
    name = f"year-proof-{made.county_code}-{made.year}-{made.version}.pdf"
    content = account_prints.print_year_proof(session, made)
    return Response(content, media_type=PDF, headers={"Content-Disposition": f'inline; filename="{name}"'})
