"""Accounts over HTTP: balances by source, the lines behind them, the statement and the proof of a year."""

from typing import Annotated, Any, Final

from fastapi import Query, Response

from api.dependencies import (
    ActorDep,
    BusinessDateDep,
    KeyringDep,
    PageDep,
    ReadSessionDep,
    SessionDep,
    requires,
)
from api.permissions import Permission
from api.routes import Router
from api.schemas.accounts import AccountLineRead, AccountRead, SourceAmounts, StatementRead
from api.schemas.base import DayIn, DivisionIn, IdIn, Page
from api.schemas.contributions import ReasonRead
from api.schemas.year_proofs import AccountProofRead
from api.services import account_prints, account_statements, accounts, audit_events, year_proofs

router = Router(prefix="/accounts", tags=["accounts"])

READ = requires(Permission.ACCOUNT_READ)
PDF: Final = "application/pdf"
PDF_RESPONSE: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {PDF: {}}}}
YearIn = Annotated[int, Query(ge=2009, le=2100)]


def _line(line: accounts.Line) -> AccountLineRead:
    return AccountLineRead.of(
        journal_id=line.journal_id,
        kind=line.kind,
        booked_on=line.booked_on,
        value_month=line.value_month,
        contribution_year=line.contribution_year,
        amounts=line.amounts,
        fund_fen=line.fund_fen,
    )


@router.get(
    "/statements", name="print_account_statements", response_class=Response, responses=PDF_RESPONSE, dependencies=[READ]
)
def print_account_statements(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    division: Annotated[DivisionIn, Query()],
    year: YearIn,
    group: Annotated[str | None, Query(min_length=1, max_length=50)] = None,
) -> Response:
    """Print the statements of a village, or of one group, in the order of its roll; the print is on record."""
    sheets = account_statements.village_sheets(session, division_code=division, group=group, year=year, today=today)
    content = account_prints.print_statements(sheets, keyring, year=year, today=today)
    audit_events.record(
        session, actor=actor, action="print_account_statements", subject_kind="division", subject_id=division,
        division_code=division, year=year, sheets=len(sheets),
    )  # fmt: skip
    return _pdf(content, f"account-statements-{division}-{year}.pdf")


@router.get("/{resident_id}", name="read_account", dependencies=[READ])
def read_account(
    session: ReadSessionDep,
    today: BusinessDateDep,
    resident_id: IdIn,
    as_of: Annotated[DayIn | None, Query()] = None,
    value_on: Annotated[DayIn | None, Query()] = None,
) -> AccountRead:
    """Read the balance by source: now, as the books had it on a day (`as_of`), or of what had its value by a month."""
    found = accounts.balance(session, resident_id=resident_id, as_of=as_of, value_on=value_on, today=today)
    return AccountRead.of(found.account, found.amounts, found.accrued, as_of=found.as_of, value_on=found.value_on)


@router.get("/{resident_id}/lines", name="list_account_lines", dependencies=[READ])
def list_account_lines(session: ReadSessionDep, page: PageDep, resident_id: IdIn) -> Page[AccountLineRead]:
    """List the lines of an account, newest first."""
    rows, after = accounts.list_lines(session, resident_id=resident_id, limit=page.limit, after=page.after)
    return Page(items=[_line(row) for row in rows], next=after)


@router.get("/{resident_id}/statement", name="read_account_statement", dependencies=[READ])
def read_account_statement(
    session: ReadSessionDep, today: BusinessDateDep, resident_id: IdIn, year: YearIn
) -> StatementRead:
    """Read the statement of a year: opening, credits, interest, debits and closing by source, and why."""
    found = account_statements.statement(session, resident_id=resident_id, year=year, today=today)
    return StatementRead(
        resident_id=resident_id,
        year=year,
        opening=SourceAmounts.of(found.opening),
        credits=SourceAmounts.of(found.credits),
        interest=SourceAmounts.of(found.interest),
        corrections=SourceAmounts.of(found.corrections),
        debits=SourceAmounts.of(found.debits),
        closing=SourceAmounts.of(found.closing),
        tier=found.tier_fen,
        paid_years=found.paid_years,
        rate=found.rate,
        reasons=[ReasonRead.of(reason) for reason in found.reasons],
        is_explained=found.is_explained,
        interest_through=found.account.interest_through,
        lines=[_line(line) for line in found.lines],
    )


@router.get(
    "/{resident_id}/statement/sheet",
    name="print_account_statement",
    response_class=Response,
    responses=PDF_RESPONSE,
    dependencies=[READ],
)
def print_account_statement(
    session: ReadSessionDep, keyring: KeyringDep, today: BusinessDateDep, resident_id: IdIn, year: YearIn
) -> Response:
    """Print the statement of a year: name, masked number, all lines, how the interest was computed, and the proof."""
    sheet = account_statements.sheet(session, resident_id=resident_id, year=year, today=today)
    content = account_prints.print_statements([sheet], keyring, year=year, today=today)
    return _pdf(content, f"account-statement-{resident_id}-{year}.pdf")


@router.get("/{resident_id}/proof", name="read_account_proof", dependencies=[READ])
def read_account_proof(
    session: ReadSessionDep,
    resident_id: IdIn,
    year: YearIn,
    version: Annotated[int | None, Query(ge=1, le=999)] = None,
) -> AccountProofRead:
    """Read the proof that an account was among those of a year's end; `nongbao check-proof` checks it as a file."""
    found = year_proofs.of_account(session, resident_id=resident_id, year=year, version=version)
    return AccountProofRead.of(found.made, found.division_code, found.proof)


def _pdf(content: bytes, name: str) -> Response:
    return Response(content, media_type=PDF, headers={"Content-Disposition": f'inline; filename="{name}"'})
