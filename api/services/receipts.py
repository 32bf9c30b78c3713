"""收据: cash receipts, numbered without a gap per collector, and the cash that a collector holds."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from sqlalchemy import select, text
from sqlmodel import col

from api.database import Actor, ask, send_later
from api.errors import DomainError, NotFound
from api.models import Contribution, Receipt
from api.services.pages import decode_cursor, encode_cursor
from api.wire import Prepared

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.wire import Call

COUNTY_SPAN = 10_000_000_000
_CODE_BYTES = 10
_WRITTEN = (
    *("county_code", "id", "division_code", "collector_id", "number", "contribution_id", "resident_id"),
    *("amount_fen", "issued_on", "verification_code", "contribution_count"),
)
_RECEIPT = Prepared(
    "receipt",
    "int, bigint, bigint, bigint, int, bigint, bigint, bigint, date, text, int",
    f"INSERT INTO receipts ({', '.join(_WRITTEN)}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
)
_NUMBER = Prepared(
    "receipt_number",
    "int, bigint, int",
    """
    UPDATE users SET receipt_count = receipt_count + $3
     WHERE county_code = $1 AND id = $2 AND disabled_at IS NULL
    RETURNING receipt_count
    """,
)


class CashNeedsAPerson(DomainError):
    """Only a person with a log-in takes cash; the system and machines do not."""

    status = 409
    code = "cash-needs-a-person"
    title = "现金缴费须由经办人本人登记"


def issue(
    session: Session,
    *,
    actor: Actor,
    keyring: Keyring,
    receipt_id: int,
    number: int,
    contribution: Contribution,
    amount_fen: int,
    on: date,
    contribution_count: int = 1,
) -> Receipt:
    """Write a receipt for `amount_fen` of cash under the collector's next number, which the caller has taken.

    A sum for several years has one receipt, which names the first contribution and how many there are.
    """
    receipt = Receipt(
        county_code=contribution.county_code,
        id=receipt_id,
        division_code=contribution.division_code,
        collector_id=actor.user_id,
        number=number,
        contribution_id=contribution.id,
        resident_id=contribution.resident_id,
        amount_fen=amount_fen,
        issued_on=on,
        verification_code="",
        contribution_count=contribution_count,
    )
    receipt.verification_code = verification_code(keyring, receipt)
    send_later(session, _RECEIPT.of(*(getattr(receipt, name) for name in _WRITTEN)))
    return receipt


def next_number(actor: Actor, count: int = 1) -> Call:
    """Return the statement that takes the collector's next receipt numbers, for `number_of` to read.

    The number is counted up on the collector's own row: two payments to one collector wait for each other, and a
    transaction that fails gives its number back.
    """
    return _NUMBER.of(actor.county_code, actor.user_id, count)


def number_of(rows: Sequence[tuple[int]], *, actor: Actor, county_code: int) -> int:
    """Return the last number taken. Raises `CashNeedsAPerson`."""
    if not rows or actor.county_code != county_code:
        raise CashNeedsAPerson("现金须由本县在册的经办人本人登录登记，并开具收据。", pointer="/channel")
    return rows[0][0]


def take_numbers(session: Session, *, actor: Actor, county_code: int, count: int) -> range:
    """Take the collector's next receipt numbers, unbroken: a transaction that fails gives them back.

    Raises `CashNeedsAPerson`.
    """
    if count == 0:
        return range(0)
    (rows,) = ask(session, next_number(actor, count))
    last = number_of(rows, actor=actor, county_code=county_code)
    return range(last - count + 1, last + 1)


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


def list_receipts(
    session: Session, *, low: int, high: int, collector_id: int | None, limit: int, after: str | None
) -> tuple[Sequence[Receipt], str | None]:
    """Return receipts, newest first, and the next cursor."""
    query = select(Receipt).where(
        col(Receipt.county_code).between(low // 1_000_000, high // 1_000_000),
        col(Receipt.division_code).between(low, high),
    )
    if collector_id is not None:
        query = query.where(col(Receipt.collector_id) == collector_id)
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(Receipt.id) < start[0])
    rows = session.scalars(query.order_by(col(Receipt.id).desc()).limit(limit + 1)).all()
    following = encode_cursor(rows[limit - 1].id) if len(rows) > limit else None
    return rows[:limit], following


def queue_at(session: Session, county_code: int, collector_id: int) -> bool:
    """Lock the collector's row, in which receipts, remittances and refunds of one person wait; False without one."""
    known = session.execute(
        text("SELECT 1 FROM users WHERE county_code = :county_code AND id = :user_id FOR UPDATE"),
        {"county_code": county_code, "user_id": collector_id},
    ).first()
    return known is not None


def cash_in_hand_fen(session: Session, county_code: int, collector_id: int) -> int:
    """Return the cash that a collector holds by the fund's books, in fen, what is paid in but unconfirmed left aside."""
    statement = text(
        """
        SELECT
            (SELECT coalesce(sum(debit_fen - credit_fen), 0) FROM fund_lines
              WHERE county_code = :county_code AND fund_account = 'cash_in_hand' AND party_id = :collector_id)
          - (SELECT coalesce(sum(amount_fen), 0) FROM remittances
              WHERE county_code = :county_code AND collector_id = :collector_id AND confirmed_by_id IS NULL)
        """
    )
    held = session.execute(statement, {"county_code": county_code, "collector_id": collector_id}).scalar_one()
    return int(held)
