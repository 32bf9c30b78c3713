"""What the readers of whole files and of files in pieces have in common: headings, widths, and the text of a cell.

Pure Python on purpose: the child process that reads a stranger's file loads nothing else.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import unicodedata
from typing import TYPE_CHECKING

from api.exchange.file_errors import FileDamaged, FileEmpty, FileTooManyColumns, HeaderDuplicated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.exchange.containers import FileLimits

_EXACT_INTEGER = 10**15
"""Spreadsheets keep 15 significant digits; an integer below this is what the clerk typed."""
HEADER_CHARACTERS = 100_000
"""How far into a text the header may reach."""


def normalise_heading(text: str) -> str:
    """Heading as it is compared: NFKC and without any white space."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def unique_headings(headings: Sequence[str]) -> tuple[str, ...]:
    """Normalise headings (NFKC, no white space) and refuse two alike; empty headings stay empty."""
    names = tuple(normalise_heading(text) for text in headings)
    filled = [name for name in names if name]
    if not filled:
        raise FileEmpty
    twice = sorted({name for name in filled if filled.count(name) > 1})
    if twice:
        raise HeaderDuplicated(f"表头有重复的列：{'、'.join(name[:20] for name in twice[:5])}。")
    return names


def check_width(width: int, *, limits: FileLimits) -> None:
    """Refuse a header wider than any layout."""
    if width > limits.max_columns:
        raise FileTooManyColumns(f"文件超过 {limits.max_columns} 列，请使用导入模板。")


def first_record(text: str, separator: str) -> list[str]:
    """Return the header record, without reading the rest."""
    reader = csv.reader(io.StringIO(text[:HEADER_CHARACTERS], newline=""), delimiter=separator)
    try:
        for record in reader:
            while record and not record[-1].strip():
                record.pop()
            if record:
                return record
            break
    except csv.Error as error:
        raise FileDamaged("CSV 文件的表头无法读取，请重新保存后再导入。") from error
    raise FileEmpty


def number_text(number: float, *, exact: bool) -> str:
    """Write a number of a spreadsheet: whole and `exact` ones plainly; others stay visibly numbers."""
    return str(int(number)) if exact and number.is_integer() and abs(number) < _EXACT_INTEGER else repr(number)


def cell_text(cell: object, *, exact: bool = True) -> str:
    """Text of a spreadsheet cell. Whole numbers that are `exact` are written plainly; others stay visibly numbers."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, (int, float)):
        return number_text(float(cell), exact=exact)
    if isinstance(cell, (dt.datetime, dt.date, dt.time)):
        return cell.isoformat()
    return "" if cell is None else str(cell)
