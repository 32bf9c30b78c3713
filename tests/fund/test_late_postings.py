"""Every way of posting an event of a closed month: the books take it today, the account keeps the day of the event."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from api.policy.money import BySource
from api.services import (
    collection_money,
    contribution_reversals,
    contributions,
    government_paid_postings,
    government_paid_runs,
    ledger,
    payer_list_postings,
)
from api.services.contribution_rules import Offer
from api.services.fund_periods import PeriodClosed
from api.services.payer_lists import NewLine, PayerStatement, create, submit
from api.vocabulary import (
    Channel,
    ContributionKind,
    FundAccount,
    FundTransferWay,
    JournalKind,
    PayerKind,
    PayerListKind,
    RoleName,
    RunState,
)
from tests import factories
from tests.collection.worlds import Office as Deductions
from tests.collection.worlds import payer
from tests.fund.worlds import COUNTY, reference
from tests.ledger_facts import assert_ledger_holds
from tests.subsidies.worlds import Office as Subsidies
from tests.subsidies.worlds import post_on_claim

NOVEMBER, EARLY, LATE, TODAY = date(2010, 11, 1), date(2010, 11, 10), date(2010, 11, 29), date(2010, 12, 20)


@pytest.fixture
def closed(session, books):
    """November 2010 with one contribution and its sweep, closed on 5 December. At the end it has not one journal more."""
    books.pays(books.person(), on=date(2010, 11, 3), year=2010)
    books.moves(FundTransferWay.SWEEP, 10_000, on=date(2010, 11, 30))
    pack = books.close(NOVEMBER)
    before = journals(session)
    yield pack
    late = {key: row for key, row in journals(session).items() if key not in before}
    assert late
    assert {row.business_date for row in late.values()} == {TODAY}
    assert_ledger_holds(session)


def journals(session):
    rows = session.execute(text("SELECT id, kind, business_date FROM journals")).all()
    return {row.id: row for row in rows}


def kinds(session):
    """Kinds of what is booked today."""
    return {row.kind for row in journals(session).values() if row.business_date == TODAY}


def value_months(session, person):
    rows = session.execute(
        text("SELECT DISTINCT value_year, value_month FROM account_lines WHERE resident_id = :id"), {"id": person.id}
    )
    return {tuple(row) for row in rows}


def test_a_payers_list_its_arrival_and_its_refund(session, books, closed):
    first, second = books.person(), books.person()
    maker, finance, reviewer, other = (
        factories.make_actor(session, role)
        for role in (RoleName.TOWN_CLERK, RoleName.FINANCE, RoleName.COUNTY_REVIEWER, RoleName.COUNTY_REVIEWER)
    )
    statement = PayerStatement(
        kind=PayerListKind.COLLECTIVE, payer_kind=PayerKind.VILLAGE_COLLECTIVE, payer_name="经联社", basis="1号",
        basis_on=EARLY, contribution_year=2010, division_code=first.division_code,
    )  # fmt: skip
    made = create(
        session, actor=maker, statement=statement, lines=[NewLine(first.id, 500), NewLine(second.id, 700)], today=TODAY
    )
    submit(session, actor=maker, list_id=made.id, version=1)
    payer_list_postings.confirm(
        session, actor=finance, list_id=made.id, version=2, amount_fen=1_200, bank_reference=reference(),
        arrived_on=LATE, today=TODAY,
    )  # fmt: skip
    assert kinds(session) == {"suspense"}
    session.execute(text("UPDATE accounts SET state = 'drawing' WHERE resident_id = :id"), {"id": second.id})
    posted = payer_list_postings.approve(
        session, actor=reviewer, list_id=made.id, version=made.version, content_hash=made.content_hash, opinion=None,
        today=TODAY,
    )  # fmt: skip
    assert kinds(session) == {"suspense", "payer_list"}
    assert value_months(session, first) == {(2010, 11)}
    payer_list_postings.refund(
        session, actor=other, list_id=made.id, version=posted.version, bank_reference=reference(), refunded_on=LATE,
        today=TODAY,
    )  # fmt: skip


def test_a_run_of_government(session, books, closed):
    person = factories.make_resident(session, disability_grade=1)
    factories.enrol(session, person)
    clerk, reviewer = (
        factories.make_actor(session, role) for role in (RoleName.COUNTY_CLERK, RoleName.COUNTY_REVIEWER)
    )
    run = government_paid_runs.compute(session, actor=clerk, county_code=COUNTY, paid_on=LATE, today=TODAY)
    run.state, run.checker_id = RunState.APPROVED, reviewer.user_id
    session.flush()
    government_paid_postings.post_town(session, run=run, town_code=factories.TOWN, today=TODAY)
    assert kinds(session) == {"government_paid"}
    assert value_months(session, person) == {(2010, 11)}


def test_a_deduction_its_money_and_its_reversal(session, books, closed):
    office = Deductions.of(session)
    person = payer(session)
    batch = office.compute(year=2010, today=EARLY)
    office.approve(batch, today=EARLY)
    office.release(batch, today=EARLY)
    office.load(batch, office.answers(batch), on=LATE, today=TODAY)
    assert kinds(session) == {"collection"}
    assert value_months(session, person) == {(2010, 11)}
    collection_money.prove(
        session, actor=office.finance, batch_id=batch.id, amount_fen=10_001, bank_reference=reference(),
        arrived_on=LATE, today=TODAY,
    )  # fmt: skip
    collection_money.reconcile(
        session, actor=office.reviewer, batch_id=batch.id, seen_fen=1, expected_version=batch.version, today=TODAY
    )
    [paid] = contributions.standing(session, COUNTY, person.id)
    contribution_reversals.reverse(
        session, actor=office.reviewer, contribution_id=paid.id, reason="误扣", version=1, today=TODAY
    )
    assert kinds(session) == {"collection", "suspense", "reversal"}
    assert value_months(session, person) == {(2010, 11)}


def test_what_government_owes_pays_and_posts(session, books, closed, monkeypatch):
    post_on_claim(monkeypatch)
    office = Subsidies.of(session)
    person = books.person()
    offer = Offer(
        kind=ContributionKind.ANNUAL,
        contribution_year=2010,
        paid_on=EARLY,
        channel=Channel.BANK_TRANSFER,
        tier_fen=10_000,
    )
    paid = contributions.record(
        session, actor=books.collector, keyring=factories.KEYRING, resident_id=person.id, offer=offer, today=TODAY
    ).contribution
    claim = office.claim(until=LATE, today=TODAY)
    office.receive_all(claim, on=LATE, today=TODAY)
    assert office.post(claim, today=TODAY) == 3_000
    assert kinds(session) == {"contribution", "subsidy_claim", "subsidy_received", "subsidy"}
    contribution_reversals.reverse(
        session, actor=office.reviewer, contribution_id=paid.id, reason="错", version=1, today=TODAY
    )
    assert value_months(session, person) == {(2010, 11)}


def test_interest_that_is_corrected(session, books, closed):
    office = Deductions.of(session)
    payer(session)
    batch = office.compute(year=2010, today=EARLY)
    office.approve(batch, today=EARLY)
    office.release(batch, today=EARLY)
    session.execute(text("UPDATE accounts SET interest_through = '2010-12-31'"))
    office.load(batch, office.answers(batch), on=LATE, today=TODAY)
    assert kinds(session) == {"collection", "interest_correction"}


def test_a_statement_over_many_people_books_no_journal_in_a_closed_month(session, books, closed):
    facts = {
        "county_code": COUNTY, "division_code": factories.TOWN, "kind": JournalKind.PAYER_LIST, "maker_id": 11,
        "checker_id": 12, "journal_id": COUNTY * 10**10 + 9_999_999, "totals": BySource(0, 5, 0),
        "fund": [
            ledger.FundEntry(account=FundAccount.SUSPENSE, amount_fen=5, party_id=1),
            ledger.FundEntry(account=FundAccount.LIABILITY_COLLECTIVE, amount_fen=-5),
        ],
    }  # fmt: skip
    savepoint = session.begin_nested()
    with pytest.raises(PeriodClosed):
        ledger.book_batch(session, business_date=LATE, dedup_key="late", **facts)
    savepoint.rollback()
    books.moves(FundTransferWay.POOL_GRANT, 100, on=LATE, today=TODAY)
