"""Findings of a batch and the money that arrived for it, as the API takes and shows them."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field

from api.models import CollectionFinding, CollectionMoneyProof
from api.schemas.base import DayIn, Id, Money, MoneyIn, Schema, ShortText
from api.vocabulary import FindingCode, FindingDecision, FindingState

Seq = Annotated[int, Field(ge=1, le=9_999_999)]


class FindingProposal(Schema):
    """What is proposed about a finding, and on what evidence."""

    decision: FindingDecision
    evidence: ShortText
    seq: Seq | None = None
    """The line of the batch that is meant, where the bank's line does not say it."""


class LineStatement(Schema):
    """The final state of a line that the bank's files never answered, on the bank's signed statement."""

    seq: Seq
    decision: Literal["paid", "failed"]
    evidence: ShortText
    deducted_on: DayIn


class FindingApproval(Schema):
    """Whether a proposal is confirmed or sent back."""

    confirmed: bool


class FindingReveal(Schema):
    """Why the bank's own text is read."""

    reason: ShortText


class CollectionFindingRead(Schema):
    """A line that was set aside."""

    number: int
    return_id: Id | None
    file_line: int | None
    code: FindingCode
    detail: str
    seq: int | None
    succeeded: bool | None
    amount: Money | None
    deducted_on: date | None
    state: FindingState
    decision: FindingDecision | None
    evidence: str | None
    maker_id: Id | None
    checker_id: Id | None
    version: int

    @classmethod
    def of(cls, finding: CollectionFinding) -> Self:
        """Show a finding; the bank's own text stays sealed."""
        return cls(
            number=finding.number,
            return_id=finding.return_id,
            file_line=finding.file_line,
            code=finding.code,
            detail=finding.detail,
            seq=finding.seq,
            succeeded=finding.succeeded,
            amount=finding.amount_fen,
            deducted_on=finding.deducted_on,
            state=finding.state,
            decision=finding.decision,
            evidence=finding.evidence,
            maker_id=finding.maker_id,
            checker_id=finding.checker_id,
            version=finding.version,
        )


class FindingRevealed(Schema):
    """A finding's line as the bank sent it."""

    number: int
    raw: str


class MoneyProofCreate(Schema):
    """Money that arrived for a batch, by the bank's advice."""

    amount: MoneyIn
    bank_reference: ShortText
    arrived_on: DayIn


class MoneyProofRead(Schema):
    """Money that arrived for a batch."""

    id: Id
    amount: Money
    bank_reference: str
    arrived_on: date
    recorded_by_id: Id

    @classmethod
    def of(cls, proof: CollectionMoneyProof) -> Self:
        """Show a proof."""
        return cls(
            id=proof.id,
            amount=proof.amount_fen,
            bank_reference=proof.bank_reference,
            arrived_on=proof.arrived_on,
            recorded_by_id=proof.recorded_by_id,
        )


class CollectionMoneyRead(Schema):
    """List against money: booked to accounts, arrived, in suspense, and what is not booked yet."""

    listed: Money
    arrived: Money
    suspense: Money
    difference: Money
    proofs: list[MoneyProofRead]
    version: int


class Reconciliation(Schema):
    """The difference that the checker saw."""

    difference: Annotated[str, Field(pattern=r"^-?\d{1,13}\.\d{2}$", examples=["-120.00"])]
