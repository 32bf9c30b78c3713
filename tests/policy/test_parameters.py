"""The parameter files: complete, without overlaps, as of the right day; and changes on top of them."""

from __future__ import annotations

import csv
import itertools
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from api.policy.ages import Month
from api.policy.interest import RateMode
from api.policy.parameters import (
    DatedParameter,
    Evidence,
    HukouTest,
    ParameterBook,
    ParametersBroken,
    ParametersUnknown,
    all_parameters,
    basic_pension_paid_fen,
    parameters_on,
)
from tests.policy.worlds import fen


@pytest.mark.parametrize(
    ("day", "basic"),
    [
        ("2010-10-01", "55"),
        ("2013-07-01", "65"),
        ("2014-07-01", "80"),
        ("2015-07-01", "100"),
        ("2016-04-01", "110"),
        ("2017-01-01", "120"),
        ("2018-01-01", "148"),
        ("2019-01-01", "170"),
        ("2020-01-01", "180"),
        ("2022-07-01", "190"),
        ("2025-11-01", "190"),
    ],
)
def test_basic_pension_by_day(day: str, basic: str) -> None:
    assert parameters_on(date.fromisoformat(day)).basic_pension_fen == fen(basic)


@pytest.mark.parametrize(
    ("day", "tiers"),
    [
        ("2010-10-01", [100, 200, 300, 400, 500]),
        ("2013-12-31", [100, 200, 300, 400, 500]),
        ("2014-01-01", [120, 240, 360, 480, 600, 960, 1200, 1800, 2400, 3600]),
        ("2020-01-01", [180, 240, 360, 600, 900, 1200, 1800, 3600, 4800]),
    ],
)
def test_tiers_by_day(day: str, tiers: list[int]) -> None:
    assert list(parameters_on(date.fromisoformat(day)).tiers_fen) == [tier * 100 for tier in tiers]


@pytest.mark.parametrize(
    ("month", "in_month", "basic"),
    [
        ("2018-09", "2018-09", "120.00"),
        ("2018-09", "2018-10", "148.00"),
        ("2018-01", "2018-10", "148.00"),
        ("2017-06", "2017-06", "110.00"),
        ("2017-06", "2017-07", "120.00"),
        ("2019-04", "2019-04", "148.00"),
        ("2019-01", "2019-05", "170.00"),
        ("2010-10", "2010-10", "55.00"),
    ],
)
def test_a_raise_is_paid_when_it_is_announced(month: str, in_month: str, basic: str) -> None:
    paid = basic_pension_paid_fen(Month.parse(month).first_day, in_month=Month.parse(in_month).first_day)
    assert paid == fen(basic)


def test_what_changed_when() -> None:
    before, after = parameters_on(date(2014, 6, 30)), parameters_on(date(2014, 7, 1))
    assert (before.gov_subsidy_inheritable, after.gov_subsidy_inheritable) == (False, True)
    assert parameters_on(date(2012, 12, 31)).hukou_test is HukouTest.RURAL_ONLY
    assert parameters_on(date(2013, 1, 1)).hukou_test is HukouTest.ANY_NON_EMPLOYED
    assert parameters_on(date(2019, 12, 31)).long_contribution_bonus_fen == 0
    assert parameters_on(date(2020, 1, 1)).long_contribution_bonus_fen == fen("3")


def test_launch_and_target() -> None:
    parameters = parameters_on(date(2010, 10, 1))
    assert (parameters.launch_on, parameters.divisor_months) == (date(2010, 10, 1), 139)
    assert (parameters.participation_target_ppm, parameters.participation_deadline) == (750_000, date(2010, 12, 31))
    assert parameters.minimum_tier_fen == fen("100")


def test_no_parameters_before_the_scheme() -> None:
    assert parameters_on(date(2009, 11, 1)).basic_pension_fen == fen("55")
    with pytest.raises(ParametersUnknown, match="basic_pension"):
        parameters_on(date(2009, 10, 31))


def test_whole_rate_table_of_the_central_bank() -> None:
    path = Path(__file__).parent / "pboc_one_year_rates.csv"
    with path.open(encoding="utf-8", newline="") as file:
        published = [(date.fromisoformat(row["effective_date"]), row["rate_percent"]) for row in csv.DictReader(file)]
    held = parameters_on(date(2012, 1, 1)).pboc_one_year_rates.steps
    assert [
        (step.effective_on, f"{step.rate_ppm // 10_000}.{step.rate_ppm % 10_000 // 100:02d}") for step in held
    ] == published


def test_every_entry_says_where_it_comes_from() -> None:
    entries = all_parameters()
    assert len(entries) >= 60
    for entry in entries:
        assert entry.label
        assert entry.document or entry.evidence in {Evidence.DESIGN, Evidence.UNCERTAIN}
        assert entry.note or entry.evidence is Evidence.SUPPORTED


def test_every_code_is_unbroken_to_this_day() -> None:
    by_code: dict[str, list[DatedParameter]] = {}
    for entry in all_parameters():
        by_code.setdefault(entry.code, []).append(entry)
    for entries in by_code.values():
        assert entries[-1].valid_to is None
        for earlier, later in itertools.pairwise(entries):
            assert later.valid_from == earlier.valid_to + timedelta(days=1)


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("tiers", ["200.00", "100.00"]),
        ("tiers", []),
        ("subsidy_bands", [{"from_tier": "480.00", "subsidy": "60.00"}, {"from_tier": "0.00", "subsidy": "30.00"}]),
        ("divisor_months", True),
        ("divisor_months", "139"),
        ("make_up_subsidised", 1),
        ("rate_mode", "weekly"),
        ("window_closes", "02-30"),
        ("participation_target", 75),
        ("participation_target", "75.00001"),
        ("pboc_one_year_rates", [{"effective_on": "2012-01-01", "rate": "-1"}]),
    ],
)
def test_values_that_do_not_read_are_refused(code: str, value: object) -> None:
    entries = [replace(entry, value=value) if entry.code == code else entry for entry in all_parameters()]
    with pytest.raises(ParametersBroken, match=code):
        ParameterBook(tuple(entries))


def test_default_mode_is_the_rate_of_the_first_of_january() -> None:
    assert parameters_on(date(2012, 1, 1)).rate_mode is RateMode.JAN1
