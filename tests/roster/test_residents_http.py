"""The roster through HTTP, as the real roles: search, registration, changes with history, deaths, moves, scope."""

from __future__ import annotations

import base64
import json
import re
import uuid
from datetime import date

import pytest
from sqlalchemy import text

from api.database import system_actor
from api.services import ledger
from api.vocabulary import FundAccount, JournalKind, RoleName
from tests import factories

RESIDENTS = "/api/v1/residents"
CONTRIBUTIONS = "/api/v1/contributions"
ABSENT = "4407839999999999"
NEIGHBOUR = 440783001211


def key():
    return {"Idempotency-Key": uuid.uuid4().hex}


def match(version):
    return {"If-Match": f'"{version}"'}


@pytest.fixture(scope="module")
def village(sign_in):
    return sign_in(RoleName.VILLAGE_ASSISTANT)


@pytest.fixture(scope="module")
def clerk(sign_in):
    return sign_in(RoleName.TOWN_CLERK)


@pytest.fixture(scope="module")
def county(sign_in):
    return sign_in(RoleName.COUNTY_CLERK)


@pytest.fixture
def resident(database):
    with database.unit_of_work(system_actor(440783000000)) as session:
        return factories.make_resident(session, birth_date=date(1970, 5, 1), disability_grade=2, dibao=True)


def body(**facts):
    return {
        "name": "欧阳小花",
        "id_number": factories.id_number(date(1980, 3, 4)),
        "division_code": "440783001210",
        "household_number": "1201",
        "phone": "13800138000",
        "bank_account": "6228480402564890018",
    } | facts


def audit_actions(database, subject_id):
    with database.read_snapshot(system_actor(440783000000)) as session:
        query = text("SELECT action, detail FROM audit_events WHERE subject_id = :id ORDER BY id")
        return session.execute(query, {"id": subject_id}).all()


def test_registered_person_is_read_back_masked(clerk):
    sent = body()
    answer = clerk.post(RESIDENTS, json=sent, headers=key())
    assert answer.status_code == 201, answer.text
    created = answer.json()
    read = clerk.get(f"{RESIDENTS}/{created['id']}")
    assert read.headers["ETag"] == '"1"'
    shown = read.json()
    assert shown == created
    assert (shown["name"], shown["sex"], shown["birth_date"], shown["age"]) == ("欧阳小花", "male", "1980-03-04", 31)
    assert shown["household_number"] == "1201"
    assert shown["id_number_masked"] == sent["id_number"][:6] + "********" + sent["id_number"][-4:]
    assert (shown["phone_masked"], shown["bank_account_masked"][-4:]) == ("138****8000", "0018")
    for secret in (sent["id_number"], sent["phone"], sent["bank_account"]):
        assert secret not in answer.text + read.text


def test_second_registration_of_an_id_is_refused_in_any_unit(clerk, sign_in):
    sent = body()
    assert clerk.post(RESIDENTS, json=sent, headers=key()).status_code == 201
    other_town = sign_in(RoleName.TOWN_CLERK, division=NEIGHBOUR)
    for client, division in ((clerk, "440783001210"), (other_town, str(NEIGHBOUR))):
        again = client.post(RESIDENTS, json=sent | {"division_code": division}, headers=key())
        assert (again.status_code, again.json()["code"]) == (409, "resident-already-registered")


def test_faults_of_a_record_are_told_all_at_once_without_the_values(clerk):
    sent = body(
        id_number="44078319800304123X", name="=HYPERLINK()", phone="12", disability_grade=None, relation="邻居的狗"
    )
    answer = clerk.post(RESIDENTS, json=sent, headers=key())
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "resident-record-invalid")
    faults = {(fault["pointer"], fault["code"]) for fault in problem["errors"]}
    assert {("/name", "formula_name"), ("/id_number", "bad_checksum"), ("/relation", "bad_value")} <= faults
    assert "44078319800304123X" not in answer.text


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("尉迟", True),
        ("尉", True),
        ("yuchi", True),
        ("yc", True),
        ("YCGF", True),
        ("ycx", False),
        ("迟", False),
        ("y", True),
    ],
)
def test_search_by_beginning_of_name_pinyin_or_initials(clerk, q, found):
    if not clerk.get(RESIDENTS, params={"q": "尉迟恭分"}).json()["items"]:
        assert clerk.post(RESIDENTS, json=body(name="尉迟恭分"), headers=key()).status_code == 201
    names = [item["name"] for item in clerk.get(RESIDENTS, params={"q": q, "limit": 200}).json()["items"]]
    assert ("尉迟恭分" in names) is found


def test_pages_give_everyone_once(clerk, database):
    with database.unit_of_work(system_actor(440783000000)) as session:
        for _ in range(7):
            factories.make_resident(session, name="区翻页", pinyin="oufanye", initials="ofy")
    for q in ("区翻", "ofy"):
        seen, after = [], None
        while True:
            page = clerk.get(RESIDENTS, params={"q": q, "limit": 3} | ({"after": after} if after else {})).json()
            seen += [item["id"] for item in page["items"]]
            after = page["next"]
            if after is None:
                break
        assert len(seen) == len(set(seen)) == 7
    assert clerk.get(RESIDENTS, params={"after": "bm90LWEtY3Vyc29y"}).json()["code"] == "invalid-cursor"


def test_filters_by_category_and_enrolment(clerk, database):
    with database.unit_of_work(system_actor(440783000000)) as session:
        insured = factories.make_resident(session, land_taken=True, village=440783001216)
        factories.enrol(session, insured)
        free = factories.make_resident(session, village=440783001216)

    def ids(**parameters):
        items = clerk.get(RESIDENTS, params={"division": "440783001216"} | parameters).json()["items"]
        return {int(item["id"]) for item in items}

    assert ids() == {insured.id, free.id}
    assert ids(category="land_taken") == ids(enrolment="county_approved") == {insured.id}
    assert ids(enrolment="none") == {free.id}
    assert ids(enrolment="rejected") == ids(category="severely_disabled") == set()


def test_id_number_is_searched_in_a_body_and_the_search_is_on_record(clerk, database):
    number = factories.id_number(date(1975, 6, 7))
    with database.unit_of_work(system_actor(440783000000)) as session:
        resident = factories.make_resident(session, number=number, birth_date=date(1975, 6, 7))
    found = clerk.post(f"{RESIDENTS}/search", json={"id_number": number}).json()["items"]
    assert [int(item["id"]) for item in found] == [resident.id]
    assert [row.action for row in audit_actions(database, resident.id)] == ["search_resident_by_id_number"]
    unknown = factories.id_number(date(1975, 6, 7))
    assert clerk.post(f"{RESIDENTS}/search", json={"id_number": unknown}).json() == {"items": [], "next": None}
    assert clerk.post(f"{RESIDENTS}/search", json={"id_number": "123"}).json()["code"] == "id-number-invalid"
    assert clerk.get(RESIDENTS, params={"q": number}).json()["code"] == "id-number-in-query"


def test_change_keeps_the_earlier_row_and_wants_the_version(clerk, database, resident):
    url = f"{RESIDENTS}/{resident.id}"
    assert clerk.patch(url, json={"address": "新址"}).status_code == 428
    changed = clerk.patch(url, json={"address": "新址", "phone": "13900139000", "dibao": False}, headers=match(1))
    assert changed.status_code == 200, changed.text
    assert changed.headers["ETag"] == '"2"'
    assert changed.json()["categories"] == ["severely_disabled"]
    assert changed.json()["phone_masked"] == "139****9000"
    stale = clerk.patch(url, json={"address": "又一新址"}, headers=match(1))
    assert (stale.status_code, stale.json()["code"]) == (412, "stale-version")
    same = clerk.patch(url, json={"address": "新址", "phone": "13900139000"}, headers=match(2))
    assert (same.status_code, same.json()["version"]) == (200, 2)
    with database.read_snapshot(system_actor(440783000000)) as session:
        kept = session.execute(
            text('SELECT "row" AS earlier FROM resident_versions WHERE resident_id = :id'), {"id": resident.id}
        ).all()
    assert [row.earlier["address"] for row in kept] == [None]
    assert kept[0].earlier["dibao"] is True
    [event] = clerk.get(f"{url}/timeline").json()["items"][:1]
    assert (event["kind"], event["title"]) == ("resident_changed", "资料变更")
    assert set(event["detail"].removeprefix("变更：").split("、")) == {"户籍地址", "联系电话", "低保"}


def test_what_decides_about_an_insured_persons_rights_is_changed_by_nobody_alone(clerk, county, database, resident):
    """policy.md P2: name, account, hukou kind and exclusions go through 变更登记, whoever asks."""
    url = f"{RESIDENTS}/{resident.id}"
    changes = (
        {"name": "冒名"},
        {"bank_account": "6228480402564890026"},
        {"hukou_kind": "non_rural"},
        {"is_student": True},
        {"employee_insured": True},
        {"other_pension": True},
    )
    with database.unit_of_work(system_actor(440783000000)) as session:
        factories.enrol(session, resident)
    for client in (clerk, county):
        for change in changes:
            refused = client.patch(url, json=change, headers=match(1))
            assert (refused.status_code, refused.json()["code"]) == (409, "county-approval-required"), change
    # What is none of these stays with the office, and so do the same items of who is not insured.
    assert clerk.patch(url, json={"address": "长沙街道东兴路2号"}, headers=match(1)).status_code == 200
    with database.unit_of_work(system_actor(440783000000)) as session:
        free = factories.make_resident(session)
    for version, change in enumerate(changes, start=1):
        changed = clerk.patch(f"{RESIDENTS}/{free.id}", json=change, headers=match(version))
        assert (changed.status_code, changed.json().get("version")) == (200, version + 1), changed.text


def test_death_is_registered_once_within_life(clerk, resident):
    url = f"{RESIDENTS}/{resident.id}/deaths"
    for day in ("1969-12-31", "2011-04-01"):
        refused = clerk.post(url, json={"died_on": day, "source": "村报"}, headers=match(1))
        assert (refused.status_code, refused.json()["code"]) == (422, "date-outside-life")
    died = clerk.post(url, json={"died_on": "2011-03-02", "source": "村报"}, headers=match(1))
    assert (died.json()["status"], died.json()["status_on"]) == ("dead", "2011-03-02")
    again = clerk.post(url, json={"died_on": "2011-03-03", "source": "村报"}, headers=match(2))
    assert (again.status_code, again.json()["code"]) == (409, "resident-gone")
    [event] = [
        one
        for one in clerk.get(f"{RESIDENTS}/{resident.id}/timeline").json()["items"]
        if one["kind"] == "resident_status"
    ]
    assert (event["at"], event["title"]) == ("2011-03-02", "登记死亡")


def test_move_within_the_unit_takes_everything_along(clerk, database, resident):
    with database.unit_of_work(system_actor(440783000000)) as session:
        factories.enrol(session, resident)
    paid = {"resident_id": str(resident.id), "contribution_year": 2011, "kind": "annual", "tier": "100.00"}
    receipt = clerk.post(CONTRIBUTIONS, json={**paid, "paid_on": "2011-03-01", "channel": "cash"}, headers=key())
    assert receipt.status_code == 201, receipt.text
    url = f"{RESIDENTS}/{resident.id}/moves"
    outside = clerk.post(url, json={"moved_on": "2011-03-02", "to_division_code": "440783002200"}, headers=match(1))
    assert outside.status_code == 404
    moved = clerk.post(url, json={"moved_on": "2011-03-02", "to_division_code": str(NEIGHBOUR)}, headers=match(1))
    assert moved.json()["division_code"] == str(NEIGHBOUR)
    with database.read_snapshot(system_actor(NEIGHBOUR)) as session:
        for table in ("accounts", "enrolments", "contributions"):
            found = session.execute(text(f"SELECT count(*) FROM {table} WHERE resident_id = :id"), {"id": resident.id})
            assert found.scalar_one() == 1
    left = clerk.post(url, json={"moved_on": "2011-03-09"}, headers=match(2))
    assert (left.json()["status"], left.json()["status_on"]) == ("moved_out", "2011-03-09")


def test_revealing_needs_the_right_and_a_reason_and_is_on_record(clerk, county, database, resident):
    url = f"{RESIDENTS}/{resident.id}/reveals"
    wish = {"field": "bank_account", "reason": "核对退票"}
    assert clerk.post(url, json=wish).status_code == 403
    assert county.post(url, json={"field": "bank_account"}).status_code == 422
    assert county.post(url, json=wish).json() == {"field": "bank_account", "value": "6228480402564890018"}
    assert county.post(url, json=wish | {"field": "phone"}).json()["code"] == "value-not-recorded"
    revealed = [row for row in audit_actions(database, resident.id) if row.action == "reveal_resident_field"]
    assert [row.detail for row in revealed] == [{"field": "bank_account", "reason": "核对退票"}]


@pytest.mark.parametrize(
    "place", [("2011-W01-1", "2011-01-01T00:00:00+00:00"), ("2011-01-01", "2011-01-01x00:00:00"), ("", "")]
)
def test_a_cursor_in_a_form_of_its_own_is_no_fault_of_ours(clerk, resident, place):
    after = base64.urlsafe_b64encode(json.dumps([*place, "enrolment", 1]).encode()).decode().rstrip("=")
    answer = clerk.get(f"{RESIDENTS}/{resident.id}/timeline", params={"after": after})
    assert answer.status_code in {200, 422}


def test_timeline_tells_everything_newest_first_page_by_page(clerk, database, resident):
    with database.unit_of_work(system_actor(440783000000)) as session:
        factories.enrol(session, resident)
    paid = clerk.post(
        "/api/v1/contributions",
        json={
            "resident_id": str(resident.id), "contribution_year": 2011, "kind": "annual", "tier": "100.00",
            "paid_on": "2011-03-02", "channel": "cash",
        },
        headers=key(),
    )  # fmt: skip
    assert paid.status_code == 201, paid.text
    url = f"{RESIDENTS}/{resident.id}/timeline"
    events = clerk.get(url).json()["items"]
    days = [event["at"] for event in events]
    assert days == sorted(days, reverse=True)
    kinds = [event["kind"] for event in events]
    assert sorted(kinds) == sorted(
        [
            *["resident_registered", "fact_begun", "fact_begun", "enrolment_applied"],
            *[*["enrolment_approve"] * 3, "contribution", "receipt"],
        ]
    )
    contribution = events[kinds.index("contribution")]
    assert (contribution["title"], contribution["amount"]) == ("2011年度年度缴费", "100.00")
    seen, after = [], None
    while True:
        page = clerk.get(url, params={"limit": 2} | ({"after": after} if after else {})).json()
        seen += page["items"]
        after = page["next"]
        if after is None:
            break
    assert seen == events


def test_household_shows_its_people_and_who_has_not_paid(clerk, database):
    with database.unit_of_work(system_actor(440783000000)) as session:
        house = factories.make_household(session, number="H-77")
        insured = factories.make_resident(session, household=house)
        factories.enrol(session, insured)
        child = factories.make_resident(session, household=house, birth_date=date(2003, 1, 1), relation="子")
    listed = clerk.get("/api/v1/households", params={"number": "H-7"}).json()["items"]
    assert [(item["id"], item["members"]) for item in listed] == [(str(house.id), 2)]
    shown = clerk.get(f"/api/v1/households/{house.id}").json()
    assert shown["unpaid"] == 1
    assert {int(one["id"]): one["paid_this_year"] for one in shown["residents"]} == {insured.id: False, child.id: None}


def test_a_foreign_villages_person_is_as_absent_by_every_route(village, clerk, sign_in, database):
    with database.unit_of_work(system_actor(440783000000)) as session:
        house = factories.make_household(session, village=NEIGHBOUR)
        foreign = factories.make_resident(session, village=NEIGHBOUR, household=house, name="邻村人")
        enrolment = factories.enrol(session, foreign)
    narrow_clerk = sign_in(RoleName.TOWN_CLERK, division=440783001210)
    narrow_county = sign_in(RoleName.COUNTY_CLERK, division=440783001210)
    create = {"tier": "100.00", "applied_on": "2011-03-01"}
    routes = [
        (village, "GET", "/residents/{resident}", None),
        (village, "GET", "/residents/{resident}/timeline", None),
        (village, "GET", "/households/{household}", None),
        (village, "GET", "/enrolments/{enrolment}", None),
        (village, "POST", "/enrolments", create),
        (village, "POST", "/enrolments/{enrolment}/decisions", {"step": "village_check", "decision": "approve"}),
        (village, "POST", "/enrolments/{enrolment}/resubmissions", create),
        (narrow_clerk, "PATCH", "/residents/{resident}", {"address": "x"}),
        (narrow_clerk, "POST", "/residents/{resident}/deaths", {"died_on": "2011-03-01", "source": "村报"}),
        (narrow_clerk, "POST", "/residents/{resident}/moves", {"moved_on": "2011-03-01"}),
        (narrow_county, "POST", "/residents/{resident}/reveals", {"field": "phone", "reason": "好奇"}),
    ]
    for client, method, path, content in routes:
        answers = []
        for ids in (
            {"resident": foreign.id, "household": house.id, "enrolment": enrolment.id},
            dict.fromkeys(("resident", "household", "enrolment"), ABSENT),
        ):
            sent = content | {"resident_id": str(ids["resident"])} if path == "/enrolments" else content
            url = "/api/v1" + path.format(**ids)
            answers.append(client.request(method, url, json=sent, headers=key() | match(1)))
        assert [answer.status_code for answer in answers] == [404, 404], path
        bodies = [re.sub(rb'"request_id":"[^"]*"', b"", answer.content) for answer in answers]
        assert bodies[0] == bodies[1], path
    for path, parameters in (
        ("/residents", {"q": "邻村人"}),
        ("/residents", {"division": str(NEIGHBOUR)}),
        ("/households", {"division": str(NEIGHBOUR)}),
        ("/enrolments", {"division": str(NEIGHBOUR)}),
    ):
        assert village.get(f"/api/v1{path}", params=parameters).json() == {"items": [], "next": None}
    assert clerk.get(RESIDENTS, params={"q": "邻村人"}).json()["items"] != []


def test_roles_do_what_they_may_and_no_more(village, county, sign_in, anonymous):
    auditor = sign_in(RoleName.AUDITOR)
    for client in (village, auditor):
        assert client.post(RESIDENTS, json=body(), headers=key()).status_code == 403
        assert client.get("/api/v1/imports").status_code == 200
    for role in (RoleName.FINANCE, RoleName.ADMINISTRATOR):
        assert sign_in(role).get("/api/v1/imports").status_code == 403
    assert sign_in(RoleName.ADMINISTRATOR).get(RESIDENTS).status_code == 403
    assert anonymous.get(RESIDENTS).status_code == 401
    assert county.get("/api/v1/imports").status_code == 200


def test_timeline_shows_interest_and_pensions_to_the_village_whose_town_booked_them(village, database, resident):
    with database.unit_of_work(system_actor(440783000000)) as session:
        factories.enrol(session, resident)
        county = {"county_code": resident.county_code, "division_code": factories.TOWN, "maker_id": 1}
        ledger.post(
            session, **county, kind=JournalKind.INTEREST, business_date=date(2010, 12, 31), checker_id=7,
            dedup_key=f"interest:2010:{resident.id}",
            accounts=[
                ledger.AccountEntry(
                    resident_id=resident.id, division_code=resident.division_code, value_on=date(2010, 12, 31),
                    personal_fen=45, gov_fen=11,
                )
            ],
            fund=[
                ledger.FundEntry(account=FundAccount.INTEREST_RECEIVABLE, amount_fen=56),
                ledger.FundEntry(account=FundAccount.LIABILITY_PERSONAL, amount_fen=-45),
                ledger.FundEntry(account=FundAccount.LIABILITY_GOV, amount_fen=-11),
            ],
        )  # fmt: skip
        session.execute(
            text(
                "INSERT INTO payment_dues (county_code, resident_id, month, kind, division_code, basic_fen, account_fen,"
                " amount_fen, run_id, line_run_id, paid_on)"
                " VALUES (440783, :id, '2011-02-01', 'regular', :division, 5500, 1250, 6750, 1, 1, '2011-02-12')"
            ),
            {"id": resident.id, "division": resident.division_code},
        )
    events = village.get(f"{RESIDENTS}/{resident.id}/timeline").json()["items"]
    told = [(one["at"], one["kind"], one["amount"]) for one in events if one["kind"] in {"interest", "payment"}]
    assert told == [("2011-02-12", "payment", "67.50"), ("2010-12-31", "interest", "0.56")]
    assert [one["title"] for one in events if one["kind"] == "payment"] == ["2011-02 养老金已到账"]
