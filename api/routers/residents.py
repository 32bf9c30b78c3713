"""Residents over HTTP: the roster, one person, what happened to them, and the changes that keep history."""

from datetime import date
from typing import Annotated

from fastapi import Query, Response
from fastapi.responses import JSONResponse

from api.crypto import Keyring
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
from api.schemas.attachments import AttachmentLink
from api.schemas.base import DayIn, DivisionIn, IdIn, Page
from api.schemas.duplicates import SimilarList, SimilarRead, SimilarSearch
from api.schemas.residents import (
    OLDEST,
    BenefitFilter,
    DeathCreate,
    EnrolmentFilter,
    IdNumberSearch,
    MoveCreate,
    ReinstatementCreate,
    ResidentCreate,
    ResidentRead,
    ResidentSummary,
    ResidentUpdate,
    RevealCreate,
    RevealRead,
    TimelineEventRead,
)
from api.services import (
    duplicate_search,
    reinstatements,
    resident_history,
    resident_protection,
    resident_search,
    residents,
    timeline,
)
from api.services.resident_categories import categories_of
from api.services.resident_questions import Wanted
from api.services.resident_search import ResidentView
from api.vocabulary import BenefitState, EnrolmentState, ResidentCategory, ResidentStatus

router = Router(prefix="/residents", tags=["residents"])


def summary_of(view: ResidentView, today: date) -> ResidentSummary:
    """Show a person as in a list."""
    return ResidentSummary.of(
        view.resident,
        division_name=view.division_name,
        id_number=view.id_number,
        enrolment_state=view.enrolment_state,
        benefit_state=view.benefit_state,
        today=today,
    )


def detail_of(view: ResidentView, keyring: Keyring, today: date) -> ResidentRead:
    """Show a person in full, protected values masked."""
    phone, bank_account = resident_protection.protected_values(keyring, view.resident)
    return ResidentRead.detailed(
        view.resident,
        summary=summary_of(view, today),
        household_number=view.household_number,
        phone=phone,
        bank_account=bank_account,
        categories=categories_of(view.resident),
    )


@router.get("", name="list_residents", dependencies=[requires(Permission.RESIDENT_READ)])
def list_residents(
    session: ReadSessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    page: PageDep,
    division: Annotated[DivisionIn | None, Query()] = None,
    q: Annotated[str | None, Query(max_length=50)] = None,
    category: Annotated[ResidentCategory | None, Query()] = None,
    enrolment: Annotated[EnrolmentFilter | None, Query()] = None,
    benefit: Annotated[BenefitFilter | None, Query()] = None,
    status: Annotated[ResidentStatus | None, Query()] = None,
    group: Annotated[str | None, Query(max_length=50)] = None,
    household: Annotated[str | None, Query(max_length=50)] = None,
    age_from: Annotated[int | None, Query(ge=0, le=OLDEST)] = None,
    age_to: Annotated[int | None, Query(ge=0, le=OLDEST)] = None,
) -> Page[ResidentSummary]:
    """List people of a unit, also the dead and those who moved away, unless `status` says otherwise.

    `q` is the beginning of a name, of a given name, of the pinyin or of the initials, or characters and letters mixed.
    `household` is a whole 户号; ages are full years on the business day. A page can be shorter than `limit`, even empty,
    and still have a `next`: as many people were looked at as one request may.
    """
    wanted = Wanted(
        group=group,
        category=category,
        status=status,
        enrolment=None if enrolment in (None, EnrolmentFilter.NONE) else EnrolmentState(enrolment.value),
        not_enrolled=enrolment is EnrolmentFilter.NONE,
        benefit=None if benefit in (None, BenefitFilter.NONE) else BenefitState(benefit.value),
        no_benefit=benefit is BenefitFilter.NONE,
        age_from=age_from,
        age_to=age_to,
        household_number=household,
    )
    views, following = resident_search.list_residents(
        session,
        keyring,
        actor=actor,
        today=today,
        division_code=division,
        q=q,
        wanted=wanted,
        limit=page.limit,
        after=page.after,
    )
    return Page(items=[summary_of(view, today) for view in views], next=following)


@router.post(
    "",
    name="register_resident",
    dependencies=[requires(Permission.RESIDENT_WRITE)],
    status_code=201,
    response_model=ResidentRead,
)
def register_resident(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    body: ResidentCreate,
) -> JSONResponse:
    """Enter one person by the same rules as a roster file."""

    def produce() -> ResidentRead:
        resident = residents.register(
            session,
            keyring,
            actor=actor,
            division_code=body.division_code,
            record=body.record(),
            other_pension=body.other_pension,
            today=today,
            here_since=body.here_since,
        )
        duplicate_search.propose_for(session, keyring, actor=actor, resident=resident)
        return detail_of(resident_search.get_view(session, keyring, resident.id), keyring, today)

    return idempotency.run(body, produce)


@router.post("/similar", name="search_similar_residents", dependencies=[requires(Permission.RESIDENT_WRITE)])
def search_similar_residents(
    session: SessionDep, actor: ActorDep, keyring: KeyringDep, today: BusinessDateDep, body: SimilarSearch
) -> SimilarList:
    """Look for people of one's unit who may be the one about to be registered; the search is on record."""
    found = duplicate_search.similar_to(
        session,
        keyring,
        actor=actor,
        name=body.name,
        id_number=body.id_number,
        division_code=body.division_code,
        today=today,
    )
    return SimilarList(
        items=[
            SimilarRead(
                resident=summary_of(one.view, today),
                score=one.comparison.score,
                reasons=list(one.comparison.reasons),
            )
            for one in found
        ]
    )


@router.post("/search", name="search_resident", dependencies=[requires(Permission.RESIDENT_READ)])
def search_resident(
    session: SessionDep, actor: ActorDep, keyring: KeyringDep, today: BusinessDateDep, body: IdNumberSearch
) -> Page[ResidentSummary]:
    """Find a person by ID number; the search is on record."""
    views = resident_search.find_by_id_number(session, keyring, actor=actor, id_number=body.id_number, today=today)
    return Page(items=[summary_of(view, today) for view in views], next=None)


@router.get("/{resident_id}", name="read_resident", dependencies=[requires(Permission.RESIDENT_READ)])
def read_resident(
    session: ReadSessionDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    response: Response,
    resident_id: IdIn,
    as_of: Annotated[DayIn | None, Query()] = None,
) -> ResidentRead:
    """Read one person, protected values masked; with `as_of`, as the roster knew them at the end of that day.

    Of an earlier day no state of enrolment and pension is told, and there is no ETag: the past cannot be changed.
    """
    if as_of is not None:
        then = resident_history.read_as_of(session, keyring, resident_id=resident_id, as_of=as_of)
        return detail_of(then, keyring, as_of)
    view = resident_search.get_view(session, keyring, resident_id, alone=True)
    response.headers["ETag"] = etag(view.resident.version)
    return detail_of(view, keyring, today)


@router.patch("/{resident_id}", name="change_resident", dependencies=[requires(Permission.RESIDENT_WRITE)])
def change_resident(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    version: IfMatchDep,
    response: Response,
    resident_id: IdIn,
    body: ResidentUpdate,
) -> ResidentRead:
    """Change facts of a person; the earlier row is kept."""
    residents.change(
        session,
        keyring,
        actor=actor,
        resident_id=resident_id,
        version=version,
        record=body.record(),
        today=today,
        other_pension=body.other_pension,
        effective_on=body.effective_on,
    )
    return _changed(session, keyring, today, response, resident_id)


@router.post("/{resident_id}/deaths", name="report_death", dependencies=[requires(Permission.RESIDENT_WRITE)])
def report_death(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    version: IfMatchDep,
    response: Response,
    resident_id: IdIn,
    body: DeathCreate,
) -> ResidentRead:
    """Register a death; payments stop from the following month."""
    residents.report_death(
        session,
        actor=actor,
        resident_id=resident_id,
        version=version,
        died_on=body.died_on,
        source=body.source,
        today=today,
        evidence=body.evidence,
    )
    return _changed(session, keyring, today, response, resident_id)


@router.post("/{resident_id}/moves", name="report_move", dependencies=[requires(Permission.RESIDENT_WRITE)])
def report_move(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    version: IfMatchDep,
    response: Response,
    resident_id: IdIn,
    body: MoveCreate,
) -> ResidentRead:
    """Register a move out of the county, or to another village of one's unit."""
    residents.report_move(
        session,
        actor=actor,
        resident_id=resident_id,
        version=version,
        moved_on=body.moved_on,
        to_division_code=body.to_division_code,
        today=today,
        reason=body.reason,
        evidence=body.evidence,
    )
    return _changed(session, keyring, today, response, resident_id)


@router.post(
    "/{resident_id}/reinstatements", name="reinstate_resident", dependencies=[requires(Permission.RESIDENT_WRITE)]
)
def reinstate_resident(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    version: IfMatchDep,
    response: Response,
    resident_id: IdIn,
    body: ReinstatementCreate,
) -> ResidentRead:
    """Put somebody who was wrongly reported dead or gone, or has come back, on the roster again; by a second person."""
    reinstatements.reinstate(
        session,
        actor=actor,
        resident_id=resident_id,
        version=version,
        kind=body.kind,
        returned_on=body.returned_on,
        evidence=body.evidence,
        today=today,
    )
    return _changed(session, keyring, today, response, resident_id)


@router.post("/{resident_id}/reveals", name="reveal_resident", dependencies=[requires(Permission.RESIDENT_REVEAL)])
def reveal_resident(
    session: SessionDep, actor: ActorDep, keyring: KeyringDep, resident_id: IdIn, body: RevealCreate
) -> RevealRead:
    """Show one protected value in full; who asked and why is on record."""
    revealed = residents.reveal(
        session, keyring, actor=actor, resident_id=resident_id, field=body.field, reason=body.reason
    )
    return RevealRead(field=revealed.field, value=revealed.value)


@router.get("/{resident_id}/timeline", name="list_resident_timeline", dependencies=[requires(Permission.RESIDENT_READ)])
def list_resident_timeline(
    session: ReadSessionDep, actor: ActorDep, page: PageDep, resident_id: IdIn
) -> Page[TimelineEventRead]:
    """List everything that happened to a person, newest first, each event with the papers of its case."""
    events, following = timeline.list_events(
        session, actor=actor, resident_id=resident_id, limit=page.limit, after=page.after
    )
    return Page(
        items=[
            TimelineEventRead(
                at=event.on_day,
                kind=event.kind,
                title=event.title,
                detail=event.detail,
                amount=event.amount_fen,
                actor=event.actor,
                subject_kind=event.subject_kind,
                subject_id=event.subject_id,
                attachments=[AttachmentLink.to(paper) for paper in event.papers],
            )
            for event in events
        ],
        next=following,
    )


def _changed(session: SessionDep, keyring: Keyring, today: date, response: Response, resident_id: int) -> ResidentRead:
    """Answer with the person as they are now, and the new version."""
    view = resident_search.get_view(session, keyring, resident_id)
    response.headers["ETag"] = etag(view.resident.version)
    return detail_of(view, keyring, today)
