"""The roster (花名册): reads a file of residents, judges every row, and hands over what is ready to load.

Reading turns a file away as a whole or not at all; judging refuses single rows and lets every good row through.
Nothing is written here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from api.exchange import roster_columns as columns
from api.exchange.containers import UPLOAD_LIMITS, FileLimits
from api.exchange.file_errors import HeaderDuplicated, HeaderIncomplete
from api.exchange.key_sets import KeySet
from api.exchange.pinyin import pinyin_columns
from api.exchange.roster_cells import CELL_READERS, CellValue, IdReading, normalise_id, read_id
from api.exchange.roster_rules import (
    ERROR_HEADINGS,
    FIELD_OF_HEADING,
    HEADINGS,
    ROSTER_COLUMNS,
    ROSTER_RULES,
    Issue,
    Severity,
    make_issue,
)
from api.exchange.roster_scope import RosterScope
from api.exchange.tables import Table, read_table
from api.vocabulary import DocumentKind, Sex

_REQUIRED = ("name", "id_number")
_VILLAGE_FIELDS = ("village_code", "village_name")
TEXT_ONLY_HEADINGS = frozenset(heading for heading, name in FIELD_OF_HEADING.items() if name == "id_number")
"""Columns whose numbers must stay visibly numbers: a spreadsheet has lost their last digits."""
_TEXT_FIELDS = ("name", "address", "village_group", "household_number", "remark", "phone", "bank_account")
_WORD_FIELDS = (
    "sex", "ethnicity", "relation", "hukou_kind", "student", "employee_insured", "disability_grade",
    "dibao", "wubao", "land_taken",
)  # fmt: skip
ACCEPTED_COLUMNS = (
    "row", "name", "pinyin", "initials", "document_kind", "id17", "id_number", "birth_date", "sex", "ethnicity",
    "address", "village_code", "village_group", "household_number", "relation", "hukou_kind", "phone", "bank_account",
    "student", "employee_insured", "disability_grade", "dibao", "wubao", "land_taken", "remark",
)  # fmt: skip
"""Columns of an accepted frame, in this order; `row` is the row of the sheet (header = 1)."""


@dataclass(frozen=True)
class RosterFile:
    """A roster as read: the table of the file, which column is which field, and what to tell about the header."""

    table: Table
    fields: Mapping[str, str]
    warnings: tuple[Issue, ...]

    @property
    def rows(self) -> int:
        """Number of records, blank lines not counted."""
        return self.table.cells.height


@dataclass(frozen=True)
class ValidatedRoster:
    """A judged roster: `accepted` is ready to load; `findings` holds (row, field, code, related, severity)."""

    accepted: pl.DataFrame
    findings: pl.DataFrame
    rows: int
    file_warnings: tuple[Issue, ...]

    @cached_property
    def refused(self) -> list[Issue]:
        """Findings that keep their row out, by row."""
        return self._issues(Severity.REFUSAL)

    @cached_property
    def warnings(self) -> list[Issue]:
        """What was changed or left out in accepted rows, and columns of the file that nobody knows."""
        return [*self.file_warnings, *self._issues(Severity.WARNING)]

    @property
    def refused_rows(self) -> pl.Series:
        """Sheet rows that are refused, each once, ascending."""
        return self.findings.filter(pl.col("severity") == Severity.REFUSAL.value)["row"].unique().sort()

    def _issues(self, severity: Severity) -> list[Issue]:
        chosen = self.findings.filter(pl.col("severity") == severity.value)
        wanted = chosen.select("row", "field", "code", "related")
        return [make_issue(row, name, code, related) for row, name, code, related in wanted.iter_rows()]


def read_roster(data: bytes, *, file_name: str, limits: FileLimits = UPLOAD_LIMITS) -> RosterFile:
    """Read a roster of any format and encoding; raises a FileRefused when the file as a whole cannot be a roster."""
    return roster_of(read_table(data, file_name=file_name, limits=limits, number_stays_number=TEXT_ONLY_HEADINGS))


def roster_of(table: Table) -> RosterFile:
    """Tell which column of a table is which field; raises HeaderDuplicated or HeaderIncomplete."""
    fields: dict[str, str] = {}
    warnings: list[Issue] = []
    for index, heading in enumerate(table.headings):
        name = FIELD_OF_HEADING.get(heading)
        if name in fields:
            raise HeaderDuplicated(f"表头中有两列都是“{HEADINGS[name or '']}”，请只保留一列。")
        if name is not None:
            fields[name] = f"c{index}"
        elif heading and heading not in ERROR_HEADINGS:
            text = f"不认识的列“{heading[:20]}”，其内容未导入。"
            warnings.append(Issue(1, heading[:20], "unknown_column", text, Severity.WARNING))
    missing = [HEADINGS[name] for name in _REQUIRED if name not in fields]
    if not any(name in fields for name in _VILLAGE_FIELDS):
        missing.append("村(居)委会或村代码")
    if missing:
        raise HeaderIncomplete(f"表头缺少必需的列：{'、'.join(missing)}。第一行应为表头，请对照导入模板。")
    return RosterFile(table, fields, tuple(warnings))


def validate_roster(
    roster: RosterFile,
    *,
    divisions: Mapping[int, str],
    division_code: int,
    as_of: dt.date,
    earlier: KeySet | None = None,
) -> ValidatedRoster:
    """Judge every row of a roster, or of one piece of it.

    `divisions` names all known units by their 12-digit code, `division_code` is the unit that the import is for, and
    births after `as_of` are refused. "Duplicate" means: the same number as an earlier row that is itself accepted;
    `earlier` holds those of the pieces before, and takes in those of this one.
    """
    scope = RosterScope(divisions=divisions, division_code=division_code, as_of=as_of)
    cells = roster.table.cells.select(pl.col(source).alias(name) for name, source in roster.fields.items())
    findings = columns.Findings(cells.height)
    _note_overlong(roster, findings)
    benign = columns.benign_masks(cells)
    values: dict[str, pl.Series] = {}
    for name in _TEXT_FIELDS:
        if name in cells.columns:
            values[name] = columns.clean_texts(cells[name], benign[name], name, findings)
    for name in _WORD_FIELDS:
        if name in cells.columns:
            values[name] = columns.clean_words(cells[name], name, findings)
    for name in (*_TEXT_FIELDS, *_WORD_FIELDS):
        values.setdefault(name, columns.empty_column(name, cells.height))
    ids = columns.clean_ids(cells["id_number"], scope, findings)
    values["village_code"] = columns.clean_villages(cells, scope, findings)
    values["sex"] = _judge_identity(roster.table.rows, values["sex"], ids, findings, earlier)
    frame = pl.DataFrame(
        {"row": roster.table.rows, **{name: series.alias(name) for name, series in values.items()}}
    ).with_columns(ids.get_columns())
    accepted = frame.filter(~pl.Series(findings.refused)) if findings.refused.any() else frame
    accepted = accepted.with_columns(
        pl.lit(DocumentKind.RESIDENT_ID.value).alias("document_kind"), *pinyin_columns(accepted["name"]).get_columns()
    ).select(ACCEPTED_COLUMNS)
    return ValidatedRoster(accepted, _ordered(findings, roster), roster.rows, roster.warnings)


def _note_overlong(roster: RosterFile, findings: columns.Findings) -> None:
    """Refuse rows with more cells than the header: some comma has moved every later cell."""
    overlong = roster.table.overlong
    if overlong:
        hits = roster.table.rows.is_in(pl.Series(sorted(overlong), dtype=pl.Int64).implode()).to_numpy()
        findings.add(np.flatnonzero(hits).astype(np.int64), "", "too_many_cells")


def _sex_by_id(is_male: pl.Series) -> pl.Series:
    """Sex that the ID number states; null where the number is refused."""
    male, female = pl.lit(Sex.MALE.value), pl.lit(Sex.FEMALE.value)
    choice = pl.when("is_male").then(male).when(~pl.col("is_male")).then(female)
    return pl.DataFrame({"is_male": is_male}).select(choice.alias("sex")).to_series()


def _judge_identity(
    rows: pl.Series, sex: pl.Series, ids: pl.DataFrame, findings: columns.Findings, earlier: KeySet | None
) -> pl.Series:
    """Refuse a sex that contradicts the ID number, and numbers that an earlier acceptable row has; returns the sex.

    Of a number that stands there twice, the earlier row that is acceptable in itself is kept. The later row is told
    of the duplicate only: its sex usually contradicts the number because the number is another person's.
    """
    by_id = _sex_by_id(ids["is_male"])
    differs = (sex != by_id).fill_null(value=False).to_numpy()
    acceptable = ~(findings.refused | differs)
    keyed = (
        pl.DataFrame({"row": rows, "id17": ids["id17"]})
        .with_row_index("index")
        .with_columns(pl.Series("acceptable", acceptable))
    )
    kept = keyed.filter("acceptable")
    later_than_kept = keyed.clear()
    # The common file has no number twice, and one count settles it.
    if keyed["id17"].n_unique() + keyed["id17"].null_count() - min(1, keyed["id17"].null_count()) < keyed.height:
        first = kept.unique("id17", keep="first", maintain_order=True).select("id17", pl.col("row").alias("related"))
        later_than_kept = keyed.join(first, on="id17", how="inner", maintain_order="left").filter(
            pl.col("row") > pl.col("related")
        )
    if earlier is not None:
        kept, later_than_kept = _with_pieces_before(keyed, kept, later_than_kept, earlier)
    if not later_than_kept.is_empty():
        positions = later_than_kept["index"].to_numpy().astype(np.int64)
        findings.add(positions, "id_number", "duplicate_in_file", later_than_kept["related"])
        differs = differs.copy()
        differs[positions] = False
    findings.add(np.flatnonzero(differs).astype(np.int64), "sex", "sex_mismatch")
    return sex.fill_null(by_id)


def _with_pieces_before(
    keyed: pl.DataFrame, kept: pl.DataFrame, later: pl.DataFrame, earlier: KeySet
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Add the duplicates of rows of the pieces before, and let those pieces count for the next ones.

    Returns the rows kept as the first of their number, and the rows that come later than a kept one.
    """
    numbered = keyed.filter(pl.col("id17").is_not_null())
    related = pl.Series("related", earlier.find(numbered["id17"].to_numpy()), dtype=pl.Int64)
    repeated = numbered.with_columns(related).filter(pl.col("related") > 0)
    firsts = kept.unique("id17", keep="first", maintain_order=True)
    if not repeated.is_empty():
        later = later.join(repeated.select("index"), on="index", how="anti")
        later = pl.concat([later.select(repeated.columns), repeated] if later.width == repeated.width else [repeated])
        later = later.sort("index")
        firsts = firsts.join(repeated.select("id17"), on="id17", how="anti")
    earlier.add(firsts["id17"].to_numpy().astype(np.int64), firsts["row"].to_numpy().astype(np.int32))
    return firsts, later


_SEVERITIES = pl.DataFrame(
    {
        "field": [rule.field for rule in ROSTER_RULES],
        "code": [rule.code for rule in ROSTER_RULES],
        "severity": [rule.severity.value for rule in ROSTER_RULES],
    }
)


def _ordered(findings: columns.Findings, roster: RosterFile) -> pl.DataFrame:
    """Turn positions into sheet rows, add the severity, and sort by row and by the order of columns."""
    found = findings.frame()
    order = {column.field: place for place, column in enumerate(ROSTER_COLUMNS)} | {"": -1}
    warned = _SEVERITIES.filter(pl.col("severity") == Severity.WARNING.value)["code"].unique()
    return (
        found.with_columns(
            roster.table.rows.gather(found["index"]).alias("row"),
            pl.col("field").replace_strict(order, return_dtype=pl.Int8).alias("place"),
            pl.when(pl.col("code").is_in(warned.implode()))
            .then(pl.lit(Severity.WARNING.value))
            .otherwise(pl.lit(Severity.REFUSAL.value))
            .alias("severity"),
        )
        .sort("row", "place", maintain_order=True)
        .select("row", "field", "code", "related", "severity")
    )


@dataclass(frozen=True)
class RecordReading:
    """One record: its values by field, and what was found. `values` is complete only when nothing is refused."""

    values: Mapping[str, CellValue | dt.date]
    issues: tuple[Issue, ...]

    @property
    def refused(self) -> tuple[Issue, ...]:
        """Findings that keep the record out."""
        return tuple(issue for issue in self.issues if issue.severity is Severity.REFUSAL)


def read_record(record: Mapping[str, str], *, scope: RosterScope, row: int = 1) -> RecordReading:
    """Judge one record by the rules of the roster; keys are our field names, values text as a person typed it."""
    values: dict[str, CellValue | dt.date] = {}
    found: list[tuple[str, str]] = []
    for name in (*_TEXT_FIELDS, *_WORD_FIELDS):
        # A column that a file may lack is as good as empty; a name is never lacking without being refused.
        cell = CELL_READERS[name](record.get(name, ""))
        values[name] = cell.value
        found += [(name, code) for code in (cell.refusal, *cell.warnings) if code]
    found += _read_record_id(record.get("id_number", ""), scope.as_of, values)
    village = scope.read_village(record.get("village_code", ""), record.get("village_name", ""))
    values["village_code"] = village.village_code
    found += [(village.field, code) for code in (village.refusal, *village.warnings) if code]
    order = {column.field: place for place, column in enumerate(ROSTER_COLUMNS)}
    found.sort(key=lambda finding: order[finding[0]])
    return RecordReading(values, tuple(make_issue(row, name, code) for name, code in found))


def _read_record_id(raw: str, as_of: dt.date, values: dict[str, CellValue | dt.date]) -> list[tuple[str, str]]:
    """Read the ID number of a record into `values`, with the sex that follows from it; returns the findings."""
    cell = normalise_id(raw)
    found = [("id_number", code) for code in (cell.refusal, *cell.warnings) if code]
    values |= {"id_number": None, "id17": None, "birth_date": None}
    if cell.refusal:
        return found
    reading = read_id(str(cell.value), as_of)
    if not isinstance(reading, IdReading):
        return [*found, ("id_number", reading)]
    values |= {
        "id_number": reading.id_number, "id17": int(reading.id_number[:17]), "birth_date": reading.birth_date
    }  # fmt: skip
    if reading.is_implausibly_old:
        found.append(("id_number", "implausible_age"))
    sex = Sex.MALE.value if reading.is_male else Sex.FEMALE.value
    if values["sex"] not in (None, sex):
        found.append(("sex", "sex_mismatch"))
    values["sex"] = values["sex"] or sex
    return found


def validate_record(record: Mapping[str, str], *, scope: RosterScope) -> list[Issue]:
    """Return what refuses a single record, by the same table and readers as a file; empty when it may go in."""
    return list(read_record(record, scope=scope).refused)
