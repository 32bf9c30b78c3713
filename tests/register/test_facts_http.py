"""Dated facts over HTTP: the village explains, the offices exclude, flags follow, and nothing is deleted."""

from __future__ import annotations

import itertools
from datetime import date

import pytest

from api.database import system_actor
from api.services import resident_facts
from api.vocabulary import FactKind, RoleName
from tests import factories
from tests.factories import OTHER_VILLAGE, TOWN, VILLAGE

BASE = "/api/v1"
_keys = itertools.count(1)


@pytest.fixture(scope="module")
def assistant(sign_in):
    return sign_in(RoleName.VILLAGE_ASSISTANT)


@pytest.fixture(scope="module")
def clerk(sign_in):
    return sign_in(RoleName.TOWN_CLERK)


@pytest.fixture
def person(database):
    with database.unit_of_work(system_actor(440783000000)) as session:
        return factories.make_resident(session)


def record(client, resident_id, kind, **facts):
    body = {"kind": kind, "begins_on": "2011-03-01", "evidence": "入户走访"} | facts
    return client.post(
        f"{BASE}/residents/{resident_id}/facts", json=body, headers={"Idempotency-Key": f"record-a-fact-{next(_keys)}"}
    )


def facts_of(client, resident_id):
    return client.get(f"{BASE}/residents/{resident_id}/facts").json()["items"]


def categories(client, resident_id):
    return client.get(f"{BASE}/residents/{resident_id}").json()["categories"]


def act(client, fact, what, **body):
    return client.post(f"{BASE}/facts/{fact['id']}/{what}", json=body, headers={"If-Match": f'"{fact["version"]}"'})


def test_an_assistant_explains_but_does_not_exclude(assistant, clerk, person):
    assert record(assistant, person.id, "unreachable").status_code == 201
    refused = record(assistant, person.id, "student")
    assert (refused.status_code, refused.json()["code"]) == (403, "fact-needs-review")
    assert record(assistant, person.id, "dibao").status_code == 403
    done = record(clerk, person.id, "student", evidence="学生证 2011-7", review_on="2013-07-01")
    assert (done.status_code, done.json()["effect"], done.json()["review_on"]) == (201, "excludes", "2013-07-01")
    assert categories(assistant, person.id) == ["student"]
    ended = act(assistant, done.json(), "ends", ended_on="2011-03-31", evidence="退学")
    assert (ended.status_code, ended.json()["code"]) == (403, "fact-needs-review")


def test_one_reason_at_a_time(assistant, person):
    record(assistant, person.id, "unreachable")
    again = record(assistant, person.id, "unreachable")
    assert (again.status_code, again.json()["code"]) == (409, "fact-already-open")
    assert record(assistant, person.id, "unwilling", begins_on="2011-03-20").status_code == 201
    listed = {fact["kind"]: fact for fact in facts_of(assistant, person.id)}
    assert (listed["unreachable"]["ended_on"], listed["unwilling"]["ended_on"]) == ("2011-03-20", None)


def test_flags_follow_and_the_history_stays(clerk, person):
    before = clerk.get(f"{BASE}/residents/{person.id}").json()["version"]
    first = record(clerk, person.id, "disability", value="3", evidence="残疾证 44").json()
    assert categories(clerk, person.id) == ["disabled"]
    second = record(clerk, person.id, "disability", value="2", begins_on="2011-03-15", evidence="残疾证 45").json()
    assert categories(clerk, person.id) == ["severely_disabled"]
    ended = act(clerk, second, "ends", ended_on="2011-03-31", evidence="复查不符")
    assert (ended.status_code, ended.json()["ended_on"]) == (200, "2011-03-31")
    assert categories(clerk, person.id) == []
    assert [(fact["id"], fact["value"], fact["ended_on"]) for fact in facts_of(clerk, person.id)] == [
        (first["id"], "3", "2011-03-15"),
        (second["id"], "2", "2011-03-31"),
    ]
    assert clerk.get(f"{BASE}/residents/{person.id}").json()["version"] == before + 3
    assert act(clerk, ended.json(), "ends", ended_on="2011-03-31", evidence="再次").json()["code"] == "fact-not-open"


def test_a_wrong_record_is_voided_and_kept(clerk, person):
    fact = record(clerk, person.id, "employee_insured").json()
    stale = act(clerk, fact | {"version": 7}, "voids", reason="录错人")
    assert stale.status_code == 412
    assert clerk.post(f"{BASE}/facts/{fact['id']}/voids", json={"reason": "录错人"}).status_code == 428
    done = act(clerk, fact, "voids", reason="录错人")
    assert done.status_code == 200
    assert categories(clerk, person.id) == []
    assert [one["void_reason"] for one in facts_of(clerk, person.id)] == ["录错人"]
    assert act(clerk, done.json(), "voids", reason="再次").json()["code"] == "fact-voided"
    assert record(clerk, person.id, "employee_insured").status_code == 201


@pytest.mark.parametrize(
    ("facts", "status", "code"),
    [
        ({"kind": "disability"}, 422, "fact-value-wrong"),
        ({"kind": "dibao", "value": "2"}, 422, "fact-value-wrong"),
        ({"kind": "dibao", "begins_on": "2011-04-01"}, 422, "fact-outside-life"),
        ({"kind": "dibao", "begins_on": "1970-04-30"}, 422, "fact-outside-life"),
        ({"kind": "dibao", "review_on": "2011-02-28"}, 422, "fact-outside-life"),
        ({"kind": "dibao", "evidence": ""}, 422, "invalid"),
        ({"kind": "severely_disabled"}, 422, "invalid"),
        ({"kind": "disability", "value": "5"}, 422, "invalid"),
    ],
)
def test_facts_of_the_wrong_shape_are_refused(clerk, person, facts, status, code):
    answer = record(clerk, person.id, **facts)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_days_of_one_kind_do_not_overlap(clerk, person):
    fact = record(clerk, person.id, "soldier", begins_on="2010-01-01").json()
    early = act(clerk, fact, "ends", ended_on="2009-12-31", evidence="退伍证")
    assert (early.status_code, early.json()["code"]) == (422, "fact-ends-before-it-begins")
    act(clerk, fact, "ends", ended_on="2011-01-01", evidence="退伍证")
    again = record(clerk, person.id, "soldier", begins_on="2010-12-31")
    assert (again.status_code, again.json()["code"]) == (409, "fact-overlaps")
    assert record(clerk, person.id, "soldier", begins_on=None).json()["code"] == "fact-overlaps"
    assert record(clerk, person.id, "soldier", begins_on="2011-01-01").status_code == 201


def test_the_same_request_twice_is_one_fact(clerk, person):
    body = {"kind": "wubao", "begins_on": "2011-03-01", "evidence": "五保证 1"}
    answers = [
        clerk.post(f"{BASE}/residents/{person.id}/facts", json=body, headers={"Idempotency-Key": "twice-the-same"})
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert len(facts_of(clerk, person.id)) == 1


def test_changing_the_row_records_facts_as_of_a_day(clerk, person):
    def patch(**body):
        version = clerk.get(f"{BASE}/residents/{person.id}").json()["version"]
        return clerk.patch(f"{BASE}/residents/{person.id}", json=body, headers={"If-Match": f'"{version}"'})

    assert patch(dibao=True, is_student=True, effective_on="2010-09-01").status_code == 200
    assert patch(is_student=False).status_code == 200
    assert patch(remark="只改备注").status_code == 200
    spans = {fact["kind"]: (fact["begins_on"], fact["ended_on"]) for fact in facts_of(clerk, person.id)}
    assert spans == {"student": ("2010-09-01", "2011-03-31"), "dibao": ("2010-09-01", None)}
    assert patch(dibao=False, effective_on="2011-04-01").json()["code"] == "date-outside-life"


def test_registration_records_what_was_so_already(clerk):
    number = factories.id_number(date(1991, 5, 1))
    body = {
        "name": "陈学生", "id_number": number, "division_code": str(VILLAGE), "is_student": True, "disability_grade": 2,
        "other_pension": True, "here_since": "2011-02-01",
    }  # fmt: skip
    made = clerk.post(f"{BASE}/residents", json=body, headers={"Idempotency-Key": "register-with-flags"})
    assert made.status_code == 201, made.text
    assert made.json()["here_since"] == "2011-02-01"
    spans = {fact["kind"]: (fact["value"], fact["begins_on"]) for fact in facts_of(clerk, made.json()["id"])}
    assert spans == {
        "student": (None, "2011-02-01"),
        "disability": ("2", "2011-02-01"),
        "other_pension": (None, "2011-02-01"),
    }


def test_what_is_due_for_a_second_look(clerk, assistant, database, person):
    with database.unit_of_work(system_actor(440783000000)) as session:
        other = factories.make_resident(session, village=OTHER_VILLAGE)
        for who, day in ((person, date(2011, 3, 31)), (other, date(2011, 3, 1)), (person, date(2011, 4, 1))):
            kind = FactKind.STUDENT if day == date(2011, 3, 31) else FactKind.UNREACHABLE
            resident_facts.begin(
                session, actor=system_actor(440783000000), resident=who, kind=kind, value=None,
                begins_on=date(2010, 9, 1), evidence="证明", review_on=day,
            )  # fmt: skip

    def due(client, **query):
        items = client.get(f"{BASE}/facts", params={"limit": 200} | query).json()["items"]
        return {(item["resident_id"], item["kind"]) for item in items}

    assert due(clerk) >= {(str(person.id), "student"), (str(other.id), "unreachable")}
    assert (str(person.id), "unreachable") not in due(clerk)
    assert (str(person.id), "unreachable") in due(clerk, due_by="2011-04-01")
    assert (str(other.id), "unreachable") not in due(assistant)
    assert assistant.get(f"{BASE}/facts", params={"division": str(TOWN)}).status_code == 404


def test_two_begin_the_same_fact_at_once(sign_in, person):
    import threading
    from concurrent.futures import ThreadPoolExecutor

    clients = [sign_in(RoleName.TOWN_CLERK) for _ in range(2)]
    gate = threading.Barrier(2)

    def begin(number):
        gate.wait(timeout=10)
        return record(clients[number], person.id, "land_taken", begins_on="2011-03-01")

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(begin, range(2)))
    assert sorted(answer.status_code for answer in answers) == [201, 409], [answer.text for answer in answers]
    assert len(facts_of(clients[0], person.id)) == 1
