"""The calculator end to end: examples A1, A2, A9, A10, A11, A13, A17 and A18 through `calculate_account`."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from api.policy.accounts import Credit, close_years
from api.policy.ages import Month
from api.policy.calculations import CalculationRefused, CalculationRequest, CalculationResult, calculate_account
from api.policy.interest import InterestRateUnknown, RateMode
from api.policy.parameters import ParametersUnknown
from tests.policy.worlds import A1, A2, A4, A9, A9_MAKE_UP, A13, A17, GOV, PERSONAL, accrual, by, credit, fen


def _calculate(
    born: str, credits_paid: list[Credit], settle: str, until: str | None = None, **more: object
) -> CalculationResult:
    return calculate_account(
        CalculationRequest(
            birth_date=date.fromisoformat(born),
            credits=tuple(credits_paid),
            settle_on=date.fromisoformat(settle),
            payments_until=Month.parse(until) if until else None,
            **more,
        )
    )


def test_a1_through_the_calculator() -> None:
    settlement = _calculate("1965-10-15", A1, "2025-10-15").settlement
    assert settlement.balance == by("2066.56", "516.63")
    assert (settlement.total_fen, settlement.account_pension_fen) == (fen("2583.19"), fen("18.58"))
    assert (settlement.start_month, settlement.basic_pension_fen) == (Month(2025, 11), fen("190"))


@pytest.mark.parametrize(("paid_in", "total", "pension"), [(A9_MAKE_UP, "1737.07", "12.50"), (A9, "835.00", "6.01")])
def test_a9_through_the_calculator(paid_in: list[Credit], total: str, pension: str) -> None:
    result = _calculate("1955-06-18", paid_in, "2015-06-18")
    assert (result.settlement.total_fen, result.settlement.account_pension_fen) == (fen(total), fen(pension))
    assert result.settlement.start_month == Month(2015, 7)
    assert result.payments == ()


def test_a10_and_a11_payments() -> None:
    result = _calculate("1955-06-18", A9_MAKE_UP, "2015-06-18", "2016-03")
    assert [payment.number for payment in result.payments] == list(range(1, 10))
    splits = [payment.split.debits for payment in result.payments[:3]]
    assert splits == [by("11.11", "1.39"), by("11.12", "1.38"), by("11.11", "1.39")]
    assert [payment.total_fen for payment in result.payments[::8]] == [fen("112.50"), fen("122.50")]
    assert result.payment_years[-1].interest == by("5.58", "0.70")
    assert result.payment_years[-1].balance == by("1470.79", "183.51")


def test_a13_death_before_60_gives_no_pension() -> None:
    settlement = _calculate("1970-01-01", A13, "2012-09-20").settlement
    assert settlement.balance == by("719.34", "93.37", "52.02")
    assert (settlement.account_pension_fen, settlement.basic_pension_fen, settlement.start_month) == (None, None, None)


def test_a2_and_a17_years() -> None:
    assert [year.interest for year in _calculate("1970-01-01", A2, "2011-12-31").years] == [
        by("0.38"),
        by("4.82", "1.24"),
    ]
    assert _calculate("1970-01-01", A17, "2012-12-31").settlement.total_fen == fen("408.82")


def test_a18_part_year_is_the_last_entry() -> None:
    last = _calculate("1970-01-01", A4, "2012-05-31").years[-1]
    assert (last.year, last.to_month, last.interest, last.balance) == (
        2012,
        5,
        by("5.91", "1.07"),
        by("711.11", "92.31"),
    )


def test_rate_mode_can_be_chosen() -> None:
    paid_in = [credit("2010-12-01", PERSONAL, "100.38")]
    chosen = {
        mode: _calculate("1970-01-01", paid_in, "2011-12-31", rate_mode=mode).years[-1].interest.personal_fen
        for mode in RateMode
    }
    assert chosen == {RateMode.JAN1: fen("2.76"), RateMode.PUBLISHED: fen("2.76"), RateMode.SEGMENTED: fen("3.29")}


@pytest.mark.parametrize(
    ("settle", "start"), [("2015-05-31", None), ("2015-06-01", "2015-07"), ("2015-07-31", "2015-07")]
)
def test_start_month_is_known_from_the_month_of_the_birthday(settle: str, start: str | None) -> None:
    month = _calculate("1955-06-18", A9, settle).settlement.start_month
    assert month == (Month.parse(start) if start else None)


def test_who_is_60_on_the_first_day_of_the_scheme_starts_with_it() -> None:
    assert _calculate("1950-10-01", [], "2010-10-01").settlement.start_month == Month(2010, 10)
    assert _calculate("1950-10-02", [], "2010-10-02").settlement.start_month == Month(2010, 11)


def test_nobody_starts_before_the_launch() -> None:
    assert _calculate("1948-05-03", [], "2010-12-31").settlement.start_month == Month(2010, 10)


def test_late_settlement_pays_the_earlier_months_back() -> None:
    result = _calculate("1955-06-18", A9, "2015-09-10", "2015-11")
    assert [str(payment.month) for payment in result.payments] == [
        "2015-07",
        "2015-08",
        "2015-09",
        "2015-10",
        "2015-11",
    ]
    assert [str(payment.paid_in) for payment in result.payments] == ["2015-10"] * 4 + ["2015-11"]


def test_fund_pays_when_the_account_is_empty() -> None:
    result = _calculate("1955-06-18", [credit("2015-06-01", PERSONAL, "139")], "2015-06-18", "2040-01")
    assert result.payments[-1].split.fund_fen == result.payments[-1].account_pension_fen == fen("1.00")
    assert result.payments[-1].balance == by()
    assert any(reason.code == "fund-pays" for reason in result.reasons)


@pytest.mark.parametrize(("born", "until"), [("1955-06-18", "2015-06"), ("1970-01-01", "2016-01")])
def test_no_payments_has_a_reason(born: str, until: str) -> None:
    result = _calculate(born, A9, "2015-06-18", until)
    assert (result.payments, result.payment_years, result.reasons[-1].code) == ((), (), "no-payments")


def test_account_without_credits() -> None:
    result = _calculate("1970-01-01", [], "2012-05-31")
    assert [(year.year, year.balance) for year in result.years] == [(2012, by())]
    assert result.settlement.total_fen == 0


def test_a_settlement_in_december_leaves_nothing_of_its_year_to_close() -> None:
    done = _calculate("1955-12-10", [credit("2014-03-01", PERSONAL, "1000")], "2015-12-10", "2016-03")
    assert [closed.year for closed in done.payment_years] == [2016]
    assert not [one.message for one in done.reasons if "13至" in one.message]


def test_each_step_is_explained() -> None:
    result = _calculate("1955-06-18", A9_MAKE_UP, "2015-06-18", "2016-03")
    sentences = " ".join(reason.message for reason in result.reasons)
    for part in ("2010年至12月", "2.25%", "2015年至6月", "1737.07 ÷ 139 = 12.50", "2016年至3月"):
        assert part in sentences


OK = CalculationRequest(date(1955, 6, 18), (credit("2012-03-01", GOV, "30"),), date(2015, 6, 18), Month(2016, 1))


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"birth_date": date(1899, 12, 31)}, "/birth_date"),
        ({"settle_on": date(2101, 1, 1)}, "/settle_on"),
        ({"birth_date": date(2015, 6, 19)}, "/settle_on"),
        ({"credits": (credit("2015-06-19", GOV, "30"),)}, "/credits/0/paid_on"),
        ({"credits": (credit("2015-06-18", GOV, "30"), credit("2015-06-18", GOV, "0"))}, "/credits/1/amount"),
        ({"credits": (credit("2015-06-18", GOV, "-1"),)}, "/credits/0/amount"),
        ({"credits": (Credit(date(2015, 6, 18), GOV, 10**12 + 1),)}, "/credits/0/amount"),
        ({"credits": (credit("2015-06-18", GOV, "1"),) * 1201}, "/credits"),
        ({"payments_until": Month(2101, 1)}, "/payments_until"),
    ],
)
def test_limits(changes: dict, pointer: str) -> None:
    calculate_account(OK)
    with pytest.raises(CalculationRefused) as raised:
        calculate_account(replace(OK, **changes))
    assert (raised.value.pointer, raised.value.status) == (pointer, 422)


def test_limits_themselves_are_accepted() -> None:
    many = (Credit(date(2015, 6, 18), GOV, 10**12),) * 1200
    result = calculate_account(replace(OK, credits=many, payments_until=Month(2100, 12)))
    assert result.settlement.total_fen == 1200 * 10**12
    assert len(result.payments) == Month(2100, 12).months_since(Month(2015, 7)) + 1


def test_days_before_the_scheme_or_the_rates_are_refused() -> None:
    with pytest.raises(ParametersUnknown):
        calculate_account(replace(OK, credits=(), settle_on=date(2009, 1, 1)))
    with pytest.raises(InterestRateUnknown):
        calculate_account(replace(OK, credits=(credit("2007-06-01", GOV, "1"),)))


def test_credit_after_the_settlement_month_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="after the settlement"):
        close_years([credit("2012-06-01", GOV, "1")], settlement_month=Month(2012, 5), accrual_for=accrual)
