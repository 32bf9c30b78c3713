"""The participation register as a workbook: every cell is text, so that nothing in a name or a document can be a formula."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import xlsxwriter

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

COLUMNS = (
    ("村(社区)", 18),
    ("组别", 8),
    ("户号", 10),
    ("姓名", 12),
    ("性别", 6),
    ("年龄", 6),
    ("身份证号", 22),
    ("状态", 14),
    ("原因", 18),
    ("起始日期", 12),
    ("凭据", 36),
)


def register_workbook(*, unit_name: str, as_of: date, rows: Iterable[Sequence[str]]) -> bytes:
    """Return the register of a unit at a date as .xlsx bytes; `rows` have a text for each of `COLUMNS`."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    workbook = xlsxwriter.Workbook(buffer, options)
    sheet = workbook.add_worksheet("应参保人员名册")
    title = workbook.add_format({"bold": True, "font_size": 14})
    head = workbook.add_format({"bold": True, "border": 1, "bg_color": "#E8EEF4"})
    cell = workbook.add_format({"border": 1})
    for place, (_, width) in enumerate(COLUMNS):
        sheet.set_column(place, place, width)
    sheet.write_string(0, 0, f"{unit_name}应参保人员名册(截至 {as_of.isoformat()})", title)
    for place, (label, _) in enumerate(COLUMNS):
        sheet.write_string(2, place, label, head)
    for line, row in enumerate(rows, start=3):
        for place, text in enumerate(row):
            sheet.write_string(line, place, text, cell)
    sheet.freeze_panes(3, 4)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(2)
    workbook.close()
    return buffer.getvalue()
