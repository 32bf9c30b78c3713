"""Deduction batches, lines, files, answers and findings as the API takes and shows them. Passbooks never appear."""

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import Field

from api.models import (
    CollectionBatch,
    CollectionException,
    CollectionFile,
    CollectionLine,
    CollectionOutcome,
    CollectionReturn,
)
from api.schemas.base import DivisionCode, DivisionIn, Id, Money, Schema, ShortText
from api.vocabulary import (
    CollectionResult,
    CollectionState,
    ContributionKind,
    Rhythm,
)

Year = Annotated[int, Field(ge=2009, le=2100)]


class CollectionBatchCreate(Schema):
    """From whom to collect, for which year, through which bank's files."""

    division: DivisionIn
    contribution_year: Year
    channel: Literal["bank_deduction"] = "bank_deduction"
    layout: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,60}$", examples=["rural_credit_2010"])] = "rural_credit_2010"
    rhythms: Annotated[list[Rhythm], Field(min_length=1, max_length=3, default_factory=lambda: [*Rhythm])]


class CollectionApproval(Schema):
    """The content that the checker saw."""

    content_hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class CollectionDiscard(Schema):
    """Why a batch is discarded."""

    reason: ShortText


class CollectionTown(Schema):
    """Lines and sum of one town."""

    division_code: DivisionCode
    line_count: int
    total: Money


class CollectionBatchRead(Schema):
    """A batch of a county or town and contribution year."""

    id: Id
    division_code: DivisionCode
    contribution_year: int
    number: int
    layout: str
    rhythms: list[Rhythm]
    state: CollectionState
    line_count: int
    total: Money
    exception_count: int
    left_out: dict[str, int]
    """People who are not asked, by reason."""
    shared_account_count: int
    towns: list[CollectionTown]
    content_hash: str
    computed_on: date
    maker_id: Id
    checker_id: Id | None
    approved_at: datetime | None
    sent_on: date | None
    deadline_on: date | None
    is_overdue: bool
    """Lines are open after the day by which the bank should have answered."""
    closed_on: date | None
    deducted_count: int
    deducted: Money
    failed_count: int
    failed: Money
    open_count: int
    version: int

    @classmethod
    def of(cls, batch: CollectionBatch, *, today: date) -> Self:
        """Show a batch as of a day."""
        open_count = batch.line_count - batch.deducted_count - batch.failed_count
        waits = batch.state in {CollectionState.SENT, CollectionState.POSTED}
        return cls(
            id=batch.id,
            division_code=batch.division_code,
            contribution_year=batch.contribution_year,
            number=batch.number,
            layout=batch.layout,
            rhythms=batch.parameters["rhythms"],
            state=batch.state,
            line_count=batch.line_count,
            total=batch.total_fen,
            exception_count=batch.exception_count,
            left_out=batch.summary["left_out"],
            shared_account_count=batch.summary["shared"],
            towns=[
                CollectionTown(division_code=one["town"], line_count=one["lines"], total=one["amount_fen"])
                for one in batch.summary["towns"]
            ],
            content_hash=batch.content_hash,
            computed_on=batch.computed_on,
            maker_id=batch.maker_id,
            checker_id=batch.checker_id,
            approved_at=batch.approved_at,
            sent_on=batch.sent_on,
            deadline_on=batch.deadline_on,
            is_overdue=waits and batch.deadline_on is not None and batch.deadline_on < today,
            closed_on=batch.closed_on,
            deducted_count=batch.deducted_count,
            deducted=batch.deducted_fen,
            failed_count=batch.failed_count,
            failed=batch.failed_fen,
            open_count=open_count if waits else 0,
            version=batch.version,
        )


class CollectionLineRead(Schema):
    """One deduction, and its final state where it has one."""

    seq: int
    resident_id: Id
    name: str
    division_code: DivisionCode
    kind: ContributionKind
    instalment: int
    tier: Money
    amount: Money
    government_paid: Money
    subsidy: Money
    result: CollectionResult | None
    bank_code: str | None
    reason: str | None
    contribution_id: Id | None

    @classmethod
    def of(cls, line: CollectionLine, outcome: CollectionOutcome | None) -> Self:
        """Show a line."""
        return cls(
            seq=line.seq,
            resident_id=line.resident_id,
            name=line.name,
            division_code=line.division_code,
            kind=line.kind,
            instalment=line.instalment,
            tier=line.tier_fen,
            amount=line.amount_fen,
            government_paid=line.government_paid_fen,
            subsidy=line.subsidy_fen,
            result=outcome.result if outcome else None,
            bank_code=outcome.bank_code if outcome else None,
            reason=outcome.reason if outcome else None,
            contribution_id=outcome.contribution_id if outcome else None,
        )


class CollectionExceptionRead(Schema):
    """Somebody who is left out, or asked but worth a look."""

    resident_id: Id
    name: str
    division_code: DivisionCode
    code: str
    withheld: bool

    @classmethod
    def of(cls, exception: CollectionException, name: str) -> Self:
        """Show an exception with the person's name."""
        return cls(
            resident_id=exception.resident_id,
            name=name,
            division_code=exception.division_code,
            code=exception.code,
            withheld=exception.withheld,
        )


class CollectionFileRead(Schema):
    """A file that left the house."""

    id: Id
    name: str
    part: int
    line_count: int
    total: Money
    sha256: str

    @classmethod
    def of(cls, file: CollectionFile) -> Self:
        """Show a file."""
        return cls(
            id=file.id,
            name=file.name,
            part=file.part,
            line_count=file.line_count,
            total=file.total_fen,
            sha256=file.sha256,
        )


class CollectionFilesRead(Schema):
    """A batch and its released files."""

    batch: CollectionBatchRead
    items: list[CollectionFileRead]


class CollectionReturnRead(Schema):
    """A bank's file that was taken: posted, failed and set aside are all of its lines."""

    id: Id
    name: str
    sha256: str
    succeeded: bool
    line_count: int
    posted_count: int
    posted: Money
    failed_count: int
    failed: Money
    finding_count: int
    deducted_on: date
    posted_on: date

    @classmethod
    def of(cls, answer: CollectionReturn) -> Self:
        """Show a file of the bank."""
        return cls(
            id=answer.id,
            name=answer.name,
            sha256=answer.sha256,
            succeeded=answer.succeeded,
            line_count=answer.line_count,
            posted_count=answer.posted_count,
            posted=answer.posted_fen,
            failed_count=answer.failed_count,
            failed=answer.failed_fen,
            finding_count=answer.finding_count,
            deducted_on=answer.deducted_on,
            posted_on=answer.posted_on,
        )


class CollectionReturnsRead(Schema):
    """What became of an upload."""

    batch: CollectionBatchRead
    items: list[CollectionReturnRead]
    repeated: bool


class UnpaidRead(Schema):
    """Somebody whose deduction failed and who has not paid since."""

    resident_id: Id
    name: str
    division_code: DivisionCode
    instalment: int
    amount: Money
    reason: str
    sent_on: date
    is_deducted_again: bool
