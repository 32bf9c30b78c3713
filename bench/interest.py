"""The annual interest of a county: computed, approved and posted, beside a COPY of the same lines; and with a long history."""

from __future__ import annotations

import itertools
import threading
import time
from datetime import date
from typing import TYPE_CHECKING, Any

import psycopg
from sqlalchemy import text

from api.services import interest_runs, ledger, ledger_seals
from api.vocabulary import FundAccount, JournalKind
from bench import world
from bench.measure import Block, Result, Rounds, copy_seconds, run_task, warm

if TYPE_CHECKING:
    from api.database import Actor, Database
    from bench.machine import Machine

TARGET = 0.40
HISTORY_TARGET = 1 / 1.1
BESIDE_TARGET = 1 / 1.1
CLIENTS_PAUSE = 0.002
WARM_POSTS = 20
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


def beside(machine: Machine, seeded: str, *, size: int, rounds: int, year: int) -> list[Result]:
    """Rows `interest beside a client that posts` (time alone by time with it, p99 of its posts) and `ledger sealed`."""
    disturbed = Result("interest beside a client that posts", size, 0, [], [], "the same run alone", BESIDE_TARGET)
    sealed = Result("ledger sealed", size, 0, [], [], "interest posted: the same lines and as many before")
    for _ in range(rounds):
        reports = []
        for posts in (False, True):
            machine.clone(seeded, "bench_work")
            warm(machine, "bench_work", ("accounts", f"account_lines_y{year}"))
            machine.checkpoint()
            url, dsn = machine.service_url("bench_work"), machine.dsn("bench_work")
            reports.append(run_task("interest-beside", url=url, dsn=dsn, year=year, posts=posts))
            if not posts:
                seal = run_task("seal", url=url, dsn=dsn)
                sealed.add(seal["seal"], reports[0]["post"], seal)
        alone, both = reports
        disturbed.add(both["post"], alone["post"], both)
    machine.drop("bench_work")
    return [disturbed, sealed]


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


def run_beside(database: Database, year: int, *, posts: bool) -> dict[str, Any]:
    """In the child: post the year's interest town by town while one client pays for one person after another."""
    from bench.tasks import actor

    today = date(year + 1, 1, 10)
    with database.unit_of_work(actor("clerk")) as session:
        run = interest_runs.compute(session, actor=actor("clerk"), county_code=world.COUNTY, year=year, today=today)
        run_id, content, lines = run.id, run.content_hash, run.row_count
    stopping = threading.Event()
    took: list[float] = []
    client = threading.Thread(target=_pay, args=(database, actor("clerk"), year, stopping, took))
    if posts:
        client.start()
        while len(took) < WARM_POSTS:
            time.sleep(0.01)
        took.clear()
    start = time.perf_counter()
    interest_runs.approve(database, actor=actor("reviewer"), run_id=run_id, content_hash=content)
    seconds = time.perf_counter() - start
    stopping.set()
    if posts:
        client.join()
    ordered = sorted(took)
    return {
        "post": seconds,
        "lines": lines,
        "client_posts": len(ordered),
        "client_p50_ms": 1000 * ordered[len(ordered) // 2] if ordered else 0.0,
        "client_p99_ms": 1000 * ordered[int(len(ordered) * 0.99)] if ordered else 0.0,
        "client_max_ms": 1000 * ordered[-1] if ordered else 0.0,
    }


def _pay(database: Database, person: Actor, year: int, stopping: threading.Event, took: list[float]) -> None:
    """Money of the new year for one account after another, through the ledger, until the run has ended."""
    with database.read_snapshot(person) as session:
        people = session.execute(
            text(
                "SELECT resident_id, division_code FROM accounts WHERE county_code = :county AND state = 'open' "
                "ORDER BY md5(resident_id::text) LIMIT 5000"
            ),
            {"county": world.COUNTY},
        ).all()
    for number, row in enumerate(itertools.cycle(people)):
        if stopping.is_set():
            return
        begun = time.perf_counter()
        with database.unit_of_work(person) as session:
            ledger.post(
                session, county_code=world.COUNTY, division_code=row.division_code, kind=JournalKind.CONTRIBUTION,
                business_date=date(year + 1, 1, 5), dedup_key=f"bench:{number}", maker_id=person.user_id,
                accounts=[ledger.AccountEntry(
                    resident_id=row.resident_id, division_code=row.division_code, value_on=date(year + 1, 1, 5),
                    personal_fen=10_000,
                )],
                fund=[
                    ledger.FundEntry(account=FundAccount.INCOME_ACCOUNT, amount_fen=10_000),
                    ledger.FundEntry(account=FundAccount.LIABILITY_PERSONAL, amount_fen=-10_000),
                ],
            )  # fmt: skip
        took.append(time.perf_counter() - begun)
        time.sleep(CLIENTS_PAUSE)


def run_seal(database: Database) -> dict[str, Any]:
    """In the child: seal everything that the ledger holds."""
    start = time.perf_counter()
    done = ledger_seals.seal(database, world.COUNTY)
    seconds = time.perf_counter() - start
    if done is None:
        message = "bench: nothing was sealed"
        raise SystemExit(message)
    return {"seal": seconds, "lines": done.line_count}
