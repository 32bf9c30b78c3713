"""Tables of the fund's books as workbooks: a sheet for each, cells are text or counts, and nothing is a formula."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import xlsxwriter

from api.exchange.refused_rows import neutralise

if TYPE_CHECKING:
    from collections.abc import Iterable

    from api.exchange.fund_tables import Part

_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
_MINUS = "-"


def workbook(title: str, parts: Iterable[Part]) -> bytes:
    """Return tables as .xlsx bytes. Amounts stay exact text: a negative one is no formula and keeps its sign."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    head = book.add_format({"bold": True, "border": 1, "text_wrap": True, "bg_color": "#E8EEF4"})
    cell = book.add_format({"border": 1})
    amount = book.add_format({"border": 1, "align": "right"})
    bold = book.add_format({"bold": True, "font_size": 14})
    for number, part in enumerate(parts, start=1):
        sheet = book.add_worksheet(f"{number} {part.title}".translate(_FORBIDDEN)[:31])
        sheet.write_string(0, 0, neutralise(f"{title} {part.title}"), bold)
        sheet.write_string(1, 0, neutralise(part.note))
        for place, name in enumerate(part.heads):
            sheet.set_column(place, place, 28 if place == 0 else 16)
            sheet.write_string(2, place, neutralise(name), head)
        for line, values in enumerate(part.lines, start=3):
            for place, value in enumerate(values):
                if place in part.numbers:
                    sheet.write_string(line, place, _amount(value), amount)
                else:
                    sheet.write_string(line, place, neutralise(value), cell)
        sheet.freeze_panes(3, 1)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
    book.close()
    return buffer.getvalue()


def _amount(value: str) -> str:
    """Let digits of an amount be, its sign included; whatever else stands in its place is neutralised like any text."""
    return value if value.removeprefix(_MINUS).replace(".", "").isdecimal() else neutralise(value)
