"""银行存款余额调节: the bank's balance of an account against the books', and every item that lies between them (I27).

Bank + items of the books - items of the bank - opening = books holds by arithmetic; what proves the month is that each
item has a reason: its other side came after the day, or somebody has written down why it stands open. Nothing here
repairs anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.database import plan_for_sets, run_sql
from api.services.fund_books import FOLDER, require_county
from api.vocabulary import BankAccountName, BankItemSide, FundAccount

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from api.database import Actor

SHOWN = 500
EVERYTHING = 2**62
"""A cut behind every match."""


@dataclass(frozen=True, slots=True)
class OpenItem:
    """A movement of one side that the other side does not have by the day, in fen; positive what came in."""

    side: BankItemSide
    subject_id: int
    moved_on: date
    amount_fen: int
    reference: str
    is_timed: bool
    """Matched with what came after the day."""
    note: str | None

    @property
    def is_explained(self) -> bool:
        """Whether there is a reason for it."""
        return self.is_timed or self.note is not None


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """One account as of a day: both balances in fen, and what lies between them."""

    account: BankAccountName
    on: date
    covered_from: date | None
    covered_to: date | None
    """First and last day that statements cover; None where there are none."""
    opening_fen: int
    """What the first statement began with, before these books."""
    bank_fen: int
    books_fen: int
    items: tuple[OpenItem, ...]
    line_count: int
    line_fen: int
    journal_count: int
    journal_fen: int

    @property
    def difference_fen(self) -> int:
        """What no item accounts for: the opening of the first statement, when the books began without it."""
        return self.books_fen - (self.bank_fen - self.line_fen + self.journal_fen)

    @property
    def unexplained(self) -> int:
        """How many items have no reason."""
        shown = sum(not one.is_explained for one in self.items)
        return shown + self.line_count + self.journal_count - len(self.items)


def reconcile(
    session: Session, *, county_code: int, account: BankAccountName, books_fen: int, on: date, cut_id: int = EVERYTHING
) -> Reconciliation:
    """Compare an account's statements with the books, whose balance (fen) the caller knows, as of a day."""
    facts = {"county_code": county_code, "account": account.value, "until": on}
    plan_for_sets(session)
    bank = run_sql(session, FOLDER, "61_bank_balance", **facts).one()
    rows = run_sql(session, FOLDER, "60_reconciliation_items", cut_id=cut_id, shown=SHOWN, **facts).all()
    totals = {row.side: (row.found, row.total_fen) for row in rows}
    lines, journals = totals.get("line", (0, 0)), totals.get("journal", (0, 0))
    items = tuple(
        OpenItem(
            BankItemSide(row.side), row.subject_id, row.moved_on, row.amount_fen, row.reference, row.is_timed, row.note
        )
        for row in rows
    )
    opening_fen = bank.opening_fen or 0
    return Reconciliation(
        account=account,
        on=on,
        covered_from=bank.covered_from,
        covered_to=bank.covered_to,
        opening_fen=opening_fen,
        bank_fen=opening_fen + bank.moved_fen,
        books_fen=books_fen,
        items=items,
        line_count=lines[0],
        line_fen=lines[1],
        journal_count=journals[0],
        journal_fen=journals[1],
    )


def reconcile_now(session: Session, *, actor: Actor, account: BankAccountName, on: date) -> Reconciliation:
    """Compare an account of the actor's county with its statements as of a day. Raises `NotFound` below the county."""
    county_code = actor.county_code
    require_county(actor, county_code)
    low = county_code * 1_000_000
    rows = run_sql(
        session, FOLDER, "11_sum_balances", county_code=county_code, low=low, high=low + 999_999, until=on
    ).all()
    books_fen = sum(
        row.debit_fen - row.credit_fen for row in rows if FundAccount(row.fund_account).value == account.value
    )
    return reconcile(session, county_code=county_code, account=account, books_fen=books_fen, on=on)
