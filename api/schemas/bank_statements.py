"""Bank statements, their lines, matches and reconciliations as the API takes and shows them. Counterparties never appear."""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import Field

from api.models import BankMatch, BankMatchItem, BankStatement, BankStatementLine
from api.schemas.base import Id, IdIn, Money, Schema, ShortText
from api.vocabulary import BankAccountName, BankItemSide, BankMatchOrigin, BankMatchState


class BankStatementRead(Schema):
    """One statement of one account."""

    id: Id
    account: BankAccountName
    from_on: date
    to_on: date
    opening: Money
    closing: Money
    line_count: int
    name: str
    layout: str
    loaded_by_id: Id

    @classmethod
    def of(cls, one: BankStatement) -> Self:
        """Show a statement."""
        facts = {name: getattr(one, name) for name in BankStatementRead.model_fields if hasattr(one, name)}
        return cls(**facts, opening=one.opening_fen, closing=one.closing_fen)


class BankStatementLoaded(Schema):
    """What became of a file: the statement, whether it had come before, how many matches were made."""

    statement: BankStatementRead
    repeated: bool
    matched_count: int


class BankLayoutRead(Schema):
    """A layout that statements may have."""

    id: str
    title: str
    columns: list[str]


class BankLayoutsRead(Schema):
    """All layouts that came with the service."""

    items: list[BankLayoutRead]


class BankStatementLineRead(Schema):
    """One movement on a statement: positive what came in; with the living match that it is in."""

    id: Id
    booked_on: date
    reference: str
    amount: Money
    balance: Money
    match_id: Id | None

    @classmethod
    def of(cls, line: BankStatementLine, match_id: int | None) -> Self:
        """Show a line."""
        return cls(
            id=line.id, booked_on=line.booked_on, reference=line.reference, amount=line.amount_fen,
            balance=line.balance_fen, match_id=match_id,
        )  # fmt: skip


class BankMatchCreate(Schema):
    """Lines of the statement and journals of the books that are the same money, and why."""

    account: BankAccountName
    line_ids: Annotated[list[IdIn], Field(min_length=1, max_length=200)]
    journal_ids: Annotated[list[IdIn], Field(min_length=1, max_length=200)]
    note: ShortText


class BankMatchDecision(Schema):
    """What the second person says."""

    decision: Literal["approve", "reject"]


class BankMatchRefresh(Schema):
    """The account whose open items are matched again."""

    account: BankAccountName


class BankMatchRefreshed(Schema):
    """How many matches were made."""

    matched_count: int


class BankMatchItemRead(Schema):
    """One side's part of a match."""

    side: BankItemSide
    subject_id: Id
    amount: Money


class BankMatchRead(Schema):
    """A match with both sides."""

    id: Id
    account: BankAccountName
    origin: BankMatchOrigin
    state: BankMatchState
    amount: Money
    note: str | None
    proposed_by_id: Id
    decided_by_id: Id | None
    decided_on: date | None
    version: int
    items: list[BankMatchItemRead]

    @classmethod
    def of(cls, match: BankMatch, items: list[BankMatchItem]) -> Self:
        """Show a match."""
        facts = {name: getattr(match, name) for name in BankMatchRead.model_fields if hasattr(match, name)}
        return cls(
            **facts,
            amount=match.amount_fen,
            items=[BankMatchItemRead(side=one.side, subject_id=one.subject_id, amount=one.amount_fen) for one in items],
        )


class BankItemExplanation(Schema):
    """Why an item of the reconciliation stands open."""

    account: BankAccountName
    side: BankItemSide
    subject_id: IdIn
    note: ShortText


class BankItemExplained(Schema):
    """The explanation as it was kept."""

    id: Id
    account: BankAccountName
    side: BankItemSide
    subject_id: Id
    note: str


class OpenItemRead(Schema):
    """A movement that the other side does not have by the day, and for how many days."""

    side: BankItemSide
    subject_id: Id
    moved_on: date
    age_days: int
    amount: Money
    reference: str
    is_timed: bool
    note: str | None
    is_explained: bool


class ReconciliationRead(Schema):
    """One account as of a day: both balances and what lies between them."""

    account: BankAccountName
    on: date
    covered_to: date | None
    opening: Money
    bank_balance: Money
    books_balance: Money
    line_count: int
    line_total: Money
    journal_count: int
    journal_total: Money
    difference: Money
    unexplained: int
    items: list[OpenItemRead]

    @classmethod
    def of(cls, done: Any) -> Self:
        """Show a reconciliation."""
        return cls(
            account=done.account,
            on=done.on,
            covered_to=done.covered_to,
            opening=done.opening_fen,
            bank_balance=done.bank_fen,
            books_balance=done.books_fen,
            line_count=done.line_count,
            line_total=done.line_fen,
            journal_count=done.journal_count,
            journal_total=done.journal_fen,
            difference=done.difference_fen,
            unexplained=done.unexplained,
            items=[
                OpenItemRead(
                    side=one.side,
                    subject_id=one.subject_id,
                    moved_on=one.moved_on,
                    age_days=(done.on - one.moved_on).days,
                    amount=one.amount_fen,
                    reference=one.reference,
                    is_timed=one.is_timed,
                    note=one.note,
                    is_explained=one.is_explained,
                )
                for one in done.items
            ],
        )
