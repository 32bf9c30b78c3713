"""收据号段: numbers that a collector is given beforehand, for receipts written without the system (feature 39).

They come from the collector's own counter, so that no number is ever given twice: what is written online goes on behind
them. Another person gives a block out and takes its unused papers back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select, update
from sqlmodel import col

from api.database import Actor, ask, next_id
from api.errors import DomainError, NotFound, StaleVersion
from api.models import ReceiptBlock, User
from api.permissions import ROLE_PERMISSIONS, Permission
from api.services import audit_events, cash, laws, receipts
from api.services.pages import decode_cursor, encode_cursor
from api.services.two_persons import require_second_person
from api.vocabulary import BlockPurpose, BlockState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

COUNTY_SPAN = 10_000_000_000
MOST_OPEN = 2


class CollectorUnfit(DomainError):
    """The user is shut out, or their role takes no cash."""

    code = "collector-unfit"
    title = "此人不能收取现金"


class TooManyBlocks(DomainError):
    """The collector has open blocks already."""

    code = "receipt-blocks-full"
    title = "未用完的收据号段过多"


class BlockClosed(DomainError):
    """The block is used up or was handed back."""

    code = "receipt-block-closed"
    title = "该收据号段已用完或已交回"


def issue(
    session: Session,
    *,
    actor: Actor,
    collector_id: int,
    count: int,
    purpose: BlockPurpose,
    label: str | None,
    today: date,
) -> ReceiptBlock:
    """Give a collector the next `count` numbers of their own counter.

    Raises `NotFound`, `SamePerson`, `CollectorUnfit`, `TooManyBlocks` and `CollectorBlocked`: whoever keeps old cash
    gets no paper to take more.
    """
    county_code = collector_id // COUNTY_SPAN
    desk = cash.lock(session, county_code, collector_id)
    collector = session.get(User, (county_code, collector_id), populate_existing=True)
    if desk is None or collector is None:
        raise NotFound
    require_second_person(actor, collector_id)
    takes_cash = Permission.CONTRIBUTION_RECORD in ROLE_PERMISSIONS[collector.role]
    if desk.is_disabled or not takes_cash:
        raise CollectorUnfit("此人的账号已停用，或其角色不办理缴费，不能领用收据。", pointer="/collector_id")
    if _open_count(session, county_code, collector_id) >= MOST_OPEN:
        raise TooManyBlocks(f"每人未用完的收据号段最多{MOST_OPEN}个，请先用完或交回。", pointer="/collector_id")
    law = laws.law_on(session, desk.division_code, today)
    (rows,) = ask(
        session,
        receipts.taking(county_code, collector_id, count=count, amount_fen=0, on=None, today=today, law=law),
    )
    if not rows:
        raise receipts.blocked(desk.holding, today, law)
    last = rows[0][0]
    block = ReceiptBlock(
        county_code=county_code,
        id=next_id(session, county_code),
        division_code=desk.division_code,
        collector_id=collector_id,
        first_number=last - count + 1,
        last_number=last,
        purpose=purpose,
        label=label,
        issued_by_id=actor.user_id,
        issued_on=today,
    )
    session.add(block)
    session.flush()
    _audit(session, actor, "issue_receipt_block", block)
    return block


def take_back(session: Session, *, actor: Actor, block_id: int, version: int, today: date) -> ReceiptBlock:
    """Take the unused papers of a block back; what is neither posted nor void is missing from now on.

    Raises `NotFound`, `SamePerson`, `BlockClosed`, `StaleVersion`.
    """
    block = get(session, block_id)
    cash.lock(session, block.county_code, block.collector_id)
    session.refresh(block)
    require_second_person(actor, block.collector_id)
    if block.state is not BlockState.OPEN:
        raise BlockClosed
    changed = session.execute(
        update(ReceiptBlock)
        .where(
            col(ReceiptBlock.county_code) == block.county_code,
            col(ReceiptBlock.id) == block_id,
            col(ReceiptBlock.version) == version,
        )
        .values(state=BlockState.RETURNED, returned_by_id=actor.user_id, returned_on=today, version=version + 1)
        .returning(col(ReceiptBlock.id))
        .execution_options(synchronize_session=False)
    ).first()
    if changed is None:
        raise StaleVersion
    session.refresh(block)
    _audit(session, actor, "take_back_receipt_block", block)
    return block


def get(session: Session, block_id: int) -> ReceiptBlock:
    """Return one block. Raises `NotFound`."""
    block = session.get(ReceiptBlock, (block_id // COUNTY_SPAN, block_id))
    if block is None:
        raise NotFound
    return block


def list_blocks(
    session: Session,
    *,
    low: int,
    high: int,
    collector_id: int | None,
    state: BlockState | None,
    limit: int,
    after: str | None,
) -> tuple[Sequence[ReceiptBlock], str | None]:
    """Return blocks, newest first, and the next cursor."""
    query = select(ReceiptBlock).where(
        col(ReceiptBlock.county_code).between(low // 1_000_000, high // 1_000_000),
        col(ReceiptBlock.division_code).between(low, high),
    )
    if collector_id is not None:
        query = query.where(col(ReceiptBlock.collector_id) == collector_id)
    if state is not None:
        query = query.where(col(ReceiptBlock.state) == state)
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(ReceiptBlock.id) < start[0])
    rows = session.scalars(query.order_by(col(ReceiptBlock.id).desc()).limit(limit + 1)).all()
    following = encode_cursor(rows[limit - 1].id) if len(rows) > limit else None
    return rows[:limit], following


def _open_count(session: Session, county_code: int, collector_id: int) -> int:
    query = (
        select(func.count())
        .select_from(ReceiptBlock)
        .where(
            col(ReceiptBlock.county_code) == county_code,
            col(ReceiptBlock.collector_id) == collector_id,
            col(ReceiptBlock.state) == BlockState.OPEN,
        )
    )
    return session.execute(query).scalar_one()


def _audit(session: Session, actor: Actor, action: str, block: ReceiptBlock) -> None:
    audit_events.record(
        session,
        actor=actor,
        action=action,
        subject_kind="receipt_block",
        subject_id=block.id,
        division_code=block.division_code,
        collector_id=block.collector_id,
        first_number=block.first_number,
        last_number=block.last_number,
        used=block.used_count,
    )
