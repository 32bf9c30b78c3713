"""Posting to the ledger: one balanced journal per business event. With `api/sql/`, the only writer of ledger lines.

Amounts are fen. Fund entries are debits and credits that sum to zero; what the journal does to persons' accounts
equals what it does to the fund's liabilities to them. Corrections are reversals; nothing is ever edited.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text

from api.database import ask, next_id
from api.errors import DomainError
from api.services.fund_periods import closed_on, hold
from api.vocabulary import FundAccount, JournalKind
from api.wire import Prepared

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from api.policy.money import BySource
    from api.wire import Call


class BalanceTooLow(DomainError):
    """The entry would take more out of a sub-account than it holds."""

    status = 422
    code = "balance-too-low"
    title = "个人账户余额不足"


class AccountMissing(DomainError):
    """The person has no account: 参保 has not been approved."""

    status = 409
    code = "account-missing"
    title = "此人尚未建立个人账户"


class UnbalancedEntry(AssertionError):
    """A programming error: the entry does not balance. Halts the request instead of booking it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountEntry:
    """What a journal does to one account: credits positive, debits negative, in fen, at a value date."""

    resident_id: int
    division_code: int
    value_on: date
    personal_fen: int = 0
    collective_fen: int = 0
    gov_fen: int = 0
    fund_fen: int = 0
    contribution_year: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FundEntry:
    """A movement on one account of the fund's books: debit positive, credit negative, in fen."""

    account: FundAccount
    amount_fen: int
    party_id: int = 0


LIABILITIES = {
    FundAccount.LIABILITY_PERSONAL: "personal_fen",
    FundAccount.LIABILITY_COLLECTIVE: "collective_fen",
    FundAccount.LIABILITY_GOV: "gov_fen",
}

_JOURNAL = Prepared(
    "journal",
    "int, bigint, bigint, text, date, text, bigint, bigint, bigint, bigint",
    """
    INSERT INTO journals (county_code, id, division_code, kind, business_date, dedup_key, maker_id, checker_id,
                          reverses_id, run_id)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
     WHERE NOT EXISTS (
        SELECT 1 FROM fund_periods AS p
         WHERE p.county_code = $1 AND p.month = CAST(date_trunc('month', $5) AS date)
           AND p.state IN ('closed', 'reopening')
     )
    RETURNING 1
    """,
)
# Line and balance change in one statement, so that neither can exist without the other.
_ACCOUNT_LINE = Prepared(
    "account_line",
    "int, bigint, bigint, int, int, bigint, bigint, bigint, bigint, bigint, int",
    """
    WITH changed AS (
        UPDATE accounts
           SET personal_fen = personal_fen + $7, collective_fen = collective_fen + $8, gov_fen = gov_fen + $9
         WHERE county_code = $1 AND resident_id = $2
           AND personal_fen + $7 >= 0 AND collective_fen + $8 >= 0 AND gov_fen + $9 >= 0
     RETURNING resident_id
    )
    INSERT INTO account_lines (county_code, resident_id, journal_id, value_year, value_month, division_code,
                               personal_fen, collective_fen, gov_fen, fund_fen, contribution_year)
    SELECT $1, resident_id, $3, $4, $5, $6, $7, $8, $9, $10, $11 FROM changed
    RETURNING 1
    """,
)
_FUND_LINES = Prepared(
    "fund_lines",
    "int, bigint, bigint, text[], bigint[], bigint[], bigint[]",
    """
    INSERT INTO fund_lines (county_code, journal_id, fund_account, party_id, division_code, debit_fen, credit_fen)
    SELECT $1, $2, line.fund_account, line.party_id, $3, line.debit_fen, line.credit_fen
      FROM unnest($4, $5, $6, $7) AS line (fund_account, party_id, debit_fen, credit_fen)
    """,
)


def post(
    session: Session,
    *,
    county_code: int,
    division_code: int,
    kind: JournalKind,
    business_date: date,
    dedup_key: str,
    maker_id: int,
    accounts: Sequence[AccountEntry] = (),
    fund: Sequence[FundEntry],
    checker_id: int | None = None,
    reverses_id: int | None = None,
    run_id: int | None = None,
    journal_id: int | None = None,
) -> int:
    """Book one journal and return its id (a new one, unless the caller has taken one already).

    Raises `BalanceTooLow` when a sub-account would fall below zero, `AccountMissing` when there is no account, and
    `UnbalancedEntry` when the caller's sums are wrong, and `PeriodClosed` for a day in a month that is closed (ask
    `fund_periods.booking_day` for one that is not). A second booking under the same `dedup_key` violates
    `uq_journals_dedup_key`.
    """
    _assert_balanced(accounts, fund)
    journal_id = journal_id or next_id(session, county_code)
    journal = _JOURNAL.of(
        county_code,
        journal_id,
        division_code,
        kind.value,
        business_date,
        dedup_key,
        maker_id,
        checker_id,
        reverses_id,
        run_id,
    )
    fund_lines = _fund_lines(county_code, journal_id, division_code, fund)
    # In the order of the persons, so that two journals do not wait for each other crosswise.
    entries = sorted(accounts, key=lambda one: one.resident_id)
    account_lines = [_account_line(county_code, journal_id, entry) for entry in entries]
    # One round trip for all: each further one costs as much as everything that it writes.
    month = hold(county_code, business_date)
    _, booked, *written, _ = ask(session, month, journal, *account_lines, fund_lines)
    if not booked:
        raise closed_on(business_date)
    for entry, rows in zip(entries, written, strict=True):
        if not rows:
            raise _why_not(session, county_code, entry)
    return journal_id


def book_batch(
    session: Session,
    *,
    county_code: int,
    division_code: int,
    kind: JournalKind,
    business_date: date,
    dedup_key: str,
    maker_id: int,
    checker_id: int,
    journal_id: int,
    totals: BySource,
    fund: Sequence[FundEntry],
    run_id: int | None = None,
) -> None:
    """Book journal and fund lines of account lines that a set-based statement has just written.

    `totals` are their sums, which the fund's liabilities must come to: `UnbalancedEntry` halts the transaction else.
    Raises `PeriodClosed` for a day in a month that is closed.
    """
    sums = AccountEntry(
        resident_id=0,
        division_code=division_code,
        value_on=business_date,
        personal_fen=totals.personal_fen,
        collective_fen=totals.collective_fen,
        gov_fen=totals.gov_fen,
    )
    _assert_balanced([sums], fund)
    head = (county_code, journal_id, division_code)
    journal = _JOURNAL.of(*head, kind.value, business_date, dedup_key, maker_id, checker_id, None, run_id)
    _, booked, _ = ask(session, hold(county_code, business_date), journal, _fund_lines(*head, fund))
    if not booked:
        raise closed_on(business_date)


def _fund_lines(county_code: int, journal_id: int, division_code: int, fund: Sequence[FundEntry]) -> Call:
    lines = [line for line in fund if line.amount_fen]
    return _FUND_LINES.of(
        county_code,
        journal_id,
        division_code,
        [line.account.value for line in lines],
        [line.party_id for line in lines],
        [max(line.amount_fen, 0) for line in lines],
        [max(-line.amount_fen, 0) for line in lines],
    )


def _assert_balanced(accounts: Sequence[AccountEntry], fund: Sequence[FundEntry]) -> None:
    """Debits equal credits, and the accounts change by what the liabilities say."""
    if sum(line.amount_fen for line in fund) != 0 or not any(line.amount_fen for line in fund):
        message = "fund lines do not balance"
        raise UnbalancedEntry(message)
    for liability, column in LIABILITIES.items():
        owed = -sum(line.amount_fen for line in fund if line.account is liability)
        if owed != sum(getattr(entry, column) for entry in accounts):
            message = f"account lines differ from {liability.value}"
            raise UnbalancedEntry(message)


def _account_line(county_code: int, journal_id: int, entry: AccountEntry) -> Call:
    return _ACCOUNT_LINE.of(
        county_code,
        entry.resident_id,
        journal_id,
        entry.value_on.year,
        entry.value_on.month,
        entry.division_code,
        entry.personal_fen,
        entry.collective_fen,
        entry.gov_fen,
        entry.fund_fen,
        entry.contribution_year,
    )


def _why_not(session: Session, county_code: int, entry: AccountEntry) -> DomainError:
    """Tell why an account did not take its line; the caller's transaction ends with it."""
    known = session.execute(
        text("SELECT 1 FROM accounts WHERE county_code = :county_code AND resident_id = :resident_id"),
        {"county_code": county_code, "resident_id": entry.resident_id},
    ).first()
    return BalanceTooLow() if known else AccountMissing()
