"""Enrolments as the API takes and shows them."""

from datetime import date
from typing import Self

from api.models import Enrolment
from api.schemas.base import DayIn, DivisionCode, Id, IdIn, Money, MoneyIn, Month, Schema
from api.schemas.cases import DecisionRead, Waiting
from api.vocabulary import WAITS_FOR, EnrolmentState, EnrolmentStep, Rhythm


class EnrolmentCreate(Schema):
    """An application; the tier is 0.00 for who was 60 at the launch."""

    resident_id: IdIn
    tier: MoneyIn
    rhythm: Rhythm = Rhythm.YEARLY
    applied_on: DayIn


class EnrolmentResubmit(Schema):
    """A returned application, mended."""

    tier: MoneyIn
    rhythm: Rhythm = Rhythm.YEARLY
    applied_on: DayIn


class EnrolmentRead(Schema):
    """A case; `next_step` is what it waits for, null when it waits for nothing."""

    id: Id
    resident_id: Id
    resident_name: str
    division_code: DivisionCode
    division_name: str
    tier: Money
    rhythm: Rhythm
    applied_on: date
    state: EnrolmentState
    next_step: EnrolmentStep | None
    round: int
    since_on: date | None
    due_on: date | None
    insured_on: date | None
    created_by_id: Id
    version: int

    @classmethod
    def of(cls, enrolment: Enrolment, *, resident_name: str, division_name: str) -> Self:
        """Show a case."""
        return cls(
            id=enrolment.id,
            resident_id=enrolment.resident_id,
            resident_name=resident_name,
            division_code=enrolment.division_code,
            division_name=division_name,
            tier=enrolment.tier_fen,
            rhythm=enrolment.rhythm,
            applied_on=enrolment.applied_on,
            state=enrolment.state,
            next_step=WAITS_FOR.get(enrolment.state),
            round=enrolment.round,
            since_on=enrolment.since_on,
            due_on=enrolment.due_on,
            insured_on=enrolment.insured_on,
            created_by_id=enrolment.created_by_id,
            version=enrolment.version,
        )


class TermsRead(Schema):
    """Tier and rhythm that hold from a calendar year on."""

    from_year: int
    tier: Money
    rhythm: Rhythm


class EnrolmentDetail(EnrolmentRead):
    """A case with every decision of every round.

    `effect_month` is the month in which it takes effect when every step keeps its day, null when it waits for none.
    """

    decisions: list[DecisionRead]
    waiting: Waiting
    effect_month: Month | None
    terms: list[TermsRead]
