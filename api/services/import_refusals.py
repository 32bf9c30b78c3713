"""The refused rows of a stored file, to correct and send again: the same columns, and why each was refused."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Final

from api.errors import Invalid
from api.exchange import refused_rows
from api.services import audit_events, file_imports, import_findings, import_parts
from api.services.import_parts import StoredFileGone
from api.services.roster_imports import RefusedFormat

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.database import Actor
    from api.exchange.roster_rules import Issue
    from api.exchange.tables import Table
    from api.models import ImportBatch

MOST_IN_WORKBOOK: Final = 50_000
"""Rows of a workbook, which is made in memory; .csv has no bound."""
_IN_MEMORY: Final = 4 * 1024 * 1024
_PIECE: Final = 256 * 1024
TITLE: Final = "花名册"


class TooManyForWorkbook(Invalid):
    """More refused rows than one workbook is made of."""

    code = "too-many-for-workbook"
    title = "被拒绝的行过多"


class NothingRefused(Invalid):
    """There is no refused row to hand back."""

    code = "nothing-refused"
    title = "没有被拒绝的行"


def spooled(
    session: Session, keyring: Keyring, *, actor: Actor, batch: ImportBatch, file_format: RefusedFormat
) -> Iterator[bytes]:
    """Make the file of refused rows while the session is there, and return what hands it out afterwards.

    Raises as `pieces_of`.
    """
    spool = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed by whoever hands it out
    try:
        for data in pieces_of(session, keyring, actor=actor, batch=batch, file_format=file_format):
            spool.write(data)
        spool.seek(0)
    except BaseException:
        spool.close()
        raise
    return _handed_out(spool)


def _handed_out(spool: tempfile.SpooledTemporaryFile[bytes]) -> Iterator[bytes]:
    with spool:
        while data := spool.read(_PIECE):
            yield data


def pieces_of(
    session: Session, keyring: Keyring, *, actor: Actor, batch: ImportBatch, file_format: RefusedFormat
) -> Iterator[bytes]:
    """Yield the file of refused rows.

    It holds ID numbers in full, so only those get it who may bring such a file in; each one is audited. Raises
    `ImportForbidden`, `StoredFileGone`, `NothingRefused` or `TooManyForWorkbook`.
    """
    file_imports.check_right(actor, batch.kind)
    if batch.job_id is None:
        raise StoredFileGone("小文件不留存原文件，请用原文件重新生成被拒绝的行。")
    if batch.emptied_at is not None:
        raise StoredFileGone
    count = (batch.preview or {}).get("refused_rows", 0) + batch.refused_count
    if not count:
        raise NothingRefused
    if file_format is RefusedFormat.XLSX and count > MOST_IN_WORKBOOK:
        raise TooManyForWorkbook(f"被拒绝的行超过 {MOST_IN_WORKBOOK} 行，请改用 csv 格式。", pointer="/format")
    audit_events.record(
        session,
        actor=actor,
        action="export_refused_rows",
        subject_kind="import",
        subject_id=batch.id,
        division_code=batch.division_code,
        rows=count,
    )
    pieces = _pieces(session, keyring, batch)
    if file_format is RefusedFormat.CSV:
        return refused_rows.csv_pieces(pieces)
    title = TITLE if batch.kind not in file_imports.LISTS else file_imports.LISTS[batch.kind].layout.title
    return iter([refused_rows.workbook_of_pieces(pieces, sheet=title)])


def _pieces(session: Session, keyring: Keyring, batch: ImportBatch) -> Iterator[tuple[Table, Sequence[Issue]]]:
    """Yield the pieces that hold refused rows; what the clean-up has taken away is a fault of its own."""
    for part in import_parts.row_parts(session, batch):
        refused = import_findings.refusals(session, batch, first=part.first_row, last=part.last_row)
        if refused:
            yield import_parts.stored_rows(session, keyring, batch, part.part_no), refused
