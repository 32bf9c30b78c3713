"""Dated facts over HTTP: a person's facts, recording, ending and voiding them, and what is to be asked about again."""

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
    SessionDep,
    etag,
    requires,
)
from api.permissions import Permission
from api.routes import Router
from api.schemas.base import DayIn, DivisionIn, IdIn, Page
from api.schemas.resident_facts import FactCreate, FactDue, FactEnd, FactRead, FactVoid
from api.services import divisions, fact_records, resident_facts, residents

router = Router(tags=["residents"])


@router.get(
    "/residents/{resident_id}/facts", name="list_resident_facts", dependencies=[requires(Permission.RESIDENT_READ)]
)
def list_resident_facts(session: ReadSessionDep, resident_id: IdIn) -> Page[FactRead]:
    """List every fact of a person, ended and voided ones included, in the order of their days."""
    facts = resident_facts.facts_of(session, residents.get(session, resident_id))
    return Page(items=[FactRead.of(fact) for fact in facts], next=None)


@router.post(
    "/residents/{resident_id}/facts",
    name="record_fact",
    status_code=201,
    response_model=FactRead,
    dependencies=[requires(Permission.FACT_EXPLAIN)],
)
def record_fact(
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    resident_id: IdIn,
    body: FactCreate,
) -> JSONResponse:
    """Record a fact with its evidence; a village records reasons for not joining only."""

    def produce() -> FactRead:
        fact = fact_records.record(
            session,
            actor=actor,
            resident_id=resident_id,
            kind=body.kind,
            value=body.value,
            begins_on=body.begins_on,
            review_on=body.review_on,
            evidence=body.evidence,
            today=today,
        )
        session.refresh(fact)
        return FactRead.of(fact)

    return idempotency.run(body, produce)


@router.get("/facts", name="list_facts_due", dependencies=[requires(Permission.RESIDENT_READ)])
def list_facts_due(
    session: ReadSessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    page: PageDep,
    division: Annotated[DivisionIn | None, Query()] = None,
    due_by: Annotated[DayIn | None, Query()] = None,
) -> Page[FactDue]:
    """List open facts whose day to ask again has come (default: by today), such as students who should have finished."""
    unit = divisions.get_own(session, division or actor.division_code)
    day: date = due_by or today
    rows, following = fact_records.list_due(
        session, division_code=unit.code, due_by=day, limit=page.limit, after=page.after
    )
    return Page(
        items=[FactDue(**dict(FactRead.of(fact)), resident_name=name, division_name=of) for fact, name, of in rows],
        next=following,
    )


@router.post("/facts/{fact_id}/ends", name="end_fact", dependencies=[requires(Permission.FACT_EXPLAIN)])
def end_fact(
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    version: IfMatchDep,
    response: Response,
    fact_id: IdIn,
    body: FactEnd,
) -> FactRead:
    """End a fact; on `ended_on` it no longer holds."""
    fact = fact_records.finish(
        session,
        actor=actor,
        fact_id=fact_id,
        version=version,
        ended_on=body.ended_on,
        evidence=body.evidence,
        today=today,
    )
    response.headers["ETag"] = etag(fact.version)
    return FactRead.of(fact)


@router.post("/facts/{fact_id}/voids", name="void_fact", dependencies=[requires(Permission.FACT_EXPLAIN)])
def void_fact(
    session: SessionDep, actor: ActorDep, version: IfMatchDep, response: Response, fact_id: IdIn, body: FactVoid
) -> FactRead:
    """Mark a fact as wrongly recorded; it stays on record as such."""
    fact = fact_records.withdraw(session, actor=actor, fact_id=fact_id, version=version, reason=body.reason)
    response.headers["ETag"] = etag(fact.version)
    return FactRead.of(fact)
