"""Examples A7 and A8: birthdays, months and notices."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.policy.ages import (
    Month,
    MonthMalformed,
    age_on,
    attains_on,
    benefit_start_month,
    latest_birth_date,
    months_between,
    notice_birth_months,
    notice_month,
)

days = st.dates(min_value=date(1900, 1, 1), max_value=date(2040, 12, 31))


@pytest.mark.parametrize(
    ("born", "age", "attained"),
    [
        ("1952-02-29", 60, "2012-02-29"),
        ("1964-02-29", 45, "2009-02-28"),
        ("1996-02-29", 16, "2012-02-29"),
        ("1953-07-31", 60, "2013-07-31"),
    ],
)
def test_a8_anniversaries(born: str, age: int, attained: str) -> None:
    day = date.fromisoformat(attained)
    assert attains_on(date.fromisoformat(born), age) == day
    assert age_on(date.fromisoformat(born), day) == age
    assert age_on(date.fromisoformat(born), day - timedelta(days=1)) == age - 1


@pytest.mark.parametrize(
    ("born", "start"),
    [("1952-02-29", "2012-03"), ("1953-07-01", "2013-08"), ("1953-07-31", "2013-08"), ("1950-12-31", "2011-01")],
)
def test_benefits_start_the_month_after(born: str, start: str) -> None:
    assert str(benefit_start_month(date.fromisoformat(born))) == start


def test_a7_notice_run_of_june_2013() -> None:
    first, last = notice_birth_months(Month(2013, 6))
    assert (first, last) == (date(1953, 7, 1), date(1953, 7, 31))
    assert {notice_month(date(1953, 7, day)) for day in (1, 15, 31)} == {Month(2013, 6)}


@pytest.mark.parametrize("text", ["2011-13", "2011-00", "2011-3", "201103", "0000-01", "2011-03-01", "２０１１-03", ""])
def test_malformed_month(text: str) -> None:
    with pytest.raises(MonthMalformed):
        Month.parse(text)


def test_month_reads_and_writes() -> None:
    assert str(Month.parse("2011-03")) == "2011-03"
    assert (Month(2012, 2).first_day, Month(2012, 2).last_day) == (date(2012, 2, 1), date(2012, 2, 29))
    assert Month(2011, 12).plus(1) == Month(2012, 1)
    assert Month(2011, 1).plus(-1) == Month(2010, 12)
    assert months_between(Month(2011, 11), Month(2012, 1)) == (Month(2011, 11), Month(2011, 12), Month(2012, 1))
    assert months_between(Month(2012, 1), Month(2011, 12)) == ()


@given(born=days, age=st.integers(0, 100))
@settings(max_examples=200, deadline=None)
def test_age_turns_on_the_anniversary(born: date, age: int) -> None:
    attained = attains_on(born, age)
    assert (attained.month, attained.year) == (born.month, born.year + age)
    assert age_on(born, attained) == age
    assert age_on(born, attained - timedelta(days=1)) == age - 1


@given(day=days, months=st.integers(-2000, 2000))
@settings(max_examples=200, deadline=None)
def test_months_add_and_subtract(day: date, months: int) -> None:
    month = Month.of(day)
    # Years outside 1..9999 have no days, but arithmetic on months still holds.
    assert month.plus(months).months_since(month) == months
    assert (month.plus(months) < month) is (months < 0)


leap_eves = st.integers(1975, 2040).map(lambda year: Month(year, 2).last_day)


@given(on=st.one_of(leap_eves, st.dates(date(1975, 1, 1), date(2040, 12, 31))), age=st.sampled_from([16, 45, 60]))
@settings(max_examples=200, deadline=None)
def test_latest_birth_date_draws_the_same_line_as_age(on: date, age: int) -> None:
    latest = latest_birth_date(age=age, on=on)
    assert age_on(latest, on) == age
    assert age_on(latest + timedelta(days=1), on) == age - 1
