"""The annual run against the law, person by person; its approval, its resumption and what stops it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import text

from api.database import Actor, load_sql, system_actor
from api.errors import NotFound, StaleVersion
from api.policy.ages import Month
from api.policy.interest import RateMode, accrual_of
from api.policy.money import BySource
from api.policy.parameters import parameters_on
from api.services import interest_postings, interest_runs
from api.services.interest_figures import figures_of
from api.services.interest_postings import RunContentChanged, RunStateUnfit
from api.services.interest_runs import InterestRunExists, InterestYearNotOver, PreviousYearOpen
from api.services.two_persons import CheckerNotAPerson, SamePerson
from api.vocabulary import RoleName, RunState
from tests import factories
from tests.interest.population import COUNTY, TOWNS, Person, credit, make_people, open_account, pay, settle
from tests.ledger_facts import assert_ledger_holds

YEAR = 2010
TODAY = date(2011, 1, 10)
SYSTEM = system_actor(440783000000)


def accrual(year=YEAR):
    parameters = parameters_on(date(year, 12, 31))
    return accrual_of(
        year, mode=RateMode.JAN1, rates=parameters.pboc_one_year_rates, published=parameters.published_rates
    )


@pytest.fixture
def checker(fresh_database) -> Actor:
    with fresh_database.unit_of_work(SYSTEM) as session:
        return factories.make_actor(session, RoleName.COUNTY_REVIEWER)


@pytest.fixture
def maker(fresh_database) -> Actor:
    with fresh_database.unit_of_work(SYSTEM) as session:
        return factories.make_actor(session, RoleName.COUNTY_CLERK)


def compute(database, maker, *, year=YEAR, today=TODAY):
    with database.unit_of_work(maker) as session:
        return interest_runs.compute(session, actor=maker, county_code=COUNTY, year=year, today=today)


def balances(database):
    with database.read_snapshot(SYSTEM) as session:
        rows = session.execute(
            text("SELECT resident_id, personal_fen, collective_fen, gov_fen, interest_through FROM accounts")
        ).all()
    return {
        row.resident_id: (BySource(row.personal_fen, row.collective_fen, row.gov_fen), row.interest_through)
        for row in rows
    }


def wait_for_lock(database, work):
    """Until somebody waits for a row of somebody else."""
    for _ in range(200):
        with database.read_snapshot(SYSTEM) as session:
            waiting = session.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one()
        if waiting:
            return
        if work.done():
            work.result()
        time.sleep(0.05)
    pytest.fail("nobody waited")


def assert_holds(database):
    with database.read_snapshot(SYSTEM) as session:
        assert_ledger_holds(session)


@pytest.mark.parametrize("seed", [1, 2])
def test_sql_pays_everybody_what_the_law_says_to_the_fen(fresh_database, maker, checker, seed):
    with fresh_database.unit_of_work(SYSTEM) as session:
        people = make_people(session, accrual(), seed=seed, count=60)
        edge = open_account(session)
        credit(session, edge, date(2010, 11, 30), BySource(personal_fen=800, gov_fen=267))
    # Lines of the year before are there on purpose; the year before is closed for those who have them.
    with fresh_database.unit_of_work(SYSTEM) as session:
        session.execute(
            text(
                "UPDATE accounts SET interest_through = '2009-12-31' WHERE interest_through IS NULL AND county_code = 440783"
            )
        )
    run = compute(fresh_database, maker)
    done = interest_runs.approve(fresh_database, actor=checker, run_id=run.id, content_hash=run.content_hash)
    assert done.state is RunState.POSTED
    after = balances(fresh_database)
    expected_total = 0
    for person in [*people, edge]:
        expected = person.expected_interest(accrual())
        expected_total += expected.total_fen
        amounts, through = after[person.resident_id]
        assert amounts == person.balance + expected, person
        assert through == date(2010, 12, 31)
    # Half a fen goes up: 800 fen in one month at 2.25 % are 1.5 fen, 267 are 0.500625.
    assert after[edge.resident_id][0] == BySource(802, 0, 268)
    assert done.total_fen == expected_total > 0
    assert_holds(fresh_database)


def test_two_statements_hold_one_formula():
    compute_text, post_text = (load_sql("annual_interest", name) for name in ("20_compute_town", "40_post_town"))

    def formula(statement: str) -> str:
        start, end = statement.index("WITH town AS"), statement.rindex("    OFFSET 0\n")
        assert end > start
        return statement[start:end]

    assert formula(compute_text) == formula(post_text)


def test_example_a1_flat_years_follow_one_another(fresh_database, maker, checker):
    """A1: 120 and 30 in October; 120.45/30.11 at the end of 2010."""
    with fresh_database.unit_of_work(SYSTEM) as session:
        person = open_account(session, opened_on=date(2010, 10, 8))
        credit(session, person, date(2010, 10, 20), BySource(personal_fen=12_000, gov_fen=3_000))
    run = compute(fresh_database, maker)
    interest_runs.approve(fresh_database, actor=checker, run_id=run.id, content_hash=run.content_hash)
    assert balances(fresh_database)[person.resident_id][0] == BySource(12_045, 0, 3_011)
    assert_holds(fresh_database)


def test_examples_a2_and_a4_over_three_years(fresh_database, maker, checker):
    """A2: 0.38/0.00, then 4.82/1.24 → 205.20/61.24; A4: 20.31/2.93 → 725.51/94.17."""
    with fresh_database.unit_of_work(SYSTEM) as session:
        person = open_account(session, opened_on=date(2010, 10, 8))
        credit(session, person, date(2010, 10, 20), BySource(personal_fen=10_000))
        credit(session, person, date(2010, 12, 15), BySource(gov_fen=3_000))
        credit(session, person, date(2011, 3, 2), BySource(personal_fen=10_000))
        credit(session, person, date(2011, 6, 20), BySource(gov_fen=3_000))
    expected = {2010: BySource(20_038, 0, 6_000), 2011: BySource(20_520, 0, 6_124), 2012: BySource(72_551, 0, 9_417)}
    for year, balance in expected.items():
        if year == 2012:
            with fresh_database.unit_of_work(SYSTEM) as session:
                credit(session, person, date(2012, 3, 5), BySource(personal_fen=50_000, gov_fen=3_000))
        run = compute(fresh_database, maker, year=year, today=date(year + 1, 1, 5))
        interest_runs.approve(fresh_database, actor=checker, run_id=run.id, content_hash=run.content_hash)
        assert balances(fresh_database)[person.resident_id][0] == balance
    assert_holds(fresh_database)


def test_example_a5_months_and_quarters(fresh_database, maker, checker):
    with fresh_database.unit_of_work(SYSTEM) as session:
        monthly, quarterly = open_account(session), open_account(session)
        for month in range(1, 13):
            credit(session, monthly, date(2011, month, 8), BySource(personal_fen=1_000))
        for month in (3, 6, 9, 12):
            credit(session, quarterly, date(2011, month, 8), BySource(personal_fen=3_000))
    run = compute(fresh_database, maker, year=2011, today=date(2012, 1, 5))
    interest_runs.approve(fresh_database, actor=checker, run_id=run.id, content_hash=run.content_hash)
    after = balances(fresh_database)
    assert after[monthly.resident_id][0].personal_fen == 12_151
    assert after[quarterly.resident_id][0].personal_fen == 12_124


def test_example_a17_government_pays(fresh_database, maker, checker):
    with fresh_database.unit_of_work(SYSTEM) as session:
        person = open_account(session, opened_on=date(2010, 10, 8))
    for year, month, balance in ((2010, 10, 13_049), (2011, 4, 26_646), (2012, 4, 40_882)):
        with fresh_database.unit_of_work(SYSTEM) as session:
            credit(session, person, date(year, month, 15), BySource(gov_fen=13_000))
        run = compute(fresh_database, maker, year=year, today=date(year + 1, 1, 5))
        interest_runs.approve(fresh_database, actor=checker, run_id=run.id, content_hash=run.content_hash)
        assert balances(fresh_database)[person.resident_id][0] == BySource(0, 0, balance)


def test_a_settled_part_year_earns_only_its_rest(fresh_database, maker, checker):
    with fresh_database.unit_of_work(SYSTEM) as session:
        person = open_account(session)
        credit(session, person, date(2010, 3, 1), BySource(personal_fen=100_000))
        settle(session, person, Month(2010, 6), accrual())
        pay(session, person, date(2010, 9, 10), BySource(personal_fen=720))
    # To June: 100000 * 3 * 2.25% / 12 = 562.5 → 563; after: 100563 * 6 - 720 * 3, times 2.25% / 12 = 1127.28 → 1127.
    run = compute(fresh_database, maker)
    interest_runs.approve(fresh_database, actor=checker, run_id=run.id, content_hash=run.content_hash)
    assert balances(fresh_database)[person.resident_id][0].personal_fen == 100_000 + 563 - 720 + 1_127


class TestApproval:
    """Two persons, one content."""

    @pytest.fixture
    def run(self, fresh_database, maker):
        with fresh_database.unit_of_work(SYSTEM) as session:
            make_people(session, accrual(), seed=5, count=10)
            session.execute(text("UPDATE accounts SET interest_through = coalesce(interest_through, '2009-12-31')"))
        return compute(fresh_database, maker)

    def test_computing_posts_nothing(self, fresh_database, run):
        assert run.row_count > 0
        with fresh_database.read_snapshot(SYSTEM) as session:
            assert session.execute(text("SELECT count(*) FROM journals WHERE kind = 'interest'")).scalar_one() == 0

    def test_whoever_computed_may_not_approve(self, fresh_database, maker, run):
        with pytest.raises(SamePerson):
            interest_runs.approve(fresh_database, actor=maker, run_id=run.id, content_hash=run.content_hash)

    def test_the_system_may_not_approve(self, fresh_database, run):
        with pytest.raises(CheckerNotAPerson):
            interest_runs.approve(fresh_database, actor=SYSTEM, run_id=run.id, content_hash=run.content_hash)

    def test_another_content_is_refused(self, fresh_database, checker, run):
        with pytest.raises(RunContentChanged):
            interest_runs.approve(fresh_database, actor=checker, run_id=run.id, content_hash="0" * 64)

    def test_a_stale_version_is_refused(self, fresh_database, checker, run):
        with pytest.raises(StaleVersion):
            interest_runs.approve(
                fresh_database, actor=checker, run_id=run.id, content_hash=run.content_hash, version=run.version + 1
            )

    def test_twice_changes_nothing(self, fresh_database, maker, checker, run):
        interest_runs.approve(fresh_database, actor=checker, run_id=run.id, content_hash=run.content_hash)
        before = balances(fresh_database)
        with pytest.raises(RunStateUnfit):
            interest_runs.approve(fresh_database, actor=checker, run_id=run.id, content_hash=run.content_hash)
        with pytest.raises(InterestRunExists):
            compute(fresh_database, maker)
        assert balances(fresh_database) == before

    def test_a_run_killed_between_towns_goes_on_to_the_same_end(self, fresh_database, maker, checker, run, monkeypatch):
        post_town = interest_postings.post_town

        def killed(session, *, run, approved, **more):
            post_town(session, run=run, approved=approved, **more)
            if approved.town_code != TOWNS[0]:
                message = "killed"
                raise KeyboardInterrupt(message)

        monkeypatch.setattr(interest_postings, "post_town", killed)
        with pytest.raises(KeyboardInterrupt):
            interest_runs.approve(fresh_database, actor=checker, run_id=run.id, content_hash=run.content_hash)
        monkeypatch.undo()
        with fresh_database.read_snapshot(SYSTEM) as session:
            halfway, posted = interest_runs.read(session, run.id)
        assert halfway.state is RunState.APPROVED
        assert posted == {TOWNS[0]}
        assert_holds(fresh_database)
        done = interest_runs.approve(
            fresh_database, actor=checker, run_id=run.id, content_hash=run.content_hash, version=run.version
        )
        assert done.state is RunState.POSTED
        assert {through for _, through in balances(fresh_database).values()} == {date(2010, 12, 31)}
        assert_holds(fresh_database)

    def test_money_that_came_after_the_computation_stops_its_town_only(self, fresh_database, maker, checker, run):
        with fresh_database.unit_of_work(SYSTEM) as session:
            late = open_account(session, town=TOWNS[1])
            credit(session, late, date(2010, 1, 5), BySource(personal_fen=100_000))
            session.execute(text("UPDATE accounts SET interest_through = coalesce(interest_through, '2009-12-31')"))
        with pytest.raises(RunContentChanged):
            interest_runs.approve(fresh_database, actor=checker, run_id=run.id, content_hash=run.content_hash)
        with fresh_database.read_snapshot(SYSTEM) as session:
            stopped, posted = interest_runs.read(session, run.id)
        assert posted == {TOWNS[0]}
        assert_holds(fresh_database)
        with fresh_database.unit_of_work(maker) as session:
            again = interest_runs.recompute(session, actor=maker, run_id=run.id, version=stopped.version, today=TODAY)
            assert again.state is RunState.COMPUTED
            assert again.content_hash != run.content_hash
        done = interest_runs.approve(fresh_database, actor=checker, run_id=run.id, content_hash=again.content_hash)
        assert done.state is RunState.POSTED
        # 100000 for eleven months at 2.25 % a year.
        assert balances(fresh_database)[late.resident_id][0].personal_fen == 102_063
        assert_holds(fresh_database)

    def test_money_of_the_new_year_does_not_stop_the_run(self, fresh_database, checker, run):
        with fresh_database.unit_of_work(SYSTEM) as session:
            person_id = session.execute(text("SELECT min(resident_id) FROM accounts")).scalar_one()
            row = session.execute(
                text("SELECT division_code FROM accounts WHERE resident_id = :i"), {"i": person_id}
            ).one()
        with fresh_database.unit_of_work(SYSTEM) as session:
            credit(
                session,
                Person(person_id, row.division_code, date(2010, 1, 1)),
                date(2011, 1, 8),
                BySource(personal_fen=777),
            )
        done = interest_runs.approve(fresh_database, actor=checker, run_id=run.id, content_hash=run.content_hash)
        assert done.state is RunState.POSTED
        assert_holds(fresh_database)

    def test_an_account_that_changes_while_its_town_is_posted_is_taken_by_the_next_pass(
        self, fresh_database, checker, run
    ):
        """A payment of the new year holds the account; the run waits for it and still posts what was approved."""
        with fresh_database.read_snapshot(SYSTEM) as session:
            row = session.execute(
                text(
                    "SELECT resident_id, division_code FROM accounts WHERE interest_through = '2009-12-31' "
                    "ORDER BY resident_id LIMIT 1"
                )
            ).one()
        person = Person(row.resident_id, row.division_code, date(2010, 1, 1))
        with ThreadPoolExecutor(max_workers=1) as pool:
            with fresh_database.unit_of_work(SYSTEM) as session:
                credit(session, person, date(2011, 1, 8), BySource(personal_fen=777))
                posting = pool.submit(
                    interest_runs.approve, fresh_database, actor=checker, run_id=run.id, content_hash=run.content_hash
                )
                wait_for_lock(fresh_database, posting)
            done = posting.result(timeout=30)
        assert done.state is RunState.POSTED
        assert balances(fresh_database)[person.resident_id][1] == date(2010, 12, 31)
        assert_holds(fresh_database)

    def test_a_discarded_run_frees_its_year(self, fresh_database, maker, run):
        with fresh_database.unit_of_work(maker) as session:
            interest_runs.discard(session, actor=maker, run_id=run.id, version=run.version)
        assert figures_of(compute(fresh_database, maker)) == figures_of(run)


def test_the_year_must_be_over(session):
    with pytest.raises(InterestYearNotOver):
        interest_runs.compute(session, actor=SYSTEM, county_code=COUNTY, year=2010, today=date(2010, 12, 31))


def test_another_county_is_not_found(session):
    with pytest.raises(NotFound):
        interest_runs.compute(session, actor=SYSTEM, county_code=440784, year=2010, today=TODAY)


def test_a_year_is_not_skipped(session):
    person = open_account(session)
    credit(session, person, date(2010, 5, 1), BySource(personal_fen=10_000))
    with pytest.raises(PreviousYearOpen):
        interest_runs.compute(session, actor=SYSTEM, county_code=COUNTY, year=2011, today=date(2012, 1, 5))
