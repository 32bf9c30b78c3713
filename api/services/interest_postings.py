"""Posting an approved interest run, one transaction per town; a broken run goes on where it stopped.

What is posted is what was approved, or the town is not posted: its sums and a checksum over every person's amounts are
compared in the transaction that writes it.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import func, select, text, update
from sqlmodel import col

from api.database import next_id, run_sql
from api.errors import DomainError, NotFound
from api.models import Run, RunTown
from api.services import audit_events, fund_periods
from api.services.interest_figures import (
    FOLDER,
    TownFigures,
    figures_of,
    plan_for_town,
    reconcile,
    step_facts,
    with_row,
)
from api.vocabulary import RunKind, RunState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from api.database import Actor, Database

MAXIMUM_PASSES = 5
WORKERS = 2
"""Towns posted at the same time, by a connection each: they share no account. A third was seen to gain nothing."""
COUNTY_SPAN = 10_000_000_000


class RunContentChanged(DomainError):
    """The accounts are not those that were computed or approved."""

    code = "content-changed"
    title = "批次内容已变化，请重新计算后再审批"


class RunStateUnfit(DomainError):
    """The step does not follow from the state that the run is in."""

    code = "run-state"
    title = "批次当前状态不允许此操作"


def post(
    database: Database, *, actor: Actor, run_id: int, today: date | None = None, workers: int = WORKERS
) -> Iterator[TownFigures]:
    """Post an approved run, yielding each town in order once it has committed; towns that are done are passed over.

    The books take it at the year's end, or `today` once December is closed; the accounts' lines are December's anyway.

    Raises `RunContentChanged` for a town that no longer is what was approved; what is posted by then stays posted.
    """
    with database.read_snapshot(actor) as session:
        run = get(session, run_id)
    if run.state is not RunState.APPROVED:
        raise RunStateUnfit

    def work(town: TownFigures) -> TownFigures:
        with database.unit_of_work(actor) as session:
            post_town(session, run=run, approved=town, today=today)
        return town

    pool = ThreadPoolExecutor(workers, thread_name_prefix="interest")
    try:
        yield from pool.map(work, figures_of(run))
    finally:
        # Whoever stops in between waits for the towns under way, so that none is posted behind their back.
        pool.shutdown(cancel_futures=True)
    with database.unit_of_work(actor) as session:
        finish(session, actor=actor, run=run)


def post_town(session: Session, *, run: Run, approved: TownFigures, today: date | None = None) -> None:
    """Post one town, unless it is done: lines, balances, journal and its mark, all or nothing.

    Raises `RunContentChanged` when the lines would differ from what was approved, and `PeriodClosed` when December is
    closed and no day of today is given.
    """
    key = {"name": f"{FOLDER}:{run.county_code}:{approved.town_code}"}
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), key)
    if approved.town_code in posted_towns(session, run):
        return
    journal_id = next_id(session, run.county_code)
    if approved.row_count:
        _book_journal(session, run, approved, journal_id, today)
    posted = _post_lines(session, run, approved, journal_id)
    if not posted.equals(approved):
        detail = f"{approved.town_code}的账户在计算之后有变化，该街镇未入账，请重新计算后再审批。"
        raise RunContentChanged(detail)
    session.add(
        RunTown(
            county_code=run.county_code,
            run_id=run.id,
            division_code=approved.town_code,
            journal_id=journal_id if posted.row_count else None,
            row_count=posted.row_count,
            total_fen=posted.total_fen,
        )
    )
    session.flush()


def _post_lines(session: Session, run: Run, approved: TownFigures, journal_id: int) -> TownFigures:
    """Write lines and balances; accounts that somebody changed meanwhile are taken by a further pass."""
    facts = step_facts(run.county_code, run.parameters, approved)
    plan_for_town(session)
    row = run_sql(session, FOLDER, "40_post_town", journal_id=journal_id, **facts).one()
    if row.account_count == approved.account_count:
        return with_row(approved, row, account_count=row.account_count)
    for _ in range(MAXIMUM_PASSES):
        if run_sql(session, FOLDER, "40_post_town", journal_id=journal_id, **facts).one().account_count == 0:
            break
    nothing = replace(approved, row_count=0, personal_fen=0, collective_fen=0, gov_fen=0, checksum=0)
    return reconcile(session, run, journal_id=journal_id).get(approved.town_code, nothing)


def _book_journal(session: Session, run: Run, town: TownFigures, journal_id: int, today: date | None) -> None:
    """The town's journal and its fund lines, with the sums that the lines must come to."""
    year_end = date(int(run.period), 12, 31)
    booked_on = year_end
    if today is None:
        fund_periods.require_open(session, run.county_code, year_end)
    else:
        booked_on = fund_periods.booking_day(session, run.county_code, wanted=year_end, today=today)
    key = {"county_code": run.county_code, "journal_id": journal_id, "town_code": town.town_code}
    run_sql(
        session,
        FOLDER,
        "50_book_journal",
        **key,
        booked_on=booked_on,
        dedup_key=f"interest:{run.period}:{town.town_code}",
        maker_id=run.maker_id,
        checker_id=run.checker_id,
        run_id=run.id,
    )
    run_sql(
        session,
        FOLDER,
        "60_book_fund_lines",
        **key,
        personal_fen=town.personal_fen,
        collective_fen=town.collective_fen,
        gov_fen=town.gov_fen,
    )


def finish(session: Session, *, actor: Actor, run: Run) -> None:
    """Close the run once all its towns are done, and come to what was approved. Raises `RunContentChanged`."""
    query = select(func.count(), func.sum(col(RunTown.row_count)), func.sum(col(RunTown.total_fen))).where(
        col(RunTown.county_code) == run.county_code, col(RunTown.run_id) == run.id
    )
    towns, rows, total_fen = session.execute(query).one()
    if (towns, rows or 0, total_fen or 0) != (len(figures_of(run)), run.row_count, run.total_fen):
        raise RunContentChanged("已入账的明细与审批的内容不一致，请联系管理员核对。")
    session.execute(
        update(Run)
        .where(col(Run.county_code) == run.county_code, col(Run.id) == run.id, col(Run.state) == RunState.APPROVED)
        .values(state=RunState.POSTED, version=Run.version + 1)
        .execution_options(synchronize_session=False)
    )
    audit_events.record(
        session,
        actor=actor,
        action="post_interest_run",
        subject_kind="run",
        subject_id=run.id,
        division_code=run.division_code,
        row_count=run.row_count,
        total_fen=run.total_fen,
    )


def get(session: Session, run_id: int) -> Run:
    """Return one interest run. Raises `NotFound`."""
    run = session.get(Run, (run_id // COUNTY_SPAN, run_id))
    if run is None or run.kind is not RunKind.ANNUAL_INTEREST:
        raise NotFound
    return run


def posted_towns(session: Session, run: Run) -> frozenset[int]:
    """Towns that the run has finished."""
    query = select(col(RunTown.division_code)).where(
        col(RunTown.county_code) == run.county_code, col(RunTown.run_id) == run.id
    )
    return frozenset(session.scalars(query))
