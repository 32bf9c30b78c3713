"""Writes the refused rows of any list as a file to correct and send again.

Every cell is text, and none can run as a formula when it is opened.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import polars as pl
import xlsxwriter

from api.exchange.containers import FileFormat
from api.exchange.roster_cells import is_formula_like
from api.exchange.roster_rules import ERROR_HEADINGS, Issue
from api.exchange.tables import Table

_FORMULA_START: Final = r"^['=+\-@\t\r＝＋－＠]"


def neutralise(text: str) -> str:
    """Put an apostrophe before text that a spreadsheet would run; the readers of lists take it off again."""
    return "'" + text if text.startswith("'") or is_formula_like(text) else text


def neutralise_column(name: str) -> pl.Expr:
    """Expression that does `neutralise` to a text column."""
    column = pl.col(name)
    return pl.when(column.str.contains(_FORMULA_START)).then("'" + column).otherwise(column).alias(name)


def refused_frame(table: Table, refused: Sequence[Issue]) -> pl.DataFrame:
    """Refused rows with the columns of the file and behind them which columns, codes and reasons; formula-neutralised.

    Headings are those of the file without white space; the columns of an earlier correction round are left out.
    """
    kept = [(f"c{index}", heading) for index, heading in enumerate(table.headings) if heading not in ERROR_HEADINGS]
    cells = table.cells.select(neutralise_column(source) for source, _ in kept)
    rows = cells.with_columns(table.rows.alias("row")).join(
        _reasons(refused), on="row", how="inner", maintain_order="left"
    )
    frame = rows.select(*(source for source, _ in kept), *ERROR_HEADINGS)
    headings = [*(heading for _, heading in kept), *ERROR_HEADINGS]
    # A frame needs distinct names; columns without a heading get one that is written as blank.
    frame.columns = [heading or f"\x00{index}" for index, heading in enumerate(headings)]
    return frame


def _reasons(refused: Sequence[Issue]) -> pl.DataFrame:
    """For each refused row the headings, codes and messages of its refusals, joined by a semicolon."""
    by_row: dict[int, list[tuple[str, str, str]]] = {}
    for issue in refused:
        by_row.setdefault(issue.row, []).append((issue.column, issue.code, issue.message))
    joined = [["；".join(parts) for parts in zip(*issues, strict=True)] for issues in by_row.values()]
    return pl.DataFrame(
        {"row": pl.Series(list(by_row), dtype=pl.Int64)}
        | {
            heading: pl.Series([texts[place] for texts in joined], dtype=pl.String)
            for place, heading in enumerate(ERROR_HEADINGS)
        }
    )


def write_refused(table: Table, refused: Sequence[Issue], *, file_format: FileFormat, sheet: str) -> bytes:
    """Write the refused rows as .csv (UTF-8 with a mark, CRLF) or .xlsx; a corrected file imports as it is.

    Raises ValueError for .xls, which nobody should be given.
    """
    frame = refused_frame(table, refused)
    headings = ["" if name.startswith("\x00") else name for name in frame.columns]
    if file_format is FileFormat.CSV:
        body = frame.write_csv(include_header=False, line_terminator="\r\n", quote_style="always")
        header = ",".join(f'"{heading.replace(chr(34), chr(34) * 2)}"' for heading in headings)
        return ("\ufeff" + header + "\r\n" + body).encode()
    if file_format is FileFormat.XLSX:
        return _workbook(headings, frame.iter_rows(), sheet)
    raise ValueError("refused rows are written as .csv or .xlsx")


def csv_pieces(pieces: Iterable[tuple[Table, Sequence[Issue]]]) -> Iterator[bytes]:
    """Yield the refused rows of a file's pieces as one .csv, as `write_refused` would write them."""
    for number, (table, refused) in enumerate(pieces):
        data = write_refused(table, refused, file_format=FileFormat.CSV, sheet="")
        yield data if number == 0 else data[data.index(b"\r\n") + 2 :]


def workbook_of_pieces(pieces: Iterable[tuple[Table, Sequence[Issue]]], *, sheet: str) -> bytes:
    """Return the refused rows of a file's pieces as one .xlsx."""
    frames = [refused_frame(table, refused) for table, refused in pieces]
    headings = ["" if name.startswith("\x00") else name for name in frames[0].columns]
    return _workbook(headings, (row for frame in frames for row in frame.iter_rows()), sheet)


def _workbook(headings: Sequence[str], rows: Iterable[tuple[str | None, ...]], name: str) -> bytes:
    """Write a sheet of text cells row by row, in constant memory."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"constant_memory": True, "in_memory": True}) as book:
        text = book.add_format({"num_format": "@"})
        bold = book.add_format({"num_format": "@", "bold": True, "bg_color": "#FFF2CC"})
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, max(0, len(headings) - 1), 16, text)
        for place, heading in enumerate(headings):
            sheet.write_string(0, place, heading, bold)
        for number, row in enumerate(rows, 1):
            for place, cell in enumerate(row):
                sheet.write_string(number, place, cell or "", text)
    return target.getvalue()
