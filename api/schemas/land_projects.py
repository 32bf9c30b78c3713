"""Land projects as the API takes and shows them. Sums are what is due; they are not booked here."""

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema

from api.crypto import mask_id
from api.models import LandObjection, LandProject, LandProjectStep
from api.schemas.base import DayIn, DivisionCode, DivisionIn, Id, IdIn, Money, MoneyIn, Schema, ShortText
from api.vocabulary import Decision, LandProjectState, LandStep, ObjectionOutcome, ResidentStatus

_AREA = re.compile(r"\d{1,6}(?:\.\d{1,2})?", re.ASCII)
AREA_PATTERN = r"^\d{1,6}(\.\d{1,2})?$"


def _area_in(value: object) -> int:
    if not isinstance(value, str) or not _AREA.fullmatch(value):
        message = '面积须为亩数的字符串，最多两位小数，例如 "12.50"'
        raise ValueError(message)
    whole, _, part = value.partition(".")
    hundredths = int(whole) * 100 + int(part.ljust(2, "0") or "0")
    if hundredths == 0:
        message = "面积须大于零"
        raise ValueError(message)
    return hundredths


def _area_out(hundredths: int) -> str:
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def _positive(fen: int) -> int:
    if fen == 0:
        message = "金额须大于零"
        raise ValueError(message)
    return fen


AreaIn = Annotated[
    int,
    BeforeValidator(_area_in),
    WithJsonSchema({"type": "string", "pattern": AREA_PATTERN, "examples": ["12.50"]}),
]
"""Mu as a decimal string in, hundredths inside."""
Area = Annotated[
    int,
    PlainSerializer(_area_out, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,6}\.\d{2}$", "examples": ["12.50"]}),
]
SumIn = Annotated[MoneyIn, AfterValidator(_positive)]
"""Yuan in, more than nothing."""
Resolution = Annotated[str, Field(min_length=1, max_length=500)]
People = Annotated[list[IdIn], Field(min_length=1, max_length=200)]

_MAY_BE_EMPTY = frozenset({"meeting_on", "resolution"})
_COLUMNS = {"area": "area_mu_hundredths", "sum": "sum_fen"}


class _Facts(Schema):
    def facts(self) -> dict[str, Any]:
        """Return what was given, by column."""
        given = {name: getattr(self, name) for name in self.model_fields_set if name != "division_code"}
        return {
            _COLUMNS.get(name, name): value
            for name, value in given.items()
            if value is not None or name in _MAY_BE_EMPTY
        }


class LandProjectCreate(_Facts):
    """A project: whose land, under which approval, how much, and what is due for each person unless the list says otherwise."""

    division_code: DivisionIn
    name: ShortText
    approval_number: Annotated[str, Field(min_length=1, max_length=100)]
    land_approved_on: DayIn
    area: AreaIn
    sum: SumIn
    meeting_on: DayIn | None = None
    resolution: Resolution | None = None


class LandProjectUpdate(_Facts):
    """Facts to change while the list is the village's; a field that is not given stays, null erases meeting and resolution."""

    name: ShortText | None = None
    approval_number: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    land_approved_on: DayIn | None = None
    area: AreaIn | None = None
    sum: SumIn | None = None
    meeting_on: DayIn | None = None
    resolution: Resolution | None = None


class LandPersonsPut(Schema):
    """People to put on the list; `sum` is theirs, else the project's."""

    resident_ids: People
    sum: SumIn | None = None


class LandPersonsStrike(Schema):
    """People to strike off the list."""

    resident_ids: People


class LandObjectionCreate(Schema):
    """What somebody says against a person's place or sum."""

    resident_id: IdIn
    objection: Annotated[str, Field(min_length=2, max_length=500)]


class LandRulingCreate(Schema):
    """Whether the objection is right, and why."""

    upheld: Annotated[bool, Field(strict=True)]
    ruling: Annotated[str, Field(min_length=2, max_length=500)]


class LandDecisionCreate(Schema):
    """What is said at a step; a return needs the reason."""

    step: LandStep
    decision: Literal[Decision.APPROVE, Decision.RETURN]
    opinion: Annotated[str, Field(max_length=200)] | None = None


NEXT_STEPS = {
    LandProjectState.DRAFT: LandStep.LIST,
    LandProjectState.LISTED: LandStep.PUBLISH,
    LandProjectState.PUBLISHED: LandStep.TOWN_CHECK,
    LandProjectState.TOWN_CHECKED: LandStep.COUNTY_APPROVAL,
}


class LandProjectRead(Schema):
    """A project; `total` is due for the list as it stands, `list_hash` what it was frozen under."""

    id: Id
    division_code: DivisionCode
    division_name: str
    name: str
    approval_number: str
    land_approved_on: date
    area: Area
    sum: Money
    meeting_on: date | None
    resolution: str | None
    state: LandProjectState
    next_step: LandStep | None
    round: int
    published_on: date | None
    published_until: date | None
    approved_on: date | None
    list_hash: str | None
    person_count: int
    total: Money
    version: int

    @classmethod
    def of(cls, project: LandProject, *, division_name: str) -> Self:
        """Show a project."""
        return cls(
            id=project.id,
            division_code=project.division_code,
            division_name=division_name,
            name=project.name,
            approval_number=project.approval_number,
            land_approved_on=project.land_approved_on,
            area=project.area_mu_hundredths,
            sum=project.sum_fen,
            meeting_on=project.meeting_on,
            resolution=project.resolution,
            state=project.state,
            next_step=NEXT_STEPS.get(project.state),
            round=project.round,
            published_on=project.published_on,
            published_until=project.published_until,
            approved_on=project.approved_on,
            list_hash=project.list_hash,
            person_count=project.person_count,
            total=project.total_fen,
            version=project.version,
        )


class LandStepRead(Schema):
    """A step of a project, with the list as it was then."""

    round: int
    step: LandStep
    decision: Decision
    opinion: str | None
    person_count: int
    total: Money
    list_hash: str
    decided_by_id: Id
    decided_on: date
    decided_at: datetime

    @classmethod
    def of(cls, step: LandProjectStep) -> Self:
        """Show a step."""
        return cls(
            round=step.round,
            step=step.step,
            decision=step.decision,
            opinion=step.opinion,
            person_count=step.person_count,
            total=step.total_fen,
            list_hash=step.list_hash,
            decided_by_id=step.decided_by_id,
            decided_on=step.decided_on,
            decided_at=step.decided_at,
        )


class LandDifference(Schema):
    """A person whose place or sum is other than in the round before; null where not on that list."""

    resident_id: Id
    name: str
    before: Money | None
    after: Money | None


class LandMoneyRead(Schema):
    """The money of an approved list: due, arrived and not gone back, on people's accounts."""

    due: Money
    received: Money
    posted: Money


class LandProjectDetail(LandProjectRead):
    """A project with its steps, what its list has other than that of the round before, and its money."""

    steps: list[LandStepRead]
    differences: list[LandDifference]
    money: LandMoneyRead


class LandPersonRead(Schema):
    """A person on the list; name and number are null for who has moved out of the reader's sight."""

    resident_id: Id
    name: str | None
    id_number_masked: str | None
    status: ResidentStatus | None
    sum: Money

    @classmethod
    def masked(
        cls, *, resident_id: int, name: str | None, id_number: str | None, status: ResidentStatus | None, sum_fen: int
    ) -> Self:
        """Show a person, the number masked."""
        masked = None if id_number is None else mask_id(id_number)
        return cls(resident_id=resident_id, name=name, id_number_masked=masked, status=status, sum=sum_fen)


class LandObjectionRead(Schema):
    """An objection and what was found."""

    id: Id
    resident_id: Id
    name: str
    round: int
    objection: str
    recorded_on: date
    recorded_by_id: Id
    outcome: ObjectionOutcome
    ruling: str | None
    ruled_on: date | None
    ruled_by_id: Id | None

    @classmethod
    def of(cls, objection: LandObjection, *, name: str) -> Self:
        """Show an objection."""
        return cls(
            id=objection.id,
            resident_id=objection.resident_id,
            name=name,
            round=objection.round,
            objection=objection.objection,
            recorded_on=objection.recorded_on,
            recorded_by_id=objection.recorded_by_id,
            outcome=objection.outcome,
            ruling=objection.ruling,
            ruled_on=objection.ruled_on,
            ruled_by_id=objection.ruled_by_id,
        )
