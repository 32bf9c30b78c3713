"""Cancellations (注销登记) as the API takes and shows them. Numbers and accounts of payees go in and never come out."""

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import Field

from api.models import Cancellation, CancellationDecision, Settlement
from api.schemas.base import DayIn, DivisionCode, Id, IdIn, Money, Schema, ShortText
from api.vocabulary import (
    CancellationProof,
    CancellationReason,
    CaseState,
    Decision,
    EnrolmentStep,
    PayeeRelation,
    ResidentStatus,
    SettlementState,
)

NEXT_STEPS: dict[str, EnrolmentStep] = {
    CaseState.DRAFT: EnrolmentStep.VILLAGE_CHECK,
    CaseState.VILLAGE_CHECKED: EnrolmentStep.TOWNSHIP_REVIEW,
    CaseState.TOWNSHIP_REVIEWED: EnrolmentStep.COUNTY_APPROVAL,
}
Flag = Annotated[bool, Field(strict=True)]
Number = Annotated[str, Field(min_length=1, max_length=60)]


class PayeeIn(Schema):
    """Who is paid; of the person themselves (`self`) name, number and account are those of the roster unless given."""

    relation: PayeeRelation
    name: ShortText | None = None
    id_number: Number | None = None
    bank_account: Number | None = None


class PayeeRead(Schema):
    """Who is paid, masked."""

    relation: PayeeRelation
    name: str
    id_number_masked: str | None
    bank_account_masked: str | None


class _Form(Schema):
    """注销登记表."""

    reason: CancellationReason
    event_on: DayIn
    proof: CancellationProof
    proof_number: Number | None = None
    payee: PayeeIn | None = None
    set_off_agreed: Flag = False
    remark: ShortText | None = None


class CancellationCreate(_Form):
    """A 注销登记 of a person."""

    resident_id: IdIn


class CancellationResubmit(_Form):
    """A returned case, mended."""


class PayeeChange(Schema):
    """Another payee, or none; and whether what was overpaid may be kept back."""

    payee: PayeeIn | None
    set_off_agreed: Flag = False


class CancellationDecisionCreate(Schema):
    """What is said at a step; a return or a rejection needs the reason."""

    step: EnrolmentStep
    decision: Decision
    opinion: Annotated[str, Field(max_length=200)] | None = None
    stamped: Flag = False


class RevocationCreate(Schema):
    """Why an approved case is undone."""

    reason: ShortText


class CancellationDecisionRead(Schema):
    """A decision of a case's history."""

    step: EnrolmentStep
    decision: Decision
    opinion: str | None
    stamped: bool
    round: int
    decided_by_id: Id
    decided_by_name: str | None
    decided_on: date
    decided_at: datetime

    @classmethod
    def of(cls, decision: CancellationDecision) -> Self:
        """Show a decision."""
        return cls(
            step=decision.step,
            decision=decision.decision,
            opinion=decision.opinion,
            stamped=decision.stamped,
            round=decision.round,
            decided_by_id=decision.decided_by_id,
            decided_by_name=decision.decided_by_name,
            decided_on=decision.decided_on,
            decided_at=decision.decided_at,
        )


class CancellationRead(Schema):
    """A case; `next_step` is what it waits for, null when it waits for none."""

    id: Id
    resident_id: Id
    resident_name: str
    division_code: DivisionCode
    division_name: str
    reason: CancellationReason
    event_on: date
    reported_on: date
    proof: CancellationProof
    state: CaseState
    next_step: EnrolmentStep | None
    round: int
    since_on: date | None
    due_on: date | None
    created_by_id: Id
    version: int

    @classmethod
    def of(cls, case: Cancellation, *, resident_name: str, division_name: str) -> Self:
        """Show a case."""
        return cls(
            id=case.id,
            resident_id=case.resident_id,
            resident_name=resident_name,
            division_code=case.division_code,
            division_name=division_name,
            reason=case.reason,
            event_on=case.event_on,
            reported_on=case.reported_on,
            proof=case.proof,
            state=case.state,
            next_step=NEXT_STEPS.get(case.state),
            round=case.round,
            since_on=case.since_on,
            due_on=case.due_on,
            created_by_id=case.created_by_id,
            version=case.version,
        )


class SettlementBrief(Schema):
    """A settlement in its case."""

    id: Id
    state: SettlementState
    payable: Money
    is_supplement: bool

    @classmethod
    def of(cls, settlement: Settlement) -> Self:
        """Show a settlement."""
        return cls(
            id=settlement.id,
            state=settlement.state,
            payable=settlement.payable_fen,
            is_supplement=settlement.is_supplement,
        )


class ConflictRead(Schema):
    """Another case of the person that is still open, or a fact that stands against this one."""

    kind: str
    message: str


class CancellationDetail(CancellationRead):
    """A case with what a reviewer must know: the person, the payee, account and pension, decisions, settlements."""

    has_proof_number: bool
    payee: PayeeRead | None
    set_off_agreed: bool
    remark: str | None
    claim_until: date | None
    """Last day on which heirs claim, when the reason is death."""
    resident_status: ResidentStatus
    resident_status_on: date | None
    account_state: str | None
    balance: Money | None
    benefit_state: str | None
    registered_event: bool
    revoked_reason: str | None
    closed_on: date | None
    decisions: list[CancellationDecisionRead]
    settlements: list[SettlementBrief]
    conflicts: list[ConflictRead]
