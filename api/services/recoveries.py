"""追回: pensions paid for months after the last one owed. Found by a settlement, kept back from it or paid back later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update
from sqlmodel import col

from api.database import next_id, scope_of
from api.errors import DomainError, Invalid, NotFound, StaleVersion
from api.models import PaymentDue, Recovery, Resident, Settlement
from api.policy.ages import Month
from api.services import audit_events, settlement_postings
from api.services.pages import decode_cursor, encode_cursor
from api.services.two_persons import require_second_person
from api.vocabulary import RecoveryState

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from api.database import Actor
    from api.policy.settlements import EndSettlement

COUNTY_SPAN = 10_000_000_000


class RecoveryNotOpen(DomainError):
    """Nothing is left to come back, or the settlement that found it was taken back."""

    code = "recovery-not-open"
    title = "该笔追回已经办结"


class RepaidOutside(Invalid):
    """The day of the repayment lies before the demand or after today."""

    code = "repaid-on-outside"
    title = "到账日期不能早于结算复核日期或晚于今天"


def demand(session: Session, *, settlement: Settlement, done: EndSettlement, demanded_by_id: int) -> Recovery:
    """Enter what a settlement found overpaid, and mark the months that it covers. Called once per settlement."""
    basic_fen = sum(one.fund_fen for one in done.overpaid)
    account_fen = sum(one.taken.total_fen for one in done.overpaid)
    is_covered = done.set_off_fen == basic_fen + account_fen
    months = [one.month for one in done.overpaid]
    recovery = Recovery(
        county_code=settlement.county_code,
        id=next_id(session, settlement.county_code),
        resident_id=settlement.resident_id,
        division_code=settlement.division_code,
        settlement_id=settlement.id,
        state=RecoveryState.SET_OFF if is_covered else RecoveryState.OPEN,
        first_month=min(months).first_day,
        last_month=max(months).first_day,
        due_count=len(months),
        basic_fen=basic_fen,
        account_fen=account_fen,
        set_off_fen=done.set_off_fen,
        demanded_by_id=demanded_by_id,
    )
    session.add(recovery)
    session.execute(
        update(PaymentDue)
        .where(
            col(PaymentDue.county_code) == settlement.county_code,
            col(PaymentDue.resident_id) == settlement.resident_id,
            col(PaymentDue.month) > Month.of(settlement.event_on).first_day,
            col(PaymentDue.paid_on).is_not(None),
            col(PaymentDue.recovery_id).is_(None),
        )
        .values(recovery_id=recovery.id)
        .execution_options(synchronize_session=False)
    )
    session.flush()
    return recovery


def cancel(session: Session, *, settlement: Settlement) -> None:
    """Take back the demand of a settlement that is reversed; its months are uncovered again.

    Raises `RecoveryNotOpen` when the money has come back already: it would have nowhere to go.
    """
    recovery = of_settlement(session, settlement)
    if recovery is None:
        return
    if recovery.state is RecoveryState.REPAID:
        raise RecoveryNotOpen("多发的待遇已退回基金，不能再冲回结算。")
    recovery.state = RecoveryState.CANCELLED
    recovery.version += 1
    session.execute(
        update(PaymentDue)
        .where(col(PaymentDue.county_code) == recovery.county_code, col(PaymentDue.recovery_id) == recovery.id)
        .values(recovery_id=None)
        .execution_options(synchronize_session=False)
    )
    session.flush()


def of_settlement(session: Session, settlement: Settlement) -> Recovery | None:
    """Return the recovery that a settlement demands, if any, as it is now."""
    query = select(Recovery).where(
        col(Recovery.county_code) == settlement.county_code, col(Recovery.settlement_id) == settlement.id
    )
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def get(session: Session, recovery_id: int) -> Recovery:
    """Return one recovery as it is now. Raises `NotFound`."""
    query = select(Recovery).where(
        col(Recovery.county_code) == recovery_id // COUNTY_SPAN, col(Recovery.id) == recovery_id
    )
    recovery = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if recovery is None:
        raise NotFound
    return recovery


def name_of(session: Session, recovery: Recovery) -> str:
    """Return the name of the person whose pension is recovered."""
    query = select(col(Resident.name)).where(
        col(Resident.county_code) == recovery.county_code, col(Resident.id) == recovery.resident_id
    )
    return session.scalars(query).one()


def list_recoveries(
    session: Session,
    *,
    division_code: int | None,
    state: RecoveryState | None,
    resident_id: int | None,
    limit: int,
    after: str | None,
) -> tuple[list[tuple[Recovery, str]], str | None]:
    """Return recoveries with the person's name, and the next cursor."""
    person = (col(Resident.county_code) == col(Recovery.county_code)) & (col(Resident.id) == col(Recovery.resident_id))
    query = select(Recovery, col(Resident.name)).join(Resident, person).order_by(col(Recovery.id)).limit(limit + 1)
    if division_code is not None:
        query = query.where(col(Recovery.division_code).between(*scope_of(division_code)))
    if state is not None:
        query = query.where(col(Recovery.state) == state)
    if resident_id is not None:
        query = query.where(col(Recovery.resident_id) == resident_id)
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(Recovery.id) > start[0])
    rows = [(row[0], row[1]) for row in session.execute(query).all()]
    return rows[:limit], encode_cursor(rows[limit - 1][0].id) if len(rows) > limit else None


def repay(
    session: Session,
    *,
    actor: Actor,
    recovery_id: int,
    repaid_on: date,
    bank_reference: str,
    expected_version: int,
    today: date,
) -> Recovery:
    """Record that all that was still open has come back to the income account; a second person's act.

    Raises `NotFound`, `RecoveryNotOpen`, `SamePerson`, `RepaidOutside`, `StaleVersion`. policy.md §3.3 P16.
    """
    recovery = get(session, recovery_id)
    if recovery.state is not RecoveryState.OPEN:
        raise RecoveryNotOpen
    require_second_person(actor, recovery.demanded_by_id)
    settlement = session.get(Settlement, (recovery.county_code, recovery.settlement_id), populate_existing=True)
    demanded_on = settlement.approved_on if settlement is not None else None
    if repaid_on > today or (demanded_on is not None and repaid_on < demanded_on):
        raise RepaidOutside(pointer="/repaid_on")
    amount_fen = recovery.basic_fen + recovery.account_fen - recovery.set_off_fen - recovery.repaid_fen
    moved = session.execute(
        update(Recovery)
        .where(
            col(Recovery.county_code) == recovery.county_code,
            col(Recovery.id) == recovery.id,
            col(Recovery.version) == expected_version,
            col(Recovery.state) == RecoveryState.OPEN,
        )
        .values(
            state=RecoveryState.REPAID,
            repaid_fen=recovery.repaid_fen + amount_fen,
            confirmed_by_id=actor.user_id,
            repaid_on=repaid_on,
            bank_reference=bank_reference,
            version=expected_version + 1,
        )
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined]
        raise StaleVersion
    session.refresh(recovery)
    recovery.journal_id = settlement_postings.post_repayment(
        session, recovery=recovery, amount_fen=amount_fen, confirmer_id=actor.user_id, on=repaid_on, today=today
    )
    session.flush()
    audit_events.record(
        session, actor=actor, action="recovery.repay", subject_kind="recovery", subject_id=recovery.id,
        division_code=recovery.division_code, settlement_id=recovery.settlement_id, amount_fen=amount_fen,
    )  # fmt: skip
    return recovery
