"""Imports over HTTP: rosters and lists as uploads, refused rows as a file to correct, the record of what came in.

Small files are applied by the upload. Larger ones become a job: read and judged, previewed, approved over the preview's
hash, brought in. Besides the right to import, a list asks for the right to do the same for one person.
"""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any

from fastapi import Form, Query, Request, Response, UploadFile
from fastapi.responses import JSONResponse, StreamingResponse

from api.dependencies import (
    ActorDep,
    BusinessDateDep,
    IdempotencyDep,
    IfMatchDep,
    KeyringDep,
    PageDep,
    ReadSessionDep,
    ServiceDep,
    SessionDep,
    etag,
    requires,
)
from api.exchange import templates
from api.exchange.roster_rules import Issue, Severity
from api.models import ImportBatch
from api.permissions import Permission
from api.routes import PREFIX, Router
from api.schemas.base import DivisionIn, IdIn, Page
from api.schemas.imports import (
    MOST_SHOWN,
    FindingSeverity,
    ImportApproval,
    ImportDetail,
    ImportFinding,
    ImportFindingRead,
    ImportKind,
    ImportMode,
    ImportPreview,
    ImportRead,
    ImportSummary,
)
from api.services import file_imports, import_batches, import_findings, import_jobs, import_refusals, roster_imports
from api.services.list_imports import ListResult
from api.services.roster_imports import ImportResult, RefusedFormat
from api.vocabulary import ImportState

router = Router(prefix="/imports", tags=["imports"])

SUBMIT = requires(Permission.IMPORT_SUBMIT)
READ = requires(Permission.IMPORT_READ)
MEDIA_TYPES = {
    RefusedFormat.CSV: "text/csv; charset=utf-8",
    RefusedFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
FILE_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "文件", "content": {media: {} for media in MEDIA_TYPES.values()}}
}


def _read(result: ImportResult | ListResult, *, dry_run: bool) -> ImportRead:
    findings = [
        [ImportFinding(**roster_imports.issue_json(issue)) for issue in issues[:MOST_SHOWN]]
        for issues in (result.refused, result.warnings)
    ]
    return ImportRead(
        id=None if dry_run else result.import_id,
        kind=result.kind,
        state=ImportState.DRY_RUN if dry_run else ImportState.APPLIED,
        job_id=None,
        dry_run=dry_run,
        rows=result.rows,
        accepted=result.accepted,
        unchanged=result.unchanged,
        created=result.created,
        changed=result.changed,
        refused_rows=result.rows - result.accepted,
        refused=findings[0],
        warnings=findings[1],
    )


def _queued(batch: ImportBatch) -> ImportRead:
    return ImportRead(
        id=batch.id,
        kind=batch.kind,
        state=batch.state,
        job_id=batch.job_id,
        dry_run=False,
        rows=batch.row_count,
        accepted=batch.accepted_count,
        unchanged=batch.unchanged_count,
        created=batch.created_count,
        changed=batch.changed_count,
        refused_rows=batch.refused_count,
        refused=[],
        warnings=[],
    )


@router.post("", name="import_file", dependencies=[SUBMIT], status_code=201, response_model=ImportRead)
def import_file(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    file: UploadFile,
    kind: Annotated[ImportKind, Form()],
    division: Annotated[DivisionIn, Form()],
    dry_run: Annotated[bool, Form()] = False,
    mode: Annotated[ImportMode, Form()] = ImportMode.AUTO,
) -> JSONResponse:
    """Import a file: every good row goes in, every refused one is told. A dry run does all of it and undoes it.

    A large file, or any with `mode=job`, is only stored (202): its job judges it and shows a preview, which is the dry
    run, and brings it in once that is approved.
    """
    file_imports.check_right(actor, kind.value)
    source = file.file
    name = file.filename or ""
    digest = import_jobs.digest_of(source)
    body = f"{kind.value}|{division}|{dry_run}|{digest[0]}" + ("|job" if mode is ImportMode.JOB else "")
    if mode is ImportMode.JOB or import_jobs.is_for_job(
        session, kind=kind.value, division_code=division, digest=digest
    ):

        def submit() -> ImportRead:
            batch = import_jobs.submit(
                session,
                keyring,
                actor=actor,
                kind=kind.value,
                division_code=division,
                source=source,
                digest=digest,
                file_name=name,
                as_of=today,
            )
            return _queued(batch)

        answer = idempotency.run(body, submit, status=202)
        answer.headers["Location"] = f"{PREFIX}/imports/{json.loads(bytes(answer.body))['id']}"
        return answer

    load = file_imports.rehearse if dry_run else file_imports.load

    def produce() -> ImportRead:
        result = load(
            session,
            keyring,
            kind=kind.value,
            actor=actor,
            content=source.read(),
            file_name=name,
            division_code=division,
            as_of=today,
            limits=roster_imports.UPLOAD_LIMITS,
        )
        return _read(result, dry_run=dry_run)

    return idempotency.run(body, produce)


@router.post("/refused-rows", name="list_refused_rows", dependencies=[SUBMIT])
def list_refused_rows(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    file: UploadFile,
    kind: Annotated[ImportKind, Form()],
    division: Annotated[DivisionIn, Form()],
    file_format: Annotated[RefusedFormat, Form()] = RefusedFormat.XLSX,
) -> Response:
    """Return the rows of a file that would be refused, as a file to correct and send again. Nothing is kept of it."""
    file_imports.check_right(actor, kind.value)
    result = file_imports.rehearse(
        session,
        keyring,
        kind=kind.value,
        actor=actor,
        content=file.file.read(),
        file_name=file.filename or "",
        division_code=division,
        as_of=today,
        limits=roster_imports.UPLOAD_LIMITS,
    )
    content = file_imports.refused_rows_file(result, file_format)
    return Response(content, media_type=MEDIA_TYPES[file_format], headers=_attached("refused-rows", file_format))


def _attached(name: str, file_format: RefusedFormat) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}.{file_format.value}"'}


def _wanted(request: Request, file_format: RefusedFormat | None) -> RefusedFormat:
    """Return the format that the query names, else the one that Accept names, else .xlsx."""
    if file_format is not None:
        return file_format
    return RefusedFormat.CSV if "text/csv" in request.headers.get("accept", "") else RefusedFormat.XLSX


@router.get(
    "/templates/{kind}",
    name="read_import_template",
    dependencies=[SUBMIT],
    response_class=Response,
    responses=FILE_RESPONSES,
)
def read_import_template(
    request: Request, kind: ImportKind, file_format: Annotated[RefusedFormat | None, Query(alias="format")] = None
) -> Response:
    """Return the empty file of a kind: headings, text columns, drop-down lists and, in a workbook, an explanation."""
    chosen = _wanted(request, file_format)
    content = templates.template(kind.value, chosen.value)
    return Response(content, media_type=MEDIA_TYPES[chosen], headers=_attached(f"{kind.value}-template", chosen))


@router.get("", name="list_imports", dependencies=[READ])
def list_imports(session: ReadSessionDep, actor: ActorDep, page: PageDep) -> Page[ImportSummary]:
    """List the imports of one's unit, newest first."""
    rows, following = import_batches.list_imports(
        session, county_code=actor.county_code, limit=page.limit, after=page.after
    )
    return Page(items=[ImportSummary.of(row) for row in rows], next=following)


@router.get("/{import_id}", name="read_import", dependencies=[READ])
def read_import(response: Response, service: ServiceDep, session: ReadSessionDep, import_id: IdIn) -> ImportDetail:
    """Read one import: its state, its preview, and what was refused."""
    batch = import_batches.get(session, import_id)
    response.headers["ETag"] = etag(batch.version)
    return _detail(
        batch, import_findings.first_refusals(session, batch, MOST_SHOWN), keep_days=service.settings.import_keep_days
    )


def _detail(batch: ImportBatch, refused: Sequence[Issue], *, keep_days: int) -> ImportDetail:
    kept = batch.ended_at if batch.job_id is not None else None
    return ImportDetail(
        **dict(ImportSummary.of(batch)),
        preview=ImportPreview.of(batch, needs_second_person=import_jobs.needs_second_person(batch)),
        content_hash=batch.content_hash,
        error_code=batch.error_code,
        error_detail=batch.error_detail,
        stored_until=None if kept is None else kept.date() + timedelta(days=keep_days),
        refused=[ImportFinding(**roster_imports.issue_json(issue)) for issue in refused],
    )


@router.get("/{import_id}/findings", name="list_import_findings", dependencies=[READ])
def list_import_findings(
    session: ReadSessionDep,
    page: PageDep,
    import_id: IdIn,
    severity: Annotated[FindingSeverity | None, Query()] = None,
) -> Page[ImportFindingRead]:
    """List everything that was found in the rows of an import, by row."""
    batch = import_batches.get(session, import_id)
    rows, following = import_findings.list_findings(
        session,
        batch,
        severity=Severity(severity.value) if severity else None,
        limit=page.limit,
        after=page.after,
    )
    items = [
        ImportFindingRead(
            row=issue.row,
            column=issue.column,
            code=issue.code,
            message=issue.message,
            severity=FindingSeverity(issue.severity.value),
        )
        for issue in rows
    ]
    return Page(items=items, next=following)


@router.get(
    "/{import_id}/refused-rows",
    name="download_refused_rows",
    dependencies=[SUBMIT],
    response_class=StreamingResponse,
    responses=FILE_RESPONSES,
)
def download_refused_rows(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    import_id: IdIn,
    file_format: Annotated[RefusedFormat | None, Query(alias="format")] = None,
) -> Response:
    """Return the refused rows of a stored file: its columns and, behind them, where, what and why."""
    batch = import_batches.get(session, import_id)
    chosen = _wanted(request, file_format)
    spool = import_refusals.spooled(session, keyring, actor=actor, batch=batch, file_format=chosen)
    return StreamingResponse(spool, media_type=MEDIA_TYPES[chosen], headers=_attached("refused-rows", chosen))


@router.post(
    "/{import_id}/approvals",
    name="approve_import",
    dependencies=[requires(Permission.IMPORT_APPROVE)],
    status_code=201,
    response_model=ImportDetail,
)
def approve_import(
    service: ServiceDep,
    session: SessionDep,
    actor: ActorDep,
    idempotency: IdempotencyDep,
    version: IfMatchDep,
    import_id: IdIn,
    body: ImportApproval,
) -> JSONResponse:
    """Approve a preview by its hash, which lets the job bring the file in. A large one needs a second person."""

    def produce() -> ImportDetail:
        batch = import_jobs.approve(
            session, actor=actor, import_id=import_id, content_hash=body.content_hash, version=version
        )
        return _detail(
            batch,
            import_findings.first_refusals(session, batch, MOST_SHOWN),
            keep_days=service.settings.import_keep_days,
        )

    return idempotency.run(body, produce)


@router.post("/{import_id}/cancellations", name="cancel_import", dependencies=[SUBMIT], status_code=201)
def cancel_import(
    response: Response,
    service: ServiceDep,
    session: SessionDep,
    actor: ActorDep,
    version: IfMatchDep,
    import_id: IdIn,
) -> ImportDetail:
    """End an import. What is in stays in; the same file sent again goes on with the rest."""
    batch = import_jobs.cancel(session, actor=actor, import_id=import_id, version=version)
    response.headers["ETag"] = etag(batch.version)
    return _detail(
        batch, import_findings.first_refusals(session, batch, MOST_SHOWN), keep_days=service.settings.import_keep_days
    )
