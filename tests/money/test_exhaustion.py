"""Example A20 through real monthly runs and interest runs: the pensioner always gets 16.19, whoever pays it.

At 1.50 % by the bank's rates, and at nothing by a rate that the province publishes.
"""

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
from tests.conftest import make_app, signing_in
from tests.payments.worlds import Office

SYSTEM = system_actor(440783000000)
AWARD_FEN = 225_000
PENSION_FEN = 1_619
FIRST = Month(2016, 1)
LAW = "/api/v1/policy-parameters"


@pytest.fixture
def staff(fresh_database):
    return clerks(fresh_database)


@pytest.fixture
def person(fresh_database, staff):
    return awarded(fresh_database, staff)


def clerks(database):
    """A clerk, a reviewer and somebody of finance."""
    with database.unit_of_work(SYSTEM) as session:
        roles = (RoleName.COUNTY_CLERK, RoleName.COUNTY_REVIEWER, RoleName.FINANCE)
        return [factories.make_actor(session, role) for role in roles]


def awarded(database, staff):
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


def pay_until(database, staff, last: Month) -> None:
    """Pay month by month, with the interest of each year that is over."""
    month = FIRST
    while month <= last:
        if month.month == 1 and month != FIRST:
            post_interest(database, staff, month.year - 1)
        pay(database, staff, month)
        month = month.plus(1)


def sound(database) -> None:
    """Every check passes."""
    report = verification.verify(database)
    assert report.ok, [(check.name, check.rows) for check in report.checks if not check.ok]


def test_the_account_lasts_152_months_at_one_and_a_half_percent_and_the_fund_pays_on(
    fresh_database, staff, person
) -> None:
    pay_until(fresh_database, staff, Month(2028, 11))
    found = parts(fresh_database, person)
    assert found[:152] == [(PENSION_FEN, 0)] * 152
    assert found[152:] == [(954, 665), (0, PENSION_FEN), (0, PENSION_FEN)]
    sound(fresh_database)


def test_without_interest_payment_139_takes_the_last_15_78_and_the_fund_adds_41(fresh_database, staff, person) -> None:
    with signing_in(make_app(fresh_database), fresh_database) as sign_in:
        province = [sign_in(RoleName.ADMINISTRATOR), sign_in(RoleName.AUDITOR)]
        county = [sign_in(RoleName.COUNTY_CLERK), sign_in(RoleName.COUNTY_REVIEWER)]
        rates = [{"effective_on": f"{year}-01-01", "rate": "0.00"} for year in range(2016, 2028)]
        enact(province, code="published_rates", division_code="440000000000", value=rates)
        enact(county, code="rate_mode", division_code="440783000000", value="published")
    pay_until(fresh_database, staff, Month(2027, 9))
    found = parts(fresh_database, person)
    assert found[:138] == [(PENSION_FEN, 0)] * 138
    assert found[138:] == [(1_578, 41), (0, PENSION_FEN), (0, PENSION_FEN)]
    sound(fresh_database)


def enact(persons, **draft) -> None:
    """Two persons change the law from 2016 on."""
    facts = {"valid_from": "2016-01-01", "document": "粤人社〔2016〕1号", "article": "一", "reason": "公布记账利率"}
    keys = iter(f"law-{draft['code']}-{place}" for place in range(2))
    made = persons[0].post(f"{LAW}", json=facts | draft, headers={"Idempotency-Key": next(keys)})
    assert made.status_code == 201, made.text
    headers = {"Idempotency-Key": next(keys), "If-Match": f'"{made.json()["version"]}"'}
    done = persons[1].post(f"{LAW}/{made.json()['id']}/decisions", json={"decision": "approve"}, headers=headers)
    assert done.status_code == 201, done.text
