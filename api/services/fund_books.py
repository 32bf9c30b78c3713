"""基金账簿: balances of the fund's accounts, journals with their lines, and the persons behind a journal. Reads only."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select, text
from sqlmodel import col

from api.database import ask_in_order, county_of, run_sql, scope_of
from api.errors import NotFound
from api.models import Journal, User
from api.policy.chart import CHART, ChartEntry
from api.services.pages import decode_cursor, encode_cursor
from api.vocabulary import FundAccount, GovernmentLevel, JournalKind
from api.wire import Prepared

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy.orm import Session

    from api.database import Actor

FOLDER = "fund"
COUNTY_SPAN = 10_000_000_000
EARLIEST, LATEST = date(1900, 1, 1), date(2100, 12, 31)
# Walks along the days of the books; what the index cannot tell is asked of each journal that it comes by.
_PAGE = Prepared(
    "fund_journal_page",
    "int, bigint, bigint, date, date, text, text, bigint, date, bigint, int",
    """
    SELECT j.id, j.division_code, j.kind, j.business_date, j.dedup_key, j.maker_id, j.checker_id, j.reverses_id, j.run_id
      FROM journals AS j
     WHERE j.county_code = $1 AND j.division_code BETWEEN $2 AND $3 AND j.business_date BETWEEN $4 AND $5
       AND ($6 IS NULL OR j.kind = $6)
       AND (($7 IS NULL AND $8 IS NULL) OR EXISTS (
            SELECT 1 FROM fund_lines AS f
             WHERE f.county_code = j.county_code AND f.journal_id = j.id
               AND ($7 IS NULL OR f.fund_account = $7) AND ($8 IS NULL OR f.party_id = $8)))
       AND (j.business_date, j.id) < ($9, $10)
     ORDER BY j.business_date DESC, j.id DESC
     LIMIT $11
    """,
)


def require_county(actor: Actor, county_code: int) -> None:
    """Raise `NotFound` unless the actor's scope holds the whole county: its books are one thing."""
    low, high = actor.scope
    if not (low <= county_code * 1_000_000 and county_code * 1_000_000 + 999_999 <= high):
        raise NotFound


@dataclass(frozen=True, slots=True)
class PartyBalance:
    """What an account holds for one party, in fen, debit less credit."""

    party_id: int
    party_name: str | None
    balance_fen: int


@dataclass(slots=True)
class AccountBalance:
    """One account of the chart with its balance in fen, debit less credit, and its parties where it has any."""

    entry: ChartEntry
    balance_fen: int = 0
    parties: list[PartyBalance] = field(default_factory=list)


class JournalLine(NamedTuple):
    """One fund line of a journal, in fen."""

    account: FundAccount
    party_id: int
    debit_fen: int
    credit_fen: int


class JournalRow(NamedTuple):
    """One journal as the list shows it."""

    id: int
    division_code: int
    kind: JournalKind
    business_date: date
    dedup_key: str
    maker_id: int
    checker_id: int | None
    reverses_id: int | None
    run_id: int | None


@dataclass(frozen=True, slots=True)
class JournalQuestion:
    """Which journals are wanted; None asks for all."""

    division_code: int
    account: FundAccount | None = None
    party_id: int | None = None
    kind: JournalKind | None = None
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class JournalDetail:
    """A journal with its lines, who made and checked it, and what it reverses or is reversed by."""

    journal: JournalRow
    lines: Sequence[JournalLine]
    maker: str | None
    checker: str | None
    reversed_by_id: int | None


BY_LEVEL = frozenset({FundAccount.SUBSIDY_RECEIVABLE, FundAccount.LATE_INTEREST_RECEIVABLE})
"""Accounts whose party is a level of government; 0 is what has not been claimed of any."""
LEVELS = {0: "尚未申报"} | {level.party_id: f"{level.label}财政" for level in GovernmentLevel}


def account_balances(session: Session, *, division_code: int, on: date) -> list[AccountBalance]:
    """Return every account of the chart as of a day, in its order, as far as the unit's books go."""
    low, high = scope_of(division_code)
    rows = run_sql(
        session, FOLDER, "11_sum_balances", county_code=county_of(division_code), low=low, high=high, until=on
    ).all()
    by_account: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for row in rows:
        by_account[row.fund_account].append((row.party_id, row.debit_fen - row.credit_fen))
    names = LEVELS | user_names(session, {party for held in by_account.values() for party, _ in held if party})
    found = []
    for entry in CHART:
        held = by_account.get(entry.account.value, [])
        is_by_level = entry.account in BY_LEVEL
        parties = [PartyBalance(party, names.get(party), fen) for party, fen in held if fen and (party or is_by_level)]
        found.append(AccountBalance(entry, sum(fen for _, fen in held), parties))
    return found


def user_names(session: Session, user_ids: Iterable[int]) -> dict[int, str]:
    """Return the display names of users, as far as the ids are users and visible."""
    wanted = sorted(set(user_ids))
    if not wanted:
        return {}
    counties = sorted({one // COUNTY_SPAN for one in wanted})
    query = select(col(User.id), col(User.display_name)).where(
        col(User.county_code).in_(counties), col(User.id).in_(wanted)
    )
    return {row.id: row.display_name for row in session.execute(query)}


def list_journals(
    session: Session, question: JournalQuestion, *, limit: int, after: str | None
) -> tuple[list[tuple[JournalRow, list[JournalLine]]], str | None]:
    """Return journals with their lines, newest day of the books first, and the next cursor. Raises `InvalidCursor`."""
    low, high = scope_of(question.division_code)
    start = decode_cursor(after, date, int) or (LATEST, 2**62)
    county_code = county_of(question.division_code)
    account = question.account.value if question.account else None
    kind = question.kind.value if question.kind else None
    call = _PAGE.of(
        county_code, low, high, question.first or EARLIEST, question.last or LATEST, kind, account, question.party_id,
        start[0], start[1], limit + 1,
    )  # fmt: skip
    rows = [_row(one) for one in ask_in_order(session, call)]
    lines = _lines_of(session, county_code, [row.id for row in rows[:limit]])
    following = None
    if len(rows) > limit:
        following = encode_cursor(rows[limit - 1].business_date.isoformat(), rows[limit - 1].id)
    return [(row, lines.get(row.id, [])) for row in rows[:limit]], following


def _row(values: Sequence[Any]) -> JournalRow:
    row = JournalRow._make(values)
    return row._replace(kind=JournalKind(row.kind))


def _lines_of(session: Session, county_code: int, journal_ids: Sequence[int]) -> dict[int, list[JournalLine]]:
    statement = text(
        """
        SELECT journal_id, fund_account, party_id, debit_fen, credit_fen FROM fund_lines
         WHERE county_code = :county_code AND journal_id = ANY(:journal_ids)
         ORDER BY journal_id, debit_fen = 0, fund_account, party_id
        """
    )
    found: dict[int, list[JournalLine]] = defaultdict(list)
    for row in session.execute(statement, {"county_code": county_code, "journal_ids": list(journal_ids)}):
        line = JournalLine(FundAccount(row.fund_account), row.party_id, row.debit_fen, row.credit_fen)
        found[row.journal_id].append(line)
    return found


def journal_detail(session: Session, journal_id: int) -> JournalDetail:
    """Return one journal. Raises `NotFound`."""
    county_code = journal_id // COUNTY_SPAN
    journal = session.get(Journal, (county_code, journal_id))
    if journal is None:
        raise NotFound
    reversal = session.execute(
        select(col(Journal.id)).where(col(Journal.county_code) == county_code, col(Journal.reverses_id) == journal_id)
    ).scalar_one_or_none()
    names = user_names(session, {journal.maker_id, journal.checker_id or journal.maker_id})
    row = JournalRow(
        journal.id, journal.division_code, journal.kind, journal.business_date, journal.dedup_key, journal.maker_id,
        journal.checker_id, journal.reverses_id, journal.run_id,
    )  # fmt: skip
    return JournalDetail(
        journal=row,
        lines=_lines_of(session, county_code, [journal_id]).get(journal_id, []),
        maker=names.get(journal.maker_id),
        checker=names.get(journal.checker_id) if journal.checker_id else None,
        reversed_by_id=reversal,
    )


def list_persons(
    session: Session, journal_id: int, *, limit: int, after: str | None
) -> tuple[Sequence[Any], str | None]:
    """Return whose accounts a journal changed, by id, with the amounts in fen, and the next cursor. Raises `NotFound`."""
    county_code = journal_id // COUNTY_SPAN
    if session.get(Journal, (county_code, journal_id)) is None:
        raise NotFound
    start = decode_cursor(after, int, int) or (0, 0)
    rows = session.execute(
        text(
            """
            SELECT l.resident_id, l.value_year, l.value_month, l.division_code, r.name, l.personal_fen, l.collective_fen,
                   l.gov_fen, l.fund_fen
              FROM account_lines AS l
              LEFT JOIN residents AS r ON r.county_code = l.county_code AND r.id = l.resident_id
             WHERE l.county_code = :county_code AND l.journal_id = :journal_id
               AND (l.resident_id, CAST(l.value_year AS bigint)) > (:after_id, :after_year)
             ORDER BY l.resident_id, l.value_year
             LIMIT :row_limit
            """
        ),
        {
            "county_code": county_code, "journal_id": journal_id, "after_id": start[0], "after_year": start[1],
            "row_limit": limit + 1,
        },
    ).all()  # fmt: skip
    last = rows[limit - 1] if len(rows) > limit else None
    return rows[:limit], encode_cursor(last.resident_id, last.value_year) if last else None
