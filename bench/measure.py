"""How things are measured: work in a process of its own, floors beside it, medians, memory, growth."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bench.machine import Machine


@dataclass(slots=True)
class Result:
    """One row of the table: how fast something is as a share of its floor, measured in the same rounds."""

    name: str
    size: int
    rows: int
    work: list[float]
    """Seconds of the service's work, by round."""
    floor: list[float]
    """Seconds of the floor, by round."""
    floor_is: str
    target: float | None = None
    client_mib: float = 0.0
    backend_mib: float = 0.0
    details: dict[str, Any] = field(default_factory=dict)

    def add(self, work: float, floor: float, report: dict[str, Any]) -> None:
        """Add a round, with what its process reported."""
        self.work.append(work)
        self.floor.append(floor)
        self.rows = report["lines"]
        self.client_mib = max(self.client_mib, report["client_mib"])
        self.backend_mib = max(self.backend_mib, report["backend_mib"])
        phases = {
            key: round(value, 4) for key, value in report.items() if isinstance(value, float) and "mib" not in key
        }
        self.details.setdefault("phases", []).append(phases)

    @property
    def seconds(self) -> float:
        """Median seconds of the work."""
        return median(self.work)

    @property
    def ratio(self) -> float:
        """Floor time by work time, the median over rounds: 1.0 is as fast as the floor."""
        return median(floor / work for floor, work in zip(self.floor, self.work, strict=True))

    @property
    def is_met(self) -> bool | None:
        """Whether the target is reached; None where there is none."""
        if self.target is None:
            return None
        return self.ratio >= self.target and not self.details.get("seq_scans")

    def as_json(self) -> dict[str, Any]:
        """Everything, for the result file."""
        return asdict(self) | {
            "ratio": round(self.ratio, 4),
            "seconds": round(self.seconds, 4),
            "rows_per_second": round(self.rows / self.seconds),
            "met": self.is_met,
        }


def exponent(results: Sequence[Result]) -> float | None:
    """Least-squares slope of log(time) over log(size): 1 is time in step with the people."""
    points = [(math.log(result.size), math.log(result.seconds)) for result in results]
    if len({x for x, _ in points}) < 2:
        return None
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread


def run_task(task: str, **arguments: Any) -> dict[str, Any]:
    """Run a task of bench.tasks in a fresh process and return what it reports, with its peak memory.

    A process of its own starts with nothing in memory, and its peak is that of the work alone.
    """
    command = [sys.executable, "-m", "bench.tasks", task, json.dumps(arguments, default=str)]
    answer = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if answer.returncode != 0:
        raise SystemExit(f"bench: {task} failed with exit code {answer.returncode}")
    return dict(json.loads(answer.stdout.splitlines()[-1]))


def backend_peak_mib(connection: psycopg.Connection[Any], database: str) -> float:
    """Largest private peak of the backends that serve a database: VmHWM less the shared pages mapped now."""
    rows = connection.execute(
        "SELECT pid FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()", [database]
    ).fetchall()
    peaks = [0.0]
    for (pid,) in rows:
        try:
            status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
        except OSError:
            continue
        facts = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
        if "VmHWM" in facts:
            kib = int(facts["VmHWM"].split()[0]) - int(facts.get("RssShmem", "0 kB").split()[0])
            peaks.append(kib / 1024)
    return round(max(peaks), 1)


def process_peak_mib(pid: int | str = "self") -> float:
    """Largest resident memory that a process has had, in MiB; 0 where the system does not tell.

    Not `ru_maxrss`: a child begins with the peak of the parent that started it.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0.0
    peak = next((line for line in status.splitlines() if line.startswith("VmHWM")), "VmHWM: 0")
    return round(int(peak.split()[1]) / 1024, 1)


@dataclass(frozen=True, slots=True)
class Rounds:
    """Interleaved rounds of work and floor, each on a fresh copy of the same database."""

    machine: Machine
    seeded: str
    rounds: int

    def run(
        self,
        work: Callable[[str], tuple[dict[str, Any], list[Block]]],
        floor: Callable[[str, list[Block]], float],
    ) -> Iterator[tuple[dict[str, Any], float]]:
        """Yield what the work reports and the seconds of the floor, by round.

        What comes first alternates, so that neither always finds the warmer machine; the floor of an odd round takes
        the rows that the work of the round before has made.
        """
        blocks: list[Block] = []
        for number in range(self.rounds):
            for step in ("work", "floor") if number % 2 == 0 else ("floor", "work"):
                database = self.machine.clone(self.seeded, f"bench_{step}")
                if step == "work":
                    report, blocks = work(database)
                else:
                    seconds = floor(database, blocks)
                self.machine.drop(database)
            yield report, seconds


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of one table in binary COPY form, in the order of the table's key."""

    table: str
    columns: str
    content: bytes

    @classmethod
    def taken(cls, connection: psycopg.Connection[Any], table: str, query: str) -> Block:
        """Take the rows that a query gives, with the query's columns but for those that the database computes."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attgenerated <> ''", [table]
            )
            computed = {row[0] for row in cursor.fetchall()}
            cursor.execute(f"SELECT * FROM ({query}) q LIMIT 0")
            names = ", ".join(one.name for one in cursor.description or () if one.name not in computed)
            with cursor.copy(f"COPY (SELECT {names} FROM ({query}) AS q) TO STDOUT (FORMAT binary)") as copy:
                return cls(table, names, b"".join(bytes(part) for part in copy))


def copy_seconds(machine: Machine, database: str, blocks: Sequence[Block]) -> float:
    """Seconds to COPY blocks into their tables in one transaction: the floor of whatever made the same rows."""
    machine.checkpoint()
    with psycopg.connect(machine.dsn(database)) as connection:
        start = time.perf_counter()
        with connection.transaction(), connection.cursor() as cursor:
            for block in blocks:
                with cursor.copy(f"COPY {block.table} ({block.columns}) FROM STDIN (FORMAT binary)") as copy:
                    view = memoryview(block.content)
                    for place in range(0, len(view), 1 << 20):
                        copy.write(view[place : place + (1 << 20)])
        return time.perf_counter() - start


def warm(machine: Machine, database: str, tables: Sequence[str]) -> None:
    """Read tables and their keys once, so that neither work nor floor is measured against a cold page cache."""
    with psycopg.connect(machine.dsn(database)) as connection:
        # A plain count reads nothing but the smallest index, and leaves the table itself cold.
        for ways in (("indexscan", "indexonlyscan", "bitmapscan"), ("seqscan",)):
            with connection.transaction(force_rollback=True):
                for way in ways:
                    connection.execute(sql.SQL("SET LOCAL {} = off").format(sql.Identifier(f"enable_{way}")))
                for table in tables:
                    connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
