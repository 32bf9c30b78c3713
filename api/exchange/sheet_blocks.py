"""The quick reading of a sheet in its common form: rows of plain cells, cut out of the text without a parser.

A row counts as plain only when every "<" of it is accounted for; any other row goes through the parser by itself. The
caller has made sure that the part holds no comment, no CDATA and no instruction that could hide the end of a row.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from api.exchange.sheet_stream import Sheet

_PIECE: Final = 512 * 1024
_HEAD: Final = 64 * 1024
_LARGEST_ROW: Final = 16 * 1024 * 1024
_UTF8: Final = re.compile(rb"\s*<\?xml[^>]*encoding=[\"']utf-8[\"'][^>]*\?>", re.IGNORECASE)
_DATA: Final = re.compile(rb"<sheetData\s*>")
_ROW: Final = re.compile(rb'\s*<row r="([0-9]{1,7})"[^>/]*>')
_END: Final = re.compile(rb"(?:\s*<row[^>]*/>)*\s*</sheetData>")
_CELL: Final = re.compile(
    rb'<c r="([A-Z]{1,2})([0-9]+)"([^>/]*)'
    rb"(?:/>|><v>([^<&]*)</v></c>|><is><t[^>/]*>([^<&]*)</t></is></c>)"
)
_SHARED: Final = re.compile(rb"\s*<si><t[^>/]*>([^<&]*)</t>")
_TYPE: Final = re.compile(rb' t="([a-zA-Z]+)"')
_STYLE: Final = re.compile(rb' s="([0-9]+)"')
_KEPT_TEXTS: Final = 100_000
_COLUMNS: Final = {
    (first + second).encode(): place
    for place, (first, second) in enumerate(
        [("", chr(65 + n)) for n in range(26)] + [(chr(65 + m), chr(65 + n)) for m in range(26) for n in range(26)]
    )
}


def feed(sheet: Sheet, part: Any) -> Iterator[None]:
    """Complete the rows of `sheet`; a step each time some are done. Raises what the parser raises, and ValueError."""
    head = part.read(_HEAD)
    start = _DATA.search(head)
    if not _UTF8.match(head) or start is None:
        yield from sheet.feed(part, first=head)
        return
    reader = _Rows(sheet)
    rest = head[start.end() :]
    more = True
    while more:
        piece = part.read(_PIECE)
        more = bool(piece)
        rows = (rest + piece).split(b"</row>")
        rest = rows.pop()
        if len(rest) > _LARGEST_ROW:
            message = "a row without an end"
            raise ValueError(message)
        for row in rows:
            reader.read(row)
        yield
    if not _END.match(rest):
        message = "the sheet is cut off"
        raise ValueError(message)


def shared_texts(part: Any, parse: Callable[[Any], None]) -> Iterator[bytes]:
    """Yield the plain shared strings of a plain part; `parse` takes each other one, wrapped, in its turn."""
    head = part.read(_HEAD)
    start = re.search(rb"<sst[^>]*>", head)
    if not _UTF8.match(head) or start is None:
        parse(_Joined(head, part))
        return
    rest = head[start.end() :]
    more = True
    while more:
        piece = part.read(_PIECE)
        more = bool(piece)
        texts = (rest + piece).split(b"</si>")
        rest = texts.pop()
        if len(rest) > _LARGEST_ROW:
            message = "a text without an end"
            raise ValueError(message)
        for text in texts:
            found = _SHARED.fullmatch(text)
            if found is None:
                parse(io.BytesIO(b"<d>" + text + b"</si></d>"))
            else:
                yield found.group(1)


class _Joined:
    """A stream of which the beginning has been read already."""

    def __init__(self, head: bytes, part: Any) -> None:
        self._head = head
        self._part = part

    def read(self, size: int) -> bytes:
        """Return the beginning first, whatever size is asked for."""
        if self._head:
            head, self._head = self._head, b""
            return head
        data: bytes = self._part.read(size)
        return data


class _Rows:
    """Reads rows; what a text or the facts of a cell mean is looked up once and kept for a while."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._kinds: dict[bytes, tuple[str, str]] = {}
        self._texts: dict[bytes, str] = {}

    def read(self, row: bytes) -> None:
        """Complete one row, given without its end tag."""
        begin = _ROW.match(row)
        cells = _CELL.findall(row)
        if begin is None or not _is_plain(row, len(cells)):
            # Rows that are only a tag may stand before this one; the parser takes them apart.
            self._sheet.parser().Parse(b"<d>" + row + b"</row></d>", True)  # noqa: FBT003
            return
        sheet = self._sheet
        number = begin.group(1)
        found = sheet.begin_row({"r": number.decode()})
        width = len(found)
        texts = self._texts
        for letters, digits, facts, value, inline in cells:
            if digits != number:
                message = "a cell of another row"
                raise ValueError(message)
            column = _COLUMNS[letters]
            kind, style = self._kinds.get(facts) or self._kind_of(facts)
            if kind == "s" and value:
                text = texts.get(value)
                if text is None:
                    text = self._shared(value)
            elif value or inline:
                text = sheet.text_of(kind, style, (value or inline).decode(), column)
            else:
                continue
            if column < width:
                found[column] = text
            else:
                sheet.put(found, column, text)
        sheet.end_row(found)

    def _shared(self, value: bytes) -> str:
        """Look a shared string up and keep it."""
        if len(self._texts) >= _KEPT_TEXTS:
            self._texts.clear()
        text = self._texts[value] = self._sheet.strings[int(value)]
        return text

    def _kind_of(self, facts: bytes) -> tuple[str, str]:
        """Read type and style out of a cell's other attributes."""
        kind, style = _TYPE.search(facts), _STYLE.search(facts)
        answer = (kind.group(1).decode() if kind else "n", style.group(1).decode() if style else "")
        if len(self._kinds) < _KEPT_TEXTS:
            self._kinds[facts] = answer
        return answer


def _is_plain(row: bytes, cells: int) -> bool:
    """Tell whether the cells that were found are all there is in the row."""
    if row.count(b"<c") != cells:
        return False
    tags = 1 + cells + 3 * row.count(b"<v>") + 5 * row.count(b"<is>")
    return row.count(b"<") == tags
