"""`nongbao run seal`, `run year-proof` and `check-proof`: the chain over the ledger, and the proofs that stand on it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.common import ActorOption, JsonOption, acting, emit
from api.cli.runs import CountyOption, PeriodMalformed, business_date
from api.permissions import Permission
from api.policy.money import format_yuan

_MOST_BYTES = 10_000_000


def seal(
    expect: Annotated[
        str | None, typer.Option("--expect", help="留存在外的封存码“序号:摘要”，核对它仍在链上；须同时给出 --county")
    ] = None,
    county: Annotated[int | None, typer.Option("--county", min=110000, max=659999, help="核对哪个县的封存码")] = None,
    as_json: JsonOption = False,
) -> None:
    """账本封存：把上次封存以来的凭证接入各县的封存链。服务运行时每分钟自动进行，本命令可随时补做和核对。"""
    from api.database import WHOLE, DatabaseRole
    from api.service import open_service
    from api.services import ledger_seals

    if expect is not None and county is None:
        raise ledger_seals.SealCodeMalformed("核对封存码须同时以 --county 指明县。")
    with open_service() as service:
        done = ledger_seals.seal_all(service.database)
        if expect is not None and county is not None:
            with service.database.read_snapshot(WHOLE, role=DatabaseRole.WIDE) as session:
                ledger_seals.compare(session, county_code=county, kept=expect)
    facts = {
        "sealed": [
            {"county": str(one.county_code), "code": ledger_seals.code_of(one), "journals": one.journal_count}
            for one in done
        ],
        "matches": None if expect is None else True,
    }
    told = [
        f"{one.county_code} 第{one.seq}号封存，凭证{one.journal_count}张，封存码 {one.seq}:{one.hash}" for one in done
    ]
    if expect is not None:
        told.append("留存的封存码仍在链上。")
    emit(facts, as_json=as_json, text="\n".join(told or ["没有需要封存的凭证。"]))


def year_proof(
    county: CountyOption,
    period: Annotated[str, typer.Option("--period", help="年度，例如 2010；须已结息入账")],
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """年度证明：结息入账后，把全县所有账户的年末余额与全年明细化为一个根摘要；有更正后再办则另出新版。"""
    from api.service import open_service
    from api.services import ledger_seals, year_proofs

    if not (period.isascii() and period.isdigit() and len(period) == 4):
        raise PeriodMalformed("年度为四位数字，例如 2010。")
    with open_service() as service:
        acts = acting(service, actor, division_code=county * 1_000_000, permission=Permission.INTEREST_RUN)
        ledger_seals.seal(service.database, county)
        with service.database.unit_of_work(acts) as session:
            made = year_proofs.make(
                session, actor=acts, county_code=county, year=int(period), today=business_date(service)
            )
            facts = {
                "county": str(county),
                "year": made.year,
                "version": made.version,
                "accounts": made.account_count,
                "total": format_yuan(made.personal_fen + made.collective_fen + made.gov_fen),
                "root": made.root,
                "seal": f"{made.seal_seq}:{made.seal_hash}",
            }
    text = (
        f"{facts['county']} {facts['year']}年度证明第{facts['version']}版：账户{facts['accounts']}个，"
        f"余额合计{facts['total']}元\n根摘要 {facts['root']}\n封存码 {facts['seal']}"
    )
    emit(facts, as_json=as_json, text=text)


def check_proof(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="下载的年度证明文件(JSON)")],
    root: Annotated[str | None, typer.Option("--root", help="县里签字留存的根摘要(64位)，与证明核对")] = None,
    as_json: JsonOption = False,
) -> None:
    """核对年度证明：不连接数据库，由明细逐步推算到根摘要；不符即退出码 1。"""
    from api.exchange.proof_files import ProofMalformed, read_proof
    from api.policy.proofs import ProofBroken, check

    if file.stat().st_size > _MOST_BYTES:
        raise ProofMalformed
    proof = read_proof(file.read_bytes())
    check(proof)
    if root is not None and "".join(root.split()).lower() != proof.root.hex():
        raise ProofBroken("证明的根摘要与留存的根摘要不同。")
    facts = {
        "ok": True,
        "resident_id": str(proof.resident_id),
        "year": proof.year,
        "closing": format_yuan(proof.closing.total_fen),
        "lines": len(proof.lines),
        "root": proof.root.hex(),
        "root_compared": root is not None,
    }
    text = (
        f"证明成立：个人编号{facts['resident_id']}，{facts['year']}年末余额{facts['closing']}元，明细{facts['lines']}笔。\n"
        f"根摘要 {facts['root']}" + ("，与留存的一致。" if root is not None else "，请与签字留存的年度证明核对。")
    )
    emit(facts, as_json=as_json, text=text)
