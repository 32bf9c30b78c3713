"""Accounts over HTTP: balances by source, the lines behind them, the statement of a year."""

from typing import Annotated

from fastapi import Query

from api.dependencies import BusinessDateDep, PageDep, ReadSessionDep, requires
from api.permissions import Permission
from api.routes import Router
from api.schemas.accounts import AccountLineRead, AccountRead, SourceAmounts, StatementRead
from api.schemas.base import DayIn, IdIn, Page
from api.services import accounts

router = Router(prefix="/accounts", tags=["accounts"])

READ = requires(Permission.ACCOUNT_READ)


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


@router.get("/{resident_id}", name="read_account", dependencies=[READ])
def read_account(
    session: ReadSessionDep, today: BusinessDateDep, resident_id: IdIn, as_of: Annotated[DayIn | None, Query()] = None
) -> AccountRead:
    """Read the balance by source, now or at the end of a past day."""
    found = accounts.balance(session, resident_id=resident_id, as_of=as_of, today=today)
    return AccountRead.of(found.account, found.amounts, found.as_of)


@router.get("/{resident_id}/lines", name="list_account_lines", dependencies=[READ])
def list_account_lines(session: ReadSessionDep, page: PageDep, resident_id: IdIn) -> Page[AccountLineRead]:
    """List the lines of an account, newest first."""
    rows, after = accounts.list_lines(session, resident_id=resident_id, limit=page.limit, after=page.after)
    return Page(items=[_line(row) for row in rows], next=after)


@router.get("/{resident_id}/statement", name="read_account_statement", dependencies=[READ])
def read_account_statement(
    session: ReadSessionDep,
    today: BusinessDateDep,
    resident_id: IdIn,
    year: Annotated[int, Query(ge=2009, le=2100)],
) -> StatementRead:
    """Read the statement of a year: opening, credits, interest, debits and closing by source."""
    found = accounts.statement(session, resident_id=resident_id, year=year, today=today)
    return StatementRead(
        resident_id=resident_id,
        year=year,
        opening=SourceAmounts.of(found.opening),
        credits=SourceAmounts.of(found.credits),
        interest=SourceAmounts.of(found.interest),
        debits=SourceAmounts.of(found.debits),
        closing=SourceAmounts.of(found.closing),
        paid_years=found.paid_years,
        interest_through=found.account.interest_through,
        lines=[_line(line) for line in found.lines],
    )
