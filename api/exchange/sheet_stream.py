"""Reads the first visible sheet of an .xlsx row by row, in memory that does not grow with the number of rows.

The container has been inspected (`containers.inspect_archive`) and holds no DOCTYPE. What a cell says is what the
reader of whole files says; a test compares the two cell by cell.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Final
from xml.parsers import expat

from api.exchange import sheet_blocks
from api.exchange.file_errors import FileDamaged, FileEmpty, FileTooManyColumns, FileTooManyRows
from api.exchange.number_formats import PLAIN, NumberStyle, day_text, style_of
from api.exchange.shared_strings import SharedStrings
from api.exchange.table_text import check_width, normalise_heading, number_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from api.exchange.containers import FileLimits

_PIECE: Final = 256 * 1024
_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_SHEET_RELATION: Final = "/relationships/worksheet"
Row = tuple[int, list[str]]


def sheet_rows(
    source: BinaryIO, *, limits: FileLimits, number_stays_number: frozenset[str], plain_parts: frozenset[str]
) -> Iterator[list[str] | Row]:
    """Yield the headings, then (row of the sheet, cells) of every row that is not blank.

    A sheet among the plain parts is read by `sheet_blocks`, five times as fast. Raises FileDamaged, FileEmpty, FileTooManyRows or FileTooManyColumns.
    """
    try:
        with zipfile.ZipFile(source) as archive, SharedStrings() as strings:
            book = _Book.read(archive)
            if book.strings_part in archive.namelist():
                _read_strings(archive, book.strings_part, strings, is_plain=book.strings_part in plain_parts)
            sheet = Sheet(book, strings, limits, number_stays_number)
            with archive.open(book.sheet_part) as part:
                is_plain = book.sheet_part in plain_parts
                yield from sheet.rows(sheet_blocks.feed(sheet, part) if is_plain else sheet.feed(part))
    except (
        *(zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError),
        *(expat.ExpatError, KeyError, IndexError, ValueError, OverflowError),
    ) as error:
        raise FileDamaged from error


def _local(name: str) -> str:
    """Name of an element without its prefix."""
    return name.rpartition(":")[2]


def _parse(data: Any, *, start: Callable[[str, dict[str, str]], None], **handlers: Any) -> None:
    """Parse a small part as a whole, or a stream of one in pieces."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    for name, handler in handlers.items():
        setattr(parser, name, handler)
    while piece := data.read(_PIECE):
        parser.Parse(piece, False)  # noqa: FBT003 - expat takes it by position
    parser.Parse(b"", True)  # noqa: FBT003


@dataclass(frozen=True)
class _Book:
    """Where the parts are, and what the styles mean."""

    sheet_part: str
    strings_part: str
    styles: list[NumberStyle]
    is_1904: bool

    @classmethod
    def read(cls, archive: zipfile.ZipFile) -> _Book:
        """Read the workbook, its relations and its styles."""
        names = archive.namelist()
        workbook = _main_part(archive, names)
        folder = posixpath.dirname(workbook)
        targets: dict[str, tuple[str, str]] = {}

        def relation(name: str, facts: dict[str, str]) -> None:
            if _local(name) == "Relationship":
                target = facts["Target"]
                path = target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
                targets[facts["Id"]] = (path, facts.get("Type", ""))

        with archive.open(posixpath.join(folder, "_rels", posixpath.basename(workbook) + ".rels")) as part:
            _parse(part, start=relation)
        sheets: list[tuple[str, bool]] = []
        is_1904 = False

        def entry(name: str, facts: dict[str, str]) -> None:
            nonlocal is_1904
            word = _local(name)
            if word == "workbookPr":
                is_1904 = facts.get("date1904", "0") in {"1", "true"}
            elif word == "sheet":
                number = next(value for key, value in facts.items() if _local(key) == "id" and ":" in key)
                path, kind = targets[number]
                if kind.endswith(_SHEET_RELATION):
                    sheets.append((path, facts.get("state", "visible") == "visible"))

        with archive.open(workbook) as part:
            _parse(part, start=entry)
        if not sheets:
            raise FileEmpty
        chosen = next((path for path, visible in sheets if visible), sheets[0][0])
        by_kind = {kind.rpartition("/")[2]: path for path, kind in targets.values()}
        styles = by_kind.get("styles", "")
        return cls(
            sheet_part=chosen,
            strings_part=by_kind.get("sharedStrings", ""),
            styles=_read_styles(archive, styles) if styles in names else [],
            is_1904=is_1904,
        )


def _main_part(archive: zipfile.ZipFile, names: list[str]) -> str:
    """Return the workbook's part, by the package's relations or by its usual name."""
    found: list[str] = []

    def relation(name: str, facts: dict[str, str]) -> None:
        if _local(name) == "Relationship" and facts.get("Type", "").endswith("/officeDocument"):
            found.append(facts["Target"].removeprefix("/"))

    if "_rels/.rels" in names:
        with archive.open("_rels/.rels") as part:
            _parse(part, start=relation)
    return found[0] if found else "xl/workbook.xml"


def _read_styles(archive: zipfile.ZipFile, path: str) -> list[NumberStyle]:
    """Return what numbers of each cell style are."""
    custom: dict[int, str] = {}
    formats: list[int] = []
    inside = False

    def start(name: str, facts: dict[str, str]) -> None:
        nonlocal inside
        word = _local(name)
        if word == "numFmt":
            custom[int(facts["numFmtId"])] = facts.get("formatCode", "")
        elif word == "cellXfs":
            inside = True
        elif word == "xf" and inside:
            formats.append(int(facts.get("numFmtId", "0")))

    def end(name: str) -> None:
        nonlocal inside
        if _local(name) == "cellXfs":
            inside = False

    with archive.open(path) as part:
        _parse(part, start=start, EndElementHandler=end)
    return [style_of(number, custom) for number in formats]


def _unescape(text: str) -> str:
    """Undo the `_xHHHH_` by which spreadsheets write what XML cannot hold."""
    return _ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), text) if "_x" in text else text


def _read_strings(  # noqa: C901 - the parser's handlers share their state
    archive: zipfile.ZipFile, path: str, strings: SharedStrings, *, is_plain: bool
) -> None:
    """Put the shared strings into their file; the runs of a rich text are one text, its reading aid is left out."""
    parts: list[str] = []
    is_text = is_aid = False

    def start(name: str, _facts: dict[str, str]) -> None:
        nonlocal is_text, is_aid
        word = _local(name)
        if word == "t":
            is_text = not is_aid
        elif word == "rPh":
            is_aid = True
        elif word == "si":
            parts.clear()

    def end(name: str) -> None:
        nonlocal is_text, is_aid
        word = _local(name)
        if word == "t":
            is_text = False
        elif word == "rPh":
            is_aid = False
        elif word == "si":
            strings.add(_unescape("".join(parts)))

    def characters(text: str) -> None:
        if is_text:
            parts.append(text)

    def parse(data: Any) -> None:
        _parse(data, start=start, EndElementHandler=end, CharacterDataHandler=characters)

    with archive.open(path) as part:
        if is_plain:
            for text in sheet_blocks.shared_texts(part, parse):
                strings.add(_unescape(text.decode()))
        else:
            parse(part)
    strings.finish()


_START, _ROW, _CELL, _VALUE, _TEXT, _AID, _DATA = range(7)
_WORDS: Final = {
    "row": _ROW, "c": _CELL, "v": _VALUE, "t": _TEXT, "rPh": _AID, "sheetData": _DATA,
}  # fmt: skip


class Sheet:
    """The sheet while it is read: rows that are complete wait in `done` until the next piece."""

    def __init__(
        self, book: _Book, strings: SharedStrings, limits: FileLimits, number_stays_number: frozenset[str]
    ) -> None:
        self._styles = book.styles
        self._is_1904 = book.is_1904
        self.strings = strings
        self._limits = limits
        self._text_only = number_stays_number
        self._exact: list[bool] = []
        self.width = 0
        self.row = 0
        self.done: list[Row] = []

    def rows(self, steps: Iterator[None]) -> Iterator[list[str] | Row]:
        """Yield the headings and the rows that each step of the parsing has completed."""
        headed = False
        for _ in steps:
            for number, cells in self.done:
                if not headed:
                    headed = True
                    yield self._head(number, cells)
                elif any(cells):
                    yield number, cells
            self.done.clear()
            if headed and not self.width:
                raise FileEmpty
        if not headed:
            raise FileEmpty

    def feed(self, part: Any, first: bytes = b"") -> Iterator[None]:
        """Parse a sheet piece by piece, whatever its form."""
        parser = self.parser()
        parser.Parse(first, False)  # noqa: FBT003
        while piece := part.read(_PIECE):
            parser.Parse(piece, False)  # noqa: FBT003
            yield
        parser.Parse(b"", True)  # noqa: FBT003
        yield

    def _head(self, number: int, cells: list[str]) -> list[str]:
        """Take the first row as the header; a sheet whose first row is empty has none."""
        if number != 1:
            raise FileEmpty
        return cells

    def begin_row(self, facts: dict[str, str]) -> list[str]:
        """Begin a row; they come in order."""
        number = int(facts.get("r", self.row + 1))
        if number <= self.row:
            raise FileDamaged
        if number > self._limits.max_rows + 1:
            raise FileTooManyRows(f"文件超过 {self._limits.max_rows} 行，请拆分后再导入。")
        self.row = number
        return [""] * self.width

    def end_row(self, cells: list[str]) -> None:
        """Keep a row; the first one says how wide the table is and which columns take numbers as they stand."""
        if not self._exact:
            while cells and not cells[-1].strip():
                cells.pop()
            check_width(len(cells), limits=self._limits)
            self.width = len(cells)
            self._exact = [normalise_heading(text) not in self._text_only for text in cells]
        self.done.append((self.row, cells))

    def text_of(self, kind: str, style: str, raw: str, column: int) -> str:
        """Text of a cell by its type."""
        if kind == "s":
            return self.strings[int(raw)]
        if kind in {"str", "inlineStr", "d"}:
            return _unescape(raw)
        if kind == "b":
            return "否" if raw in {"0", "false"} else "是"
        if kind == "e" or not raw:
            return ""
        number = float(raw)
        form = self._styles[int(style)] if style and int(style) < len(self._styles) else PLAIN
        if form is not PLAIN and (form.is_day or form.is_span):
            day = day_text(number, form, is_1904=self._is_1904)
            if day is not None:
                return day
        return number_text(number, exact=column >= len(self._exact) or self._exact[column])

    def parser(self) -> Any:  # noqa: C901 - the handlers share the state of the open cell
        """Return the parser; its handlers share the state of the cell that is open."""
        words = _WORDS
        cells: list[str] = []
        facts_of_cell: dict[str, str] = {}
        parts: list[str] = []
        column = -1
        takes = is_aid = False

        def start(name: str, facts: dict[str, str]) -> None:
            nonlocal cells, column, takes, is_aid, facts_of_cell
            word = words.get(name) or words.get(_local(name))
            if word == _CELL:
                facts_of_cell = facts
                column = self.column_of(facts.get("r"), column + 1)
                parts.clear()
            elif word == _VALUE:
                takes = True
            elif word == _ROW:
                cells = self.begin_row(facts)
                column = -1
            elif word == _TEXT:
                takes = not is_aid
            elif word == _AID:
                is_aid = True

        def end(name: str) -> None:
            nonlocal takes, is_aid
            word = words.get(name) or words.get(_local(name))
            if word in (_VALUE, _TEXT):
                takes = False
            elif word == _CELL:
                if parts:
                    text = self.text_of(facts_of_cell.get("t", "n"), facts_of_cell.get("s", ""), "".join(parts), column)
                    self.put(cells, column, text)
            elif word == _ROW:
                self.end_row(cells)
            elif word == _AID:
                is_aid = False

        def characters(text: str) -> None:
            if takes:
                parts.append(text)

        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.CharacterDataHandler = characters
        return parser

    def column_of(self, reference: str | None, following: int) -> int:
        """Place of a cell, from its reference or behind the one before; it must stand in its row."""
        if reference is None:
            return following
        letters = reference.rstrip("0123456789")
        if reference[len(letters) :] != str(self.row) or not letters.isascii() or not letters.isupper():
            raise FileDamaged
        column = 0
        for letter in letters:
            column = column * 26 + ord(letter) - 64
        return column - 1

    def put(self, cells: list[str], column: int, text: str) -> None:
        """Set a cell. Beyond the header nothing is kept, and beyond every layout nothing may stand."""
        if column < len(cells):
            cells[column] = text
        elif column >= self._limits.max_columns:
            if text:
                raise FileTooManyColumns(f"文件超过 {self._limits.max_columns} 列，请使用导入模板。")
        elif not self._exact:
            cells.extend([""] * (column + 1 - len(cells)))
            cells[column] = text
