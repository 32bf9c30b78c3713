"""Cleans a roster column by column: what is already clean passes in one vectorised test, the rest goes to the cell readers.

Each odd value is read once however often it occurs, by the same function that reads a single record; so the two ways
cannot tell different stories about it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from api.exchange.roster_cells import CELL_READERS, Cell, CellValue, normalise_id
from api.exchange.roster_rules import MAX_CELL, MAX_NAME, Severity, rule_for
from api.exchange.roster_scope import RosterScope
from api.exchange.roster_vectors import BoolArray, byte_matrix, id_shape, luhn_ok, read_ids

_HAN = r"\x{3400}-\x{4DBF}\x{4E00}-\x{9FFF}\x{20000}-\x{2A6DF}"
# Patterns of values that the cell readers return unchanged and without a finding. They have no counted repetition,
# because a counted Unicode class makes an automaton that is slower than the checks it saves.
_BENIGN: Final = {
    "name": (rf"^[{_HAN}]+$", MAX_NAME),
    "address": (rf"^[{_HAN}0-9A-Za-z][{_HAN}0-9A-Za-z#()-]*$", MAX_CELL),
    "village_group": (rf"^[{_HAN}0-9A-Za-z]+$", MAX_CELL),
    "household_number": (r"^[0-9A-Za-z]+$", MAX_CELL),
    "remark": (rf"^[{_HAN}0-9A-Za-z]+$", MAX_CELL),
    "phone": (r"^1[3-9][0-9]{9}$", MAX_CELL),
    "bank_account": (r"^62[0-9]{14,17}$", MAX_CELL),
}
_WORD_TYPES: Final[dict[str, pl.DataType]] = {
    "sex": pl.String(),
    "ethnicity": pl.String(),
    "relation": pl.String(),
    "hukou_kind": pl.String(),
    "student": pl.Boolean(),
    "employee_insured": pl.Boolean(),
    "disability_grade": pl.Int16(),
    "dibao": pl.Boolean(),
    "wubao": pl.Boolean(),
    "land_taken": pl.Boolean(),
}
ISSUE_SCHEMA: Final = {"index": pl.UInt32, "field": pl.String, "code": pl.String, "related": pl.Int64}
IndexArray = npt.NDArray[np.int64]


@dataclass
class Findings:
    """Findings gathered column by column, as positions in the frame, and the rows that are refused so far."""

    height: int
    frames: list[pl.DataFrame] = field(default_factory=list)
    refused: BoolArray = field(init=False)

    def __post_init__(self) -> None:
        """Begin with no row refused."""
        self.refused = np.zeros(self.height, dtype=np.bool_)

    def add(self, positions: IndexArray, name: str, code: str, related: pl.Series | None = None) -> None:
        """Note one code for many rows."""
        if positions.size == 0:
            return
        if rule_for(name, code).severity is Severity.REFUSAL:
            self.refused[positions] = True
        columns = {"index": pl.Series(positions, dtype=pl.UInt32)}
        frame = pl.DataFrame(columns).with_columns(
            pl.lit(name).alias("field"),
            pl.lit(code).alias("code"),
            (pl.lit(None, dtype=pl.Int64) if related is None else related.cast(pl.Int64)).alias("related"),
        )
        self.frames.append(frame)

    def add_cells(self, positions: IndexArray, raws: pl.Series, name: str, cells: dict[str, Cell]) -> None:
        """Note the findings of cells that were read once each, for every row that holds them."""
        by_code: dict[str, list[str]] = {}
        for raw, cell in cells.items():
            for code in (cell.refusal, *cell.warnings):
                if code:
                    by_code.setdefault(code, []).append(raw)
        for code, texts in by_code.items():
            hits = raws.is_in(pl.Series(texts, dtype=pl.String).implode()).to_numpy()
            self.add(positions[hits], name, code)

    def frame(self) -> pl.DataFrame:
        """All findings so far."""
        return pl.concat(self.frames) if self.frames else pl.DataFrame(schema=ISSUE_SCHEMA)


def _positions(mask: pl.Series | BoolArray) -> IndexArray:
    """Positions where a mask is true."""
    array = mask.to_numpy() if isinstance(mask, pl.Series) else mask
    return np.flatnonzero(array).astype(np.int64)


def _mapped(raws: pl.Series, values: dict[str, CellValue], kind: pl.DataType) -> pl.Series:
    """Replace every raw text by its value."""
    if not values:
        return pl.Series(raws.name, [], dtype=kind)
    return raws.replace_strict(
        pl.Series(list(values), dtype=pl.String), pl.Series(list(values.values()), dtype=kind), return_dtype=kind
    )


def clean_words(raws: pl.Series, name: str, findings: Findings) -> pl.Series:
    """Read a column of few distinct words."""
    reader = CELL_READERS[name]
    cells = {raw: reader(raw) for raw in raws.unique().to_list()}
    findings.add_cells(np.arange(raws.len()), raws, name, cells)
    values = {raw: cell.value for raw, cell in cells.items()}
    true_texts = [raw for raw, value in values.items() if value is True]
    if set(values.values()) <= {True, False} and len(true_texts) == 1:
        # A flag with one word for yes, which is nearly every file, is one comparison.
        flags: pl.Series = raws == true_texts[0]
        return flags
    return _mapped(raws, values, _WORD_TYPES[name])


def empty_column(name: str, height: int) -> pl.Series:
    """Column for a heading that the file does not have."""
    kind = _WORD_TYPES.get(name, pl.String())
    return pl.Series(name, [False if kind == pl.Boolean() else None], dtype=kind).new_from_index(0, height)


def benign_masks(cells: pl.DataFrame) -> pl.DataFrame:
    """For each text column, which cells need no reading; all columns in one pass over both cores."""
    masks = []
    for name, (pattern, limit) in _BENIGN.items():
        if name not in cells.columns:
            continue
        column = pl.col(name)
        mask = column.str.contains(pattern) & (column.str.len_bytes() <= limit)
        # Only the name must not be empty.
        masks.append(mask if name == "name" else mask | (column.str.len_bytes() == 0))
    return cells.select(masks)


def clean_texts(raws: pl.Series, benign: pl.Series, name: str, findings: Findings) -> pl.Series:
    """Read a text column: benign cells as they are, odd ones by their reader; empty becomes null."""
    values = raws
    odd = _positions(~benign)
    if odd.size:
        values = _read_odd(raws, odd, name, CELL_READERS[name], findings)
    if name == "bank_account":
        suspects = _positions(benign & (raws.str.len_bytes() > 0))
        findings.add(suspects[~luhn_ok(raws.gather(suspects))], name, "bank_luhn")
    return values.replace("", None)


def _read_odd(
    raws: pl.Series, odd: IndexArray, name: str, reader: Callable[[str], Cell], findings: Findings
) -> pl.Series:
    """Read the odd cells of a column, each distinct text once, and put their values in place."""
    texts = raws.gather(odd)
    cells = {raw: reader(raw) for raw in texts.unique().to_list()}
    findings.add_cells(odd, texts, name, cells)
    return raws.clone().scatter(odd, _mapped(texts, {raw: cell.value for raw, cell in cells.items()}, pl.String()))


def clean_ids(raws: pl.Series, scope: RosterScope, findings: Findings) -> pl.DataFrame:
    """Read the ID column into `id_number`, `id17`, `birth_date` and `is_male`; null where the number is refused."""
    plain = (raws.str.len_bytes() == 18).to_numpy()
    shaped = plain.copy()
    shaped[plain] = id_shape(byte_matrix(raws.filter(pl.Series(plain)), 18))
    texts = raws
    odd = _positions(~shaped)
    if odd.size:
        texts = _read_odd(raws, odd, "id_number", normalise_id, findings)
    usable = texts.is_not_null().to_numpy()
    where = _positions(usable)
    ids = read_ids(byte_matrix(texts.gather(where), 18), scope.as_of)
    findings.add(where[ids.bad_checksum], "id_number", "bad_checksum")
    findings.add(where[ids.bad_date], "id_number", "bad_date")
    findings.add(where[ids.future_birth], "id_number", "future_birth")
    findings.add(where[ids.valid & ids.implausible], "id_number", "implausible_age")
    valid = np.zeros(raws.len(), dtype=np.bool_)
    valid[where] = ids.valid
    days = np.zeros(raws.len(), dtype="datetime64[D]")
    days[where] = ids.birth_days
    male = np.zeros(raws.len(), dtype=np.bool_)
    male[where] = ids.is_male
    return (
        pl.DataFrame(
            {"id_number": texts.alias("id_number"), "birth_date": pl.Series(days), "is_male": male, "valid": valid}
        )
        .select(pl.when("valid").then(pl.col(name)).alias(name) for name in ("id_number", "birth_date", "is_male"))
        .with_columns(pl.col("id_number").str.slice(0, 17).cast(pl.Int64).alias("id17"))
    )


def clean_villages(cells: pl.DataFrame, scope: RosterScope, findings: Findings) -> pl.Series:
    """Resolve the village of every row; each distinct pair of code and name once."""
    codes = cells["village_code"] if "village_code" in cells.columns else None
    names = cells["village_name"] if "village_name" in cells.columns else None
    if codes is not None and names is not None:
        # A code that holds the separator would end too early; another control character is refused just the same.
        safe = pl.col("village_code").str.replace_all("\x1f", "\x1e", literal=True)
        raws = cells.select(pl.concat_str([safe, "village_name"], separator="\x1f")).to_series()
    else:
        given = codes if codes is not None else names
        raws = pl.Series([""] * cells.height, dtype=pl.String) if given is None else given
    values: dict[str, CellValue] = {}
    per_field: dict[str, dict[str, Cell]] = {"village_code": {}, "village_name": {}}
    for raw in raws.unique().to_list():
        code, _, name = raw.partition("\x1f")
        if codes is None:
            code, name = "", raw
        reading = scope.read_village(code, name)
        values[raw] = reading.village_code
        per_field[reading.field][raw] = Cell(None, reading.refusal, reading.warnings)
    for name, read in per_field.items():
        findings.add_cells(np.arange(raws.len()), raws, name, read)
    return _mapped(raws, values, pl.Int64()).alias("village_code")
