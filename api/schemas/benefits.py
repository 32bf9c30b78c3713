"""Benefits and their determinations as the API takes and shows them."""

from datetime import date
from typing import Annotated, Any, Self

from pydantic import Field

from api.models import Award, Benefit
from api.policy.reasons import Reason
from api.schemas.base import DayIn, DivisionCode, DivisionIn, Id, IdIn, Money, Month, MonthIn, Schema, ShortText
from api.vocabulary import AwardBasis, AwardState, BenefitState, Decision


class AwardCreate(Schema):
    """Whose award is proposed."""

    resident_id: IdIn


class AwardDecision(Schema):
    """What the second person says."""

    decision: Decision
    opinion: ShortText | None = None


class AwardBatchCreate(Schema):
    """For whom an office proposes awards: everybody who reaches 60 in the month, or was 60 at launch."""

    division: DivisionIn
    month: MonthIn
    basis: AwardBasis


class AwardBatchDecision(Schema):
    """Which awards the second person approves."""

    award_ids: Annotated[list[IdIn], Field(min_length=1, max_length=5000)]
    opinion: ShortText | None = None


class BenefitChange(Schema):
    """Why and from when a benefit changes its state."""

    reason: ShortText
    on: DayIn


class BySourceRead(Schema):
    """An amount for each sub-account of the personal account."""

    personal: Money
    collective: Money
    gov: Money


class ReasonRead(Schema):
    """One step of a calculation in words."""

    code: str
    message: str
    clause: str


class AwardSummary(Schema):
    """A determination in a list."""

    id: Id
    resident_id: Id
    division_code: DivisionCode
    basis: AwardBasis
    state: AwardState
    start_month: Month
    settled_on: date | None
    required_years: int
    paid_years: int
    balance: BySourceRead
    total: Money
    account_pension: Money
    basic_pension: Money
    monthly: Money
    proposed_by_id: Id
    decided_by_id: Id | None
    decided_on: date | None
    opinion: str | None
    version: int

    @classmethod
    def facts(cls, award: Award) -> dict[str, Any]:
        """Return the fields of a determination."""
        return {
            "id": award.id,
            "resident_id": award.resident_id,
            "division_code": award.division_code,
            "basis": award.basis,
            "state": award.state,
            "start_month": award.start_month,
            "settled_on": award.settled_on,
            "required_years": award.required_years,
            "paid_years": award.paid_years,
            "balance": BySourceRead(personal=award.personal_fen, collective=award.collective_fen, gov=award.gov_fen),
            "total": award.personal_fen + award.collective_fen + award.gov_fen,
            "account_pension": award.account_pension_fen,
            "basic_pension": award.basic_pension_fen,
            "monthly": award.account_pension_fen + award.basic_pension_fen,
            "proposed_by_id": award.proposed_by_id,
            "decided_by_id": award.decided_by_id,
            "decided_on": award.decided_on,
            "opinion": award.opinion,
            "version": award.version,
        }

    @classmethod
    def of(cls, award: Award) -> Self:
        """Show a determination."""
        return cls(**cls.facts(award))


class AwardRead(AwardSummary):
    """A determination with its settlement interest and its calculation in words."""

    interest: BySourceRead
    reasons: list[ReasonRead]

    @classmethod
    def with_words(cls, award: Award, words: tuple[Reason, ...]) -> Self:
        """Show a determination and why."""
        interest = award.breakdown["interest"]
        return cls(
            **cls.facts(award),
            interest=BySourceRead(
                personal=interest["personal_fen"], collective=interest["collective_fen"], gov=interest["gov_fen"]
            ),
            reasons=[ReasonRead(code=one.code, message=one.message, clause=one.clause) for one in words],
        )


class AwardBatchRead(Schema):
    """What a batch proposed, and what stands in the way of the others."""

    basis: AwardBasis
    month: Month
    proposed: int
    situations: dict[str, int]


class AwardBatchResult(Schema):
    """What a batch approved; what was not taken is to be decided one by one."""

    approved: int
    interest: Money
    refused: list[Id]


class NoticeRead(Schema):
    """A person on the notice of a month (待遇领取通知表)."""

    resident_id: Id
    name: str
    division_code: DivisionCode
    birth_date: date
    required_years: int
    paid_years: int
    missing_years: int
    balance: Money
    situation: str

    @classmethod
    def of(cls, row: Any) -> Self:
        """Show a row of the notice."""
        return cls(
            resident_id=row.resident_id,
            name=row.name,
            division_code=row.division_code,
            birth_date=row.birth_date,
            required_years=row.required_years,
            paid_years=row.paid_years,
            missing_years=row.missing_years,
            balance=row.balance_fen,
            situation=row.situation,
        )


class BenefitRead(Schema):
    """A running pension."""

    resident_id: Id
    name: str
    division_code: DivisionCode
    award_id: Id
    basis: AwardBasis | None
    state: BenefitState
    state_reason: str | None
    state_on: date | None
    start_month: Month
    end_month: Month | None
    account_pension: Money
    version: int

    @classmethod
    def of(cls, benefit: Benefit, award: Award | None, name: str) -> Self:
        """Show a pension with the person's name."""
        return cls(
            resident_id=benefit.resident_id,
            name=name,
            division_code=benefit.division_code,
            award_id=benefit.award_id,
            basis=award.basis if award else None,
            state=benefit.state,
            state_reason=benefit.state_reason,
            state_on=benefit.state_on,
            start_month=benefit.start_month,
            end_month=benefit.end_month,
            account_pension=benefit.account_pension_fen,
            version=benefit.version,
        )
