"""`nongbao import enrolments`: good rows become drafts, refused rows come back to be corrected, nothing goes in twice."""

from __future__ import annotations

from datetime import date

import pytest

from api.database import system_actor
from api.services import verification
from api.vocabulary import HukouKind, RoleName
from tests import factories
from tests.lists import FIELDS, as_csv, as_xlsx, facts_of, from_csv, runner, told

TODAY = date(2010, 11, 30)
HEADINGS = ("备注", "档次", "身份证号", "姓名", "申请日期")
DRAFTS = "SELECT resident_id, tier_fen, applied_on, state, division_code FROM enrolments ORDER BY id"
WRITTEN = (DRAFTS, "SELECT id, accepted_count FROM imports ORDER BY id", "SELECT count(*) FROM audit_events")


@pytest.fixture
def run(fresh_database, monkeypatch):
    return runner(monkeypatch, fresh_database, TODAY)


@pytest.fixture
def person(fresh_database):
    """Make a person of the roster; return their ID number and themselves."""

    def make(birth_date=date(1970, 5, 1), **facts):
        number = factories.id_number(birth_date)
        with fresh_database.unit_of_work(system_actor(factories.COUNTY)) as session:
            return number, factories.make_resident(session, birth_date=birth_date, number=number, **facts)

    return make


@pytest.fixture
def assistant(fresh_database):
    with fresh_database.unit_of_work(system_actor(factories.COUNTY)) as session:
        return factories.make_user(session, role=RoleName.VILLAGE_ASSISTANT)


def send(run, path, content, *words, division=factories.VILLAGE):
    path.write_bytes(content)
    return run("import", "enrolments", path, "--division", division, *words)


def test_good_rows_go_in_as_drafts_of_the_actor(run, person, assistant, tmp_path, fresh_database):
    (young, one), (old, other) = person(), person(date(1949, 3, 2))
    content = as_csv(
        HEADINGS,
        ("", "200", young, "梁小明", "2010年11月3日"),
        ("老人", "", old.lower(), " 梁 小 明 ", ""),
    )
    code, document = send(run, tmp_path / "a.csv", content, "--actor", assistant.username)
    assert (code, document.keys()) == (0, FIELDS)
    assert (document["rows"], document["accepted"], document["unchanged"], document["refused"]) == (2, 2, 0, [])
    assert facts_of(fresh_database, DRAFTS, "SELECT DISTINCT created_by_id FROM enrolments") == [
        [
            (one.id, 20_000, date(2010, 11, 3), "draft", factories.VILLAGE),
            (other.id, 0, TODAY, "draft", factories.VILLAGE),
        ],
        [(assistant.id,)],
    ]
    assert verification.verify(fresh_database).ok


def test_a_later_row_may_mend_an_earlier_of_the_same_person(run, person, assistant, tmp_path, fresh_database):
    (mended, _), (twice, _) = person(), person()
    rows = [
        ("", "123", mended, "梁小明", ""),
        ("", "200", twice, "梁小明", ""),
        ("", "200", mended, "梁小明", ""),
        ("", "300", twice, "梁小明", ""),
        ("", "300", mended, "梁小明", ""),
    ]
    code, document = send(run, tmp_path / "a.csv", as_csv(HEADINGS, *rows), "--actor", assistant.username)
    assert (code, document["accepted"]) == (2, 2)
    assert told(document) == [
        (2, "档次", "tier-not-offered"), (5, "身份证号", "duplicate_in_file"), (6, "身份证号", "duplicate_in_file"),
    ]  # fmt: skip
    assert "第 4 行" in document["refused"][-1]["message"]
    assert facts_of(fresh_database, "SELECT tier_fen FROM enrolments") == [[(20_000,), (20_000,)]]


def test_a_village_that_cannot_be_read_is_not_taken_for_none(run, person, assistant, tmp_path):
    (number, _) = person()
    headings = ("姓名", "身份证号", "档次", "村(居)委会")
    content = as_csv(headings, ("梁小明", number, "100", "石\x07海村"))
    code, document = send(run, tmp_path / "a.csv", content, "--actor", assistant.username)
    assert (code, told(document)) == (2, [(2, "村(居)委会", "control_char")])


def test_refused_rows_are_told_and_the_corrected_file_goes_in(run, person, assistant, tmp_path, fresh_database):
    (good, _), (misnamed, _), (no_tier, _), (late, _), (old, _), (student, _) = (
        person(), person(), person(), person(), person(date(1949, 3, 2)), person(is_student=True),
    )  # fmt: skip
    town_person, _ = person(hukou_kind=HukouKind.NON_RURAL)
    rows = [
        ("", "100", good, "梁小明", ""),
        ("=1+1", "100.00", misnamed, "粱小明", ""),
        ("", "", no_tier, "梁小明", ""),
        ("", "100", late, "梁小明", "2010-12-01"),
        ("", "100", old, "梁小明", ""),
        ("", "100", student, "梁小明", ""),
        ("", "100", town_person, "梁小明", ""),
        ("", "100", good, "梁小明", ""),
        ("", "一百", "44078319700501", "梁小明", "昨天"),
    ]
    errors = tmp_path / "refused.csv"
    code, document = send(
        run, tmp_path / "a.csv", as_csv(HEADINGS, *rows), "--actor", assistant.username, "--errors", errors
    )
    assert (code, document["rows"], document["accepted"]) == (2, 9, 1)
    assert told(document) == [
        (3, "姓名", "name-mismatch"),
        (4, "档次", "tier-not-offered"),
        (5, "申请日期", "applied-in-future"),
        (6, "档次", "tier-not-needed"),
        (7, "整行", "student"),
        (8, "整行", "not-rural"),
        (9, "身份证号", "duplicate_in_file"),
        (10, "身份证号", "short_id"),
        (10, "档次", "bad_value"),
        (10, "申请日期", "bad_value"),
    ]
    assert not any(number in str(document) for number in (good, misnamed, "44078319700501"))
    back = from_csv(errors)
    assert back[0]["备注"] == "'=1+1"
    assert back[-1]["错误列"] == "身份证号；档次；申请日期"
    back[0]["姓名"] = "梁小明"
    back[1]["档次"] = "300"
    back[2]["申请日期"] = "2010/11/29"
    back[3]["档次"] = "0"
    again = as_csv(tuple(back[0]), *(tuple(row.values()) for row in back[:4]))
    code, document = send(run, tmp_path / "b.csv", again, "--actor", assistant.username)
    assert (code, document["accepted"], document["warnings"]) == (0, 4, [])
    assert len(facts_of(fresh_database, DRAFTS)[0]) == 5


def test_the_same_file_again_writes_nothing_and_takes_what_has_been_mended(run, person, tmp_path, fresh_database):
    (good, _), (student, pupil) = person(), person(is_student=True)
    content = as_csv(HEADINGS, ("", "100", good, "梁小明", ""), ("", "100", student, "梁小明", ""))
    first = send(run, tmp_path / "a.csv", content)
    before = facts_of(fresh_database, *WRITTEN)
    code, document = send(run, tmp_path / "renamed.csv", content)
    assert (code, document) == (2, first[1] | {"unchanged": 1})
    assert facts_of(fresh_database, *WRITTEN) == before
    with fresh_database.unit_of_work(system_actor(factories.COUNTY)) as session:
        session.merge(pupil).is_student = False
    code, document = send(run, tmp_path / "a.csv", content)
    assert (code, document["accepted"], document["unchanged"], document["refused"]) == (0, 2, 1, [])
    assert send(run, tmp_path / "a.csv", content) == (0, document | {"unchanged": 2})


@pytest.mark.parametrize("day", ["0001-01-01", "2009-05-05"])
def test_a_day_before_the_scheme_refuses_its_row_and_no_other(run, person, tmp_path, day):
    content = as_csv(HEADINGS, ("", "100", person()[0], "梁小明", day), ("", "100", person()[0], "梁小明", ""))
    code, document = send(run, tmp_path / "a.csv", content)
    assert (code, document["accepted"], told(document)) == (2, 1, [(2, "申请日期", "parameters-unknown")])


def test_somebody_outside_is_told_like_somebody_absent(run, person, assistant, tmp_path):
    foreign, _ = person(village=factories.OTHER_VILLAGE)
    absent = factories.id_number(date(1970, 5, 1))
    content = as_csv(HEADINGS, ("", "100", foreign, "梁小明", ""), ("", "100", absent, "梁小明", ""))
    code, document = send(run, tmp_path / "a.csv", content, "--actor", assistant.username)
    assert code == 2
    assert [one | {"row": 0} for one in document["refused"]] == [document["refused"][0] | {"row": 0}] * 2
    assert document["refused"][0]["code"] == "not-found"
    # Whoever sees the whole county still brings in the list of this village and of no other.
    assert send(run, tmp_path / "a.csv", content) == (code, document)
    code, answer = send(run, tmp_path / "a.csv", content, "--actor", assistant.username, division=factories.TOWN)
    assert (code, answer["error"]["code"]) == (1, "not-found")
    assert send(run, tmp_path / "a.csv", content, division=440_700_000_000)[0] == 1


def test_number_cells_of_a_spreadsheet_are_refused_in_the_id_column_only(run, person, tmp_path, fresh_database):
    (number, resident), (other, _) = person(), person()
    content = as_xlsx(
        HEADINGS, ("", 100, number, "梁小明", date(2010, 11, 3)), ("", 100, int(other[:17]), "梁小明", "")
    )
    code, document = send(run, tmp_path / "a.xlsx", content)
    assert (code, told(document)) == (2, [(3, "身份证号", "numeric_id")])
    [[draft]] = facts_of(fresh_database, DRAFTS)
    assert draft[:3] == (resident.id, 10_000, date(2010, 11, 3))


def test_a_village_that_is_named_must_be_the_persons_own(run, person, tmp_path):
    (here, _), (there, _) = person(), person()
    headings = (*HEADINGS, "村代码", "电子邮箱")
    content = as_csv(
        headings,
        ("", "100", here, "梁小明", "", str(factories.VILLAGE), "a"),
        ("", "100", there, "梁小明", "", str(factories.OTHER_VILLAGE), "b"),
    )
    code, document = send(run, tmp_path / "a.csv", content, division=factories.TOWN)
    assert (code, told(document)) == (2, [(3, "村代码", "village-mismatch")])
    assert [(one["column"], one["code"]) for one in document["warnings"]] == [("电子邮箱", "unknown_column")]


def test_a_rehearsal_leaves_nothing_and_files_that_are_no_list_exit_with_1(run, person, tmp_path, fresh_database):
    number, _ = person()
    before = facts_of(fresh_database, *WRITTEN)
    content = as_csv(HEADINGS, ("", "100", number, "梁小明", ""))
    code, document = send(run, tmp_path / "a.csv", content, "--dry-run")
    assert (code, document["accepted"], facts_of(fresh_database, *WRITTEN)) == (0, 1, before)
    code, answer = send(run, tmp_path / "a.csv", as_csv(("姓名", "身份证号"), ("梁小明", number)))
    assert (code, answer["error"]["code"]) == (1, "header-incomplete")
    code, answer = send(run, tmp_path / "a.csv", as_csv((*HEADINGS, "缴费档次"), ("", "1", number, "梁小明", "", "1")))
    assert (code, answer["error"]["code"]) == (1, "header-duplicated")
    assert facts_of(fresh_database, *WRITTEN) == before


def test_who_may_not_enter_one_application_may_not_bring_a_list(run, person, tmp_path, fresh_database):
    with fresh_database.unit_of_work(system_actor(factories.COUNTY)) as session:
        auditor = factories.make_user(session, role=RoleName.AUDITOR)
    content = as_csv(HEADINGS, ("", "100", person()[0], "梁小明", ""))
    code, answer = send(run, tmp_path / "a.csv", content, "--actor", auditor.username)
    assert (code, answer["error"]["code"]) == (1, "forbidden")
