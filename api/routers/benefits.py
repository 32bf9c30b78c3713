"""Benefits over HTTP: who is due, determinations by two persons, and the states of running pensions."""

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
    SessionDep,
    etag,
    requires,
)
from api.permissions import Permission
from api.routes import Router
from api.schemas.base import DivisionIn, IdIn, MonthIn, Page
from api.schemas.benefits import (
    AwardBatchCreate,
    AwardBatchDecision,
    AwardBatchRead,
    AwardBatchResult,
    AwardCreate,
    AwardDecision,
    AwardRead,
    AwardSummary,
    BenefitChange,
    BenefitRead,
    NoticeRead,
)
from api.services import award_batches, awards, benefits
from api.services.award_rules import words_of
from api.vocabulary import AwardBasis, AwardState, BenefitState

router = Router(prefix="/benefits", tags=["benefits"])


@router.get("/notices", name="list_benefit_notices", dependencies=[requires(Permission.BENEFIT_READ)])
def list_benefit_notices(
    session: ReadSessionDep,
    actor: ActorDep,
    page: PageDep,
    month: Annotated[MonthIn, Query()],
    division: Annotated[DivisionIn | None, Query()] = None,
    basis: Annotated[AwardBasis, Query()] = AwardBasis.TURNING_60,
) -> Page[NoticeRead]:
    """List who is told in a month that they reach 60 in the next; or, by `basis`, who was 60 at launch."""
    rows, after = award_batches.list_due(
        session, division_code=division or actor.division_code, month=award_batches.month_after(month), basis=basis,
        limit=page.limit, after=page.after,
    )  # fmt: skip
    return Page(items=[NoticeRead.of(row) for row in rows], next=after)


@router.post(
    "/awards",
    name="propose_award",
    status_code=201,
    response_model=AwardRead,
    dependencies=[requires(Permission.BENEFIT_PROPOSE)],
)
def propose_award(
    session: SessionDep, actor: ActorDep, today: BusinessDateDep, idempotency: IdempotencyDep, body: AwardCreate
) -> JSONResponse:
    """Propose the award of one person, with its calculation in words."""

    def produce() -> AwardRead:
        award = awards.propose(session, actor=actor, resident_id=body.resident_id, today=today)
        return AwardRead.with_words(award, words_of(session, award))

    return idempotency.run(body, produce)


@router.get("/awards", name="list_awards", dependencies=[requires(Permission.BENEFIT_READ)])
def list_awards(
    session: ReadSessionDep,
    page: PageDep,
    division: Annotated[DivisionIn | None, Query()] = None,
    state: Annotated[AwardState | None, Query()] = None,
) -> Page[AwardSummary]:
    """List awards; with `state=proposed` the reviewer's work list."""
    rows, after = awards.list_awards(session, division_code=division, state=state, limit=page.limit, after=page.after)
    return Page(items=[AwardSummary.of(row) for row in rows], next=after)


@router.post(
    "/awards/batches",
    name="propose_awards",
    status_code=201,
    response_model=AwardBatchRead,
    dependencies=[requires(Permission.BENEFIT_PROPOSE)],
)
def propose_awards(
    session: SessionDep, actor: ActorDep, today: BusinessDateDep, idempotency: IdempotencyDep, body: AwardBatchCreate
) -> JSONResponse:
    """Propose awards for everybody due in a unit."""

    def produce() -> AwardBatchRead:
        done = award_batches.propose_all(
            session, actor=actor, division_code=body.division, month=body.month, basis=body.basis, today=today
        )
        return AwardBatchRead(basis=done.basis, month=done.month, proposed=done.proposed, situations=done.situations)

    return idempotency.run(body, produce)


@router.post(
    "/awards/batches/decisions",
    name="approve_awards",
    status_code=201,
    response_model=AwardBatchResult,
    dependencies=[requires(Permission.BENEFIT_DECIDE, second_factor=True)],
)
def approve_awards(
    session: SessionDep, actor: ActorDep, today: BusinessDateDep, idempotency: IdempotencyDep, body: AwardBatchDecision
) -> JSONResponse:
    """Approve many awards by a second person; those whose facts have changed are left and named."""

    def produce() -> AwardBatchResult:
        done = award_batches.approve_all(
            session, actor=actor, award_ids=body.award_ids, opinion=body.opinion, today=today
        )
        return AwardBatchResult(approved=done.approved, interest=done.interest_fen, refused=list(done.refused))

    return idempotency.run(body, produce)


@router.get("/awards/{award_id}", name="read_award", dependencies=[requires(Permission.BENEFIT_READ)])
def read_award(response: Response, session: ReadSessionDep, award_id: IdIn) -> AwardRead:
    """Read an award with its calculation in words."""
    award = awards.get(session, award_id)
    response.headers["ETag"] = etag(award.version)
    return AwardRead.with_words(award, words_of(session, award))


@router.post(
    "/awards/{award_id}/decisions",
    name="decide_award",
    status_code=201,
    dependencies=[requires(Permission.BENEFIT_DECIDE, second_factor=True)],
)
def decide_award(
    response: Response,
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    version: IfMatchDep,
    award_id: IdIn,
    body: AwardDecision,
) -> AwardRead:
    """Approve an award, which starts the pension, or reject it; by a second person."""
    award = awards.decide(
        session, actor=actor, award_id=award_id, decision=body.decision, opinion=body.opinion,
        expected_version=version, today=today,
    )  # fmt: skip
    response.headers["ETag"] = etag(award.version)
    return AwardRead.with_words(award, words_of(session, award))


@router.get("", name="list_benefits", dependencies=[requires(Permission.BENEFIT_READ)])
def list_benefits(
    session: ReadSessionDep,
    page: PageDep,
    division: Annotated[DivisionIn | None, Query()] = None,
    state: Annotated[BenefitState | None, Query()] = None,
) -> Page[BenefitRead]:
    """List pensions by person."""
    rows, after = benefits.list_benefits(
        session, division_code=division, state=state, limit=page.limit, after=page.after
    )
    return Page(items=[BenefitRead.of(*row) for row in rows], next=after)


@router.get("/{resident_id}", name="read_benefit", dependencies=[requires(Permission.BENEFIT_READ)])
def read_benefit(response: Response, session: ReadSessionDep, resident_id: IdIn) -> BenefitRead:
    """Read one person's pension."""
    benefit, award, name = benefits.read(session, resident_id)
    response.headers["ETag"] = etag(benefit.version)
    return BenefitRead.of(benefit, award, name)


@router.post(
    "/{resident_id}/suspensions",
    name="suspend_benefit",
    status_code=201,
    dependencies=[requires(Permission.BENEFIT_PROPOSE)],
)
def suspend_benefit(
    response: Response,
    session: SessionDep,
    actor: ActorDep,
    version: IfMatchDep,
    resident_id: IdIn,
    body: BenefitChange,
) -> BenefitRead:
    """Suspend a pension (cert, missing, detained); its months are paid back on resumption."""
    return _changed(response, session, benefits.suspend, actor, version, resident_id, body)


@router.post(
    "/{resident_id}/stops", name="stop_benefit", status_code=201, dependencies=[requires(Permission.BENEFIT_PROPOSE)]
)
def stop_benefit(
    response: Response,
    session: SessionDep,
    actor: ActorDep,
    version: IfMatchDep,
    resident_id: IdIn,
    body: BenefitChange,
) -> BenefitRead:
    """Stop a pension in prison; its months are lost."""
    return _changed(response, session, benefits.stop, actor, version, resident_id, body)


@router.post(
    "/{resident_id}/resumptions",
    name="resume_benefit",
    status_code=201,
    dependencies=[requires(Permission.BENEFIT_PROPOSE)],
)
def resume_benefit(
    response: Response,
    session: SessionDep,
    actor: ActorDep,
    version: IfMatchDep,
    resident_id: IdIn,
    body: BenefitChange,
) -> BenefitRead:
    """Resume a suspended or stopped pension."""
    return _changed(response, session, benefits.resume, actor, version, resident_id, body)


@router.post(
    "/{resident_id}/terminations",
    name="terminate_benefit",
    status_code=201,
    dependencies=[requires(Permission.BENEFIT_PROPOSE)],
)
def terminate_benefit(
    response: Response,
    session: SessionDep,
    actor: ActorDep,
    version: IfMatchDep,
    resident_id: IdIn,
    body: BenefitChange,
) -> BenefitRead:
    """End a pension for good (death, emigrated, other_pension)."""
    return _changed(response, session, benefits.terminate, actor, version, resident_id, body)


def _changed(
    response: Response,
    session: SessionDep,
    change: benefits.ChangeState,
    actor: ActorDep,
    version: int,
    resident_id: int,
    body: BenefitChange,
) -> BenefitRead:
    """Change a state and show the pension."""
    change(
        session,
        benefits.Change(actor=actor, resident_id=resident_id, reason=body.reason, on=body.on, expected_version=version),
    )
    benefit, award, name = benefits.read(session, resident_id)
    response.headers["ETag"] = etag(benefit.version)
    return BenefitRead.of(benefit, award, name)
