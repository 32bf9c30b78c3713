"""会计期间: which day a booking gets in the fund's books. A closed month takes nothing more.

Whoever posts to a month holds a shared lock on it to the end of their transaction, and whoever closes it an exclusive
one: so a closing sees every journal of its month, and no journal can slip in behind it. The locks are advisory, since
most months have no row to lock and a row that every posting locks would be written by every posting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from api.database import ask, send_later
from api.errors import DomainError
from api.wire import Prepared

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from api.wire import Call

CLOSED_STATES = ("closed", "reopening")
"""States of a month that takes no journal. They stand in the statements below as well."""

_HOLD = Prepared("fund_month_hold", "text", "SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 0))")
# A statement of its own behind the lock, so that it sees what a closing that held the lock has committed.
_CLOSED = Prepared(
    "fund_month_closed",
    "int, date",
    "SELECT 1 FROM fund_periods WHERE county_code = $1 AND month = $2 AND state IN ('closed', 'reopening')",
)


class PeriodClosed(DomainError):
    """The month is closed: its books stay as they were approved."""

    code = "period-closed"
    title = "该月份已经月结，不能再入账"


def lock_name(county_code: int, day: date) -> str:
    """Name of the lock of a county's month."""
    return f"fund_month:{county_code}:{day:%Y-%m}"


def hold(county_code: int, day: date) -> Call:
    """Return the statement that keeps a month from being closed until the transaction ends."""
    return _HOLD.of(lock_name(county_code, day))


def closed_on(day: date) -> PeriodClosed:
    """Return the refusal of a day, in words."""
    return PeriodClosed(
        f"{day:%Y年%m月}已经月结，不能再以{day.isoformat()}入账；请以今天的日期入账，或先按规定重开该月。"
    )


def booking_day(session: Session, county_code: int, *, wanted: date, today: date) -> date:
    """Return the day under which the books take an event of `wanted`: that day, or today once its month is closed.

    The month of the answer stays open until the transaction ends. Value dates are another matter: what a person's
    account earns follows the day of the event, whatever month the books take it in. Asks nothing of the database for a
    day of the current month, which cannot be closed before it is over.
    """
    if (wanted.year, wanted.month) == (today.year, today.month):
        send_later(session, hold(county_code, wanted))
        return wanted
    _, closed = ask(session, hold(county_code, wanted), _CLOSED.of(county_code, wanted.replace(day=1)))
    if not closed:
        return wanted
    send_later(session, hold(county_code, today))
    return today


def require_open(session: Session, county_code: int, day: date) -> None:
    """Keep the month of a day open until the transaction ends, for steps that write journals by themselves.

    Raises `PeriodClosed`.
    """
    _, closed = ask(session, hold(county_code, day), _CLOSED.of(county_code, day.replace(day=1)))
    if closed:
        raise closed_on(day)


def seize(session: Session, county_code: int, month: date) -> None:
    """Wait until nobody posts to a month any more, and let nobody begin, until the transaction ends."""
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": lock_name(county_code, month)}
    )
