"""手存现金 and 人民币大写: the alarms by day, and amounts that no stroke can change."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from api.policy.capitals import capital_yuan
from api.policy.cash import Holding, alarm, explain, is_blocked
from api.policy.parameters import parameters_on
from api.vocabulary import CashAlarm
from tests.policy.worlds import fen

DAY = date(2011, 3, 1)
LAW = parameters_on(DAY)


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (0, CashAlarm.NONE),
        (1, CashAlarm.WARN),
        (2, CashAlarm.WARN),
        (3, CashAlarm.LATE),
        (4, CashAlarm.LATE),
        (5, CashAlarm.BLOCKED),
        (400, CashAlarm.BLOCKED),
    ],
)
def test_cash_alarms_by_its_age(age: int, expected: CashAlarm) -> None:
    assert alarm(Holding(10_000, DAY), today=DAY + timedelta(days=age), law=LAW) is expected


def test_no_cash_never_alarms() -> None:
    assert alarm(Holding(), today=DAY, law=LAW) is CashAlarm.NONE
    assert Holding().age_days(DAY) == 0


def test_the_ceiling_blocks_at_once() -> None:
    full = Holding(LAW.cash_ceiling_fen, DAY)
    assert alarm(full, today=DAY, law=LAW) is CashAlarm.BLOCKED
    assert alarm(Holding(full.held_fen - 1, DAY), today=DAY, law=LAW) is CashAlarm.NONE
    assert "上限200000.00元" in explain(full, today=DAY, law=LAW)


def test_a_receipt_from_before_the_block_is_taken() -> None:
    held, today = Holding(10_000, DAY), DAY + timedelta(days=9)
    assert not is_blocked(held, receipt_on=DAY + timedelta(days=4), today=today, law=LAW)
    assert is_blocked(held, receipt_on=DAY + timedelta(days=5), today=today, law=LAW)
    assert is_blocked(held, receipt_on=today, today=today, law=LAW)
    full = Holding(LAW.cash_ceiling_fen, today)
    assert not is_blocked(full, receipt_on=today - timedelta(days=1), today=today, law=LAW)


def test_whoever_is_blocked_is_told_amount_age_and_way_out() -> None:
    told = explain(Holding(12_345, DAY), today=DAY + timedelta(days=6), law=LAW)
    for part in ("123.45元", "2011-03-01", "满6天", "上限5天", "登记缴存", "财务人员"):
        assert part in told, part


@pytest.mark.parametrize(
    ("yuan", "capitals"),
    [
        ("0.00", "零元整"),
        ("0.05", "伍分"),
        ("0.10", "壹角整"),
        ("0.58", "伍角捌分"),
        ("1.00", "壹元整"),
        ("10.00", "壹拾元整"),
        ("100.00", "壹佰元整"),
        ("120.05", "壹佰贰拾元零伍分"),
        ("200.50", "贰佰元伍角整"),
        ("101.00", "壹佰零壹元整"),
        ("1001.00", "壹仟零壹元整"),
        ("1409.50", "壹仟肆佰零玖元伍角整"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("10000.00", "壹万元整"),
        ("10001.00", "壹万零壹元整"),
        ("10100.00", "壹万零壹佰元整"),
        ("100500.00", "壹拾万零伍佰元整"),
        ("107000.53", "壹拾万柒仟元伍角叁分"),
        ("1000000.00", "壹佰万元整"),
        ("100000001.00", "壹亿零壹元整"),
        ("1000010001.00", "壹拾亿零壹万零壹元整"),
        ("9999999999999999.99", "玖仟玖佰玖拾玖兆玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
    ],
)
def test_amounts_in_capitals(yuan: str, capitals: str) -> None:
    assert capital_yuan(fen(yuan)) == capitals


def test_different_amounts_never_read_the_same() -> None:
    amounts = [*range(200_000), *(10**power + extra for power in range(5, 18) for extra in (0, 1, 10, 100, 10_000))]
    assert len({capital_yuan(one) for one in set(amounts)}) == len(set(amounts))


@pytest.mark.parametrize("amount", [-1, 10**18])
def test_what_cannot_be_written(amount: int) -> None:
    with pytest.raises(ValueError, match="capitals"):
        capital_yuan(amount)
