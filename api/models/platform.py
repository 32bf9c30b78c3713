"""What the service keeps about its own working: audit events, idempotency keys and installation facts."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, PrimaryKeyConstraint
from sqlalchemy.dialects.postgresql import JSONB

from api.models.base import Field, SQLModel, big, county, instant, key, sealed, small, text_c


class AuditEvent(SQLModel, table=True):
    """Who did what to what, when and from where: each effect, refusal, unmasked read and export. Append-only."""

    __tablename__ = "audit_events"
    __table_args__ = (
        Index("ix_audit_events_subject", "county_code", "subject_kind", "subject_id"),
        Index("ix_audit_events_at", "division_code", "at"),
    )

    county_code: int = county()
    id: int = key()
    division_code: int = big()
    """Unit of the subject (of the actor where there is none)."""
    at: datetime = instant()
    actor_id: int = big()
    actor_name: str = text_c()
    action: str = text_c()
    """Operation name: record_contribution, sign_in, …"""
    subject_kind: str = text_c()
    subject_id: int | None = big(nullable=True)
    outcome: str = text_c(default="done")
    """done, or the code of the problem that refused it."""
    request_id: str = text_c(default="")
    address: str = text_c(default="")
    detail: dict[str, Any] = Field(sa_type=JSONB)
    """Facts without personal data."""


class IdempotencyKey(SQLModel, table=True):
    """A request that was answered, so that its repetition gets the same answer. Written in the request's transaction."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (PrimaryKeyConstraint("county_code", "actor_id", "operation", "idempotency_key"),)

    county_code: int = county()
    actor_id: int = key()
    operation: str = text_c(primary_key=True)
    idempotency_key: str = text_c(primary_key=True)
    division_code: int = big()
    fingerprint: bytes = sealed()
    status: int | None = small(nullable=True, default=None)
    body: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    """The answer as it was given, key by key: JSONB would reorder it, and the repetition would differ in its bytes."""
    created_at: datetime = instant()


class Installation(SQLModel, table=True):
    """Facts about this installation (mode, business date of a demonstration, keys' fingerprints)."""

    __tablename__ = "installation"

    name: str = text_c(primary_key=True)
    value: str = text_c()
    updated_at: datetime = instant()
