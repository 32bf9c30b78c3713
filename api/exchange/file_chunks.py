"""Hands a file to a confined child process and gets its table back in pieces; the memory of both stays flat.

Pieces are cut by count of records, so that the same file gives the same pieces every time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, cast

import polars as pl

import api
from api.exchange import file_errors
from api.exchange.containers import FileFormat, FileLimits
from api.exchange.file_errors import FileDamaged, FileEmpty, FileRefused, FileTooCostly
from api.exchange.reader_child import LENGTH_BYTES
from api.exchange.table_text import check_width, unique_headings
from api.exchange.tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CHUNK_ROWS: Final = 20_000
_LARGEST_MESSAGE: Final = 512 * 1024 * 1024
_REFUSALS: Final = {
    one.code: one
    for one in vars(file_errors).values()
    if isinstance(one, type) and issubclass(one, FileRefused) and one is not FileRefused
}


@contextmanager
def unnamed_file(parts: Iterable[bytes]) -> Iterator[BinaryIO]:
    """A file that nobody else can open and that is gone with its last reader, filled with the parts."""
    with tempfile.TemporaryFile() as file:
        for part in parts:
            file.write(part)
        file.flush()
        file.seek(0)
        yield cast("BinaryIO", file)


def read_chunks(
    source: BinaryIO,
    *,
    file_name: str,
    limits: FileLimits,
    number_stays_number: frozenset[str] = frozenset(),
    rows: int = CHUNK_ROWS,
) -> Iterator[Table]:
    """Yield the table of a file in pieces of so many records; all have the same headings.

    `source` is a real file at its beginning. Raises what `tables.read_table` raises, and FileTooCostly when the child
    meets its limits; the pieces before it have then been yielded already.
    """
    order = {
        "name": Path(file_name).name,
        "limits": asdict(limits),
        "text_only": sorted(number_stays_number),
        "rows": rows,
    }
    child = subprocess.Popen(  # noqa: S603 - our own module, the order is JSON
        [sys.executable, "-P", "-m", "api.exchange.reader_child", json.dumps(order)],
        stdin=source.fileno(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environment(),
        close_fds=True,
    )
    try:
        yield from _tables(cast("BinaryIO", child.stdout), limits)
    finally:
        cast("BinaryIO", child.stdout).close()
        child.kill()
        child.wait()


def _environment() -> dict[str, str]:
    """All that the child learns of its surroundings: where the program lies, and where it may put a file."""
    kept = {name: os.environ[name] for name in ("TMPDIR", "SYSTEMROOT", "LD_LIBRARY_PATH") if name in os.environ}
    return kept | {"PYTHONPATH": str(Path(api.__file__).parent.parent), "PYTHONUTF8": "1"}


def _tables(pipe: BinaryIO, limits: FileLimits) -> Iterator[Table]:
    """Turn the child's messages into tables."""
    header = _hear(pipe)
    headings = [str(one) for one in header["headings"]]
    check_width(len(headings), limits=limits)
    names = unique_headings(headings)
    kind = FileFormat(header["format"])
    last = 1
    while not (message := _hear(pipe)).get("end"):
        table = _table(names, kind, message)
        first = table.rows[0]
        if first <= last or table.rows[-1] > limits.max_rows + 1:
            raise FileDamaged
        last = table.rows[-1]
        yield table
    if last == 1:
        raise FileEmpty("文件只有表头，没有数据行。")


def _table(names: tuple[str, ...], kind: FileFormat, message: dict[str, Any]) -> Table:
    """One piece, as a table of its own."""
    try:
        rows = pl.Series("row", message["numbers"], dtype=pl.Int64)
        series = [pl.Series(f"c{place}", cells, dtype=pl.String) for place, cells in enumerate(message["columns"])]
        frame = pl.DataFrame(series)
        if frame.width != len(names) or frame.height != rows.len() or not rows.len():
            raise FileDamaged
        return Table(names, frame, rows, frozenset(map(int, message["overlong"])), kind)
    except (KeyError, TypeError, ValueError, UnicodeError, pl.exceptions.PolarsError) as error:
        raise FileDamaged from error


def _hear(pipe: BinaryIO) -> dict[str, Any]:
    """Read one message. Raises the refusal that it tells, or FileTooCostly when the child has died."""
    head = pipe.read(LENGTH_BYTES)
    size = int.from_bytes(head, "big")
    if len(head) < LENGTH_BYTES or size > _LARGEST_MESSAGE:
        raise FileTooCostly
    data = pipe.read(size)
    if len(data) < size:
        raise FileTooCostly
    try:
        message = json.loads(data)
    except ValueError as error:
        raise FileDamaged from error
    if not isinstance(message, dict):
        raise FileDamaged
    if "refused" in message:
        refusal = _REFUSALS.get(str(message["refused"]), FileDamaged)
        raise refusal(str(message.get("detail", ""))[:300] or None)
    return message
