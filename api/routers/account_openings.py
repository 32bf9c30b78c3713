"""Passbook openings over HTTP: who has none, the bank's file, and the accounts that it writes back."""

from typing import Annotated

from fastapi import File, Path, Response, UploadFile
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
from api.errors import NotFound
from api.permissions import Permission
from api.routes import Router
from api.schemas.account_openings import (
    AccountOpeningApproval,
    AccountOpeningCreate,
    AccountOpeningDiscard,
    AccountOpeningFileRead,
    AccountOpeningFilesRead,
    AccountOpeningLineRead,
    AccountOpeningRead,
    AccountOpeningReturnRead,
    AccountOpeningReturnsRead,
)
from api.schemas.base import IdIn, Page
from api.services import account_opening_returns, account_openings

router = Router(prefix="/account-openings", tags=["collection"])


@router.post(
    "",
    name="compute_account_opening",
    status_code=201,
    response_model=AccountOpeningRead,
    dependencies=[requires(Permission.COLLECTION_COMPUTE)],
)
def compute_account_opening(
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    body: AccountOpeningCreate,
) -> JSONResponse:
    """List everybody of a county or town who is insured and has no passbook."""

    def produce() -> AccountOpeningRead:
        opening = account_openings.compute(
            session, actor=actor, division_code=body.division, layout=body.layout, today=today
        )
        return AccountOpeningRead.of(opening)

    return idempotency.run(body, produce)


@router.get("", name="list_account_openings", dependencies=[requires(Permission.COLLECTION_READ)])
def list_account_openings(session: ReadSessionDep, page: PageDep) -> Page[AccountOpeningRead]:
    """List batches, newest first."""
    rows, after = account_openings.list_openings(session, limit=page.limit, after=page.after)
    return Page(items=[AccountOpeningRead.of(row) for row in rows], next=after)


@router.get("/{opening_id}", name="read_account_opening", dependencies=[requires(Permission.COLLECTION_READ)])
def read_account_opening(
    response: Response, session: ReadSessionDep, actor: ActorDep, opening_id: IdIn
) -> AccountOpeningRead:
    """Read one batch."""
    opening = account_openings.get(session, opening_id, actor=actor)
    response.headers["ETag"] = etag(opening.version)
    return AccountOpeningRead.of(opening)


@router.get("/{opening_id}/lines", name="list_opening_lines", dependencies=[requires(Permission.COLLECTION_READ)])
def list_opening_lines(
    session: ReadSessionDep, actor: ActorDep, page: PageDep, opening_id: IdIn
) -> Page[AccountOpeningLineRead]:
    """List the people of a batch and what the bank said of each."""
    opening = account_openings.get(session, opening_id, actor=actor)
    rows, after = account_openings.list_lines(session, opening=opening, limit=page.limit, after=page.after)
    return Page(items=[AccountOpeningLineRead.of(row) for row in rows], next=after)


@router.post(
    "/{opening_id}/approvals",
    name="approve_account_opening",
    status_code=201,
    dependencies=[requires(Permission.COLLECTION_APPROVE, second_factor=True)],
)
def approve_account_opening(
    response: Response,
    session: SessionDep,
    actor: ActorDep,
    version: IfMatchDep,
    opening_id: IdIn,
    body: AccountOpeningApproval,
) -> AccountOpeningRead:
    """Approve a batch over its content, by another person than its maker."""
    opening = account_openings.approve(
        session, actor=actor, opening_id=opening_id, given_hash=body.content_hash, expected_version=version
    )
    response.headers["ETag"] = etag(opening.version)
    return AccountOpeningRead.of(opening)


@router.post(
    "/{opening_id}/discards",
    name="discard_account_opening",
    status_code=201,
    dependencies=[requires(Permission.COLLECTION_COMPUTE)],
)
def discard_account_opening(
    response: Response,
    session: SessionDep,
    actor: ActorDep,
    version: IfMatchDep,
    opening_id: IdIn,
    body: AccountOpeningDiscard,
) -> AccountOpeningRead:
    """Give a batch up; whoever the bank has not answered for can be asked for again."""
    opening = account_openings.discard(
        session, actor=actor, opening_id=opening_id, reason=body.reason, expected_version=version
    )
    response.headers["ETag"] = etag(opening.version)
    return AccountOpeningRead.of(opening)


@router.post(
    "/{opening_id}/export",
    name="release_opening_files",
    status_code=201,
    response_model=AccountOpeningFilesRead,
    dependencies=[requires(Permission.COLLECTION_FILE, second_factor=True)],
)
def release_opening_files(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    opening_id: IdIn,
) -> JSONResponse:
    """Release the bank's files of an approved batch, by a third person; again, the same files."""

    def produce() -> AccountOpeningFilesRead:
        files = account_openings.release(session, actor=actor, keyring=keyring, opening_id=opening_id, today=today)
        opening = account_openings.get(session, opening_id, actor=actor)
        items = [
            AccountOpeningFileRead(part=one.part, name=one.file.name, line_count=one.file.lines, sha256=one.file.sha256)
            for one in files
        ]
        return AccountOpeningFilesRead(opening=AccountOpeningRead.of(opening), items=items)

    return idempotency.run(str(opening_id), produce)


@router.get(
    "/{opening_id}/export/{part}",
    name="download_opening_file",
    response_class=Response,
    dependencies=[requires(Permission.COLLECTION_FILE, second_factor=True)],
)
def download_opening_file(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    opening_id: IdIn,
    part: Annotated[int, Path(ge=1, le=999)],
) -> Response:
    """Download a part of a released batch; audited, since it holds numbers of documents."""
    account_openings.require_sent(session, opening_id, actor=actor)
    files = account_openings.release(session, actor=actor, keyring=keyring, opening_id=opening_id, today=today)
    found = next((one.file for one in files if one.part == part), None)
    if found is None:
        raise NotFound
    disposition = f'attachment; filename="{found.name}"'
    return Response(found.content, media_type="application/octet-stream", headers={"Content-Disposition": disposition})


@router.post(
    "/{opening_id}/returns",
    name="load_opening_return",
    status_code=201,
    response_model=AccountOpeningReturnsRead,
    dependencies=[requires(Permission.COLLECTION_FILE)],
)
def load_opening_return(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    idempotency: IdempotencyDep,
    opening_id: IdIn,
    files: Annotated[list[UploadFile], File(max_length=20)],
) -> JSONResponse:
    """Take the accounts that the bank has opened; the same bytes again have no effect."""
    contents = [(one.filename or "", one.file.read()) for one in files]

    def produce() -> AccountOpeningReturnsRead:
        taken = account_opening_returns.load(
            session, actor=actor, keyring=keyring, opening_id=opening_id, files=contents
        )
        return AccountOpeningReturnsRead(
            opening=AccountOpeningRead.of(taken.opening),
            items=[AccountOpeningReturnRead.of(one) for one in taken.returns],
            repeated=taken.repeated,
        )

    return idempotency.run(account_opening_returns.fingerprint(contents), produce)


@router.get("/{opening_id}/returns", name="list_opening_returns", dependencies=[requires(Permission.COLLECTION_READ)])
def list_opening_returns(session: ReadSessionDep, actor: ActorDep, opening_id: IdIn) -> Page[AccountOpeningReturnRead]:
    """List the bank's files that a batch has taken."""
    opening = account_openings.get(session, opening_id, actor=actor)
    rows = account_opening_returns.returns_of(session, opening)
    return Page(items=[AccountOpeningReturnRead.of(one) for one in rows], next=None)
