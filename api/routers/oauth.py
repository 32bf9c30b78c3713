"""The token endpoint for machines (OAuth 2, client credentials). It never sets a cookie."""

import base64
import binascii
from typing import Annotated
from urllib.parse import unquote_plus

from fastapi import Form, Header, Request, Response

from api.dependencies import ServiceDep, address_of, request_id_of, requires
from api.permissions import Permission
from api.routes import Router
from api.schemas.tokens import TokenRead
from api.services import tokens

router = Router(prefix="/oauth", tags=["oauth"])

ShortForm = Annotated[str | None, Form(max_length=4096)]


def _basic(header: str | None) -> tuple[str, str] | None:
    """Read client_id and secret from an Authorization header (RFC 6749 §2.3.1: form-encoded inside Basic)."""
    scheme, _, encoded = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise tokens.InvalidClient from None
    if not colon:
        raise tokens.InvalidClient
    return unquote_plus(name), unquote_plus(secret)


@router.post("/token", name="issue_token", dependencies=[requires(Permission.PUBLIC)])
def issue_token(
    request: Request,
    response: Response,
    service: ServiceDep,
    grant_type: ShortForm = None,
    scope: ShortForm = None,
    client_id: ShortForm = None,
    client_secret: ShortForm = None,
    authorization: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> TokenRead:
    """Exchange a client's credentials (Basic or in the body) for a bearer token."""
    if grant_type is None:
        raise tokens.InvalidRequest(pointer="/grant_type")
    if grant_type != "client_credentials":
        raise tokens.UnsupportedGrantType
    shown = _basic(authorization)
    if shown is not None and client_secret is not None:
        detail = "客户端凭据只能用一种方式提交。"
        raise tokens.InvalidRequest(detail)
    name, secret = shown or (client_id or "", client_secret or "")
    issued = tokens.issue(
        service.database,
        client_key=name,
        secret=secret,
        scope=scope,
        address=address_of(request),
        request_id=request_id_of(request),
    )
    response.headers["Cache-Control"] = "no-store"
    return TokenRead(access_token=issued.token, token_type="Bearer", expires_in=issued.seconds, scope=issued.scope)  # noqa: S106
