"""Contributions over HTTP: recorded once per key, undone by a second person."""

from typing import Annotated

from fastapi import Query, Response
from fastapi.responses import JSONResponse

from api.database import scope_of
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
from api.schemas.base import DivisionIn, IdIn, Page
from api.schemas.contribution_groups import (
    AllowanceRead,
    ContributionGroupRead,
    LumpSumCreate,
    MakeUpCreate,
    QuoteCreate,
    QuoteRead,
)
from api.schemas.contributions import ContributionCreate, ContributionRead, ContributionSummary, ReversalCreate
from api.schemas.policy_parameters import LawBasis, LawTrace
from api.services import (
    contribution_allowances,
    contribution_groups,
    contribution_reversals,
    contributions,
    law_traces,
)
from api.services.contribution_rules import Offer
from api.services.receipts import Written
from api.vocabulary import ContributionKind, PostingState

router = Router(prefix="/contributions", tags=["contributions"])


@router.post(
    "",
    name="record_contribution",
    status_code=201,
    response_model=ContributionRead,
    dependencies=[requires(Permission.CONTRIBUTION_RECORD)],
)
def record_contribution(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    body: ContributionCreate,
) -> JSONResponse:
    """Record a contribution with its government subsidy; cash gets a receipt."""
    offer = Offer(
        kind=body.kind,
        contribution_year=body.contribution_year,
        paid_on=body.paid_on,
        channel=body.channel,
        tier_fen=body.tier,
        amount_fen=body.amount,
        instalment=body.instalment,
    )

    written = None if body.receipt is None else Written(body.receipt.number, body.receipt.issued_on)

    def produce() -> ContributionRead:
        done = contributions.record(
            session,
            actor=actor,
            keyring=keyring,
            resident_id=body.resident_id,
            offer=offer,
            today=today,
            written=written,
        )
        return ContributionRead.of_recorded(done.contribution, done.receipt, done.reasons)

    return idempotency.run(body, produce)


@router.post(
    "/make-ups",
    name="record_make_up",
    status_code=201,
    response_model=ContributionGroupRead,
    dependencies=[requires(Permission.CONTRIBUTION_RECORD)],
)
def record_make_up(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    body: MakeUpCreate,
) -> JSONResponse:
    """Record 补缴 of several missed years in one sum: all of them or none, and one receipt for the cash."""

    def produce() -> ContributionGroupRead:
        done = contribution_groups.record(
            session, actor=actor, keyring=keyring, resident_id=body.resident_id, offer=body.offer(), today=today
        )
        return ContributionGroupRead.of(done.contributions, done.receipt, done.reasons)

    return idempotency.run(body, produce)


@router.post(
    "/lump-sums",
    name="record_lump_sum",
    status_code=201,
    response_model=ContributionGroupRead,
    dependencies=[requires(Permission.CONTRIBUTION_RECORD)],
)
def record_lump_sum(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    body: LumpSumCreate,
) -> JSONResponse:
    """Record 趸缴: the years from the first unpaid one on in one sum, later years included."""

    def produce() -> ContributionGroupRead:
        done = contribution_groups.record(
            session, actor=actor, keyring=keyring, resident_id=body.resident_id, offer=body.offer(), today=today
        )
        return ContributionGroupRead.of(done.contributions, done.receipt, done.reasons)

    return idempotency.run(body, produce)


@router.post("/quotes", name="quote_contributions", dependencies=[requires(Permission.CONTRIBUTION_RECORD)])
def quote_contributions(session: ReadSessionDep, today: BusinessDateDep, body: QuoteCreate) -> QuoteRead:
    """Say what a sum for several years would come to, year by year; nothing is recorded."""
    return QuoteRead.of(
        contribution_groups.quote(session, resident_id=body.resident_id, offer=body.offer(), today=today)
    )


@router.get(
    "/allowances/{resident_id}",
    name="read_contribution_allowance",
    dependencies=[requires(Permission.CONTRIBUTION_READ)],
)
def read_contribution_allowance(session: ReadSessionDep, today: BusinessDateDep, resident_id: IdIn) -> AllowanceRead:
    """Read what a person may pay today: this year's payment, 补缴 and 趸缴, with amounts and reasons."""
    return AllowanceRead.of(contribution_allowances.read(session, resident_id=resident_id, today=today))


@router.get("", name="list_contributions", dependencies=[requires(Permission.CONTRIBUTION_READ)])
def list_contributions(
    session: ReadSessionDep,
    actor: ActorDep,
    page: PageDep,
    division: Annotated[DivisionIn | None, Query()] = None,
    resident_id: Annotated[IdIn | None, Query()] = None,
    contribution_year: Annotated[int | None, Query(ge=1990, le=2100)] = None,
    kind: Annotated[ContributionKind | None, Query()] = None,
    state: Annotated[PostingState | None, Query()] = None,
) -> Page[ContributionSummary]:
    """List contributions of a unit (default: the actor's own) or a person, newest first."""
    low, high = scope_of(division or actor.division_code)
    filters = contributions.Filters(
        low=low, high=high, resident_id=resident_id, contribution_year=contribution_year, kind=kind, state=state
    )
    rows, after = contributions.list_contributions(session, filters=filters, limit=page.limit, after=page.after)
    return Page(items=[ContributionSummary.of(row) for row in rows], next=after)


@router.get("/{contribution_id}", name="read_contribution", dependencies=[requires(Permission.CONTRIBUTION_READ)])
def read_contribution(response: Response, session: ReadSessionDep, contribution_id: IdIn) -> ContributionRead:
    """Read one contribution with its receipt."""
    found = contributions.read(session, contribution_id)
    response.headers["ETag"] = etag(found.contribution.version)
    trace = law_traces.of_contribution(session, found.contribution)
    law = None
    if trace is not None:
        law = LawTrace(serial=str(trace.serial), bases=[LawBasis.of(one) for one in trace.bases])
    return ContributionRead.of_recorded(found.contribution, found.receipt, law=law)


@router.post(
    "/{contribution_id}/reversals",
    name="reverse_contribution",
    status_code=201,
    response_model=ContributionRead,
    dependencies=[requires(Permission.CONTRIBUTION_REVERSE)],
)
def reverse_contribution(
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    version: IfMatchDep,
    contribution_id: IdIn,
    body: ReversalCreate,
) -> JSONResponse:
    """Undo a contribution and its subsidy; whoever recorded it cannot."""

    def produce() -> ContributionRead:
        undone = contribution_reversals.reverse(
            session, actor=actor, contribution_id=contribution_id, reason=body.reason, version=version, today=today
        )
        return ContributionRead.of_recorded(undone.contribution, undone.receipt)

    return idempotency.run(body, produce)
