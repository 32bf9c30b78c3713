"""Cells that only lists have: days as offices and spreadsheets write them, money, words."""

from __future__ import annotations

from datetime import date

import pytest

from api.exchange.list_cells import read_day, read_words, read_year, read_yuan


@pytest.mark.parametrize(
    "text",
    [
        "2010-11-30", "2010/11/30", "2010.11.30", "2010年11月30日", "20101130", " 2010年 11月 30日 ",
        "2010-11-30T00:00:00", "2010-11-30 00:00:00", "2010/11/30 0:00:00", "2010/11/30  0:00", "２０１０－１１－３０",
    ],
)  # fmt: skip
def test_a_day_is_the_same_day_however_it_is_written(text):
    assert read_day(text).value == date(2010, 11, 30)


@pytest.mark.parametrize(
    "text", ["2010/11/300:00:00", "2010-11-3000:00:00", "2010/11/30 9:30", "40512", "2010-02-30", "11/30/2010", "昨天"]
)
def test_what_may_be_another_day_is_refused(text):
    assert read_day(text) == (None, "bad_value", ())


@pytest.mark.parametrize(("text", "fen"), [("100", 10_000), ("100.00", 10_000), ("100元", 10_000), ("100 元", 10_000)])
def test_money_is_yuan(text, fen):
    assert read_yuan(text).value == fen


@pytest.mark.parametrize("text", ["1 00", "100.001", "-100", "一百", "1e2"])
def test_what_may_be_another_amount_is_refused(text):
    assert read_yuan(text).refusal == "bad_value"


def test_words_and_years_are_known_or_refused_and_empty_stays_empty():
    reader = read_words({"现金": 1})
    assert (reader("现 金").value, reader("").value, reader("支票").refusal) == (1, None, "bad_value")
    assert (read_year("2010年度").value, read_year("10").refusal) == (2010, "bad_value")
