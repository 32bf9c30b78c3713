"""Lists of other departments over HTTP, as the real roles: bring, look, leave out, assign, approve, take as a workbook."""

from __future__ import annotations

import io
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from python_calamine import CalamineWorkbook

from api.database import system_actor
from api.vocabulary import RoleName
from tests import factories
from tests.lists import as_csv, as_xlsx, facts_of

BASE = "/api/v1/department-lists"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DIBAO = ("姓名", "身份证号", "起始月")
FORM = {
    "kind": "dibao",
    "division": str(factories.TOWN),
    "department": "民政局",
    "document": "民函1号",
    "as_of": "2011-03-15",
}


@pytest.fixture(scope="module")
def clerk(sign_in):
    return sign_in(RoleName.TOWN_CLERK)


@pytest.fixture(scope="module")
def reviewer(sign_in):
    return sign_in(RoleName.TOWN_REVIEWER)


@pytest.fixture
def make(database):
    """Make a person; return their id and number."""

    def person(**facts):
        number = factories.id_number(facts.get("birth_date", date(1970, 5, 1)))
        with database.unit_of_work(system_actor(factories.COUNTY)) as session:
            return factories.make_resident(session, number=number, **facts).id, number

    return person


def bring(client, content, *, key=None, **form):
    headers = {"Idempotency-Key": key or uuid.uuid4().hex}
    name = "list.xlsx" if content.startswith(b"PK") else "list.csv"
    return client.post(BASE, data=FORM | form, files={"file": (name, content)}, headers=headers)


def approve(client, found, **headers):
    return client.post(
        f"{BASE}/{found['id']}/approvals",
        json={"content_hash": found["content_hash"]},
        headers={"If-Match": f'"{found["version"]}"'} | headers,
    )


def flag(database, resident_id):
    [[row]] = facts_of(database, f"SELECT dibao FROM residents WHERE id = {resident_id}")
    return row[0]


def test_a_list_is_brought_looked_at_and_approved_by_another(clerk, reviewer, database, make):
    resident_id, number = make(name="陈甲")
    held_id, held = make(name="陈乙", dibao=True)
    key = uuid.uuid4().hex
    content = as_xlsx(DIBAO, ("陈甲", number, "2010-11"), ("陈乙", held, ""), ("陈丙", "44078319700501", ""))
    answer = bring(clerk, content, key=key)
    assert answer.status_code == 201, answer.text
    found = answer.json()
    assert (found["state"], found["counts"], found["chosen"]) == ("compared", {"added": 1, "unchanged": 1}, 1)
    assert [(one["row"], one["column"], one["code"]) for one in found["refused"]] == [(4, "身份证号", "short_id")]
    assert bring(clerk, content, key=key).headers["Idempotency-Replayed"] == "true"
    again = bring(clerk, content).json()
    assert (again["id"], again["repeated"], found["repeated"]) == (found["id"], True, False)
    rows = clerk.get(f"{BASE}/{found['id']}/rows").json()["items"]
    assert [(row["name"], row["outcome"], row["happened_on"]) for row in rows] == [
        ("陈甲", "added", "2010-11-01"),
        ("陈乙", "unchanged", None),
    ]
    assert rows[0]["resident"]["id"] == str(resident_id)
    assert number not in clerk.get(f"{BASE}/{found['id']}/rows").text
    assert rows[0]["id_number_masked"].endswith(number[-4:])
    assert not flag(database, resident_id)
    listed = reviewer.get(BASE, params={"state": "compared"}).json()["items"]
    assert found["id"] in {one["id"] for one in listed}
    read = reviewer.get(f"{BASE}/{found['id']}")
    assert read.headers["ETag"] == '"1"'
    done = approve(reviewer, read.json())
    assert done.status_code == 201, done.text
    assert (done.json()["state"], done.json()["applied"], done.json()["stale"]) == ("applied", 1, 0)
    assert flag(database, resident_id)
    assert flag(database, held_id)
    twice = approve(reviewer, done.json())
    assert (twice.status_code, twice.json()["code"]) == (409, "list-state")


def test_who_may_do_what(sign_in, clerk, make):
    _, number = make(name="陈甲")
    content = as_csv(DIBAO, ("陈甲", number, "2010-10"))
    for role in (
        RoleName.VILLAGE_ASSISTANT,
        RoleName.TOWN_REVIEWER,
        RoleName.COUNTY_REVIEWER,
        RoleName.FINANCE,
        RoleName.AUDITOR,
    ):
        assert bring(sign_in(role), content).status_code == 403, role
    found = bring(clerk, content).json()
    for role in (
        RoleName.VILLAGE_ASSISTANT,
        RoleName.TOWN_CLERK,
        RoleName.COUNTY_CLERK,
        RoleName.FINANCE,
        RoleName.AUDITOR,
    ):
        assert approve(sign_in(role), found).status_code == 403, role
    for role in (RoleName.AUDITOR, RoleName.COUNTY_REVIEWER):
        assert sign_in(role).get(f"{BASE}/{found['id']}").status_code == 200
    for role in (RoleName.VILLAGE_ASSISTANT, RoleName.FINANCE):
        assert sign_in(role).get(f"{BASE}/{found['id']}").status_code == 403
    assert approve(sign_in(RoleName.COUNTY_REVIEWER), found).status_code == 201


def test_a_list_of_the_county_is_out_of_the_towns_sight(sign_in, clerk, reviewer, make):
    _, number = make(name="陈甲")
    county = sign_in(RoleName.COUNTY_CLERK)
    found = bring(county, as_csv(DIBAO, ("陈甲", number, "2010-09")), division=str(factories.COUNTY)).json()
    for client in (clerk, reviewer):
        assert client.get(f"{BASE}/{found['id']}").status_code == 404
        assert client.get(f"{BASE}/{found['id']}/rows").status_code == 404
    assert approve(reviewer, found).json()["code"] == "not-found"
    assert bring(clerk, b"x", division=str(factories.COUNTY)).status_code == 404
    assert bring(county, b"x", division="440700000000").status_code == 404


def test_a_foreign_person_and_nobody_are_told_in_the_same_bytes(sign_in, make):
    _, foreign = make(name="外村人", village=factories.OTHER_VILLAGE)
    nobody = factories.id_number(date(1970, 5, 1))
    clerk = sign_in(RoleName.TOWN_CLERK, division=factories.VILLAGE)
    content = as_csv(DIBAO, ("外村人", foreign, ""), ("外村人", nobody, ""))
    found = bring(clerk, content, division=str(factories.VILLAGE)).json()
    one, other = clerk.get(f"{BASE}/{found['id']}/rows").json()["items"]
    same = {"seq": 0, "file_row": 0, "id_number_masked": ""}
    assert one | same == other | same


def test_rows_are_left_out_and_given_by_hand(clerk, reviewer, database, make):
    left_id, left = make(name="陈留")
    meant_id, _ = make(name="陈福", birth_date=date(1950, 2, 3))
    content = as_csv(DIBAO, ("陈留", left, "2010-08"), ("陈福", factories.id_number(date(1950, 2, 8)), ""))
    found = bring(clerk, content).json()
    url = f"{BASE}/{found['id']}"
    [row] = clerk.get(f"{url}/rows", params={"outcome": "same_name_other_id"}).json()["items"]
    assert [one["id"] for one in row["candidates"]] == [str(meant_id)]
    assert clerk.patch(f"{url}/rows", json={"rows": [1], "chosen": False, "reason": "x"}).status_code == 428
    first = clerk.patch(
        f"{url}/rows", json={"rows": [1], "chosen": False, "reason": "本月已迁出"}, headers={"If-Match": '"1"'}
    )
    assert (first.status_code, first.headers["ETag"], first.json()["chosen"]) == (200, '"2"', 0)
    body = {"seq": row["seq"], "resident_id": str(meant_id), "reason": "户口簿核对为同一人"}
    stale = clerk.post(f"{url}/assignments", json=body, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale-version")
    second = clerk.post(f"{url}/assignments", json=body, headers={"If-Match": '"2"'})
    assert (second.status_code, second.json()["chosen"]) == (201, 1)
    seen = reviewer.get(f"{url}/rows", params={"chosen": "true"}).json()["items"]
    assert [(one["name"], one["by_hand"], one["reason"]) for one in seen] == [("陈福", True, "户口簿核对为同一人")]
    assert approve(reviewer, found).status_code == 412
    changed = approve(reviewer, found | {"version": 3})
    assert (changed.status_code, changed.json()["code"]) == (409, "list-content-changed")
    assert approve(reviewer, second.json()).json()["applied"] == 1
    assert (flag(database, left_id), flag(database, meant_id)) == (False, True)


def test_a_whole_outcome_is_left_out_and_bad_bodies_are_refused(clerk, make):
    rows = [(f"陈{letter}", make(name=f"陈{letter}")[1], "2010-07") for letter in "天地玄黄"]
    found = bring(clerk, as_csv(DIBAO, *rows)).json()
    url, headers = f"{BASE}/{found['id']}/rows", {"If-Match": '"1"'}
    for body in (
        {"chosen": False}, {"rows": [], "chosen": True}, {"rows": [1], "outcome": "added", "chosen": True},
        {"rows": ["x"], "chosen": True}, {"rows": [0], "chosen": True}, {"rows": [1], "chosen": False, "reason": ""},
    ):  # fmt: skip
        assert clerk.patch(url, json=body, headers=headers).status_code == 422, body
    no_reason = clerk.patch(url, json={"outcome": "added", "chosen": False}, headers=headers)
    assert (no_reason.status_code, no_reason.json()["code"]) == (422, "list-row-reason-missing")
    done = clerk.patch(url, json={"outcome": "added", "chosen": False, "reason": "待核"}, headers=headers)
    assert (done.status_code, done.json()["chosen"]) == (200, 0)


def test_a_rejected_list_says_why(clerk, reviewer, make):
    _, number = make(name="陈甲")
    found = bring(clerk, as_csv(DIBAO, ("陈甲", number, "2010-06"))).json()
    answer = reviewer.post(
        f"{BASE}/{found['id']}/rejections", json={"reason": "不是本月名单"}, headers={"If-Match": '"1"'}
    )
    assert answer.status_code == 201
    assert (answer.json()["state"], answer.json()["opinion"]) == ("rejected", "不是本月名单")


def test_the_comparison_as_a_workbook_masks_and_runs_nothing(clerk, make):
    _, number = make(name="陈甲")
    content = as_csv(("姓名", "身份证号", "低保证号"), ("陈甲", number, "=1+1"))
    found = bring(clerk, content).json()
    answer = clerk.get(f"{BASE}/{found['id']}/rows", headers={"Accept": XLSX})
    assert answer.headers["content-type"] == XLSX
    _, heads, row = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    cells = dict(zip(heads, row, strict=True))
    assert (cells["结果"], cells["名单姓名"], cells["依据"]) == ("新增", "陈甲", "'=1+1")
    assert number not in row
    assert cells["花名册证件号"].endswith(number[-4:])


def test_one_list_brought_twice_at_once_is_one_and_approved_twice_at_once_is_applied_once(
    sign_in, clerk, reviewer, database, make
):
    resident_id, number = make(name="陈甲")
    content = as_csv(DIBAO, ("陈甲", number, "2010-05"))
    other = sign_in(RoleName.TOWN_CLERK)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda client: bring(client, content), (clerk, other)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    found = answers[0].json()
    second = sign_in(RoleName.COUNTY_REVIEWER)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda client: approve(client, found), (reviewer, second)))
    assert sorted(answer.status_code for answer in answers) == [201, 412]
    query = f"SELECT count(*) FROM resident_facts WHERE resident_id = {resident_id}"
    assert facts_of(database, query) == [[(1,)]]


def test_files_that_are_no_such_list_are_refused_as_a_whole(clerk):
    for content, code in (
        (b"", "file-empty"),
        (as_csv(("姓名", "证号"), ("陈甲", "1")), "header-incomplete"),
        (as_csv(("姓名", "身份证号", "身份证号码"), ("陈甲", "1", "1")), "header-duplicated"),
        (as_csv(DIBAO, ("陈甲", "1", "")), "list-without-rows"),
    ):
        answer = bring(clerk, content)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    told = bring(clerk, as_csv(DIBAO, ("陈甲", "1", ""))).json()["errors"]
    assert [(one["pointer"], one["code"]) for one in told] == [("/file", "short_id")]
    for form, code in (
        ({"as_of": "2011-04-01"}, "list-date-outside"), ({"kind": "deaths", "complete": "true"}, "death-list-complete"),
        ({"as_of": "2009-01-01"}, "parameters-unknown"), ({"kind": "weddings"}, "invalid"), ({"document": ""}, "invalid"),
    ):  # fmt: skip
        headings = ("姓名", "身份证号", "死亡日期")
        number = factories.id_number(date(1970, 5, 1))
        answer = bring(clerk, as_csv(headings, ("陈甲", number, "2008-01-01")), **form)
        assert (answer.status_code, answer.json()["code"]) == (422, code), form
