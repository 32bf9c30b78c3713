"""Rosters end to end: exactly the expected rows are refused, corrections go in, and history is kept of real changes only."""

from __future__ import annotations

import csv
import io
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import text

from api.database import system_actor
from api.errors import NotFound
from api.exchange.containers import UPLOAD_LIMITS
from api.exchange.file_errors import FileRefused
from api.exchange.tables import read_table
from api.policy.id_numbers import check_character
from api.services.roster_imports import RefusedFormat, import_roster, refused_rows_file
from tests import factories

DATA = Path(__file__).parent.parent / "data"
TOWN = 440783001000
TODAY = date(2011, 3, 31)
HEADINGS = ("姓名", "身份证号", "性别", "村代码", "户号", "户口性质", "联系电话", "银行账号", "在校学生", "备注")


def load(database, content, *, division=TOWN, actor=None, **options):
    return import_roster(
        database,
        factories.KEYRING,
        actor=actor or system_actor(440783000000),
        content=content,
        division_code=division,
        as_of=TODAY,
        **options,
    )


def count(database, statement, **parameters):
    with database.read_snapshot(system_actor(440783000000)) as session:
        return session.execute(text(statement), parameters).scalar_one()


def roster(*rows: dict[str, str]) -> bytes:
    target = io.StringIO()
    writer = csv.DictWriter(target, HEADINGS, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return target.getvalue().encode()


def person(**facts: str) -> dict[str, str]:
    number = facts.pop("number", None) or factories.id_number(date(1970, 5, 1))
    return {
        "姓名": "梁小明",
        "身份证号": number,
        "村代码": "440783001210",
        "户号": "1001",
        "户口性质": "农业",
        "联系电话": "13800138000",
        "银行账号": "6228480402564890018",
    } | facts


def versions_of(database, number):
    token = factories.KEYRING.id_token(int(number[:17]))
    with database.read_snapshot(system_actor(440783000000)) as session:
        return session.execute(
            text(
                'SELECT v.version, v."row" AS earlier, r.name, r.version AS present, r.division_code '
                "FROM residents r LEFT JOIN resident_versions v ON v.resident_id = r.id AND v.county_code = r.county_code "
                "WHERE r.id_token = :token ORDER BY v.version"
            ),
            {"token": token},
        ).all()


@pytest.mark.parametrize("name", ["roster-messy.csv", "roster-messy.xlsx"])
def test_messy_roster_refuses_exactly_the_expected_rows(fresh_database, name):
    expected = json.loads((DATA / f"{name}.expected.json").read_text("utf-8"))
    refusals = {int(row): code for row, code in expected.items() if not code.endswith("_ok")}
    result = load(fresh_database, DATA / name)
    assert {issue.row: issue.code for issue in result.refused} == refusals
    assert result.rows == 400
    assert result.accepted == result.created == 400 - len(refusals)
    assert count(fresh_database, "SELECT count(*) FROM residents") == result.accepted
    warned = {(issue.row, issue.code) for issue in result.warnings}
    assert {(int(row), code) for row, code in expected.items() if code.endswith("_ok")} <= warned


@pytest.mark.parametrize("file_format", list(RefusedFormat))
def test_refused_rows_once_corrected_go_in_and_nothing_else_changes(fresh_database, file_format):
    result = load(fresh_database, DATA / "roster-messy.csv")
    refused = refused_rows_file(result, file_format)
    table = read_table(refused, file_name=f"refused.{file_format.value}", limits=UPLOAD_LIMITS)
    frame = table.cells.clone()
    frame.columns = list(table.headings)
    assert frame.height == len(result.refused)
    assert set(frame["错误代码"]) == {issue.code for issue in result.refused}
    good = [factories.id_number(date(1960, 1, 1) if index % 2 else date(1971, 2, 3)) for index in range(frame.height)]
    corrected = frame.with_columns(
        pl.Series("身份证号", good),
        pl.lit("男").alias("性别"),
        pl.lit("440783001212").alias("村代码"),
        pl.Series("姓名", [f"更正{chr(0x4E00 + index)}" for index in range(frame.height)]),
    )
    second = load(fresh_database, corrected.write_csv().encode(), file_name="corrected.csv")
    assert second.refused == []
    assert second.created == frame.height
    assert count(fresh_database, "SELECT count(*) FROM residents") == 400
    third = load(fresh_database, DATA / "roster-messy.csv")
    assert third.unchanged == third.accepted == result.accepted
    assert third.created == third.changed == 0
    assert count(fresh_database, "SELECT count(*) FROM resident_versions") == 0


def test_clean_roster_again_is_the_same_import(fresh_database):
    first = load(fresh_database, DATA / "roster-clean.csv")
    assert (first.rows, first.created, first.refused) == (3000, 3000, [])
    houses = count(fresh_database, "SELECT count(*) FROM households")
    again = load(fresh_database, DATA / "roster-clean.csv")
    assert (again.import_id, again.unchanged, again.created, again.changed) == (first.import_id, 3000, 0, 0)
    assert again.as_json() | {"warnings": []} == {
        "kind": "residents", "rows": 3000, "accepted": 3000, "unchanged": 3000, "refused": [], "warnings": [],
    }  # fmt: skip
    # The same people in other bytes: everything is compared, nothing changes.
    reordered = (DATA / "roster-clean.csv").read_bytes().splitlines(keepends=True)
    content = b"".join([reordered[0], *reversed(reordered[1:])])
    other = load(fresh_database, content, file_name="reordered.csv")
    assert (other.unchanged, other.created, other.changed) == (3000, 0, 0)
    assert count(fresh_database, "SELECT count(*) FROM households") == houses
    assert count(fresh_database, "SELECT count(*) FROM imports") == 2


def test_changed_row_keeps_one_earlier_version(database):
    kept, changed = person(), person(姓名="陈大文")
    load(database, roster(kept, changed))
    result = load(database, roster(kept, changed | {"姓名": "陈大雯", "备注": "改名"}))
    assert (result.unchanged, result.changed, result.created) == (1, 1, 0)
    [row] = versions_of(database, changed["身份证号"])
    assert (row.version, row.earlier["name"], row.name, row.present) == (1, "陈大文", "陈大雯", 2)
    assert versions_of(database, kept["身份证号"])[0].version is None


def test_changed_phone_alone_is_a_change_and_an_equal_one_is_not_sealed_anew(database):
    one = person()
    load(database, roster(one))
    assert load(database, roster(one | {"联系电话": "13900139000"})).changed == 1
    assert load(database, roster(one | {"联系电话": "13900139000", "备注": "新"})).changed == 1
    earlier = versions_of(database, one["身份证号"])
    assert [row.version for row in earlier] == [1, 2]
    sealed = count(
        database,
        "SELECT '\\x' || encode(phone_sealed, 'hex') FROM residents WHERE id_token = :token",
        token=factories.KEYRING.id_token(int(one["身份证号"][:17])),
    )
    assert earlier[0].earlier["phone_sealed"] != earlier[1].earlier["phone_sealed"] == sealed


def test_empty_cells_erase_nothing(database):
    one = person()
    load(database, roster(one))
    result = load(database, roster(one | {"联系电话": "", "银行账号": "", "户号": "", "户口性质": ""}))
    assert (result.unchanged, result.changed) == (1, 0)
    assert [issue.code for issue in result.warnings] == ["hukou_assumed"]


def test_person_of_another_unit_is_refused_without_saying_where(database):
    one = person(村代码="440783001211")
    load(database, roster(one))
    elsewhere = one | {"村代码": "440783001210"}
    hidden = load(database, roster(elsewhere), division=440783001210, actor=system_actor(440783001210))
    known = load(database, roster(elsewhere | {"备注": "x"}), division=440783001210)
    for result in (hidden, known):
        assert [(issue.row, issue.code) for issue in result.refused] == [(2, "registered_elsewhere")]
        assert result.accepted == result.created == result.changed == 0
        assert "440783001211" not in result.refused[0].message
    assert b"registered_elsewhere" in refused_rows_file(hidden, RefusedFormat.CSV)


def test_new_people_go_in_beside_one_who_is_registered_elsewhere(database):
    elsewhere = person(村代码="440783001211")
    load(database, roster(elsewhere))
    fresh = [person(村代码="440783001213", 户号="77") for _ in range(3)]
    result = load(
        database,
        roster(elsewhere | {"村代码": "440783001213"}, *fresh),
        division=440783001213,
        actor=system_actor(440783001213),
    )
    assert (result.created, [issue.row for issue in result.refused]) == (3, [2])


def test_moving_to_another_village_takes_account_and_enrolment_along(database):
    with database.unit_of_work(system_actor(440783000000)) as session:
        number = factories.id_number(date(1970, 5, 1))
        resident = factories.make_resident(session, number=number, name="司徒明")
        factories.enrol(session, resident)
        resident_id = resident.id
    moved = person(number=number, 姓名="司徒明", 村代码="440783001215", 户号="9")
    assert load(database, roster(moved)).changed == 1
    for table in ("accounts", "enrolments"):
        statement = f"SELECT division_code FROM {table} WHERE resident_id = :id"
        assert count(database, statement, id=resident_id) == 440783001215
    house = "SELECT h.division_code FROM residents r JOIN households h ON h.id = r.household_id WHERE r.id = :id"
    assert count(database, house, id=resident_id) == 440783001215


def test_name_and_account_of_an_insured_person_are_changed_by_the_county_only(database):
    with database.unit_of_work(system_actor(440783000000)) as session:
        number = factories.id_number(date(1970, 5, 1))
        factories.enrol(session, factories.make_resident(session, number=number, name="谭大"))
    same = person(number=number, 姓名="谭大")
    for change in ({"姓名": "谭小"}, {"银行账号": "6228480402564890026"}):
        result = load(database, roster(same | change), actor=system_actor(TOWN))
        assert [(issue.row, issue.code) for issue in result.refused] == [(2, "county_approval_required")]
        assert result.changed == 0
    assert load(database, roster(same | {"备注": "在家"}), actor=system_actor(TOWN)).changed == 1
    assert load(database, roster(same | {"姓名": "谭小"})).changed == 1
    assert [row.name for row in versions_of(database, number)] == ["谭小", "谭小"]


def test_the_dead_stay_dead_and_somebody_is_told(database):
    with database.unit_of_work(system_actor(440783000000)) as session:
        number = factories.id_number(date(1940, 5, 1))
        factories.make_resident(
            session, number=number, birth_date=date(1940, 5, 1), status="dead", status_on=date(2011, 1, 2)
        )
    result = load(database, roster(person(number=number, 姓名="新名")))
    assert [issue.code for issue in result.warnings] == ["status_kept"]
    token = factories.KEYRING.id_token(int(number[:17]))
    assert count(database, "SELECT status FROM residents WHERE id_token = :token", token=token) == "dead"


def test_dry_run_tells_all_and_keeps_nothing(database):
    before = count(database, "SELECT count(*) FROM residents")
    rows = [person(), person(身份证号="1")]
    result = load(database, roster(*rows), dry_run=True)
    assert (result.created, [issue.code for issue in result.refused]) == (1, ["short_id"])
    assert count(database, "SELECT count(*) FROM residents") == before
    assert load(database, roster(*rows)).created == 1


def test_unit_outside_the_actors_scope_is_not_found(database):
    with pytest.raises(NotFound):
        load(database, roster(person()), division=440783001211, actor=system_actor(440783001210))
    with pytest.raises(NotFound):
        load(database, roster(person()), division=440783001999)
    # Ids begin with the county, so that a roster of a whole city would land in none.
    with pytest.raises(NotFound):
        load(database, roster(person()), division=440700000000, actor=system_actor(440000000000))


def test_file_that_is_no_roster_takes_nothing(database):
    with pytest.raises(FileRefused):
        load(database, b"PK\x03\x04 not a workbook", file_name="a.xlsx")


def test_protected_values_are_sealed_for_their_row(database):
    one = person()
    load(database, roster(one))
    token = factories.KEYRING.id_token(int(one["身份证号"][:17]))
    with database.read_snapshot(system_actor(440783000000)) as session:
        row = session.execute(text("SELECT * FROM residents WHERE id_token = :token"), {"token": token}).one()
    keyring = factories.KEYRING
    assert keyring.unseal(row.phone_sealed, table="residents", column="phone", row_id=row.id) == one["联系电话"]
    opened = keyring.unseal(row.bank_account_sealed, table="residents", column="bank_account", row_id=row.id)
    assert opened == one["银行账号"]
    assert row.bank_account_index == keyring.blind_index("bank_account", one["银行账号"])
    [(_, id17)] = keyring.ids_of_tokens([row.id_token])
    assert f"{id17:017d}" + check_character(f"{id17:017d}") == one["身份证号"]
    stored = " ".join(str(value) for value in row)
    assert one["身份证号"] not in stored
    assert one["联系电话"] not in stored


def test_many_chunks_give_the_same_as_one(fresh_database, monkeypatch):
    from api.services import roster_staging

    monkeypatch.setattr(roster_staging, "CHUNK", 700)
    first = load(fresh_database, DATA / "roster-clean.csv")
    assert first.created == 3000
    lines = (DATA / "roster-clean.csv").read_bytes().decode("gb18030").splitlines()
    changed = "\n".join([lines[0], *(line + "改" for line in lines[1:])])
    second = load(fresh_database, changed.encode(), file_name="changed.csv")
    assert (second.changed, second.created, second.unchanged) == (3000, 0, 0)
    assert count(fresh_database, "SELECT count(*) FROM resident_versions") == 3000
    assert count(fresh_database, "SELECT count(*) FROM residents WHERE version = 2 AND remark LIKE '%改'") == 3000


def test_file_of_refused_rows_only_is_a_result_and_not_a_fault(database):
    result = load(database, roster(person(身份证号="1"), person(姓名="")))
    assert (result.rows, result.accepted, [issue.row for issue in result.refused]) == (2, 0, [2, 3])


def test_two_imports_of_the_same_file_at_once_are_one(fresh_database):
    content = roster(*(person(户号=str(index)) for index in range(300)))
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda _: load(fresh_database, content), range(2)))
    assert {result.import_id for result in results} == {results[0].import_id}
    assert sorted(result.created for result in results) == [0, 300]
    assert count(fresh_database, "SELECT count(*) FROM residents") == 300
    assert count(fresh_database, "SELECT count(*) FROM imports") == 1
