"""Reports as workbooks that an office can print or send on. Cells are text or counts; nothing is a formula."""

from __future__ import annotations

import io
from typing import Any

import xlsxwriter

COLUMNS = (
    ("division_code", "单位代码", 16),
    ("division_name", "单位", 24),
    ("eligible", "应参保人数", 12),
    ("insured", "已参保人数", 12),
    ("rate", "参保率(%)", 12),
    ("gap", "距目标差(人)", 14),
    ("registered", "已登记人数", 12),
    ("registration_rate", "登记率(%)", 12),
    ("recipients", "领取待遇人数", 14),
    ("working_age_rate", "适龄参保率(%)", 14),
)


def participation_workbook(report: dict[str, Any]) -> bytes:
    """Return the participation report of a unit and its children as .xlsx bytes."""
    buffer = io.BytesIO()
    workbook = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = workbook.add_worksheet("参保率")
    title = workbook.add_format({"bold": True, "font_size": 14})
    head = workbook.add_format({"bold": True, "border": 1, "text_wrap": True, "bg_color": "#E8EEF4"})
    cell = workbook.add_format({"border": 1})
    note = workbook.add_format({"text_wrap": True, "valign": "top", "font_color": "#444444"})
    sheet.write_string(
        0, 0, f"{report['division_name']}参保进度(报告日 {report['as_of']}，目标 {report['target_rate']}%)", title
    )
    for place, (_, label, width) in enumerate(COLUMNS):
        sheet.set_column(place, place, width)
        sheet.write_string(2, place, label, head)
    for line, unit in enumerate([*report["children"], report], start=3):
        for place, (name, _, _) in enumerate(COLUMNS):
            value = unit[name]
            if isinstance(value, int):
                sheet.write_number(line, place, value, cell)
            else:
                sheet.write_string(line, place, "" if value is None else str(value), cell)
    last = 4 + len(report["children"])
    sheet.merge_range(last + 1, 0, last + 3, len(COLUMNS) - 1, report["definition"], note)
    sheet.freeze_panes(3, 2)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    workbook.close()
    return buffer.getvalue()
