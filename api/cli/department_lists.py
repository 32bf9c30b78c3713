"""`nongbao import department-list`: compare another department's list with the register, and approve it as a second person."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.common import ActorOption, JsonOption, acting, emit
from api.cli.imports import (
    SHOWN,
    SOME_REFUSED,
    DryRunOption,
    ErrorsFormatUnknown,
    ErrorsOption,
    FormatOption,
    InputFormat,
    today_of,
)
from api.cli.runs import ApproverMissing
from api.errors import Invalid
from api.permissions import Permission
from api.policy.money import format_yuan
from api.vocabulary import DepartmentListKind, ListOutcome

if TYPE_CHECKING:
    from datetime import date

    from api.models import DepartmentList
    from api.service import Service
    from api.services.department_lists import Brought

NATION = 100_000_000_000
PERIODS = {"year": "每年", "month": "每月", "once": "一次"}


class ListNumberMalformed(Invalid):
    """The number of a list has 16 digits."""

    code = "list-number-malformed"
    title = "名单编号为16位数字"


class ListOptionsMissing(Invalid):
    """Bringing a list needs to know which one, of which unit, by whom and as of when."""

    code = "list-options-missing"
    title = "比对名单须给出文件、--list、--division、--department、--document 和 --as-of"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """What a command was asked to bring."""

    file: Path
    name: str
    kind: DepartmentListKind
    division: int
    department: str
    document: str
    as_of: date
    complete: bool


def department_list(
    file: Annotated[Path | None, typer.Argument(exists=True, dir_okay=False, readable=True, help="部门名单")] = None,
    kind: Annotated[DepartmentListKind | None, typer.Option("--list", help="名单种类")] = None,
    division: Annotated[int | None, typer.Option(min=NATION, max=10**12 - 1, help="名单所属单位的 12 位代码")] = None,
    department: Annotated[str | None, typer.Option(help="来自哪个部门，例如 民政局")] = None,
    document: Annotated[str | None, typer.Option(help="来文文号")] = None,
    as_of: Annotated[datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="名单截止日")] = None,
    complete: Annotated[bool, typer.Option("--complete", help="名单是本单位的全部人员；不填则只是增加名单")] = False,
    approve: Annotated[str | None, typer.Option("--approve", help="采用该编号的名单；须以 --actor 指明复核人")] = None,
    dry_run: DryRunOption = False,
    errors: ErrorsOption = None,
    file_format: FormatOption = None,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """比对部门名单(死亡、残疾、低保、五保、职保、被征地、在校、服刑)与花名册；另一人以 --approve 采用后才登记。"""
    from api.service import open_service

    if errors is not None and errors.suffix.lower() not in {".csv", ".xlsx"}:
        raise ErrorsFormatUnknown
    with open_service() as service:
        if approve is not None:
            found = _approve(service, approve, actor, dry_run=dry_run)
            if as_json:
                emit(_document(found), as_json=True, text="")
            else:
                _show(found, dry_run=dry_run)
            return
        if not (file and kind and division and department and document and as_of):
            raise ListOptionsMissing
        order = _Order(
            file=file, name=_name(file, file_format), kind=kind, division=division, department=department,
            document=document, as_of=as_of.date(), complete=complete,
        )  # fmt: skip
        brought = _bring(service, order, actor, dry_run=dry_run)
    if errors is not None and brought.refused:
        _save_refused(brought, errors)
    if as_json:
        emit(brought.as_json() | {"list": _document(brought.found, dry_run=dry_run)}, as_json=True, text="")
    else:
        _show(brought.found, dry_run=dry_run)
        _show_refused(brought)
    if brought.refused:
        raise typer.Exit(SOME_REFUSED)


def _name(file: Path, file_format: InputFormat | None) -> str:
    return file.name if file_format is None else f"{file.stem}.{file_format.value}"


def _bring(service: Service, order: _Order, username: str | None, *, dry_run: bool) -> Brought:
    """Compare and keep; a dry run does all of it and undoes it."""
    from api.services import department_lists

    acts = acting(service, username, division_code=order.division, permission=Permission.LIST_SUBMIT)
    statement = department_lists.Statement(
        kind=order.kind, division_code=order.division, department=order.department, document=order.document,
        as_of=order.as_of, is_complete=order.complete,
    )  # fmt: skip
    database = service.database
    with database.rehearsal(acts) if dry_run else database.unit_of_work(acts) as session:
        return department_lists.bring(
            session, service.keyring, actor=acts, statement=statement, content=order.file.read_bytes(),
            file_name=order.name, today=today_of(service),
        )  # fmt: skip


def _approve(service: Service, number: str, username: str | None, *, dry_run: bool) -> DepartmentList:
    """Adopt a list as it stands now; a dry run does all of it and undoes it."""
    from api.services import department_list_approvals, department_lists

    if username is None:
        raise ApproverMissing
    if not (number.isascii() and number.isdigit() and len(number) == 16):
        raise ListNumberMalformed
    list_id = int(number)
    acts = acting(service, username, division_code=list_id // 10**10 * 10**6, permission=Permission.LIST_APPROVE)
    database = service.database
    with database.rehearsal(acts) if dry_run else database.unit_of_work(acts) as session:
        found = department_lists.get(session, list_id)
        return department_list_approvals.approve(
            session, actor=acts, list_id=list_id, given_hash=found.content_hash, expected_version=found.version,
            today=today_of(service),
        )  # fmt: skip


def _document(found: DepartmentList, *, dry_run: bool = False) -> dict[str, Any]:
    """Describe a list for programs; money is yuan."""
    return {
        "id": None if dry_run else str(found.id),
        "list": found.kind.value,
        "state": found.state.value,
        "as_of": found.as_of.isoformat(),
        "complete": found.is_complete,
        "counts": found.counts,
        "chosen": found.chosen_count,
        "applied": found.applied_count,
        "stale": found.stale_count,
        "content_hash": found.content_hash,
        "money_effect": [
            {
                "code": item["code"],
                "persons": item["persons"],
                "per": item["per"],
                "central": format_yuan(item["central_fen"]),
                "local": format_yuan(item["local_fen"]),
                "account": format_yuan(item["account_fen"]),
            }
            for item in found.money_effect["items"]
        ],
        "notes": found.money_effect["notes"],
        "paid_after_death": format_yuan(found.money_effect["overpaid"]["total_fen"]),
    }


def _show(found: DepartmentList, *, dry_run: bool) -> None:
    """Print the comparison for a person."""
    from rich.console import Console
    from rich.table import Table

    from api.schemas.department_lists import ITEM_LABELS

    console = Console()
    title = f"{found.kind.label}比对(截至 {found.as_of.isoformat()})" + ("，仅演算、未保存" if dry_run else "")
    table = Table("结果", "人数", title=title)
    for outcome in ListOutcome:
        if outcome.value in found.counts:
            table.add_row(outcome.label, str(found.counts[outcome.value]))
    console.print(table)
    money = found.money_effect
    if money["items"]:
        table = Table("资金影响", "人数", "周期", "中央(元)", "地方(元)", "个人账户(元)")
        for item in money["items"]:
            amounts = (format_yuan(item[f"{part}_fen"]) for part in ("central", "local", "account"))
            table.add_row(ITEM_LABELS[item["code"]], str(item["persons"]), PERIODS[item["per"]], *amounts)
        console.print(table)
    for note in money["notes"]:
        console.print(f"注：{note}")
    if found.checker_id is not None:
        console.print(f"已采用 {found.applied_count} 行；因花名册已变化等原因未采用 {found.stale_count} 行。")
    elif not dry_run:
        console.print(
            f"名单编号 {found.id}，待采用 {found.chosen_count} 行；请另一人以 --approve {found.id} 复核采用。"
        )


def _show_refused(brought: Brought) -> None:
    """Print the first refusals."""
    from rich.console import Console
    from rich.table import Table

    if brought.repeated:
        print("该文件此前已导入，以下是那一份名单。", file=sys.stderr)
    if not brought.refused:
        return
    table = Table("行", "列", "代码", "说明", title="拒绝的行")
    for issue in brought.refused[:SHOWN]:
        table.add_row(str(issue.row), issue.column, issue.code, issue.message)
    console = Console()
    console.print(table)
    if len(brought.refused) > SHOWN:
        console.print(f"另有 {len(brought.refused) - SHOWN} 条，见 --json 或 --errors。")


def _save_refused(brought: Brought, errors: Path) -> None:
    from api.services import department_lists
    from api.services.roster_imports import RefusedFormat

    file_format = RefusedFormat(errors.suffix.lower().removeprefix("."))
    errors.write_bytes(department_lists.refused_rows_file(brought, file_format))
    print(f"被拒绝的行已写入 {errors.name}", file=sys.stderr)
