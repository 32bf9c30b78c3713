"""Enrolment of a list: the law judges each row, three persons decide, and nothing is done twice."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from api.services import bulk_enrolments
from api.services.bulk_enrolments import NewEnrolment
from api.vocabulary import EnrolmentStep, HukouKind, ResidentStatus, RoleName
from tests import factories
from tests.factories import COUNTY, OTHER_VILLAGE, TOWN, VILLAGE

DAY = date(2010, 10, 12)
COUNTY_CODE = 440783


def register(session, actor, *residents, tier_fen=10_000):
    rows = [NewEnrolment(resident.id, tier_fen, DAY) for resident in residents]
    return bulk_enrolments.register(session, actor=actor, county_code=COUNTY_CODE, rows=rows, today=DAY)


def approve(session, role, step, *, division=TOWN, actor=None):
    actor = actor or factories.make_actor(session, role)
    return bulk_enrolments.approve_step(
        session, actor=actor, division_code=division, step=step, today=date(2010, 10, 20), opinion="同意"
    )


def states(session):
    return dict(session.execute(text("SELECT state, count(*) FROM enrolments GROUP BY state")).all())


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"birth_date": date(1994, 10, 13)}, "too-young"),
        ({"is_student": True}, "student"),
        ({"employee_insured": True}, "employee-insured"),
        ({"hukou_kind": HukouKind.NON_RURAL}, "not-rural"),
        ({"status": ResidentStatus.DEAD, "status_on": date(2010, 9, 1)}, "dead"),
    ],
)
def test_a_row_that_the_law_refuses_is_named_and_the_others_go_in(session, facts, code):
    refused = factories.make_resident(session, **facts)
    taken = factories.make_resident(session, birth_date=date(1994, 10, 12))
    count, refusals = register(session, factories.make_actor(session, RoleName.TOWN_CLERK), refused, taken)
    assert (count, [(one.row_no, one.code) for one in refusals]) == (1, [(0, code)])
    assert session.execute(text("SELECT resident_id FROM enrolments")).scalars().all() == [taken.id]


def test_nobody_is_enrolled_twice_by_one_list_or_by_two(session):
    resident = factories.make_resident(session)
    actor = factories.make_actor(session, RoleName.TOWN_CLERK)
    assert register(session, actor, resident, resident)[0] == 1
    count, refusals = register(session, actor, resident)
    assert (count, refusals[0].code) == (0, "enrolled-already")


def test_a_tier_that_is_not_offered_is_refused(session):
    resident = factories.make_resident(session)
    actor = factories.make_actor(session, RoleName.TOWN_CLERK)
    count, refusals = register(session, actor, resident, tier_fen=12_000)
    assert (count, refusals[0].code) == (0, "tier-not-offered")


def test_somebody_outside_the_scope_is_as_absent(database):
    from api.database import system_actor

    with database.unit_of_work(system_actor(COUNTY)) as session:
        foreign = factories.make_resident(session, village=OTHER_VILLAGE)
        assistant = factories.make_actor(session, RoleName.VILLAGE_ASSISTANT)
    rows = [NewEnrolment(foreign.id, 10_000, DAY), NewEnrolment(4407839999999999, 10_000, DAY)]
    with database.rehearsal(assistant) as session:
        count, refusals = bulk_enrolments.register(
            session, actor=assistant, county_code=COUNTY_CODE, rows=rows, today=DAY
        )
    assert count == 0
    assert [(one.code, one.message) for one in refusals] == [(refusals[0].code, refusals[0].message)] * 2


def test_three_persons_bring_a_list_to_an_account_each(session):
    residents = [factories.make_resident(session) for _ in range(3)]
    assistant = factories.make_actor(session, RoleName.VILLAGE_ASSISTANT)
    register(session, assistant, *residents)
    assert approve(session, None, EnrolmentStep.VILLAGE_CHECK, division=VILLAGE, actor=assistant) == 3
    assert approve(session, RoleName.TOWN_REVIEWER, EnrolmentStep.TOWNSHIP_REVIEW) == 3
    assert approve(session, RoleName.COUNTY_REVIEWER, EnrolmentStep.COUNTY_APPROVAL) == 3
    assert states(session) == {"county_approved": 3}
    persons = session.execute(
        text("SELECT count(DISTINCT decided_by_id) FROM enrolment_decisions GROUP BY enrolment_id")
    ).scalars()
    assert set(persons) == {3}
    accounts = session.execute(text("SELECT resident_id FROM accounts ORDER BY 1")).scalars().all()
    assert accounts == sorted(resident.id for resident in residents)
    assert approve(session, RoleName.COUNTY_REVIEWER, EnrolmentStep.COUNTY_APPROVAL) == 0


def test_whoever_brought_a_case_in_does_not_review_it(session):
    from dataclasses import replace

    from api.permissions import Permission

    clerk = factories.make_actor(session, RoleName.TOWN_CLERK)
    both = replace(clerk, permissions=clerk.permissions | {Permission.ENROLMENT_REVIEW})
    register(session, both, factories.make_resident(session))
    checker = factories.make_actor(session, RoleName.VILLAGE_ASSISTANT)
    assert approve(session, None, EnrolmentStep.VILLAGE_CHECK, division=VILLAGE, actor=checker) == 1
    assert approve(session, None, EnrolmentStep.TOWNSHIP_REVIEW, actor=both) == 0
    assert states(session) == {"village_checked": 1}


def test_a_role_without_the_step_is_refused(session):
    with pytest.raises(bulk_enrolments.StepForbidden):
        approve(session, RoleName.VILLAGE_ASSISTANT, EnrolmentStep.COUNTY_APPROVAL, division=VILLAGE)
