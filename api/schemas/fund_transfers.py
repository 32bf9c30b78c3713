"""Movements of the fund's money as they come in and go out."""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import Field

from api.models import FundTransfer
from api.schemas.base import DayIn, Id, Money, MoneyIn, Schema, ShortText
from api.vocabulary import FundTransferState, FundTransferWay


class FundTransferCreate(Schema):
    """A movement that the bank has made, or was asked to make, under its reference."""

    way: FundTransferWay
    amount: Annotated[MoneyIn, Field(gt=0)]
    moved_on: DayIn
    bank_reference: Annotated[str, Field(min_length=4, max_length=40, pattern=r"^[0-9A-Za-z-]+$")]
    note: ShortText | None = None


class FundTransferDecision(Schema):
    """What the second person says."""

    decision: Literal["approve", "reject"]
    opinion: ShortText | None = None


class FundTransferRead(Schema):
    """A movement; booked once somebody else has approved it."""

    id: Id
    way: FundTransferWay
    label: str
    amount: Money
    moved_on: date
    bank_reference: str
    note: str | None
    state: FundTransferState
    proposed_by_id: Id
    decided_by_id: Id | None
    decided_on: date | None
    opinion: str | None
    journal_id: Id | None
    version: int

    @classmethod
    def of(cls, transfer: FundTransfer) -> Self:
        """Show a movement."""
        facts = {name: getattr(transfer, name) for name in FundTransferRead.model_fields if hasattr(transfer, name)}
        return cls(**facts, label=FundTransferWay(transfer.way).label, amount=transfer.amount_fen)


class SweepRead(Schema):
    """How 收入户 stands, and when it has to be swept."""

    held: Money
    proposed: Money
    last_on: date | None
    due_on: date
    is_due: bool

    @classmethod
    def of(cls, sweep: Any) -> Self:
        """Show it."""
        return cls(
            held=sweep.held_fen, proposed=sweep.proposed_fen, last_on=sweep.last_on, due_on=sweep.due_on,
            is_due=sweep.is_due,
        )  # fmt: skip
