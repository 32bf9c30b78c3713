"""Accounts, their lines and their statements as the API shows them."""

from datetime import date
from typing import Self

from api.models import Account
from api.policy.ages import Month as PolicyMonth
from api.policy.money import BySource
from api.schemas.base import Id, Money, Month, Schema
from api.schemas.contributions import ReasonRead
from api.vocabulary import JournalKind


class SourceAmounts(Schema):
    """An amount by source, with its sum."""

    personal: Money
    collective: Money
    gov: Money
    total: Money

    @classmethod
    def of(cls, amounts: BySource) -> Self:
        """Show an amount by source."""
        return cls(
            personal=amounts.personal_fen,
            collective=amounts.collective_fen,
            gov=amounts.gov_fen,
            total=amounts.total_fen,
        )


class AccountRead(Schema):
    """Balance by source: by the books of `as_of`, of what had its value by `value_on`.

    `accrued` is what is earned to the end of the last whole month and not posted yet, for information only; null where
    some lines are hidden from who asks.
    """

    resident_id: Id
    state: str
    personal: Money
    collective: Money
    gov: Money
    total: Money
    accrued: SourceAmounts | None
    interest_through: date | None
    as_of: date
    value_on: date

    @classmethod
    def of(cls, account: Account, amounts: BySource, accrued: BySource | None, *, as_of: date, value_on: date) -> Self:
        """Show a balance."""
        return cls(
            resident_id=account.resident_id,
            state=account.state,
            personal=amounts.personal_fen,
            collective=amounts.collective_fen,
            gov=amounts.gov_fen,
            total=amounts.total_fen,
            accrued=None if accrued is None else SourceAmounts.of(accrued),
            interest_through=account.interest_through,
            as_of=as_of,
            value_on=value_on,
        )


class AccountLineRead(Schema):
    """A line: credits positive, debits negative; `fund` is what the pool paid on top."""

    journal_id: Id
    kind: JournalKind
    booked_on: date
    value_month: Month
    contribution_year: int | None
    amounts: SourceAmounts
    fund: Money

    @classmethod
    def of(
        cls,
        *,
        journal_id: int,
        kind: JournalKind,
        booked_on: date,
        value_month: PolicyMonth,
        contribution_year: int | None,
        amounts: BySource,
        fund_fen: int,
    ) -> Self:
        """Show a line."""
        return cls(
            journal_id=journal_id,
            kind=kind,
            booked_on=booked_on,
            value_month=value_month.first_day,
            contribution_year=contribution_year,
            amounts=SourceAmounts.of(amounts),
            fund=fund_fen,
        )


class StatementRead(Schema):
    """对账单 of a year. `corrections` are a part of `interest`; `reasons` say how it was computed."""

    resident_id: Id
    year: int
    opening: SourceAmounts
    credits: SourceAmounts
    interest: SourceAmounts
    corrections: SourceAmounts
    debits: SourceAmounts
    closing: SourceAmounts
    tier: Money | None
    paid_years: int
    rate: str | None
    reasons: list[ReasonRead]
    is_explained: bool
    """Whether the interest posted is what the reasons come to, as it is for a closed year."""
    interest_through: date | None
    lines: list[AccountLineRead]
