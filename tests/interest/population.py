"""Accounts with a past, written straight into the ledger: edge months, half fen, pensions paid, settled part years."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import text

from api.database import next_id
from api.models import Account
from api.policy.ages import Month
from api.policy.interest import Accrual, interest_by_source
from api.policy.money import NOTHING, BySource
from api.services import ledger
from api.vocabulary import FundAccount, JournalKind, Source

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

COUNTY = 440783
TOWNS = (440783001000, 440783100000)
MAKER, CHECKER = 11, 12


@dataclass
class Person:
    """An account as the test knows it, independently of the database."""

    resident_id: int
    division_code: int
    opened_on: date
    lines: list[tuple[date, BySource]] = field(default_factory=list)
    settled: Month | None = None

    @property
    def balance(self) -> BySource:
        return sum((amounts for _, amounts in self.lines), start=NOTHING)

    def expected_interest(self, accrual: Accrual) -> BySource:
        """What the law says the open part of the year earns."""
        year = accrual.year
        from_month = self.settled.month if self.settled and self.settled.year == year else 0
        opening = NOTHING
        credited = {source: {} for source in Source}
        debited = {source: {} for source in Source}
        for day, amounts in self.lines:
            if day.year < year or (day.year == year and day.month <= from_month):
                opening += amounts
            elif day.year == year:
                for source in Source:
                    amount = amounts.of(source)
                    side = credited if amount >= 0 else debited
                    by_month = side[source]
                    by_month[day.month] = by_month.get(day.month, 0) + abs(amount)
        return interest_by_source(accrual, opening=opening, credited=credited, debited=debited, from_month=from_month)


def open_account(session: Session, *, town: int = TOWNS[0], opened_on: date = date(2010, 1, 1)) -> Person:
    resident_id = next_id(session, COUNTY, sequence="resident_serials")
    person = Person(resident_id, town + 200 + resident_id % 7, opened_on)
    session.add(
        Account(county_code=COUNTY, resident_id=resident_id, division_code=person.division_code, opened_on=opened_on)
    )
    session.flush()
    return person


def credit(session: Session, person: Person, day: date, amounts: BySource) -> None:
    """Money comes in."""
    _post(session, person, day, amounts, JournalKind.CONTRIBUTION, FundAccount.INCOME_ACCOUNT, checker=None)


def pay(session: Session, person: Person, day: date, amounts: BySource) -> None:
    """A pension goes out; the amounts are positive."""
    _post(session, person, day, NOTHING - amounts, JournalKind.PAYMENT_SETTLED, FundAccount.IN_TRANSIT, checker=CHECKER)


def settle(session: Session, person: Person, month: Month, accrual: Accrual) -> None:
    """Post the interest up to the end of a month, as an award does, and let the account be drawn from."""
    opening = NOTHING
    credited = {source: {} for source in Source}
    for day, amounts in person.lines:
        if day.year < month.year:
            opening += amounts
        else:
            for source in Source:
                credited[source][day.month] = credited[source].get(day.month, 0) + amounts.of(source)
    interest = interest_by_source(accrual, opening=opening, credited=credited, debited={}, to_month=month.month)
    if interest.total_fen:
        _post(
            session,
            person,
            month.last_day,
            interest,
            JournalKind.SETTLEMENT_INTEREST,
            FundAccount.INTEREST_RECEIVABLE,
            checker=CHECKER,
        )
    person.settled = month
    session.execute(
        text(
            "UPDATE accounts SET interest_through = :day, state = 'drawing' WHERE resident_id = :id AND county_code = :c"
        ),
        {"day": month.last_day, "id": person.resident_id, "c": COUNTY},
    )


def _post(
    session: Session,
    person: Person,
    day: date,
    amounts: BySource,
    kind: JournalKind,
    against: FundAccount,
    *,
    checker: int | None,
) -> None:
    ledger.post(
        session,
        county_code=COUNTY,
        division_code=person.division_code,
        kind=kind,
        business_date=day,
        dedup_key=f"test:{next_id(session, COUNTY)}",
        maker_id=MAKER,
        checker_id=checker,
        accounts=[
            ledger.AccountEntry(
                resident_id=person.resident_id,
                division_code=person.division_code,
                value_on=day,
                personal_fen=amounts.personal_fen,
                collective_fen=amounts.collective_fen,
                gov_fen=amounts.gov_fen,
            )
        ],
        fund=[
            ledger.FundEntry(account=against, amount_fen=amounts.total_fen),
            ledger.FundEntry(account=FundAccount.LIABILITY_PERSONAL, amount_fen=-amounts.personal_fen),
            ledger.FundEntry(account=FundAccount.LIABILITY_COLLECTIVE, amount_fen=-amounts.collective_fen),
            ledger.FundEntry(account=FundAccount.LIABILITY_GOV, amount_fen=-amounts.gov_fen),
        ],
    )
    person.lines.append((day, amounts))


def make_people(session: Session, accrual: Accrual, *, seed: int, count: int) -> list[Person]:
    """A mixed population for the interest year of `accrual`; money of the following year is there too."""
    year = accrual.year
    dice = random.Random(seed)
    people = []
    for number in range(count):
        person = open_account(session, town=TOWNS[number % len(TOWNS)])
        people.append(person)
        for day in sorted(_days(dice, year)):
            credit(session, person, day, _amounts(dice))
        drawing = number % 4 == 0
        if drawing:
            month = dice.choice([1, 6, 11, 12])
            if not _late(person, year, month):
                settle(session, person, Month(year, month), accrual)
        if person.settled is not None and person.balance.personal_fen > 5000:
            for paid_in in range(person.settled.month + 1, 13):
                pay(session, person, date(year, paid_in, 10), BySource(personal_fen=dice.choice([1, 137, 400])))
        if dice.random() < 0.5:
            credit(session, person, date(year + 1, dice.choice([1, 2, 12]), 5), _amounts(dice))
    return people


def _late(person: Person, year: int, month: int) -> bool:
    return any(day.year == year and day.month > month for day, _ in person.lines)


def _days(dice: random.Random, year: int) -> list[date]:
    before = [date(year - 1, 1, 5)] if dice.random() < 0.4 else []
    return before + [date(year, dice.choice([1, 1, 2, 6, 11, 12, 12]), 9) for _ in range(dice.choice([0, 1, 1, 2, 5]))]


def _amounts(dice: random.Random) -> BySource:
    # At 2.25 % a year 800 fen earn exactly half a fen more than a whole one in every odd number of months.
    personal = dice.choice([800, 1, 10_000, 12_000, 50_000, dice.randrange(1, 10**9)])
    collective = dice.choice([0, 0, 1600, 800, 5000])
    return BySource(personal, collective, dice.choice([0, 3000, 800, 267]))
