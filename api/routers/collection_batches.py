"""Bank deductions over HTTP: compute, look, approve, release, answer; and for the village who could not be deducted."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from fastapi import File, Form, Query, Response, UploadFile
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
from api.models import CollectionBatch, CollectionFile
from api.permissions import Permission
from api.routes import Router
from api.schemas.base import DayIn, DivisionIn, IdIn, Page
from api.schemas.collection_batches import (
    CollectionApproval,
    CollectionBatchCreate,
    CollectionBatchRead,
    CollectionDiscard,
    CollectionExceptionRead,
    CollectionFileRead,
    CollectionFilesRead,
    CollectionLineRead,
    CollectionReturnRead,
    CollectionReturnsRead,
    UnpaidRead,
)
from api.services import collection_batches, collection_files, collection_lists, collection_returns
from api.vocabulary import CollectionResult

router = Router(tags=["collection"])
ContributionYear = Annotated[int, Query(ge=2009, le=2100)]


@router.post(
    "/collection-batches",
    name="compute_collection_batch",
    status_code=201,
    response_model=CollectionBatchRead,
    dependencies=[requires(Permission.COLLECTION_COMPUTE)],
)
def compute_collection_batch(
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    body: CollectionBatchCreate,
) -> JSONResponse:
    """Compute whom the bank is to deduct from in a county or town: lines, exceptions, content hash."""
    wanted = collection_batches.Wanted(
        division_code=body.division,
        contribution_year=body.contribution_year,
        layout=body.layout,
        rhythms=sorted(set(body.rhythms)),
    )

    def produce() -> CollectionBatchRead:
        batch = collection_batches.compute(session, actor=actor, wanted=wanted, today=today)
        return CollectionBatchRead.of(batch, today=today)

    return idempotency.run(body, produce)


@router.get("/collection-batches", name="list_collection_batches", dependencies=[requires(Permission.COLLECTION_READ)])
def list_collection_batches(
    session: ReadSessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    page: PageDep,
    contribution_year: ContributionYear | None = None,
) -> Page[CollectionBatchRead]:
    """List batches, newest first."""
    rows, after = collection_batches.list_batches(
        session, actor=actor, contribution_year=contribution_year, limit=page.limit, after=page.after
    )
    return Page(items=[CollectionBatchRead.of(row, today=today) for row in rows], next=after)


@router.get(
    "/collection-batches/{batch_id}",
    name="read_collection_batch",
    dependencies=[requires(Permission.COLLECTION_READ)],
)
def read_collection_batch(
    response: Response, session: ReadSessionDep, actor: ActorDep, today: BusinessDateDep, batch_id: IdIn
) -> CollectionBatchRead:
    """Read one batch."""
    batch = collection_batches.get(session, batch_id, actor=actor)
    response.headers["ETag"] = etag(batch.version)
    return CollectionBatchRead.of(batch, today=today)


@router.get(
    "/collection-batches/{batch_id}/lines",
    name="list_collection_lines",
    dependencies=[requires(Permission.COLLECTION_READ)],
)
def list_collection_lines(
    session: ReadSessionDep,
    actor: ActorDep,
    page: PageDep,
    batch_id: IdIn,
    division: Annotated[DivisionIn | None, Query()] = None,
    resident_id: Annotated[IdIn | None, Query()] = None,
    result: Annotated[CollectionResult | None, Query()] = None,
    unanswered: Annotated[bool, Query()] = False,
) -> Page[CollectionLineRead]:
    """List the lines of a batch by number, each with its final state."""
    batch = collection_batches.get(session, batch_id, actor=actor)
    wanted = collection_lists.Filter(division_code=division, resident_id=resident_id, result=result, is_open=unanswered)
    rows, after = collection_lists.list_lines(session, batch=batch, wanted=wanted, limit=page.limit, after=page.after)
    return Page(items=[CollectionLineRead.of(*row) for row in rows], next=after)


@router.get(
    "/collection-batches/{batch_id}/exceptions",
    name="list_collection_exceptions",
    dependencies=[requires(Permission.COLLECTION_READ)],
)
def list_collection_exceptions(
    session: ReadSessionDep,
    actor: ActorDep,
    page: PageDep,
    batch_id: IdIn,
    code: Annotated[str | None, Query(max_length=40)] = None,
    division: Annotated[DivisionIn | None, Query()] = None,
) -> Page[CollectionExceptionRead]:
    """List who is left out for a reason that can be mended, and what the checker should look at."""
    batch = collection_batches.get(session, batch_id, actor=actor)
    wanted = collection_lists.Filter(division_code=division, code=code)
    rows, after = collection_lists.list_exceptions(
        session, batch=batch, wanted=wanted, limit=page.limit, after=page.after
    )
    return Page(items=[CollectionExceptionRead.of(*row) for row in rows], next=after)


@router.post(
    "/collection-batches/{batch_id}/approvals",
    name="approve_collection_batch",
    status_code=201,
    dependencies=[requires(Permission.COLLECTION_APPROVE, second_factor=True)],
)
def approve_collection_batch(
    response: Response,
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    version: IfMatchDep,
    batch_id: IdIn,
    body: CollectionApproval,
) -> CollectionBatchRead:
    """Approve a batch over its content, by another person than its maker."""
    batch = collection_batches.approve(
        session, actor=actor, batch_id=batch_id, given_hash=body.content_hash, expected_version=version, today=today
    )
    response.headers["ETag"] = etag(batch.version)
    return CollectionBatchRead.of(batch, today=today)


@router.post(
    "/collection-batches/{batch_id}/discards",
    name="discard_collection_batch",
    status_code=201,
    dependencies=[requires(Permission.COLLECTION_COMPUTE)],
)
def discard_collection_batch(
    response: Response,
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    version: IfMatchDep,
    batch_id: IdIn,
    body: CollectionDiscard,
) -> CollectionBatchRead:
    """Discard a batch that has not left the house."""
    batch = collection_batches.discard(
        session, actor=actor, batch_id=batch_id, reason=body.reason, expected_version=version
    )
    response.headers["ETag"] = etag(batch.version)
    return CollectionBatchRead.of(batch, today=today)


@router.post(
    "/collection-batches/{batch_id}/export",
    name="release_collection_files",
    status_code=201,
    response_model=CollectionFilesRead,
    dependencies=[requires(Permission.COLLECTION_FILE, second_factor=True)],
)
def release_collection_files(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    batch_id: IdIn,
) -> JSONResponse:
    """Release the bank's files of an approved batch, by a third person; again, the same files."""

    def produce() -> CollectionFilesRead:
        batch, files = collection_files.release(session, actor=actor, keyring=keyring, batch_id=batch_id, today=today)
        return _files(batch, files, today)

    return idempotency.run(str(batch_id), produce)


@router.get(
    "/collection-batches/{batch_id}/export",
    name="list_collection_files",
    dependencies=[requires(Permission.COLLECTION_READ)],
)
def list_collection_files(
    session: ReadSessionDep, actor: ActorDep, today: BusinessDateDep, batch_id: IdIn
) -> CollectionFilesRead:
    """List the released files of a batch."""
    batch = collection_batches.get(session, batch_id, actor=actor)
    return _files(batch, collection_files.files_of(session, batch), today)


@router.get(
    "/collection-batches/{batch_id}/export/{file_id}",
    name="download_collection_file",
    response_class=Response,
    dependencies=[requires(Permission.COLLECTION_FILE, second_factor=True)],
)
def download_collection_file(
    session: SessionDep, actor: ActorDep, keyring: KeyringDep, batch_id: IdIn, file_id: IdIn
) -> Response:
    """Download a released file; audited, since it holds full account numbers."""
    made = collection_files.download(session, actor=actor, keyring=keyring, batch_id=batch_id, file_id=file_id)
    disposition = f'attachment; filename="{made.record.name}"'
    return Response(made.content, media_type="application/octet-stream", headers={"Content-Disposition": disposition})


@router.post(
    "/collection-batches/{batch_id}/returns",
    name="load_collection_return",
    status_code=201,
    response_model=CollectionReturnsRead,
    dependencies=[requires(Permission.COLLECTION_FILE)],
)
def load_collection_return(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    batch_id: IdIn,
    deducted_on: Annotated[DayIn, Form()],
    files: Annotated[list[UploadFile], File(max_length=20)],
) -> JSONResponse:
    """Take the bank's files: good lines are booked, all others set aside; the same bytes again have no effect."""
    contents = [(one.filename or "", one.file.read()) for one in files]

    def produce() -> CollectionReturnsRead:
        taken = collection_returns.load(
            session, actor=actor, keyring=keyring, batch_id=batch_id, files=contents, deducted_on=deducted_on,
            today=today,
        )  # fmt: skip
        return CollectionReturnsRead(
            batch=CollectionBatchRead.of(taken.batch, today=today),
            items=[CollectionReturnRead.of(one) for one in taken.returns],
            repeated=taken.repeated,
        )

    return idempotency.run(collection_returns.fingerprint(contents, deducted_on), produce)


@router.get(
    "/collection-batches/{batch_id}/returns",
    name="list_collection_returns",
    dependencies=[requires(Permission.COLLECTION_READ)],
)
def list_collection_returns(session: ReadSessionDep, actor: ActorDep, batch_id: IdIn) -> Page[CollectionReturnRead]:
    """List the bank's files that a batch has taken."""
    batch = collection_batches.get(session, batch_id, actor=actor)
    return Page(
        items=[CollectionReturnRead.of(one) for one in collection_returns.returns_of(session, batch)], next=None
    )


@router.get(
    "/collection-failures", name="list_collection_failures", dependencies=[requires(Permission.CONTRIBUTION_READ)]
)
def list_collection_failures(
    session: ReadSessionDep,
    actor: ActorDep,
    page: PageDep,
    contribution_year: ContributionYear,
    division: Annotated[DivisionIn | None, Query()] = None,
) -> Page[UnpaidRead]:
    """List those whose deduction for a year failed and who have not paid since: whom the village has to see."""
    rows, after = collection_lists.list_unpaid(
        session, actor=actor, division_code=division, contribution_year=contribution_year, limit=page.limit,
        after=page.after,
    )  # fmt: skip
    items = [
        UnpaidRead(
            resident_id=one.resident_id, name=one.name, division_code=one.division_code, instalment=one.instalment,
            amount=one.amount_fen, reason=one.reason, sent_on=one.sent_on, is_deducted_again=one.is_deducted_again,
        )
        for one in rows
    ]  # fmt: skip
    return Page(items=items, next=after)


def _files(batch: CollectionBatch, files: Sequence[CollectionFile], today: date) -> CollectionFilesRead:
    return CollectionFilesRead(
        batch=CollectionBatchRead.of(batch, today=today), items=[CollectionFileRead.of(one) for one in files]
    )
