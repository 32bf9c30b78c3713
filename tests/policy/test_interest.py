"""Examples A1-A5, A9, A13, A17 and A18 of the policy: interest to the fen, year by year."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from api.policy.ages import Month
from api.policy.interest import (
    InterestRateUnknown,
    RateMode,
    RateStep,
    RateTable,
    accrual_of,
    flat_accrual,
    interest_fen,
    late_subsidy_claim_fen,
)
from api.policy.money import Rounding
from tests.policy.worlds import A1, A2, A4, A9, A9_MAKE_UP, A13, A17, accrual, by, fen, flat, law, years_of


@pytest.mark.parametrize(
    ("year", "personal", "gov"),
    [(2010, "120.45", "30.11"), (2011, "243.61", "60.90"), (2012, "369.54", "92.38"), (2025, "2160.78", "540.20")],
)
def test_a1_flat_rate_balances(year: int, personal: str, gov: str) -> None:
    assert years_of(A1, "2025-10", flat("2.25"))[year].balance == by(personal, gov)


def test_a1_first_interest_is_rounded_per_sub_account() -> None:
    assert years_of(A1, "2025-10", flat("2.25"))[2010].interest == by("0.45", "0.11")


def test_a1_jan1_table() -> None:
    assert years_of(A1, "2025-10")[2025].balance == by("2066.56", "516.63")


@pytest.mark.parametrize(
    ("year", "interest", "balance"),
    [
        (2010, by("0.38", "0.00"), by("100.38", "30.00")),
        (2011, by("4.82", "1.24"), by("205.20", "61.24")),
    ],
)
def test_a2_mid_year_credits(year: int, interest: object, balance: object) -> None:
    closed = years_of(A2, "2011-12")[year]
    assert (closed.interest, closed.balance) == (interest, balance)


@pytest.mark.parametrize(("mode", "interest"), [(RateMode.JAN1, "2.76"), (RateMode.SEGMENTED, "3.29")])
def test_a2_rises_within_the_year_count_only_when_segmented(mode: RateMode, interest: str) -> None:
    earned = interest_fen(accrual(2011, mode), opening_fen=fen("100.38"), credits_fen={}, debits_fen={})
    assert earned == fen(interest)


def test_a3_late_subsidy_is_claimed_from_local_government() -> None:
    claim = late_subsidy_claim_fen(
        fen("30"), due_month=Month(2010, 10), arrived_month=Month(2010, 12), accruals={2010: accrual(2010)}
    )
    assert claim == fen("0.11")


def test_a3_claim_over_new_year_compounds() -> None:
    accruals = {2010: accrual(2010), 2011: accrual(2011)}
    claim = late_subsidy_claim_fen(
        fen("3000"), due_month=Month(2010, 10), arrived_month=Month(2011, 6), accruals=accruals
    )
    # 3000 * 2.25% * 2/12 = 11.25; (3000 + 11.25) * 2.75% * 6/12 = 41.4047.
    assert claim == fen("11.25") + fen("41.40")


def test_a3_subsidy_in_time_claims_nothing() -> None:
    month = Month(2010, 10)
    assert late_subsidy_claim_fen(3000, due_month=month, arrived_month=month, accruals={2010: accrual(2010)}) == 0


def test_a4_year_with_higher_tier() -> None:
    closed = years_of(A4, "2012-12")[2012]
    assert (closed.interest, closed.balance) == (by("20.31", "2.93"), by("725.51", "94.17"))


@pytest.mark.parametrize(
    ("months", "each", "interest"), [(range(1, 13), "10", "1.51"), ((3, 6, 9, 12), "30", "1.24"), ((1,), "120", "3.03")]
)
def test_a5_rhythm(months: range, each: str, interest: str) -> None:
    credits_fen = {month: fen(each) for month in months}
    assert interest_fen(accrual(2011), opening_fen=0, credits_fen=credits_fen, debits_fen={}) == fen(interest)


def test_a9_part_year_to_june() -> None:
    closed = years_of(A9_MAKE_UP, "2015-06")[2015]
    assert (closed.interest, closed.balance) == (by("10.10", "2.41"), by("1544.38", "192.69"))


def test_a9_without_make_up() -> None:
    assert years_of(A9, "2015-06")[2015].balance.total_fen == fen("835.00")


def test_a13_interest_to_the_month_of_death() -> None:
    closed = years_of(A13, "2012-09")
    assert closed[2011].interest.collective_fen == fen("0.69")
    assert closed[2012].interest == by("14.14", "2.13", "1.33")


def test_a17_government_pays_for_the_severely_disabled() -> None:
    closed = years_of(A17, "2012-12")
    assert [closed[year].interest for year in (2010, 2011, 2012)] == [
        by("0", "0.49"),
        by("0", "5.97"),
        by("0", "12.36"),
    ]
    balances = [by("0", "130.49"), by("0", "266.46"), by("0", "408.82")]
    assert [closed[year].balance for year in (2010, 2011, 2012)] == balances


def test_a18_settled_in_may() -> None:
    closed = years_of(A4, "2012-05")[2012]
    assert (closed.interest, closed.balance) == (by("5.91", "1.07"), by("711.11", "92.31"))


@pytest.mark.parametrize(
    ("year", "percent"),
    [
        (2010, "2.25"),
        (2011, "2.75"),
        (2012, "3.50"),
        (2013, "3"),
        (2014, "3"),
        (2015, "2.75"),
        (2016, "1.5"),
        (2026, "1.5"),
    ],
)
def test_jan1_rates(year: int, percent: str) -> None:
    assert accrual(year).year_rate == Fraction(percent) / 100


def test_published_rate_wins_and_falls_back() -> None:
    published = RateTable((RateStep(date(2011, 1, 1), 30_000),))
    rates = law().pboc_one_year_rates
    known = accrual_of(2011, mode=RateMode.PUBLISHED, rates=rates, published=published)
    fallback = accrual_of(2012, mode=RateMode.PUBLISHED, rates=rates, published=published)
    assert (known.year_rate, known.mode) == (Fraction(3, 100), RateMode.PUBLISHED)
    assert (fallback.year_rate, fallback.mode) == (Fraction(35, 1000), RateMode.JAN1)


@pytest.mark.parametrize("mode", list(RateMode))
def test_year_before_the_first_rate_is_refused(mode: RateMode) -> None:
    with pytest.raises(InterestRateUnknown):
        accrual(2007, mode)


def test_segmented_equals_jan1_in_a_year_without_changes() -> None:
    assert accrual(2013, RateMode.SEGMENTED).year_rate == accrual(2013).year_rate
    # Days, not twelfths: January is 31/365 of the year.
    assert accrual(2013, RateMode.SEGMENTED).between(0, 1) == Fraction(3, 100) * Fraction(31, 365)


def test_segmented_leap_year_has_366_days() -> None:
    assert accrual(2016, RateMode.SEGMENTED).denominator == 366 * 1_000_000


def test_debits_cease_to_earn_from_the_next_month() -> None:
    # 12% a year is 1% a month: 1000.00 for 12 months less 100.00 paid in June, which lacks 6 months.
    earned = interest_fen(
        flat_accrual(2012, Fraction(12, 100)), opening_fen=100_000, credits_fen={}, debits_fen={6: 10_000}
    )
    assert earned == 12_000 - 600


@pytest.mark.parametrize(("from_month", "movement"), [(0, 0), (6, 6), (6, 3), (0, 13)])
def test_movement_outside_the_period_is_a_mistake(from_month: int, movement: int) -> None:
    with pytest.raises(ValueError, match="outside"):
        interest_fen(accrual(2011), opening_fen=0, credits_fen={movement: 100}, debits_fen={}, from_month=from_month)


def test_period_that_runs_backwards_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="months"):
        interest_fen(accrual(2011), opening_fen=1, credits_fen={}, debits_fen={}, from_month=7, to_month=6)


def test_ceil_jiao_is_applied_to_interest() -> None:
    earned = interest_fen(
        accrual(2011), opening_fen=fen("100.38"), credits_fen={}, debits_fen={}, rounding=Rounding.CEIL_JIAO
    )
    assert earned == fen("2.80")


def test_rates_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="order"):
        RateTable((RateStep(date(2011, 1, 1), 1), RateStep(date(2010, 1, 1), 2)))


def test_rate_finer_than_a_millionth_is_refused() -> None:
    with pytest.raises(ValueError, match="four decimals"):
        flat_accrual(2011, Fraction(1, 3))


@pytest.mark.parametrize(("percent", "text"), [("2.25", "2.25%"), ("3", "3.00%"), ("1.3875", "1.3875%")])
def test_rate_in_words(percent: str, text: str) -> None:
    assert flat(percent)(2011).year_rate_text == text
