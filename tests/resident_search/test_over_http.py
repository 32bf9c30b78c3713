"""Search through HTTP as the real roles: the address, the answers, and the exact number in every way of writing it."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from api.database import system_actor
from api.policy.id_numbers import check_character
from api.vocabulary import ResidentStatus, RoleName
from tests import factories

RESIDENTS = "/api/v1/residents"
NUMBER = next(body + "X" for body in (f"440783195006{day:02d}{n:03d}" for day in range(1, 29) for n in range(400)) if check_character(body) == "X")  # fmt: skip


@pytest.fixture(scope="module")
def clerk(sign_in):
    return sign_in(RoleName.TOWN_CLERK)


@pytest.fixture(scope="module")
def assistant(sign_in):
    return sign_in(RoleName.VILLAGE_ASSISTANT)


@pytest.fixture(scope="module")
def people(database):
    with database.unit_of_work(system_actor(440783000000)) as session:
        house = factories.make_household(session, number="1201")
        born = date(int(NUMBER[6:10]), int(NUMBER[10:12]), int(NUMBER[12:14]))
        made = {
            "old": factories.make_resident(session, name="单小明", number=NUMBER, birth_date=born, household=house),
            "dead": factories.make_resident(
                session, name="单小红", status=ResidentStatus.DEAD, status_on=date(2011, 1, 5)
            ),
            "next": factories.make_resident(session, name="单小明", village=factories.OTHER_VILLAGE, village_group="3"),
            "young": factories.make_resident(session, name="欧阳小明", birth_date=date(2000, 4, 1)),
            "eleven": factories.make_resident(session, name="欧阳小明", birth_date=date(2000, 3, 31)),
        }
        return {name: one.id for name, one in made.items()}


def ids(client, **query):
    answer = client.get(RESIDENTS, params=query)
    assert answer.status_code == 200, answer.text
    return {int(item["id"]) for item in answer.json()["items"]}


@pytest.mark.parametrize(
    "written",
    [
        NUMBER,
        NUMBER.lower(),
        "".join(chr(ord(c) + 0xFEE0) for c in NUMBER),
        f" {NUMBER[:6]} {NUMBER[6:14]} {NUMBER[14:]} ",
        NUMBER[:6] + NUMBER[8:17],
    ],
)
def test_an_id_number_is_found_however_it_is_written(clerk, database, people, written):
    answer = clerk.post(f"{RESIDENTS}/search", json={"id_number": written})
    assert [int(item["id"]) for item in answer.json()["items"]] == [people["old"]]
    assert NUMBER not in answer.text
    with database.read_snapshot(system_actor(440783000000)) as session:
        query = text(
            "SELECT count(*) FROM audit_events WHERE action = 'search_resident_by_id_number' AND subject_id = :id "
            "AND detail::text NOT LIKE :number"
        )
        assert session.execute(query, {"id": people["old"], "number": f"%{NUMBER[:17]}%"}).scalar_one() > 0


def test_a_number_of_another_village_is_not_found_by_the_village(assistant, sign_in, people):
    neighbour = sign_in(RoleName.VILLAGE_ASSISTANT, division=factories.OTHER_VILLAGE)
    assert neighbour.post(f"{RESIDENTS}/search", json={"id_number": NUMBER}).json()["items"] == []
    assert len(assistant.post(f"{RESIDENTS}/search", json={"id_number": NUMBER}).json()["items"]) == 1


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "单"}, {"old", "dead", "next"}),
        ({"q": "shanxiaoming"}, {"old", "next"}),
        ({"q": "dan xiao ming"}, {"old", "next"}),
        ({"q": "小明"}, {"old", "next", "young", "eleven"}),
        ({"q": "欧阳xm"}, {"young", "eleven"}),
        ({"q": "sxm", "division": str(factories.VILLAGE)}, {"old"}),
        ({"q": "单", "status": "alive"}, {"old", "next"}),
        ({"q": "单", "status": "dead"}, {"dead"}),
        ({"status": "dead"}, {"dead"}),
        ({"q": "单", "group": "３"}, {"next"}),
        ({"household": "1201"}, {"old"}),
        ({"household": "1201", "q": "小明"}, {"old"}),
        ({"household": "1201", "q": "小红"}, set()),
        # On 31 March 2011 one of them is eleven, the other will be tomorrow.
        ({"q": "欧阳", "age_from": "11"}, {"eleven"}),
        ({"q": "欧阳", "age_to": "10"}, {"young"}),
        ({"age_from": "10", "age_to": "11"}, {"young", "eleven"}),
        ({"q": "欧阳", "enrolment": "none", "benefit": "none"}, {"young", "eleven"}),
        ({"q": "欧阳", "benefit": "active"}, set()),
    ],
)
def test_the_address_asks_and_the_answer_fits(clerk, people, query, found):
    assert ids(clerk, **query) & set(people.values()) == {people[name] for name in found}


def test_the_village_sees_its_own_whatever_it_asks(assistant, people):
    for query in (
        {"q": "单"},
        {"q": "单", "division": str(factories.TOWN)},
        {"q": "小明"},
        {"q": "sxm"},
        {"household": "1201"},
    ):
        assert people["next"] not in ids(assistant, **query)
        assert people["old"] in ids(assistant, **query)
    assert ids(assistant, q="单", division=str(factories.OTHER_VILLAGE)) == set()


def test_the_dead_are_shown_with_their_status(clerk, people):
    items = clerk.get(RESIDENTS, params={"q": "单小红"}).json()["items"]
    assert [(int(item["id"]), item["status"]) for item in items] == [(people["dead"], "dead")]


@pytest.mark.parametrize(
    "query",
    [{"age_from": "-1"}, {"age_to": "200"}, {"status": "x"}, {"benefit": "x"}, {"groups": "1"}, {"q": "x" * 51}],
)
def test_what_is_no_question_is_refused(clerk, query):
    assert clerk.get(RESIDENTS, params=query).status_code == 422


def test_one_search_is_one_round_trip(clerk, people, monkeypatch):
    from api import wire

    sent = []
    before = wire._execute
    monkeypatch.setattr(wire, "_execute", lambda connection, script: sent.append(script) or before(connection, script))
    clerk.get(RESIDENTS, params={"q": "danxm", "category": "dibao"})
    sent.clear()
    clerk.get(RESIDENTS, params={"q": "danxm", "category": "dibao"})
    assert len([one for one in sent if b"residents_" in one]) == 1
    assert len(sent) <= 2
