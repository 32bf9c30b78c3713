"""注销登记 (P3): why a participation ends, its proof, and who is paid. The decisions about it are append-only."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text

from api.models.base import Field, big, sealed, text_c, word_of
from api.models.cases import OPEN_STATES, CaseColumns, DecisionColumns, returned_index, states, work_index
from api.vocabulary import CancellationProof, CancellationReason, CaseState, PayeeRelation

LIVING_STATES = (*OPEN_STATES, "returned", "county_approved")
"""States of a cancellation that is not over: once approved it waits for its settlement to be paid."""


class Cancellation(CaseColumns, table=True):
    """注销登记表: person, reason, event, proof, payee. At most one of a person is alive; archived once paid."""

    __tablename__ = "cancellations"
    __table_args__ = (
        ForeignKeyConstraint(["county_code", "resident_id"], ["residents.county_code", "residents.id"]),
        Index(
            "uq_cancellations_living",
            *("county_code", "resident_id"),
            unique=True,
            postgresql_where=text(f"state IN ({states(LIVING_STATES)})"),
        ),
        Index("ix_cancellations_state", "division_code", "state", "id"),
        Index("ix_cancellations_resident", "county_code", "resident_id", "id"),
        work_index("cancellations"),
        returned_index("cancellations"),
        CheckConstraint(
            "payee_relation IS NULL OR payee_relation <> 'self' OR reason <> 'death'", name="the_dead_are_not_paid"
        ),
        CheckConstraint("(payee_account_sealed IS NULL) = (payee_account_index IS NULL)", name="account_has_its_index"),
        CheckConstraint("state <> 'archived' OR closed_on IS NOT NULL", name="closed_when_archived"),
    )

    reason: CancellationReason = word_of(CancellationReason)
    state: CaseState = word_of(CaseState, default=CaseState.DRAFT)
    event_on: date
    """Day of death, of settling abroad, of the first other pension, of the change of hukou."""
    reported_on: date
    """Business date on which it was handed in."""
    proof: CancellationProof = word_of(CancellationProof)
    proof_number_sealed: bytes | None = sealed(nullable=True)
    payee_name: str | None = text_c(nullable=True)
    payee_relation: PayeeRelation | None = word_of(PayeeRelation, nullable=True, default=None)
    payee_id_token: UUID | None = None
    payee_account_sealed: bytes | None = sealed(nullable=True)
    payee_account_index: bytes | None = sealed(nullable=True)
    set_off_agreed: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    """Whether who is paid agrees in writing that what was overpaid is kept back."""
    remark: str | None = text_c(nullable=True)
    registered_event: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    """True when its approval entered the event in the roster, and not an office before it."""
    revoked_by_id: int | None = big(nullable=True)
    """Who undid it after its approval, and why."""
    revoked_reason: str | None = text_c(nullable=True)
    closed_on: date | None = None
    """Business date on which the money was paid, and enrolment and benefit ended."""


class CancellationDecision(DecisionColumns, table=True):
    """A decision about a cancellation."""

    __tablename__ = "cancellation_decisions"
    __table_args__ = (
        ForeignKeyConstraint(["county_code", "cancellation_id"], ["cancellations.county_code", "cancellations.id"]),
        UniqueConstraint(
            *("county_code", "cancellation_id", "round", "decided_by_id"), name="uq_cancellation_decisions_person"
        ),
        UniqueConstraint(*("county_code", "cancellation_id", "round", "step"), name="uq_cancellation_decisions_step"),
    )

    cancellation_id: int = big()
