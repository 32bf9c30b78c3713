"""Lists of payers as they come in and go out. Names of payers are shown as written; of persons no number is shown."""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import Field

from api.models import PayerList, PayerListLine, Resident
from api.schemas.base import DayIn, DivisionCode, DivisionIn, Id, IdIn, Money, MoneyIn, Schema, ShortText
from api.vocabulary import LeftReason, PayerKind, PayerLineState, PayerListKind, PayerListState

Year = Annotated[int, Field(strict=True, ge=1990, le=2100)]
MOST_LINES = 5000


class PayerLineCreate(Schema):
    """One person's amount."""

    resident_id: IdIn
    amount: Annotated[MoneyIn, Field(gt=0)]
    remark: ShortText | None = None
    """For the people who read the form; it is not kept."""


Lines = Annotated[list[PayerLineCreate], Field(min_length=1, max_length=MOST_LINES)]


class PayerListCreate(Schema):
    """A list: who pays, by which decision, for which year and whom."""

    kind: Literal["collective", "sponsored"]
    payer_kind: PayerKind
    payer_name: ShortText
    basis: ShortText
    """The resolution of the villagers' meeting, or the document, with its number."""
    basis_on: DayIn
    contribution_year: Year
    division_code: DivisionIn
    lines: Lines


class LandPaymentCreate(Schema):
    """Who pays a land project's money, and for which year it is entered."""

    payer_name: ShortText
    contribution_year: Year


class ArrivalCreate(Schema):
    """What arrived at the bank. Money of lines that are given to other persons has no bank reference of its own."""

    amount: Annotated[MoneyIn, Field(gt=0)]
    bank_reference: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    arrived_on: DayIn


class PayerApprovalCreate(Schema):
    """The content that the checker has looked at."""

    content_hash: Annotated[str, Field(min_length=64, max_length=64)]
    opinion: ShortText | None = None


class PayerRejectionCreate(Schema):
    """Why a list is refused."""

    reason: ShortText


class RefundCreate(Schema):
    """How the bank paid back what could not be posted."""

    bank_reference: Annotated[str, Field(min_length=1, max_length=64)]
    refunded_on: DayIn


class SuccessorCreate(Schema):
    """Lines whose money waits, and the persons who get it instead; the sums are the same."""

    line_numbers: Annotated[list[Annotated[int, Field(strict=True, ge=1)]], Field(min_length=1, max_length=MOST_LINES)]
    lines: Lines


class RefusedRowRead(Schema):
    """A row that did not get on the list."""

    row: int
    column: str
    code: str
    message: str


class PayerListRead(Schema):
    """A list with its sums and the persons of its steps."""

    id: Id
    division_code: DivisionCode
    kind: PayerListKind
    payer_kind: PayerKind
    payer_name: str
    basis: str
    basis_on: date
    contribution_year: int
    land_project_id: Id | None
    source_list_id: Id | None
    line_count: int
    total: Money
    content_hash: str
    state: PayerListState
    maker_id: Id
    bank_reference: str | None
    arrived_on: date | None
    confirmed_by_id: Id | None
    checker_id: Id | None
    decided_on: date | None
    opinion: str | None
    posted_count: int
    posted: Money
    version: int

    @classmethod
    def of(cls, found: PayerList) -> Self:
        """Show a list."""
        return cls.model_validate(_facts(found))


class PayerListDetail(PayerListRead):
    """A list with the rows that did not get on it, and the money that waits."""

    refused: list[RefusedRowRead]
    waiting: Money
    """In 待查款项: to be paid back or given to other persons."""

    @classmethod
    def of_found(cls, found: PayerList, waiting_fen: int) -> Self:
        """Show a list with what belongs to it."""
        refused = [RefusedRowRead.model_validate(one) for one in found.refused]
        return cls.model_validate(_facts(found) | {"refused": refused, "waiting": waiting_fen})


class PayerLineRead(Schema):
    """A line; of somebody who has moved out of the reader's sight only the number is told."""

    line_no: int
    resident_id: Id
    name: str | None
    resident_division_code: DivisionCode | None
    village_group: str | None
    amount: Money
    state: PayerLineState
    left_reason: LeftReason | None
    contribution_id: Id | None
    readdressed_to_id: Id | None

    @classmethod
    def of(cls, line: PayerListLine, resident: Resident | None) -> Self:
        """Show a line."""
        return cls(
            line_no=line.line_no,
            resident_id=line.resident_id,
            name=None if resident is None else resident.name,
            resident_division_code=None if resident is None else resident.division_code,
            village_group=None if resident is None else resident.village_group,
            amount=line.amount_fen,
            state=line.state,
            left_reason=line.left_reason,
            contribution_id=line.contribution_id,
            readdressed_to_id=line.readdressed_to_id,
        )


def _facts(found: PayerList) -> dict[str, Any]:
    """Fields of a list taken from the row by name; money changes its name on the way out."""
    facts = {name: getattr(found, name) for name in PayerListRead.model_fields if hasattr(found, name)}
    return facts | {"total": found.total_fen, "posted": found.posted_fen}
