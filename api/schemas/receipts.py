"""Cash receipts as the API shows them, and the numbers that are missing."""

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
    serial: str
    """What the receipt is called on paper."""
    contribution_id: Id
    contribution_count: int
    """How many years the sum paid."""
    resident_id: Id
    amount: Money
    issued_on: date
    verification_code: str

    @classmethod
    def of(cls, receipt: Receipt, **more: object) -> Self:
        """Show a receipt."""
        return cls.model_validate(
            {
                "id": receipt.id,
                "division_code": receipt.division_code,
                "collector_id": receipt.collector_id,
                "number": receipt.number,
                "serial": receipt.serial,
                "contribution_id": receipt.contribution_id,
                "contribution_count": receipt.contribution_count,
                "resident_id": receipt.resident_id,
                "amount": receipt.amount_fen,
                "issued_on": receipt.issued_on,
                "verification_code": receipt.verification_code,
                **more,
            }
        )


class ReceiptListed(ReceiptRead):
    """A receipt read by itself or in a list; names are null where the reader does not see the person."""

    resident_name: str | None
    collector_name: str | None
    is_reversed: bool
    """All its years are reversed."""
    is_partly_reversed: bool


class GapRead(Schema):
    """A number that should have come to the books: `returned` when its block was handed back with it unused."""

    number: int
    block_id: Id
    since_on: date
    age_days: int
    returned: bool
    void_id: Id | None
    """A void that was said and waits for a second person."""


class ReceiptGapsRead(Schema):
    """A collector's missing numbers; `unused` counts the numbers of open blocks that simply are not used yet."""

    collector_id: Id
    name: str
    division_code: DivisionCode
    division_name: str
    count: int
    gaps: list[GapRead]
    unused: int
