"""What all cases have in common: the columns of a case that goes V→T→C, and of the decisions about it.

A kind of case is a table of its own that inherits `CaseColumns` and adds a `state`, and a table of decisions that
inherits `DecisionColumns` and adds the id of its case. `api.services.case_steps` moves all of them.
"""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, Index, text

from api.models.base import Field, SQLModel, big, county, instant, key, moment, small, text_c, word_of
from api.vocabulary import CaseStop, Decision, EnrolmentStep

OPEN_STATES = ("draft", "village_checked", "township_reviewed")
"""States in which a case waits for somebody's step."""
ENDED_STATES = ("rejected", "terminated", "withdrawn")
"""States of a case that came to nothing or is over; its person may hand in another."""


def states(words: tuple[str, ...]) -> str:
    """Return words as the list of an SQL condition. They come from code, never from users."""
    return ", ".join(f"'{word}'" for word in words)


def work_index(table: str) -> Index:
    """The work lists' index: what waits for a step, the earliest due first."""
    return Index(
        f"ix_{table}_open",
        *("county_code", "state", "due_on", "id"),
        postgresql_where=text(f"state IN ({states(OPEN_STATES)})"),
    )


def returned_index(table: str) -> Index:
    """The index of what was sent back to whom."""
    return Index(
        f"ix_{table}_returned", "county_code", "created_by_id", "id", postgresql_where=text("state = 'returned'")
    )


class CaseColumns(SQLModel):
    """A case about one resident. Each kind has a `state` of its own vocabulary; the words of the stages are shared."""

    if TYPE_CHECKING:
        state: Any

    county_code: int = county()
    id: int = key()
    resident_id: int = big()
    division_code: int = big()
    round: int = small(default=1)
    """Grows with each return, so that the same persons may handle the mended case."""
    since_on: date | None = None
    """Business date on which the case entered its present state."""
    due_on: date | None = None
    """Last day for the step that the case waits for; null when it waits for none."""
    stop: CaseStop | None = word_of(CaseStop, nullable=True, default=None)
    """Why it was withdrawn, or sent back without a decision."""
    created_by_id: int = big()
    version: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})
    created_at: datetime = instant()
    updated_at: datetime = instant()


class DecisionColumns(SQLModel):
    """Who said what at which step, with the opinion. One person never does two steps of one round. Append-only."""

    county_code: int = county()
    id: int = key()
    division_code: int = big()
    round: int = small()
    step: EnrolmentStep = word_of(EnrolmentStep)
    decision: Decision = word_of(Decision)
    opinion: str | None = text_c(nullable=True)
    stamped: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    """Whether the paper form bears the unit's seal (policy.md §3.1)."""
    decided_by_id: int = big()
    decided_by_name: str | None = text_c(nullable=True, default=None)
    """The name as signed: who reads a case in a village does not see the users of the county."""
    on_behalf_of_id: int | None = big(nullable=True, default=None)
    """Whose step it was, when a delegate did it."""
    decided_on: date
    decided_at: datetime = instant()


class Delegation(SQLModel, table=True):
    """A reviewer on leave gives a step to a named colleague for some days. Revoked, never deleted."""

    __tablename__ = "delegations"
    __table_args__ = (
        CheckConstraint("from_user_id <> to_user_id", name="two_persons"),
        CheckConstraint("starts_on <= ends_on", name="starts_before_it_ends"),
        Index("ix_delegations_to", "county_code", "to_user_id", "ends_on"),
        Index("ix_delegations_from", "county_code", "from_user_id", "ends_on"),
    )

    county_code: int = county()
    id: int = key()
    division_code: int = big()
    """The unit of whoever gives the step: the cases of this unit are meant."""
    from_user_id: int = big()
    to_user_id: int = big()
    step: EnrolmentStep = word_of(EnrolmentStep)
    starts_on: date
    ends_on: date
    """Last day."""
    reason: str = text_c()
    created_by_id: int = big()
    revoked_by_id: int | None = big(nullable=True, default=None)
    revoked_at: datetime | None = moment(nullable=True, default=None)
    version: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})
    created_at: datetime = instant()


__all__ = [
    "ENDED_STATES",
    "OPEN_STATES",
    "CaseColumns",
    "DecisionColumns",
    "Delegation",
    "returned_index",
    "states",
    "work_index",
]
