"""Files built to hurt, broken ones, and files that are not what they say: each gets a code and a Chinese sentence."""

from __future__ import annotations

import io
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from xlsxwriter import Workbook

from api.exchange import file_errors as errors
from api.exchange.containers import UPLOAD_LIMITS
from api.exchange.rosters import read_roster
from api.exchange.text_encoding import decode_text

DATA = Path(__file__).parent.parent / "data"
MESSY = (DATA / "roster-messy.xlsx").read_bytes()


def rebuilt(extra: dict[str, bytes] | None = None, change: dict[str, bytes] | None = None) -> bytes:
    """Copy the messy workbook with parts added or replaced."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(MESSY)) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy:
        for name in source.namelist():
            copy.writestr(name, (change or {}).get(name, source.read(name)))
        for name, content in (extra or {}).items():
            copy.writestr(name, content)
    return target.getvalue()


def sheet_name() -> str:
    with zipfile.ZipFile(io.BytesIO(MESSY)) as book:
        return next(name for name in book.namelist() if "worksheets/" in name and name.endswith(".xml"))


def with_cell(reference: str) -> bytes:
    row = "".join(filter(str.isdigit, reference))
    body = (
        '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="1"><c r="A1"><v>1</v></c></row>'
        f'<row r="{row}"><c r="{reference}"><v>1</v></c></row></sheetData></worksheet>'
    )
    return rebuilt(change={sheet_name(): body.encode()})


def test_rebuilt_workbook_is_still_read():
    assert read_roster(rebuilt(), file_name="a.xlsx").rows == 400


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (b"not a zip at all", "a.xlsx", errors.FileDamaged),
        (MESSY[:20_000], "a.xlsx", errors.FileDamaged),
        (MESSY[:4] + bytes(500), "a.xlsx", errors.FileDamaged),
        (b"<html><table><tr><td>x</td></tr></table></html>", "a.xls", errors.FileIsHtml),
        ('\ufeff\r\n<?xml version="1.0"?><Workbook/>'.encode(), "a.xls", errors.FileIsHtml),
        (b"<TABLE><tr></tr></TABLE>", "a.csv", errors.FileIsHtml),
        (MESSY, "a.csv", errors.FileTypeMismatch),
        (MESSY, "a.xls", errors.FileTypeMismatch),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096), "a.xls", errors.FileDamaged),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096), "a.xlsx", errors.FileDamaged),
        (b"\x7fELF" + bytes(2000), "a.csv", errors.FileIsBinary),
        (b"\x80\xff\xff,\xff\n", "a.csv", errors.FileEncodingUnknown),
        (b'name,"' + b"x" * 200_000, "a.csv", errors.FileRefused),
        (",".join(f"c{n}" for n in range(65)).encode() + b"\n1\n", "a.csv", errors.FileTooManyColumns),
        (rebuilt({"xl/vbaProject.bin": b"x"}), "a.xlsx", errors.FileUnsafe),
        (rebuilt({"xl/externalLinks/externalLink1.xml": b"<x/>"}), "a.xlsx", errors.FileUnsafe),
        (rebuilt({"xl/evil.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a/>'}), "a.xlsx", errors.FileUnsafe),
        (rebuilt({f"xl/p{n}.bin": b"x" for n in range(201)}), "a.xlsx", errors.FileUnsafe),
        (rebuilt({"xl/zeros.bin": bytes(30_000_000)}), "a.xlsx", errors.FileUnsafe),
        (with_cell("XFD1048576"), "a.xlsx", errors.FileTooManyColumns),
        (with_cell("BM2"), "a.xlsx", errors.FileTooManyColumns),
        (with_cell("A1048576"), "a.xlsx", errors.FileTooManyRows),
        (b"PK\x03\x04" + b"x" * 100, "a.xlsx", errors.FileDamaged),
    ],
)
def test_hostile_file_is_refused_with_a_code(data, name, expected):
    start = time.perf_counter()
    with pytest.raises(expected) as caught:
        read_roster(data, file_name=name)
    assert time.perf_counter() - start < 5
    assert caught.value.code != "domain-error"
    assert caught.value.status in {413, 422}
    assert any("\u4e00" <= character <= "\u9fff" for character in caught.value.detail)


def test_unpacked_size_is_counted_and_not_believed():
    # Random bytes do not compress, so that the ratio stays small and only the sum can refuse.
    limits = replace(UPLOAD_LIMITS, max_unpacked=100_000)
    with pytest.raises(errors.FileTooLarge):
        read_roster(MESSY, file_name="a.xlsx", limits=limits)


def test_too_many_bytes_and_rows_are_refused():
    with pytest.raises(errors.FileTooLarge):
        read_roster(MESSY, file_name="a.xlsx", limits=replace(UPLOAD_LIMITS, max_bytes=1000))
    for name in ("roster-messy.csv", "roster-messy.xlsx"):
        with pytest.raises(errors.FileTooManyRows):
            read_roster((DATA / name).read_bytes(), file_name=name, limits=replace(UPLOAD_LIMITS, max_rows=399))
        assert read_roster((DATA / name).read_bytes(), file_name=name, limits=replace(UPLOAD_LIMITS, max_rows=400)).rows


def test_two_entries_of_one_name_are_refused():
    target = io.BytesIO(MESSY)
    with zipfile.ZipFile(target, "a") as book, pytest.warns(UserWarning, match="Duplicate name"):
        book.writestr(sheet_name(), b"<x/>")
    with pytest.raises(errors.FileUnsafe):
        read_roster(target.getvalue(), file_name="a.xlsx")


def test_formula_in_a_sheet_is_its_stored_value_and_never_run():
    target = io.BytesIO()
    with Workbook(target, {"in_memory": True}) as book:
        page = book.add_worksheet()
        for place, heading in enumerate(("姓名", "身份证号", "村代码")):
            page.write_string(0, place, heading)
        page.write_formula(1, 0, '=HYPERLINK("http://127.0.0.1/","x")', None, "张三")
        page.write_string(1, 1, "11010519491231002X")
        page.write_string(1, 2, "440783001210")
    roster = read_roster(target.getvalue(), file_name="a.xlsx")
    assert roster.table.cells.row(0) == ("张三", "11010519491231002X", "440783001210")


@pytest.mark.parametrize("text", ["姓名,张三", "𠮷䶮", "abc", "三埠街道簕冲村委会"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be", "gb18030", "gbk"])
def test_encodings_are_told_apart(text, encoding):
    try:
        data = text.encode(encoding)
    except UnicodeEncodeError:
        pytest.skip("the code page lacks this character")
    marks = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}
    assert decode_text(marks.get(encoding, b"") + data) == text
