"""一次性结算与转移: what heirs receive on death, what goes to the pool, and what a transfer carries away.

Sources: 国发〔2009〕32号 六 (国发〔2014〕8号 later), policy.md §3.3 P13-P14, §4.8, examples A11, A13, A18.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.policy.money import BySource, format_yuan
from api.policy.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Collection

    from api.policy.parameters import PolicyParameters


@dataclass(frozen=True, slots=True)
class Refund:
    """Settlement of an account on death or another end, in fen by source: to the heirs or the person, and retained."""

    refunded: BySource
    retained: BySource
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class TransferOut:
    """What moves to the scheme of another county: the whole account by source, in fen, and the years."""

    amounts: BySource
    years: tuple[int, ...]
    reasons: tuple[Reason, ...]

    @property
    def total_fen(self) -> int:
        """Money that moves, in fen."""
        return self.amounts.total_fen


def refund_on_death(balance: BySource, parameters: PolicyParameters) -> Refund:
    """Settle the balance left after interest to the end of the month of death; `parameters` are of the day of death.

    Formula: heirs = personal + collective, plus gov where `gov_subsidy_inheritable`; the rest stays in the pool and
    continues to pay other people's pensions.
    """
    inheritable = parameters.gov_subsidy_inheritable
    refunded = balance if inheritable else BySource(balance.personal_fen, balance.collective_fen, 0)
    retained = balance - refunded
    if inheritable:
        sentence = f"个人账户余额{format_yuan(refunded.total_fen)}元(含政府补贴)由继承人依法继承。"
        clause = "国发〔2014〕8号"
    else:
        sentence = (
            f"个人账户余额除政府补贴外{format_yuan(refunded.total_fen)}元由继承人依法继承；政府补贴余额"
            f"{format_yuan(retained.total_fen)}元用于继续支付其他参保人的养老金。"
        )
        clause = "国发〔2009〕32号 六"
    return Refund(refunded=refunded, retained=retained, reasons=(Reason("refund", sentence, clause),))


def transfer_out(balance: BySource, paid_years: Collection[int]) -> TransferOut:
    """Settle a transfer across counties: the relationship and the whole account move at once, by source (A18)."""
    years = tuple(sorted(set(paid_years)))
    sentence = (
        f"跨县转移个人账户全部储存额{format_yuan(balance.total_fen)}元"
        f"(个人{format_yuan(balance.personal_fen)}元，集体{format_yuan(balance.collective_fen)}元，"
        f"政府{format_yuan(balance.gov_fen)}元)，缴费年限{len(years)}年一并转移。"
    )
    reason = Reason("transfer-out", sentence, "人社厅发〔2009〕161号")
    return TransferOut(amounts=balance, years=years, reasons=(reason,))
