"""基金划转: money between the fund's own accounts, 收入户 → 财政专户 → 支出户, on two persons' word (policy.md §7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from api.errors import DomainError, Invalid
from api.policy.chart import BANKS
from api.policy.money import format_yuan
from api.services import audit_events, fund_periods, ledger
from api.services.two_persons import require_second_person
from api.vocabulary import FundAccount, JournalKind

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from api.database import Actor

WAYS = frozenset(
    {
        (FundAccount.INCOME_ACCOUNT, FundAccount.TREASURY_ACCOUNT),
        (FundAccount.TREASURY_ACCOUNT, FundAccount.EXPENDITURE_ACCOUNT),
        (FundAccount.EXPENDITURE_ACCOUNT, FundAccount.TREASURY_ACCOUNT),
        # Interest arrives in 财政专户 straight from the bank; subsidies do as `subsidy_receipts`, each of its level.
        (FundAccount.INTEREST_RECEIVABLE, FundAccount.TREASURY_ACCOUNT),
        # Government's money for the basic pension is what 统筹基金 consists of.
        (FundAccount.POOL, FundAccount.TREASURY_ACCOUNT),
    }
)


class TransferWayClosed(Invalid):
    """Money does not go this way: 收入户 only pays out to 财政专户, 支出户 only receives from it."""

    code = "transfer-way-closed"
    title = "基金不能这样划转"


class FundBalanceTooLow(DomainError):
    """The account holds less than is to be moved."""

    code = "fund-balance-too-low"
    title = "账户余额不足"


def transfer(
    session: Session,
    *,
    maker: Actor,
    checker: Actor,
    source: FundAccount,
    target: FundAccount,
    amount_fen: int,
    on: date,
    reference: str,
) -> int:
    """Book a transfer of `amount_fen` and return its journal; `reference` makes it happen once. Raises what `book` raises."""
    return book(
        session,
        county_code=maker.county_code,
        maker_id=maker.user_id,
        checker=checker,
        route=(source, target, JournalKind.FUND_TRANSFER),
        amount_fen=amount_fen,
        on=on,
        today=on,
        reference=reference,
    )


def book(
    session: Session,
    *,
    county_code: int,
    maker_id: int,
    checker: Actor,
    route: tuple[FundAccount, FundAccount, JournalKind],
    amount_fen: int,
    on: date,
    today: date,
    reference: str,
) -> int:
    """Book a movement along a route (from, to, kind of event) in the names of two persons, and return its journal.

    Raises `TransferWayClosed`, `FundBalanceTooLow`, `SamePerson`, `CheckerNotAPerson`. The pool is the credit side of
    government's money and may be drawn upon without a balance; so may interest, which the bank may pay before the
    accounts are credited with it. Once the month of `on` is closed the books take it `today`.
    """
    source, target, kind = route
    earns = kind is JournalKind.BANK_INTEREST and source is FundAccount.INTEREST_RECEIVABLE and target in BANKS
    if not ((source, target) in WAYS or earns) or amount_fen <= 0:
        raise TransferWayClosed(f"不能从{source.label}划转{format_yuan(amount_fen)}元到{target.label}。")
    require_second_person(checker, maker_id)
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"fund:{county_code}"})
    if source is not FundAccount.POOL and not earns:
        held_fen = balance_fen(session, county_code, source)
        if held_fen < amount_fen:
            detail = f"{source.label}余额{format_yuan(held_fen)}元，不足{format_yuan(amount_fen)}元。"
            raise FundBalanceTooLow(detail)
    journal_id = ledger.post(
        session,
        county_code=county_code,
        division_code=county_code * 1_000_000,
        kind=kind,
        business_date=fund_periods.booking_day(session, county_code, wanted=on, today=today),
        dedup_key=f"fund_transfer:{reference}",
        maker_id=maker_id,
        checker_id=checker.user_id,
        fund=[
            ledger.FundEntry(account=target, amount_fen=amount_fen),
            ledger.FundEntry(account=source, amount_fen=-amount_fen),
        ],
    )
    audit_events.record(
        session,
        actor=checker,
        action="transfer_funds",
        subject_kind="journal",
        subject_id=journal_id,
        source=source.value,
        target=target.value,
        amount_fen=amount_fen,
        maker_id=maker_id,
    )
    return journal_id


def balance_fen(session: Session, county_code: int, account: FundAccount) -> int:
    """Return what an account of the fund's books holds, debits less credits, in fen."""
    statement = text(
        """
        SELECT coalesce(sum(debit_fen - credit_fen), 0) FROM fund_lines
         WHERE county_code = :county_code AND fund_account = :account
        """
    )
    return int(session.execute(statement, {"county_code": county_code, "account": account.value}).scalar_one())
