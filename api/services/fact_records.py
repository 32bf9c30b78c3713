"""Dated facts as people record them at the office or at the door: rights, days and one reason at a time.

The village says why somebody has not joined; what changes E or who pays is recorded by town and county, or goes through
a reviewed change (policy.md §8: never let a village edit E without approval).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlmodel import col

from api.database import scope_of
from api.models import Division, Resident, ResidentFact
from api.permissions import Permission
from api.policy.participation import FACT_RULES, FactEffect
from api.services import resident_facts
from api.services.fact_refusals import FactNeedsReview, FactNotOpen, FactOutsideLife
from api.services.pages import decode_cursor, encode_cursor
from api.services.resident_rows import lock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from api.database import Actor
    from api.vocabulary import FactKind


def record(
    session: Session,
    *,
    actor: Actor,
    resident_id: int,
    kind: FactKind,
    value: str | None,
    begins_on: date | None,
    review_on: date | None,
    evidence: str,
    today: date,
) -> ResidentFact:
    """Record that a fact holds from a day on (null: since before it was first recorded).

    At most one reason for not joining holds at a time: a new one ends the earlier. Raises `NotFound`, `FactNeedsReview`,
    `FactOutsideLife` and what `resident_facts.begin` raises.
    """
    _check_right(actor, kind)
    resident = lock(session, resident_id)
    if begins_on is not None:
        _check_day(resident, begins_on, today, pointer="/begins_on")
    if review_on is not None and review_on < (begins_on or today):
        raise FactOutsideLife("复核日期不能早于起始日期。", pointer="/review_on")
    end_other_reasons(session, actor=actor, resident=resident, kind=kind, on=begins_on or today, evidence=evidence)
    return resident_facts.begin(
        session,
        actor=actor,
        resident=resident,
        kind=kind,
        value=value,
        begins_on=begins_on,
        evidence=evidence,
        review_on=review_on,
    )


def finish(
    session: Session, *, actor: Actor, fact_id: int, version: int, ended_on: date, evidence: str, today: date
) -> ResidentFact:
    """End an open fact. Raises `NotFound`, `StaleVersion`, `FactNeedsReview`, `FactOutsideLife` or `FactNotOpen`."""
    fact, resident = resident_facts.get_locked(session, fact_id, version)
    _check_right(actor, fact.kind)
    _check_day(resident, ended_on, today, pointer="/ended_on")
    if fact.ended_on is not None:
        raise FactNotOpen
    return resident_facts.end(
        session, actor=actor, resident=resident, kind=fact.kind, ended_on=ended_on, evidence=evidence
    )


def withdraw(session: Session, *, actor: Actor, fact_id: int, version: int, reason: str) -> ResidentFact:
    """Void a fact that was wrongly recorded. Raises `NotFound`, `StaleVersion`, `FactNeedsReview` or `FactVoided`."""
    fact, _ = resident_facts.get_locked(session, fact_id, version)
    _check_right(actor, fact.kind)
    return resident_facts.void(session, actor=actor, fact_id=fact_id, version=version, reason=reason)


def list_due(
    session: Session, *, division_code: int, due_by: date, limit: int, after: str | None
) -> tuple[list[tuple[ResidentFact, str, str]], str | None]:
    """Return open facts of a unit that were to be asked about again by a day, with the person's and the unit's name."""
    low, high = scope_of(division_code)
    start = decode_cursor(after, int)
    query = (
        select(ResidentFact, col(Resident.name), col(Division.name))
        .join(
            Resident,
            (col(Resident.county_code) == col(ResidentFact.county_code))
            & (col(Resident.id) == col(ResidentFact.resident_id)),
        )
        .outerjoin(Division, col(Division.code) == col(ResidentFact.division_code))
        .where(
            col(ResidentFact.division_code).between(low, high),
            col(ResidentFact.review_on) <= due_by,
            col(ResidentFact.ended_on).is_(None),
            col(ResidentFact.voided_at).is_(None),
            col(Resident.status) == "alive",
        )
        .order_by(col(ResidentFact.id))
    )
    if start is not None:
        query = query.where(col(ResidentFact.id) > start[0])
    rows = session.execute(query.limit(limit + 1)).all()
    following = encode_cursor(rows[limit - 1][0].id) if len(rows) > limit else None
    return [(fact, name, unit or "") for fact, name, unit in rows[:limit]], following


def end_other_reasons(
    session: Session, *, actor: Actor, resident: Resident, kind: FactKind, on: date, evidence: str
) -> None:
    """End the reason for not joining that another one takes the place of on a day; other facts take no place."""
    if FACT_RULES[kind].effect is not FactEffect.EXPLAINS:
        return
    for other in _open_reasons(session, resident):
        if other.kind is not kind:
            resident_facts.end(
                session,
                actor=actor,
                resident=resident,
                kind=other.kind,
                ended_on=on if other.begins_on is None else max(on, other.begins_on),
                evidence=evidence,
            )


def _open_reasons(session: Session, resident: Resident) -> Sequence[ResidentFact]:
    explaining = [kind for kind, rule in FACT_RULES.items() if rule.effect is FactEffect.EXPLAINS]
    facts = resident_facts.facts_of(session, resident, explaining)
    return [fact for fact in facts if fact.ended_on is None and fact.voided_at is None]


def _check_right(actor: Actor, kind: FactKind) -> None:
    explains = FACT_RULES[kind].effect is FactEffect.EXPLAINS
    if (Permission.FACT_EXPLAIN if explains else Permission.FACT_WRITE) not in actor.permissions:
        raise FactNeedsReview


def _check_day(resident: Resident, day: date, today: date, *, pointer: str) -> None:
    if not resident.birth_date <= day <= today:
        raise FactOutsideLife(pointer=pointer)
