"""Users over the border. A password goes in or comes out once; no schema shows a hash."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field

from api.models import User
from api.schemas.base import DivisionCode, DivisionIn, Id, Schema
from api.vocabulary import RoleName

Username = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{2,31}$")]
DisplayName = Annotated[str, Field(min_length=1, max_length=60)]
Password = Annotated[str, Field(min_length=1, max_length=128)]


class UserCreate(Schema):
    """A person who is to sign in; without a password one is made and shown once."""

    username: Username
    display_name: DisplayName
    person_key: Annotated[str, Field(min_length=1, max_length=60, description="工号等能长期识别此人的编号")]
    role: RoleName
    division_code: DivisionIn
    password: Password | None = None


class UserUpdate(Schema):
    """What changes about a user; what is left out stays."""

    display_name: DisplayName | None = None
    role: RoleName | None = None
    disabled: bool | None = None


class UserRead(Schema):
    """A user."""

    id: Id
    username: str
    display_name: str
    person_key: str
    role: RoleName
    division_code: DivisionCode
    has_second_factor: bool
    disabled_at: datetime | None
    created_at: datetime
    version: int

    @classmethod
    def of(cls, user: User) -> Self:
        """Show a user."""
        return cls(
            id=user.id,
            username=user.username,
            display_name=user.display_name,
            person_key=user.person_key,
            role=user.role,
            division_code=user.division_code,
            has_second_factor=user.second_factor_sealed is not None,
            disabled_at=user.disabled_at,
            created_at=user.created_at,
            version=user.version,
        )


class UserCreated(Schema):
    """A new user; the password that was made is shown this one time, null in a repeated answer."""

    user: UserRead
    initial_password: str | None


class PasswordReset(Schema):
    """A new password, or none to have one made."""

    password: Password | None = None
