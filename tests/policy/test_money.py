"""Money: half-up, strings of yuan, exact splits, 见分进角."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.policy.money import (
    BySource,
    MoneyMalformed,
    Rounding,
    format_yuan,
    half_up,
    parse_yuan,
    round_fen,
    split_exactly,
)


@pytest.mark.parametrize(
    ("value", "rounded"),
    [("0.5", 1), ("1.5", 2), ("2.5", 3), ("2.4999", 2), ("-0.5", -1), ("-2.5", -3), ("-2.4", -2), ("7", 7), ("0", 0)],
)
def test_half_up(value: str, rounded: int) -> None:
    assert half_up(Fraction(value)) == rounded


@pytest.mark.parametrize(
    ("value", "rounded"), [("10", 10), ("10.4", 10), ("10.5", 20), ("11", 20), ("19", 20), ("0", 0)]
)
def test_ceil_jiao(value: str, rounded: int) -> None:
    assert round_fen(Fraction(value), mode=Rounding.CEIL_JIAO) == rounded


@pytest.mark.parametrize(
    ("text", "fen"), [("200.00", 20000), ("200", 20000), ("0.5", 50), ("0.05", 5), ("-1.10", -110), ("0", 0)]
)
def test_parse(text: str, fen: int) -> None:
    assert parse_yuan(text) == fen


@pytest.mark.parametrize(
    "text",
    ["1.005", "1.", ".5", "+1", "01.00", "1,000", "1e3", " 1", "1 ", "１", "NaN", "", "1\n", "12345678901234567"],
)
def test_malformed(text: str) -> None:
    with pytest.raises(MoneyMalformed) as raised:
        parse_yuan(text)
    assert raised.value.status == 422


@given(st.integers(-(10**15), 10**15))
@settings(max_examples=200, deadline=None)
def test_format_and_parse_are_inverse(fen: int) -> None:
    assert parse_yuan(format_yuan(fen)) == fen
    assert Decimal(format_yuan(fen)) * 100 == fen


@given(numerator=st.integers(-(10**12), 10**12), places=st.integers(0, 6))
@settings(max_examples=200, deadline=None)
def test_half_up_agrees_with_decimal(numerator: int, places: int) -> None:
    exact = Decimal(numerator).scaleb(-places)
    assert half_up(Fraction(numerator, 10**places)) == int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


@given(total=st.integers(-(10**9), 10**9), weights=st.lists(st.integers(0, 10**6), min_size=1, max_size=15).filter(any))
@settings(max_examples=200, deadline=None)
def test_split_loses_nothing(total: int, weights: list[int]) -> None:
    parts = split_exactly(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(total * weight, sum(weights))) <= 1
        assert part * total >= 0


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1], [3, -1]])
def test_split_needs_weights(weights: list[int]) -> None:
    with pytest.raises(ValueError, match=r"weights|empty"):
        split_exactly(100, weights)


def test_sources_add_and_subtract() -> None:
    one, other = BySource(5, 3, 2), BySource(1, 1, 1)
    assert one + other == BySource(6, 4, 3)
    assert one - other == BySource(4, 2, 1)
    assert one.total_fen == 10
