"""The participation register as a workbook: every cell is text, so that nothing in a name or a document can be a formula."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.exchange.text_sheets import Sheet, workbook

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
    title = f"{unit_name}应参保人员名册(截至 {as_of.isoformat()})"
    return workbook([Sheet("应参保人员名册", title, COLUMNS, rows, frozen=4)])
