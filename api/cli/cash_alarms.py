"""`nongbao run cash-alarms`: the daily look at collectors who keep cash too long, or too much of it."""

from __future__ import annotations

from api.cli.common import ActorOption, JsonOption, acting, emit
from api.cli.runs import CountyOption, DryRunOption, business_date
from api.permissions import Permission
from api.policy.money import format_yuan


def cash_alarms(
    county: CountyOption,
    dry_run: DryRunOption = False,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """手存现金提醒：列出全县提醒、逾期和停收的收款人，新停收的记入日志；每天运行一次，重复运行不重复记录。"""
    from api.service import open_service
    from api.services import cash_alarms as alarms

    unit = county * 1_000_000
    with open_service() as service:
        acts = acting(service, actor, division_code=unit, permission=Permission.CONTRIBUTION_READ)
        work = service.database.rehearsal if dry_run else service.database.unit_of_work
        with work(acts) as session:
            found, fresh = alarms.look(session, actor=acts, division_code=unit, today=business_date(service))
    facts = {
        "county": f"{county:06d}",
        "newly_blocked": fresh,
        "dry_run": dry_run,
        "collectors": [
            {
                "id": str(one.id),
                "name": one.name,
                "division": one.division_name,
                "alarm": one.alarm.value,
                "held": format_yuan(one.holding.held_fen),
                "oldest_on": None if one.holding.oldest_on is None else one.holding.oldest_on.isoformat(),
                "age_days": one.age_days,
            }
            for one in found
        ],
    }
    lines = [
        f"{one.alarm.label}：{one.name}({one.division_name}) 手存{format_yuan(one.holding.held_fen)}元，{one.age_days}天"
        for one in found
    ]
    emit(facts, as_json=as_json, text="\n".join([*lines, f"共{len(found)}人，新停收{fresh}人"]))
