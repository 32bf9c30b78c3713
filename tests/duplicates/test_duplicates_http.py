"""Duplicates and documents through HTTP, as the real roles: proposed by one, decided by another, undone by a third."""

from __future__ import annotations

import json
import uuid
from datetime import date

import pytest
from sqlalchemy import text

from api.database import system_actor
from api.services import identities
from api.vocabulary import DocumentReason, RoleName
from tests import factories
from tests.factories import KEYRING, OTHER_VILLAGE, VILLAGE

BASE = "/api/v1"
COUNTY = 440783000000


def key():
    return {"Idempotency-Key": uuid.uuid4().hex}


def match(version):
    return {"If-Match": f'"{version}"'}


@pytest.fixture(scope="module")
def clerk(sign_in):
    return sign_in(RoleName.TOWN_CLERK)


@pytest.fixture(scope="module")
def reviewer(sign_in):
    return sign_in(RoleName.TOWN_REVIEWER)


@pytest.fixture(scope="module")
def county(sign_in):
    return sign_in(RoleName.COUNTY_REVIEWER)


def world(database, make):
    with database.unit_of_work(system_actor(COUNTY)) as session:
        return make(session)


def couple(database, name, **facts):
    def make(session):
        people = [factories.make_resident(session, name=name, **facts) for _ in range(2)]
        return [one.id for one in people], factories.make_pair(session, *people).id

    return world(database, make)


def test_two_persons_merge_and_a_third_undoes(clerk, reviewer, county, database):
    (first, second), pair = couple(database, "合并甲", remark=None)
    path = f"{BASE}/duplicates/{pair}"
    shown = clerk.get(path)
    assert (shown.status_code, shown.headers["ETag"]) == (200, '"1"')
    assert "id_number" in shown.json()["differences"]
    refused = reviewer.post(path + "/decisions", json={"decision": "merge", "keep": "first"}, headers=match(1))
    assert (refused.status_code, refused.json()["code"]) == (409, "duplicate-state-forbids")
    proposal = {"keep": "second", "opinion": "同一人两次登记"}
    assert clerk.post(path + "/proposals", json=proposal).status_code == 428
    assert reviewer.post(path + "/proposals", json=proposal, headers=match(1)).status_code == 403
    done = clerk.post(path + "/proposals", json=proposal, headers=match(1))
    assert (done.status_code, done.json()["state"], done.json()["keep_id"]) == (200, "merge_proposed", str(second))
    assert (
        clerk.post(path + "/decisions", json={"decision": "merge", "keep": "second"}, headers=match(2)).status_code
        == 403
    )
    other = reviewer.post(path + "/decisions", json={"decision": "merge", "keep": "first"}, headers=match(2))
    assert (other.status_code, other.json()["code"]) == (409, "keep-differs")
    unsaid = reviewer.post(path + "/decisions", json={"decision": "merge"}, headers=match(2))
    assert (unsaid.status_code, unsaid.json()["code"]) == (422, "keep-missing")
    merged = reviewer.post(path + "/decisions", json={"decision": "merge", "keep": "second"}, headers=match(2))
    assert (merged.status_code, merged.json()["state"], merged.headers["ETag"]) == (200, "merged", '"3"')
    lost = clerk.get(f"{BASE}/residents/{first}").json()
    assert (lost["status"], lost["merged_into_id"]) == ("merged", str(second))
    for act in ("deaths", "moves"):
        body = {"died_on": "2011-03-01", "source": "村报"} if act == "deaths" else {"moved_on": "2011-03-01"}
        gone = clerk.post(f"{BASE}/residents/{first}/{act}", json=body, headers=match(lost["version"]))
        assert (gone.status_code, gone.json()["code"]) == (409, "resident-merged")
    applied = clerk.post(
        f"{BASE}/enrolments",
        json={"resident_id": str(first), "tier": "100.00", "applied_on": "2011-03-01"},
        headers=key(),
    )
    assert [fault["code"] for fault in applied.json()["errors"]] == ["merged"]
    undo = {"opinion": "实为两人"}
    same = reviewer.post(path + "/undo", json=undo, headers=match(3))
    assert (same.status_code, same.json()["code"]) == (409, "same-person")
    undone = county.post(path + "/undo", json=undo, headers=match(3))
    assert (undone.status_code, undone.json()["state"]) == (200, "proposed")
    assert clerk.get(f"{BASE}/residents/{first}").json()["status"] == "alive"
    acts = [(done["act"], done["opinion"]) for done in undone.json()["history"]]
    assert acts == [("propose_merge", "同一人两次登记"), ("merge", None), ("undo", "实为两人")]
    with database.read_snapshot(system_actor(COUNTY)) as session:
        query = text("SELECT action FROM audit_events WHERE subject_id IN (:pair, :first) ORDER BY id")
        done = session.scalars(query, {"pair": pair, "first": first}).all()
    assert {
        "duplicate_propose_merge",
        "duplicate_merge",
        "merge_resident",
        "duplicate_undo",
        "unmerge_resident",
    } <= set(done)


def test_what_keeps_a_row_from_being_kept_is_told_before_anybody_tries(clerk, database):
    def make(session):
        people = [factories.make_resident(session, name="合并乙") for _ in range(2)]
        factories.enrol(session, people[0])
        return factories.make_pair(session, *people).id

    shown = clerk.get(f"{BASE}/duplicates/{world(database, make)}").json()
    assert (shown["first"]["refusal_code"], shown["second"]["refusal_code"]) == (None, "keep-the-insured")
    assert shown["first"]["holds"] == ["未终结的参保登记"]
    refused = clerk.post(
        f"{BASE}/duplicates/{shown['id']}/proposals", json={"keep": "second", "opinion": "x"}, headers=match(1)
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "keep-the-insured")


def test_the_list_is_of_ones_own_unit_and_hides_full_numbers(clerk, sign_in, database):
    def make(session):
        here = [factories.make_resident(session, name="名单丙") for _ in range(2)]
        apart = [
            factories.make_resident(session, name="名单丙", village=village) for village in (VILLAGE, OTHER_VILLAGE)
        ]
        return factories.make_pair(session, *here).id, factories.make_pair(session, *apart).id

    here, apart = (str(one) for one in world(database, make))
    village = sign_in(RoleName.VILLAGE_ASSISTANT)
    seen = {item["id"] for item in village.get(f"{BASE}/duplicates?limit=200").json()["items"]}
    assert here in seen
    assert apart not in seen
    assert {here, apart} <= {item["id"] for item in clerk.get(f"{BASE}/duplicates?limit=200").json()["items"]}
    assert village.get(f"{BASE}/duplicates/{apart}").json()["code"] == "not-found"
    assert clerk.get(f"{BASE}/duplicates?state=merged&division={VILLAGE}").status_code == 200
    assert sign_in(RoleName.ADMINISTRATOR).get(f"{BASE}/duplicates").status_code == 403


def test_registration_puts_the_pair_on_the_list_and_asking_before_shows_it(clerk):
    number = factories.id_number(date(1966, 6, 6))
    body = {"name": "欧阳同名", "id_number": number, "division_code": str(VILLAGE)}
    first = clerk.post(f"{BASE}/residents", json=body, headers=key()).json()["id"]
    again = body | {"id_number": factories.id_number(date(1966, 6, 6))}
    asked = clerk.post(f"{BASE}/residents/similar", json=again)
    assert [item["resident"]["id"] for item in asked.json()["items"]] == [first]
    assert {"same_name", "same_birth", "same_village"} <= set(asked.json()["items"][0]["reasons"])
    assert again["id_number"] not in asked.text
    second = clerk.post(f"{BASE}/residents", json=again, headers=key()).json()["id"]
    items = clerk.get(f"{BASE}/duplicates?limit=200").json()["items"]
    assert (first, second) in {(item["first"]["id"], item["second"]["id"]) for item in items}


def test_a_search_answers_with_figures_and_is_the_clerks(clerk, reviewer, database):
    couple(database, "查找丁")
    done = clerk.post(f"{BASE}/duplicates/searches", json={"division": str(VILLAGE)})
    assert done.status_code == 200
    assert done.json()["alike"] >= 0
    assert reviewer.post(f"{BASE}/duplicates/searches", json={"division": str(VILLAGE)}).status_code == 403
    assert clerk.post(f"{BASE}/duplicates/searches", json={"division": str(COUNTY)}).status_code == 404


def test_a_former_number_registers_nobody_and_answers_as_a_current_one_does(clerk, sign_in, database):
    before, current = factories.id_number(date(1970, 5, 1)), factories.id_number(date(1970, 5, 1))

    def make(session):
        hands = [factories.make_actor(session, RoleName.COUNTY_REVIEWER) for _ in range(2)]
        person = factories.make_resident(session, number=before, name="旧号戊")
        identities.change_document(
            session, KEYRING, actor=hands[1], resident=person, id_number=factories.id_number(date(1970, 5, 1)),
            reason=DocumentReason.REISSUED, evidence="新证", request_id=None,
            approved_by=[hands[0].user_id], today=date(2011, 3, 31),
        )  # fmt: skip
        factories.make_resident(session, number=current)
        return person.id

    person = world(database, make)
    elsewhere = sign_in(RoleName.TOWN_CLERK, division=OTHER_VILLAGE)
    told = set()
    for client, village in ((clerk, VILLAGE), (elsewhere, OTHER_VILLAGE)):
        for number in (before, current):
            body = {"name": "陈冒名", "id_number": number, "division_code": str(village)}
            answer = client.post(f"{BASE}/residents", json=body, headers=key() | {"X-Request-Id": "same"})
            assert answer.status_code == 409
            told.add(answer.text)
    assert len(told) == 1, told
    assert json.loads(told.pop())["code"] == "resident-already-registered"
    found = clerk.post(f"{BASE}/residents/search", json={"id_number": before}).json()["items"]
    assert [item["id"] for item in found] == [str(person)]
    assert elsewhere.post(f"{BASE}/residents/search", json={"id_number": before}).json()["items"] == []
    documents = clerk.get(f"{BASE}/residents/{person}/documents")
    assert [(one["is_current"], one["is_barred"]) for one in documents.json()["items"]] == [
        (True, False),
        (False, True),
    ]
    assert before not in documents.text


def test_a_document_is_recorded_once_and_a_number_released_by_the_county(clerk, county, reviewer, database):
    person = world(database, lambda session: factories.make_resident(session).id)
    number = factories.id_number(date(1970, 5, 1))
    path, headers = f"{BASE}/residents/{person}/documents", key()
    body = {"kind": "resident_id", "number": number, "evidence": "旧证复印件", "valid_to": "2005-01-01"}
    recorded = clerk.post(path, json=body, headers=headers)
    assert recorded.status_code == 201, recorded.text
    assert clerk.post(path, json=body, headers=headers).json() == recorded.json()
    former = recorded.json()["items"][1]
    assert (former["number_masked"], former["is_barred"]) == (number[:6] + "********" + number[-4:], True)
    late = clerk.post(path, json=body | {"valid_from": "2006-01-01"}, headers=key())
    assert (late.status_code, late.json()["code"]) == (422, "document-number-invalid")
    release = f"{BASE}/resident-documents/{former['id']}/releases"
    assert reviewer.post(release, json={"opinion": "误录"}).json()["code"] == "county-releases-number"
    released = county.post(release, json={"opinion": "误录，号码属他人"})
    assert [one["is_barred"] for one in released.json()["items"]] == [False, False]
    assert county.post(release, json={"opinion": "再来"}).json()["code"] == "document-not-retired"
    entered = clerk.post(
        f"{BASE}/residents", json={"name": "陈真主", "id_number": number, "division_code": str(VILLAGE)}, headers=key()
    )
    assert entered.status_code == 201
