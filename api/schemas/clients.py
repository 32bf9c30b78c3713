"""Machine clients over the border. The secret comes out once."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field

from api.models import Client
from api.permissions import Permission
from api.schemas.base import DivisionCode, DivisionIn, Id, Schema
from api.vocabulary import RoleName


class ClientCreate(Schema):
    """Another system that is to use the API."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    role: RoleName
    scopes: Annotated[list[Permission], Field(min_length=1, max_length=40)]
    division_code: DivisionIn


class ClientRead(Schema):
    """A client."""

    id: Id
    client_id: str
    name: str
    role: RoleName
    scopes: list[str]
    division_code: DivisionCode
    disabled_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, client: Client) -> Self:
        """Show a client."""
        return cls(
            id=client.id,
            client_id=client.client_key,
            name=client.name,
            role=client.role,
            scopes=client.scopes.split(),
            division_code=client.division_code,
            disabled_at=client.disabled_at,
            created_at=client.created_at,
        )


class ClientCreated(Schema):
    """A new client; the secret is shown this one time, null in a repeated answer."""

    client: ClientRead
    client_secret: str | None
