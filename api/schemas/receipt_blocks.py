"""收据号段 as they come in and go out."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field

from api.models import ReceiptBlock
from api.schemas.base import DivisionCode, Id, IdIn, Schema
from api.vocabulary import BlockPurpose, BlockState

MOST_NUMBERS = 200


class ReceiptBlockCreate(Schema):
    """Numbers for a collector; which ones follows from what they were given before."""

    collector_id: IdIn
    count: Annotated[int, Field(strict=True, ge=1, le=MOST_NUMBERS)]
    purpose: BlockPurpose
    label: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    """The device, or the booklet."""


class ReceiptBlockRead(Schema):
    """A block of numbers; `used` are posted or void."""

    id: Id
    division_code: DivisionCode
    collector_id: Id
    collector_name: str | None
    first_number: int
    last_number: int
    purpose: BlockPurpose
    label: str | None
    state: BlockState
    used: int
    unused: int
    issued_by_id: Id
    issued_on: date
    returned_by_id: Id | None
    returned_on: date | None
    version: int

    @classmethod
    def of(cls, block: ReceiptBlock, collector_name: str | None) -> Self:
        """Show a block."""
        return cls(
            id=block.id,
            division_code=block.division_code,
            collector_id=block.collector_id,
            collector_name=collector_name,
            first_number=block.first_number,
            last_number=block.last_number,
            purpose=block.purpose,
            label=block.label,
            state=block.state,
            used=block.used_count,
            unused=block.size - block.used_count,
            issued_by_id=block.issued_by_id,
            issued_on=block.issued_on,
            returned_by_id=block.returned_by_id,
            returned_on=block.returned_on,
            version=block.version,
        )
