"""`nongbao demo` loads a synthetic 三埠街道; `nongbao run-demo` does so where needed and then serves it (`make run`)."""

from __future__ import annotations

import sys
import time
from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from api.cli import serve
from api.cli.common import JsonOption, emit
from api.policy.money import format_yuan

if TYPE_CHECKING:
    from api.demo.cycle import Played
    from api.service import Service

DEFAULT_RESIDENTS = 20_000
DEFAULT_SEED = 2010
ResidentsOption = Annotated[int, typer.Option(min=100, max=2_000_000, help="名册人数")]
SeedOption = Annotated[int, typer.Option(help="随机种子：相同的人数与种子得到相同的数据")]


def demo(
    residents: ResidentsOption = DEFAULT_RESIDENTS,
    seed: SeedOption = DEFAULT_SEED,
    as_of: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="演示进行到哪一天")] = None,
    as_json: JsonOption = False,
) -> None:
    """生成演示街道并办理 2010 年 10 月至 2011 年 3 月的全部业务(只能装入空库)。"""
    from api.demo.cycle import LAST_DAY
    from api.service import open_service
    from api.settings import get_settings

    serve.stop_on_signals()
    service = None
    try:
        service = open_service(get_settings())
        played, seconds = _play(service, residents, seed, as_of.date() if as_of else LAST_DAY)
        if as_json:
            emit(_document(played, seconds), as_json=True, text="")
        else:
            _print(played, seconds)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    finally:
        serve.close_quietly(service)


def run_demo(residents: ResidentsOption = DEFAULT_RESIDENTS, seed: SeedOption = DEFAULT_SEED) -> None:
    """装入演示数据(若尚未装入)，然后提供接口和网页；Ctrl-C 全部停止。"""
    from api import logs
    from api.demo.cycle import LAST_DAY, is_loaded
    from api.service import open_service
    from api.settings import get_settings

    serve.stop_on_signals()
    settings = get_settings()
    service = None
    try:
        listener = serve.listen(settings.host, settings.port)
        service = open_service(settings)
        if not is_loaded(service.database):
            played, seconds = _play(service, residents, seed, LAST_DAY)
            _print(played, seconds)
            # The business date that the demonstration left belongs to the service from now on.
            service = service.refreshed()
        _print_users(service)
        logs.configure()
        serve.run_server(service, listener)
    except KeyboardInterrupt:
        print("已停止。", file=sys.stderr)
    finally:
        serve.close_quietly(service)


def _play(service: Service, residents: int, seed: int, as_of: date) -> tuple[Played, float]:
    from api.demo import cycle

    console = Console(stderr=True)
    started = time.monotonic()

    def progress(step: str) -> None:
        console.print(f"[dim]{time.monotonic() - started:6.1f} s[/]  {step}")

    played = cycle.play(
        service.database, service.keyring, residents=residents, seed=seed, as_of=as_of, progress=progress
    )
    return played, time.monotonic() - started


def _yuan(fen: int) -> str:
    return f"{fen // 100:,}.{fen % 100:02d}"


def _whole_yuan(fen: int) -> str:
    """Whole yuan, for the table; the books have the fen."""
    return f"{fen // 100:,}"


def _print(played: Played, seconds: float) -> None:
    """Print the table of what happened."""
    # Narrow enough for a terminal of 80 columns: a figure that is cut off is no figure.
    table = Table(box=None, padding=(0, 1, 0, 0), show_edge=False)
    headings = ("月份", "新参保", "缴费", "代扣", "现金(元)", "新核定", "发放", "金额(元)", "退回", "已参保", "参保率")
    for heading in headings:
        table.add_column(heading, justify="left" if heading == "月份" else "right", no_wrap=True)
    for row in played.months:
        unit = row.report.unit
        table.add_row(
            f"{row.month:%Y-%m}",
            f"{row.enrolled:,}",
            f"{row.contributions:,}",
            f"{row.deducted:,}",
            _whole_yuan(row.cash_fen),
            f"{row.awarded:,}",
            f"{row.paid_lines:,}",
            _whole_yuan(row.paid_fen),
            f"{row.refused_lines:,}",
            f"{unit.counts.insured:,}",
            f"{unit.attainment.rate}%",
        )
    console = Console()
    console.print(f"三埠街道演示：名册 {played.residents:,} 人，入库 {played.accepted:,}，退回 {played.refused:,}")
    console.print(table)
    console.print("缴费(含代扣)、发放为笔数；退回为银行退回；参保率为月末数，每年 1 月起按新年度缴费重新计算。")
    if played.interest_accounts:
        console.print(f"2010 年度结息：{played.interest_accounts:,} 个账户，利息 {_yuan(played.interest_fen)} 元。")
    if played.claimed_fen:
        console.print(
            f"2010 年度补贴：申报 {_yuan(played.claimed_fen)} 元，部分到账；年度证明 {played.proved_accounts:,} 个账户。"
        )
    if played.desks is not None:
        left = played.desks
        console.print(
            f"案头：在办参保登记 {left.enrolments} 件、变更 {left.changes} 件、注销 {left.cancellations} 件，疑似重复 {left.pairs} 对。"
        )
    console.print(f"用时 {seconds:.1f} 秒。")


def _print_users(service: Service) -> None:
    """Say whom to sign in as."""
    from api.services import installation

    users = installation.demo_users(service.database)
    if not users:
        return
    table = Table(title="演示账号", box=None, padding=(0, 2, 0, 0), show_edge=False)
    for heading in ("用户名", "身份", "密码"):
        table.add_column(heading)
    offices = [user for user in users if user["role"] != "village_assistant"]
    assistants = [user for user in users if user["role"] == "village_assistant"]
    for user in [*offices, *assistants[-9:-6]]:
        table.add_row(user["username"], user["display_name"], user["password"])
    table.add_row("…", f"共 {len(assistants)} 村，用户名为村名拼音", "同上")
    Console().print(table)


def _document(played: Played, seconds: float) -> dict[str, Any]:
    """What happened, as one JSON document."""
    return {
        "residents": played.residents,
        "accepted": played.accepted,
        "refused": played.refused,
        "interest": {"accounts": played.interest_accounts, "amount": format_yuan(played.interest_fen)},
        "claimed": format_yuan(played.claimed_fen),
        "proved_accounts": played.proved_accounts,
        "waiting": None if played.desks is None else asdict(played.desks),
        "seconds": round(seconds, 1),
        "months": [
            {
                "month": f"{row.month:%Y-%m}",
                "enrolled": row.enrolled,
                "contributions": row.contributions,
                "deducted": row.deducted,
                "awarded": row.awarded,
                "paid": row.paid_lines,
                "refused": row.refused_lines,
                "insured": row.report.unit.counts.insured,
                "eligible": row.report.unit.counts.eligible,
                "rate": row.report.unit.attainment.rate,
            }
            for row in played.months
        ],
    }
