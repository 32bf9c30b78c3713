"""Examples A12, A15 and A16: suspension, prison, overpayment."""

from __future__ import annotations

from datetime import date

import pytest

from api.policy.ages import Month, months_between
from api.policy.interruptions import PaidMonth, SetOff, overpayment, resume_after_prison, resume_suspended, set_off
from tests.policy.worlds import fen, law

BENEFIT = fen("67.00")


@pytest.mark.parametrize(
    ("passed_on", "first", "paid"),
    [
        (date(2012, 11, 9), Month(2012, 11), "335.00"),
        (date(2012, 11, 10), Month(2012, 11), "335.00"),
        (date(2012, 11, 15), Month(2012, 12), "402.00"),
        (date(2012, 7, 1), Month(2012, 7), "67.00"),
        (date(2012, 6, 20), Month(2012, 7), "67.00"),
    ],
)
def test_a15_suspended_and_resumed(passed_on: date, first: Month, paid: str) -> None:
    cut_off = law("2012-11-09").payroll_cut_off_day
    resumed = resume_suspended(suspended_from=Month(2012, 7), passed_on=passed_on, cut_off_day=cut_off)
    assert resumed.first_run_month == first
    assert BENEFIT * (1 + len(resumed.back_paid_months)) == fen(paid)
    assert resumed.lost_months == ()


def test_a16_prison_is_not_paid_back() -> None:
    resumed = resume_after_prison(imprisoned_on=date(2011, 5, 20), released_on=date(2012, 2, 10))
    assert (resumed.first_run_month, resumed.back_paid_months) == (Month(2012, 3), ())
    assert resumed.lost_months == months_between(Month(2011, 6), Month(2012, 2))
    assert len(resumed.lost_months) == 9


def test_a12_overpayment_is_set_off_with_consent() -> None:
    paid = {Month(2016, month): PaidMonth(account_fen=fen("12.50"), basic_fen=fen("110")) for month in range(1, 6)}
    wrong = overpayment(died_on=date(2016, 3, 14), paid=paid)
    assert (wrong.due_fen, wrong.account_fen, wrong.basic_fen) == (fen("245.00"), fen("25.00"), fen("220.00"))
    assert wrong.months == (Month(2016, 4), Month(2016, 5))
    settled = set_off(refund_fen=fen("1654.30"), due_fen=wrong.due_fen, consented=True)
    assert settled == SetOff(fen("1409.30"), fen("245.00"), 0)


@pytest.mark.parametrize(
    ("refund", "due", "consented", "settled"),
    [(100, 245, True, SetOff(0, 100, 145)), (1000, 245, False, SetOff(1000, 0, 245))],
)
def test_set_off_takes_no_more_than_there_is_and_nothing_without_consent(
    refund: int, due: int, consented: bool, settled: SetOff
) -> None:
    assert set_off(refund_fen=refund, due_fen=due, consented=consented) == settled
