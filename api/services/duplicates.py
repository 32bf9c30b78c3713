"""疑似重复登记: the list of pairs, the comparison of two rows, and what people decide about them.

The system proposes that two rows may be one person. One person proposes a merge and which row to keep, another approves
it; a third, or the second's colleague, may undo it. Whoever approves must see what was proposed: same row, same version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from sqlalchemy import func, select, update
from sqlmodel import col

from api.database import next_id
from api.errors import DomainError, Invalid, NotFound, StaleVersion
from api.models import DuplicateDecision, DuplicatePair, Resident
from api.services import audit_events, duplicate_search, merges
from api.services.duplicate_lists import OPEN, of, visible
from api.services.resident_rows import lock_many
from api.services.two_persons import require_second_person
from api.vocabulary import DuplicateAct, DuplicateState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.database import Actor

Kept: TypeAlias = Literal["first", "second"]
"""Which of the two, as they stand side by side: the smaller number first."""


class DuplicateStateForbids(DomainError):
    """The pair is not where this act begins."""

    code = "duplicate-state-forbids"
    title = "当前状态不能办理此项"


class KeepMissing(Invalid):
    """Whoever approves a merge says again which row is kept."""

    code = "keep-missing"
    title = "同意合并须写明保留哪一条登记"


class KeepDiffers(DomainError):
    """Whoever approves keeps another row than was proposed."""

    code = "keep-differs"
    title = "保留的登记与提出的不一致"


class DuplicateOpinionMissing(Invalid):
    """A refusal needs a reason."""

    code = "duplicate-opinion-missing"
    title = "请写明理由"


def propose_merge(
    session: Session,
    *,
    actor: Actor,
    pair_id: int,
    version: int,
    keep: Kept,
    take: Sequence[str],
    opinion: str,
    today: date,
) -> DuplicatePair:
    """Say that the two are one person, which row to keep and what it is to take; another person decides.

    Raises `NotFound`, `StaleVersion`, `DuplicateStateForbids`, `FactNotOffered` and as `merges.check`.
    """
    pair = _locked(session, pair_id, version, DuplicateState.PROPOSED)
    kept, lost = _kept_and_lost(session, pair, pair.first_id if keep == "first" else pair.second_id)
    merges.check(session, kept=kept, lost=lost)
    if not set(take) <= set(merges.offered(session, kept=kept, lost=lost)):
        raise merges.FactNotOffered(pointer="/take")
    _move(
        session, pair, DuplicateState.MERGE_PROPOSED, keep_id=kept.id, take=list(take), proposed_by_id=actor.user_id,
        decided_by_id=None,
    )  # fmt: skip
    _write(session, actor, pair, DuplicateAct.PROPOSE_MERGE, today, keep_id=kept.id, opinion=opinion)
    return pair


def approve_merge(
    session: Session,
    keyring: Keyring,
    *,
    actor: Actor,
    pair_id: int,
    version: int,
    keep: Kept | None,
    opinion: str | None,
    today: date,
) -> DuplicatePair:
    """Merge the two as proposed, by somebody else than who proposed it.

    Raises `NotFound`, `StaleVersion`, `DuplicateStateForbids`, `SamePerson`, `CheckerNotAPerson`, `KeepMissing`, `KeepDiffers` and as
    `merges.merge`.
    """
    pair = _locked(session, pair_id, version, DuplicateState.MERGE_PROPOSED)
    require_second_person(actor, *_makers(pair))
    if keep is None:
        raise KeepMissing(pointer="/keep")
    kept, lost = _kept_and_lost(session, pair, pair.first_id if keep == "first" else pair.second_id)
    if kept.id != pair.keep_id:
        raise KeepDiffers("提出合并时保留的是另一条登记；请退回重新核实。", pointer="/keep")
    versions = merges.merge(session, keyring, actor=actor, kept=kept, lost=lost, take=pair.take, today=today)
    _move(session, pair, DuplicateState.MERGED, decided_by_id=actor.user_id)
    _write(
        session, actor, pair, DuplicateAct.MERGE, today, keep_id=kept.id, opinion=opinion,
        lost_version=versions.lost, kept_version=versions.kept,
    )  # fmt: skip
    for resident, action in ((lost, "merge_resident"), (kept, "keep_resident")):
        audit_events.record(
            session, actor=actor, action=action, subject_kind="resident", subject_id=resident.id,
            division_code=resident.division_code, pair_id=pair.id, taken=pair.take,
        )  # fmt: skip
    return pair


def decide_against(
    session: Session,
    *,
    actor: Actor,
    pair_id: int,
    version: int,
    act: DuplicateAct,
    opinion: str | None,
    today: date,
) -> DuplicatePair:
    """Say that the two are two persons (`NOT_DUPLICATE`), or hand a proposed merge back (`RETURN`); both need a reason.

    Raises `NotFound`, `StaleVersion`, `DuplicateStateForbids`, `SamePerson`, `CheckerNotAPerson` or
    `DuplicateOpinionMissing`.
    """
    if not (opinion or "").strip():
        raise DuplicateOpinionMissing(pointer="/opinion")
    is_return = act is DuplicateAct.RETURN
    pair = _locked(session, pair_id, version, *((DuplicateState.MERGE_PROPOSED,) if is_return else OPEN))
    require_second_person(actor, *_makers(pair))
    if is_return:
        _move(session, pair, DuplicateState.PROPOSED, **_CLEARED)
    else:
        first, second = _people(session, pair)
        _move(
            session, pair, DuplicateState.NOT_DUPLICATE, **_CLEARED | {"decided_by_id": actor.user_id},
            facts=duplicate_search.fingerprint(first, second),
        )  # fmt: skip
    _write(session, actor, pair, act, today, opinion=opinion)
    return pair


def undo(session: Session, *, actor: Actor, pair_id: int, version: int, opinion: str, today: date) -> DuplicatePair:
    """Take a decision back, by somebody else than who decided; a merge gives both rows back what it changed.

    Raises `NotFound`, `StaleVersion`, `DuplicateStateForbids`, `SamePerson`, `CheckerNotAPerson` or `UndoImpossible`.
    """
    pair = _locked(session, pair_id, version, DuplicateState.MERGED, DuplicateState.NOT_DUPLICATE)
    require_second_person(actor, *([pair.decided_by_id] if pair.decided_by_id else []))
    if pair.state is DuplicateState.MERGED:
        _undo_merge(session, actor, pair)
    _move(session, pair, DuplicateState.PROPOSED, **_CLEARED)
    _write(session, actor, pair, DuplicateAct.UNDO, today, opinion=opinion)
    return pair


_CLEARED: dict[str, Any] = {"keep_id": None, "take": [], "proposed_by_id": None, "decided_by_id": None}


def _undo_merge(session: Session, actor: Actor, pair: DuplicatePair) -> None:
    query = (
        select(DuplicateDecision)
        .where(
            col(DuplicateDecision.county_code) == pair.county_code,
            col(DuplicateDecision.pair_id) == pair.id,
            col(DuplicateDecision.act) == DuplicateAct.MERGE,
        )
        .order_by(col(DuplicateDecision.id).desc())
    )
    done = session.scalars(query).first()
    if done is None or done.lost_version is None or done.kept_version is None or pair.keep_id is None:
        raise merges.UndoImpossible("找不到合并时的记录。")
    kept, lost = _kept_and_lost(session, pair, pair.keep_id)
    versions = merges.Versions(lost=done.lost_version, kept=done.kept_version)
    merges.unmerge(session, actor=actor, kept=kept, lost=lost, versions=versions, take=pair.take)
    for resident, action in ((lost, "unmerge_resident"), (kept, "unkeep_resident")):
        audit_events.record(
            session, actor=actor, action=action, subject_kind="resident", subject_id=resident.id,
            division_code=resident.division_code, pair_id=pair.id,
        )  # fmt: skip


def _locked(session: Session, pair_id: int, version: int, *states: DuplicateState) -> DuplicatePair:
    """Lock a pair in one of these states. Raises `NotFound`, `StaleVersion` or `DuplicateStateForbids`."""
    query = select(DuplicatePair).where(*of(pair_id)).with_for_update().execution_options(populate_existing=True)
    pair = session.scalars(query).one_or_none()
    if pair is None or session.scalars(visible(merged_too=True).where(*of(pair_id))).one_or_none() is None:
        raise NotFound
    if pair.version != version:
        raise StaleVersion
    if pair.state not in states:
        raise DuplicateStateForbids(f"当前状态为“{pair.state.label}”，不能办理此项。")
    return pair


def _people(session: Session, pair: DuplicatePair) -> tuple[Resident, Resident]:
    """Lock both people. Raises `NotFound`."""
    people = lock_many(session, [pair.first_id, pair.second_id])
    if len(people) != 2:
        raise NotFound
    return people[0], people[1]


def _kept_and_lost(session: Session, pair: DuplicatePair, keep_id: int) -> tuple[Resident, Resident]:
    """Lock both people; return the one to keep and the other. Raises `NotFound`."""
    first, second = _people(session, pair)
    return (first, second) if first.id == keep_id else (second, first)


def _makers(pair: DuplicatePair) -> list[int]:
    return [pair.proposed_by_id] if pair.proposed_by_id is not None else []


def _move(session: Session, pair: DuplicatePair, state: DuplicateState, **changes: Any) -> None:
    session.execute(
        update(DuplicatePair)
        .where(*of(pair.id))
        .values(state=state, version=pair.version + 1, updated_at=func.now(), **changes)
        .execution_options(synchronize_session=False)
    )
    session.refresh(pair)


def _write(
    session: Session,
    actor: Actor,
    pair: DuplicatePair,
    act: DuplicateAct,
    today: date,
    *,
    keep_id: int | None = None,
    opinion: str | None = None,
    lost_version: int | None = None,
    kept_version: int | None = None,
) -> None:
    """Write the act down, append-only, and tell the audit."""
    session.add(
        DuplicateDecision(
            county_code=pair.county_code,
            id=next_id(session, pair.county_code),
            pair_id=pair.id,
            division_code=pair.division_code,
            act=act,
            keep_id=keep_id,
            opinion=opinion,
            lost_version=lost_version,
            kept_version=kept_version,
            decided_by_id=actor.user_id,
            decided_on=today,
        )
    )
    session.flush()
    audit_events.record(
        session,
        actor=actor,
        action=f"duplicate_{act.value}",
        subject_kind="duplicate",
        subject_id=pair.id,
        division_code=pair.division_code,
        state=pair.state.value,
        keep_id=keep_id,
    )
