"""代扣: how one line of a bank deduction is judged. In full or not at all (policy.md §3.3 P4, example A19)."""

from __future__ import annotations

from dataclasses import dataclass

from api.policy.money import format_yuan
from api.policy.reasons import Reason

_CLAUSE = "人社厅发〔2009〕161号(不足额不扣款)"


@dataclass(frozen=True, slots=True)
class DeductionVerdict:
    """What of a line may be posted: the whole sum or nothing, in fen, and why."""

    accepted: bool
    posted_fen: int
    reason: Reason


def judge_deduction(*, due_fen: int, available_fen: int) -> DeductionVerdict:
    """Judge whether a passbook covers a line: deducted in full when available >= due, else nothing at all."""
    if available_fen >= due_fen:
        return DeductionVerdict(
            accepted=True,
            posted_fen=due_fen,
            reason=Reason("deducted", f"足额扣款{format_yuan(due_fen)}元。", _CLAUSE),
        )
    return DeductionVerdict(
        accepted=False,
        posted_fen=0,
        reason=Reason(
            "insufficient-funds",
            f"存折余额{format_yuan(available_fen)}元，不足应扣{format_yuan(due_fen)}元，不扣款、不部分入账。",
            _CLAUSE,
        ),
    )


def judge_deduction_return(*, due_fen: int, returned_fen: int, succeeded: bool) -> DeductionVerdict:
    """Judge a line of the bank's return: a success must carry exactly the sum due, a failure posts nothing."""
    if not succeeded:
        reason = Reason("deduction-failed", "银行扣款失败，未入账。", _CLAUSE)
        return DeductionVerdict(accepted=False, posted_fen=0, reason=reason)
    if returned_fen != due_fen:
        message = f"银行回盘金额{format_yuan(returned_fen)}元与应扣{format_yuan(due_fen)}元不符，不入账，待查。"
        return DeductionVerdict(accepted=False, posted_fen=0, reason=Reason("amount-differs", message, _CLAUSE))
    message = f"银行已扣款{format_yuan(due_fen)}元。"
    return DeductionVerdict(accepted=True, posted_fen=due_fen, reason=Reason("deducted", message, _CLAUSE))
