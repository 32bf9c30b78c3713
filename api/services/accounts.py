"""个人账户 as people ask for it: the balance now or on a day, the lines behind it, and the statement of a year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from api.database import run_sql
from api.errors import DomainError, Invalid, NotFound
from api.models import Account
from api.policy.ages import Month
from api.policy.money import NOTHING, BySource
from api.services.contribution_rules import complete_years
from api.services.contributions import standing
from api.services.pages import decode_cursor, encode_cursor
from api.vocabulary import JournalKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

COUNTY_SPAN = 10_000_000_000
INTEREST = frozenset({JournalKind.INTEREST, JournalKind.SETTLEMENT_INTEREST, JournalKind.INTEREST_CORRECTION})
FOLDER = "accounts"


class HistoryOutsideScope(DomainError):
    """Some lines were booked in a unit that the actor may not see, so a sum of the visible ones would be wrong."""

    code = "history-outside-scope"
    title = "部分历史记录属于原村，请由街道或县级查询"


class DayInFuture(Invalid):
    """A balance of a day that has not come."""

    code = "day-in-future"
    title = "日期不能晚于今天"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the account: what it is, its amounts in fen by source, its value month and its day in the books."""

    journal_id: int
    kind: JournalKind
    booked_on: date
    value_month: Month
    contribution_year: int | None
    amounts: BySource
    fund_fen: int


@dataclass(frozen=True, slots=True)
class Balance:
    """What an account holds on a day."""

    account: Account
    amounts: BySource
    as_of: date


@dataclass(frozen=True, slots=True)
class Statement:
    """对账单 of one year: opening, credits, interest and debits by source, closing, and the years that count."""

    account: Account
    year: int
    opening: BySource
    credits: BySource
    interest: BySource
    debits: BySource
    closing: BySource
    paid_years: int
    lines: Sequence[Line]


def get(session: Session, resident_id: int) -> Account:
    """Return a person's account. Raises `NotFound`."""
    account = session.get(Account, (resident_id // COUNTY_SPAN, resident_id))
    if account is None:
        raise NotFound
    return account


def balance(session: Session, *, resident_id: int, as_of: date | None, today: date) -> Balance:
    """Return the balance by source now, or at the end of a past day as the lines tell it.

    Raises `NotFound`, `DayInFuture`, `HistoryOutsideScope`.
    """
    account = get(session, resident_id)
    now = BySource(account.personal_fen, account.collective_fen, account.gov_fen)
    if as_of is None:
        return Balance(account, now, today)
    if as_of > today:
        raise DayInFuture(pointer="/as_of")
    lines = _all_lines(session, account, now)
    return Balance(account, _sum([line for line in lines if line.booked_on <= as_of]), as_of)


def list_lines(
    session: Session, *, resident_id: int, limit: int, after: str | None
) -> tuple[Sequence[Line], str | None]:
    """Return the account's lines, newest booking first, and the next cursor. Raises `NotFound`."""
    account = get(session, resident_id)
    start = decode_cursor(after, int)
    rows = run_sql(
        session,
        FOLDER,
        "20_list_lines",
        county_code=account.county_code,
        resident_id=resident_id,
        before=start[0] if start else 2**62,
        maximum=limit + 1,
    ).all()
    lines = [_line(row) for row in rows]
    following = encode_cursor(lines[limit - 1].journal_id) if len(lines) > limit else None
    return lines[:limit], following


def statement(session: Session, *, resident_id: int, year: int, today: date) -> Statement:
    """Return the statement of a year by value date: what was credited in it and the interest that it earned.

    Raises `NotFound`, `DayInFuture`, `HistoryOutsideScope`. Social Insurance Law art. 74: free of charge.
    """
    if year > today.year:
        raise DayInFuture(pointer="/year")
    account = get(session, resident_id)
    now = BySource(account.personal_fen, account.collective_fen, account.gov_fen)
    lines = _all_lines(session, account, now)
    of_year = [line for line in lines if line.value_month.year == year]
    interest = [line for line in of_year if line.kind in INTEREST]
    # A reversal bears the value date of what it undoes, so it belongs among the credits that it takes back.
    pensions = [line for line in of_year if line.kind is JournalKind.PAYMENT_SETTLED]
    others = [line for line in of_year if line not in interest and line not in pensions]
    return Statement(
        account=account,
        year=year,
        opening=_sum([line for line in lines if line.value_month.year < year]),
        credits=_sum(others),
        interest=_sum(interest),
        debits=NOTHING - _sum(pensions),
        closing=_sum([line for line in lines if line.value_month.year <= year]),
        paid_years=len(complete_years(standing(session, account.county_code, resident_id), until=year)),
        lines=of_year,
    )


def _all_lines(session: Session, account: Account, now: BySource) -> list[Line]:
    """Every line, oldest first; they must explain the balance, or some of them are hidden from the actor."""
    rows = run_sql(
        session, FOLDER, "10_read_history", county_code=account.county_code, resident_id=account.resident_id
    ).all()
    lines = [_line(row) for row in rows]
    if _sum(lines) != now:
        raise HistoryOutsideScope
    return lines


def _line(row: Any) -> Line:
    """Runs are booked under the town, which a village may not see: then the line itself tells what it is."""
    month = Month(row.value_year, row.value_month)
    amounts = BySource(row.personal_fen, row.collective_fen, row.gov_fen)
    if row.kind is not None:
        kind = JournalKind(row.kind)
    elif row.contribution_year is not None:
        kind = JournalKind.CONTRIBUTION
    else:
        paid_out = amounts.total_fen < 0 or row.fund_fen > 0
        kind = JournalKind.PAYMENT_SETTLED if paid_out else JournalKind.INTEREST
    return Line(
        journal_id=row.journal_id,
        kind=kind,
        booked_on=row.business_date or month.last_day,
        value_month=month,
        contribution_year=row.contribution_year,
        amounts=amounts,
        fund_fen=row.fund_fen,
    )


def _sum(lines: Sequence[Line]) -> BySource:
    return sum((line.amounts for line in lines), start=NOTHING)
