"""`nongbao enrolment`: the reviewers' work lists, and decisions by a named user."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from api.cli.common import GuardedGroup, JsonOption, acting, emit
from api.cli.imports import DivisionOption, today_of
from api.permissions import Permission
from api.vocabulary import Decision, EnrolmentState, EnrolmentStep

app = typer.Typer(cls=GuardedGroup, no_args_is_help=True, help="参保登记：待办清单与办理。")

PAGE = 200
SOME_REFUSED = 2


@app.command("list")
def list_cases(
    division: DivisionOption,
    state: Annotated[EnrolmentState | None, typer.Option(help="只列出该状态")] = None,
    as_json: JsonOption = False,
) -> None:
    """列出参保登记。"""
    from api.database import system_actor
    from api.policy.money import format_yuan
    from api.service import open_service
    from api.services import enrolment_lists

    items: list[dict[str, Any]] = []
    after: str | None = None
    with open_service() as service, service.database.read_snapshot(system_actor(division)) as session:
        while True:
            views, after = enrolment_lists.list_enrolments(
                session, actor=system_actor(division), state=state, division_code=division, limit=PAGE, after=after
            )
            items += [
                {
                    "id": str(view.enrolment.id),
                    "resident_id": str(view.enrolment.resident_id),
                    "resident_name": view.resident_name,
                    "division_name": view.division_name,
                    "tier": format_yuan(view.enrolment.tier_fen),
                    "state": view.enrolment.state.value,
                }
                for view in views
            ]
            if after is None:
                break
    lines = [
        f"{one['id']}\t{one['resident_name']}\t{one['division_name']}\t{one['tier']}\t"
        f"{EnrolmentState(one['state']).label}"
        for one in items
    ]
    emit({"items": items}, as_json=as_json, text="\n".join(lines) or "没有符合条件的登记。")


@app.command("decide")
def decide_cases(
    ids: Annotated[list[int], typer.Argument(help="登记编号，可多个")],
    step: Annotated[EnrolmentStep, typer.Option(help="环节")],
    actor: Annotated[str, typer.Option("--actor", help="以哪个用户的身份办理；系统不能审批")],
    decision: Annotated[Decision, typer.Option(help="意见")] = Decision.APPROVE,
    opinion: Annotated[str | None, typer.Option(help="意见说明；退回或不予通过时必填")] = None,
    as_json: JsonOption = False,
) -> None:
    """办理参保登记的一个环节；不能办理的逐一说明原因。"""
    from api.service import open_service
    from api.services import case_procedures, enrolments

    with open_service() as service:
        acts = acting(service, actor, division_code=ids[0], permission=Permission.ENROLMENT_READ)
        ruling = case_procedures.Ruling(step, decision, opinion, today_of(service))
        with service.database.unit_of_work(acts) as session:
            results = enrolments.decide_many(session, actor=acts, enrolment_ids=ids, ruling=ruling)
    items = [
        {
            "id": str(one.case_id),
            "decided": one.refusal is None,
            "state": one.state.value if one.state else None,
            "code": one.refusal.code if one.refusal else None,
            "message": one.refusal.detail if one.refusal else None,
        }
        for one in results
    ]
    refused = [item for item in items if not item["decided"]]
    emit({"items": items}, as_json=as_json, text=f"已办理 {len(items) - len(refused)} 件，未办理 {len(refused)} 件。")
    for item in refused:
        print(f"{item['id']}: {item['message']}", file=sys.stderr)
    if refused:
        raise typer.Exit(SOME_REFUSED)
