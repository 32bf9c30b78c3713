"""分户、并户、转户、变更户主: houses before and after, one head each, and what happened meanwhile."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from api.database import system_actor
from tests import factories
from tests.cases.desks import CHECK, COUNTY, REQUESTS, REVIEW, approve, ask, done, match, refused, say


def houses(database, *members):
    """Where each person lives, and as what."""
    with database.read_snapshot(system_actor(COUNTY)) as session:
        query = text(
            "SELECT r.id, h.number, r.relation, r.version FROM residents AS r"
            " LEFT JOIN households AS h ON h.id = r.household_id WHERE r.id = ANY(:ids)"
        )
        found = {row.id: row for row in session.execute(query, {"ids": [one.id for one in members]})}
    return [(found[one.id].number, found[one.id].relation) for one in members]


def through(people, resident, kind, **values):
    request = done(ask(people.village, resident, kind, **values))
    return approve(people, REQUESTS, request, CHECK, REVIEW)


def test_a_split_gives_the_new_house_a_number_and_a_head(people, family, database):
    house, (head, wife, son, daughter, bride) = family(5)
    request = done(
        ask(
            people.village, son, "household_split", household_number="新88",
            leaving={str(son.id): "户主", str(bride.id): "配偶"},
        )
    )  # fmt: skip
    seen = done(people.reviewer.get(f"{REQUESTS}/{request['id']}"))["differences"]
    told = {one["label"]: (one["old"], one["new"], one["changed"]) for one in seen}
    assert told["陈2"] == (f"户号{house.number} 儿子", "户号新88 户主", True)
    assert told["陈0"] == (f"户号{house.number} 户主", f"户号{house.number} 户主", False)
    approve(people, REQUESTS, request, CHECK, REVIEW)
    assert houses(database, head, wife, son, daughter, bride) == [
        (house.number, "户主"), (house.number, "配偶"), ("新88", "户主"), (house.number, "女儿"), ("新88", "配偶"),
    ]  # fmt: skip
    listed = done(people.village.get("/api/v1/households", params={"number": "新88"}))["items"]
    assert [(one["number"], one["members"]) for one in listed] == [("新88", 2)]


def test_a_head_who_leaves_is_replaced(people, family, database):
    house, (head, wife, son) = family(3)
    without = ask(people.village, head, "household_split", household_number="离1", leaving={str(head.id): "户主"})
    assert refused(without) == (422, "household-change-invalid")
    through(
        people, head, "household_split", household_number="离1", leaving={str(head.id): "户主"},
        staying={str(wife.id): "户主"},
    )  # fmt: skip
    assert houses(database, head, wife, son) == [("离1", "户主"), (house.number, "户主"), (house.number, "儿子")]


def test_a_merge_takes_everybody_to_the_other_house(people, family, database):
    _, (old_head, old_wife) = family(2)
    house, (head, wife) = family(2)
    leaving = {str(old_head.id): "父亲", str(old_wife.id): "母亲"}
    partly = ask(
        people.village, old_head, "household_merge", household_number=house.number, leaving={str(old_head.id): "父亲"}
    )
    assert refused(partly) == (422, "household-change-invalid")
    through(people, old_head, "household_merge", household_number=house.number, leaving=leaving)
    assert houses(database, old_head, old_wife, head, wife) == [
        (house.number, "父亲"), (house.number, "母亲"), (house.number, "户主"), (house.number, "配偶"),
    ]  # fmt: skip


def test_one_member_moves_over(people, family, database):
    _, (head, _, son) = family(3)
    house, _ = family(1)
    request = through(people, son, "household_move", household_number=house.number, leaving={str(son.id): "女婿"})
    assert request["state"] == "archived"
    assert houses(database, son) == [(house.number, "女婿")]
    assert refused(
        ask(people.village, head, "household_move", household_number=house.number, leaving={str(son.id): "儿子"})
    ) == (422, "household-change-invalid")


def test_another_head(people, family, database):
    house, (head, wife, son) = family(3)
    relations = {str(wife.id): "户主", str(head.id): "配偶"}
    through(people, wife, "household_head", staying=relations)
    assert houses(database, head, wife, son) == [(house.number, "配偶"), (house.number, "户主"), (house.number, "儿子")]
    assert refused(ask(people.village, wife, "household_head", staying=relations)) == (422, "nothing-changes")
    two_heads = {str(son.id): "户主"}
    assert refused(ask(people.village, son, "household_head", staying=two_heads)) == (422, "household-change-invalid")


@pytest.mark.parametrize(
    ("kind", "number"),
    [("household_split", ""), ("household_merge", "没有"), ("household_move", "没有"), ("household_head", "多余")],
)
def test_the_other_house_must_fit_the_kind(people, family, kind, number):
    _, (head, wife) = family(2)
    leaving = {} if kind == "household_head" else {str(wife.id): "户主"}
    staying = {str(wife.id): "户主", str(head.id): "配偶"} if kind == "household_head" else {}
    answer = ask(people.village, wife, kind, household_number=number, leaving=leaving, staying=staying)
    assert refused(answer) == (422, "household-change-invalid")


def test_a_split_needs_a_number_of_its_own_then_and_at_the_approval(people, family, database):
    house, (_, wife) = family(2)
    taken = ask(people.village, wife, "household_split", household_number=house.number, leaving={str(wife.id): "户主"})
    assert refused(taken) == (409, "household-number-taken")
    request = done(ask(people.village, wife, "household_split", household_number="抢1", leaving={str(wife.id): "户主"}))
    request = approve(people, REQUESTS, request, CHECK)
    with database.unit_of_work(system_actor(COUNTY)) as session:
        factories.make_household(session, number="抢1")
    assert refused(say(people.reviewer, REQUESTS, request, REVIEW)) == (409, "household-number-taken")


def test_who_lives_elsewhere_cannot_be_moved(people, family):
    _, (_, wife) = family(2)
    _, (stranger,) = family(1)
    foreign = {str(wife.id): "户主", str(stranger.id): "儿子"}
    answer = ask(people.village, wife, "household_split", household_number="外1", leaving=foreign)
    assert refused(answer) == (422, "household-change-invalid")
    nowhere = {str(wife.id): "户主", "4407839999999999": "儿子"}
    same = ask(people.village, wife, "household_split", household_number="外1", leaving=nowhere)
    assert (same.status_code, same.json()["detail"]) == (answer.status_code, answer.json()["detail"])


def test_who_has_no_house_has_none_to_change(people, person):
    resident = person()
    answer = ask(
        people.village, resident, "household_split", household_number="无1", leaving={str(resident.id): "户主"}
    )
    assert refused(answer) == (409, "no-household")


def test_a_death_in_the_house_sends_its_change_back(people, family, database):
    _, (head, wife, son) = family(3)
    request = done(ask(people.village, son, "household_split", household_number="丧1", leaving={str(son.id): "户主"}))
    request = approve(people, REQUESTS, request, CHECK)
    death = {"died_on": "2011-03-20", "source": "村报"}
    done(people.clerk.post(f"/api/v1/residents/{wife.id}/deaths", json=death, headers=match(1)))
    now = done(people.village.get(f"{REQUESTS}/{request['id']}"))
    assert (now["state"], now["waiting"]["stop"]) == ("returned", "member_gone")
    stale = say(people.reviewer, REQUESTS, request, REVIEW)
    assert refused(stale) == (412, "stale-version")
    again = people.village.post(
        f"{REQUESTS}/{request['id']}/resubmissions",
        json={
            "kind": "household_split", "effective_on": "2011-03-01", "proof": "household_book",
            "household_number": "丧1", "leaving": {str(son.id): "户主"},
        },
        headers=match(now["version"]),
    )  # fmt: skip
    approve(people, REQUESTS, done(again), CHECK, REVIEW)
    assert houses(database, son)[0][0] == "丧1"
    assert houses(database, head)[0][1] == "户主"


def test_two_requests_about_one_house_see_each_other(people, family):
    _, (head, wife, son) = family(3)
    first = done(ask(people.village, son, "household_split", household_number="碰1", leaving={str(son.id): "户主"}))
    second = done(ask(people.village, wife, "household_head", staying={str(wife.id): "户主", str(head.id): "配偶"}))
    for one, other in ((first, second), (second, first)):
        conflicts = done(people.reviewer.get(f"{REQUESTS}/{one['id']}"))["conflicts"]
        assert [(c["code"], c["request_id"]) for c in conflicts] == [("household-request-open", other["id"])]
    assert refused(
        ask(people.village, son, "household_split", household_number="碰2", leaving={str(son.id): "户主"})
    ) == (409, "request-already-open")
