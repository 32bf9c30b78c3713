"""Showing a protected value of a change request in full, so that a reviewer can compare it with the paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from api.services import audit_events, change_views
from api.services.resident_protection import NothingRecorded

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.database import Actor


def reveal(
    session: Session,
    keyring: Keyring,
    *,
    actor: Actor,
    request_id: int,
    side: Literal["old", "new", "proof_number"],
    reason: str,
) -> str:
    """Return one value in full; who asked and why is on record before the answer leaves.

    Raises `NotFound` or `NothingRecorded`.
    """
    request = change_views.get_view(session, request_id).request
    sealed = {"old": request.old_sealed, "new": request.new_sealed, "proof_number": request.proof_number_sealed}[side]
    if sealed is None:
        raise NothingRecorded
    value = keyring.unseal(sealed, table="change_requests", column=side, row_id=request.id)
    audit_events.record(
        session,
        actor=actor,
        action="reveal_change_request",
        subject_kind="change_request",
        subject_id=request.id,
        division_code=request.division_code,
        side=side,
        reason=reason,
    )
    return value
