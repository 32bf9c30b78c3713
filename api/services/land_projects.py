"""征地项目 (policy.md §2.2): a village's land, who is on the list, and three offices that answer for it.

The village lists and posts, the town checks when the posting is over, the county approves. Approval freezes the list
under its hash and marks the people. What is due for them is kept and shown; it is not booked here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import exists, select, text
from sqlmodel import col

from api.database import Actor, county_of, next_id, scope_of
from api.errors import NotFound, StaleVersion
from api.models import Division, LandObjection, LandProject, LandProjectStep
from api.permissions import Permission
from api.policy.publication import last_day_of_publication
from api.services import audit_events
from api.services.land_facts import begin_land_taken
from api.services.land_lists import list_hash
from api.services.land_refusals import (
    LandDateInFuture,
    LandListClosed,
    LandListEmpty,
    LandStepForbidden,
    LandStepNotNext,
    ObjectionsOpen,
    PublicationRunning,
    ResolutionMissing,
    ReturnReasonMissing,
)
from api.services.laws import law_on
from api.services.pages import decode_cursor, encode_cursor
from api.services.two_persons import require_second_person
from api.vocabulary import Decision, DivisionLevel, LandProjectState, LandStep, ObjectionOutcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

STEPS: Final[dict[LandStep, tuple[LandProjectState, LandProjectState, Permission]]] = {
    LandStep.LIST: (LandProjectState.DRAFT, LandProjectState.LISTED, Permission.LAND_LIST),
    LandStep.PUBLISH: (LandProjectState.LISTED, LandProjectState.PUBLISHED, Permission.LAND_LIST),
    LandStep.TOWN_CHECK: (LandProjectState.PUBLISHED, LandProjectState.TOWN_CHECKED, Permission.LAND_CHECK),
    LandStep.COUNTY_APPROVAL: (LandProjectState.TOWN_CHECKED, LandProjectState.APPROVED, Permission.LAND_APPROVE),
}
"""State before, state after, and the right of each step."""


@dataclass(frozen=True, slots=True)
class LandRuling:
    """What one person says at one step, on the business date."""

    step: LandStep
    decision: Decision
    opinion: str | None
    on: date


@dataclass(frozen=True, slots=True)
class ProjectView:
    """A project with the name of its village."""

    project: LandProject
    division_name: str


def create(session: Session, *, actor: Actor, division_code: int, facts: Mapping[str, Any], today: date) -> LandProject:
    """Enter a project of a village as a draft with an empty list. `facts` are columns by name.

    Raises `NotFound` for a village outside the actor's unit and `LandDateInFuture`. The same approval twice in a village
    violates `uq_land_projects_approval`.
    """
    low, high = actor.scope
    village = session.get(Division, division_code) if low <= division_code <= high else None
    if village is None or village.level is not DivisionLevel.VILLAGE:
        raise NotFound
    _check_dates(facts, today)
    county_code = county_of(village.code)
    project = LandProject(
        county_code=county_code,
        id=next_id(session, county_code),
        division_code=village.code,
        name=facts["name"],
        approval_number=facts["approval_number"],
        land_approved_on=facts["land_approved_on"],
        area_mu_hundredths=facts["area_mu_hundredths"],
        sum_fen=facts["sum_fen"],
        meeting_on=facts.get("meeting_on"),
        resolution=facts.get("resolution"),
        state=LandProjectState.DRAFT,
        round=1,
        version=1,
        created_by_id=actor.user_id,
    )
    session.add(project)
    session.flush()
    record(session, actor, "create_land_project", project)
    return project


def change(
    session: Session, *, actor: Actor, project_id: int, version: int, facts: Mapping[str, Any], today: date
) -> LandProject:
    """Change facts of a project whose list is still the village's. `facts` are columns by name.

    Raises `NotFound`, `StaleVersion`, `LandListClosed` or `LandDateInFuture`.
    """
    project = locked(session, project_id, version)
    if project.state is not LandProjectState.DRAFT:
        raise LandListClosed
    _check_dates(facts, today)
    changed = sorted(name for name, value in facts.items() if getattr(project, name) != value)
    for name in changed:
        setattr(project, name, facts[name])
    if changed:
        touch(session, project)
        record(session, actor, "change_land_project", project, fields=changed)
    return project


def decide(session: Session, *, actor: Actor, project_id: int, version: int, ruling: LandRuling) -> LandProject:
    """Take the next step of a project, or send it back to the village with the reason.

    Raises `NotFound`, `LandStepForbidden`, `ReturnReasonMissing`, `StaleVersion`, `LandStepNotNext`, `SamePerson` and
    what keeps the list from the step: `LandListEmpty`, `ResolutionMissing`, `PublicationRunning`, `ObjectionsOpen`.
    """
    before, after, right = STEPS[ruling.step]
    if right not in actor.permissions:
        raise LandStepForbidden
    if ruling.decision is not Decision.APPROVE and not (ruling.opinion or "").strip():
        raise ReturnReasonMissing(pointer="/opinion")
    project = locked(session, project_id, version)
    if project.state is not before or (ruling.step is LandStep.LIST and ruling.decision is not Decision.APPROVE):
        raise LandStepNotNext(f"该项目当前状态为“{project.state.label}”，不能办理“{ruling.step.label}”。")
    _check_persons(actor, project, ruling.step)
    if ruling.decision is Decision.APPROVE:
        _check_ready(session, project, ruling)
        project.state = after
        _keep_step(session, actor, project, ruling)
        _go_on(session, actor, project, ruling)
    else:
        _keep_step(session, actor, project, ruling)
        _go_back(project)
    touch(session, project)
    record(session, actor, "decide_land_project", project, step=ruling.step.value, decision=ruling.decision.value)
    return project


def get_view(session: Session, project_id: int) -> ProjectView:
    """Return one project. Raises `NotFound`."""
    query = (
        select(LandProject, col(Division.name))
        .outerjoin(Division, col(Division.code) == col(LandProject.division_code))
        .where(col(LandProject.county_code) == project_id // 10**10, col(LandProject.id) == project_id)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    return ProjectView(row[0], row[1] or "")


def list_projects(
    session: Session,
    *,
    actor: Actor,
    division_code: int | None,
    state: LandProjectState | None,
    limit: int,
    after: str | None,
) -> tuple[list[ProjectView], str | None]:
    """Return a page of a unit's projects, newest first, and the next cursor. Raises `InvalidCursor`."""
    low, high = scope_of(actor.division_code if division_code is None else division_code)
    query = (
        select(LandProject, col(Division.name))
        .outerjoin(Division, col(Division.code) == col(LandProject.division_code))
        .where(col(LandProject.division_code).between(low, high))
    )
    if state is not None:
        query = query.where(col(LandProject.state) == state)
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(LandProject.id) < start[0])
    rows = session.execute(query.order_by(col(LandProject.id).desc()).limit(limit + 1)).all()
    following = encode_cursor(rows[limit - 1][0].id) if len(rows) > limit else None
    return [ProjectView(project, name or "") for project, name in rows[:limit]], following


def steps_of(session: Session, project: LandProject) -> Sequence[LandProjectStep]:
    """Return every step of every round, in order."""
    query = (
        select(LandProjectStep)
        .where(col(LandProjectStep.county_code) == project.county_code, col(LandProjectStep.project_id) == project.id)
        .order_by(col(LandProjectStep.id))
    )
    return session.scalars(query).all()


def locked(session: Session, project_id: int, version: int) -> LandProject:
    """Lock a project and make sure that it is the version that was looked at. Raises `NotFound` or `StaleVersion`."""
    query = (
        select(LandProject)
        .where(col(LandProject.county_code) == project_id // 10**10, col(LandProject.id) == project_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    project = session.scalars(query).one_or_none()
    if project is None:
        raise NotFound
    if project.version != version:
        raise StaleVersion
    return project


def touch(session: Session, project: LandProject) -> None:
    """Write a changed project as its next version."""
    project.version += 1
    session.flush()
    moment = text("UPDATE land_projects SET updated_at = now() WHERE county_code = :county AND id = :id")
    session.execute(moment, {"county": project.county_code, "id": project.id})


def record(session: Session, actor: Actor, action: str, project: LandProject, **detail: Any) -> None:
    """Write an audit event about a project."""
    audit_events.record(
        session,
        actor=actor,
        action=action,
        subject_kind="land_project",
        subject_id=project.id,
        division_code=project.division_code,
        state=project.state.value,
        round=project.round,
        **detail,
    )


def _check_dates(facts: Mapping[str, Any], today: date) -> None:
    for name in ("land_approved_on", "meeting_on"):
        value = facts.get(name)
        if value is not None and value > today:
            raise LandDateInFuture(pointer=f"/{name}")


def _check_persons(actor: Actor, project: LandProject, step: LandStep) -> None:
    """The village's two steps may be one person's; the town's and the county's are others'."""
    if step in {LandStep.TOWN_CHECK, LandStep.COUNTY_APPROVAL}:
        before = (project.created_by_id, project.listed_by_id, project.checked_by_id)
        require_second_person(actor, *(one for one in before if one is not None))


def _check_ready(session: Session, project: LandProject, ruling: LandRuling) -> None:
    if project.person_count == 0:
        raise LandListEmpty
    if project.meeting_on is None or not (project.resolution or "").strip():
        raise ResolutionMissing
    if (
        ruling.step is LandStep.TOWN_CHECK
        and project.published_until is not None
        and ruling.on <= project.published_until
    ):
        raise PublicationRunning(f"名单公示到 {project.published_until.isoformat()}，次日起才能核对。")
    wrong = col(LandObjection.outcome) == ObjectionOutcome.OPEN
    if ruling.step is not LandStep.LIST:
        wrong |= (col(LandObjection.outcome) == ObjectionOutcome.UPHELD) & (col(LandObjection.round) == project.round)
    query = select(
        exists().where(
            col(LandObjection.county_code) == project.county_code, col(LandObjection.project_id) == project.id, wrong
        )
    )
    if session.execute(query).scalar_one():
        raise ObjectionsOpen


def _go_on(session: Session, actor: Actor, project: LandProject, ruling: LandRuling) -> None:
    """Write who answers for the step, and do what it brings about."""
    if ruling.step is LandStep.LIST:
        project.listed_by_id = actor.user_id
    elif ruling.step is LandStep.PUBLISH:
        project.published_on = ruling.on
        project.published_until = last_day_of_publication(ruling.on, law_on(session, project.division_code, ruling.on))
    elif ruling.step is LandStep.TOWN_CHECK:
        project.checked_by_id = actor.user_id
    else:
        project.approved_by_id = actor.user_id
        project.approved_on = ruling.on
        project.list_hash = list_hash(session, project)
        begin_land_taken(session, actor=actor, project=project)


def _go_back(project: LandProject) -> None:
    """Give the list back to the village: a new round, posted anew."""
    project.state = LandProjectState.DRAFT
    project.round += 1
    project.published_on = project.published_until = None
    project.listed_by_id = project.checked_by_id = None


def _keep_step(session: Session, actor: Actor, project: LandProject, ruling: LandRuling) -> None:
    session.add(
        LandProjectStep(
            county_code=project.county_code,
            id=next_id(session, project.county_code),
            project_id=project.id,
            division_code=project.division_code,
            round=project.round,
            step=ruling.step,
            decision=ruling.decision,
            opinion=ruling.opinion,
            list_hash=list_hash(session, project),
            person_count=project.person_count,
            total_fen=project.total_fen,
            decided_by_id=actor.user_id,
            decided_on=ruling.on,
        )
    )
