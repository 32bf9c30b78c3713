"""Months of the fund's books over HTTP: what stands in the way, closing and reopening by two persons, the month-end pack."""

from datetime import date
from typing import Annotated, Any

from fastapi import Header, Query
from fastapi.responses import JSONResponse, Response

from api.dependencies import (
    ActorDep,
    BusinessDateDep,
    IdempotencyDep,
    IfMatchDep,
    PageDep,
    ReadSessionDep,
    SessionDep,
    etag,
    requires,
)
from api.exchange import fund_documents, fund_sheets, fund_tables
from api.permissions import Permission
from api.routes import Router
from api.schemas.base import MonthIn, Page
from api.schemas.fund_periods import (
    ClosingApproval,
    ClosingCreate,
    PackRead,
    PeriodDetail,
    PeriodRead,
    PreconditionRead,
    ReopeningCreate,
)
from api.services import fund_books, fund_closings, fund_pack_views
from api.services.fund_periods import CLOSED_STATES

router = Router(prefix="/fund/periods", tags=["fund"])
READ = requires(Permission.FUND_READ)
CLOSE = requires(Permission.FUND_CLOSE)
APPROVE = requires(Permission.FUND_APPROVE, second_factor=True)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF = "application/pdf"


@router.get("", name="list_fund_periods", dependencies=[READ])
def list_fund_periods(
    session: ReadSessionDep, actor: ActorDep, today: BusinessDateDep, page: PageDep
) -> Page[PeriodRead]:
    """List the county's months from its first journal to this month, newest first."""
    fund_books.require_county(actor, actor.county_code)
    months = fund_closings.list_periods(session, actor.county_code, until=today)
    rows, after = fund_closings.page_of(months, limit=page.limit, after=page.after)
    return Page(items=[PeriodRead.of(month, row) for month, row in rows], next=after)


@router.get("/{month}", name="read_fund_period", dependencies=[READ])
def read_fund_period(
    response: Response, session: ReadSessionDep, actor: ActorDep, today: BusinessDateDep, month: MonthIn
) -> PeriodDetail:
    """Read a month, and each precondition of closing it while it is open."""
    county_code = actor.county_code
    fund_books.require_county(actor, county_code)
    row = fund_closings.find(session, county_code, month)
    preconditions: list[PreconditionRead] = []
    is_ready = False
    if row is None or row.state.value not in CLOSED_STATES:
        checked = fund_closings.check(session, actor=actor, county_code=county_code, month=month, today=today)
        preconditions = [PreconditionRead.of(one) for one in checked.preconditions]
        is_ready = checked.is_ready
    response.headers["ETag"] = etag(row.version if row else 0)
    base = PeriodRead.of(month, row)
    facts = {name: getattr(base, name) for name in PeriodRead.model_fields}
    return PeriodDetail(**facts, preconditions=preconditions, is_ready=is_ready)


@router.get(
    "/{month}/pack",
    name="read_fund_pack",
    response_model=PackRead,
    responses={200: {"content": {XLSX: {}, PDF: {}}}},
    dependencies=[READ],
)
def read_fund_pack(
    session: ReadSessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    month: MonthIn,
    version: Annotated[int | None, Query(ge=1, le=999)] = None,
    accept: Annotated[str | None, Header()] = None,
) -> Any:
    """Read a month's pack: as stored, or a draft while the month is open; `Accept` with xlsx or pdf gives a file."""
    county_code = actor.county_code
    read = PackRead.of(fund_pack_views.view(session, actor=actor, month=month, pack_version=version, today=today))
    if accept is not None and XLSX in accept:
        parts = fund_tables.pack_parts(read.facts.model_dump(mode="json"), read.names)
        content = fund_sheets.workbook(f"{county_code} {month:%Y-%m}", parts)
        return _file(content, XLSX, f"fund-{county_code}-{month:%Y-%m}.xlsx")
    if accept is not None and PDF in accept:
        return _file(_printed(read, county_code, today), PDF, f"fund-{county_code}-{month:%Y-%m}.pdf")
    return read


def _printed(read: PackRead, county_code: int, today: date) -> bytes:
    head = {
        "division_name": read.names.get(f"{county_code * 1_000_000:012d}", str(county_code)),
        "state": "草稿，尚未月结" if read.is_draft else f"已月结，第{read.pack_version}版，{read.closed_on}",
        "prepared_by": read.names.get(str(read.prepared_by_id), "－"),
        "approved_by": read.names.get(str(read.approved_by_id), "－"),
        "content_hash": read.content_hash,
    }
    facts = read.facts.model_dump(mode="json")
    return fund_documents.pack(facts, head=head, names=read.names, printed_on=read.closed_on or today)


def _file(content: bytes, kind: str, name: str) -> Response:
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@router.post(
    "/{month}/closings", name="propose_closing", status_code=201, response_model=PeriodRead, dependencies=[CLOSE]
)
def propose_closing(
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    version: IfMatchDep,
    month: MonthIn,
    body: ClosingCreate,
) -> JSONResponse:
    """Propose to close a month: its pack is built, and its hash is what another person approves."""

    def produce() -> PeriodRead:
        exceptions = [{"code": one.code.value, "reason": one.reason} for one in body.exceptions]
        row = fund_closings.propose(
            session, actor=actor, month=month, exceptions=exceptions, version=version, today=today
        )
        return PeriodRead.of(month, row)

    return idempotency.run(body, produce)


@router.post(
    "/{month}/closings/approvals",
    name="approve_closing",
    status_code=201,
    response_model=PeriodRead,
    dependencies=[APPROVE],
)
def approve_closing(
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    version: IfMatchDep,
    month: MonthIn,
    body: ClosingApproval,
) -> JSONResponse:
    """Close a month over the hash of its pack; from then on it takes no journal."""

    def produce() -> PeriodRead:
        row, _ = fund_closings.approve(
            session, actor=actor, month=month, content_hash=body.content_hash, version=version, today=today
        )
        return PeriodRead.of(month, row)

    return idempotency.run(body, produce)


@router.post(
    "/{month}/withdrawals", name="withdraw_closing", status_code=201, response_model=PeriodRead, dependencies=[CLOSE]
)
def withdraw_closing(
    session: SessionDep, actor: ActorDep, idempotency: IdempotencyDep, version: IfMatchDep, month: MonthIn
) -> JSONResponse:
    """Take one's own proposal to close or to reopen a month back."""

    def produce() -> PeriodRead:
        return PeriodRead.of(month, fund_closings.withdraw(session, actor=actor, month=month, version=version))

    return idempotency.run("", produce)


@router.post(
    "/{month}/reopenings", name="propose_reopening", status_code=201, response_model=PeriodRead, dependencies=[CLOSE]
)
def propose_reopening(
    session: SessionDep,
    actor: ActorDep,
    idempotency: IdempotencyDep,
    version: IfMatchDep,
    month: MonthIn,
    body: ReopeningCreate,
) -> JSONResponse:
    """Propose to open the latest closed month again, with the reason."""

    def produce() -> PeriodRead:
        row = fund_closings.propose_reopening(session, actor=actor, month=month, reason=body.reason, version=version)
        return PeriodRead.of(month, row)

    return idempotency.run(body, produce)


@router.post(
    "/{month}/reopenings/approvals",
    name="approve_reopening",
    status_code=201,
    response_model=PeriodRead,
    dependencies=[APPROVE],
)
def approve_reopening(
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    version: IfMatchDep,
    month: MonthIn,
) -> JSONResponse:
    """Open a closed month again; its pack stays on record as it was."""

    def produce() -> PeriodRead:
        row = fund_closings.approve_reopening(session, actor=actor, month=month, version=version, today=today)
        return PeriodRead.of(month, row)

    return idempotency.run("", produce)
