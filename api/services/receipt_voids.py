"""作废: numbers of a block that were spoiled, lost or left over, said by the collector and decided by somebody else.

A void number stays burnt. A receipt that was posted is not voided but reversed, and keeps its number (reliability.md T3).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sqlalchemy import select, text, update
from sqlmodel import col

from api.database import new_ids
from api.errors import DomainError, Invalid, NotFound
from api.models import Receipt, ReceiptBlock, ReceiptVoid
from api.services import audit_events, cash
from api.services.pages import decode_cursor, encode_cursor
from api.services.receipts import CashNeedsAPerson, ReceiptNotIssued, ReceiptUsed, ReceiptVoided
from api.services.two_persons import require_second_person
from api.vocabulary import VoidState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from api.database import Actor


class NumbersReversed(Invalid):
    """The last number lies before the first, or too far behind it."""

    code = "numbers-out-of-order"
    title = "收据号码的起止不正确"


class VoidDecided(DomainError):
    """The void was decided before."""

    code = "void-already-decided"
    title = "该作废申报已经处理"


def propose(
    session: Session, *, actor: Actor, number: int, last_number: int | None, reason: str, today: date
) -> list[ReceiptVoid]:
    """Say that one's own number, or all from it to another of the same block, will never become a receipt.

    Raises `CashNeedsAPerson`, `NumbersReversed`, `ReceiptNotIssued`, `ReceiptUsed` and `ReceiptVoided`.
    """
    last = number if last_number is None else last_number
    if last < number:
        raise NumbersReversed(pointer="/last_number")
    if cash.lock(session, actor.county_code, actor.user_id) is None:
        raise CashNeedsAPerson("收据作废须由领用收据的经办人本人申报。")
    block = session.scalars(
        select(ReceiptBlock).where(
            col(ReceiptBlock.county_code) == actor.county_code,
            col(ReceiptBlock.collector_id) == actor.user_id,
            col(ReceiptBlock.first_number) <= number,
            col(ReceiptBlock.last_number) >= last,
        )
    ).one_or_none()
    if block is None:
        raise ReceiptNotIssued("只能作废本人领用的同一号段内的号码；已入账的收据请冲正。", pointer="/number")
    for used in _standing(session, Receipt, block, number, last):
        raise ReceiptUsed(f"收据{used}号已经入账，不能作废；录错的请冲正。", pointer="/number")
    for void in _standing(session, ReceiptVoid, block, number, last):
        raise ReceiptVoided(f"收据{void}号已申报作废。", pointer="/number")
    voids = [
        ReceiptVoid(
            county_code=block.county_code,
            id=void_id,
            division_code=block.division_code,
            collector_id=block.collector_id,
            block_id=block.id,
            number=one,
            reason=reason,
            proposed_on=today,
        )
        for void_id, one in zip(
            new_ids(session, block.county_code, last - number + 1), range(number, last + 1), strict=True
        )
    ]
    session.add_all(voids)
    session.flush()
    _audit(session, actor, "propose_receipt_void", voids)
    return voids


def decide(
    session: Session, *, actor: Actor, void_ids: Sequence[int], is_confirmed: bool, today: date
) -> list[ReceiptVoid]:
    """Confirm or refuse voids, all or none; a refused number is missing as before.

    Raises `NotFound`, `SamePerson`, `VoidDecided`.
    """
    voids = _find(session, void_ids)
    for county_code, collector_id in sorted({(one.county_code, one.collector_id) for one in voids}):
        cash.lock(session, county_code, collector_id)
    voids = _find(session, void_ids)
    require_second_person(actor, *(one.collector_id for one in voids))
    if any(one.state is not VoidState.PROPOSED for one in voids):
        raise VoidDecided
    session.execute(
        update(ReceiptVoid)
        .where(
            col(ReceiptVoid.county_code).in_({one.county_code for one in voids}),
            col(ReceiptVoid.id).in_([one.id for one in voids]),
        )
        .values(
            state=VoidState.CONFIRMED if is_confirmed else VoidState.REFUSED,
            decided_by_id=actor.user_id,
            decided_on=today,
        )
        .execution_options(synchronize_session=False)
    )
    if is_confirmed:
        for (county_code, block_id), count in sorted(Counter((one.county_code, one.block_id) for one in voids).items()):
            _use_up(session, county_code, block_id, count)
    _audit(session, actor, "confirm_receipt_void" if is_confirmed else "refuse_receipt_void", voids)
    return _find(session, void_ids)


def list_voids(
    session: Session,
    *,
    low: int,
    high: int,
    collector_id: int | None,
    state: VoidState | None,
    limit: int,
    after: str | None,
) -> tuple[Sequence[ReceiptVoid], str | None]:
    """Return voids, newest first, and the next cursor."""
    query = select(ReceiptVoid).where(
        col(ReceiptVoid.county_code).between(low // 1_000_000, high // 1_000_000),
        col(ReceiptVoid.division_code).between(low, high),
    )
    if collector_id is not None:
        query = query.where(col(ReceiptVoid.collector_id) == collector_id)
    if state is not None:
        query = query.where(col(ReceiptVoid.state) == state)
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(ReceiptVoid.id) < start[0])
    rows = session.scalars(query.order_by(col(ReceiptVoid.id).desc()).limit(limit + 1)).all()
    following = encode_cursor(rows[limit - 1].id) if len(rows) > limit else None
    return rows[:limit], following


def _standing(
    session: Session, table: type[Receipt | ReceiptVoid], block: ReceiptBlock, first: int, last: int
) -> Sequence[int]:
    """Return the numbers of a range that are posted, or declared void."""
    query = select(col(table.number)).where(
        col(table.county_code) == block.county_code,
        col(table.collector_id) == block.collector_id,
        col(table.number).between(first, last),
    )
    if table is ReceiptVoid:
        query = query.where(col(ReceiptVoid.state) != VoidState.REFUSED)
    return session.scalars(query.order_by(col(table.number)).limit(1)).all()


def _find(session: Session, void_ids: Sequence[int]) -> list[ReceiptVoid]:
    """Return the voids as they are now. Raises `NotFound` unless all are there."""
    ids = sorted(set(void_ids))
    rows = session.scalars(
        select(ReceiptVoid)
        .where(
            col(ReceiptVoid.county_code).in_({one // 10**10 for one in ids}),
            col(ReceiptVoid.id).in_(ids),
        )
        .order_by(col(ReceiptVoid.id))
        .execution_options(populate_existing=True)
    ).all()
    if len(rows) != len(ids):
        raise NotFound
    return list(rows)


def _use_up(session: Session, county_code: int, block_id: int, count: int) -> None:
    """Count numbers of a block as used; a block with none left is exhausted."""
    session.execute(
        text(
            """
            UPDATE receipt_blocks
               SET used_count = used_count + :count, version = version + 1,
                   state = CASE WHEN used_count + :count > last_number - first_number THEN 'exhausted' ELSE state END
             WHERE county_code = :county_code AND id = :block_id
            """
        ),
        {"county_code": county_code, "block_id": block_id, "count": count},
    )


def _audit(session: Session, actor: Actor, action: str, voids: Sequence[ReceiptVoid]) -> None:
    for void in voids:
        audit_events.record(
            session,
            actor=actor,
            action=action,
            subject_kind="receipt_void",
            subject_id=void.id,
            division_code=void.division_code,
            collector_id=void.collector_id,
            number=void.number,
        )
