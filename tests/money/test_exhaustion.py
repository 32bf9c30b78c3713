"""Example A20 through real monthly runs and interest runs: the pensioner always gets 16.19, whoever pays it."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from api.database import system_actor
from api.policy.ages import Month
from api.policy.money import BySource
from api.services import awards, interest_runs, verification
from api.vocabulary import ContributionKind, Decision, RoleName
from tests import factories
from tests.benefits.worlds import contribute
from tests.payments.worlds import Office

SYSTEM = system_actor(440783000000)
AWARD_FEN = 225_000
PENSION_FEN = 1_619
FIRST = Month(2016, 1)


@pytest.fixture(scope="module")
def staff(database):
    with database.unit_of_work(SYSTEM) as session:
        roles = (RoleName.COUNTY_CLERK, RoleName.COUNTY_REVIEWER, RoleName.FINANCE)
        return [factories.make_actor(session, role) for role in roles]


@pytest.fixture(scope="module")
def person(database, staff):
    """Somebody who turned 60 in December 2015, whose award of 2250.00 in one sub-account was proposed and approved."""
    clerk, reviewer, _ = staff
    with database.unit_of_work(SYSTEM) as session:
        made = factories.make_resident(session, birth_date=date(1955, 12, 5))
        factories.enrol(session, made, on=date(2015, 12, 1))
        for year in range(2010, 2015):
            paid = BySource(AWARD_FEN // 5)
            contribute(session, made, year, date(2015, 12, 10), paid, kind=ContributionKind.MAKE_UP)
        award = awards.propose(session, actor=clerk, resident_id=made.id, today=date(2015, 12, 20))
        assert (award.personal_fen, award.account_pension_fen) == (AWARD_FEN, PENSION_FEN)
        awards.decide(
            session,
            actor=reviewer,
            award_id=award.id,
            decision=Decision.APPROVE,
            opinion="同意",
            expected_version=award.version,
            today=date(2015, 12, 25),
        )
    return made


def pay(database, staff, month: Month) -> None:
    """Compute, approve, send and book a month."""
    with database.unit_of_work(SYSTEM) as session:
        Office(session, *staff).month(month.first_day)


def post_interest(database, staff, year: int) -> None:
    """Compute and approve a year's interest."""
    clerk, reviewer, _ = staff
    with database.unit_of_work(clerk) as session:
        run = interest_runs.compute(session, actor=clerk, county_code=440783, year=year, today=date(year + 1, 1, 5))
    interest_runs.approve(database, actor=reviewer, run_id=run.id, content_hash=run.content_hash)


def parts(database, person) -> list[tuple[int, int]]:
    """What each month's pension took from the account, and what of the account pension the fund paid, in fen."""
    with database.read_snapshot(SYSTEM) as session:
        rows = session.execute(
            text(
                "SELECT personal_fen, fund_fen - basic_fen AS topped_up, account_fen FROM payment_lines "
                "WHERE resident_id = :id AND kind = 'regular' ORDER BY month"
            ),
            {"id": person.id},
        ).all()
    assert {row.account_fen for row in rows} == {PENSION_FEN}
    return [(row.personal_fen, row.topped_up) for row in rows]


def test_the_account_lasts_152_months_at_one_and_a_half_percent_and_the_fund_pays_on(database, staff, person) -> None:
    month = FIRST
    while month <= Month(2028, 11):
        if month.month == 1 and month != FIRST:
            post_interest(database, staff, month.year - 1)
        pay(database, staff, month)
        month = month.plus(1)
    found = parts(database, person)
    assert found[:152] == [(PENSION_FEN, 0)] * 152
    assert found[152:] == [(954, 665), (0, PENSION_FEN), (0, PENSION_FEN)]
    report = verification.verify(database)
    assert report.ok, [(check.name, check.rows) for check in report.checks if not check.ok]
