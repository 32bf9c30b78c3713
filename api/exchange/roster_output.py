"""Writes roster files for people: the refused rows to correct and send again, and the empty template to fill in."""

from __future__ import annotations

import io
from typing import Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from api.exchange import refused_rows
from api.exchange.containers import FileFormat
from api.exchange.roster_rules import ROSTER_COLUMNS, ROSTER_RULES, Severity
from api.exchange.rosters import RosterFile, ValidatedRoster

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


def write_refused(roster: RosterFile, validated: ValidatedRoster, *, file_format: FileFormat) -> bytes:
    """Write the refused rows of a roster. Raises as `refused_rows.write_refused`."""
    return refused_rows.write_refused(roster.table, validated.refused, file_format=file_format, sheet=_SHEET)


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
