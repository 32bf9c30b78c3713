"""The audit trail over HTTP, newest first, for internal audit."""

from typing import Annotated

from fastapi import Query

from api.dependencies import PageDep, ReadSessionDep, requires
from api.permissions import Permission
from api.routes import Router
from api.schemas.audit_events import AuditEventRead
from api.schemas.base import IdIn, Page
from api.services import audit_events

router = Router(prefix="/audit-events", tags=["audit-events"])

Word = Annotated[str | None, Query(pattern=r"^[a-z_-]{1,40}$")]


@router.get("", name="list_audit_events", dependencies=[requires(Permission.AUDIT_READ)])
def list_audit_events(
    session: ReadSessionDep,
    page: PageDep,
    action: Word = None,
    subject_kind: Word = None,
    subject_id: Annotated[IdIn | None, Query()] = None,
    actor_id: Annotated[IdIn | None, Query()] = None,
) -> Page[AuditEventRead]:
    """List what was done in the auditor's unit, newest first, narrowed by what, to what and by whom."""
    rows, after = audit_events.list_events(
        session,
        action=action,
        subject_kind=subject_kind,
        subject_id=subject_id,
        actor_id=actor_id,
        limit=page.limit,
        after=page.after,
    )
    return Page(items=[AuditEventRead.of(row) for row in rows], next=after)
