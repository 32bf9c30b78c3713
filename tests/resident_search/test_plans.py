"""How a search is carried out among thirty thousand people: along indexes, without reading or sorting a table."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import pq

from api import wire
from api.database import system_actor
from api.services import resident_search, resident_walks
from api.services.resident_questions import Wanted
from api.vocabulary import BenefitState, EnrolmentState, ResidentCategory, ResidentStatus
from tests.factories import KEYRING
from tests.resident_search.population import TODAY, TOWNS, VILLAGES, insert, make_people
from tests.resident_search.test_answers import SIMPLE, TYPED

COUNTY_UNIT = 440783000000
TABLES = {"residents", "enrolments", "benefits", "households"}
# Each person that is looked at costs their row, an enrolment and a pension, and so does each that is shown.
MOST_BUFFERS = 12 * (resident_walks.BUDGET + 100)


@pytest.fixture(scope="module")
def crowd(database):
    insert(database, make_people(30_000))
    with psycopg.connect(database.url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
    return database


@pytest.fixture
def explained(monkeypatch):
    """Plans of what is asked, as it was carried out."""
    plans = []
    before = wire.ask

    def ask(connection, calls, *, last=False):
        rows = before(connection, calls, last=last)
        driver = connection.connection.driver_connection
        for call in calls:
            script = wire._written(call, pq.Escaping(driver.pgconn)).decode()
            (plan,) = driver.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {script}").fetchone()
            plans.append(plan[0]["Plan"])
        return rows

    monkeypatch.setattr(wire, "ask", ask)
    return plans


def nodes(plan):
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


SEARCHES = [(q, {}) for q in TYPED] + [(None, facts) for facts in SIMPLE if facts] + [
    ("c", {"category": ResidentCategory.WUBAO}), ("陈", {"category": ResidentCategory.LAND_TAKEN}), ("x", {"enrolment": EnrolmentState.DRAFT}), ("c", {"benefit": BenefitState.STOPPED}),
    ("陈小明", {"category": ResidentCategory.STUDENT}), ("cxm", {"not_enrolled": True, "age_from": 16, "age_to": 59}), ("谌", {"status": ResidentStatus.DEAD}),
]  # fmt: skip


@pytest.mark.parametrize("unit", [VILLAGES[0], TOWNS[1], COUNTY_UNIT])
@pytest.mark.parametrize(("q", "facts"), SEARCHES)
def test_no_search_reads_a_table_or_sorts_a_crowd(crowd, explained, unit, q, facts):
    actor = system_actor(unit)
    with crowd.read_snapshot(actor) as session:
        resident_search.list_residents(
            session, KEYRING, actor=actor, today=TODAY, q=q, wanted=Wanted(**facts), limit=30, after=None
        )
    assert len(explained) == 1
    for node in nodes(explained[0]):
        assert node["Node Type"] not in {"Seq Scan", "Parallel Seq Scan"} or node["Relation Name"] not in TABLES, node
        if node["Node Type"] == "Sort":
            assert node["Actual Rows"] <= resident_walks.BUDGET, node
    assert explained[0]["Shared Hit Blocks"] + explained[0]["Shared Read Blocks"] <= MOST_BUFFERS


def test_the_check_sees_a_table_that_is_read(crowd, explained):
    """The same look at a statement that no index serves."""
    actor = system_actor(COUNTY_UNIT)
    with crowd.read_snapshot(actor) as session:
        call = wire.Prepared("reads_all", "text", "SELECT count(*) FROM residents WHERE remark = $1").of("x")
        wire.ask(session.connection(), [call])
    assert any(node["Node Type"] == "Seq Scan" and node["Relation Name"] == "residents" for node in nodes(explained[0]))
