"""The dated legal numbers that the service works with: read by anybody, changed by one person and approved by another.

Nothing is overwritten. A change is a row of its own for one layer and period; what is approved later prevails over it for
as long as it lasts, and a correction is a new change.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, text, update
from sqlmodel import col

from api.database import Actor, Database, county_of, next_id
from api.errors import DomainError, NotFound, StaleVersion
from api.models import PolicyParameterChange
from api.permissions import Permission
from api.policy.parameter_checks import ParameterValueUnfit, check_change
from api.policy.parameter_layers import LayeredChange, chain_of, check_level, layer_of
from api.policy.parameters import all_parameters
from api.services import audit_events, divisions, laws, parameter_conflicts
from api.services.two_persons import require_second_person
from api.vocabulary import Decision, ParameterChangeState

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from api.policy.parameter_layers import LayeredBook

NEXT_SERIAL = 2**62
"""Serial of a change that is not approved yet: newer than all that are."""


class LayerForbidden(DomainError):
    """The actor does not set or decide parameters of this layer."""

    status = 403
    code = "parameter-layer-forbidden"
    title = "不能办理该层级的参数"


class ChangeDecided(DomainError):
    """The change has been approved, rejected or withdrawn already."""

    code = "parameter-change-decided"
    title = "该参数变更已办结"


class ChangeNotYours(DomainError):
    """Only whoever proposed a change may withdraw it."""

    status = 403
    code = "parameter-change-not-yours"
    title = "只能撤回本人提出的参数变更"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A change as it is proposed; `division_code` is the layer."""

    code: str
    division_code: int
    value: Any
    valid_from: date
    valid_to: date | None
    paid_from: date | None
    document: str
    article: str
    reason: str

    @property
    def content_hash(self) -> str:
        """Hash over everything that is approved."""
        told = [
            *(self.code, self.division_code, self.value, self.valid_from.isoformat()),
            *(None if day is None else day.isoformat() for day in (self.valid_to, self.paid_from)),
            *(self.document, self.article, self.reason),
        ]
        return hashlib.sha256(json.dumps(told, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def draft_of(change: PolicyParameterChange) -> Draft:
    """Return what a stored change says."""
    return Draft(**{name: getattr(change, name) for name in Draft.__slots__})


def layered(draft: Draft, *, change_id: int = 0, serial: int = NEXT_SERIAL) -> LayeredChange:
    """Return a draft as the law would read it. Raises `ParameterValueUnfit` for a code that there is not."""
    if all(entry.code != draft.code for entry in all_parameters()):
        raise ParameterValueUnfit("没有这个参数。", pointer="/code")
    row = PolicyParameterChange(
        county_code=county_of(draft.division_code),
        id=change_id,
        maker_id=0,
        content_hash="",
        **{name: getattr(draft, name) for name in Draft.__slots__},
    )
    return laws.layered(row, serial=serial)


def propose(session: Session, database: Database, *, actor: Actor, draft: Draft) -> PolicyParameterChange:
    """Propose a change for a layer. Nothing changes before a second person has approved it.

    Raises `NotFound` for a layer that is none of the actor's, `LayerForbidden`, `LayerTooDeep`, what
    `parameter_checks.check_change` raises, and `ParameterInUse`.
    """
    require_layer(session, actor, draft.division_code)
    check(session, database, draft)
    county_code = county_of(draft.division_code)
    change = PolicyParameterChange(
        county_code=county_code,
        id=next_id(session, county_code),
        content_hash=draft.content_hash,
        maker_id=actor.user_id,
        **{name: getattr(draft, name) for name in Draft.__slots__},
    )
    session.add(change)
    session.flush()
    session.refresh(change)
    _audit(session, actor, "parameter.propose", change)
    return change


def check(session: Session, database: Database, draft: Draft) -> None:
    """Make sure that a draft may become law now: it is fit, and nothing stands in its way."""
    change = layered(draft)
    book = check_draft(session, change)
    with parameter_conflicts.seeing_all(session, database, draft.division_code) as seeing:
        parameter_conflicts.require_none(seeing, book=book, change=change)


def check_draft(session: Session, change: LayeredChange) -> LayeredBook:
    """Make sure that a change is fit to be law, whatever was done by the old one; return the law as it is."""
    check_level(change.entry.code, change.layer_code)
    book = laws.book_of(session)
    check_change(book, change)
    return book


def require_layer(session: Session, actor: Actor, layer_code: int) -> None:
    """Make sure that the layer is the actor's to deal with. Raises `NotFound`, `LayerForbidden`."""
    require_reach(session, actor, layer_code)
    is_above = layer_of(layer_code) in parameter_conflicts.ABOVE_COUNTY
    if is_above != (Permission.PARAMETER_ABOVE in actor.permissions):
        raise LayerForbidden(
            "县级以上参数由系统管理员提出，另一名管理员或审计人员复核；县级及以下由县级经办提出，县级复核人员复核。"
        )


def require_reach(session: Session, actor: Actor, layer_code: int) -> None:
    """Make sure that the layer is one of the actor's units or stands above them. Raises `NotFound`."""
    if layer_of(layer_code) not in parameter_conflicts.ABOVE_COUNTY:
        divisions.get_own(session, layer_code)
    elif layer_code not in chain_of(actor.division_code):
        raise NotFound


def decide(
    session: Session,
    database: Database,
    *,
    actor: Actor,
    change_id: int,
    version: int,
    decision: Decision,
    opinion: str | None,
) -> PolicyParameterChange:
    """Approve or reject a proposed change; approved, it is law in every process with the commit.

    Raises `NotFound`, `LayerForbidden`, `CheckerNotAPerson`, `SamePerson`, `StaleVersion`, `ChangeDecided`, and for an
    approval whatever `check` raises: the law or the books may have moved since it was proposed.
    """
    change = get(session, change_id)
    require_layer(session, actor, change.division_code)
    require_second_person(actor, change.maker_id)
    if decision is Decision.APPROVE:
        # One after the other, so that the newest serial always tells of all before it.
        session.execute(text("SELECT pg_advisory_xact_lock(7012, 0)"))
        laws.forget_serial(session)
        check(session, database, draft_of(change))
    approved = decision is Decision.APPROVE
    _change(
        session,
        change,
        version,
        state=ParameterChangeState.APPROVED if approved else ParameterChangeState.REJECTED,
        serial=func.nextval("serials") if approved else None,
        checker_id=actor.user_id,
        opinion=opinion,
    )
    laws.forget_serial(session)
    _audit(session, actor, "parameter.approve" if approved else "parameter.reject", change)
    return change


def withdraw(session: Session, *, actor: Actor, change_id: int, version: int) -> PolicyParameterChange:
    """Take a proposed change back. Raises `NotFound`, `ChangeNotYours`, `StaleVersion`, `ChangeDecided`."""
    change = get(session, change_id)
    require_reach(session, actor, change.division_code)
    if change.maker_id != actor.user_id:
        raise ChangeNotYours
    _change(session, change, version, state=ParameterChangeState.WITHDRAWN)
    _audit(session, actor, "parameter.withdraw", change)
    return change


def get(session: Session, change_id: int) -> PolicyParameterChange:
    """Return a change; every layer is open to everybody. Raises `NotFound`."""
    change = session.get(PolicyParameterChange, (change_id // 10**10, change_id))
    if change is None:
        raise NotFound
    return change


def _change(session: Session, change: PolicyParameterChange, version: int, **values: Any) -> None:
    """End a proposal if it still is what the actor saw. Raises `ChangeDecided`, `StaleVersion`."""
    if change.state is not ParameterChangeState.PROPOSED:
        raise ChangeDecided
    changed = session.execute(
        update(PolicyParameterChange)
        .where(
            col(PolicyParameterChange.county_code) == change.county_code,
            col(PolicyParameterChange.id) == change.id,
            col(PolicyParameterChange.version) == version,
            col(PolicyParameterChange.state) == ParameterChangeState.PROPOSED,
        )
        # Not now(): whoever waited for the other approval decides after it.
        .values(**values, decided_at=func.clock_timestamp(), version=version + 1)
        .returning(col(PolicyParameterChange.id))
        .execution_options(synchronize_session=False)
    ).first()
    if changed is None:
        raise StaleVersion
    session.refresh(change)


def _audit(session: Session, actor: Actor, action: str, change: PolicyParameterChange) -> None:
    # Under the actor's own unit: a layer above it is in nobody's scope.
    audit_events.record(
        session,
        actor=actor,
        action=action,
        subject_kind="policy_parameter_change",
        subject_id=change.id,
        layer=change.division_code,
        code=change.code,
        valid_from=change.valid_from,
        content_hash=change.content_hash,
        serial=change.serial,
    )


def changes(session: Session) -> list[PolicyParameterChange]:
    """Return every change, approved or not, by code, first day and id. They are few: each was decided by two persons."""
    return list(
        session.scalars(
            select(PolicyParameterChange).order_by(
                col(PolicyParameterChange.code),
                col(PolicyParameterChange.valid_from),
                col(PolicyParameterChange.id),
            )
        )
    )
