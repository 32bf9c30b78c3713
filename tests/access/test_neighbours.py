"""What a neighbour may try beyond references: other people's keys, other people's numbers, and being first."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from api.database import system_actor
from api.vocabulary import RoleName
from tests import factories
from tests.access.world import ABSENT_ID, HERE, NEIGHBOUR
from tests.payments.worlds import BySource, pensioner

BASE = "/api/v1"
NUMBER = factories.id_number(date(1971, 6, 2))
NOBODYS = factories.id_number(date(1972, 7, 3))


def without_request(answer):
    return answer.status_code, {**answer.json(), "request_id": ""}, answer.headers.get("content-type")


@pytest.fixture(scope="module")
def neighbour(sign_in):
    return sign_in(RoleName.VILLAGE_ASSISTANT, division=NEIGHBOUR)


@pytest.fixture(scope="module")
def assistant(sign_in):
    return sign_in(RoleName.VILLAGE_ASSISTANT, division=HERE)


@pytest.fixture(scope="module")
def person(database):
    with database.unit_of_work(system_actor(440783000000)) as session:
        resident = factories.make_resident(session, village=HERE, number=NUMBER)
        factories.enrol(session, resident)
    return resident


def test_a_key_of_somebody_else_replays_nothing(assistant, neighbour, person):
    body = {
        "resident_id": str(person.id), "contribution_year": 2011, "kind": "annual", "tier": "100.00",
        "paid_on": "2011-03-02", "channel": "cash",
    }  # fmt: skip

    def record(client, **changes):
        return client.post(f"{BASE}/contributions", json=body | changes, headers={"Idempotency-Key": "one-key-for-all"})

    assert record(assistant).status_code == 201
    assert "Idempotency-Replayed" in record(assistant).headers
    foreign, absent = record(neighbour), record(neighbour, resident_id=ABSENT_ID)
    assert foreign.status_code == 404
    assert "Idempotency-Replayed" not in foreign.headers
    assert without_request(foreign) == without_request(absent)


def test_a_foreign_id_number_is_as_unknown_as_nobodys(assistant, neighbour, person):
    def search(client, number):
        return client.post(f"{BASE}/residents/search", json={"id_number": number})

    assert [one["id"] for one in search(assistant, NUMBER).json()["items"]] == [str(person.id)]
    foreign, absent = search(neighbour, NUMBER), search(neighbour, NOBODYS)
    assert foreign.status_code == 200
    assert (foreign.content, foreign.headers["content-type"]) == (absent.content, absent.headers["content-type"])


def test_a_cursor_of_somebody_else_opens_nothing(sign_in, neighbour, person, database):
    with database.unit_of_work(system_actor(440783000000)) as session:
        factories.make_resident(session, village=HERE)
    first = sign_in(RoleName.TOWN_CLERK).get(f"{BASE}/residents", params={"limit": 1}).json()
    assert first["next"] is not None
    continued = neighbour.get(f"{BASE}/residents", params={"after": first["next"]})
    assert continued.json() == {"items": [], "next": None}


@pytest.mark.parametrize("path", ["residents", "contributions", "enrolments", "benefits", "reports/participation"])
def test_the_code_of_nowhere_is_no_wild_card(assistant, path):
    answer = assistant.get(f"{BASE}/{path}", params={"division": "0" * 12})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_a_village_gets_no_figures_of_its_town_or_neighbour(assistant):
    """Row-level security would count nobody there: a report of zeros, or one's own village under the town's name."""
    for unit in (NEIGHBOUR, NEIGHBOUR // 1000 * 1000):
        assert assistant.get(f"{BASE}/reports/participation", params={"division": str(unit)}).status_code == 404


def test_two_payment_runs_of_a_month_at_once_are_one(sign_in, database):
    with database.unit_of_work(system_actor(440783000000)) as session:
        for _ in range(3):
            pensioner(session, award=BySource(13_900))
    clerks = [sign_in(RoleName.COUNTY_CLERK) for _ in range(2)]
    gate = threading.Barrier(2)

    def compute(number):
        gate.wait(timeout=10)
        return clerks[number].post(
            f"{BASE}/payment-runs",
            json={"county": "440783", "month": "2011-03"},
            headers={"Idempotency-Key": f"payment-run-{number}"},
        )

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(compute, range(2)))
    assert sorted(answer.status_code for answer in answers) == [201, 409], [answer.text for answer in answers]
    [refused] = [answer.json() for answer in answers if answer.status_code == 409]
    assert refused["code"] == "payment-run-exists"
    listed = clerks[0].get(f"{BASE}/payment-runs").json()["items"]
    assert [(run["month"], run["line_count"]) for run in listed] == [("2011-03", 18)]
