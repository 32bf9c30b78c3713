"""Contributions, receipts and remittances as they come in and go out. Shape only; the law judges the rest."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Self

from pydantic import Field

from api.models import Contribution, Receipt
from api.policy.reasons import Reason
from api.schemas.base import DayIn, DivisionCode, Id, IdIn, Money, MoneyIn, Schema, ShortText
from api.schemas.policy_parameters import LawTrace
from api.schemas.receipts import ReceiptRead
from api.vocabulary import Channel, ContributionKind, PostingState


class ReceiptWritten(Schema):
    """A receipt that was handed out without the system: the number on the paper, of an open block, and its day."""

    number: Annotated[int, Field(strict=True, ge=1, lt=2**31)]
    issued_on: DayIn


class ContributionCreate(Schema):
    """One contribution of one person for one year."""

    resident_id: IdIn
    contribution_year: Annotated[int, Field(strict=True, ge=1990, le=2100)]
    kind: ContributionKind
    tier: Annotated[MoneyIn, Field(gt=0)] | None = None
    """Yearly tier; left out, the one chosen at 参保登记 (the minimum for 政府代缴)."""
    amount: Annotated[MoneyIn, Field(gt=0)] | None = None
    """Only for 集体补助, which has no tier."""
    instalment: Annotated[int, Field(strict=True, ge=0, le=12)] = 0
    """1 to 12 or 1 to 4 for those who chose to pay by month or quarter; 0 for a year paid at once."""
    paid_on: DayIn
    channel: Channel
    receipt: ReceiptWritten | None = None
    """Only for cash whose receipt was handed out beforehand; otherwise the next number is given."""


class ReversalCreate(Schema):
    """Why a contribution is undone."""

    reason: ShortText


class ReasonRead(Schema):
    """One step of a decision, in words."""

    code: str
    message: str
    clause: str

    @classmethod
    def of(cls, reason: Reason) -> Self:
        """Show a reason."""
        return cls(code=reason.code, message=reason.message, clause=reason.clause)


class ContributionSummary(Schema):
    """A contribution in a list."""

    id: Id
    resident_id: Id
    division_code: DivisionCode
    contribution_year: int
    kind: ContributionKind
    instalment: int
    payer_list_id: Id | None
    """The list of a payer that it stands on."""
    payment_group_id: Id | None
    """First contribution of the sum that it is part of."""
    tier: Money
    amount: Money
    subsidy: Money
    waiting_subsidy: Money
    """Subsidy that enters the account once government's money has arrived."""
    paid_on: date
    channel: Channel
    state: PostingState
    recorded_by_id: Id
    reversed_by_id: Id | None
    reversal_reason: str | None
    version: int

    @classmethod
    def of(cls, contribution: Contribution) -> Self:
        """Show a contribution."""
        return cls.model_validate(_facts(contribution))


class ContributionRead(ContributionSummary):
    """A contribution with the receipt of its cash and, when just recorded, what the law said."""

    receipt: ReceiptRead | None
    reasons: list[ReasonRead]
    law: LawTrace | None
    """Which version of the dated law it was judged by; null where that is not on record."""

    @classmethod
    def of_recorded(
        cls,
        contribution: Contribution,
        receipt: Receipt | None,
        reasons: Sequence[Reason] = (),
        law: LawTrace | None = None,
    ) -> Self:
        """Show a contribution with what belongs to it."""
        own = {
            "receipt": ReceiptRead.of(receipt) if receipt else None,
            "reasons": [ReasonRead.of(reason) for reason in reasons],
            "law": law,
        }
        return cls.model_validate(_facts(contribution) | own)


def _facts(contribution: Contribution) -> dict[str, Any]:
    """Fields of the list, taken from the row by name; money and ids change their shape on the way out."""
    facts = {
        name: getattr(contribution, name) for name in ContributionSummary.model_fields if hasattr(contribution, name)
    }
    return facts | {
        "payer_list_id": contribution.payer_list_id or None,
        "tier": contribution.tier_fen,
        "amount": contribution.amount_fen,
        "subsidy": contribution.subsidy_fen,
        "waiting_subsidy": contribution.waiting_subsidy_fen,
    }
