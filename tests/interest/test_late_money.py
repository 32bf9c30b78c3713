"""Money of a year whose interest is posted, by every way in: the account ends as if it had been known in time."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from api.policy.accounts import Credit, close_years
from api.policy.ages import Month
from api.policy.interest import accrual_of
from api.policy.money import BySource
from api.policy.parameters import parameters_on
from api.services import (
    accounts,
    contribution_reversals,
    contributions,
    government_paid_postings,
    government_paid_runs,
    payer_list_postings,
    payer_lists,
    verification,
)
from api.services.payer_lists import NewLine, PayerStatement
from api.vocabulary import CollectionState, PayerKind, PayerListKind, RoleName, RunState, Source
from tests import factories
from tests.benefits.worlds import post_interest
from tests.collection.worlds import Office as Deductions
from tests.collection.worlds import findings, payer
from tests.contributions.payments import pay
from tests.ledger_facts import assert_ledger_holds
from tests.subsidies.worlds import Office as SubsidyOffice
from tests.subsidies.worlds import post_on_claim

LAW = parameters_on(date(2011, 12, 31))
NEW_YEAR = date(2012, 1, 5)
PERSONAL, COLLECTIVE, GOV = Source
CHECKS = (
    *("03_account_lines_equal_control", "04_balances_equal_lines", "05_never_below_zero", "07_two_persons_move_money"),
    *("14_contributions_in_ledger", "73_reversed_contributions_undone", "74_government_paid_as_approved"),
    *("83_collection_in_ledger", "97_subsidies_in_accounts"),
)


@pytest.fixture(autouse=True)
def the_books_hold(session):
    yield
    assert_ledger_holds(session)
    assert verification.check_interest_sample(session).ok
    for name in CHECKS:
        check = verification.run_check(session, name)
        assert check.ok, (name, check.rows)


def should(*paid: Credit, through: int = 2011) -> BySource:
    """What the calculator gives that sees all credits in the order of their value."""

    def accrual(year):
        return accrual_of(year, mode=LAW.rate_mode, rates=LAW.pboc_one_year_rates, published=LAW.published_rates)

    return close_years(
        list(paid), settlement_month=Month(through, 12), accrual_for=accrual, rounding=LAW.interest_rounding
    )[-1].balance


def holds(session, person) -> BySource:
    session.expire_all()
    account = accounts.get(session, person.id)
    return BySource(account.personal_fen, account.collective_fen, account.gov_fen)


def corrections(session) -> list[tuple[int, int]]:
    return [
        tuple(row)
        for row in session.execute(
            text("SELECT maker_id, checker_id FROM journals WHERE kind = 'interest_correction' ORDER BY id")
        )
    ]


def test_a_deduction_of_november_that_the_bank_answers_after_the_interest_run(session):
    """Sent in November, deducted on the 30th, loaded on 5 January: nobody's interest is short, and nobody is refused."""
    office = Deductions.of(session)
    early, late = payer(session), payer(session, tier_fen=20_000)
    clerk = factories.make_actor(session, RoleName.TOWN_CLERK)
    pay(session, clerk, early, year=2010, on=date(2010, 11, 3))
    batch = office.compute(today=date(2011, 11, 20))
    office.approve(batch, today=date(2011, 11, 20))
    office.release(batch, today=date(2011, 11, 21))
    for person in (early, late):
        post_interest(session, person, 2010)
        post_interest(session, person, 2011)
        session.execute(
            text("UPDATE accounts SET interest_through = '2011-12-31' WHERE resident_id = :id"), {"id": person.id}
        )
    office.load(batch, office.answers(batch), on=date(2011, 11, 30), today=NEW_YEAR)
    assert (batch.state, findings(session, batch)) == (CollectionState.CLOSED, [])
    november = date(2011, 11, 30)
    assert holds(session, early) == should(
        Credit(date(2010, 11, 3), PERSONAL, 10_000), Credit(date(2010, 11, 3), GOV, 3_000),
        Credit(november, PERSONAL, 10_000), Credit(november, GOV, 3_000),
    )  # fmt: skip
    assert holds(session, late) == should(Credit(november, PERSONAL, 20_000), Credit(november, GOV, 3_000))
    assert corrections(session) == [(office.finance.user_id, office.reviewer.user_id)]


def test_a_deduction_of_december_bears_no_interest_of_its_year(session):
    office = Deductions.of(session)
    person = payer(session)
    batch = office.compute(today=date(2011, 12, 20))
    office.approve(batch, today=date(2011, 12, 20))
    office.release(batch, today=date(2011, 12, 21))
    session.execute(text("UPDATE accounts SET interest_through = '2011-12-31'"))
    office.load(batch, office.answers(batch), on=date(2011, 12, 30), today=NEW_YEAR)
    assert holds(session, person) == BySource(10_000, 0, 3_000)
    assert corrections(session) == []


def test_a_deduction_for_an_account_that_is_drawn_from_stays_to_be_looked_at(session):
    office = Deductions.of(session)
    person = payer(session)
    batch = office.compute(today=date(2011, 11, 20))
    office.approve(batch, today=date(2011, 11, 20))
    office.release(batch, today=date(2011, 11, 21))
    session.execute(text("UPDATE accounts SET interest_through = '2011-12-31', state = 'drawing'"))
    office.load(batch, office.answers(batch), on=date(2011, 11, 30), today=NEW_YEAR)
    [finding] = findings(session, batch)
    assert (finding.code.value, finding.detail) == ("not_postable", "account_closed")
    assert holds(session, person) == BySource()


def make_list(session, people, *, today):
    maker = factories.make_actor(session, RoleName.TOWN_CLERK)
    statement = PayerStatement(
        kind=PayerListKind.COLLECTIVE, payer_kind=PayerKind.VILLAGE_COLLECTIVE, payer_name="经联社", basis="1号",
        basis_on=today, contribution_year=today.year, division_code=people[0].division_code,
    )  # fmt: skip
    lines = [NewLine(one.id, 5_000 + place) for place, one in enumerate(people)]
    made = payer_lists.create(session, actor=maker, statement=statement, lines=lines, today=today)
    return maker, payer_lists.submit(session, actor=maker, list_id=made.id, version=1)


def test_a_list_whose_money_came_before_the_interest_run_and_is_approved_after_it(session):
    people = [factories.make_resident(session) for _ in range(3)]
    for one in people:
        factories.enrol(session, one)
    arrived = date(2011, 10, 9)
    maker, made = make_list(session, people, today=date(2011, 10, 8))
    finance = factories.make_actor(session, RoleName.FINANCE)
    payer_list_postings.confirm(
        session, actor=finance, list_id=made.id, version=made.version, amount_fen=made.total_fen, bank_reference="X1",
        arrived_on=arrived, today=date(2011, 10, 10),
    )  # fmt: skip
    # One of them is not closed yet, one has begun to draw.
    for person, change in zip(
        people, ("interest_through = '2011-12-31'", "interest_through = NULL", "state = 'drawing'"), strict=True
    ):
        session.execute(text(f"UPDATE accounts SET {change} WHERE resident_id = :id"), {"id": person.id})
    reviewer = factories.make_actor(session, RoleName.COUNTY_REVIEWER)
    posted = payer_list_postings.approve(
        session, actor=reviewer, list_id=made.id, version=made.version, content_hash=made.content_hash, opinion=None,
        today=NEW_YEAR,
    )  # fmt: skip
    assert (posted.posted_count, posted.posted_fen) == (2, 10_001)
    assert holds(session, people[0]) == should(Credit(arrived, COLLECTIVE, 5_000))
    assert holds(session, people[0]).collective_fen > 5_000
    assert holds(session, people[1]) == BySource(0, 5_001, 0)
    assert holds(session, people[2]) == BySource()
    assert corrections(session) == [(maker.user_id, reviewer.user_id)]


def test_a_year_that_government_pays_for_after_the_interest_run(session):
    person, other = (factories.make_resident(session, disability_grade=1) for _ in range(2))
    for one in (person, other):
        factories.enrol(session, one)
    session.execute(
        text("UPDATE accounts SET interest_through = '2011-12-31' WHERE resident_id = :id"), {"id": person.id}
    )
    clerk = factories.make_actor(session, RoleName.COUNTY_CLERK)
    reviewer = factories.make_actor(session, RoleName.COUNTY_REVIEWER)
    day = date(2011, 6, 10)
    run = government_paid_runs.compute(session, actor=clerk, county_code=440783, paid_on=day, today=NEW_YEAR)
    assert run.row_count == 2
    run.state, run.checker_id = RunState.APPROVED, reviewer.user_id
    session.flush()
    government_paid_postings.post_town(session, run=run, town_code=factories.TOWN, today=NEW_YEAR)
    assert holds(session, person) == should(Credit(day, GOV, 13_000))
    assert holds(session, other) == BySource(0, 0, 13_000)
    assert corrections(session) == [(clerk.user_id, reviewer.user_id)]


def test_a_subsidy_that_arrived_before_the_interest_run_and_is_posted_after_it(session, monkeypatch):
    """Then the contribution is reversed: everything that either of them earned goes back as well."""
    post_on_claim(monkeypatch)
    office = SubsidyOffice.of(session)
    person = office.payer()
    paid = office.pay(person)
    claim = office.claim()
    arrived = date(2010, 11, 5)
    office.receive_all(claim, on=arrived)
    post_interest(session, person, 2010)
    assert office.post(claim) == 3_000
    paid_in = (Credit(date(2010, 10, 20), PERSONAL, 10_000), Credit(arrived, GOV, 3_000))
    assert holds(session, person) == should(*paid_in, through=2010) == BySource(10_038, 0, 3_006)
    assert corrections(session) == [(office.clerk.user_id, office.reviewer.user_id)]
    contribution_reversals.reverse(
        session, actor=office.reviewer, contribution_id=paid.id, reason="录错", version=1, today=date(2011, 3, 31)
    )
    assert holds(session, person) == BySource()


def test_one_person_alone_does_not_post_into_a_closed_year(session):
    clerk = factories.make_actor(session, RoleName.TOWN_CLERK)
    person = factories.make_resident(session)
    factories.enrol(session, person)
    session.execute(text("UPDATE accounts SET interest_through = '2010-12-31'"))
    with pytest.raises(contributions.ContributionPeriodClosed, match="补记"):
        pay(session, clerk, person)
