"""利息更正: what enters or leaves an account with a value date before its interest was posted changes that interest.

Nothing that stands is edited. The difference of each closed period is a line of its own, so that the account ends as if
everything had been known in time (features 62; policy.md §4.2-4.5).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from api.database import next_id, run_sql, scope_of
from api.errors import DomainError
from api.policy.ages import Month
from api.policy.money import BySource
from api.services import ledger
from api.services.contributions import AccountNotOpen
from api.services.fund_periods import booking_day
from api.services.interest_laws import law_of_year

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

FOLDER = "interest_correction"
_UNITS = (1_000, 1_000_000)
"""Codes of villages are below a town's thousand, those of towns below a county's million."""


class CorrectionOutsideScope(DomainError):
    """Corrections need every line of the accounts and the county's runs, which only the county sees."""

    code = "correction-outside-scope"
    title = "利息更正须由县级办理"


@dataclass(frozen=True, slots=True)
class Correction:
    """What was posted for one closing: the month at whose end interest had been posted, lines, and fen by source."""

    journal_id: int
    month: Month
    row_count: int
    amounts: BySource


def correct(
    session: Session,
    *,
    maker_id: int,
    checker_id: int,
    county_code: int,
    resident_ids: Sequence[int],
    since: date,
    today: date,
) -> tuple[Correction, ...]:
    """Post the interest that is lacking or too much since a value date; to be called after the lines are posted.

    `maker_id` and `checker_id` are the two persons behind that posting. Accounts whose interest does not reach back to
    `since` are left alone. Raises `AccountNotOpen` for an account that is drawn from or closed,
    `CorrectionOutsideScope` and `ledger.BalanceTooLow`.
    """
    _require_county(session, county_code)
    key = {"county_code": county_code, "resident_ids": sorted(set(resident_ids))}
    locked = run_sql(session, FOLDER, "10_lock_accounts", since=since, **key).one()
    if not locked.account_count:
        return ()
    if locked.ended_count:
        raise AccountNotOpen
    key["resident_ids"] = locked.resident_ids
    if run_sql(session, FOLDER, "15_check_history", **key).scalar_one():
        raise CorrectionOutsideScope
    unit = _unit_of(locked.first_division, locked.last_division)
    done: list[Correction] = []
    for closing in run_sql(session, FOLDER, "20_list_closings", since=since, **key).all():
        month = Month(closing.value_year, closing.value_month)
        posted = _close_again(session, key, month)
        if posted is not None:
            _book(session, county_code, unit, posted, maker_id=maker_id, checker_id=checker_id, today=today)
            done.append(posted)
    return tuple(done)


def is_needed(interest_through: date | None, since: date) -> bool:
    """Whether interest is posted for the value date, so that whatever is posted there needs `correct`."""
    return interest_through is not None and since <= interest_through


def _require_county(session: Session, county_code: int) -> None:
    """Refuse an actor who sees a part of the county only. Raises `CorrectionOutsideScope`."""
    low, high = session.info["actor"].scope
    first, last = scope_of(county_code * 1_000_000)
    if low > first or high < last:
        raise CorrectionOutsideScope


def _unit_of(first: int, last: int) -> int:
    """The lowest unit that holds all codes between two."""
    if first == last:
        return first
    for span in _UNITS:
        if first // span == last // span:
            return first // span * span
    message = "accounts of one county"
    raise AssertionError(message)


def _close_again(session: Session, key: dict[str, Any], month: Month) -> Correction | None:
    """Post the differences of one closing; None where there are none. Raises `ledger.BalanceTooLow`."""
    county_code = key["county_code"]
    journal_id = next_id(session, county_code)
    row = run_sql(
        session,
        FOLDER,
        "30_post_corrections",
        **key,
        year=month.year,
        month=month.month,
        closed_on=month.last_day,
        journal_id=journal_id,
        **law_of_year(session, county_code, month.year).for_sql,
    ).one()
    if row.row_count != row.due_count:
        raise ledger.BalanceTooLow
    if not row.row_count:
        return None
    return Correction(
        journal_id, month, row.row_count, BySource(int(row.personal_fen), int(row.collective_fen), int(row.gov_fen))
    )


def _book(
    session: Session,
    county_code: int,
    unit: int,
    posted: Correction,
    *,
    maker_id: int,
    checker_id: int,
    today: date,
) -> None:
    """The journal and the fund lines of a closing's corrections."""
    key = {"county_code": county_code, "journal_id": posted.journal_id, "division_code": unit}
    run_sql(
        session,
        FOLDER,
        "40_book_journal",
        **key,
        booked_on=booking_day(session, county_code, wanted=today, today=today),
        dedup_key=f"interest_correction:{posted.journal_id}",
        maker_id=maker_id,
        checker_id=checker_id,
    )
    amounts = posted.amounts
    run_sql(
        session,
        FOLDER,
        "50_book_fund_lines",
        **key,
        personal_fen=amounts.personal_fen,
        collective_fen=amounts.collective_fen,
        gov_fen=amounts.gov_fen,
    )
