"""未缴费名单 as a workbook: every cell is text, so that nothing in a name can be a formula."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.exchange.text_sheets import Sheet, workbook

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
    title = f"{unit_name}{year}年度未缴费名单"
    return workbook([Sheet("未缴费名单", title, COLUMNS, rows, frozen=4)])
