"""The participation register over HTTP: names, reasons, totals that add up, moves, the workbook, and frozen figures."""

from __future__ import annotations

import io
from datetime import date

import pytest
import python_calamine

from api.database import system_actor
from api.services import contributions, fact_records, reinstatements, resident_facts, residents
from api.services.contribution_rules import Offer
from api.vocabulary import Channel, ContributionKind, FactKind, ReinstatementKind, RoleName
from tests import factories
from tests.factories import COUNTY, OTHER_VILLAGE, TOWN, VILLAGE

BASE = "/api/v1"
TODAY = date(2011, 3, 31)
DECEMBER = "2010-12-31"


@pytest.fixture(scope="module")
def clerk(sign_in):
    return sign_in(RoleName.TOWN_CLERK)


@pytest.fixture(scope="module")
def assistant(sign_in):
    return sign_in(RoleName.VILLAGE_ASSISTANT)


@pytest.fixture(scope="module")
def neighbour(sign_in):
    return sign_in(RoleName.VILLAGE_ASSISTANT, division=OTHER_VILLAGE)


@pytest.fixture(scope="module")
def people(database):
    """One of each kind in the village, and one who moved away in February."""
    with database.unit_of_work(system_actor(COUNTY)) as session:
        actor = factories.make_actor(session, RoleName.TOWN_CLERK)
        made = {
            name: factories.make_resident(session, name=name)
            for name in ("已参保", "未缴费", "在校", "不愿意", "没说法", "已迁走", "已死亡")
        }
        for name in ("已参保", "未缴费", "已迁走"):
            factories.enrol(session, made[name])
        for name in ("已参保", "已迁走"):
            pay(session, actor, made[name])
        begin(session, made["在校"], FactKind.STUDENT, date(2010, 9, 1), "学生证 2010-113")
        begin(session, made["不愿意"], FactKind.UNWILLING, date(2010, 11, 5), "入户走访")
        begin(session, made["已迁走"], FactKind.DIBAO, None, "低保证 7")
        residents.report_move(
            session, actor=actor, resident_id=made["已迁走"].id, version=made["已迁走"].version,
            moved_on=date(2011, 2, 1), to_division_code=OTHER_VILLAGE, today=TODAY, evidence="准迁证 88",
        )  # fmt: skip
        residents.report_death(
            session, actor=actor, resident_id=made["已死亡"].id, version=1, died_on=date(2011, 1, 1), source="村报",
            today=TODAY,
        )  # fmt: skip
    return {name: str(one.id) for name, one in made.items()}


def pay(session, actor, person):
    offer = Offer(
        kind=ContributionKind.ANNUAL, contribution_year=2010, paid_on=date(2010, 10, 20), channel=Channel.BANK_TRANSFER,
        tier_fen=10_000,
    )  # fmt: skip
    contributions.record(
        session, actor=actor, keyring=factories.KEYRING, resident_id=person.id, offer=offer, today=date(2010, 10, 20)
    )


def begin(session, person, kind, day, evidence):
    resident_facts.begin(
        session, actor=system_actor(COUNTY), resident=person, kind=kind, value=None, begins_on=day, evidence=evidence
    )


def names(client, **query):
    found, after = {}, None
    while True:
        page = {"limit": 3} | query | ({"after": after} if after else {})
        answer = client.get(f"{BASE}/participation-register", params=page)
        assert answer.status_code == 200, answer.text
        found |= {item["name"]: item for item in answer.json()["items"]}
        after = answer.json()["next"]
        if after is None:
            return found


def standing(items):
    return {name: (item["status"], item["reason"]) for name, item in items.items()}


EXPECTED = {
    "已参保": ("insured", None), "未缴费": ("registered_unpaid", None), "在校": ("excluded", "student"),
    "不愿意": ("not_enrolled", "unwilling"), "没说法": ("not_enrolled", None), "已迁走": ("insured", None),
    "已死亡": ("not_enrolled", None),
}  # fmt: skip


def test_the_list_of_a_past_day_has_who_left_since(assistant, people):
    items = names(assistant, as_of=DECEMBER)
    assert standing(items) == EXPECTED
    assert items["在校"]["reason_since"] == "2010-09-01"
    assert items["在校"]["reason_evidence"] == "学生证 2010-113"
    assert items["在校"]["id_number_masked"].count("*") >= 8
    assert items["已迁走"]["division_code"] == str(VILLAGE)


def test_the_list_of_today_lacks_the_dead_and_the_moved(assistant, neighbour, people):
    assert set(EXPECTED) - set(names(assistant)) == {"已迁走", "已死亡"}
    assert set(names(neighbour)) == {"已迁走"}
    assert names(neighbour, as_of="2011-01-31") == {}
    assert "已迁走" in names(assistant, as_of="2011-01-31")


def test_nobody_is_in_two_villages(clerk, people):
    for day in ("2011-01-31", "2011-02-01"):
        totals = clerk.get(f"{BASE}/participation-register/totals", params={"as_of": day}).json()
        assert totals["belonging"] == len(names(clerk, as_of=day)) == sum(c["belonging"] for c in totals["children"])


def test_totals_add_up_and_are_the_report(assistant, clerk, people):
    for client in (assistant, clerk):
        for day in (DECEMBER, "2011-03-31"):
            totals = client.get(f"{BASE}/participation-register/totals", params={"as_of": day}).json()
            report = client.get(f"{BASE}/reports/participation", params={"as_of": day}).json()
            assert totals["belonging"] == totals["eligible"] + totals["excluded"]
            parts = ("insured", "registered_unpaid", "not_enrolled")
            assert totals["eligible"] == sum(totals[part] for part in parts) == report["eligible"]
            assert totals["insured"] == report["insured"]
            assert sum(reason["count"] for reason in totals["reasons"]) == totals["belonging"]
            assert totals["belonging"] == len(names(client, as_of=day))


def test_filters_give_the_people_behind_a_number(assistant, people):
    assert set(names(assistant, as_of=DECEMBER, status="not_enrolled")) == {"不愿意", "没说法", "已死亡"}
    assert set(names(assistant, as_of=DECEMBER, reason="unexplained")) == {"没说法", "已死亡"}
    assert set(names(assistant, as_of=DECEMBER, reason="student")) == {"在校"}
    assert names(assistant, as_of=DECEMBER, status="insured", reason="student") == {}


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"as_of": "2011-04-01"}, 422, "reporting-date-in-future"),
        ({"division": str(TOWN)}, 404, "not-found"),
        ({"known_at": "yesterday"}, 422, "invalid"),
        ({"known_at": "2011-02-30T00:00:00Z"}, 422, "invalid"),
        ({"known_at": "2011-02-28T00:00:00"}, 422, "invalid"),
        ({"status": "dead"}, 422, "invalid"),
        ({"reason": "dibao"}, 422, "invalid"),
        ({"village": str(VILLAGE)}, 422, "unknown-parameter"),
    ],
)
def test_wrong_questions_are_refused(assistant, people, query, status, code):
    answer = assistant.get(f"{BASE}/participation-register", params=query)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


def test_the_workbook_has_the_names_and_is_on_record(assistant, sign_in, people):
    answer = assistant.get(f"{BASE}/participation-register/workbook", params={"as_of": DECEMBER, "status": "excluded"})
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].endswith(f'register-{VILLAGE}-{DECEMBER}.xlsx"')
    sheet = python_calamine.load_workbook(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert sheet[2][3] == "姓名"
    assert [row[3] for row in sheet[3:]] == ["在校"]
    assert "****" in sheet[3][6]
    assert sheet[3][7:11] == ["不计入应参保", "在校学生", "2010-09-01", "学生证 2010-113"]
    events = sign_in(RoleName.AUDITOR).get(f"{BASE}/audit-events", params={"limit": 200}).json()["items"]
    assert [event["detail"]["rows"] for event in events if event["action"] == "export_participation_register"] == [1]


def test_a_frozen_figure_has_its_names_after_late_corrections(fresh_database):
    """What was frozen is reproduced to the names, whatever is learnt later about that day."""
    from api.services import participation, participation_register
    from api.services.participation_register import Wanted

    county = system_actor(COUNTY)
    frozen, seen = {}, {}

    def register(session, known_at=None):
        wanted = Wanted(TOWN, date(2010, 12, 31), known_at)
        entries, after = participation_register.list_entries(
            session, factories.KEYRING, wanted, today=TODAY, limit=200, after=None
        )
        assert after is None
        return {(e.row.resident_id, e.row.name, e.row.division_code, e.row.status, e.row.reason) for e in entries}

    def freeze(step):
        with fresh_database.unit_of_work(county) as session:
            actor = factories.make_actor(session, RoleName.TOWN_REVIEWER)
            participation.freeze(session, actor=actor, division_code=TOWN, as_of=date(2010, 12, 31), today=TODAY)
        with fresh_database.read_snapshot(county) as session:
            [(_, unit)], _ = participation.trend(session, division_code=TOWN, limit=9, after=None)
            frozen[step] = (unit.frozen_at, unit.counts.eligible)
            seen[step] = register(session)

    with fresh_database.unit_of_work(county) as session:
        one, two, three, four = (factories.make_resident(session, name=f"甲{n}") for n in range(4))
    freeze(1)
    with fresh_database.unit_of_work(county) as session:
        clerk = factories.make_actor(session, RoleName.COUNTY_CLERK)
        begin(session, one, FactKind.STUDENT, date(2010, 9, 1), "迟到的学生证")
        residents.report_death(
            session, actor=clerk, resident_id=two.id, version=1, died_on=date(2010, 12, 1), source="民政", today=TODAY
        )
        residents.report_move(
            session, actor=clerk, resident_id=three.id, version=1, moved_on=date(2010, 11, 1),
            to_division_code=OTHER_VILLAGE, today=TODAY,
        )  # fmt: skip
        factories.make_resident(session, name="补登")
    freeze(2)
    with fresh_database.unit_of_work(county) as session:
        second = factories.make_actor(session, RoleName.COUNTY_CLERK)
        reinstatements.reinstate(
            session, actor=second, resident_id=two.id, version=2, kind=ReinstatementKind.WRONGLY_REPORTED,
            returned_on=None, evidence="派出所证明", today=TODAY,
        )  # fmt: skip
        fact = resident_facts.open_fact(session, residents.get(session, one.id), FactKind.STUDENT)
        fact_records.withdraw(session, actor=second, fact_id=fact.id, version=fact.version, reason="查无此人")
        begin(session, four, FactKind.UNREACHABLE, date(2010, 12, 1), "入户走访")
        residents.change(
            session,
            factories.KEYRING,
            actor=second,
            resident_id=four.id,
            version=1,
            record={"name": "改名"},
            today=TODAY,
        )
    freeze(3)
    assert len({frozenset(names) for names in seen.values()}) == 3
    for step, (moment, eligible) in frozen.items():
        with fresh_database.read_snapshot(county) as session:
            again = register(session, moment)
            assert again == seen[step], step
            counts = participation.count_villages(
                session, division_code=TOWN, as_of=date(2010, 12, 31), known_at=moment
            )
        assert sum(c.eligible for c in counts.values()) == eligible == sum(one[3] != "excluded" for one in again)


def test_trend_tells_the_moment_of_the_freezing(sign_in, people):
    reviewer = sign_in(RoleName.TOWN_REVIEWER)
    frozen = reviewer.post(
        f"{BASE}/reports/participation/snapshots", json={"division": str(TOWN), "as_of": DECEMBER},
        headers={"Idempotency-Key": "freeze-once-for-the-register"},
    )  # fmt: skip
    assert frozen.status_code == 201
    [point] = reviewer.get(f"{BASE}/reports/participation/trend", params={"division": str(TOWN)}).json()["items"]
    totals = reviewer.get(
        f"{BASE}/participation-register/totals", params={"as_of": DECEMBER, "known_at": point["frozen_at"]}
    ).json()
    assert totals["eligible"] == point["eligible"] == frozen.json()["eligible"] > 0


def test_a_wrong_death_is_undone_by_another_person(clerk, sign_in, database):
    with database.unit_of_work(system_actor(COUNTY)) as session:
        person = factories.make_resident(session)

    def post(client, what, version, **body):
        return client.post(f"{BASE}/residents/{person.id}/{what}", json=body, headers={"If-Match": f'"{version}"'})

    dead = post(clerk, "deaths", 1, died_on="2011-03-01", source="村报", evidence="死亡证明 9")
    assert (dead.json()["status"], dead.json()["status_reason"], dead.json()["status_evidence"]) == (
        "dead", "村报", "死亡证明 9",
    )  # fmt: skip
    body = {"kind": "wrongly_reported", "evidence": "派出所证明 3"}
    own = post(clerk, "reinstatements", 2, **body)
    assert (own.status_code, own.json()["code"]) == (409, "same-person")
    other = sign_in(RoleName.TOWN_CLERK)
    assert (
        post(other, "reinstatements", 2, kind="returned", returned_on="2011-03-20", evidence="x").json()["code"]
        == "dead-do-not-return"
    )
    done = post(other, "reinstatements", 2, **body)
    assert (done.status_code, done.json()["status"], done.json()["status_on"], done.json()["version"]) == (
        200, "alive", None, 3,
    )  # fmt: skip
    assert post(other, "reinstatements", 3, **body).json()["code"] == "resident-not-gone"


def test_who_returns_was_away_in_between(clerk, sign_in, database):
    with database.unit_of_work(system_actor(COUNTY)) as session:
        person = factories.make_resident(session, name="外出人")
    moved = clerk.post(
        f"{BASE}/residents/{person.id}/moves", headers={"If-Match": '"1"'},
        json={"moved_on": "2010-12-01", "reason": "随女儿", "evidence": "迁移证 5"},
    )  # fmt: skip
    assert (moved.status_code, moved.json()["status_reason"]) == (200, "随女儿")
    other = sign_in(RoleName.TOWN_CLERK)

    def back(day):
        return other.post(
            f"{BASE}/residents/{person.id}/reinstatements", headers={"If-Match": '"2"'},
            json={"kind": "returned", "returned_on": day, "evidence": "迁入证 6"},
        )  # fmt: skip

    for day in (None, "2010-11-30", "2011-04-01"):
        assert back(day).json()["code"] == "return-day-wrong"
    assert back("2011-02-01").json()["here_since"] == "2011-02-01"
    days = {
        day: "外出人" in names(clerk, as_of=day) for day in ("2010-11-30", "2010-12-01", "2011-01-31", "2011-02-01")
    }
    assert days == {"2010-11-30": True, "2010-12-01": False, "2011-01-31": False, "2011-02-01": True}
    early = other.post(
        f"{BASE}/residents/{person.id}/moves", headers={"If-Match": '"3"'},
        json={"moved_on": "2011-01-15", "to_division_code": str(OTHER_VILLAGE)},
    )  # fmt: skip
    assert (early.status_code, early.json()["code"]) == (422, "before-present-stay")
