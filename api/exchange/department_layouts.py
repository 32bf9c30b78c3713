"""Lists that other departments send: deaths, disability, 低保, 五保, employees' insurance, land taken, students, prisoners.

Each kind has the columns that its department has. A row says who, what (a grade, or nothing beyond the fact itself), since
when and on which paper. What the register says about the same person is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from api.exchange.list_cells import Field, read_day, read_words
from api.exchange.lists import ListColumn, ListLayout, ListRow, ReadList
from api.exchange.roster_cells import tidy
from api.policy.id_numbers import check_character
from api.vocabulary import DepartmentListKind, FactKind

if TYPE_CHECKING:
    from api.exchange.roster_rules import Issue

_MONTH = re.compile(r"(\d{4})(?:\s*[-/.年]\s*(\d{1,2})\s*月?|(\d{2}))", re.ASCII)
_CERTIFICATE = re.compile(r"(\d{17})([\dX])([1-7])([1-4])(?:B\d{1,2})?", re.ASCII)
_LONG_DIGITS = re.compile(r"\d{15,}[Xx]?")
MAX_TEXT = 60
_TYPES = ("视力", "听力", "言语", "肢体", "智力", "精神", "多重")
_TYPE_WORDS = {
    word: str(place)
    for place, name in enumerate(_TYPES, 1)
    for word in (name, f"{name}残疾", str(place), f"{place}{name}")
}
_GRADE_WORDS = {
    word: str(place)
    for place, name in enumerate("一二三四", 1)
    for word in (
        f"{name}级",
        name,
        str(place),
        f"{place}级",
        f"{name}级残疾",
        "ⅠⅡⅢⅣ"[place - 1],
        "I II III IV".split()[place - 1],
    )
}


def read_text(raw: str) -> Field:
    """Read a short remark of a department; a run of digits as long as an ID number is not kept in clear."""
    cell = tidy(raw)
    if cell.refusal:
        return Field(None, cell.refusal)
    text = str(cell.value)
    if len(text) > MAX_TEXT:
        return Field(None, "too_long")
    return Field(_LONG_DIGITS.sub("********", text) or None)


def read_month(raw: str) -> Field:
    """Read a month (2010-10, 2010年10月, 201010) or a day; a month means its first day."""
    cell = read_day(raw)
    if not cell.refusal:
        return cell
    tidied = tidy(raw)
    match = _MONTH.fullmatch(str(tidied.value)) if not tidied.refusal else None
    if match is None:
        return cell
    year, month, packed = match.groups()
    try:
        return Field(date(int(year), int(month or packed), 1))
    except ValueError:
        return cell


class Certificate(NamedTuple):
    """残疾人证号 taken apart (policy.md §6.3): whose it is, the kind of disability and its grade."""

    id17: int
    type_code: str
    grade: str


def read_certificate(raw: str) -> Field:
    """残疾证号: 18-digit ID number, type and grade; a replaced certificate has B and its count behind it."""
    cell = tidy(raw)
    if cell.refusal:
        return Field(None, cell.refusal)
    text = "".join(str(cell.value).split()).upper()
    if not text:
        return Field(None)
    match = _CERTIFICATE.fullmatch(text)
    if match is None or check_character(match[1]) != match[2]:
        return Field(None, "bad_value")
    return Field(Certificate(int(match[1]), match[3], match[4]))


def _remembering(read: Callable[[str], Field]) -> Callable[[str], Field]:
    """Remember what was read: days, months, schools and grades are the same in thousands of rows."""
    return lru_cache(maxsize=8192)(read)


def _column(
    field: str,
    heading: str,
    *aliases: str,
    read: Callable[[str], Field] = read_text,
    example: str = "",
    required: bool = False,
) -> ListColumn:
    # A certificate is nobody else's; everything else is worth remembering.
    reader = read if read is read_certificate else _remembering(read)
    return ListColumn(field=field, heading=heading, aliases=aliases, example=example, read=reader, required=required)


@dataclass(frozen=True, kw_only=True)
class DepartmentLayout:
    """A kind of list: its columns, the fact that it is about, and where a row says since when."""

    kind: DepartmentListKind
    fact: FactKind | None
    """None: the list is about deaths."""
    layout: ListLayout
    paper: tuple[str, ...] = ()
    """Columns that name the paper behind the row."""


class Stated(NamedTuple):
    """What a row says: who, which grade, since (or on) which day, until when, and on which paper."""

    row: int
    name: str
    id17: int
    birth_date: date
    value: str | None
    on: date | None
    until: date | None
    paper: str | None


def _layout(
    kind: DepartmentListKind, fact: FactKind | None, *columns: ListColumn, paper: tuple[str, ...] = ()
) -> DepartmentLayout:
    return DepartmentLayout(kind=kind, fact=fact, layout=ListLayout(title=kind.label, columns=columns), paper=paper)


_SINCE = ("起始日期", "开始日期")
LAYOUTS: dict[DepartmentListKind, DepartmentLayout] = {
    layout.kind: layout
    for layout in (
        _layout(
            DepartmentListKind.DEATHS,
            None,
            _column("on", "死亡日期", "死亡时间", "去世日期", read=read_day, example="2010-11-03", required=True),
            _column("cause", "死亡原因", example="病故"),
            _column("paper", "死亡证明", "死亡证明编号", "证明文号", "火化证号", "注销户口日期及文号", example="第0123号"),
            paper=("cause", "paper"),
        ),
        _layout(
            DepartmentListKind.DISABILITY,
            FactKind.DISABILITY,
            _column("certificate", "残疾证号", "残疾人证号", "残疾人证号码", "证号", read=read_certificate),
            _column("type_code", "残疾类别", "残疾类型", read=read_words(_TYPE_WORDS), example="肢体"),
            _column("grade", "残疾等级", "残疾级别", "等级", read=read_words(_GRADE_WORDS), example="二级"),
            _column("on", "发证日期", "评定日期", read=read_day, example="2010-11-03"),
        ),
        _layout(
            DepartmentListKind.DIBAO,
            FactKind.DIBAO,
            _column("paper", "低保证号", "低保证编号", "证号", example="第0123号"),
            _column("on", "起始月", "享受低保起始月", "起始年月", *_SINCE, read=read_month, example="2010-11"),
            paper=("paper",),
        ),
        _layout(
            DepartmentListKind.WUBAO,
            FactKind.WUBAO,
            _column("paper", "五保证号", "五保供养证号", "证号", example="第0123号"),
            _column("on", "起始月", "供养起始月", "起始年月", *_SINCE, read=read_month, example="2010-11"),
            paper=("paper",),
        ),
        _layout(
            DepartmentListKind.EMPLOYEE_INSURANCE,
            FactKind.EMPLOYEE_INSURED,
            _column("paper", "参保单位", "单位名称", "工作单位", example="开平市某公司"),
            _column("on", "参保起始月", "参保时间", "参保年月", "起始月", *_SINCE, read=read_month, example="2010-11"),
            paper=("paper",),
        ),
        _layout(
            DepartmentListKind.LAND_TAKEN,
            FactKind.LAND_TAKEN,
            _column("project", "征地项目", "项目名称", example="某工业园"),
            _column("paper", "批准文号", "批文", "征地批文", example="粤国土资(建)字第0123号"),
            _column("on", "征地日期", "批准日期", "日期", read=read_day, example="2010-11-03"),
            paper=("project", "paper"),
        ),
        _layout(
            DepartmentListKind.STUDENTS,
            FactKind.STUDENT,
            _column("paper", "学校", "就读学校", "学校名称", example="开平市某中学"),
            _column("on", "入学日期", "入学时间", "入学年月", read=read_month, example="2010-09"),
            _column("until", "预计毕业日期", "毕业时间", "毕业年月", read=read_month, example="2013-07"),
            paper=("paper",),
        ),
        _layout(
            DepartmentListKind.PRISONERS,
            FactKind.PRISONER,
            _column("paper", "判决文号", "文号", example="第0123号"),
            _column("on", "收监日期", "服刑起始日", "服刑起始日期", read=read_day, example="2010-11-03"),
            _column("until", "刑满日期", "刑期截止日", read=read_day, example="2013-11-02"),
            paper=("paper",),
        ),
    )
}  # fmt: skip


def judge(read: ReadList, row: ListRow, *, kind: DepartmentListKind, as_of: date) -> Stated | Issue:
    """Read what a row as a whole says, or say why it contradicts itself."""
    values = row.values
    birth_date = _birth_date(row.id17)
    on: date | None = values["on"]
    certificate: Certificate | None = values.get("certificate")
    fault = None
    if on is None and kind is DepartmentListKind.DEATHS:
        fault = ("on", "empty_day")
    elif on is not None and on > as_of:
        fault = ("on", "after_the_list")
    elif on is not None and on < birth_date:
        fault = ("on", "before_birth")
    elif kind is DepartmentListKind.DISABILITY:
        fault = _contradiction(certificate, values, row.id17)
    if fault is not None:
        return read.finding(row.row, *fault)
    grade = values.get("grade") or (certificate.grade if certificate else None)
    papers = [str(values[name]) for name in LAYOUTS[kind].paper if values.get(name)]
    if kind is DepartmentListKind.DISABILITY:
        type_code = values.get("type_code") or (certificate.type_code if certificate else None)
        papers = [f"{_TYPES[int(type_code) - 1]}残疾"] if type_code else []
    return Stated(row.row, row.name, row.id17, birth_date, grade, on, values.get("until"), "，".join(papers) or None)


def _contradiction(certificate: Certificate | None, values: object, id17: int) -> tuple[str, str] | None:
    """Compare a certificate with the columns beside it."""
    told = dict(values)  # type: ignore[call-overload]
    if certificate is None:
        return None if told["grade"] else ("grade", "grade_missing")
    if certificate.id17 != id17:
        return ("certificate", "certificate_of_another")
    if told["grade"] not in {None, certificate.grade} or told["type_code"] not in {None, certificate.type_code}:
        return ("certificate", "certificate_differs")
    return None


def _birth_date(id17: int) -> date:
    digits = f"{id17:017d}"
    return date(int(digits[6:10]), int(digits[10:12]), int(digits[12:14]))
