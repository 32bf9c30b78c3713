"""P3 over HTTP as the real roles: each reason, returns and refusals, two persons, stale versions, undoing."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from api.database import system_actor
from api.models import Resident, User
from api.policy.money import BySource
from api.services import settlements
from api.services.two_persons import SamePerson
from api.vocabulary import HukouKind, ResidentStatus
from tests import factories
from tests.benefits.worlds import contribute, post_interest
from tests.cancellations.worlds import (
    API,
    APPROVAL,
    CHECK,
    COUNTY,
    HEIR,
    REVIEW,
    done,
    key,
    match,
    refused,
    verified,
)

SELF = {"relation": "self", "bank_account": "6228480402564890018"}


@pytest.fixture
def person(database):
    """Make insured residents with a year's contribution and its interest."""

    def make(*, paid=True, enrolled=True, **facts):
        with database.unit_of_work(system_actor(COUNTY)) as session:
            made = factories.make_resident(
                session, **({"birth_date": date(1970, 5, 5), "household": factories.make_household(session)} | facts)
            )
            if enrolled:
                factories.enrol(session, made)
            if paid and enrolled:
                contribute(session, made, 2010, date(2010, 10, 20), BySource(10_000, 0, 3_000))
                post_interest(session, made, 2010)
            return made.id

    return make


def row(database, table, resident_id, column="resident_id"):
    with database.read_snapshot(system_actor(COUNTY)) as session:
        return session.execute(text(f"SELECT * FROM {table} WHERE {column} = :id"), {"id": resident_id}).one()


def pay_in(client, resident_id, paid_on="2011-03-20"):
    body = {
        "resident_id": str(resident_id), "contribution_year": 2011, "kind": "annual", "tier": "100.00",
        "paid_on": paid_on, "channel": "bank_transfer",
    }  # fmt: skip
    return client.post(f"{API}/contributions", json=body, headers=key())


@pytest.mark.parametrize(
    ("reason", "proof"),
    [
        ("death", "cremation_certificate"),
        ("settled_abroad", "residence_abroad"),
        ("other_pension", "other_scheme"),
        ("hukou_not_rural", "hukou_book"),
    ],
)
def test_each_reason_from_the_report_to_the_payment(desk, database, person, reason, proof):
    one = person(bank_account="6228480402564890018")
    payee = HEIR if reason == "death" else {"relation": "self"}
    case = done(desk.hand_in(one, reason=reason, proof=proof, payee=payee))
    assert (case["state"], case["next_step"], case["due_on"]) == ("draft", CHECK, "2011-04-10")
    case = desk.approve_case(case)
    assert (case["state"], case["registered_event"], case["account_state"]) == ("county_approved", True, "open")
    assert [(one["step"], one["stamped"]) for one in case["decisions"]] == [
        (CHECK, True),
        (REVIEW, True),
        (APPROVAL, True),
    ]
    resident = row(database, "residents", one, "id")
    now = {
        "death": ResidentStatus.DEAD.value, "settled_abroad": ResidentStatus.MOVED_OUT.value,
    }.get(reason, ResidentStatus.ALIVE.value)  # fmt: skip
    assert (resident.status, resident.other_pension, resident.hukou_kind) == (
        now, reason == "other_pension", HukouKind.NON_RURAL if reason == "hukou_not_rural" else HukouKind.RURAL,
    )  # fmt: skip
    sheet = done(desk.compute(case))
    # 100.00 and 30.00 of October with 0.38 and 0.11 of 2010; 2.75 % for three months of 2011.
    assert sheet["balance"] == {"personal": "101.07", "collective": "0.00", "gov": "30.32"}
    assert (sheet["state"], sheet["refund"], sheet["retained"]) == ("computed", "101.07", "30.32")
    assert sheet["payee"]["bank_account_masked"].endswith("0018")
    assert HEIR["id_number"] not in str(sheet)
    assert row(database, "accounts", one).state == "open"
    sheet = done(desk.approve(sheet))
    assert (sheet["state"], row(database, "accounts", one).state) == ("approved", "closed")
    assert row(database, "enrolments", one).state == "county_approved"
    sheet = done(desk.pay(sheet, "2011-03-31"))
    assert (sheet["state"], row(database, "enrolments", one).state) == ("paid", "terminated")
    assert desk.case(case)["state"] == "archived"
    events = [event["kind"] for event in done(desk.people.village.get(f"{API}/residents/{one}/timeline"))["items"]]
    assert {"cancellation_applied", "cancellation_approve", "settlement_approved", "settlement_paid"} <= set(events)
    assert verified(database) == {}


def test_who_is_not_insured_is_refused(desk, person):
    assert refused(desk.hand_in(person(enrolled=False))) == (409, "not-insured")
    assert refused(desk.hand_in(4407830000000007)) == (404, "not-found")
    one = person()
    assert refused(desk.hand_in(one, desk.people.stranger)) == (404, "not-found")
    done(desk.hand_in(one))
    assert refused(desk.hand_in(one)) == (409, "cancellation-already-open")


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"proof": "hukou_book"}, "proof-unfit"),
        ({"event_on": "2011-04-01"}, "event-outside-life"),
        ({"event_on": "1960-01-01"}, "event-outside-life"),
        ({"payee": SELF}, "payee-is-dead"),
        ({"reason": "other_pension", "proof": "other_scheme"}, "payee-is-self"),
    ],
)
def test_a_form_that_breaks_the_rules_is_refused_with_its_reason(desk, person, form, code):
    answer = desk.hand_in(person(), **form)
    assert refused(answer) == (409, "cancellation-refused")
    assert [fault["code"] for fault in answer.json()["errors"]] == [code]


def test_a_payee_is_checked_and_masked(desk, person):
    one = person()
    wrong = HEIR | {
        "id_number": HEIR["id_number"][:-1] + ("1" if HEIR["id_number"][-1] != "1" else "2"),
        "bank_account": "12",
    }
    answer = desk.hand_in(one, payee=wrong)
    assert refused(answer) == (422, "payee-invalid")
    assert [fault["code"] for fault in answer.json()["errors"]] == ["payee-id-number", "payee-bank-account"]
    assert wrong["id_number"] not in answer.text
    case = done(desk.hand_in(one))
    detail = desk.case(case)
    assert detail["payee"]["name"] == "梁继承"
    assert HEIR["id_number"] not in str(detail)
    assert HEIR["bank_account"] not in str(detail)


def test_after_midnight_of_the_merge_a_change_of_hukou_is_no_reason(desk, person):
    one = person()
    desk.turn(date(2013, 2, 1))
    answer = desk.hand_in(
        one, reason="hukou_not_rural", proof="hukou_book", payee={"relation": "self"}, event_on="2013-01-10"
    )
    rural_only = answer.status_code == 201
    from api.policy.parameters import HukouTest, parameters_on

    assert rural_only == (parameters_on(date(2013, 2, 1)).hukou_test is HukouTest.RURAL_ONLY)


def test_return_resubmission_and_rejection(desk, database, person):
    one = person()
    case = done(desk.hand_in(one))
    case = done(desk.say(desk.people.clerk, case, CHECK))
    assert refused(desk.say(desk.people.reviewer, case, REVIEW, "return")) == (422, "opinion-missing")
    case = done(desk.say(desk.people.reviewer, case, REVIEW, "return", "死亡日期与证明不符"))
    assert (case["state"], case["next_step"]) == ("returned", None)
    body = {"reason": "death", "event_on": "2011-03-08", "proof": "death_certificate", "payee": HEIR}
    path = f"{API}/cancellations/{case['id']}/resubmissions"
    assert desk.people.village.post(path, json=body).status_code == 428
    assert desk.people.village.post(path, json=body, headers={"If-Match": '"1"'}).status_code == 412
    case = done(desk.people.village.post(path, json=body, headers=match(case)))
    assert (case["state"], case["round"], case["event_on"]) == ("draft", 2, "2011-03-08")
    assert row(database, "accounts", one).cancels_on == date(2011, 3, 8)
    case = done(desk.say(desk.people.clerk, case, CHECK))
    case = done(desk.say(desk.people.reviewer, case, REVIEW, "reject", "本人健在，已上门核实"))
    assert case["state"] == "rejected"
    assert row(database, "accounts", one).cancels_on is None
    assert done(pay_in(desk.people.clerk, one))["state"] == "posted"
    assert refused(desk.compute(case)) == (409, "cancellation-not-approved")
    done(desk.hand_in(one))


def test_only_the_maker_withdraws(desk, database, person):
    one = person()
    case = done(desk.hand_in(one))
    path = f"{API}/cancellations/{case['id']}/withdrawals"
    assert refused(desk.people.clerk.post(path, headers=match(case))) == (409, "not-the-maker")
    assert refused(pay_in(desk.people.clerk, one)) == (409, "cancellation-under-way")
    assert done(pay_in(desk.people.clerk, one, "2011-03-10"))["paid_on"] == "2011-03-10"
    case = done(desk.people.village.post(path, headers=match(case)))
    assert case["state"] == "withdrawn"
    assert row(database, "accounts", one).cancels_on is None


def test_each_step_has_its_role_and_nobody_does_two(desk, person):
    case = done(desk.hand_in(person(), desk.people.clerk))
    for client in (desk.people.reviewer, desk.people.county, desk.people.county_clerk, desk.people.finance):
        assert refused(desk.say(client, case, CHECK))[0] == 403
    assert refused(desk.say(desk.people.village, case, REVIEW))[0] == 403
    case = done(desk.say(desk.people.clerk, case, CHECK))
    assert refused(desk.say(desk.people.village, case, CHECK)) == (409, "step-not-next")
    assert refused(desk.say(desk.people.stranger, case, CHECK)) == (404, "not-found")
    assert refused(desk.say(desk.people.reviewer, case | {"version": 1}, REVIEW)) == (412, "stale-version")
    case = done(desk.say(desk.people.reviewer, case, REVIEW))
    assert refused(desk.say(desk.people.reviewer, case, APPROVAL))[0] == 403
    case = done(desk.say(desk.people.county, case, APPROVAL))
    for client in (desk.people.village, desk.people.clerk, desk.people.county, desk.people.finance):
        assert client.post(f"{API}/cancellations/{case['id']}/settlements", headers=key()).status_code == 403


def test_computing_approving_and_paying_are_three_persons(desk, database, person):
    one = person()
    case = desk.approve_case(done(desk.hand_in(one)))
    sheet = done(desk.compute(case))
    assert refused(desk.compute(case)) == (409, "settlement-exists")
    assert refused(desk.approve(sheet, desk.people.county_clerk))[0] == 403
    assert refused(desk.approve(sheet, content_hash="0" * 64)) == (409, "settlement-outdated")
    assert refused(desk.approve(sheet | {"version": 9})) == (412, "stale-version")
    assert refused(desk.pay(sheet, "2011-03-31")) == (409, "settlement-state")
    with database.rehearsal(system_actor(COUNTY)) as session:
        clerk = session.execute(
            text("SELECT computed_by_id FROM settlements WHERE id = :id"), {"id": int(sheet["id"])}
        ).scalar_one()
        same = factories.actor_of(session.get(User, (440783, clerk)))
        with pytest.raises(SamePerson):
            settlements.approve(
                session, actor=same, settlement_id=int(sheet["id"]), given_hash=sheet["content_hash"], opinion=None,
                expected_version=1, today=date(2011, 3, 31),
            )  # fmt: skip
    sheet = done(desk.approve(sheet))
    with database.rehearsal(system_actor(COUNTY)) as session:
        for column in ("computed_by_id", "approved_by_id"):
            who = session.execute(
                text(f"SELECT {column} FROM settlements WHERE id = :id"), {"id": int(sheet["id"])}
            ).scalar_one()
            same = factories.actor_of(session.get(User, (440783, who)))
            with pytest.raises(SamePerson):
                settlements.pay(
                    session, actor=same, settlement_id=int(sheet["id"]), paid_on=date(2011, 3, 31),
                    bank_reference="X", expected_version=sheet["version"], today=date(2011, 3, 31),
                )  # fmt: skip
    assert desk.pay(sheet, "2011-04-01").json()["code"] == "paid-on-outside"
    assert desk.pay(sheet, "2011-03-30").json()["code"] == "paid-on-outside"
    path, body = f"{API}/settlements/{sheet['id']}/payments", {"bank_reference": "X", "paid_on": "2011-03-31"}
    assert refused(desk.people.finance.post(path, json=body, headers=match(sheet))) == (400, "idempotency-key-missing")
    assert desk.people.finance.post(path, json=body, headers=key()).status_code == 428


def test_a_payment_is_booked_once_however_often_it_is_sent(desk, database, person):
    one = person()
    case = desk.approve_case(done(desk.hand_in(one)))
    sheet = done(desk.approve(done(desk.compute(case))))
    same = key()
    first = desk.pay(sheet, "2011-03-31", headers=same)
    again = desk.pay(sheet, "2011-03-31", headers=same)
    assert (first.status_code, again.headers["Idempotency-Replayed"]) == (201, "true")
    assert first.json() == again.json()
    assert refused(desk.pay(sheet, "2011-03-31")) == (409, "settlement-state")
    with database.read_snapshot(system_actor(COUNTY)) as session:
        query = text("SELECT count(*) FROM journals WHERE dedup_key = :key")
        assert session.execute(query, {"key": f"settlement_paid:{sheet['id']}"}).scalar_one() == 1


def test_a_death_that_is_registered_already_is_not_registered_twice(desk, database, person):
    one = person()
    version = row(database, "residents", one, "id").version
    body = {"died_on": "2011-03-10", "source": "村报"}
    done(desk.people.clerk.post(f"{API}/residents/{one}/deaths", json=body, headers={"If-Match": f'"{version}"'}))
    assert refused(desk.hand_in(one, event_on="2011-03-11")) == (409, "cancellation-refused")
    assert refused(desk.hand_in(one, reason="other_pension", proof="other_scheme", payee=SELF)) == (
        409, "cancellation-refused",
    )  # fmt: skip
    before = row(database, "residents", one, "id").version
    case = desk.approve_case(done(desk.hand_in(one)))
    assert case["registered_event"] is False
    assert row(database, "residents", one, "id").version == before


def test_a_death_on_another_day_registered_meanwhile_stops_the_last_approval(desk, database, person):
    one = person()
    case = done(desk.hand_in(one))
    case = done(desk.say(desk.people.clerk, case, CHECK))
    case = done(desk.say(desk.people.reviewer, case, REVIEW))
    version = row(database, "residents", one, "id").version
    body = {"died_on": "2011-03-02", "source": "殡葬"}
    done(desk.people.clerk.post(f"{API}/residents/{one}/deaths", json=body, headers={"If-Match": f'"{version}"'}))
    answer = desk.say(desk.people.county, case, APPROVAL)
    assert refused(answer) == (409, "cancellation-refused")
    assert answer.json()["errors"][0]["code"] == "event-differs"
    case = done(desk.say(desk.people.county, case, APPROVAL, "return", "死亡日期与民政数据不符"))
    assert case["state"] == "returned"


def test_a_wrong_death_is_undone_before_the_payment(desk, database, person):
    """Discard, reverse by another than the approver, revoke: the person is insured as before (features 93)."""
    one = person()
    case = desk.approve_case(done(desk.hand_in(one)))
    sheet = done(desk.compute(case))
    assert refused(desk.discard(sheet, desk.people.finance))[0] == 403
    assert done(desk.discard(sheet, desk.people.county_clerk))["state"] == "discarded"
    sheet = done(desk.approve(done(desk.compute(case))))
    path = f"{API}/cancellations/{case['id']}/revocations"
    said = {"reason": "误报，本人健在"}
    assert refused(desk.people.other_county.post(path, json=said, headers=match(case))) == (409, "settlement-stands")
    assert refused(desk.discard(sheet, desk.people.county)) == (409, "same-person")
    sheet = done(desk.discard(sheet, desk.people.other_county))
    assert sheet["state"] == "reversed"
    account = row(database, "accounts", one)
    assert (account.state, account.personal_fen, account.gov_fen) == ("open", 10_107, 3_032)
    assert verified(database) == {}
    assert refused(desk.people.county.post(path, json=said, headers=match(case))) == (409, "same-person")
    case = done(desk.people.other_county.post(path, json=said, headers=match(case)))
    assert (case["state"], case["resident_status"]) == ("withdrawn", "alive")
    assert row(database, "accounts", one).cancels_on is None
    desk.turn(date(2011, 4, 2))
    assert done(pay_in(desk.people.clerk, one, "2011-04-02"))["amount"] == "100.00"
    assert verified(database) == {}


def test_the_payee_is_fixed_by_review_and_settlement(desk, person):
    one = person()
    case = done(desk.hand_in(one, payee=None))
    path = f"{API}/cancellations/{case['id']}"
    other = {"payee": HEIR | {"name": "梁次女"}, "set_off_agreed": True}
    case = done(desk.people.village.patch(path, json=other, headers=match(case)))
    assert (case["payee"]["name"], case["set_off_agreed"]) == ("梁次女", True)
    case = done(desk.people.village.patch(path, json={"payee": None}, headers=match(case)))
    case = desk.approve_case(case)
    assert refused(desk.people.village.patch(path, json=other, headers=match(case))) == (409, "payee-fixed")
    sheet = done(desk.compute(case))
    assert refused(desk.approve(sheet)) == (409, "payee-missing")
    assert refused(desk.people.county_clerk.patch(path, json=other, headers=match(case))) == (409, "payee-fixed")
    done(desk.discard(sheet, desk.people.county_clerk))
    case = done(desk.people.county_clerk.patch(path, json=other, headers=match(case)))
    assert done(desk.approve(done(desk.compute(case))))["payee"]["name"] == "梁次女"


def test_a_settlement_is_outdated_by_what_happens_after_it(desk, database, person):
    one = person()
    case = desk.approve_case(done(desk.hand_in(one)))
    sheet = done(desk.compute(case))
    with database.unit_of_work(system_actor(COUNTY)) as session:
        resident = session.get(Resident, (440783, one))
        contribute(session, resident, 2011, date(2011, 3, 9), BySource(10_000, 0, 3_000))
    assert refused(desk.approve(sheet)) == (409, "settlement-outdated")
    done(desk.discard(sheet, desk.people.county_clerk))
    assert done(desk.approve(done(desk.compute(case))))["refund"] == "201.07"


def test_an_open_change_request_is_shown(desk, database, person):
    one = person()
    with database.unit_of_work(system_actor(COUNTY)) as session:
        session.execute(
            text(
                "INSERT INTO change_requests (county_code, id, resident_id, division_code, kind, item, state, old, new, "
                "requested_on, effective_on, proof, since_on, due_on, created_by_id) SELECT 440783, 4407830000000000 + nextval('serials'), "
                "id, division_code, 'phone', 'phone', 'draft', '{}', '{}', '2011-03-01', '2011-03-01', 'application', '2011-03-01', '2011-03-10', 1 "
                "FROM residents WHERE id = :id"
            ),
            {"id": one},
        )
    case = desk.case(done(desk.hand_in(one)))
    assert [conflict["kind"] for conflict in case["conflicts"]] == ["change_request"]


def test_somebody_settled_may_join_again_with_an_account_that_begins_anew(desk, database, person):
    one = person(bank_account="6228480402564890018")
    desk.whole(one, date(2011, 3, 31), reason="settled_abroad", proof="residence_abroad", payee={"relation": "self"})
    with database.unit_of_work(system_actor(COUNTY)) as session:
        session.execute(text("UPDATE residents SET status = 'alive', status_on = NULL WHERE id = :id"), {"id": one})
    desk.turn(date(2012, 4, 2))
    body = {"resident_id": str(one), "tier": "100.00", "applied_on": "2012-04-02"}
    case = done(desk.people.village.post(f"{API}/enrolments", json=body, headers=key()))
    for client, step in ((desk.people.clerk, CHECK), (desk.people.reviewer, REVIEW), (desk.people.county, APPROVAL)):
        path = f"{API}/enrolments/{case['id']}/decisions"
        case = done(client.post(path, json={"step": step, "decision": "approve"}, headers=match(case)))
    account = row(database, "accounts", one)
    assert (account.state, account.cancels_on, account.interest_through) == ("open", None, date(2011, 12, 31))
    assert verified(database) == {}


def test_the_overdue_list_names_the_dead_with_money(desk, database, person):
    one = person()
    version = row(database, "residents", one, "id").version
    body = {"died_on": "2011-01-05", "source": "村报"}
    done(desk.people.clerk.post(f"{API}/residents/{one}/deaths", json=body, headers={"If-Match": f'"{version}"'}))

    def found(client, **query):
        items = done(client.get(f"{API}/settlements/overdue", params={"limit": 200} | query))["items"]
        return [item for item in items if item["resident_id"] == str(one)]

    [item] = found(desk.people.county)
    assert (item["days"], item["claim_until"], item["balance"]) == (85, "2011-03-06", "130.49")
    assert (item["cancellation_id"], item["settlement_state"]) == (None, None)
    assert found(desk.people.stranger) == []
    assert found(desk.people.county, division="440783001211") == []
    case = done(desk.hand_in(one, event_on="2011-01-05"))
    [item] = found(desk.people.village)
    assert item["cancellation_state"] == "draft"
    case = desk.approve_case(case)
    done(desk.pay(done(desk.approve(done(desk.compute(case)))), "2011-03-31"))
    assert found(desk.people.county) == []
    desk.turn(date(2011, 2, 4))
    assert found(desk.people.county) == []


def test_lists_narrow_and_the_sheet_is_the_same_for_who_may_read_it(desk, person):
    one = person()
    case = desk.approve_case(done(desk.hand_in(one)))
    sheet = done(desk.compute(case))
    for client in (desk.people.village, desk.people.finance, desk.people.auditor):
        [item] = done(client.get(f"{API}/settlements", params={"resident_id": str(one)}))["items"]
        assert (item["id"], item["state"]) == (sheet["id"], "computed")
        [listed] = done(
            client.get(f"{API}/cancellations", params={"resident_id": str(one), "state": "county_approved"})
        )["items"]
        assert listed["id"] == case["id"]
        read = client.get(f"{API}/settlements/{sheet['id']}")
        assert (read.headers["ETag"], read.json()) == ('"1"', sheet)
    assert desk.people.stranger.get(f"{API}/settlements/{sheet['id']}").status_code == 404
    assert desk.people.stranger.get(f"{API}/cancellations/{case['id']}").status_code == 404


def test_a_case_follows_its_person_to_another_village(desk, database, person):
    one = person()
    case = done(desk.hand_in(one, reason="other_pension", proof="other_scheme", payee=SELF))
    version = row(database, "residents", one, "id").version
    body = {"moved_on": "2011-03-20", "to_division_code": str(factories.OTHER_VILLAGE)}
    done(desk.people.clerk.post(f"{API}/residents/{one}/moves", json=body, headers={"If-Match": f'"{version}"'}))
    assert desk.people.village.get(f"{API}/cancellations/{case['id']}").status_code == 404
    assert done(desk.people.stranger.get(f"{API}/cancellations/{case['id']}"))["division_code"] == "440783001211"
    sheet = done(desk.pay(done(desk.approve(done(desk.compute(desk.approve_case(case))))), "2011-03-31"))
    assert sheet["division_code"] == "440783001211"
    assert verified(database) == {}


def test_only_who_pays_sees_the_account_in_full_and_leaves_a_trace(desk, database, person):
    case = desk.approve_case(done(desk.hand_in(person())))
    sheet = done(desk.approve(done(desk.compute(case))))
    path, said = f"{API}/settlements/{sheet['id']}/reveals", {"reason": "支付结算款"}
    for client in (desk.people.county_clerk, desk.people.county, desk.people.village, desk.people.auditor):
        assert refused(client.post(path, json=said)) == (403, "forbidden")
    assert done(desk.people.finance.post(path, json=said)) == {"bank_account": HEIR["bank_account"]}
    trail = done(desk.people.auditor.get(f"{API}/audit-events", params={"action": "reveal_payee_account"}))["items"]
    assert [event["subject_id"] for event in trail] == [sheet["id"]]
    assert HEIR["bank_account"] not in str(trail)


def facts_of(database, resident_id, table):
    with database.read_snapshot(system_actor(COUNTY)) as session:
        return session.execute(
            text(f"SELECT * FROM {table} WHERE resident_id = :id ORDER BY id"), {"id": resident_id}
        ).all()


def revoke(desk, case):
    path, said = f"{API}/cancellations/{case['id']}/revocations", {"reason": "登记有误"}
    return done(desk.people.other_county.post(path, json=said, headers=match(case)))


def test_another_pension_is_a_fact_from_the_day_of_the_event_and_never_was_once_revoked(desk, database, person):
    one = person()
    case = desk.approve_case(done(desk.hand_in(one, reason="other_pension", proof="other_scheme", payee=SELF)))
    [fact] = facts_of(database, one, "resident_facts")
    assert (fact.kind, fact.begins_on, fact.ended_on) == ("other_pension", date(2011, 3, 10), None)
    assert (fact.source_kind, fact.source_id) == ("case", int(case["id"]))
    assert fact.evidence.startswith("注销登记(")
    assert revoke(desk, case)["state"] == "withdrawn"
    [fact] = facts_of(database, one, "resident_facts")
    assert (fact.ended_on, fact.void_reason) == (None, "注销登记已撤销")
    assert row(database, "residents", one, "id").other_pension is False
    assert verified(database) == {}


def test_a_revocation_leaves_what_an_office_entered_itself(desk, database, person):
    one = person(other_pension=True)
    case = desk.approve_case(done(desk.hand_in(one, reason="other_pension", proof="other_scheme", payee=SELF)))
    assert case["registered_event"] is False
    revoke(desk, case)
    [fact] = facts_of(database, one, "resident_facts")
    assert (fact.voided_at, row(database, "residents", one, "id").other_pension) == (None, True)


def test_another_hukou_kind_ends_the_stay_and_a_revocation_lets_it_go_on(desk, database, person):
    one = person()
    case = desk.approve_case(done(desk.hand_in(one, reason="hukou_not_rural", proof="hukou_book", payee=SELF)))
    [stay] = facts_of(database, one, "resident_spells")
    assert (stay.hukou_kind, stay.ended_on, stay.reason) == ("rural", date(2011, 3, 10), "hukou_changed")
    assert row(database, "residents", one, "id").here_since == date(2011, 3, 10)
    revoke(desk, case)
    [stay] = facts_of(database, one, "resident_spells")
    now = row(database, "residents", one, "id")
    assert (now.hukou_kind, now.here_since, stay.voided_at is None) == ("rural", None, False)
    assert verified(database) == {}


def test_after_a_revocation_somebody_who_has_moved_is_rural_where_they_are(desk, database, person):
    one = person()
    case = desk.approve_case(done(desk.hand_in(one, reason="hukou_not_rural", proof="hukou_book", payee=SELF)))
    version = row(database, "residents", one, "id").version
    body = {"moved_on": "2011-03-20", "to_division_code": str(factories.OTHER_VILLAGE)}
    done(desk.people.clerk.post(f"{API}/residents/{one}/moves", json=body, headers={"If-Match": f'"{version}"'}))
    revoke(desk, desk.case(case))
    now = row(database, "residents", one, "id")
    assert (now.hukou_kind, now.here_since) == ("rural", date(2011, 3, 20))
    assert verified(database) == {}


def test_a_death_that_was_wrong_is_undone_in_the_stays_as_well(desk, database, person):
    """Who moved before the reported death: the stay in the old village forgets the day of death with the revocation."""
    one = person()
    version = row(database, "residents", one, "id").version
    body = {"moved_on": "2011-03-20", "to_division_code": str(factories.OTHER_VILLAGE)}
    done(desk.people.clerk.post(f"{API}/residents/{one}/moves", json=body, headers={"If-Match": f'"{version}"'}))
    case = desk.approve_case(done(desk.hand_in(one, desk.people.clerk, event_on="2011-03-10")))
    standing = [stay for stay in facts_of(database, one, "resident_spells") if stay.voided_at is None]
    assert [stay.gone_on for stay in standing] == [date(2011, 3, 10)]
    revoke(desk, case)
    standing = [stay for stay in facts_of(database, one, "resident_spells") if stay.voided_at is None]
    assert [stay.gone_on for stay in standing] == [None]
    now = row(database, "residents", one, "id")
    assert (now.status, now.status_on, now.status_reason) == ("alive", None, None)
    assert verified(database) == {}
