"""A county office that keeps the fund's books: people pay, money moves, the bank writes statements, months are closed."""

from __future__ import annotations

import csv
import io
import itertools
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from api.policy.cash import is_blocked
from api.policy.money import format_yuan
from api.services import (
    bank_statements,
    cash,
    contributions,
    fund_closings,
    fund_transfer_cases,
    remittances,
)
from api.services.bank_statements import StatementFile
from api.services.contribution_rules import Offer
from api.services.fund_transfer_cases import Wish
from api.services.laws import law_on
from api.vocabulary import (
    BankAccountName,
    Channel,
    ContributionKind,
    Decision,
    FundTransferWay,
    RoleName,
)
from tests import factories

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from api.database import Actor
    from api.models import FundPack, FundPeriod, FundTransfer, Resident

COUNTY = 440783
HEADINGS = ("交易日期", "凭证号", "支出金额", "收入金额", "余额", "对方户名")
_numbers = itertools.count(1)


def end_of(month: date) -> date:
    """Last day of a month."""
    return month.replace(day=monthrange(month.year, month.month)[1])


def after(month: date, day: int = 5) -> date:
    """A day of the next month, when the month is closed."""
    return (end_of(month) + timedelta(days=1)).replace(day=day)


def reference() -> str:
    """A bank reference that nobody has used."""
    return f"P{next(_numbers):06d}"


@dataclass
class Ledger:
    """The persons of the office, and each step as one call."""

    session: Session
    finance: Actor
    second: Actor
    collector: Actor
    village: int = factories.VILLAGE

    @property
    def county(self) -> int:
        """The county whose books these are."""
        return self.village // 1_000_000

    @classmethod
    def of(cls, session: Session, *, village: int = factories.VILLAGE) -> Ledger:
        """Two finance persons of the county and a collector of the town."""
        county = village // 1_000_000 * 1_000_000
        return cls(
            session,
            factories.make_actor(session, RoleName.FINANCE, division=county),
            factories.make_actor(session, RoleName.FINANCE, division=county),
            factories.make_actor(session, RoleName.TOWN_CLERK, division=village // 1000 * 1000),
            village,
        )

    def person(self, **facts: Any) -> Resident:
        """Somebody insured."""
        one = factories.make_resident(self.session, **({"village": self.village} | facts))
        factories.enrol(self.session, one)
        return one

    def pays(
        self, one: Resident, *, on: date, year: int, channel: Channel = Channel.BANK_TRANSFER, today: date | None = None
    ) -> Any:
        """Record the 100 yuan of a year; whoever keeps cash for too long takes no more, and another takes over."""
        if channel is Channel.CASH:
            holding = cash.holding(self.session, self.county, self.collector.user_id)
            law = law_on(self.session, self.village, today or on)
            if is_blocked(holding, receipt_on=today or on, today=today or on, law=law):
                town = self.village // 1000 * 1000
                self.collector = factories.make_actor(self.session, RoleName.TOWN_CLERK, division=town)
        offer = Offer(
            kind=ContributionKind.ANNUAL, contribution_year=year, paid_on=on, channel=channel, tier_fen=10_000
        )
        return contributions.record(
            self.session, actor=self.collector, keyring=factories.KEYRING, resident_id=one.id, offer=offer,
            today=today or on,
        ).contribution  # fmt: skip

    def remits(self, amount_fen: int, *, on: date) -> Any:
        """The collector pays cash in, and finance confirms it."""
        kept = remittances.record(
            self.session,
            actor=self.collector,
            amount_fen=amount_fen,
            paid_in_on=on,
            bank_reference=reference(),
            today=on,
        )
        return remittances.confirm(
            self.session, actor=self.finance, remittance_id=kept.id, version=kept.version, today=on
        )

    def moves(self, way: FundTransferWay, amount_fen: int, *, on: date, today: date | None = None) -> FundTransfer:
        """One finance person proposes a movement, the other approves it."""
        wish = Wish(way=way, amount_fen=amount_fen, moved_on=on, bank_reference=reference())
        proposed = fund_transfer_cases.propose(self.session, actor=self.finance, wish=wish, today=today or on)
        return fund_transfer_cases.decide(
            self.session, actor=self.second, transfer_id=proposed.id, decision=Decision.APPROVE, opinion=None,
            version=proposed.version, today=today or on,
        )  # fmt: skip

    def bank_rows(self, account: BankAccountName, first: date, last: date) -> tuple[int, list[tuple[date, str, int]]]:
        """What a bank that saw what the books saw would print: the opening, and day, reference and amount of each."""
        rows = self.session.execute(
            text(
                """
                SELECT j.business_date, coalesce(t.bank_reference, m.bank_reference, r.county_code || to_char(r.month, 'YYYYMM'),
                                               j.dedup_key) AS reference,
                       sum(f.debit_fen - f.credit_fen) AS amount_fen, min(j.id) AS id
                  FROM fund_lines f JOIN journals j ON j.county_code = f.county_code AND j.id = f.journal_id
                  LEFT JOIN fund_transfers t ON t.journal_id = j.id
                  LEFT JOIN remittances m ON m.journal_id = j.id
                  LEFT JOIN payment_runs r ON r.id = j.run_id AND j.kind = 'payment_sent'
                 WHERE f.county_code = :county AND f.fund_account = :account AND j.business_date <= :last
                 GROUP BY 1, 2 ORDER BY 1, 4
                """
            ),
            {"county": self.county, "account": account.value, "last": last},
        ).all()
        opening = sum(int(row.amount_fen) for row in rows if row.business_date < first)
        return opening, [
            (row.business_date, row.reference, int(row.amount_fen)) for row in rows if row.business_date >= first
        ]

    def statement(self, account: BankAccountName, first: date, last: date) -> StatementFile:
        """The bank's statement of a span of days, in the layout of the rural credit cooperative."""
        opening, rows = self.bank_rows(account, first, last)
        return statement_of(account, opening, rows, first, last)

    def load(self, file: StatementFile, *, today: date) -> Any:
        """Bring a statement in."""
        return bank_statements.load(self.session, actor=self.finance, keyring=factories.KEYRING, file=file, today=today)

    def statements(self, month: date) -> None:
        """Bring in the month's statements of all accounts that have moved by then."""
        for account in BankAccountName:
            opening, rows = self.bank_rows(account, month, end_of(month))
            if opening or rows or bank_statements.latest(self.session, self.county, account) is not None:
                self.load(self.statement(account, month, end_of(month)), today=after(month))

    def propose(self, month: date, *, today: date | None = None, exceptions: Any = ()) -> FundPeriod:
        """Propose to close a month."""
        known = fund_closings.find(self.session, self.county, month)
        return fund_closings.propose(
            self.session, actor=self.finance, month=month, exceptions=list(exceptions),
            version=known.version if known else 0, today=today or after(month),
        )  # fmt: skip

    def approve(self, period: FundPeriod, *, today: date | None = None) -> tuple[FundPeriod, FundPack]:
        """Approve what was proposed, by the other person."""
        return fund_closings.approve(
            self.session, actor=self.second, month=period.month, content_hash=period.proposed_hash or "",
            version=period.version, today=today or after(period.month),
        )  # fmt: skip

    def close(self, month: date, *, today: date | None = None, exceptions: Any = ()) -> FundPack:
        """Statements, proposal and approval of a month."""
        self.statements(month)
        return self.approve(self.propose(month, today=today, exceptions=exceptions), today=today)[1]

    def check(self, month: date, *, today: date | None = None) -> Any:
        """How the preconditions of a month stand."""
        return fund_closings.check(
            self.session, actor=self.finance, county_code=self.county, month=month, today=today or after(month)
        )


def statement_of(
    account: BankAccountName,
    opening: int,
    rows: list[tuple[date, str, int]],
    first: date,
    last: date,
    *,
    closing: int | None = None,
) -> StatementFile:
    """A statement as a CSV file."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADINGS)
    balance = opening
    for on, name, amount in rows:
        balance += amount
        spent, came = (format_yuan(-amount), "") if amount < 0 else ("", format_yuan(amount))
        writer.writerow((on.isoformat(), name, spent, came, format_yuan(balance), "某户"))
    return StatementFile(
        account=account, layout="rural_credit_2010", from_on=first, to_on=last,
        closing_fen=balance if closing is None else closing, name="对账单.csv", content=out.getvalue().encode(),
    )  # fmt: skip


def states_of(checked: Any) -> dict[str, str]:
    """The state of each precondition."""
    return {one.code.value: one.state.value for one in checked.preconditions}
