"""疑似重复登记: two rows of the roster that may be one person, and everything that people said about them."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB

from api.models.base import Field, SQLModel, big, county, instant, key, small, text_c, word_of
from api.vocabulary import DuplicateAct, DuplicateState


class DuplicatePair(SQLModel, table=True):
    """Two rows, the smaller id first, and where the question of their being one person stands.

    No foreign key: a search over a county would lock every person that it proposes. `nongbao verify` checks them.
    """

    __tablename__ = "duplicate_pairs"
    __table_args__ = (
        UniqueConstraint("county_code", "first_id", "second_id", name="uq_duplicate_pairs_pair"),
        Index("ix_duplicate_pairs_state", "division_code", "state", "score", "id"),
        Index("ix_duplicate_pairs_second_id", "county_code", "second_id"),
        CheckConstraint("first_id < second_id", name="in_order"),
        CheckConstraint("keep_id IN (first_id, second_id)", name="keeps_one_of_both"),
        CheckConstraint("decided_by_id <> proposed_by_id", name="two_persons"),
        CheckConstraint(
            "state <> 'merged' OR (keep_id IS NOT NULL AND proposed_by_id IS NOT NULL AND decided_by_id IS NOT NULL)",
            name="merged_by_two",
        ),
    )

    county_code: int = county()
    id: int = key()
    division_code: int = big()
    """Smallest unit that contains both."""
    first_id: int = big()
    second_id: int = big()
    score: int = small()
    """How alike they are, 60 to 120 (`policy.likeness`)."""
    reasons: list[str] = Field(sa_type=JSONB)
    """Words of `Likeness`."""
    facts: str = text_c()
    """Fingerprint of both identities: a pair that was found not to be one person stays so until it changes."""
    state: DuplicateState = word_of(DuplicateState, default=DuplicateState.PROPOSED)
    keep_id: int | None = big(nullable=True)
    """The row to be kept, once a merge is proposed."""
    take: list[str] = Field(default_factory=list, sa_type=JSONB, sa_column_kwargs={"server_default": text("'[]'")})
    """Facts that the kept row lacks and is to take from the other."""
    proposed_by_id: int | None = big(nullable=True)
    decided_by_id: int | None = big(nullable=True)
    version: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})
    created_at: datetime = instant()
    updated_at: datetime = instant()


class DuplicateDecision(SQLModel, table=True):
    """What one person did about a pair, and the versions of the rows at that moment. Append-only."""

    __tablename__ = "duplicate_decisions"
    __table_args__ = (
        ForeignKeyConstraint(["county_code", "pair_id"], ["duplicate_pairs.county_code", "duplicate_pairs.id"]),
        Index("ix_duplicate_decisions_pair_id", "county_code", "pair_id"),
    )

    county_code: int = county()
    id: int = key()
    pair_id: int = big()
    division_code: int = big()
    act: DuplicateAct = word_of(DuplicateAct)
    keep_id: int | None = big(nullable=True)
    opinion: str | None = text_c(nullable=True)
    lost_version: int | None = Field(default=None)
    """Version of the merged row just before the merge: what an undo restores."""
    kept_version: int | None = Field(default=None)
    """Version of the kept row just after the merge."""
    decided_by_id: int = big()
    decided_on: date
    decided_at: datetime = instant()
