"""收据查验 and call-back samples as they come in and go out. The public answer holds nothing of the person."""

from datetime import date
from typing import Annotated

from pydantic import Field

from api.schemas.base import DivisionCode, Id, Money, Schema
from api.vocabulary import ContributionKind


class ReceiptVerification(Schema):
    """What stands on the paper."""

    number: Annotated[str, Field(min_length=1, max_length=40, examples=["440783-123-000017"])]
    code: Annotated[str, Field(min_length=1, max_length=40, examples=["ABCD EFGH IJKL MNOP"])]


class ReceiptVerified(Schema):
    """Whether the paper is ours; all else is null when it is not, whatever the reason."""

    valid: bool
    amount: Money | None = None
    issued_on: date | None = None
    contribution_year: int | None = None
    kind: ContributionKind | None = None
    reversed: bool | None = None
    partly_reversed: bool | None = None
    """It was for several years, and some of them are reversed."""


class ReceiptSampleRead(Schema):
    """A receipt whose payer is to be called back."""

    receipt_id: Id
    serial: str
    collector_id: Id
    collector_name: str | None
    resident_id: Id
    resident_name: str
    division_code: DivisionCode
    division_name: str | None
    contribution_year: int
    amount: Money
    issued_on: date


class ReceiptSample(Schema):
    """What is drawn for a day."""

    day: date
    items: list[ReceiptSampleRead]
