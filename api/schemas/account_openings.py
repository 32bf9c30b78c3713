"""Passbook openings as the API takes and shows them. Account numbers never appear."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field

from api.models import AccountOpening, AccountOpeningLine, AccountOpeningReturn
from api.schemas.base import DivisionCode, DivisionIn, Id, Schema, ShortText
from api.vocabulary import OpeningResult, OpeningState


class AccountOpeningCreate(Schema):
    """For whom passbooks are asked, in which bank's files."""

    division: DivisionIn
    layout: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,60}$", examples=["rural_credit_2010"])] = "rural_credit_2010"


class AccountOpeningApproval(Schema):
    """The content that the checker saw."""

    content_hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class AccountOpeningDiscard(Schema):
    """Why a batch is given up."""

    reason: ShortText


class AccountOpeningRead(Schema):
    """A batch of people without a passbook."""

    id: Id
    division_code: DivisionCode
    opened_year: int
    number: int
    layout: str
    state: OpeningState
    line_count: int
    opened_count: int
    failed_count: int
    content_hash: str
    maker_id: Id
    checker_id: Id | None
    sent_on: date | None
    version: int

    @classmethod
    def of(cls, opening: AccountOpening) -> Self:
        """Show a batch."""
        return cls(
            id=opening.id,
            division_code=opening.division_code,
            opened_year=opening.opened_year,
            number=opening.number,
            layout=opening.layout,
            state=opening.state,
            line_count=opening.line_count,
            opened_count=opening.opened_count,
            failed_count=opening.failed_count,
            content_hash=opening.content_hash,
            maker_id=opening.maker_id,
            checker_id=opening.checker_id,
            sent_on=opening.sent_on,
            version=opening.version,
        )


class AccountOpeningLineRead(Schema):
    """A person of a batch and what the bank said."""

    seq: int
    resident_id: Id
    name: str
    division_code: DivisionCode
    result: OpeningResult | None
    reason: str | None

    @classmethod
    def of(cls, line: AccountOpeningLine) -> Self:
        """Show a line."""
        return cls(
            seq=line.seq,
            resident_id=line.resident_id,
            name=line.name,
            division_code=line.division_code,
            result=line.result,
            reason=line.reason,
        )


class AccountOpeningFileRead(Schema):
    """A file for the bank: one part of a batch."""

    part: int
    name: str
    line_count: int
    sha256: str


class AccountOpeningFilesRead(Schema):
    """A batch and its files."""

    opening: AccountOpeningRead
    items: list[AccountOpeningFileRead]


class OpeningFinding(Schema):
    """A line of the bank's file that was set aside."""

    line: int
    code: str


class AccountOpeningReturnRead(Schema):
    """A file of the bank that was taken."""

    id: Id
    name: str
    sha256: str
    succeeded: bool
    line_count: int
    opened_count: int
    failed_count: int
    finding_count: int
    findings: list[OpeningFinding]

    @classmethod
    def of(cls, answer: AccountOpeningReturn) -> Self:
        """Show a file of the bank."""
        return cls(
            id=answer.id,
            name=answer.name,
            sha256=answer.sha256,
            succeeded=answer.succeeded,
            line_count=answer.line_count,
            opened_count=answer.opened_count,
            failed_count=answer.failed_count,
            finding_count=answer.finding_count,
            findings=[OpeningFinding(line=one["line"], code=one["code"]) for one in answer.findings],
        )


class AccountOpeningReturnsRead(Schema):
    """What became of an upload."""

    opening: AccountOpeningRead
    items: list[AccountOpeningReturnRead]
    repeated: bool
