"""What a person of a house has to do: the law's own limits, day by day (policy.md §1, §3.3, A6, A17)."""

from __future__ import annotations

from datetime import date

import pytest

from api.policy.household_tasks import MemberFacts, due_fen, tasks_for
from api.policy.parameters import parameters_on
from api.vocabulary import AttachmentKind, EnrolmentState, HouseholdTask, HukouKind, ResidentStatus

ON = date(2011, 3, 31)
INSURED = EnrolmentState.COUNTY_APPROVED
BOTH = frozenset({AttachmentKind.ID_CARD, AttachmentKind.HUKOU_BOOK})


def facts(born=date(1970, 5, 1), **more):
    known = {
        "birth_date": born, "hukou": HukouKind.RURAL, "status": ResidentStatus.ALIVE, "enrolment": INSURED,
        "tier_fen": 10_000, "has_bank_account": True, "papers": BOTH,
    }  # fmt: skip
    return MemberFacts(**(known | more))


def owed(on=ON, **more):
    return due_fen(facts(**more), on, parameters_on(on))


def told(on=ON, **more):
    return {task.kind: task for task in tasks_for(facts(**more), on, parameters_on(on))}


def test_the_insured_owe_their_tier_until_it_is_paid():
    assert owed() == 10_000
    assert owed(year_tier_fen=10_000, year_paid_fen=10_000) == 0
    assert owed(year_tier_fen=30_000, year_paid_fen=7_500) == 22_500
    assert owed(year_tier_fen=10_000, year_paid_fen=10_100) == 0


@pytest.mark.parametrize("state", [state for state in EnrolmentState if state is not INSURED] + [None])
def test_nobody_owes_before_the_county_has_approved(state):
    assert owed(enrolment=state) == 0


@pytest.mark.parametrize("status", [ResidentStatus.DEAD, ResidentStatus.MOVED_OUT])
def test_the_dead_and_those_who_left_have_nothing_to_do(status):
    assert owed(status=status) == 0
    assert told(status=status, enrolment=None) == {}


def test_the_year_of_the_60th_birthday_is_paid_by_choice():
    assert owed(born=date(1951, 1, 1)) == 0
    assert owed(born=date(1951, 12, 31)) == 0
    assert owed(born=date(1952, 1, 1)) == 10_000
    assert owed(born=date(1952, 1, 1), on=date(2012, 1, 1)) == 0


def test_who_was_60_at_launch_owes_nothing_whatever_the_row_says():
    assert owed(born=date(1950, 10, 1), on=date(2010, 10, 5)) == 0
    assert owed(born=date(1948, 5, 3)) == 0
    assert owed(tier_fen=0) == 0


def test_government_pays_the_lowest_tier_of_the_severely_disabled():
    assert owed(disability_grade=2) == 0
    assert owed(disability_grade=1, tier_fen=30_000) == 20_000
    assert owed(disability_grade=3) == 10_000
    assert owed(disability_grade=2, year_tier_fen=10_000, year_paid_fen=10_000) == 0
    # The parameter names no other group yet, so 低保 alone is not helped.
    assert owed(groups=frozenset({"dibao", "wubao", "land_taken"})) == 10_000


def test_paying_says_how_much_and_by_when():
    task = told()[HouseholdTask.PAY]
    assert (task.year, task.amount_fen, task.by) == (2011, 10_000, date(2011, 12, 31))
    assert "100.00元" in task.message
    assert "2011-12-31" in task.message
    begun = told(year_tier_fen=10_000, year_paid_fen=2_500)[HouseholdTask.PAY]
    assert begun.amount_fen == 7_500
    assert "分期" in begun.message


def test_who_may_join_and_has_not_is_told_since_when():
    task = told(enrolment=None)[HouseholdTask.ENROL]
    assert task.since == date(2010, 10, 1)
    assert "尚未参保" in task.message
    young = told(born=date(1995, 3, 31), enrolment=None)[HouseholdTask.ENROL]
    assert young.since == date(2011, 3, 31)
    elder = told(born=date(1948, 5, 3), enrolment=None)[HouseholdTask.ENROL]
    assert "不用缴费" in elder.message


@pytest.mark.parametrize(
    "more",
    [
        {"born": date(1995, 4, 1)},
        {"hukou": HukouKind.NON_RURAL},
        {"student": True},
        {"employee_insured": True},
        {"other_pension": True},
    ],
)
def test_who_may_not_join_is_not_told_to(more):
    assert told(enrolment=None, **more) == {}


def test_an_open_case_wants_its_papers():
    for state in (EnrolmentState.DRAFT, EnrolmentState.VILLAGE_CHECKED, EnrolmentState.TOWNSHIP_REVIEWED):
        assert told(enrolment=state) == {}
        task = told(enrolment=state, papers=frozenset({AttachmentKind.ID_CARD, AttachmentKind.PHOTO}))
        assert [one.code for one in task[HouseholdTask.BRING_PAPER].lacks] == ["hukou_book"]
    returned = told(enrolment=EnrolmentState.RETURNED, papers=frozenset())
    assert set(returned) == {HouseholdTask.MEND, HouseholdTask.BRING_PAPER}
    assert [one.code for one in returned[HouseholdTask.BRING_PAPER].lacks] == ["id_card", "hukou_book"]
    assert told(papers=frozenset(), year_tier_fen=10_000, year_paid_fen=10_000) == {}


def test_three_months_before_60_one_is_told_what_is_missing():
    assert HouseholdTask.TURN_60 not in told(born=date(1951, 7, 1))
    ready = told(born=date(1951, 6, 30), complete_years=frozenset({2010}))
    assert set(ready) == {HouseholdTask.TURN_60}
    task = ready[HouseholdTask.TURN_60]
    assert (task.by, task.lacks) == (date(2011, 6, 30), ())
    assert "材料齐备" in task.message
    poor = told(born=date(1951, 6, 30), has_bank_account=False)[HouseholdTask.TURN_60]
    assert [one.code for one in poor.lacks] == ["years", "bank-account"]
    assert "还差1年" in poor.message


def test_who_is_60_and_does_not_draw_is_told_until_they_do():
    past = told(born=date(1951, 1, 15), complete_years=frozenset({2010}))[HouseholdTask.TURN_60]
    assert "尚未领取" in past.message
    assert told(born=date(1951, 1, 15), drawing=True) == {}
    cohort = told(born=date(1948, 5, 3), tier_fen=0)[HouseholdTask.TURN_60]
    assert cohort.lacks == ()
