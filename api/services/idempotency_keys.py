"""Answering a repeated request with its first answer. The key's row lives in the transaction of the effect.

A concurrent repetition waits at the unique key until the first has committed or vanished; there is no half state.
Beneath it every effect has a natural unique key of its own, so an expired key cannot pay twice.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from api.database import ask, send_later
from api.errors import DomainError, NotFound
from api.wire import Prepared

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from api.database import Actor


class IdempotencyKeyMissing(DomainError):
    """A request that moves money came without its key."""

    status = 400
    code = "idempotency-key-missing"
    title = "缺少 Idempotency-Key 请求头"


class IdempotencyKeyInvalid(DomainError):
    """The key is not 8 to 64 visible ASCII characters."""

    status = 400
    code = "idempotency-key-invalid"
    title = "Idempotency-Key 须为 8 到 64 个可见 ASCII 字符"


class IdempotencyKeyReused(DomainError):
    """The key was used before with another body."""

    status = 422
    code = "idempotency-key-reused"
    title = "该 Idempotency-Key 已用于另一项内容不同的请求"


_RESERVE = Prepared(
    "key_reserve",
    "int, bigint, text, text, bigint, bytea",
    """
    INSERT INTO idempotency_keys (county_code, actor_id, operation, idempotency_key, division_code, fingerprint)
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING 1
    """,
)
_REMEMBER = Prepared(
    "key_remember",
    "int, bigint, text, text, int, json",
    """
    UPDATE idempotency_keys SET status = $5, body = $6
     WHERE county_code = $1 AND actor_id = $2 AND operation = $3 AND idempotency_key = $4
    """,
)


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The answer that was given the first time."""

    status: int
    body: dict[str, Any]


def fingerprint(*parts: str) -> bytes:
    """Hash what makes the request this one: operation, path and canonical body, length-prefixed."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode()
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.digest()


def reserve(session: Session, *, actor: Actor, operation: str, key: str, request: bytes) -> StoredAnswer | None:
    """Take the key, or return the stored answer of the request that took it before.

    Raises `IdempotencyKeyReused` when that request was another one, and `NotFound` when its answer lies outside what
    the actor may see today.
    """
    names = {"county_code": actor.county_code, "actor_id": actor.user_id, "operation": operation, "key": key}
    (inserted,) = ask(session, _RESERVE.of(*names.values(), actor.division_code, request))
    if inserted:
        return None
    stored = session.execute(
        text(
            """
            SELECT fingerprint, status, body FROM idempotency_keys
             WHERE county_code = :county_code AND actor_id = :actor_id AND operation = :operation
               AND idempotency_key = :key
            """
        ),
        names,
    ).one_or_none()
    if stored is None:
        raise NotFound
    if bytes(stored.fingerprint) != request:
        raise IdempotencyKeyReused
    return StoredAnswer(stored.status, stored.body)


def remember(session: Session, *, actor: Actor, operation: str, key: str, status: int, body: str) -> None:
    """Keep the answer (JSON) beside the effect, in the same transaction. Bodies are masked by their response type."""
    send_later(session, _REMEMBER.of(actor.county_code, actor.user_id, operation, key, status, body))
