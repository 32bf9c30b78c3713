"""Posting an approved run of 政府代缴, one transaction per town; a broken run goes on where it stopped.

Nobody gets more than was approved: whoever changed since the computation is told and gets nothing.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select, text, update
from sqlmodel import col

from api.database import next_id, run_sql, scope_of
from api.errors import NotFound
from api.models import Run, RunTown
from api.policy.money import BySource
from api.services import audit_events, deductions_under_way, interest_corrections, ledger
from api.services.fund_periods import booking_day
from api.services.interest_postings import RunStateUnfit
from api.vocabulary import FundAccount, JournalKind, RunKind, RunState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from api.database import Actor, Database

FOLDER = "government_paid"
COUNTY_SPAN = 10_000_000_000


def post(database: Database, *, actor: Actor, run_id: int, today: date) -> Iterator[int]:
    """Post an approved run, yielding each town's code once it has committed; towns that are done are passed over."""
    with database.read_snapshot(actor) as session:
        run = get(session, run_id)
    if run.state is not RunState.APPROVED:
        raise RunStateUnfit
    for town in run.summary["towns"]:
        with database.unit_of_work(actor) as session:
            post_town(session, run=run, town_code=town["town_code"], today=today)
        yield town["town_code"]
    with database.unit_of_work(actor) as session:
        finish(session, actor=actor, run=run)


def post_town(session: Session, *, run: Run, town_code: int, today: date) -> None:
    """Post one town, unless it is done: lines, balances, contributions, journal and its mark, all or nothing.

    Interest that is posted for the day of payment already is corrected by the two persons of the run.
    """
    lock = {"name": f"{FOLDER}:{run.id}:{town_code}"}
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), lock)
    if town_code in posted_towns(session, run):
        return
    low, high = scope_of(town_code)
    town = {"county_code": run.county_code, "run_id": run.id, "low": low, "high": high}
    paid_on = date.fromisoformat(run.parameters["paid_on"])
    deductions_under_way.share(session, run.county_code)
    run_sql(session, FOLDER, "30_lock_accounts", **town)
    journal_id = next_id(session, run.county_code)
    row = run_sql(
        session,
        FOLDER,
        "40_post_town",
        **town,
        journal_id=journal_id,
        on_day=paid_on,
        year=paid_on.year,
        maker_id=run.maker_id,
        law_serial=run.parameters.get("law_serial"),
        is_one_law=len(run.parameters.get("places", ())) <= 1,
    ).one()
    run_sql(session, FOLDER, "50_mark_changed", **town)
    total_fen = int(row.paid_fen) + int(row.subsidy_fen)
    if row.row_count:
        _book(
            session,
            run,
            town_code,
            journal_id,
            total_fen,
            booking_day(session, run.county_code, wanted=paid_on, today=today),
        )
    if row.closed_ids:
        interest_corrections.correct(
            session,
            maker_id=run.maker_id,
            checker_id=run.checker_id or 0,
            county_code=run.county_code,
            resident_ids=row.closed_ids,
            since=paid_on,
            today=today,
        )
    session.add(
        RunTown(
            county_code=run.county_code,
            run_id=run.id,
            division_code=town_code,
            journal_id=journal_id if row.row_count else None,
            row_count=row.row_count,
            total_fen=total_fen,
        )
    )
    session.flush()


def _book(session: Session, run: Run, town_code: int, journal_id: int, total_fen: int, on: date) -> None:
    """The town's journal: government owes the fund what the fund owes the accounts."""
    ledger.book_batch(
        session,
        county_code=run.county_code,
        division_code=town_code,
        kind=JournalKind.GOVERNMENT_PAID,
        business_date=on,
        dedup_key=f"government_paid:{run.id}:{town_code}",
        maker_id=run.maker_id,
        checker_id=run.checker_id or 0,
        journal_id=journal_id,
        totals=BySource(0, 0, total_fen),
        fund=[
            ledger.FundEntry(account=FundAccount.SUBSIDY_RECEIVABLE, amount_fen=total_fen),
            ledger.FundEntry(account=FundAccount.LIABILITY_GOV, amount_fen=-total_fen),
        ],
        run_id=run.id,
    )


def finish(session: Session, *, actor: Actor, run: Run) -> None:
    """Close the run once all its towns are done. Raises `RunStateUnfit`."""
    done = posted_towns(session, run)
    if set(done) != {town["town_code"] for town in run.summary["towns"]}:
        raise RunStateUnfit("仍有街镇未入账。")
    session.execute(
        update(Run)
        .where(col(Run.county_code) == run.county_code, col(Run.id) == run.id, col(Run.state) == RunState.APPROVED)
        .values(state=RunState.POSTED, version=Run.version + 1)
        .execution_options(synchronize_session=False)
    )
    audit_events.record(
        session,
        actor=actor,
        action="post_government_paid_run",
        subject_kind="run",
        subject_id=run.id,
        division_code=run.division_code,
        rows=sum(rows for rows, _ in done.values()),
        total_fen=sum(fen for _, fen in done.values()),
    )


def get(session: Session, run_id: int) -> Run:
    """Return one run of 政府代缴. Raises `NotFound`."""
    run = session.get(Run, (run_id // COUNTY_SPAN, run_id))
    if run is None or run.kind is not RunKind.GOVERNMENT_PAID:
        raise NotFound
    return run


def posted_towns(session: Session, run: Run) -> dict[int, tuple[int, int]]:
    """Return rows and fen of the towns that the run has posted, by code."""
    query = select(col(RunTown.division_code), col(RunTown.row_count), col(RunTown.total_fen)).where(
        col(RunTown.county_code) == run.county_code, col(RunTown.run_id) == run.id
    )
    return {code: (rows, total_fen) for code, rows, total_fen in session.execute(query).all()}
