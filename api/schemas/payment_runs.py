"""Payment runs, lines, files and returns as the API takes and shows them. Bank accounts never appear."""

from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import Field

from api.models import BankFile, BankReturn, PaymentException, PaymentLine, PaymentRun
from api.schemas.base import DivisionCode, Id, Money, Month, MonthIn, Schema, ShortText
from api.vocabulary import DueKind, RunState


class PaymentRunCreate(Schema):
    """Of which county and month the run is."""

    county: Annotated[str, Field(pattern=r"^\d{6}$", examples=["440783"])]
    month: MonthIn


class PaymentRunApproval(Schema):
    """The content that the checker saw."""

    content_hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class PaymentRunDiscard(Schema):
    """Why a run is discarded."""

    reason: ShortText


class RunTotals(Schema):
    """Heads and sums of a run."""

    heads: int
    line_count: int
    total: Money
    basic: Money
    account: Money
    fund: Money
    back_lines: int
    back: Money

    @classmethod
    def of(cls, totals: dict[str, Any]) -> Self:
        """Show the totals that a run keeps."""
        return cls(
            heads=totals["heads"],
            line_count=totals["line_count"],
            total=totals["total_fen"],
            basic=totals["basic_fen"],
            account=totals["account_fen"],
            fund=totals["fund_fen"],
            back_lines=totals["back_lines"],
            back=totals["back_fen"],
        )


class RunComparison(Schema):
    """A run beside the one before it."""

    now: RunTotals
    last_month: Month | None
    last: RunTotals | None
    new: int
    gone: int
    changed: int
    withheld: int
    exceptions: dict[str, int]

    @classmethod
    def of(cls, comparison: dict[str, Any]) -> Self:
        """Show the comparison that a run keeps."""
        last = comparison["last"]
        return cls(
            now=RunTotals.of(comparison["now"]),
            last_month=date.fromisoformat(last["month"] + "-01") if last else None,
            last=RunTotals.of(last) if last else None,
            new=comparison["new"],
            gone=comparison["gone"],
            changed=comparison["changed"],
            withheld=comparison["withheld"],
            exceptions=comparison["exceptions"],
        )


class PaymentRunRead(Schema):
    """A run of a county and month."""

    id: Id
    county: str
    division_code: DivisionCode
    month: Month
    state: RunState
    line_count: int
    total: Money
    exception_count: int
    content_hash: str
    comparison: RunComparison
    basic_pension: Money
    maker_id: Id
    checker_id: Id | None
    approved_at: datetime | None
    created_at: datetime
    version: int

    @classmethod
    def of(cls, run: PaymentRun) -> Self:
        """Show a run."""
        return cls(
            id=run.id,
            county=f"{run.county_code:06d}",
            division_code=run.division_code,
            month=run.month,
            state=run.state,
            line_count=run.line_count,
            total=run.total_fen,
            exception_count=run.exception_count,
            content_hash=run.content_hash,
            comparison=RunComparison.of(run.comparison),
            basic_pension=run.parameters["basic_pension_fen"][f"{run.month:%Y-%m}"],
            maker_id=run.maker_id,
            checker_id=run.checker_id,
            approved_at=run.approved_at,
            created_at=run.created_at,
            version=run.version,
        )


class PaymentLineRead(Schema):
    """One instruction to the bank, by part and by what it takes from each sub-account."""

    seq: int
    resident_id: Id
    name: str
    division_code: DivisionCode
    month: Month
    kind: DueKind
    amount: Money
    basic: Money
    account: Money
    personal: Money
    collective: Money
    gov: Money
    fund: Money

    @classmethod
    def of(cls, line: PaymentLine) -> Self:
        """Show a line."""
        return cls(
            seq=line.seq,
            resident_id=line.resident_id,
            name=line.name,
            division_code=line.division_code,
            month=line.month,
            kind=line.kind,
            amount=line.amount_fen,
            basic=line.basic_fen,
            account=line.account_fen,
            personal=line.personal_fen,
            collective=line.collective_fen,
            gov=line.gov_fen,
            fund=line.fund_fen,
        )


class PaymentExceptionRead(Schema):
    """Somebody held back, or paid but worth a look."""

    resident_id: Id
    name: str
    division_code: DivisionCode
    code: str
    withheld: bool
    detail: str

    @classmethod
    def of(cls, exception: PaymentException, name: str) -> Self:
        """Show an exception with the person's name."""
        return cls(
            resident_id=exception.resident_id,
            name=name,
            division_code=exception.division_code,
            code=exception.code,
            withheld=exception.withheld,
            detail=exception.detail,
        )


class BankFileRead(Schema):
    """A file that left the house."""

    id: Id
    name: str
    part: int
    line_count: int
    total: Money
    sha256: str

    @classmethod
    def of(cls, file: BankFile) -> Self:
        """Show a file."""
        return cls(
            id=file.id,
            name=file.name,
            part=file.part,
            line_count=file.line_count,
            total=file.total_fen,
            sha256=file.sha256,
        )


class BankFilesRead(Schema):
    """A run and its released files."""

    run: PaymentRunRead
    items: list[BankFileRead]


class BankReturnRead(Schema):
    """An answer that was booked."""

    id: Id
    name: str
    sha256: str
    paid_count: int
    paid: Money
    refused_count: int
    refused: Money
    posted_on: date

    @classmethod
    def of(cls, answer: BankReturn) -> Self:
        """Show an answer."""
        return cls(
            id=answer.id,
            name=answer.name,
            sha256=answer.sha256,
            paid_count=answer.paid_count,
            paid=answer.paid_fen,
            refused_count=answer.refused_count,
            refused=answer.refused_fen,
            posted_on=answer.posted_on,
        )


class BankReturnsRead(Schema):
    """A run after the bank's answer; `repeated` when all of it had been booked before."""

    run: PaymentRunRead
    items: list[BankReturnRead]
    repeated: bool


class PaymentExplanation(Schema):
    """Why somebody was paid for a month, or not."""

    resident_id: Id
    month: Month
    paid: bool
    code: str
    message: str
    amount: Money | None
    paid_on: date | None
    run_id: Id | None
    seq: int | None
