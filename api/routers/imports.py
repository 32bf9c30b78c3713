"""Imports over HTTP: rosters and lists as uploads, refused rows as a file to correct, the record of what came in.

Besides the right to import, a list asks for the right to do the same for one person.
"""

import hashlib
from typing import Annotated

from fastapi import Form, Response, UploadFile
from fastapi.responses import JSONResponse

from api.dependencies import (
    ActorDep,
    BusinessDateDep,
    IdempotencyDep,
    KeyringDep,
    PageDep,
    ReadSessionDep,
    SessionDep,
    requires,
)
from api.permissions import Permission
from api.routes import Router
from api.schemas.base import DivisionIn, IdIn, Page
from api.schemas.imports import MOST_SHOWN, ImportDetail, ImportFinding, ImportKind, ImportRead, ImportSummary
from api.services import file_imports, import_batches, roster_imports
from api.services.list_imports import ListResult
from api.services.roster_imports import ImportResult, RefusedFormat

router = Router(prefix="/imports", tags=["imports"])

MEDIA_TYPES = {
    RefusedFormat.CSV: "text/csv; charset=utf-8",
    RefusedFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def _read(result: ImportResult | ListResult, *, dry_run: bool) -> ImportRead:
    findings = [
        [ImportFinding(**roster_imports.issue_json(issue)) for issue in issues[:MOST_SHOWN]]
        for issues in (result.refused, result.warnings)
    ]
    return ImportRead(
        id=None if dry_run else result.import_id,
        kind=result.kind,
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


@router.post(
    "",
    name="import_file",
    dependencies=[requires(Permission.IMPORT_RUN)],
    status_code=201,
    response_model=ImportRead,
)
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
) -> JSONResponse:
    """Import a file: every good row goes in, every refused one is told. A dry run does all of it and undoes it."""
    file_imports.check_right(actor, kind.value)
    content = file.file.read()
    name = file.filename or ""

    load = file_imports.rehearse if dry_run else file_imports.load

    def produce() -> ImportRead:
        result = load(
            session,
            keyring,
            kind=kind.value,
            actor=actor,
            content=content,
            file_name=name,
            division_code=division,
            as_of=today,
            limits=roster_imports.UPLOAD_LIMITS,
        )
        return _read(result, dry_run=dry_run)

    body = f"{kind.value}|{division}|{dry_run}|{hashlib.sha256(content).hexdigest()}"
    return idempotency.run(body, produce)


@router.post("/refused-rows", name="list_refused_rows", dependencies=[requires(Permission.IMPORT_RUN)])
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
    headers = {"Content-Disposition": f'attachment; filename="refused-rows.{file_format.value}"'}
    content = file_imports.refused_rows_file(result, file_format)
    return Response(content, media_type=MEDIA_TYPES[file_format], headers=headers)


@router.get("", name="list_imports", dependencies=[requires(Permission.IMPORT_RUN)])
def list_imports(session: ReadSessionDep, actor: ActorDep, page: PageDep) -> Page[ImportSummary]:
    """List the imports of one's unit, newest first."""
    rows, following = import_batches.list_imports(
        session, county_code=actor.county_code, limit=page.limit, after=page.after
    )
    return Page(items=[ImportSummary.of(row) for row in rows], next=following)


@router.get("/{import_id}", name="read_import", dependencies=[requires(Permission.IMPORT_RUN)])
def read_import(session: ReadSessionDep, import_id: IdIn) -> ImportDetail:
    """Read one import with what was refused."""
    batch = import_batches.get(session, import_id)
    shown = [ImportFinding(**finding) for finding in batch.refused[:MOST_SHOWN]]
    return ImportDetail(**dict(ImportSummary.of(batch)), refused=shown)
