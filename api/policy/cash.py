"""Cash in a collector's hands: how old it is, when it alarms, and when no further cash may be taken (reliability.md T2).

The law is silent; money of the fund may not stay with whoever collects it (财社〔2011〕16号, 收支两条线). Days are
calendar days after the day of the oldest receipt whose cash the bank has not confirmed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.policy.money import format_yuan
from api.vocabulary import CashAlarm

if TYPE_CHECKING:
    from datetime import date

    from api.policy.parameters import PolicyParameters


@dataclass(frozen=True, slots=True)
class Holding:
    """Cash that a collector holds by the books, in fen, and the day of its oldest receipt (None without cash)."""

    held_fen: int = 0
    oldest_on: date | None = None

    def age_days(self, today: date) -> int:
        """Days since the oldest receipt; 0 without cash."""
        return 0 if self.oldest_on is None else max((today - self.oldest_on).days, 0)


def is_blocked(holding: Holding, *, receipt_on: date, today: date, law: PolicyParameters) -> bool:
    """Tell whether a receipt of `receipt_on` may not be written.

    Formula: receipt_on - oldest_on >= cash_block_days, or held >= cash_ceiling for a receipt of today. A receipt that
    was handed out before the block is still taken: refusing it would hide its cash.
    """
    too_old = holding.oldest_on is not None and (receipt_on - holding.oldest_on).days >= law.cash_block_days
    return too_old or (holding.held_fen >= law.cash_ceiling_fen and receipt_on >= today)


def alarm(holding: Holding, *, today: date, law: PolicyParameters) -> CashAlarm:
    """Return how loud a holding alarms today: from the first warning day, from the second, and blocked."""
    if is_blocked(holding, receipt_on=today, today=today, law=law):
        return CashAlarm.BLOCKED
    if holding.oldest_on is None or holding.age_days(today) < law.cash_warning_days:
        return CashAlarm.NONE
    return CashAlarm.WARN if holding.age_days(today) < law.cash_late_days else CashAlarm.LATE


def explain(holding: Holding, *, today: date, law: PolicyParameters) -> str:
    """Say in Chinese why a collector is blocked and what opens the way again."""
    reasons = []
    if holding.oldest_on is not None and holding.age_days(today) >= law.cash_block_days:
        reasons.append(
            f"最早一笔现金收于{holding.oldest_on.isoformat()}，已满{holding.age_days(today)}天"
            f"(上限{law.cash_block_days}天)"
        )
    if holding.held_fen >= law.cash_ceiling_fen:
        reasons.append(f"手存现金已达上限{format_yuan(law.cash_ceiling_fen)}元")
    why = "，".join(reasons) or "暂停收取现金"
    return (
        f"手存现金{format_yuan(holding.held_fen)}元：{why}。请将现金存入收入户并登记缴存，"
        "财务人员与银行核对确认后自动恢复；其间可用银行代扣或转账缴费。"
    )
