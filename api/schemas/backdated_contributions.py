"""Late contributions as they come in and go out."""

from datetime import date
from typing import Self

from api.models import BackdatedContribution
from api.schemas.base import DivisionCode, Id, Money, Schema, ShortText
from api.schemas.contributions import ContributionCreate
from api.vocabulary import BackdatedState, Channel, ContributionKind, Decision


class BackdatedContributionCreate(ContributionCreate):
    """A contribution of a period whose interest is posted, and why it comes late."""

    reason: ShortText


class BackdatedContributionDecision(Schema):
    """What the second person says."""

    decision: Decision
    opinion: ShortText | None = None


class BackdatedContributionRead(Schema):
    """A late contribution and what became of it."""

    id: Id
    resident_id: Id
    division_code: DivisionCode
    kind: ContributionKind
    contribution_year: int
    instalment: int
    tier: Money | None
    amount: Money | None
    paid_on: date
    channel: Channel
    reason: str
    state: BackdatedState
    proposed_by_id: Id
    decided_by_id: Id | None
    opinion: str | None
    decided_on: date | None
    contribution_id: Id | None
    interest: Money
    """Interest of closed years that was made up with it."""
    version: int

    @classmethod
    def of(cls, proposal: BackdatedContribution) -> Self:
        """Show a late contribution."""
        return cls(
            id=proposal.id,
            resident_id=proposal.resident_id,
            division_code=proposal.division_code,
            kind=proposal.kind,
            contribution_year=proposal.contribution_year,
            instalment=proposal.instalment,
            tier=proposal.tier_fen,
            amount=proposal.amount_fen,
            paid_on=proposal.paid_on,
            channel=proposal.channel,
            reason=proposal.reason,
            state=proposal.state,
            proposed_by_id=proposal.proposed_by_id,
            decided_by_id=proposal.decided_by_id,
            opinion=proposal.opinion,
            decided_on=proposal.decided_on,
            contribution_id=proposal.contribution_id,
            interest=proposal.interest_fen,
            version=proposal.version,
        )
