"""Collectors as the API shows them: what they hold, how old it is, which numbers are missing."""

from datetime import date

from api.schemas.base import DivisionCode, Id, Money, Schema
from api.schemas.receipts import GapRead
from api.vocabulary import CashAlarm


class CollectorSummary(Schema):
    """A collector: cash by the books, of which `waiting` is paid in and not confirmed by the bank."""

    id: Id
    name: str
    division_code: DivisionCode
    division_name: str
    disabled: bool
    held: Money
    waiting: Money
    oldest_on: date | None
    age_days: int
    alarm: CashAlarm
    advice: str | None
    numbers: int
    """Receipt numbers given out so far."""
    voids: int
    proposed_voids: int
    void_rate: str
    """Void numbers of all given out, per cent."""
    disputed: int
    """Remittances that differ from the bank's advice."""
    gaps: int


class CashDayRead(Schema):
    """Cash of a day's receipts that is still in hand."""

    issued_on: date
    age_days: int
    held: Money
    waiting: Money


class CollectorRead(CollectorSummary):
    """A collector with the cash by day of receipt and the missing numbers."""

    days: list[CashDayRead]
    missing: list[GapRead]
