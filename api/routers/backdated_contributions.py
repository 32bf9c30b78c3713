"""Late contributions over HTTP: handed in by one person, decided by another, posted with the interest they lack."""

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
from api.schemas.backdated_contributions import (
    BackdatedContributionCreate,
    BackdatedContributionDecision,
    BackdatedContributionRead,
)
from api.schemas.base import DivisionIn, IdIn, Page
from api.services import backdated_contributions
from api.services.contribution_rules import Offer
from api.vocabulary import BackdatedState

router = Router(prefix="/backdated-contributions", tags=["contributions"])

READ = requires(Permission.CONTRIBUTION_READ)


@router.post(
    "",
    name="propose_backdated_contribution",
    status_code=201,
    response_model=BackdatedContributionRead,
    dependencies=[requires(Permission.CONTRIBUTION_BACKDATE)],
)
def propose_backdated_contribution(
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    body: BackdatedContributionCreate,
) -> JSONResponse:
    """Hand in a contribution of a period whose interest is posted; nothing is booked yet."""
    offer = Offer(
        kind=body.kind,
        contribution_year=body.contribution_year,
        paid_on=body.paid_on,
        channel=body.channel,
        tier_fen=body.tier,
        amount_fen=body.amount,
        instalment=body.instalment,
    )

    def produce() -> BackdatedContributionRead:
        return BackdatedContributionRead.of(
            backdated_contributions.propose(
                session, actor=actor, resident_id=body.resident_id, offer=offer, reason=body.reason, today=today
            )
        )

    return idempotency.run(body, produce)


@router.get("", name="list_backdated_contributions", dependencies=[READ])
def list_backdated_contributions(
    session: ReadSessionDep,
    actor: ActorDep,
    page: PageDep,
    division: Annotated[DivisionIn | None, Query()] = None,
    state: Annotated[BackdatedState | None, Query()] = None,
) -> Page[BackdatedContributionRead]:
    """List late contributions of a unit (default: the actor's own), newest first."""
    low, high = scope_of(division or actor.division_code)
    rows, after = backdated_contributions.list_proposals(
        session, low=low, high=high, state=state, limit=page.limit, after=page.after
    )
    return Page(items=[BackdatedContributionRead.of(row) for row in rows], next=after)


@router.get("/{proposal_id}", name="read_backdated_contribution", dependencies=[READ])
def read_backdated_contribution(
    response: Response, session: ReadSessionDep, proposal_id: IdIn
) -> BackdatedContributionRead:
    """Read one late contribution."""
    found = backdated_contributions.get(session, proposal_id)
    response.headers["ETag"] = etag(found.version)
    return BackdatedContributionRead.of(found)


@router.post(
    "/{proposal_id}/decisions",
    name="decide_backdated_contribution",
    status_code=201,
    response_model=BackdatedContributionRead,
    dependencies=[requires(Permission.CONTRIBUTION_BACKDATE_DECIDE, second_factor=True)],
)
def decide_backdated_contribution(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    version: IfMatchDep,
    proposal_id: IdIn,
    body: BackdatedContributionDecision,
) -> JSONResponse:
    """Approve a late contribution, which posts it and corrects the interest, or turn it down; by a second person."""

    def produce() -> BackdatedContributionRead:
        done = backdated_contributions.decide(
            session, actor=actor, keyring=keyring, proposal_id=proposal_id, decision=body.decision,
            opinion=body.opinion, version=version, today=today,
        )  # fmt: skip
        return BackdatedContributionRead.of(done.proposal)

    return idempotency.run(body, produce)
