"""`nongbao run NAME`: runs over the people of a county. Each run is a command of this group, registered by its module.

Computing needs nobody; approving is a named person's (`--actor`) and never the system's.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from api.cli.common import ActorOption, GuardedGroup, JsonOption, acting, emit
from api.errors import Invalid
from api.permissions import Permission
from api.policy.money import format_yuan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from api.models import Run
    from api.service import Service
    from api.services.interest_figures import TownFigures

app = typer.Typer(cls=GuardedGroup, no_args_is_help=True, help="批次：年度结息、月度发放等。计算、审批分两人办理。")

CountyOption = Annotated[int, typer.Option("--county", min=110000, max=659999, help="县级行政区划代码(6位)")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="只计算并显示，不保存")]
ApproveOption = Annotated[str | None, typer.Option("--approve", help="审批该编号的批次并入账；须以 --actor 指明审批人")]


class PeriodMalformed(Invalid):
    """The period is not one of this run."""

    code = "period-malformed"
    title = "期间格式不正确"


class ApproverMissing(Invalid):
    """An approval is a person's."""

    code = "approver-missing"
    title = "审批须以 --actor 指明审批人"


def business_date(service: Service) -> date:
    """Return today's business date: the demonstration's, or the calendar's in China."""
    return service.business_date or datetime.now(ZoneInfo("Asia/Shanghai")).date()


def run_number(text: str) -> int:
    """Read the number of a run. Raises `PeriodMalformed`."""
    if not (text.isascii() and text.isdigit() and len(text) == 16):
        raise PeriodMalformed("批次编号为16位数字。")
    return int(text)


@app.command("annual-interest")
def annual_interest(
    county: CountyOption,
    period: Annotated[str, typer.Option("--period", help="结息年度，例如 2010")],
    dry_run: DryRunOption = False,
    approve: ApproveOption = None,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """年度结息：计算全县一年的利息；另一人审批后按街镇逐个入账，中断后再次审批即可续办。"""
    from api.service import open_service

    if not (period.isascii() and period.isdigit() and len(period) == 4):
        raise PeriodMalformed("结息年度为四位数字，例如 2010。")
    if approve is not None and actor is None:
        raise ApproverMissing
    with open_service() as service:
        if approve is not None:
            facts = _approve(service, actor, county, run_number(approve), as_json=as_json)
        else:
            facts = _compute(service, actor, county, int(period), dry_run=dry_run)
    emit(facts, as_json=as_json, text=_told(facts))


def _compute(service: Service, actor: str | None, county: int, year: int, *, dry_run: bool) -> dict[str, Any]:
    from api.services import interest_runs

    acts = acting(service, actor, division_code=county * 1_000_000, permission=Permission.INTEREST_RUN)
    work = service.database.rehearsal if dry_run else service.database.unit_of_work
    with work(acts) as session:
        today = business_date(service)
        run = interest_runs.compute(session, actor=acts, county_code=county, year=year, today=today)
        return _facts(run) | {"dry_run": dry_run}


def _approve(service: Service, actor: str | None, county: int, run_id: int, *, as_json: bool) -> dict[str, Any]:
    from api.services import interest_runs

    acts = acting(service, actor, division_code=county * 1_000_000, permission=Permission.INTEREST_APPROVE)
    with service.database.read_snapshot(acts) as session:
        run, _ = interest_runs.read(session, run_id)
    with _progress(len(run.summary["towns"]), silent=as_json) as step:
        done = interest_runs.approve(
            service.database,
            actor=acts,
            run_id=run_id,
            content_hash=run.content_hash,
            on_town=step,
            today=business_date(service),
        )
    return _facts(done) | {"dry_run": False}


@contextmanager
def _progress(total: int, *, silent: bool) -> Iterator[Callable[[TownFigures], None]]:
    """A bar on standard error, a step per town."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), disable=silent) as bar:
        task = bar.add_task("按街镇入账", total=total)
        yield lambda _town: bar.advance(task)


def _facts(run: Run) -> dict[str, Any]:
    towns = run.summary["towns"]
    return {
        "run": str(run.id),
        "kind": run.kind.value,
        "county": str(run.county_code),
        "period": run.period,
        "state": run.state.value,
        "rate": run.parameters["rate"],
        "accounts": sum(town["account_count"] for town in towns),
        "rows": run.row_count,
        "personal": format_yuan(sum(town["personal_fen"] for town in towns)),
        "collective": format_yuan(sum(town["collective_fen"] for town in towns)),
        "gov": format_yuan(sum(town["gov_fen"] for town in towns)),
        "total": format_yuan(run.total_fen),
        "content_hash": run.content_hash,
        "towns": [
            {
                "division_code": str(town["town_code"]),
                "accounts": town["account_count"],
                "rows": town["row_count"],
                "personal": format_yuan(town["personal_fen"]),
                "collective": format_yuan(town["collective_fen"]),
                "gov": format_yuan(town["gov_fen"]),
            }
            for town in towns
        ],
    }


def _told(facts: dict[str, Any]) -> str:
    """The run in words."""
    heading = "试算，未保存" if facts["dry_run"] else f"批次 {facts['run']}，{facts['state']}"
    lines = [
        f"{facts['period']}年度结息({heading})，年利率{facts['rate']}",
        (
            f"账户{facts['accounts']}个，计息{facts['rows']}人，利息合计{facts['total']}元"
            f"(个人{facts['personal']}、集体{facts['collective']}、政府{facts['gov']})"
        ),
    ]
    lines += [
        f"  {town['division_code']}  {town['rows']}人  个人{town['personal']} 集体{town['collective']} 政府{town['gov']}"
        for town in facts["towns"]
    ]
    return "\n".join([*lines, f"内容摘要 {facts['content_hash']}"])
