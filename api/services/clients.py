"""Machine clients of other systems: a role, some of its permissions, a unit, a secret that is shown once."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select, update
from sqlmodel import col

from api.database import county_of, next_id
from api.errors import Invalid, NotFound
from api.models import Client
from api.permissions import FOR_PERSONS_ONLY, ROLE_PERMISSIONS
from api.services import audit_events, sessions, tokens, users
from api.services.pages import decode_cursor, encode_cursor

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy.orm import Session

    from api.database import Actor
    from api.permissions import Permission
    from api.vocabulary import RoleName

_KEY_BYTES: Final = 8


class ScopeUnsuitable(Invalid):
    """A scope lies outside the client's role, or is one that only a person may hold."""

    code = "scope-unsuitable"
    title = "接入系统不得拥有所选权限"


def create(
    session: Session,
    *,
    actor: Actor,
    name: str,
    role: RoleName,
    scopes: Collection[Permission],
    division_code: int,
) -> tuple[Client, str]:
    """Let a machine of another system in; return it with its secret, which is not kept.

    Approving, releasing and granting are for persons. Raises `ScopeUnsuitable`, `UnitNotYours`.
    """
    users.require_unit(session, actor, division_code)
    wrong = sorted(set(scopes) - (ROLE_PERMISSIONS[role] - FOR_PERSONS_ONLY))
    if wrong or not scopes:
        raise ScopeUnsuitable(f"不适用的权限：{'、'.join(wrong) or '未选择任何权限'}。", pointer="/scopes")
    county_code = county_of(division_code)
    secret = tokens.new_secret()
    client = Client(
        county_code=county_code,
        id=next_id(session, county_code),
        division_code=division_code,
        client_key=f"nb-{secrets.token_hex(_KEY_BYTES)}",
        name=name,
        role=role,
        scopes=" ".join(sorted(set(scopes))),
        secret_hash=tokens.hash_secret(secret),
    )
    session.add(client)
    session.flush()
    session.refresh(client)
    audit_events.record(
        session,
        actor=actor,
        action="create_client",
        subject_kind="client",
        subject_id=client.id,
        division_code=division_code,
        role=role.value,
        scopes=client.scopes,
    )
    return client, secret


def list_clients(session: Session, *, limit: int, after: str | None) -> tuple[Sequence[Client], str | None]:
    """Return the clients of the actor's unit by id, and the next cursor."""
    query = select(Client).order_by(col(Client.id)).limit(limit + 1)
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(Client.id) > start[0])
    rows = session.scalars(query).all()
    return rows[:limit], encode_cursor(rows[limit - 1].id) if len(rows) > limit else None


def named(session: Session, client_key: str) -> Client:
    """Return the client with this `client_id`. Raises `NotFound`."""
    client = session.scalars(select(Client).where(col(Client.client_key) == client_key)).one_or_none()
    if client is None:
        raise NotFound
    return client


def disable(session: Session, *, actor: Actor, client_id: int) -> None:
    """Shut a client out at once, its tokens included. Doing it twice is no fault. Raises `NotFound`."""
    county_code = client_id // 10_000_000_000
    client = session.get(Client, (county_code, client_id))
    if client is None:
        raise NotFound
    session.execute(
        update(Client)
        .where(col(Client.county_code) == county_code, col(Client.id) == client_id, col(Client.disabled_at).is_(None))
        .values(disabled_at=func.now())
    )
    sessions.forget_with(session, client_id)
    audit_events.record(
        session,
        actor=actor,
        action="disable_client",
        subject_kind="client",
        subject_id=client_id,
        division_code=client.division_code,
    )
