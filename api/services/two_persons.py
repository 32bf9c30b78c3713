"""Maker and checker are two persons, for every role without exception (design.md §1.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.errors import DomainError

if TYPE_CHECKING:
    from api.database import Actor

SYSTEM_USER = 1


class SamePerson(DomainError):
    """Whoever made it may not check it."""

    status = 409
    code = "same-person"
    title = "经办与复核须由两人办理"


class CheckerNotAPerson(DomainError):
    """The system and machine clients compute; they never approve."""

    status = 403
    code = "checker-not-a-person"
    title = "复核须由本人登录办理"


def require_second_person(actor: Actor, *maker_ids: int) -> None:
    """Raise `CheckerNotAPerson` for the system or a machine, and `SamePerson` when the actor is one of the makers."""
    if actor.user_id == SYSTEM_USER or actor.client_id is not None:
        raise CheckerNotAPerson("系统和接入程序只能计算，不能审批，请由复核人员本人登录办理。")
    if actor.user_id in maker_ids:
        raise SamePerson("本人经办的业务须由他人复核。")
