"""收据: cash receipts, numbered without a gap per collector.

A receipt gets the collector's next number, or, when it was handed out without the system, the number that it bears: one
of a block that the collector was given beforehand. Both come from one counter (`users.receipt_count`).
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, text
from sqlmodel import col

from api.database import Actor, ask, send_later
from api.errors import DomainError, Invalid, NotFound
from api.models import Contribution, Receipt, ReceiptBlock, ReceiptVoid, Resident
from api.policy.cash import Holding, explain
from api.services import cash, receipt_reversals, users
from api.services.pages import decode_cursor, encode_cursor
from api.vocabulary import BlockState, VoidState
from api.wire import Answer, Prepared

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.policy.parameters import PolicyParameters
    from api.wire import Call

COUNTY_SPAN = 10_000_000_000
_CODE_BYTES = 10
NO_COLLECTOR = "现金须由本县在册的经办人本人登录登记，并开具收据。"
_WRITTEN = (
    *("county_code", "id", "division_code", "collector_id", "number", "contribution_id", "resident_id"),
    *("amount_fen", "issued_on", "verification_code", "contribution_count"),
)
_RECEIPT = Prepared(
    "receipt",
    "int, bigint, bigint, bigint, int, bigint, bigint, bigint, date, text, int",
    f"INSERT INTO receipts ({', '.join(_WRITTEN)}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
)
# Whoever holds old or much cash gets no row (`api.policy.cash.is_blocked`); a test compares the two.
_TAKE = Prepared(
    "receipt_take",
    "int, bigint, int, bigint, date, date, bigint, boolean",
    """
    UPDATE users
       SET receipt_count = receipt_count + $3, cash_held_fen = cash_held_fen + $4,
           cash_oldest_on = least(cash_oldest_on, $5)
     WHERE county_code = $1 AND id = $2 AND disabled_at IS NULL
       AND (cash_oldest_on IS NULL OR cash_oldest_on > $6) AND (cash_held_fen < $7 OR $8)
    RETURNING receipt_count
    """,
)
_USE = Prepared(
    "receipt_use",
    "int, bigint, int, date",
    """
    UPDATE receipt_blocks AS b
       SET used_count = used_count + 1, version = version + 1,
           state = CASE WHEN used_count = last_number - first_number THEN 'exhausted' ELSE state END
     WHERE county_code = $1 AND collector_id = $2 AND state = 'open' AND issued_on <= $4
       AND $3 BETWEEN first_number AND last_number
       AND NOT EXISTS (SELECT 1 FROM receipts AS p
                        WHERE p.county_code = $1 AND p.collector_id = $2 AND p.number = $3)
       AND NOT EXISTS (SELECT 1 FROM receipt_voids AS v
                        WHERE v.county_code = $1 AND v.collector_id = $2 AND v.number = $3 AND v.state <> 'refused')
    RETURNING id
    """,
)


class CashNeedsAPerson(DomainError):
    """Only a person with a log-in takes cash; the system and machines do not."""

    status = 409
    code = "cash-needs-a-person"
    title = "现金缴费须由经办人本人登记"


class CollectorBlocked(DomainError):
    """The collector has kept cash too long, or too much of it (reliability.md T2)."""

    code = "collector-blocked"
    title = "手存现金未及时缴存，暂停收取现金"


class ReceiptNeedsCash(Invalid):
    """A receipt goes with cash only."""

    code = "receipt-needs-cash"
    title = "只有现金缴费开具收据"


class ReceiptInFuture(Invalid):
    """The day of the receipt has not come."""

    code = "receipt-in-future"
    title = "收据日期不能晚于今天"


class ReceiptNotIssued(DomainError):
    """The number lies in no open block of the collector, or the block was given out after the receipt's day."""

    code = "receipt-not-issued"
    title = "收据号码不在本人领用的号段内"


class ReceiptUsed(DomainError):
    """The number stands for another payment."""

    code = "receipt-already-used"
    title = "该收据号码已经入账"


class ReceiptVoided(DomainError):
    """The number was declared void."""

    code = "receipt-void"
    title = "该收据号码已申报作废"


@dataclass(frozen=True, slots=True)
class Written:
    """A receipt that was handed out without the system: the number on the paper and its day."""

    number: int
    issued_on: date


@dataclass(slots=True, kw_only=True)
class Till:
    """Where the cash of one contribution comes in: taken into the collector's hand first, numbered last.

    The number is counted up on the collector's own row: two payments to one collector wait for each other, and a
    transaction that fails gives its number back.
    """

    actor: Actor
    county_code: int
    today: date
    law: PolicyParameters
    written: Written | None = None
    """The receipt that was handed out without the system."""
    answer: Answer | None = None

    @property
    def day(self) -> date:
        """The day of the receipt."""
        return self.today if self.written is None else self.written.issued_on

    def take(self, session: Session, amount_fen: int) -> None:
        """Take cash and a number, along with what follows; a number off a paper is taken at once.

        Raises `ReceiptInFuture`, `ReceiptNotIssued`, `ReceiptUsed`, `ReceiptVoided`, and of a paper what `number` raises.
        """
        if self.day > self.today:
            raise ReceiptInFuture(pointer="/receipt/issued_on")
        call = taking(
            self.actor.county_code,
            self.actor.user_id,
            count=0 if self.written else 1,
            amount_fen=amount_fen,
            on=self.day,
            today=self.today,
            law=self.law,
        )
        if self.written is None:
            self.answer = send_later(session, call)
            return
        use = _USE.of(self.actor.county_code, self.actor.user_id, self.written.number, self.day)
        # One after the other: the second sees what whoever held the collector's row has used.
        held, used = ask(session, call, use)
        if not used:
            raise _why_not_usable(session, self.actor, self.written)
        if not held or self.actor.county_code != self.county_code:
            raise self._why_not(session)

    def number(self, session: Session) -> int:
        """Return the number of the receipt. Raises `CashNeedsAPerson` and `CollectorBlocked`."""
        if self.written is not None:
            return self.written.number
        if self.answer is None or not self.answer.rows or self.actor.county_code != self.county_code:
            raise self._why_not(session)
        number: int = self.answer.rows[0][0]
        return number

    def issue(
        self,
        session: Session,
        keyring: Keyring,
        *,
        receipt_id: int,
        contribution: Contribution,
        amount_fen: int,
        contribution_count: int = 1,
    ) -> Receipt:
        """Write the receipt. Raises as `number`.

        A sum for several years has one receipt, which names the first contribution and how many there are.
        """
        receipt = Receipt(
            county_code=contribution.county_code,
            id=receipt_id,
            division_code=contribution.division_code,
            collector_id=self.actor.user_id,
            number=self.number(session),
            contribution_id=contribution.id,
            resident_id=contribution.resident_id,
            amount_fen=amount_fen,
            issued_on=self.day,
            verification_code="",
            contribution_count=contribution_count,
        )
        receipt.verification_code = verification_code(keyring, receipt)
        send_later(session, _RECEIPT.of(*(getattr(receipt, name) for name in _WRITTEN)))
        return receipt

    def _why_not(self, session: Session) -> DomainError:
        known = session.execute(
            text(
                """
                SELECT cash_held_fen, cash_oldest_on FROM users
                 WHERE county_code = :county_code AND id = :user_id AND disabled_at IS NULL
                """
            ),
            {"county_code": self.actor.county_code, "user_id": self.actor.user_id},
        ).one_or_none()
        if known is None or self.actor.county_code != self.county_code:
            return CashNeedsAPerson(NO_COLLECTOR, pointer="/channel")
        return blocked(Holding(known.cash_held_fen, known.cash_oldest_on), self.today, self.law)


def blocked(holding: Holding, today: date, law: PolicyParameters) -> CollectorBlocked:
    """Return the refusal of a collector who has kept cash too long, or too much of it, with what to do."""
    return CollectorBlocked(explain(holding, today=today, law=law), pointer="/channel")


def taking(
    county_code: int,
    collector_id: int,
    *,
    count: int,
    amount_fen: int,
    on: date | None,
    today: date,
    law: PolicyParameters,
) -> Call:
    """Return the statement that takes numbers and cash of a day, and gives no row to whoever is blocked."""
    day = on or today
    limit = day - timedelta(days=law.cash_block_days)
    return _TAKE.of(county_code, collector_id, count, amount_fen, on, limit, law.cash_ceiling_fen, day < today)


def _why_not_usable(session: Session, actor: Actor, written: Written) -> DomainError:
    mine = (col(Receipt.county_code) == actor.county_code, col(Receipt.collector_id) == actor.user_id)
    number = written.number
    if session.scalars(select(col(Receipt.id)).where(*mine, col(Receipt.number) == number)).first() is not None:
        return ReceiptUsed(f"收据{number}号已经入账，一个号码只能使用一次；录错的请冲正。", pointer="/receipt/number")
    void = select(col(ReceiptVoid.id)).where(
        col(ReceiptVoid.county_code) == actor.county_code,
        col(ReceiptVoid.collector_id) == actor.user_id,
        col(ReceiptVoid.number) == number,
        col(ReceiptVoid.state) != VoidState.REFUSED,
    )
    if session.scalars(void).first() is not None:
        return ReceiptVoided(f"收据{number}号已申报作废，不能再用。", pointer="/receipt/number")
    block = session.scalars(
        select(ReceiptBlock).where(
            col(ReceiptBlock.county_code) == actor.county_code,
            col(ReceiptBlock.collector_id) == actor.user_id,
            col(ReceiptBlock.first_number) <= number,
            col(ReceiptBlock.last_number) >= number,
        )
    ).one_or_none()
    if block is None:
        return ReceiptNotIssued(f"{number}号不在您领用的收据号段内，请核对收据上的号码。", pointer="/receipt/number")
    if block.state is not BlockState.OPEN:
        return ReceiptNotIssued(f"{number}号所在的号段已交回，不能再用。", pointer="/receipt/number")
    return ReceiptNotIssued(
        f"该号段于{block.issued_on.isoformat()}领用，收据日期不能早于领用日期。", pointer="/receipt/issued_on"
    )


def verification_code(keyring: Keyring, receipt: Receipt) -> str:
    """Sixteen letters over everything that the paper says: whoever has no key cannot invent a receipt."""
    facts = (
        receipt.county_code,
        receipt.id,
        receipt.collector_id,
        receipt.number,
        receipt.contribution_id,
        receipt.resident_id,
        receipt.amount_fen,
        receipt.issued_on.isoformat(),
    )
    mark = keyring.blind_index("receipt", "|".join(map(str, facts)))
    return base64.b32encode(mark[:_CODE_BYTES]).decode()


def get(session: Session, receipt_id: int) -> Receipt:
    """Return one receipt. Raises `NotFound`."""
    receipt = session.get(Receipt, (receipt_id // COUNTY_SPAN, receipt_id))
    if receipt is None:
        raise NotFound
    return receipt


def of_contribution(session: Session, county_code: int, contribution_id: int) -> Receipt | None:
    """Return the receipt of a contribution, if it was paid in cash."""
    return session.scalars(
        select(Receipt).where(col(Receipt.county_code) == county_code, col(Receipt.contribution_id) == contribution_id)
    ).one_or_none()


def of_payment(session: Session, contribution: Contribution) -> Receipt | None:
    """Return the receipt of the payment that a contribution belongs to, be it its own or that of a sum."""
    first = contribution.payment_group_id or contribution.id
    return of_contribution(session, contribution.county_code, first)


@dataclass(frozen=True, slots=True)
class Listed:
    """A receipt in a list: whose payment it was, who took it, and whether it was reversed, as far as they are in sight."""

    receipt: Receipt
    resident_name: str | None
    collector_name: str | None
    is_reversed: bool
    """All its years are reversed."""
    is_partly_reversed: bool


def dressed(session: Session, rows: Sequence[Receipt]) -> list[Listed]:
    """Give receipts their names and what became of them."""
    if not rows:
        return []
    counties = {row.county_code for row in rows}
    people = select(col(Resident.id), col(Resident.name)).where(
        col(Resident.county_code).in_(counties), col(Resident.id).in_({row.resident_id for row in rows})
    )
    names = {row.id: row.name for row in session.execute(people)}
    undone = receipt_reversals.reversals_of(session, rows)
    collectors = users.names_of(session, {row.collector_id for row in rows})
    return [
        Listed(
            row,
            names.get(row.resident_id),
            collectors.get(row.collector_id),
            is_reversed=undone[row.id].is_whole,
            is_partly_reversed=undone[row.id].is_partial,
        )
        for row in rows
    ]


def list_receipts(
    session: Session,
    *,
    low: int,
    high: int,
    collector_id: int | None,
    issued_on: date | None = None,
    limit: int,
    after: str | None,
) -> tuple[Sequence[Receipt], str | None]:
    """Return receipts, newest first, and the next cursor."""
    query = select(Receipt).where(
        col(Receipt.county_code).between(low // 1_000_000, high // 1_000_000),
        col(Receipt.division_code).between(low, high),
    )
    if collector_id is not None:
        query = query.where(col(Receipt.collector_id) == collector_id)
    if issued_on is not None:
        query = query.where(col(Receipt.issued_on) == issued_on)
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(Receipt.id) < start[0])
    rows = session.scalars(query.order_by(col(Receipt.id).desc()).limit(limit + 1)).all()
    following = encode_cursor(rows[limit - 1].id) if len(rows) > limit else None
    return rows[:limit], following


def cash_in_hand_fen(session: Session, county_code: int, collector_id: int) -> int:
    """Return the cash that a collector holds by the fund's books, in fen, what is paid in but unconfirmed left aside."""
    return cash.in_hand_fen(session, county_code, collector_id)
