"""Claims on government over HTTP: the position, compute, look, approve, send, post, undo; the form and the workbooks."""

from datetime import date
from typing import Annotated

from fastapi import Query, Response
from fastapi.responses import JSONResponse

from api.dependencies import (
    ActorDep,
    BusinessDateDep,
    IdempotencyDep,
    IfMatchDep,
    PageDep,
    ReadSessionDep,
    ServiceDep,
    SessionDep,
    etag,
    requires,
)
from api.permissions import Permission
from api.routes import Router
from api.schemas.base import DayIn, DivisionIn, IdIn, Page
from api.schemas.subsidy_claims import (
    LevelAmounts,
    LevelPositionRead,
    SubsidyClaimApproval,
    SubsidyClaimCreate,
    SubsidyClaimLineRead,
    SubsidyClaimRead,
    SubsidyDiscard,
    SubsidyPosition,
    SubsidyPostingRead,
    SubsidySummary,
    SubsidySummaryRow,
    SubsidyWaitingRead,
    TownPostedRead,
    UnclaimedRead,
)
from api.services import (
    interest_runs,
    subsidy_claims,
    subsidy_covers,
    subsidy_papers,
    subsidy_positions,
    subsidy_postings,
)
from api.vocabulary import SubsidyClaimState, SubsidyPurpose

router = Router(prefix="/subsidy-claims", tags=["subsidies"])
READ = requires(Permission.SUBSIDY_READ)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF = "application/pdf"
CountyQuery = Annotated[str, Query(pattern=r"^\d{6}$", examples=["440783"])]


def claim_of(session: SessionDep, claim_id: int) -> SubsidyClaimRead:
    """Return a claim as it is now. Raises `NotFound`."""
    claim = subsidy_claims.get(session, claim_id)
    return SubsidyClaimRead.of(claim, subsidy_covers.received_by_level(session, [claim])[claim.id])


def _answer(session: SessionDep, response: Response, claim_id: int) -> SubsidyClaimRead:
    claim = claim_of(session, claim_id)
    response.headers["ETag"] = etag(claim.version)
    return claim


@router.get("/position", name="read_subsidy_position", dependencies=[READ])
def read_subsidy_position(
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    county: CountyQuery,
    as_of: Annotated[DayIn | None, Query()] = None,
) -> SubsidyPosition:
    """Read what each level of government owes, was asked for and has paid, by purpose."""
    position = _position(session, actor, county, as_of or today)
    return SubsidyPosition(
        county=county,
        as_of=position.as_of,
        items=[
            LevelPositionRead(
                purpose=one.purpose,
                level=one.level,
                due=one.due_fen,
                claimed=one.claimed_fen,
                received=one.received_fen,
                outstanding=one.outstanding_fen,
                advance=one.advance_fen,
                overdue=one.overdue_fen,
                claimed_rate=one.claimed_rate,
                received_rate=one.received_rate,
            )
            for one in position.levels
        ],
        unclaimed=[
            UnclaimedRead(purpose=purpose, count=owed.count, amounts=LevelAmounts.of(owed.amounts))
            for purpose, owed in position.unclaimed.items()
            if owed.count
        ],
    )


def _position(session: SessionDep, actor: ActorDep, county: str, as_of: date) -> subsidy_positions.Position:
    return subsidy_positions.position(session, actor=actor, county_code=int(county), as_of=as_of)


@router.get(
    "/position/workbook",
    name="export_subsidy_position",
    response_class=Response,
    responses={200: {"content": {XLSX: {}}}},
    dependencies=[READ],
)
def export_subsidy_position(
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    county: CountyQuery,
    as_of: Annotated[DayIn | None, Query()] = None,
) -> Response:
    """Read the position as a workbook; the export is on record."""
    position = _position(session, actor, county, as_of or today)
    content = subsidy_papers.position_workbook(session, actor=actor, position=position)
    return _file(content, XLSX, f"subsidy-position-{county}-{position.as_of}.xlsx")


def _file(content: bytes, media_type: str, name: str) -> Response:
    return Response(content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@router.post(
    "",
    name="compute_subsidy_claim",
    status_code=201,
    response_model=SubsidyClaimRead,
    dependencies=[requires(Permission.SUBSIDY_COMPUTE)],
)
def compute_subsidy_claim(
    session: SessionDep, actor: ActorDep, today: BusinessDateDep, idempotency: IdempotencyDep, body: SubsidyClaimCreate
) -> JSONResponse:
    """Compute what is owed and in no claim yet: lines, sums by level, content hash."""

    def produce() -> SubsidyClaimRead:
        claim, received = subsidy_claims.compute_or_try(
            session,
            actor=actor,
            county_code=int(body.county),
            purpose=body.purpose,
            period=body.period,
            cut_off_on=body.cut_off_on,
            today=today,
            dry_run=body.dry_run,
        )
        return SubsidyClaimRead.of(claim, received, kept=not body.dry_run)

    return idempotency.run(body, produce)


@router.get("", name="list_subsidy_claims", dependencies=[READ])
def list_subsidy_claims(
    session: ReadSessionDep,
    today: BusinessDateDep,
    page: PageDep,
    purpose: Annotated[SubsidyPurpose | None, Query()] = None,
    state: Annotated[SubsidyClaimState | None, Query()] = None,
    overdue: Annotated[bool, Query()] = False,
) -> Page[SubsidyClaimRead]:
    """List claims, newest first; `overdue`: those that finance should have paid by now."""
    rows, after = subsidy_claims.list_claims(
        session,
        purpose=purpose,
        state=state,
        overdue_on=today if overdue else None,
        limit=page.limit,
        after=page.after,
    )
    received = subsidy_covers.received_by_level(session, rows)
    return Page(items=[SubsidyClaimRead.of(row, received[row.id]) for row in rows], next=after)


@router.get("/{claim_id}", name="read_subsidy_claim", dependencies=[READ])
def read_subsidy_claim(response: Response, session: ReadSessionDep, claim_id: IdIn) -> SubsidyClaimRead:
    """Read one claim with what has arrived for it."""
    return _answer(session, response, claim_id)


@router.get("/{claim_id}/summary", name="summarise_subsidy_claim", dependencies=[READ])
def summarise_subsidy_claim(
    session: ReadSessionDep, claim_id: IdIn, division: Annotated[DivisionIn | None, Query()] = None
) -> SubsidySummary:
    """Read a claim by town and tier; of the unit that is named, by village and tier."""
    claim = subsidy_claims.get(session, claim_id)
    rows = subsidy_positions.summary(session, claim=claim, division_code=division)
    return SubsidySummary(
        items=[
            SubsidySummaryRow(
                division_code=row.division_code,
                tier=row.tier_fen,
                heads=row.heads,
                line_count=row.line_count,
                amounts=LevelAmounts.of(row.amounts),
                covered=row.covered_fen,
            )
            for row in rows
        ]
    )


@router.get("/{claim_id}/lines", name="list_subsidy_claim_lines", dependencies=[READ])
def list_subsidy_claim_lines(
    session: ReadSessionDep,
    page: PageDep,
    claim_id: IdIn,
    division: Annotated[DivisionIn | None, Query()] = None,
    resident_id: Annotated[IdIn | None, Query()] = None,
    covered: Annotated[bool | None, Query()] = None,
) -> Page[SubsidyClaimLineRead]:
    """List the people behind a claim; `covered=false`: those whose money has not come."""
    claim = subsidy_claims.get(session, claim_id)
    rows, after = subsidy_positions.list_lines(
        session,
        claim=claim,
        division_code=division,
        resident_id=resident_id,
        covered=covered,
        limit=page.limit,
        after=page.after,
    )
    return Page(items=[SubsidyClaimLineRead.of(*row) for row in rows], next=after)


@router.get(
    "/{claim_id}/form",
    name="print_subsidy_claim",
    response_class=Response,
    responses={200: {"content": {PDF: {}}}},
    dependencies=[READ],
)
def print_subsidy_claim(session: SessionDep, actor: ActorDep, today: BusinessDateDep, claim_id: IdIn) -> Response:
    """Print 补贴资金申请表: by town and tier, what each level is asked for."""
    claim = subsidy_claims.get(session, claim_id)
    content = subsidy_papers.form(session, actor=actor, claim=claim, today=today)
    return _file(content, PDF, f"subsidy-claim-{claim_id}.pdf")


@router.get(
    "/{claim_id}/workbook",
    name="export_subsidy_claim",
    response_class=Response,
    responses={200: {"content": {XLSX: {}}}},
    dependencies=[READ],
)
def export_subsidy_claim(session: SessionDep, actor: ActorDep, claim_id: IdIn) -> Response:
    """Read a claim as a workbook, by town and tier and line by line; the export is on record."""
    claim = subsidy_claims.get(session, claim_id)
    content = subsidy_papers.claim_workbook(session, actor=actor, claim=claim)
    return _file(content, XLSX, f"subsidy-claim-{claim_id}.xlsx")


@router.post(
    "/{claim_id}/approvals",
    name="approve_subsidy_claim",
    status_code=201,
    response_model=SubsidyClaimRead,
    dependencies=[requires(Permission.SUBSIDY_APPROVE, second_factor=True)],
)
def approve_subsidy_claim(
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    version: IfMatchDep,
    claim_id: IdIn,
    body: SubsidyClaimApproval,
) -> JSONResponse:
    """Approve a claim over its content, by another person than its maker; each level owes its part from then on."""

    def produce() -> SubsidyClaimRead:
        subsidy_claims.approve(
            session, actor=actor, claim_id=claim_id, given_hash=body.content_hash, version=version, today=today
        )
        return claim_of(session, claim_id)

    return idempotency.run(body, produce)


@router.post(
    "/{claim_id}/sendings",
    name="send_subsidy_claim",
    status_code=201,
    dependencies=[requires(Permission.SUBSIDY_COMPUTE)],
)
def send_subsidy_claim(
    response: Response,
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    version: IfMatchDep,
    claim_id: IdIn,
) -> SubsidyClaimRead:
    """Note that the claim went to finance; the days within which the money has to come run from today."""
    subsidy_claims.send(session, actor=actor, claim_id=claim_id, version=version, today=today)
    return _answer(session, response, claim_id)


@router.post(
    "/{claim_id}/discards",
    name="discard_subsidy_claim",
    status_code=201,
    response_model=SubsidyClaimRead,
    dependencies=[requires(Permission.SUBSIDY_APPROVE, second_factor=True)],
)
def discard_subsidy_claim(
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    version: IfMatchDep,
    claim_id: IdIn,
    body: SubsidyDiscard,
) -> JSONResponse:
    """Void a claim for which no money has come; what it asked for can be claimed anew."""

    def produce() -> SubsidyClaimRead:
        subsidy_claims.discard(
            session, actor=actor, claim_id=claim_id, reason=body.reason, version=version, today=today
        )
        return claim_of(session, claim_id)

    return idempotency.run(body, produce)


@router.post(
    "/{claim_id}/postings",
    name="post_subsidies",
    status_code=201,
    response_model=SubsidyPostingRead,
    dependencies=[requires(Permission.SUBSIDY_APPROVE, second_factor=True)],
)
def post_subsidies(
    service: ServiceDep,
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    claim_id: IdIn,
) -> JSONResponse:
    """Put what has arrived into the accounts, town by town; again after a breakdown, or for what had to wait."""

    def produce() -> SubsidyPostingRead:
        interest_runs.hold_open(session)
        towns = list(subsidy_postings.post(service.database, actor=actor, claim_id=claim_id, today=today))
        return SubsidyPostingRead(
            claim=claim_of(session, claim_id),
            towns=[
                TownPostedRead(division_code=one.town_code, line_count=one.line_count, amount=one.amount_fen)
                for one in towns
            ],
        )

    return idempotency.run("", produce)


@router.get("/{claim_id}/waiting", name="list_waiting_subsidies", dependencies=[READ])
def list_waiting_subsidies(session: ReadSessionDep, page: PageDep, claim_id: IdIn) -> Page[SubsidyWaitingRead]:
    """List lines whose money is there and that are in no account yet, with the reason."""
    claim = subsidy_claims.get(session, claim_id)
    rows, after = subsidy_postings.list_waiting(session, claim=claim, limit=page.limit, after=page.after)
    return Page(
        items=[
            SubsidyWaitingRead(
                seq=one.seq,
                resident_id=one.resident_id,
                division_code=one.division_code,
                amount=one.amount_fen,
                value_on=one.value_on,
                hold=one.hold,
                reason=one.hold.label if one.hold else "",
            )
            for one in rows
        ],
        next=after,
    )
