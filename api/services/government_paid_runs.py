"""政府代缴: compute for whom government pays the minimum tier, have a second person approve it by content, post it.

Whom a fact of the day names is decided by `api/sql/government_paid`; nothing here loops over people.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update
from sqlmodel import col

from api.database import next_id, run_sql, scope_of
from api.errors import DomainError, Invalid, NotFound, StaleVersion
from api.models import GovernmentPaidLine, Resident, Run
from api.policy.contributions import SEVERELY_DISABLED, ContributionYearNotOpen, payment_window
from api.policy.parameters import SubsidyMode
from api.services import audit_events
from api.services.government_paid_postings import FOLDER, get, post, posted_towns
from api.services.interest_postings import RunContentChanged, RunStateUnfit
from api.services.laws import book_of, law_on, serial_of
from api.services.pages import decode_cursor, encode_cursor
from api.services.two_persons import require_second_person
from api.vocabulary import FactKind, GovernmentPaidOutcome, RunKind, RunState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from api.database import Actor, Database
    from api.policy.parameters import PolicyParameters


class GovernmentPaidInFuture(Invalid):
    """The day of payment has not come."""

    code = "government-paid-in-future"
    title = "代缴日期不能晚于今天"


class GovernmentPaidRunExists(DomainError):
    """The county's month has a run that is not discarded."""

    code = "run-exists"
    title = "该月份的政府代缴批次已经存在"


class GovernmentPaidNobody(DomainError):
    """No fact of the day names anybody."""

    code = "government-paid-nobody"
    title = "该日期没有政府代缴对象"


@dataclass(frozen=True, slots=True)
class RunLineView:
    """What a run says of one person."""

    line: GovernmentPaidLine
    resident: Resident | None


def compute(session: Session, *, actor: Actor, county_code: int, paid_on: date, today: date) -> Run:
    """Compute for whom government pays on a day of the year that it is for; nothing is posted.

    A run is of a month, so that whoever is named later in the year is taken by a later one; nobody is paid for twice.
    Raises `NotFound` for a county outside the scope, `GovernmentPaidInFuture`, `ContributionYearNotOpen`,
    `GovernmentPaidRunExists`, `GovernmentPaidNobody`. 国发〔2009〕32号 四, policy.md §3.3 P7.
    """
    division_code = county_code * 1_000_000
    low, high = actor.scope
    if not low <= division_code <= high:
        raise NotFound
    if paid_on > today:
        raise GovernmentPaidInFuture(pointer="/paid_on")
    law = law_on(session, division_code, paid_on)
    first, last = payment_window(paid_on.year, law)
    if not first <= paid_on <= last:
        detail = f"{paid_on.year}年度缴费期为{first.isoformat()}至{last.isoformat()}，代缴日期须在此期间。"
        raise ContributionYearNotOpen(detail, pointer="/paid_on")
    period = f"{paid_on:%Y-%m}"
    if find(session, county_code=county_code, period=period) is not None:
        raise GovernmentPaidRunExists(f"{period}的政府代缴批次已经存在；须重算时请先作废未入账的批次。")
    run_id = next_id(session, county_code)
    places = _judge(session, county_code, run_id, paid_on)
    parameters = _parameters(law, paid_on) | {"law_serial": serial_of(session), "places": places}
    towns = _towns(session, county_code, run_id)
    if not towns:
        raise GovernmentPaidNobody
    digest = run_sql(session, FOLDER, "25_hash_lines", county_code=county_code, run_id=run_id).scalar_one()
    run = Run(
        county_code=county_code,
        id=run_id,
        division_code=division_code,
        kind=RunKind.GOVERNMENT_PAID,
        period=period,
        state=RunState.COMPUTED,
        row_count=sum(town["row_count"] for town in towns),
        total_fen=sum(town["paid_fen"] + town["subsidy_fen"] for town in towns),
        content_hash=digest,
        summary={"towns": towns, "outcomes": _outcomes(session, county_code, run_id)},
        parameters=parameters,
        maker_id=actor.user_id,
    )
    session.add(run)
    session.flush()
    _audit(session, actor, "compute_government_paid_run", run)
    return run


def _parameters(law: PolicyParameters, paid_on: date) -> dict[str, Any]:
    """What the amounts follow from, kept with the run."""
    return {
        "paid_on": paid_on.isoformat(),
        "year": paid_on.year,
        "groups": sorted(law.government_paid_groups),
        "severe_grade": law.severe_disability_grade,
        "tier_fen": law.minimum_tier_fen,
        "subsidy_fen": law.subsidy_fen(law.minimum_tier_fen),
    }


def _places(session: Session, county_code: int, paid_on: date) -> list[tuple[int, int, PolicyParameters]]:
    """Cut a county into stretches of villages that live under one law on a day."""
    book = book_of(session)
    found: list[tuple[int, int, PolicyParameters]] = []
    for first, last in book.stretches(*scope_of(county_code * 1_000_000)):
        law = book.on(first, paid_on)
        if found and found[-1][2] == law:
            found[-1] = (found[-1][0], last, law)
        else:
            found.append((first, last, law))
    return found


def _judge(session: Session, county_code: int, run_id: int, paid_on: date) -> list[dict[str, int]]:
    """Write a line for everybody whom a fact of the day names, each by the law of the place; return what it gives where."""
    places: list[dict[str, int]] = []
    for first, last, law in _places(session, county_code, paid_on):
        groups = law.government_paid_groups
        subsidy_fen = law.subsidy_fen(law.minimum_tier_fen)
        waits = law.subsidy_posting is SubsidyMode.ON_CLAIM
        place = {
            "tier_fen": law.minimum_tier_fen,
            "subsidy_fen": 0 if waits else subsidy_fen,
            "waiting_subsidy_fen": subsidy_fen if waits else 0,
        }
        run_sql(
            session,
            FOLDER,
            "10_judge_people",
            county_code=county_code,
            run_id=run_id,
            low=first,
            high=last,
            on_day=paid_on,
            year=paid_on.year,
            severe=SEVERELY_DISABLED in groups,
            severe_grades=[str(grade) for grade in range(1, law.severe_disability_grade + 1)],
            kinds=sorted(groups & {kind.value for kind in FactKind} - {FactKind.DISABILITY.value}),
            launch_on=law.launch_on,
            benefit_age=law.benefit_age,
            enrolment_age=law.enrolment_age,
            **place,
        )
        places.append({"first": first, "last": last} | place)
    return places


def _towns(session: Session, county_code: int, run_id: int) -> list[dict[str, Any]]:
    rows = run_sql(session, FOLDER, "20_sum_towns", county_code=county_code, run_id=run_id).mappings()
    return [{name: int(value) for name, value in row.items()} for row in rows]


def _outcomes(session: Session, county_code: int, run_id: int) -> dict[str, int]:
    """How many people of each outcome."""
    query = (
        select(col(GovernmentPaidLine.outcome), func.count())
        .where(col(GovernmentPaidLine.county_code) == county_code, col(GovernmentPaidLine.run_id) == run_id)
        .group_by(col(GovernmentPaidLine.outcome))
        .order_by(col(GovernmentPaidLine.outcome))
    )
    return {outcome.value: count for outcome, count in session.execute(query).all()}


def discard(session: Session, *, actor: Actor, run_id: int, version: int) -> Run:
    """Void a run of which nothing is posted, so that its month can be computed anew.

    Raises `NotFound`, `RunStateUnfit`, `StaleVersion`.
    """
    run = get(session, run_id)
    if run.state not in {RunState.COMPUTED, RunState.APPROVED} or posted_towns(session, run):
        raise RunStateUnfit("已有街镇入账或已结束的批次不能作废。")
    _change(session, run, version, {"state": RunState.DISCARDED})
    _audit(session, actor, "discard_government_paid_run", run)
    return run


def approve(
    database: Database,
    *,
    actor: Actor,
    run_id: int,
    content_hash: str,
    today: date,
    version: int | None = None,
    on_town: Callable[[int], None] | None = None,
) -> Run:
    """Approve a run by its content and post it, town by town; approving again goes on where an attempt broke off.

    Raises `NotFound`, `SamePerson`, `CheckerNotAPerson`, `RunContentChanged`, `RunStateUnfit`, `StaleVersion`.
    """
    with database.unit_of_work(actor) as session:
        run = get(session, run_id)
        require_second_person(actor, run.maker_id)
        if run.content_hash != content_hash:
            raise RunContentChanged("您审批的内容与批次当前内容不一致，请重新查看后再审批。")
        if run.state is RunState.COMPUTED:
            changes = {"state": RunState.APPROVED, "checker_id": actor.user_id, "approved_at": func.now()}
            _change(session, run, run.version if version is None else version, changes)
            _audit(session, actor, "approve_government_paid_run", run)
        elif run.state is not RunState.APPROVED or run.checker_id != actor.user_id:
            raise RunStateUnfit
    for town in post(database, actor=actor, run_id=run_id, today=today):
        if on_town is not None:
            on_town(town)
    with database.read_snapshot(actor) as session:
        return get(session, run_id)


def find(session: Session, *, county_code: int, period: str) -> Run | None:
    """Return the run of a month that is not discarded."""
    return session.scalars(
        select(Run).where(
            col(Run.county_code) == county_code,
            col(Run.kind) == RunKind.GOVERNMENT_PAID,
            col(Run.period) == period,
            col(Run.state) != RunState.DISCARDED,
        )
    ).one_or_none()


def read(session: Session, run_id: int) -> tuple[Run, dict[int, tuple[int, int]]]:
    """Return a run, and rows and fen of the towns that it has posted. Raises `NotFound`."""
    run = get(session, run_id)
    return run, posted_towns(session, run)


def list_runs(session: Session, *, county_code: int, limit: int, after: str | None) -> tuple[Sequence[Run], str | None]:
    """Return a county's runs, newest first, and the next cursor."""
    query = select(Run).where(col(Run.county_code) == county_code, col(Run.kind) == RunKind.GOVERNMENT_PAID)
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(Run.id) < start[0])
    rows = session.scalars(query.order_by(col(Run.id).desc()).limit(limit + 1)).all()
    following = encode_cursor(rows[limit - 1].id) if len(rows) > limit else None
    return rows[:limit], following


def list_lines(
    session: Session,
    *,
    run_id: int,
    low: int,
    high: int,
    outcome: GovernmentPaidOutcome | None,
    limit: int,
    after: str | None,
) -> tuple[list[RunLineView], str | None]:
    """Return a page of what a run says of people in a unit, and the next cursor. Raises `NotFound`, `InvalidCursor`."""
    run = get(session, run_id)
    query = (
        select(GovernmentPaidLine, Resident)
        .outerjoin(
            Resident,
            (col(Resident.county_code) == col(GovernmentPaidLine.county_code))
            & (col(Resident.id) == col(GovernmentPaidLine.resident_id)),
        )
        .where(
            col(GovernmentPaidLine.county_code) == run.county_code,
            col(GovernmentPaidLine.run_id) == run.id,
            col(GovernmentPaidLine.division_code).between(low, high),
        )
    )
    if outcome is not None:
        query = query.where(col(GovernmentPaidLine.outcome) == outcome)
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(GovernmentPaidLine.resident_id) > start[0])
    rows = session.execute(query.order_by(col(GovernmentPaidLine.resident_id)).limit(limit + 1)).all()
    following = encode_cursor(rows[limit - 1][0].resident_id) if len(rows) > limit else None
    return [RunLineView(line, resident) for line, resident in rows[:limit]], following


def _change(session: Session, run: Run, version: int, changes: dict[str, Any]) -> None:
    """Change the run if it still is what the actor saw. Raises `StaleVersion`."""
    changed = session.execute(
        update(Run)
        .where(
            col(Run.county_code) == run.county_code,
            col(Run.id) == run.id,
            col(Run.version) == version,
            col(Run.state) == run.state,
        )
        .values(**changes, version=version + 1)
        .returning(col(Run.id))
        .execution_options(synchronize_session=False)
    ).first()
    if changed is None:
        raise StaleVersion
    session.refresh(run)


def _audit(session: Session, actor: Actor, action: str, run: Run) -> None:
    audit_events.record(
        session,
        actor=actor,
        action=action,
        subject_kind="run",
        subject_id=run.id,
        division_code=run.division_code,
        period=run.period,
        content_hash=run.content_hash,
    )
