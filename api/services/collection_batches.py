"""代扣批次: who of a county or town is asked for what, approved over its content by a second person, or discarded.

Town by town and in sets; nothing here loops over people. A person stands in one open batch for a year at most, and a
line without an answer is never sent again.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, text, update
from sqlmodel import col

from api.database import next_id, plan_for_sets, run_sql, scope_of
from api.errors import DomainError, Invalid, NotFound, StaleVersion
from api.exchange.bank_layouts_loader import FilePurpose, layout_ids, load_layout
from api.models import CollectionBatch
from api.policy.ages import latest_birth_date
from api.policy.contributions import SEVERELY_DISABLED
from api.services import audit_events, divisions
from api.services.collection_prices import as_arrays, price_list
from api.services.contribution_rules import YEAR_KINDS
from api.services.laws import book_of, serial_of
from api.services.pages import decode_cursor, encode_cursor
from api.services.two_persons import require_second_person
from api.vocabulary import CollectionState, DivisionLevel, Rhythm

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from api.database import Actor
    from api.policy.parameters import PolicyParameters

FOLDER = "collection"
MOST_OF_A_YEAR = 999
LISTED = (
    *("gone", "account_closed", "cancellation", "period_closed", "tier_differs", "rhythm_differs"),
    *("tier_not_offered", "in_other_batch", "no_bank_account"),
)
"""Reasons that somebody can do something about; the others (paid, drawing, not due, …) are counted only."""
ALL_RHYTHMS = tuple(Rhythm)


class UnitNotCollected(Invalid):
    """A batch is of a county or a town."""

    code = "unit-not-collected"
    title = "代扣批次按县或街镇办理"


class LayoutUnknown(Invalid):
    """No such bank layout, or it has no deduction files."""

    code = "bank-layout-unknown"
    title = "没有这个银行的代扣格式"


class CollectionStateUnfit(DomainError):
    """The step does not follow from the state that the batch is in."""

    code = "collection-state"
    title = "代扣批次当前状态不允许此操作"


class CollectionContentChanged(DomainError):
    """The lines are not those that were approved, or facts beneath them have changed."""

    code = "collection-content-changed"
    title = "代扣批次内容已变化"


class TooManyBatches(DomainError):
    """Numbers of a year are used up."""

    code = "too-many-batches"
    title = "该年度的批次号已用完"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a batch is to collect: from whom, for which year, in which bank's layout, whose rhythms."""

    division_code: int
    contribution_year: int
    layout: str
    rhythms: Sequence[Rhythm] = ALL_RHYTHMS


def require_unit(actor: Actor, division_code: int) -> None:
    """Raise `NotFound` unless the actor sees the whole unit of a batch."""
    low, high = scope_of(division_code)
    if not (actor.scope[0] <= low and high <= actor.scope[1]):
        raise NotFound


def year_kinds() -> list[str]:
    """Kinds of contributions that make a year count, as the statements take them."""
    return sorted(kind.value for kind in YEAR_KINDS)


def compute(session: Session, *, actor: Actor, wanted: Wanted, today: date) -> CollectionBatch:
    """Compute a batch: lines, exceptions, totals and content hash. Amounts are fen.

    Raises `NotFound` outside one's unit, `UnitNotCollected`, `LayoutUnknown`, `TooManyBatches` and
    `ContributionYearNotOpen`. policy.md §3.3 P4.
    """
    require_unit(actor, wanted.division_code)
    unit = divisions.get(session, wanted.division_code)
    if unit.level not in {DivisionLevel.COUNTY, DivisionLevel.TOWN}:
        raise UnitNotCollected(pointer="/division")
    if wanted.layout not in layout_ids() or FilePurpose.DEDUCT not in load_layout(wanted.layout).outgoing:
        raise LayoutUnknown(pointer="/layout")
    county = wanted.division_code // 1_000_000
    # Two batches computed at once would both find the same people free.
    session.execute(text("SELECT pg_advisory_xact_lock(7031, :county)"), {"county": county})
    batch = CollectionBatch(
        county_code=county,
        id=next_id(session, county),
        division_code=wanted.division_code,
        contribution_year=wanted.contribution_year,
        number=_next_number(session, county, wanted.contribution_year),
        layout=wanted.layout,
        summary={},
        parameters={"rhythms": [one.value for one in wanted.rhythms]},
        computed_on=today,
        maker_id=actor.user_id,
        law_serial=serial_of(session),
    )
    session.add(batch)
    session.flush()
    _plan(session)
    _compute_towns(session, batch=batch, wanted=wanted, today=today)
    run_sql(session, FOLDER, "20_list_shared", county_code=county, batch_id=batch.id)
    _total(session, batch)
    session.flush()
    audit_events.record(
        session, actor=actor, action="collection.compute", subject_kind="collection_batch", subject_id=batch.id,
        division_code=batch.division_code, contribution_year=batch.contribution_year, lines=batch.line_count,
        total_fen=batch.total_fen,
    )  # fmt: skip
    return batch


def _plan(session: Session) -> None:
    """Let sets be hashed, and walk along indexes instead of reading whole tables through row-level security."""
    session.execute(text("SET LOCAL work_mem = '128MB'"))
    session.execute(text("SET LOCAL jit = off"))
    plan_for_sets(session)
    session.execute(text("SET LOCAL enable_seqscan = off"))


def _next_number(session: Session, county: int, year: int) -> int:
    last = session.execute(
        select(func.max(col(CollectionBatch.number))).where(
            col(CollectionBatch.county_code) == county, col(CollectionBatch.contribution_year) == year
        )
    ).scalar_one()
    if (last or 0) >= MOST_OF_A_YEAR:
        raise TooManyBatches
    return (last or 0) + 1


def _compute_towns(session: Session, *, batch: CollectionBatch, wanted: Wanted, today: date) -> None:
    """Judge town by town, each part under its own law; write the totals of people by reason and of money by town."""
    low, high = scope_of(wanted.division_code)
    county = batch.county_code
    towns = run_sql(session, FOLDER, "05_list_towns", county_code=county, low=low, high=high).scalars().all()
    people: dict[str, int] = {}
    by_town: list[dict[str, int]] = []
    base_seq = 0
    law: PolicyParameters | None = None
    asked: dict[str, Any] = {}
    book = book_of(session)
    stretches = [one for town in towns or [wanted.division_code] for one in book.stretches(town, town + 999)]
    for first, last in stretches:
        here = book.on(first, today)
        if here != law:
            law = here
            prices = price_list(law, division_code=first, year=wanted.contribution_year, today=today)
            asked = _facts_of_law(law, wanted=wanted, today=today) | as_arrays(prices)
        rows = run_sql(
            session, FOLDER, "10_compute_town", county_code=county, batch_id=batch.id, town_low=first,
            town_high=last, contribution_year=wanted.contribution_year, today=today, base_seq=base_seq,
            year_kinds=year_kinds(), listed=list(LISTED), **asked,
        ).all()  # fmt: skip
        for row in rows:
            if row.verdict == "due":
                town = first // 1000 * 1000
                if not by_town or by_town[-1]["town"] != town:
                    by_town.append({"town": town, "lines": 0, "amount_fen": 0})
                by_town[-1]["lines"] += row.people
                by_town[-1]["amount_fen"] += int(row.amount_fen)
                base_seq += row.people
            else:
                people[row.verdict] = people.get(row.verdict, 0) + row.people
    batch.summary = {"left_out": people, "towns": by_town}


def _facts_of_law(law: PolicyParameters, *, wanted: Wanted, today: date) -> dict[str, Any]:
    """Return what the statement asks of the law besides prices: ages, groups that government pays for, what has begun."""
    year_is_over = today.year > wanted.contribution_year
    groups = law.government_paid_groups
    return {
        "born_by": latest_birth_date(age=law.enrolment_age, on=today),
        "born_after": latest_birth_date(age=law.benefit_age, on=law.launch_on),
        "first_birth_year": wanted.contribution_year - law.benefit_age,
        "begun_quarters": 4 if year_is_over else (today.month + 2) // 3,
        "begun_months": 12 if year_is_over else today.month,
        "rhythms": [one.value for one in wanted.rhythms],
        "severe_grade": law.severe_disability_grade,
        "pays_severe": SEVERELY_DISABLED in groups,
        "pays_dibao": "dibao" in groups,
        "pays_wubao": "wubao" in groups,
        "pays_land": "land_taken" in groups,
        "minimum_fen": law.minimum_tier_fen,
    }


def _total(session: Session, batch: CollectionBatch) -> None:
    keys = {"county_code": batch.county_code, "batch_id": batch.id}
    towns = batch.summary["towns"]
    batch.line_count = sum(town["lines"] for town in towns)
    batch.total_fen = sum(town["amount_fen"] for town in towns)
    counted = session.execute(
        text(
            "SELECT code, count(*) AS people FROM collection_exceptions "
            "WHERE county_code = :county_code AND batch_id = :batch_id GROUP BY code"
        ),
        keys,
    ).all()
    batch.exception_count = sum(row.people for row in counted)
    shared = sum(row.people for row in counted if row.code == "shared_bank_account")
    batch.summary = {**batch.summary, "shared": shared}
    batch.content_hash = content_hash(session, county=batch.county_code, batch_id=batch.id)


def content_hash(session: Session, *, county: int, batch_id: int) -> str:
    """Return SHA-256 over every stored line of a batch in order, as hex: hashes of towns, hashed together."""
    towns = run_sql(session, FOLDER, "40_hash_lines", county_code=county, batch_id=batch_id).all()
    listed = json.dumps([[row.town, row.digest] for row in towns])
    return hashlib.sha256(listed.encode()).hexdigest()


def get(session: Session, batch_id: int, *, actor: Actor) -> CollectionBatch:
    """Return one batch of which the actor sees the whole unit. Raises `NotFound`."""
    batch = session.get(CollectionBatch, (batch_id // 10**10, batch_id))
    if batch is None:
        raise NotFound
    require_unit(actor, batch.division_code)
    return batch


def lock(session: Session, batch_id: int, *, actor: Actor) -> CollectionBatch:
    """Return a batch with its row locked, so that answers and decisions come one after the other. Raises `NotFound`."""
    batch = get(session, batch_id, actor=actor)
    session.execute(
        text("SELECT 1 FROM collection_batches WHERE county_code = :county_code AND id = :id FOR UPDATE"),
        {"county_code": batch.county_code, "id": batch.id},
    )
    session.refresh(batch)
    return batch


def list_batches(
    session: Session, *, actor: Actor, contribution_year: int | None, limit: int, after: str | None
) -> tuple[Sequence[CollectionBatch], str | None]:
    """Return the batches of the actor's units, newest first."""
    query = (
        select(CollectionBatch)
        .where(col(CollectionBatch.division_code).between(*actor.scope))
        .order_by(col(CollectionBatch.id).desc())
        .limit(limit + 1)
    )
    if contribution_year is not None:
        query = query.where(col(CollectionBatch.contribution_year) == contribution_year)
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(CollectionBatch.id) < start[0])
    rows = session.scalars(query).all()
    return rows[:limit], encode_cursor(rows[limit - 1].id) if len(rows) > limit else None


def refuse_changed_facts(session: Session, batch: CollectionBatch, today: date) -> None:
    """Raise `CollectionContentChanged` when somebody died, cancels, has paid or changed passbook since computing."""
    _plan(session)
    rows = run_sql(
        session, FOLDER, "50_changed_facts", county_code=batch.county_code, batch_id=batch.id,
        contribution_year=batch.contribution_year, today=today, year_kinds=year_kinds(),
    ).all()  # fmt: skip
    if rows:
        listed = "、".join(f"{row.resident_id}({row.code})" for row in rows[:5])
        raise CollectionContentChanged(f"计算之后有人员情况发生变化({listed}等{len(rows)}人)，请作废后重新计算。")


def approve(
    session: Session, *, actor: Actor, batch_id: int, given_hash: str, expected_version: int, today: date
) -> CollectionBatch:
    """Approve a batch over its content by another person than its maker.

    Raises `CollectionStateUnfit`, `SamePerson`, `CollectionContentChanged` and `StaleVersion`. policy.md §3.3 P4.
    """
    batch = get(session, batch_id, actor=actor)
    if batch.state != CollectionState.COMPUTED:
        raise CollectionStateUnfit(f"批次状态为{CollectionState(batch.state).label}，不能审批。")
    require_second_person(actor, batch.maker_id)
    stored = content_hash(session, county=batch.county_code, batch_id=batch.id)
    if not stored == batch.content_hash == given_hash:
        raise CollectionContentChanged("批次内容与您所见不一致，请重新核对后再审批。")
    refuse_changed_facts(session, batch, today)
    move(
        session, batch, CollectionState.APPROVED, expected_version, checker_id=actor.user_id, approved_at=func.now()
    )  # fmt: skip
    audit_events.record(
        session, actor=actor, action="collection.approve", subject_kind="collection_batch", subject_id=batch.id,
        division_code=batch.division_code, content_hash=stored, total_fen=batch.total_fen,
    )  # fmt: skip
    return batch


def discard(session: Session, *, actor: Actor, batch_id: int, reason: str, expected_version: int) -> CollectionBatch:
    """Discard a batch that has not left the house. Raises `CollectionStateUnfit` and `StaleVersion`."""
    batch = get(session, batch_id, actor=actor)
    if batch.state not in {CollectionState.COMPUTED, CollectionState.APPROVED}:
        raise CollectionStateUnfit(f"批次状态为{CollectionState(batch.state).label}，已报盘的批次不能作废。")
    move(session, batch, CollectionState.DISCARDED, expected_version)
    audit_events.record(
        session, actor=actor, action="collection.discard", subject_kind="collection_batch", subject_id=batch.id,
        division_code=batch.division_code, reason=reason,
    )  # fmt: skip
    return batch


def move(
    session: Session, batch: CollectionBatch, state: CollectionState, expected_version: int, **changes: Any
) -> None:
    """Change a batch's state if it still has the expected version. Raises `StaleVersion`."""
    moved = session.execute(
        update(CollectionBatch)
        .where(
            col(CollectionBatch.county_code) == batch.county_code,
            col(CollectionBatch.id) == batch.id,
            col(CollectionBatch.version) == expected_version,
        )
        .values(state=state, version=expected_version + 1, **changes)
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined]
        raise StaleVersion
    session.refresh(batch)
