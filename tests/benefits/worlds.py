"""Contributors near 60 and houses with children, with the postings a test needs."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import text

from api.database import next_id
from api.models import Contribution
from api.policy.money import BySource
from api.services import ledger
from api.vocabulary import Channel, ContributionKind, FundAccount, JournalKind
from tests import factories

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from api.models import Resident


def contribute(
    session: Session,
    person: Resident,
    year: int,
    on: date,
    amounts: BySource,
    *,
    kind: ContributionKind = ContributionKind.ANNUAL,
) -> None:
    """Post a contribution with what government adds."""
    number = next_id(session, person.county_code)
    journal = ledger.post(
        session,
        county_code=person.county_code,
        division_code=person.division_code // 1000 * 1000,
        kind=JournalKind.CONTRIBUTION,
        business_date=on,
        dedup_key=f"contribution:{number}",
        maker_id=999,
        accounts=[
            ledger.AccountEntry(
                resident_id=person.id, division_code=person.division_code, value_on=on,
                personal_fen=amounts.personal_fen, collective_fen=amounts.collective_fen, gov_fen=amounts.gov_fen,
            )
        ],
        fund=[
            ledger.FundEntry(
                account=FundAccount.INCOME_ACCOUNT, amount_fen=amounts.personal_fen + amounts.collective_fen
            ),
            ledger.FundEntry(account=FundAccount.SUBSIDY_RECEIVABLE, amount_fen=amounts.gov_fen),
            ledger.FundEntry(account=FundAccount.LIABILITY_PERSONAL, amount_fen=-amounts.personal_fen),
            ledger.FundEntry(account=FundAccount.LIABILITY_COLLECTIVE, amount_fen=-amounts.collective_fen),
            ledger.FundEntry(account=FundAccount.LIABILITY_GOV, amount_fen=-amounts.gov_fen),
        ],
    )  # fmt: skip
    session.add(
        Contribution(
            county_code=person.county_code, id=number, resident_id=person.id, division_code=person.division_code,
            contribution_year=year, kind=kind, tier_fen=amounts.personal_fen or amounts.gov_fen or 0,
            amount_fen=amounts.personal_fen or amounts.gov_fen or amounts.collective_fen, subsidy_fen=amounts.gov_fen if amounts.personal_fen else 0,
            paid_on=on, channel=Channel.BANK_TRANSFER, journal_id=journal, recorded_by_id=999,
        )
    )  # fmt: skip
    session.flush()


def post_interest(session: Session, person: Resident, year: int) -> None:
    """Post a whole year's interest as the annual run does, by the law's own function."""
    from api.models import Account
    from api.policy.ages import Month
    from api.services.award_rules import settle

    account = session.get(Account, (person.county_code, person.id), populate_existing=True)
    earned = settle(session, account, Month(year, 12)).interest
    if earned.total_fen:
        ledger.post(
            session,
            county_code=person.county_code,
            division_code=person.division_code // 1000 * 1000,
            kind=JournalKind.INTEREST,
            business_date=date(year, 12, 31),
            dedup_key=f"test-interest:{year}:{person.id}",
            maker_id=999,
            checker_id=998,
            accounts=[
                ledger.AccountEntry(
                    resident_id=person.id, division_code=person.division_code, value_on=date(year, 12, 31),
                    personal_fen=earned.personal_fen, collective_fen=earned.collective_fen, gov_fen=earned.gov_fen,
                )
            ],
            fund=[
                ledger.FundEntry(account=FundAccount.INTEREST_RECEIVABLE, amount_fen=earned.total_fen),
                ledger.FundEntry(account=FundAccount.LIABILITY_PERSONAL, amount_fen=-earned.personal_fen),
                ledger.FundEntry(account=FundAccount.LIABILITY_COLLECTIVE, amount_fen=-earned.collective_fen),
                ledger.FundEntry(account=FundAccount.LIABILITY_GOV, amount_fen=-earned.gov_fen),
            ],
        )  # fmt: skip
    session.execute(
        text("UPDATE accounts SET interest_through = :on WHERE resident_id = :id"),
        {"on": date(year, 12, 31), "id": person.id},
    )


def a9_person(session: Session, **facts: object) -> Resident:
    """Example A9: six years of 100 + 30, nine years made up in May 2015, interest posted to 2014."""
    person = factories.make_resident(session, birth_date=date(1955, 6, 18), **facts)
    factories.enrol(session, person, on=date(2010, 10, 8))
    for year in range(2010, 2015):
        contribute(session, person, year, date(year, 10, 10), BySource(10_000, 0, 3_000))
        post_interest(session, person, year)
    contribute(session, person, 2015, date(2015, 3, 10), BySource(10_000, 0, 3_000))
    for year in range(2001, 2010):
        contribute(session, person, year, date(2015, 5, 10), BySource(10_000), kind=ContributionKind.MAKE_UP)
    return person


def house(
    session: Session, *, parent: str = "户主", children: tuple[dict[str, object], ...] = ()
) -> tuple[Resident, list[Resident]]:
    """Somebody aged 62 at launch in a house with children; each child says when it paid (`paid_on`, or None)."""
    home = factories.make_household(session)
    old = factories.make_resident(session, birth_date=date(1948, 5, 3), household=home, relation=parent)
    factories.enrol(session, old, on=date(2010, 9, 1), tier_fen=0)
    found = []
    for facts in children:
        paid_on = facts.get("paid_on")
        rest = {name: value for name, value in facts.items() if name != "paid_on"}
        child = factories.make_resident(
            session, household=home, **({"birth_date": date(1975, 1, 1), "relation": "子"} | rest)
        )
        if paid_on is not None:
            factories.enrol(session, child, on=paid_on)
            contribute(session, child, paid_on.year, paid_on, BySource(10_000, 0, 3_000))
        found.append(child)
    return old, found
