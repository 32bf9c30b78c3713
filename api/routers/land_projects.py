"""Land projects over HTTP: a village's project and list, the four steps, objections while the list hangs out.

The decision route needs only the right to read here: which right a step needs depends on the step, and the service asks.
"""

from typing import Annotated

from fastapi import Query, Response
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
from api.schemas.base import DivisionIn, IdIn, Page
from api.schemas.land_projects import (
    LandDecisionCreate,
    LandDifference,
    LandMoneyRead,
    LandObjectionCreate,
    LandObjectionRead,
    LandPersonRead,
    LandPersonsPut,
    LandPersonsStrike,
    LandProjectCreate,
    LandProjectDetail,
    LandProjectRead,
    LandProjectUpdate,
    LandRulingCreate,
    LandStepRead,
)
from api.schemas.payer_lists import LandPaymentCreate, PayerListDetail
from api.services import land_entries, land_lists, land_payments, land_projects, payer_lists
from api.services.land_projects import LandRuling, ProjectView
from api.vocabulary import LandProjectState

router = Router(prefix="/land-projects", tags=["land-projects"])


def _read(view: ProjectView) -> LandProjectRead:
    return LandProjectRead.of(view.project, division_name=view.division_name)


@router.get("", name="list_land_projects", dependencies=[requires(Permission.LAND_READ)])
def list_land_projects(
    session: ReadSessionDep,
    actor: ActorDep,
    page: PageDep,
    division: Annotated[DivisionIn | None, Query()] = None,
    state: Annotated[LandProjectState | None, Query()] = None,
) -> Page[LandProjectRead]:
    """List the projects of a unit, newest first; by state it is the work list of the next step."""
    views, following = land_projects.list_projects(
        session, actor=actor, division_code=division, state=state, limit=page.limit, after=page.after
    )
    return Page(items=[_read(view) for view in views], next=following)


@router.post(
    "",
    name="create_land_project",
    dependencies=[requires(Permission.LAND_LIST)],
    status_code=201,
    response_model=LandProjectRead,
)
def create_land_project(
    session: SessionDep, actor: ActorDep, today: BusinessDateDep, idempotency: IdempotencyDep, body: LandProjectCreate
) -> JSONResponse:
    """Enter a project of a village as a draft with an empty list."""

    def produce() -> LandProjectRead:
        project = land_projects.create(
            session, actor=actor, division_code=body.division_code, facts=body.facts(), today=today
        )
        return _read(land_projects.get_view(session, project.id))

    return idempotency.run(body, produce)


@router.get("/{project_id}", name="read_land_project", dependencies=[requires(Permission.LAND_READ)])
def read_land_project(session: ReadSessionDep, response: Response, project_id: IdIn) -> LandProjectDetail:
    """Read one project with its steps and what its list has other than that of the round before."""
    view = land_projects.get_view(session, project_id)
    money = land_payments.money_of(session, view.project)
    response.headers["ETag"] = etag(view.project.version)
    return LandProjectDetail(
        **dict(_read(view)),
        steps=[LandStepRead.of(step) for step in land_projects.steps_of(session, view.project)],
        differences=[
            LandDifference(resident_id=one.resident_id, name=one.name, before=one.before_fen, after=one.after_fen)
            for one in land_lists.differences(session, view.project)
        ],
        money=LandMoneyRead(due=money.due_fen, received=money.received_fen, posted=money.posted_fen),
    )


@router.patch("/{project_id}", name="change_land_project", dependencies=[requires(Permission.LAND_LIST)])
def change_land_project(
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    version: IfMatchDep,
    response: Response,
    project_id: IdIn,
    body: LandProjectUpdate,
) -> LandProjectRead:
    """Change facts of a project whose list is still the village's."""
    land_projects.change(session, actor=actor, project_id=project_id, version=version, facts=body.facts(), today=today)
    return _answer(session, response, project_id)


@router.post("/{project_id}/decisions", name="decide_land_project", dependencies=[requires(Permission.LAND_READ)])
def decide_land_project(
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    version: IfMatchDep,
    response: Response,
    project_id: IdIn,
    body: LandDecisionCreate,
) -> LandProjectRead:
    """Take the next step, or send the list back; the county's approval freezes it and marks its people as 被征地."""
    ruling = LandRuling(body.step, body.decision, body.opinion, today)
    land_projects.decide(session, actor=actor, project_id=project_id, version=version, ruling=ruling)
    return _answer(session, response, project_id)


@router.get("/{project_id}/persons", name="list_land_persons", dependencies=[requires(Permission.LAND_READ)])
def list_land_persons(
    session: ReadSessionDep, keyring: KeyringDep, page: PageDep, project_id: IdIn
) -> Page[LandPersonRead]:
    """List the people of a project's list as it stands, with what is due for each."""
    project = land_projects.get_view(session, project_id).project
    views, following = land_lists.list_persons(session, keyring, project=project, limit=page.limit, after=page.after)
    items = [
        LandPersonRead.masked(
            resident_id=view.entry.resident_id,
            name=None if view.resident is None else view.resident.name,
            id_number=view.id_number,
            status=None if view.resident is None else view.resident.status,
            sum_fen=view.entry.sum_fen,
        )
        for view in views
    ]
    return Page(items=items, next=following)


@router.post("/{project_id}/persons", name="put_land_persons", dependencies=[requires(Permission.LAND_LIST)])
def put_land_persons(
    session: SessionDep,
    actor: ActorDep,
    version: IfMatchDep,
    response: Response,
    project_id: IdIn,
    body: LandPersonsPut,
) -> LandProjectRead:
    """Put people of the village on the list, or give them another sum; all of them or nobody."""
    land_entries.put_persons(
        session,
        actor=actor,
        project_id=project_id,
        version=version,
        resident_ids=body.resident_ids,
        sum_fen=body.sum,
    )
    return _answer(session, response, project_id)


@router.post("/{project_id}/removals", name="strike_land_persons", dependencies=[requires(Permission.LAND_LIST)])
def strike_land_persons(
    session: SessionDep,
    actor: ActorDep,
    version: IfMatchDep,
    response: Response,
    project_id: IdIn,
    body: LandPersonsStrike,
) -> LandProjectRead:
    """Strike people off the list; all of them or nobody."""
    land_entries.strike_persons(
        session, actor=actor, project_id=project_id, version=version, resident_ids=body.resident_ids
    )
    return _answer(session, response, project_id)


@router.get("/{project_id}/objections", name="list_land_objections", dependencies=[requires(Permission.LAND_READ)])
def list_land_objections(session: ReadSessionDep, page: PageDep, project_id: IdIn) -> Page[LandObjectionRead]:
    """List the objections of every round, newest first."""
    project = land_projects.get_view(session, project_id).project
    rows, following = land_entries.list_objections(session, project=project, limit=page.limit, after=page.after)
    return Page(items=[LandObjectionRead.of(one, name=name) for one, name in rows], next=following)


@router.post("/{project_id}/objections", name="object_to_land_list", dependencies=[requires(Permission.LAND_LIST)])
def object_to_land_list(
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    version: IfMatchDep,
    response: Response,
    project_id: IdIn,
    body: LandObjectionCreate,
) -> LandProjectRead:
    """Write down what somebody says against a person's place or sum while the list hangs out."""
    land_entries.object_to(
        session,
        actor=actor,
        project_id=project_id,
        version=version,
        resident_id=body.resident_id,
        objection=body.objection,
        on=today,
    )
    return _answer(session, response, project_id)


@router.post(
    "/{project_id}/objections/{objection_id}/rulings",
    name="rule_on_land_objection",
    dependencies=[requires(Permission.LAND_CHECK)],
)
def rule_on_land_objection(
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    version: IfMatchDep,
    response: Response,
    project_id: IdIn,
    objection_id: IdIn,
    body: LandRulingCreate,
) -> LandProjectRead:
    """Say whether an objection is right; by another person than who wrote it down."""
    land_entries.rule_on(
        session,
        actor=actor,
        project_id=project_id,
        objection_id=objection_id,
        version=version,
        upheld=body.upheld,
        ruling=body.ruling,
        on=today,
    )
    return _answer(session, response, project_id)


@router.post(
    "/{project_id}/payments",
    name="pay_land_project",
    status_code=201,
    response_model=PayerListDetail,
    dependencies=[requires(Permission.PAYER_LIST_SUBMIT)],
)
def pay_land_project(
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    project_id: IdIn,
    body: LandPaymentCreate,
) -> JSONResponse:
    """Make the payer's list of an approved project: its people and sums, whoever is on none yet."""

    def produce() -> PayerListDetail:
        made = land_payments.pay(
            session,
            actor=actor,
            project_id=project_id,
            payer_name=body.payer_name,
            contribution_year=body.contribution_year,
            today=today,
        )
        return PayerListDetail.of_found(made, payer_lists.waiting_fen(session, made))

    return idempotency.run(body, produce)


def _answer(session: SessionDep, response: Response, project_id: int) -> LandProjectRead:
    """Answer with the project as it is now, and its version."""
    view = land_projects.get_view(session, project_id)
    response.headers["ETag"] = etag(view.project.version)
    return _read(view)
