"""The law of a place on a day: which dated parameters hold there. Every amount asks here, and nowhere else.

The law is the statutes and the approved changes over them (`policy.parameter_layers`). A process keeps the books that it
has read, by the serial of their newest change. The serial is asked once in each transaction, so that an approval holds
at once in every process; what is posted may name it (`serial_of`), which says exactly what the amount was judged by.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlmodel import col

from api.database import ask
from api.models import PolicyParameterChange
from api.policy.parameter_layers import LayeredBook, LayeredChange
from api.policy.parameters import DatedParameter, Evidence, statute_book
from api.vocabulary import ParameterChangeState
from api.wire import Prepared

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from api.policy.parameters import PolicyParameters
    from api.wire import Call

_COUNTY_SPAN = 1_000_000
_KNOWN = "law"
_BOOKS_KEPT = 4
_SERIAL = Prepared(
    "law_serial", "bigint", "SELECT coalesce(max(serial), $1) FROM policy_parameter_changes WHERE serial > $1"
)
# By engine: two databases number their changes alike.
_shelves: weakref.WeakKeyDictionary[Any, dict[int, LayeredBook]] = weakref.WeakKeyDictionary()


def law_on(session: Session, division_code: int, day: date) -> PolicyParameters:
    """Return every parameter as it holds in a division on a day. Raises `ParametersUnknown` before the scheme began."""
    return book_of(session).on(division_code, day)


def law_of_county(session: Session, county_code: int, day: date) -> PolicyParameters:
    """Return every parameter as it holds in a county as a whole: the law of the pool, of its runs and of its interest."""
    return law_on(session, county_code * _COUNTY_SPAN, day)


def basic_pension_paid_fen(session: Session, county_code: int, month: date, *, in_month: date) -> int:
    """Return the basic pension of a month in a county, in fen, as it is paid in another month (A14).

    Raises `ParametersUnknown` before the scheme began. policy.md §2.3, §3.3 P15.
    """
    return book_of(session).basic_pension_paid_fen(county_code * _COUNTY_SPAN, month, in_month=in_month)


def serial_of(session: Session) -> int:
    """Return the serial of the newest approved change, by which this transaction judges; 0 for the statutes alone."""
    known = session.info.get(_KNOWN)
    if known is not None and known[0]() is session.get_transaction():
        return int(known[1])
    (rows,) = ask(session, ask_serial())
    return note_serial(session, rows)


def ask_serial() -> Call:
    """Return the statement that asks for the serial, for whoever has others to send along with it."""
    return _SERIAL.of(0)


def note_serial(session: Session, rows: Sequence[tuple[Any, ...]]) -> int:
    """Keep the answer of `ask_serial` for the rest of the transaction, and return it."""
    ((serial,),) = rows
    transaction = session.get_transaction()
    if transaction is not None:
        session.info[_KNOWN] = (weakref.ref(transaction), serial)
    return int(serial)


def forget_serial(session: Session) -> None:
    """Ask for the serial anew: this very transaction has approved a change."""
    session.info.pop(_KNOWN, None)


def book_of(session: Session) -> LayeredBook:
    """Return the dated law as this transaction sees it."""
    serial = serial_of(session)
    shelf = _shelves.setdefault(session.get_bind(), {})
    book = shelf.get(serial)
    if book is None:
        book = LayeredBook(_approved(session, serial)) if serial else LayeredBook()
        while len(shelf) >= _BOOKS_KEPT:
            shelf.pop(next(iter(shelf)), None)
        shelf[serial] = book
    return book


def _approved(session: Session, serial: int) -> list[LayeredChange]:
    rows = session.scalars(
        select(PolicyParameterChange)
        .where(
            col(PolicyParameterChange.state) == ParameterChangeState.APPROVED,
            col(PolicyParameterChange.serial) <= serial,
        )
        .order_by(col(PolicyParameterChange.serial))
    )
    return [layered(row, serial=row.serial or 0) for row in rows]


def layered(change: PolicyParameterChange, *, serial: int) -> LayeredChange:
    """Return a change as the law reads it; the code's kind and label are the statutes'. Raises `StopIteration` for none."""
    like = next(entry for entry in statute_book().entries if entry.code == change.code)
    entry = DatedParameter(
        code=change.code,
        label=like.label,
        kind=like.kind,
        value=change.value,
        valid_from=change.valid_from,
        valid_to=change.valid_to,
        document=change.document,
        article=change.article,
        evidence=Evidence.SUPPORTED,
        note=change.reason,
        topic=like.topic,
        paid_from=change.paid_from,
    )
    return LayeredChange(serial, change.id, change.division_code, entry)
