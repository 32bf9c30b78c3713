"""The law in layers: what holds in a place on a day, against a model that looks at every change, one by one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.policy.parameter_checks import (
    BelowUpperLayer,
    ParameterPeriodUnfit,
    ParameterValueUnfit,
    check_change,
    days_to_look_at,
)
from api.policy.parameter_layers import (
    NATIONAL,
    LayeredBook,
    LayeredChange,
    LayerTooDeep,
    chain_of,
    check_level,
    layer_of,
    lowest_levels,
)
from api.policy.parameters import ParametersUnknown, all_parameters, basic_pension_paid_fen, parameters_on, statute_book
from api.vocabulary import ParameterLayer
from tests.policy.worlds import fen

PROVINCE, CITY, COUNTY = 440000000000, 440700000000, 440783000000
TOWN, VILLAGE, OTHER_VILLAGE = 440783001000, 440783001210, 440783001211
PLACES = [NATIONAL, PROVINCE, CITY, COUNTY, TOWN, VILLAGE, OTHER_VILLAGE, 440784001210]
FIRST = date(2010, 1, 1)


def change(
    serial: int,
    place: int,
    code: str,
    value: object,
    start: date,
    end: date | None = None,
    paid_from: date | None = None,
) -> LayeredChange:
    like = next(entry for entry in all_parameters() if entry.code == code)
    entry = replace(
        like, value=value, valid_from=start, valid_to=end, paid_from=paid_from, document="某文", article="一"
    )
    return LayeredChange(serial, serial, place, entry)


def test_a_place_stands_under_its_own_chain() -> None:
    assert chain_of(VILLAGE) == (VILLAGE, TOWN, COUNTY, CITY, PROVINCE, NATIONAL)
    assert chain_of(COUNTY) == (COUNTY, CITY, PROVINCE, NATIONAL)
    assert chain_of(NATIONAL) == (NATIONAL,)
    assert [layer_of(code) for code in reversed(chain_of(VILLAGE))] == list(ParameterLayer)


days = st.dates(FIRST, FIRST + timedelta(days=60))
made = st.lists(
    st.tuples(st.sampled_from(PLACES), st.integers(1, 31), days, st.none() | st.integers(0, 40)), max_size=12
)


@given(made, st.sampled_from(PLACES), days)
def test_the_deepest_layer_prevails_and_in_it_the_newest_that_covers_the_day(rows, place, day) -> None:
    changes = [
        change(serial, layer, "pay_day", value, start, None if length is None else start + timedelta(days=length))
        for serial, (layer, value, start, length) in enumerate(rows, 1)
    ]
    # The naive model: everybody's say, the deepest and newest last.
    depth = {layer: number for number, layer in enumerate(reversed(chain_of(place)))}
    having_a_say = sorted(
        (depth[one.layer_code], one.serial, one.entry.value)
        for one in changes
        if one.layer_code in depth
        and one.entry.valid_from <= day
        and (one.entry.valid_to is None or day <= one.entry.valid_to)
    )
    should = having_a_say[-1][2] if having_a_say else parameters_on(day).pay_day
    book = LayeredBook(reversed(changes))
    assert book.on(place, day).pay_day == should
    standing = book.standing("pay_day", place, day)
    assert standing.entry.value == should
    assert (standing.change is None) == (not having_a_say)
    # Nothing else moves.
    assert replace(book.on(place, day), pay_day=1) == replace(parameters_on(day), pay_day=1)


@given(made, st.sampled_from(PLACES), days, st.integers(0, 12))
def test_an_earlier_state_of_the_law_is_what_it_was(rows, place, day, serial) -> None:
    changes = [
        change(number, layer, "pay_day", value, start) for number, (layer, value, start, _) in enumerate(rows, 1)
    ]
    assert LayeredBook(changes).at(serial).on(place, day) == LayeredBook(changes[:serial]).on(place, day)
    assert LayeredBook(changes).serial == len(changes)


def test_what_a_change_says_no_more_holds_again() -> None:
    book = LayeredBook(
        [
            change(1, COUNTY, "pay_day", 12, date(2011, 1, 1)),
            change(2, COUNTY, "pay_day", 8, date(2011, 3, 1), date(2011, 3, 31)),
        ]
    )
    told = [book.on(VILLAGE, date(2011, month, 5)).pay_day for month in (2, 3, 4)]
    assert told == [12, 8, 12]


def test_before_the_scheme_there_is_no_law_whatever_was_changed() -> None:
    with pytest.raises(ParametersUnknown):
        LayeredBook([change(1, NATIONAL, "pay_day", 12, date(2009, 1, 1))]).on(VILLAGE, date(2009, 10, 31))


def test_a_raise_is_paid_from_its_month_on_and_counts_from_its_first_day() -> None:
    book = LayeredBook([change(1, COUNTY, "basic_pension", "60.00", date(2012, 1, 1), None, date(2012, 6, 1))])
    assert book.on(COUNTY, date(2012, 1, 1)).basic_pension_fen == fen("60")
    paid = [
        book.basic_pension_paid_fen(COUNTY, date(2012, 2, 1), in_month=date(2012, month, 1)) for month in (2, 5, 6, 7)
    ]
    assert paid == [fen("55"), fen("55"), fen("60"), fen("60")]
    assert book.basic_pension_paid_fen(440784000000, date(2012, 2, 1), in_month=date(2012, 7, 1)) == fen("55")
    assert book.basic_pension_paid_fen(COUNTY, date(2011, 12, 1), in_month=date(2012, 7, 1)) == fen("55")


@given(st.dates(date(2009, 11, 1), date(2026, 1, 1)), st.dates(date(2009, 11, 1), date(2026, 1, 1)))
def test_without_changes_the_statutes_hold(month, in_month) -> None:
    assert LayeredBook().basic_pension_paid_fen(COUNTY, month, in_month=in_month) == basic_pension_paid_fen(
        month, in_month=in_month
    )
    assert LayeredBook().on(VILLAGE, month) is parameters_on(month)


def test_every_code_has_a_lowest_level_with_a_reason() -> None:
    assert set(lowest_levels()) == {entry.code for entry in all_parameters()}
    assert all(level.reason for level in lowest_levels().values())


@pytest.mark.parametrize(
    ("code", "place", "allowed"),
    [
        ("pboc_one_year_rates", NATIONAL, True),
        ("pboc_one_year_rates", PROVINCE, False),
        ("published_rates", PROVINCE, True),
        ("published_rates", COUNTY, False),
        ("basic_pension", COUNTY, True),
        ("divisor_months", TOWN, False),
        ("tiers", TOWN, False),
        ("participation_target", TOWN, True),
        ("participation_target", VILLAGE, False),
        ("subsidy_bands", VILLAGE, True),
    ],
)
def test_a_layer_sets_what_is_its_to_set(code, place, allowed) -> None:
    if allowed:
        check_level(code, place)
    else:
        with pytest.raises(LayerTooDeep, match="最低只能由"):
            check_level(code, place)


def bands(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"from_tier": tier, "subsidy": subsidy} for tier, subsidy in pairs]


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("subsidy_bands", []),
        ("subsidy_bands", bands(("200.00", "40.00"))),
        ("subsidy_bands", bands(("0.00", "30.00"), ("300.00", "-5.00"))),
        ("subsidy_bands", bands(("0.00", "50.00"), ("300.00", "40.00"))),
        ("subsidy_bands", bands(("0.00", "99999.00"))),
        ("subsidy_bands", [{"from_tier": "0.00", "subsidy": "30.00", "more": "1"}]),
        ("subsidy_bands", {"from_tier": "0.00", "subsidy": "30.00"}),
        ("subsidy_bands", None),
        ("tiers", []),
        ("tiers", "100.00"),
        ("tiers", ["100.00", "100.00"]),
        ("tiers", ["100.00", "900000.00"]),
        ("basic_pension", "0.00"),
        ("basic_pension", "55000.00"),
        ("basic_pension", 60),
        ("divisor_months", 0),
        ("divisor_months", True),
        ("pay_day", 32),
        ("participation_target", "101"),
        ("participation_target", "1e1"),
        ("participation_target", "Infinity"),
        ("rate_mode", "weekly"),
        ("rate_mode", ["jan1"]),
        ("government_paid_groups", ["dibao", "friends"]),
        ("government_paid_groups", ["dibao", "dibao"]),
        ("government_paid_groups", "dibao"),
        ("pboc_one_year_rates", []),
        ("pboc_one_year_rates", [{"effective_on": "2010-01-01", "rate": "25.00"}]),
        ("launch_on", "20101001"),
        ("launch_on", "1010-10-01"),
        ("window_closes", "01-01"),
        ("certification_last_month", 8),
        ("basic_pension_central_share", "56.00"),
        ("enrolment_age", 60),
        ("make_up_subsidised", "true"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused(code, value) -> None:
    with pytest.raises(ParameterValueUnfit) as refused:
        check_change(LayeredBook(), change(1, NATIONAL, code, value, date(2011, 1, 1)))
    assert refused.value.detail
    assert refused.value.pointer == "/value"


@pytest.mark.parametrize(
    ("code", "value", "period"),
    [
        ("pay_day", 12, (date(2009, 10, 1), None, None)),
        ("pay_day", 12, (date(2011, 5, 1), date(2011, 4, 30), None)),
        ("pay_day", 12, (date(2011, 5, 1), None, date(2011, 7, 1))),
        ("basic_pension", "60.00", (date(2011, 5, 1), date(2011, 12, 31), date(2011, 7, 2))),
        ("basic_pension", "60.00", (date(2011, 5, 1), date(2011, 12, 31), date(2011, 5, 1))),
        ("pay_day", 12, (date(2101, 1, 1), None, None)),
    ],
)
def test_a_period_that_cannot_be_meant_is_refused(code, value, period) -> None:
    with pytest.raises(ParameterPeriodUnfit):
        check_change(LayeredBook(), change(1, COUNTY, code, value, *period))


def test_a_place_gives_no_less_than_the_one_above_on_any_day() -> None:
    check_change(LayeredBook(), change(1, COUNTY, "basic_pension", "60.00", date(2012, 1, 1), date(2013, 6, 30)))
    with pytest.raises(BelowUpperLayer, match="2013-07-01"):
        check_change(LayeredBook(), change(1, COUNTY, "basic_pension", "60.00", date(2012, 1, 1)))
    county = change(1, COUNTY, "subsidy_bands", bands(("0.00", "40.00")), date(2011, 1, 1), date(2013, 12, 31))
    check_change(LayeredBook(), county)
    book = LayeredBook([county])
    last = date(2013, 12, 31)
    check_change(book, change(2, VILLAGE, "subsidy_bands", bands(("0.00", "55.00")), date(2011, 1, 1), last))
    with pytest.raises(BelowUpperLayer, match=r"40\.00"):
        check_change(book, change(2, VILLAGE, "subsidy_bands", bands(("0.00", "35.00")), date(2011, 1, 1), last))


def test_days_to_look_at_are_those_on_which_something_else_changes() -> None:
    found = days_to_look_at(LayeredBook(), change(1, COUNTY, "pay_day", 12, date(2012, 6, 1), date(2013, 8, 1)))
    assert found == [date(2012, 6, 1), date(2013, 1, 1), date(2013, 7, 1)]
    assert statute_book().entry_on("basic_pension", date(2013, 7, 1)).valid_from == date(2013, 7, 1)
