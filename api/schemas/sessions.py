"""Sign-in and what the page learns of the person who signed in."""

from typing import Annotated

from pydantic import Field

from api.permissions import Permission
from api.schemas.base import DivisionCode, Id, Schema


class SessionCreate(Schema):
    """A user name and a password."""

    username: Annotated[str, Field(min_length=1, max_length=64)]
    password: Annotated[str, Field(min_length=1, max_length=128)]


class SecondFactorConfirm(Schema):
    """A one-time code."""

    code: Annotated[str, Field(pattern=r"^\d{6}$")]


class ActorRead(Schema):
    """Who acts, for which unit, with which rights."""

    user_id: Id
    username: str
    display_name: str
    role: str
    division_code: DivisionCode
    division_name: str
    permissions: list[Permission]
    second_factor: bool


class SessionRead(Schema):
    """A session: the token that changes need, and the actor. A machine client has no CSRF token."""

    csrf_token: str | None
    actor: ActorRead
