"""今日待办 over HTTP: what waits for the signed-in person, what is late below them, and what was sent back to them."""

from typing import Annotated

from fastapi import Query

from api.dependencies import ActorDep, BusinessDateDep, PageDep, ReadSessionDep, requires
from api.permissions import Permission
from api.routes import Router
from api.schemas.base import DivisionIn, Page
from api.schemas.work_items import WorkCountRead, WorkCounts, WorkItemRead
from api.services import work_items
from api.services.work_items import Wanted, WorkItem
from api.vocabulary import CaseKind, EnrolmentStep, WorkBox

router = Router(prefix="/work-items", tags=["work-items"])


def _read(item: WorkItem) -> WorkItemRead:
    case = item.case
    return WorkItemRead(
        kind=item.kind,
        id=case.id,
        title=item.title,
        resident_id=case.resident_id,
        resident_name=item.resident_name,
        division_code=case.division_code,
        division_name=item.division_name,
        state=case.state.value,
        step=item.step,
        since_on=case.since_on,
        due_on=case.due_on,
        is_overdue=item.is_overdue,
        round=case.round,
        stop=case.stop,
        decidable=item.step is not None and item.obstacle is None,
        obstacle=None if item.obstacle is None else item.obstacle.detail,
        on_behalf_of_id=None if item.mandate is None else item.mandate.from_user_id,
        version=case.version,
    )


@router.get("", name="list_work_items", dependencies=[requires(Permission.CASE_READ)])
def list_work_items(
    session: ReadSessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    page: PageDep,
    box: Annotated[WorkBox, Query()] = WorkBox.WAITING,
    kind: Annotated[CaseKind | None, Query()] = None,
    step: Annotated[EnrolmentStep | None, Query()] = None,
    overdue: Annotated[bool | None, Query()] = None,
    division: Annotated[DivisionIn | None, Query()] = None,
) -> Page[WorkItemRead]:
    """List what waits, the earliest due first: what is overdue leads."""
    wanted = Wanted(box=box, kind=kind, step=step, is_overdue=overdue, division_code=division)
    items, following = work_items.list_items(
        session, actor=actor, wanted=wanted, today=today, limit=page.limit, after=page.after
    )
    return Page(items=[_read(item) for item in items], next=following)


@router.get("/counts", name="count_work_items", dependencies=[requires(Permission.CASE_READ)])
def count_work_items(session: ReadSessionDep, actor: ActorDep, today: BusinessDateDep) -> WorkCounts:
    """Count what is in each of the person's lists, by kind and step."""
    counts = work_items.count_items(session, actor=actor, today=today)
    return WorkCounts(
        today=today,
        items=[
            WorkCountRead(box=one.box, kind=one.kind, step=one.step, total=one.total, overdue=one.overdue)
            for one in counts
        ],
    )
