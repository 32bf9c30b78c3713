"""`nongbao run collection` and, for whatever a bank sends back, `nongbao import bank-return`."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli import payments
from api.cli.common import ActorOption, JsonOption, acting, emit
from api.cli.payments import CommandUnclear, CountyOption, DryRunOption
from api.cli.runs import PeriodMalformed, business_date
from api.permissions import Permission
from api.policy.money import format_yuan

if TYPE_CHECKING:
    from api.database import Actor
    from api.models import CollectionBatch
    from api.service import Service
    from api.services.bank_return_routing import Owner

YearOption = Annotated[str, typer.Option("--period", help="缴费年度，例如 2011")]
REFUSED = 2


def facts_of(batch: CollectionBatch) -> dict[str, Any]:
    """Return a batch for `--json`."""
    return {
        "id": str(batch.id),
        "division_code": str(batch.division_code),
        "contribution_year": batch.contribution_year,
        "number": batch.number,
        "layout": batch.layout,
        "state": batch.state.value,
        "line_count": batch.line_count,
        "total": format_yuan(batch.total_fen),
        "exceptions": batch.exception_count,
        "left_out": batch.summary["left_out"],
        "deducted_count": batch.deducted_count,
        "deducted": format_yuan(batch.deducted_fen),
        "failed_count": batch.failed_count,
        "content_hash": batch.content_hash,
        "version": batch.version,
    }


def text_of(facts: dict[str, Any]) -> str:
    """Return a batch for people."""
    from api.vocabulary import CollectionState

    left = "、".join(f"{code} {people}" for code, people in facts["left_out"].items()) or "无"
    return (
        f"批次 {facts['id']}  {facts['contribution_year']}年度代扣  {CollectionState(facts['state']).label}\n"
        f"{facts['line_count']} 笔，{facts['total']} 元；已扣 {facts['deducted_count']} 笔 {facts['deducted']} 元，"
        f"失败 {facts['failed_count']} 笔\n未列入：{left}\n内容摘要 {facts['content_hash']}"
    )


def collection(
    county: CountyOption,
    period: YearOption,
    division: Annotated[int | None, typer.Option(help="只计算这个街镇(12位代码)；不填为全县")] = None,
    layout: Annotated[str, typer.Option(help="银行报盘格式")] = "rural_credit_2010",
    dry_run: DryRunOption = False,
    approve: Annotated[int | None, typer.Option(help="审批哪个批次(批次编号)")] = None,
    file: Annotated[int | None, typer.Option("--file", "--release", help="报盘哪个批次(批次编号)")] = None,
    out: Annotated[Path | None, typer.Option(help="报盘文件写入的文件夹", file_okay=False)] = None,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """计算一个年度的银行代扣；或用 --approve 审批、--file 报盘一个批次。审批和报盘须由不同用户(--actor)办理。"""
    from api.service import open_service

    if not (period.isascii() and period.isdigit() and len(period) == 4):
        raise PeriodMalformed("缴费年度为四位数字，例如 2011。")
    if (approve is not None and file is not None) or (dry_run and (approve or file)):
        raise CommandUnclear("--dry-run、--approve、--file 只能用一个。")
    if file is not None and out is None:
        raise CommandUnclear("报盘须用 --out 指定文件夹。")
    unit = division or county * 1_000_000
    if unit // 1_000_000 != county:
        raise CommandUnclear("街镇不属于该县。")
    right = Permission.COLLECTION_COMPUTE
    if approve is not None:
        right = Permission.COLLECTION_APPROVE
    elif file is not None:
        right = Permission.COLLECTION_FILE
    with open_service() as service:
        acts = acting(service, actor, division_code=county * 1_000_000, permission=right)
        if approve is not None:
            facts = _approve(service, acts, approve, county, int(period))
        elif file is not None and out is not None:
            facts = _release(service, acts, file, county, int(period), out)
        else:
            facts = _compute(service, acts, unit, int(period), layout, dry_run=dry_run)
    text = text_of(facts) + "".join(f"\n{name}" for name in facts.get("files", []))
    emit(facts, as_json=as_json, text=text)


def _compute(service: Service, acts: Actor, unit: int, year: int, layout: str, *, dry_run: bool) -> dict[str, Any]:
    from api.services import collection_batches

    work = service.database.rehearsal if dry_run else service.database.unit_of_work
    wanted = collection_batches.Wanted(division_code=unit, contribution_year=year, layout=layout)
    with work(acts) as session:
        batch = collection_batches.compute(session, actor=acts, wanted=wanted, today=business_date(service))
        return {**facts_of(batch), "dry_run": dry_run}


def _checked(batch: CollectionBatch, county: int, year: int) -> CollectionBatch:
    """Refuse a batch of another county or year than the command names."""
    if (batch.county_code, batch.contribution_year) != (county, year):
        raise CommandUnclear(
            f"批次 {batch.id} 属于 {batch.county_code} 的 {batch.contribution_year} 年度，与命令不符。"
        )
    return batch


def _approve(service: Service, acts: Actor, batch_id: int, county: int, year: int) -> dict[str, Any]:
    from api.services import collection_batches

    with service.database.unit_of_work(acts) as session:
        batch = _checked(collection_batches.get(session, batch_id, actor=acts), county, year)
        done = collection_batches.approve(
            session, actor=acts, batch_id=batch_id, given_hash=batch.content_hash, expected_version=batch.version,
            today=business_date(service),
        )  # fmt: skip
        return facts_of(done)


def _release(service: Service, acts: Actor, batch_id: int, county: int, year: int, out: Path) -> dict[str, Any]:
    """Release a batch and write its files, readable by their owner only."""
    from api.services import collection_batches, collection_files

    with service.database.unit_of_work(acts) as session:
        _checked(collection_batches.get(session, batch_id, actor=acts), county, year)
        batch, files = collection_files.release(
            session, actor=acts, keyring=service.keyring, batch_id=batch_id, today=business_date(service)
        )
        facts = facts_of(batch)
        ids = [one.id for one in files]
    # Only after the commit: a file outside must not exist for a batch that was not sent. One part in memory at a time.
    out.mkdir(parents=True, exist_ok=True)
    names: list[str] = []
    for file_id in ids:
        with service.database.unit_of_work(acts) as session:
            made = collection_files.download(
                session, actor=acts, keyring=service.keyring, batch_id=batch_id, file_id=file_id
            )
            name = made.record.name
        path = out / name
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(made.content)
        names.append(name)
    return {**facts, "files": names}


def bank_return(
    files: Annotated[list[Path], typer.Argument(help="银行回盘文件(成功、失败)", exists=True, dir_okay=False)],
    run: Annotated[int | None, typer.Option(help="发放回盘属于哪个批次(批次编号)；不填则按文件名")] = None,
    deducted_on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="代扣回盘的扣款日期；不填为今天")
    ] = None,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """处理银行回盘文件：按文件名分为发放、代扣、开户。同一文件再次处理没有影响。"""
    from api.exchange.bank_layouts_loader import FilePurpose
    from api.service import open_service
    from api.services import bank_return_routing

    names = [path.name for path in files]
    if run is not None:
        payments.bank_return(files, run, actor, as_json)
        return
    with open_service() as service:
        unit = bank_return_routing.county_in(names) * 1_000_000
        acts = acting(service, actor, division_code=unit)
        with service.database.read_snapshot(acts) as session:
            owner = bank_return_routing.owner_of(session, names)
        if owner.purpose is not FilePurpose.PAY:
            acts = acting(service, actor, division_code=unit, permission=Permission.COLLECTION_FILE)
            contents = [(path.name, path.read_bytes()) for path in files]
            day = deducted_on.date() if deducted_on else business_date(service)
            document, text = _load(service, acts, owner, contents, day)
            emit(document, as_json=as_json, text=text)
            if document["refused"]:
                raise typer.Exit(REFUSED)
            return
    payments.bank_return(files, owner.id, actor, as_json)


def _load(
    service: Service, acts: Actor, owner: Owner, contents: list[tuple[str, bytes]], day: date
) -> tuple[dict[str, Any], str]:
    """Take deductions or passbooks; return the document and the words for people."""
    from api.exchange.bank_layouts_loader import FilePurpose

    if owner.purpose is FilePurpose.OPEN:
        return _load_passbooks(service, acts, owner.id, contents)
    return _load_deductions(service, acts, owner.id, contents, day)


def _load_deductions(
    service: Service, acts: Actor, batch_id: int, contents: list[tuple[str, bytes]], day: date
) -> tuple[dict[str, Any], str]:
    from api.services import collection_findings, collection_returns

    with service.database.unit_of_work(acts) as session:
        taken = collection_returns.load(
            session, actor=acts, keyring=service.keyring, batch_id=batch_id, files=contents, deducted_on=day,
            today=business_date(service),
        )  # fmt: skip
        rows = sum(one.line_count for one in taken.returns)
        posted = sum(one.posted_count for one in taken.returns)
        failed = sum(one.failed_count for one in taken.returns)
        aside = collection_findings.of_returns(session, taken.batch, [one.id for one in taken.returns])
        state = taken.batch.state
        refused = [
            {"row": one.file_line, "column": "", "code": one.code.value, "message": one.code.label} for one in aside
        ]
    document = {
        "kind": "bank-return", "rows": rows, "accepted": 0 if taken.repeated else posted + failed,
        "unchanged": posted + failed if taken.repeated else 0, "refused": refused, "warnings": [], "posted": posted,
        "bank_refused": failed, "batch": str(batch_id), "state": state.value,
    }  # fmt: skip
    if taken.repeated:
        return document, "该回盘文件已处理过，没有变化。"
    return document, f"入账 {posted} 笔，扣款失败 {failed} 笔，待查 {len(refused)} 行；批次状态 {state.label}。"


def _load_passbooks(
    service: Service, acts: Actor, opening_id: int, contents: list[tuple[str, bytes]]
) -> tuple[dict[str, Any], str]:
    from api.services import account_opening_returns

    with service.database.unit_of_work(acts) as session:
        taken = account_opening_returns.load(
            session, actor=acts, keyring=service.keyring, opening_id=opening_id, files=contents
        )
        rows = sum(one.line_count for one in taken.returns)
        opened = sum(one.opened_count for one in taken.returns)
        failed = sum(one.failed_count for one in taken.returns)
        refused = [
            {"row": found["line"], "column": "", "code": found["code"], "message": "未采用"}
            for one in taken.returns
            for found in one.findings
        ]
        state = taken.opening.state.value
    document = {
        "kind": "bank-return", "rows": rows, "accepted": 0 if taken.repeated else opened + failed,
        "unchanged": opened + failed if taken.repeated else 0, "refused": refused, "warnings": [], "opened": opened,
        "bank_refused": failed, "opening": str(opening_id), "state": state,
    }  # fmt: skip
    if taken.repeated:
        return document, "该回盘文件已处理过，没有变化。"
    return document, f"开户 {opened} 户，失败 {failed} 户，未采用 {len(refused)} 行。"
