"""作废 of receipt numbers as they come in and go out."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field

from api.models import ReceiptVoid
from api.schemas.base import DivisionCode, Id, IdIn, Schema, ShortText
from api.vocabulary import VoidState

Number = Annotated[int, Field(strict=True, ge=1, lt=2**31)]


class ReceiptVoidCreate(Schema):
    """A number that will never become a receipt, or all from it to `last_number`."""

    number: Number
    last_number: Number | None = None
    reason: ShortText


class ReceiptVoidDecision(Schema):
    """What the second person says of voids, all of them or none."""

    ids: Annotated[list[IdIn], Field(min_length=1, max_length=200)]
    decision: Literal["confirm", "refuse"]


class ReceiptVoidRead(Schema):
    """A number that is or will be void; it stays burnt."""

    id: Id
    division_code: DivisionCode
    collector_id: Id
    collector_name: str | None
    block_id: Id
    number: int
    reason: str
    state: VoidState
    proposed_on: date
    decided_by_id: Id | None
    decided_on: date | None

    @classmethod
    def of(cls, void: ReceiptVoid, collector_name: str | None) -> Self:
        """Show a void."""
        return cls(
            id=void.id,
            division_code=void.division_code,
            collector_id=void.collector_id,
            collector_name=collector_name,
            block_id=void.block_id,
            number=void.number,
            reason=void.reason,
            state=void.state,
            proposed_on=void.proposed_on,
            decided_by_id=void.decided_by_id,
            decided_on=void.decided_on,
        )


class ReceiptVoidsRead(Schema):
    """Voids that were said or decided together."""

    items: list[ReceiptVoidRead]
