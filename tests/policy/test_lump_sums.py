"""趸缴: who may, which years, how many, and what government adds (policy.md §2.1, §4.9)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.policy.lump_sums import (
    LumpSumCapReached,
    LumpSumClosed,
    LumpSumYearsUnfit,
    assess_lump_sum,
    lump_sum_allowance,
)
from api.policy.parameters import parameters_on

ON = date(2011, 3, 20)
LAW = parameters_on(ON)


def allowed(born, *, taken=(), paid=None, on=ON, law=LAW):
    return lump_sum_allowance(
        birth_date=born, taken_years=taken, paid_years=taken if paid is None else paid, on=on, parameters=law
    )


def assess(born, years, *, taken=(), law=LAW, **facts):
    return assess_lump_sum(
        birth_date=born, years=years, taken_years=taken, paid_years=taken, tier_fen=10_000, paid_on=ON, parameters=law,
        **facts,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("born", "code", "first", "last"),
    [
        (date(1955, 6, 18), "lump-sum-allowance", 2010, 2015),
        # 45 on the day of launch, and a day too young.
        (LAW.launch_on.replace(year=LAW.launch_on.year - 45), "lump-sum-allowance", 2010, 2024),
        (date(LAW.launch_on.year - 45, LAW.launch_on.month, LAW.launch_on.day + 1), "lump-sum-too-young", None, None),
        (date(1950, 9, 1), "launch-cohort", None, None),
        # §4.9: born 29 February 1964 is 45 on 28 February 2009, and was so at launch.
        (date(1964, 2, 29), "lump-sum-allowance", 2010, 2024),
    ],
)
def test_who_and_which_years(born, code, first, last):
    found = allowed(born)
    assert found.reasons[0].code == code
    assert found.years[:1] == ((first,) if first else ())
    assert found.years[-1:] == ((last,) if last else ())
    assert len(found.years) <= 15


def test_the_cap_counts_what_is_paid():
    made_up = set(range(1996, 2010))
    found = allowed(date(1955, 6, 18), taken=made_up)
    assert found.years == (2010,)
    with pytest.raises(LumpSumCapReached):
        assess(date(1955, 6, 18), [2010, 2011], taken=made_up)
    assert allowed(date(1955, 6, 18), taken=made_up | {2010}).reasons[0].code == "lump-sum-nothing-open"


def test_a_year_begun_in_instalments_is_passed_over():
    found = allowed(date(1955, 6, 18), taken={2010, 2011}, paid={2010})
    assert found.years == (2012, 2013, 2014, 2015)


def test_the_current_year_is_left_out_after_its_cut_off():
    law = replace(LAW, window_closes=(3, 1))
    assert 2011 not in allowed(date(1955, 6, 18), law=law).years


def test_the_subsidy_is_of_the_year_of_payment_unless_the_parameter_says_otherwise():
    parts = assess(date(1955, 6, 18), [2010, 2011, 2012]).years
    assert [part.subsidy_fen for part in parts] == [0, 3_000, 0]
    generous = replace(LAW, lump_sum_subsidised=True, make_up_subsidised=True)
    assert [part.subsidy_fen for part in assess(date(1955, 6, 18), [2010, 2011, 2012], law=generous).years] == [
        3_000, 3_000, 3_000,
    ]  # fmt: skip


def test_refusals():
    born = date(1955, 6, 18)
    for years in ([], [2010, 2010], [2011], [2010, 2012], [2016]):
        with pytest.raises(LumpSumYearsUnfit):
            assess(born, years)
    with pytest.raises(LumpSumClosed):
        assess(born, [2010], benefit_started=True)
    with pytest.raises(LumpSumClosed):
        assess(date(1980, 1, 1), [2010])


@given(
    born=st.dates(date(1945, 1, 1), date(1975, 12, 31)),
    taken=st.sets(st.integers(1996, 2025), max_size=15),
    on=st.dates(date(2010, 10, 1), date(2013, 12, 31)),
)
def test_every_allowed_number_of_years_is_accepted_and_never_more_than_fifteen(born, taken, on):
    law = parameters_on(on)
    found = lump_sum_allowance(birth_date=born, taken_years=taken, paid_years=taken, on=on, parameters=law)
    assert not set(found.years) & taken
    assert len(taken) + len(found.years) <= max(15, len(taken))
    for count in range(1, len(found.years) + 1):
        done = assess_lump_sum(
            birth_date=born, years=found.years[:count], taken_years=taken, paid_years=taken,
            tier_fen=law.tiers_fen[0], paid_on=on, parameters=law,
        )  # fmt: skip
        assert [part.year for part in done.years] == list(found.years[:count])
        assert found.years[count - 1] <= born.year + 60
