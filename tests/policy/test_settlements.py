"""Examples A11, A13 and A18: refunds on death under both rules, and transfers."""

from __future__ import annotations

import pytest

from api.policy.money import BySource
from api.policy.settlements import refund_on_death, transfer_out
from tests.policy.worlds import A4, A13, by, fen, law, years_of


@pytest.mark.parametrize(
    ("balance", "died_on", "heirs", "pool"),
    [
        (by("1470.79", "183.51"), "2016-03-14", "1654.30", "0"),
        (by("1470.79", "183.51"), "2013-03-14", "1470.79", "183.51"),
        (by("719.34", "93.37", "52.02"), "2012-09-20", "771.36", "93.37"),
    ],
    ids=["A11 2016", "A11 under the rule of 2009", "A13"],
)
def test_refund_on_death(balance: BySource, died_on: str, heirs: str, pool: str) -> None:
    refund = refund_on_death(balance, law(died_on))
    assert (refund.refunded.total_fen, refund.retained.total_fen) == (fen(heirs), fen(pool))
    assert refund.refunded + refund.retained == balance


def test_a13_whole_way() -> None:
    refund = refund_on_death(years_of(A13, "2012-09")[2012].balance, law("2012-09-20"))
    assert refund.refunded == by("719.34", "0", "52.02")
    assert refund.retained == by("0", "93.37")
    assert "93.37" in refund.reasons[0].message


def test_a18_transfer_moves_everything() -> None:
    moved = transfer_out(years_of(A4, "2012-05")[2012].balance, [2012, 2010, 2011])
    assert (moved.amounts, moved.total_fen, moved.years) == (by("711.11", "92.31"), fen("803.42"), (2010, 2011, 2012))
