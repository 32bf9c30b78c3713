"""Settlements (一次性结算) and recoveries (追回) as the API takes and shows them."""

from datetime import date
from typing import Annotated, Any, Self

from pydantic import Field

from api.models import Recovery, Settlement
from api.schemas.base import DayIn, DivisionCode, Id, Money, Month, Schema, ShortText
from api.schemas.benefits import BySourceRead, ReasonRead
from api.schemas.cancellations import PayeeRead
from api.vocabulary import CancellationReason, CaseState, DueKind, RecoveryState, SettlementState

Reference = Annotated[str, Field(min_length=1, max_length=64)]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class SettlementApproval(Schema):
    """What the second person approves: the content that they saw."""

    content_hash: Hash
    opinion: ShortText | None = None


class SettlementPayment(Schema):
    """That the bank has paid: its reference and the day."""

    bank_reference: Reference
    paid_on: DayIn


class SettlementDiscard(Schema):
    """Why a settlement is undone."""

    reason: ShortText


class PayeeRevealCreate(Schema):
    """Why the payee's account is shown in full."""

    reason: ShortText


class PayeeRevealRead(Schema):
    """The payee's bank account in full."""

    bank_account: str


class RepaymentCreate(Schema):
    """That what was overpaid has come back: the bank's reference and the day."""

    bank_reference: Reference
    repaid_on: DayIn


class OverpaidRead(Schema):
    """A pension paid for a month after the last one owed."""

    month: str
    paid_in: str
    from_account: Money
    from_fund: Money


class OwedRead(Schema):
    """A month that never reached the person."""

    month: str
    kind: DueKind
    basic: Money
    account: Money


class RecoveryRead(Schema):
    """What was overpaid and how much has come back."""

    id: Id
    resident_id: Id
    resident_name: str
    division_code: DivisionCode
    settlement_id: Id
    state: RecoveryState
    first_month: Month
    last_month: Month
    due_count: int
    basic: Money
    account: Money
    total: Money
    set_off: Money
    repaid: Money
    open: Money
    repaid_on: date | None
    bank_reference: str | None
    version: int

    @classmethod
    def of(cls, recovery: Recovery, *, resident_name: str) -> Self:
        """Show a recovery."""
        total = recovery.basic_fen + recovery.account_fen
        settled = recovery.set_off_fen + recovery.repaid_fen
        is_open = recovery.state is RecoveryState.OPEN
        return cls(
            id=recovery.id,
            resident_id=recovery.resident_id,
            resident_name=resident_name,
            division_code=recovery.division_code,
            settlement_id=recovery.settlement_id,
            state=recovery.state,
            first_month=recovery.first_month,
            last_month=recovery.last_month,
            due_count=recovery.due_count,
            basic=recovery.basic_fen,
            account=recovery.account_fen,
            total=total,
            set_off=recovery.set_off_fen,
            repaid=recovery.repaid_fen,
            open=total - settled if is_open else 0,
            repaid_on=recovery.repaid_on,
            bank_reference=recovery.bank_reference,
            version=recovery.version,
        )


class SettlementSummary(Schema):
    """A settlement in a list."""

    id: Id
    resident_id: Id
    resident_name: str
    division_code: DivisionCode
    division_name: str
    cancellation_id: Id
    reason: CancellationReason
    state: SettlementState
    event_on: date
    settled_on: date
    is_supplement: bool
    payable: Money
    computed_on: date
    approved_on: date | None
    paid_on: date | None
    version: int

    @classmethod
    def facts(
        cls, settlement: Settlement, *, reason: CancellationReason, resident_name: str, division_name: str
    ) -> dict[str, Any]:
        """Return the fields of a settlement."""
        return {
            "id": settlement.id,
            "resident_id": settlement.resident_id,
            "resident_name": resident_name,
            "division_code": settlement.division_code,
            "division_name": division_name,
            "cancellation_id": settlement.cancellation_id,
            "reason": reason,
            "state": settlement.state,
            "event_on": settlement.event_on,
            "settled_on": settlement.settled_on,
            "is_supplement": settlement.is_supplement,
            "payable": settlement.payable_fen,
            "computed_on": settlement.computed_on,
            "approved_on": settlement.approved_on,
            "paid_on": settlement.paid_on,
            "version": settlement.version,
        }


class SettlementRead(SettlementSummary):
    """The settlement sheet: every amount with its months, the calculation in words, and who is paid."""

    account_before: BySourceRead
    interest: BySourceRead
    interest_withdrawn: BySourceRead
    balance: BySourceRead
    retained: Money
    refund: Money
    owed: Money
    late_returned: Money
    late_subsidy_returned: Money
    overpaid_from_account: Money
    overpaid_from_fund: Money
    overpaid: Money
    set_off: Money
    gross: Money
    owed_months: list[OwedRead]
    overpaid_months: list[OverpaidRead]
    reasons: list[ReasonRead]
    content_hash: str
    payee: PayeeRead | None
    recovery: RecoveryRead | None
    computed_by_id: Id
    approved_by_id: Id | None
    opinion: str | None
    paid_by_id: Id | None
    bank_reference: str | None
    undone_reason: str | None

    @classmethod
    def sheet(cls, settlement: Settlement) -> dict[str, Any]:
        """Return the amounts, months and words of a settlement, beside its summary."""
        kept = settlement.breakdown
        balance = settlement.personal_fen + settlement.collective_fen + settlement.gov_fen
        overpaid = settlement.overpaid_basic_fen + settlement.overpaid_account_fen
        return {
            "account_before": _by_source(kept["account"]),
            "interest": _by_source(kept["interest"]),
            "interest_withdrawn": _by_source(kept["withdrawn"]),
            "balance": BySourceRead(
                personal=settlement.personal_fen, collective=settlement.collective_fen, gov=settlement.gov_fen
            ),
            "retained": settlement.retained_fen,
            "refund": balance - settlement.retained_fen,
            "owed": settlement.owed_fen,
            "late_returned": settlement.late_fen,
            "late_subsidy_returned": settlement.late_gov_fen,
            "overpaid_from_account": settlement.overpaid_account_fen,
            "overpaid_from_fund": settlement.overpaid_basic_fen,
            "overpaid": overpaid,
            "set_off": settlement.set_off_fen,
            "gross": settlement.payable_fen + settlement.set_off_fen,
            "owed_months": [
                OwedRead(month=one["month"], kind=one["kind"], basic=one["basic_fen"], account=one["account_fen"])
                for one in kept["owed"]
            ],
            "overpaid_months": [
                OverpaidRead(
                    month=one["month"], paid_in=one["paid_in"], from_account=_total(one), from_fund=one["fund_fen"]
                )
                for one in kept["overpaid"]
            ],
            "reasons": [
                ReasonRead(code=code, message=message, clause=clause) for code, message, clause in kept["reasons"]
            ],
            "content_hash": settlement.content_hash,
            "computed_by_id": settlement.computed_by_id,
            "approved_by_id": settlement.approved_by_id,
            "opinion": settlement.opinion,
            "paid_by_id": settlement.paid_by_id,
            "bank_reference": settlement.bank_reference,
            "undone_reason": settlement.undone_reason,
        }


def _total(amounts: dict[str, Any]) -> int:
    return int(amounts["personal_fen"] + amounts["collective_fen"] + amounts["gov_fen"])


def _by_source(amounts: dict[str, Any]) -> BySourceRead:
    return BySourceRead(personal=amounts["personal_fen"], collective=amounts["collective_fen"], gov=amounts["gov_fen"])


class OverdueRead(Schema):
    """Somebody dead for too long who is still insured, and how far their cancellation has come."""

    resident_id: Id
    resident_name: str
    division_code: DivisionCode
    division_name: str
    died_on: date
    days: int
    claim_until: date
    balance: Money
    cancellation_id: Id | None
    cancellation_state: CaseState | None
    settlement_id: Id | None
    settlement_state: SettlementState | None
