"""The timeline leads to the papers: each event of a case carries those in force, for whoever may see papers."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import text

from api.database import load_sql, system_actor
from api.services import land_entries, timeline, timeline_words
from api.vocabulary import LandStep, RoleName
from tests import factories
from tests.attachments.files import jpeg
from tests.land_projects.worlds import LandOffice

COUNTY = 440783000000
COLUMNS = [
    "on_day", "at", "kind", "ref", "word", "detail", "amount_fen", "actor_id", "subject_kind", "subject_id",
]  # fmt: skip


@pytest.fixture
def world(database):
    """A person who is insured, on an approved list, and objected to."""
    with database.unit_of_work(system_actor(COUNTY)) as session:
        person = factories.make_resident(session)
        case = factories.enrol(session, person)
        office = LandOffice.of(session)
        project = office.draft(session, [person], approval_number=f"粤{person.id}")
        for step in LandStep:
            if step is LandStep.TOWN_CHECK:
                land_entries.object_to(
                    session, actor=office.village, project_id=project.id, version=project.version,
                    resident_id=person.id, objection="户口问题", on=date(2011, 3, 2),
                )  # fmt: skip
                [(objection, _)], _ = land_entries.list_objections(session, project=project, limit=1, after=None)
                land_entries.rule_on(
                    session, actor=office.town, project_id=project.id, objection_id=objection.id,
                    version=project.version, upheld=False, ruling="经核实", on=date(2011, 3, 9),
                )  # fmt: skip
            office.step(session, project, step)
    return person, case, project


def upload(client, person, content, **form):
    answer = client.post(
        f"/api/v1/residents/{person.id}/attachments", files={"file": ("f", content)}, data={"kind": "id_card"} | form
    )
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()


def events_of(client, person, **query):
    answer = client.get(f"/api/v1/residents/{person.id}/timeline", params={"limit": 200} | query)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def of_kind(events, start):
    return [event for event in events if event["kind"].startswith(start)]


def test_events_of_a_case_carry_its_papers_and_voided_ones_no_longer(sign_in, world):
    person, case, project = world
    village, finance = sign_in(RoleName.VILLAGE_ASSISTANT), sign_in(RoleName.FINANCE)
    colleague = sign_in(RoleName.VILLAGE_ASSISTANT)
    card = upload(village, person, jpeg("card"), subject_id=str(case.id), title="户主身份证")
    wrong = upload(village, person, jpeg("wrong"), subject_id=str(case.id), kind="form")
    land = upload(village, person, jpeg("land"), subject_kind="land_project", subject_id=str(project.id))
    loose = upload(village, person, jpeg("loose"))
    gone = colleague.post(
        f"/api/v1/attachments/{wrong['id']}/voids", json={"reason": "拍糊了"}, headers={"If-Match": '"1"'}
    )
    assert gone.status_code == 200, gone.text
    events = events_of(village, person)
    for event in of_kind(events, "enrolment"):
        assert (event["subject_kind"], event["subject_id"]) == ("enrolment", str(case.id))
        assert [(one["id"], one["title"]) for one in event["attachments"]] == [(card["id"], "户主身份证")]
    assert len(of_kind(events, "enrolment")) == 4
    added = {event["subject_id"]: event for event in of_kind(events, "attachment_added")}
    assert set(added) == {card["id"], wrong["id"], land["id"], loose["id"]}
    assert added[card["id"]]["detail"] == "身份证：户主身份证"
    assert [one["id"] for one in added[card["id"]]["attachments"]] == [card["id"]]
    assert added[wrong["id"]]["attachments"] == []
    [voided] = of_kind(events, "attachment_voided")
    assert (voided["title"], voided["detail"], voided["attachments"]) == ("材料作废：登记表", "拍糊了", [])
    [approved] = of_kind(events, "land_approved")
    assert (approved["at"], approved["amount"]) == ("2011-03-09", "18000.00")
    assert [one["id"] for one in approved["attachments"]] == [land["id"]]
    [objection] = of_kind(events, "land_objection")
    assert objection["detail"] == "户口问题(异议不成立)"
    [registered] = of_kind(events, "resident_registered")
    assert (registered["subject_kind"], registered["subject_id"], registered["attachments"]) == (None, None, [])
    seen_by_finance = events_of(finance, person)
    assert of_kind(seen_by_finance, "attachment") == []
    assert all(event["attachments"] == [] for event in seen_by_finance)
    assert len(seen_by_finance) == len(events) - 5


def test_pages_of_a_timeline_with_papers_are_the_whole_of_it(sign_in, world):
    person, case, _ = world
    village = sign_in(RoleName.VILLAGE_ASSISTANT)
    for number in range(4):
        upload(village, person, jpeg(f"page{number}"), subject_id=str(case.id))
    whole = events_of(village, person)
    seen, after = [], None
    while True:
        query = {"limit": 3} | ({"after": after} if after else {})
        page = village.get(f"/api/v1/residents/{person.id}/timeline", params=query).json()
        seen += page["items"]
        after = page["next"]
        if after is None:
            break
    assert seen == whole
    assert all(len(event["attachments"]) == 4 for event in of_kind(seen, "enrolment"))


@pytest.mark.parametrize("name", timeline.sources())
def test_every_source_has_the_same_columns_and_is_found_by_the_person(session, name):
    """A source that walks a table would make every person's page slow once the table has grown."""
    statement = load_sql(timeline.FOLDER, name)
    person = factories.make_resident(session)
    session.execute(text("SET LOCAL enable_seqscan = off"))
    found = session.execute(text(statement), {"county_code": person.county_code, "resident_id": person.id})
    assert list(found.keys()) == COLUMNS
    plan = "\n".join(
        session.execute(
            text("EXPLAIN " + statement), {"county_code": person.county_code, "resident_id": person.id}
        ).scalars()
    )
    assert "Seq Scan" not in plan, plan
    assert str(person.id) in plan or "resident_id" in plan


def test_every_kind_of_ours_has_words():
    kinds = set()
    for name in timeline.sources():
        kinds |= set(re.findall(r"'((?:attachment|land|resident)_[a-z]+)'", load_sql(timeline.FOLDER, name)))
    assert kinds == {
        "attachment_added", "attachment_voided", "land_approved", "land_objection", "land_project",
        "resident_fact",
        "resident_changed", "resident_registered", "resident_status",
    }  # fmt: skip
    assert kinds - {"land_project", "resident_fact"} <= set(timeline_words._WORDS)
