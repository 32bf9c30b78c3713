"""`nongbao run government-paid`: 政府代缴 of a county, computed by anybody and approved by a named second person."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.common import ActorOption, JsonOption, acting, emit
from api.cli.runs import (
    ApproveOption,
    ApproverMissing,
    CountyOption,
    DryRunOption,
    PeriodMalformed,
    business_date,
    run_number,
)
from api.permissions import Permission
from api.policy.money import format_yuan
from api.vocabulary import GovernmentPaidOutcome

if TYPE_CHECKING:
    from api.models import Run
    from api.service import Service


def government_paid(
    county: CountyOption,
    period: Annotated[str, typer.Option("--period", help="代缴日期，例如 2011-04-08；代缴的是该日所在年度")],
    dry_run: DryRunOption = False,
    approve: ApproveOption = None,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """政府代缴：列出全县应由政府代缴的人员和不代缴的原因；另一人审批后按街镇逐个入账，中断后再次审批即可续办。"""
    from api.service import open_service

    try:
        paid_on = date.fromisoformat(period)
    except ValueError:
        raise PeriodMalformed("代缴日期须为 YYYY-MM-DD，例如 2011-04-08。") from None
    if approve is not None and actor is None:
        raise ApproverMissing
    with open_service() as service:
        if approve is not None:
            facts = _approve(service, actor, county, run_number(approve))
        else:
            facts = _compute(service, actor, county, paid_on, dry_run=dry_run)
    emit(facts, as_json=as_json, text=_told(facts))


def _compute(service: Service, actor: str | None, county: int, paid_on: date, *, dry_run: bool) -> dict[str, Any]:
    from api.services import government_paid_runs

    acts = acting(service, actor, division_code=county * 1_000_000, permission=Permission.GOVERNMENT_PAID_RUN)
    work = service.database.rehearsal if dry_run else service.database.unit_of_work
    with work(acts) as session:
        run = government_paid_runs.compute(
            session, actor=acts, county_code=county, paid_on=paid_on, today=business_date(service)
        )
        return _facts(run, {}) | {"dry_run": dry_run}


def _approve(service: Service, actor: str | None, county: int, run_id: int) -> dict[str, Any]:
    from api.services import government_paid_runs

    acts = acting(service, actor, division_code=county * 1_000_000, permission=Permission.GOVERNMENT_PAID_APPROVE)
    with service.database.read_snapshot(acts) as session:
        run, _ = government_paid_runs.read(session, run_id)
    government_paid_runs.approve(
        service.database,
        actor=acts,
        run_id=run_id,
        content_hash=run.content_hash,
        today=business_date(service),
    )
    with service.database.read_snapshot(acts) as session:
        return _facts(*government_paid_runs.read(session, run_id)) | {"dry_run": False}


def _facts(run: Run, posted: dict[int, tuple[int, int]]) -> dict[str, Any]:
    return {
        "run": str(run.id),
        "kind": run.kind.value,
        "county": str(run.county_code),
        "period": run.period,
        "paid_on": run.parameters["paid_on"],
        "state": run.state.value,
        "rows": run.row_count,
        "total": format_yuan(run.total_fen),
        "posted_rows": sum(rows for rows, _ in posted.values()),
        "posted_total": format_yuan(sum(fen for _, fen in posted.values())),
        "content_hash": run.content_hash,
        "outcomes": run.summary["outcomes"],
        "towns": [
            {
                "division_code": str(town["town_code"]),
                "named": town["named_count"],
                "rows": town["row_count"],
                "paid": format_yuan(town["paid_fen"]),
                "subsidy": format_yuan(town["subsidy_fen"]),
            }
            for town in run.summary["towns"]
        ],
    }


def _told(facts: dict[str, Any]) -> str:
    """The run in words."""
    heading = "试算，未保存" if facts["dry_run"] else f"批次 {facts['run']}，{facts['state']}"
    lines = [
        f"{facts['paid_on']}政府代缴({heading})",
        f"代缴{facts['rows']}人，合计{facts['total']}元；已入账{facts['posted_rows']}人{facts['posted_total']}元",
    ]
    lines += [f"  {GovernmentPaidOutcome(word).label} {count}人" for word, count in facts["outcomes"].items()]
    lines += [
        f"  {town['division_code']}  {town['rows']}人  代缴{town['paid']} 补贴{town['subsidy']}"
        for town in facts["towns"]
    ]
    return "\n".join([*lines, f"内容摘要 {facts['content_hash']}"])
