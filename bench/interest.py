"""The annual interest of a county: computed, approved and posted, beside a COPY of the same lines; and with a long history."""

from __future__ import annotations

import time
from datetime import date
from typing import TYPE_CHECKING, Any

import psycopg

from api.services import interest_runs
from bench import world
from bench.measure import Block, Result, Rounds, copy_seconds, run_task, warm

if TYPE_CHECKING:
    from api.database import Database
    from bench.machine import Machine

TARGET = 0.40
HISTORY_TARGET = 1 / 1.1
FLOOR = "COPY of the same lines, same indexed partition"
EMPTY_COUNTY = 440784


def measure(
    machine: Machine, seeded: str, *, size: int, rounds: int, year: int, verifies: bool = False
) -> list[Result]:
    """Rows `interest` (approved and posted, what the study measured) and `interest with computing`."""
    post = Result("interest posted", size, 0, [], [], FLOOR, TARGET)
    whole = Result("interest computed and posted", size, 0, [], [], FLOOR)
    measured = Rounds(machine, seeded, rounds).run(
        lambda database: _work(machine, database, year, verifies=verifies),
        lambda database, blocks: _floor(machine, database, blocks, year),
    )
    for seconds, floor in measured:
        for row, took in ((post, seconds["post"]), (whole, seconds["compute"] + seconds["post"])):
            row.add(took, floor, seconds)
    return [post, whole]


def history(machine: Machine, *, size: int, rounds: int) -> list[Result]:
    """Row `interest, 16 years of history`: time with nothing before the year, by time with one line per earlier year."""
    bare = world.seed(machine, "bench_empty", "bench_bare", world.Shape(size, years=(2026,), has_roster=False))
    long = world.seed(
        machine, "bench_empty", "bench_long", world.Shape(size, years=tuple(range(2010, 2027)), has_roster=False)
    )
    row = Result("interest, 16 years of history", size, 0, [], [], "the same run without earlier years", HISTORY_TARGET)
    with psycopg.connect(machine.dsn(long)) as connection:
        row.details["history_lines"] = connection.execute(
            "SELECT count(*) FROM account_lines WHERE value_year < 2026"
        ).fetchone()[0]
    for _ in range(rounds):
        took = []
        for database in (bare, long):
            machine.clone(database, "bench_work")
            took.append(_work(machine, "bench_work", 2026)[0])
        row.add(took[1]["post"], took[0]["post"], took[1])
    for database in ("bench_work", bare, long):
        machine.drop(database)
    return [row]


def _work(machine: Machine, database: str, year: int, *, verifies: bool = False) -> tuple[dict[str, Any], list[Block]]:
    warm(machine, database, ("accounts", f"account_lines_y{year}"))
    machine.checkpoint()
    seconds = run_task("interest", url=machine.service_url(database), dsn=machine.dsn(database), year=year)
    if verifies:
        run_task("verify", url=machine.service_url(database), dsn=machine.dsn(database))
    with psycopg.connect(machine.dsn(database)) as connection:
        lines = (
            f"SELECT l.* FROM account_lines_y{year} l JOIN journals j ON j.county_code = l.county_code "
            "AND j.id = l.journal_id WHERE j.kind = 'interest' "
            "ORDER BY l.county_code, l.resident_id, l.journal_id, l.value_year"
        )
        return seconds, [Block.taken(connection, "account_lines", lines)]


def _floor(machine: Machine, database: str, blocks: list[Block], year: int) -> float:
    warm(machine, database, (f"account_lines_y{year}",))
    return copy_seconds(machine, database, blocks)


def run_interest(database: Database, year: int) -> dict[str, Any]:
    """In the child: compute the year, then approve and post it town by town."""
    from bench.tasks import actor, of_county

    today = date(year + 1, 1, 10)
    nobody = of_county(actor("clerk"), EMPTY_COUNTY)
    with database.rehearsal(nobody) as session:
        interest_runs.compute(session, actor=nobody, county_code=EMPTY_COUNTY, year=year, today=today)
    start = time.perf_counter()
    with database.unit_of_work(actor("clerk")) as session:
        run = interest_runs.compute(session, actor=actor("clerk"), county_code=world.COUNTY, year=year, today=today)
        run_id, content, lines = run.id, run.content_hash, run.row_count
    computed = time.perf_counter()
    posted = interest_runs.approve(database, actor=actor("reviewer"), run_id=run_id, content_hash=content)
    end = time.perf_counter()
    if str(posted.state) != "posted":
        message = f"the interest run ended {posted.state} and not posted"
        raise SystemExit(message)
    return {"compute": computed - start, "post": end - computed, "lines": lines}
