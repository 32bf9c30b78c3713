"""What a settlement stands on: the account's lines, the pensions paid and owed, and the law's judgement of them.

Nothing is written here. The same judgement is made when a settlement is computed and again when it is approved.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import text
from sqlmodel import col, select

from api.errors import DomainError
from api.models import Account, Benefit, PaymentDue
from api.policy.ages import Month, months_between
from api.policy.money import NOTHING, BySource
from api.policy.settlements import EndFacts, EndSettlement, PaidAfterEnd, PensionOwed, Posting, settle_end
from api.services.award_rules import InterestNotPosted, accrual_for
from api.services.laws import basic_pension_paid_fen, law_of_county
from api.vocabulary import BenefitState, CancellationReason, DueKind, JournalKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from api.models import Cancellation

_INTEREST = frozenset(
    {JournalKind.INTEREST.value, JournalKind.SETTLEMENT_INTEREST.value, JournalKind.INTEREST_CORRECTION.value}
)


class PaymentInFlight(DomainError):
    """A payment run that is not closed pays the person: what the account holds is not known yet."""

    code = "payment-in-flight"
    title = "此人尚在未结清的发放批次中"


class CollectiveAfterEvent(DomainError):
    """A collective paid for the person after the event: its money goes back to it, by reversal."""

    code = "collective-after-event"
    title = "事件之后有集体补助入账"


@dataclass(frozen=True, slots=True)
class Judged:
    """A settlement as the law has it today, with what it was judged from."""

    account: Account
    facts: EndFacts
    settlement: EndSettlement
    is_supplement: bool

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to settle at all."""
        done = self.settlement
        return done.balance == NOTHING and not (done.gross_fen or done.overpaid or done.late.total_fen)


def judge(session: Session, *, cancellation: Cancellation, account: Account, today: date) -> Judged:
    """Judge the settlement of a cancellation (policy.md §4.5, §4.8). Money in fen.

    Raises `InterestNotPosted`, `PaymentInFlight` and `CollectiveAfterEvent`.
    """
    _refuse_in_flight(session, account)
    event_on = cancellation.event_on
    is_closed = account.state == "closed"
    lines = [] if is_closed else _lines(session, account)
    late_journals = {} if is_closed else _late_contributions(session, account, event_on)
    benefit = session.get(Benefit, (account.county_code, account.resident_id), populate_existing=True)
    facts = EndFacts(
        event_on=event_on,
        postings=tuple(_posting(row) for row in lines if row.journal_id not in late_journals),
        late=_late(lines, late_journals),
        wrong=tuple(_paid_after(session, account, Month.of(event_on))),
        owed=tuple(_owed(session, benefit, cancellation, today)) if benefit is not None else (),
        composition=_composition(benefit),
        paid_count=account.paid_count,
        interest_through=account.interest_through,
        set_off=cancellation.set_off_agreed,
    )
    _check_interest(facts)
    settlement = settle_end(
        facts,
        accrual=accrual_for(session, account.county_code, event_on.year),
        parameters=law_of_county(session, account.county_code, event_on),
    )
    return Judged(account, facts, settlement, is_closed)


def _refuse_in_flight(session: Session, account: Account) -> None:
    found = session.execute(
        text(
            """
            SELECT r.month FROM payment_runs r
              JOIN payment_lines l ON l.county_code = r.county_code AND l.run_id = r.id
             WHERE r.county_code = :county_code AND r.state NOT IN ('closed', 'discarded') AND l.resident_id = :resident_id
             LIMIT 1
            """
        ),
        _keys(account),
    ).first()
    if found is not None:
        raise PaymentInFlight(f"{found.month:%Y-%m}的发放批次含有此人且尚未结清，请先结清或作废该批次。")


def _keys(account: Account) -> dict[str, int]:
    return {"county_code": account.county_code, "resident_id": account.resident_id}


def _lines(session: Session, account: Account) -> Sequence[Any]:
    return session.execute(
        text(
            """
            SELECT l.journal_id, l.value_year, l.value_month, l.personal_fen, l.collective_fen, l.gov_fen, j.kind
              FROM account_lines l
              JOIN journals j ON j.county_code = l.county_code AND j.id = l.journal_id
             WHERE l.county_code = :county_code AND l.resident_id = :resident_id
             ORDER BY l.journal_id, l.value_year
            """
        ),
        _keys(account),
    ).all()


def _posting(row: Any) -> Posting:
    amounts = BySource(row.personal_fen, row.collective_fen, row.gov_fen)
    return Posting(Month(row.value_year, row.value_month), amounts, row.kind in _INTEREST)


def _late_contributions(session: Session, account: Account, event_on: date) -> dict[int, str]:
    """Journals of contributions paid after the event that stand, with their kind; and those of their subsidies."""
    rows = session.execute(
        text(
            """
            SELECT journal_id, kind FROM contributions
             WHERE county_code = :county_code AND resident_id = :resident_id AND state = 'posted' AND paid_on > :event_on
             UNION ALL
            SELECT p.journal_id, 'subsidy'
              FROM subsidy_postings AS p
              JOIN contributions AS c ON c.county_code = p.county_code AND c.id = p.contribution_id
             WHERE p.county_code = :county_code AND p.resident_id = :resident_id AND NOT p.is_return
               AND p.purpose = 'contribution_subsidy' AND c.state = 'posted' AND c.paid_on > :event_on
            """
        ),
        {**_keys(account), "event_on": event_on},
    ).all()
    return {row.journal_id: row.kind for row in rows}


def _late(lines: Sequence[Any], late_journals: dict[int, str]) -> BySource:
    """Sum what late contributions brought. Raises `CollectiveAfterEvent`."""
    total = NOTHING
    for row in lines:
        if row.journal_id in late_journals:
            total += BySource(row.personal_fen, row.collective_fen, row.gov_fen)
    if total.collective_fen:
        raise CollectiveAfterEvent("事件之后入账的集体补助应退回集体，请先冲正该笔补助，再计算结算。")
    return total


def _paid_after(session: Session, account: Account, month: Month) -> list[PaidAfterEnd]:
    """Pensions paid for months after the last one owed that no recovery covers yet."""
    rows = session.execute(
        text(
            """
            SELECT d.month, r.month AS paid_in, l.personal_fen, l.collective_fen, l.gov_fen, l.fund_fen, l.account_fen
              FROM payment_dues d
              JOIN payment_lines l
                ON l.county_code = d.county_code AND l.run_id = d.line_run_id AND l.resident_id = d.resident_id
                   AND l.month = d.month AND l.kind = d.kind
              JOIN payment_runs r ON r.county_code = l.county_code AND r.id = l.run_id
             WHERE d.county_code = :county_code AND d.resident_id = :resident_id AND d.month > :month
               AND d.paid_on IS NOT NULL AND d.recovery_id IS NULL
             ORDER BY d.month, d.kind
            """
        ),
        {**_keys(account), "month": month.first_day},
    ).all()
    return [
        PaidAfterEnd(
            month=Month.of(row.month),
            paid_in=Month.of(row.paid_in),
            # In the account it is a debit; what is put back has the other sign.
            taken=BySource(row.personal_fen, row.collective_fen, row.gov_fen),
            fund_fen=row.fund_fen,
            account_fen=row.account_fen,
        )
        for row in rows
    ]


def _composition(benefit: Benefit | None) -> BySource:
    if benefit is None:
        return NOTHING
    return BySource(benefit.award_personal_fen, benefit.award_collective_fen, benefit.award_gov_fen)


def _owed(session: Session, benefit: Benefit, cancellation: Cancellation, today: date) -> list[PensionOwed]:
    """Months up to the event that never reached the person, at what they are worth today, then what raises add."""
    county = benefit.county_code
    dues = session.scalars(
        select(PaymentDue)
        .where(col(PaymentDue.county_code) == county, col(PaymentDue.resident_id) == benefit.resident_id)
        .order_by(col(PaymentDue.month), col(PaymentDue.kind))
        .execution_options(populate_existing=True)
    ).all()
    last = _last_month(benefit, cancellation.event_on)
    regular = {Month.of(due.month): due for due in dues if due.kind == DueKind.REGULAR}
    adjusted = {Month.of(due.month) for due in dues if due.kind == DueKind.BACK_PAY}
    first = Month.of(benefit.start_month)
    missing = [month for month in (months_between(first, last) if first <= last else ()) if month not in regular]
    owed = [
        PensionOwed(
            month, basic_pension_paid_fen(session, county, month.first_day, in_month=today), benefit.account_pension_fen
        )
        for month in missing
    ]
    for due in dues:
        month = Month.of(due.month)
        if month > last or due.paid_on is not None or due.settlement_id is not None:
            continue
        is_regular = due.kind == DueKind.REGULAR
        basic_fen = basic_pension_paid_fen(session, county, due.month, in_month=today) if is_regular else due.basic_fen
        owed.append(PensionOwed(month, basic_fen, due.account_fen, is_back_pay=not is_regular))
    if law_of_county(session, county, today).back_pay_to_heirs or cancellation.reason is not CancellationReason.DEATH:
        owed += _raises(session, regular, adjusted, last, today)
    return sorted(owed, key=lambda one: (one.month, one.is_back_pay))


def _last_month(benefit: Benefit, event_on: date) -> Month:
    """The last month that is owed: that of the event, of an earlier end, or of imprisonment."""
    ends = [Month.of(event_on)]
    if benefit.end_month is not None:
        ends.append(Month.of(benefit.end_month))
    if benefit.state == BenefitState.STOPPED and benefit.state_on is not None:
        ends.append(Month.of(benefit.state_on))
    return min(ends)


def _raises(
    session: Session, regular: dict[Month, PaymentDue], adjusted: set[Month], last: Month, today: date
) -> list[PensionOwed]:
    """What a raise of the basic pension adds to months that were paid before it was announced (example A14)."""
    owed = []
    for month, due in regular.items():
        paid = due.paid_on is not None or due.settlement_id is not None
        more_fen = basic_pension_paid_fen(session, due.county_code, due.month, in_month=today) - due.basic_fen
        if paid and month <= last and month not in adjusted and more_fen > 0:
            owed.append(PensionOwed(month, more_fen, is_back_pay=True))
    return owed


def _check_interest(facts: EndFacts) -> None:
    """Interest of the year before the event must be posted where there was money in it. Raises `InterestNotPosted`."""
    year = facts.event_on.year
    through = facts.interest_through
    had_money = any(one.month.year < year for one in facts.postings)
    if had_money and (through is None or through < date(year - 1, 12, 31)):
        raise InterestNotPosted(f"{year - 1}年度利息尚未结算，请先完成年度结息。")


def content_of(judged: Judged) -> dict[str, Any]:
    """Return what a settlement keeps beside its columns: inputs, months, and the calculation in words."""
    done, account = judged.settlement, judged.account
    return {
        "account": {
            **_amounts(BySource(account.personal_fen, account.collective_fen, account.gov_fen)),
            "interest_through": account.interest_through.isoformat() if account.interest_through else None,
            "paid_count": account.paid_count,
        },
        "interest": _amounts(done.interest),
        "posts_interest": done.posts_interest,
        "withdrawn": _amounts(done.withdrawn),
        "overpaid": [
            {"month": str(one.month), "paid_in": str(one.paid_in), **_amounts(one.taken), "fund_fen": one.fund_fen}
            for one in done.overpaid
        ],
        "owed": [
            {
                "month": str(one.owed.month),
                "kind": (DueKind.BACK_PAY if one.owed.is_back_pay else DueKind.REGULAR).value,
                "basic_fen": one.owed.basic_fen,
                "account_fen": one.owed.account_fen,
                **_amounts(one.taken),
                "fund_fen": one.fund_fen,
            }
            for one in done.owed
        ],
        "reasons": [[reason.code, reason.message, reason.clause] for reason in done.reasons],
    }


def hash_of(judged: Judged, cancellation: Cancellation) -> str:
    """Return SHA-256 over everything that is paid and to whom, as hex."""
    done = judged.settlement
    payee = [
        cancellation.payee_name,
        cancellation.payee_relation.value if cancellation.payee_relation else None,
        str(cancellation.payee_id_token),
        cancellation.payee_account_index.hex() if cancellation.payee_account_index else None,
    ]
    content = {
        "cancellation": [cancellation.id, cancellation.reason.value, cancellation.event_on.isoformat()],
        "payee": payee,
        "content": content_of(judged),
        "figures": [
            _amounts(done.balance), _amounts(done.retained), _amounts(done.late), done.owed_fen, done.overpaid_fen,
            done.shortfall_fen, done.set_off_fen, done.payable_fen,
        ],
    }  # fmt: skip
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _amounts(amounts: BySource) -> dict[str, int]:
    return {
        "personal_fen": amounts.personal_fen,
        "collective_fen": amounts.collective_fen,
        "gov_fen": amounts.gov_fen,
    }
