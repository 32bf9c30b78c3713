"""今日待办 as the API shows it."""

from datetime import date

from api.schemas.base import DivisionCode, Id, Schema
from api.vocabulary import CaseKind, CaseStop, EnrolmentStep, WorkBox


class WorkItemRead(Schema):
    """A case in a person's list. `obstacle` says why they may not decide it; `on_behalf_of_id` whose step it is."""

    kind: CaseKind
    id: Id
    title: str
    resident_id: Id
    resident_name: str
    division_code: DivisionCode
    division_name: str
    state: str
    step: EnrolmentStep | None
    since_on: date | None
    due_on: date | None
    is_overdue: bool
    round: int
    stop: CaseStop | None
    decidable: bool
    obstacle: str | None
    on_behalf_of_id: Id | None
    version: int


class WorkCountRead(Schema):
    """How much of a kind is in one of a person's lists at a step."""

    box: WorkBox
    kind: CaseKind
    step: EnrolmentStep | None
    total: int
    overdue: int


class WorkCounts(Schema):
    """Everything that is in a person's lists, counted; `today` is the business date by which it is late."""

    today: date
    items: list[WorkCountRead]
