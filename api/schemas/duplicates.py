"""Pairs that may be one person, as the API takes and shows them. People appear masked, as everywhere."""

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import Field

from api.models import DuplicateDecision, DuplicatePair
from api.schemas.base import DivisionCode, DivisionIn, Id, Schema, ShortText
from api.schemas.residents import ResidentRead, ResidentSummary
from api.vocabulary import DuplicateAct, DuplicateState, Likeness

Opinion = Annotated[str, Field(max_length=200)]
Taken = Literal[
    "ethnicity", "address", "village_group", "relation", "disability_grade", "remark", "household_id", "phone",
    "bank_account",
]  # fmt: skip
"""Facts that the kept row may take from the other where it has none."""


class SimilarSearch(Schema):
    """Somebody about to be registered."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    id_number: Annotated[str, Field(min_length=1, max_length=40)]
    division_code: DivisionIn


class SimilarRead(Schema):
    """A person who looks like them, and why."""

    resident: ResidentSummary
    score: int
    reasons: list[Likeness]


class SimilarList(Schema):
    """The people of one's unit who look like somebody, most alike first."""

    items: list[SimilarRead]


class DuplicateSearchCreate(Schema):
    """The unit to look through: a village, a town or a county."""

    division: DivisionIn


class DuplicateSearchRead(Schema):
    """What a search did."""

    division_code: DivisionCode
    compared: int
    alike: int
    proposed: int
    refreshed: int
    lapsed: int


class ProposalCreate(Schema):
    """Which of the two rows to keep, and what it is to take from the other."""

    keep: Literal["first", "second"]
    take: Annotated[list[Taken], Field(default_factory=list, max_length=9)]
    opinion: ShortText


class DuplicateDecisionCreate(Schema):
    """A decision; `keep` is needed for a merge and says again what was proposed."""

    decision: Literal["merge", "not_duplicate", "return"]
    keep: Literal["first", "second"] | None = None
    opinion: Opinion | None = None


class UndoCreate(Schema):
    """Why a decision is taken back."""

    opinion: ShortText


class DuplicateRead(Schema):
    """A pair in a list."""

    id: Id
    division_code: DivisionCode
    state: DuplicateState
    score: int
    reasons: list[Likeness]
    first: ResidentSummary
    second: ResidentSummary
    keep_id: Id | None
    version: int

    @classmethod
    def of(cls, pair: DuplicatePair, *, first: ResidentSummary, second: ResidentSummary) -> Self:
        """Show a pair."""
        return cls(
            id=pair.id,
            division_code=pair.division_code,
            state=pair.state,
            score=pair.score,
            reasons=[Likeness(reason) for reason in pair.reasons],
            first=first,
            second=second,
            keep_id=pair.keep_id,
            version=pair.version,
        )


class DuplicateSide(Schema):
    """One of the two. `holds` is money and open cases; `refusal` says why it cannot be the kept one, null when it can."""

    resident: ResidentRead
    holds: list[str]
    offered: list[Taken]
    refusal_code: str | None
    refusal: str | None


class DuplicateActRead(Schema):
    """Something that was done about a pair."""

    act: DuplicateAct
    keep_id: Id | None
    opinion: str | None
    decided_by_id: Id
    decided_on: date
    decided_at: datetime

    @classmethod
    def of(cls, done: DuplicateDecision) -> Self:
        """Show an act."""
        return cls(
            act=done.act,
            keep_id=done.keep_id,
            opinion=done.opinion,
            decided_by_id=done.decided_by_id,
            decided_on=done.decided_on,
            decided_at=done.decided_at,
        )


class DuplicateDetail(Schema):
    """A pair side by side. `differences` are names of the fields of a resident in which the two are not the same."""

    id: Id
    division_code: DivisionCode
    state: DuplicateState
    score: int
    reasons: list[Likeness]
    first: DuplicateSide
    second: DuplicateSide
    differences: list[str]
    keep_id: Id | None
    take: list[Taken]
    proposed_by_id: Id | None
    decided_by_id: Id | None
    history: list[DuplicateActRead]
    version: int
