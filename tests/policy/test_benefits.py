"""Examples A1, A6-A9, A20 (award) and A21: entitlement, launch cohort and award amounts."""

from __future__ import annotations

from datetime import date

import pytest

from api.policy.ages import Month, notice_month
from api.policy.benefits import (
    Child,
    account_pension_fen,
    compute_award,
    entitlement,
    launch_cohort,
    required_years,
)
from tests.policy.worlds import A1, A9, A9_MAKE_UP, by, fen, flat, law, years_of

ELDER = date(1948, 5, 3)
GROWN = date(1975, 1, 1)


@pytest.mark.parametrize(
    ("total", "pension"),
    [("2700.98", "19.43"), ("2583.19", "18.58"), ("1737.07", "12.50"), ("835.00", "6.01"), ("2250.00", "16.19")],
)
def test_account_pension_is_a_139th(total: str, pension: str) -> None:
    assert account_pension_fen(fen(total), law()) == fen(pension)


@pytest.mark.parametrize(
    ("tier", "total", "pension"),
    [
        ("120", "2250", "16.19"),
        ("240", "4050", "29.14"),
        ("360", "5850", "42.09"),
        ("480", "8100", "58.27"),
        ("600", "9900", "71.22"),
        ("960", "15300", "110.07"),
        ("1200", "18900", "135.97"),
        ("1800", "27900", "200.72"),
        ("2400", "36900", "265.47"),
        ("3600", "54900", "394.96"),
    ],
)
def test_a21_published_table(tier: str, total: str, pension: str) -> None:
    parameters = law("2014-07-01")
    assert fen(tier) in parameters.tiers_fen
    assert 15 * (fen(tier) + parameters.subsidy_fen(fen(tier))) == fen(total)
    assert account_pension_fen(fen(total), parameters) == fen(pension)


def test_a1_award() -> None:
    award = compute_award(
        balance=years_of(A1, "2025-10", flat("2.25"))[2025].balance,
        paid_years=15,
        start_month=Month(2025, 11),
        parameters=law("2025-11-01"),
    )
    assert award.account_pension_fen == fen("19.43")
    assert award.monthly_total_fen == award.basic_pension_fen + fen("19.43")
    assert award.additions_fen == 0
    assert any("2700.98 ÷ 139 = 19.43" in reason.message for reason in award.reasons)


def test_award_adds_for_years_beyond_fifteen_from_2020() -> None:
    later = compute_award(balance=by("1390"), paid_years=17, start_month=Month(2027, 1), parameters=law("2027-01-01"))
    earlier = compute_award(balance=by("1390"), paid_years=17, start_month=Month(2019, 1), parameters=law("2019-01-01"))
    assert (later.additions_fen, earlier.additions_fen) == (fen("6"), 0)
    assert later.monthly_total_fen == fen("190") + fen("6") + fen("10")


@pytest.mark.parametrize(
    ("born", "required"),
    [
        ("1948-05-03", 0),
        ("1950-03-01", 0),
        ("1950-11-20", 0),
        ("1951-01-01", 1),
        ("1955-06-18", 5),
        ("1965-10-15", 15),
        ("1990-01-01", 15),
    ],
)
def test_required_years(born: str, required: int) -> None:
    assert required_years(date.fromisoformat(born), law()) == required


def test_turning_year_may_be_required_by_parameter() -> None:
    assert required_years(date(1950, 11, 20), law(turning_year_required=True)) == 1


@pytest.mark.parametrize("day", [1, 15, 31])
def test_a7_turning_60_in_july_2013(day: int) -> None:
    born = date(1953, 7, day)
    judged = entitlement(birth_date=born, paid_years=3, parameters=law("2013-07-01"))
    assert (judged.entitled, judged.start_month, notice_month(born)) == (True, Month(2013, 8), Month(2013, 6))


def test_a8_leap_day_starts_in_march() -> None:
    assert entitlement(birth_date=date(1952, 2, 29), paid_years=2, parameters=law()).start_month == Month(2012, 3)


@pytest.mark.parametrize(("paid", "entitled", "shortfall"), [(6, True, 0), (5, True, 0), (4, False, 1), (0, False, 5)])
def test_a9_entitlement_by_years(paid: int, entitled: bool, shortfall: int) -> None:
    judged = entitlement(birth_date=date(1955, 6, 18), paid_years=paid, parameters=law("2015-06-18"))
    assert (judged.entitled, judged.shortfall_years, judged.start_month) == (entitled, shortfall, Month(2015, 7))


@pytest.mark.parametrize(("paid_in", "pension"), [(A9_MAKE_UP, "12.50"), (A9, "6.01")])
def test_a9_award_from_july_2015(paid_in: list, pension: str) -> None:
    balance = years_of(paid_in, "2015-06")[2015].balance
    award = compute_award(balance=balance, paid_years=15, start_month=Month(2015, 7), parameters=law("2015-07-01"))
    assert award.account_pension_fen == fen(pension)


def test_a6_all_children_paying_starts_with_the_launch() -> None:
    children = [
        Child(GROWN, enrolled_and_paid_on=date(2010, 10, 12)),
        Child(GROWN, enrolled_and_paid_on=date(2010, 10, 31)),
    ]
    decided = launch_cohort(birth_date=ELDER, children=children, on=date(2010, 10, 31), parameters=law("2010-10-31"))
    assert decided.start_month == Month(2010, 10)
    owed = Month(2010, 12).months_since(decided.start_month) + 1
    assert owed * law("2010-10-31").basic_pension_fen == fen("165.00")


def test_a6_child_paid_in_december_starts_in_january() -> None:
    children = [
        Child(GROWN, enrolled_and_paid_on=date(2010, 12, 8)),
        Child(GROWN, enrolled_and_paid_on=date(2010, 10, 5)),
    ]
    decided = launch_cohort(birth_date=ELDER, children=children, on=date(2010, 12, 8), parameters=law("2010-12-08"))
    assert decided.start_month == Month(2011, 1)


def test_a6_unpaid_child_blocks() -> None:
    children = [Child(GROWN), Child(GROWN, enrolled_and_paid_on=date(2010, 10, 5))]
    decided = launch_cohort(birth_date=ELDER, children=children, on=date(2010, 12, 8), parameters=law("2010-12-08"))
    assert (decided.start_month, decided.children_required, decided.children_paid) == (None, 2, 1)
    assert decided.reasons[-1].code == "children-unpaid"


@pytest.mark.parametrize(
    "child",
    [
        Child(date(1993, 1, 1), student=True),
        Child(GROWN, employee_insured=True),
        Child(GROWN, other_pension=True),
        Child(GROWN, local_rural_hukou=False),
        Child(GROWN, alive=False),
        Child(date(1995, 1, 1)),
        Child(date(1950, 1, 1)),
    ],
    ids=["student", "employee", "other pension", "other hukou", "dead", "under 16", "over 60"],
)
def test_a6_child_that_is_not_eligible_does_not_block(child: Child) -> None:
    decided = launch_cohort(birth_date=ELDER, children=[child], on=date(2010, 10, 15), parameters=law("2010-10-15"))
    assert (decided.start_month, decided.children_required) == (Month(2010, 10), 0)


def test_launch_cohort_rules_are_parameters() -> None:
    parameters = law("2010-10-15", launch_cohort_children_rule=False, launch_cohort_from_launch_month=False)
    decided = launch_cohort(birth_date=ELDER, children=[Child(GROWN)], on=date(2010, 10, 15), parameters=parameters)
    assert decided.start_month == Month(2010, 11)


def test_launch_cohort_is_only_for_those_who_were_60() -> None:
    with pytest.raises(ValueError, match="60 at launch"):
        launch_cohort(birth_date=date(1950, 10, 2), children=[], on=date(2010, 10, 15), parameters=law())
