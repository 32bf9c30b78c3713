"""Large files: stored by the upload, judged by a job, approved over the preview's hash, and brought in by the job.

Small ones are approved by whoever sent them. From a size on, or from an amount of money, another person must.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from sqlalchemy import func, select, text
from sqlmodel import col

from api.database import Actor, county_of, next_id, scope_of
from api.errors import DomainError, NotFound, StaleVersion
from api.exchange.containers import JOB_LIMITS
from api.exchange.file_errors import FileTooLarge
from api.models import ImportBatch
from api.services import audit_events, divisions, file_imports, import_batches, import_parts, jobs
from api.services.import_runs import KIND
from api.services.list_imports import COUNTY_SPAN
from api.services.two_persons import require_second_person
from api.vocabulary import ImportState

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from api.crypto import Keyring

DIRECT_BYTES: Final = 4 * 1024 * 1024
DIRECT_LINES: Final = 20_000
"""An upload of more bytes, or a text of more lines, becomes a job."""
SECOND_PERSON_ROWS: Final = 5_000
SECOND_PERSON_FEN: Final = 100_000_00
"""From so many rows that would be entered or changed, or so much money, a second person approves."""
MOST_OPEN: Final = 5
"""Imports that one person may have under way at a time; a machine client has one."""
OPEN = (
    ImportState.UPLOADED,
    ImportState.CHECKING,
    ImportState.PREVIEWED,
    ImportState.APPROVED,
    ImportState.APPLYING,
)
_PIECE: Final = 1024 * 1024
_SUFFIXES: Final = frozenset({".csv", ".txt", ".tsv", ".xlsx", ".xls"})


class NotPreviewed(DomainError):
    """The import is in no state in which this can be done to it."""

    code = "import-not-previewed"
    title = "该导入不在待确认状态"


class NothingToApply(DomainError):
    """The preview has no row that would go in."""

    code = "nothing-to-apply"
    title = "没有可入库的行"


class PreviewChanged(DomainError):
    """The hash is not that of the preview that there is now."""

    code = "preview-changed"
    title = "预览已变化，请重新核对后再确认"


class TooManyImports(DomainError):
    """The maker has as many imports under way as one may have."""

    status = 429
    code = "too-many-imports"
    title = "进行中的导入过多，请待其完成或取消后再上传"


def digest_of(source: BinaryIO) -> tuple[str, int, int]:
    """Return the SHA-256, the size and the number of lines of a file, which is left at its beginning."""
    digest = hashlib.sha256()
    size = lines = 0
    source.seek(0)
    while data := source.read(_PIECE):
        digest.update(data)
        size += len(data)
        lines += data.count(b"\n")
    source.seek(0)
    return digest.hexdigest(), size, lines


def is_for_job(session: Session, *, kind: str, division_code: int, digest: tuple[str, int, int]) -> bool:
    """Tell whether a file is too large for the request, or known as a job's already."""
    sha256, size, lines = digest
    if size > DIRECT_BYTES or lines > DIRECT_LINES:
        return True
    known = _known(session, kind=kind, division_code=division_code, sha256=sha256)
    return known is not None and known.job_id is not None


def _known(session: Session, *, kind: str, division_code: int, sha256: str) -> ImportBatch | None:
    query = (
        select(ImportBatch)
        .where(
            col(ImportBatch.county_code) == county_of(division_code),
            col(ImportBatch.kind) == kind,
            col(ImportBatch.division_code) == division_code,
            col(ImportBatch.sha256) == sha256,
        )
        .execution_options(populate_existing=True)
    )
    return session.scalars(query).one_or_none()


def submit(
    session: Session,
    keyring: Keyring,
    *,
    actor: Actor,
    kind: str,
    division_code: int,
    source: BinaryIO,
    digest: tuple[str, int, int],
    file_name: str,
    as_of: date,
) -> ImportBatch:
    """Store a file and queue its job; the same bytes again are the same import.

    What is under way or went in whole is returned as it is. What was refused in part, cancelled or failed is judged
    anew. Raises `NotFound` for a unit outside the actor's scope, `ImportForbidden`, `FileTooLarge`, `TooManyImports`.
    """
    file_imports.check_right(actor, kind)
    low, high = scope_of(division_code)
    if not actor.scope[0] <= low <= high <= actor.scope[1] or high - low >= COUNTY_SPAN:
        raise NotFound
    divisions.get_own(session, division_code)
    sha256, size, _ = digest
    if size > JOB_LIMITS.max_bytes:
        raise FileTooLarge(f"文件超过 {JOB_LIMITS.max_bytes // 1024**2} MB，请拆分后再导入。")
    # Two uploads of the same bytes at once: the second waits and finds the first.
    session.execute(text("SELECT pg_advisory_xact_lock(7002, :county)"), {"county": county_of(division_code)})
    batch = _known(session, kind=kind, division_code=division_code, sha256=sha256)
    if batch is not None and (batch.state in OPEN or _is_whole(batch)):
        return batch
    _check_open(session, actor)
    if batch is None:
        batch = ImportBatch(
            county_code=county_of(division_code),
            id=next_id(session, county_of(division_code)),
            division_code=division_code,
            kind=kind,
            sha256=sha256,
            refused=[],
            imported_by_id=actor.user_id,
            state=ImportState.UPLOADED,
            row_count=0,
            accepted_count=0,
            unchanged_count=0,
            refused_count=0,
        )
        session.add(batch)
    _begin_anew(batch, actor=actor, as_of=as_of, size=size, suffix=PurePath(file_name).suffix.lower())
    session.flush()
    import_parts.store_bytes(session, keyring, batch, source)
    job = jobs.create(session, actor=actor, kind=KIND, subject_id=batch.id, division_code=division_code)
    batch.job_id = job.id
    session.flush()
    _audit(session, actor, batch, "upload_import", bytes=size)
    return batch


def _is_whole(batch: ImportBatch) -> bool:
    """Tell whether a job has brought in every row of the file."""
    return batch.job_id is not None and batch.state is ImportState.APPLIED and not batch.refused_count


def _begin_anew(batch: ImportBatch, *, actor: Actor, as_of: date, size: int, suffix: str) -> None:
    """Set an import to its beginning; the rows of a list that are in stay known."""
    batch.state = ImportState.UPLOADED
    batch.imported_by_id = actor.user_id
    batch.as_of = as_of
    batch.byte_count = size
    batch.suffix = suffix if suffix in _SUFFIXES else ""
    batch.row_count = batch.accepted_count = batch.unchanged_count = batch.refused_count = 0
    batch.created_count = batch.changed_count = batch.warning_count = batch.applied_row = 0
    batch.preview = batch.content_hash = batch.approved_by_id = None
    batch.error_code = batch.error_detail = batch.ended_at = batch.emptied_at = None
    batch.version = (batch.version or 0) + 1


def _check_open(session: Session, actor: Actor) -> None:
    """Raise `TooManyImports` when the actor has enough under way."""
    query = (
        select(func.count())
        .select_from(ImportBatch)
        .where(
            col(ImportBatch.county_code) == actor.county_code,
            col(ImportBatch.imported_by_id) == actor.user_id,
            col(ImportBatch.state).in_(OPEN),
        )
    )
    if session.execute(query).scalar_one() >= (1 if actor.client_id is not None else MOST_OPEN):
        raise TooManyImports


def needs_second_person(batch: ImportBatch) -> bool:
    """Tell whether the preview is so large that another person must approve it."""
    preview = batch.preview or {}
    rows = preview.get("created", 0) + preview.get("changed", 0)
    return bool(rows >= SECOND_PERSON_ROWS or sum(preview.get("money_fen", {}).values()) >= SECOND_PERSON_FEN)


def approve(session: Session, *, actor: Actor, import_id: int, content_hash: str, version: int) -> ImportBatch:
    """Let the job bring the file in.

    Raises `NotFound`, `StaleVersion`, `NotPreviewed`, `PreviewChanged`, `NothingToApply`, and `SamePerson` or
    `CheckerNotAPerson` for a large one that whoever sent it, or a machine, approves.
    """
    batch = _locked(session, import_id, version)
    if batch.state is not ImportState.PREVIEWED or batch.job_id is None:
        raise NotPreviewed
    if content_hash != batch.content_hash:
        raise PreviewChanged
    preview = batch.preview or {}
    if not preview.get("accepted"):
        raise NothingToApply
    if needs_second_person(batch):
        require_second_person(actor, batch.imported_by_id)
    if actor.user_id != batch.imported_by_id:
        file_imports.check_reviewer(actor, batch.kind)
    batch.state = ImportState.APPROVED
    batch.approved_by_id = actor.user_id
    batch.version += 1
    session.flush()
    jobs.resume(session, batch.job_id)
    _audit(session, actor, batch, "approve_import", content_hash=content_hash, rows=preview.get("rows"))
    return batch


def cancel(session: Session, *, actor: Actor, import_id: int, version: int) -> ImportBatch:
    """End an import; at once when nobody works on it, else behind the piece that is being written, which stays in.

    Raises `NotFound`, `StaleVersion`, `JobEnded`.
    """
    batch = _locked(session, import_id, version)
    if batch.job_id is None or batch.state not in OPEN:
        raise jobs.JobEnded
    if jobs.cancel(session, batch.job_id):
        batch.state = ImportState.CANCELLED
        batch.ended_at = datetime.now(UTC)
    batch.version += 1
    session.flush()
    _audit(session, actor, batch, "cancel_import")
    session.refresh(batch)
    return batch


def _locked(session: Session, import_id: int, version: int) -> ImportBatch:
    """Return the import in the version that the actor saw, held until the end. Raises `NotFound` or `StaleVersion`."""
    batch = import_batches.get(session, import_id, for_update=True)
    if batch.version != version:
        raise StaleVersion
    return batch


def _audit(session: Session, actor: Actor, batch: ImportBatch, action: str, **detail: Any) -> None:
    audit_events.record(
        session,
        actor=actor,
        action=action,
        subject_kind="import",
        subject_id=batch.id,
        division_code=batch.division_code,
        kind=batch.kind,
        **detail,
    )
