"""Reports as the API shows them. Rates are strings with one decimal, null where there is nobody to count."""

from datetime import date, datetime

from api.schemas.base import DayIn, DivisionCode, DivisionIn, Schema
from api.vocabulary import DivisionLevel


class ParticipationFigures(Schema):
    """Participation of one unit (policy.md §8)."""

    division_code: DivisionCode
    division_name: str
    level: DivisionLevel
    eligible: int
    insured: int
    rate: str | None
    target: str
    """Target rate in percent."""
    needed: int
    """Insured persons that the target asks for."""
    gap: int
    """Persons still missing."""
    reached: bool
    registered: int
    registration_rate: str | None
    recipients: int
    entitled: int
    payment_rate: str | None
    working_age_eligible: int
    working_age_insured: int
    working_age_rate: str | None


class ParticipationRead(ParticipationFigures):
    """The report of a unit and of the units directly below it, with the definition used."""

    as_of: date
    definition: str
    target_rate: str
    target_deadline: date
    children: list[ParticipationFigures]


class ParticipationPoint(Schema):
    """Frozen figures of one reporting date."""

    as_of: date
    eligible: int
    insured: int
    registered: int
    rate: str | None
    reached: bool
    frozen_at: datetime | None
    """Moment of the newest village's freezing: the register as known then (`known_at`) gives the names behind E."""


class SnapshotCreate(Schema):
    """Freeze the figures of a unit at a date."""

    division: DivisionIn
    as_of: DayIn
