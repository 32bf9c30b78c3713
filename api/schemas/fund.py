"""The fund's books as they go out: accounts of the chart with their balances, journals with their lines."""

from datetime import date
from typing import Any, Self

from api.schemas.base import DivisionCode, Id, Money, Schema
from api.vocabulary import AccountClass, FundAccount, JournalKind


class PartyBalanceRead(Schema):
    """What an account holds for one party: a collector, a level of government, something that waits."""

    party_id: Id
    party_name: str | None
    balance: Money


class FundAccountRead(Schema):
    """One account of the chart. The balance is debit less credit, so what the fund owes is negative."""

    account: FundAccount
    label: str
    code: str
    account_class: AccountClass
    balance: Money
    party_label: str
    parties: list[PartyBalanceRead]

    @classmethod
    def of(cls, held: Any) -> Self:
        """Show an account."""
        return cls(
            account=held.entry.account,
            label=held.entry.account.label,
            code=held.entry.code,
            account_class=held.entry.account_class,
            balance=held.balance_fen,
            party_label=held.entry.party,
            parties=[
                PartyBalanceRead(party_id=one.party_id, party_name=one.party_name, balance=one.balance_fen)
                for one in held.parties
            ],
        )


class FundAccountsRead(Schema):
    """Every account of the chart as of a day."""

    on: date
    division_code: DivisionCode
    items: list[FundAccountRead]


class JournalLineRead(Schema):
    """One debit or credit of a journal."""

    account: FundAccount
    label: str
    party_id: Id
    debit: Money
    credit: Money

    @classmethod
    def of(cls, line: Any) -> Self:
        """Show a line."""
        return cls(
            account=line.account, label=line.account.label, party_id=line.party_id, debit=line.debit_fen,
            credit=line.credit_fen,
        )  # fmt: skip


class JournalRead(Schema):
    """One journal with its lines; `subject` names what it is about: kind and number."""

    id: Id
    division_code: DivisionCode
    kind: JournalKind
    label: str
    business_date: date
    subject: str
    maker_id: Id
    checker_id: Id | None
    reverses_id: Id | None
    run_id: Id | None
    lines: list[JournalLineRead]

    @classmethod
    def of(cls, row: Any, lines: list[Any]) -> Self:
        """Show a journal."""
        return cls(
            id=row.id,
            division_code=row.division_code,
            kind=row.kind,
            label=row.kind.label,
            business_date=row.business_date,
            subject=row.dedup_key,
            maker_id=row.maker_id,
            checker_id=row.checker_id,
            reverses_id=row.reverses_id,
            run_id=row.run_id,
            lines=[JournalLineRead.of(one) for one in lines],
        )


class JournalDetailRead(JournalRead):
    """A journal with the names of who made and checked it, and what reverses it."""

    maker_name: str | None
    checker_name: str | None
    reversed_by_id: Id | None

    @classmethod
    def of_detail(cls, found: Any) -> Self:
        """Show a journal in full."""
        base = JournalRead.of(found.journal, list(found.lines))
        return cls(
            **{name: getattr(base, name) for name in JournalRead.model_fields},
            maker_name=found.maker,
            checker_name=found.checker,
            reversed_by_id=found.reversed_by_id,
        )


class JournalPersonRead(Schema):
    """What a journal did to one person's account; `fund` is what the pool paid on top."""

    resident_id: Id
    name: str | None
    division_code: DivisionCode
    value_month: str
    personal: Money
    collective: Money
    gov: Money
    fund: Money
