"""Enrolments as the API takes and shows them."""

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import Field

from api.models import Enrolment, EnrolmentDecision
from api.schemas.base import DayIn, DivisionCode, Id, IdIn, Money, MoneyIn, Schema
from api.vocabulary import Decision, EnrolmentState, EnrolmentStep, Rhythm

Opinion = Annotated[str, Field(max_length=200)]

NEXT_STEPS = {
    EnrolmentState.DRAFT: EnrolmentStep.VILLAGE_CHECK,
    EnrolmentState.VILLAGE_CHECKED: EnrolmentStep.TOWNSHIP_REVIEW,
    EnrolmentState.TOWNSHIP_REVIEWED: EnrolmentStep.COUNTY_APPROVAL,
}


class EnrolmentCreate(Schema):
    """An application; the tier is 0.00 for who was 60 at the launch."""

    resident_id: IdIn
    tier: MoneyIn
    rhythm: Rhythm = Rhythm.YEARLY
    applied_on: DayIn


class EnrolmentResubmit(Schema):
    """A returned application, mended."""

    tier: MoneyIn
    rhythm: Rhythm = Rhythm.YEARLY
    applied_on: DayIn


class DecisionCreate(Schema):
    """What is said at a step; a return or a rejection needs the reason."""

    step: EnrolmentStep
    decision: Decision
    opinion: Opinion | None = None


class DecisionsCreate(DecisionCreate):
    """The same said of many cases."""

    ids: Annotated[list[IdIn], Field(min_length=1, max_length=200)]


class DecisionRead(Schema):
    """A decision of a case's history."""

    step: EnrolmentStep
    decision: Decision
    opinion: str | None
    round: int
    decided_by_id: Id
    decided_on: date
    decided_at: datetime

    @classmethod
    def of(cls, decision: EnrolmentDecision) -> Self:
        """Show a decision."""
        return cls(
            step=decision.step,
            decision=decision.decision,
            opinion=decision.opinion,
            round=decision.round,
            decided_by_id=decision.decided_by_id,
            decided_on=decision.decided_on,
            decided_at=decision.decided_at,
        )


class EnrolmentRead(Schema):
    """A case; `next_step` is what it waits for, null when it waits for nothing."""

    id: Id
    resident_id: Id
    resident_name: str
    division_code: DivisionCode
    division_name: str
    tier: Money
    rhythm: Rhythm
    applied_on: date
    state: EnrolmentState
    next_step: EnrolmentStep | None
    round: int
    insured_on: date | None
    created_by_id: Id
    version: int

    @classmethod
    def of(cls, enrolment: Enrolment, *, resident_name: str, division_name: str) -> Self:
        """Show a case."""
        return cls(
            id=enrolment.id,
            resident_id=enrolment.resident_id,
            resident_name=resident_name,
            division_code=enrolment.division_code,
            division_name=division_name,
            tier=enrolment.tier_fen,
            rhythm=enrolment.rhythm,
            applied_on=enrolment.applied_on,
            state=enrolment.state,
            next_step=NEXT_STEPS.get(enrolment.state),
            round=enrolment.round,
            insured_on=enrolment.insured_on,
            created_by_id=enrolment.created_by_id,
            version=enrolment.version,
        )


class EnrolmentDetail(EnrolmentRead):
    """A case with every decision of every round."""

    decisions: list[DecisionRead]


class DecisionResult(Schema):
    """What became of one case of a list; `code` and `message` say why it was not decided."""

    id: Id
    decided: bool
    state: EnrolmentState | None
    code: str | None
    message: str | None


class DecisionResults(Schema):
    """What became of each case of a list, in the order of the request."""

    items: list[DecisionResult]
    decided: int
    refused: int
