"""The public calculator's input and output (contract.md): the whole of an account from its credits."""

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field

from api.policy.accounts import ClosedYear, Credit
from api.policy.ages import Month as PolicyMonth
from api.policy.calculations import MAXIMUM_CREDITS, CalculatedPayment, CalculationRequest, CalculationResult
from api.policy.interest import RateMode
from api.policy.money import BySource
from api.schemas.base import DayIn, DivisionIn, Money, MoneyIn, Month, MonthIn, Schema
from api.schemas.contributions import ReasonRead
from api.vocabulary import Source


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


class CreditIn(Schema):
    """Money that entered a sub-account."""

    paid_on: DayIn
    source: Source
    amount: Annotated[MoneyIn, Field(gt=0)]


class AccountCalculation(Schema):
    """What to compute. Nothing of it is stored."""

    birth_date: DayIn
    credits: Annotated[list[CreditIn], Field(max_length=MAXIMUM_CREDITS)]
    settle_on: DayIn
    payments_until: MonthIn | None = None
    rate_mode: Annotated[RateMode, BeforeValidator(_lower)] | None = None
    division: DivisionIn | None = None
    """Where the account is: that place's parameters are used, else those of the statutes."""

    def request(self) -> CalculationRequest:
        """The same in the law's own types."""
        until = self.payments_until
        return CalculationRequest(
            birth_date=self.birth_date,
            credits=tuple(Credit(one.paid_on, one.source, one.amount) for one in self.credits),
            settle_on=self.settle_on,
            payments_until=PolicyMonth.of(until) if until else None,
            rate_mode=self.rate_mode,
        )


class Sources(Schema):
    """An amount for each sub-account."""

    personal: Money
    collective: Money
    gov: Money

    @classmethod
    def of(cls, amounts: BySource) -> Self:
        """Show amounts by source."""
        return cls(personal=amounts.personal_fen, collective=amounts.collective_fen, gov=amounts.gov_fen)


class YearRead(Schema):
    """An interest year, or the part of one: interest and the balance that includes it."""

    year: int
    interest: Sources
    balance: Sources

    @classmethod
    def of(cls, closed: ClosedYear) -> Self:
        """Show a closed year."""
        return cls(year=closed.year, interest=Sources.of(closed.interest), balance=Sources.of(closed.balance))


class SettlementRead(Schema):
    """The account at the end of the month of settlement; pensions are null before 60."""

    balance: Sources
    total: Money
    account_pension: Money | None
    basic_pension: Money | None
    start_month: Month | None


class PaymentRead(Schema):
    """A month's benefit, the sub-accounts that bear its account part, what the fund adds, and what is left."""

    number: int
    month: Month
    paid_in: Month
    basic_pension: Money
    account_pension: Money
    total: Money
    debits: Sources
    fund: Money
    balance: Sources

    @classmethod
    def of(cls, payment: CalculatedPayment) -> Self:
        """Show a payment."""
        return cls(
            number=payment.number,
            month=payment.month.first_day,
            paid_in=payment.paid_in.first_day,
            basic_pension=payment.basic_pension_fen,
            account_pension=payment.account_pension_fen,
            total=payment.total_fen,
            debits=Sources.of(payment.split.debits),
            fund=payment.split.fund_fen,
            balance=Sources.of(payment.balance),
        )


class AccountCalculated(Schema):
    """The answer; `payment_years` are the closings of interest after the settlement."""

    years: list[YearRead]
    settlement: SettlementRead
    payments: list[PaymentRead]
    payment_years: list[YearRead]
    reasons: list[ReasonRead]

    @classmethod
    def of(cls, result: CalculationResult) -> Self:
        """Show a result."""
        settled = result.settlement
        return cls(
            years=[YearRead.of(year) for year in result.years],
            settlement=SettlementRead(
                balance=Sources.of(settled.balance),
                total=settled.total_fen,
                account_pension=settled.account_pension_fen,
                basic_pension=settled.basic_pension_fen,
                start_month=settled.start_month.first_day if settled.start_month else None,
            ),
            payments=[PaymentRead.of(payment) for payment in result.payments],
            payment_years=[YearRead.of(year) for year in result.payment_years],
            reasons=[ReasonRead.of(reason) for reason in result.reasons],
        )
