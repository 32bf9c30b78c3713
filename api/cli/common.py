"""What all commands share: the options `--json` and `--actor`, the form of answers, and faults told in one line."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer
from sqlalchemy.exc import DBAPIError
from typer.core import TyperGroup

from api.database import Actor, system_actor
from api.embedded import EmbeddedServerError
from api.errors import DomainError

if TYPE_CHECKING:
    from api.permissions import Permission
    from api.service import Service

JsonOption = Annotated[bool, typer.Option("--json", help="在标准输出打印一个 JSON 文档")]
ActorOption = Annotated[str | None, typer.Option("--actor", help="以哪个用户的身份办理；不填则为系统")]

PROVINCE_SPAN = 10_000_000_000


class ActorLacksRight(DomainError):
    """The named user's role does not allow this command."""

    status = 403
    code = "forbidden"
    title = "该用户没有此项权限"


class GuardedGroup(TyperGroup):
    """A group of commands whose refusals are one line for people, or one JSON document, and exit code 1."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except DomainError as refusal:
            code, detail = refusal.code, refusal.detail
        except EmbeddedServerError as fault:
            code, detail = "embedded-server", str(fault)
        except DBAPIError as fault:
            # The driver's text may hold values of a row; its kind and state do not.
            state = getattr(fault.orig, "sqlstate", None) or type(fault).__name__
            code, detail = (
                "database-error",
                f"数据库出错({state})。请检查 NONGBAO_DATABASE_URL，或运行 nongbao doctor。",
            )
        if "--json" in sys.argv:
            print(json.dumps({"error": {"code": code, "detail": detail}}, ensure_ascii=False))
        print(f"错误: {detail}", file=sys.stderr)
        raise typer.Exit(1)


def emit(document: Any, *, as_json: bool, text: str) -> None:
    """Print the answer: the document as JSON, or the text for people."""
    print(json.dumps(document, ensure_ascii=False, default=str) if as_json else text)


def acting(
    service: Service, username: str | None, *, division_code: int, permission: Permission | None = None
) -> Actor:
    """Return who acts: the named user, who must hold the permission, or the system over the unit's province.

    Raises `NotFound` for an unknown or disabled user and `ActorLacksRight`.
    """
    from api.services import users

    if username is None:
        return system_actor(division_code // PROVINCE_SPAN * PROVINCE_SPAN)
    actor = users.actor_named(service.database, username)
    if permission is not None and permission not in actor.permissions:
        raise ActorLacksRight
    return actor
