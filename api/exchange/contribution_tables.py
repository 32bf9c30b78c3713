"""缴费情况 laid out as tables: altogether, by tier, by rhythm, by special group. Nothing is computed here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.exchange.fund_tables import Part
from api.vocabulary import Rhythm

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COLUMNS = (
    ("paid_persons", "缴费人数"),
    ("paid", "缴费金额"),
    ("unpaid_persons", "未缴人数"),
    ("make_up_persons", "补缴人数"),
    ("make_up_years", "补缴年数"),
    ("make_up", "补缴金额"),
    ("government_persons", "代缴人数"),
    ("government", "代缴金额"),
    ("collective", "集体补助资助"),
    ("subsidy", "应计政府补贴"),
)
GROUPS = {
    "severely_disabled": "重度残疾",
    "dibao": "低保",
    "wubao": "五保",
    "land_taken": "被征地",
    "none": "无",
}


def contribution_parts(report: Mapping[str, Any]) -> list[Part]:
    """Lay a report out as the API shows it."""
    rhythms = {one.value: one.label for one in Rhythm}
    return [
        _part("按缴费档次", "档次(元/年)", [*report["by_tier"], report["total"]], {}),
        _part("按缴费周期", "周期", [*report["by_rhythm"], report["total"]], rhythms),
        _part("按特殊人群", "人群", [*report["by_special_group"], report["total"]], GROUPS),
    ]


def _part(title: str, first: str, rows: Sequence[Mapping[str, Any]], labels: Mapping[str, str]) -> Part:
    heads = (first, *(label for _, label in COLUMNS))
    lines = tuple(
        (
            "合计" if row["key"] is None else labels.get(row["key"], row["key"]),
            *(str(row[name]) for name, _ in COLUMNS),
        )
        for row in rows
    )
    return Part(title, heads, lines, tuple(range(1, len(heads))))
