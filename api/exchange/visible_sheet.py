"""The first sheet of a workbook that people see, read whole: its headings and its records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

import python_calamine

from api.exchange.file_errors import FileDamaged, FileEmpty, FileTooManyRows
from api.exchange.table_text import cell_text, check_width

if TYPE_CHECKING:
    from api.exchange.containers import FileLimits


def read_visible_sheet(source: BinaryIO, *, limits: FileLimits) -> tuple[list[str], list[Any]]:
    """Return the headings, without empty ones at the end, and the records below them.

    Raises `FileDamaged`, `FileEmpty`, `FileTooManyRows` and what `check_width` raises.
    """
    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(source)
        visible = (
            place
            for place, sheet in enumerate(workbook.sheets_metadata)
            if sheet.visible is python_calamine.SheetVisibleEnum.Visible
            and sheet.typ is python_calamine.SheetTypeEnum.WorkSheet
        )
        sheet = workbook.get_sheet_by_index(next(visible, 0))
        check_width(sheet.width, limits=limits)
        if sheet.height > limits.max_rows + 1:
            raise FileTooManyRows(f"文件超过 {limits.max_rows} 行，请拆分后再导入。")
        records = sheet.to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, OSError, ValueError, IndexError) as error:
        raise FileDamaged from error
    if not records:
        raise FileEmpty
    headings = [cell_text(cell) for cell in records[0]]
    while headings and not headings[-1].strip():
        headings.pop()
    return headings, records[1:]
