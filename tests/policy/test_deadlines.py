"""Due days of the steps: the monthly days, working days around the holidays of 2010 to 2012, months that end."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.policy.ages import Month
from api.policy.deadlines import (
    add_working_days,
    due_on,
    effect_month,
    escalated_until,
    is_working_day,
    next_monthly_day,
)
from api.policy.parameters import parameters_on
from api.vocabulary import EnrolmentStep

P = parameters_on(date(2011, 3, 1))
CHECK, REVIEW, APPROVAL = EnrolmentStep.VILLAGE_CHECK, EnrolmentStep.TOWNSHIP_REVIEW, EnrolmentStep.COUNTY_APPROVAL


@pytest.mark.parametrize(
    ("step", "entered", "due"),
    [
        (CHECK, date(2011, 3, 1), date(2011, 3, 10)),
        (CHECK, date(2011, 3, 10), date(2011, 3, 10)),
        (CHECK, date(2011, 3, 11), date(2011, 4, 10)),
        (CHECK, date(2011, 12, 31), date(2012, 1, 10)),
        (REVIEW, date(2011, 3, 15), date(2011, 3, 15)),
        (REVIEW, date(2011, 3, 16), date(2011, 4, 15)),
        (APPROVAL, date(2011, 3, 14), date(2011, 3, 21)),
        # 清明: 3 to 5 April off, and Saturday 2 April worked in exchange.
        (APPROVAL, date(2011, 3, 31), date(2011, 4, 8)),
        # 春节: 2 to 8 February off, Sunday 30 January and Saturday 12 February worked.
        (APPROVAL, date(2011, 1, 28), date(2011, 2, 10)),
        # 国庆: 1 to 7 October off, the weekend of the 8th worked.
        (APPROVAL, date(2011, 9, 30), date(2011, 10, 12)),
    ],
)
def test_due_days(step, entered, due):
    assert due_on(step, entered, P) == due


@pytest.mark.parametrize(
    ("step", "entered", "month"),
    [
        (CHECK, date(2011, 3, 10), "2011-03"),
        (CHECK, date(2011, 3, 11), "2011-04"),
        (CHECK, date(2011, 12, 11), "2012-01"),
        (REVIEW, date(2011, 3, 15), "2011-03"),
        (REVIEW, date(2011, 3, 16), "2011-04"),
        (APPROVAL, date(2011, 3, 16), "2011-03"),
    ],
)
def test_month_of_effect(step, entered, month):
    assert str(effect_month(step, entered, P)) == month


def test_holidays_stand_on_weekdays_and_worked_days_on_weekends():
    assert all(day.weekday() < 5 for day in P.holidays)
    assert all(day.weekday() >= 5 for day in P.extra_working_days)
    assert not P.holidays & P.extra_working_days


@pytest.mark.parametrize("year", [2010, 2011, 2012])
def test_a_year_gives_eleven_days_more_than_it_takes(year):
    """There are eleven statutory holidays (国务院令第513号); the rest is weekends moved about."""
    worked = {day if day != date(2011, 12, 31) else date(2012, 1, 1) for day in P.extra_working_days}
    assert sum(day.year == year for day in P.holidays) - sum(day.year == year for day in worked) == 11


def test_known_days():
    assert not is_working_day(date(2010, 10, 1), P)
    assert is_working_day(date(2010, 10, 9), P)
    assert not is_working_day(date(2010, 10, 10), P)
    assert not is_working_day(date(2012, 1, 23), P)
    assert is_working_day(date(2012, 1, 29), P)


@given(st.dates(date(2009, 10, 1), date(2013, 12, 31)), st.integers(1, 31))
def test_a_monthly_day_is_the_first_not_before(day, number):
    found = next_monthly_day(day, number)
    assert day <= found <= day + timedelta(days=62)
    assert found.day == min(number, Month.of(found).last_day.day)
    between = (day + timedelta(days=step) for step in range((found - day).days))
    assert all(one.day != min(number, Month.of(one).last_day.day) for one in between)


@given(st.dates(date(2009, 10, 1), date(2013, 12, 31)), st.integers(0, 20))
def test_as_many_working_days_lie_between_as_were_counted(day, count):
    found = add_working_days(day, count, P)
    days = [day + timedelta(days=step) for step in range(1, (found - day).days + 1)]
    assert sum(is_working_day(one, P) for one in days) == count
    assert not days or is_working_day(found, P)


@given(st.sampled_from(list(EnrolmentStep)), st.dates(date(2009, 10, 1), date(2013, 12, 31)))
def test_nothing_is_due_before_it_came(step, entered):
    assert due_on(step, entered, P) >= entered
    assert effect_month(step, entered, P) >= Month.of(entered)


def test_the_unit_above_is_told_three_days_late():
    assert escalated_until(date(2011, 3, 13), P) == date(2011, 3, 10)
