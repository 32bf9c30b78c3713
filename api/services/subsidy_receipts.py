"""补贴到账: money of a level of government in 财政专户, recorded by one person and confirmed by another, who books it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update
from sqlmodel import col

from api.database import Actor, next_id
from api.errors import DomainError, Invalid, NotFound, StaleVersion
from api.models import SubsidyClaim, SubsidyReceipt
from api.services import audit_events, ledger
from api.services.fund_periods import booking_day
from api.services.pages import decode_cursor, encode_cursor
from api.services.subsidy_books import receivable_of
from api.services.subsidy_claims import require_county
from api.services.subsidy_covers import OPEN, cover, lock_county, open_claims, share_out
from api.services.two_persons import require_second_person
from api.vocabulary import FundAccount, GovernmentLevel, JournalKind, SubsidyPurpose, SubsidyReceiptState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

COUNTY_SPAN = 10_000_000_000


class ReceivedInFuture(Invalid):
    """The day of arrival has not come."""

    code = "received-in-future"
    title = "到账日期不能晚于今天"


class BankReferenceUsed(DomainError):
    """Money under this reference is on record."""

    code = "bank-reference-used"
    title = "该银行凭证号已经登记"


class ClaimNotOpen(Invalid):
    """The claim is of another purpose or county, or waits for no money of this level."""

    code = "claim-not-open"
    title = "申报单不接受这笔资金"


class ReceiptNotWaiting(DomainError):
    """The arrival is booked or discarded already."""

    code = "receipt-not-waiting"
    title = "该笔到账已经确认或作废"


def record(
    session: Session,
    *,
    actor: Actor,
    county_code: int,
    purpose: SubsidyPurpose,
    level: GovernmentLevel,
    amount_fen: int,
    received_on: date,
    bank_reference: str,
    claim_ids: Sequence[int],
    today: date,
) -> SubsidyReceipt:
    """Record money that arrived; nothing is booked before somebody else confirms it. Amounts are fen.

    Raises `NotFound` outside one's county and for claims that are not there, `ReceivedInFuture`, `ClaimNotOpen`,
    `BankReferenceUsed`. policy.md §7: subsidies arrive in 财政专户 straight from the treasury.
    """
    require_county(actor, county_code)
    if received_on > today:
        raise ReceivedInFuture(pointer="/received_on")
    for claim_id in claim_ids:
        claim = session.get(SubsidyClaim, (claim_id // COUNTY_SPAN, claim_id))
        if claim is None:
            raise NotFound
        if (claim.county_code, claim.purpose) != (county_code, purpose) or claim.state not in OPEN:
            detail = f"申报单状态为{claim.state.label}、用途为{claim.purpose.label}，不接受这笔资金。"
            raise ClaimNotOpen(detail, pointer="/claim_ids")
    lock_county(session, county_code)
    used = select(col(SubsidyReceipt.id)).where(
        col(SubsidyReceipt.county_code) == county_code,
        col(SubsidyReceipt.bank_reference) == bank_reference,
        col(SubsidyReceipt.state) != SubsidyReceiptState.DISCARDED,
    )
    if session.scalars(used).first() is not None:
        raise BankReferenceUsed("该银行凭证号的资金已经登记，同一笔资金只登记一次。", pointer="/bank_reference")
    receipt = SubsidyReceipt(
        county_code=county_code,
        id=next_id(session, county_code),
        division_code=county_code * 1_000_000,
        purpose=purpose,
        level=level,
        amount_fen=amount_fen,
        received_on=received_on,
        bank_reference=bank_reference,
        claim_ids=list(claim_ids),
        recorded_by_id=actor.user_id,
    )
    session.add(receipt)
    session.flush()
    _audit(session, actor, "record_subsidy_receipt", receipt)
    return receipt


def confirm(
    session: Session, *, actor: Actor, receipt_id: int, version: int, today: date
) -> tuple[SubsidyReceipt, int]:
    """Match an arrival with the bank's advice and book it; return it and the fen that no claim needs yet.

    Its claims take it in the named order, or all open ones of the purpose from the oldest on. Raises `NotFound`,
    `SamePerson`, `ReceiptNotWaiting`, `StaleVersion`.
    """
    lock_county(session, receipt_id // COUNTY_SPAN)
    receipt = get(session, receipt_id)
    require_second_person(actor, receipt.recorded_by_id)
    if receipt.state is not SubsidyReceiptState.RECORDED:
        raise ReceiptNotWaiting
    journal_id = _book(session, receipt, checker_id=actor.user_id, today=today)
    changes = {
        "state": SubsidyReceiptState.CONFIRMED,
        "confirmed_by_id": actor.user_id,
        "confirmed_at": func.now(),
        "journal_id": journal_id,
    }
    _change(session, receipt, version, changes)
    waiting = open_claims(session, receipt)
    if receipt.claim_ids:
        by_id = {claim.id: claim for claim in waiting}
        waiting = [by_id[one] for one in receipt.claim_ids if one in by_id]
    left_fen = share_out(session, receipt, waiting, today=today)
    cover(session, receipt.county_code, receipt.purpose)
    _audit(session, actor, "confirm_subsidy_receipt", receipt)
    return receipt, left_fen


def _book(session: Session, receipt: SubsidyReceipt, *, checker_id: int, today: date) -> int:
    """The money is in 财政专户, and the level owes that much less; government's money for pensions is the pool's."""
    account = receivable_of(receipt.purpose)
    party_id = 0 if account is FundAccount.POOL else receipt.level.party_id
    return ledger.post(
        session,
        county_code=receipt.county_code,
        division_code=receipt.division_code,
        kind=JournalKind.SUBSIDY_RECEIVED,
        business_date=booking_day(session, receipt.county_code, wanted=receipt.received_on, today=today),
        dedup_key=f"subsidy_received:{receipt.id}",
        maker_id=receipt.recorded_by_id,
        checker_id=checker_id,
        fund=[
            ledger.FundEntry(account=FundAccount.TREASURY_ACCOUNT, amount_fen=receipt.amount_fen),
            ledger.FundEntry(account=account, amount_fen=-receipt.amount_fen, party_id=party_id),
        ],
    )


def discard(session: Session, *, actor: Actor, receipt_id: int, reason: str, version: int) -> SubsidyReceipt:
    """Void an arrival that is not confirmed. Raises `NotFound`, `ReceiptNotWaiting`, `StaleVersion`."""
    receipt = get(session, receipt_id)
    if receipt.state is not SubsidyReceiptState.RECORDED:
        raise ReceiptNotWaiting
    changes = {
        "state": SubsidyReceiptState.DISCARDED,
        "discarded_by_id": actor.user_id,
        "discard_reason": reason,
    }
    _change(session, receipt, version, changes)
    _audit(session, actor, "discard_subsidy_receipt", receipt)
    return receipt


def get(session: Session, receipt_id: int) -> SubsidyReceipt:
    """Return one arrival. Raises `NotFound`."""
    receipt = session.get(SubsidyReceipt, (receipt_id // COUNTY_SPAN, receipt_id), populate_existing=True)
    if receipt is None:
        raise NotFound
    return receipt


def list_receipts(
    session: Session,
    *,
    purpose: SubsidyPurpose | None,
    level: GovernmentLevel | None,
    state: SubsidyReceiptState | None,
    limit: int,
    after: str | None,
) -> tuple[Sequence[SubsidyReceipt], str | None]:
    """Return the arrivals that the actor sees, newest first."""
    query = select(SubsidyReceipt).order_by(col(SubsidyReceipt.id).desc()).limit(limit + 1)
    narrowed = {SubsidyReceipt.purpose: purpose, SubsidyReceipt.level: level, SubsidyReceipt.state: state}
    for column, value in narrowed.items():
        if value is not None:
            query = query.where(col(column) == value)
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(SubsidyReceipt.id) < start[0])
    rows = session.scalars(query).all()
    return rows[:limit], encode_cursor(rows[limit - 1].id) if len(rows) > limit else None


def _change(session: Session, receipt: SubsidyReceipt, version: int, changes: dict[str, Any]) -> None:
    """Change the arrival if it still is what the actor saw. Raises `StaleVersion`."""
    changed = session.execute(
        update(SubsidyReceipt)
        .where(
            col(SubsidyReceipt.county_code) == receipt.county_code,
            col(SubsidyReceipt.id) == receipt.id,
            col(SubsidyReceipt.version) == version,
            col(SubsidyReceipt.state) == SubsidyReceiptState.RECORDED,
        )
        .values(**changes, version=version + 1)
        .returning(col(SubsidyReceipt.id))
        .execution_options(synchronize_session=False)
    ).first()
    if changed is None:
        raise StaleVersion
    session.refresh(receipt)


def _audit(session: Session, actor: Actor, action: str, receipt: SubsidyReceipt) -> None:
    audit_events.record(
        session,
        actor=actor,
        action=action,
        subject_kind="subsidy_receipt",
        subject_id=receipt.id,
        division_code=receipt.division_code,
        purpose=receipt.purpose.value,
        level=receipt.level.value,
        amount_fen=receipt.amount_fen,
        received_on=receipt.received_on.isoformat(),
    )
