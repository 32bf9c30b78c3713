"""年度结息: compute a year's interest for a county, have a second person approve it by its content, post it.

The amounts come from `api/sql/annual_interest`; nothing here loops over people.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, text, update
from sqlmodel import col

from api.database import next_id
from api.errors import DomainError, Invalid, NotFound, StaleVersion
from api.models import Run
from api.services import audit_events
from api.services.interest_figures import (
    accrual_parameters,
    compute_town,
    count_previous_open,
    figures_of,
    header_of,
    list_towns,
)
from api.services.interest_postings import RunContentChanged, RunStateUnfit, get, post, posted_towns
from api.services.pages import decode_cursor, encode_cursor
from api.services.two_persons import require_second_person
from api.vocabulary import RunKind, RunState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.orm import Session

    from api.database import Actor, Database
    from api.services.interest_figures import TownFigures

OPEN_STATES = frozenset({RunState.COMPUTED, RunState.APPROVED})


class InterestYearNotOver(Invalid):
    """Interest is posted after 31 December."""

    code = "interest-year-not-over"
    title = "该年度尚未结束，不能结息"


class PreviousYearOpen(DomainError):
    """Accounts hold money of an earlier year that has not borne its interest."""

    code = "previous-interest-year-open"
    title = "上一年度尚未结息"


class InterestRunExists(DomainError):
    """The county's year has a run that is not discarded."""

    code = "run-exists"
    title = "该期间的批次已经存在"


def compute(session: Session, *, actor: Actor, county_code: int, year: int, today: date) -> Run:
    """Compute the run of a year; nothing is posted.

    Raises `NotFound` for a county outside the scope, `InterestYearNotOver`, `PreviousYearOpen`, `InterestRunExists`
    and `policy.interest.InterestRateUnknown`. policy.md §4.2-4.5, §3.3 P8.
    """
    division_code = county_code * 1_000_000
    low, high = actor.scope
    if not low <= division_code <= high:
        raise NotFound
    if today <= date(year, 12, 31):
        raise InterestYearNotOver(f"{year}年尚未结束，请在次年办理结息。", pointer="/year")
    if find(session, county_code=county_code, year=year) is not None:
        raise InterestRunExists(f"{year}年度的结息批次已经存在。")
    waiting = count_previous_open(session, county_code, year)
    if waiting:
        raise PreviousYearOpen(f"有{waiting}个账户{year - 1}年度尚未结息，请先办理{year - 1}年度结息。")
    parameters = accrual_parameters(session, county_code, year, today)
    towns = [compute_town(session, county_code, parameters, town) for town in list_towns(session, county_code, year)]
    run = Run(
        county_code=county_code,
        id=next_id(session, county_code),
        division_code=division_code,
        kind=RunKind.ANNUAL_INTEREST,
        period=str(year),
        state=RunState.COMPUTED,
        parameters=parameters,
        maker_id=actor.user_id,
        **header_of(county_code, parameters, towns),
    )
    session.add(run)
    session.flush()
    _audit(session, actor, "compute_interest_run", run)
    return run


def recompute(session: Session, *, actor: Actor, run_id: int, version: int, today: date) -> Run:
    """Compute anew the towns that are not posted; whatever approval there was is void.

    Raises `NotFound`, `RunStateUnfit` once all is posted, `RunContentChanged` when the rates have changed in between,
    `StaleVersion`.
    """
    run = get(session, run_id)
    if run.state not in OPEN_STATES:
        raise RunStateUnfit
    year = int(run.period)
    parameters = accrual_parameters(session, run.county_code, year, today)
    done = posted_towns(session, run)
    if done and parameters["accrual"] != run.parameters["accrual"]:
        raise RunContentChanged("部分街镇已按原利率入账，不能以新利率重新计算。")
    fresh = [
        compute_town(session, run.county_code, parameters, town)
        for town in list_towns(session, run.county_code, year)
        if town.town_code not in done
    ]
    kept = [town for town in figures_of(run) if town.town_code in done]
    towns = sorted([*kept, *fresh], key=lambda town: town.town_code)
    changes: dict[str, Any] = {
        "parameters": parameters,
        "state": RunState.COMPUTED,
        "maker_id": actor.user_id,
        "checker_id": None,
        "approved_at": None,
    }
    _change(session, run, version, changes | header_of(run.county_code, parameters, towns))
    _audit(session, actor, "recompute_interest_run", run)
    return run


def discard(session: Session, *, actor: Actor, run_id: int, version: int) -> Run:
    """Void a run of which nothing is posted, so that the year can be computed by another.

    Raises `NotFound`, `RunStateUnfit`, `StaleVersion`.
    """
    run = get(session, run_id)
    if run.state not in OPEN_STATES or posted_towns(session, run):
        raise RunStateUnfit("已有街镇入账或已结束的批次不能作废。")
    _change(session, run, version, {"state": RunState.DISCARDED})
    _audit(session, actor, "discard_interest_run", run)
    return run


def approve(
    database: Database,
    *,
    actor: Actor,
    run_id: int,
    content_hash: str,
    version: int | None = None,
    today: date | None = None,
    on_town: Callable[[TownFigures], None] | None = None,
) -> Run:
    """Approve a run by its content and post it, town by town; approving again goes on where an attempt broke off.

    `version` is the one that the approver saw (None on the command line: the hash says it all). `today` is the day that
    the books take the interest once December is closed. Raises `NotFound`,
    `SamePerson`, `CheckerNotAPerson`, `RunContentChanged`, `RunStateUnfit`, `StaleVersion`.
    """
    with database.unit_of_work(actor) as session:
        run = get(session, run_id)
        require_second_person(actor, run.maker_id)
        if run.content_hash != content_hash:
            raise RunContentChanged("您审批的内容与批次当前内容不一致，请重新查看后再审批。")
        if run.state is RunState.COMPUTED:
            changes = {"state": RunState.APPROVED, "checker_id": actor.user_id, "approved_at": func.now()}
            _change(session, run, run.version if version is None else version, changes)
            _audit(session, actor, "approve_interest_run", run)
        elif run.state is not RunState.APPROVED or run.checker_id != actor.user_id:
            raise RunStateUnfit
    for town in post(database, actor=actor, run_id=run_id, today=today):
        if on_town is not None:
            on_town(town)
    with database.read_snapshot(actor) as session:
        return get(session, run_id)


def hold_open(session: Session) -> None:
    """Let a request's own transaction, which keeps its key, sit idle for as long as the towns take to be posted."""
    session.execute(text("SET LOCAL idle_in_transaction_session_timeout = '1h'"))


def find(session: Session, *, county_code: int, year: int) -> Run | None:
    """Return the run of a year that is not discarded."""
    return session.scalars(
        select(Run).where(
            col(Run.county_code) == county_code,
            col(Run.kind) == RunKind.ANNUAL_INTEREST,
            col(Run.period) == str(year),
            col(Run.state) != RunState.DISCARDED,
        )
    ).one_or_none()


def read(session: Session, run_id: int) -> tuple[Run, frozenset[int]]:
    """Return an interest run and the towns that it has posted. Raises `NotFound`."""
    run = get(session, run_id)
    return run, posted_towns(session, run)


def list_runs(session: Session, *, county_code: int, limit: int, after: str | None) -> tuple[Sequence[Run], str | None]:
    """Return a county's interest runs, newest first, and the next cursor."""
    query = select(Run).where(col(Run.county_code) == county_code, col(Run.kind) == RunKind.ANNUAL_INTEREST)
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(Run.id) < start[0])
    rows = session.scalars(query.order_by(col(Run.id).desc()).limit(limit + 1)).all()
    following = encode_cursor(rows[limit - 1].id) if len(rows) > limit else None
    return rows[:limit], following


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
