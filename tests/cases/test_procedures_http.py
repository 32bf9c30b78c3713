"""P1 and P2 whole, through HTTP, as the real roles: the way through, returns, rejections, and what nobody may do."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from api.database import WHOLE, DatabaseRole, system_actor
from api.services import verification
from tests import factories
from tests.cases.desks import (
    APPROVAL,
    CHECK,
    COUNTY,
    ENROLMENTS,
    REQUESTS,
    REVIEW,
    WORK,
    apply,
    approve,
    ask,
    done,
    form,
    key,
    match,
    refused,
    say,
)

ACCOUNT = "6228480402564890026"


def fresh(client, root, case):
    """The case as it stands."""
    return done(client.get(f"{root}/{case['id']}"))


def row(database, table, resident):
    with database.read_snapshot(system_actor(COUNTY)) as session:
        column = "id" if table == "residents" else "resident_id"
        return session.execute(text(f"SELECT * FROM {table} WHERE {column} = :id"), {"id": resident.id}).one()


def test_p1_and_p2_from_the_door_to_the_register(people, person, database):
    """A person joins, pays, and changes the bank account: three persons each time, and the register follows."""
    resident = person(bank_account=None)
    case = done(apply(people.village, resident, tier="200.00"))
    detail = fresh(people.village, ENROLMENTS, case)
    assert (detail["since_on"], detail["due_on"], detail["effect_month"]) == ("2011-03-31", "2011-04-10", "2011-04")
    case = done(say(people.village, ENROLMENTS, case, CHECK, opinion="资料齐全", stamped=True))
    assert case["due_on"] == "2011-04-15"
    case = done(say(people.reviewer, ENROLMENTS, case, REVIEW))
    assert case["due_on"] == "2011-04-08", "five working days, Qingming left out"
    case = done(say(people.county, ENROLMENTS, case, APPROVAL))
    assert (case["state"], case["due_on"], case["insured_on"]) == ("county_approved", None, "2011-03-31")
    decisions = fresh(people.village, ENROLMENTS, case)["decisions"]
    assert [(one["stamped"], one["opinion"]) for one in decisions] == [(True, "资料齐全"), (False, None), (False, None)]
    assert all(one["decided_by_name"] for one in decisions)

    request = done(ask(people.village, resident, "bank_account", value=ACCOUNT, proof="bank_book"))
    assert (request["state"], request["next_step"], request["last_step"]) == ("draft", CHECK, APPROVAL)
    seen = fresh(people.reviewer, REQUESTS, request)
    assert seen["differences"] == [
        {"label": "银行账号", "old": "（未登记）", "new": "***************0026", "changed": True}
    ]
    assert ACCOUNT not in str(seen)
    request = approve(people, REQUESTS, request, CHECK, REVIEW)
    assert row(database, "residents", resident).bank_account_sealed is None, "nothing changes before the last approval"
    request = done(say(people.county, REQUESTS, request, APPROVAL))
    assert (request["state"], request["next_step"], request["applied_on"]) == ("archived", None, "2011-03-31")
    read = done(people.village.get(f"/api/v1/residents/{resident.id}"))
    assert read["bank_account_masked"] == "***************0026"
    kept = row(database, "change_requests", resident)
    assert kept.applied_version == read["version"] == 2
    persons = {one["decided_by_id"] for one in fresh(people.village, REQUESTS, request)["decisions"]}
    assert len(persons) == 3
    with database.read_snapshot(WHOLE, role=DatabaseRole.WIDE) as session:
        for name in verification.check_names():
            found = verification.run_check(session, name)
            assert found.ok, (name, found.rows)


def test_who_handed_it_in_neither_reviews_nor_approves_and_nobody_does_two_steps(people, person, database):
    resident = person(insured=True)
    request = done(ask(people.village, resident, "name", value="陈更名"))
    assert refused(say(people.reviewer, REQUESTS, request, CHECK))[0] == 403
    request = done(say(people.village, REQUESTS, request, CHECK))
    for client in (people.village, people.clerk, people.county, people.auditor, people.finance):
        assert refused(say(client, REQUESTS, request, REVIEW))[0] == 403
    request = done(say(people.reviewer, REQUESTS, request, REVIEW))
    # The reviewer is promoted to the county and meets their own case there.
    with database.unit_of_work(system_actor(COUNTY)) as session:
        session.execute(
            text("UPDATE users SET role = 'county_reviewer', division_code = :county WHERE id = :id"),
            {"county": COUNTY, "id": people.reviewer.user_id},
        )
    try:
        wait_for_rights(people.reviewer, "changes:approve")
        assert refused(say(people.reviewer, REQUESTS, request, APPROVAL)) == (409, "same-person")
    finally:
        with database.unit_of_work(system_actor(COUNTY)) as session:
            session.execute(
                text("UPDATE users SET role = 'town_reviewer', division_code = 440783001000 WHERE id = :id"),
                {"id": people.reviewer.user_id},
            )
        wait_for_rights(people.reviewer, "changes:review")
    assert done(say(people.county, REQUESTS, request, APPROVAL))["state"] == "archived"
    assert row(database, "residents", resident).name == "陈更名"


def wait_for_rights(client, permission):
    """Who asked a moment ago is remembered for two seconds."""
    import time

    for _ in range(60):
        if permission in done(client.get("/api/v1/sessions/current"))["actor"]["permissions"]:
            return
        time.sleep(0.1)
    raise AssertionError(permission)


def test_return_with_a_reason_mending_and_a_second_round_by_the_same_persons(people, person, database):
    resident = person(insured=True)
    request = done(ask(people.village, resident, "address", value="长沙街1号"))
    request = done(say(people.village, REQUESTS, request, CHECK))
    assert refused(say(people.reviewer, REQUESTS, request, REVIEW, decision="return")) == (422, "opinion-missing")
    request = done(say(people.reviewer, REQUESTS, request, REVIEW, decision="return", opinion="门牌号不全"))
    assert (request["state"], request["next_step"], request["due_on"]) == ("returned", None, None)
    mine = done(people.village.get(WORK, params={"box": "returned"}))["items"]
    assert [one["id"] for one in mine if one["id"] == request["id"]] == [request["id"]]
    assert all(
        one["id"] != request["id"] for one in done(people.assistant.get(WORK, params={"box": "returned"}))["items"]
    )
    mended = form("address", value="长沙街11号3楼")
    url = f"{REQUESTS}/{request['id']}/resubmissions"
    assert people.village.post(url, json=mended).status_code == 428
    assert refused(people.village.post(url, json=mended, headers=match(1))) == (412, "stale-version")
    other = form("ethnicity", value="汉族")
    assert refused(people.village.post(url, json=other, headers=match(request["version"]))) == (422, "change-invalid")
    request = done(people.village.post(url, json=mended, headers=match(request["version"])))
    assert (request["state"], request["round"]) == ("draft", 2)
    request = done(say(people.village, REQUESTS, request, CHECK))
    request = done(say(people.reviewer, REQUESTS, request, REVIEW))
    assert request["state"] == "archived", "an address ends with the subdistrict"
    assert row(database, "residents", resident).address == "长沙街11号3楼"
    assert refused(people.village.post(url, json=mended, headers=match(request["version"]))) == (
        409,
        "case-not-returned",
    )
    rounds = [(one["round"], one["decision"]) for one in fresh(people.village, REQUESTS, request)["decisions"]]
    assert rounds == [(1, "approve"), (1, "return"), (2, "approve"), (2, "approve")]


def test_rejection_ends_the_request_and_changes_nothing(people, person, database):
    resident = person(insured=True)
    request = done(ask(people.village, resident, "name", value="陈冒名"))
    request = approve(people, REQUESTS, request, CHECK)
    request = done(say(people.reviewer, REQUESTS, request, REVIEW, decision="reject", opinion="与户口簿不符"))
    assert request["state"] == "rejected"
    assert refused(say(people.reviewer, REQUESTS, request, REVIEW)) == (409, "step-not-next")
    assert row(database, "residents", resident).name == "梁小明"
    assert done(ask(people.village, resident, "name", value="陈更正"))["id"] != request["id"]


def test_stale_looks_and_missing_versions_are_refused(people, person):
    request = done(ask(people.village, person(), "phone", value="13900139000"))
    bare = people.assistant.post(f"{REQUESTS}/{request['id']}/decisions", json={"step": CHECK, "decision": "approve"})
    assert refused(bare) == (428, "if-match-required")
    done(say(people.assistant, REQUESTS, request, CHECK))
    assert refused(say(people.reviewer, REQUESTS, request, REVIEW, version=1)) == (412, "stale-version")
    read = people.village.get(f"{REQUESTS}/{request['id']}")
    assert read.headers["ETag"] == '"2"'


def test_another_village_sees_nothing_and_may_do_nothing(people, person):
    resident = person()
    request = done(ask(people.village, resident, "phone", value="13900139000"))
    assert people.neighbour.get(f"{REQUESTS}/{request['id']}").status_code == 404
    assert say(people.neighbour, REQUESTS, request, CHECK).status_code == 404
    assert ask(people.neighbour, resident, "ethnicity", value="壮族").status_code == 404
    assert request["id"] not in people.neighbour.get(WORK).text
    withdrawal = people.neighbour.post(f"{REQUESTS}/{request['id']}/withdrawals", headers=match(1))
    assert withdrawal.status_code == 404


def test_only_the_maker_takes_a_case_back(people, person, database):
    resident = person()
    for root, case in (
        (REQUESTS, done(ask(people.village, resident, "phone", value="13900139000"))),
        (ENROLMENTS, done(apply(people.village, resident))),
    ):
        url = f"{root}/{case['id']}/withdrawals"
        assert refused(people.assistant.post(url, headers=match(1))) == (409, "not-the-maker")
        assert people.village.post(url).status_code == 428
        taken = done(people.village.post(url, headers=match(1)))
        assert (taken["state"], taken["next_step"], taken["due_on"]) == ("withdrawn", None, None)
        assert refused(people.village.post(url, headers=match(taken["version"]))) == (409, "case-not-open")
        assert refused(say(people.assistant, root, taken, CHECK)) == (409, "step-not-next")
    assert done(apply(people.village, resident))["state"] == "draft", "who took it back may apply anew"


def test_one_item_is_changed_by_one_request_at_a_time(people, person, database):
    resident = person(insured=True)
    first = done(ask(people.village, resident, "name", value="陈一"))
    second = ask(people.clerk, resident, "name", value="陈二")
    assert refused(second) == (409, "request-already-open")
    assert first["id"] in second.json()["detail"]
    number = done(ask(people.village, resident, "bank_account", value=ACCOUNT))
    seen = fresh(people.county, REQUESTS, number)
    assert [(one["code"], one["request_id"]) for one in seen["conflicts"]] == [("related-request-open", first["id"])]
    assert fresh(people.county, REQUESTS, first)["conflicts"][0]["request_id"] == number["id"]


def test_an_enrolment_on_its_way_is_shown_to_who_decides_a_change(people, person):
    resident = person()
    done(apply(people.village, resident))
    request = done(ask(people.village, resident, "hukou_kind", value="非农业", proof="police"))
    assert [one["code"] for one in fresh(people.county, REQUESTS, request)["conflicts"]] == ["enrolment-open"]


def test_what_was_changed_meanwhile_goes_back_to_the_maker(people, person, database):
    resident = person()
    request = done(ask(people.village, resident, "address", value="新址"))
    request = approve(people, REQUESTS, request, CHECK)
    url = f"/api/v1/residents/{resident.id}"
    done(people.clerk.patch(url, json={"address": "另一新址"}, headers=match(1)))
    assert [one["code"] for one in fresh(people.reviewer, REQUESTS, request)["conflicts"]] == ["old-value-changed"]
    assert refused(say(people.reviewer, REQUESTS, request, REVIEW)) == (409, "old-value-changed")
    assert fresh(people.reviewer, REQUESTS, request)["state"] == "village_checked"
    request = done(say(people.reviewer, REQUESTS, request, REVIEW, decision="return", opinion="请核对现址"))
    again = people.village.post(
        f"{REQUESTS}/{request['id']}/resubmissions",
        json=form("address", value="新址"),
        headers=match(request["version"]),
    )
    request = approve(people, REQUESTS, done(again), CHECK, REVIEW)
    assert row(database, "residents", resident).address == "新址"
    assert request["state"] == "archived"


def test_a_death_ends_what_is_on_its_way(people, person, database):
    resident = person()
    case = done(apply(people.village, resident))
    request = done(ask(people.village, resident, "phone", value="13900139000"))
    death = {"died_on": "2011-03-20", "source": "村报"}
    done(people.clerk.post(f"/api/v1/residents/{resident.id}/deaths", json=death, headers=match(1)))
    for root, one in ((ENROLMENTS, case), (REQUESTS, request)):
        now = fresh(people.village, root, one)
        assert (now["state"], now["waiting"]["stop"], now["due_on"]) == ("withdrawn", "death", None)
    assert refused(ask(people.village, resident, "phone", value="13900139001")) == (409, "person-gone")
    assert done(people.village.get(WORK))["items"] == [] or all(
        one["resident_id"] != str(resident.id) for one in done(people.village.get(WORK))["items"]
    )


def test_the_same_request_twice_is_one(people, person, database):
    resident = person()
    url, once = f"/api/v1/residents/{resident.id}/change-requests", key()
    first, second = (people.village.post(url, json=form("phone", value="13900139000"), headers=once) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.headers["Idempotency-Replayed"] == "true"
    assert people.village.post(url, json=form("phone", value="13900139000")).json()["code"] == "idempotency-key-missing"
    row(database, "change_requests", resident)


def test_a_list_is_decided_one_by_one(people, person, family, database):
    """Two changes of one house: the second finds the house changed by the first, and stays."""
    _, members = family(3)
    resident = person()
    phone = done(ask(people.village, resident, "phone", value="13900139000"))
    head = done(
        ask(
            people.village,
            members[1],
            "household_head",
            staying={str(members[1].id): "户主", str(members[0].id): "配偶"},
        )
    )
    split = done(
        ask(people.village, members[2], "household_split", household_number="分1", leaving={str(members[2].id): "户主"})
    )
    cases = [approve(people, REQUESTS, one, CHECK) for one in (phone, head, split)]
    ids = [one["id"] for one in cases] + ["4407839999999999"]
    body = {"ids": ids, "step": REVIEW, "decision": "approve"}
    result = done(people.reviewer.post(f"{REQUESTS}/decisions", json=body))
    assert [(one["decided"], one["state"], one["code"]) for one in result["items"]] == [
        (True, "archived", None),
        (True, "archived", None),
        (False, "village_checked", "old-value-changed"),
        (False, None, "not-found"),
    ]
    assert row(database, "residents", members[1]).relation == "户主"


def test_a_protected_value_is_shown_in_full_only_with_the_right_and_a_reason(people, person, database):
    resident = person(insured=True)
    request = done(ask(people.village, resident, "bank_account", value=ACCOUNT, proof_number="粤B2011000123"))
    url, wish = f"{REQUESTS}/{request['id']}/reveals", {"side": "new", "reason": "与存折核对"}
    assert people.reviewer.post(url, json=wish).status_code == 403
    assert done(people.county.post(url, json=wish)) == {"side": "new", "value": ACCOUNT}
    assert done(people.county.post(url, json=wish | {"side": "proof_number"}))["value"] == "粤B2011000123"
    assert fresh(people.county, REQUESTS, request)["proof_number_masked"].endswith("0123")
    plain = done(ask(people.village, resident, "ethnicity", value="壮族"))
    nothing = people.county.post(f"{REQUESTS}/{plain['id']}/reveals", json=wish)
    assert nothing.json()["code"] == "value-not-recorded"
    with database.read_snapshot(system_actor(COUNTY)) as session:
        events = session.execute(
            text("SELECT detail FROM audit_events WHERE action = 'reveal_change_request' AND subject_id = :id"),
            {"id": int(request["id"])},
        ).scalars()
        assert [event["side"] for event in events] == ["new", "proof_number"]
        stored = session.execute(
            text("SELECT old, new FROM change_requests WHERE id = :id"), {"id": int(request["id"])}
        )
        assert ACCOUNT not in str(stored.one())


@pytest.mark.parametrize("kind", ["tier", "rhythm"])
def test_terms_belong_to_the_insured(people, person, kind):
    values = {"tier": "300.00"} if kind == "tier" else {"rhythm": "monthly"}
    assert refused(ask(people.village, person(), kind, **values)) == (409, "not-insured")


def test_the_effective_day_lies_within_life_and_not_ahead(people, person):
    resident = person(birth_date=date(1970, 5, 1))
    for day in ("1970-04-30", "2011-04-01"):
        answer = ask(people.village, resident, "phone", value="13900139000", effective_on=day)
        assert refused(answer) == (422, "effective-date-unfit")


def test_insured_people_are_not_changed_by_one_person_alone(people, person):
    resident = person(insured=True)
    url = f"/api/v1/residents/{resident.id}"
    for change in ({"name": "冒名"}, {"bank_account": ACCOUNT}, {"hukou_kind": "non_rural"}, {"is_student": True}):
        for client in (people.clerk, people.county_clerk):
            assert refused(client.patch(url, json=change, headers=match(1))) == (409, "county-approval-required")
    assert people.clerk.patch(url, json={"remark": "已核对"}, headers=match(1)).status_code == 200
    assert resident.division_code == factories.VILLAGE
