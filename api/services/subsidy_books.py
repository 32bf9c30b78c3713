"""财政补贴 in the fund's books: who owes what once a claim is approved, and the mirror of it when the claim is voided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from api.database import run_sql
from api.services import ledger
from api.services.subsidy_dues import FOLDER
from api.vocabulary import FundAccount, GovernmentLevel, JournalKind, SubsidyPurpose

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from api.models import SubsidyClaim


def book(session: Session, claim: SubsidyClaim, *, checker_id: int, today: date) -> int | None:
    """Each level owes its part. Against it: what was due without a name, or what waits for its money; interest lost."""
    if claim.purpose is SubsidyPurpose.BASIC_PENSION:
        # The pool is what government has paid; until then the fund lends, and nothing is booked.
        return None
    sums = run_sql(session, FOLDER, "40_sum_claim", county_code=claim.county_code, claim_id=claim.id).one()
    waiting_fen = int(sums.waiting_fen)
    rest = FundAccount.SUBSIDY_RECEIVABLE
    if claim.purpose is SubsidyPurpose.LATE_INTEREST:
        rest = FundAccount.INTEREST_RECEIVABLE
    fund = [
        ledger.FundEntry(
            account=receivable_of(claim.purpose),
            amount_fen=getattr(claim, f"{level.value}_fen"),
            party_id=level.party_id,
        )
        for level in GovernmentLevel
    ]
    fund += [
        ledger.FundEntry(account=FundAccount.SUBSIDY_SUSPENSE, amount_fen=-waiting_fen),
        ledger.FundEntry(account=rest, amount_fen=waiting_fen - claim.amount_fen),
    ]
    return ledger.post(
        session,
        county_code=claim.county_code,
        division_code=claim.division_code,
        kind=JournalKind.SUBSIDY_CLAIM,
        business_date=today,
        dedup_key=f"subsidy_claim:{claim.id}",
        maker_id=claim.maker_id,
        checker_id=checker_id,
        fund=fund,
    )


def receivable_of(purpose: SubsidyPurpose) -> FundAccount:
    """Return the fund account on which a level's debt of a purpose stands; the pool takes what is paid for pensions."""
    if purpose is SubsidyPurpose.LATE_INTEREST:
        return FundAccount.LATE_INTEREST_RECEIVABLE
    return FundAccount.POOL if purpose is SubsidyPurpose.BASIC_PENSION else FundAccount.SUBSIDY_RECEIVABLE


def book_back(session: Session, claim: SubsidyClaim, *, checker_id: int, today: date) -> int:
    """Book the claim's journal with its sides exchanged."""
    booked = session.execute(
        text(
            """
            SELECT fund_account, party_id, credit_fen - debit_fen AS amount_fen FROM fund_lines
             WHERE county_code = :county_code AND journal_id = :journal_id
            """
        ),
        {"county_code": claim.county_code, "journal_id": claim.journal_id},
    ).all()
    return ledger.post(
        session,
        county_code=claim.county_code,
        division_code=claim.division_code,
        kind=JournalKind.REVERSAL,
        business_date=today,
        dedup_key=f"reversal:{claim.journal_id}",
        maker_id=claim.maker_id,
        checker_id=checker_id,
        reverses_id=claim.journal_id,
        fund=[
            ledger.FundEntry(account=FundAccount(row.fund_account), amount_fen=row.amount_fen, party_id=row.party_id)
            for row in booked
        ],
    )
