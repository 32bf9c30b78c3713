"""Reads a table that came from outside, CSV or spreadsheet, into a frame of text with the row numbers of the sheet.

No cell is interpreted here. A number in a spreadsheet becomes text that still shows it was a number, so that the rules
of each column can decide whether digits were lost.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

import numpy as np
import polars as pl

from api.exchange.containers import FileFormat, FileLimits, detect_format, inspect_xlsx
from api.exchange.file_errors import (
    FileDamaged,
    FileEmpty,
    FileTooManyRows,
)
from api.exchange.table_text import cell_text, check_width, first_record, normalise_heading, unique_headings
from api.exchange.text_encoding import decode_text
from api.exchange.visible_sheet import read_visible_sheet


@dataclass(frozen=True)
class Table:
    """A table as it stands in the file: text columns `c0…cN`, their headings, and the sheet's row numbers (header = 1).

    `overlong` holds the numbers of rows that have more cells than the header, which CSV allows and no layout means.
    """

    headings: tuple[str, ...]
    cells: pl.DataFrame
    rows: pl.Series
    overlong: frozenset[int]
    format: FileFormat


def read_table(
    data: bytes, *, file_name: str, limits: FileLimits, number_stays_number: frozenset[str] = frozenset()
) -> Table:
    """Read `data` by its true format; raises a FileRefused of file_errors when the file as a whole is no table.

    In columns headed by one of `number_stays_number` a numeric cell of a spreadsheet is written with its decimal point
    or exponent, so that it can be told from the digits that a clerk typed as text.
    """
    kind = detect_format(data, file_name=file_name, limits=limits)
    if kind is FileFormat.CSV:
        headings, cells, overlong = _read_csv(data, limits=limits)
    else:
        if kind is FileFormat.XLSX:
            inspect_xlsx(data, limits=limits)
        headings, cells = _read_sheet(data, limits=limits, number_stays_number=number_stays_number)
        overlong = frozenset()
    names = unique_headings(headings)
    if cells.height > limits.max_rows:
        raise FileTooManyRows(f"文件超过 {limits.max_rows} 行，请拆分后再导入。")
    rows = pl.Series("row", np.arange(2, cells.height + 2, dtype=np.int64))
    # Blank lines keep their number in the sheet but are not records.
    blank = cells.select(pl.all_horizontal(pl.all().str.len_bytes() == 0)).to_series()
    if blank.any():
        cells, rows = cells.filter(~blank), rows.filter(~blank)
    if cells.height == 0:
        raise FileEmpty("文件只有表头，没有数据行。")
    return Table(names, cells, rows, overlong, kind)


def _read_csv(data: bytes, *, limits: FileLimits) -> tuple[list[str], pl.DataFrame, frozenset[int]]:
    """Read CSV, comma or tab separated; the quick reader first and the patient one when a line is out of shape."""
    text = decode_text(data)
    if "\n" not in text and "\r" in text:
        text = text.replace("\r", "\n")
    first_line = text[: text.find("\n") if "\n" in text else len(text)]
    separator = "\t" if first_line.count("\t") > first_line.count(",") else ","
    headings = first_record(text, separator)
    check_width(len(headings), limits=limits)
    # A carriage return of its own ends a record for the one reader and is a character of the cell for the other.
    if "\x00" not in text and text.count("\r") == text.count("\r\n"):
        try:
            frame = pl.read_csv(text.encode(), separator=separator, infer_schema=False, has_header=False).rechunk()
        except pl.exceptions.PolarsError:
            frame = None
        if frame is not None and frame.width == len(headings):
            cells = frame.slice(1).fill_null("")
            cells.columns = [f"c{index}" for index in range(frame.width)]
            return headings, cells, frozenset()
    return _read_csv_patiently(text, separator, headings, limits=limits)


def _read_csv_patiently(
    text: str, separator: str, headings: list[str], *, limits: FileLimits
) -> tuple[list[str], pl.DataFrame, frozenset[int]]:
    """Read line by line with the standard reader: ragged lines, NUL bytes and stray quotes are met here."""
    width = len(headings)
    columns: list[list[str]] = [[] for _ in headings]
    overlong: set[int] = set()
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        next(reader)
        for number, record in enumerate(reader, start=2):
            if number > limits.max_rows + 1:
                raise FileTooManyRows(f"文件超过 {limits.max_rows} 行，请拆分后再导入。")
            if len(record) > width and any(cell.strip() for cell in record[width:]):
                overlong.add(number)
            for index, column in enumerate(columns):
                column.append(record[index] if index < len(record) else "")
    except csv.Error as error:
        # The reader's own limit of 128 KiB a field: an unclosed quote has swallowed the rest of the file.
        raise FileDamaged("CSV 文件中有未闭合的引号或超长单元格，请重新保存后再导入。") from error
    cells = pl.DataFrame({f"c{index}": pl.Series(values, dtype=pl.String) for index, values in enumerate(columns)})
    return headings, cells, frozenset(overlong)


def _read_sheet(
    data: bytes, *, limits: FileLimits, number_stays_number: frozenset[str]
) -> tuple[list[str], pl.DataFrame]:
    """Read the first sheet of a workbook that can be seen; every cell becomes text."""
    headings, records = read_visible_sheet(io.BytesIO(data), limits=limits)
    check_width(len(headings), limits=limits)
    columns = zip(*records, strict=False) if records else iter([()] * len(headings))
    series: dict[str, pl.Series] = {}
    for index, (heading, column) in enumerate(zip(headings, columns, strict=False)):
        exact = normalise_heading(heading) not in number_stays_number
        texts = [cell if type(cell) is str else cell_text(cell, exact=exact) for cell in column]
        series[f"c{index}"] = pl.Series(texts, dtype=pl.String)
    return headings, pl.DataFrame(series)
