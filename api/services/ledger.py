"""Posting to the ledger: one balanced journal per business event. With `api/sql/`, the only writer of ledger lines.

Amounts are fen. Fund entries are debits and credits that sum to zero; what the journal does to persons' accounts
equals what it does to the fund's liabilities to them. Corrections are reversals; nothing is ever edited.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text

from api.database import next_id
from api.errors import DomainError
from api.vocabulary import FundAccount, JournalKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session


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

_JOURNAL = text(
    """
    INSERT INTO journals (county_code, id, division_code, kind, business_date, dedup_key, maker_id, checker_id,
                          reverses_id, run_id)
    VALUES (:county_code, :id, :division_code, :kind, :business_date, :dedup_key, :maker_id, :checker_id,
            :reverses_id, :run_id)
    """
)
# Line and balance change in one statement, so that neither can exist without the other.
_ACCOUNT_LINE = text(
    """
    WITH changed AS (
        UPDATE accounts
           SET personal_fen = personal_fen + :personal_fen,
               collective_fen = collective_fen + :collective_fen,
               gov_fen = gov_fen + :gov_fen
         WHERE county_code = :county_code AND resident_id = :resident_id
           AND personal_fen + :personal_fen >= 0
           AND collective_fen + :collective_fen >= 0
           AND gov_fen + :gov_fen >= 0
     RETURNING resident_id
    )
    INSERT INTO account_lines (county_code, resident_id, journal_id, value_year, value_month, division_code,
                               personal_fen, collective_fen, gov_fen, fund_fen, contribution_year)
    SELECT :county_code, resident_id, :journal_id, :value_year, :value_month, :division_code,
           :personal_fen, :collective_fen, :gov_fen, :fund_fen, CAST(:contribution_year AS smallint)
      FROM changed
    """
)
_FUND_LINES = text(
    """
    INSERT INTO fund_lines (county_code, journal_id, fund_account, party_id, division_code, debit_fen, credit_fen)
    SELECT :county_code, :journal_id, line.fund_account, line.party_id, :division_code, line.debit_fen, line.credit_fen
      FROM unnest(CAST(:fund_accounts AS text[]), CAST(:party_ids AS bigint[]), CAST(:debits AS bigint[]),
                  CAST(:credits AS bigint[])) AS line (fund_account, party_id, debit_fen, credit_fen)
    """
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
) -> int:
    """Book one journal and return its id.

    Raises `BalanceTooLow` when a sub-account would fall below zero, `AccountMissing` when there is no account, and
    `UnbalancedEntry` when the caller's sums are wrong. A second booking under the same `dedup_key` violates
    `uq_journals_dedup_key`.
    """
    _assert_balanced(accounts, fund)
    journal_id = next_id(session, county_code)
    session.execute(
        _JOURNAL,
        {
            "county_code": county_code,
            "id": journal_id,
            "division_code": division_code,
            "kind": kind.value,
            "business_date": business_date,
            "dedup_key": dedup_key,
            "maker_id": maker_id,
            "checker_id": checker_id,
            "reverses_id": reverses_id,
            "run_id": run_id,
        },
    )
    for entry in sorted(accounts, key=lambda one: one.resident_id):
        _post_account(session, county_code, journal_id, entry)
    lines = [line for line in fund if line.amount_fen]
    # One statement for all lines: each further round trip costs as much as everything that it writes.
    session.execute(
        _FUND_LINES,
        {
            "county_code": county_code,
            "journal_id": journal_id,
            "division_code": division_code,
            "fund_accounts": [line.account.value for line in lines],
            "party_ids": [line.party_id for line in lines],
            "debits": [max(line.amount_fen, 0) for line in lines],
            "credits": [max(-line.amount_fen, 0) for line in lines],
        },
    )
    return journal_id


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


def _post_account(session: Session, county_code: int, journal_id: int, entry: AccountEntry) -> None:
    """Write one account line together with its balance."""
    result = session.execute(
        _ACCOUNT_LINE,
        {
            "county_code": county_code,
            "resident_id": entry.resident_id,
            "journal_id": journal_id,
            "value_year": entry.value_on.year,
            "value_month": entry.value_on.month,
            "division_code": entry.division_code,
            "personal_fen": entry.personal_fen,
            "collective_fen": entry.collective_fen,
            "gov_fen": entry.gov_fen,
            "fund_fen": entry.fund_fen,
            "contribution_year": entry.contribution_year,
        },
    )
    if result.rowcount == 1:  # type: ignore[attr-defined]
        return
    known = session.execute(
        text("SELECT 1 FROM accounts WHERE county_code = :county_code AND resident_id = :resident_id"),
        {"county_code": county_code, "resident_id": entry.resident_id},
    ).first()
    raise BalanceTooLow if known else AccountMissing
