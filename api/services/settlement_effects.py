"""What a settlement ends, and gives back when it is undone: account, pension, dues, enrolment and case."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update
from sqlmodel import col

from api.models import Account, Benefit, Enrolment, PaymentDue
from api.policy.ages import Month
from api.services import recoveries, settlement_postings
from api.vocabulary import BenefitState, CancellationReason, CaseState, DueKind, EnrolmentState

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from api.database import Actor
    from api.models import Cancellation, Settlement
    from api.services.settlement_rules import Judged

TERMINATION = {
    CancellationReason.DEATH: "death",
    CancellationReason.SETTLED_ABROAD: "emigrated",
    CancellationReason.OTHER_PENSION: "other_pension",
    CancellationReason.HUKOU_NOT_RURAL: "hukou",
}
"""Reason of the benefit's end by the reason of the cancellation."""


def end_account(session: Session, actor: Actor, settlement: Settlement, judged: Judged, today: date) -> None:
    """Book the end of the account and mark the pensions that the settlement pays or gets back."""
    done = judged.settlement
    settlement.interest_journal_id = settlement_postings.post_interest(
        session, settlement=settlement, done=done, checker_id=actor.user_id, today=today
    )
    settlement.journal_id = settlement_postings.post_end(
        session, settlement=settlement, judged=judged, checker_id=actor.user_id, today=today
    )
    keys = {"county_code": settlement.county_code, "resident_id": settlement.resident_id}
    session.execute(
        update(Account).where(*_is(Account, keys)).values(state="closed").execution_options(synchronize_session=False)
    )
    session.execute(
        update(Benefit)
        .where(*_is(Benefit, keys))
        .values(settlement_id=settlement.id, version=Benefit.version + 1)
        .execution_options(synchronize_session=False)
    )
    _take_owed(session, settlement, judged)
    if done.overpaid:
        recoveries.demand(session, settlement=settlement, done=done, demanded_by_id=actor.user_id)
    session.flush()


def _is(table: Any, keys: dict[str, Any]) -> list[Any]:
    return [col(getattr(table, name)) == value for name, value in keys.items()]


def _take_owed(session: Session, settlement: Settlement, judged: Judged) -> None:
    """Enter the months owed as dues of this settlement, so that no run pays them as well."""
    for one in judged.settlement.owed:
        kind = DueKind.BACK_PAY if one.owed.is_back_pay else DueKind.REGULAR
        key: dict[str, Any] = {
            "county_code": settlement.county_code,
            "resident_id": settlement.resident_id,
            "month": one.owed.month.first_day,
            "kind": kind,
        }
        values: dict[str, Any] = {
            "basic_fen": one.owed.basic_fen,
            "account_fen": one.owed.account_fen,
            "amount_fen": one.owed.basic_fen + one.owed.account_fen,
            "settlement_id": settlement.id,
        }
        taken = session.execute(
            update(PaymentDue)
            .where(*_is(PaymentDue, key), col(PaymentDue.line_run_id).is_(None), col(PaymentDue.paid_on).is_(None))
            .values(**values)
            .execution_options(synchronize_session=False)
        )
        if taken.rowcount != 1:  # type: ignore[attr-defined]
            session.add(PaymentDue(**key, **values, division_code=settlement.division_code, run_id=settlement.id))


def close(session: Session, settlement: Settlement, cancellation: Cancellation, on: date) -> None:
    """End enrolment, benefit and case now that nothing is left to pay. Of a supplement all that is over already."""
    if settlement.is_supplement:
        return
    keys = {"county_code": settlement.county_code, "resident_id": settlement.resident_id}
    settlement.before = _benefit_before(session, settlement)
    session.flush()
    session.execute(
        update(Enrolment)
        .where(*_is(Enrolment, keys), col(Enrolment.state) == EnrolmentState.COUNTY_APPROVED)
        .values(state=EnrolmentState.TERMINATED, version=Enrolment.version + 1, updated_at=func.now())
        .execution_options(synchronize_session=False)
    )
    if settlement.before is not None:
        ended: dict[str, Any] = {
            "end_month": func.least(col(Benefit.end_month), Month.of(cancellation.event_on).first_day)
        }
        if settlement.before["state"] != BenefitState.TERMINATED:
            ended |= {
                "state": BenefitState.TERMINATED,
                "state_reason": TERMINATION[cancellation.reason],
                "state_on": cancellation.event_on,
            }
        session.execute(
            update(Benefit)
            .where(*_is(Benefit, keys))
            .values(version=Benefit.version + 1, **ended)
            .execution_options(synchronize_session=False)
        )
    cancellation.state = CaseState.ARCHIVED
    cancellation.closed_on = cancellation.since_on = on
    cancellation.version += 1
    session.flush()


def _benefit_before(session: Session, settlement: Settlement) -> dict[str, Any] | None:
    """Return the state of the person's benefit, to be kept; None without one."""
    benefit = session.get(Benefit, (settlement.county_code, settlement.resident_id), populate_existing=True)
    if benefit is None:
        return None
    return {
        "state": benefit.state,
        "state_reason": benefit.state_reason,
        "state_on": benefit.state_on.isoformat() if benefit.state_on else None,
        "end_month": benefit.end_month.isoformat() if benefit.end_month else None,
    }


def restore(session: Session, actor: Actor, settlement: Settlement, today: date) -> None:
    """Mirror the books and give account, pension and dues back their state."""
    keys = {"county_code": settlement.county_code, "resident_id": settlement.resident_id}
    settlement.reversal_journal_id = settlement_postings.post_reversal(
        session, settlement=settlement, checker_id=actor.user_id, today=today
    )
    recoveries.cancel(session, settlement=settlement)
    session.execute(
        update(Account)
        .where(*_is(Account, keys))
        .values(state=settlement.account_state)
        .execution_options(synchronize_session=False)
    )
    if not settlement.is_supplement:
        session.execute(
            update(Benefit)
            .where(*_is(Benefit, keys))
            .values(settlement_id=None, version=Benefit.version + 1)
            .execution_options(synchronize_session=False)
        )
    session.execute(
        update(PaymentDue)
        .where(*_is(PaymentDue, keys), col(PaymentDue.settlement_id) == settlement.id)
        .values(settlement_id=None)
        .execution_options(synchronize_session=False)
    )
    session.flush()


def reopen(session: Session, settlement: Settlement, cancellation: Cancellation, today: date) -> None:
    """Undo what `close` did for a settlement that paid nothing: enrolment, benefit and case are as before."""
    keys = {"county_code": settlement.county_code, "resident_id": settlement.resident_id}
    latest = (
        select(func.max(col(Enrolment.id)))
        .where(*_is(Enrolment, keys), col(Enrolment.state) == EnrolmentState.TERMINATED)
        .scalar_subquery()
    )
    session.execute(
        update(Enrolment)
        .where(*_is(Enrolment, keys), col(Enrolment.id) == latest)
        .values(state=EnrolmentState.COUNTY_APPROVED, version=Enrolment.version + 1, updated_at=func.now())
        .execution_options(synchronize_session=False)
    )
    if settlement.before is not None:
        kept = settlement.before
        days = {name: date.fromisoformat(kept[name]) if kept[name] else None for name in ("state_on", "end_month")}
        session.execute(
            update(Benefit)
            .where(*_is(Benefit, keys))
            .values(
                state=BenefitState(kept["state"]),
                state_reason=kept["state_reason"],
                version=Benefit.version + 1,
                **days,
            )
            .execution_options(synchronize_session=False)
        )
    cancellation.state = CaseState.COUNTY_APPROVED
    cancellation.closed_on = None
    cancellation.since_on = today
    cancellation.version += 1
    session.flush()
