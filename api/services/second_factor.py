"""The second factor of whoever approves or releases money: time-based one-time passwords (RFC 6238, SHA-1, 6 digits)."""

from __future__ import annotations

import base64
import hmac
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from sqlalchemy import text

from api.database import DatabaseRole
from api.errors import DomainError, NotFound
from api.services import audit_events, sessions

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.database import Actor, Database

STEP_SECONDS: Final = 30
_DIGITS: Final = 6
_SECRET_BYTES: Final = 20
_WINDOW: Final = 1
"""Steps before and after now that are accepted, for clocks that differ."""


class CodeWrong(DomainError):
    """The one-time code does not fit, was used before, or the user has no second factor."""

    status = 403
    code = "second-factor-wrong"
    title = "动态口令不正确或已使用"


def code_at(secret: bytes, step: int) -> str:
    """Return the code of a time step (RFC 4226 §5.3)."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**_DIGITS:0{_DIGITS}d}"


def step_of(moment: datetime) -> int:
    """Return the time step of a moment."""
    return int(moment.timestamp()) // STEP_SECONDS


def matching_step(secret: bytes, code: str, *, now: datetime, last_used: int | None) -> int | None:
    """Return the step whose code this is, none at or before the last one used: a code is good once."""
    current = step_of(now)
    for step in range(current - _WINDOW, current + _WINDOW + 1):
        fits = hmac.compare_digest(code_at(secret, step).encode(), code.encode("utf-8", "surrogatepass"))
        if fits and (last_used is None or step > last_used):
            return step
    return None


_SET = text(
    """
    UPDATE users SET second_factor_sealed = :sealed, second_factor_step = NULL, version = version + 1
     WHERE county_code = :county_code AND id = :id
    """
)


def enrol(session: Session, keyring: Keyring, *, actor: Actor, county_code: int, user_id: int, username: str) -> str:
    """Give a user a new secret and return the `otpauth://` address for their authenticator; it is shown once."""
    secret = secrets.token_bytes(_SECRET_BYTES)
    text_form = base64.b32encode(secret).decode()
    sealed = keyring.seal(text_form, table="users", column="second_factor", row_id=user_id)
    names = {"county_code": county_code, "id": user_id, "sealed": sealed}
    if session.execute(_SET, names).rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound
    sessions.end_sessions(session, county_code=county_code, user_id=user_id)
    audit_events.record(session, actor=actor, action="enrol_second_factor", subject_kind="user", subject_id=user_id)
    label = quote(f"农保:{username}")
    return f"otpauth://totp/{label}?secret={text_form}&issuer={quote('农保')}&digits={_DIGITS}&period={STEP_SECONDS}"


_READ = text(
    """
    SELECT second_factor_sealed, second_factor_step, now() AS now
      FROM users
     WHERE county_code = :county_code AND id = :id AND disabled_at IS NULL
    """
)
# The condition makes two requests with the same code take it once.
_USE = text(
    """
    UPDATE users SET second_factor_step = :step
     WHERE county_code = :county_code AND id = :id
       AND (second_factor_step IS NULL OR second_factor_step < :step)
    """
)


def confirm(database: Database, keyring: Keyring, *, actor: Actor, code: str) -> tuple[str, Actor]:
    """Accept the code, renew the session's token and return it with the actor. Raises `CodeWrong`, `TooManyAttempts`."""
    throttle = sessions.throttle_of(database)
    name = f"second-factor {actor.user_id}"
    throttle.begin(name, actor.address)
    names = {"county_code": actor.county_code, "id": actor.user_id}
    with database.unit_of_work(actor, role=DatabaseRole.WIDE) as session:
        row = session.execute(_READ, names).one_or_none()
        step = None
        if row is not None and row.second_factor_sealed is not None and actor.session_id is not None:
            sealed = bytes(row.second_factor_sealed)
            secret = base64.b32decode(
                keyring.unseal(sealed, table="users", column="second_factor", row_id=actor.user_id)
            )
            step = matching_step(secret, code, now=row.now, last_used=row.second_factor_step)
        accepted = step is not None and session.execute(_USE, names | {"step": step}).rowcount == 1  # type: ignore[attr-defined]
        audit_events.record(
            session,
            actor=actor,
            action="confirm_second_factor",
            subject_kind="session",
            subject_id=actor.session_id,
            outcome="done" if accepted else CodeWrong.code,
        )
        token = sessions.rotate(session, actor, second_factor_at=row.now) if accepted and row is not None else None
    if token is None:
        raise CodeWrong
    throttle.succeed(name, actor.address)
    sessions.forget(actor.user_id)
    return token, replace(actor, second_factor=True)
