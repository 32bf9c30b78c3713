"""Examples A10, A11, A14 and A20: splits of payments, exhaustion, and back-pay of adjustments."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.policy.accounts import PaidOut, pay_out
from api.policy.ages import Month
from api.policy.benefits import account_pension_fen
from api.policy.money import BySource
from api.policy.payments import back_pay, largest_source, share_of_payment, split_payment
from api.vocabulary import Source
from tests.policy.worlds import COLLECTIVE, GOV, PERSONAL, accrual, by, fen, flat, law

A9_COMPOSITION = by("1544.38", "192.69")
amounts = st.integers(min_value=0, max_value=10_000_000)
compositions = st.builds(BySource, amounts, amounts, amounts)


def _paid(composition: BySource, pension: str, *, settled: str, until: str, accrual_for: object = accrual) -> PaidOut:
    settlement_month = Month.parse(settled)
    return pay_out(
        composition=composition,
        pension_fen=fen(pension),
        settlement_month=settlement_month,
        start_month=settlement_month.plus(1),
        until=Month.parse(until),
        accrual_for=accrual_for,
    )


@pytest.mark.parametrize(
    ("number", "personal", "gov"), [(1, "11.11", "1.39"), (2, "11.12", "1.38"), (3, "11.11", "1.39")]
)
def test_a10_debit_split(number: int, personal: str, gov: str) -> None:
    share = share_of_payment(number, pension_fen=fen("12.50"), composition=A9_COMPOSITION)
    assert share == by(personal, gov)


def test_a11_nine_payments_and_interest_to_the_month_of_death() -> None:
    paid = _paid(A9_COMPOSITION, "12.50", settled="2015-06", until="2016-03")
    assert [str(payment.month) for payment in paid.payments][::8] == ["2015-07", "2016-03"]
    assert len(paid.payments) == 9
    assert paid.years[-1].interest == by("5.58", "0.70")
    assert paid.balance == by("1470.79", "183.51")


def test_a20_at_zero_interest() -> None:
    paid = _paid(by("2250.00"), "16.19", settled="2015-12", until="2027-08", accrual_for=flat("0"))
    full = [payment for payment in paid.payments if payment.split.fund_fen == 0]
    assert len(full) == 138
    assert full[-1].balance.total_fen == fen("15.78")
    last = paid.payments[138]
    assert (last.number, last.split.debits.total_fen, last.split.fund_fen) == (139, fen("15.78"), fen("0.41"))
    assert paid.payments[139].split.fund_fen == fen("16.19")
    assert {payment.split.total_fen for payment in paid.payments} == {fen("16.19")}


def test_a20_at_one_and_a_half_percent() -> None:
    paid = _paid(by("2250.00"), "16.19", settled="2015-12", until="2028-09")
    full = [payment for payment in paid.payments if payment.split.fund_fen == 0]
    assert (len(full), full[-1].month, full[-1].balance.total_fen) == (152, Month(2028, 8), fen("9.54"))
    assert paid.payments[-1].split.fund_fen == fen("16.19") - fen("9.54")


def test_account_of_government_money_alone() -> None:
    share = share_of_payment(1, pension_fen=fen("2.94"), composition=by("0", "408.82"))
    assert share == by("0", "2.94")


def test_empty_composition_gives_nothing() -> None:
    assert share_of_payment(1, pension_fen=0, composition=by()) == by()
    assert split_payment(1, pension_fen=500, composition=by(), balance=by()).fund_fen == 500


@pytest.mark.parametrize(
    ("balance", "debits", "fund"),
    [
        (BySource(1000, 1000, 2), BySource(898, 100, 2), 0),
        (BySource(5, 1000, 1000), BySource(5, 895, 100), 0),
        (BySource(5, 10, 1000), BySource(5, 10, 985), 0),
        (BySource(5, 10, 20), BySource(5, 10, 20), 965),
        (BySource(0, 0, 0), BySource(0, 0, 0), 1000),
    ],
)
def test_short_sub_account_is_helped_by_the_others_then_the_fund(
    balance: BySource, debits: BySource, fund: int
) -> None:
    composition = BySource(80_000, 10_000, 10_000)
    split = split_payment(1, pension_fen=1000, composition=composition, balance=balance)
    assert (split.debits, split.fund_fen) == (debits, fund)


def test_largest_of_equals_is_the_first() -> None:
    assert largest_source(BySource(5, 5, 5)) is PERSONAL
    assert largest_source(BySource(1, 5, 5)) is COLLECTIVE
    assert largest_source(BySource(1, 2, 5)) is GOV


def test_payment_numbers_begin_with_one() -> None:
    with pytest.raises(ValueError, match="numbered"):
        share_of_payment(0, pension_fen=1, composition=by("1"))


@given(composition=compositions, pension_fen=st.integers(0, 200_000), number=st.integers(1, 500))
@settings(max_examples=200, deadline=None)
def test_shares_sum_to_the_pension(composition: BySource, pension_fen: int, number: int) -> None:
    share = share_of_payment(number, pension_fen=pension_fen, composition=composition)
    assert min(share.personal_fen, share.collective_fen, share.gov_fen) >= 0
    assert share.total_fen == (pension_fen if composition.total_fen else 0)


@given(composition=compositions.filter(lambda c: c.total_fen > 139 * 6))
@settings(max_examples=15, deadline=None)
def test_shares_never_drift(composition: BySource) -> None:
    pension_fen = account_pension_fen(composition.total_fen, law())
    given_so_far = BySource()
    for number in range(1, 140):
        given_so_far += share_of_payment(number, pension_fen=pension_fen, composition=composition)
        for source in Source:
            exact_times_total = number * pension_fen * composition.of(source)
            drift = abs(given_so_far.of(source) * composition.total_fen - exact_times_total)
            # Half a fen for each rounded source; the largest takes the rest of both.
            assert drift <= composition.total_fen


@given(composition=compositions, balance=compositions, pension_fen=st.integers(0, 200_000), number=st.integers(1, 500))
@settings(max_examples=200, deadline=None)
def test_pensioner_always_gets_the_whole(
    composition: BySource, balance: BySource, pension_fen: int, number: int
) -> None:
    split = split_payment(number, pension_fen=pension_fen, composition=composition, balance=balance)
    assert split.total_fen == pension_fen
    assert all(0 <= split.debits.of(source) <= balance.of(source) for source in Source)
    assert split.fund_fen == 0 or split.debits == balance


@pytest.mark.parametrize(
    ("old", "new", "effective", "executed", "start", "last", "total"),
    [
        ("120", "148", "2018-01", "2018-10", "2015-01", None, "252.00"),
        ("120", "148", "2018-01", "2018-10", "2018-05", None, "140.00"),
        ("120", "148", "2018-01", "2018-10", "2015-01", "2018-06", "168.00"),
        ("110", "120", "2017-01", "2017-07", "2015-01", None, "60.00"),
        ("148", "170", "2019-01", "2019-05", "2015-01", None, "88.00"),
        ("148", "170", "2019-01", "2019-05", "2019-05", None, "0.00"),
        ("148", "170", "2019-01", "2019-05", "2015-01", "2018-12", "0.00"),
    ],
)
def test_a14_back_pay(
    old: str, new: str, effective: str, executed: str, start: str, last: str | None, total: str
) -> None:
    owed = back_pay(
        old_fen=fen(old),
        new_fen=fen(new),
        effective_month=Month.parse(effective),
        executed_month=Month.parse(executed),
        start_month=Month.parse(start),
        last_month=Month.parse(last) if last else None,
    )
    assert owed.total_fen == fen(total)
    assert owed.to_heirs is (last is not None)


def test_a14_turned_60_in_april_starts_in_may() -> None:
    adjusted = law("2018-05-01")
    assert adjusted.basic_pension_fen - law("2017-05-01").basic_pension_fen == fen("28")


def test_a14_heirs_receive_nothing_when_the_parameter_says_so() -> None:
    facts = {"old_fen": 12000, "new_fen": 14800, "effective_month": Month(2018, 1), "executed_month": Month(2018, 10)}
    owed = back_pay(**facts, start_month=Month(2015, 1), last_month=Month(2018, 6), heirs_receive=False)
    assert owed.total_fen == 0


def test_a14_unpaid_months_earn_no_back_pay() -> None:
    facts = {"old_fen": 12000, "new_fen": 14800, "effective_month": Month(2018, 1), "executed_month": Month(2018, 10)}
    owed = back_pay(**facts, start_month=Month(2015, 1), unpaid_months={Month(2018, 7), Month(2018, 8)})
    assert owed.total_fen == 7 * fen("28")
