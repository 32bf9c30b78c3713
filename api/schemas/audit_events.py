"""Audit events as the internal audit reads them."""

from datetime import datetime
from typing import Any, Self

from api.models import AuditEvent
from api.schemas.base import DivisionCode, Id, Schema


class AuditEventRead(Schema):
    """Who did what, when, to what, from where, and how it ended."""

    id: Id
    at: datetime
    actor_id: Id
    actor_name: str
    action: str
    subject_kind: str
    subject_id: Id | None
    division_code: DivisionCode
    outcome: str
    request_id: str
    address: str
    detail: dict[str, Any]

    @classmethod
    def of(cls, event: AuditEvent) -> Self:
        """Show an event."""
        return cls(
            id=event.id,
            at=event.at,
            actor_id=event.actor_id,
            actor_name=event.actor_name,
            action=event.action,
            subject_kind=event.subject_kind,
            subject_id=event.subject_id,
            division_code=event.division_code,
            outcome=event.outcome,
            request_id=event.request_id,
            address=event.address,
            detail=event.detail,
        )
