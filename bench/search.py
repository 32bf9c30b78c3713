"""Every search of the search box beside the exact ID number, in the database and over HTTP, one person asking at a time.

What is timed in the database is the statement as the service sends it, with planning, under the role of the service and
row-level security. A search that reads a table from end to end has missed its target however fast it was.
"""

from __future__ import annotations

import http.client
import json
import time
from dataclasses import dataclass, field
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import httpx
import psycopg
from psycopg import pq

from api import wire
from api.database import Actor, Database
from api.exchange.name_queries import read_name_query
from api.permissions import ROLE_PERMISSIONS
from api.policy.id_numbers import check_character
from api.services import resident_search
from api.services.pages import decode_cursor
from api.services.resident_questions import Wanted
from api.vocabulary import BenefitState, EnrolmentState, ResidentCategory, ResidentStatus, RoleName
from bench import world
from bench.http import serving
from bench.measure import Result
from bench.served import TODAY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import Connection

    from bench.machine import Machine

TARGET = 0.10
"""The exact ID number's p95 by the search's: at most ten times as long."""
DATABASE_PROBES, HTTP_PROBES = 60, 24
LIMIT = 30
"""As many as the page asks for."""
LARGE = 100_000
"""From so many people on, reading a table from end to end is never right."""
TABLES = {"residents", "enrolments", "benefits", "households"}
TOWN = world.COUNTY_DIVISION + 101_000
VILLAGE = TOWN + 205
UNITS = {"village": VILLAGE, "town": TOWN, "county": world.COUNTY_DIVISION}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of search: the texts that are typed in turn, and the filters as the service and as the address has them."""

    name: str
    typed: tuple[str, ...] = ("",)
    wanted: Wanted = field(default_factory=Wanted)
    query: dict[str, str] = field(default_factory=dict)
    units: tuple[str, ...] = ("village", "town", "county")
    from_middle: bool = False


KINDS = (
    Kind("everybody"),
    Kind("everybody, far down", from_middle=True),
    Kind("surname of many", ("陈", "梁", "黄")),
    Kind("surname of few", ("谌", "仇", "单", "尉迟", "覃")),
    Kind("beginning of a name", ("陈秀", "李明", "张国", "梁小")),
    Kind("whole name", ("陈秀英", "黄小明", "司徒美", "欧阳文华")),
    Kind("given name", ("小明", "秀英", "建国", "玉兰")),
    Kind("given name, one character", ("明", "英", "秀")),
    Kind("one letter", ("c", "l", "z", "s")),
    Kind("pinyin of a surname", ("chen", "liang", "situ", "shan")),
    Kind("pinyin of a name", ("chenxiuying", "huangxiaoming", "lijian")),
    Kind("other reading of a surname", ("danming", "qumei", "chouwei", "cengyu")),
    Kind("initials, two", ("cx", "lm", "zg")),
    Kind("initials, three", ("cxy", "lxm", "zgw")),
    Kind("initials of nobody", ("xyz", "qqq", "tttt")),
    Kind("characters and letters", ("陈xm", "李xiao", "欧阳w", "谌y")),
    Kind("group of a village", wanted=Wanted(group="7"), query={"group": "7"}, units=("village",)),
    Kind("group of nobody", wanted=Wanted(group="99"), query={"group": "99"}, units=("village",)),
    Kind("category of some", wanted=Wanted(category=ResidentCategory.STUDENT), query={"category": "student"}),
    Kind("category of few", wanted=Wanted(category=ResidentCategory.WUBAO), query={"category": "wubao"}),
    Kind(
        "category of nobody",
        wanted=Wanted(category=ResidentCategory.OTHER_PENSION),
        query={"category": "other_pension"},
    ),
    Kind("one letter, category of few", ("c", "x"), Wanted(category=ResidentCategory.WUBAO), {"category": "wubao"}),
    Kind("surname, category of some", ("陈", "谌"), Wanted(category=ResidentCategory.STUDENT), {"category": "student"}),
    Kind("whole name, category", ("陈秀英",), Wanted(category=ResidentCategory.STUDENT), {"category": "student"}),
    Kind("the dead", wanted=Wanted(status=ResidentStatus.DEAD), query={"status": "dead"}),
    Kind("enrolled", wanted=Wanted(enrolment=EnrolmentState.COUNTY_APPROVED), query={"enrolment": "county_approved"}),
    Kind("not enrolled", wanted=Wanted(not_enrolled=True), query={"enrolment": "none"}),
    Kind(
        "not enrolled, of 20 to 59 (nobody)",
        wanted=Wanted(not_enrolled=True, age_from=20, age_to=59),
        query={"enrolment": "none", "age_from": "20", "age_to": "59"},
    ),
    Kind("waiting for the village", wanted=Wanted(enrolment=EnrolmentState.DRAFT), query={"enrolment": "draft"}),
    Kind("one letter, waiting", ("c", "x"), Wanted(enrolment=EnrolmentState.DRAFT), {"enrolment": "draft"}),
    Kind("drawing", wanted=Wanted(benefit=BenefitState.ACTIVE), query={"benefit": "active"}),
    Kind("pension stopped (nobody)", wanted=Wanted(benefit=BenefitState.STOPPED), query={"benefit": "stopped"}),
    Kind("aged 60", wanted=Wanted(age_from=60, age_to=60), query={"age_from": "60", "age_to": "60"}),
    Kind("aged 90 and over", wanted=Wanted(age_from=90), query={"age_from": "90"}),
    Kind("household number", wanted=Wanted(household_number="17"), query={"household": "17"}),
)
SPREAD = (
    # What the world leaves plain: some students, few in need, a hundredth of a hundredth who wait, as many who died.
    "UPDATE residents SET is_student = TRUE WHERE id % 100 BETWEEN 60 AND 64",
    "UPDATE residents SET dibao = TRUE, disability_grade = 1 + id % 4 WHERE id % 100 = 66",
    "UPDATE residents SET wubao = TRUE WHERE id % 1000 = 67",
    "UPDATE residents SET status = 'dead', status_on = '2011-01-05' WHERE id % 2000 = 1968",
    """
    INSERT INTO enrolments (county_code, id, resident_id, division_code, tier_fen, applied_on, state, created_by_id)
    SELECT county_code, id + 5000000000, id, division_code, 10000, '2011-03-01', 'draft', source_id
      FROM residents WHERE id % 5000 = 2070
    """,
)


def measure(machine: Machine, seeded: str, *, size: int) -> list[Result]:
    """One row for each kind of search: the slowest of a village's, a town's and a county's person."""
    name = machine.clone(seeded, "bench_search")
    with psycopg.connect(machine.dsn(name), autocommit=True) as connection:
        for statement in SPREAD:
            connection.execute(statement)
        connection.execute("VACUUM (ANALYZE)")
    machine.checkpoint()
    database = Database(machine.service_url(name), pool_size=2)
    watch = Watch(explains=size >= LARGE)
    floor = _timed(watch, lambda probe: _by_id_number(database, probe), DATABASE_PROBES * 3)
    results = [_row(size, "search: exact ID number", {"county": floor}, floor)]
    for kind in KINDS:
        seen = {unit: _timed(watch, _search(database, kind, UNITS[unit]), DATABASE_PROBES) for unit in kind.units}
        results.append(_row(size, f"search: {kind.name}", seen, floor))
    watch.end()
    database.dispose()
    results.append(_over_http(machine, name, size))
    machine.drop(name)
    return results


def _row(size: int, name: str, seen: dict[str, Seen], floor: Seen) -> Result:
    slowest = max(seen.values(), key=lambda one: one.p95)
    row = Result(name, size, len(slowest.seconds), [slowest.p95], [floor.p95], "exact ID number (p95 of both)", TARGET)
    row.details = {unit: one.as_json() for unit, one in seen.items()}
    row.details["seq_scans"] = sorted({table for one in seen.values() for table in one.seq_scans})
    return row


@dataclass(slots=True)
class Seen:
    """Seconds of some searches of one kind, what they found, and the tables that were read from end to end."""

    seconds: list[float] = field(default_factory=list)
    seq_scans: set[str] = field(default_factory=set)
    found: int = 0

    def at(self, share: float) -> float:
        """A quantile."""
        return sorted(self.seconds)[min(len(self.seconds) - 1, int(len(self.seconds) * share))]

    @property
    def p95(self) -> float:
        """Seconds that 95 of a hundred stay below."""
        return self.at(0.95)

    def as_json(self) -> dict[str, Any]:
        """For the result file, in milliseconds."""
        return {
            "p50_ms": round(self.at(0.5) * 1000, 3), "p95_ms": round(self.p95 * 1000, 3), "found": self.found,
            "seq_scans": sorted(self.seq_scans),
        }  # fmt: skip


class Watch:
    """Times the round trips that ask for residents, and asks once in a while how they are carried out."""

    def __init__(self, *, explains: bool) -> None:
        self.seconds = 0.0
        self.seq_scans: set[str] = set()
        self.explains_next = False
        self._explains = explains
        self._before = wire.ask
        wire.ask = self.ask  # type: ignore[assignment]

    def ask(
        self, connection: Connection, calls: Sequence[wire.Call], *, last: bool = False
    ) -> list[list[tuple[Any, ...]]]:
        """As the service asks; BEGIN with role and scope travels along, as it does for a request."""
        start = time.perf_counter()
        rows = self._before(connection, calls, last=last)
        self.seconds += time.perf_counter() - start
        if self.explains_next and self._explains:
            driver: Any = connection.connection.driver_connection
            for call in calls:
                script = wire._written(call, pq.Escaping(driver.pgconn)).decode()  # noqa: SLF001 (exactly what is sent)
                (plan,) = driver.execute(f"EXPLAIN (FORMAT JSON) {script}").fetchone() or ([],)
                self.seq_scans |= set(_seq_scans(plan[0]["Plan"])) & TABLES
        return rows

    def end(self) -> None:
        """Let the service ask by itself again."""
        wire.ask = self._before


def _seq_scans(node: dict[str, Any]) -> Iterator[str]:
    if node["Node Type"] == "Seq Scan":
        yield node["Relation Name"]
    for part in node.get("Plans", ()):
        yield from _seq_scans(part)


def _timed(watch: Watch, search: Callable[[int], int], count: int) -> Seen:
    """Search so often, eight times before it counts; every text that is typed is explained once."""
    seen = Seen()
    watch.seq_scans = set()
    for probe in range(-8, count):
        watch.explains_next = probe < 0
        watch.seconds = 0.0
        found = search(probe)
        if probe >= 0:
            seen.seconds.append(watch.seconds)
            seen.found = max(seen.found, found)
    seen.seq_scans = watch.seq_scans
    return seen


def person_of(unit: int) -> Actor:
    """Somebody who may look at a unit and nothing else."""
    return Actor(
        user_id=world.MAKER, username="bench", display_name="bench", role=RoleName.TOWN_CLERK.value, division_code=unit,
        permissions=ROLE_PERMISSIONS[RoleName.TOWN_CLERK], second_factor=True,
    )  # fmt: skip


def _search(database: Database, kind: Kind, unit: int) -> Callable[[int], int]:
    after = _far_down(database, unit) if kind.from_middle else None

    def search(probe: int) -> int:
        typed = kind.typed[probe % len(kind.typed)]
        actor = person_of(unit)
        with database.read_snapshot(actor) as session:
            found, _ = resident_search.list_residents(
                session, world.KEYRING, actor=actor, today=TODAY, q=typed, wanted=kind.wanted, limit=LIMIT, after=after
            )
        return len(found)

    return search


def _far_down(database: Database, unit: int) -> str:
    """The cursor of somebody whose name begins with z, as a reader comes to it."""
    actor = person_of(unit)
    with database.read_snapshot(actor) as session:
        _, cursor = resident_search.list_residents(
            session, world.KEYRING, actor=actor, today=TODAY, q="z", limit=1, after=None
        )
    assert cursor is not None
    assert decode_cursor(cursor, int, str, str, int) is not None
    assert read_name_query("z") is not None
    return cursor


def _id_number(probe: int, size: int = 10_000) -> str:
    """The number of somebody of the world."""
    import numpy as np

    index = np.array([probe * 97 % size])
    born, sequence = world.birth_dates(index)
    body = f"{int(world.id17s(born, sequence)[0]):017d}"
    return body + check_character(body)


def _by_id_number(database: Database, probe: int) -> int:
    actor = person_of(world.COUNTY_DIVISION)
    with database.rehearsal(actor) as session:
        found = resident_search.find_by_id_number(
            session, world.KEYRING, actor=actor, id_number=_id_number(probe % 1000), today=TODAY
        )
    return len(found)


def _over_http(machine: Machine, name: str, size: int) -> Result:
    """The same through the API, as the town's clerk: one worker, one client, keep-alive; the slowest kind of all."""
    with serving("service", machine.service_url(name)) as service:
        base = f"http://127.0.0.1:{service.port}/api/v1"
        credentials = {"username": "bench_collector_0", "password": world.PASSWORD}
        answer = httpx.post(f"{base}/sessions", json=credentials, timeout=30)
        answer.raise_for_status()
        headers = {
            "Cookie": "; ".join(f"{key}={value}" for key, value in answer.cookies.items()),
            "X-CSRF-Token": answer.json()["csrf_token"],
            "Content-Type": "application/json",
        }
        client = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
        floor = _answered(client, headers, ("POST", "/api/v1/residents/search", _id_bodies()), HTTP_PROBES * 3)
        seen = {}
        for kind in KINDS:
            addresses = [_address(kind, typed) for typed in kind.typed]
            seen[kind.name] = _answered(client, headers, ("GET", "", islice(cycle(addresses), 1_000)), HTTP_PROBES)
        client.close()
    row = _row(size, "GET residents, the slowest search", seen, floor)
    row.details["exact ID number"] = floor.as_json()
    return row


def _address(kind: Kind, typed: str) -> str:
    query = {"limit": str(LIMIT), **kind.query} | ({"q": typed} if typed else {})
    if kind.units == ("village",):
        query["division"] = str(VILLAGE)
    return f"/api/v1/residents?{urlencode(query, quote_via=quote)}"


def _id_bodies() -> Iterator[str]:
    return (json.dumps({"id_number": _id_number(probe)}) for probe in range(1_000))


def _answered(
    client: http.client.HTTPConnection, headers: dict[str, str], plan: tuple[str, str, Iterator[str]], count: int
) -> Seen:
    method, path, varied = plan
    seen = Seen()
    for probe, one in enumerate(islice(varied, count + 4)):
        started = time.perf_counter()
        client.request(method, path or one, body=one if path else None, headers=headers)
        answer = client.getresponse()
        content = answer.read()
        seconds = time.perf_counter() - started
        if answer.status not in {200, 201}:
            raise SystemExit(f"bench: {answer.status} {content[:300]!r}")
        if probe >= 4:
            seen.seconds.append(seconds)
            seen.found = max(seen.found, len(json.loads(content)["items"]))
    return seen
