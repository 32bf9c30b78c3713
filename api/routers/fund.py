"""The fund's books over HTTP: balances by account, journals, the persons behind a journal, the printed voucher."""

from datetime import date
from typing import Annotated, Any

from fastapi import Header, Query
from fastapi.responses import Response

from api.dependencies import ActorDep, BusinessDateDep, PageDep, ReadSessionDep, requires
from api.exchange import fund_documents
from api.permissions import Permission
from api.routes import Router
from api.schemas.base import DayIn, DivisionIn, IdIn, Page
from api.schemas.fund import FundAccountRead, FundAccountsRead, JournalDetailRead, JournalPersonRead, JournalRead
from api.services import divisions, fund_books
from api.services.fund_books import JournalQuestion
from api.vocabulary import FundAccount, JournalKind

router = Router(prefix="/fund", tags=["fund"])
READ = requires(Permission.FUND_READ)
PDF = "application/pdf"


@router.get("/accounts", name="list_fund_accounts", dependencies=[READ])
def list_fund_accounts(
    session: ReadSessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    division: Annotated[DivisionIn | None, Query()] = None,
    on: Annotated[DayIn | None, Query()] = None,
) -> FundAccountsRead:
    """Balances of every account as of a day (default: today), of a unit (default: one's own)."""
    unit = divisions.get_own(session, division or actor.division_code).code
    held = fund_books.account_balances(session, division_code=unit, on=on or today)
    return FundAccountsRead(on=on or today, division_code=unit, items=[FundAccountRead.of(one) for one in held])


@router.get("/journals", name="list_fund_journals", dependencies=[READ])
def list_fund_journals(
    session: ReadSessionDep,
    actor: ActorDep,
    page: PageDep,
    account: Annotated[FundAccount | None, Query()] = None,
    party: Annotated[IdIn | None, Query()] = None,
    kind: Annotated[JournalKind | None, Query()] = None,
    first: Annotated[DayIn | None, Query(alias="from")] = None,
    last: Annotated[DayIn | None, Query(alias="to")] = None,
    division: Annotated[DivisionIn | None, Query()] = None,
) -> Page[JournalRead]:
    """List journals with their lines, newest day of the books first."""
    question = JournalQuestion(
        division_code=division or actor.division_code,
        account=account,
        party_id=party,
        kind=kind,
        first=first,
        last=last,
    )
    rows, after = fund_books.list_journals(session, question, limit=page.limit, after=page.after)
    return Page(items=[JournalRead.of(row, lines) for row, lines in rows], next=after)


@router.get(
    "/journals/{journal_id}",
    name="read_fund_journal",
    response_model=JournalDetailRead,
    responses={200: {"content": {PDF: {}}}},
    dependencies=[READ],
)
def read_fund_journal(
    session: ReadSessionDep, today: BusinessDateDep, journal_id: IdIn, accept: Annotated[str | None, Header()] = None
) -> Any:
    """Read one journal; `Accept` with pdf prints its 记账凭证."""
    read = JournalDetailRead.of_detail(fund_books.journal_detail(session, journal_id))
    if accept is None or PDF not in accept:
        return read
    return _pdf(fund_documents.voucher(read.model_dump(mode="json"), printed_on=today), f"voucher-{journal_id}.pdf")


def _pdf(content: bytes, name: str) -> Response:
    return Response(content, media_type=PDF, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@router.get("/journals/{journal_id}/persons", name="list_journal_persons", dependencies=[READ])
def list_journal_persons(session: ReadSessionDep, page: PageDep, journal_id: IdIn) -> Page[JournalPersonRead]:
    """List whose accounts a journal changed, and by how much."""
    rows, after = fund_books.list_persons(session, journal_id, limit=page.limit, after=page.after)
    items = [
        JournalPersonRead(
            resident_id=row.resident_id,
            name=row.name,
            division_code=row.division_code,
            value_month=f"{date(row.value_year, row.value_month, 1):%Y-%m}",
            personal=row.personal_fen,
            collective=row.collective_fen,
            gov=row.gov_fen,
            fund=row.fund_fen,
        )
        for row in rows
    ]
    return Page(items=items, next=after)
