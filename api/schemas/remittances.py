"""Remittances as they come in and go out."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field

from api.models import Remittance
from api.schemas.base import DayIn, DivisionCode, Id, Money, MoneyIn, Schema, ShortText
from api.vocabulary import RemittanceState

Reference = Annotated[str, Field(min_length=4, max_length=40, pattern=r"^[0-9A-Za-z-]+$")]


class RemittanceCreate(Schema):
    """Cash that the signed-in collector paid in at the bank."""

    amount: Annotated[MoneyIn, Field(gt=0)]
    paid_in_on: DayIn
    bank_reference: Reference


class RemittanceConfirmation(Schema):
    """What the bank's advice says; it must be what was recorded."""

    bank_reference: Reference
    amount: Annotated[MoneyIn, Field(gt=0)]
    arrived_on: DayIn


class RemittanceRejection(Schema):
    """Why the money never arrived."""

    reason: ShortText


class CoveredReceiptRead(Schema):
    """A receipt whose cash, or a part of it, is in a remittance."""

    receipt_id: Id
    number: int
    issued_on: date
    resident_id: Id
    amount: Money
    covered: Money


class RemittanceRead(Schema):
    """A remittance; booked once somebody else has confirmed it."""

    id: Id
    division_code: DivisionCode
    collector_id: Id
    amount: Money
    paid_in_on: date
    bank_reference: str
    state: RemittanceState
    arrived_on: date | None
    """Day of the bank's advice."""
    advised_amount: Money | None
    """What the advice says when it differs."""
    advised_reference: str | None
    reason: str | None
    """Why it was rejected."""
    collector_name: str | None
    confirmed_by_id: Id | None
    journal_id: Id | None
    version: int

    @classmethod
    def of(cls, remittance: Remittance, collector_name: str | None) -> Self:
        """Show a remittance."""
        return cls(
            id=remittance.id,
            division_code=remittance.division_code,
            collector_id=remittance.collector_id,
            amount=remittance.amount_fen,
            paid_in_on=remittance.paid_in_on,
            bank_reference=remittance.bank_reference,
            state=remittance.state,
            arrived_on=remittance.arrived_on,
            advised_amount=remittance.advised_fen,
            advised_reference=remittance.advised_reference,
            reason=remittance.reason,
            collector_name=collector_name,
            confirmed_by_id=remittance.confirmed_by_id,
            journal_id=remittance.journal_id,
            version=remittance.version,
        )


class CashInHand(Schema):
    """Cash that the signed-in collector holds by the books, less what is paid in and not yet confirmed."""

    collector_id: Id
    amount: Money
