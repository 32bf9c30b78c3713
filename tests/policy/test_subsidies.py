"""Who bears what of a subsidy: parts that sum to the amount, and the centre's fixed part of the basic pension."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.policy.parameter_values import GovernmentShares, parse_value
from api.policy.parameters import SubsidyMode, parameters_on
from api.policy.subsidies import ByLevel, explain, late_interest_by_level, split, split_basic_pension
from api.vocabulary import GovernmentLevel

LAW = parameters_on(date(2010, 10, 20))
THIRDS = LAW.subsidy_shares


def test_thirty_yuan_divide_by_thirds():
    assert split(3_000, THIRDS) == ByLevel(province_fen=1_000, city_fen=1_000, county_fen=1_000)


def test_a_fen_that_is_left_over_goes_to_the_county_first():
    assert split(1, THIRDS) == ByLevel(county_fen=1)
    assert split(2, THIRDS) == ByLevel(city_fen=1, county_fen=1)
    assert split(-1, THIRDS) == ByLevel(county_fen=-1)


@pytest.mark.parametrize(
    ("basic_fen", "is_raise", "expected"),
    [
        (5_500, False, ByLevel(2_750, 916, 917, 917, 0)),
        (1_000, True, ByLevel(0, 333, 333, 334, 0)),
        (2_000, False, ByLevel(central_fen=2_000)),
    ],
)
def test_the_centre_pays_its_fixed_part_of_a_months_basic_pension(basic_fen, is_raise, expected):
    assert split_basic_pension(basic_fen, LAW, is_raise=is_raise) == expected


shares = st.tuples(*[st.integers(0, 250_000)] * 4).map(lambda ppm: GovernmentShares(*ppm))


@given(st.integers(-(10**12), 10**12), shares)
def test_parts_sum_to_the_amount_and_none_is_a_fen_off(amount_fen, given_shares):
    parts = split(amount_fen, given_shares)
    assert parts.total_fen == amount_fen
    for level in GovernmentLevel:
        exact = amount_fen * getattr(given_shares, f"{level.value}_ppm")
        assert abs(parts.of(level) * 1_000_000 - exact) < 1_000_000
        assert parts.of(level) * amount_fen >= 0
    assert split(-amount_fen, given_shares) == parts.times(-1)


def test_sums_and_words():
    total = split(3_000, THIRDS) + late_interest_by_level(11)
    assert total == ByLevel(province_fen=1_000, city_fen=1_000, county_fen=1_011)
    [reason] = explain(total, what="缴费补贴", clause="国发〔2009〕32号 四")
    assert reason.message == "缴费补贴共30.11元，其中省10.00元、市10.00元、县10.11元。"
    assert [level.party_id for level in GovernmentLevel] == [1, 2, 3, 4, 5]


def test_the_parameters_are_there_and_shares_that_are_none_are_refused():
    assert LAW.subsidy_posting is SubsidyMode.WITH_CONTRIBUTION
    assert (LAW.subsidy_due_days, THIRDS.county_ppm) == (30, 333_334)
    assert replace(LAW, subsidy_posting=SubsidyMode.ON_CLAIM).subsidy_posting == "on_claim"
    whole = {"central": "0", "province": "50", "city": "50", "town": "0"}
    assert parse_value("shares", whole).county_ppm == 0
    for wrong in ({**whole, "town": "0.0001"}, {**whole, "county": "0"}, {"central": "0"}):
        with pytest.raises((ValueError, KeyError)):
            parse_value("shares", wrong)
