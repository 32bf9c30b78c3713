"""The API, one worker, signed in, scope and audit on: reading a resident and recording a contribution, beside a hello."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import psycopg

from bench import world
from bench.measure import Result, backend_peak_mib, process_peak_mib

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.machine import Machine

GET_TARGET, POST_TARGET = 0.40, 0.25
SECONDS = 3.0
WARM_SECONDS = 1.0
READ_EACH = 200
FLOOR = "hello of the same framework, same server"


@dataclass(frozen=True, slots=True)
class Server:
    """A server process and its port."""

    process: subprocess.Popen[str]
    port: int


@contextlib.contextmanager
def serving(*arguments: str) -> Iterator[Server]:
    """Start a server of bench.served and stop it."""
    command = [sys.executable, "-m", "bench.served", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        for _ in range(100):
            with contextlib.suppress(httpx.HTTPError):
                httpx.get(f"http://127.0.0.1:{port}/hello", timeout=5)
                break
            time.sleep(0.1)
        yield Server(process, port)
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@dataclass(slots=True)
class Collector:
    """A signed-in town clerk, whom they may read, and who of them has not paid for 2011."""

    headers: dict[str, str]
    readable: list[int]
    unpaid: list[int]

    def take(self, count: int) -> list[int]:
        """Take people who have not paid yet, each once."""
        taken, self.unpaid = self.unpaid[:count], self.unpaid[count:]
        return taken


def measure(machine: Machine, seeded: str, *, size: int, rounds: int) -> list[Result]:
    """Rows `GET /residents/{id}` and `POST /contributions`; work and floor are seconds per request."""
    database = machine.clone(seeded, "bench_http")
    read = Result("GET /residents/{id}", size, 0, [], [], FLOOR, GET_TARGET)
    record = Result("POST /contributions", size, 0, [], [], FLOOR, POST_TARGET)
    with serving("hello") as hello, serving("service", machine.service_url(database)) as service:
        collectors = [_sign_in(service.port, number, size) for number in range(world.COLLECTORS)]
        share = min(len(one.unpaid) for one in collectors) // (rounds + 1)
        _send(machine, hello.port, _hello_plan(), seconds=WARM_SECONDS)
        _send(machine, service.port, _get_plan(collectors), seconds=WARM_SECONDS)
        _send(machine, service.port, _post_plan(collectors, share), seconds=WARM_SECONDS)
        for _ in range(rounds):
            floor = _send(machine, hello.port, _hello_plan(), seconds=SECONDS)
            for row, plan in ((read, _get_plan(collectors)), (record, _post_plan(collectors, share))):
                _empty_hands(machine.dsn(database))
                machine.checkpoint()
                report = _send(machine, service.port, plan, seconds=SECONDS)
                row.rows += report["requests"]
                row.work.append(report["seconds"] / report["requests"])
                row.floor.append(floor["seconds"] / floor["requests"])
                row.details.setdefault("rounds", []).append(report | {"hello": floor})
        with psycopg.connect(machine.dsn(database)) as connection:
            for row in (read, record):
                row.client_mib = process_peak_mib(service.process.pid)
                row.backend_mib = backend_peak_mib(connection, database)
    machine.drop(database)
    return [read, record]


def _empty_hands(dsn: str) -> None:
    """As if the cash of the last round had been paid in and confirmed: the ceiling of cash is not what is measured."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("UPDATE users SET cash_held_fen = 0, cash_oldest_on = NULL WHERE cash_held_fen > 0")


def _sign_in(port: int, number: int, size: int) -> Collector:
    """Sign one collector in, and split the town's people among its collectors."""
    base = f"http://127.0.0.1:{port}/api/v1"
    credentials = {"username": f"bench_collector_{number}", "password": world.PASSWORD}
    answer = httpx.post(f"{base}/sessions", json=credentials, timeout=30)
    answer.raise_for_status()
    cookie = "; ".join(f"{name}={value}" for name, value in answer.cookies.items())
    headers = {"Cookie": cookie, "X-CSRF-Token": answer.json()["csrf_token"], "Content-Type": "application/json"}
    shape = world.Shape(size)
    town = number % shape.towns
    low, high = (-(-place * size // shape.towns) for place in (town, town + 1))
    beside = [other for other in range(world.COLLECTORS) if other % shape.towns == town]
    mine = range(low + beside.index(number), high, len(beside))
    ids = [(index, world.BASE_ID + world.FIRST_SERIAL + index) for index in mine if index % 100 < world.HOLDERS]
    unpaid = [one for index, one in ids if index % 100 >= world.PENSIONERS]
    step = max(1, len(ids) // READ_EACH)
    return Collector(headers, [one for _, one in ids[::step]], unpaid)


def _hello_plan() -> dict[str, Any]:
    connections = [{"headers": {}, "paths": ["/hello"]} for _ in range(world.COLLECTORS)]
    return {"method": "GET", "repeats": True, "connections": connections}


def _get_plan(collectors: list[Collector]) -> dict[str, Any]:
    connections = [
        {"headers": one.headers, "paths": [f"/api/v1/residents/{person}" for person in one.readable]}
        for one in collectors
    ]
    return {"method": "GET", "repeats": True, "connections": connections}


def _post_plan(collectors: list[Collector], share: int) -> dict[str, Any]:
    connections = []
    for one in collectors:
        bodies = [
            json.dumps(
                {
                    "resident_id": str(person), "contribution_year": 2011, "kind": "annual", "tier": "200.00",
                    "paid_on": "2011-03-02", "channel": "cash",
                }
            )
            for person in one.take(share)
        ]  # fmt: skip
        connections.append({"headers": one.headers, "paths": ["/api/v1/contributions"] * len(bodies), "bodies": bodies})
    return {"method": "POST", "repeats": False, "connections": connections}


def _send(machine: Machine, port: int, plan: dict[str, Any], *, seconds: float) -> dict[str, Any]:
    """Run the load in its own process; any answer but the expected one ends the benchmark."""
    path = machine.work_dir / "plan.json"
    path.write_text(json.dumps(plan | {"port": port, "seconds": seconds}), encoding="utf-8")
    answer = subprocess.run(
        [sys.executable, "-m", "bench.load", str(path)], stdout=subprocess.PIPE, text=True, check=True
    )
    report: dict[str, Any] = json.loads(answer.stdout)
    if report["failures"]:
        raise SystemExit(f"bench: {report['failures']} unexpected answers, the first:\n{report['first_failure']}")
    return report
