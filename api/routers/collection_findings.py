"""Findings of a deduction batch and its money over HTTP: proposed by one person, confirmed by another."""

from typing import Annotated

from fastapi import Path, Query, Response
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
from api.models import CollectionBatch
from api.permissions import Permission
from api.policy.money import parse_yuan
from api.routes import Router
from api.schemas.base import IdIn, Page
from api.schemas.collection_findings import (
    CollectionFindingRead,
    CollectionMoneyRead,
    FindingApproval,
    FindingProposal,
    FindingReveal,
    FindingRevealed,
    LineStatement,
    MoneyProofCreate,
    MoneyProofRead,
    Reconciliation,
)
from api.services import collection_batches, collection_findings, collection_money
from api.services.collection_findings import Proposal
from api.vocabulary import FindingCode, FindingDecision, FindingState

router = Router(prefix="/collection-batches/{batch_id}", tags=["collection"])
Number = Annotated[int, Path(ge=1, le=2_000_000_000)]


@router.get("/findings", name="list_collection_findings", dependencies=[requires(Permission.COLLECTION_READ)])
def list_collection_findings(
    session: ReadSessionDep,
    actor: ActorDep,
    page: PageDep,
    batch_id: IdIn,
    state: Annotated[FindingState | None, Query()] = None,
    code: Annotated[FindingCode | None, Query()] = None,
) -> Page[CollectionFindingRead]:
    """List what of the bank's files was set aside."""
    batch = collection_batches.get(session, batch_id, actor=actor)
    rows, after = collection_findings.list_findings(
        session, batch=batch, state=state, code=code, limit=page.limit, after=page.after
    )
    return Page(items=[CollectionFindingRead.of(row) for row in rows], next=after)


@router.get("/findings/{number}", name="read_collection_finding", dependencies=[requires(Permission.COLLECTION_READ)])
def read_collection_finding(
    response: Response, session: ReadSessionDep, actor: ActorDep, batch_id: IdIn, number: Number
) -> CollectionFindingRead:
    """Read one finding."""
    finding = collection_findings.read(session, actor=actor, batch_id=batch_id, number=number)
    response.headers["ETag"] = etag(finding.version)
    return CollectionFindingRead.of(finding)


@router.post(
    "/findings/{number}/reveals",
    name="reveal_collection_finding",
    status_code=201,
    dependencies=[requires(Permission.COLLECTION_COMPUTE)],
)
def reveal_collection_finding(
    session: SessionDep, actor: ActorDep, keyring: KeyringDep, batch_id: IdIn, number: Number, body: FindingReveal
) -> FindingRevealed:
    """Read a finding's line as the bank sent it; audited."""
    finding, raw = collection_findings.reveal(
        session, actor=actor, keyring=keyring, batch_id=batch_id, number=number, reason=body.reason
    )
    return FindingRevealed(number=finding.number, raw=raw)


@router.post(
    "/findings/{number}/resolutions",
    name="propose_collection_resolution",
    status_code=201,
    dependencies=[requires(Permission.COLLECTION_COMPUTE)],
)
def propose_collection_resolution(
    response: Response,
    session: SessionDep,
    actor: ActorDep,
    version: IfMatchDep,
    batch_id: IdIn,
    number: Number,
    body: FindingProposal,
) -> CollectionFindingRead:
    """Propose what to do about a finding; it takes effect when another person confirms it."""
    proposal = Proposal(decision=body.decision, evidence=body.evidence, seq=body.seq)
    finding = collection_findings.propose(
        session, actor=actor, batch_id=batch_id, number=number, version=version, proposal=proposal
    )
    response.headers["ETag"] = etag(finding.version)
    return CollectionFindingRead.of(finding)


@router.post(
    "/findings/{number}/approvals",
    name="decide_collection_resolution",
    status_code=201,
    response_model=CollectionFindingRead,
    dependencies=[requires(Permission.COLLECTION_APPROVE, second_factor=True)],
)
def decide_collection_resolution(
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    version: IfMatchDep,
    idempotency: IdempotencyDep,
    batch_id: IdIn,
    number: Number,
    body: FindingApproval,
) -> JSONResponse:
    """Confirm a proposal, which books or fails its line at once, or send it back."""

    def produce() -> CollectionFindingRead:
        finding = collection_findings.decide(
            session,
            actor=actor,
            batch_id=batch_id,
            number=number,
            version=version,
            confirms=body.confirmed,
            today=today,
        )
        return CollectionFindingRead.of(finding)

    return idempotency.run(body, produce)


@router.post(
    "/statements",
    name="declare_collection_line",
    status_code=201,
    response_model=CollectionFindingRead,
    dependencies=[requires(Permission.COLLECTION_COMPUTE)],
)
def declare_collection_line(
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    batch_id: IdIn,
    body: LineStatement,
) -> JSONResponse:
    """Propose the final state of a line that the bank never answered, on its signed statement."""
    proposal = Proposal(decision=FindingDecision(body.decision), evidence=body.evidence, seq=body.seq)

    def produce() -> CollectionFindingRead:
        finding = collection_findings.declare(
            session, actor=actor, batch_id=batch_id, proposal=proposal, deducted_on=body.deducted_on, today=today
        )
        return CollectionFindingRead.of(finding)

    return idempotency.run(body, produce)


@router.get("/money-proofs", name="read_collection_money", dependencies=[requires(Permission.COLLECTION_READ)])
def read_collection_money(
    response: Response, session: ReadSessionDep, actor: ActorDep, batch_id: IdIn
) -> CollectionMoneyRead:
    """Compare the bank's list with the money that arrived."""
    batch = collection_batches.get(session, batch_id, actor=actor)
    response.headers["ETag"] = etag(batch.version)
    return _money(session, batch)


@router.post(
    "/money-proofs",
    name="prove_collection_money",
    status_code=201,
    response_model=CollectionMoneyRead,
    dependencies=[requires(Permission.COLLECTION_FILE)],
)
def prove_collection_money(
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    batch_id: IdIn,
    body: MoneyProofCreate,
) -> JSONResponse:
    """Record money that arrived for a batch, by the bank's advice."""

    def produce() -> CollectionMoneyRead:
        collection_money.prove(
            session, actor=actor, batch_id=batch_id, amount_fen=body.amount, bank_reference=body.bank_reference,
            arrived_on=body.arrived_on, today=today,
        )  # fmt: skip
        return _money(session, collection_batches.get(session, batch_id, actor=actor))

    return idempotency.run(body, produce)


@router.post(
    "/reconciliations",
    name="reconcile_collection_money",
    status_code=201,
    response_model=CollectionMoneyRead,
    dependencies=[requires(Permission.COLLECTION_APPROVE, second_factor=True)],
)
def reconcile_collection_money(
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    version: IfMatchDep,
    idempotency: IdempotencyDep,
    batch_id: IdIn,
    body: Reconciliation,
) -> JSONResponse:
    """Put the difference between list and money into suspense, or take it out again; by another person."""

    def produce() -> CollectionMoneyRead:
        batch = collection_money.reconcile(
            session, actor=actor, batch_id=batch_id, seen_fen=parse_yuan(body.difference), expected_version=version,
            today=today,
        )  # fmt: skip
        return _money(session, batch)

    return idempotency.run(body, produce)


def _money(session: SessionDep, batch: CollectionBatch) -> CollectionMoneyRead:
    standing = collection_money.standing(session, batch)
    return CollectionMoneyRead(
        listed=standing.listed_fen,
        arrived=standing.arrived_fen,
        suspense=standing.suspense_fen,
        difference=standing.unbooked_fen,
        proofs=[MoneyProofRead.of(one) for one in collection_money.proofs_of(session, batch)],
        version=batch.version,
    )
