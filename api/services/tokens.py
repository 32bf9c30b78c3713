"""Bearer tokens of machine clients (OAuth 2, client credentials): opaque, ten minutes long, stored as hashes."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Final

from sqlalchemy import text

from api.database import WHOLE, Actor, DatabaseRole, next_id
from api.errors import DomainError
from api.permissions import ROLE_PERMISSIONS, Permission, with_implied
from api.services import audit_events
from api.vocabulary import RoleName

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from api.database import Database
    from api.models import Client

SECONDS: Final = 600


class InvalidClient(DomainError):
    """The client is unknown or disabled, or its secret is wrong (RFC 6749 §5.2)."""

    status = 401
    code = "invalid_client"
    title = "接入系统的标识或密钥不正确"
    challenge: ClassVar[str] = "Basic"


class InvalidRequest(DomainError):
    """The token request lacks a part or gives it twice (RFC 6749 §5.2)."""

    status = 400
    code = "invalid_request"
    title = "令牌请求不完整"


class UnsupportedGrantType(DomainError):
    """Only `client_credentials` is served (RFC 6749 §5.2)."""

    status = 400
    code = "unsupported_grant_type"
    title = "只支持 client_credentials"


class InvalidScope(DomainError):
    """The scope names a right that the client does not have (RFC 6749 §5.2)."""

    status = 400
    code = "invalid_scope"
    title = "申请的权限超出接入系统的权限"


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token as the client gets it, once."""

    token: str
    scope: str
    seconds: int = SECONDS


def new_secret() -> str:
    """Return a client secret of 256 random bits."""
    return secrets.token_urlsafe(32)


def hash_secret(secret: str) -> bytes:
    """Return what is stored of a secret. It is random and long, so a plain hash cannot be guessed back."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


_CLIENT = text(
    """
    SELECT county_code, id, division_code, client_key, name, role, scopes, secret_hash
      FROM clients
     WHERE client_key = :client_key AND disabled_at IS NULL
    """
)
_INSERT = text(
    """
    INSERT INTO access_tokens (county_code, id, division_code, client_id, token_hash, scopes, expires_at)
    VALUES (:county_code, :id, :division_code, :client_id, :token_hash, :scopes,
            now() + make_interval(secs => :seconds))
    """
)


def issue(
    database: Database,
    *,
    client_key: str,
    secret: str,
    scope: str | None = None,
    address: str = "",
    request_id: str = "",
) -> IssuedToken:
    """Give a client a token for its scopes or some of them. Raises `InvalidClient`, `InvalidScope`."""
    with database.unit_of_work(WHOLE, role=DatabaseRole.WIDE) as session:
        row = session.execute(_CLIENT, {"client_key": client_key}).one_or_none()
        stored = bytes(row.secret_hash) if row is not None else bytes(32)
        if not hmac.compare_digest(stored, hash_secret(secret)) or row is None:
            raise InvalidClient
        held = usable_scopes(row.role, row.scopes)
        wanted = set(scope.split()) if scope else {word for word in row.scopes.split() if word in held}
        if not wanted or not wanted <= {permission.value for permission in held}:
            raise InvalidScope
        scopes = " ".join(sorted(wanted))
        token = f"{row.county_code}.{secrets.token_urlsafe(32)}"
        session.execute(
            _INSERT,
            {
                "county_code": row.county_code,
                "id": next_id(session, row.county_code),
                "division_code": row.division_code,
                "client_id": row.id,
                "token_hash": hash_secret(token),
                "scopes": scopes,
                "seconds": SECONDS,
            },
        )
        actor = _actor(row.id, row.client_key, row.name, row.role, row.division_code, scopes)
        actor = replace(actor, address=address, request_id=request_id)
        audit_events.record(session, actor=actor, action="issue_token", subject_kind="client", subject_id=row.id)
    return IssuedToken(token, scopes)


_FIND = text(
    """
    SELECT c.id, c.client_key, c.name, c.role, c.division_code, c.scopes AS held_scopes, t.scopes
      FROM access_tokens AS t
      JOIN clients AS c ON c.county_code = t.county_code AND c.id = t.client_id
     WHERE t.county_code = :county_code
       AND t.token_hash = :token_hash
       AND t.expires_at > now()
       AND c.disabled_at IS NULL
    """
)


def find_client(session: Session, *, county_code: int, token_hash: bytes) -> Actor | None:
    """Return whose token this is, with the rights that token, client and role have in common."""
    row = session.execute(_FIND, {"county_code": county_code, "token_hash": token_hash}).one_or_none()
    if row is None:
        return None
    # The client's scopes may have been cut since the token was given.
    kept = " ".join(set(row.scopes.split()) & usable_scopes(row.role, row.held_scopes))
    return _actor(row.id, row.client_key, row.name, row.role, row.division_code, kept)


def usable_scopes(role: str, scopes: str) -> frozenset[Permission]:
    """Return the permissions that both the scopes, with what they bring along, and the role hold.

    Unknown words count for nothing.
    """
    known = {permission.value: permission for permission in Permission}
    named = {known[word] for word in scopes.split() if word in known}
    held = ROLE_PERMISSIONS[RoleName(role)]
    return with_implied(frozenset(named & held)) & held


def _actor(client_id: int, client_key: str, name: str, role: str, division_code: int, scopes: str) -> Actor:
    return Actor(
        user_id=client_id,
        username=client_key,
        display_name=name,
        role=role,
        division_code=division_code,
        permissions=usable_scopes(role, scopes),
        client_id=client_id,
    )


def actor_of_client(client: Client) -> Actor:
    """Return the client as the one who acts, with the rights that scopes and role give it today."""
    return _actor(client.id, client.client_key, client.name, client.role, client.division_code, client.scopes)
