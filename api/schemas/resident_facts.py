"""Dated facts of a resident as the API takes and shows them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Literal, Self

from api.models import ResidentFact
from api.policy.participation import FACT_RULES
from api.schemas.base import DayIn, DivisionCode, Id, Schema, ShortText
from api.vocabulary import FactKind, FactSource


class FactEffectRead(StrEnum):
    """What a fact does to the person's place in the participation register."""

    EXCLUDES = "excludes"
    EXPLAINS = "explains"
    CATEGORY = "category"


class FactCreate(Schema):
    """A fact with its first day and its evidence; `value` is the grade of a disability."""

    kind: FactKind
    value: Literal["1", "2", "3", "4"] | None = None
    begins_on: DayIn | None = None
    """First day; null: already so when first recorded."""
    review_on: DayIn | None = None
    """Day to ask again."""
    evidence: ShortText


class FactEnd(Schema):
    """First day on which the fact no longer holds, and what shows it."""

    ended_on: DayIn
    evidence: ShortText


class FactVoid(Schema):
    """Why the record was wrong."""

    reason: ShortText


class FactRead(Schema):
    """A fact. Half-open: it no longer holds on `ended_on`."""

    id: Id
    resident_id: Id
    division_code: DivisionCode
    kind: FactKind
    value: str | None
    effect: FactEffectRead
    begins_on: date | None
    ended_on: date | None
    review_on: date | None
    evidence: str | None
    end_evidence: str | None
    source_kind: FactSource
    recorded_at: datetime
    recorded_by_id: Id
    voided_at: datetime | None
    void_reason: str | None
    version: int

    @classmethod
    def of(cls, fact: ResidentFact) -> Self:
        """Show a fact."""
        return cls(
            id=fact.id,
            resident_id=fact.resident_id,
            division_code=fact.division_code,
            kind=fact.kind,
            value=fact.value,
            effect=FactEffectRead(FACT_RULES[fact.kind].effect.value),
            begins_on=fact.begins_on,
            ended_on=fact.ended_on,
            review_on=fact.review_on,
            evidence=fact.evidence,
            end_evidence=fact.end_evidence,
            source_kind=fact.source_kind,
            recorded_at=fact.recorded_at,
            recorded_by_id=fact.recorded_by_id,
            voided_at=fact.voided_at,
            void_reason=fact.void_reason,
            version=fact.version,
        )


class FactDue(FactRead):
    """A fact to ask about again, with whose it is."""

    resident_name: str
    division_name: str
