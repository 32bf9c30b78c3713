"""The monthly payment: computing it beside a COPY of the same dues and lines, and the whole month beside computing it."""

from __future__ import annotations

import time
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import psycopg

from api.services import payment_files, payment_returns, payment_runs
from bench import world
from bench.measure import Block, Result, Rounds, copy_seconds, run_task, warm

if TYPE_CHECKING:
    from api.database import Database
    from bench.machine import Machine

RUN_TARGET = 0.60
MONTH_TARGET = 0.25
BEFORE, MONTH = date(2011, 2, 1), date(2011, 3, 1)
READ = ("benefits", "residents", "accounts", "payment_dues", "payment_lines")
EMPTY_COUNTY = 440784
REFUSED_EACH = 200
"""Every so manieth line comes back unpaid."""


def prepare(machine: Machine, seeded: str) -> None:
    """Pay the month before through the service itself, so that the month measured has one to compare with."""
    _month_task(machine, seeded, BEFORE)
    with psycopg.connect(machine.dsn(seeded), autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")


def measure(machine: Machine, seeded: str, *, size: int, rounds: int, verifies: bool = False) -> list[Result]:
    """Rows `monthly run` and `whole month`; each round has its own copies of the county."""
    run = Result("monthly run", size, 0, [], [], "COPY of the same dues and lines, same indexes", RUN_TARGET)
    whole = Result("whole month", size, 0, [], [], "computing the run", MONTH_TARGET)
    measured = Rounds(machine, seeded, rounds).run(
        lambda database: _work(machine, database, verifies=verifies),
        lambda database, blocks: _floor(machine, database, blocks),
    )
    for seconds, floor in measured:
        run.add(seconds["compute"], floor, seconds)
        whole.add(seconds["whole"], seconds["compute"], seconds)
    return [run, whole]


def _work(machine: Machine, database: str, *, verifies: bool) -> tuple[dict[str, Any], list[Block]]:
    warm(machine, database, READ)
    machine.checkpoint()
    seconds = _month_task(machine, database, MONTH)
    if verifies:
        run_task("verify", url=machine.service_url(database), dsn=machine.dsn(database))
    with psycopg.connect(machine.dsn(database)) as connection:
        mine = f"run_id = {seconds['run_id']}"
        # As they were when computed: who settles a due later and when is no part of this floor.
        dues = (
            "SELECT county_code, resident_id, month, kind, division_code, basic_fen, account_fen, amount_fen, run_id, "
            f"run_id AS line_run_id FROM payment_dues WHERE {mine} ORDER BY county_code, resident_id, month, kind"
        )
        lines = f"SELECT * FROM payment_lines WHERE {mine} ORDER BY county_code, run_id, seq"
        return seconds, [
            Block.taken(connection, "payment_dues", dues),
            Block.taken(connection, "payment_lines", lines),
        ]


def _floor(machine: Machine, database: str, blocks: list[Block]) -> float:
    warm(machine, database, ("payment_dues", "payment_lines"))
    return copy_seconds(machine, database, blocks)


def _month_task(machine: Machine, database: str, month: date) -> dict[str, Any]:
    return run_task("month", url=machine.service_url(database), dsn=machine.dsn(database), month=month)


def run_month(database: Database, month: str) -> dict[str, Any]:
    """In the child: compute, approve, release and book the answer of one month, each in its own transaction."""
    from bench.tasks import actor, of_county

    first = date.fromisoformat(month)
    # A month of a county without people: a server has its statements compiled and its parameters read by then.
    nobody = of_county(actor("clerk"), EMPTY_COUNTY)
    with database.rehearsal(nobody) as session:
        payment_runs.compute(session, actor=nobody, county=EMPTY_COUNTY, month=first, today=first)
    marks = [time.perf_counter()]
    with database.unit_of_work(actor("clerk")) as session:
        run = payment_runs.compute(
            session, actor=actor("clerk"), county=world.COUNTY, month=first, today=first.replace(day=12)
        )
        run_id, content, version, lines = run.id, run.content_hash, run.version, run.line_count
    marks.append(time.perf_counter())
    with database.unit_of_work(actor("reviewer")) as session:
        payment_runs.approve(
            session, actor=actor("reviewer"), run_id=run_id, given_hash=content, expected_version=version
        )
    marks.append(time.perf_counter())
    with database.unit_of_work(actor("finance")) as session:
        payment_files.release(
            session, actor=actor("finance"), keyring=world.KEYRING, run_id=run_id, today=first.replace(day=13)
        )
    marks.append(time.perf_counter())
    answers = bank_answers(database, run_id)
    begin = time.perf_counter()
    with database.unit_of_work(actor("finance")) as session:
        loaded = payment_returns.load(
            session, actor=actor("finance"), keyring=world.KEYRING, run_id=run_id, files=answers,
            today=first.replace(day=16),
        )  # fmt: skip
        state = str(loaded.run.state)
    end = time.perf_counter()
    if state != "closed":
        message = f"the month ended {state} and not closed"
        raise SystemExit(message)
    names = ("compute", "approve", "release")
    seconds = {name: later - earlier for name, (earlier, later) in zip(names, pairwise(marks), strict=True)}
    seconds["load"] = end - begin
    return seconds | {"whole": sum(seconds.values()), "lines": lines, "run_id": run_id}


def bank_answers(database: Database, run_id: int) -> list[tuple[str, bytes]]:
    """What the bank would send back: one line of two hundred refused. The bank's own time is not measured."""
    from bench.tasks import actor

    found = []
    with database.rehearsal(actor("finance")) as session:
        run = payment_runs.get(session, run_id)
        for record in payment_files.files_of(session, run):
            made = payment_files.download(
                session, actor=actor("finance"), keyring=world.KEYRING, run_id=run_id, file_id=record.id
            )
            rows = ["|".join(row.split("|")[:5]) for row in made.content.decode("gb18030").split("\r\n") if row]
            batch = record.name.removeprefix("YHDFFS").removesuffix(".TXT")
            back = rows[::REFUSED_EACH]
            paid = [row for number, row in enumerate(rows) if number % REFUSED_EACH]
            found.append((f"YHDFFK{batch}_S.TXT", "".join(f"{row}\r\n" for row in paid).encode("gb18030")))
            found.append((f"YHDFFK{batch}_F.TXT", "".join(f"{row}|账号不存在\r\n" for row in back).encode("gb18030")))
    return found
