"""`nongbao run subsidy-claim`: compute what government owes, approve the claim, and post what has arrived for it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.common import ActorOption, JsonOption, acting, emit
from api.cli.payments import CommandUnclear, CountyOption, DryRunOption
from api.cli.runs import ApproverMissing, business_date, run_number
from api.errors import Invalid
from api.permissions import Permission
from api.policy.money import format_yuan
from api.vocabulary import GovernmentLevel, SubsidyPurpose

if TYPE_CHECKING:
    from api.models import SubsidyClaim
    from api.service import Service
    from api.services.subsidy_postings import TownPosted


class CutOffMalformed(Invalid):
    """The cut-off is no calendar day."""

    code = "cut-off-malformed"
    title = "截止日期格式须为 YYYY-MM-DD"


def subsidy_claim(
    county: CountyOption,
    period: Annotated[str, typer.Option(help="申报期间：年度或月份，例如 2010 或 2011-03")],
    purpose: Annotated[
        SubsidyPurpose,
        typer.Option(
            help="用途：contribution_subsidy 缴费补贴，government_paid 政府代缴，basic_pension 基础养老金，late_interest 逾期补贴利息"
        ),
    ] = SubsidyPurpose.CONTRIBUTION_SUBSIDY,
    cut_off: Annotated[str | None, typer.Option("--cut-off", help="截止日期，默认为期末或今天")] = None,
    dry_run: DryRunOption = False,
    approve: Annotated[str | None, typer.Option("--approve", help="审批该编号的申报；须以 --actor 指明审批人")] = None,
    post: Annotated[
        str | None, typer.Option("--post", help="把该申报已到账的补贴记入个人账户；须以 --actor 指明")
    ] = None,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """计算一个县的财政补贴申报；或由另一人 --approve 审批、--post 把到账资金记入个人账户(中断后再次执行即可续办)。"""
    from api.service import open_service

    if sum((dry_run, approve is not None, post is not None)) > 1:
        raise CommandUnclear("--dry-run、--approve、--post 只能用一个。")
    if (approve is not None or post is not None) and actor is None:
        raise ApproverMissing
    with open_service() as service:
        if approve is not None:
            facts = _approve(service, actor, county, run_number(approve))
        elif post is not None:
            facts = _post(service, actor, county, run_number(post))
        else:
            facts = _compute(service, actor, county, purpose, period, _day(cut_off), dry_run=dry_run)
    emit(facts, as_json=as_json, text=_told(facts))


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise CutOffMalformed from error


def _compute(
    service: Service,
    actor: str | None,
    county: int,
    purpose: SubsidyPurpose,
    period: str,
    cut_off_on: date | None,
    *,
    dry_run: bool,
) -> dict[str, Any]:
    from api.services import subsidy_claims

    acts = acting(service, actor, division_code=county * 1_000_000, permission=Permission.SUBSIDY_COMPUTE)
    work = service.database.rehearsal if dry_run else service.database.unit_of_work
    with work(acts) as session:
        claim = subsidy_claims.compute(
            session,
            actor=acts,
            county_code=county,
            purpose=purpose,
            period=period,
            cut_off_on=cut_off_on,
            today=business_date(service),
        )
        return _facts(claim) | {"dry_run": dry_run}


def _approve(service: Service, actor: str | None, county: int, claim_id: int) -> dict[str, Any]:
    from api.services import subsidy_claims

    acts = acting(service, actor, division_code=county * 1_000_000, permission=Permission.SUBSIDY_APPROVE)
    with service.database.unit_of_work(acts) as session:
        seen = subsidy_claims.get(session, claim_id)
        claim = subsidy_claims.approve(
            session,
            actor=acts,
            claim_id=claim_id,
            given_hash=seen.content_hash,
            version=seen.version,
            today=business_date(service),
        )
        return _facts(claim) | {"dry_run": False}


def _post(service: Service, actor: str | None, county: int, claim_id: int) -> dict[str, Any]:
    from api.services import subsidy_claims, subsidy_postings

    acts = acting(service, actor, division_code=county * 1_000_000, permission=Permission.SUBSIDY_APPROVE)
    towns = list(subsidy_postings.post(service.database, actor=acts, claim_id=claim_id, today=business_date(service)))
    with service.database.read_snapshot(acts) as session:
        claim = subsidy_claims.get(session, claim_id)
        waiting, _ = subsidy_postings.list_waiting(session, claim=claim, limit=200, after=None)
        return _facts(claim) | {
            "dry_run": False,
            "posted": [_town(one) for one in towns],
            "waiting": [{"seq": one.seq, "reason": one.hold.label if one.hold else ""} for one in waiting],
        }


def _town(one: TownPosted) -> dict[str, Any]:
    return {"division_code": str(one.town_code), "lines": one.line_count, "amount": format_yuan(one.amount_fen)}


def _facts(claim: SubsidyClaim) -> dict[str, Any]:
    return {
        "claim": str(claim.id),
        "county": f"{claim.county_code:06d}",
        "purpose": claim.purpose.value,
        "period": claim.period,
        "cut_off_on": claim.cut_off_on.isoformat(),
        "state": claim.state.value,
        "lines": claim.line_count,
        "total": format_yuan(claim.amount_fen),
        "levels": {level.value: format_yuan(getattr(claim, f"{level.value}_fen")) for level in GovernmentLevel},
        "content_hash": claim.content_hash,
    }


def _told(facts: dict[str, Any]) -> str:
    """The claim in words."""
    heading = "试算，未保存" if facts["dry_run"] else f"申报单 {facts['claim']}，{facts['state']}"
    parts = "、".join(
        f"{level.label}{facts['levels'][level.value]}元"
        for level in GovernmentLevel
        if facts["levels"][level.value] != "0.00"
    )
    lines = [
        f"{facts['period']} {SubsidyPurpose(facts['purpose']).label}申报({heading})，截至 {facts['cut_off_on']}",
        f"{facts['lines']}笔，共{facts['total']}元：{parts}",
    ]
    lines += [
        f"  {town['division_code']}  记账{town['lines']}笔 {town['amount']}元" for town in facts.get("posted", [])
    ]
    lines += [f"  第{one['seq']}笔未记账：{one['reason']}" for one in facts.get("waiting", [])]
    return "\n".join([*lines, f"内容摘要 {facts['content_hash']}"])
