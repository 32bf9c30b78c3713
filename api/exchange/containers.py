"""Looks at a file from outside before anything parses it: size, true format, and for .xlsx the content of the archive.

Everything is counted while it is inflated; the sizes that an archive states about itself are not believed.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath
from typing import BinaryIO

from api.exchange.file_errors import (
    FileDamaged,
    FileEmpty,
    FileIsBinary,
    FileIsHtml,
    FileTooLarge,
    FileTooManyColumns,
    FileTooManyRows,
    FileTypeMismatch,
    FileUnsafe,
)

_MIB = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class FileLimits:
    """What one file may cost. Bytes are bytes, rows are data rows without the header."""

    max_bytes: int
    max_unpacked: int
    max_ratio: int
    max_entries: int
    max_rows: int
    max_columns: int


UPLOAD_LIMITS = FileLimits(
    max_bytes=20 * _MIB, max_unpacked=64 * _MIB, max_ratio=100, max_entries=200, max_rows=100_000, max_columns=64
)
"""For files that come over the network (reliability.md §3.10)."""

JOB_LIMITS = FileLimits(
    max_bytes=128 * _MIB, max_unpacked=1024 * _MIB, max_ratio=100, max_entries=200, max_rows=500_000, max_columns=64
)
"""For files that come over the network and are read in pieces by a job, whose memory does not grow with the file."""

OPERATOR_LIMITS = FileLimits(
    max_bytes=2048 * _MIB, max_unpacked=4096 * _MIB, max_ratio=200, max_entries=200, max_rows=5_000_000, max_columns=64
)
"""For files that an operator loads on the server itself: a whole city in one CSV."""


class FileFormat(StrEnum):
    """What the bytes are, whatever the name says."""

    CSV = "csv"
    XLSX = "xlsx"
    XLS = "xls"


_ZIP_MAGIC = b"PK\x03\x04"
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARKUP = (b"<html", b"<!doctype", b"<table", b"<?xml", b"<head", b"<body", b"<meta", b"<workbook")
_TEXT_SUFFIXES = frozenset({".csv", ".txt", ".tsv"})
_KNOWN_SUFFIXES = _TEXT_SUFFIXES | {".xlsx", ".xls"}


def detect_format(data: bytes, *, file_name: str, limits: FileLimits) -> FileFormat:
    """Return the true format of `data`; raises a FileRefused that says what to do instead.

    A name without a known suffix is judged by the content alone.
    """
    if len(data) > limits.max_bytes:
        raise FileTooLarge(f"文件超过 {limits.max_bytes // _MIB} MB，请拆分后再导入。")
    if not data.strip():
        raise FileEmpty
    suffix = PurePath(file_name).suffix.lower()
    if data.startswith(_ZIP_MAGIC):
        if suffix in _TEXT_SUFFIXES or suffix == ".xls":
            raise FileTypeMismatch
        return FileFormat.XLSX
    if data.startswith(_OLE_MAGIC):
        if suffix in _KNOWN_SUFFIXES - {".xls"}:
            # A password-protected .xlsx is an OLE container; its clerk must hear about the password.
            raise FileDamaged if suffix == ".xlsx" else FileTypeMismatch
        return FileFormat.XLS
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:64].lower().startswith(_MARKUP):
        raise FileIsHtml
    if suffix in {".xlsx", ".xls"}:
        raise FileDamaged("文件不是有效的 Excel 文件，可能已损坏或只是改了扩展名，请重新保存后再导入。")
    head = data[:1024]
    if b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")) and head.count(0) > len(head) // 16:
        raise FileIsBinary
    return FileFormat.CSV


_FORBIDDEN_PARTS = re.compile(
    r"(vbaproject\.bin|/externallinks/|/activex/|/embeddings/|connections\.xml)", re.IGNORECASE
)
_DOCTYPE = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
# Beyond BL (the 64th column) or beyond 99,999 rows: only suspicious references reach Python, the rest is C.
_FAR_COLUMN = re.compile(rb"\br\s*=\s*[\"'](?:[A-Z]{3,}|[C-Z][A-Z]|B[M-Z])\d")
_FAR_ROW = re.compile(rb"\br\s*=\s*[\"'][A-Z]*(\d{6,})[\"']")
_CHUNK = 256 * 1024
_OVERLAP = 64
_RATIO_FLOOR = 1 * _MIB
_EXCEL_ROWS = 1_048_576


def detect_file(source: BinaryIO, *, size: int, file_name: str, limits: FileLimits) -> FileFormat:
    """Do `detect_format` to a file that may be too large for the memory; leaves it at its beginning."""
    if size > limits.max_bytes:
        raise FileTooLarge(f"文件超过 {limits.max_bytes // _MIB} MB，请拆分后再导入。")
    head = b""
    while not head.strip() and (part := source.read(_CHUNK)):
        head = part
    source.seek(0)
    return detect_format(head, file_name=file_name, limits=limits)


def inspect_xlsx(data: bytes, *, limits: FileLimits) -> None:
    """Look at a workbook that is in memory and will be laid out densely. Raises as `inspect_archive`.

    The cell references are checked here: two cells in far corners would take all memory.
    """
    inspect_archive(io.BytesIO(data), packed=len(data), limits=limits, is_dense=True)


def inspect_archive(source: BinaryIO, *, packed: int, limits: FileLimits, is_dense: bool = False) -> frozenset[str]:
    """Inflate every part with counted limits and look for what a roster never has.

    Returns the parts that are elements and text only: no comment, no CDATA, no instruction behind the first line.
    Raises FileDamaged, FileTooLarge, FileUnsafe and, of a dense layout, FileTooManyColumns or FileTooManyRows.
    """
    plain: set[str] = set()
    try:
        with zipfile.ZipFile(source) as archive:
            entries = archive.infolist()
            names = [entry.filename for entry in entries]
            if len(entries) > limits.max_entries or len(set(names)) != len(names):
                raise FileUnsafe
            if any(_FORBIDDEN_PARTS.search("/" + name) for name in names):
                raise FileUnsafe
            if "[Content_Types].xml" not in names:
                raise FileDamaged
            unpacked = 0
            for entry in entries:
                unpacked, is_plain = _inspect_part(
                    archive, entry, unpacked=unpacked, packed=packed, limits=limits, is_dense=is_dense
                )
                if is_plain:
                    plain.add(entry.filename)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        raise FileDamaged from error
    return frozenset(plain)


def _inspect_part(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, *, unpacked: int, packed: int, limits: FileLimits, is_dense: bool
) -> tuple[int, bool]:
    """Read one part to its end; returns the running total of unpacked bytes, and whether the part is plain."""
    is_xml = entry.filename.lower().endswith((".xml", ".rels"))
    is_sheet = is_xml and "worksheets/" in entry.filename.lower()
    is_plain = is_xml
    tail = b""
    with archive.open(entry) as part:
        while chunk := part.read(_CHUNK):
            unpacked += len(chunk)
            if unpacked > limits.max_unpacked:
                raise FileTooLarge("表格解压后过大，请拆分后再导入。")
            if unpacked > _RATIO_FLOOR and unpacked > packed * limits.max_ratio:
                raise FileUnsafe
            window = tail + chunk
            if is_xml and (b"<!" in window or b"\x00" in window):
                is_plain = False
                if _DOCTYPE.search(window.replace(b"\x00", b"")):
                    raise FileUnsafe
            if window.find(b"<?", 0 if tail else 5) >= 0:
                is_plain = False
            if is_sheet and is_dense:
                _check_references(window, limits=limits)
            tail = window[-_OVERLAP:]
    return unpacked, is_plain


def _check_references(window: bytes, *, limits: FileLimits) -> None:
    """Refuse cells far outside the limits before the parser allocates the rectangle up to them."""
    if _FAR_COLUMN.search(window):
        raise FileTooManyColumns
    if limits.max_rows < _EXCEL_ROWS:
        for match in _FAR_ROW.finditer(window):
            if int(match.group(1)[:12]) > limits.max_rows + 1:
                raise FileTooManyRows(f"文件超过 {limits.max_rows} 行，请拆分后再导入。")
