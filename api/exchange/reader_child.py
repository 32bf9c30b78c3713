"""The child process that reads a stranger's file: it has the file, a pipe and limits; no database, no keys, no network.

Run as `python -m api.exchange.reader_child` with the file on standard input; the order is the first line of JSON on the
command line. It writes messages of four bytes of length and JSON: the table's header, its rows in pieces, column by
column, and the end; or a refusal. The parent believes none of it further than text.
"""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any, BinaryIO, Final, cast

from api.exchange.containers import FileFormat, FileLimits, detect_file, inspect_archive
from api.exchange.csv_stream import csv_rows
from api.exchange.file_errors import FileEmpty, FileRefused, FileTooCostly
from api.exchange.sheet_stream import sheet_rows
from api.exchange.table_text import cell_text, normalise_heading

if TYPE_CHECKING:
    from collections.abc import Iterator

MEMORY_BYTES: Final = 512 * 1024 * 1024
CPU_SECONDS: Final = 60
FILE_BYTES: Final = 2 * 1024 * 1024 * 1024
LENGTH_BYTES: Final = 4


def confine() -> None:
    """Set the limits that hold for everything after; where the system has none, the parent's own limits remain."""
    try:
        import resource  # noqa: PLC0415 - not every system has it
    except ImportError:
        return
    limits = {
        resource.RLIMIT_AS: MEMORY_BYTES,
        resource.RLIMIT_CPU: CPU_SECONDS,
        resource.RLIMIT_FSIZE: FILE_BYTES,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 32,
    }
    for kind, most in limits.items():
        _, hard = resource.getrlimit(kind)
        ceiling = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(kind, (ceiling, ceiling))
        except (ValueError, OSError):
            # A system that does not let a process bound its memory still bounds its time.
            continue


def _xls_rows(
    source: BinaryIO, *, limits: FileLimits, number_stays_number: frozenset[str]
) -> Iterator[list[str] | tuple[int, list[str]]]:
    """Read the old binary format whole: it ends at 65,536 rows by itself."""
    from api.exchange.visible_sheet import read_visible_sheet  # noqa: PLC0415 - only this format needs its reader

    headings, records = read_visible_sheet(source, limits=limits)
    yield headings
    exact = [normalise_heading(heading) not in number_stays_number for heading in headings]
    for number, record in enumerate(records, start=2):
        cells = [cell_text(cell, exact=one) for cell, one in zip(record, exact, strict=False)]
        if any(cells):
            yield number, cells


def _rows(source: BinaryIO, kind: FileFormat, limits: FileLimits, text_only: frozenset[str]) -> Iterator[Any]:
    """Open the file by its true format."""
    if kind is FileFormat.CSV:
        yield from csv_rows(source, limits=limits)
        return
    if kind is FileFormat.XLSX:
        size = os.fstat(source.fileno()).st_size
        plain = inspect_archive(source, packed=size, limits=limits)
        source.seek(0)
        yield from sheet_rows(source, limits=limits, number_stays_number=text_only, plain_parts=plain)
        return
    yield from _xls_rows(source, limits=limits, number_stays_number=text_only)


def _say(target: BinaryIO, message: dict[str, Any]) -> None:
    """Write one message."""
    data = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    target.write(len(data).to_bytes(LENGTH_BYTES, "big") + data)
    target.flush()


def read(source: BinaryIO, target: BinaryIO, order: dict[str, Any]) -> None:
    """Read the file and tell it in pieces of `order["rows"]` rows."""
    limits = FileLimits(**order["limits"])
    size = os.fstat(source.fileno()).st_size
    kind = detect_file(source, size=size, file_name=order["name"], limits=limits)
    rows = _rows(source, kind, limits, frozenset(order["text_only"]))
    headings = next(rows, None)
    if headings is None:
        raise FileEmpty
    _say(target, {"headings": headings, "format": kind.value})
    numbers: list[int] = []
    records: list[list[str]] = []
    overlong: list[int] = []
    any_row = False
    for number, cells, *rest in rows:
        numbers.append(number)
        records.append(cells)
        if rest and rest[0]:
            overlong.append(number)
        if len(numbers) == order["rows"]:
            any_row = True
            _say_rows(target, numbers, records, overlong)
            numbers, records, overlong = [], [], []
    if numbers:
        any_row = True
        _say_rows(target, numbers, records, overlong)
    if not any_row:
        raise FileEmpty("文件只有表头，没有数据行。")
    _say(target, {"end": True})


def _say_rows(target: BinaryIO, numbers: list[int], records: list[list[str]], overlong: list[int]) -> None:
    columns = [list(column) for column in zip(*records, strict=True)]
    _say(target, {"numbers": numbers, "columns": columns, "overlong": overlong})


def main() -> int:
    """Read the order, confine the process, read the file."""
    order = json.loads(sys.argv[1])
    confine()
    target = cast("BinaryIO", sys.stdout.buffer)
    try:
        read(cast("Any", sys.stdin.buffer).raw, target, order)
    except FileRefused as refusal:
        _say(target, {"refused": refusal.code, "detail": refusal.detail})
    except MemoryError:
        _say(target, {"refused": FileTooCostly.code, "detail": FileTooCostly.title})
    except BrokenPipeError:
        # The parent has lost its interest, or its life.
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
