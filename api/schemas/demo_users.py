"""The users of a demonstration, with their passwords. A real installation has none of these."""

from api.schemas.base import Schema
from api.vocabulary import RoleName


class DemoUser(Schema):
    """Somebody to sign in as."""

    username: str
    password: str
    role: RoleName
    display_name: str


class DemoUsers(Schema):
    """Everybody to sign in as."""

    items: list[DemoUser]
