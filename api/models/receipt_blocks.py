"""收据号段: numbers given to a collector beforehand, and numbers that were spoiled."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text

from api.models.base import Field, SQLModel, big, count, county, instant, key, text_c, word_of
from api.vocabulary import BlockPurpose, BlockState, VoidState

MOST_NUMBERS = 200


class ReceiptBlock(SQLModel, table=True):
    """A block of a collector's numbers for receipts that are written without the system; taken from the same counter."""

    __tablename__ = "receipt_blocks"
    __table_args__ = (
        UniqueConstraint("county_code", "collector_id", "first_number", name="uq_receipt_blocks_first_number"),
        Index(
            "ix_receipt_blocks_collector_id",
            "county_code",
            "collector_id",
            postgresql_where=text("state = 'open'"),
        ),
        CheckConstraint("issued_by_id <> collector_id", name="two_persons"),
        CheckConstraint(
            f"first_number > 0 AND last_number >= first_number AND last_number - first_number < {MOST_NUMBERS}",
            name="numbers",
        ),
        CheckConstraint("used_count BETWEEN 0 AND last_number - first_number + 1", name="used_count"),
        CheckConstraint(
            "(state = 'exhausted') = (used_count = last_number - first_number + 1)", name="exhausted_when_used_up"
        ),
        CheckConstraint("(returned_on IS NULL) = (returned_by_id IS NULL)", name="returned_by_somebody"),
        CheckConstraint("state <> 'returned' OR returned_on IS NOT NULL", name="returned_on_a_day"),
        CheckConstraint("returned_by_id IS NULL OR returned_by_id <> collector_id", name="returned_to_another"),
    )

    county_code: int = county()
    id: int = key()
    division_code: int = big()
    """The collector's unit."""
    collector_id: int = big()
    first_number: int
    last_number: int
    purpose: BlockPurpose = word_of(BlockPurpose)
    label: str | None = text_c(nullable=True, default=None)
    """The device or the booklet."""
    issued_by_id: int = big()
    issued_on: date
    state: BlockState = word_of(BlockState, default=BlockState.OPEN)
    used_count: int = count()
    """Numbers that are posted or void."""
    returned_by_id: int | None = big(nullable=True, default=None)
    """Who took the unused papers back."""
    returned_on: date | None = None
    version: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})
    created_at: datetime = instant()

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return self.last_number - self.first_number + 1


class ReceiptVoid(SQLModel, table=True):
    """作废 of a number of a block that never became a receipt. The number stays burnt."""

    __tablename__ = "receipt_voids"
    __table_args__ = (
        Index(
            "uq_receipt_voids_number",
            "county_code",
            "collector_id",
            "number",
            unique=True,
            postgresql_where=text("state <> 'refused'"),
        ),
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> collector_id", name="two_persons"),
        CheckConstraint(
            "(state = 'proposed') = (decided_by_id IS NULL) AND (state = 'proposed') = (decided_on IS NULL)",
            name="decided_by_somebody",
        ),
    )

    county_code: int = county()
    id: int = key()
    division_code: int = big()
    """The collector's unit."""
    collector_id: int = big()
    block_id: int = big()
    number: int
    reason: str = text_c()
    state: VoidState = word_of(VoidState, default=VoidState.PROPOSED)
    proposed_on: date
    decided_by_id: int | None = big(nullable=True, default=None)
    decided_on: date | None = None
    created_at: datetime = instant()


class CashMovement(SQLModel, table=True):
    """Where the cash of a receipt went: into a 现金缴存, or back to the payer (no remittance). Positive out of the hand.

    What is left of a receipt's amount is in the collector's hand. Corrections are further rows with the other sign.
    """

    __tablename__ = "cash_movements"
    __table_args__ = (
        Index("ix_cash_movements_receipt_id", "county_code", "receipt_id"),
        Index("ix_cash_movements_remittance_id", "county_code", "remittance_id"),
        CheckConstraint("amount_fen <> 0", name="amount_fen_not_zero"),
        CheckConstraint("remittance_id IS NOT NULL OR amount_fen > 0", name="handed_back_once"),
    )

    county_code: int = county()
    id: int = key()
    division_code: int = big()
    """The collector's unit."""
    collector_id: int = big()
    receipt_id: int = big()
    remittance_id: int | None = big(nullable=True, default=None)
    amount_fen: int = big()
    created_at: datetime = instant()
