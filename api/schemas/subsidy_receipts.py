"""Arrivals of government's money as they come in and go out."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field

from api.models import SubsidyReceipt
from api.schemas.base import DayIn, DivisionCode, Id, IdIn, Money, MoneyIn, Schema
from api.vocabulary import GovernmentLevel, SubsidyPurpose, SubsidyReceiptState


class SubsidyReceiptCreate(Schema):
    """Money of one level that arrived in 财政专户."""

    county: Annotated[str, Field(pattern=r"^\d{6}$", examples=["440783"])]
    purpose: SubsidyPurpose
    level: GovernmentLevel
    amount: Annotated[MoneyIn, Field(gt=0)]
    received_on: DayIn
    bank_reference: Annotated[str, Field(min_length=4, max_length=40, pattern=r"^[0-9A-Za-z-]+$")]
    claim_ids: Annotated[list[IdIn], Field(default_factory=list, max_length=50)]
    """Claims that it is for, in order; none: the open ones of the purpose, oldest first."""


class SubsidyReceiptRead(Schema):
    """An arrival; booked once somebody else has confirmed it. `advance` is what no claim needs yet."""

    id: Id
    county: str
    division_code: DivisionCode
    purpose: SubsidyPurpose
    level: GovernmentLevel
    amount: Money
    advance: Money
    received_on: date
    bank_reference: str
    claim_ids: list[Id]
    state: SubsidyReceiptState
    recorded_by_id: Id
    confirmed_by_id: Id | None
    journal_id: Id | None
    discard_reason: str | None
    version: int

    @classmethod
    def of(cls, receipt: SubsidyReceipt, shared_fen: int) -> Self:
        """Show an arrival of which claims have taken so much."""
        is_booked = receipt.state is SubsidyReceiptState.CONFIRMED
        return cls(
            id=receipt.id,
            county=f"{receipt.county_code:06d}",
            division_code=receipt.division_code,
            purpose=receipt.purpose,
            level=receipt.level,
            amount=receipt.amount_fen,
            advance=receipt.amount_fen - shared_fen if is_booked else 0,
            received_on=receipt.received_on,
            bank_reference=receipt.bank_reference,
            claim_ids=receipt.claim_ids,
            state=receipt.state,
            recorded_by_id=receipt.recorded_by_id,
            confirmed_by_id=receipt.confirmed_by_id,
            journal_id=receipt.journal_id,
            discard_reason=receipt.discard_reason,
            version=receipt.version,
        )
