"""The list of land-taken farmers: three offices, the posting, objections, rounds that can be compared, and the freeze."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from api.database import WHOLE, DatabaseRole, system_actor
from api.errors import NotFound, StaleVersion
from api.policy.parameters import parameters_on
from api.policy.publication import last_day_of_publication
from api.services import land_entries, land_lists, land_projects, residents, verification
from api.services.land_refusals import (
    LandDateInFuture,
    LandListClosed,
    LandListEmpty,
    LandListNotPublished,
    LandPersonNotAlive,
    LandStepForbidden,
    LandStepNotNext,
    ObjectionRuled,
    ObjectionsOpen,
    PublicationRunning,
    ResolutionMissing,
    ReturnReasonMissing,
)
from api.services.two_persons import CheckerNotAPerson, SamePerson
from api.vocabulary import Decision, LandProjectState, LandStep, ObjectionOutcome, ResidentStatus, RoleName
from tests import factories
from tests.land_projects.worlds import CHECKED_ON, LISTED_ON, LandOffice

LIST, PUBLISH, CHECK, APPROVE = LandStep


@pytest.fixture
def office(session):
    return LandOffice.of(session)


@pytest.fixture
def people(session):
    return [factories.make_resident(session) for _ in range(3)]


def listed(session, project):
    views, _ = land_lists.list_persons(session, factories.KEYRING, project=project, limit=200, after=None)
    return {view.entry.resident_id: view.entry.sum_fen for view in views}


def told(session, project):
    return {one.resident_id: (one.before_fen, one.after_fen) for one in land_lists.differences(session, project)}


def test_four_steps_freeze_the_list_and_mark_its_people(session, office, people):
    project = office.draft(session, people)
    assert (project.person_count, project.total_fen) == (3, 5_400_000)
    states = []
    for step in LandStep:
        office.step(session, project, step)
        states.append(project.state.value)
    assert states == ["listed", "published", "town_checked", "approved"]
    assert (project.published_on, project.published_until) == (LISTED_ON, date(2011, 3, 8))
    lines = "\n".join([str(project.id), *(f"{one.id}|1800000" for one in sorted(people, key=lambda one: one.id))])
    assert project.list_hash == hashlib.sha256(lines.encode()).hexdigest()
    for one in people:
        session.refresh(one)
        assert (one.land_taken, one.version, one.source_id) == (True, 2, office.county.user_id)
    kept = session.execute(
        text("SELECT row ->> 'land_taken' FROM resident_versions WHERE resident_id = ANY(:ids)"),
        {"ids": [one.id for one in people]},
    ).scalars()
    assert list(kept) == ["false"] * 3
    steps = land_projects.steps_of(session, project)
    assert [step.step for step in steps] == list(LandStep)
    assert {step.list_hash for step in steps} == {project.list_hash}


def test_who_was_marked_already_keeps_their_row(session, office):
    marked = factories.make_resident(session, land_taken=True)
    office.approved(session, [marked])
    session.refresh(marked)
    assert (marked.land_taken, marked.version) == (True, 1)


def test_the_posting_lasts_seven_days_and_the_day_itself_does_not_count(session, office, people):
    project = office.draft(session, people)
    office.step(session, project, LIST)
    office.step(session, project, PUBLISH, on=date(2012, 2, 25))
    assert project.published_until == date(2012, 3, 3)
    with pytest.raises(PublicationRunning, match="2012-03-03"):
        office.step(session, project, CHECK, on=date(2012, 3, 3))
    assert office.step(session, project, CHECK, on=date(2012, 3, 4)).state is LandProjectState.TOWN_CHECKED
    assert last_day_of_publication(LISTED_ON, parameters_on(LISTED_ON)) == date(2011, 3, 8)


def test_a_return_needs_no_waiting_but_a_reason_and_begins_a_new_round(session, office, people):
    project = office.draft(session, people)
    office.step(session, project, LIST)
    office.step(session, project, PUBLISH)
    with pytest.raises(ReturnReasonMissing):
        office.step(session, project, CHECK, decision=Decision.RETURN, opinion="  ", on=LISTED_ON)
    office.step(session, project, CHECK, decision=Decision.RETURN, opinion="漏了两户", on=LISTED_ON)
    assert (project.state, project.round) == (LandProjectState.DRAFT, 2)
    assert (project.published_on, project.published_until, project.listed_by_id) == (None, None, None)
    for step in LandStep:
        office.step(session, project, step)
    assert project.state is LandProjectState.APPROVED
    rounds = [(step.round, step.step, step.decision.value) for step in land_projects.steps_of(session, project)]
    assert rounds[2] == (1, CHECK, "return")
    assert rounds[3:] == [(2, step, "approve") for step in LandStep]


def test_each_step_is_its_own_offices_and_its_own_persons(session, office, people):
    project = office.draft(session, people)
    with pytest.raises(LandStepForbidden):
        office.step(session, project, LIST, actor=office.town)
    with pytest.raises(LandStepNotNext):
        office.step(session, project, PUBLISH)
    with pytest.raises(LandStepNotNext):
        office.step(session, project, LIST, decision=Decision.RETURN, opinion="再看看")
    office.step(session, project, LIST)
    office.step(session, project, PUBLISH)
    for wrong in (office.village, office.county):
        with pytest.raises(LandStepForbidden):
            office.step(session, project, CHECK, actor=wrong)
    everything = office.village.permissions | office.town.permissions | office.county.permissions
    with pytest.raises(SamePerson):
        office.step(session, project, CHECK, actor=replace(office.village, permissions=everything))
    with pytest.raises(CheckerNotAPerson):
        office.step(session, project, CHECK, actor=replace(office.town, client_id=5))
    office.step(session, project, CHECK)
    for one in (office.village, office.town):
        with pytest.raises(SamePerson):
            office.step(session, project, APPROVE, actor=replace(one, permissions=everything))
    office.step(session, project, APPROVE)
    with pytest.raises(LandStepNotNext):
        office.step(session, project, APPROVE)


def test_who_entered_the_project_does_not_check_it_though_another_listed_it(session, office, people):
    project = office.draft(session, people)
    colleague = factories.make_actor(session, RoleName.VILLAGE_ASSISTANT)
    office.step(session, project, LIST, actor=colleague)
    office.step(session, project, PUBLISH, actor=colleague)
    with pytest.raises(SamePerson):
        office.step(session, project, CHECK, actor=replace(office.town, user_id=office.village.user_id))


def test_the_database_refuses_one_person_for_two_steps(session, office, people):
    project = office.draft(session, people)
    for column in ("checked_by_id", "approved_by_id"):
        with pytest.raises(IntegrityError, match="three_persons"), session.begin_nested():
            session.execute(text(f"UPDATE land_projects SET listed_by_id = 7, {column} = 7 WHERE id = :id"), {"id": project.id})  # fmt: skip
    with pytest.raises(IntegrityError, match="approved_is_frozen"), session.begin_nested():
        session.execute(text("UPDATE land_projects SET state = 'approved' WHERE id = :id"), {"id": project.id})
    with pytest.raises(ProgrammingError, match="permission denied"), session.begin_nested():
        session.execute(text("UPDATE land_project_steps SET opinion = 'x'"))


def test_an_empty_list_and_one_without_a_resolution_are_not_handed_in(session, office, people):
    with pytest.raises(LandListEmpty):
        office.step(session, office.draft(session, []), LIST)
    project = office.draft(session, people, meeting_on=None, approval_number="2")
    with pytest.raises(ResolutionMissing):
        office.step(session, project, LIST)
    with pytest.raises(ResolutionMissing):
        office.step(session, office.draft(session, people, resolution=None, approval_number="3"), LIST)
    changed = land_projects.change(
        session, actor=office.village, project_id=project.id, version=project.version,
        facts={"meeting_on": date(2011, 2, 1)}, today=LISTED_ON,
    )  # fmt: skip
    assert office.step(session, changed, LIST).state is LandProjectState.LISTED


def test_dates_are_not_in_the_future(session, office):
    for name in ("land_approved_on", "meeting_on"):
        with pytest.raises(LandDateInFuture):
            office.draft(session, [], **{name: date(2011, 3, 2)})


def test_the_list_is_closed_once_it_is_handed_in(session, office, people):
    project = office.draft(session, people)
    office.step(session, project, LIST)
    version = project.version
    ids = [people[0].id]
    attempts = [
        lambda: office.put(session, project, people, 1),
        lambda: land_entries.strike_persons(session, actor=office.village, project_id=project.id, version=version, resident_ids=ids),
        lambda: land_projects.change(session, actor=office.village, project_id=project.id, version=version, facts={"name": "x"}, today=LISTED_ON),
    ]  # fmt: skip
    for attempt in attempts:
        with pytest.raises(LandListClosed):
            attempt()
    assert listed(session, project) == {one.id: 1_800_000 for one in people}


def test_only_living_people_of_the_village_come_on_the_list(session, office):
    elsewhere = factories.make_resident(session, village=factories.OTHER_VILLAGE)
    own = factories.make_resident(session)
    dead = factories.make_resident(session, status=ResidentStatus.DEAD, status_on=date(2011, 1, 1))
    project = office.draft(session, [])
    with pytest.raises(NotFound):
        office.put(session, project, [own, elsewhere])
    with pytest.raises(LandPersonNotAlive):
        office.put(session, project, [own, dead])
    assert listed(session, project) == {}
    assert project.person_count == 0


def test_a_person_stands_on_a_list_once_and_a_new_sum_takes_the_place_of_the_old(session, office, people):
    project = office.draft(session, people)
    version = project.version
    office.put(session, project, people)
    assert project.version == version, "nothing changed"
    office.put(session, project, [people[0], people[0]], 2_000_000)
    assert listed(session, project) == {people[0].id: 2_000_000, people[1].id: 1_800_000, people[2].id: 1_800_000}
    assert (project.person_count, project.total_fen) == (3, 5_600_000)
    with pytest.raises(IntegrityError, match="uq_land_persons_current"), session.begin_nested():
        session.execute(
            text(
                "INSERT INTO land_persons (county_code, id, project_id, division_code, resident_id, sum_fen, from_round, "
                "added_by_id) SELECT county_code, id + 1, project_id, division_code, resident_id, 1, 1, 1 FROM land_persons "
                "WHERE project_id = :id AND until_round IS NULL LIMIT 1"
            ),
            {"id": project.id},
        )


def test_a_round_tells_what_it_has_other_than_the_one_before(session, office, people):
    stays, leaves, changes = people
    comes, goes_again = factories.make_resident(session), factories.make_resident(session)
    project = office.draft(session, people)
    assert told(session, project) == {}
    office.step(session, project, LIST)
    office.step(session, project, PUBLISH, decision=Decision.RETURN, opinion="金额有误")
    assert told(session, project) == {}
    land_entries.strike_persons(
        session, actor=office.village, project_id=project.id, version=project.version, resident_ids=[leaves.id]
    )
    office.put(session, project, [changes, comes, goes_again], 900_000)
    land_entries.strike_persons(
        session, actor=office.village, project_id=project.id, version=project.version, resident_ids=[goes_again.id]
    )
    office.put(session, project, [stays], 5)
    office.put(session, project, [stays])
    assert told(session, project) == {
        leaves.id: (1_800_000, None),
        changes.id: (1_800_000, 900_000),
        comes.id: (None, 900_000),
    }
    assert (project.person_count, project.total_fen) == (3, 3_600_000)
    office.step(session, project, LIST)
    office.step(session, project, PUBLISH, decision=Decision.RETURN, opinion="再核")
    assert told(session, project) == {}
    with pytest.raises(NotFound):
        land_entries.strike_persons(
            session, actor=office.village, project_id=project.id, version=project.version,
            resident_ids=[stays.id, leaves.id],
        )  # fmt: skip
    assert stays.id in listed(session, project)


def object_to(session, office, project, person, actor=None):
    land_entries.object_to(
        session, actor=actor or office.village, project_id=project.id, version=project.version,
        resident_id=person.id, objection="户口已迁走多年", on=LISTED_ON,
    )  # fmt: skip
    [(objection, _), *_] = land_entries.list_objections(session, project=project, limit=9, after=None)[0]
    return objection


def rule(session, office, project, objection, *, upheld, actor=None):
    land_entries.rule_on(
        session, actor=actor or office.town, project_id=project.id, objection_id=objection.id,
        version=project.version, upheld=upheld, ruling="经核实", on=CHECKED_ON,
    )  # fmt: skip


def test_an_objection_stops_the_list_until_it_is_ruled_on(session, office, people):
    project = office.draft(session, people)
    with pytest.raises(LandListNotPublished):
        object_to(session, office, project, people[0])
    office.step(session, project, LIST)
    office.step(session, project, PUBLISH)
    with pytest.raises(NotFound):
        object_to(session, office, project, factories.make_resident(session))
    objection = object_to(session, office, project, people[0])
    with pytest.raises(ObjectionsOpen):
        office.step(session, project, CHECK)
    with pytest.raises(SamePerson):
        rule(session, office, project, objection, upheld=False, actor=office.village)
    rule(session, office, project, objection, upheld=False)
    assert objection.outcome is ObjectionOutcome.DISMISSED
    with pytest.raises(ObjectionRuled):
        rule(session, office, project, objection, upheld=True)
    assert office.step(session, project, CHECK).state is LandProjectState.TOWN_CHECKED


def test_an_objection_that_is_right_sends_the_list_back(session, office, people):
    project = office.draft(session, people)
    office.step(session, project, LIST)
    office.step(session, project, PUBLISH)
    rule(session, office, project, object_to(session, office, project, people[0]), upheld=True)
    with pytest.raises(ObjectionsOpen):
        office.step(session, project, CHECK)
    office.step(session, project, CHECK, decision=Decision.RETURN, opinion="异议成立，请改名单")
    land_entries.strike_persons(
        session, actor=office.village, project_id=project.id, version=project.version, resident_ids=[people[0].id]
    )
    for step in LandStep:
        office.step(session, project, step)
    assert project.state is LandProjectState.APPROVED
    session.refresh(people[0])
    assert not people[0].land_taken


def test_an_objection_left_open_by_a_return_waits_for_its_ruling(session, office, people):
    project = office.draft(session, people)
    office.step(session, project, LIST)
    office.step(session, project, PUBLISH)
    objection = object_to(session, office, project, people[0])
    office.step(session, project, CHECK, decision=Decision.RETURN, opinion="先处理异议")
    with pytest.raises(ObjectionsOpen):
        office.step(session, project, LIST)
    rule(session, office, project, objection, upheld=True)
    assert office.step(session, project, LIST).state is LandProjectState.LISTED


def test_an_old_version_changes_nothing(session, office, people):
    project = office.draft(session, people)
    with pytest.raises(StaleVersion):
        land_entries.put_persons(
            session, actor=office.village, project_id=project.id, version=1, resident_ids=[people[0].id], sum_fen=1
        )
    with pytest.raises(StaleVersion):
        land_projects.decide(
            session, actor=office.village, project_id=project.id, version=1,
            ruling=land_projects.LandRuling(LIST, Decision.APPROVE, None, LISTED_ON),
        )  # fmt: skip


def test_who_moves_away_stays_on_the_list_and_is_marked_where_they_are(session, office, people):
    project = office.draft(session, people)
    clerk = factories.make_actor(session, RoleName.TOWN_CLERK)
    residents.report_move(
        session, actor=clerk, resident_id=people[0].id, version=1, moved_on=LISTED_ON,
        to_division_code=factories.OTHER_VILLAGE, today=LISTED_ON,
    )  # fmt: skip
    for step in LandStep:
        office.step(session, project, step)
    session.refresh(people[0])
    assert people[0].land_taken
    assert project.person_count == 3


def test_the_village_sees_its_list_whole_also_when_somebody_has_moved(database):
    with database.unit_of_work(system_actor(factories.COUNTY)) as session:
        office = LandOffice.of(session)
        person = factories.make_resident(session)
        project = office.draft(session, [person], approval_number="moved")
        session.execute(
            text("UPDATE residents SET division_code = :to WHERE id = :id"),
            {"to": factories.OTHER_VILLAGE, "id": person.id},
        )
    with database.read_snapshot(office.village) as session:
        [view], _ = land_lists.list_persons(session, factories.KEYRING, project=project, limit=9, after=None)
        assert (view.entry.resident_id, view.resident, view.id_number) == (person.id, None, None)


@pytest.mark.parametrize(
    ("check", "damage"),
    [
        ("51_land_lists_frozen", "UPDATE land_persons SET sum_fen = sum_fen + 1 WHERE project_id = :id"),
        ("51_land_lists_frozen", "UPDATE land_persons SET until_round = 1 WHERE project_id = :id"),
        ("52_land_totals_add_up", "UPDATE land_projects SET total_fen = total_fen + 1 WHERE id = :id"),
        ("52_land_totals_add_up", "UPDATE land_project_steps SET person_count = 9 WHERE project_id = :id"),
        ("53_land_three_persons", "UPDATE land_project_steps SET decided_by_id = 77 WHERE project_id = :id"),
        ("53_land_three_persons", "UPDATE land_project_steps SET decided_on = '2011-03-08' WHERE step = 'town_check' AND project_id = :id"),
        ("53_land_three_persons", "DELETE FROM land_project_steps WHERE step = 'publish' AND project_id = :id"),
        ("53_land_three_persons", "UPDATE land_projects SET approved_by_id = 78 WHERE id = :id"),
    ],
)  # fmt: skip
def test_verify_notices_what_was_done_behind_the_services_back(database, check, damage):
    with database.unit_of_work(system_actor(factories.COUNTY)) as session:
        office = LandOffice.of(session)
        project = office.approved(session, [factories.make_resident(session) for _ in range(2)], approval_number=damage[:90] + check)  # fmt: skip

    def violations():
        with database.read_snapshot(WHOLE, role=DatabaseRole.WIDE) as session:
            rows = verification.run_check(session, check).rows
        return [row for row in rows if row["project_id"] == project.id]

    assert violations() == []
    with psycopg.connect(database.url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(damage.replace(":id", str(project.id)))
    assert len(violations()) == 1
