"""`nongbao run progress-snapshot`: freezes the participation figures of a county at the end of a month, and shows them."""

from __future__ import annotations

from calendar import monthrange
from typing import TYPE_CHECKING, Any

from api.cli.common import ActorOption, JsonOption, acting, emit
from api.cli.payments import PeriodOption, month_of
from api.cli.runs import CountyOption, DryRunOption, business_date
from api.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.services.participation import Report, UnitFigures


def progress_snapshot(
    county: CountyOption,
    period: PeriodOption,
    dry_run: DryRunOption = False,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """生成全县参保进度快照(报告日为该月最后一天，不能晚于今天)，按街镇、村列出参保率；再次生成为同一报告日的下一版本。"""
    from api.service import open_service
    from api.services import participation

    month = month_of(period)
    as_of = month.replace(day=monthrange(month.year, month.month)[1])
    unit = county * 1_000_000
    with open_service() as service:
        today = business_date(service)
        right = Permission.REPORT_READ if dry_run else Permission.REPORT_FREEZE
        acts = acting(service, actor, division_code=unit, permission=right)
        if dry_run:
            with service.database.read_snapshot(acts) as session:
                told = participation.report(session, division_code=unit, as_of=as_of, today=today)
                units = participation.outline(session, told)
        else:
            with service.database.unit_of_work(acts) as session:
                told = participation.freeze(session, actor=acts, division_code=unit, as_of=as_of, today=today)
                units = participation.outline(session, told)
    document = _facts(told, units, dry_run=dry_run)
    emit(document, as_json=as_json, text="" if as_json else _table(document, units))


def _facts(told: Report, units: Sequence[UnitFigures], *, dry_run: bool) -> dict[str, Any]:
    """The report as plain values, the county first and each town before its villages."""
    from api.services.participation import DEFINITION

    return {
        "county": f"{told.unit.division.code // 1_000_000:06d}",
        "as_of": told.as_of.isoformat(),
        "contribution_year": told.contribution_year,
        "frozen": not dry_run,
        "dry_run": dry_run,
        "definition": DEFINITION,
        "target_deadline": told.target_deadline.isoformat(),
        "units": [
            {
                "division_code": str(unit.division.code),
                "division_name": unit.division.name,
                "level": unit.division.level.value,
                "eligible": unit.counts.eligible,
                "insured": unit.counts.insured,
                "rate": unit.attainment.rate,
                "target": unit.attainment.target,
                "needed": unit.needed,
                "gap": unit.attainment.gap,
                "reached": unit.attainment.reached,
            }
            for unit in units
        ],
    }


def _table(document: dict[str, Any], units: Sequence[UnitFigures]) -> str:
    """The report for people, with the definition beneath."""
    from rich.console import Console
    from rich.table import Table

    from api.vocabulary import DivisionLevel

    state = "已生成快照" if document["frozen"] else "即时统计，未生成快照"
    table = Table(
        title=f"参保进度 {document['as_of']}({state})", caption=document["definition"], caption_justify="left"
    )
    table.add_column("单位")
    for heading in ("应参保 E", "已参保 P", "参保率 %", "目标 %", "差几人"):
        table.add_column(heading, justify="right")
    indent = {DivisionLevel.TOWN: 1, DivisionLevel.VILLAGE: 2}
    for unit in units:
        table.add_row(
            "  " * indent.get(unit.division.level, 0) + unit.division.name,
            str(unit.counts.eligible),
            str(unit.counts.insured),
            unit.attainment.rate or "—",
            unit.attainment.target,
            str(unit.attainment.gap),
        )
    console = Console()
    with console.capture() as shown:
        console.print(table)
    return shown.get().rstrip("\n")
