"""Bank deductions: computing a county's batch and booking the bank's answer, each beside a COPY of the same rows."""

from __future__ import annotations

import time
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import psycopg

from api.exchange.bank_layouts_loader import FilePurpose, load_layout
from api.services import collection_batches, collection_files, collection_returns
from bench import world
from bench.measure import Block, Result, Rounds, copy_seconds, run_task, warm

if TYPE_CHECKING:
    from api.database import Database
    from bench.machine import Machine

POSTED_TARGET = 0.20
YEAR, COMPUTED, SENT, DEDUCTED = 2011, date(2011, 3, 10), date(2011, 3, 11), date(2011, 3, 15)
LAYOUT = "rural_credit_2010"
READ = ("residents", "enrolments", "accounts", "contributions", "account_lines", "collection_lines")
EMPTY_COUNTY = 440784
REFUSED_EACH = 50
"""Every so manieth passbook lacks the money."""


def measure(machine: Machine, seeded: str, *, size: int, rounds: int, verifies: bool = False) -> list[Result]:
    """Rows `collection computed` and `collection posted`; each round has its own copies of the county."""
    computed = Result("collection computed", size, 0, [], [], "COPY of the same lines, same indexes")
    posted = Result(
        "collection posted", size, 0, [], [], "COPY of the same account lines and contributions, same indexes",
        POSTED_TARGET,
    )  # fmt: skip
    floors: list[float] = []

    def floor(database: str, blocks: list[Block]) -> float:
        warm(machine, database, ("account_lines", "contributions", "collection_lines"))
        floors.append(copy_seconds(machine, database, blocks[2:]))
        return copy_seconds(machine, database, blocks[:2])

    measured = Rounds(machine, seeded, rounds).run(lambda database: _work(machine, database, verifies=verifies), floor)
    for number, (seconds, copied) in enumerate(measured):
        computed.add(seconds["compute"], floors[number], seconds)
        posted.add(seconds["load"], copied, seconds)
    return [computed, posted]


def _work(machine: Machine, database: str, *, verifies: bool) -> tuple[dict[str, Any], list[Block]]:
    warm(machine, database, READ)
    machine.checkpoint()
    seconds = run_task("collection", url=machine.service_url(database), dsn=machine.dsn(database))
    if verifies:
        run_task("verify", url=machine.service_url(database), dsn=machine.dsn(database))
    mine = "journal_id IN (SELECT id FROM journals WHERE kind = 'collection')"
    with psycopg.connect(machine.dsn(database)) as connection:
        queries = {
            "account_lines": f"SELECT * FROM account_lines WHERE {mine} ORDER BY county_code, resident_id",
            "contributions": f"SELECT * FROM contributions WHERE {mine} ORDER BY county_code, id",
            "collection_lines": f"SELECT * FROM collection_lines WHERE batch_id = {seconds['batch_id']} ORDER BY seq",
        }
        return seconds, [Block.taken(connection, table, query) for table, query in queries.items()]


def run_collection(database: Database) -> dict[str, Any]:
    """In the child: compute, approve, release and book the answer of one batch, each in its own transaction."""
    from bench.tasks import actor, of_county

    # A batch of a county without people: a server has its statements compiled and its parameters read by then.
    nobody = of_county(actor("clerk"), EMPTY_COUNTY)
    with database.rehearsal(nobody) as session:
        collection_batches.content_hash(session, county=EMPTY_COUNTY, batch_id=1)
    wanted = collection_batches.Wanted(division_code=world.COUNTY_DIVISION, contribution_year=YEAR, layout=LAYOUT)
    marks = [time.perf_counter()]
    with database.unit_of_work(actor("clerk")) as session:
        batch = collection_batches.compute(session, actor=actor("clerk"), wanted=wanted, today=COMPUTED)
        batch_id, content, version, lines = batch.id, batch.content_hash, batch.version, batch.line_count
    marks.append(time.perf_counter())
    with database.unit_of_work(actor("reviewer")) as session:
        collection_batches.approve(
            session, actor=actor("reviewer"), batch_id=batch_id, given_hash=content, expected_version=version,
            today=COMPUTED,
        )  # fmt: skip
    marks.append(time.perf_counter())
    with database.unit_of_work(actor("finance")) as session:
        collection_files.release(session, actor=actor("finance"), keyring=world.KEYRING, batch_id=batch_id, today=SENT)
    marks.append(time.perf_counter())
    answers = bank_answers(database, batch_id)
    begin = time.perf_counter()
    with database.unit_of_work(actor("finance")) as session:
        taken = collection_returns.load(
            session, actor=actor("finance"), keyring=world.KEYRING, batch_id=batch_id, files=answers,
            deducted_on=DEDUCTED, today=DEDUCTED,
        )  # fmt: skip
        state = taken.batch.state.value
    end = time.perf_counter()
    if state != "closed":
        message = f"the batch ended {state} and not closed"
        raise SystemExit(message)
    names = ("compute", "approve", "release")
    seconds = {name: later - earlier for name, (earlier, later) in zip(names, pairwise(marks), strict=True)}
    seconds["load"] = end - begin
    return seconds | {"lines": lines, "batch_id": batch_id}


def bank_answers(database: Database, batch_id: int) -> list[tuple[str, bytes]]:
    """What the bank would send back: one line of fifty not deducted. The bank's own time is not measured."""
    from bench.tasks import actor

    layout = load_layout(LAYOUT)
    outgoing, incoming = layout.outgoing[FilePurpose.DEDUCT], layout.incoming[FilePurpose.DEDUCT]
    found = []
    with database.rehearsal(actor("finance")) as session:
        batch = collection_batches.get(session, batch_id, actor=actor("finance"))
        for record in collection_files.files_of(session, batch):
            made = collection_files.download(
                session, actor=actor("finance"), keyring=world.KEYRING, batch_id=batch_id, file_id=record.id
            )
            rows = ["|".join(row.split("|")[:5]) for row in made.content.decode("gb18030").split("\r\n") if row]
            number = record.name.removeprefix(outgoing.prefix).removesuffix(outgoing.suffix)
            bad = "".join(f"{row}|余额不足|E001\r\n" for row in rows[::REFUSED_EACH])
            good = "".join(f"{row}|AAAAAAA\r\n" for place, row in enumerate(rows) if place % REFUSED_EACH)
            found.append((f"{incoming.prefix}{number}{incoming.success_suffix}", good.encode("gb18030")))
            found.append((f"{incoming.prefix}{number}{incoming.failure_suffix}", bad.encode("gb18030")))
    return found
