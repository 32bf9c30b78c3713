"""`nongbao user`: people who may sign in. Secrets are printed once."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.common import ActorOption, GuardedGroup, JsonOption, acting, emit
from api.database import WHOLE, DatabaseRole
from api.permissions import Permission
from api.vocabulary import RoleName

if TYPE_CHECKING:
    from api.models import User

app = typer.Typer(cls=GuardedGroup, no_args_is_help=True, help="用户：新建、列出、停用、重置密码、动态口令。")

Username = Annotated[str, typer.Argument(help="用户名")]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="从标准输入读取密码；不填则生成并打印一次")]


def _facts(user: User) -> dict[str, Any]:
    return {
        "id": str(user.id),
        "username": user.username,
        "display_name": user.display_name,
        "role": user.role.value,
        "division_code": str(user.division_code),
        "disabled": user.disabled_at is not None,
    }


def _password(from_stdin: bool) -> str:
    from api.services import passwords

    return sys.stdin.readline().rstrip("\n") if from_stdin else passwords.generate()


@app.command()
def create(
    username: Username,
    name: Annotated[str, typer.Option(help="姓名")],
    person: Annotated[str, typer.Option(help="工号等能长期识别此人的编号；一人只能有一个账号")],
    role: Annotated[RoleName, typer.Option(help="角色")],
    division: Annotated[int, typer.Option(min=10**11, max=10**12 - 1, help="所属单位的 12 位行政区划代码")],
    password_stdin: FromStdin = False,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """新建用户。"""
    from api.service import open_service
    from api.services import users

    password = _password(password_stdin)
    with open_service() as service:
        acts = acting(service, actor, division_code=division, permission=Permission.USER_MANAGE)
        with service.database.unit_of_work(acts) as session:
            user = users.create(
                session,
                actor=acts,
                username=username,
                display_name=name,
                person_key=person,
                role=role,
                division_code=division,
                password=password,
            )
            facts = _facts(user)
    shown = None if password_stdin else password
    text = f"已新建用户 {username}。" + (f"初始密码(只显示一次): {shown}" if shown else "")
    emit({**facts, "initial_password": shown}, as_json=as_json, text=text)


@app.command("list")
def list_users(as_json: JsonOption = False) -> None:
    """列出全部用户。"""
    from api.service import open_service
    from api.services import users

    found: list[dict[str, Any]] = []
    with open_service() as service, service.database.read_snapshot(WHOLE, role=DatabaseRole.WIDE) as session:
        after: str | None = None
        while True:
            rows, after = users.list_users(session, limit=200, after=after)
            found += [_facts(row) for row in rows]
            if after is None:
                break
    lines = [
        f"{row['username']}\t{row['display_name']}\t{RoleName(row['role']).label}\t{row['division_code']}"
        + ("\t已停用" if row["disabled"] else "")
        for row in found
    ]
    emit({"items": found}, as_json=as_json, text="\n".join(lines) or "还没有用户。")


@app.command()
def disable(username: Username, actor: ActorOption = None, as_json: JsonOption = False) -> None:
    """停用用户，其会话立即结束。"""
    from api.service import open_service
    from api.services import users

    with open_service() as service:
        target = users.actor_named(service.database, username)
        acts = acting(service, actor, division_code=target.division_code, permission=Permission.USER_MANAGE)
        with service.database.unit_of_work(acts) as session:
            version = users.get(session, target.user_id).version
            changes = users.Changes(disabled=True)
            user = users.change(session, actor=acts, user_id=target.user_id, version=version, changes=changes)
            facts = _facts(user)
    emit(facts, as_json=as_json, text=f"已停用用户 {username}。")


@app.command()
def password(
    username: Username, password_stdin: FromStdin = False, actor: ActorOption = None, as_json: JsonOption = False
) -> None:
    """重置用户密码，其会话立即结束。"""
    from api.service import open_service
    from api.services import users

    fresh = _password(password_stdin)
    with open_service() as service:
        target = users.actor_named(service.database, username)
        acts = acting(service, actor, division_code=target.division_code, permission=Permission.USER_MANAGE)
        with service.database.unit_of_work(acts) as session:
            users.set_password(session, actor=acts, user_id=target.user_id, password=fresh)
    shown = None if password_stdin else fresh
    text = f"已重置 {username} 的密码。" + (f"新密码(只显示一次): {shown}" if shown else "")
    emit({"username": username, "initial_password": shown}, as_json=as_json, text=text)


@app.command("second-factor")
def second_factor(username: Username, actor: ActorOption = None, as_json: JsonOption = False) -> None:
    """为用户生成动态口令密钥，打印一次供其录入验证器。"""
    from api.service import open_service
    from api.services import second_factor as factors
    from api.services import sessions, users

    with open_service() as service:
        target = users.actor_named(service.database, username)
        acts = acting(service, actor, division_code=target.division_code, permission=Permission.USER_MANAGE)
        with service.database.unit_of_work(acts) as session:
            address = factors.enrol(
                session,
                service.keyring,
                actor=acts,
                county_code=target.county_code,
                user_id=target.user_id,
                username=username,
            )
        sessions.forget(target.user_id)
    emit({"username": username, "otpauth": address}, as_json=as_json, text=f"请录入验证器(只显示一次): {address}")
