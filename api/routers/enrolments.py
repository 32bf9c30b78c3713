"""Enrolments over HTTP: applications, the three steps, and the reviewers' work lists.

The decision routes need only a sign-in here: which right a step needs depends on the step, and the service asks for it.
"""

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
from api.policy.deadlines import effect_month
from api.routes import Router
from api.schemas.base import DivisionIn, IdIn, Page
from api.schemas.cases import DecisionCreate, DecisionRead, DecisionResult, DecisionResults, DecisionsCreate, Waiting
from api.schemas.enrolments import EnrolmentCreate, EnrolmentDetail, EnrolmentRead, EnrolmentResubmit, TermsRead
from api.services import enrolment_lists, enrolment_terms, enrolments, work_items
from api.services.case_procedures import Ruling
from api.services.enrolment_lists import EnrolmentView
from api.services.laws import law_on
from api.vocabulary import WAITS_FOR, EnrolmentState

router = Router(prefix="/enrolments", tags=["enrolments"])


def _read(view: EnrolmentView) -> EnrolmentRead:
    return EnrolmentRead.of(view.enrolment, resident_name=view.resident_name, division_name=view.division_name)


@router.get("", name="list_enrolments", dependencies=[requires(Permission.ENROLMENT_READ)])
def list_enrolments(
    session: ReadSessionDep,
    actor: ActorDep,
    page: PageDep,
    state: Annotated[EnrolmentState | None, Query()] = None,
    division: Annotated[DivisionIn | None, Query()] = None,
    resident_id: Annotated[IdIn | None, Query()] = None,
) -> Page[EnrolmentRead]:
    """List the cases of a unit; by state it is the work list of the next step."""
    views, following = enrolment_lists.list_enrolments(
        session,
        actor=actor,
        state=state,
        division_code=division,
        resident_id=resident_id,
        limit=page.limit,
        after=page.after,
    )
    return Page(items=[_read(view) for view in views], next=following)


@router.post(
    "",
    name="create_enrolment",
    dependencies=[requires(Permission.ENROLMENT_CREATE)],
    status_code=201,
    response_model=EnrolmentRead,
)
def create_enrolment(
    session: SessionDep, actor: ActorDep, today: BusinessDateDep, idempotency: IdempotencyDep, body: EnrolmentCreate
) -> JSONResponse:
    """Enter an application as a draft."""

    def produce() -> EnrolmentRead:
        enrolment = enrolments.apply_for(
            session,
            actor=actor,
            resident_id=body.resident_id,
            tier_fen=body.tier,
            rhythm=body.rhythm,
            applied_on=body.applied_on,
            today=today,
        )
        return _read(enrolment_lists.get_view(session, enrolment.id))

    return idempotency.run(body, produce)


@router.post("/decisions", name="decide_enrolments", dependencies=[requires(Permission.ENROLMENT_READ)])
def decide_enrolments(
    session: SessionDep, actor: ActorDep, today: BusinessDateDep, body: DecisionsCreate
) -> DecisionResults:
    """Say the same of up to 200 cases; each that cannot be decided says why and stays as it is."""
    ruling = Ruling(body.step, body.decision, body.opinion, today, stamped=body.stamped)
    results = enrolments.decide_many(session, actor=actor, enrolment_ids=body.ids, ruling=ruling)
    return DecisionResults.of([DecisionResult.of(one.case_id, state=one.state, refusal=one.refusal) for one in results])


@router.get("/{enrolment_id}", name="read_enrolment", dependencies=[requires(Permission.ENROLMENT_READ)])
def read_enrolment(
    session: ReadSessionDep, actor: ActorDep, today: BusinessDateDep, response: Response, enrolment_id: IdIn
) -> EnrolmentDetail:
    """Read one case with its decisions, until when it waits, and whether the reader may decide it."""
    view = enrolment_lists.get_view(session, enrolment_id)
    case = view.enrolment
    response.headers["ETag"] = etag(case.version)
    obstacle = work_items.obstacle_to(session, enrolments.PROCEDURE, actor=actor, case=case, today=today)
    changed = enrolment_terms.changes_of(session, case.county_code, [case.resident_id]).get(case.id, [])
    step = WAITS_FOR.get(case.state)
    return EnrolmentDetail(
        **dict(_read(view)),
        decisions=[DecisionRead.of(decision) for decision in enrolment_lists.decisions_of(session, case)],
        waiting=Waiting(
            since_on=case.since_on,
            due_on=case.due_on,
            is_overdue=case.due_on is not None and case.due_on < today,
            stop=case.stop,
            decidable=step is not None and obstacle is None,
            obstacle=None if obstacle is None else obstacle.detail,
        ),
        effect_month=None
        if step is None or case.since_on is None
        else effect_month(step, case.since_on, law_on(session, case.division_code, today)).first_day,
        terms=[TermsRead(from_year=one.from_year, tier=one.tier_fen, rhythm=one.rhythm) for one in changed],
    )


@router.post("/{enrolment_id}/decisions", name="decide_enrolment", dependencies=[requires(Permission.ENROLMENT_READ)])
def decide_enrolment(
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    version: IfMatchDep,
    response: Response,
    enrolment_id: IdIn,
    body: DecisionCreate,
) -> EnrolmentRead:
    """Approve, return or reject at a step; the county's approval makes the person insured and opens the account."""
    ruling = Ruling(body.step, body.decision, body.opinion, today, stamped=body.stamped)
    enrolments.decide(session, actor=actor, enrolment_id=enrolment_id, version=version, ruling=ruling)
    return _answer(session, response, enrolment_id)


@router.post(
    "/{enrolment_id}/resubmissions", name="resubmit_enrolment", dependencies=[requires(Permission.ENROLMENT_CREATE)]
)
def resubmit_enrolment(
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    version: IfMatchDep,
    response: Response,
    enrolment_id: IdIn,
    body: EnrolmentResubmit,
) -> EnrolmentRead:
    """Hand a returned case in again, mended: a new round of three steps."""
    enrolments.resubmit(
        session,
        actor=actor,
        enrolment_id=enrolment_id,
        version=version,
        tier_fen=body.tier,
        rhythm=body.rhythm,
        applied_on=body.applied_on,
        today=today,
    )
    return _answer(session, response, enrolment_id)


@router.post(
    "/{enrolment_id}/withdrawals", name="withdraw_enrolment", dependencies=[requires(Permission.ENROLMENT_CREATE)]
)
def withdraw_enrolment(
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    version: IfMatchDep,
    response: Response,
    enrolment_id: IdIn,
) -> EnrolmentRead:
    """Take back one's own application before it is decided."""
    enrolments.withdraw(session, actor=actor, enrolment_id=enrolment_id, version=version, today=today)
    return _answer(session, response, enrolment_id)


def _answer(session: SessionDep, response: Response, enrolment_id: int) -> EnrolmentRead:
    view = enrolment_lists.get_view(session, enrolment_id)
    response.headers["ETag"] = etag(view.enrolment.version)
    return _read(view)
