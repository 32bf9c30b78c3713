"""Facts of special groups and exclusions, as far as a change request begins or ends them.

The one place where change requests meet the register of facts: a request is the source of the fact that it begins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.services import fact_records, resident_facts
from api.vocabulary import FactKind, FactSource

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from api.database import Actor
    from api.models import ChangeRequest, Resident


def standing(session: Session, resident: Resident, kind: FactKind) -> tuple[bool, str | None]:
    """Return whether a fact holds of a person now, and its value: of a disability, the grade."""
    fact = resident_facts.open_fact(session, resident, kind)
    return (False, None) if fact is None else (True, fact.value)


def change(
    session: Session,
    *,
    actor: Actor,
    resident: Resident,
    request: ChangeRequest,
    kind: FactKind,
    holds: bool,
    value: str | None,
) -> None:
    """Begin a fact or end it as of the request's day. The person's row is locked.

    The evidence names the kind of proof only: its number is sealed. At most one reason for not joining holds at a time.
    Raises what `resident_facts.begin` and `resident_facts.end` raise.
    """
    evidence, on = request.proof.label, request.effective_on
    if not holds:
        resident_facts.end(session, actor=actor, resident=resident, kind=kind, ended_on=on, evidence=evidence)
        return
    fact_records.end_other_reasons(session, actor=actor, resident=resident, kind=kind, on=on, evidence=evidence)
    resident_facts.begin(
        session,
        actor=actor,
        resident=resident,
        kind=kind,
        value=value,
        begins_on=on,
        evidence=evidence,
        source_kind=FactSource.CASE,
        source_id=request.id,
    )
