"""`nongbao run monthly-payment` and `nongbao import bank-return`."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.common import ActorOption, JsonOption, acting, emit
from api.cli.runs import business_date
from api.errors import Invalid
from api.permissions import Permission
from api.policy.money import format_yuan

if TYPE_CHECKING:
    from api.database import Actor
    from api.models import PaymentRun
    from api.service import Service

CountyOption = Annotated[int, typer.Option(min=100_000, max=999_999, help="县级 6 位行政区划代码")]
PeriodOption = Annotated[str, typer.Option(help="月份，例如 2011-03")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="全部计算后撤销，只打印结果")]


class CommandUnclear(Invalid):
    """Options of a command contradict each other or one is missing."""

    code = "command-unclear"
    title = "命令选项不完整或互相矛盾"


def month_of(period: str) -> date:
    """Read a month such as 2011-03. Raises `MonthMalformed`."""
    from api.policy.ages import Month

    return Month.parse(period).first_day


def facts_of(run: PaymentRun) -> dict[str, Any]:
    """Return a run for `--json`."""
    comparison = run.comparison
    last = comparison["last"]
    return {
        "id": str(run.id),
        "county": f"{run.county_code:06d}",
        "month": f"{run.month:%Y-%m}",
        "state": run.state.value,
        "version": run.version,
        "heads": comparison["now"]["heads"],
        "line_count": run.line_count,
        "total": format_yuan(run.total_fen),
        "exceptions": comparison["exceptions"],
        "withheld": comparison["withheld"],
        "new": comparison["new"],
        "gone": comparison["gone"],
        "changed": comparison["changed"],
        "last": {"month": last["month"], "heads": last["heads"], "total": format_yuan(last["total_fen"])}
        if last
        else None,
        "content_hash": run.content_hash,
    }


def text_of(facts: dict[str, Any]) -> str:
    """Return a run for people."""
    from api.vocabulary import RunState

    held = "、".join(f"{code} {number}" for code, number in facts["exceptions"].items()) or "无"
    before = facts["last"]
    compared = f"上月({before['month']}) {before['heads']} 人 {before['total']} 元" if before else "没有上一批次"
    return (
        f"批次 {facts['id']}  {facts['month']}  {RunState(facts['state']).label}\n"
        f"{facts['heads']} 人，{facts['line_count']} 笔，{facts['total']} 元；{compared}；"
        f"新增 {facts['new']}，减少 {facts['gone']}，变动 {facts['changed']}\n"
        f"异常：{held}；暂不发放 {facts['withheld']}\n内容摘要 {facts['content_hash']}"
    )


def monthly_payment(
    county: CountyOption,
    period: PeriodOption,
    dry_run: DryRunOption = False,
    approve: Annotated[int | None, typer.Option(help="审批哪个批次(批次编号)")] = None,
    file: Annotated[int | None, typer.Option(help="报盘哪个批次(批次编号)")] = None,
    out: Annotated[Path | None, typer.Option(help="报盘文件写入的文件夹", file_okay=False)] = None,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """计算一个县的月度发放；或用 --approve 审批、--file 报盘一个批次。审批和报盘须由不同用户(--actor)办理。"""
    from api.service import open_service

    month = month_of(period)
    if (approve is not None and file is not None) or (dry_run and (approve or file)):
        raise CommandUnclear("--dry-run、--approve、--file 只能用一个。")
    if file is not None and out is None:
        raise CommandUnclear("报盘须用 --out 指定文件夹。")
    right = Permission.PAYMENT_COMPUTE
    if approve is not None:
        right = Permission.PAYMENT_APPROVE
    elif file is not None:
        right = Permission.PAYMENT_FILE
    with open_service() as service:
        acts = acting(service, actor, division_code=county * 1_000_000, permission=right)
        if approve is not None:
            facts = _approve(service, acts, approve, county, month)
        elif file is not None and out is not None:
            facts = _release(service, acts, file, county, month, out)
        else:
            facts = _compute(service, acts, county, month, dry_run=dry_run)
    text = text_of(facts) + "".join(f"\n{name}" for name in facts.get("files", []))
    emit(facts, as_json=as_json, text=text)


def _compute(service: Service, acts: Actor, county: int, month: date, *, dry_run: bool) -> dict[str, Any]:
    from api.services import payment_runs

    work = service.database.rehearsal if dry_run else service.database.unit_of_work
    with work(acts) as session:
        run = payment_runs.compute(session, actor=acts, county=county, month=month, today=business_date(service))
        return {**facts_of(run), "dry_run": dry_run}


def _checked(run: PaymentRun, county: int, month: date) -> PaymentRun:
    """Refuse a run of another county or month than the command names."""
    if (run.county_code, run.month) != (county, month):
        raise CommandUnclear(f"批次 {run.id} 属于 {run.county_code} 的 {run.month:%Y-%m}，与命令不符。")
    return run


def _approve(service: Service, acts: Actor, run_id: int, county: int, month: date) -> dict[str, Any]:
    from api.services import payment_runs

    with service.database.unit_of_work(acts) as session:
        run = _checked(payment_runs.get(session, run_id), county, month)
        done = payment_runs.approve(
            session, actor=acts, run_id=run_id, given_hash=run.content_hash, expected_version=run.version
        )
        return facts_of(done)


def _release(service: Service, acts: Actor, run_id: int, county: int, month: date, out: Path) -> dict[str, Any]:
    """Release a run and write its files, readable by their owner only."""
    from api.services import payment_files, payment_runs

    names: list[str] = []
    with service.database.unit_of_work(acts) as session:
        _checked(payment_runs.get(session, run_id), county, month)
        run, files = payment_files.release(
            session, actor=acts, keyring=service.keyring, run_id=run_id, today=business_date(service)
        )
        made = [
            payment_files.download(session, actor=acts, keyring=service.keyring, run_id=run_id, file_id=one.id)
            for one in files
        ]
        facts = facts_of(run)
    # Only after the commit: a file outside must not exist for a run that was not sent.
    out.mkdir(parents=True, exist_ok=True)
    for one in made:
        path = out / one.record.name
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(one.content)
        names.append(one.record.name)
    return {**facts, "files": names}


def bank_return(
    files: Annotated[list[Path], typer.Argument(help="银行回盘文件(_S.TXT、_F.TXT)", exists=True, dir_okay=False)],
    run: Annotated[int, typer.Option(help="属于哪个批次(批次编号)")],
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """处理银行回盘文件：全部入账，或因任何一行不符而整份不入账。同一文件再次处理没有影响。"""
    from api.service import open_service
    from api.services import payment_returns

    contents = [(path.name, path.read_bytes()) for path in files]
    with open_service() as service:
        acts = acting(service, actor, division_code=run // 10**10 * 1_000_000, permission=Permission.PAYMENT_FILE)
        try:
            with service.database.unit_of_work(acts) as session:
                done = payment_returns.load(
                    session, actor=acts, keyring=service.keyring, run_id=run, files=contents,
                    today=business_date(service),
                )  # fmt: skip
                paid = sum(one.paid_count for one in done.returns)
                back = sum(one.refused_count for one in done.returns)
                state = done.run.state.value
        except payment_returns.ReturnRefused as refusal:
            listed = [
                {"row": one.line, "column": "", "code": one.code, "message": one.message} for one in refusal.lines
            ]
            document = {
                "kind": "bank-return",
                "rows": 0,
                "accepted": 0,
                "unchanged": 0,
                "refused": listed,
                "warnings": [],
            }
            emit(document, as_json=as_json, text=refusal.detail)
            raise typer.Exit(1) from None
    rows = paid + back
    document = {
        "kind": "bank-return", "rows": rows, "accepted": 0 if done.repeated else rows,
        "unchanged": rows if done.repeated else 0, "refused": [], "warnings": [], "paid": paid, "bank_refused": back,
        "run": str(run), "state": state,
    }  # fmt: skip
    text = "该回盘文件已处理过，没有变化。" if done.repeated else f"到账 {paid} 笔，退回 {back} 笔；批次状态 {state}。"
    emit(document, as_json=as_json, text=text)
