"""P1 through HTTP, as the real roles: three steps by three persons, returns and new rounds, and the law's limits."""

from __future__ import annotations

import uuid
from datetime import date
from types import SimpleNamespace

import pytest
from sqlalchemy import text

from api.database import system_actor
from api.permissions import ROLE_PERMISSIONS
from api.vocabulary import HukouKind, ResidentStatus, RoleName
from tests import factories

ENROLMENTS = "/api/v1/enrolments"
COUNTY = 440783000000
CHECK, REVIEW, APPROVAL = "village_check", "township_review", "county_approval"


@pytest.fixture(scope="module")
def people(sign_in):
    """One signed-in person of each role, and a second village assistant."""
    return SimpleNamespace(
        village=sign_in(RoleName.VILLAGE_ASSISTANT),
        other_village_person=sign_in(RoleName.VILLAGE_ASSISTANT),
        clerk=sign_in(RoleName.TOWN_CLERK),
        reviewer=sign_in(RoleName.TOWN_REVIEWER),
        county=sign_in(RoleName.COUNTY_REVIEWER),
        county_clerk=sign_in(RoleName.COUNTY_CLERK),
    )


@pytest.fixture
def person(database):
    """Make residents whom nothing keeps from joining, but for what the test says."""

    def make(**facts):
        with database.unit_of_work(system_actor(COUNTY)) as session:
            return factories.make_resident(session, **facts)

    return make


def apply(client, resident, *, tier="100.00", applied_on="2011-03-01", **facts):
    body = {"resident_id": str(resident.id), "tier": tier, "applied_on": applied_on} | facts
    return client.post(ENROLMENTS, json=body, headers={"Idempotency-Key": uuid.uuid4().hex})


def decide(client, case, step, *, decision="approve", opinion=None, version=None):
    body = {"step": step, "decision": decision, "opinion": opinion}
    headers = {"If-Match": f'"{version or case["version"]}"'}
    return client.post(f"{ENROLMENTS}/{case['id']}/decisions", json=body, headers=headers)


def done(answer):
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()


def refused(answer):
    return answer.status_code, answer.json()["code"]


def rows(database, table, resident):
    with database.read_snapshot(system_actor(COUNTY)) as session:
        return session.execute(text(f"SELECT * FROM {table} WHERE resident_id = :id"), {"id": resident.id}).all()


def test_three_persons_take_a_case_from_application_to_account(people, person, database):
    resident = person()
    case = done(apply(people.village, resident, tier="300.00", rhythm="quarterly"))
    assert (case["state"], case["next_step"], case["tier"], case["rhythm"]) == ("draft", CHECK, "300.00", "quarterly")
    assert rows(database, "accounts", resident) == []
    case = done(decide(people.clerk, case, CHECK))
    case = done(decide(people.reviewer, case, REVIEW, opinion="材料齐全"))
    assert (case["state"], case["insured_on"]) == ("township_reviewed", None)
    case = done(decide(people.county, case, APPROVAL))
    assert (case["state"], case["next_step"], case["insured_on"]) == ("county_approved", None, "2011-03-31")
    [account] = rows(database, "accounts", resident)
    assert (account.personal_fen, account.collective_fen, account.gov_fen, account.state) == (0, 0, 0, "open")
    assert (account.opened_on, account.division_code) == (date(2011, 3, 31), resident.division_code)
    read = people.village.get(f"{ENROLMENTS}/{case['id']}")
    assert read.headers["ETag"] == f'"{case["version"]}"'
    decisions = read.json()["decisions"]
    assert [one["step"] for one in decisions] == [CHECK, REVIEW, APPROVAL]
    assert len({one["decided_by_id"] for one in decisions}) == 3
    assert refused(apply(people.village, resident)) == (409, "enrolment-already-open")


def test_each_step_is_done_by_its_own_role_only(people, person):
    case = done(apply(people.village, person()))
    for client in (people.reviewer, people.county, people.county_clerk):
        assert refused(decide(client, case, CHECK))[0] == 403
    case = done(decide(people.village, case, CHECK))
    for client in (people.village, people.clerk, people.county):
        assert refused(decide(client, case, REVIEW))[0] == 403
    case = done(decide(people.reviewer, case, REVIEW))
    for client in (people.village, people.clerk, people.reviewer, people.county_clerk):
        assert refused(decide(client, case, APPROVAL))[0] == 403
    assert apply(people.reviewer, person()).status_code == 403


def test_nobody_does_two_steps_of_a_case_whatever_rights_they_hold(people, person, database, monkeypatch):
    """A person with all rights at once still cannot decide alone."""
    monkeypatch.setitem(
        ROLE_PERMISSIONS,
        RoleName.TOWN_CLERK,
        ROLE_PERMISSIONS[RoleName.TOWN_CLERK]
        | ROLE_PERMISSIONS[RoleName.TOWN_REVIEWER]
        | ROLE_PERMISSIONS[RoleName.COUNTY_REVIEWER],
    )
    from api.services import enrolments
    from api.services.two_persons import SamePerson
    from api.vocabulary import Decision, EnrolmentStep, Rhythm

    today = date(2011, 3, 31)
    resident = person()
    with database.unit_of_work(system_actor(COUNTY)) as session:
        first, second, third = (factories.make_actor(session, RoleName.TOWN_CLERK) for _ in range(3))
        case = enrolments.apply_for(
            session, actor=first, resident_id=resident.id, tier_fen=10_000, rhythm=Rhythm.YEARLY,
            applied_on=today, today=today,
        )  # fmt: skip

        def say(actor, step):
            ruling = enrolments.Ruling(step, Decision.APPROVE, None, today)
            return enrolments.decide(session, actor=actor, enrolment_id=case.id, version=case.version, ruling=ruling)

        say(first, EnrolmentStep.VILLAGE_CHECK)
        with pytest.raises(SamePerson):
            say(first, EnrolmentStep.TOWNSHIP_REVIEW)
        say(second, EnrolmentStep.TOWNSHIP_REVIEW)
        for actor in (first, second):
            with pytest.raises(SamePerson):
                say(actor, EnrolmentStep.COUNTY_APPROVAL)
        say(third, EnrolmentStep.COUNTY_APPROVAL)


def test_who_entered_a_case_does_not_review_it(database, person, monkeypatch):
    monkeypatch.setitem(
        ROLE_PERMISSIONS,
        RoleName.TOWN_CLERK,
        ROLE_PERMISSIONS[RoleName.TOWN_CLERK] | ROLE_PERMISSIONS[RoleName.TOWN_REVIEWER],
    )
    from api.services import enrolments
    from api.vocabulary import Decision, EnrolmentStep, Rhythm

    today = date(2011, 3, 31)
    resident = person()
    with database.unit_of_work(system_actor(COUNTY)) as session:
        maker, other = (factories.make_actor(session, RoleName.TOWN_CLERK) for _ in range(2))
        case = enrolments.apply_for(
            session, actor=maker, resident_id=resident.id, tier_fen=10_000, rhythm=Rhythm.YEARLY,
            applied_on=today, today=today,
        )  # fmt: skip
        check = enrolments.Ruling(EnrolmentStep.VILLAGE_CHECK, Decision.APPROVE, None, today)
        review = enrolments.Ruling(EnrolmentStep.TOWNSHIP_REVIEW, Decision.APPROVE, None, today)
        enrolments.decide(session, actor=other, enrolment_id=case.id, version=1, ruling=check)
        [result] = enrolments.decide_many(session, actor=maker, enrolment_ids=[case.id], ruling=review)
        assert result.refusal is not None
        assert result.refusal.code == "same-person"


def test_the_system_may_not_decide(database, person):
    from dataclasses import replace

    from api.permissions import Permission
    from api.services import enrolments
    from api.services.two_persons import CheckerNotAPerson
    from api.vocabulary import Decision, EnrolmentStep, Rhythm

    today = date(2011, 3, 31)
    resident = person()
    system = replace(system_actor(COUNTY), permissions=frozenset(Permission))
    with database.rehearsal(system) as session:
        case = enrolments.apply_for(
            session, actor=system, resident_id=resident.id, tier_fen=10_000, rhythm=Rhythm.YEARLY,
            applied_on=today, today=today,
        )  # fmt: skip
        ruling = enrolments.Ruling(EnrolmentStep.VILLAGE_CHECK, Decision.APPROVE, None, today)
        with pytest.raises(CheckerNotAPerson):
            enrolments.decide(session, actor=system, enrolment_id=case.id, version=1, ruling=ruling)


def test_returned_case_is_mended_and_goes_round_again_with_the_same_persons(people, person, database):
    resident = person()
    case = done(apply(people.village, resident))
    case = done(decide(people.village, case, CHECK))
    assert refused(decide(people.reviewer, case, REVIEW, decision="return")) == (422, "opinion-missing")
    case = done(decide(people.reviewer, case, REVIEW, decision="return", opinion="缺户口簿复印件"))
    assert (case["state"], case["next_step"]) == ("returned", None)
    assert refused(decide(people.reviewer, case, REVIEW)) == (409, "step-not-next")
    assert refused(apply(people.village, resident)) == (409, "enrolment-already-open")
    mended = {"tier": "200.00", "rhythm": "yearly", "applied_on": "2011-03-20"}
    url = f"{ENROLMENTS}/{case['id']}/resubmissions"
    assert people.village.post(url, json=mended).status_code == 428
    assert refused(people.village.post(url, json=mended, headers={"If-Match": '"1"'})) == (412, "stale-version")
    case = done(people.village.post(url, json=mended, headers={"If-Match": f'"{case["version"]}"'}))
    assert (case["state"], case["round"], case["tier"]) == ("draft", 2, "200.00")
    again = people.village.post(url, json=mended, headers={"If-Match": f'"{case["version"]}"'})
    assert refused(again) == (409, "enrolment-not-returned")
    case = done(decide(people.village, case, CHECK))
    case = done(decide(people.reviewer, case, REVIEW))
    case = done(decide(people.county, case, APPROVAL))
    assert case["state"] == "county_approved"
    decisions = people.county.get(f"{ENROLMENTS}/{case['id']}").json()["decisions"]
    assert [(one["round"], one["decision"]) for one in decisions] == [
        (1, "approve"), (1, "return"), (2, "approve"), (2, "approve"), (2, "approve"),
    ]  # fmt: skip


def test_rejected_case_ends_and_the_person_may_apply_anew(people, person):
    resident = person()
    case = done(apply(people.village, resident))
    case = done(decide(people.clerk, case, CHECK))
    case = done(decide(people.reviewer, case, REVIEW, decision="reject", opinion="已在外地参保"))
    assert case["state"] == "rejected"
    assert refused(decide(people.reviewer, case, REVIEW)) == (409, "step-not-next")
    assert done(apply(people.village, resident))["id"] != case["id"]


def test_decision_from_an_old_look_is_refused(people, person):
    case = done(apply(people.village, person()))
    bare = people.clerk.post(f"{ENROLMENTS}/{case['id']}/decisions", json={"step": CHECK, "decision": "approve"})
    assert refused(bare) == (428, "if-match-required")
    done(decide(people.clerk, case, CHECK))
    assert refused(decide(people.reviewer, case, REVIEW, version=1)) == (412, "stale-version")
    assert refused(decide(people.clerk, case, CHECK, version=2)) == (409, "step-not-next")


def test_a24_the_sixteenth_birthday_is_the_first_day(people, person):
    resident = person(birth_date=date(1995, 3, 2))
    early = apply(people.village, resident, applied_on="2011-03-01")
    assert refused(early) == (409, "enrolment-refused")
    assert [fault["code"] for fault in early.json()["errors"]] == ["too-young"]
    assert done(apply(people.village, resident, applied_on="2011-03-02"))["state"] == "draft"


def test_a8_born_on_29_february_1996_is_too_young_in_2011(people, person):
    assert refused(apply(people.village, person(birth_date=date(1996, 2, 29))))[1] == "enrolment-refused"


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        ({"is_student": True}, ["student"]),
        ({"employee_insured": True}, ["employee-insured"]),
        ({"other_pension": True}, ["other-pension"]),
        ({"hukou_kind": HukouKind.NON_RURAL}, ["not-rural"]),
        ({"status": ResidentStatus.DEAD, "status_on": date(2011, 1, 1)}, ["dead"]),
        ({"status": ResidentStatus.MOVED_OUT, "is_student": True}, ["moved-out", "student"]),
    ],
)
def test_the_laws_obstacles_are_all_told(people, person, facts, codes):
    answer = apply(people.village, person(**facts))
    assert refused(answer) == (409, "enrolment-refused")
    assert [fault["code"] for fault in answer.json()["errors"]] == codes


def test_facts_that_changed_meanwhile_stop_the_countys_approval(people, person, database):
    resident = person()
    case = done(apply(people.village, resident))
    case = done(decide(people.clerk, case, CHECK))
    case = done(decide(people.reviewer, case, REVIEW))
    with database.unit_of_work(system_actor(COUNTY)) as session:
        session.execute(text("UPDATE residents SET employee_insured = true WHERE id = :id"), {"id": resident.id})
    assert refused(decide(people.county, case, APPROVAL)) == (409, "enrolment-refused")
    assert rows(database, "accounts", resident) == []
    case = done(decide(people.county, case, APPROVAL, decision="reject", opinion="已参加职保"))
    assert case["state"] == "rejected"


def test_tier_must_be_offered_and_is_nothing_for_who_was_60_at_launch(people, person):
    resident, elder = person(), person(birth_date=date(1948, 5, 3))
    for tier in ("150.00", "0.00", "600.00"):
        assert refused(apply(people.village, resident, tier=tier)) == (422, "tier-not-offered")
    assert apply(people.village, resident, tier=100).status_code == 422
    assert refused(apply(people.village, elder, tier="100.00")) == (422, "tier-not-needed")
    assert done(apply(people.village, elder, tier="0.00"))["tier"] == "0.00"
    assert refused(apply(people.village, resident, applied_on="2011-04-01")) == (422, "applied-in-future")


def test_same_application_twice_is_one(people, person, database):
    resident = person()
    body = {"resident_id": str(resident.id), "tier": "100.00", "applied_on": "2011-03-01"}
    key = {"Idempotency-Key": uuid.uuid4().hex}
    first, second = (people.village.post(ENROLMENTS, json=body, headers=key) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.headers["Idempotency-Replayed"] == "true"
    assert first.json() == second.json()
    assert people.village.post(ENROLMENTS, json=body).json()["code"] == "idempotency-key-missing"
    assert len(rows(database, "enrolments", resident)) == 1


def test_list_of_decisions_settles_each_case_by_itself(people, person, database):
    cases = [done(apply(people.village, person())) for _ in range(3)]
    foreign = person(village=440783001211)
    hidden = done(apply(people.clerk, foreign))
    done(decide(people.clerk, cases[2], CHECK))
    ids = [case["id"] for case in cases] + [hidden["id"], "4407839999999999"]
    body = {"ids": ids, "step": CHECK, "decision": "approve"}
    result = done(people.village.post(f"{ENROLMENTS}/decisions", json=body))
    assert (result["decided"], result["refused"]) == (2, 3)
    assert [(one["decided"], one["code"]) for one in result["items"]] == [
        (True, None), (True, None), (False, "step-not-next"), (False, "not-found"), (False, "not-found"),
    ]  # fmt: skip
    assert {one["message"] for one in result["items"][3:]} == {result["items"][4]["message"]}
    assert result["items"][3]["state"] is None
    assert refused(people.village.post(f"{ENROLMENTS}/decisions", json=body | {"step": REVIEW}))[0] == 403
    assert people.village.post(f"{ENROLMENTS}/decisions", json=body | {"ids": ids[:1] * 201}).status_code == 422
    waiting = people.reviewer.get(ENROLMENTS, params={"state": "village_checked", "limit": 200}).json()["items"]
    assert {case["id"] for case in cases} <= {case["id"] for case in waiting}
    done(people.reviewer.post(f"{ENROLMENTS}/decisions", json={"ids": ids[:3], "step": REVIEW, "decision": "approve"}))
    done(people.county.post(f"{ENROLMENTS}/decisions", json={"ids": ids[:3], "step": APPROVAL, "decision": "approve"}))
    states = [people.county.get(f"{ENROLMENTS}/{case['id']}").json() for case in cases]
    assert [(one["state"], one["insured_on"]) for one in states] == [("county_approved", "2011-03-31")] * 3
    for one in states:
        with database.read_snapshot(system_actor(COUNTY)) as session:
            query = text("SELECT count(*) FROM accounts WHERE resident_id = :id")
            assert session.execute(query, {"id": int(one["resident_id"])}).scalar_one() == 1


def test_every_effect_is_in_the_audit_trail(people, person, database):
    case = done(apply(people.village, person()))
    case = done(decide(people.clerk, case, CHECK))
    done(decide(people.reviewer, case, REVIEW, decision="return", opinion="缺件"))
    with database.read_snapshot(system_actor(COUNTY)) as session:
        query = text("SELECT action, detail FROM audit_events WHERE subject_id = :id ORDER BY id")
        events = session.execute(query, {"id": int(case["id"])}).all()
    assert [event.action for event in events] == ["create_enrolment", "decide_enrolment", "decide_enrolment"]
    assert events[2].detail == {"state": "returned", "round": 1, "step": REVIEW, "decision": "return"}
