"""`nongbao client`: machines of other systems. The secret is printed once."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from api.cli.common import ActorOption, GuardedGroup, JsonOption, acting, emit
from api.database import WHOLE, DatabaseRole
from api.permissions import Permission
from api.vocabulary import RoleName

app = typer.Typer(cls=GuardedGroup, no_args_is_help=True, help="接入系统：新建、列出、停用。")


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="接入系统名称")],
    role: Annotated[RoleName, typer.Option(help="角色")],
    division: Annotated[int, typer.Option(min=10**11, max=10**12 - 1, help="管辖范围的 12 位行政区划代码")],
    scope: Annotated[list[Permission], typer.Option(help="权限，可多次给出")],
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """新建接入系统。"""
    from api.service import open_service
    from api.services import clients

    with open_service() as service:
        acts = acting(service, actor, division_code=division, permission=Permission.CLIENT_MANAGE)
        with service.database.unit_of_work(acts) as session:
            client, secret = clients.create(
                session, actor=acts, name=name, role=role, scopes=scope, division_code=division
            )
            key = client.client_key
    text = f"client_id: {key}\nclient_secret(只显示一次): {secret}"
    emit({"client_id": key, "client_secret": secret}, as_json=as_json, text=text)


@app.command("list")
def list_clients(as_json: JsonOption = False) -> None:
    """列出全部接入系统。"""
    from api.service import open_service
    from api.services import clients

    found: list[dict[str, Any]] = []
    with open_service() as service, service.database.read_snapshot(WHOLE, role=DatabaseRole.WIDE) as session:
        after: str | None = None
        while True:
            rows, after = clients.list_clients(session, limit=200, after=after)
            found += [
                {
                    "client_id": row.client_key,
                    "name": row.name,
                    "role": row.role.value,
                    "division_code": str(row.division_code),
                    "scopes": row.scopes.split(),
                    "disabled": row.disabled_at is not None,
                }
                for row in rows
            ]
            if after is None:
                break
    lines = [f"{row['client_id']}\t{row['name']}" + ("\t已停用" if row["disabled"] else "") for row in found]
    emit({"items": found}, as_json=as_json, text="\n".join(lines) or "还没有接入系统。")


@app.command()
def disable(
    client_id: Annotated[str, typer.Argument(help="client_id")], actor: ActorOption = None, as_json: JsonOption = False
) -> None:
    """停用接入系统，其令牌立即失效。"""
    from api.service import open_service
    from api.services import clients

    with open_service() as service:
        with service.database.read_snapshot(WHOLE, role=DatabaseRole.WIDE) as session:
            client = clients.named(session, client_id)
        acts = acting(service, actor, division_code=client.division_code, permission=Permission.CLIENT_MANAGE)
        with service.database.unit_of_work(acts) as session:
            clients.disable(session, actor=acts, client_id=client.id)
    emit({"client_id": client_id, "disabled": True}, as_json=as_json, text=f"已停用 {client_id}。")
