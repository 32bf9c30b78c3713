"""Empty files to fill in, one for each kind of import, made from the same tables that judge what comes back."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final

import xlsxwriter

from api.exchange.list_layouts import APPLICATIONS, CONTRIBUTIONS, IN_LISTS
from api.exchange.list_rules import LIST_RULES
from api.exchange.roster_rules import ROSTER_COLUMNS, ROSTER_RULES, RosterColumn, Severity
from api.vocabulary import Channel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from api.exchange.lists import ListLayout

_ROWS: Final = 20_000
"""How far down the drop-down lists reach."""
_YES_NO: Final = ("是", "否")
_ROSTER_CHOICES: Final = {
    "sex": ("男", "女"),
    "hukou_kind": ("农业", "非农业"),
    "student": _YES_NO,
    "employee_insured": _YES_NO,
    "disability_grade": ("一级", "二级", "三级", "四级"),
    "dibao": _YES_NO,
    "wubao": _YES_NO,
    "land_taken": _YES_NO,
}
_LIST_CHOICES: Final = {
    "channel": tuple(one.label for one in Channel),
    "kind": tuple(one.label for one in IN_LISTS),
}
_WIDTHS: Final = {
    "id_number": 21,
    "address": 34,
    "bank_account": 23,
    "village_name": 18,
    "village_code": 15,
    "phone": 14,
}
_SHARED_IN_LISTS: Final = ("name", "id_number", "village_name")
_TITLES: Final = {"residents": "花名册"}
_LAYOUTS: Final[dict[str, ListLayout]] = {"enrolments": APPLICATIONS, "contributions": CONTRIBUTIONS}
KINDS: Final = ("residents", *_LAYOUTS)
_NOTES: Final = (
    "请在第一张工作表填写，每人一行；第一行表头不要改动，可以删去不用的列。",
    "所有列均为文本格式：身份证号、银行账号等请直接录入或粘贴为文本，不要让表格把它们变成数字。",
    "只有本页所列“不予导入的情形”会使该行被退回；退回的行可下载，改正后重新上传，同一文件重复上传不会重复入库。",
)


def template(kind: str, file_format: str) -> bytes:
    """Return the empty file of a kind, `xlsx` or `csv`. Raises KeyError for a kind that no file brings."""
    columns = _columns(kind)
    if file_format == "csv":
        text = io.StringIO()
        csv.writer(text).writerow([column.heading for column in columns])
        return b"\xef\xbb\xbf" + text.getvalue().encode()
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        text_format = book.add_format({"num_format": "@"})
        bold = book.add_format({"num_format": "@", "bold": True, "bg_color": "#DDEBF7", "border": 1})
        wrapped = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet(_TITLES.get(kind) or _LAYOUTS[kind].title)
        choices = _ROSTER_CHOICES if kind == "residents" else _LIST_CHOICES
        _fill_in(sheet, columns, choices, bold, text_format)
        _explain(book.add_worksheet("填写说明"), kind, columns, bold, wrapped)
    return target.getvalue()


def _columns(kind: str) -> Sequence[RosterColumn]:
    """Columns of a kind, in the order in which people fill them in."""
    if kind == "residents":
        return ROSTER_COLUMNS
    shared = {column.field: column for column in ROSTER_COLUMNS}
    return (*(shared[name] for name in _SHARED_IN_LISTS), *_LAYOUTS[kind].columns, shared["remark"])


def _fill_in(
    sheet: Worksheet, columns: Sequence[RosterColumn], choices: dict[str, tuple[str, ...]], bold: Format, text: Format
) -> None:
    """The sheet to fill in: headings, text columns and drop-down lists for closed words."""
    sheet.freeze_panes(1, 1)
    for place, column in enumerate(columns):
        sheet.set_column(place, place, _WIDTHS.get(column.field, 12), text)
        sheet.write_string(0, place, column.heading, bold)
        if column.field in choices:
            words = {"validate": "list", "source": list(choices[column.field])}
            sheet.data_validation(1, place, _ROWS, place, words)


def _explain(sheet: Worksheet, kind: str, columns: Sequence[RosterColumn], bold: Format, text: Format) -> None:
    """Write what each column takes and what it is refused for, from the same tables that refuse."""
    rules = [rule for rule in ROSTER_RULES if rule.severity is Severity.REFUSAL]
    if kind != "residents":
        own = [rule for rule in LIST_RULES if rule.severity is Severity.REFUSAL]
        taken = {(rule.field, rule.code) for rule in own}
        rules = own + [rule for rule in rules if (rule.field, rule.code) not in taken]
    for place, (heading, width) in enumerate((("列", 14), ("示例", 22), ("也可写作", 40), ("不予导入的情形", 90))):
        sheet.set_column(place, place, width, text)
        sheet.write_string(0, place, heading, bold)
    for number, column in enumerate(columns, 1):
        messages = [rule.message.replace("第 {related} 行", "前面的行") for rule in rules if rule.field == column.field]
        cells = (column.heading, column.example, "、".join(column.aliases), " ".join(messages))
        for place, cell in enumerate(cells):
            sheet.write_string(number, place, cell, text)
    for number, note in enumerate(_NOTES, len(columns) + 2):
        sheet.merge_range(number, 0, number, 3, note, text)
