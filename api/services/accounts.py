"""个人账户 as people ask for it: the balance now, on a day or as of a value date, and the lines behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from api.database import run_sql
from api.errors import DomainError, Invalid, NotFound
from api.models import Account
from api.policy.ages import Month
from api.policy.money import NOTHING, BySource
from api.policy.statements import accrued
from api.services.interest_laws import YearLaw, law_of_year
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
    """What an account holds: by the books of `as_of`, of what had its value by `value_on`; and what it has earned since.

    `accrued` is interest to the end of the last whole month that is not posted in these lines, for information; None
    where some lines are hidden from the actor.
    """

    account: Account
    amounts: BySource
    accrued: BySource | None
    as_of: date
    value_on: date


def get(session: Session, resident_id: int) -> Account:
    """Return a person's account. Raises `NotFound`."""
    account = session.get(Account, (resident_id // COUNTY_SPAN, resident_id))
    if account is None:
        raise NotFound
    return account


def balance(
    session: Session, *, resident_id: int, as_of: date | None, today: date, value_on: date | None = None
) -> Balance:
    """Return the balance by source now; or by what the books knew at the end of a past day (`as_of`); or of what had its
    value by the end of a day's month (`value_on`), as known now or then.

    Raises `NotFound`, `DayInFuture`, `HistoryOutsideScope`.
    """
    account = get(session, resident_id)
    known, valued = as_of or today, value_on or as_of or today
    if known > today:
        raise DayInFuture(pointer="/as_of")
    if valued > today:
        raise DayInFuture(pointer="/value_on")
    if as_of is None and value_on is None:
        now = BySource(account.personal_fen, account.collective_fen, account.gov_fen)
        try:
            lines = all_lines(session, account)
        except HistoryOutsideScope:
            # What the account holds is the village's to know wherever it was booked.
            return Balance(account, now, None, known, valued)
        return Balance(account, now, _accrued(session, account, lines, known, valued), known, valued)
    lines = [
        line for line in all_lines(session, account) if line.booked_on <= known and line.value_month <= Month.of(valued)
    ]
    return Balance(account, sum_lines(lines), _accrued(session, account, lines, known, valued), known, valued)


def _accrued(session: Session, account: Account, lines: Sequence[Line], known: date, valued: date) -> BySource:
    """Interest earned by some lines to the end of the last whole month and not among them."""
    if account.state == "closed":
        return NOTHING
    until = Month.of(valued) if valued == Month.of(valued).last_day else Month.of(valued).plus(-1)
    through = account.interest_through
    posted = [line.value_month for line in lines if line.kind in INTEREST]
    if through is not None and through <= min(known, valued):
        posted.append(Month.of(through))
    posted_to = max(posted, default=None)
    laws: dict[int, YearLaw] = {}

    def law(year: int) -> YearLaw:
        if year not in laws:
            laws[year] = law_of_year(session, account.county_code, year)
        return laws[year]

    return accrued(
        opening=sum_lines([line for line in lines if posted_to is not None and line.value_month <= posted_to]),
        lines=[(line.value_month, line.amounts) for line in lines if posted_to is None or line.value_month > posted_to],
        posted_to=posted_to,
        until=until,
        accrual_for=lambda year: law(year).accrual,
        rounding_for=lambda year: law(year).rounding,
    )


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
    lines = [_line(row, account) for row in rows]
    following = encode_cursor(lines[limit - 1].journal_id) if len(lines) > limit else None
    return lines[:limit], following


def all_lines(session: Session, account: Account) -> list[Line]:
    """Return every line, oldest first; they must explain the balance, or some of them are hidden from the actor.

    Raises `HistoryOutsideScope`.
    """
    now = BySource(account.personal_fen, account.collective_fen, account.gov_fen)
    rows = run_sql(
        session, FOLDER, "10_read_history", county_code=account.county_code, resident_id=account.resident_id
    ).all()
    lines = [_line(row, account) for row in rows]
    if sum_lines(lines) != now:
        raise HistoryOutsideScope
    return lines


def _line(row: Any, account: Account) -> Line:
    """Runs are booked under the town, which a village may not see: then the line itself tells what it is."""
    month = Month(row.value_year, row.value_month)
    amounts = BySource(row.personal_fen, row.collective_fen, row.gov_fen)
    if row.kind is not None:
        kind = JournalKind(row.kind)
    elif row.contribution_year is not None:
        by_government = amounts.personal_fen == amounts.collective_fen == 0
        kind = JournalKind.SUBSIDY if by_government else JournalKind.CONTRIBUTION
    else:
        kind = _hidden_kind(amounts, row.fund_fen, account)
    return Line(
        journal_id=row.journal_id,
        kind=kind,
        booked_on=row.business_date or month.last_day,
        value_month=month,
        contribution_year=row.contribution_year,
        amounts=amounts,
        fund_fen=row.fund_fen,
    )


def _hidden_kind(amounts: BySource, fund_fen: int, account: Account) -> JournalKind:
    """What a line without a contribution's year is, by itself: interest comes in, pensions go out of accounts that pay."""
    if amounts.total_fen >= 0 and fund_fen == 0:
        return JournalKind.INTEREST
    return JournalKind.PAYMENT_SETTLED if account.paid_count or fund_fen else JournalKind.INTEREST_CORRECTION


def sum_lines(lines: Sequence[Line]) -> BySource:
    """Sum lines by source."""
    return sum((line.amounts for line in lines), start=NOTHING)
