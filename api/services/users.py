"""People who may sign in: one person, one user, one role, one unit. Administrators act within their unit, never on themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select, update
from sqlmodel import col

from api.database import WHOLE, Actor, DatabaseRole, county_of, next_id
from api.errors import DomainError, NotFound, StaleVersion
from api.models import Division, User
from api.permissions import ROLE_PERMISSIONS
from api.services import audit_events, passwords, sessions
from api.services.pages import decode_cursor, encode_cursor

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy.orm import Session

    from api.database import Database
    from api.vocabulary import RoleName


class OwnUser(DomainError):
    """Nobody grants rights to themselves, takes them, or resets their own password here."""

    status = 409
    code = "own-user"
    title = "不得对本人的账号进行此操作"


class UnitNotYours(DomainError):
    """The unit does not exist or lies outside the actor's: the two are one answer."""

    status = 404
    code = "division-not-found"
    title = "没有这个行政区划，或不在您的管辖范围内"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is to change about a user; None leaves it."""

    display_name: str | None = None
    role: RoleName | None = None
    disabled: bool | None = None


def require_unit(session: Session, actor: Actor, division_code: int) -> None:
    """Demand that the unit exists and lies within the actor's. Raises `UnitNotYours` for both."""
    low, high = actor.scope
    if not low <= division_code <= high or session.get(Division, division_code) is None:
        raise UnitNotYours(pointer="/division_code")


def create(
    session: Session,
    *,
    actor: Actor,
    username: str,
    display_name: str,
    person_key: str,
    role: RoleName,
    division_code: int,
    password: str,
) -> User:
    """Let a person sign in. A second user for the same `person_key` violates `uq_users_person_key`.

    Raises `PasswordUnsuitable` and `UnitNotYours`.
    """
    require_unit(session, actor, division_code)
    passwords.check(password, username=username)
    county_code = county_of(division_code)
    user = User(
        county_code=county_code,
        id=next_id(session, county_code),
        division_code=division_code,
        username=username,
        person_key=person_key,
        display_name=display_name,
        role=role,
        password_hash=passwords.hash_password(password),
    )
    session.add(user)
    session.flush()
    session.refresh(user)
    audit_events.record(
        session,
        actor=actor,
        action="create_user",
        subject_kind="user",
        subject_id=user.id,
        division_code=division_code,
        role=role.value,
    )
    return user


def get(session: Session, user_id: int) -> User:
    """Return a user of the actor's unit. Raises `NotFound`."""
    user = session.get(User, (user_id // 10_000_000_000, user_id))
    if user is None:
        raise NotFound
    return user


def names_of(session: Session, user_ids: Collection[int]) -> dict[int, str]:
    """Return the display names of the users among these whom the actor may see."""
    if not user_ids:
        return {}
    query = select(col(User.id), col(User.display_name)).where(
        col(User.county_code).in_({one // 10_000_000_000 for one in user_ids}), col(User.id).in_(user_ids)
    )
    return {row.id: row.display_name for row in session.execute(query)}


def list_users(session: Session, *, limit: int, after: str | None) -> tuple[Sequence[User], str | None]:
    """Return the users of the actor's unit by name, and the next cursor."""
    query = select(User).order_by(col(User.username)).limit(limit + 1)
    start = decode_cursor(after, str)
    if start is not None:
        query = query.where(col(User.username) > start[0])
    rows = session.scalars(query).all()
    return rows[:limit], encode_cursor(rows[limit - 1].username) if len(rows) > limit else None


def change(session: Session, *, actor: Actor, user_id: int, version: int, changes: Changes) -> User:
    """Rename a user, give them another role, shut them out or let them in again; their sessions end with a change of rights.

    Raises `OwnUser`, `StaleVersion`, `NotFound`.
    """
    user = get(session, user_id)
    if user.id == actor.user_id:
        raise OwnUser
    values: dict[str, object] = {"version": col(User.version) + 1}
    if changes.display_name is not None:
        values["display_name"] = changes.display_name
    if changes.role is not None:
        values["role"] = changes.role
    if changes.disabled is not None:
        values["disabled_at"] = func.now() if changes.disabled else None
    statement = (
        update(User)
        .where(col(User.county_code) == user.county_code, col(User.id) == user_id, col(User.version) == version)
        .values(values)
    )
    if session.execute(statement).rowcount != 1:  # type: ignore[attr-defined]
        raise StaleVersion
    session.refresh(user)
    if changes.role is not None or changes.disabled is not None:
        sessions.end_sessions(session, county_code=user.county_code, user_id=user_id)
        sessions.forget_with(session, user_id)
    audit_events.record(
        session,
        actor=actor,
        action="change_user",
        subject_kind="user",
        subject_id=user_id,
        division_code=user.division_code,
        role=changes.role.value if changes.role else None,
        disabled=changes.disabled,
    )
    return user


def set_password(session: Session, *, actor: Actor, user_id: int, password: str) -> User:
    """Give a user a new password; all their sessions end. Raises `OwnUser`, `PasswordUnsuitable`, `NotFound`."""
    user = get(session, user_id)
    if user.id == actor.user_id:
        raise OwnUser
    passwords.check(password, username=user.username)
    session.execute(
        update(User)
        .where(col(User.county_code) == user.county_code, col(User.id) == user_id)
        .values(
            password_hash=passwords.hash_password(password),
            failed_count=0,
            failed_at=None,
            version=col(User.version) + 1,
        )
    )
    session.refresh(user)
    sessions.end_sessions(session, county_code=user.county_code, user_id=user_id)
    sessions.forget_with(session, user_id)
    audit_events.record(
        session,
        actor=actor,
        action="set_password",
        subject_kind="user",
        subject_id=user_id,
        division_code=user.division_code,
    )
    return user


def actor_named(database: Database, username: str) -> Actor:
    """Return the actor behind a user name, for the command line, where the operating system has signed them in.

    Raises `NotFound` when there is no such user or it is disabled.
    """
    with database.read_snapshot(WHOLE, role=DatabaseRole.WIDE) as session:
        user = session.scalars(
            select(User).where(col(User.username) == username, col(User.disabled_at).is_(None))
        ).one_or_none()
    if user is None:
        raise NotFound
    return Actor(
        user_id=user.id,
        username=user.username,
        display_name=user.display_name,
        role=user.role.value,
        division_code=user.division_code,
        permissions=ROLE_PERMISSIONS[user.role],
        second_factor=user.second_factor_sealed is not None,
    )
