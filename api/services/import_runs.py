"""The work of an import's job: read and judge the stored file, wait for a word, bring it in piece by piece.

Each piece is one transaction together with its progress, so that a worker that dies at any moment leaves whole pieces:
the next one goes on behind the last of them. A check that was cut short begins anew, as a new round.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlmodel import col

from api.errors import DomainError
from api.exchange.containers import JOB_LIMITS
from api.exchange.file_chunks import CHUNK_ROWS, read_chunks, unnamed_file
from api.models import ImportBatch
from api.services import audit_events, file_imports, import_findings, import_parts, jobs
from api.services.import_counts import Counts, content_hash
from api.services.import_work import Work, work_on
from api.services.jobs import JobAbandoned, JobCancelled, MakerGone, Taken
from api.services.roster_imports import issue_json
from api.vocabulary import ImportState, JobState

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.database import Actor, Database
    from api.services.import_parts import RowPart

KIND = "import"
FIRST_REFUSALS = 1000
"""How many refusals stand in the record itself; all of them are findings."""


def run(database: Database, keyring: Keyring, job: Taken, *, chunk_rows: int = CHUNK_ROWS) -> None:
    """Do what the import's state asks for. Raises `LeaseLost` or `WorkerStopping`, when others go on with it."""
    _Run(database, keyring, job, chunk_rows).go()


class _Run:
    """One taking of the job."""

    def __init__(self, database: Database, keyring: Keyring, job: Taken, chunk_rows: int) -> None:
        self._database = database
        self._keyring = keyring
        self._job = job
        self._chunk_rows = chunk_rows
        self._actor: Actor

    def go(self) -> None:
        """Check or apply; what refuses the file as a whole ends the import and is told."""
        system = jobs.keeper_of(self._job)
        try:
            if self._job.attempts > jobs.MOST_ATTEMPTS:
                raise JobAbandoned
            self._actor = jobs.maker_of(self._database, self._job)
            with self._database.read_snapshot(self._actor) as session:
                batch = self._batch(session)
            if file_imports.RIGHTS[batch.kind] not in self._actor.permissions:
                raise MakerGone
            if batch.state in {ImportState.UPLOADED, ImportState.CHECKING}:
                self._check()
            else:
                self._apply()
        except JobCancelled:
            self._end(system, ImportState.CANCELLED, JobState.CANCELLED)
        except DomainError as refusal:
            self._end(system, ImportState.FAILED, JobState.FAILED, refusal)

    def _batch(self, session: Session) -> ImportBatch:
        query = (
            select(ImportBatch)
            .where(col(ImportBatch.county_code) == self._job.county_code, col(ImportBatch.id) == self._job.subject_id)
            .execution_options(populate_existing=True)
        )
        batch = session.scalars(query).one_or_none()
        if batch is None:
            # Whoever sent the file has another unit by now.
            raise MakerGone
        return batch

    def _work(self, batch: ImportBatch) -> Work:
        if batch.as_of is None:
            raise import_parts.StoredFileGone
        return work_on(batch, keyring=self._keyring, actor=self._actor, as_of=batch.as_of)

    # Checking ---------------------------------------------------------------------------------------------------

    def _check(self) -> None:
        """Read the stored file in the child, judge it, keep its rows and findings, and say what it would do."""
        with self._database.unit_of_work(self._actor) as session:
            batch = self._batch(session)
            batch.state = ImportState.CHECKING
            batch.round += 1
            batch.version += 1
            known = {part.part_no: part for part in import_parts.row_parts(session, batch)}
            self._job.note(session, phase="checking", done=0, total=None)
        work = self._work(batch)
        whole = Counts()
        with (
            self._database.read_snapshot(self._actor) as reading,
            unnamed_file(import_parts.stored_bytes(reading, self._keyring, batch)) as file,
        ):
            reading.close()
            pieces = read_chunks(
                file,
                file_name="file" + batch.suffix,
                limits=JOB_LIMITS,
                number_stays_number=work.text_only,
                rows=self._chunk_rows,
            )
            for part_no, table in enumerate(pieces):
                with self._database.unit_of_work(self._actor) as session:
                    taken = _taken_of(batch, known.get(part_no), table.rows.to_list())
                    piece = work.check(session, table, taken=taken)
                    whole.add(piece.counts)
                    import_parts.store_rows(session, self._keyring, batch, part_no, table, taken=taken)
                    import_findings.write(session, batch, piece.issues)
                    self._job.note(session, phase="checking", done=whole.rows, total=None)
        self._show(work, whole)

    def _show(self, work: Work, whole: Counts) -> None:
        """Keep the preview, and wait for a word."""
        with self._database.unit_of_work(self._actor) as session:
            batch = self._batch(session)
            closing = work.closing()
            whole.note(closing)
            import_findings.write(session, batch, closing, first_place=import_findings.WHILE_APPLYING)
            counts = whole.as_json()
            batch.state = ImportState.PREVIEWED
            batch.preview = counts
            batch.content_hash = content_hash(
                sha256=batch.sha256,
                kind=batch.kind,
                division_code=batch.division_code,
                round_no=batch.round,
                counts=counts,
            )
            batch.row_count = whole.rows
            batch.warning_count = whole.warnings
            batch.version += 1
            self._job.note(session, phase="previewed", done=whole.rows, total=whole.rows)
            self._job.settle(session, JobState.WAITING)

    # Applying ---------------------------------------------------------------------------------------------------

    def _apply(self) -> None:
        """Bring in what the check let through, piece by piece, behind what is in already."""
        with self._database.read_snapshot(self._actor) as session:
            batch = self._batch(session)
            parts = import_parts.row_parts(session, batch)
        work = self._work(batch)
        for part in parts:
            if part.last_row > batch.applied_row:
                self._apply_part(work, part)
        with self._database.unit_of_work(self._actor) as session:
            batch = self._batch(session)
            first, last = 1, max((part.last_row for part in parts), default=1)
            refused = import_findings.refusals(session, batch, first=first, last=last, most=FIRST_REFUSALS)
            batch.refused = [issue_json(issue) for issue in refused]
            batch.state = ImportState.APPLIED
            batch.ended_at = datetime.now(UTC)
            batch.version += 1
            self._record(session, batch)
            self._job.settle(session, JobState.DONE)

    def _apply_part(self, work: Work, part: RowPart) -> None:
        """One piece, its findings, its counts and its progress, all or nothing."""
        with self._database.unit_of_work(self._actor) as session:
            batch = self._batch(session)
            table = import_parts.stored_rows(session, self._keyring, batch, part.part_no)
            before = import_findings.refusals(session, batch, first=part.first_row, last=part.last_row)
            piece = work.apply(session, table, refused={issue.row for issue in before}, taken=part.taken)
            # A piece's work may have let go of what the session knew.
            batch = self._batch(session)
            import_findings.write(session, batch, piece.issues, first_place=import_findings.WHILE_APPLYING)
            if piece.taken:
                import_parts.note_taken(session, batch, part.part_no, piece.taken)
            refused = len({issue.row for issue in before} - set(part.taken)) + piece.counts.refused_rows
            batch.state = ImportState.APPLYING
            batch.applied_row = part.last_row
            batch.accepted_count += table.rows.len() - refused
            batch.refused_count += refused
            batch.unchanged_count += piece.counts.unchanged
            batch.created_count += piece.counts.created
            batch.changed_count += piece.counts.changed
            batch.version += 1
            done = batch.accepted_count + batch.refused_count
            self._job.note(session, phase="applying", done=done, total=batch.row_count)

    def _record(self, session: Session, batch: ImportBatch) -> None:
        """Say in the audit what the import has brought."""
        audit_events.record(
            session,
            actor=self._actor,
            action=f"import_{batch.kind}",
            subject_kind="import",
            subject_id=batch.id,
            division_code=batch.division_code,
            rows=batch.row_count,
            accepted=batch.accepted_count,
            unchanged=batch.unchanged_count,
            created=batch.created_count,
            changed=batch.changed_count,
            refused=batch.refused_count,
        )

    # Ending -----------------------------------------------------------------------------------------------------

    def _end(self, actor: Actor, state: ImportState, job_state: JobState, refusal: DomainError | None = None) -> None:
        """End the import without bringing in more; pieces that are in stay in and are counted."""
        with self._database.unit_of_work(actor) as session:
            batch = self._batch(session)
            batch.state = state
            batch.ended_at = datetime.now(UTC)
            batch.error_code = refusal.code if refusal else None
            batch.error_detail = refusal.detail if refusal else None
            batch.version += 1
            audit_events.record(
                session,
                actor=actor,
                action="end_import",
                subject_kind="import",
                subject_id=batch.id,
                division_code=batch.division_code,
                outcome=refusal.code if refusal else state.value,
                accepted=batch.accepted_count,
            )
            self._job.settle(session, job_state, error_code=refusal.code if refusal else None)


def _taken_of(batch: ImportBatch, part: RowPart | None, rows: list[int]) -> set[int]:
    """Return which rows of a piece an earlier import of the same bytes has brought in."""
    if part is not None:
        return set(part.taken)
    if not batch.was_direct or batch.kind not in file_imports.LISTS:
        return set()
    return set(rows) - {finding["row"] for finding in batch.refused}
