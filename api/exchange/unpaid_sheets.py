"""未缴费名单 as a workbook: every cell is text, so that nothing in a name can be a formula."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import xlsxwriter

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

COLUMNS = (
    ("村(社区)", 18),
    ("组别", 8),
    ("户号", 10),
    ("姓名", 12),
    ("联系电话", 14),
    ("档次(元)", 10),
    ("缴费周期", 10),
    ("已缴(元)", 10),
    ("应缴(元)", 10),
    ("原因", 14),
)


def unpaid_workbook(*, unit_name: str, year: int, rows: Iterable[Sequence[str]]) -> bytes:
    """Return a unit's list of a year as .xlsx bytes; `rows` have a text for each of `COLUMNS`."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    workbook = xlsxwriter.Workbook(buffer, options)
    sheet = workbook.add_worksheet("未缴费名单")
    title = workbook.add_format({"bold": True, "font_size": 14})
    head = workbook.add_format({"bold": True, "border": 1, "bg_color": "#E8EEF4"})
    cell = workbook.add_format({"border": 1})
    for place, (_, width) in enumerate(COLUMNS):
        sheet.set_column(place, place, width)
    sheet.write_string(0, 0, f"{unit_name}{year}年度未缴费名单", title)
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
