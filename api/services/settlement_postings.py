"""What a settlement does to the books: interest, the account's end, the payment, and the mirror that takes it back.

The account ends with the approval: its money becomes what is payable to a payee, 应付结算款, and a pension paid too long
becomes a receivable. The payment only moves money out of the expenditure account (policy.md §7).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, text, update
from sqlmodel import col

from api.models import Account
from api.services import fund_periods, ledger
from api.vocabulary import FundAccount, JournalKind

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from api.models import Recovery, Settlement
    from api.policy.money import BySource
    from api.policy.settlements import EndSettlement
    from api.services.settlement_rules import Judged


def post_interest(
    session: Session, *, settlement: Settlement, done: EndSettlement, checker_id: int, today: date
) -> int | None:
    """Book the interest up to the month of the event, as an award does, and return its journal; None for nothing.

    Interest is right whatever becomes of the settlement, so it stays when the settlement is taken back.
    """
    if not done.posts_interest:
        return None
    journal_id = None
    interest = done.interest
    if interest.total_fen:
        journal_id = ledger.post(
            session,
            county_code=settlement.county_code,
            division_code=settlement.division_code,
            kind=JournalKind.SETTLEMENT_INTEREST,
            business_date=today,
            dedup_key=f"settlement_interest:{settlement.id}",
            maker_id=settlement.computed_by_id,
            checker_id=checker_id,
            accounts=[_line(settlement, interest, sign=1)],
            fund=[
                ledger.FundEntry(account=FundAccount.INTEREST_RECEIVABLE, amount_fen=interest.total_fen),
                ledger.FundEntry(account=FundAccount.LIABILITY_PERSONAL, amount_fen=-interest.personal_fen),
                ledger.FundEntry(account=FundAccount.LIABILITY_COLLECTIVE, amount_fen=-interest.collective_fen),
                ledger.FundEntry(account=FundAccount.LIABILITY_GOV, amount_fen=-interest.gov_fen),
            ],
        )
    session.execute(
        update(Account)
        .where(col(Account.county_code) == settlement.county_code, col(Account.resident_id) == settlement.resident_id)
        .values(interest_through=func.greatest(col(Account.interest_through), done.settled_on))
        .execution_options(synchronize_session=False)
    )
    return journal_id


def post_end(session: Session, *, settlement: Settlement, judged: Judged, checker_id: int, today: date) -> int | None:
    """Empty the account into what is payable, and return the journal; None when there is nothing to book.

    Pool: what government retains and what the fund gets back from the heirs, less what it pays for months still owed.
    """
    done = judged.settlement
    present = _present(judged)
    overpaid_fund_fen = sum(one.fund_fen for one in done.overpaid)
    owed_fund_fen = sum(one.fund_fen for one in done.owed)
    pool_fen = owed_fund_fen + done.shortfall_fen - done.retained.total_fen - overpaid_fund_fen
    amounts = {
        FundAccount.LIABILITY_PERSONAL: present.personal_fen,
        FundAccount.LIABILITY_COLLECTIVE: present.collective_fen,
        FundAccount.LIABILITY_GOV: present.gov_fen,
        FundAccount.RECOVERY_RECEIVABLE: done.overpaid_fen - done.set_off_fen,
        FundAccount.SETTLEMENT_PAYABLE: -done.payable_fen,
        FundAccount.POOL: pool_fen,
        FundAccount.INTEREST_RECEIVABLE: -done.withdrawn.total_fen,
        FundAccount.SUBSIDY_RECEIVABLE: -done.late.gov_fen,
    }
    if not any(amounts.values()):
        return None
    line = _line(settlement, present, sign=-1, fund_fen=pool_fen)
    return ledger.post(
        session,
        county_code=settlement.county_code,
        division_code=settlement.division_code,
        kind=JournalKind.SETTLEMENT,
        business_date=today,
        dedup_key=f"settlement:{settlement.id}",
        maker_id=settlement.computed_by_id,
        checker_id=checker_id,
        accounts=[line],
        fund=[ledger.FundEntry(account=account, amount_fen=fen) for account, fen in amounts.items()],
    )


def _present(judged: Judged) -> BySource:
    """What the account holds once its settlement interest is booked."""
    account, done = judged.account, judged.settlement
    held = type(done.balance)(account.personal_fen, account.collective_fen, account.gov_fen)
    return held + done.interest if done.posts_interest else held


def _line(settlement: Settlement, amounts: BySource, *, sign: int, fund_fen: int = 0) -> ledger.AccountEntry:
    """The account's line. Its value month is that of the event, so that no interest arises after it."""
    return ledger.AccountEntry(
        resident_id=settlement.resident_id,
        division_code=settlement.division_code,
        value_on=settlement.settled_on,
        personal_fen=sign * amounts.personal_fen,
        collective_fen=sign * amounts.collective_fen,
        gov_fen=sign * amounts.gov_fen,
        fund_fen=fund_fen,
    )


def post_payment(session: Session, *, settlement: Settlement, payer_id: int, paid_on: date, today: date) -> int:
    """Book what the bank has paid out, in the names of who approved it and who paid it."""
    booked_on = fund_periods.booking_day(session, settlement.county_code, wanted=paid_on, today=today)
    return ledger.post(
        session,
        county_code=settlement.county_code,
        division_code=settlement.division_code,
        kind=JournalKind.SETTLEMENT_PAID,
        business_date=booked_on,
        dedup_key=f"settlement_paid:{settlement.id}",
        maker_id=settlement.approved_by_id or 0,
        checker_id=payer_id,
        fund=[
            ledger.FundEntry(account=FundAccount.SETTLEMENT_PAYABLE, amount_fen=settlement.payable_fen),
            ledger.FundEntry(account=FundAccount.EXPENDITURE_ACCOUNT, amount_fen=-settlement.payable_fen),
        ],
    )


def post_reversal(session: Session, *, settlement: Settlement, checker_id: int, today: date) -> int | None:
    """Book the mirror of what emptied the account, at its value date, and return the journal."""
    if settlement.journal_id is None:
        return None
    key = {"county_code": settlement.county_code, "journal_id": settlement.journal_id}
    fund = session.execute(
        text(
            """
            SELECT fund_account, party_id, credit_fen - debit_fen AS amount_fen FROM fund_lines
             WHERE county_code = :county_code AND journal_id = :journal_id
            """
        ),
        key,
    ).all()
    line = session.execute(
        text(
            """
            SELECT division_code, personal_fen, collective_fen, gov_fen, fund_fen FROM account_lines
             WHERE county_code = :county_code AND resident_id = :resident_id AND journal_id = :journal_id
               AND value_year = :value_year
            """
        ),
        {**key, "resident_id": settlement.resident_id, "value_year": settlement.settled_on.year},
    ).one()
    return ledger.post(
        session,
        county_code=settlement.county_code,
        division_code=settlement.division_code,
        kind=JournalKind.REVERSAL,
        business_date=today,
        dedup_key=f"reversal:{settlement.journal_id}",
        maker_id=settlement.approved_by_id or 0,
        checker_id=checker_id,
        reverses_id=settlement.journal_id,
        accounts=[
            ledger.AccountEntry(
                resident_id=settlement.resident_id,
                division_code=line.division_code,
                value_on=settlement.settled_on,
                personal_fen=-line.personal_fen,
                collective_fen=-line.collective_fen,
                gov_fen=-line.gov_fen,
                fund_fen=-line.fund_fen,
            )
        ],
        fund=[
            ledger.FundEntry(
                account=FundAccount(entry.fund_account), amount_fen=entry.amount_fen, party_id=entry.party_id
            )
            for entry in fund
        ],
    )


def post_repayment(
    session: Session, *, recovery: Recovery, amount_fen: int, confirmer_id: int, on: date, today: date
) -> int:
    """Book money that came back to the income account."""
    booked_on = fund_periods.booking_day(session, recovery.county_code, wanted=on, today=today)
    return ledger.post(
        session,
        county_code=recovery.county_code,
        division_code=recovery.division_code,
        kind=JournalKind.RECOVERY_REPAID,
        business_date=booked_on,
        dedup_key=f"recovery_repaid:{recovery.id}",
        maker_id=recovery.demanded_by_id,
        checker_id=confirmer_id,
        fund=[
            ledger.FundEntry(account=FundAccount.INCOME_ACCOUNT, amount_fen=amount_fen),
            ledger.FundEntry(account=FundAccount.RECOVERY_RECEIVABLE, amount_fen=-amount_fen),
        ],
    )
