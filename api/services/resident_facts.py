"""Dated facts of a resident: categories, exclusions from E and reasons for not joining, each with its evidence.

The flags of the roster are the open facts of today: whoever begins or ends a fact here changes both, and whoever changes
the flags calls `follow_flags`. Facts are ended or voided, never deleted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select, text
from sqlmodel import col

from api.database import Actor, next_id
from api.errors import NotFound, StaleVersion
from api.models import Resident, ResidentFact, ResidentSpell
from api.services import audit_events
from api.services.fact_refusals import (
    FactAlreadyOpen,
    FactEndsBeforeItBegins,
    FactNotOpen,
    FactOverlaps,
    FactValueWrong,
    FactVoided,
)
from api.services.resident_rows import keep_and_update, lock
from api.vocabulary import FactKind, FactSource

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

FLAGS: dict[FactKind, str] = {
    FactKind.STUDENT: "is_student",
    FactKind.EMPLOYEE_INSURED: "employee_insured",
    FactKind.OTHER_PENSION: "other_pension",
    FactKind.DISABILITY: "disability_grade",
    FactKind.DIBAO: "dibao",
    FactKind.WUBAO: "wubao",
    FactKind.LAND_TAKEN: "land_taken",
}
"""Columns of the roster that say whether a fact of the kind is open; of a disability, its grade."""
_CARRIED = ("kind", "value", "begins_on", "review_on", "evidence", "source_kind", "source_id")
GRADES = frozenset({"1", "2", "3", "4"})


def begin(
    session: Session,
    *,
    actor: Actor,
    resident: Resident,
    kind: FactKind,
    value: str | None,
    begins_on: date | None,
    evidence: str | None,
    review_on: date | None = None,
    source_kind: FactSource = FactSource.USER,
    source_id: int | None = None,
) -> ResidentFact:
    """Begin a fact and set the person's flag; another grade of an open disability ends the earlier one on that day.

    `begins_on` null means "already so when first recorded". `source_id` is the actor unless a case or list brought it.
    Raises `FactValueWrong`, `FactAlreadyOpen`, `FactOverlaps` or `FactEndsBeforeItBegins`.
    """
    if (value in GRADES) is not (kind is FactKind.DISABILITY) or (value is not None and value not in GRADES):
        raise FactValueWrong(pointer="/value")
    session.flush()
    resident = lock(session, resident.id)
    present = open_fact(session, resident, kind)
    if present is not None:
        if present.value == value or begins_on is None:
            raise FactAlreadyOpen(pointer="/kind")
        _close(session, actor, present, ended_on=begins_on, evidence=evidence)
    fact = _open(
        session,
        actor,
        resident,
        kind=kind,
        value=value,
        begins_on=begins_on,
        review_on=review_on,
        evidence=evidence,
        source_kind=source_kind,
        source_id=actor.user_id if source_id is None else source_id,
    )
    _set_flag(session, actor, resident, kind, value)
    return fact


def end(
    session: Session,
    *,
    actor: Actor,
    resident: Resident,
    kind: FactKind,
    ended_on: date,
    evidence: str | None,
) -> ResidentFact:
    """End the open fact of a kind and clear the person's flag. `ended_on` is the first day on which it no longer holds.

    Raises `FactNotOpen` or `FactEndsBeforeItBegins`.
    """
    session.flush()
    resident = lock(session, resident.id)
    fact = open_fact(session, resident, kind)
    if fact is None:
        raise FactNotOpen(pointer="/kind")
    fact = _close(session, actor, fact, ended_on=ended_on, evidence=evidence)
    _set_flag(session, actor, resident, kind, None)
    return fact


def void(session: Session, *, actor: Actor, fact_id: int, version: int, reason: str) -> ResidentFact:
    """Mark a fact as wrongly recorded, with its parts in other villages: it never held, and stays on record as such.

    Raises `NotFound`, `StaleVersion` or `FactVoided`.
    """
    fact, resident = get_locked(session, fact_id, version)
    was_open = fact.ended_on is None
    for part in _chain(session, fact):
        was_open |= part.ended_on is None
        _void(session, actor, part, reason)
    if was_open:
        _set_flag(session, actor, resident, fact.kind, None)
    return fact


def get_locked(session: Session, fact_id: int, version: int) -> tuple[ResidentFact, Resident]:
    """Lock a fact and its person, in the order in which all of this module locks. Raises as `void`."""
    query = select(ResidentFact).where(
        col(ResidentFact.county_code) == fact_id // 10**10, col(ResidentFact.id) == fact_id
    )
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    resident = lock(session, found.resident_id)
    fact = session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()
    if fact.version != version:
        raise StaleVersion
    if fact.voided_at is not None:
        raise FactVoided
    return fact, resident


def follow_flags(
    session: Session,
    *,
    actor: Actor,
    resident: Resident,
    on: date | None,
    source_kind: FactSource = FactSource.USER,
    source_id: int | None = None,
) -> None:
    """Make the open facts equal to the flags of the person's row, which the caller has just written and locked.

    `on` is the day from which the flags hold; null (of people who are new) means "already so when first recorded". What
    began later than that day ends on its first day, since a later record is known to be right until this one came.
    """
    standing = {fact.kind: fact for fact in facts_of(session, resident, FLAGS) if fact.voided_at is None}
    open_facts = {kind: fact for kind, fact in standing.items() if fact.ended_on is None}
    for kind, column in FLAGS.items():
        flag = getattr(resident, column)
        value = str(flag) if kind is FactKind.DISABILITY and flag is not None else None
        wanted = flag is not None if kind is FactKind.DISABILITY else bool(flag)
        present = open_facts.get(kind)
        if wanted is (present is not None) and (present is None or present.value == value):
            continue
        if present is not None and on is not None:
            first = _chain(session, present)[0]
            _close(session, actor, present, ended_on=_not_before(on, first.begins_on), evidence=None)
        if wanted:
            earlier = standing.get(kind)
            _open(
                session,
                actor,
                resident,
                kind=kind,
                value=value,
                begins_on=None if on is None else _not_before(on, earlier.ended_on if earlier else None),
                review_on=None,
                evidence=None,
                source_kind=source_kind,
                source_id=actor.user_id if source_id is None else source_id,
            )


def facts_of(session: Session, resident: Resident, kinds: Iterable[FactKind] | None = None) -> Sequence[ResidentFact]:
    """Return the facts of a person that the reader may see, voided ones included, in the order of their days."""
    query = select(ResidentFact).where(
        col(ResidentFact.county_code) == resident.county_code, col(ResidentFact.resident_id) == resident.id
    )
    if kinds is not None:
        query = query.where(col(ResidentFact.kind).in_(list(kinds)))
    return session.scalars(
        query.order_by(
            col(ResidentFact.begins_on).asc().nulls_first(),
            col(ResidentFact.ended_on).asc().nulls_last(),
            col(ResidentFact.id),
        )
    ).all()


def open_fact(session: Session, resident: Resident, kind: FactKind) -> ResidentFact | None:
    """Return the open fact of a kind."""
    query = select(ResidentFact).where(
        col(ResidentFact.county_code) == resident.county_code,
        col(ResidentFact.resident_id) == resident.id,
        col(ResidentFact.kind) == kind,
        col(ResidentFact.ended_on).is_(None),
        col(ResidentFact.voided_at).is_(None),
    )
    return session.scalars(query).one_or_none()


def _open(session: Session, actor: Actor, resident: Resident, **facts: Any) -> ResidentFact:
    """Insert an open fact; of the time before the person's present stay, each village gets its part.

    Raises `FactOverlaps`.
    """
    begins_on: date | None = facts["begins_on"]
    _refuse_overlap(session, resident, facts["kind"], begins_on)
    fact = _row(session, actor, resident, **facts)
    since = resident.here_since
    if since is not None and (begins_on is None or begins_on < since):
        for stay in _earlier_stays(session, resident, begins_on):
            part = _row(session, actor, resident, **(facts | {"begins_on": _later(begins_on, stay.begins_on)}))
            part.division_code = stay.division_code
            part.origin_id = fact.id
            _end_row(session, actor, part, ended_on=stay.ended_on, evidence=None)
            session.add(part)
        fact.begins_on = since
    session.add(fact)
    session.flush()
    _record(session, actor, "begin_fact", fact)
    return fact


def _row(session: Session, actor: Actor, of: Resident | ResidentFact, **facts: Any) -> ResidentFact:
    """Return a new fact of a person, or one like another fact, in the same village."""
    return ResidentFact(
        county_code=of.county_code,
        id=next_id(session, of.county_code),
        resident_id=of.id if isinstance(of, Resident) else of.resident_id,
        division_code=of.division_code,
        kind=facts["kind"],
        value=facts["value"],
        begins_on=facts["begins_on"],
        review_on=facts["review_on"],
        evidence=facts["evidence"],
        source_kind=facts["source_kind"],
        source_id=facts["source_id"],
        recorded_by_id=actor.user_id,
        version=1,
    )


def _earlier_stays(session: Session, resident: Resident, begins_on: date | None) -> Sequence[ResidentSpell]:
    """Return the ended stays that a fact from a day on reaches into."""
    query = select(ResidentSpell).where(
        col(ResidentSpell.county_code) == resident.county_code,
        col(ResidentSpell.resident_id) == resident.id,
        col(ResidentSpell.voided_at).is_(None),
    )
    if begins_on is not None:
        query = query.where(col(ResidentSpell.ended_on) > begins_on)
    return session.scalars(query.order_by(col(ResidentSpell.ended_on))).all()


def _close(session: Session, actor: Actor, fact: ResidentFact, *, ended_on: date, evidence: str | None) -> ResidentFact:
    """End an open fact. Where the end lies before its present part, later parts are voided and the one of the day is cut.

    Raises `FactEndsBeforeItBegins`.
    """
    if fact.begins_on is not None and ended_on < fact.begins_on:
        parts = _chain(session, fact)
        begun = [part for part in parts if part.begins_on is None or part.begins_on <= ended_on]
        if not begun:
            raise FactEndsBeforeItBegins(pointer="/ended_on")
        for part in parts[len(begun) - 1 :]:
            _void(session, actor, part, "终止日期早于随迁日期")
        cut = _row(
            session,
            actor,
            begun[-1],
            **{name: getattr(begun[-1], name) for name in _CARRIED},
        )
        cut.origin_id = begun[-1].origin_id or begun[-1].id
        _end_row(session, actor, cut, ended_on=ended_on, evidence=evidence)
        session.add(cut)
        fact = cut
    else:
        _end_row(session, actor, fact, ended_on=ended_on, evidence=evidence)
        fact.version += 1
    session.flush()
    _record(session, actor, "end_fact", fact)
    return fact


def _end_row(session: Session, actor: Actor, fact: ResidentFact, *, ended_on: date, evidence: str | None) -> None:
    fact.ended_on = ended_on
    fact.end_evidence = evidence
    fact.end_recorded_at = session.execute(text("SELECT now()")).scalar_one()
    fact.end_recorded_by_id = actor.user_id


def _void(session: Session, actor: Actor, fact: ResidentFact, reason: str) -> None:
    fact.voided_at = session.execute(text("SELECT now()")).scalar_one()
    fact.voided_by_id = actor.user_id
    fact.void_reason = reason
    fact.version += 1
    session.flush()
    _record(session, actor, "void_fact", fact)


def _chain(session: Session, fact: ResidentFact) -> Sequence[ResidentFact]:
    """Return a fact with its parts in other villages that the reader may see, in the order of their days."""
    origin = fact.origin_id or fact.id
    query = (
        select(ResidentFact)
        .where(
            col(ResidentFact.county_code) == fact.county_code,
            col(ResidentFact.resident_id) == fact.resident_id,
            (col(ResidentFact.id) == origin) | (col(ResidentFact.origin_id) == origin),
            col(ResidentFact.voided_at).is_(None),
        )
        .order_by(col(ResidentFact.begins_on).asc().nulls_first(), col(ResidentFact.ended_on).asc().nulls_last())
    )
    return session.scalars(query).all()


def _refuse_overlap(session: Session, resident: Resident, kind: FactKind, begins_on: date | None) -> None:
    """Refuse a fact that would run from a day on over an earlier one of its kind."""
    for earlier in facts_of(session, resident, [kind]):
        if earlier.voided_at is not None or earlier.begins_on == earlier.ended_on:
            continue
        if begins_on is None or earlier.ended_on is None or earlier.ended_on > begins_on:
            raise FactOverlaps(pointer="/begins_on")


def _set_flag(session: Session, actor: Actor, resident: Resident, kind: FactKind, value: str | None) -> None:
    """Bring the flag of a kind, where there is one, in step with its open fact."""
    column = FLAGS.get(kind)
    if column is None:
        return
    is_open = open_fact(session, resident, kind) is not None
    flag = (int(value) if is_open and value is not None else None) if kind is FactKind.DISABILITY else is_open
    if getattr(resident, column) != flag:
        keep_and_update(session, actor, resident, {column: flag})


def _not_before(day: date, earliest: date | None) -> date:
    return day if earliest is None else max(day, earliest)


def _later(first: date | None, second: date | None) -> date | None:
    """Return the later of two first days; null is the earliest."""
    return max(first, second) if first is not None and second is not None else first or second


def _record(session: Session, actor: Actor, action: str, fact: ResidentFact) -> None:
    audit_events.record(
        session,
        actor=actor,
        action=action,
        subject_kind="resident",
        subject_id=fact.resident_id,
        division_code=fact.division_code,
        fact_id=fact.id,
        kind=fact.kind.value,
        begins_on=fact.begins_on.isoformat() if fact.begins_on else None,
        ended_on=fact.ended_on.isoformat() if fact.ended_on else None,
        source_kind=fact.source_kind.value,
    )
