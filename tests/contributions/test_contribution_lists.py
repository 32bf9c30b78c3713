"""`nongbao import contributions`: money of a list is booked once, cash gets unbroken receipts, the books agree."""

from __future__ import annotations

from datetime import date

import pytest

from api.database import system_actor
from api.services import verification
from api.vocabulary import RoleName
from tests import factories
from tests.lists import as_csv, as_xlsx, facts_of, from_csv, runner, told

TODAY = date(2010, 11, 30)
HEADINGS = ("姓名", "身份证号", "缴费年度", "档次", "缴费日期", "缴费方式", "缴费类型")
BOOKED = (
    "SELECT resident_id, contribution_year, kind, tier_fen, amount_fen, subsidy_fen, paid_on, channel, recorded_by_id "
    "FROM contributions ORDER BY id"
)
RECEIPTS = "SELECT collector_id, number, amount_fen FROM receipts ORDER BY collector_id, number"
WRITTEN = (
    BOOKED,
    RECEIPTS,
    "SELECT receipt_count FROM users ORDER BY id",
    "SELECT personal_fen, gov_fen FROM accounts ORDER BY resident_id",
    "SELECT id, accepted_count, refused_count FROM imports ORDER BY id",
    "SELECT count(*) FROM audit_events",
    "SELECT count(*) FROM journals",
)


@pytest.fixture
def run(fresh_database, monkeypatch):
    return runner(monkeypatch, fresh_database, TODAY)


@pytest.fixture
def person(fresh_database):
    """Make an insured person; return their ID number and themselves."""

    def make(*, insured=True, **facts):
        number = factories.id_number(date(1970, 5, 1))
        with fresh_database.unit_of_work(system_actor(factories.COUNTY)) as session:
            household = factories.make_household(session)
            resident = factories.make_resident(session, number=number, household=household, **facts)
            if insured:
                factories.enrol(session, resident)
            return number, resident

    return make


@pytest.fixture
def collector(fresh_database):
    with fresh_database.unit_of_work(system_actor(factories.COUNTY)) as session:
        return factories.make_user(session, role=RoleName.VILLAGE_ASSISTANT)


def send(run, path, content, *words, division=factories.VILLAGE):
    path.write_bytes(content)
    return run("import", "contributions", path, "--division", division, *words)


def paid(number, *, tier="100", paid_on="", channel="", kind="", year="2010", name="梁小明"):
    return (name, number, year, tier, paid_on, channel, kind)


def test_money_of_a_list_is_booked_with_receipts_for_cash(run, person, collector, tmp_path, fresh_database):
    people = [person(), person(), person(), person(disability_grade=1)]
    numbers = [number for number, _ in people]
    content = as_csv(
        HEADINGS,
        paid(numbers[0], paid_on="2010.11.3"),
        paid(numbers[1], tier="500.00", channel="银行代扣"),
        paid(numbers[2], tier="", channel="现金", year="2010年度"),
        paid(numbers[3], tier="", kind="政府代缴"),
    )
    code, document = send(run, tmp_path / "a.csv", content, "--actor", collector.username)
    assert (code, document["accepted"], document["refused"]) == (0, 4, [])
    ids, who = [resident.id for _, resident in people], collector.id
    booked, receipts = facts_of(fresh_database, BOOKED, RECEIPTS)
    assert booked == [
        (ids[0], 2010, "annual", 10_000, 10_000, 3_000, date(2010, 11, 3), "cash", who),
        (ids[1], 2010, "annual", 50_000, 50_000, 3_000, TODAY, "bank_deduction", who),
        (ids[2], 2010, "annual", 10_000, 10_000, 3_000, TODAY, "cash", who),
        (ids[3], 2010, "government_paid", 10_000, 10_000, booked[3][5], TODAY, "government", who),
    ]
    assert receipts == [(who, 1, 10_000), (who, 2, 10_000)]
    more = as_csv(HEADINGS, paid(person()[0]))
    assert send(run, tmp_path / "b.csv", more, "--actor", collector.username)[0] == 0
    assert [number for _, number, _ in facts_of(fresh_database, RECEIPTS)[0]] == [1, 2, 3]
    report = verification.verify(fresh_database)
    assert {check.name: check.rows for check in report.checks if not check.ok} == {}


def test_the_same_file_again_writes_nothing(run, person, collector, tmp_path, fresh_database):
    (good, _), (stranger, _) = person(), person(insured=False)
    content = as_csv(HEADINGS, paid(good), paid(stranger))
    first = send(run, tmp_path / "a.csv", content, "--actor", collector.username)
    assert (first[0], told(first[1])) == (2, [(3, "整行", "enrolment-not-approved")])
    before = facts_of(fresh_database, *WRITTEN)
    for _ in range(2):
        code, document = send(run, tmp_path / "other.csv", content, "--actor", collector.username)
        assert (code, document) == (2, first[1] | {"unchanged": 1})
    assert facts_of(fresh_database, *WRITTEN) == before
    code, document = send(run, tmp_path / "a.csv", content + b"\r\n", "--actor", collector.username)
    assert (code, [one["code"] for one in document["refused"]]) == (
        2, ["contribution-already-recorded", "enrolment-not-approved"],
    )  # fmt: skip
    assert facts_of(fresh_database, BOOKED, RECEIPTS) == before[:2]


def test_a_reversed_contribution_is_not_brought_back_by_its_old_file(run, person, collector, tmp_path, fresh_database):
    from sqlalchemy import text

    from api.services import contribution_reversals

    content = as_csv(HEADINGS, paid(person()[0]), paid(person()[0]))
    send(run, tmp_path / "a.csv", content, "--actor", collector.username)
    with fresh_database.unit_of_work(system_actor(factories.COUNTY)) as session:
        clerk = factories.make_actor(session, RoleName.COUNTY_CLERK)
        wrong = session.execute(text("SELECT id, version FROM contributions ORDER BY id LIMIT 1")).one()
        contribution_reversals.reverse(
            session, actor=clerk, contribution_id=wrong.id, reason="重复", version=wrong.version, today=TODAY
        )
    before = facts_of(fresh_database, *WRITTEN)
    code, document = send(run, tmp_path / "a.csv", content, "--actor", collector.username)
    assert (code, document["unchanged"], facts_of(fresh_database, *WRITTEN)) == (0, 2, before)


def test_refused_rows_come_back_and_go_in_corrected(run, person, collector, tmp_path, fresh_database):
    people = [person()[0] for _ in range(7)]
    foreign, _ = person(village=factories.OTHER_VILLAGE)
    absent = factories.id_number(date(1970, 5, 1))
    content = as_csv(
        HEADINGS,
        paid(people[0]),
        paid(people[1], tier="120"),
        paid(people[2], paid_on="2010-12-01"),
        paid(people[3], channel="微信"),
        paid(people[4], kind="补缴", channel="现金"),
        paid(people[5], channel="财政拨付"),
        paid(people[6], year=""),
        paid(people[0], tier="200"),
        paid(people[0], name="梁大明", year="2011"),
        paid(foreign),
        paid(absent),
    )
    errors = tmp_path / "refused.xlsx"
    words = ("--actor", collector.username, "--errors")
    code, document = send(run, tmp_path / "a.csv", content, *words, errors)
    assert (code, document["accepted"]) == (2, 1)
    assert told(document) == [
        (3, "档次", "tier-not-offered"),
        (4, "缴费日期", "paid-in-future"),
        (5, "缴费方式", "bad_value"),
        (6, "缴费类型", "kind_not_in_lists"),
        (7, "缴费方式", "channel-not-allowed"),
        (8, "缴费年度", "empty_year"),
        (9, "身份证号", "duplicate_in_file"),
        (10, "姓名", "name-mismatch"),
        (11, "身份证号", "not-found"),
        (12, "身份证号", "not-found"),
    ]
    assert len({one["message"] for one in document["refused"][-2:]}) == 1
    assert errors.read_bytes().startswith(b"PK")
    listed = tmp_path / "refused.csv"
    assert send(run, tmp_path / "a.csv", content, *words, listed)[0] == 2
    back = from_csv(listed)
    assert len(back) == 10
    for row, mended in zip(back[:6], ({"档次": "100"}, {"缴费日期": "2010-11-29"}, {"缴费方式": "银行转账"},
                                      {"缴费类型": "年度缴费"}, {"缴费方式": ""}, {"缴费年度": "2010"}), strict=True):  # fmt: skip
        row.update(mended)
    code, document = send(
        run, tmp_path / "b.csv", as_csv(tuple(back[0]), *(tuple(row.values()) for row in back[:6])),
        "--actor", collector.username,
    )  # fmt: skip
    assert (code, document["accepted"], document["refused"]) == (0, 6, [])
    assert [number for _, number, _ in facts_of(fresh_database, RECEIPTS)[0]] == [1, 2, 3, 4, 5, 6]


def test_cash_needs_a_person_and_money_through_the_bank_does_not(run, person, tmp_path, fresh_database):
    (one, _), (other, _) = person(), person()
    before = facts_of(fresh_database, *WRITTEN)
    code, answer = send(run, tmp_path / "a.csv", as_csv(HEADINGS, paid(one, channel="银行转账"), paid(other)))
    assert (code, answer["error"]["code"]) == (1, "cash-needs-a-person")
    assert "--actor" in answer["error"]["detail"]
    assert facts_of(fresh_database, *WRITTEN) == before
    assert send(run, tmp_path / "b.csv", as_csv(HEADINGS, paid(one, channel="银行转账")))[0] == 0


def test_a_rehearsal_takes_no_receipt_and_number_cells_are_refused(run, person, collector, tmp_path, fresh_database):
    (number, _), (other, _) = person(), person()
    before = facts_of(fresh_database, *WRITTEN)
    content = as_xlsx(
        HEADINGS,
        ("梁小明", number, 2010, 100, date(2010, 11, 3), "现金", ""),
        ("梁小明", int(other[:17]), 2010, 100, "", "", ""),
        ("梁小明", other, 2010, 100, 40_484, "", ""),
    )
    rehearsed = send(run, tmp_path / "a.xlsx", content, "--actor", collector.username, "--dry-run")
    assert (rehearsed[0], told(rehearsed[1])) == (2, [(3, "身份证号", "numeric_id"), (4, "缴费日期", "bad_value")])
    assert facts_of(fresh_database, *WRITTEN) == before
    assert send(run, tmp_path / "a.xlsx", content, "--actor", collector.username) == rehearsed
    assert facts_of(fresh_database, BOOKED)[0][0][3:7] == (10_000, 10_000, 3_000, date(2010, 11, 3))


def test_a_summary_for_people_names_the_list(person, collector, tmp_path, fresh_database, monkeypatch):
    from typer.testing import CliRunner

    from api.cli.main import app

    runner(monkeypatch, fresh_database, TODAY)
    path = tmp_path / "a.csv"
    path.write_bytes(as_csv(HEADINGS, paid(person()[0]), paid("1")))
    words = ["import", "contributions", str(path), "--division", str(factories.VILLAGE), "--actor", collector.username]
    monkeypatch.setattr("sys.argv", ["nongbao", *words])
    shown = CliRunner().invoke(app, words)
    assert shown.exit_code == 2
    assert all(word in shown.output for word in ("缴费名单导入", "short_id"))
