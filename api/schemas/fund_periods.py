"""Months of the fund's books as the API takes and shows them: their state, the preconditions, the pack."""

from datetime import date
from typing import Annotated, Any, Self

from pydantic import Field

from api.models import FundPeriod
from api.schemas.base import MONEY_PATTERN, Id, Month, Schema, ShortText
from api.vocabulary import (
    BankAccountName,
    BankItemSide,
    FundAccount,
    FundHead,
    FundPeriodState,
    FundPrecondition,
    JournalKind,
    PreconditionState,
)

Yuan = Annotated[str, Field(pattern=MONEY_PATTERN)]
"""Yuan as the pack holds it: text, never a number."""
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class ClosingException(Schema):
    """A precondition that is let pass, and why."""

    code: FundPrecondition
    reason: ShortText


class ClosingCreate(Schema):
    """The proposal to close a month."""

    exceptions: Annotated[list[ClosingException], Field(max_length=5, default_factory=list)]


class ClosingApproval(Schema):
    """The pack that the approver saw."""

    content_hash: Hash


class ReopeningCreate(Schema):
    """Why a closed month has to be opened again."""

    reason: ShortText


class ObstacleRead(Schema):
    """One thing that a precondition names."""

    message: str
    subject_kind: str
    subject_id: str
    amount: Yuan | None


class PreconditionRead(Schema):
    """One precondition and how it stands."""

    code: FundPrecondition
    label: str
    state: PreconditionState
    is_waivable: bool
    reason: str | None
    items: list[ObstacleRead]

    @classmethod
    def of(cls, one: Any) -> Self:
        """Show a precondition."""
        return cls(
            code=one.code,
            label=one.code.label,
            state=one.state,
            is_waivable=one.is_waivable,
            reason=one.reason,
            items=[
                ObstacleRead(
                    message=item.message, subject_kind=item.subject_kind, subject_id=item.subject_id, amount=item.amount
                )
                for item in one.items
            ],
        )


class PeriodRead(Schema):
    """A month of the books; version 0 until somebody first proposes to close it."""

    month: Month
    state: FundPeriodState
    pack_version: int
    proposed_by_id: Id | None
    proposed_on: date | None
    proposed_hash: str | None
    approved_by_id: Id | None
    closed_on: date | None
    content_hash: str | None
    reopen_by_id: Id | None
    reopen_reason: str | None
    reopened_on: date | None
    version: int

    @classmethod
    def of(cls, month: date, row: FundPeriod | None) -> Self:
        """Show a month."""
        if row is None:
            return cls(
                month=month, state=FundPeriodState.OPEN, pack_version=0, proposed_by_id=None, proposed_on=None,
                proposed_hash=None, approved_by_id=None, closed_on=None, content_hash=None, reopen_by_id=None,
                reopen_reason=None, reopened_on=None, version=0,
            )  # fmt: skip
        return cls(**{name: getattr(row, name) for name in PeriodRead.model_fields})


class PeriodDetail(PeriodRead):
    """A month with what stands in the way of closing it; nothing does once it is closed."""

    preconditions: list[PreconditionRead]
    is_ready: bool


class TrialBalanceRow(Schema):
    """One account: opening and closing are debit less credit."""

    account: FundAccount
    code: str
    opening: Yuan
    debit: Yuan
    credit: Yuan
    closing: Yuan


class HeadRow(Schema):
    """One head of income or outlay."""

    head: FundHead
    month: Yuan
    year: Yuan


class FundStatement(Schema):
    """基金收支表: opening, income, outlay, closing."""

    opening: Yuan
    year_opening: Yuan
    income: list[HeadRow]
    outlay: list[HeadRow]
    income_total: Yuan
    outlay_total: Yuan
    year_income_total: Yuan
    year_outlay_total: Yuan
    closing: Yuan


class TownAccounts(Schema):
    """Personal accounts that a town booked, by source; `owed` is what the general ledger says."""

    division_code: str
    account_count: int
    personal: Yuan
    collective: Yuan
    gov: Yuan
    total: Yuan
    owed: Yuan


class Control(Schema):
    """Both sides of the books (policy.md §7)."""

    accounts: Yuan
    accounts_by_ledger: Yuan
    pool: Yuan
    other_claims: Yuan
    claims: Yuan
    banks: Yuan
    cash: Yuan
    in_transit: Yuan
    receivables: Yuan
    assets: Yuan
    difference: Yuan


class ChangeRow(Schema):
    """What the month did to persons, by kind of event."""

    kind: JournalKind
    person_count: int
    line_count: int
    personal: Yuan
    collective: Yuan
    gov: Yuan
    fund: Yuan


class BankItem(Schema):
    """An item between the bank and the books."""

    side: BankItemSide
    subject_id: str
    moved_on: date
    amount: Yuan
    reference: str
    is_timed: bool
    note: str | None


class BankReconciliation(Schema):
    """One bank account against the books."""

    account: BankAccountName
    bank_balance: Yuan
    books_balance: Yuan
    opening: Yuan
    line_count: int
    line_total: Yuan
    journal_count: int
    journal_total: Yuan
    difference: Yuan
    items: list[BankItem]


class PartyRow(Schema):
    """What an account holds for one party."""

    account: FundAccount
    party_id: str
    amount: Yuan


class TransitRow(Schema):
    """What a payment run has sent and the bank has not answered."""

    run_id: str
    amount: Yuan


class PersonDifference(Schema):
    """Somebody whose balance is not the sum of their lines."""

    resident_id: str
    personal: Yuan
    collective: Yuan
    gov: Yuan


class JournalDifference(Schema):
    """A journal that contradicts itself, with one of its persons."""

    journal_id: str
    unbalanced: Yuan
    personal: Yuan
    collective: Yuan
    gov: Yuan
    resident_id: str | None
    person_count: int


class Differences(Schema):
    """Differences by person and by journal: empty when the books are right."""

    person_count: int
    persons: list[PersonDifference]
    journal_count: int
    journals: list[JournalDifference]


class ReportRow(Schema):
    """A report's total beside the ledger's."""

    report: str
    reported: Yuan
    ledger: Yuan
    difference: Yuan


class ExceptionRow(Schema):
    """What was let pass."""

    code: FundPrecondition
    reason: str


class PackFacts(Schema):
    """Everything that a month comes to, built from the ledger alone."""

    format: int
    county: str
    month: str
    journal_count: int
    trial_balance: list[TrialBalanceRow]
    statement: FundStatement
    accounts: list[TownAccounts]
    control: Control
    changes: list[ChangeRow]
    bank: list[BankReconciliation]
    parties: list[PartyRow]
    in_transit: list[TransitRow]
    differences: Differences
    reports: list[ReportRow]
    exceptions: list[ExceptionRow]


class PackRead(Schema):
    """A pack: stored when the month is closed, a draft of this moment while it is open.

    The hash is the SHA-256 of `facts` as JSON in UTF-8 with sorted keys and no white space.
    """

    month: Month
    is_draft: bool
    pack_version: int | None
    content_hash: str
    prepared_by_id: Id | None
    approved_by_id: Id | None
    closed_on: date | None
    facts: PackFacts
    names: dict[str, str]
    """Divisions and users by number, as they are called today."""

    @classmethod
    def of(cls, view: Any) -> Self:
        """Show a pack (`fund_pack_views.PackView`)."""
        return cls(
            month=view.month,
            is_draft=view.pack_version is None,
            pack_version=view.pack_version,
            content_hash=view.content_hash,
            prepared_by_id=view.prepared_by_id,
            approved_by_id=view.approved_by_id,
            closed_on=view.closed_on,
            facts=PackFacts.model_validate(view.facts),
            names=view.names,
        )
