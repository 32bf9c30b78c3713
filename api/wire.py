"""Few round trips: statements that the server knows by name, and statements that wait until the next one travels.

A round trip costs as much as everything that a small request asks for, so what returns nothing (BEGIN with role and
scope, the audit event, the kept answer) goes along with what follows it, and COMMIT with the last of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg import pq
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg.pq.abc import Escaping
    from sqlalchemy import Connection, Engine

_WAITING: Final = "waiting"
_KNOWN: Final = "known"
_MOST_PASSING: Final = 64


class TransactionLost(AssertionError):
    """COMMIT was answered by ROLLBACK: an error was swallowed on the way. Must not become a success."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement that a connection parses and plans once; parameters are `$1`, `$2`, … of the given types."""

    name: str
    types: str
    text: str
    is_passing: bool = False
    """One of any number of kinds: a connection keeps the last few of these and forgets the others."""

    @property
    def returns(self) -> bool:
        """Whether it returns rows."""
        return "RETURNING" in self.text

    def of(self, *values: Any) -> Call:
        """Return the statement with values for its parameters."""
        return Call(self, values)


@dataclass(frozen=True, slots=True)
class Call:
    """A prepared statement with its values."""

    statement: Prepared
    values: tuple[Any, ...]


@dataclass(slots=True)
class Answer:
    """What a statement that travelled later has returned, once it has travelled."""

    call: Call
    rows: list[tuple[Any, ...]] = field(default_factory=list)


def install(engine: Engine) -> None:
    """Send what waits before any statement that goes another way."""

    @event.listens_for(engine, "before_cursor_execute")
    def before(connection: Connection, *_: Any) -> None:
        flush(connection)

    @event.listens_for(engine, "checkin")
    def checkin(_driver_connection: Any, record: Any) -> None:
        # A transaction that was begun and never used must not begin for whoever gets the connection next.
        record.info.pop(_WAITING, None)

    @event.listens_for(engine, "commit")
    def before_commit(connection: Connection) -> None:
        flush(connection)


def begin(connection: Connection, script: str) -> None:
    """Let a new transaction begin along with its first statement; what an earlier one left unsent is dropped."""
    connection.info[_WAITING] = [script]


def wait(connection: Connection, call: Call) -> Answer:
    """Send a statement along with the next one, or with COMMIT; its rows are there afterwards, and so are its faults."""
    _prepare(connection, call)
    answer = Answer(call)
    connection.info.setdefault(_WAITING, []).append(answer)
    return answer


def tell(connection: Connection, setting: str) -> None:
    """Send one statement without rows, such as SET LOCAL, along with the next one."""
    connection.info.setdefault(_WAITING, []).append(setting)


def flush(connection: Connection) -> None:
    """Send what waits by itself."""
    if connection.info.get(_WAITING):
        _send(connection, [])


def ask(connection: Connection, calls: Sequence[Call], *, last: bool = False) -> list[list[tuple[Any, ...]]]:
    """Send what waits and `calls` in one round trip, with COMMIT if they are the `last`; return the rows of each call.

    Each statement sees what was committed before it began, as if it had been sent by itself. Raises `DBAPIError`.
    """
    for call in calls:
        _prepare(connection, call)
    cursor = _send(connection, [*calls, "COMMIT"] if last else calls)
    found = []
    for place in range(-len(calls) - last, -last):
        cursor.set_result(place)
        result = cursor.pgresult
        found.append(cursor.fetchall() if result is not None and result.nfields else [])
    return found


def commit(connection: Connection) -> None:
    """Send what waits and COMMIT. Raises `TransactionLost` when the server has rolled back instead."""
    cursor = _send(connection, ["COMMIT"])
    cursor.set_result(-1)
    if cursor.statusmessage != "COMMIT":
        raise TransactionLost


def _prepare(connection: Connection, call: Call) -> None:
    """Tell the server a statement that this connection has not used yet.

    It goes by itself: a name stays when its transaction is undone, and nobody could tell how far a script has come.
    """
    known: dict[str, bool] = connection.info.setdefault(_KNOWN, {})
    statement = call.statement
    if statement.name in known:
        if statement.is_passing:
            # Behind those that were asked less lately.
            known[statement.name] = known.pop(statement.name)
        return
    flush(connection)
    script = f"PREPARE {statement.name} ({statement.types}) AS {statement.text}"
    passing = [name for name, passes in known.items() if passes] if statement.is_passing else []
    if len(passing) >= _MOST_PASSING:
        script = f"DEALLOCATE {passing[0]}; {script}"
        del known[passing[0]]
    _execute(connection, script.encode())
    known[statement.name] = statement.is_passing


def _send(connection: Connection, steps: Sequence[Call | str]) -> psycopg.Cursor[Any]:
    waiting = connection.info.pop(_WAITING, ())
    escaping = pq.Escaping(_driver(connection).pgconn)
    script = b";".join(_written(step, escaping) for step in (*waiting, *steps))
    cursor = _execute(connection, script)
    # BEGIN with its settings has several results, so places are counted from the end.
    for place, answer in enumerate(waiting, -len(waiting) - len(steps)):
        if isinstance(answer, Answer) and answer.call.statement.returns:
            cursor.set_result(place)
            answer.rows = cursor.fetchall()
    return cursor


def _execute(connection: Connection, script: bytes) -> psycopg.Cursor[Any]:
    """Run several statements by the simple query protocol; a fault comes in the clothes of the engine's own."""
    driver = _driver(connection)
    cursor = driver.cursor()
    try:
        return cursor.execute(script, prepare=False)
    except psycopg.Error as error:
        lost = driver.closed
        if lost:
            connection.invalidate(error)
        raise DBAPIError.instance(
            "(script)",
            None,
            error,
            psycopg.Error,
            hide_parameters=True,
            connection_invalidated=lost,
            dialect=connection.dialect,
        ) from error


def _driver(connection: Connection) -> psycopg.Connection[Any]:
    driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
    return driver


def _written(step: Call | Answer | str, escaping: Escaping) -> bytes:
    if isinstance(step, str):
        return step.encode()
    if isinstance(step, Answer):
        step = step.call
    values = ",".join(_literal(value, escaping) for value in step.values)
    return f"EXECUTE {step.statement.name}({values})".encode()


def _literal(value: Any, escaping: Escaping) -> str:
    """Write a value as SQL; texts by the client library's own quoting, which knows the server's settings."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, bytes):
        return f"decode('{value.hex()}', 'hex')"
    if isinstance(value, date):
        return f"'{value.isoformat()}'"
    if isinstance(value, str):
        return _quoted(value, escaping)
    if isinstance(value, list):
        if not value:
            return "'{}'"
        return "ARRAY[" + ",".join(_literal(item, escaping) for item in value) + "]"
    message = f"no literal for {type(value).__name__}"
    raise TypeError(message)


def _quoted(value: str, escaping: Escaping) -> str:
    if "\x00" in value:
        # The library would stop at it and store half a text.
        message = "a text must not contain NUL"
        raise DBAPIError.instance(None, None, psycopg.DataError(message), psycopg.Error, hide_parameters=True)
    return bytes(escaping.escape_literal(value.encode())).decode()
