"""Browser sessions: sign-in, whose a cookie or a bearer token is, sign-out. Tokens are stored as hashes only.

These functions open their own units of work as the wide role, since nobody's scope is known before they have answered.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import event, text

from api.database import WHOLE, Actor, DatabaseRole, next_id
from api.errors import DomainError
from api.permissions import ROLE_PERMISSIONS
from api.services import audit_events, passwords, tokens
from api.services.actor_cache import ActorCache
from api.services.throttles import WINDOW_SECONDS, Throttle, TooManyAttempts, delay
from api.vocabulary import RoleName

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

    from api.database import Database
    from api.settings import Settings

COOKIE: Final = "nongbao_session"
MOST_SESSIONS: Final = 5
"""Sessions of one user at a time; a further sign-in ends the oldest."""
SECOND_FACTOR_MINUTES: Final = 30
_TOUCH_SECONDS: Final = 60


class NotSignedIn(DomainError):
    """No credentials, or they are unknown, expired or withdrawn: one answer for all."""

    status = 401
    code = "not-signed-in"
    title = "请先登录"


class CredentialsWrong(DomainError):
    """User name or password does not fit; which of them is not said."""

    status = 401
    code = "credentials-wrong"
    title = "用户名或密码不正确"


class CsrfTokenMissing(DomainError):
    """A change by cookie came without the token that only our own page knows, or from another site."""

    status = 403
    code = "csrf-token-missing"
    title = "缺少或不正确的 X-CSRF-Token，请重新载入页面"


class TwoCredentials(DomainError):
    """A cookie and a bearer token came together; which of them acts must not be a matter of taste."""

    status = 400
    code = "two-credentials"
    title = "不得同时使用会话 Cookie 和 Bearer 令牌"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a request shows of who sends it."""

    cookie: str | None
    bearer: str | None
    csrf_token: str | None = None
    is_safe: bool = True
    is_same_site: bool = True
    """False when the browser itself says that another site sent the request."""
    request_id: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session: the cookie's value, the token for changes, and who it is."""

    token: str
    csrf_token: str
    actor: Actor
    division_name: str


def cookie_name(settings: Settings) -> str:
    """Return the cookie's name; over HTTPS the prefix binds it to this host and path."""
    return f"__Host-{COOKIE}" if settings.secure_cookie else COOKIE


def csrf_token_of(cookie: str) -> str:
    """Return the session's CSRF token.

    It is derived with the cookie's 256 random bits as the key: whoever cannot read the cookie cannot make it, and a
    page that was loaded again can ask for it.
    """
    return urlsafe_b64encode(hmac.digest(cookie.encode(), b"nongbao csrf", "sha256")).decode().rstrip("=")


def new_token(county_code: int) -> str:
    """Return a token of 256 random bits. It names its county, so that looking it up is the work of one shard."""
    return f"{county_code}.{secrets.token_urlsafe(32)}"


def hash_token(token: str) -> bytes:
    """Return what is stored of a token. A plain hash is enough: nobody can guess 256 random bits."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def county_of_token(token: str) -> int:
    """Return the county that a token names, 0 for what is no token."""
    head, _, _ = token.partition(".")
    return int(head) if len(head) == 6 and head.isascii() and head.isdigit() else 0


# Who is asking ------------------------------------------------------------------------------------------------------


_cache = ActorCache()


def forget(user_id: int) -> None:
    """Drop what this process remembers of a user or client whose rights have just changed."""
    _cache.forget(user_id)


def _token_of(credentials: Credentials) -> str:
    """Return the one token that the request shows, after the rules of the cookie."""
    if credentials.cookie and credentials.bearer:
        raise TwoCredentials
    if credentials.bearer:
        return credentials.bearer
    if not credentials.cookie:
        raise NotSignedIn
    if not credentials.is_safe:
        shown = (credentials.csrf_token or "").encode()
        fits = hmac.compare_digest(shown, csrf_token_of(credentials.cookie).encode())
        if not fits or not credentials.is_same_site:
            raise CsrfTokenMissing
    return credentials.cookie


def _cache_key(credentials: Credentials, token_hash: bytes) -> bytes:
    """Keep cookies and bearer tokens apart: one must not pass for the other, and so around the CSRF token."""
    return (b"bearer" if credentials.bearer else b"cookie") + token_hash


def cached_actor(credentials: Credentials) -> Actor | None:
    """Return who asks if this was looked up within two seconds. Raises `NotSignedIn`, `CsrfTokenMissing`."""
    known = _cache.get(_cache_key(credentials, hash_token(_token_of(credentials))))
    return known and known.asking(request_id=credentials.request_id, address=credentials.address)


def find_actor(database: Database, settings: Settings, credentials: Credentials) -> Actor:
    """Return who asks. Raises `NotSignedIn`, `CsrfTokenMissing`, `TwoCredentials`."""
    token = _token_of(credentials)
    token_hash = hash_token(token)
    county_code = county_of_token(token)
    with database.unit_of_work(WHOLE, role=DatabaseRole.WIDE) as session:
        if credentials.bearer:
            actor = tokens.find_client(session, county_code=county_code, token_hash=token_hash)
        else:
            actor = _find_user(session, settings, county_code=county_code, token_hash=token_hash)
    if actor is None:
        raise NotSignedIn
    _cache.put(_cache_key(credentials, token_hash), actor)
    return actor.asking(request_id=credentials.request_id, address=credentials.address)


_FIND = text(
    """
    SELECT s.id AS session_id, u.id AS user_id, u.username, u.display_name, u.role, u.division_code,
           coalesce(s.second_factor_at > now() - make_interval(mins => :factor_minutes), false) AS second_factor,
           s.seen_at < now() - make_interval(secs => :touch_seconds) AS is_stale
      FROM sessions AS s
      JOIN users AS u ON u.county_code = s.county_code AND u.id = s.user_id
     WHERE s.county_code = :county_code
       AND s.token_hash = :token_hash
       AND s.ended_at IS NULL
       AND u.disabled_at IS NULL
       AND s.seen_at > now() - make_interval(mins => :idle_minutes)
       AND s.created_at > now() - make_interval(hours => :hours)
    """
)
_TOUCH = text("UPDATE sessions SET seen_at = now() WHERE county_code = :county_code AND id = :id")


def _find_user(session: Session, settings: Settings, *, county_code: int, token_hash: bytes) -> Actor | None:
    """Look a browser's session up and note, once a minute, that it is in use."""
    row = session.execute(
        _FIND,
        {
            "county_code": county_code,
            "token_hash": token_hash,
            "factor_minutes": SECOND_FACTOR_MINUTES,
            "touch_seconds": _TOUCH_SECONDS,
            "idle_minutes": settings.session_idle_minutes,
            "hours": settings.session_hours,
        },
    ).one_or_none()
    if row is None:
        return None
    if row.is_stale:
        session.execute(_TOUCH, {"county_code": county_code, "id": row.session_id})
    return _actor(row, session_id=row.session_id, second_factor=row.second_factor)


def _actor(row: Row[Any], *, session_id: int, second_factor: bool = False) -> Actor:
    return Actor(
        user_id=row.user_id,
        username=row.username,
        display_name=row.display_name,
        role=row.role,
        division_code=row.division_code,
        permissions=ROLE_PERMISSIONS[RoleName(row.role)],
        session_id=session_id,
        second_factor=second_factor,
    )


def forget_with(session: Session, user_id: int) -> None:
    """Drop it now, and once more after the commit: somebody may have looked the old rights up in between."""
    forget(user_id)
    event.listen(session, "after_commit", lambda _session: forget(user_id), once=True)


# Signing in and out -------------------------------------------------------------------------------------------------

_throttles: WeakKeyDictionary[Database, Throttle] = WeakKeyDictionary()


def throttle_of(database: Database) -> Throttle:
    """Return the counter of failures that belongs to this database."""
    return _throttles.setdefault(database, Throttle())


_USER = text(
    """
    SELECT county_code, id AS user_id, username, display_name, role, division_code, password_hash, disabled_at,
           CASE WHEN failed_at > now() - make_interval(secs => :window) THEN failed_count ELSE 0 END AS failures,
           extract(epoch FROM now() - failed_at)::float8 AS seconds_since
      FROM users
     WHERE username = :username
    """
)
_FAILED = text(
    """
    UPDATE users
       SET failed_count = CASE WHEN failed_at > now() - make_interval(secs => :window) THEN failed_count + 1 ELSE 1 END,
           failed_at = now()
     WHERE county_code = :county_code AND id = :id
    """
)
_FORGIVE = text(
    """
    UPDATE users SET failed_count = 0, failed_at = NULL
     WHERE county_code = :county_code AND id = :id AND failed_count > 0
    """
)
_OPEN = text(
    """
    INSERT INTO sessions (county_code, id, division_code, user_id, token_hash)
    VALUES (:county_code, :id, :division_code, :user_id, :token_hash)
    """
)
_END_OLDEST = text(
    """
    UPDATE sessions SET ended_at = now()
     WHERE county_code = :county_code AND user_id = :user_id AND ended_at IS NULL
       AND id NOT IN (SELECT id FROM sessions
                       WHERE county_code = :county_code AND user_id = :user_id AND ended_at IS NULL
                       ORDER BY created_at DESC, id DESC
                       LIMIT :most)
    """
)
_NAME = text("SELECT name FROM divisions WHERE code = :code")


def sign_in(database: Database, *, username: str, password: str, address: str = "", request_id: str = "") -> SignedIn:
    """Open a session for whoever knows the password.

    The password is compared between two short transactions, since a comparison takes long by design and must not hold
    a connection. Raises `CredentialsWrong` for everything that does not fit, after the same time, and
    `TooManyAttempts`.
    """
    throttle = throttle_of(database)
    throttle.begin(username, address)
    with database.unit_of_work(WHOLE, role=DatabaseRole.WIDE) as session:
        row = session.execute(_USER, {"username": username, "window": WINDOW_SECONDS}).one_or_none()
    wait = delay(row.failures) - row.seconds_since if row is not None and row.failures else 0
    if wait > 0:
        raise TooManyAttempts(retry_after=int(wait) + 1)
    fits = passwords.verify(row.password_hash if row is not None else None, password)
    if row is None or not fits or row.disabled_at is not None:
        if row is not None:
            _note_failure(database, row, address=address, request_id=request_id)
        raise CredentialsWrong
    throttle.succeed(username, address)
    return _open(database, row, address=address, request_id=request_id)


def _note_failure(database: Database, row: Row[Any], *, address: str, request_id: str) -> None:
    actor = _actor(row, session_id=0).asking(request_id=request_id, address=address)
    with database.unit_of_work(actor, role=DatabaseRole.WIDE) as session:
        names = {"county_code": row.county_code, "id": row.user_id, "window": WINDOW_SECONDS}
        session.execute(_FAILED, names)
        audit_events.record(
            session,
            actor=actor,
            action="sign_in",
            subject_kind="user",
            subject_id=row.user_id,
            outcome=CredentialsWrong.code,
        )


def _open(database: Database, row: Row[Any], *, address: str, request_id: str) -> SignedIn:
    """Write the session, forgive earlier failures, end sessions beyond the few that a person needs."""
    token = new_token(row.county_code)
    with database.unit_of_work(WHOLE, role=DatabaseRole.WIDE) as session:
        session_id = next_id(session, row.county_code)
        actor = _actor(row, session_id=session_id).asking(request_id=request_id, address=address)
        names = {"county_code": row.county_code, "user_id": row.user_id}
        opened = {"id": session_id, "division_code": row.division_code, "token_hash": hash_token(token)}
        session.execute(_FORGIVE, {"county_code": row.county_code, "id": row.user_id})
        session.execute(_OPEN, names | opened)
        session.execute(_END_OLDEST, names | {"most": MOST_SESSIONS})
        audit_events.record(session, actor=actor, action="sign_in", subject_kind="session", subject_id=session_id)
        division_name = session.execute(_NAME, {"code": row.division_code}).scalar_one_or_none() or ""
    return SignedIn(token, csrf_token_of(token), actor, division_name)


_END = text(
    """
    UPDATE sessions SET ended_at = now()
     WHERE county_code = :county_code AND user_id = :user_id AND ended_at IS NULL
       AND (CAST(:id AS bigint) IS NULL OR id = :id)
    """
)


def sign_out(database: Database, actor: Actor) -> None:
    """End the actor's own session."""
    with database.unit_of_work(actor, role=DatabaseRole.WIDE) as session:
        end_sessions(session, county_code=actor.county_code, user_id=actor.user_id, session_id=actor.session_id)
        audit_events.record(
            session, actor=actor, action="sign_out", subject_kind="session", subject_id=actor.session_id
        )
    forget(actor.user_id)


def end_sessions(session: Session, *, county_code: int, user_id: int, session_id: int | None = None) -> None:
    """End one session of a user, or all of them."""
    session.execute(_END, {"county_code": county_code, "user_id": user_id, "id": session_id})


_ROTATE = text(
    """
    UPDATE sessions SET token_hash = :token_hash, second_factor_at = :at
     WHERE county_code = :county_code AND id = :id
    """
)


def rotate(session: Session, actor: Actor, *, second_factor_at: datetime) -> str:
    """Give the actor's session a new token after the second factor: whoever copied the old one gains nothing by it."""
    token = new_token(actor.county_code)
    session.execute(
        _ROTATE,
        {
            "county_code": actor.county_code,
            "id": actor.session_id,
            "token_hash": hash_token(token),
            "at": second_factor_at,
        },
    )
    return token
