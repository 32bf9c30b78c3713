"""Lists of other departments over HTTP: bring, look, leave out or assign, and approve over the content.

The comparison of a row names people of the register only where the reader sees them; a number of another unit is told
exactly as one that nobody has.
"""

import hashlib
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Form, Header, Query, Response, UploadFile
from fastapi.responses import JSONResponse

from api.dependencies import (
    ActorDep,
    BusinessDateDep,
    IdempotencyDep,
    IfMatchDep,
    KeyringDep,
    PageDep,
    ReadSessionDep,
    SessionDep,
    etag,
    requires,
)
from api.exchange import department_sheets
from api.models import DepartmentList
from api.permissions import Permission
from api.policy.money import format_yuan
from api.routes import Router
from api.schemas.base import DayIn, DivisionIn, IdIn, Page, ShortText
from api.schemas.department_lists import (
    MOST_SHOWN,
    AssignmentCreate,
    DepartmentListApproval,
    DepartmentListBrought,
    DepartmentListRead,
    DepartmentListRejection,
    DepartmentListRowRead,
    DepartmentListSummary,
    ListPerson,
    RowsPatch,
)
from api.schemas.imports import ImportFinding
from api.services import department_list_approvals, department_list_rows, department_lists, divisions, roster_imports
from api.services.department_list_rows import PersonView, RowView
from api.services.department_lists import Statement
from api.vocabulary import DepartmentListKind, DepartmentListState, ListOutcome

router = Router(prefix="/department-lists", tags=["department-lists"])
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _read(session: SessionDep, found: DepartmentList) -> DepartmentListRead:
    division = divisions.get(session, found.division_code)
    return DepartmentListRead.detailed(found, division_name=division.name)


def _person(view: PersonView) -> ListPerson:
    return ListPerson.of(view.resident, division_name=view.division_name, id_number=view.id_number)


def _row(view: RowView) -> DepartmentListRowRead:
    return DepartmentListRowRead.of(
        view.row,
        id_number=view.id_number,
        resident=None if view.person is None else _person(view.person),
        candidates=[_person(one) for one in view.candidates],
    )


@router.post(
    "",
    name="bring_department_list",
    status_code=201,
    response_model=DepartmentListBrought,
    dependencies=[requires(Permission.LIST_SUBMIT)],
)
def bring_department_list(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    file: UploadFile,
    kind: Annotated[DepartmentListKind, Form()],
    division: Annotated[DivisionIn, Form()],
    department: Annotated[ShortText, Form()],
    document: Annotated[ShortText, Form()],
    as_of: Annotated[DayIn, Form()],
    complete: Annotated[bool, Form()] = False,
) -> JSONResponse:
    """Bring a list and compare it with the register; nothing is changed before another person approves it."""
    content = file.file.read()
    name = file.filename or ""
    statement = Statement(
        kind=kind, division_code=division, department=department, document=document, as_of=as_of, is_complete=complete
    )

    def produce() -> DepartmentListBrought:
        brought = department_lists.bring(
            session,
            keyring,
            actor=actor,
            statement=statement,
            content=content,
            file_name=name,
            today=today,
            limits=roster_imports.UPLOAD_LIMITS,
        )
        warnings = [ImportFinding(**roster_imports.issue_json(one)) for one in brought.read.warnings[:MOST_SHOWN]]
        read = _read(session, brought.found)
        return DepartmentListBrought(**dict(read), repeated=brought.repeated, warnings=warnings)

    body = f"{statement}|{hashlib.sha256(content).hexdigest()}"
    return idempotency.run(body, produce)


@router.get("", name="list_department_lists", dependencies=[requires(Permission.LIST_READ)])
def list_department_lists(
    session: ReadSessionDep,
    page: PageDep,
    state: Annotated[DepartmentListState | None, Query()] = None,
    kind: Annotated[DepartmentListKind | None, Query()] = None,
) -> Page[DepartmentListSummary]:
    """List the lists of one's unit, newest first; `state=compared` is the checker's work list."""
    rows, following = department_lists.list_lists(session, state=state, kind=kind, limit=page.limit, after=page.after)
    return Page(items=[DepartmentListSummary.of(row) for row in rows], next=following)


@router.get("/{list_id}", name="read_department_list", dependencies=[requires(Permission.LIST_READ)])
def read_department_list(session: ReadSessionDep, response: Response, list_id: IdIn) -> DepartmentListRead:
    """Read one list: its counts, what was refused, what it costs or saves, and the hash to approve."""
    found = department_lists.get(session, list_id)
    response.headers["ETag"] = etag(found.version)
    return _read(session, found)


@router.get(
    "/{list_id}/rows",
    name="list_department_list_rows",
    response_model=Page[DepartmentListRowRead],
    responses={200: {"content": {XLSX: {}}}},
    dependencies=[requires(Permission.LIST_READ)],
)
def list_department_list_rows(
    session: ReadSessionDep,
    keyring: KeyringDep,
    page: PageDep,
    list_id: IdIn,
    outcome: Annotated[ListOutcome | None, Query()] = None,
    chosen: Annotated[bool | None, Query()] = None,
    refused: Annotated[bool | None, Query()] = None,
    accept: Annotated[str | None, Header()] = None,
) -> Any:
    """List the rows beside what the register says; `Accept` with xlsx gives all of them as a workbook."""
    found = department_lists.get(session, list_id)
    if accept is not None and XLSX in accept:
        title = f"{found.kind.label}比对结果({found.department}，截至{found.as_of.isoformat()})"
        rows = department_list_rows.all_rows(session, keyring, found=found)
        content = department_sheets.comparison_workbook(title, _cells(rows))
        headers = {"Content-Disposition": f'attachment; filename="department-list-{found.id}.xlsx"'}
        return Response(content, media_type=XLSX, headers=headers)
    views, following = department_list_rows.list_rows(
        session,
        keyring,
        found=found,
        outcome=outcome,
        is_chosen=chosen,
        is_refused=refused,
        limit=page.limit,
        after=page.after,
    )
    return Page(items=[_row(view) for view in views], next=following)


def _cells(views: Iterator[RowView]) -> Iterator[list[str]]:
    """Lay rows out as the workbook has them, by way of the schema, which masks the numbers."""
    for row in map(_row, views):
        person = row.resident
        after = (str(row.paid_after_death_months), format_yuan(row.paid_after_death))
        yield [
            row.outcome.label,
            row.effect.label,
            "是" if row.chosen else "",
            "" if row.file_row is None else str(row.file_row),
            row.name,
            row.id_number_masked,
            "" if row.happened_on is None else row.happened_on.isoformat(),
            row.value or "",
            row.paper or "",
            "" if person is None else person.name,
            "" if person is None else person.id_number_masked,
            "" if person is None else person.division_name,
            row.held_value or "",
            "" if row.held_on is None else row.held_on.isoformat(),
            *(after if row.paid_after_death_months else ("", "")),
            row.reason or "",
            row.refusal or "",
        ]


@router.patch("/{list_id}/rows", name="choose_department_list_rows", dependencies=[requires(Permission.LIST_SUBMIT)])
def choose_department_list_rows(
    session: SessionDep, actor: ActorDep, version: IfMatchDep, response: Response, list_id: IdIn, body: RowsPatch
) -> DepartmentListRead:
    """Choose rows or leave them out with a reason, one by one or a whole outcome; the hash to approve follows."""
    found = department_list_rows.choose_rows(
        session,
        actor=actor,
        list_id=list_id,
        version=version,
        places=body.outcome or body.rows,
        is_chosen=body.chosen,
        reason=body.reason,
    )
    response.headers["ETag"] = etag(found.version)
    return _read(session, found)


@router.post(
    "/{list_id}/assignments",
    name="assign_department_list_row",
    status_code=201,
    dependencies=[requires(Permission.LIST_SUBMIT)],
)
def assign_department_list_row(
    session: SessionDep, actor: ActorDep, version: IfMatchDep, response: Response, list_id: IdIn, body: AssignmentCreate
) -> DepartmentListRead:
    """Say by hand who is meant by a row of an unknown number or another name, with the reason; null takes it back."""
    found = department_list_rows.assign(
        session,
        actor=actor,
        list_id=list_id,
        version=version,
        seq=body.seq,
        resident_id=body.resident_id,
        reason=body.reason,
    )
    response.headers["ETag"] = etag(found.version)
    return _read(session, found)


@router.post(
    "/{list_id}/approvals",
    name="approve_department_list",
    status_code=201,
    dependencies=[requires(Permission.LIST_APPROVE)],
)
def approve_department_list(
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    version: IfMatchDep,
    response: Response,
    list_id: IdIn,
    body: DepartmentListApproval,
) -> DepartmentListRead:
    """Approve a list over its content, by another person than its makers; what can no longer be applied is told."""
    found = department_list_approvals.approve(
        session,
        actor=actor,
        list_id=list_id,
        given_hash=body.content_hash,
        expected_version=version,
        today=today,
    )
    response.headers["ETag"] = etag(found.version)
    return _read(session, found)


@router.post(
    "/{list_id}/rejections",
    name="reject_department_list",
    status_code=201,
    dependencies=[requires(Permission.LIST_APPROVE)],
)
def reject_department_list(
    session: SessionDep,
    actor: ActorDep,
    version: IfMatchDep,
    response: Response,
    list_id: IdIn,
    body: DepartmentListRejection,
) -> DepartmentListRead:
    """Reject a list with the reason; the same file can be brought again."""
    found = department_list_approvals.reject(
        session, actor=actor, list_id=list_id, reason=body.reason, expected_version=version
    )
    response.headers["ETag"] = etag(found.version)
    return _read(session, found)
