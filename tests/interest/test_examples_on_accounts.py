"""Examples A1, A2 and A18 of the policy on real accounts: years closed by the run, the settlement by its own function."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from api.models import Account
from api.policy.ages import Month
from api.policy.interest import RateMode, RateStep, RateTable, accrual_of
from api.policy.money import BySource, half_up
from api.policy.parameters import parameters_on
from api.services import award_rules
from tests.interest import test_corrections
from tests.interest.test_corrections import Books

FLAT = RateTable(tuple(RateStep(date(year, 1, 1), 22_500) for year in range(2010, 2026)))


def flat(year):
    return accrual_of(
        year, mode=RateMode.PUBLISHED, rates=parameters_on(date(2012, 12, 31)).pboc_one_year_rates, published=FLAT
    )


def settled(books, person, month):
    account = books.session.get(Account, (440783, person.resident_id), populate_existing=True)
    return award_rules.settle(books.session, account, month)


@pytest.mark.parametrize(
    ("is_flat", "balance", "pension_fen"),
    [(True, BySource(216_078, 0, 54_020), 1_943), (False, BySource(206_656, 0, 51_663), 1_858)],
)
def test_a1_fifteen_years_by_both_tables(session, monkeypatch, is_flat, balance, pension_fen):
    """120 and 30 each October; settled in October 2025: 2700.98 → 19.43 at 2.25 %, 2583.19 → 18.58 by the bank's rates."""
    if is_flat:
        monkeypatch.setattr(test_corrections, "accrual_by", lambda *_: flat)
        monkeypatch.setattr(award_rules, "accrual_for", lambda _session, _county, year: flat(year))
    books = Books(session)
    person = books.open()
    expected = {2010: BySource(12_045, 0, 3_011), 2011: BySource(24_361, 0, 6_090), 2012: BySource(36_954, 0, 9_238)}
    for year in range(2010, 2025):
        books.book(person, date(year, 10, 20), BySource(12_000, 0, 3_000))
        books.close(monkeypatch)
        if is_flat and year in expected:
            assert books.holds(person) == expected[year]
    end = settled(books, person, Month(2025, 10))
    assert end.balance == balance
    divisor = parameters_on(date(2025, 10, 31)).divisor_months
    assert half_up(Fraction(end.balance.total_fen, divisor)) == pension_fen


def a2_person(books, monkeypatch):
    """100 on 2010-10-20, its subsidy on 2010-12-15; 100 in March and 30 in June 2011; both years closed."""
    person = books.open()
    books.book(person, date(2010, 10, 20), BySource(10_000))
    books.book(person, date(2010, 12, 15), BySource(0, 0, 3_000))
    books.close(monkeypatch)
    assert books.holds(person) == BySource(10_038, 0, 3_000)
    books.book(person, date(2011, 3, 2), BySource(10_000))
    books.book(person, date(2011, 6, 20), BySource(0, 0, 3_000))
    books.close(monkeypatch)
    return person


def test_a2_the_line_of_2011(session, monkeypatch):
    books = Books(session)
    person = a2_person(books, monkeypatch)
    # 4.82 and 1.24.
    assert books.holds(person) == BySource(20_038 + 482, 0, 6_000 + 124)


def test_a2_whose_payments_of_2011_all_come_late(session, monkeypatch):
    """The same money, entered after the run: 4.82 and 1.24 come by corrections."""
    books = Books(session)
    person = books.open()
    books.book(person, date(2010, 10, 20), BySource(10_000))
    books.close(monkeypatch)
    books.close(monkeypatch)
    for day, amounts in (
        (date(2011, 6, 20), BySource(0, 0, 3_000)),
        (date(2010, 12, 15), BySource(0, 0, 3_000)),
        (date(2011, 3, 2), BySource(10_000)),
    ):
        books.book(person, day, amounts)
    assert books.holds(person) == BySource(20_520, 0, 6_124)


def test_a18_settled_in_may_2012_to_move_out(session, monkeypatch):
    """5.91 and 1.07; 711.11 + 92.31 = 803.42 move."""
    books = Books(session)
    person = a2_person(books, monkeypatch)
    books.book(person, date(2012, 3, 5), BySource(50_000, 0, 3_000))
    end = settled(books, person, Month(2012, 5))
    assert end.interest == BySource(591, 0, 107)
    assert end.balance == BySource(71_111, 0, 9_231)
