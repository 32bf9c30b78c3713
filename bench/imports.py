"""The import of a whole county's roster, beside a COPY of the same final rows in the order of their keys."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from api.services.roster_imports import import_roster
from bench import roster, world
from bench.measure import Block, Result, Rounds, copy_seconds, run_task

if TYPE_CHECKING:
    from api.database import Database
    from bench.machine import Machine

TARGET = 0.45
AS_OF = date(2011, 3, 31)


def measure(machine: Machine, *, size: int, rounds: int) -> list[Result]:
    """Row `import`: read, judge, report, protect and write, of a file whose every hundredth row is faulty."""
    shape = world.Shape(size)
    path = machine.work_dir / f"roster-{size}.csv"
    faulty = roster.write(path, shape)
    machine.clone("bench_empty", "bench_divisions")
    with psycopg.connect(machine.dsn("bench_divisions"), autocommit=True) as connection:
        world.insert_divisions(connection, shape)
        connection.execute("VACUUM (ANALYZE)")
    row = Result("import", size, 0, [], [], "COPY of the same final rows by key, same live indexes", TARGET)
    row.details = {"bytes": path.stat().st_size, "faulty": faulty}
    measured = Rounds(machine, "bench_divisions", rounds).run(
        lambda database: _work(machine, database, path, faulty),
        lambda database, blocks: copy_seconds(machine, database, blocks),
    )
    for seconds, floor in measured:
        row.add(seconds["whole"], floor, seconds)
    machine.drop("bench_divisions")
    path.unlink()
    return [row]


def _work(machine: Machine, database: str, path: Path, faulty: int) -> tuple[dict[str, Any], list[Block]]:
    machine.checkpoint()
    seconds = run_task("import", url=machine.service_url(database), dsn=machine.dsn(database), path=path)
    if seconds["refused"] != faulty:
        message = f"the import refused {seconds['refused']} rows and not the {faulty} faulty ones"
        raise SystemExit(message)
    with psycopg.connect(machine.dsn(database)) as connection:
        return seconds, [
            Block.taken(connection, "residents", "SELECT * FROM residents ORDER BY county_code, id_token"),
            Block.taken(
                connection, "households", "SELECT * FROM households ORDER BY county_code, division_code, number"
            ),
        ]


def run_import(database: Database, path: str) -> dict[str, Any]:
    """In the child: the import as `nongbao import residents` does it."""
    from bench.tasks import actor

    with database.read_snapshot(actor("clerk")) as session:
        session.connection()
    start = time.perf_counter()
    result = import_roster(
        database, world.KEYRING, actor=actor("clerk"), content=Path(path), division_code=world.COUNTY_DIVISION,
        as_of=AS_OF,
    )  # fmt: skip
    whole = time.perf_counter() - start
    refused = result.rows - result.accepted
    return {"whole": whole, "lines": result.rows, "refused": refused} | result.phases
