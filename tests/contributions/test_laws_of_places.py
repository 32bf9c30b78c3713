"""代缴, deductions and sums under laws that differ from village to village, and where subsidies wait for their money."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from api.services import contribution_groups, government_paid_postings, government_paid_runs, verification
from api.services.contribution_groups import GroupOffer
from api.vocabulary import Channel, ContributionKind, FundAccount, GovernmentPaidOutcome, RoleName, RunState
from tests import factories
from tests.collection.worlds import Office as Deductions
from tests.collection.worlds import payer
from tests.ledger_facts import assert_ledger_holds
from tests.policy_parameters.worlds import Lawmakers, bands, draft
from tests.subsidies.worlds import SUBSIDY, books
from tests.subsidies.worlds import Office as SubsidyOffice

DAY = date(2011, 3, 8)
LATE = date(2011, 3, 31)


@pytest.fixture(autouse=True)
def the_books_hold(session):
    yield
    assert_ledger_holds(session)
    assert verification.check_posted_subsidies(session).ok
    for name in verification.check_names():
        if name[:2] in {"03", "04", "07", "14", "74", "80", "83", "95", "96", "97", "98", "99"}:
            check = verification.run_check(session, name)
            assert check.ok, (name, check.rows)


@pytest.fixture
def lawmakers(session, database):
    return Lawmakers.of(session, database)


@pytest.fixture
def own_law(session, database, lawmakers):
    """From 2011 on one village gives 60 where the statutes give 30."""
    wish = draft("subsidy_bands", bands(("100", "60")), date(2011, 1, 1), division_code=factories.VILLAGE)
    return lawmakers.enact(wish)


@pytest.fixture
def on_claim(lawmakers):
    """From 2011 on the county posts subsidies when their money is there."""
    return lawmakers.enact(draft("subsidy_posting", "on_claim", date(2011, 1, 1)))


def helped(session, *, village=factories.VILLAGE):
    person = factories.make_resident(session, village=village, disability_grade=1)
    factories.enrol(session, person)
    return person


class Run:
    """A run of 代缴 and its two persons."""

    def __init__(self, session):
        self.session = session
        self.clerk = factories.make_actor(session, RoleName.COUNTY_CLERK)
        self.reviewer = factories.make_actor(session, RoleName.COUNTY_REVIEWER)

    def compute(self, day=DAY):
        return government_paid_runs.compute(self.session, actor=self.clerk, county_code=440783, paid_on=day, today=day)

    def post(self, run, day=DAY):
        run.state, run.checker_id = RunState.APPROVED, self.reviewer.user_id
        self.session.flush()
        for town in run.summary["towns"]:
            government_paid_postings.post_town(self.session, run=run, town_code=town["town_code"], today=day)

    def outcome(self, run, person):
        return self.session.execute(
            text("SELECT outcome FROM government_paid_lines WHERE run_id = :run AND resident_id = :person"),
            {"run": run.id, "person": person.id},
        ).scalar_one()


def gov(session, person):
    return session.execute(text("SELECT gov_fen FROM accounts WHERE resident_id = :id"), {"id": person.id}).scalar_one()


def contribution(session, person):
    return session.execute(
        text(
            "SELECT amount_fen, subsidy_fen, waiting_subsidy_fen, law_serial FROM contributions "
            "WHERE resident_id = :id AND state = 'posted'"
        ),
        {"id": person.id},
    ).one()


class TestAVillagesOwnLaw:
    def test_a_run_pays_each_village_by_its_own_law(self, session, own_law):
        here, there = helped(session), helped(session, village=factories.OTHER_VILLAGE)
        office = Run(session)
        run = office.compute()
        office.post(run)
        assert (gov(session, here), gov(session, there)) == (16_000, 13_000)
        assert run.total_fen == 29_000
        assert contribution(session, here).law_serial == own_law.serial
        assert {place["subsidy_fen"] for place in run.parameters["places"]} == {3_000, 6_000}

    def test_who_moved_under_another_law_is_told_and_judged_anew(self, session, own_law):
        mover = helped(session)
        office = Run(session)
        run = office.compute()
        for table in ("residents", "accounts", "enrolments"):
            key = "id" if table == "residents" else "resident_id"
            session.execute(
                text(f"UPDATE {table} SET division_code = :to WHERE {key} = :id"),
                {"to": factories.OTHER_VILLAGE, "id": mover.id},
            )
        office.post(run)
        assert (office.outcome(run, mover), gov(session, mover)) == ("changed", 0)

    def test_a_deduction_asks_and_adds_by_the_village(self, session, own_law):
        office = Deductions.of(session)
        here, there = payer(session), payer(session, village=factories.OTHER_VILLAGE)
        batch = office.sent()
        office.load(batch, office.answers(batch))
        assert (gov(session, here), gov(session, there)) == (6_000, 3_000)


class TestSubsidiesThatWait:
    def test_a_run_posts_what_government_pays_and_leaves_the_subsidy(self, session, on_claim):
        person = helped(session)
        office = Run(session)
        run = office.compute()
        office.post(run)
        assert gov(session, person) == 10_000
        assert contribution(session, person) == (10_000, 0, 3_000, on_claim.serial)
        assert run.total_fen == 10_000

    def test_a_deduction_leaves_it(self, session, on_claim):
        office = Deductions.of(session)
        person = payer(session)
        batch = office.sent()
        office.load(batch, office.answers(batch))
        assert gov(session, person) == 0
        assert contribution(session, person) == (10_000, 0, 3_000, on_claim.serial)

    def test_a_sum_for_several_years_leaves_that_of_its_year(self, session, on_claim):
        person = factories.make_resident(session, birth_date=date(1951, 5, 1))
        factories.enrol(session, person)
        self.pay_sum(session, person)
        rows = session.execute(
            text(
                "SELECT subsidy_fen, waiting_subsidy_fen FROM contributions WHERE resident_id = :id "
                "ORDER BY contribution_year"
            ),
            {"id": person.id},
        ).all()
        assert len(rows) > 1
        assert {row.subsidy_fen for row in rows} == {0}
        assert sum(row.waiting_subsidy_fen for row in rows) > 0
        assert gov(session, person) == 0

    @staticmethod
    def pay_sum(session, person):
        clerk = factories.make_actor(session, RoleName.TOWN_CLERK)
        return contribution_groups.record(
            session, actor=clerk, keyring=factories.KEYRING, resident_id=person.id,
            offer=GroupOffer(
                kind=ContributionKind.LUMP_SUM, paid_on=LATE, channel=Channel.BANK_TRANSFER, tier_fen=10_000,
                until_year=2011,
            ),
            today=LATE,
        )  # fmt: skip

    def test_whatever_way_it_came_it_is_claimed_once_and_posted_once(self, session, on_claim):
        """代缴, a deduction and a sum: one claim, its money, every subsidy in its account, and nothing left to claim."""
        government = helped(session)
        office = Run(session)
        office.post(office.compute())
        deductions = Deductions.of(session)
        deducted = payer(session)
        batch = deductions.sent()
        deductions.load(batch, deductions.answers(batch))
        summed = factories.make_resident(session, birth_date=date(1951, 5, 1))
        factories.enrol(session, summed)
        self.pay_sum(session, summed)
        waiting = session.execute(text("SELECT sum(waiting_subsidy_fen) FROM contributions")).scalar_one()
        subsidies = SubsidyOffice.of(session)
        claim = subsidies.claim(period="2011", purpose=SUBSIDY, until=LATE)
        assert claim.amount_fen == waiting
        subsidies.receive_all(claim, on=LATE)
        assert subsidies.post(claim) == waiting
        assert (gov(session, government), gov(session, deducted)) == (13_000, 3_000)
        assert gov(session, summed) == waiting - 6_000 > 0
        assert books(session, FundAccount.SUBSIDY_SUSPENSE) == {}
        assert subsidies.post(claim) == 0


class TestAYearThatTheBankIsAskedFor:
    def test_government_does_not_pay_it_meanwhile(self, session):
        deductions = Deductions.of(session)
        person = payer(session)
        batch = deductions.sent()
        session.execute(text("UPDATE residents SET disability_grade = 1 WHERE id = :id"), {"id": person.id})
        factories.make_fact(session, person, "disability", value="1", begins_on=date(2011, 1, 1))
        office = Run(session)
        assert office.outcome(office.compute(date(2011, 3, 12)), person) == GovernmentPaidOutcome.DEDUCTING
        assert batch.line_count == 1

    def test_a_file_that_left_after_the_computation_stops_the_posting(self, session):
        deductions = Deductions.of(session)
        person = payer(session)
        batch = deductions.compute()
        deductions.approve(batch)
        factories.make_fact(session, person, "disability", value="1", begins_on=date(2011, 1, 1))
        office = Run(session)
        run = office.compute(date(2011, 3, 11))
        assert office.outcome(run, person) == GovernmentPaidOutcome.PAY
        deductions.release(batch)
        office.post(run, date(2011, 3, 11))
        assert (office.outcome(run, person), gov(session, person)) == ("changed", 0)
