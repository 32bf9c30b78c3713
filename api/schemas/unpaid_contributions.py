"""未缴费名单 as it goes out: names and what is due, phones masked."""

from api.schemas.base import DivisionCode, Id, Money, Schema
from api.vocabulary import Rhythm, UnpaidReason


class UnpaidPersonRead(Schema):
    """Somebody whose year is not complete."""

    resident_id: Id
    name: str
    division_code: DivisionCode
    division_name: str
    village_group: str
    household_number: str
    phone_masked: str | None
    tier: Money
    rhythm: Rhythm
    paid: Money
    due: Money
    reason: UnpaidReason
    bank_reason: str
    """The bank's own words where it refused the deduction, empty otherwise."""


class UnpaidVillage(Schema):
    """A village's people who may pay for a year."""

    division_code: DivisionCode
    division_name: str
    payer_count: int
    paid_count: int
    never_paid: int
    instalments_open: int
    due: Money


class UnpaidCounts(Schema):
    """A unit's villages, and their sums."""

    year: int
    payer_count: int
    paid_count: int
    unpaid_count: int
    due: Money
    villages: list[UnpaidVillage]
