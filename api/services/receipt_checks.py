"""收据查验: anybody may ask whether a receipt is ours, with what stands on the paper; and whom to call back is drawn.

A wrong number and a wrong code are the same answer, and guessing is slowed down (reliability.md T1).
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from sqlalchemy import select
from sqlmodel import col

from api.database import WHOLE, Database, DatabaseRole, run_sql
from api.errors import Invalid
from api.models import Contribution, Receipt
from api.services import cash, receipt_reversals, receipts
from api.services.throttles import Throttle

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.database import Actor
    from api.vocabulary import ContributionKind

SAMPLED_DAYS = 31
_SERIAL = re.compile(r"(\d{6})-(\d{1,10})-(\d{1,9})", re.ASCII)
_throttles: WeakKeyDictionary[Database, Throttle] = WeakKeyDictionary()


class DrawnInFuture(Invalid):
    """Nobody may know tomorrow's sample."""

    code = "drawn-in-future"
    title = "不能抽取今天以后的回访名单"


@dataclass(frozen=True, slots=True)
class Checked:
    """What a receipt is told to be: nothing of the person. Amount in fen."""

    amount_fen: int
    issued_on: date
    contribution_year: int
    kind: ContributionKind
    is_reversed: bool
    """All that it was for is reversed."""
    is_partly_reversed: bool


def throttle_of(database: Database) -> Throttle:
    """Return the counter of wrong guesses that belongs to this database."""
    return _throttles.setdefault(database, Throttle())


def check(database: Database, keyring: Keyring, *, serial: str, code: str, address: str) -> Checked | None:
    """Return what a receipt is worth, None when number and code are not those of a receipt.

    Raises `TooManyAttempts` for whoever guesses.
    """
    throttle = throttle_of(database)
    serial = _tidy(serial)
    throttle.begin(serial, address)
    with database.read_snapshot(WHOLE, role=DatabaseRole.WIDE) as session:
        receipt = _find(session, serial)
        contribution = undone = None
        if receipt is not None:
            contribution = session.get(Contribution, (receipt.county_code, receipt.contribution_id))
            undone = receipt_reversals.reversals_of(session, [receipt])[receipt.id]
    # The code is computed anew: a row that was changed since, or made up, does not pass.
    expected = "" if receipt is None else receipts.verification_code(keyring, receipt)
    is_right = hmac.compare_digest(expected.encode(), _tidy(code).encode())
    if receipt is None or contribution is None or undone is None or not is_right:
        return None
    throttle.succeed(serial, address)
    return Checked(
        amount_fen=receipt.amount_fen,
        issued_on=receipt.issued_on,
        contribution_year=contribution.contribution_year,
        kind=contribution.kind,
        is_reversed=undone.is_whole,
        is_partly_reversed=undone.is_partial,
    )


def _tidy(text: str) -> str:
    """Leave spaces out and write letters large, as on the paper."""
    return "".join(text.split()).upper()


def _find(session: Session, serial: str) -> Receipt | None:
    parts = _SERIAL.fullmatch(serial)
    if parts is None:
        return None
    county_code, collector, number = (int(part) for part in parts.groups())
    return session.scalars(
        select(Receipt).where(
            col(Receipt.county_code) == county_code,
            col(Receipt.collector_id) == county_code * receipts.COUNTY_SPAN + collector,
            col(Receipt.number) == min(number, 2**31 - 1),
        )
    ).one_or_none()


def sample(
    session: Session, keyring: Keyring, *, actor: Actor, low: int, high: int, day: date, today: date, count: int
) -> Sequence[Row[Any]]:
    """Return the receipts of the last days that are drawn for a call back on a day, one's own left out.

    The same unit and day draw the same receipts, whoever asks; nobody chooses them. Raises `DrawnInFuture`.
    """
    if day > today:
        raise DrawnInFuture(pointer="/day")
    seed = keyring.blind_index("receipt-sample", f"{low}|{high}|{day.isoformat()}").hex()
    found: Sequence[Row[Any]] = run_sql(
        session,
        cash.FOLDER,
        "80_draw_sample",
        low=low,
        high=high,
        first_on=day - timedelta(days=SAMPLED_DAYS - 1),
        last_on=day,
        seed=seed,
        actor_id=actor.user_id,
        maximum=count,
    ).all()
    return found
