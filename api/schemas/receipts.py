"""Cash receipts as the API shows them."""

from datetime import date
from typing import Self

from api.models import Receipt
from api.schemas.base import DivisionCode, Id, Money, Schema


class ReceiptRead(Schema):
    """A cash receipt: numbers run unbroken per collector, the code proves that the paper is ours."""

    id: Id
    division_code: DivisionCode
    collector_id: Id
    number: int
    contribution_id: Id
    contribution_count: int
    """How many years the sum paid."""
    resident_id: Id
    amount: Money
    issued_on: date
    verification_code: str

    @classmethod
    def of(cls, receipt: Receipt) -> Self:
        """Show a receipt."""
        return cls(
            id=receipt.id,
            division_code=receipt.division_code,
            collector_id=receipt.collector_id,
            number=receipt.number,
            contribution_id=receipt.contribution_id,
            contribution_count=receipt.contribution_count,
            resident_id=receipt.resident_id,
            amount=receipt.amount_fen,
            issued_on=receipt.issued_on,
            verification_code=receipt.verification_code,
        )
