"""The acceptance rosters, row by row, and what a village office may send besides."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from xlsxwriter import Workbook

from api.exchange import templates
from api.exchange.containers import FileFormat
from api.exchange.file_errors import FileEmpty, HeaderDuplicated, HeaderIncomplete
from api.exchange.roster_output import write_refused
from api.exchange.roster_rules import ROSTER_COLUMNS, ROSTER_RULES, Severity
from api.exchange.rosters import ACCEPTED_COLUMNS, RosterFile, ValidatedRoster, read_roster, validate_roster

DATA = Path(__file__).parent.parent / "data"
TOWN = 440783001000
AS_OF = dt.date(2011, 1, 1)
GOOD = {"姓名": "欧阳明", "身份证号": "11010519491231002X", "村代码": "440783001210"}


def read(name: str) -> RosterFile:
    return read_roster((DATA / name).read_bytes(), file_name=name)


def judge(roster: RosterFile, divisions: dict[int, str], division_code: int = TOWN) -> ValidatedRoster:
    return validate_roster(roster, divisions=divisions, division_code=division_code, as_of=AS_OF)


def as_csv(*records: dict[str, str], encoding: str = "utf-8") -> bytes:
    headings = list(dict.fromkeys(heading for record in records for heading in record))
    target = io.StringIO(newline="")
    writer = csv.DictWriter(target, headings)
    writer.writeheader()
    writer.writerows(records)
    return target.getvalue().encode(encoding)


def judged(divisions: dict[int, str], *records: dict[str, str], division_code: int = TOWN) -> ValidatedRoster:
    return judge(read_roster(as_csv(*records), file_name="a.csv"), divisions, division_code)


def codes_by_row(issues: list) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for issue in issues:
        found.setdefault(issue.row, set()).add(issue.code)
    return found


def test_clean_roster_goes_in_whole(divisions):
    result = judge(read("roster-clean.csv"), divisions)
    assert (result.accepted.height, result.refused, result.warnings) == (3000, [], [])
    assert tuple(result.accepted.columns) == ACCEPTED_COLUMNS
    first = result.accepted.row(0, named=True)
    assert first["row"] == 2
    assert first["name"] == "许锦叔"
    assert first["id17"] == 44078319310202262
    assert first["birth_date"] == dt.date(1931, 2, 2)
    assert first["sex"] == "female"
    assert first["village_code"] == 440783001211
    assert first["hukou_kind"] == "rural"
    assert first["student"] is False
    assert result.accepted["disability_grade"].drop_nulls().len() == 61


@pytest.mark.parametrize("name", ["roster-messy.csv", "roster-messy.xlsx"])
def test_messy_roster_refuses_exactly_the_expected_rows(divisions, name):
    expected = json.loads((DATA / f"{name}.expected.json").read_text())
    result = judge(read(name), divisions)
    refused = {int(row): {code} for row, code in expected.items() if not code.endswith("_ok")}
    warned = {int(row): {code} for row, code in expected.items() if code.endswith("_ok")}
    assert codes_by_row(result.refused) == refused
    assert codes_by_row(result.warnings) == warned
    assert result.accepted.height == 400 - len(refused)
    assert set(result.accepted["row"]) == set(range(2, 402)) - set(refused)


@pytest.mark.parametrize("name", ["roster-messy.csv", "roster-messy.xlsx"])
def test_normalised_rows_hold_normal_values(divisions, name):
    expected = json.loads((DATA / f"{name}.expected.json").read_text())
    result = judge(read(name), divisions)
    rows = {row["row"]: row for row in result.accepted.iter_rows(named=True)}
    for number, code in expected.items():
        if code.endswith("_ok"):
            row = rows[int(number)]
            assert len(row["id_number"]) == 18
            assert row["id_number"].isascii()
            assert row["name"] == row["name"].strip()
            assert code != "bad_phone_ok" or row["phone"] is None


def test_messages_are_chinese_and_never_repeat_the_value(divisions):
    result = judge(read("roster-messy.csv"), divisions)
    numbers = set(read("roster-messy.csv").table.cells["c1"])
    for issue in result.refused:
        assert any("\u4e00" <= character <= "\u9fff" for character in issue.message)
        assert not any(number in issue.message for number in numbers if number)


@pytest.mark.parametrize("file_format", [FileFormat.CSV, FileFormat.XLSX])
@pytest.mark.parametrize("name", ["roster-messy.csv", "roster-messy.xlsx"])
def test_refused_file_when_corrected_goes_in(divisions, name, file_format):
    roster = read(name)
    result = judge(roster, divisions)
    written = write_refused(roster, result, file_format=file_format)
    again = read_roster(written, file_name=f"refused.{file_format}")
    assert again.rows == result.refused_rows.len()
    assert again.warnings == ()
    assert again.table.headings[-3:] == ("错误列", "错误代码", "错误原因")
    assert set(again.table.cells[f"c{len(again.table.headings) - 2}"]) == {issue.code for issue in result.refused}
    if file_format is FileFormat.CSV:
        assert written.startswith(b"\xef\xbb\xbf")
        corrected = correct(written.decode("utf-8-sig"))
        final = judge(read_roster(corrected, file_name="b.csv"), divisions)
        assert final.refused == []
        assert final.accepted.height == again.rows


def correct(text: str) -> bytes:
    """Do what the clerk does: give every refused row a name, a number of its own, its sex and a village."""
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    for number, row in enumerate(rows):
        body = f"44078319600101{number:03d}"
        row["身份证号"] = body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]
        row["性别"] = "男" if number % 2 else "女"
        row["姓名"] = "张三"
        row["村代码"] = "440783001210"
    return as_csv(*rows)


def test_formulas_are_neutralised_in_the_refused_file_and_survive_a_round_trip(divisions):
    record = GOOD | {"姓名": "=1+1", "备注": "@SUM(A1)", "户籍地址": "＝cmd", "户号": "'=x"}
    roster = read_roster(as_csv(record), file_name="a.csv")
    text = write_refused(roster, judge(roster, divisions), file_format=FileFormat.CSV).decode("utf-8-sig")
    row = next(csv.DictReader(io.StringIO(text)))
    assert (row["姓名"], row["备注"], row["户籍地址"], row["户号"]) == ("'=1+1", "'@SUM(A1)", "'＝cmd", "''=x")
    again = judge(read_roster(text.encode(), file_name="b.csv"), divisions)
    assert codes_by_row(again.refused) == {2: {"formula_name"}}
    mended = judge(read_roster(text.replace("'=1+1", "张三").encode(), file_name="b.csv"), divisions)
    assert mended.accepted["remark"].to_list() == ["@SUM(A1)"]


def test_duplicate_means_the_number_of_an_earlier_accepted_row(divisions):
    broken = GOOD | {"姓名": ""}
    result = judged(divisions, broken, GOOD, GOOD | {"姓名": "李四"})
    assert codes_by_row(result.refused) == {2: {"empty_name"}, 4: {"duplicate_in_file"}}
    assert "第 3 行" in result.refused[1].message
    assert result.accepted["row"].to_list() == [3]


def test_duplicate_of_another_persons_number_is_not_also_blamed_on_the_sex(divisions):
    result = judged(divisions, GOOD | {"性别": "女"}, GOOD | {"姓名": "李四", "性别": "男"})
    assert codes_by_row(result.refused) == {3: {"duplicate_in_file"}}


@pytest.mark.parametrize(
    ("change", "code", "column"),
    [
        ({"性别": "男"}, "sex_mismatch", "性别"),
        ({"性别": "未知"}, "bad_value", "性别"),
        ({"民族": "火星族"}, "bad_value", "民族"),
        ({"与户主关系": "老板"}, "bad_value", "与户主关系"),
        ({"户口性质": "牧业"}, "bad_value", "户口性质"),
        ({"残疾等级": "五级"}, "bad_value", "残疾等级"),
        ({"低保": "也许"}, "bad_value", "低保"),
        ({"银行账号": "6.22631E+18"}, "numeric_bank", "银行账号"),
        ({"银行账号": "62263170669074391S6"}, "bad_value", "银行账号"),
        ({"身份证号": ""}, "empty_id", "身份证号"),
        ({"身份证号": "11010519491231002"}, "short_id", "身份证号"),
        ({"身份证号": "110105194912310021X"}, "long_id", "身份证号"),
        ({"身份证号": "440783196709163.0"}, "numeric_id", "身份证号"),
        ({"身份证号": "１.1E+17"}, "numeric_id", "身份证号"),
        ({"身份证号": "无"}, "id_letters", "身份证号"),
        ({"姓名": "张" * 51}, "too_long", "姓名"),
        ({"姓名": "12345"}, "bad_value", "姓名"),
        ({"姓名": "＠张三"}, "formula_name", "姓名"),
        ({"姓名": "张\u202e三"}, "control_char", "姓名"),
        ({"户籍地址": "开平\x00市"}, "control_char", "户籍地址"),
        ({"备注": "长" * 201}, "too_long", "备注"),
        ({"村代码": "440783001000"}, "unknown_village", "村代码"),
        ({"村代码": ""}, "unknown_village", "村代码"),
        ({"村代码": "440785001201"}, "outside_division", "村代码"),
        ({"村(居)委会": "南山村委会"}, "village_mismatch", "村代码"),
        ({"村代码": "", "村(居)委会": "无名村"}, "unknown_village", "村(居)委会"),
    ],
)
def test_one_fault_is_one_finding(divisions, change, code, column):
    result = judged(divisions, GOOD | change)
    assert [(issue.row, issue.code, issue.column) for issue in result.refused] == [(2, code, column)]


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        ({"姓名": "张 三"}, "name", "张三"),
        ({"姓名": "买买提•吐尔逊"}, "name", "买买提·吐尔逊"),
        ({"姓名": "𠮷䶮"}, "name", "𠮷䶮"),
        ({"身份证号": "110105 19491231 002x"}, "id_number", "11010519491231002X"),
        ({"性别": ""}, "sex", "female"),
        ({"民族": "汉"}, "ethnicity", "汉族"),
        ({"与户主关系": "长子"}, "relation", "子"),
        ({"户口性质": "非农业户口"}, "hukou_kind", "non_rural"),
        ({"残疾等级": "Ⅱ级"}, "disability_grade", 2),
        ({"残疾等级": "4"}, "disability_grade", 4),
        ({"残疾等级": "无"}, "disability_grade", None),
        ({"被征地": "√"}, "land_taken", True),
        ({"联系电话": "0750-2212345"}, "phone", "0750-2212345"),
        ({"联系电话": "+86 138 1234 5678"}, "phone", "13812345678"),
        ({"联系电话": "13812"}, "phone", None),
        ({"银行账号": "6226 3170 6690 7439 156"}, "bank_account", "6226317066907439156"),
        ({"村代码": "", "村(居)委会": "石海村"}, "village_code", 440783001210),
        ({"村代码": "", "村(居)委会": "三埠街道簕冲村民委员会"}, "village_code", 440783001211),
        ({"村代码": "", "村(居)委会": "东河社区"}, "village_code", 440783001020),
    ],
)
def test_ways_of_writing_become_one(divisions, change, field, value):
    result = judged(divisions, GOOD | change)
    assert result.refused == []
    assert result.accepted[field].to_list() == [value]


def test_card_that_fails_luhn_and_passbook_are_warned_of_and_kept(divisions):
    result = judged(
        divisions,
        GOOD | {"银行账号": "6226317066907439157"},
        GOOD | {"身份证号": "440783193102022628", "银行账号": "80020000001234567"},
    )
    assert codes_by_row(result.warnings) == {2: {"bank_luhn"}, 3: {"bank_luhn"}}
    assert result.accepted["bank_account"].to_list() == ["6226317066907439157", "80020000001234567"]


def test_age_beyond_belief_is_a_warning(divisions):
    result = judged(divisions, GOOD | {"身份证号": "440524188001010014"})
    assert codes_by_row(result.warnings) == {2: {"implausible_age"}}
    assert result.accepted.height == 1


def test_import_for_one_village_needs_no_village_in_the_row(divisions):
    result = judged(divisions, GOOD | {"村代码": ""}, division_code=440783001213)
    assert result.accepted["village_code"].to_list() == [440783001213]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_every_encoding_of_an_office_is_read(divisions, encoding):
    roster = read_roster(as_csv(GOOD | {"姓名": "𠮷欣"}, encoding=encoding), file_name="a.csv")
    assert judge(roster, divisions).accepted["name"].to_list() == ["𠮷欣"]


def test_columns_in_any_order_with_aliases_and_an_unknown_one(divisions):
    record = {"备 注": "", "村（居）委会": "石海村委会", "秘密": "x", "公民身份号码": GOOD["身份证号"], " 姓名": "张三"}
    roster = read_roster(as_csv(record), file_name="a.csv")
    result = judge(roster, divisions)
    assert result.accepted.height == 1
    assert [(issue.code, issue.column) for issue in result.warnings] == [("unknown_column", "秘密")]


def test_missing_columns_are_one_error_for_the_file():
    with pytest.raises(HeaderIncomplete, match="身份证号、村"):
        read_roster("姓名,性别\n张三,男\n".encode(), file_name="a.csv")


@pytest.mark.parametrize("header", ["姓名,姓名,身份证号,村代码", "姓名,身份证号,身份证号码,村代码"])
def test_heading_twice_is_refused(header):
    with pytest.raises(HeaderDuplicated):
        read_roster(f"{header}\na,b,c,d\n".encode(), file_name="a.csv")


@pytest.mark.parametrize("data", [b"", b" \r\n", "姓名,身份证号,村代码\r\n".encode()])
def test_file_without_rows_is_refused(data):
    with pytest.raises(FileEmpty):
        read_roster(data, file_name="a.csv")


def test_blank_lines_are_no_rows_and_keep_the_numbers(divisions):
    text = "姓名,身份证号,村代码\n\n,,\n张三,11010519491231002X,440783001210\n李四,1,440783001210\n\n"
    result = judge(read_roster(text.encode(), file_name="a.csv"), divisions)
    assert result.rows == 2
    assert result.accepted["row"].to_list() == [4]
    assert codes_by_row(result.refused) == {5: {"short_id"}}


def test_row_with_more_cells_than_the_header_is_refused_alone(divisions):
    text = "姓名,身份证号,村代码\n张三,11010519491231002X,440783001210,多了\n李四,440783193102022628,440783001210\n"
    result = judge(read_roster(text.encode(), file_name="a.csv"), divisions)
    assert codes_by_row(result.refused) == {2: {"too_many_cells"}}
    assert result.accepted["row"].to_list() == [3]


def test_quoted_cells_and_tabs_are_read(divisions):
    text = '姓名\t身份证号\t村代码\t备注\n张三\t11010519491231002X\t440783001210\t"说""了"\n'
    result = judge(read_roster(text.encode(), file_name="a.txt"), divisions)
    assert result.accepted["remark"].to_list() == ['说"了']


def sheet(*rows: list[object]) -> bytes:
    target = io.BytesIO()
    with Workbook(target, {"in_memory": True}) as book:
        page = book.add_worksheet()
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                page.write(number, place, cell)
    return target.getvalue()


def test_numeric_cells_of_a_sheet(divisions):
    heading = ["姓名", "身份证号", "村代码", "联系电话", "银行账号", "户号"]
    data = sheet(
        heading,
        ["张三", "11010519491231002X", 440783001210, 13812345678, "", 1001],
        ["李四", 440783910305294, 440783001210, "", "", ""],
        ["王五", "440783193102022628", 440783001210, "", 6226317066907439156, ""],
    )
    result = judge(read_roster(data, file_name="a.xlsx"), divisions)
    assert codes_by_row(result.refused) == {3: {"numeric_id"}, 4: {"numeric_bank"}}
    row = result.accepted.row(0, named=True)
    assert (row["phone"], row["household_number"], row["village_code"]) == ("13812345678", "1001", 440783001210)


def test_a_hidden_sheet_before_the_roster_is_passed_over(divisions):
    target = io.BytesIO()
    with Workbook(target, {"in_memory": True}) as book:
        book.add_worksheet("代码表").write(0, 0, "编码")
        page = book.add_worksheet("花名册")
        page.activate()
        book.get_worksheet_by_name("代码表").hide()
        for number, row in enumerate([["姓名", "身份证号", "村代码"], ["张三", "11010519491231002X", "440783001210"]]):
            page.write_row(number, 0, row)
    result = judge(read_roster(target.getvalue(), file_name="a.xlsx"), divisions)
    assert (result.rows, result.refused) == (1, [])


def test_template_is_read_as_a_roster_without_rows_and_explains_itself():
    template = templates.template("residents", "xlsx")
    with pytest.raises(FileEmpty, match="没有数据行"):
        read_roster(template, file_name="t.xlsx")
    book = CalamineWorkbook.from_filelike(io.BytesIO(template))
    headings = book.get_sheet_by_index(0).to_python()[0]
    assert headings == [column.heading for column in ROSTER_COLUMNS]
    explained = book.get_sheet_by_name("填写说明").to_python()
    assert "校验码" in "".join(str(cell) for row in explained for cell in row)


def test_every_rule_has_one_sentence():
    assert len({(rule.field, rule.code) for rule in ROSTER_RULES}) == len(ROSTER_RULES)
    assert all(rule.message.endswith("。") for rule in ROSTER_RULES)
    assert {rule.severity for rule in ROSTER_RULES} == set(Severity)
