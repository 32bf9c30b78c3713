"""Who did what: an event in the same transaction as the effect it tells of. Details never hold personal data."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, tuple_
from sqlmodel import col

from api.database import Actor, county_of, send_later
from api.models import AuditEvent
from api.services.pages import InvalidCursor, decode_cursor, encode_cursor
from api.wire import Prepared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

_INSERT = Prepared(
    "audit_event",
    "int, bigint, bigint, text, text, text, bigint, text, text, text, text",
    """
    INSERT INTO audit_events (county_code, id, division_code, actor_id, actor_name, action, subject_kind, subject_id,
                              outcome, request_id, address, detail)
    VALUES ($1, $1 * 10000000000 + nextval('serials'), $2, $3, $4, $5, $6, $7, $8, $9, $10, CAST($11 AS jsonb))
    """,
)


def record(
    session: Session,
    *,
    actor: Actor,
    action: str,
    subject_kind: str,
    subject_id: int | None = None,
    division_code: int | None = None,
    outcome: str = "done",
    **detail: Any,
) -> None:
    """Write one event, which travels with the next statement. `division_code` is the subject's unit, else the actor's."""
    unit = division_code or actor.division_code
    event = _INSERT.of(
        county_of(unit),
        unit,
        actor.user_id,
        actor.username,
        action,
        subject_kind,
        subject_id,
        outcome,
        actor.request_id,
        actor.address,
        json.dumps(detail, ensure_ascii=False, default=str),
    )
    send_later(session, event)


def list_events(
    session: Session,
    *,
    action: str | None = None,
    subject_kind: str | None = None,
    subject_id: int | None = None,
    actor_id: int | None = None,
    limit: int,
    after: str | None,
) -> tuple[Sequence[AuditEvent], str | None]:
    """Return the events of the reader's unit, newest first, and the next cursor. Raises `InvalidCursor`."""
    query = select(AuditEvent).order_by(col(AuditEvent.at).desc(), col(AuditEvent.id).desc()).limit(limit + 1)
    wanted = {
        AuditEvent.action: action,
        AuditEvent.subject_kind: subject_kind,
        AuditEvent.subject_id: subject_id,
        AuditEvent.actor_id: actor_id,
    }
    for column, value in wanted.items():
        if value is not None:
            query = query.where(col(column) == value)
    start = decode_cursor(after, str, int)
    if start is not None:
        query = query.where(tuple_(col(AuditEvent.at), col(AuditEvent.id)) < (_moment(start[0]), start[1]))
    rows = session.scalars(query).all()
    following = encode_cursor(rows[limit - 1].at.isoformat(), rows[limit - 1].id) if len(rows) > limit else None
    return rows[:limit], following


def _moment(text_form: str) -> datetime:
    try:
        return datetime.fromisoformat(text_form)
    except ValueError:
        raise InvalidCursor(pointer="/after") from None
