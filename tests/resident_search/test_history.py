"""Earlier rows of a person over HTTP: as of a day, change by change, source by source, and only one's own unit's past."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest

from api.database import next_id, system_actor
from api.models import ImportBatch
from api.vocabulary import ImportState, RoleName
from tests import factories

RESIDENTS = "/api/v1/residents"
ABSENT = "4407839999999999"
OTHER_VILLAGE = 440783001211
ACCOUNTS = ("6228480402564890018", "6228480402637874217")


@pytest.fixture(scope="module")
def clerk(sign_in):
    return sign_in(RoleName.TOWN_CLERK)


@pytest.fixture(scope="module")
def county(sign_in):
    return sign_in(RoleName.COUNTY_CLERK)


@pytest.fixture(scope="module")
def assistant(sign_in):
    return sign_in(RoleName.VILLAGE_ASSISTANT)


@pytest.fixture(scope="module")
def neighbour(sign_in):
    return sign_in(RoleName.VILLAGE_ASSISTANT, division=OTHER_VILLAGE)


def change(client, resident, version, **facts):
    answer = client.patch(f"{RESIDENTS}/{resident}", json=facts, headers={"If-Match": f'"{version}"'})
    assert answer.status_code == 200, answer.text


def move(client, resident, version, to):
    answer = client.post(
        f"{RESIDENTS}/{resident}/moves",
        json={"moved_on": "2011-03-01", "to_division_code": str(to)},
        headers={"If-Match": f'"{version}"', "Idempotency-Key": uuid.uuid4().hex},
    )
    assert answer.status_code == 200, answer.text


@pytest.fixture
def resident(database):
    with database.unit_of_work(system_actor(440783000000)) as session:
        batch = ImportBatch(
            county_code=440783, id=next_id(session, 440783), division_code=440783001000, kind="residents",
            state=ImportState.APPLIED, sha256=uuid.uuid4().hex * 2, row_count=1, accepted_count=1, unchanged_count=0,
            refused_count=0, refused=[], imported_by_id=1,
        )  # fmt: skip
        session.add(batch)
        made = factories.make_resident(session, name="区小明", source_id=batch.id, bank_account=ACCOUNTS[0])
        made_id, batch_id = made.id, batch.id
    return made_id, batch_id


def shift(database, resident_id, days):
    """Let everything that is on record of a person have happened so many days earlier."""
    with psycopg.connect(database.url.replace("+psycopg", "")) as connection:
        connection.execute("SET session_replication_role = replica")
        by = {"id": resident_id, "by": timedelta(days=days)}
        connection.execute(
            "UPDATE residents SET created_at = created_at - %(by)s, updated_at = updated_at - %(by)s WHERE id = %(id)s",
            by,
        )
        connection.execute(
            "UPDATE resident_versions SET replaced_at = replaced_at - %(by)s, row = jsonb_set(row, '{updated_at}', "
            "to_jsonb(((row ->> 'updated_at')::timestamptz - %(by)s)::text)) WHERE resident_id = %(id)s",
            by,
        )


def today_in_china():
    return (datetime.now(UTC) + timedelta(hours=8)).date()


def test_each_change_tells_old_and_new_and_who_brought_it(clerk, resident):
    person, batch = resident
    change(clerk, person, 1, address="新址", dibao=True, disability_grade=2)
    change(clerk, person, 2, phone="13800138000", bank_account=ACCOUNTS[1], household_number="88")
    change(clerk, person, 3, phone="13900138000", address=None)
    answer = clerk.get(f"{RESIDENTS}/{person}/versions")
    newest, third, second, first = answer.json()["items"]
    assert [one["version"] for one in (newest, third, second, first)] == [4, 3, 2, 1]
    assert newest["until"] is None
    assert third["until"] == newest["since"]
    assert second["until"] == third["since"]
    told = {one["field"]: (one["label"], one["old"], one["new"]) for one in second["changes"]}
    assert told == {
        "address": ("户籍地址", None, "新址"),
        "dibao": ("低保", "否", "是"),
        "disability_grade": ("残疾等级", None, "二级"),
    }
    told = {one["field"]: (one["old"], one["new"]) for one in third["changes"]}
    assert told["household_id"] == (None, "88")
    assert told["phone"] == (None, "138****8000")
    assert told["bank_account"][0][-4:] == ACCOUNTS[0][-4:]
    assert told["bank_account"][1][-4:] == ACCOUNTS[1][-4:]
    assert {one["field"]: (one["old"], one["new"]) for one in newest["changes"]} == {
        "phone": ("138****8000", "139****8000"),
        "address": ("新址", None),
    }
    assert first["changes"] == []
    assert (first["source"]["kind"], first["source"]["id"]) == ("import", str(batch))
    assert (newest["source"]["kind"], newest["source"]["id"]) == ("user", str(clerk.user_id))
    for secret in ("13800138000", "13900138000", *ACCOUNTS):
        assert secret not in answer.text
    assert "sealed" not in answer.text


def test_versions_come_in_pages_that_fit_together(clerk, resident):
    person, _ = resident
    for version in range(1, 6):
        change(clerk, person, version, remark=f"第{version}次")
    url = f"{RESIDENTS}/{person}/versions"
    whole = clerk.get(url, params={"limit": 50}).json()["items"]
    seen, after = [], None
    while True:
        page = clerk.get(url, params={"limit": 2} | ({"after": after} if after else {})).json()
        seen += page["items"]
        after = page["next"]
        if after is None:
            break
    assert seen == whole
    assert len(whole) == 6
    assert clerk.get(url, params={"after": "bm90LWEtY3Vyc29y"}).json()["code"] == "invalid-cursor"


def test_a_person_is_read_as_of_a_day(clerk, database, resident):
    person, _ = resident
    shift(database, person, 10)
    change(clerk, person, 1, address="中间", phone="13800138000")
    shift(database, person, 5)
    change(clerk, person, 2, address="现在", phone="13900138000")
    now = today_in_china()

    def at(days):
        return clerk.get(f"{RESIDENTS}/{person}", params={"as_of": (now - timedelta(days=days)).isoformat()})

    assert [(at(days).json()["version"], at(days).json()["address"]) for days in (0, 1, 4, 5, 6, 15)] == [
        (3, "现在"), (2, "中间"), (2, "中间"), (2, "中间"), (1, None), (1, None),
    ]  # fmt: skip
    assert at(5).json()["phone_masked"] == "138****8000"
    assert at(6).json()["phone_masked"] is None
    assert at(5).json()["id_number_masked"] == at(0).json()["id_number_masked"]
    assert "ETag" not in at(5).headers
    before, absent = at(16), clerk.get(f"{RESIDENTS}/{ABSENT}", params={"as_of": now.isoformat()})
    assert before.status_code == absent.status_code == 404
    assert at(0).json()["enrolment_state"] is None
    assert clerk.get(f"{RESIDENTS}/{person}", params={"as_of": "gestern"}).status_code == 422


def test_a_day_ends_at_midnight_in_china(clerk, database, resident):
    person, _ = resident
    change(clerk, person, 1, address="新址")
    with psycopg.connect(database.url.replace("+psycopg", "")) as connection:
        connection.execute("SET session_replication_role = replica")
        # 23:59:59 of the 4th in China; then a second later.
        for moment, seen in (("2011-03-04T15:59:59Z", "新址"), ("2011-03-04T16:00:00Z", None)):
            connection.execute("UPDATE residents SET updated_at = %s WHERE id = %s", [moment, person])
            connection.execute(
                'UPDATE resident_versions SET replaced_at = %s, row = row || \'{"updated_at": "2011-01-01T00:00:00Z"}\' '
                "WHERE resident_id = %s",
                [moment, person],
            )
            connection.commit()
            assert clerk.get(f"{RESIDENTS}/{person}", params={"as_of": "2011-03-04"}).json()["address"] == seen


def test_each_fact_names_where_it_comes_from(clerk, resident):
    person, batch = resident
    change(clerk, person, 1, address="新址", phone="13800138000")
    change(clerk, person, 2, phone="13900138000")
    items = {one["field"]: one for one in clerk.get(f"{RESIDENTS}/{person}/sources").json()["items"]}
    assert (items["name"]["source"]["kind"], items["name"]["version"]) == ("import", 1)
    assert items["name"]["source"]["id"] == str(batch)
    assert (items["address"]["source"]["kind"], items["address"]["version"]) == ("user", 2)
    assert (items["phone"]["value"], items["phone"]["version"]) == ("139****8000", 3)
    # What was changed and changed back comes from who changed it back.
    change(clerk, person, 3, address=None)
    items = {one["field"]: one for one in clerk.get(f"{RESIDENTS}/{person}/sources").json()["items"]}
    assert (items["address"]["value"], items["address"]["version"]) == (None, 4)


def test_another_unit_reads_of_the_past_what_was_its_own(clerk, county, assistant, neighbour, resident):
    person, _ = resident
    url = f"{RESIDENTS}/{person}"
    change(clerk, person, 1, remark="旧村的话")
    move(clerk, person, 2, OTHER_VILLAGE)
    change(clerk, person, 3, remark="新村的话")
    # The old village sees the person no more, and none of the past.
    for path in ("", "/versions", "/sources", "?as_of=" + today_in_china().isoformat()):
        assert assistant.get(url + path).status_code == 404
    # The new one sees what happened since, and that something came before.
    answer = neighbour.get(f"{url}/versions")
    assert [(one["version"], one["changes"] is None) for one in answer.json()["items"]] == [(4, False), (3, True)]
    assert [(one["field"], one["old"], one["new"]) for one in answer.json()["items"][0]["changes"]] == [
        ("remark", "旧村的话", "新村的话")
    ]
    sources = {one["field"]: one for one in neighbour.get(f"{url}/sources").json()["items"]}
    assert sources["name"]["source"] is None
    assert sources["remark"]["version"] == 4
    # The town saw all of it, and the move names both villages.
    whole = clerk.get(f"{url}/versions").json()["items"]
    assert [one["version"] for one in whole] == [4, 3, 2, 1]
    assert {one["field"] for one in whole[1]["changes"]} == {"division_code"}
    assert all(one["old"] and one["new"] for one in whole[1]["changes"])
    assert len(county.get(f"{url}/versions").json()["items"]) == 4


def test_a_source_of_a_unit_above_has_no_name(assistant, resident):
    person, batch = resident
    source = assistant.get(f"{RESIDENTS}/{person}/versions").json()["items"][0]["source"]
    assert source == {"kind": "other", "id": str(batch), "name": None}


def test_a_row_that_was_kept_before_a_column_came_is_read(clerk, database, resident):
    person, _ = resident
    change(clerk, person, 1, address="新址")
    with psycopg.connect(database.url.replace("+psycopg", "")) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "UPDATE resident_versions SET row = (row - 'other_pension' - 'town_code' - 'given_name') "
            '|| \'{"updated_at": "2011-01-01T00:00:00Z"}\' WHERE resident_id = %s',
            [person],
        )
    answer = clerk.get(f"{RESIDENTS}/{person}", params={"as_of": date(2011, 2, 1).isoformat()})
    assert answer.status_code == 200, answer.text
    assert answer.json()["version"] == 1
    changes = clerk.get(f"{RESIDENTS}/{person}/versions").json()["items"][0]["changes"]
    assert "address" in {one["field"] for one in changes}
