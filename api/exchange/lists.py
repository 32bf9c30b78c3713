"""Reads a list about people who are in the roster already, applications or contributions, into judged rows.

What the cells say is settled here; who the person is and whether the law agrees is not. Names and ID numbers are read
by the rules of the roster, so that both files tell the same story about the same cell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from api.exchange.containers import FileLimits
from api.exchange.department_rules import DEPARTMENT_RULES
from api.exchange.file_errors import HeaderDuplicated, HeaderIncomplete
from api.exchange.list_cells import Field, clean_name_field
from api.exchange.list_rules import LIST_RULES
from api.exchange.roster_cells import IdReading, normalise_id, read_id
from api.exchange.roster_rules import ERROR_HEADINGS, HEADINGS, ROSTER_COLUMNS, Issue, RosterColumn, Severity, rule_for
from api.exchange.roster_scope import RosterScope
from api.exchange.tables import Table, read_table

_SHARED = {column.field: column for column in ROSTER_COLUMNS}
_PERSON = ("name", "id_number")
_VILLAGE = ("village_code", "village_name")
_RULES = {(rule.field, rule.code): rule for rule in (*LIST_RULES, *DEPARTMENT_RULES)}
TEXT_ONLY_HEADINGS = frozenset({_SHARED["id_number"].heading, *_SHARED["id_number"].aliases})
_IGNORED = "remark"


@dataclass(frozen=True, kw_only=True)
class ListColumn(RosterColumn):
    """A column that only this kind of list has: how its cell is read, and whether the heading must be there."""

    read: Callable[[str], Field]
    required: bool = False


@dataclass(frozen=True, kw_only=True)
class ListLayout:
    """A kind of list: what it is called, its own columns, and which of them together may stand only once for a person."""

    title: str
    columns: tuple[ListColumn, ...]
    once_by: tuple[str, ...] = ()


class ListRow(NamedTuple):
    """A row whose cells are in order: its row of the sheet, the person, the village if one is named, and the rest."""

    row: int
    name: str
    id17: int
    village_code: int | None
    values: Mapping[str, Any]


@dataclass(frozen=True)
class ReadList:
    """A list as read: the table, the rows that may be handed on, and what was found in the others."""

    layout: ListLayout
    table: Table
    rows: tuple[ListRow, ...]
    refused: tuple[Issue, ...]
    warnings: tuple[Issue, ...]

    @property
    def height(self) -> int:
        """Number of records, blank lines not counted."""
        return self.table.cells.height

    @staticmethod
    def is_name(heading: str) -> bool:
        """Whether a heading of the file is that of 姓名."""
        return heading in {_SHARED["name"].heading, *_SHARED["name"].aliases}

    def key(self, row: ListRow) -> tuple[object, ...]:
        """Return what may stand once in the list: the person, and the columns that the layout names."""
        return (row.id17, *(row.values[name] for name in self.layout.once_by))

    def duplicate(self, row: int, kept: int) -> Issue:
        """Refuse a row whose person and matter an earlier row has brought in."""
        return _issue(self.layout, row, "id_number", "duplicate_in_file", kept)

    def finding(self, row: int, field: str, code: str) -> Issue:
        """Refuse a row that contradicts itself, in the words of the rules."""
        return _issue(self.layout, row, field, code)

    def issue(self, row: int, field: str, code: str, message: str) -> Issue:
        """Refuse a row for what only the database and the law could know."""
        return Issue(row, heading_of(self.layout, field), code, message, Severity.REFUSAL)


def heading_of(layout: ListLayout, field: str) -> str:
    """Return the heading of a field, or 整行."""
    own = {column.field: column.heading for column in layout.columns}
    return own.get(field) or HEADINGS[field]


def read_list(data: bytes, *, layout: ListLayout, file_name: str, limits: FileLimits, scope: RosterScope) -> ReadList:
    """Read a list of any format and encoding; raises a FileRefused when the file as a whole is no such list."""
    table = read_table(data, file_name=file_name, limits=limits, number_stays_number=TEXT_ONLY_HEADINGS)
    return judge_list(table, layout=layout, scope=scope)


def judge_list(table: Table, *, layout: ListLayout, scope: RosterScope) -> ReadList:
    """Judge the rows of a table; raises HeaderDuplicated or HeaderIncomplete."""
    fields, warnings = _fields_of(table, layout)
    columns = {name: table.cells[source].to_list() for name, source in fields.items()}
    rows: list[ListRow] = []
    refused: list[Issue] = []
    for place, number in enumerate(table.rows.to_list()):
        record = {name: cells[place] for name, cells in columns.items()}
        values, found = _read_record(record, layout, scope)
        if number in table.overlong:
            found.insert(0, ("", "too_many_cells"))
        issues = [_issue(layout, number, name, code) for name, code in found]
        wrong = [issue for issue in issues if issue.severity is Severity.REFUSAL]
        if wrong:
            refused += wrong
            continue
        warnings += issues
        rows.append(ListRow(number, values["name"], values["id17"], values["village_code"], values))
    return ReadList(layout, table, tuple(rows), tuple(refused), tuple(warnings))


def _fields_of(table: Table, layout: ListLayout) -> tuple[dict[str, str], list[Issue]]:
    """Tell which column is which field, and which columns nobody knows."""
    known = [*(_SHARED[name] for name in (*_PERSON, *_VILLAGE, _IGNORED)), *layout.columns]
    field_of = {heading: column.field for column in known for heading in (column.heading, *column.aliases)}
    fields: dict[str, str] = {}
    warnings: list[Issue] = []
    for index, heading in enumerate(table.headings):
        name = field_of.get(heading)
        if name in fields:
            raise HeaderDuplicated(f"表头中有两列都是“{heading_of(layout, name or '')}”，请只保留一列。")
        if name is not None:
            fields[name] = f"c{index}"
        elif heading and heading not in ERROR_HEADINGS:
            text = f"不认识的列“{heading[:20]}”，其内容未导入。"
            warnings.append(Issue(1, heading[:20], "unknown_column", text, Severity.WARNING))
    required = [*_PERSON, *(column.field for column in layout.columns if column.required)]
    missing = [heading_of(layout, name) for name in required if name not in fields]
    if missing:
        raise HeaderIncomplete(f"表头缺少必需的列：{'、'.join(missing)}。第一行应为表头。")
    return fields, warnings


def _read_record(
    record: Mapping[str, str], layout: ListLayout, scope: RosterScope
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Read the cells of one row: its values, and what was found as pairs of field and code."""
    name = clean_name_field(record["name"])
    id17, codes = _read_id(record["id_number"], scope.as_of)
    values: dict[str, Any] = {"name": name.value, "id17": id17, "village_code": None}
    found = [("name", code) for code in name.findings] + [("id_number", code) for code in codes]
    if any(record.get(one, "").strip() for one in _VILLAGE):
        village = scope.read_village(record.get("village_code", ""), record.get("village_name", ""))
        values["village_code"] = village.village_code
        found += [(village.field, code) for code in (village.refusal, *village.warnings) if code]
    for column in layout.columns:
        cell = column.read(record.get(column.field, ""))
        values[column.field] = cell.value
        found += [(column.field, code) for code in cell.findings]
    return values, found


def _read_id(raw: str, as_of: date) -> tuple[int | None, list[str]]:
    """Return the 17 digits of an ID number and what was found, by the roster's readers."""
    cell = normalise_id(raw)
    codes = [code for code in (cell.refusal, *cell.warnings) if code]
    if cell.refusal:
        return None, codes
    reading = read_id(str(cell.value), as_of)
    if not isinstance(reading, IdReading):
        return None, [*codes, reading]
    return int(reading.id_number[:17]), codes


def _issue(layout: ListLayout, row: int, field: str, code: str, related: int | None = None) -> Issue:
    """Build the finding for people: the rule of lists, else the roster's."""
    rule = _RULES.get((field, code))
    if rule is None:
        rule = rule_for(field, code)
    message = rule.message.replace("{related}", str(related))
    return Issue(row, heading_of(layout, field), code, message, rule.severity)
