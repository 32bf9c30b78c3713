"""`nongbao run benefit-notice`: who is told that they reach 60, the awards of a month, and their approval by another person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.common import ActorOption, JsonOption, acting, emit
from api.cli.payments import CommandUnclear, CountyOption, DryRunOption, PeriodOption, month_of
from api.cli.runs import ApproverMissing, business_date
from api.permissions import Permission
from api.policy.money import format_yuan

if TYPE_CHECKING:
    from datetime import date

    from api.service import Service
    from api.vocabulary import AwardBasis

SOME_REFUSED = 2


def benefit_notice(
    county: CountyOption,
    period: PeriodOption,
    launch_cohort: Annotated[bool, typer.Option("--launch-cohort", help="列出制度实施时已满60周岁的人员")] = False,
    propose: Annotated[
        bool, typer.Option("--propose", help="为当月满60周岁(或实施时已满60周岁)的人员提出待遇核定")
    ] = False,
    approve: Annotated[
        bool, typer.Option("--approve", help="复核全县待复核的待遇核定(不分月份)；须由提出人以外的用户(--actor)办理")
    ] = False,
    dry_run: DryRunOption = False,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """打印待遇领取通知名单(下月满60周岁的人员)；--propose 为本月到龄人员成批提出核定，--approve 由另一人成批复核。"""
    from api.service import open_service
    from api.vocabulary import AwardBasis

    if propose and approve:
        raise CommandUnclear("--propose、--approve 只能用一个：提出和复核须由两人办理。")
    if approve and actor is None:
        raise ApproverMissing
    month = month_of(period)
    basis = AwardBasis.LAUNCH_COHORT if launch_cohort else AwardBasis.TURNING_60
    unit = county * 1_000_000
    with open_service() as service:
        if approve:
            document, text = _approve(service, actor, unit, dry_run=dry_run)
        elif propose:
            document, text = _propose(service, actor, unit, month, basis, dry_run=dry_run)
        else:
            document, text = _list_due(service, actor, unit, month, basis)
    emit(document, as_json=as_json, text=text)
    if document.get("refused"):
        raise typer.Exit(SOME_REFUSED)


def _approve(service: Service, actor: str | None, unit: int, *, dry_run: bool) -> tuple[dict[str, Any], str]:
    """Approve whatever waits in the county; what has changed since it was proposed is left and named."""
    from api.services import award_batches

    acts = acting(service, actor, division_code=unit, permission=Permission.BENEFIT_DECIDE)
    work = service.database.rehearsal if dry_run else service.database.unit_of_work
    with work(acts) as session:
        waiting = award_batches.proposed_ids(session, division_code=unit, limit=award_batches.EVERYBODY)
        done = award_batches.approve_all(
            session, actor=acts, award_ids=waiting, opinion=None, today=business_date(service)
        )
    document: dict[str, Any] = {
        "county": f"{unit // 1_000_000:06d}",
        "approved": done.approved,
        "refused": len(done.refused),
        "refused_ids": [str(one) for one in done.refused],
        "interest": format_yuan(done.interest_fen),
        "dry_run": dry_run,
    }
    text = f"核定 {done.approved} 人，结算利息 {document['interest']} 元；依据已变化、未核定 {len(done.refused)} 人"
    listed = "".join(f"\n  {one}" for one in document["refused_ids"])
    return document, text + ("(仅演算，未保存)" if dry_run else "") + listed


def _propose(
    service: Service, actor: str | None, unit: int, month: date, basis: AwardBasis, *, dry_run: bool
) -> tuple[dict[str, Any], str]:
    """Propose awards for everybody due."""
    from api.services import award_batches

    acts = acting(service, actor, division_code=unit, permission=Permission.BENEFIT_PROPOSE)
    work = service.database.rehearsal if dry_run else service.database.unit_of_work
    with work(acts) as session:
        done = award_batches.propose_all(
            session, actor=acts, division_code=unit, month=month, basis=basis, today=business_date(service)
        )
    document: dict[str, Any] = {
        "basis": basis.value,
        "month": f"{month:%Y-%m}",
        "proposed": done.proposed,
        "situations": done.situations,
        "dry_run": dry_run,
    }
    return document, f"提出核定 {done.proposed} 人；名单情况：{done.situations}"


def _list_due(
    service: Service, actor: str | None, unit: int, month: date, basis: AwardBasis
) -> tuple[dict[str, Any], str]:
    """List who is to be told in a month."""
    from api.services import award_batches

    acts = acting(service, actor, division_code=unit, permission=Permission.BENEFIT_READ)
    with service.database.read_snapshot(acts) as session:
        rows, _ = award_batches.list_due(
            session,
            division_code=unit,
            month=award_batches.month_after(month),
            basis=basis,
            limit=award_batches.EVERYBODY,
            after=None,
        )
    listed = [
        {
            "resident_id": str(row.resident_id),
            "name": row.name,
            "division_code": str(row.division_code),
            "birth_date": row.birth_date.isoformat(),
            "required_years": row.required_years,
            "paid_years": row.paid_years,
            "missing_years": row.missing_years,
            "balance": format_yuan(row.balance_fen),
            "situation": row.situation,
        }
        for row in rows
    ]
    lines = [f"{one['resident_id']} {one['name']} {one['birth_date']} 已缴{one['paid_years']}年 缺{one['missing_years']}年 "
             f"余额{one['balance']} {one['situation']}" for one in listed]  # fmt: skip
    document: dict[str, Any] = {
        "basis": basis.value, "month": f"{month:%Y-%m}", "count": len(listed), "items": listed,
    }  # fmt: skip
    return document, "\n".join([f"{month:%Y-%m} 通知 {len(listed)} 人", *lines])
