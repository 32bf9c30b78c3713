"""What a department's list costs or saves: each rule to the fen, and nothing that the law does not give."""

from __future__ import annotations

from datetime import date

from api.policy.list_effects import (
    CENTRAL_UNCERTAIN,
    GROUP_BY_LOCAL_RULE,
    LAND_UNKNOWN,
    PRISON_NOT_BACK,
    SHARES_UNKNOWN,
    Group,
    MoneyItem,
    Overpaid,
    Per,
    money_effect,
)
from api.policy.parameters import parameters_on
from api.vocabulary import DepartmentListKind

PARAMETERS = parameters_on(date(2011, 3, 15))
NOBODY = Overpaid()


def group(
    persons=1,
    direction=1,
    *,
    insured=True,
    tier=20_000,
    drawing=False,
    account=0,
    before=False,
    after=False,
    other=False,
):
    return Group(persons, direction, insured, tier, drawing, account, before, after, other)


def effect(kind, *groups, overpaid=NOBODY, parameters=PARAMETERS):
    return money_effect(kind, groups, overpaid, parameters)


def test_government_pays_the_minimum_tier_for_whoever_becomes_severely_disabled():
    found = effect(
        DepartmentListKind.DISABILITY,
        group(3, after=True),
        group(2, 0, before=False, after=True),
        group(1, -1, before=True),
        group(1, 0, before=True, after=False),
        group(4, after=False),
        group(5, 0, before=True, after=True),
    )
    assert found.items == (
        MoneyItem("government_pays", 5, Per.YEAR, 0, 5 * 10_000),
        MoneyItem("government_ceases", -2, Per.YEAR, 0, -2 * 10_000),
    )
    assert found.notes == (SHARES_UNKNOWN,)


def test_nobody_is_paid_for_twice_nor_without_being_insured_nor_once_they_draw():
    found = effect(
        DepartmentListKind.DISABILITY,
        group(after=True, insured=False),
        group(after=True, drawing=True),
        group(after=True, other=True),
    )
    assert found.items == ()


def test_dibao_moves_money_only_where_the_local_rule_says_so():
    assert effect(DepartmentListKind.DIBAO, group(7)).items == ()
    assert effect(DepartmentListKind.DIBAO, group(7)).notes == (GROUP_BY_LOCAL_RULE,)
    import dataclasses

    wider = dataclasses.replace(PARAMETERS, government_paid_groups=frozenset({"severely_disabled", "dibao"}))
    found = effect(DepartmentListKind.DIBAO, group(7), group(2, -1), parameters=wider)
    assert [(item.code, item.local_fen) for item in found.items] == [
        ("government_pays", 70_000),
        ("government_ceases", -20_000),
    ]


def test_who_leaves_for_the_employees_scheme_gets_no_subsidy_and_who_comes_back_does():
    found = effect(DepartmentListKind.EMPLOYEE_INSURANCE, group(10), group(3, -1), group(4, insured=False), group(2, 0))
    assert found.items == (MoneyItem("subsidy", -7, Per.YEAR, 0, -7 * 3_000),)
    later = parameters_on(date(2015, 3, 1))
    found = effect(DepartmentListKind.STUDENTS, group(1, tier=48_000), parameters=later)
    assert found.items == (MoneyItem("subsidy", -1, Per.YEAR, 0, -6_000),)


def test_a_death_stops_the_pension_by_level_and_the_subsidy_and_asks_back_what_was_paid_after_it():
    found = effect(
        DepartmentListKind.DEATHS,
        group(2, drawing=True, insured=False, account=2_400),
        group(1),
        overpaid=Overpaid(persons=1, months=2, total_fen=2 * 6_700, basic_fen=2 * 5_500),
    )
    assert found.items == (
        MoneyItem("pension", -2, Per.MONTH, -2 * 2_750, -2 * 2_750, -2_400),
        MoneyItem("subsidy", -1, Per.YEAR, 0, -3_000),
        MoneyItem("recover", 1, Per.ONCE, -2 * 2_750, -2 * 2_750, -2 * 1_200),
    )
    assert set(found.notes) == {SHARES_UNKNOWN, CENTRAL_UNCERTAIN}


def test_a_prisoner_who_draws_is_not_paid_and_one_who_pays_goes_on_paying():
    found = effect(DepartmentListKind.PRISONERS, group(1, drawing=True, insured=False, account=1_200), group(5))
    assert found.items == (MoneyItem("pension", -1, Per.MONTH, -2_750, -2_750, -1_200),)
    assert PRISON_NOT_BACK in found.notes


def test_land_has_no_figure_but_says_why():
    found = effect(DepartmentListKind.LAND_TAKEN, group(9))
    assert (found.items, found.notes) == ((), (LAND_UNKNOWN,))
