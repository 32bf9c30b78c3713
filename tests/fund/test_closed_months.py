"""A closed month takes nothing: every way of posting is refused there, or is given today's date with its value date kept."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlmodel import col

from api.database import system_actor
from api.models import AccountLine, AuditEvent, FundPack, Journal
from api.policy.money import BySource
from api.services import (
    award_batches,
    awards,
    bulk_contributions,
    contribution_reversals,
    fund_closings,
    fund_packs,
    fund_periods,
    fund_transfer_cases,
    interest_postings,
    interest_runs,
    ledger,
    payment_files,
    settlement_postings,
    two_persons,
    verification,
)
from api.services.bulk_contributions import NewContribution
from api.services.contribution_rules import Offer
from api.services.fund_periods import PeriodClosed, booking_day
from api.vocabulary import (
    Channel,
    ContributionKind,
    FundAccount,
    FundPeriodState,
    FundTransferWay,
    JournalKind,
    RoleName,
)
from tests import factories
from tests.benefits.worlds import house
from tests.fund.worlds import COUNTY, Ledger, after
from tests.ledger_facts import assert_ledger_holds
from tests.payments.worlds import Office, pensioner

NOVEMBER, DECEMBER = date(2010, 11, 1), date(2010, 12, 1)
TODAY = date(2010, 12, 20)


@pytest.fixture
def closed(session, books):
    """November 2010 with one contribution and its sweep, closed on 5 December."""
    books.pays(books.person(), on=date(2010, 11, 3), year=2010)
    books.moves(FundTransferWay.SWEEP, 10_000, on=date(2010, 11, 30))
    return books.close(NOVEMBER)


def journal(session, journal_id):
    return session.get(Journal, (COUNTY, journal_id))


def test_the_ledger_itself_refuses(session, books, closed):
    entry = [
        ledger.FundEntry(account=FundAccount.TREASURY_ACCOUNT, amount_fen=1),
        ledger.FundEntry(account=FundAccount.POOL, amount_fen=-1),
    ]
    facts = {"county_code": COUNTY, "division_code": COUNTY * 10**6, "kind": JournalKind.SUBSIDY, "fund": entry}
    with pytest.raises(PeriodClosed) as refused:
        ledger.post(session, business_date=date(2010, 11, 30), dedup_key="late", maker_id=1, checker_id=2, **facts)
    assert (refused.value.code, refused.value.status) == ("period-closed", 409)
    ledger.post(session, business_date=date(2010, 12, 1), dedup_key="in time", maker_id=1, checker_id=2, **facts)
    ledger.post(session, business_date=date(2010, 10, 31), dedup_key="earlier month", maker_id=1, checker_id=2, **facts)


def test_a_late_contribution_keeps_its_value_date(session, books, closed):
    late = books.pays(books.person(), on=date(2010, 11, 28), year=2010, today=TODAY)
    assert journal(session, late.journal_id).business_date == TODAY
    line = session.scalars(select(AccountLine).where(col(AccountLine.journal_id) == late.journal_id)).one()
    assert (line.value_year, line.value_month) == (2010, 11)
    assert late.paid_on == date(2010, 11, 28)
    again = fund_closings.rebuild(session, closed)
    assert again.content_hash == closed.content_hash
    # Undoing it books today as well, and gives the account back what November had.
    undone = contribution_reversals.reverse(
        session, actor=factories.make_actor(session, RoleName.COUNTY_REVIEWER), contribution_id=late.id, reason="错",
        version=late.version, today=TODAY,
    )  # fmt: skip
    assert journal(session, undone.contribution.reversal_journal_id).business_date == TODAY
    assert_ledger_holds(session)


def test_a_list_of_contributions_is_split_by_what_is_closed(session, books, closed):
    people = [books.person() for _ in range(3)]
    days = (date(2010, 11, 9), date(2010, 11, 20), date(2010, 12, 7))
    rows = [
        NewContribution(
            one.id,
            Offer(
                kind=ContributionKind.ANNUAL, contribution_year=2010, paid_on=day, channel=Channel.BANK_TRANSFER,
                tier_fen=10_000,
            ),
        )
        for one, day in zip(people, days, strict=True)
    ]  # fmt: skip
    done, refused = bulk_contributions.record_all(
        session, actor=books.collector, keyring=factories.KEYRING, county_code=COUNTY, rows=rows, today=TODAY
    )
    assert (done, refused) == (3, [])
    found = session.execute(
        text(
            """
            SELECT c.paid_on, j.business_date, l.value_month FROM contributions c
              JOIN journals j ON j.id = c.journal_id JOIN account_lines l ON l.journal_id = j.id
             WHERE c.resident_id = ANY(:ids) ORDER BY c.paid_on
            """
        ),
        {"ids": [one.id for one in people]},
    ).all()
    assert [tuple(row) for row in found] == [
        (date(2010, 11, 9), TODAY, 11), (date(2010, 11, 20), TODAY, 11), (date(2010, 12, 7), date(2010, 12, 7), 12),
    ]  # fmt: skip
    assert_ledger_holds(session)


def test_transfers_settlements_and_repayments_get_a_day_that_is_open(session, books, closed):
    moved = books.moves(FundTransferWay.POOL_GRANT, 100, on=date(2010, 11, 29), today=TODAY)
    assert (journal(session, moved.journal_id).business_date, moved.moved_on) == (TODAY, date(2010, 11, 29))
    for post, facts in (
        (settlement_postings.post_payment, {"payer_id": 5, "paid_on": date(2010, 11, 29)}),
        (settlement_postings.post_repayment, {"confirmer_id": 5, "on": date(2010, 11, 29), "amount_fen": 7}),
    ):
        thing = type("Thing", (), {})()
        thing.county_code, thing.division_code, thing.id = COUNTY, COUNTY * 10**6, 77
        thing.approved_by_id = thing.demanded_by_id = 6
        thing.payable_fen = 7
        name = "settlement" if post is settlement_postings.post_payment else "recovery"
        assert journal(session, post(session, today=TODAY, **{name: thing}, **facts)).business_date == TODAY


def test_steps_over_many_people_ask_before_they_write(session, books, closed):
    november = date(2010, 11, 30)
    with pytest.raises(PeriodClosed):
        fund_periods.require_open(session, COUNTY, november)
    office = Office.of(session)
    pensioner(session, award=BySource(), balance=BySource())
    run = office.compute(DECEMBER)
    office.approve(run)
    # Whoever's clock stands in a closed month books nothing.
    with pytest.raises(PeriodClosed):
        payment_files.release(session, actor=office.finance, keyring=factories.KEYRING, run_id=run.id, today=november)


def test_a_bank_answer_and_a_batch_of_awards_are_refused_in_a_closed_month(session, books, closed):
    office = Office.of(session)
    pensioner(session, award=BySource(), balance=BySource())
    run = office.compute(DECEMBER)
    office.approve(run)
    office.release(run)
    with pytest.raises(PeriodClosed):
        office.load(run, office.answers(run), on=date(2010, 11, 30))
    elder = house(session)[0]
    award = awards.propose(session, actor=office.clerk, resident_id=elder.id, today=TODAY)
    with pytest.raises(PeriodClosed):
        award_batches.approve_all(
            session, actor=office.reviewer, award_ids=[award.id], opinion=None, today=date(2010, 11, 30)
        )
    assert award_batches.approve_all(
        session, actor=office.reviewer, award_ids=[award.id], opinion=None, today=TODAY
    ).approved == 1  # fmt: skip


def test_no_other_statement_writes_journals():
    from importlib import resources

    writers = sorted(
        f"{folder.name}/{file.name}"
        for folder in (resources.files("api") / "sql").iterdir()
        if folder.is_dir()
        for file in folder.iterdir()
        if file.name.endswith(".sql") and "INSERT INTO journals" in file.read_text("utf-8")
    )
    assert writers == [
        "annual_interest/50_book_journal.sql",
        "benefit_awards/40_approve_town.sql",
        "bulk_contribution/10_insert_journals.sql",
        "collection/70_post_town.sql",
        "interest_correction/40_book_journal.sql",
        "monthly_payment/70_post_paid.sql",
        "subsidy_claims/82_book_journal.sql",
    ]


def test_interest_of_a_closed_december_is_booked_today(fresh_database):
    with fresh_database.unit_of_work(system_actor(440783000000)) as session:
        books = Ledger.of(session)
        books.pays(books.person(), on=date(2010, 12, 3), year=2010)
        books.moves(FundTransferWay.SWEEP, 10_000, on=date(2010, 12, 31))
        books.close(DECEMBER)
        clerk = factories.make_actor(session, RoleName.COUNTY_CLERK)
        reviewer = factories.make_actor(session, RoleName.COUNTY_REVIEWER)
        second = books.person()
        books.pays(second, on=date(2010, 12, 5), year=2010, today=date(2011, 1, 8))
    late = date(2011, 1, 9)
    # A December contribution earns nothing in 2010, so the interest of somebody who paid in November is needed.
    with fresh_database.unit_of_work(system_actor(440783000000)) as session:
        third = books.__class__.of(session)
        third.pays(third.person(), on=date(2010, 11, 5), year=2010, today=late)
        run = interest_runs.compute(session, actor=clerk, county_code=COUNTY, year=2010, today=late)
        assert run.total_fen > 0
        session.execute(
            text("UPDATE runs SET state = 'approved', checker_id = :checker WHERE id = :id"),
            {"checker": reviewer.user_id, "id": run.id},
        )
    with pytest.raises(PeriodClosed):
        list(interest_postings.post(fresh_database, actor=reviewer, run_id=run.id))
    list(interest_postings.post(fresh_database, actor=reviewer, run_id=run.id, today=late))
    with fresh_database.read_snapshot(system_actor(440783000000)) as session:
        rows = session.execute(
            text(
                "SELECT DISTINCT j.business_date, l.value_year, l.value_month FROM journals j "
                "JOIN account_lines l ON l.journal_id = j.id WHERE j.kind = 'interest'"
            )
        ).all()
    assert [tuple(row) for row in rows] == [(late, 2010, 12)]
    assert verification.verify(fresh_database).ok


def test_reopening_takes_two_persons_and_the_latest_month(session, books, closed):
    period = fund_closings.find(session, COUNTY, NOVEMBER)
    with pytest.raises(fund_closings.PeriodStateUnfit):
        books.propose(NOVEMBER)
    with pytest.raises(fund_closings.StaleVersion):
        fund_closings.propose_reopening(
            session, actor=books.finance, month=NOVEMBER, reason="漏记", version=period.version + 1
        )
    asked = fund_closings.propose_reopening(
        session, actor=books.finance, month=NOVEMBER, reason="漏记", version=period.version
    )
    # Proposed is not reopened.
    assert booking_day(session, COUNTY, wanted=NOVEMBER, today=TODAY) == TODAY
    with pytest.raises(two_persons.SamePerson):
        fund_closings.approve_reopening(
            session, actor=books.finance, month=NOVEMBER, version=asked.version, today=TODAY
        )
    done = fund_closings.approve_reopening(
        session, actor=books.second, month=NOVEMBER, version=asked.version, today=TODAY
    )
    assert (done.state, done.pack_version) == (FundPeriodState.REOPENED, 1)
    late = books.pays(books.person(), on=date(2010, 11, 28), year=2010, channel=Channel.CASH, today=TODAY)
    assert journal(session, late.journal_id).business_date == date(2010, 11, 28)
    _, pack = books.approve(books.propose(NOVEMBER, today=TODAY), today=TODAY)
    assert pack.pack_version == 2
    assert pack.content_hash != closed.content_hash
    first = fund_closings.pack_of(session, county_code=COUNTY, month=NOVEMBER, pack_version=1)
    assert (first.content, first.content_hash) == (closed.content, closed.content_hash)
    assert len(session.scalars(select(FundPack)).all()) == 2
    actions = set(session.scalars(select(AuditEvent.action)).all())
    assert {"propose_closing", "close_month", "propose_reopening", "reopen_month"} <= actions

    december = fund_closings.find(session, COUNTY, DECEMBER)
    assert december is None
    books.moves(FundTransferWay.POOL_GRANT, 100, on=date(2010, 12, 8), today=TODAY)
    books.close(DECEMBER)
    again = fund_closings.find(session, COUNTY, NOVEMBER)
    with pytest.raises(fund_closings.LaterMonthClosed):
        fund_closings.propose_reopening(session, actor=books.finance, month=NOVEMBER, reason="x", version=again.version)


def test_closing_takes_two_persons_over_what_both_saw(session, books):
    someone = books.person()
    books.pays(someone, on=date(2010, 11, 3), year=2010, channel=Channel.CASH)
    period = books.propose(NOVEMBER)
    facts = {"month": NOVEMBER, "today": after(NOVEMBER), "version": period.version}
    with pytest.raises(two_persons.SamePerson):
        fund_closings.approve(session, actor=books.finance, content_hash=period.proposed_hash, **facts)
    with pytest.raises(two_persons.CheckerNotAPerson):
        fund_closings.approve(session, actor=system_actor(440783000000), content_hash=period.proposed_hash, **facts)
    with pytest.raises(fund_closings.PackChanged):
        fund_closings.approve(session, actor=books.second, content_hash="0" * 64, **facts)
    # Somebody pays in between: what was proposed is no longer what the month comes to.
    books.pays(books.person(), on=date(2010, 11, 4), year=2010, channel=Channel.CASH, today=after(NOVEMBER))
    with pytest.raises(fund_closings.PackChanged):
        fund_closings.approve(session, actor=books.second, content_hash=period.proposed_hash, **facts)
    with pytest.raises(fund_transfer_cases.NotTheProposer):
        fund_closings.withdraw(session, actor=books.second, month=NOVEMBER, version=period.version)
    back = fund_closings.withdraw(session, actor=books.finance, month=NOVEMBER, version=period.version)
    assert back.state is FundPeriodState.OPEN
    books.approve(books.propose(NOVEMBER))


@pytest.mark.parametrize(
    ("statement", "code", "named"),
    [
        ("UPDATE accounts SET personal_fen = personal_fen + 1 WHERE resident_id = :person", "persons_agree", "person"),
        ("UPDATE account_lines SET gov_fen = gov_fen + 1 WHERE resident_id = :person", "persons_agree", "journal"),
        ("UPDATE fund_lines SET debit_fen = debit_fen + 1 WHERE journal_id = :journal AND debit_fen > 0 AND fund_account <> 'subsidy_receivable'", "persons_agree", "journal"),
        ("UPDATE contributions SET amount_fen = amount_fen + 1 WHERE resident_id = :person", "reports_agree", ""),
    ],
)  # fmt: skip
def test_tampering_is_named_by_person_and_stops_the_closing(session, books, statement, code, named):
    someone = books.person()
    paid = books.pays(someone, on=date(2010, 11, 3), year=2010, channel=Channel.CASH)
    session.flush()
    session.execute(text("RESET ROLE"))
    session.execute(
        text(statement),
        {"person": someone.id, "journal": paid.journal_id} if ":journal" in statement else {"person": someone.id},
    )
    session.execute(text("SET LOCAL ROLE nongbao_app"))
    checked = books.check(NOVEMBER)
    found = {one.code.value: one for one in checked.preconditions}
    assert found[code].state.value == "unmet"
    named_ids = {item.subject_id for item in found[code].items}
    if named == "person":
        assert named_ids == {str(someone.id)}
        assert [one["resident_id"] for one in checked.built.facts["differences"]["persons"]] == [str(someone.id)]
    elif named == "journal":
        assert str(paid.journal_id) in named_ids
        assert checked.built.facts["differences"]["journals"][0]["resident_id"] == str(someone.id)
    with pytest.raises(fund_closings.PeriodNotReady):
        books.propose(NOVEMBER)


def test_closing_and_posting_cannot_pass_each_other(fresh_database):
    """Whoever posts first is in the pack or voids it; whoever comes behind the closing is refused. Never neither."""
    with fresh_database.unit_of_work(system_actor(440783000000)) as session:
        books = Ledger.of(session)
        books.pays(books.person(), on=date(2010, 11, 3), year=2010, channel=Channel.CASH)
        period = books.propose(NOVEMBER)
        hash_seen, version = period.proposed_hash, period.version
        people = [books.person() for _ in range(2)]
    actor = system_actor(440783000000)
    outcome: list[str] = []

    def close() -> None:
        try:
            with fresh_database.unit_of_work(actor) as session:
                fund_closings.approve(
                    session, actor=books.second, month=NOVEMBER, content_hash=hash_seen, version=version,
                    today=after(NOVEMBER),
                )  # fmt: skip
            outcome.append("closed")
        except fund_closings.PackChanged:
            outcome.append("changed")

    # A posting under way: the closing waits for it, sees it, and finds the pack changed.
    with fresh_database.unit_of_work(actor) as session:
        mine = Ledger(session, books.finance, books.second, books.collector)
        mine.pays(people[0], on=date(2010, 11, 9), year=2010, channel=Channel.CASH)
        thread = threading.Thread(target=close)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()
    thread.join(20)
    assert outcome == ["changed"]

    with fresh_database.unit_of_work(actor) as session:
        mine = Ledger(session, books.finance, books.second, books.collector)
        fund_closings.withdraw(session, actor=books.finance, month=NOVEMBER, version=version)
        period = mine.propose(NOVEMBER)
        hash_seen, version = period.proposed_hash, period.version
    posted: list[date] = []

    def post() -> None:
        with fresh_database.unit_of_work(actor) as session:
            mine = Ledger(session, books.finance, books.second, books.collector)
            kept = mine.pays(
                people[1], on=date(2010, 11, 9), year=2010, channel=Channel.CASH, today=after(NOVEMBER) + timedelta(1)
            )
            posted.append(journal(session, kept.journal_id).business_date)

    # A closing under way: the posting waits for it and gets another day.
    with fresh_database.unit_of_work(actor) as session:
        fund_closings.approve(
            session, actor=books.second, month=NOVEMBER, content_hash=hash_seen, version=version, today=after(NOVEMBER)
        )
        thread = threading.Thread(target=post)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()
    thread.join(20)
    assert posted == [after(NOVEMBER) + timedelta(1)]
    report = verification.verify(fresh_database)
    assert {check.name: check.rows for check in report.checks if not check.ok} == {}
    with fresh_database.read_snapshot(actor) as session:
        pack = fund_closings.pack_of(session, county_code=COUNTY, month=NOVEMBER)
        assert fund_packs.facts_of(pack.content)["journal_count"] == 2
        assert fund_closings.rebuild(session, pack).content == pack.content
