"""月结报表: everything that a month of the books comes to, built from the ledger alone, in one canonical form.

The same books give the same bytes: no clock, no name that may change, no order that is not said. That is what makes the
hash worth approving, and a closed month worth building again to compare (design.md idea 18).
"""

from __future__ import annotations

import hashlib
import json
from calendar import monthrange
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from api.database import plan_for_sets, run_sql
from api.policy.chart import BANKS, CHART, ENTRIES, PERSONS, RECEIVABLES
from api.policy.fund_statements import INCOME, OUTLAY, Movement, fund_fen, heads
from api.policy.money import format_yuan
from api.services.fund_books import FOLDER
from api.services.fund_reconciliation import reconcile
from api.vocabulary import BankAccountName, FundAccount, JournalKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy.orm import Session

    from api.services.fund_reconciliation import Reconciliation

FORMAT = 1
SHOWN = 200
BEFORE, YEAR, MONTH = 0, 1, 2
"""Spans of a sum: before the year, of the year before the month, of the month."""
OTHER_CLAIMS = (FundAccount.SETTLEMENT_PAYABLE, FundAccount.SUBSIDY_SUSPENSE, FundAccount.SUSPENSE)


@dataclass(frozen=True, slots=True)
class Sum:
    """Movements of one kind on one account, for one party, of one town, in one span; fen."""

    movement: Movement
    party_id: int
    town_code: int
    span: int

    @property
    def balance_fen(self) -> int:
        """Debit less credit."""
        return self.movement.debit_fen - self.movement.credit_fen


@dataclass(frozen=True, slots=True)
class Built:
    """A pack with its bytes and their hash, and what the preconditions look at."""

    county_code: int
    month: date
    facts: dict[str, Any]
    content: str
    content_hash: str
    reconciliations: tuple[Reconciliation, ...]
    journal_count: int
    turnover_fen: int


def facts_of(content: str) -> dict[str, Any]:
    """Return what the bytes of a pack say."""
    facts: dict[str, Any] = json.loads(content)
    return facts


def last_day(month: date) -> date:
    """Return the last day of a month."""
    return month.replace(day=monthrange(month.year, month.month)[1])


def sums_of(session: Session, *, low: int, high: int, month_start: date, until: date) -> list[Sum]:
    """Return the movements of a unit's books up to a day."""
    rows = run_sql(
        session, FOLDER, "10_sum_lines", county_code=low // 1_000_000, low=low, high=high,
        year_start=month_start.replace(month=1, day=1), month_start=month_start, until=until,
    ).all()  # fmt: skip
    return [
        Sum(
            Movement(JournalKind(row.kind), FundAccount(row.fund_account), row.debit_fen, row.credit_fen),
            row.party_id,
            row.town_code,
            row.span,
        )
        for row in rows
    ]


def build(
    session: Session,
    *,
    county_code: int,
    month: date,
    cut_id: int,
    exceptions: Sequence[dict[str, str]] = (),
) -> Built:
    """Build a county's pack of a month from the ledger. Writes nothing."""
    until = last_day(month)
    low = county_code * 1_000_000
    plan_for_sets(session)
    sums = sums_of(session, low=low, high=low + 999_999, month_start=month, until=until)
    accounts = run_sql(session, FOLDER, "20_sum_accounts", county_code=county_code, until=until).all()
    reconciliations = _reconciliations(session, county_code, sums, until, cut_id)
    month_count = session.execute(
        text(
            """
            SELECT count(*) FROM journals
             WHERE county_code = :county_code AND business_date BETWEEN :month AND :until
            """
        ),
        {"county_code": county_code, "month": month, "until": until},
    ).scalar_one()
    facts = {
        "format": FORMAT,
        "county": str(county_code),
        "month": f"{month:%Y-%m}",
        "journal_count": int(month_count),
        "trial_balance": trial_balance(sums),
        "statement": statement(sums),
        "accounts": account_rows(sums, accounts),
        "control": control(sums, accounts),
        "changes": _changes(session, county_code, month, until),
        "bank": [reconciliation_facts(one) for one in reconciliations],
        "parties": parties(sums),
        "in_transit": [
            {"run_id": str(row.run_id), "amount": format_yuan(row.amount_fen)}
            for row in run_sql(session, FOLDER, "55_in_transit", county_code=county_code, until=until).all()
        ],
        "differences": _differences(session, county_code),
        "reports": _reports(session, county_code, month, until),
        "exceptions": [{"code": one["code"], "reason": one["reason"]} for one in exceptions],
    }
    content = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    turnover_fen = sum(one.movement.debit_fen for one in sums if one.span == MONTH)
    return Built(
        county_code,
        month,
        facts,
        content,
        hashlib.sha256(content.encode()).hexdigest(),
        reconciliations,
        int(month_count),
        turnover_fen,
    )


def _fen(sums: Iterable[Sum], test: Callable[[Sum], bool]) -> int:
    return sum(one.balance_fen for one in sums if test(one))


def trial_balance(sums: Sequence[Sum]) -> list[dict[str, str]]:
    """试算平衡表: every account with opening and closing (debit less credit) and the month's movements."""
    rows = []
    for entry in CHART:
        own = [one for one in sums if one.movement.account is entry.account]
        month = [one for one in own if one.span == MONTH]
        opening_fen = _fen(own, lambda one: one.span != MONTH)
        debit_fen = sum(one.movement.debit_fen for one in month)
        credit_fen = sum(one.movement.credit_fen for one in month)
        rows.append(
            {
                "account": entry.account.value,
                "code": entry.code,
                "opening": format_yuan(opening_fen),
                "debit": format_yuan(debit_fen),
                "credit": format_yuan(credit_fen),
                "closing": format_yuan(opening_fen + debit_fen - credit_fen),
            }
        )
    return rows


def statement(sums: Sequence[Sum]) -> dict[str, Any]:
    """基金收支表: opening, income and outlay by head, closing; of the month and of the year to its end."""

    def of(*spans: int) -> list[Movement]:
        return [one.movement for one in sums if one.span in spans]

    month, year = heads(of(MONTH)), heads(of(YEAR, MONTH))
    return {
        "opening": format_yuan(fund_fen(of(BEFORE, YEAR))),
        "year_opening": format_yuan(fund_fen(of(BEFORE))),
        "income": [
            {"head": head.value, "month": format_yuan(month[head]), "year": format_yuan(year[head])} for head in INCOME
        ],
        "outlay": [
            {"head": head.value, "month": format_yuan(month[head]), "year": format_yuan(year[head])} for head in OUTLAY
        ],
        "income_total": format_yuan(sum(month[head] for head in INCOME)),
        "outlay_total": format_yuan(sum(month[head] for head in OUTLAY)),
        "year_income_total": format_yuan(sum(year[head] for head in INCOME)),
        "year_outlay_total": format_yuan(sum(year[head] for head in OUTLAY)),
        "closing": format_yuan(fund_fen(of(BEFORE, YEAR, MONTH))),
    }


def account_rows(sums: Sequence[Sum], accounts: Sequence[Any]) -> list[dict[str, Any]]:
    """个人账户 per town and source: what the accounts' own lines come to beside what the fund says that it owes."""
    owed: dict[int, dict[FundAccount, int]] = defaultdict(lambda: defaultdict(int))
    for one in sums:
        if one.movement.account in PERSONS:
            owed[one.town_code][one.movement.account] -= one.balance_fen
    held = {row.town_code: row for row in accounts}
    rows = []
    for town in sorted(set(owed) | set(held)):
        row = held.get(town)
        personal, collective, gov = (row.personal_fen, row.collective_fen, row.gov_fen) if row else (0, 0, 0)
        rows.append(
            {
                "division_code": f"{town:012d}",
                "account_count": row.account_count if row else 0,
                "personal": format_yuan(personal),
                "collective": format_yuan(collective),
                "gov": format_yuan(gov),
                "total": format_yuan(personal + collective + gov),
                "owed": format_yuan(sum(owed[town].values())),
            }
        )
    return rows


def control(sums: Sequence[Sum], accounts: Sequence[Any]) -> dict[str, str]:
    """Σ accounts + pool + other liabilities = banks + in transit + receivables + cash (policy.md §7), by either's own lines."""

    def balance(*wanted: FundAccount) -> int:
        return _fen(sums, lambda one: one.movement.account in wanted)

    accounts_fen = sum(row.personal_fen + row.collective_fen + row.gov_fen for row in accounts)
    pool_fen, other_fen = -balance(FundAccount.POOL), -balance(*OTHER_CLAIMS)
    banks_fen, cash_fen = balance(*BANKS), balance(FundAccount.CASH_IN_HAND)
    transit_fen, receivable_fen = balance(FundAccount.IN_TRANSIT), balance(*RECEIVABLES)
    claims_fen = accounts_fen + pool_fen + other_fen
    assets_fen = banks_fen + cash_fen + transit_fen + receivable_fen
    return {
        "accounts": format_yuan(accounts_fen),
        "accounts_by_ledger": format_yuan(-balance(*PERSONS)),
        "pool": format_yuan(pool_fen),
        "other_claims": format_yuan(other_fen),
        "claims": format_yuan(claims_fen),
        "banks": format_yuan(banks_fen),
        "cash": format_yuan(cash_fen),
        "in_transit": format_yuan(transit_fen),
        "receivables": format_yuan(receivable_fen),
        "assets": format_yuan(assets_fen),
        "difference": format_yuan(assets_fen - claims_fen),
    }


def parties(sums: Sequence[Sum]) -> list[dict[str, str]]:
    """Balances by party: cash by collector, receivables by level, suspense by what it waits for."""
    held: dict[tuple[FundAccount, int], int] = defaultdict(int)
    for one in sums:
        if ENTRIES[one.movement.account].party and one.movement.account is not FundAccount.IN_TRANSIT:
            held[one.movement.account, one.party_id] += one.balance_fen
    places = {entry.account: place for place, entry in enumerate(CHART)}
    ordered = sorted(held.items(), key=lambda item: (places[item[0][0]], item[0][1]))
    return [
        {"account": account.value, "party_id": str(party), "amount": format_yuan(fen)}
        for (account, party), fen in ordered
        if fen
    ]


def _reconciliations(
    session: Session, county_code: int, sums: Sequence[Sum], until: date, cut_id: int
) -> tuple[Reconciliation, ...]:
    """Compare each bank account that the books or the bank have ever moved."""
    found = []
    for account in BANKS:
        own = [one for one in sums if one.movement.account is account]
        done = reconcile(
            session,
            county_code=county_code,
            account=BankAccountName(account.value),
            books_fen=_fen(own, lambda _one: True),
            on=until,
            cut_id=cut_id,
        )
        if own or (done.covered_from is not None and done.covered_from <= until):
            found.append(done)
    return tuple(found)


def reconciliation_facts(done: Reconciliation) -> dict[str, Any]:
    """Lay a reconciliation out. How far statements reach beyond the month is no part of it: that goes on changing."""
    return {
        "account": done.account.value,
        "bank_balance": format_yuan(done.bank_fen),
        "books_balance": format_yuan(done.books_fen),
        "opening": format_yuan(done.opening_fen),
        "line_count": done.line_count,
        "line_total": format_yuan(done.line_fen),
        "journal_count": done.journal_count,
        "journal_total": format_yuan(done.journal_fen),
        "difference": format_yuan(done.difference_fen),
        "items": [
            {
                "side": one.side.value,
                "subject_id": str(one.subject_id),
                "moved_on": one.moved_on.isoformat(),
                "amount": format_yuan(one.amount_fen),
                "reference": one.reference,
                "is_timed": one.is_timed,
                "note": one.note,
            }
            for one in done.items
        ],
    }


def _changes(session: Session, county_code: int, month: date, until: date) -> list[dict[str, Any]]:
    rows = run_sql(session, FOLDER, "40_count_changes", county_code=county_code, month_start=month, until=until).all()
    return [
        {
            "kind": row.kind,
            "person_count": row.person_count,
            "line_count": row.line_count,
            "personal": format_yuan(row.personal_fen),
            "collective": format_yuan(row.collective_fen),
            "gov": format_yuan(row.gov_fen),
            "fund": format_yuan(row.fund_fen),
        }
        for row in rows
    ]


def _differences(session: Session, county_code: int) -> dict[str, Any]:
    """Differences by person and by journal: empty when the books are right."""
    people = run_sql(session, FOLDER, "30_person_differences", county_code=county_code, shown=SHOWN).all()
    journals = run_sql(session, FOLDER, "31_journal_differences", county_code=county_code, shown=SHOWN).all()
    return {
        "person_count": people[0].found if people else 0,
        "persons": [
            {
                "resident_id": str(row.resident_id),
                "personal": format_yuan(row.personal_fen),
                "collective": format_yuan(row.collective_fen),
                "gov": format_yuan(row.gov_fen),
            }
            for row in people
        ],
        "journal_count": journals[0].found if journals else 0,
        "journals": [
            {
                "journal_id": str(row.journal_id),
                "unbalanced": format_yuan(row.unbalanced_fen),
                "personal": format_yuan(row.personal_fen),
                "collective": format_yuan(row.collective_fen),
                "gov": format_yuan(row.gov_fen),
                "resident_id": str(row.resident_id) if row.resident_id else None,
                "person_count": row.person_count,
            }
            for row in journals
        ],
    }


def _reports(session: Session, county_code: int, month: date, until: date) -> list[dict[str, str]]:
    """What the reports say of the month from their own tables, beside the ledger."""
    span = {"county_code": county_code, "month_start": month, "until": until}
    reported = run_sql(session, FOLDER, "50_report_totals", **span).one()
    ledger = run_sql(session, FOLDER, "51_ledger_totals", **span).one()
    return [
        {
            "report": name,
            "reported": format_yuan(getattr(reported, f"{name}_fen")),
            "ledger": format_yuan(getattr(ledger, f"{name}_fen")),
            "difference": format_yuan(getattr(reported, f"{name}_fen") - getattr(ledger, f"{name}_fen")),
        }
        for name in ("contributions", "benefits", "interest")
    ]
