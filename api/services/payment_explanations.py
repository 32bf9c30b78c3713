"""为什么发了、为什么没发: the first stop on a fixed ladder from enrolment to the bank's answer (features.md §2.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from api.errors import NotFound
from api.models import Benefit, Resident
from api.policy.ages import Month, attains_on
from api.policy.money import format_yuan
from api.services.laws import law_of_county
from api.vocabulary import BenefitState, RunState

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether somebody was paid for a month, the first reason on the ladder, and what was or is owed in fen."""

    resident_id: int
    month: date
    paid: bool
    code: str
    message: str
    amount_fen: int | None
    paid_on: date | None
    run_id: int | None
    seq: int | None


@dataclass(frozen=True, slots=True)
class _Case:
    """Everything the ladder looks at."""

    resident: Resident
    month: date
    enrolled: bool
    award_state: str | None
    benefit: Benefit | None
    attempt: Any
    held: str | None
    run_state: str | None
    benefit_age: int


_HELD = {
    "no_bank_account": "没有登记银行账户，本月应发金额挂账，登记后由下一批次补发。",
    "suspended": "待遇已暂停，恢复后补发。",
    "dead": "已登记死亡，死亡次月起停发。",
    "resumed_after_cut_off": "恢复发放在本月截止日之后办理，由下一批次补发。",
}
# What happened to one person's due of one month: the run that settles it now or tried last, and the bank's answer.
_ATTEMPT = text(
    """
    SELECT d.amount_fen, d.paid_on, d.line_run_id, d.settlement_id, d.recovery_id, l.run_id, l.seq, x.state AS run_state, f.bank_code, f.reason
      FROM payment_dues d
      LEFT JOIN payment_lines l
        ON l.county_code = d.county_code AND l.resident_id = d.resident_id AND l.month = d.month AND l.kind = d.kind
      LEFT JOIN payment_runs x ON x.county_code = l.county_code AND x.id = l.run_id
      LEFT JOIN payment_refusals f ON f.county_code = l.county_code AND f.run_id = l.run_id AND f.seq = l.seq
     WHERE d.county_code = :county_code AND d.resident_id = :resident_id AND d.month = :month AND d.kind = 'regular'
     ORDER BY l.run_id DESC NULLS LAST
     LIMIT 1
    """
)
_FACTS = text(
    """
    SELECT (SELECT count(*) FROM enrolments e
             WHERE e.county_code = :county_code AND e.resident_id = :resident_id AND e.state = 'county_approved') AS enrolled,
           (SELECT max(w.state) FROM awards w
             WHERE w.county_code = :county_code AND w.resident_id = :resident_id
               AND w.state IN ('proposed', 'approved')) AS award_state,
           (SELECT x.state FROM payment_runs x
             WHERE x.county_code = :county_code AND x.month = :month AND x.state <> 'discarded') AS run_state,
           (SELECT min(p.code) FROM payment_exceptions p
              JOIN payment_runs x ON x.county_code = p.county_code AND x.id = p.run_id
             WHERE p.county_code = :county_code AND p.resident_id = :resident_id AND p.withheld AND x.month = :month
               AND x.state <> 'discarded') AS held
    """
)


def explain(session: Session, *, resident_id: int, month: date) -> Explanation:
    """Say why a person was paid for a month, or not. Raises `NotFound`."""
    county_code = resident_id // 10**10
    resident = session.get(Resident, (county_code, resident_id))
    if resident is None:
        raise NotFound
    keys = {"county_code": county_code, "resident_id": resident_id, "month": month}
    facts = session.execute(_FACTS, keys).one()
    case = _Case(
        resident=resident,
        month=month,
        enrolled=facts.enrolled > 0,
        award_state=facts.award_state,
        benefit=session.get(Benefit, (county_code, resident_id)),
        attempt=session.execute(_ATTEMPT, keys).one_or_none(),
        held=facts.held,
        run_state=facts.run_state,
        benefit_age=law_of_county(session, county_code, month).benefit_age,
    )
    code, message = (
        _answer(case)
        if case.attempt
        else next(
            (found for step in _LADDER if (found := step(case)) is not None),
            ("not_in_run", "本月批次中没有此人，请联系县级经办机构核查。"),
        )
    )
    attempt = case.attempt
    return Explanation(
        resident_id=resident_id,
        month=month,
        paid=code == "paid",
        code=code,
        message=message,
        amount_fen=attempt.amount_fen if attempt else None,
        paid_on=attempt.paid_on if attempt else None,
        run_id=attempt.run_id if attempt else None,
        seq=attempt.seq if attempt else None,
    )


def _answer(case: _Case) -> tuple[str, str]:
    """What became of a month that is owed."""
    due = case.attempt
    yuan = format_yuan(due.amount_fen)
    if due.settlement_id is not None:
        return "in_settlement", f"应发{yuan}元，随注销登记一次性结算支付。"
    if due.recovery_id is not None:
        return "recovered", f"{due.paid_on}发放{yuan}元，属于多发，已列入追回。"
    if due.paid_on is not None:
        return "paid", f"{due.paid_on}发放{yuan}元，银行已确认到账。"
    if due.line_run_id is None:
        if due.bank_code is not None:
            return "refused", f"银行退回({due.bank_code}：{due.reason})，{yuan}元由下一批次重发，请先核对账户。"
        reason = _HELD.get(case.held or "", "尚未列入批次，由下一批次补发。")
        return case.held or "owed", f"应发{yuan}元。{reason}"
    if due.run_state == RunState.SENT.value:
        return "in_file", f"{yuan}元已报盘，等待银行回盘。"
    return "in_run", f"{yuan}元已列入批次，尚未报盘。"


def _not_enrolled(case: _Case) -> tuple[str, str] | None:
    return None if case.enrolled else ("not_enrolled", "尚未参保，先办理参保登记。")


def _not_sixty(case: _Case) -> tuple[str, str] | None:
    on = attains_on(case.resident.birth_date, case.benefit_age)
    if Month.of(on) < Month.of(case.month) or case.benefit is not None:
        return None
    return "not_60", f"{on}满60周岁，自次月起领取。"


def _not_awarded(case: _Case) -> tuple[str, str] | None:
    if case.benefit is not None:
        return None
    if case.award_state == "proposed":
        return "award_pending", "待遇核定待复核。"
    return "not_awarded", "已到领取年龄，尚未核定待遇。"


def _starts_later(case: _Case) -> tuple[str, str] | None:
    if case.benefit is None or case.benefit.start_month <= case.month:
        return None
    return "starts_later", f"待遇自{case.benefit.start_month:%Y-%m}起发放。"


def _interrupted(case: _Case) -> tuple[str, str] | None:
    benefit = case.benefit
    if benefit is None:
        return None
    if benefit.end_month is not None and benefit.end_month < case.month:
        return "terminated", f"待遇已终止，最后发放月份为{benefit.end_month:%Y-%m}。"
    if benefit.cancels_on is not None and benefit.cancels_on < case.month:
        return "cancelled", f"正在办理注销登记，{benefit.cancels_on}以后的月份不发放。"
    if benefit.state == BenefitState.STOPPED:
        return "stopped", "服刑期间停发，不补发。"
    if benefit.state == BenefitState.SUSPENDED:
        return "suspended", _HELD["suspended"]
    return None


def _held_back(case: _Case) -> tuple[str, str] | None:
    return None if case.held is None else (case.held, _HELD.get(case.held, "本月暂未发放，请联系县级经办机构。"))


def _no_run(case: _Case) -> tuple[str, str] | None:
    return None if case.run_state is not None else ("no_run", "该月份的发放批次尚未生成。")


_LADDER: tuple[Callable[[_Case], tuple[str, str] | None], ...] = (
    _not_enrolled,
    _not_sixty,
    _not_awarded,
    _starts_later,
    _interrupted,
    _held_back,
    _no_run,
)
