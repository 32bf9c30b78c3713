"""Reads CSV of any of the known encodings record by record, in memory that does not grow with the file."""

from __future__ import annotations

import codecs
import csv
import io
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, Final

from api.exchange.file_errors import FileDamaged, FileEncodingUnknown, FileTooManyRows
from api.exchange.table_text import HEADER_CHARACTERS, check_width, first_record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.exchange.containers import FileLimits

_PIECE: Final = 1024 * 1024


def find_encoding(source: BinaryIO) -> str:
    """Return the encoding of a text, by the order of `text_encoding.decode_text`; raises FileEncodingUnknown."""
    head = source.read(3)
    if head.startswith(codecs.BOM_UTF8):
        encodings: tuple[str, ...] = ("utf-8-sig",)
    elif head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ("utf-16",)
    else:
        encodings = ("utf-8", "gb18030")
    for encoding in encodings:
        source.seek(0)
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            while piece := source.read(_PIECE):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        source.seek(0)
        return encoding
    raise FileEncodingUnknown


def csv_rows(source: BinaryIO, *, limits: FileLimits) -> Iterator[list[str] | tuple[int, list[str], bool]]:
    """Yield the headings, then (row of the sheet, cells, whether it has more cells than the header) of each record.

    Blank records are left out and keep their number. Raises FileDamaged, FileEmpty, FileTooManyRows,
    FileTooManyColumns or FileEncodingUnknown.
    """
    text = io.TextIOWrapper(source, encoding=find_encoding(source), newline="")
    head = text.read(HEADER_CHARACTERS)
    text.seek(0)
    line = min((place for mark in "\r\n" if (place := head.find(mark)) >= 0), default=len(head))
    separator = "\t" if head.count("\t", 0, line) > head.count(",", 0, line) else ","
    headings = first_record(head, separator)
    width = len(headings)
    check_width(width, limits=limits)
    yield headings
    reader = csv.reader(text, delimiter=separator)
    try:
        for number, record in enumerate(islice(reader, 1, None), start=2):
            if number > limits.max_rows + 1:
                raise FileTooManyRows(f"文件超过 {limits.max_rows} 行，请拆分后再导入。")
            is_overlong = len(record) > width and any(cell.strip() for cell in record[width:])
            cells = record[:width] if len(record) >= width else record + [""] * (width - len(record))
            if any(cells):
                yield number, cells, is_overlong
    except csv.Error as error:
        # The reader's own limit of 128 KiB a field: an unclosed quote has swallowed the rest of the file.
        raise FileDamaged("CSV 文件中有未闭合的引号或超长单元格，请重新保存后再导入。") from error
