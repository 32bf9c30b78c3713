"""Who did what: an event in the same transaction as the effect it tells of. Details never hold personal data."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from api.database import Actor, county_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_INSERT = text(
    """
    INSERT INTO audit_events (county_code, id, division_code, actor_id, actor_name, action, subject_kind, subject_id,
                              outcome, request_id, address, detail)
    VALUES (:county_code, :county_code * 10000000000 + nextval('serials'), :division_code, :actor_id, :actor_name,
            :action, :subject_kind, :subject_id, :outcome, :request_id, :address, CAST(:detail AS jsonb))
    """
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
    """Write one event. `division_code` is the subject's unit; the actor's own where there is none."""
    unit = division_code or actor.division_code
    session.execute(
        _INSERT,
        {
            "county_code": county_of(unit),
            "division_code": unit,
            "actor_id": actor.user_id,
            "actor_name": actor.username,
            "action": action,
            "subject_kind": subject_kind,
            "subject_id": subject_id,
            "outcome": outcome,
            "request_id": actor.request_id,
            "address": actor.address,
            "detail": json.dumps(detail, ensure_ascii=False, default=str),
        },
    )
