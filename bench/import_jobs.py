"""The import of a large roster as a job, from CSV and from XLSX: stored, read by the child, judged, approved, written.

The CSV is compared with a COPY of the same final rows, the XLSX with the CSV of the same rounds. The memory is that of
the worker, which must not grow with the file.
"""

from __future__ import annotations

import csv
import resource
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import xlsxwriter

from api.services import import_batches, import_jobs, workers
from bench import roster, world
from bench.measure import Block, Result, Rounds, copy_seconds, run_task

if TYPE_CHECKING:
    from api.database import Database
    from bench.machine import Machine

TARGET_XLSX = 0.45
SIZE = 200_000
AS_OF = date(2011, 3, 31)


def measure(machine: Machine, *, size: int, rounds: int) -> list[Result]:
    """Rows `import job csv` and `import job xlsx`."""
    shape = world.Shape(size)
    path = machine.work_dir / f"job-{size}.csv"
    roster.write(path, shape)
    book = _workbook(path)
    machine.clone("bench_empty", "bench_divisions")
    with psycopg.connect(machine.dsn("bench_divisions"), autocommit=True) as connection:
        world.insert_divisions(connection, shape)
        world.insert_users(connection, shape.towns)
        connection.execute("VACUUM (ANALYZE)")
    plain = Result("import job csv", size, 0, [], [], "COPY of the same final rows by key, same live indexes")
    sheet = Result("import job xlsx", size, 0, [], [], "the same rows from CSV, as a job", TARGET_XLSX)
    plain.details, sheet.details = {"bytes": path.stat().st_size}, {"bytes": book.stat().st_size}
    measured = Rounds(machine, "bench_divisions", rounds).run(
        lambda database: _work(machine, database, path, book),
        lambda database, blocks: copy_seconds(machine, database, blocks),
    )
    for report, floor in measured:
        plain.add(report["csv"]["whole"], floor, report["csv"])
        sheet.add(report["xlsx"]["whole"], report["csv"]["whole"], report["xlsx"])
    machine.drop("bench_divisions")
    path.unlink()
    book.unlink()
    return [plain, sheet]


def _workbook(path: Path) -> Path:
    """The same rows as a workbook with shared strings, as spreadsheets write them."""
    book = path.with_suffix(".xlsx")
    with (
        path.open(encoding="utf-8-sig", newline="") as source,
        xlsxwriter.Workbook(book, {"strings_to_formulas": False, "strings_to_urls": False}) as target,
    ):
        sheet = target.add_worksheet()
        for number, row in enumerate(csv.reader(source)):
            for place, cell in enumerate(row):
                if cell:
                    sheet.write_string(number, place, cell)
    return book


def _work(machine: Machine, database: str, path: Path, book: Path) -> tuple[dict[str, Any], list[Block]]:
    """The CSV in this database, the workbook in a fresh one."""
    answers = {}
    for name, file in (("csv", path), ("xlsx", book)):
        used = database if name == "csv" else machine.clone("bench_divisions", "bench_xlsx")
        machine.checkpoint()
        answers[name] = run_task("import-job", url=machine.service_url(used), dsn=machine.dsn(used), path=file)
        if name == "xlsx":
            machine.drop(used)
    with psycopg.connect(machine.dsn(database)) as connection:
        return answers, [
            Block.taken(connection, "residents", "SELECT * FROM residents ORDER BY county_code, id_token"),
            Block.taken(
                connection, "households", "SELECT * FROM households ORDER BY county_code, division_code, number"
            ),
        ]


def run_import_job(database: Database, path: str) -> dict[str, Any]:
    """In the child: upload, check, approval by the other person, applying; as API and worker do it."""
    from bench.tasks import actor

    clerk, reviewer = actor("clerk"), actor("reviewer")
    start = time.perf_counter()
    with Path(path).open("rb") as source, database.unit_of_work(clerk) as session:
        batch = import_jobs.submit(
            session, world.KEYRING, actor=clerk, kind="residents", division_code=world.COUNTY_DIVISION, source=source,
            digest=import_jobs.digest_of(source), file_name=path, as_of=AS_OF,
        )  # fmt: skip
    stored = time.perf_counter()
    workers.run_next(database, world.KEYRING)
    checked = time.perf_counter()
    with database.unit_of_work(reviewer) as session:
        shown = import_batches.get(session, batch.id)
        import_jobs.approve(
            session, actor=reviewer, import_id=batch.id, content_hash=shown.content_hash or "", version=shown.version
        )
    workers.run_next(database, world.KEYRING)
    whole = time.perf_counter()
    with database.read_snapshot(clerk) as session:
        done = import_batches.get(session, batch.id)
    if done.state.value != "applied":
        raise SystemExit(f"bench: the import ended as {done.state.value} ({done.error_code})")
    return {
        "whole": whole - start,
        "store": stored - start,
        "check": checked - stored,
        "apply": whole - checked,
        "lines": done.row_count,
        "refused": done.refused_count,
        "child_mib_peak": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
    }
