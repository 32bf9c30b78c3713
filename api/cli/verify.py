"""`nongbao verify`: every rule of the books, in one snapshot; exit code 1 when one is broken."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.common import JsonOption, emit


def verify(
    as_json: JsonOption = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="只列出不符的检查")] = False,
) -> None:
    """核对全部账目、发放和两人办理规则；有任何一项不符则退出码为 1。"""
    from api.service import open_service
    from api.services import verification

    with open_service() as service:
        report = verification.verify(service.database)
    lines = []
    for check in report.checks:
        if not check.ok or not quiet:
            lines.append(f"{'通过' if check.ok else '不符'}  {check.title}  {check.violations or ''}".rstrip())
            lines += [f"      {row}" for row in check.rows]
    wrong = sum(not check.ok for check in report.checks)
    lines.append(f"共 {len(report.checks)} 项检查，{'全部通过' if report.ok else f'{wrong} 项不符'}。")
    emit(report.as_json(), as_json=as_json, text="\n".join(lines))
    if not report.ok:
        raise typer.Exit(1)
