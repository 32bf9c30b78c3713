"""Cash of December that is entered in January: proposed by who holds it, approved by another, right to the fen."""

from __future__ import annotations

import pytest

from api.database import system_actor
from api.services import interest_runs
from api.vocabulary import RoleName
from tests import factories
from tests.contributions.payments import TODAY
from tests.ledger_facts import assert_ledger_holds

BASE = "/api/v1"
COUNTY = system_actor(440783000000)
PATH = f"{BASE}/backdated-contributions"


@pytest.fixture(scope="module")
def village(sign_in):
    return sign_in(RoleName.VILLAGE_ASSISTANT)


@pytest.fixture(scope="module")
def reviewer(sign_in):
    return sign_in(RoleName.COUNTY_REVIEWER)


@pytest.fixture(scope="module")
def people(database):
    """Three who have an account; the interest of 2010 is posted after two of them have paid."""
    with database.unit_of_work(COUNTY) as session:
        found = []
        for _ in range(3):
            person = factories.make_resident(session)
            factories.enrol(session, person)
            found.append(person)
    return found


@pytest.fixture(scope="module")
def closed(database, people, sign_in):
    """The year 2010, closed; who paid 100.00 in October has 100.38 + 30.11."""
    clerk = sign_in(RoleName.TOWN_CLERK)
    paid = []
    for number, person in enumerate(people[:1]):
        answer = clerk.post(
            f"{BASE}/contributions",
            json=body(person, paid_on="2010-10-20", channel="bank_transfer") | {"tier": "100.00"},
            headers={"Idempotency-Key": f"in-time-{number}"},
        )
        assert answer.status_code == 201, answer.text
        paid.append(answer.json())
    with database.unit_of_work(COUNTY) as session:
        maker = factories.make_actor(session, RoleName.COUNTY_CLERK)
        checker = factories.make_actor(session, RoleName.COUNTY_REVIEWER)
    with database.unit_of_work(maker) as session:
        run = interest_runs.compute(session, actor=maker, county_code=440783, year=2010, today=TODAY)
    interest_runs.approve(database, actor=checker, run_id=run.id, content_hash=run.content_hash)
    return paid


@pytest.fixture(autouse=True)
def the_ledger_holds(database):
    yield
    with database.read_snapshot(COUNTY) as session:
        assert_ledger_holds(session)


def body(person, **changes):
    facts = {
        "resident_id": str(person.id), "contribution_year": 2010, "kind": "annual", "paid_on": "2010-10-28",
        "channel": "cash",
    }  # fmt: skip
    return facts | changes


def propose(client, person, *, key, **changes):
    facts = body(person, reason="腊月走村收款，元旦后才录入") | changes
    return client.post(PATH, json=facts, headers={"Idempotency-Key": key})


def decide(client, proposal, *, key, decision="approve", version=1):
    return client.post(
        f"{PATH}/{proposal['id']}/decisions",
        json={"decision": decision, "opinion": "收款登记簿相符"},
        headers={"Idempotency-Key": key, "If-Match": f'"{version}"'},
    )


def test_the_whole_way(village, reviewer, people, closed):
    person = people[1]
    plain = village.post(f"{BASE}/contributions", json=body(person), headers={"Idempotency-Key": "as-usual"})
    assert (plain.status_code, plain.json()["code"]) == (409, "contribution-period-closed")
    made = propose(village, person, key="late-cash")
    assert made.status_code == 201, made.text
    proposal = made.json()
    assert (proposal["state"], proposal["interest"], proposal["contribution_id"]) == ("proposed", "0.00", None)
    assert village.get(f"{BASE}/accounts/{person.id}").json()["total"] == "0.00"
    twice = propose(village, person, key="late-cash-again")
    assert (twice.status_code, twice.json()["code"]) == (409, "backdated-exists")
    assert decide(village, proposal, key="by-oneself").status_code == 403
    assert decide(reviewer, proposal, key="stale-version", version=2).status_code == 412
    done = decide(reviewer, proposal, key="late-cash-approved")
    assert done.status_code == 201, done.text
    shown = done.json()
    # 100.00 and 30.00 for two months at 2.25 %: 0.38 and 0.11, as for whoever was entered in time.
    assert (shown["state"], shown["interest"], shown["opinion"]) == ("approved", "0.49", "收款登记簿相符")
    again = decide(reviewer, proposal, key="late-cash-approved")
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (201, "true")
    late, punctual = (village.get(f"{BASE}/accounts/{one.id}").json() for one in (person, people[0]))
    assert {name: late[name] for name in ("personal", "collective", "gov")} == {
        name: punctual[name] for name in ("personal", "collective", "gov")
    }
    contribution = village.get(f"{BASE}/contributions/{shown['contribution_id']}").json()
    assert contribution["paid_on"] == "2010-10-28"
    assert contribution["recorded_by_id"] == proposal["proposed_by_id"]
    assert contribution["receipt"]["number"] == 1
    lines = village.get(f"{BASE}/accounts/{person.id}/lines").json()["items"]
    assert [(line["kind"], line["value_month"], line["amounts"]["total"]) for line in lines] == [
        ("interest_correction", "2010-12", "0.49"),
        ("contribution", "2010-10", "130.00"),
    ]
    statement = village.get(f"{BASE}/accounts/{person.id}/statement", params={"year": 2010}).json()
    assert (statement["interest"]["total"], statement["closing"]["total"]) == ("0.49", "130.49")
    decided = decide(reviewer, proposal, key="late-cash-2", version=2)
    assert (decided.status_code, decided.json()["code"]) == (409, "backdated-decided")


def test_what_is_turned_down_posts_nothing_and_may_come_again(village, reviewer, people, closed):
    person = people[2]
    proposal = propose(village, person, key="to-be-refused").json()
    done = decide(reviewer, proposal, key="turned-down", decision="reject").json()
    assert (done["state"], done["contribution_id"]) == ("rejected", None)
    assert village.get(f"{BASE}/accounts/{person.id}").json()["total"] == "0.00"
    assert propose(village, person, key="once-more").status_code == 201
    listed = village.get(PATH, params={"state": "rejected"}).json()["items"]
    assert [one["id"] for one in listed] == [proposal["id"]]


def test_an_open_period_needs_no_second_person(village, people, closed):
    answer = propose(village, people[2], key="in-the-open", contribution_year=2011, paid_on="2011-03-02")
    assert (answer.status_code, answer.json()["code"]) == (409, "not-backdated")


def test_the_law_of_the_day_of_payment_holds(village, reviewer, people, closed):
    """A year that cannot be made up is refused when it is decided, and the proposal stays open."""
    proposal = propose(village, people[0], key="wrong-year", kind="make_up", contribution_year=2009).json()
    refused = decide(reviewer, proposal, key="wrong-year-approved")
    assert (refused.status_code, refused.json()["code"]) == (409, "make-up-closed")
    assert village.get(f"{PATH}/{proposal['id']}").json()["state"] == "proposed"


def test_a_reversal_after_the_run_takes_the_interest_back(reviewer, village, people, closed):
    path = f"{BASE}/contributions/{closed[0]['id']}/reversals"
    headers = {"Idempotency-Key": "undo-2010", "If-Match": '"1"'}
    done = reviewer.post(path, json={"reason": "重复缴费"}, headers=headers)
    assert done.status_code == 201, done.text
    assert village.get(f"{BASE}/accounts/{people[0].id}").json()["total"] == "0.00"
    lines = reviewer.get(f"{BASE}/accounts/{people[0].id}/lines").json()["items"]
    assert [line["amounts"]["total"] for line in lines if line["kind"] == "interest_correction"] == ["-0.49"]
