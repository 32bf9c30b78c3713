"""Files read in pieces by the child: the same as read whole, however they are cut; and no harm from hostile ones."""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from api.exchange import file_errors as errors
from api.exchange import rosters
from api.exchange.containers import JOB_LIMITS, UPLOAD_LIMITS
from api.exchange.csv_stream import csv_rows
from api.exchange.file_chunks import read_chunks, unnamed_file
from api.exchange.key_sets import KeySet, MatterSet
from api.exchange.tables import read_table
from tests.exchange.conftest import AS_OF, TOWN
from tests.exchange.test_hostile_files import MESSY, rebuilt, with_cell

DATA = Path(__file__).parent.parent / "data"
TEXT_ONLY = rosters.TEXT_ONLY_HEADINGS


def pieces(data, name, *, rows, limits=JOB_LIMITS):
    with unnamed_file([data]) as source:
        return list(read_chunks(source, file_name=name, limits=limits, number_stays_number=TEXT_ONLY, rows=rows))


def assert_same(data, name, *, rows):
    whole = read_table(data, file_name=name, limits=JOB_LIMITS, number_stays_number=TEXT_ONLY)
    parts = pieces(data, name, rows=rows)
    assert all(part.headings == whole.headings and part.format == whole.format for part in parts)
    assert pl.concat([part.cells for part in parts]).equals(whole.cells)
    assert pl.concat([part.rows for part in parts]).equals(whole.rows)
    present = set(whole.rows.to_list())
    assert frozenset().union(*(part.overlong for part in parts)) == whole.overlong & present
    assert [part.cells.height for part in parts[:-1]] == [rows] * (len(parts) - 1)


@pytest.mark.parametrize("name", ["roster-messy.csv", "roster-messy.xlsx", "roster-clean.csv"])
@pytest.mark.parametrize("rows", [1, 37, 100_000])
def test_a_file_in_pieces_is_the_file_as_a_whole(name, rows):
    if rows == 1 and name == "roster-clean.csv":
        rows = 2
    assert_same((DATA / name).read_bytes(), name, rows=rows)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_every_encoding_and_line_end(encoding, line_end):
    lines = ["姓名\t身份证号\t村代码", "张三\t1\t2", "", '"李\t四"\t3\t"4"', "\t\t", "王五\t5", "赵六\t6\t7\t8"]
    assert_same(line_end.join(lines).encode(encoding), "a.csv", rows=2)


def test_a_letter_cut_by_a_read_is_still_gb18030(monkeypatch):
    monkeypatch.setattr("api.exchange.csv_stream._PIECE", 3)
    data = "姓名,村\n张三,石海村\n".encode("gb18030")
    assert list(csv_rows(io.BytesIO(data), limits=JOB_LIMITS)) == [["姓名", "村"], (2, ["张三", "石海村"], False)]


CELLS = st.text(alphabet=st.sampled_from("甲a1 ,\"\n\t'="), max_size=6)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=5), min_size=1, max_size=12))
def test_whatever_a_program_writes_as_csv_reads_alike(records):
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([["姓名", "身份证号", "村代码"], *records])
    data = text.getvalue().encode()
    try:
        whole = read_table(data, file_name="a.csv", limits=JOB_LIMITS)
    except errors.FileEmpty:
        assert len(list(csv_rows(io.BytesIO(data), limits=JOB_LIMITS))) == 1
        return
    _, *rows = csv_rows(io.BytesIO(data), limits=JOB_LIMITS)
    assert [tuple(cells) for _, cells, _ in rows] == whole.cells.rows()
    assert [number for number, _, _ in rows] == whole.rows.to_list()
    assert {number for number, _, long in rows if long} == whole.overlong & set(whole.rows.to_list())


def workbook(fill, **options) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True} | options) as book:
        fill(book)
    return target.getvalue()


def kinds_of_cells(book):
    """Everything that a clerk's sheet may hold: texts, numbers, days, times, formulas, faults, gaps and rich texts."""
    page = book.add_worksheet()
    bold = book.add_format({"bold": True})
    formats = [
        book.add_format({"num_format": one})
        for one in (
            *("yyyy-mm-dd", "yyyy-mm-dd hh:mm", "hh:mm:ss", "[h]:mm", 'yyyy"年"m"月"d"日"', 14, 22, 31, 57, "0.00%"),
            *('[Red]0.00;"day"0', '"d"0', "General", "@", "#,##0.00", "mm:ss.0", "[$-804]yyyy/m/d;@", "0_d", "\\d0"),
        )
    ]
    for place, heading in enumerate(("姓名", "身份证号", "金额", "日期", "其他")):
        page.write_string(0, place, heading)
    numbers = (0, 1, 59, 60, 61, 0.25, 1.5, 40000, 40000.25, 40000.999999, 1e15, 123456789012345678, 1e21, 0.1, -3)
    for row, number in enumerate(numbers, 1):
        page.write_string(row, 0, f"  行 {row}\n\t<&>\"'")
        page.write_number(row, 1, number)
        page.write_number(row, 2, number)
        for place in range(3):
            chosen = formats[(row * 3 + place) % len(formats)]
            if number >= 0:
                page.write_number(row, 2 + place, min(number, 2_000_000), chosen)
    for row, form in enumerate(formats, 20):
        page.write_number(row, 3, 40321.5, form)
        page.write_number(row, 4, 12, form)
    page.write_boolean(40, 0, True)
    page.write_boolean(40, 1, False)
    page.write_formula(41, 0, "=1+1", None, 2)
    page.write_formula(41, 1, '="甲"', None, "甲")
    page.write_formula(41, 2, "=NA()", None, "#N/A")
    page.write_rich_string(42, 0, "甲", bold, "乙 ", " 丙")
    page.write_string(42, 1, "a\rb_x0041_\x01")
    page.write_blank(43, 0, None, bold)
    page.write_string(60, 4, "末")
    page.write_datetime(61, 3, dt.datetime(2010, 11, 3, 8, 30), formats[1])  # noqa: DTZ001
    page.write_string(62, 8, "表头以外")


@pytest.mark.parametrize("options", [{}, {"constant_memory": True, "in_memory": False}, {"date_1904": True}])
@pytest.mark.parametrize("is_plain", [True, False])
def test_a_sheet_says_in_pieces_what_it_says_as_a_whole(options, is_plain):
    data = workbook(kinds_of_cells, **options)
    if not is_plain:
        # A comment makes the quick reader stand back; every row then goes through the parser.
        target = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w") as copy:
            for name in source.namelist():
                part = source.read(name)
                if name.endswith((".xml", ".rels")) and "Content_Types" not in name:
                    part = part.rstrip() + b"<!-- x -->"
                copy.writestr(name, part)
        data = target.getvalue()
    for rows in (1, 10, 1000):
        assert_same(data, "a.xlsx", rows=rows)


SHEET = (
    '<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>姓名</t></is></c><c r="B1" t="inlineStr"><is><t>乙</t></is></c>'
    "</row>{rows}</sheetData></worksheet>"
)


def sheet_of(rows: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(MESSY)) as book:
        name = next(one for one in book.namelist() if "worksheets/" in one and one.endswith(".xml"))
    return rebuilt(change={name: SHEET.format(rows=rows).encode()})


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="2"><c r="A2" t="str"><f>1</f><v>a&amp;b</v></c></row>',
        '<row r="2"/><row r="3"><c r="B3"><v>5</v></c></row>',
        '<row r="2"><c r="A2"><v>1</v></c></row>\n  <row r="9" ht="3"><c t="b" r="B9"><v>1</v></c></row>',
        "<row><c><v>1</v></c><c><v>2</v></c></row><row><c/><c><v>3</v></c></row>",
        '<row r="2"><c r="A2" s="99"><v>7</v></c><c r="B2" t="e"><v>#REF!</v></c></row>',
        '<row r="2"><c r="A2" t="inlineStr"><is><r><t>甲</t></r><r><t>乙</t></r></is></c></row>',
        '<row r="2"><c r="B2" t="inlineStr"><is><t xml:space="preserve"> x </t></is></c><c r="C2"><v>9</v></c></row>',
    ],
)
def test_unusual_rows_are_read_as_by_the_reader_of_whole_files(rows):
    assert_same(sheet_of(rows), "a.xlsx", rows=10)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ('<row r="3"><c r="A3"><v>1</v></c></row><row r="2"><c r="A2"><v>2</v></c></row>', errors.FileDamaged),
        ('<row r="2"><c r="A9"><v>1</v></c></row>', errors.FileDamaged),
        ('<row r="2"><c r="A2" t="s"><v>99999999</v></c></row>', errors.FileDamaged),
        ('<row r="2"><c r="A2"><v>abc</v></c></row>', errors.FileDamaged),
        ('<row r="2"><c r="A2"><v>1</v><c></row>', errors.FileDamaged),
        ('<row r="999999"><c r="A999999"><v>1</v></c></row>', errors.FileTooManyRows),
        ('<row r="2"><c r="CA2"><v>1</v></c></row>', errors.FileTooManyColumns),
        ('<row r="2"><c r="XFD2"><v>1</v></c></row>', errors.FileTooManyColumns),
        ('<row r="2">', errors.FileDamaged),
        ("", errors.FileEmpty),
    ],
)
def test_rows_built_to_mislead_are_refused(rows, expected):
    with pytest.raises(expected):
        pieces(sheet_of(rows), "a.xlsx", rows=10)


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (b"not a zip at all", "a.xlsx", errors.FileDamaged),
        (b"  \n ", "a.csv", errors.FileEmpty),
        (MESSY[:20_000], "a.xlsx", errors.FileDamaged),
        (b"<html></html>", "a.csv", errors.FileIsHtml),
        (MESSY, "a.csv", errors.FileTypeMismatch),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096), "a.xls", errors.FileDamaged),
        (b"\x80\xff\xff,\xff\n", "a.csv", errors.FileEncodingUnknown),
        (b'name,b\n"' + b"x" * 200_000, "a.csv", errors.FileDamaged),
        (",".join(f"c{n}" for n in range(65)).encode() + b"\n1\n", "a.csv", errors.FileTooManyColumns),
        (b"a,a\n1,2\n", "a.csv", errors.HeaderDuplicated),
        (b"a,b\n\n\n", "a.csv", errors.FileEmpty),
        (rebuilt({"xl/vbaProject.bin": b"x"}), "a.xlsx", errors.FileUnsafe),
        (rebuilt({"xl/evil.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a/>'}), "a.xlsx", errors.FileUnsafe),
        (rebuilt({"xl/evil.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a/>'.encode("utf-16")}), "a.xlsx", errors.FileUnsafe),
        (rebuilt({"xl/zeros.bin": bytes(30_000_000)}), "a.xlsx", errors.FileUnsafe),
        (with_cell("XFD1048576"), "a.xlsx", errors.FileRefused),
        (with_cell("A1048576"), "a.xlsx", errors.FileTooManyRows),
    ],
)
def test_hostile_files_are_refused_by_the_child(data, name, expected):
    with pytest.raises(expected) as caught:
        pieces(data, name, rows=100)
    assert any("\u4e00" <= letter <= "\u9fff" for letter in caught.value.detail)


def test_too_many_rows_and_bytes_are_refused():
    for name in ("roster-messy.csv", "roster-messy.xlsx"):
        data = (DATA / name).read_bytes()
        with pytest.raises(errors.FileTooManyRows):
            pieces(data, name, rows=100, limits=replace(UPLOAD_LIMITS, max_rows=399))
        with pytest.raises(errors.FileTooLarge):
            pieces(data, name, rows=100, limits=replace(UPLOAD_LIMITS, max_bytes=1000))


def test_the_child_ends_when_it_takes_too_much_memory(monkeypatch):
    """A thousand texts of 100 KB each that all stay in the cells of one row: more than the child may hold."""
    monkeypatch.setenv("TMPDIR", os.environ.get("TMPDIR", "/tmp"))
    rows = "".join(
        f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>{"x" * 90_000}</t></is></c></row>' for n in range(2, 6000)
    )
    with pytest.raises(errors.FileRefused):
        pieces(sheet_of(rows), "a.xlsx", rows=1_000_000, limits=replace(JOB_LIMITS, max_ratio=10**6))


def test_the_child_knows_no_secret_and_has_no_way_out(monkeypatch):
    from api.exchange import file_chunks

    monkeypatch.setenv("NONGBAO_DATABASE_URL", "postgresql://secret")
    assert not [name for name in file_chunks._environment() if name.startswith(("NONGBAO", "PG"))]


def test_nothing_is_left_when_the_reader_loses_its_interest():
    with unnamed_file([(DATA / "roster-clean.csv").read_bytes()]) as source:
        reading = read_chunks(source, file_name="a.csv", limits=JOB_LIMITS, rows=5)
        next(reading)
        reading.close()
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


@pytest.mark.parametrize("rows", [1, 3, 50, 1000])
def test_a_roster_judged_in_pieces_is_judged_as_a_whole(divisions, rows):
    """Duplicates reach over pieces, the earlier acceptable row is kept, and a later one hears of the duplicate only."""
    data = (DATA / "roster-messy.csv").read_bytes()
    lines = data.split(b"\n")
    data = b"\n".join([*lines[:200], *lines[40:120], *lines[200:]])
    facts = {"divisions": divisions, "division_code": TOWN, "as_of": AS_OF}
    whole = rosters.validate_roster(rosters.read_roster(data, file_name="a.csv"), **facts)
    earlier = KeySet()
    parts = [
        rosters.validate_roster(rosters.roster_of(table), earlier=earlier, **facts)
        for table in pieces(data, "a.csv", rows=rows)
    ]
    assert [issue for part in parts for issue in part.refused] == whole.refused
    assert pl.concat([part.accepted for part in parts]).equals(whole.accepted)
    assert sum(issue.code == "duplicate_in_file" for issue in whole.refused) >= 60
    assert len(earlier) >= whole.accepted.height


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.integers(0, 40), max_size=12), max_size=8))
def test_a_key_set_knows_the_first_row_of_each_key(batches):
    import numpy as np

    known, model, row = KeySet(), {}, 0
    for batch in batches:
        found = known.find(np.array(batch, dtype=np.int64))
        assert [int(one) for one in found] == [model.get(key, 0) for key in batch]
        fresh = [key for key in dict.fromkeys(batch) if key not in model]
        numbers = list(range(row + 1, row + 1 + len(fresh)))
        row += len(fresh)
        model |= dict(zip(fresh, numbers, strict=True))
        known.add(np.array(fresh, dtype=np.int64), np.array(numbers, dtype=np.int32))
    assert len(known) == len(model)


def test_a_matter_set_parts_people_by_matter():
    known = MatterSet()
    assert known.find((1, 2010, "annual")) is None
    known.add([((1, 2010, "annual"), 2), ((1, 2011, "annual"), 3), ((2, 2010, "annual"), 4)])
    assert known.find((1, 2011, "annual")) == 3
    assert known.find((2, 2011, "annual")) is None
