"""Lists of payers over HTTP: made by village or town, confirmed by finance, posted by the county, paid back by finance."""

import hashlib
from collections.abc import Sequence
from typing import Annotated

from fastapi import Form, Query, Response, UploadFile
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
from api.models import PayerList
from api.permissions import Permission
from api.routes import Router
from api.schemas.base import DayIn, DivisionIn, IdIn, Page, ShortText
from api.schemas.payer_lists import (
    ArrivalCreate,
    PayerApprovalCreate,
    PayerLineCreate,
    PayerLineRead,
    PayerListCreate,
    PayerListDetail,
    PayerListRead,
    PayerRejectionCreate,
    RefundCreate,
    SuccessorCreate,
)
from api.services import payer_list_files, payer_list_postings, payer_lists
from api.services.payer_lists import NewLine, PayerStatement
from api.vocabulary import PayerKind, PayerLineState, PayerListKind, PayerListState

router = Router(prefix="/payer-lists", tags=["payer-lists"])

SUBMIT = requires(Permission.PAYER_LIST_SUBMIT)
READ = requires(Permission.CONTRIBUTION_READ)
APPROVE = requires(Permission.PAYER_LIST_APPROVE, second_factor=True)
CONFIRM = requires(Permission.PAYER_LIST_CONFIRM, second_factor=True)


def _detail(session: SessionDep, found: PayerList) -> PayerListDetail:
    return PayerListDetail.of_found(found, payer_lists.waiting_fen(session, found))


def _lines(lines: Sequence[PayerLineCreate]) -> list[NewLine]:
    return [NewLine(line.resident_id, line.amount) for line in lines]


@router.get("", name="list_payer_lists", dependencies=[READ])
def list_payer_lists(
    session: ReadSessionDep,
    actor: ActorDep,
    page: PageDep,
    division: Annotated[DivisionIn | None, Query()] = None,
    state: Annotated[PayerListState | None, Query()] = None,
    kind: Annotated[PayerListKind | None, Query()] = None,
    land_project_id: Annotated[IdIn | None, Query()] = None,
) -> Page[PayerListRead]:
    """List the lists of a unit (default: the actor's own), newest first; by state it is the work list of a step."""
    rows, after = payer_lists.list_lists(
        session,
        actor=actor,
        division_code=division,
        state=state,
        kind=kind,
        land_project_id=land_project_id,
        limit=page.limit,
        after=page.after,
    )
    return Page(items=[PayerListRead.of(row) for row in rows], next=after)


@router.post("", name="create_payer_list", status_code=201, response_model=PayerListDetail, dependencies=[SUBMIT])
def create_payer_list(
    session: SessionDep, actor: ActorDep, today: BusinessDateDep, idempotency: IdempotencyDep, body: PayerListCreate
) -> JSONResponse:
    """Make a list of people named by their numbers: all of them or nobody."""
    statement = PayerStatement(
        kind=PayerListKind(body.kind),
        payer_kind=body.payer_kind,
        payer_name=body.payer_name,
        basis=body.basis,
        basis_on=body.basis_on,
        contribution_year=body.contribution_year,
        division_code=body.division_code,
    )

    def produce() -> PayerListDetail:
        made = payer_lists.create(session, actor=actor, statement=statement, lines=_lines(body.lines), today=today)
        return _detail(session, made)

    return idempotency.run(body, produce)


@router.post("/files", name="bring_payer_list", status_code=201, response_model=PayerListDetail, dependencies=[SUBMIT])
def bring_payer_list(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    file: UploadFile,
    kind: Annotated[PayerListKind, Form()],
    payer_kind: Annotated[PayerKind, Form()],
    payer_name: Annotated[ShortText, Form()],
    basis: Annotated[ShortText, Form()],
    basis_on: Annotated[DayIn, Form()],
    contribution_year: Annotated[int, Form(ge=1990, le=2100)],
    division: Annotated[DivisionIn, Form()],
) -> JSONResponse:
    """Make a list of a file's good rows (姓名, 身份证号, 金额); the refused rows are told by row and column."""
    content = file.file.read()
    name = file.filename or ""
    statement = PayerStatement(
        kind=kind,
        payer_kind=payer_kind,
        payer_name=payer_name,
        basis=basis,
        basis_on=basis_on,
        contribution_year=contribution_year,
        division_code=division,
    )

    def produce() -> PayerListDetail:
        made = payer_list_files.bring(
            session, keyring, actor=actor, statement=statement, content=content, file_name=name, today=today
        )
        return _detail(session, made)

    return idempotency.run(f"{statement}|{hashlib.sha256(content).hexdigest()}", produce)


@router.get("/{list_id}", name="read_payer_list", dependencies=[READ])
def read_payer_list(session: ReadSessionDep, response: Response, list_id: IdIn) -> PayerListDetail:
    """Read one list with the rows that did not get on it and the money that waits."""
    found = payer_lists.get(session, list_id)
    response.headers["ETag"] = etag(found.version)
    return _detail(session, found)


@router.get("/{list_id}/lines", name="list_payer_list_lines", dependencies=[READ])
def list_payer_list_lines(
    session: ReadSessionDep,
    page: PageDep,
    list_id: IdIn,
    state: Annotated[PayerLineState | None, Query()] = None,
) -> Page[PayerLineRead]:
    """List a list's lines in their order; `state=left` is what could not be posted."""
    views, after = payer_lists.list_lines(session, list_id=list_id, state=state, limit=page.limit, after=page.after)
    return Page(items=[PayerLineRead.of(view.line, view.resident) for view in views], next=after)


@router.post("/{list_id}/submissions", name="submit_payer_list", dependencies=[SUBMIT])
def submit_payer_list(
    session: SessionDep, actor: ActorDep, version: IfMatchDep, response: Response, list_id: IdIn
) -> PayerListDetail:
    """Hand a draft in; by whoever made it."""
    return _moved(session, response, payer_lists.submit(session, actor=actor, list_id=list_id, version=version))


@router.post("/{list_id}/withdrawals", name="withdraw_payer_list", dependencies=[SUBMIT])
def withdraw_payer_list(
    session: SessionDep, actor: ActorDep, version: IfMatchDep, response: Response, list_id: IdIn
) -> PayerListDetail:
    """Take a list back before its money is confirmed; by whoever made it."""
    return _moved(session, response, payer_lists.withdraw(session, actor=actor, list_id=list_id, version=version))


@router.post(
    "/{list_id}/arrivals",
    name="confirm_payer_list",
    status_code=201,
    response_model=PayerListDetail,
    dependencies=[CONFIRM],
)
def confirm_payer_list(
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    version: IfMatchDep,
    list_id: IdIn,
    body: ArrivalCreate,
) -> JSONResponse:
    """Confirm that a list's money has arrived; the amount must be the list's."""

    def produce() -> PayerListDetail:
        found = payer_list_postings.confirm(
            session,
            actor=actor,
            list_id=list_id,
            version=version,
            amount_fen=body.amount,
            bank_reference=body.bank_reference,
            arrived_on=body.arrived_on,
            today=today,
        )
        return _detail(session, found)

    return idempotency.run(body, produce)


@router.post(
    "/{list_id}/approvals",
    name="approve_payer_list",
    status_code=201,
    response_model=PayerListDetail,
    dependencies=[APPROVE],
)
def approve_payer_list(
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    version: IfMatchDep,
    list_id: IdIn,
    body: PayerApprovalCreate,
) -> JSONResponse:
    """Post a list over its content hash; whoever can no longer be credited is left, with the money."""

    def produce() -> PayerListDetail:
        found = payer_list_postings.approve(
            session,
            actor=actor,
            list_id=list_id,
            version=version,
            content_hash=body.content_hash,
            opinion=body.opinion,
            today=today,
        )
        return _detail(session, found)

    return idempotency.run(body, produce)


@router.post("/{list_id}/rejections", name="reject_payer_list", dependencies=[APPROVE])
def reject_payer_list(
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    version: IfMatchDep,
    response: Response,
    list_id: IdIn,
    body: PayerRejectionCreate,
) -> PayerListDetail:
    """Refuse a list; money that has arrived waits to be paid back."""
    found = payer_list_postings.reject(
        session, actor=actor, list_id=list_id, version=version, reason=body.reason, today=today
    )
    return _moved(session, response, found)


@router.post(
    "/{list_id}/refunds",
    name="refund_payer_list",
    status_code=201,
    response_model=PayerListDetail,
    dependencies=[CONFIRM],
)
def refund_payer_list(
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    version: IfMatchDep,
    list_id: IdIn,
    body: RefundCreate,
) -> JSONResponse:
    """Pay back to the payer everything of a list that waits."""

    def produce() -> PayerListDetail:
        found = payer_list_postings.refund(
            session,
            actor=actor,
            list_id=list_id,
            version=version,
            bank_reference=body.bank_reference,
            refunded_on=body.refunded_on,
            today=today,
        )
        return _detail(session, found)

    return idempotency.run(body, produce)


@router.post(
    "/{list_id}/successors",
    name="readdress_payer_list",
    status_code=201,
    response_model=PayerListDetail,
    dependencies=[SUBMIT],
)
def readdress_payer_list(
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    version: IfMatchDep,
    list_id: IdIn,
    body: SuccessorCreate,
) -> JSONResponse:
    """Make a list that gives money that waits to other persons; it goes through the same steps."""

    def produce() -> PayerListDetail:
        made = payer_list_postings.readdress(
            session,
            actor=actor,
            list_id=list_id,
            version=version,
            line_numbers=body.line_numbers,
            lines=_lines(body.lines),
            today=today,
        )
        return _detail(session, made)

    return idempotency.run(body, produce)


def _moved(session: SessionDep, response: Response, found: PayerList) -> PayerListDetail:
    """Answer with the list as it is now, and its version."""
    response.headers["ETag"] = etag(found.version)
    return _detail(session, found)
