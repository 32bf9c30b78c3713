"""What the comparison of a list with the register says, kind by kind and case by case."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from api.policy.id_numbers import check_character
from api.services import department_list_rows
from api.services.department_list_refusals import DeathListComplete, ListDateOutside, ListWithoutRows
from api.vocabulary import DepartmentListKind, FactKind, ResidentStatus
from tests import factories
from tests.department_lists.worlds import AS_OF, TODAY, Desk, person
from tests.lists import as_csv

DISABILITY, DIBAO, DEATHS = DepartmentListKind.DISABILITY, DepartmentListKind.DIBAO, DepartmentListKind.DEATHS


@pytest.fixture
def desk(session):
    return Desk(session)


def test_each_row_is_told_by_what_the_register_holds(session, desk):
    new, same, other_grade, dead, gone = (person(session, name=f"甲{letter}") for letter in "一二三四五")
    for one, grade in ((same, "2"), (other_grade, "3")):
        desk_fact(session, desk, one, FactKind.DISABILITY, grade, date(2009, 6, 1))
    session.execute(
        text("UPDATE residents SET status = 'dead', status_on = '2010-12-01' WHERE id = :id"), {"id": dead.id}
    )
    session.execute(text("UPDATE residents SET status = 'moved_out' WHERE id = :id"), {"id": gone.id})
    brought = desk.bring(
        DISABILITY,
        (new.name, new.number, "一级", "肢体"),
        (same.name, same.number, "2"),
        (other_grade.name, other_grade.number, "2级", "", "2011-01-05"),
        (dead.name, dead.number, "一级"),
        (gone.name, gone.number, "一级"),
        ("甲六", factories.id_number(date(1970, 5, 1)), "四级"),
        ("别名", person(session, name="本名").number, "四级"),
    )
    assert desk.told(brought.found) == [
        ("甲一", "added", True),
        ("甲二", "unchanged", False),
        ("甲三", "changed", True),
        ("甲四", "already_dead", False),
        ("甲五", "moved_out", False),
        ("甲六", "not_found", False),
        ("别名", "other_name", False),
    ]
    assert brought.found.counts == {
        "added": 1, "already_dead": 1, "changed": 1, "moved_out": 1, "not_found": 1, "other_name": 1, "unchanged": 1,
    }  # fmt: skip
    changed = desk.rows(brought.found)[2]
    assert (changed.held_value, changed.value, changed.held_on, changed.happened_on) == (
        "3", "2", date(2009, 6, 1), date(2011, 1, 5),
    )  # fmt: skip


def desk_fact(session, desk, one, kind, value, since):
    from api.services import resident_facts

    return resident_facts.begin(
        session, actor=desk.clerk, resident=one.resident, kind=kind, value=value, begins_on=since, evidence=None
    )


def test_a_complete_list_tells_who_is_not_on_it_any_more(session, desk):
    on_it, off_it = (person(session, name=name, fact=FactKind.DIBAO) for name in ("在册", "不在册"))
    other_village = person(session, name="外村", fact=FactKind.DIBAO, village=factories.OTHER_VILLAGE)
    later = person(session, name="后来", fact=FactKind.DIBAO, since=date(2011, 3, 20))
    rows = [(on_it.name, on_it.number)]
    assert desk.told(desk.bring(DIBAO, *rows).found) == [("在册", "unchanged", False)]
    village = desk.bring(DIBAO, *rows, complete=True, division=factories.VILLAGE).found
    assert desk.told(village) == [("在册", "unchanged", False), ("不在册", "removed", True)]
    town = desk.bring(DIBAO, *rows, complete=True).found
    assert {told[0] for told in desk.told(town) if told[1] == "removed"} == {off_it.name, other_village.name}
    assert later.name not in {row.name for row in desk.rows(town)}


def test_whoever_seems_to_be_missing_is_not_chosen_while_a_row_of_that_name_is_unclear(session, desk):
    holder = person(session, name="陈秀英", fact=FactKind.DIBAO, birth_date=date(1950, 2, 3))
    refused_twin = person(session, name="黄大文", fact=FactKind.DIBAO)
    plain = person(session, name="梁阿平", fact=FactKind.DIBAO)
    wrong = refused_twin.number[:-1] + ("0" if refused_twin.number[-1] != "0" else "1")
    other = factories.id_number(date(1950, 2, 8))
    found = desk.bring(DIBAO, ("陈秀英", other), ("黄大文", wrong), complete=True).found
    assert desk.told(found) == [
        ("陈秀英", "same_name_other_id", False),
        ("陈秀英", "removed", False),
        ("黄大文", "removed", False),
        ("梁阿平", "removed", True),
    ]
    assert desk.rows(found)[0].candidates == [str(holder.id)]
    assert "同名" in desk.rows(found)[1].reason
    assert plain.id == desk.rows(found)[3].resident_id


def test_namesakes_are_offered_by_birth_date_nearest_first_and_not_when_the_list_names_them(session, desk):
    number = factories.id_number(date(1960, 8, 15))
    near = person(session, name="梁有福", birth_date=date(1960, 8, 16))
    same_day = person(session, name="梁有福", birth_date=date(1966, 8, 15))
    person(session, name="梁有福", birth_date=date(1963, 1, 1))
    person(session, name="梁有福", birth_date=date(1990, 8, 15))
    named = person(session, name="梁有福", birth_date=date(1960, 8, 14))
    found = desk.bring(DIBAO, ("梁有福", number), (named.name, named.number)).found
    assert desk.rows(found)[0].candidates == [str(near.id), str(same_day.id)]


def test_a_foreign_number_is_told_as_one_that_nobody_has(session, desk):
    foreign = person(session, name="外人", village=factories.OTHER_VILLAGE)
    nobody = factories.id_number(date(1970, 5, 1))
    found = desk.bring(DIBAO, ("外人", foreign.number), ("外人", nobody), division=factories.VILLAGE).found
    one, other = desk.rows(found)
    for row in (one, other):
        assert (row.outcome.value, row.resident_id, row.candidates, row.held_value) == ("not_found", None, [], None)


def test_deaths_are_told_with_what_is_on_record(session, desk):
    alive, same, other_day = (person(session, name=name, birth_date=date(1940, 1, 5)) for name in ("活", "同", "异"))
    for one in (same, other_day):
        session.execute(
            text("UPDATE residents SET status = 'dead', status_on = '2011-02-03' WHERE id = :id"), {"id": one.id}
        )
    found = desk.bring(
        DEATHS,
        (alive.name, alive.number, "2011-02-10", "病故"),
        (same.name, same.number, "2011-02-03"),
        (other_day.name, other_day.number, "2011-01-30"),
    ).found
    assert desk.told(found) == [("活", "added", True), ("同", "unchanged", False), ("异", "changed", False)]
    assert [row.held_on for row in desk.rows(found)] == [None, date(2011, 2, 3), date(2011, 2, 3)]


def test_the_same_bytes_are_the_same_list_but_of_another_day_they_are_not(session, desk):
    one = person(session)
    row = (one.name, one.number)
    first = desk.bring(DIBAO, row)
    again = desk.bring(DIBAO, row)
    assert (first.repeated, again.repeated, again.found.id) == (False, True, first.found.id)
    assert desk.bring(DIBAO, row, as_of=date(2011, 3, 16)).found.id != first.found.id
    assert desk.bring(DIBAO, row, complete=True).found.id != first.found.id


def test_rows_that_contradict_themselves_are_refused_with_their_cell(session, desk):
    one, two, three, four = (person(session, birth_date=date(1970, 5, 1)) for _ in range(4))
    certificate = one.number + "42"
    headings = ("姓名", "身份证号", "残疾证号", "残疾等级", "残疾类别", "发证日期")
    brought = desk.bring(
        DISABILITY,
        (one.name, one.number, certificate),
        (one.name, one.number, certificate),
        (two.name, two.number, certificate),
        (three.name, three.number, three.number + "42", "一级"),
        (four.name, four.number, "", "", "肢体"),
        (two.name, two.number, "", "七级"),
        (two.name, two.number, "123", "一级"),
        (two.name, two.number, "", "一级", "", "2011-03-16"),
        (two.name, two.number, "", "一级", "", "1969-03-16"),
        (two.name, two.number, "", "一级", "", "昨天"),
        headings=headings,
    )
    assert [(issue.row, issue.column, issue.code) for issue in brought.refused] == [
        (3, "身份证号", "duplicate_in_file"),
        (4, "残疾证号", "certificate_of_another"),
        (5, "残疾证号", "certificate_differs"),
        (6, "残疾等级", "grade_missing"),
        (7, "残疾等级", "bad_value"),
        (8, "残疾证号", "bad_value"),
        (9, "发证日期", "after_the_list"),
        (10, "发证日期", "before_birth"),
        (11, "发证日期", "bad_value"),
    ]
    assert all("\u4e00" <= issue.message[0] <= "\u9fff" for issue in brought.refused)
    [row] = desk.rows(brought.found)
    assert (row.value, row.paper) == ("2", "肢体残疾")
    assert brought.found.refused_count == 9


def test_no_number_is_kept_in_clear(session, desk):
    one = person(session)
    desk.bring(DIBAO, (one.name, one.number, "2010-11", f"证{one.number}"))
    for table in ("department_lists", "department_list_rows", "audit_events"):
        kept = session.execute(text(f"SELECT t::text FROM {table} AS t")).scalars().all()
        assert kept
        assert not [text_ for text_ in kept if one.number[:17] in text_], table


def test_a_month_is_its_first_day(session, desk):
    ones = [person(session) for _ in range(3)]
    found = desk.bring(
        DIBAO,
        *((one.name, one.number, month) for one, month in zip(ones, ("2010-11", "2010年11月", "201011"), strict=True)),
    ).found
    assert {row.happened_on for row in desk.rows(found)} == {date(2010, 11, 1)}


def test_a_list_that_cannot_be_right_as_a_whole_is_refused(session, desk):
    one = person(session)
    with pytest.raises(ListDateOutside):
        desk.bring(DIBAO, (one.name, one.number), as_of=date(2011, 4, 1))
    with pytest.raises(DeathListComplete):
        desk.bring(DEATHS, (one.name, one.number, "2011-01-01"), complete=True)
    with pytest.raises(ListWithoutRows) as told:
        desk.bring(DIBAO, ("无证", "123"), complete=True)
    assert [fault.code for fault in told.value.faults] == ["short_id"]
    assert "第 2 行" in told.value.faults[0].message
    assert session.execute(text("SELECT count(*) FROM department_lists")).scalar_one() == 0
    assert AS_OF < TODAY


def test_every_kind_reads_its_own_columns(session, desk):
    one = person(session, birth_date=date(1990, 5, 1))
    cells = {
        DepartmentListKind.WUBAO: ("2010-11", "五01"),
        DepartmentListKind.EMPLOYEE_INSURANCE: ("2010-11", "某厂"),
        DepartmentListKind.LAND_TAKEN: ("2010-11-01", "工业园", "国土01"),
        DepartmentListKind.STUDENTS: ("2010-11", "一中", "2013-07"),
        DepartmentListKind.PRISONERS: ("2010-11-01", "刑01", "2012-01-01"),
    }
    for kind, rest in cells.items():
        [row] = desk.rows(desk.bring(kind, (one.name, one.number, *rest)).found)
        assert (row.outcome.value, row.happened_on) == ("added", date(2010, 11, 1)), kind
        assert row.paper, kind


def test_rows_are_paged_and_masked(session, desk):
    ones = [person(session, name=f"人{letter}") for letter in "甲乙丙丁戊"]
    found = desk.bring(DIBAO, *((one.name, one.number) for one in ones)).found
    seen, after = [], None
    while True:
        views, after = department_list_rows.list_rows(session, factories.KEYRING, found=found, limit=2, after=after)
        seen += views
        if after is None:
            break
    assert [view.row.name for view in seen] == [one.name for one in ones]
    assert [view.id_number for view in seen] == [one.number for one in ones]
    assert all(view.person.resident.status is ResidentStatus.ALIVE for view in seen)


def test_a_file_in_gb18030_and_headings_in_any_order(session, desk):
    one = person(session)
    content = (
        as_csv(("低保证号", "身份证号码", "名字", "备注2"), ("a1", one.number, one.name, "x"))
        .decode()
        .encode("gb18030")
    )
    brought = desk.bring(DIBAO, content=content)
    assert desk.told(brought.found) == [(one.name, "added", True)]
    assert [issue.code for issue in brought.read.warnings] == ["unknown_column"]
    assert check_character(one.number[:17]) == one.number[17]
