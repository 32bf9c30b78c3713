"""What arrived money covers: shares of receipts go to claims, oldest first, and reach their lines in order.

What no claim needs stays with the receipt as paid in advance, and goes to the next claim of its purpose and level.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import func, select, text, update
from sqlmodel import col

from api.database import plan_for_sets, run_sql
from api.models import SubsidyClaim, SubsidyClaimLine, SubsidyReceipt, SubsidyReceiptShare
from api.policy.subsidies import ByLevel
from api.vocabulary import GovernmentLevel, SubsidyClaimState, SubsidyPurpose, SubsidyReceiptState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

FOLDER = "subsidy_claims"
OPEN = (SubsidyClaimState.APPROVED, SubsidyClaimState.SENT)


def lock_county(session: Session, county_code: int) -> None:
    """Let claims and arrivals of a county come one after another: each builds on what the one before has taken."""
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"subsidy:{county_code}"}
    )


def outstanding_fen(session: Session, claim: SubsidyClaim, level: GovernmentLevel) -> int:
    """Return what a level still owes for a claim, in fen."""
    taken = select(func.coalesce(func.sum(SubsidyReceiptShare.amount_fen), 0)).where(
        col(SubsidyReceiptShare.county_code) == claim.county_code,
        col(SubsidyReceiptShare.claim_id) == claim.id,
        col(SubsidyReceiptShare.level) == level,
    )
    return int(getattr(claim, f"{level.value}_fen")) - int(session.scalars(taken).one())


def share_out(session: Session, receipt: SubsidyReceipt, claims: Sequence[SubsidyClaim], *, today: date) -> int:
    """Give a receipt's money to claims in the given order, each what its level still owes; return the fen left over."""
    left_fen = receipt.amount_fen - shared_fen(session, receipt)
    for claim in claims:
        part_fen = min(left_fen, outstanding_fen(session, claim, receipt.level))
        if part_fen <= 0:
            continue
        session.add(
            SubsidyReceiptShare(
                county_code=receipt.county_code,
                receipt_id=receipt.id,
                claim_id=claim.id,
                division_code=receipt.division_code,
                level=receipt.level,
                amount_fen=part_fen,
                shared_on=today,
            )
        )
        session.flush()
        left_fen -= part_fen
    return left_fen


def shared_fen(session: Session, receipt: SubsidyReceipt) -> int:
    """Return what of a receipt claims have taken, in fen."""
    query = select(func.coalesce(func.sum(SubsidyReceiptShare.amount_fen), 0)).where(
        col(SubsidyReceiptShare.county_code) == receipt.county_code,
        col(SubsidyReceiptShare.receipt_id) == receipt.id,
    )
    return int(session.scalars(query).one())


def open_claims(session: Session, receipt: SubsidyReceipt) -> Sequence[SubsidyClaim]:
    """Return the claims that a receipt may be for, oldest approval first."""
    return session.scalars(
        select(SubsidyClaim)
        .where(
            col(SubsidyClaim.county_code) == receipt.county_code,
            col(SubsidyClaim.purpose) == receipt.purpose,
            col(SubsidyClaim.state).in_(OPEN),
        )
        .order_by(col(SubsidyClaim.approved_at), col(SubsidyClaim.id))
        .execution_options(populate_existing=True)
    ).all()


def use_advances(session: Session, claim: SubsidyClaim, *, today: date) -> None:
    """Give a new claim what its levels have paid in advance, the oldest money first."""
    receipts = session.scalars(
        select(SubsidyReceipt)
        .where(
            col(SubsidyReceipt.county_code) == claim.county_code,
            col(SubsidyReceipt.purpose) == claim.purpose,
            col(SubsidyReceipt.state) == SubsidyReceiptState.CONFIRMED,
            col(SubsidyReceipt.amount_fen)
            > select(func.coalesce(func.sum(SubsidyReceiptShare.amount_fen), 0))
            .where(
                col(SubsidyReceiptShare.county_code) == col(SubsidyReceipt.county_code),
                col(SubsidyReceiptShare.receipt_id) == col(SubsidyReceipt.id),
            )
            .scalar_subquery(),
        )
        .order_by(col(SubsidyReceipt.received_on), col(SubsidyReceipt.id))
    ).all()
    for receipt in receipts:
        share_out(session, receipt, [claim], today=today)


def cover(session: Session, county_code: int, purpose: SubsidyPurpose) -> None:
    """Mark the lines that money now reaches, from the oldest claim of a purpose on, and close claims that are paid.

    All claims with lines that wait are looked at: money for a line that was taken back serves a later claim.
    """
    claims = session.scalars(
        select(SubsidyClaim)
        .where(
            col(SubsidyClaim.county_code) == county_code,
            col(SubsidyClaim.purpose) == purpose,
            col(SubsidyClaim.state).in_((*OPEN, SubsidyClaimState.CLOSED)),
            select(col(SubsidyClaimLine.seq))
            .where(
                col(SubsidyClaimLine.county_code) == col(SubsidyClaim.county_code),
                col(SubsidyClaimLine.claim_id) == col(SubsidyClaim.id),
                col(SubsidyClaimLine.covered_on).is_(None),
            )
            .exists(),
        )
        .order_by(col(SubsidyClaim.approved_at), col(SubsidyClaim.id))
        .execution_options(populate_existing=True)
    ).all()
    # A claim's lines are compared in sets: looping over them took two minutes where hashing takes none.
    plan_for_sets(session)
    for claim in claims:
        run_sql(
            session,
            FOLDER,
            "60_cover_lines",
            county_code=claim.county_code,
            claim_id=claim.id,
            approved_on=claim.approved_on,
        )
        _close_paid(session, claim)


def _close_paid(session: Session, claim: SubsidyClaim) -> None:
    """Close a claim that every level has paid."""
    if claim.state not in OPEN or any(outstanding_fen(session, claim, level) for level in GovernmentLevel):
        return
    session.execute(
        update(SubsidyClaim)
        .where(
            col(SubsidyClaim.county_code) == claim.county_code,
            col(SubsidyClaim.id) == claim.id,
            col(SubsidyClaim.state).in_(OPEN),
        )
        .values(state=SubsidyClaimState.CLOSED, version=SubsidyClaim.version + 1)
        .execution_options(synchronize_session=False)
    )
    session.refresh(claim)


def received_by_level(session: Session, claims: Sequence[SubsidyClaim]) -> dict[int, ByLevel]:
    """Return what has come for each claim, by level."""
    query = (
        select(
            col(SubsidyReceiptShare.claim_id), col(SubsidyReceiptShare.level), func.sum(SubsidyReceiptShare.amount_fen)
        )
        .where(
            col(SubsidyReceiptShare.county_code).in_({claim.county_code for claim in claims}),
            col(SubsidyReceiptShare.claim_id).in_([claim.id for claim in claims]),
        )
        .group_by(col(SubsidyReceiptShare.claim_id), col(SubsidyReceiptShare.level))
    )
    found: dict[int, dict[GovernmentLevel, int]] = defaultdict(dict)
    for claim_id, level, amount_fen in session.execute(query).all():
        found[claim_id][level] = int(amount_fen)
    return {claim.id: ByLevel(*(found[claim.id].get(level, 0) for level in GovernmentLevel)) for claim in claims}
