"""The answer of the token endpoint (RFC 6749 §5.1)."""

from typing import Literal

from api.schemas.base import Schema


class TokenRead(Schema):
    """A bearer token of ten minutes."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    scope: str
