"""The stored file of an import: its bytes as they came and its rows as they were read, compressed, sealed, in pieces.

A piece opens only at its own place, so that pieces can be neither swapped nor moved to another import. They hold whole
rows of personal data; the clean-up overwrites them some time after the import has ended.
"""

from __future__ import annotations

import io
import json
import zlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

import numpy as np
import polars as pl
from sqlalchemy import select, update
from sqlmodel import col

from api.database import WHOLE, DatabaseRole, run_sql
from api.errors import DomainError
from api.exchange.containers import FileFormat
from api.exchange.tables import Table
from api.models import ImportBatch, ImportPart

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.database import Database

FOLDER = "imports"
PART_BYTES = 1024 * 1024
BYTES, ROWS = "bytes", "rows"
KEEP_DAYS = 90
"""How long a stored file is kept after its import has ended (reliability.md §3.6)."""
_QUICK = 1
_LENGTH = 4


class StoredFileGone(DomainError):
    """The stored file was overwritten by the clean-up."""

    status = 410
    code = "stored-file-gone"
    title = "原文件已按保存期限清除"


class RowPart(NamedTuple):
    """A piece of the rows: its number, its first and last row of the sheet, and the rows of it that are in."""

    part_no: int
    first_row: int
    last_row: int
    taken: frozenset[int]


def _place(import_id: int, form: str, part_no: int) -> str:
    return f"{import_id}/{form}/{part_no}"


def _store(
    session: Session,
    keyring: Keyring,
    batch: ImportBatch,
    form: str,
    part_no: int,
    data: bytes,
    *,
    rows: tuple[int, int] = (0, 0),
    taken: bytes = b"",
) -> None:
    """Seal a piece and put it in its place."""
    place = _place(batch.id, form, part_no)
    run_sql(
        session,
        FOLDER,
        "20_store_part",
        county_code=batch.county_code,
        import_id=batch.id,
        form=form,
        part_no=part_no,
        division_code=batch.division_code,
        content=keyring.seal_bytes(data, table="import_parts", column="content", row_id=place),
        first_row=rows[0],
        last_row=rows[1],
        taken=taken,
    )


def _open(keyring: Keyring, import_id: int, form: str, part_no: int, content: bytes) -> bytes:
    """Open a piece. Raises `StoredFileGone` when it was cleaned up, and SealBroken."""
    if not content:
        raise StoredFileGone
    place = _place(import_id, form, part_no)
    return keyring.unseal_bytes(content, table="import_parts", column="content", row_id=place)


def store_bytes(session: Session, keyring: Keyring, batch: ImportBatch, source: BinaryIO) -> None:
    """Store the bytes of a file, from its beginning, never whole in memory."""
    source.seek(0)
    part_no = 0
    while data := source.read(PART_BYTES):
        _store(session, keyring, batch, BYTES, part_no, zlib.compress(data, _QUICK))
        part_no += 1


def stored_bytes(session: Session, keyring: Keyring, batch: ImportBatch) -> Iterator[bytes]:
    """Yield the bytes of the file in their order. Raises `StoredFileGone`."""
    part_no = 0
    while (content := _content(session, batch, BYTES, part_no)) is not None:
        yield zlib.decompress(_open(keyring, batch.id, BYTES, part_no, content))
        part_no += 1
    if part_no == 0:
        raise StoredFileGone


def _content(session: Session, batch: ImportBatch, form: str, part_no: int) -> bytes | None:
    query = select(col(ImportPart.content)).where(
        col(ImportPart.county_code) == batch.county_code,
        col(ImportPart.import_id) == batch.id,
        col(ImportPart.form) == form,
        col(ImportPart.part_no) == part_no,
    )
    found = session.execute(query).scalar_one_or_none()
    return None if found is None else bytes(found)


def store_rows(
    session: Session, keyring: Keyring, batch: ImportBatch, part_no: int, table: Table, *, taken: Iterable[int] = ()
) -> None:
    """Store the rows of one piece as they were read."""
    head = json.dumps(
        {"headings": table.headings, "overlong": sorted(table.overlong), "format": table.format.value}
    ).encode()
    body = io.BytesIO()
    table.cells.with_columns(table.rows.alias("row")).write_ipc(body, compression="zstd")
    _store(
        session,
        keyring,
        batch,
        ROWS,
        part_no,
        len(head).to_bytes(_LENGTH, "big") + head + body.getvalue(),
        rows=(int(table.rows[0]), int(table.rows[-1])),
        taken=_pack(taken),
    )


def stored_rows(session: Session, keyring: Keyring, batch: ImportBatch, part_no: int) -> Table:
    """Return the rows of one piece. Raises `StoredFileGone`."""
    content = _content(session, batch, ROWS, part_no)
    data = _open(keyring, batch.id, ROWS, part_no, content or b"")
    start = _LENGTH + int.from_bytes(data[:_LENGTH], "big")
    head: dict[str, Any] = json.loads(data[_LENGTH:start])
    frame = pl.read_ipc(io.BytesIO(data[start:]))
    return Table(
        tuple(head["headings"]),
        frame.drop("row"),
        frame["row"],
        frozenset(head["overlong"]),
        FileFormat(head["format"]),
    )


def row_parts(session: Session, batch: ImportBatch) -> list[RowPart]:
    """Return what pieces of rows there are, in their order, without their content."""
    query = (
        select(col(ImportPart.part_no), col(ImportPart.first_row), col(ImportPart.last_row), col(ImportPart.taken))
        .where(
            col(ImportPart.county_code) == batch.county_code,
            col(ImportPart.import_id) == batch.id,
            col(ImportPart.form) == ROWS,
        )
        .order_by(col(ImportPart.part_no))
    )
    return [
        RowPart(part_no, first, last, frozenset(_unpack(bytes(taken))))
        for part_no, first, last, taken in session.execute(query)
    ]


def note_taken(session: Session, batch: ImportBatch, part_no: int, taken: Iterable[int]) -> None:
    """Note which rows of a piece are in, in the transaction that has taken them."""
    session.execute(
        update(ImportPart)
        .where(
            col(ImportPart.county_code) == batch.county_code,
            col(ImportPart.import_id) == batch.id,
            col(ImportPart.form) == ROWS,
            col(ImportPart.part_no) == part_no,
        )
        .values(taken=_pack(taken))
    )


def _pack(rows: Iterable[int]) -> bytes:
    return np.array(sorted(rows), dtype="<i4").tobytes()


def _unpack(data: bytes) -> list[int]:
    return [int(row) for row in np.frombuffer(data, dtype="<i4")]


def clean(database: Database, *, days: int = KEEP_DAYS, now: datetime | None = None) -> int:
    """Overwrite the stored files of imports that ended more than `days` ago; return how many imports that were."""
    before = (now or datetime.now(UTC)) - timedelta(days=days)
    with database.unit_of_work(WHOLE, role=DatabaseRole.WIDE) as session:
        return len(run_sql(session, FOLDER, "30_empty_parts", before=before).all())
