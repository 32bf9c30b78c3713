"""代扣: what the bank is asked to deduct, the files that left the house, its answers, and the one final state of each line.

A line keeps a snapshot of what was sent. Its outcome is a row of its own whose key is the line, so that a line becomes
final once. Whatever of an answer cannot be booked becomes a finding, which two persons decide.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB

from api.models.base import (
    Field,
    SQLModel,
    big,
    count,
    county,
    fen,
    instant,
    key,
    moment,
    not_negative,
    sealed,
    small,
    text_c,
    word_of,
)
from api.vocabulary import (
    CollectionResult,
    CollectionState,
    ContributionKind,
    FindingCode,
    FindingDecision,
    FindingState,
)


class CollectionBatch(SQLModel, table=True):
    """A deduction batch of a county or a town for one contribution year."""

    __tablename__ = "collection_batches"
    __table_args__ = (
        UniqueConstraint("county_code", "contribution_year", "number", name="uq_collection_batches_number"),
        CheckConstraint("checker_id IS NULL OR checker_id <> maker_id", name="two_persons"),
        CheckConstraint("state IN ('computed', 'discarded') OR checker_id IS NOT NULL", name="checked"),
        CheckConstraint("state NOT IN ('sent', 'posted', 'closed') OR sent_on IS NOT NULL", name="sent"),
        CheckConstraint("number BETWEEN 1 AND 999", name="number"),
        *not_negative(
            "line_count", "total_fen", "exception_count", "deducted_count", "deducted_fen", "failed_count", "failed_fen"
        ),
    )

    county_code: int = county()
    id: int = key()
    division_code: int = big()
    """The county or the town that it collects from."""
    contribution_year: int = small()
    number: int = small()
    law_serial: int = big(default=0)
    """State of the dated law that it was computed by."""
    """Number within county and year: part of file names and of each line's 社保单据号."""
    layout: str = text_c()
    """The bank's layout, chosen when it was computed."""
    state: CollectionState = word_of(CollectionState, default=CollectionState.COMPUTED)
    line_count: int = count()
    total_fen: int = fen(default=0)
    exception_count: int = count()
    content_hash: str = text_c(default="")
    """SHA-256 over every line: what the checker approves, and what is sent."""
    summary: dict[str, Any] = Field(sa_type=JSONB)
    """People by reason why they are not in it, and lines and fen by town."""
    parameters: dict[str, Any] = Field(sa_type=JSONB)
    """What it was computed with: rhythms and the price list of each town."""
    computed_on: date
    maker_id: int = big()
    checker_id: int | None = big(nullable=True, default=None)
    approved_at: datetime | None = moment(default=None, nullable=True)
    sent_on: date | None = None
    deadline_on: date | None = None
    """Last day for the bank's answer (policy.md §3.2)."""
    closed_on: date | None = None
    deducted_count: int = count()
    deducted_fen: int = fen(default=0)
    failed_count: int = count()
    failed_fen: int = fen(default=0)
    version: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})
    created_at: datetime = instant()


class CollectionLine(SQLModel, table=True):
    """One deduction that the bank is asked for, in full or not at all. Append-only."""

    __tablename__ = "collection_lines"
    __table_args__ = (
        PrimaryKeyConstraint("county_code", "batch_id", "seq"),
        Index("ix_collection_lines_resident_id", "county_code", "resident_id", "contribution_year"),
        CheckConstraint("amount_fen > 0", name="amount_fen_positive"),
        *not_negative("tier_fen", "government_paid_fen", "subsidy_fen", "waiting_subsidy_fen", "paid_before"),
    )

    county_code: int = county()
    batch_id: int = key()
    seq: int = key()
    """Number in the batch; 社保单据号 is batch and seq."""
    resident_id: int = big()
    division_code: int = big()
    contribution_year: int = small()
    kind: ContributionKind = word_of(ContributionKind, name="collectionkind")
    """annual, or government_paid for the own share above the minimum tier (A17)."""
    instalment: int = small(default=0)
    paid_before: int = small(default=0)
    """Instalments of the year that stood when the line was computed: whether it completes the year depends on them."""
    tier_fen: int = fen()
    amount_fen: int = fen()
    """What is deducted from the passbook."""
    government_paid_fen: int = fen(default=0)
    subsidy_fen: int = fen(default=0)
    waiting_subsidy_fen: int = fen(default=0)
    """Subsidy that is posted once government's money has arrived."""
    """What enters the sub-account gov with it."""
    name: str = text_c()
    id_token: UUID
    bank_account_sealed: bytes = sealed()
    """The resident's sealed account as it was; bound to that row, so it can be opened only as theirs."""
    bank_account_index: bytes | None = sealed(nullable=True)


class CollectionException(SQLModel, table=True):
    """A person who is left out of a batch for a reason that somebody can mend, or whom the checker should look at."""

    __tablename__ = "collection_exceptions"
    __table_args__ = (PrimaryKeyConstraint("county_code", "batch_id", "resident_id", "code"),)

    county_code: int = county()
    batch_id: int = key()
    resident_id: int = key()
    code: str = text_c(primary_key=True)
    """no_bank_account, cancellation, tier_not_offered, in_other_batch, shared_bank_account, …"""
    division_code: int = big()
    withheld: bool
    """True: not in the batch. False: in it, but listed for the checker."""


class CollectionFile(SQLModel, table=True):
    """A file that left the house. Append-only; its bytes can be made again from the lines and compared by hash."""

    __tablename__ = "collection_files"
    __table_args__ = (
        UniqueConstraint("county_code", "batch_id", "part"),
        *not_negative("line_count", "total_fen"),
    )

    county_code: int = county()
    id: int = key()
    batch_id: int = big()
    part: int = small(default=1)
    division_code: int = big()
    name: str = text_c()
    first_seq: int = big()
    last_seq: int = big()
    line_count: int
    total_fen: int = fen()
    sha256: str = text_c()
    made_by_id: int = big()
    created_at: datetime = instant()


class CollectionReturn(SQLModel, table=True):
    """A bank's file that was taken: each of its lines is posted, failed or a finding. Append-only."""

    __tablename__ = "collection_returns"
    __table_args__ = (
        # The same bytes as a success and as a failure file contradict each other and are two.
        UniqueConstraint("county_code", "batch_id", "sha256", "succeeded", name="uq_collection_returns_sha256"),
        CheckConstraint("line_count = posted_count + failed_count + finding_count", name="covers_every_line"),
        *not_negative("posted_count", "posted_fen", "failed_count", "failed_fen", "finding_count"),
    )

    county_code: int = county()
    id: int = key()
    batch_id: int = big()
    division_code: int = big()
    name: str = text_c()
    sha256: str = text_c()
    succeeded: bool
    """Whether the file lists successes or failures."""
    line_count: int
    posted_count: int
    posted_fen: int = fen()
    failed_count: int
    failed_fen: int = fen()
    finding_count: int
    deducted_on: date
    """Day on which the bank deducted: the value date."""
    posted_on: date
    loaded_by_id: int = big()
    created_at: datetime = instant()


class CollectionOutcome(SQLModel, table=True):
    """The final state of a line. The key is the line: it becomes final once. Append-only."""

    __tablename__ = "collection_outcomes"
    __table_args__ = (
        PrimaryKeyConstraint("county_code", "batch_id", "seq"),
        CheckConstraint("(result = 'deducted') = (contribution_id IS NOT NULL)", name="deducted_is_booked"),
        CheckConstraint("(return_id IS NULL) = (finding_number IS NOT NULL)", name="has_a_source"),
        # What a village asks for: few of many, found without reading the others.
        Index("ix_collection_outcomes_failed", "division_code", "batch_id", postgresql_where=text("result = 'failed'")),
    )

    county_code: int = county()
    batch_id: int = key()
    seq: int = key()
    division_code: int = big()
    result: CollectionResult = word_of(CollectionResult)
    return_id: int | None = big(nullable=True, default=None)
    """The bank's file that said so."""
    finding_number: int | None = Field(default=None)
    """Or the finding by whose decision it is so."""
    contribution_id: int | None = big(nullable=True, default=None)
    bank_code: str | None = text_c(nullable=True, default=None)
    reason: str | None = text_c(nullable=True, default=None)
    """The bank's words for a failure."""


class CollectionFinding(SQLModel, table=True):
    """A line of an answer that was set aside, or a line of ours that the bank never answered; two persons decide."""

    __tablename__ = "collection_findings"
    __table_args__ = (
        PrimaryKeyConstraint("county_code", "batch_id", "number"),
        CheckConstraint("checker_id IS NULL OR checker_id <> maker_id", name="two_persons"),
        CheckConstraint("state <> 'resolved' OR checker_id IS NOT NULL", name="checked"),
        CheckConstraint("(state = 'open') = (maker_id IS NULL)", name="proposed_by_somebody"),
        CheckConstraint("(maker_id IS NULL) = (decision IS NULL)", name="proposed_is_decision"),
        CheckConstraint("(code = 'no_answer') = (return_id IS NULL)", name="has_a_source"),
        Index("ix_collection_findings_seq", "county_code", "batch_id", "seq"),
    )

    county_code: int = county()
    batch_id: int = key()
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    division_code: int = big()
    return_id: int | None = big(nullable=True, default=None)
    file_line: int | None = Field(default=None)
    """Line of the file, from 1."""
    code: FindingCode = word_of(FindingCode)
    detail: str = text_c(default="")
    """A word that says more: what is unreadable, or why it cannot be posted."""
    seq: int | None = big(nullable=True, default=None)
    """The line of ours that it is about, as far as that is known."""
    succeeded: bool | None = Field(default=None)
    """What the file says of it."""
    amount_fen: int | None = fen(nullable=True, default=None)
    raw_sealed: bytes | None = sealed(nullable=True, default=None)
    """The line as the bank sent it; it may hold a number of a document."""
    state: FindingState = word_of(FindingState, default=FindingState.OPEN)
    decision: FindingDecision | None = word_of(FindingDecision, nullable=True, default=None)
    evidence: str | None = text_c(nullable=True, default=None)
    deducted_on: date | None = None
    maker_id: int | None = big(nullable=True, default=None)
    checker_id: int | None = big(nullable=True, default=None)
    decided_at: datetime | None = moment(default=None, nullable=True)
    version: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})
    created_at: datetime = instant()


class CollectionMoneyProof(SQLModel, table=True):
    """Money that arrived at the income account for a batch, by the bank's advice. Append-only."""

    __tablename__ = "collection_money_proofs"
    __table_args__ = (
        UniqueConstraint("county_code", "bank_reference", name="uq_collection_money_proofs_reference"),
        CheckConstraint("amount_fen > 0", name="amount_fen_positive"),
    )

    county_code: int = county()
    id: int = key()
    batch_id: int = big()
    division_code: int = big()
    amount_fen: int = fen()
    bank_reference: str = text_c()
    arrived_on: date
    recorded_by_id: int = big()
    created_at: datetime = instant()
