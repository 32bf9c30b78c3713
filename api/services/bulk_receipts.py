"""收据 for a list of payments in cash: what recording them one by one would give, with the collector's row locked once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import select, text
from sqlmodel import col

from api.models import Receipt, ReceiptBlock, ReceiptVoid
from api.policy.cash import Holding, is_blocked
from api.services import cash, receipts
from api.vocabulary import BlockState, VoidState

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from api.database import Actor
    from api.policy.parameters import PolicyParameters
    from api.services.receipts import Written


@dataclass(slots=True)
class Tray:
    """The cash of a list: each payment is admitted by itself, the collector's row changes once at the end."""

    actor: Actor
    today: date
    law: PolicyParameters
    holding: Holding
    next_number: int
    blocks: list[ReceiptBlock]
    used: set[int]
    voided: set[int]
    online: int = 0
    taken_fen: int = 0
    used_of: dict[int, int] = field(default_factory=dict)

    @classmethod
    def open(cls, session: Session, *, actor: Actor, county_code: int, today: date, law: PolicyParameters) -> Tray:
        """Lock the collector's row and read their blocks. Raises `CashNeedsAPerson`."""
        desk = cash.lock(session, actor.county_code, actor.user_id)
        if desk is None or desk.is_disabled or actor.county_code != county_code:
            raise receipts.CashNeedsAPerson(receipts.NO_COLLECTOR, pointer="/channel")
        blocks = session.scalars(
            select(ReceiptBlock)
            .where(
                col(ReceiptBlock.county_code) == county_code,
                col(ReceiptBlock.collector_id) == actor.user_id,
                col(ReceiptBlock.state) == BlockState.OPEN,
            )
            .execution_options(populate_existing=True)
        ).all()
        used: set[int] = set()
        voided: set[int] = set()
        for block in blocks:
            used.update(session.scalars(select(col(Receipt.number)).where(*_in_block(Receipt, block))))
            standing = col(ReceiptVoid.state) != VoidState.REFUSED
            voided.update(
                session.scalars(select(col(ReceiptVoid.number)).where(*_in_block(ReceiptVoid, block), standing))
            )
        return cls(actor, today, law, desk.holding, desk.receipt_count + 1, list(blocks), used, voided)

    def take(self, amount_fen: int, written: Written | None) -> tuple[int, date]:
        """Admit one payment; return the number and the day of its receipt.

        Raises `CollectorBlocked`, `ReceiptInFuture`, `ReceiptNotIssued`, `ReceiptUsed`, `ReceiptVoided`.
        """
        day = self.today if written is None else written.issued_on
        block = None if written is None else self._block_of(written)
        if is_blocked(self.holding, receipt_on=day, today=self.today, law=self.law):
            raise receipts.blocked(self.holding, self.today, self.law)
        if written is None:
            number = self.next_number + self.online
            self.online += 1
        else:
            number = written.number
            self.used.add(number)
        if block is not None:
            self.used_of[block.id] = self.used_of.get(block.id, 0) + 1
        self.taken_fen += amount_fen
        oldest_on = day if self.holding.oldest_on is None else min(self.holding.oldest_on, day)
        self.holding = Holding(self.holding.held_fen + amount_fen, oldest_on)
        return number, day

    def _block_of(self, written: Written) -> ReceiptBlock:
        if written.issued_on > self.today:
            raise receipts.ReceiptInFuture(pointer="/receipt/issued_on")
        number = written.number
        if number in self.used:
            raise receipts.ReceiptUsed(f"收据{number}号已经入账，一个号码只能使用一次。", pointer="/receipt/number")
        if number in self.voided:
            raise receipts.ReceiptVoided(f"收据{number}号已申报作废，不能再用。", pointer="/receipt/number")
        for block in self.blocks:
            if block.first_number <= number <= block.last_number and block.issued_on <= written.issued_on:
                return block
        raise receipts.ReceiptNotIssued(
            f"{number}号不在您领用的收据号段内，或收据日期早于领用日期。", pointer="/receipt/number"
        )

    def close(self, session: Session) -> None:
        """Write what the list has taken to the collector's row and to the blocks."""
        if not self.taken_fen:
            return
        session.execute(
            text(
                """
                UPDATE users
                   SET receipt_count = receipt_count + :online, cash_held_fen = :held_fen, cash_oldest_on = :oldest_on
                 WHERE county_code = :county_code AND id = :user_id
                """
            ),
            {
                "online": self.online,
                "held_fen": self.holding.held_fen,
                "oldest_on": self.holding.oldest_on,
                "county_code": self.actor.county_code,
                "user_id": self.actor.user_id,
            },
        )
        for block_id, count in sorted(self.used_of.items()):
            session.execute(
                text(
                    """
                    UPDATE receipt_blocks
                       SET used_count = used_count + :count, version = version + 1,
                           state = CASE WHEN used_count + :count > last_number - first_number
                                        THEN 'exhausted' ELSE state END
                     WHERE county_code = :county_code AND id = :block_id
                    """
                ),
                {"count": count, "county_code": self.actor.county_code, "block_id": block_id},
            )


def _in_block(table: type[Receipt | ReceiptVoid], block: ReceiptBlock) -> list[ColumnElement[bool]]:
    return [
        col(table.county_code) == block.county_code,
        col(table.collector_id) == block.collector_id,
        col(table.number).between(block.first_number, block.last_number),
    ]
