"""What is said at a step of a case, and what became of it: the same for all kinds of cases."""

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import Field

from api.errors import DomainError
from api.models.cases import DecisionColumns
from api.schemas.base import Id, IdIn, Schema
from api.vocabulary import CaseStop, Decision, EnrolmentStep

Opinion = Annotated[str, Field(max_length=200)]
Flag = Annotated[bool, Field(strict=True)]


class DecisionCreate(Schema):
    """What is said at a step; a return or a rejection needs the reason. `stamped`: the paper form bears the seal."""

    step: EnrolmentStep
    decision: Decision
    opinion: Opinion | None = None
    stamped: Flag = False


class DecisionsCreate(DecisionCreate):
    """The same said of many cases."""

    ids: Annotated[list[IdIn], Field(min_length=1, max_length=200)]


class DecisionRead(Schema):
    """A decision of a case's history. `on_behalf_of_id` is whose step a delegate did."""

    step: EnrolmentStep
    decision: Decision
    opinion: str | None
    stamped: bool
    round: int
    decided_by_id: Id
    decided_by_name: str | None
    on_behalf_of_id: Id | None
    decided_on: date
    decided_at: datetime

    @classmethod
    def of(cls, decision: DecisionColumns) -> Self:
        """Show a decision."""
        return cls(
            step=decision.step,
            decision=decision.decision,
            opinion=decision.opinion,
            stamped=decision.stamped,
            round=decision.round,
            decided_by_id=decision.decided_by_id,
            decided_by_name=decision.decided_by_name,
            on_behalf_of_id=decision.on_behalf_of_id,
            decided_on=decision.decided_on,
            decided_at=decision.decided_at,
        )


class DecisionResult(Schema):
    """What became of one case of a list; `code` and `message` say why it was not decided."""

    id: Id
    decided: bool
    state: str | None
    code: str | None
    message: str | None

    @classmethod
    def of(cls, case_id: int, *, state: str | None, refusal: DomainError | None) -> Self:
        """Show what became of a case."""
        return cls(
            id=case_id,
            decided=refusal is None,
            state=None if state is None else str(state),
            code=None if refusal is None else refusal.code,
            message=None if refusal is None else refusal.detail,
        )


class DecisionResults(Schema):
    """What became of each case of a list, in the order of the request."""

    items: list[DecisionResult]
    decided: int
    refused: int

    @classmethod
    def of(cls, items: list[DecisionResult]) -> Self:
        """Count what was decided."""
        decided = sum(item.decided for item in items)
        return cls(items=items, decided=decided, refused=len(items) - decided)


class Waiting(Schema):
    """Since when a case waits and until when; `obstacle` says why the reader may not decide its next step."""

    since_on: date | None
    due_on: date | None
    is_overdue: bool
    stop: CaseStop | None
    decidable: bool
    obstacle: str | None
