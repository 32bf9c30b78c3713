"""今日待办 and 委托代办: what waits for whom and since when, what is late, and who does a step for somebody on leave."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from api.database import system_actor
from api.services import case_steps, change_requests, delegations, enrolments, work_items
from api.services.case_procedures import Ruling
from api.services.case_refusals import StepForbidden
from api.services.delegations import DelegateUnfit, DelegationForbidden, DelegationOverlaps, DelegationPeriodUnfit, Wish
from api.services.two_persons import CheckerNotAPerson, SamePerson
from api.services.work_items import Wanted
from api.vocabulary import CaseKind, Decision, EnrolmentStep, Rhythm, RoleName, WorkBox
from tests import factories
from tests.cases.desks import (
    APPROVAL,
    CHECK,
    COUNTY,
    DELEGATIONS,
    ENROLMENTS,
    REQUESTS,
    REVIEW,
    WORK,
    apply,
    approve,
    ask,
    done,
    key,
    match,
    refused,
    say,
)

TODAY = date(2011, 3, 31)


def late(database, case, due):
    """Let a case have been due on a day."""
    table = "enrolments" if "tier" in case else "change_requests"
    with database.unit_of_work(system_actor(COUNTY)) as session:
        session.execute(
            text(f"UPDATE {table} SET due_on = :due, since_on = '2011-01-05' WHERE id = :id"),
            {"due": due, "id": int(case["id"])},
        )


def listed(client, **query):
    return done(client.get(WORK, params={"limit": 200} | query))["items"]


def ids(items):
    return [one["id"] for one in items]


def test_each_step_waits_with_its_own_people_overdue_first(people, person, database):
    case = done(apply(people.village, person()))
    request = done(ask(people.village, person(), "name", value="陈待办"))
    assert {case["id"], request["id"]} <= set(ids(listed(people.assistant)))
    assert not {case["id"], request["id"]} & set(ids(listed(people.reviewer)))
    assert ids(listed(people.neighbour)) == []
    request = approve(people, REQUESTS, request, CHECK)
    late(database, request, date(2011, 3, 15))
    case = approve(people, ENROLMENTS, case, CHECK)
    items = listed(people.reviewer)
    assert items[0]["id"] == request["id"]
    assert (items[0]["kind"], items[0]["title"], items[0]["is_overdue"]) == ("change_request", "变更：姓名", True)
    dues = [one["due_on"] for one in items]
    assert dues == sorted(dues)
    assert ids(listed(people.reviewer, overdue="true")) == [request["id"]]
    assert request["id"] not in ids(listed(people.reviewer, overdue="false"))
    assert case["id"] in ids(listed(people.reviewer, kind="enrolment"))
    assert request["id"] not in ids(listed(people.reviewer, kind="enrolment"))
    assert ids(listed(people.reviewer, step=APPROVAL)) == []
    assert case["id"] in ids(listed(people.reviewer, step=REVIEW, division=str(factories.VILLAGE)))
    assert ids(listed(people.reviewer, division=str(factories.OTHER_VILLAGE))) == []
    request = done(say(people.reviewer, REQUESTS, request, REVIEW))
    assert request["id"] in ids(listed(people.county))
    for client in (people.auditor, people.finance, people.county_clerk):
        assert ids(listed(client)) == []


def test_counts_agree_with_the_lists(people, person, database):
    for _ in range(2):
        done(apply(people.village, person()))
    request = done(ask(people.clerk, person(), "phone", value="13900139000"))
    late(database, request, date(2011, 3, 10))
    for client in (people.village, people.clerk, people.reviewer, people.county, people.auditor):
        counted = {}
        for one in done(client.get(f"{WORK}/counts"))["items"]:
            counted[one["box"]] = counted.get(one["box"], 0) + one["total"]
        for box in WorkBox:
            items = listed(client, box=box.value)
            assert counted.get(box.value, 0) == len(items), (box, counted)
    waiting = [one for one in done(people.clerk.get(f"{WORK}/counts"))["items"] if one["kind"] == "change_request"]
    assert any(one["overdue"] for one in waiting)


def test_pages_follow_each_other_without_a_gap(people, person):
    for _ in range(5):
        done(apply(people.village, person()))
    whole = ids(listed(people.village))
    walked, after = [], None
    while True:
        page = done(people.village.get(WORK, params={"limit": 2} | ({"after": after} if after else {})))
        walked += ids(page["items"])
        after = page["next"]
        if after is None:
            break
    assert walked == whole
    assert refused(people.village.get(WORK, params={"after": "x"}))[0] == 422


def test_own_cases_are_in_the_list_and_say_why_not(people, person, database, monkeypatch):
    """A clerk who could review as well meets the case that they handed in."""
    with database.unit_of_work(system_actor(COUNTY)) as session:
        maker = factories.make_actor(session, RoleName.TOWN_CLERK)
        reviewer = factories.make_actor(session, RoleName.TOWN_REVIEWER)
        resident = factories.make_resident(session)
        delegations.create(
            session, actor=reviewer, today=TODAY,
            wish=Wish(reviewer.user_id, maker.user_id, EnrolmentStep.TOWNSHIP_REVIEW, TODAY, TODAY, "开会"),
        )  # fmt: skip
        case = enrolments.apply_for(
            session, actor=maker, resident_id=resident.id, tier_fen=10_000, rhythm=Rhythm.YEARLY, applied_on=TODAY,
            today=TODAY,
        )  # fmt: skip
        other = factories.make_actor(session, RoleName.VILLAGE_ASSISTANT)
        check = Ruling(EnrolmentStep.VILLAGE_CHECK, Decision.APPROVE, None, TODAY)
        enrolments.decide(session, actor=other, enrolment_id=case.id, version=1, ruling=check)
    with database.read_snapshot(maker) as session:
        wanted = Wanted(step=EnrolmentStep.TOWNSHIP_REVIEW, kind=CaseKind.ENROLMENT)
        items, _ = work_items.list_items(session, actor=maker, wanted=wanted, today=TODAY, limit=200, after=None)
        [mine] = [one for one in items if one.case.id == case.id]
        assert mine.obstacle.code == "same-person"
        assert mine.mandate is None
        theirs = [one for one in items if one.case.id != case.id and one.obstacle is None]
        assert all(one.mandate.from_user_id == reviewer.user_id for one in theirs)


def test_what_is_three_days_late_is_told_to_the_unit_above(people, person, database):
    request = done(ask(people.village, person(), "name", value="陈督办"))
    late(database, request, date(2011, 3, 29))
    assert request["id"] not in ids(listed(people.reviewer, box="escalated")), "two days late"
    late(database, request, date(2011, 3, 28))
    [item] = [one for one in listed(people.reviewer, box="escalated") if one["id"] == request["id"]]
    assert (item["is_overdue"], item["decidable"]) == (True, False)
    assert request["id"] not in ids(listed(people.county, box="escalated")), "one unit above, not two"
    assert request["id"] in ids(listed(people.village)), "it still waits where it is late"
    request = approve(people, REQUESTS, request, CHECK)
    late(database, request, date(2011, 3, 15))
    assert request["id"] in ids(listed(people.county, box="escalated"))
    assert request["id"] not in ids(listed(people.reviewer, box="escalated"))


def give(client, to, step, *, starts_on="2011-03-31", ends_on="2011-04-10", path=DELEGATIONS):
    body = {"to_user_id": str(to), "step": step, "starts_on": starts_on, "ends_on": ends_on, "reason": "外出培训"}
    return client.post(path, json=body, headers=key())


def test_a_reviewer_on_leave_gives_the_step_to_a_colleague(people, person, sign_in, database):
    absent = sign_in(RoleName.TOWN_REVIEWER)
    request = done(ask(people.village, person(insured=True), "address", value="委托路1号"))
    request = approve(people, REQUESTS, request, CHECK)
    deputy = sign_in(RoleName.TOWN_CLERK)
    assert refused(say(deputy, REQUESTS, request, REVIEW))[0] == 403
    assert request["id"] not in ids(listed(deputy, step=REVIEW))
    given = done(give(absent, deputy.user_id, REVIEW))
    assert (given["is_active"], given["to_user_id"]) == (True, str(deputy.user_id))
    assert deputy.user_id in [int(one["id"]) for one in done(absent.get(f"{DELEGATIONS}/colleagues"))["items"]]
    [item] = [one for one in listed(deputy, step=REVIEW) if one["id"] == request["id"]]
    assert (item["decidable"], item["on_behalf_of_id"]) == (True, str(absent.user_id))
    seen = done(deputy.get(f"{REQUESTS}/{request['id']}"))
    assert seen["waiting"]["decidable"] is True
    request = done(say(deputy, REQUESTS, request, REVIEW))
    assert request["state"] == "archived"
    last = done(deputy.get(f"{REQUESTS}/{request['id']}"))["decisions"][-1]
    assert (last["decided_by_id"], last["on_behalf_of_id"]) == (str(deputy.user_id), str(absent.user_id))
    url = f"{DELEGATIONS}/{given['id']}/revocations"
    assert people.county.post(url).status_code == 428
    assert deputy.post(url, headers=match(1)).status_code == 403
    ended = done(absent.post(url, headers=match(1)))
    assert (ended["is_active"], ended["revoked_at"] is not None) == (False, True)
    assert refused(absent.post(url, headers=match(2))) == (409, "delegation-over")
    other = approve(people, REQUESTS, done(ask(people.village, person(), "address", value="委托路2号")), CHECK)
    assert refused(say(deputy, REQUESTS, other, REVIEW))[0] == 403


def test_the_county_arranges_for_who_cannot_come(people, sign_in):
    absent, deputy = sign_in(RoleName.VILLAGE_ASSISTANT), sign_in(RoleName.TOWN_CLERK)
    path = f"/api/v1/users/{absent.user_id}/delegations"
    assert refused(give(people.reviewer, deputy.user_id, CHECK, path=path))[0] == 403
    given = done(give(people.county, deputy.user_id, CHECK, path=path))
    assert given["division_code"] == str(factories.VILLAGE)
    assert given["id"] in ids(done(people.county.get(DELEGATIONS))["items"])
    assert given["id"] in ids(done(deputy.get(DELEGATIONS))["items"])
    assert given["id"] in ids(done(people.village.get(DELEGATIONS))["items"]), "a village knows who stands in for whom"
    assert given["id"] not in ids(done(people.neighbour.get(DELEGATIONS))["items"])
    assert people.neighbour.get(f"{DELEGATIONS}/{given['id']}").status_code == 404


@pytest.fixture
def office(session):
    """Actors of a transaction that is undone."""
    return {role: factories.make_actor(session, role) for role in RoleName if role is not RoleName.ADMINISTRATOR}


def wish(giver, taker, step=EnrolmentStep.TOWNSHIP_REVIEW, starts=TODAY, ends=TODAY):
    return Wish(giver.user_id, taker.user_id, step, starts, ends, "请假")


@pytest.mark.parametrize(
    ("taker", "words"),
    [
        (RoleName.FINANCE, "财务"),
        (RoleName.AUDITOR, "审计"),
        (RoleName.VILLAGE_ASSISTANT, "本单位或上级"),
        (RoleName.TOWN_REVIEWER, "本人"),
    ],
)
def test_who_may_not_take_a_step(session, office, taker, words):
    giver = office[RoleName.TOWN_REVIEWER]
    with pytest.raises(DelegateUnfit, match=words):
        delegations.create(session, actor=giver, wish=wish(giver, office[taker]), today=TODAY)


def test_only_ones_own_step_is_given_and_never_handed_on(session, office):
    giver, deputy = office[RoleName.TOWN_REVIEWER], office[RoleName.TOWN_CLERK]
    with pytest.raises(DelegationForbidden):
        delegations.create(session, actor=giver, wish=wish(giver, deputy, EnrolmentStep.COUNTY_APPROVAL), today=TODAY)
    with pytest.raises(DelegationForbidden):
        delegations.create(session, actor=deputy, wish=wish(giver, deputy), today=TODAY)
    delegations.create(session, actor=giver, wish=wish(giver, deputy), today=TODAY)
    third = factories.make_actor(session, RoleName.TOWN_CLERK)
    with pytest.raises(DelegationForbidden):
        delegations.create(session, actor=deputy, wish=wish(deputy, third), today=TODAY)


@pytest.mark.parametrize(
    ("starts", "ends"),
    [
        (date(2011, 3, 30), date(2011, 4, 2)),
        (date(2011, 4, 2), date(2011, 4, 1)),
        (date(2011, 4, 1), date(2011, 5, 31)),
    ],
)
def test_days_in_order_not_past_and_not_too_many(session, office, starts, ends):
    giver, deputy = office[RoleName.TOWN_REVIEWER], office[RoleName.TOWN_CLERK]
    with pytest.raises(DelegationPeriodUnfit):
        delegations.create(session, actor=giver, wish=wish(giver, deputy, starts=starts, ends=ends), today=TODAY)


def test_sixty_days_are_the_most_and_one_colleague_at_a_time(session, office):
    giver, deputy = office[RoleName.TOWN_REVIEWER], office[RoleName.TOWN_CLERK]
    first = wish(giver, deputy, starts=date(2011, 4, 1), ends=date(2011, 5, 30))
    delegations.create(session, actor=giver, wish=first, today=TODAY)
    again = wish(giver, deputy, starts=date(2011, 5, 30), ends=date(2011, 6, 2))
    with pytest.raises(DelegationOverlaps):
        delegations.create(session, actor=giver, wish=again, today=TODAY)


def test_a_delegation_holds_from_its_first_day_to_its_last(session, office):
    giver, deputy = office[RoleName.TOWN_REVIEWER], office[RoleName.TOWN_CLERK]
    asked = wish(giver, deputy, starts=date(2011, 4, 2), ends=date(2011, 4, 4))
    delegations.create(session, actor=giver, wish=asked, today=TODAY)
    for day, holds in ((1, False), (2, True), (4, True), (5, False)):
        found = delegations.mandates_of(session, actor=deputy, on=date(2011, 4, day))
        assert bool(found) is holds, day


def case_at_review(session, *, maker, checker):
    resident = factories.make_resident(session)
    case = enrolments.apply_for(
        session, actor=maker, resident_id=resident.id, tier_fen=10_000, rhythm=Rhythm.YEARLY, applied_on=TODAY,
        today=TODAY,
    )  # fmt: skip
    check = Ruling(EnrolmentStep.VILLAGE_CHECK, Decision.APPROVE, None, TODAY)
    return enrolments.decide(session, actor=checker, enrolment_id=case.id, version=1, ruling=check)


REVIEWED = Ruling(EnrolmentStep.TOWNSHIP_REVIEW, Decision.APPROVE, None, TODAY)


def test_two_persons_means_the_giver_as_well_as_the_deputy(session, office):
    """The giver made one case and checked another: the deputy decides neither, and their own neither."""
    giver = factories.make_actor(session, RoleName.TOWN_CLERK)
    deputy, third = (factories.make_actor(session, RoleName.VILLAGE_ASSISTANT) for _ in range(2))
    reviewer = office[RoleName.TOWN_REVIEWER]
    taker = factories.make_actor(session, RoleName.TOWN_CLERK)
    delegations.create(session, actor=reviewer, wish=wish(reviewer, taker), today=TODAY)
    made_by_deputy = case_at_review(session, maker=taker, checker=third)
    with pytest.raises(SamePerson):
        enrolments.decide(
            session, actor=taker, enrolment_id=made_by_deputy.id, version=made_by_deputy.version, ruling=REVIEWED
        )
    checked_by_deputy = case_at_review(session, maker=giver, checker=taker)
    with pytest.raises(SamePerson):
        enrolments.decide(
            session, actor=taker, enrolment_id=checked_by_deputy.id, version=checked_by_deputy.version, ruling=REVIEWED
        )
    # The giver handed it in before they became a reviewer.
    made_by_giver = case_at_review(session, maker=deputy, checker=third)
    session.execute(
        text("UPDATE enrolments SET created_by_id = :giver WHERE id = :id"),
        {"giver": reviewer.user_id, "id": made_by_giver.id},
    )
    with pytest.raises(SamePerson, match="委托人"):
        enrolments.decide(
            session, actor=taker, enrolment_id=made_by_giver.id, version=made_by_giver.version, ruling=REVIEWED
        )
    fine = case_at_review(session, maker=deputy, checker=third)
    fine = enrolments.decide(session, actor=taker, enrolment_id=fine.id, version=fine.version, ruling=REVIEWED)
    # Whose step was done by a deputy has done it: neither of the two approves the case later.
    hands = case_steps.hands_in(session, enrolments.PROCEDURE, [fine])[fine.id]
    assert {taker.user_id, reviewer.user_id} <= hands


def test_a_giver_of_one_town_gives_nothing_of_another(session, office):
    reviewer, taker = office[RoleName.TOWN_REVIEWER], office[RoleName.COUNTY_CLERK]
    delegations.create(session, actor=reviewer, wish=wish(reviewer, taker), today=TODAY)
    case = case_at_review(
        session,
        maker=factories.make_actor(session, RoleName.VILLAGE_ASSISTANT),
        checker=factories.make_actor(session, RoleName.VILLAGE_ASSISTANT),
    )
    session.execute(text("UPDATE enrolments SET division_code = 440783002200 WHERE id = :id"), {"id": case.id})
    with pytest.raises(StepForbidden):
        enrolments.decide(session, actor=taker, enrolment_id=case.id, version=case.version, ruling=REVIEWED)


def test_machines_take_no_steps(session, office):
    from dataclasses import replace

    reviewer, taker = office[RoleName.TOWN_REVIEWER], office[RoleName.TOWN_CLERK]
    delegations.create(session, actor=reviewer, wish=wish(reviewer, taker), today=TODAY)
    machine = replace(taker, client_id=5)
    assert delegations.mandates_of(session, actor=machine, on=TODAY) == []
    request = case_at_review(
        session, maker=factories.make_actor(session, RoleName.TOWN_CLERK), checker=office[RoleName.VILLAGE_ASSISTANT]
    )
    right = replace(machine, permissions=machine.permissions | reviewer.permissions)
    with pytest.raises(CheckerNotAPerson):
        enrolments.decide(session, actor=right, enrolment_id=request.id, version=request.version, ruling=REVIEWED)


def test_a_change_is_never_archived_without_the_keys(session):
    """The table's own procedure reads and stops; only the one with the keys approves for the last time."""
    with pytest.raises(AssertionError):
        change_requests.PROCEDURE.check(session, None, REVIEWED)


def test_decisions_of_two_counties_in_one_request(database):
    """A list may hold cases of several counties: each is written where it belongs."""
    with database.unit_of_work(system_actor(440700000000)) as session:
        session.execute(
            text(
                "INSERT INTO divisions (code, name, level, kind, parent_code, in_scope) VALUES"
                " (440784000000, '鹤山市', 'county', '', 440700000000, true),"
                " (440784001000, '沙坪街道', 'town', '', 440784000000, true),"
                " (440784001210, '越塘村', 'village', '', 440784001000, true)"
            )
        )
        cases = []
        for village in (factories.VILLAGE, 440784001210):
            maker = factories.make_actor(session, RoleName.VILLAGE_ASSISTANT, division=village)
            resident = factories.make_resident(session, village=village)
            cases.append(
                enrolments.apply_for(
                    session, actor=maker, resident_id=resident.id, tier_fen=10_000, rhythm=Rhythm.YEARLY,
                    applied_on=TODAY, today=TODAY,
                )
            )  # fmt: skip
        city = factories.make_actor(session, RoleName.TOWN_CLERK, division=440700000000)
        check = Ruling(EnrolmentStep.VILLAGE_CHECK, Decision.APPROVE, None, TODAY)
        results = enrolments.decide_many(session, actor=city, enrolment_ids=[one.id for one in cases], ruling=check)
        assert [(one.refusal, one.state.value) for one in results] == [(None, "village_checked")] * 2
        counties = session.execute(
            text("SELECT county_code FROM enrolment_decisions WHERE decided_by_id = :id"), {"id": city.user_id}
        ).scalars()
        assert sorted(counties) == [440783, 440784]
