"""Balances of past days: by what the books knew, by value, and what is earned and not posted."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.database import system_actor
from api.policy.accounts import Credit, close_years
from api.policy.ages import Month
from api.policy.money import NOTHING, BySource
from api.services import account_statements, accounts
from api.services.accounts import DayInFuture
from api.vocabulary import Source
from tests.interest.population import open_account, settle
from tests.interest.test_corrections import Books, accrual_by

SYSTEM = system_actor(440783000000)
TODAY = date(2014, 6, 15)


@pytest.fixture
def books(session):
    return Books(session)


def balance(books, person, *, today=TODAY, **days):
    books.session.expire_all()
    return accounts.balance(
        books.session,
        resident_id=person.resident_id,
        today=today,
        as_of=days.get("as_of"),
        value_on=days.get("value_on"),
    )


def test_what_the_books_knew_and_what_it_was_worth(books, monkeypatch):
    """100.00 of March 2010 whose correction came to the books in 2015: the books of 2010 do not know it."""
    person = books.open()
    books.book(person, date(2010, 10, 20), BySource(12_000))
    books.close(monkeypatch)
    books.book(person, date(2010, 3, 9), BySource(10_000))
    # 120.00 for two months and 100.00 for nine at 2.25 %: 0.45 + 1.6875 = 2.1375.
    by_value = balance(books, person, value_on=date(2010, 12, 31), today=date(2015, 1, 1))
    assert (by_value.amounts, by_value.accrued) == (BySource(22_214), NOTHING)
    # The correction is a journal of 2015; the books of 2014 hold the money and not yet its interest.
    known = balance(books, person, as_of=date(2014, 12, 31), value_on=date(2010, 12, 31), today=date(2015, 1, 1))
    assert known.amounts == BySource(22_045)
    halfway = balance(books, person, value_on=date(2010, 6, 30))
    # 100.00 of March, three months: 0.5625.
    assert (halfway.amounts, halfway.accrued) == (BySource(10_000), BySource(56))


def test_what_is_earned_and_not_posted(books, monkeypatch):
    person = books.open()
    books.book(person, date(2010, 10, 20), BySource(12_000, 0, 3_000))
    # To the end of November: one month of 120.00 and 30.00 at 2.25 %.
    november = balance(books, person, today=date(2010, 12, 15))
    assert (november.amounts, november.accrued) == (BySource(12_000, 0, 3_000), BySource(23, 0, 6))
    december = balance(books, person, today=date(2010, 12, 31))
    assert december.accrued == BySource(45, 0, 11)
    books.close(monkeypatch)
    assert balance(books, person, today=date(2011, 1, 20)).accrued == NOTHING
    # Two years that no run has closed yet, the first one's interest bearing interest.
    later = balance(books, person, today=date(2012, 12, 31))
    assert later.amounts + later.accrued == BySource(12_809, 0, 3_202)


def test_a_day_to_come_is_refused(books):
    person = books.open()
    for days in ({"as_of": date(2014, 6, 16)}, {"value_on": date(2014, 6, 16)}):
        with pytest.raises(DayInFuture):
            balance(books, person, **days)


def test_a_settled_account_accrues_from_its_settlement(books):
    person = books.open()
    books.book(person, date(2010, 3, 1), BySource(100_000))
    settle(books.session, person, Month(2010, 6), accrual_by()(2010))
    found = balance(books, person, today=date(2010, 9, 30))
    # 1005.63 for three months.
    assert (found.amounts, found.accrued) == (BySource(100_563), BySource(566))
    statement = account_statements.statement(
        books.session, resident_id=person.resident_id, year=2010, today=date(2010, 9, 30)
    )
    assert [one.message for one in statement.reasons[1:]] == [
        "个人缴费(1至6月)：(3月1000.00元×3个月)×2.25%÷12，四舍五入到分，得利息5.63元。"
    ]
    assert statement.is_explained


CREDITS = st.lists(
    st.tuples(st.integers(0, 35), st.sampled_from([800, 10_000, 12_345, 50_000]), st.sampled_from(list(Source))),
    min_size=1,
    max_size=8,
)


@given(credits_paid=CREDITS, closed=st.integers(0, 3), month=st.integers(0, 47))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_value_with_accrued_interest_is_the_calculators_balance_on_every_month(
    database, monkeypatch, credits_paid, closed, month
):
    """Whatever is closed by then: posted and accrued together are what the law gives to the end of that month."""
    with database.rehearsal(SYSTEM) as session:
        books = Books(session)
        person = books.open()
        for when, amount_fen, source in sorted(credits_paid, key=lambda one: one[0]):
            amounts = BySource(**{f"{source.value}_fen": amount_fen})
            books.book(person, date(2010 + when // 12, when % 12 + 1, 9), amounts)
        for _ in range(closed):
            books.close(monkeypatch)
        until = Month(2010 + month // 12, month % 12 + 1)
        found = balance(books, person, value_on=until.last_day, today=date(2014, 6, 15))
        paid = [
            Credit(date(2010 + when // 12, when % 12 + 1, 9), source, amount_fen)
            for when, amount_fen, source in credits_paid
        ]
        known = [one for one in paid if Month.of(one.paid_on) <= until]
        years = close_years(known, settlement_month=until, accrual_for=accrual_by())
        assert found.amounts + found.accrued == (years[-1].balance if years else NOTHING)
        statement = account_statements.statement(session, resident_id=person.resident_id, year=until.year, today=TODAY)
        assert statement.is_explained
        assert statement.closing == statement.opening + statement.credits + statement.interest - statement.debits


def test_the_sub_accounts_are_told_apart(books, monkeypatch):
    person = open_account(books.session, opened_on=date(2010, 1, 1))
    books.standing[person.resident_id] = []
    books.book(person, date(2010, 6, 1), BySource(10_000, 5_000, 3_000))
    books.close(monkeypatch)
    statement = account_statements.statement(books.session, resident_id=person.resident_id, year=2010, today=TODAY)
    assert [one.code for one in statement.reasons] == [
        "rate", "interest-personal", "interest-collective", "interest-gov"
    ]  # fmt: skip
