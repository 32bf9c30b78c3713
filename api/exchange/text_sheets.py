"""Lists as workbooks for an office to print: every cell is text, so that nothing in a name can be a formula."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import xlsxwriter

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name, a title, the columns with their widths, and the rows as texts."""

    name: str
    title: str
    columns: Sequence[tuple[str, int]]
    rows: Iterable[Sequence[str]]
    frozen: int = 0
    """Columns that stay in sight."""


def workbook(sheets: Sequence[Sheet]) -> bytes:
    """Return the sheets as .xlsx bytes; each row has a text for each column."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(buffer, options)
    title = book.add_format({"bold": True, "font_size": 14})
    head = book.add_format({"bold": True, "border": 1, "bg_color": "#E8EEF4"})
    cell = book.add_format({"border": 1})
    for one in sheets:
        sheet = book.add_worksheet(one.name)
        for place, (_, width) in enumerate(one.columns):
            sheet.set_column(place, place, width)
        sheet.write_string(0, 0, one.title, title)
        for place, (label, _) in enumerate(one.columns):
            sheet.write_string(2, place, label, head)
        for line, row in enumerate(one.rows, start=3):
            for place, text in enumerate(row):
                sheet.write_string(line, place, text, cell)
        sheet.freeze_panes(3, one.frozen)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(2)
    book.close()
    return buffer.getvalue()
