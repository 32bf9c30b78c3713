"""The comparison of a department's list as a workbook to work through or to send back. Numbers masked; nothing is a formula."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import xlsxwriter

from api.exchange.refused_rows import neutralise

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

COLUMNS = (
    ("结果", 20),
    ("处理", 10),
    ("采用", 6),
    ("名单行号", 9),
    ("名单姓名", 12),
    ("名单证件号", 22),
    ("名单日期", 12),
    ("等级", 6),
    ("依据", 24),
    ("花名册姓名", 12),
    ("花名册证件号", 22),
    ("村(居)委会", 18),
    ("原登记等级", 11),
    ("原登记日期", 12),
    ("死亡后已发月数", 14),
    ("死亡后已发金额(元)", 18),
    ("理由", 24),
    ("未办原因", 20),
)


def comparison_workbook(title: str, rows: Iterable[Sequence[str]]) -> bytes:
    """Return the rows of a comparison as .xlsx bytes, written row by row in constant memory."""
    target = io.BytesIO()
    options = {"constant_memory": True, "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book:
        text = book.add_format({"num_format": "@"})
        bold = book.add_format({"num_format": "@", "bold": True, "bg_color": "#E8EEF4"})
        sheet = book.add_worksheet("比对结果")
        for place, (_, width) in enumerate(COLUMNS):
            sheet.set_column(place, place, width, text)
        sheet.write_string(0, 0, neutralise(title), book.add_format({"bold": True, "font_size": 14}))
        for place, (heading, _) in enumerate(COLUMNS):
            sheet.write_string(1, place, heading, bold)
        for number, row in enumerate(rows, 2):
            for place, cell in enumerate(row):
                sheet.write_string(number, place, neutralise(cell), text)
        sheet.freeze_panes(2, 0)
    return target.getvalue()
