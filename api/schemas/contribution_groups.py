"""Sums for several years, and what somebody may pay, as they come in and go out."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from api.errors import DomainError
from api.models import Contribution, Receipt
from api.policy.contribution_sums import Allowance, DuePayment, GroupOffer, OpenYears, Quote
from api.policy.reasons import Reason
from api.schemas.base import DayIn, Id, IdIn, Money, MoneyIn, Schema
from api.schemas.contributions import ContributionSummary, ReasonRead
from api.schemas.receipts import ReceiptRead
from api.vocabulary import Channel, ContributionKind, Rhythm

Year = Annotated[int, Field(strict=True, ge=1990, le=2100)]
Years = Annotated[list[Year], Field(min_length=1, max_length=30)]


class MakeUpCreate(Schema):
    """补缴 of missed years in one sum."""

    resident_id: IdIn
    years: Years
    tier: Annotated[MoneyIn, Field(gt=0)] | None = None
    """Yearly tier; left out, the one that holds this year."""
    paid_on: DayIn
    channel: Channel

    def offer(self) -> GroupOffer:
        """What the service takes."""
        return GroupOffer(
            kind=ContributionKind.MAKE_UP,
            years=tuple(self.years),
            tier_fen=self.tier,
            paid_on=self.paid_on,
            channel=self.channel,
        )


class LumpSumCreate(Schema):
    """趸缴: the years from the first unpaid one on, named or by their last."""

    resident_id: IdIn
    years: Years | None = None
    until_year: Year | None = None
    tier: Annotated[MoneyIn, Field(gt=0)] | None = None
    paid_on: DayIn
    channel: Channel

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.years is None) == (self.until_year is None):
            message = "years 与 until_year 须填且只填一项"
            raise ValueError(message)
        return self

    def offer(self) -> GroupOffer:
        """What the service takes."""
        return GroupOffer(
            kind=ContributionKind.LUMP_SUM,
            years=tuple(self.years or ()),
            until_year=self.until_year,
            tier_fen=self.tier,
            paid_on=self.paid_on,
            channel=self.channel,
        )


class QuoteCreate(Schema):
    """The years of a sum that has not been paid yet."""

    resident_id: IdIn
    kind: Literal["make_up", "lump_sum"]
    years: Years
    tier: Annotated[MoneyIn, Field(gt=0)] | None = None
    paid_on: DayIn
    channel: Channel = Channel.CASH

    def offer(self) -> GroupOffer:
        """What the service takes."""
        return GroupOffer(
            kind=ContributionKind(self.kind),
            years=tuple(self.years),
            tier_fen=self.tier,
            paid_on=self.paid_on,
            channel=self.channel,
        )


class YearPartRead(Schema):
    """One year of a sum."""

    year: int
    amount: Money
    subsidy: Money


class QuoteRead(Schema):
    """What a sum comes to."""

    tier: Money
    years: list[YearPartRead]
    amount: Money
    subsidy: Money
    reasons: list[ReasonRead]

    @classmethod
    def of(cls, quote: Quote) -> Self:
        """Show a quote."""
        return cls(
            tier=quote.tier_fen,
            years=[
                YearPartRead(year=part.year, amount=part.amount_fen, subsidy=part.subsidy_fen) for part in quote.parts
            ],
            amount=quote.amount_fen,
            subsidy=quote.subsidy_fen,
            reasons=[ReasonRead.of(reason) for reason in quote.reasons],
        )


class ContributionGroupRead(Schema):
    """A sum on record: its contributions by year and the one receipt of its cash."""

    resident_id: Id
    kind: ContributionKind
    amount: Money
    subsidy: Money
    contributions: list[ContributionSummary]
    receipt: ReceiptRead | None
    reasons: list[ReasonRead]

    @classmethod
    def of(cls, made: Sequence[Contribution], receipt: Receipt | None, reasons: Sequence[Reason]) -> Self:
        """Show a sum."""
        return cls(
            resident_id=made[0].resident_id,
            kind=made[0].kind,
            amount=sum(one.amount_fen for one in made),
            subsidy=sum(one.subsidy_fen for one in made),
            contributions=[ContributionSummary.of(one) for one in made],
            receipt=ReceiptRead.of(receipt) if receipt else None,
            reasons=[ReasonRead.of(reason) for reason in reasons],
        )


class RefusalRead(Schema):
    """Why something cannot be paid."""

    code: str
    message: str

    @classmethod
    def of(cls, error: DomainError) -> Self:
        """Show a refusal."""
        return cls(code=error.code, message=error.detail)


class DuePaymentRead(Schema):
    """The next payment of the current year."""

    year: int
    tier: Money
    rhythm: Rhythm
    instalment: int
    instalments: int
    amount: Money
    subsidy: Money
    refusal: RefusalRead | None
    reasons: list[ReasonRead]

    @classmethod
    def of(cls, due: DuePayment) -> Self:
        """Show what is due."""
        return cls(
            year=due.year,
            tier=due.tier_fen,
            rhythm=due.rhythm,
            instalment=due.instalment,
            instalments=due.instalments,
            amount=due.amount_fen,
            subsidy=due.subsidy_fen,
            refusal=RefusalRead.of(due.refusal) if due.refusal else None,
            reasons=[ReasonRead.of(reason) for reason in due.reasons],
        )


class OpenYearsRead(Schema):
    """Years that may be paid in one sum: which, and how many of them at most."""

    years: list[int]
    at_most: int
    reasons: list[ReasonRead]

    @classmethod
    def of(cls, found: OpenYears) -> Self:
        """Show open years."""
        return cls(
            years=list(found.years),
            at_most=found.at_most,
            reasons=[ReasonRead.of(reason) for reason in found.reasons],
        )


class AllowanceRead(Schema):
    """What somebody may pay today."""

    resident_id: Id
    as_of: date
    barred: RefusalRead | None
    """Why nothing can be paid at all."""
    tiers: list[Money]
    paid_years: list[int]
    government_pays: bool
    """Whether the person belongs to a group that government pays for."""
    due: DuePaymentRead | None
    make_up: OpenYearsRead
    lump_sum: OpenYearsRead

    @classmethod
    def of(cls, found: Allowance) -> Self:
        """Show an allowance."""
        return cls(
            resident_id=found.resident_id,
            as_of=found.on,
            barred=RefusalRead.of(found.barred) if found.barred else None,
            tiers=list(found.tiers_fen),
            paid_years=list(found.paid_years),
            government_pays=found.government_pays,
            due=DuePaymentRead.of(found.due) if found.due else None,
            make_up=OpenYearsRead.of(found.make_up),
            lump_sum=OpenYearsRead.of(found.lump_sum),
        )
