"""Writes roster files for people: the refused rows to correct and send again, and the empty template to fill in.

Every cell is text, and none can run as a formula when it is opened.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Final

import polars as pl
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from api.exchange.containers import FileFormat
from api.exchange.roster_cells import is_formula_like
from api.exchange.roster_rules import ERROR_HEADINGS, ROSTER_COLUMNS, ROSTER_RULES, Severity
from api.exchange.rosters import RosterFile, ValidatedRoster

_FORMULA_START: Final = r"^['=+\-@\t\r＝＋－＠]"
_SHEET: Final = "花名册"
_TEMPLATE_ROWS: Final = 20_000
_CHOICES: Final = {
    "sex": ["男", "女"],
    "hukou_kind": ["农业", "非农业"],
    "student": ["是", "否"],
    "employee_insured": ["是", "否"],
    "disability_grade": ["一级", "二级", "三级", "四级"],
    "dibao": ["是", "否"],
    "wubao": ["是", "否"],
    "land_taken": ["是", "否"],
}
_WIDTHS: Final = {
    "id_number": 21,
    "address": 34,
    "bank_account": 23,
    "village_name": 18,
    "village_code": 15,
    "phone": 14,
}


def neutralise(text: str) -> str:
    """Put an apostrophe before text that a spreadsheet would run; the roster reader takes it off again."""
    return "'" + text if text.startswith("'") or is_formula_like(text) else text


def neutralise_column(name: str) -> pl.Expr:
    """Expression that does `neutralise` to a text column."""
    column = pl.col(name)
    return pl.when(column.str.contains(_FORMULA_START)).then("'" + column).otherwise(column).alias(name)


def refused_frame(roster: RosterFile, validated: ValidatedRoster) -> pl.DataFrame:
    """Refused rows with the columns of the file and behind them which columns, codes and reasons; formula-neutralised.

    Headings are those of the file without white space; the columns of an earlier correction round are left out.
    """
    kept = [
        (f"c{index}", heading) for index, heading in enumerate(roster.table.headings) if heading not in ERROR_HEADINGS
    ]
    reasons = _reasons(validated)
    cells = roster.table.cells.select(neutralise_column(source) for source, _ in kept)
    rows = cells.with_columns(roster.table.rows.alias("row")).join(
        reasons, on="row", how="inner", maintain_order="left"
    )
    frame = rows.select(*(source for source, _ in kept), *ERROR_HEADINGS)
    headings = [*(heading for _, heading in kept), *ERROR_HEADINGS]
    # A frame needs distinct names; columns without a heading get one that is written as blank.
    frame.columns = [heading or f"\x00{index}" for index, heading in enumerate(headings)]
    return frame


def _reasons(validated: ValidatedRoster) -> pl.DataFrame:
    """For each refused row the headings, codes and messages of its refusals, joined by a semicolon."""
    by_row: dict[int, list[tuple[str, str, str]]] = {}
    for issue in validated.refused:
        by_row.setdefault(issue.row, []).append((issue.column, issue.code, issue.message))
    joined = [["；".join(parts) for parts in zip(*issues, strict=True)] for issues in by_row.values()]
    return pl.DataFrame(
        {"row": pl.Series(list(by_row), dtype=pl.Int64)}
        | {
            heading: pl.Series([texts[place] for texts in joined], dtype=pl.String)
            for place, heading in enumerate(ERROR_HEADINGS)
        }
    )


def write_refused(roster: RosterFile, validated: ValidatedRoster, *, file_format: FileFormat) -> bytes:
    """Write the refused rows as .csv (UTF-8 with a mark, CRLF) or .xlsx; a corrected file imports as it is.

    Raises ValueError for .xls, which nobody should be given.
    """
    frame = refused_frame(roster, validated)
    headings = ["" if name.startswith("\x00") else name for name in frame.columns]
    if file_format is FileFormat.CSV:
        body = frame.write_csv(include_header=False, line_terminator="\r\n", quote_style="always")
        header = ",".join(f'"{heading.replace(chr(34), chr(34) * 2)}"' for heading in headings)
        return ("\ufeff" + header + "\r\n" + body).encode()
    if file_format is FileFormat.XLSX:
        return _workbook(headings, frame.iter_rows())
    raise ValueError("refused rows are written as .csv or .xlsx")


def _workbook(headings: Sequence[str], rows: Iterable[tuple[str | None, ...]]) -> bytes:
    """Write a sheet of text cells row by row, in constant memory."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"constant_memory": True, "in_memory": True}) as book:
        text = book.add_format({"num_format": "@"})
        bold = book.add_format({"num_format": "@", "bold": True, "bg_color": "#FFF2CC"})
        sheet = book.add_worksheet(_SHEET)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, max(0, len(headings) - 1), 16, text)
        for place, heading in enumerate(headings):
            sheet.write_string(0, place, heading, bold)
        for number, row in enumerate(rows, 1):
            for place, cell in enumerate(row):
                sheet.write_string(number, place, cell or "", text)
    return target.getvalue()


def roster_template() -> bytes:
    """Return the empty roster as .xlsx: text columns, drop-down lists for closed words, and a sheet of explanations."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        text = book.add_format({"num_format": "@"})
        bold = book.add_format({"num_format": "@", "bold": True, "bg_color": "#DDEBF7", "border": 1})
        sheet = book.add_worksheet(_SHEET)
        sheet.freeze_panes(1, 1)
        for place, column in enumerate(ROSTER_COLUMNS):
            sheet.set_column(place, place, _WIDTHS.get(column.field, 11), text)
            sheet.write_string(0, place, column.heading, bold)
            if column.field in _CHOICES:
                choices = {"validate": "list", "source": _CHOICES[column.field]}
                sheet.data_validation(1, place, _TEMPLATE_ROWS, place, choices)
        _explain(book.add_worksheet("填写说明"), bold, text)
    return target.getvalue()


def _explain(sheet: Worksheet, bold: Format, text: Format) -> None:
    """Write what each column takes and what it is refused for, from the same table that refuses."""
    for place, (heading, width) in enumerate((("列", 14), ("示例", 22), ("也可写作", 40), ("不予导入的情形", 90))):
        sheet.set_column(place, place, width, text)
        sheet.write_string(0, place, heading, bold)
    for number, column in enumerate(ROSTER_COLUMNS, 1):
        messages = [
            rule.message.replace("第 {related} 行", "前面的行")
            for rule in ROSTER_RULES
            if rule.field == column.field and rule.severity is Severity.REFUSAL
        ]
        cells = (column.heading, column.example, "、".join(column.aliases), " ".join(messages))
        for place, cell in enumerate(cells):
            sheet.write_string(number, place, cell, text)
