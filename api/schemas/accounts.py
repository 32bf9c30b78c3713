"""Accounts, their lines and their statements as the API shows them."""

from datetime import date
from typing import Self

from api.models import Account
from api.policy.ages import Month as PolicyMonth
from api.policy.money import BySource
from api.schemas.base import Id, Money, Month, Schema
from api.vocabulary import JournalKind


class AccountRead(Schema):
    """Balance by source on a day."""

    resident_id: Id
    state: str
    personal: Money
    collective: Money
    gov: Money
    total: Money
    as_of: date

    @classmethod
    def of(cls, account: Account, amounts: BySource, as_of: date) -> Self:
        """Show a balance."""
        return cls(
            resident_id=account.resident_id,
            state=account.state,
            personal=amounts.personal_fen,
            collective=amounts.collective_fen,
            gov=amounts.gov_fen,
            total=amounts.total_fen,
            as_of=as_of,
        )


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
    """对账单 of a year."""

    resident_id: Id
    year: int
    opening: SourceAmounts
    credits: SourceAmounts
    interest: SourceAmounts
    debits: SourceAmounts
    closing: SourceAmounts
    paid_years: int
    interest_through: date | None
    lines: list[AccountLineRead]
