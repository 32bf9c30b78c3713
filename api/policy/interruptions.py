"""暂停、停发与多领: which months are paid back after a suspension, which are lost in prison, what was paid in error.

Sources: policy.md §3.3 P11-P13, P16 ([S30][S32]), examples A12, A15, A16.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.policy.ages import Month, months_between
from api.policy.money import format_yuan
from api.policy.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date


@dataclass(frozen=True, slots=True)
class Resumption:
    """From which month's run somebody is paid again, which earlier months come with it, and which are lost."""

    first_run_month: Month
    back_paid_months: tuple[Month, ...]
    lost_months: tuple[Month, ...]
    reasons: tuple[Reason, ...]


def resume_suspended(*, suspended_from: Month, passed_on: date, cut_off_day: int) -> Resumption:
    """Resume after a suspension, e.g. for a missing certification (example A15): every suspended month is paid back.

    Formula: first run = the month of passing when its day <= the payroll cut-off, else the next; back-paid are the
    months from the suspension to the one before that run.
    """
    month = Month.of(passed_on)
    first = max(month if passed_on.day <= cut_off_day else month.plus(1), suspended_from)
    owed = months_between(suspended_from, first.plus(-1))
    sentence = f"{passed_on.isoformat()}通过资格认证，自{first}恢复发放，补发{suspended_from}起暂停的{len(owed)}个月。"
    return Resumption(first, owed, (), (Reason("resumed", sentence, "政策细则 §3.3 P11"),))


def resume_after_prison(*, imprisoned_on: date, released_on: date) -> Resumption:
    """Resume after a prison sentence (example A16): stopped from the next month, resumed the month after release.

    Formula: lost = months after the month of imprisonment up to and including the month of release; no back-pay.
    """
    first = Month.of(released_on).plus(1)
    lost = months_between(Month.of(imprisoned_on).plus(1), Month.of(released_on))
    sentence = f"{released_on.isoformat()}刑满释放，自次月{first}恢复发放；服刑期间{len(lost)}个月不补发。"
    return Resumption(first, (), lost, (Reason("resumed-after-prison", sentence, "政策细则 §3.3 P12"),))


@dataclass(frozen=True, slots=True)
class PaidMonth:
    """What was paid for a month, in fen: account part and the rest (basic pension and additions)."""

    account_fen: int
    basic_fen: int


@dataclass(frozen=True, slots=True)
class Overpayment:
    """Payments for months after the month of death, in fen: what is due back, and where it goes."""

    months: tuple[Month, ...]
    due_fen: int
    account_fen: int
    """Wrong debits of the account, to be reversed."""
    basic_fen: int
    """Basic pension that returns to the fund."""
    reasons: tuple[Reason, ...]


def overpayment(*, died_on: date, paid: Mapping[Month, PaidMonth]) -> Overpayment:
    """Overpayment after a death reported late (example A12); the month of death itself is owed in full.

    Formula: due = sum of account + basic over the paid months later than the month of death.
    """
    months = tuple(sorted(month for month in paid if month > Month.of(died_on)))
    account_fen = sum(paid[month].account_fen for month in months)
    basic_fen = sum(paid[month].basic_fen for month in months)
    due_fen = account_fen + basic_fen
    sentence = (
        f"死亡次月起多发{len(months)}个月，应追回{format_yuan(due_fen)}元：冲回个人账户{format_yuan(account_fen)}元，"
        f"退回基金{format_yuan(basic_fen)}元。"
    )
    reasons = (Reason("overpaid", sentence, "《社会保险法》第八十八条；政策细则 §3.3 P16"),)
    return Overpayment(months, due_fen, account_fen, basic_fen, reasons)


@dataclass(frozen=True, slots=True)
class SetOff:
    """A refund with an overpayment set off against it, in fen: what is paid out, and what is still due."""

    net_refund_fen: int
    set_off_fen: int
    still_due_fen: int


def set_off(*, refund_fen: int, due_fen: int, consented: bool) -> SetOff:
    """Set an overpayment off against a refund, with the heirs' consent only.

    Formula: set off = min(refund, due) with consent, else 0; net = refund - set off; still due = due - set off.
    """
    taken_fen = min(refund_fen, due_fen) if consented else 0
    return SetOff(refund_fen - taken_fen, taken_fen, due_fen - taken_fen)
