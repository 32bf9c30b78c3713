"""手存现金: what a collector holds, since when, and where the cash of each receipt went.

`users.cash_held_fen` and `cash_oldest_on` are kept by the transactions that move cash, on the row that receipts are
numbered on: asking whether somebody may take more costs no further question. `nongbao verify` compares them with the
ledger and with `cash_movements`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import text

from api.database import next_id, run_sql
from api.policy.cash import Holding

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from typing import Any

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

    from api.models import Receipt, Remittance

FOLDER = "cash"


class CoverIncomplete(AssertionError):
    """A programming error: the receipts in hand do not make up what the books say is in hand."""


class Desk(NamedTuple):
    """A collector's row, locked until the transaction ends; amounts in fen."""

    division_code: int
    receipt_count: int
    cash_held_fen: int
    cash_oldest_on: date | None
    is_disabled: bool

    @property
    def holding(self) -> Holding:
        """What the collector holds."""
        return Holding(self.cash_held_fen, self.cash_oldest_on)


def lock(session: Session, county_code: int, collector_id: int) -> Desk | None:
    """Lock the collector's row, in which receipts, remittances and refunds of one person wait; None without one."""
    row = session.execute(
        text(
            """
            SELECT division_code, receipt_count, cash_held_fen, cash_oldest_on, disabled_at IS NOT NULL
              FROM users WHERE county_code = :county_code AND id = :user_id FOR UPDATE
            """
        ),
        {"county_code": county_code, "user_id": collector_id},
    ).one_or_none()
    return None if row is None else Desk._make(row)


def holding(session: Session, county_code: int, collector_id: int) -> Holding:
    """Return what a collector holds by the books, what waits for the bank's confirmation included."""
    row = session.execute(
        text("SELECT cash_held_fen, cash_oldest_on FROM users WHERE county_code = :county_code AND id = :user_id"),
        {"county_code": county_code, "user_id": collector_id},
    ).one_or_none()
    return Holding() if row is None else Holding(row.cash_held_fen, row.cash_oldest_on)


def waiting_fen(session: Session, county_code: int, collector_id: int) -> int:
    """Return what a collector has paid in and the bank has not confirmed, in fen."""
    statement = text(
        """
        SELECT coalesce(sum(amount_fen), 0) FROM remittances
         WHERE county_code = :county_code AND collector_id = :collector_id AND state IN ('recorded', 'disputed')
        """
    )
    found = session.execute(statement, {"county_code": county_code, "collector_id": collector_id}).scalar_one()
    return int(found)


def in_hand_fen(session: Session, county_code: int, collector_id: int) -> int:
    """Return the cash that a collector still has to pay in, in fen: what is held less what waits for confirmation."""
    held = holding(session, county_code, collector_id)
    return held.held_fen - waiting_fen(session, county_code, collector_id)


def cover(session: Session, *, county_code: int, collector_id: int, division_code: int, remittance_id: int,
          amount_fen: int) -> None:  # fmt: skip
    """Take an amount out of the hand for a remittance, the oldest receipts first. The collector's row is locked."""
    taken = run_sql(
        session,
        FOLDER,
        "10_cover_receipts",
        county_code=county_code,
        collector_id=collector_id,
        division_code=division_code,
        remittance_id=remittance_id,
        amount_fen=amount_fen,
    ).all()
    if sum(row.amount_fen for row in taken) != amount_fen:
        message = "receipts in hand do not make up the remittance"
        raise CoverIncomplete(message)


def give_back(session: Session, remittance: Remittance) -> None:
    """Put the cash of a remittance that never arrived back into the collector's hand."""
    run_sql(session, FOLDER, "20_give_back", county_code=remittance.county_code, remittance_id=remittance.id)


def leave_hand(session: Session, *, county_code: int, collector_id: int, amount_fen: int) -> None:
    """Let an amount leave the books' cash in hand, after its movements are written: the row's figures follow."""
    oldest_on = run_sql(
        session, FOLDER, "30_find_oldest", county_code=county_code, collector_id=collector_id
    ).scalar_one()
    session.execute(
        text(
            """
            UPDATE users SET cash_held_fen = cash_held_fen - :amount_fen, cash_oldest_on = :oldest_on
             WHERE county_code = :county_code AND id = :user_id
            """
        ),
        {"county_code": county_code, "user_id": collector_id, "amount_fen": amount_fen, "oldest_on": oldest_on},
    )


def hand_back(session: Session, receipt: Receipt, desk: Desk, amount_fen: int) -> None:
    """Give cash of a receipt back to its payer: all of it, or what a reversed year of a sum was.

    As far as its own cash is at the bank already, other receipts' cash takes its place there. The collector's row is
    locked, and enough is in hand.
    """
    rows = session.execute(
        text(
            """
            SELECT remittance_id, sum(amount_fen) AS amount_fen FROM cash_movements
             WHERE county_code = :county_code AND receipt_id = :receipt_id
             GROUP BY remittance_id HAVING sum(amount_fen) <> 0 ORDER BY remittance_id DESC NULLS LAST
            """
        ),
        {"county_code": receipt.county_code, "receipt_id": receipt.id},
    ).all()
    lacking = amount_fen - (receipt.amount_fen - sum(int(row.amount_fen) for row in rows))
    replaced = []
    for row in rows:
        if row.remittance_id is None or lacking <= 0:
            break
        part = min(lacking, int(row.amount_fen))
        replaced.append((row.remittance_id, part))
        _move(session, receipt, desk, row.remittance_id, -part)
        lacking -= part
    _move(session, receipt, desk, None, amount_fen)
    for remittance_id, part in replaced:
        cover(
            session,
            county_code=receipt.county_code,
            collector_id=receipt.collector_id,
            division_code=desk.division_code,
            remittance_id=remittance_id,
            amount_fen=part,
        )
    leave_hand(session, county_code=receipt.county_code, collector_id=receipt.collector_id, amount_fen=amount_fen)


def _move(session: Session, receipt: Receipt, desk: Desk, remittance_id: int | None, amount_fen: int) -> None:
    session.execute(
        text(
            """
            INSERT INTO cash_movements
                (county_code, id, division_code, collector_id, receipt_id, remittance_id, amount_fen)
            VALUES (:county_code, :id, :division_code, :collector_id, :receipt_id, :remittance_id, :amount_fen)
            """
        ),
        {
            "county_code": receipt.county_code,
            "id": next_id(session, receipt.county_code),
            "division_code": desk.division_code,
            "collector_id": receipt.collector_id,
            "receipt_id": receipt.id,
            "remittance_id": remittance_id,
            "amount_fen": amount_fen,
        },
    )


def by_day(session: Session, county_code: int, collector_id: int) -> Sequence[Row[Any]]:
    """Return cash in hand by day of receipt, the oldest first: `issued_on`, `held_fen`, `waiting_fen`."""
    found: Sequence[Row[Any]] = run_sql(
        session, FOLDER, "50_list_days", county_code=county_code, collector_id=collector_id
    ).all()
    return found
