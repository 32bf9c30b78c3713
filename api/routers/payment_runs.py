"""The monthly payment over HTTP: compute, look, approve, release, answer; and why somebody was paid or not."""

from typing import Annotated

from fastapi import File, Query, Response, UploadFile
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
from api.permissions import Permission
from api.routes import Router
from api.schemas.base import DivisionIn, IdIn, MonthIn, Page
from api.schemas.payment_runs import (
    BankFileRead,
    BankFilesRead,
    BankReturnRead,
    BankReturnsRead,
    PaymentExceptionRead,
    PaymentExplanation,
    PaymentLineRead,
    PaymentRunApproval,
    PaymentRunCreate,
    PaymentRunDiscard,
    PaymentRunRead,
)
from api.services import payment_explanations, payment_files, payment_returns, payment_runs

router = Router(tags=["payments"])


@router.post(
    "/payment-runs",
    name="compute_payment_run",
    status_code=201,
    response_model=PaymentRunRead,
    dependencies=[requires(Permission.PAYMENT_COMPUTE)],
)
def compute_payment_run(
    session: SessionDep, actor: ActorDep, today: BusinessDateDep, idempotency: IdempotencyDep, body: PaymentRunCreate
) -> JSONResponse:
    """Compute a county's month: lines, exceptions, comparison with the last run, content hash."""

    def produce() -> PaymentRunRead:
        run = payment_runs.compute(session, actor=actor, county=int(body.county), month=body.month, today=today)
        return PaymentRunRead.of(run)

    return idempotency.run(body, produce)


@router.get("/payment-runs", name="list_payment_runs", dependencies=[requires(Permission.PAYMENT_READ)])
def list_payment_runs(session: ReadSessionDep, page: PageDep) -> Page[PaymentRunRead]:
    """List runs, newest month first."""
    rows, after = payment_runs.list_runs(session, limit=page.limit, after=page.after)
    return Page(items=[PaymentRunRead.of(row) for row in rows], next=after)


@router.get("/payment-runs/{run_id}", name="read_payment_run", dependencies=[requires(Permission.PAYMENT_READ)])
def read_payment_run(response: Response, session: ReadSessionDep, run_id: IdIn) -> PaymentRunRead:
    """Read one run."""
    run = payment_runs.get(session, run_id)
    response.headers["ETag"] = etag(run.version)
    return PaymentRunRead.of(run)


@router.get("/payment-runs/{run_id}/lines", name="list_payment_lines", dependencies=[requires(Permission.PAYMENT_READ)])
def list_payment_lines(
    session: ReadSessionDep,
    page: PageDep,
    run_id: IdIn,
    division: Annotated[DivisionIn | None, Query()] = None,
    resident_id: Annotated[IdIn | None, Query()] = None,
) -> Page[PaymentLineRead]:
    """List the lines of a run by number."""
    run = payment_runs.get(session, run_id)
    wanted = payment_runs.Filter(division_code=division, resident_id=resident_id)
    rows, after = payment_runs.list_lines(session, run=run, wanted=wanted, limit=page.limit, after=page.after)
    return Page(items=[PaymentLineRead.of(row) for row in rows], next=after)


@router.get(
    "/payment-runs/{run_id}/exceptions",
    name="list_payment_exceptions",
    dependencies=[requires(Permission.PAYMENT_READ)],
)
def list_payment_exceptions(
    session: ReadSessionDep,
    page: PageDep,
    run_id: IdIn,
    code: Annotated[str | None, Query(max_length=40)] = None,
    division: Annotated[DivisionIn | None, Query()] = None,
) -> Page[PaymentExceptionRead]:
    """List who was held back and what the checker should look at."""
    run = payment_runs.get(session, run_id)
    wanted = payment_runs.Filter(division_code=division, code=code)
    rows, after = payment_runs.list_exceptions(session, run=run, wanted=wanted, limit=page.limit, after=page.after)
    return Page(items=[PaymentExceptionRead.of(*row) for row in rows], next=after)


@router.post(
    "/payment-runs/{run_id}/approvals",
    name="approve_payment_run",
    status_code=201,
    dependencies=[requires(Permission.PAYMENT_APPROVE, second_factor=True)],
)
def approve_payment_run(
    response: Response,
    session: SessionDep,
    actor: ActorDep,
    version: IfMatchDep,
    run_id: IdIn,
    body: PaymentRunApproval,
) -> PaymentRunRead:
    """Approve a run over its content, by another person than its maker."""
    run = payment_runs.approve(
        session, actor=actor, run_id=run_id, given_hash=body.content_hash, expected_version=version
    )
    response.headers["ETag"] = etag(run.version)
    return PaymentRunRead.of(run)


@router.post(
    "/payment-runs/{run_id}/discards",
    name="discard_payment_run",
    status_code=201,
    dependencies=[requires(Permission.PAYMENT_COMPUTE)],
)
def discard_payment_run(
    response: Response, session: SessionDep, actor: ActorDep, version: IfMatchDep, run_id: IdIn, body: PaymentRunDiscard
) -> PaymentRunRead:
    """Discard a run that has not left the house."""
    run = payment_runs.discard(session, actor=actor, run_id=run_id, reason=body.reason, expected_version=version)
    response.headers["ETag"] = etag(run.version)
    return PaymentRunRead.of(run)


@router.post(
    "/payment-runs/{run_id}/files",
    name="release_bank_files",
    status_code=201,
    response_model=BankFilesRead,
    dependencies=[requires(Permission.PAYMENT_FILE, second_factor=True)],
)
def release_bank_files(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    run_id: IdIn,
) -> JSONResponse:
    """Release the bank files of an approved run, by a third person; again, the same files."""

    def produce() -> BankFilesRead:
        run, files = payment_files.release(session, actor=actor, keyring=keyring, run_id=run_id, today=today)
        return BankFilesRead(run=PaymentRunRead.of(run), items=[BankFileRead.of(one) for one in files])

    return idempotency.run(str(run_id), produce)


@router.get("/payment-runs/{run_id}/files", name="list_bank_files", dependencies=[requires(Permission.PAYMENT_READ)])
def list_bank_files(session: ReadSessionDep, run_id: IdIn) -> Page[BankFileRead]:
    """List the released files of a run."""
    files = payment_files.files_of(session, payment_runs.get(session, run_id))
    return Page(items=[BankFileRead.of(one) for one in files], next=None)


@router.get(
    "/payment-runs/{run_id}/files/{file_id}",
    name="download_bank_file",
    response_class=Response,
    dependencies=[requires(Permission.PAYMENT_FILE, second_factor=True)],
)
def download_bank_file(
    session: SessionDep, actor: ActorDep, keyring: KeyringDep, run_id: IdIn, file_id: IdIn
) -> Response:
    """Download a released file; audited, since it holds full account numbers."""
    made = payment_files.download(session, actor=actor, keyring=keyring, run_id=run_id, file_id=file_id)
    disposition = f'attachment; filename="{made.record.name}"'
    return Response(made.content, media_type="application/octet-stream", headers={"Content-Disposition": disposition})


@router.post(
    "/payment-runs/{run_id}/returns",
    name="load_bank_return",
    status_code=201,
    response_model=BankReturnsRead,
    dependencies=[requires(Permission.PAYMENT_FILE)],
)
def load_bank_return(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    run_id: IdIn,
    files: Annotated[list[UploadFile], File(max_length=20)],
) -> JSONResponse:
    """Book the bank's answer files, all or none; the same bytes again have no effect."""
    contents = [(one.filename or "", one.file.read()) for one in files]

    def produce() -> BankReturnsRead:
        done = payment_returns.load(session, actor=actor, keyring=keyring, run_id=run_id, files=contents, today=today)
        return BankReturnsRead(
            run=PaymentRunRead.of(done.run),
            items=[BankReturnRead.of(one) for one in done.returns],
            repeated=done.repeated,
        )

    return idempotency.run(payment_returns.fingerprint(contents), produce)


@router.get(
    "/residents/{resident_id}/payments", name="explain_payment", dependencies=[requires(Permission.BENEFIT_READ)]
)
def explain_payment(
    session: ReadSessionDep, resident_id: IdIn, month: Annotated[MonthIn, Query()]
) -> PaymentExplanation:
    """Say why a person was paid for a month, or not."""
    found = payment_explanations.explain(session, resident_id=resident_id, month=month)
    return PaymentExplanation(
        resident_id=found.resident_id, month=found.month, paid=found.paid, code=found.code, message=found.message,
        amount=found.amount_fen, paid_on=found.paid_on, run_id=found.run_id, seq=found.seq,
    )  # fmt: skip
