"""`nongbao import`: files that bring people and units in, into the database here or through the API of a server.

Exit code 0: every row went in; 2: some rows were refused; 1: the file or the command failed.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from api.cli.common import ActorOption, GuardedGroup, JsonOption, acting, emit
from api.errors import DomainError
from api.permissions import Permission

if TYPE_CHECKING:
    from datetime import date

    from api.service import Service

app = typer.Typer(
    cls=GuardedGroup, no_args_is_help=True, help="导入：行政区划、居民花名册、参保申请名单、缴费名单等文件。"
)

SOME_REFUSED = 2
SHOWN = 20
NATION = 100_000_000_000
TITLES = {"residents": "花名册导入", "enrolments": "参保申请名单导入", "contributions": "缴费名单导入"}


class InputFormat(StrEnum):
    """What the file is said to be; the content is looked at in any case."""

    CSV = "csv"
    XLSX = "xlsx"
    TXT = "txt"


class ErrorsFormatUnknown(DomainError):
    """The file of refused rows has a name that says neither .csv nor .xlsx."""

    status = 422
    code = "errors-format-unknown"
    title = "--errors 的文件名须以 .csv 或 .xlsx 结尾"


FileArgument = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="要导入的文件")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="只校验并演算，不保存")]
DivisionOption = Annotated[int, typer.Option(min=NATION, max=10**12 - 1, help="导入所属单位的 12 位行政区划代码")]


@app.command("divisions")
def import_divisions(
    file: FileArgument,
    dry_run: DryRunOption = False,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """导入行政区划(code,name,level,kind,parent_code,in_scope)，有一行错误则全部不导入。"""
    from api.service import open_service
    from api.services import divisions

    content = file.read_bytes()
    with open_service() as service:
        acts = acting(service, actor, division_code=440_000_000_000, permission=Permission.IMPORT_RUN)
        database = service.database
        with database.rehearsal(acts) if dry_run else database.unit_of_work(acts) as session:
            rows, changed = divisions.import_file(session, content)
    document = {
        "kind": "divisions",
        "rows": rows,
        "accepted": rows,
        "unchanged": rows - changed,
        "refused": [],
        "warnings": [],
    }
    emit(document, as_json=as_json, text=f"行政区划 {rows} 个，其中新增或变更 {changed} 个。")


class ImportTemplateKind(StrEnum):
    """Kinds of which there is an empty file."""

    RESIDENTS = "residents"
    ENROLMENTS = "enrolments"
    CONTRIBUTIONS = "contributions"


def import_template(
    kind: Annotated[ImportTemplateKind, typer.Argument(help="导入种类")],
    output: Annotated[Path, typer.Option("--output", "-o", help="写入的 .xlsx 或 .csv 文件")],
    as_json: JsonOption = False,
) -> None:
    """生成导入模板：表头、文本格式、下拉选项和填写说明。"""
    from api.exchange import templates

    suffix = output.suffix.lower()
    if suffix not in {".csv", ".xlsx"}:
        raise ErrorsFormatUnknown("-o 的文件名须以 .csv 或 .xlsx 结尾。")
    output.write_bytes(templates.template(kind.value, suffix.removeprefix(".")))
    emit({"kind": kind.value, "file": output.name}, as_json=as_json, text=f"模板已写入 {output.name}")


ErrorsOption = Annotated[
    Path | None, typer.Option("--errors", help="把被拒绝的行另存为 .xlsx 或 .csv，改正后可再次导入")
]
FormatOption = Annotated[InputFormat | None, typer.Option("--format", help="文件格式；不填则自动识别")]
ServerOption = Annotated[str | None, typer.Option("--server", help="经由该服务器的接口导入，例如 https://host")]
ClientOption = Annotated[str | None, typer.Option("--client-id", help="接入系统编号")]
SecretOption = Annotated[
    Path | None,
    typer.Option("--client-secret-file", exists=True, dir_okay=False, help="存放接入密钥的文件"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a command was asked to import, and how."""

    kind: str
    file: Path
    division: int
    dry_run: bool
    errors: Path | None
    file_format: InputFormat | None
    actor: str | None

    @property
    def name(self) -> str:
        """Name of the file with the suffix that `--format` gives it."""
        return self.file.name if self.file_format is None else f"{self.file.stem}.{self.file_format.value}"


@app.command("residents")
def import_residents(
    file: FileArgument,
    division: DivisionOption,
    dry_run: DryRunOption = False,
    errors: ErrorsOption = None,
    file_format: FormatOption = None,
    server: ServerOption = None,
    client_id: ClientOption = None,
    client_secret_file: SecretOption = None,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """导入居民花名册：合格的行全部入库，不合格的行逐一说明原因。"""
    order = Order(
        kind="residents", file=file, division=division, dry_run=dry_run, errors=errors, file_format=file_format,
        actor=actor,
    )  # fmt: skip
    _import(order, server=server, client_id=client_id, secret_file=client_secret_file, as_json=as_json)


@app.command("enrolments")
def import_enrolments(
    file: FileArgument,
    division: DivisionOption,
    dry_run: DryRunOption = False,
    errors: ErrorsOption = None,
    file_format: FormatOption = None,
    server: ServerOption = None,
    client_id: ClientOption = None,
    client_secret_file: SecretOption = None,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """导入参保申请名单(姓名、身份证号、档次、申请日期)：合格的行登记为待村级核对，不合格的行逐一说明原因。"""
    order = Order(
        kind="enrolments", file=file, division=division, dry_run=dry_run, errors=errors, file_format=file_format,
        actor=actor,
    )  # fmt: skip
    _import(order, server=server, client_id=client_id, secret_file=client_secret_file, as_json=as_json)


@app.command("contributions")
def import_contributions(
    file: FileArgument,
    division: DivisionOption,
    dry_run: DryRunOption = False,
    errors: ErrorsOption = None,
    file_format: FormatOption = None,
    server: ServerOption = None,
    client_id: ClientOption = None,
    client_secret_file: SecretOption = None,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """导入缴费名单(姓名、身份证号、缴费年度、档次)：合格的行入账；现金开收据，须以 --actor 指明收款的经办人。"""
    order = Order(
        kind="contributions", file=file, division=division, dry_run=dry_run, errors=errors, file_format=file_format,
        actor=actor,
    )  # fmt: skip
    _import(order, server=server, client_id=client_id, secret_file=client_secret_file, as_json=as_json)


def _import(
    order: Order, *, server: str | None, client_id: str | None, secret_file: Path | None, as_json: bool
) -> None:
    """Import here or through a server, print the document, and leave with 2 when rows were refused."""
    if order.errors is not None and order.errors.suffix.lower() not in {".csv", ".xlsx"}:
        raise ErrorsFormatUnknown
    if server is not None:
        from api.cli import remote_imports

        document = remote_imports.import_file(
            remote_imports.Server(server, client_id, secret_file),
            kind=order.kind,
            content=order.file.read_bytes(),
            name=order.name,
            division_code=order.division,
            dry_run=order.dry_run,
            errors=order.errors,
        )
    else:
        document = _import_here(order)
    if as_json:
        emit(document, as_json=True, text="")
    else:
        _show(document, title=TITLES[order.kind], dry_run=order.dry_run)
    if document["refused"]:
        raise typer.Exit(SOME_REFUSED)


def _import_here(order: Order) -> dict[str, Any]:
    """Import into the database of the settings, with a progress bar on standard error."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from api.service import open_service
    from api.services import file_imports
    from api.services.receipts import CashNeedsAPerson
    from api.services.roster_imports import RefusedFormat

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with open_service() as service:
        right = file_imports.RIGHTS[order.kind]
        acts = acting(service, order.actor, division_code=order.division, permission=right)
        content = order.file.read_bytes()
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            total = None if content.startswith(b"PK") else content.count(b"\n")
            task = bar.add_task(TITLES[order.kind], total=total)
            try:
                result = file_imports.import_file(
                    service.database,
                    service.keyring,
                    kind=order.kind,
                    actor=acts,
                    content=content,
                    file_name=order.name,
                    division_code=order.division,
                    as_of=today_of(service),
                    dry_run=order.dry_run,
                    progress=lambda done: bar.advance(task, done),
                )
            except CashNeedsAPerson as refusal:
                if order.actor is not None:
                    raise
                raise CashNeedsAPerson(f"{refusal.detail}请用 --actor 指明收款的经办人。") from None
    if order.errors is not None and result.refused:
        file_format = RefusedFormat(order.errors.suffix.lower().removeprefix("."))
        order.errors.write_bytes(file_imports.refused_rows_file(result, file_format))
        print(f"被拒绝的行已写入 {order.errors.name}", file=sys.stderr)
    return result.as_json()


def today_of(service: Service) -> date:
    """Business date: the calendar's in China, or the demonstration's."""
    return service.business_date or datetime.now(ZoneInfo("Asia/Shanghai")).date()


def _show(document: dict[str, Any], *, title: str, dry_run: bool) -> None:
    """Print a summary and the first findings for a person."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    refused_rows = document["rows"] - document["accepted"]
    summary = Table(title=title + ("(仅校验，未保存)" if dry_run else ""))
    for heading in ("总行数", "接受", "其中未变", "拒绝", "提示"):
        summary.add_column(heading, justify="right")
    counts = (document["rows"], document["accepted"], document["unchanged"], refused_rows, len(document["warnings"]))
    summary.add_row(*map(str, counts))
    console.print(summary)
    for heading, findings in (("拒绝的行", document["refused"]), ("提示", document["warnings"])):
        if not findings:
            continue
        table = Table("行", "列", "代码", "说明", title=heading)
        for finding in findings[:SHOWN]:
            table.add_row(str(finding["row"]), finding["column"], finding["code"], finding["message"])
        console.print(table)
        if len(findings) > SHOWN:
            console.print(f"另有 {len(findings) - SHOWN} 条，见 --json 或 --errors。")
