"""补记缴费: contributions that belong to a period whose interest is posted, proposed by one person, decided by another."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, text

from api.models.base import Field, SQLModel, big, county, fen, instant, key, small, text_c, word_of
from api.vocabulary import BackdatedState, Channel, ContributionKind


class BackdatedContribution(SQLModel, table=True):
    """A contribution as it was handed in late; posted, with the interest that it lacks, once somebody else approves it."""

    __tablename__ = "backdated_contributions"
    __table_args__ = (
        Index(
            "uq_backdated_contributions_open",
            "county_code",
            "resident_id",
            "contribution_year",
            "kind",
            "instalment",
            unique=True,
            postgresql_where=text("state = 'proposed'"),
        ),
        Index("ix_backdated_contributions_division", "division_code", "state", "id"),
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> proposed_by_id", name="two_persons"),
        CheckConstraint("(state = 'proposed') = (decided_by_id IS NULL)", name="decided"),
        CheckConstraint("(state = 'approved') = (contribution_id IS NOT NULL)", name="posted"),
        CheckConstraint("tier_fen > 0", name="tier_fen_positive"),
        CheckConstraint("amount_fen > 0", name="amount_fen_positive"),
    )

    county_code: int = county()
    id: int = key()
    division_code: int = big()
    resident_id: int = big()
    kind: ContributionKind = word_of(ContributionKind)
    contribution_year: int = small()
    instalment: int = small(default=0)
    tier_fen: int | None = big(nullable=True)
    amount_fen: int | None = big(nullable=True)
    paid_on: date
    channel: Channel = word_of(Channel)
    reason: str = text_c()
    """Why it comes late."""
    state: BackdatedState = word_of(BackdatedState, default=BackdatedState.PROPOSED)
    proposed_by_id: int = big()
    decided_by_id: int | None = big(nullable=True)
    opinion: str | None = text_c(nullable=True)
    decided_on: date | None = None
    contribution_id: int | None = big(nullable=True)
    interest_fen: int = fen(default=0)
    """Interest of closed years that was made up with it."""
    version: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})
    created_at: datetime = instant()
