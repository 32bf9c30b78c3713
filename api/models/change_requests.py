"""变更登记 (P2): a request to change one item of one resident, and the decisions about it."""

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB

from api.models.base import Field, big, sealed, text_c, word_of
from api.models.cases import OPEN_STATES, CaseColumns, DecisionColumns, returned_index, states, work_index
from api.vocabulary import CaseState, ChangeKind, ProofKind

LIVING_STATES = (*OPEN_STATES, "returned")
"""States of a request that may still take effect."""


class ChangeRequest(CaseColumns, table=True):
    """变更登记表: person, item, old value, new value, proof. At most one of an item is on its way at a time."""

    __tablename__ = "change_requests"
    __table_args__ = (
        ForeignKeyConstraint(["county_code", "resident_id"], ["residents.county_code", "residents.id"]),
        Index(
            "uq_change_requests_living",
            *("county_code", "resident_id", "item"),
            unique=True,
            postgresql_where=text(f"state IN ({states(LIVING_STATES)})"),
        ),
        Index("ix_change_requests_state", "division_code", "state", "id"),
        Index("ix_change_requests_resident", "county_code", "resident_id", "id"),
        Index(
            "ix_change_requests_household",
            *("county_code", "household_id"),
            postgresql_where=text(f"household_id IS NOT NULL AND state IN ({states(LIVING_STATES)})"),
        ),
        work_index("change_requests"),
        returned_index("change_requests"),
        CheckConstraint("(state = 'archived') = (applied_on IS NOT NULL)", name="applied_when_archived"),
    )

    kind: ChangeKind = word_of(ChangeKind)
    item: str = text_c()
    """What may be on its way only once: the kind, for special groups the group, for households the house."""
    state: CaseState = word_of(CaseState, default=CaseState.DRAFT)
    old: dict[str, Any] = Field(sa_type=JSONB)
    """The value when the request was handed in; of protected values, empty."""
    new: dict[str, Any] = Field(sa_type=JSONB)
    old_sealed: bytes | None = sealed(nullable=True)
    """Phone, bank account or ID number as it was, sealed for this row."""
    new_sealed: bytes | None = sealed(nullable=True)
    household_id: int | None = big(nullable=True)
    """The house that a change of households is about, and the other one that takes part."""
    other_household_id: int | None = big(nullable=True)
    requested_on: date
    effective_on: date
    """Day from which the change holds, by the proof."""
    proof: ProofKind = word_of(ProofKind)
    proof_number_sealed: bytes | None = sealed(nullable=True)
    remark: str | None = text_c(nullable=True)
    applied_on: date | None = None
    """Business date of the last approval, by which the change was made."""
    applied_version: int | None = None
    """Version of the resident's row that the change has made; null when it changed no row of the roster."""


class ChangeRequestDecision(DecisionColumns, table=True):
    """A decision about a change request."""

    __tablename__ = "change_request_decisions"
    __table_args__ = (
        ForeignKeyConstraint(["county_code", "request_id"], ["change_requests.county_code", "change_requests.id"]),
        UniqueConstraint(
            *("county_code", "request_id", "round", "decided_by_id"), name="uq_change_request_decisions_person"
        ),
        UniqueConstraint(*("county_code", "request_id", "round", "step"), name="uq_change_request_decisions_step"),
    )

    request_id: int = big()
