"""月结条件: what must hold before a month is closed, each with its code and the things that stand in the way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, text
from sqlmodel import col

from api.models import FundPeriod, Remittance, Run
from api.policy.money import format_yuan
from api.services import fund_transfer_cases
from api.services.fund_packs import last_day
from api.services.fund_periods import CLOSED_STATES
from api.vocabulary import BankAccountName, FundAccount, FundPrecondition, PreconditionState, RunState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.orm import Session

    from api.services.fund_packs import Built

NOTHING = "0.00"
YEAR_DIGITS = 4
WAIVABLE = frozenset({FundPrecondition.INCOME_ZERO})
"""What the bank's own delay may break: it is let pass with a reason that the approver sees."""
LISTED = frozenset({FundPrecondition.CASH_LISTED, FundPrecondition.TRANSIT_LISTED, FundPrecondition.SUSPENSE_LISTED})


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One thing that a precondition names: what it is in Chinese, and what to look at."""

    message: str
    subject_kind: str = ""
    subject_id: str = ""
    amount: str | None = None


@dataclass(frozen=True, slots=True)
class Precondition:
    """One precondition and how it stands."""

    code: FundPrecondition
    state: PreconditionState
    items: tuple[Obstacle, ...]
    reason: str | None = None
    """Why it was let pass."""

    @property
    def is_waivable(self) -> bool:
        """Whether it may be let pass with a reason."""
        return self.code in WAIVABLE


@dataclass(frozen=True, slots=True)
class _Asked:
    session: Session
    built: Built
    today: date

    @property
    def until(self) -> date:
        return last_day(self.built.month)


def judge(
    session: Session, built: Built, *, today: date, exceptions: Sequence[dict[str, str]] = ()
) -> tuple[Precondition, ...]:
    """Judge every precondition of closing the month that was built."""
    reasons = {one["code"]: one["reason"] for one in exceptions}
    asked = _Asked(session, built, today)
    found = []
    for code, obstacles in _CHECKS.items():
        items = tuple(obstacles(asked))
        state = PreconditionState.UNMET if items else PreconditionState.MET
        reason = None
        if items and code in LISTED:
            state = PreconditionState.LISTED
        elif items and code in WAIVABLE and code.value in reasons:
            state, reason = PreconditionState.WAIVED, reasons[code.value]
        found.append(Precondition(code, state, items, reason))
    return tuple(found)


def _month_over(asked: _Asked) -> list[Obstacle]:
    if asked.until < asked.today:
        return []
    return [Obstacle(f"{asked.until.isoformat()}尚未过去，次日起才能月结。")]


def _earlier_closed(asked: _Asked) -> list[Obstacle]:
    county_code, month = asked.built.county_code, asked.built.month
    first = asked.session.execute(
        text("SELECT min(business_date) FROM journals WHERE county_code = :county_code"), {"county_code": county_code}
    ).scalar_one()
    if first is None or first > asked.until:
        return [Obstacle("账簿在该月及以前没有凭证，无需月结。")]
    closed = set(
        asked.session.scalars(
            select(col(FundPeriod.month)).where(
                col(FundPeriod.county_code) == county_code, col(FundPeriod.state).in_(CLOSED_STATES)
            )
        )
    )
    items = []
    at = first.replace(day=1)
    while at < month:
        if at not in closed:
            items.append(Obstacle(f"{at:%Y年%m月}尚未月结。", "fund_period", f"{at:%Y-%m}"))
        at = (at + timedelta(days=32)).replace(day=1)
    return items


def _runs_posted(asked: _Asked) -> list[Obstacle]:
    """An approved run that is not posted to its end: half of a county's interest in one month, half in another."""
    rows = asked.session.scalars(
        select(Run).where(col(Run.county_code) == asked.built.county_code, col(Run.state) == RunState.APPROVED)
    )
    return [
        Obstacle(f"{run.kind.label}({run.period})已审批而未全部入账。", "run", str(run.id))
        for run in rows
        if _period_end(run.period) <= asked.until
    ]


def _period_end(period: str) -> date:
    if len(period) == YEAR_DIGITS:
        return date(int(period), 12, 31)
    return last_day(date.fromisoformat(f"{period[:7]}-01"))


def _transfers_decided(asked: _Asked) -> list[Obstacle]:
    waiting = fund_transfer_cases.waiting_until(asked.session, asked.built.county_code, asked.until)
    return [
        Obstacle(
            f"{one.moved_on.isoformat()}的{one.way.label}尚未审批。", "fund_transfer", str(one.id),
            format_yuan(one.amount_fen),
        )
        for one in waiting
    ]  # fmt: skip


def _persons_agree(asked: _Asked) -> list[Obstacle]:
    found = asked.built.facts["differences"]
    items = [
        Obstacle("个人账户余额与其明细之和不符。", "resident", one["resident_id"], _total(one))
        for one in found["persons"]
    ]
    items += [
        Obstacle("凭证借贷不平，或与个人账户明细不符。", "journal", one["journal_id"], _total(one))
        for one in found["journals"]
    ]
    return items


def _total(one: dict[str, Any]) -> str | None:
    parts = [one[name] for name in ("personal", "collective", "gov") if one[name] != NOTHING]
    return parts[0] if len(parts) == 1 else None


def _control_agrees(asked: _Asked) -> list[Obstacle]:
    control = asked.built.facts["control"]
    items = []
    if control["difference"] != NOTHING:
        items.append(Obstacle("个人账户、统筹基金与负债之和不等于资产。", amount=control["difference"]))
    items += [
        Obstacle(
            f"街镇{one['division_code']}的账户明细合计{one['total']}元，账簿为{one['owed']}元。", "division",
            one["division_code"],
        )
        for one in asked.built.facts["accounts"]
        if one["total"] != one["owed"]
    ]  # fmt: skip
    return items


def _reports_agree(asked: _Asked) -> list[Obstacle]:
    names = {"contributions": "缴费", "benefits": "待遇", "interest": "利息"}
    return [
        Obstacle(
            f"{names[one['report']]}报表{one['reported']}元，账簿{one['ledger']}元。", "report", one["report"],
            one["difference"],
        )
        for one in asked.built.facts["reports"]
        if one["difference"] != NOTHING
    ]  # fmt: skip


def _income_zero(asked: _Asked) -> list[Obstacle]:
    row = next(one for one in asked.built.facts["trial_balance"] if one["account"] == FundAccount.INCOME_ACCOUNT.value)
    if row["closing"] == NOTHING:
        return []
    return [Obstacle("收入户月末余额须划转至财政专户。", "fund_account", row["account"], row["closing"])]


def _bank_covered(asked: _Asked) -> list[Obstacle]:
    return [
        Obstacle(
            f"{one.account.label}的对账单只到{one.covered_to.isoformat()}。"
            if one.covered_to
            else f"{one.account.label}还没有对账单。",
            "bank_account",
            one.account.value,
        )
        for one in asked.built.reconciliations
        if one.covered_to is None or one.covered_to < asked.until
    ]


def _bank_explained(asked: _Asked) -> list[Obstacle]:
    items = []
    for done in asked.built.reconciliations:
        label = done.account.label
        # Without a statement everything is open, which `bank_covered` says in one line.
        if done.covered_to is None:
            continue
        items += [
            Obstacle(
                f"{label}：{one.moved_on.isoformat()}的{one.side.label}没有对应的一方，也没有说明。",
                f"{BankAccountName(done.account).value}:{one.side.value}",
                str(one.subject_id),
                format_yuan(one.amount_fen),
            )
            for one in done.items
            if not one.is_explained
        ]
        more = done.line_count + done.journal_count - len(done.items)
        if more:
            items.append(Obstacle(f"{label}：另有{more}笔未达账项没有列出。"))
        if done.difference_fen:
            items.append(Obstacle(f"{label}：启用账簿前的银行余额没有入账。", amount=format_yuan(done.difference_fen)))
    return items


def _cash_listed(asked: _Asked) -> list[Obstacle]:
    held = [one for one in asked.built.facts["parties"] if one["account"] == FundAccount.CASH_IN_HAND.value]
    items = [Obstacle("经办人手存现金。", "user", one["party_id"], one["amount"]) for one in held]
    waiting = asked.session.scalars(
        select(Remittance).where(
            col(Remittance.county_code) == asked.built.county_code,
            col(Remittance.confirmed_by_id).is_(None),
            col(Remittance.paid_in_on) <= asked.until,
        )
    )
    items += [
        Obstacle("已缴存银行、待财务确认。", "remittance", str(one.id), format_yuan(one.amount_fen)) for one in waiting
    ]
    return items


def _transit_listed(asked: _Asked) -> list[Obstacle]:
    return [
        Obstacle("已报盘、银行尚未答复。", "payment_run", one["run_id"], one["amount"])
        for one in asked.built.facts["in_transit"]
    ]


def _suspense_listed(asked: _Asked) -> list[Obstacle]:
    wanted = {FundAccount.SUSPENSE.value, FundAccount.SUBSIDY_SUSPENSE.value}
    return [
        Obstacle(f"{FundAccount(one['account']).label}。", one["account"], one["party_id"], one["amount"])
        for one in asked.built.facts["parties"]
        if one["account"] in wanted
    ]


_CHECKS: dict[FundPrecondition, Callable[[_Asked], Sequence[Obstacle]]] = {
    FundPrecondition.MONTH_OVER: _month_over,
    FundPrecondition.EARLIER_CLOSED: _earlier_closed,
    FundPrecondition.RUNS_POSTED: _runs_posted,
    FundPrecondition.TRANSFERS_DECIDED: _transfers_decided,
    FundPrecondition.PERSONS_AGREE: _persons_agree,
    FundPrecondition.CONTROL_AGREES: _control_agrees,
    FundPrecondition.REPORTS_AGREE: _reports_agree,
    FundPrecondition.INCOME_ZERO: _income_zero,
    FundPrecondition.BANK_COVERED: _bank_covered,
    FundPrecondition.BANK_EXPLAINED: _bank_explained,
    FundPrecondition.CASH_LISTED: _cash_listed,
    FundPrecondition.TRANSIT_LISTED: _transit_listed,
    FundPrecondition.SUSPENSE_LISTED: _suspense_listed,
}
