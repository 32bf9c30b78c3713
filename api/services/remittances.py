"""现金缴存: a collector pays cash in at the bank; somebody else matches it with the bank's advice and books it.

What is recorded takes the oldest receipts' cash out of the hand (`cash_movements`), but only the confirmed amount leaves
the books' cash in hand: until then it grows older. What never arrived is rejected, and its cash is in hand again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update
from sqlmodel import col

from api.database import Actor, next_id, run_sql
from api.errors import DomainError, Invalid, NotFound, StaleVersion
from api.models import Remittance
from api.policy.money import format_yuan
from api.services import audit_events, cash, fund_periods, ledger
from api.services.pages import decode_cursor, encode_cursor
from api.services.receipts import CashNeedsAPerson
from api.services.two_persons import require_second_person
from api.vocabulary import FundAccount, JournalKind, RemittanceState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

COUNTY_SPAN = 10_000_000_000
WAITING = frozenset({RemittanceState.RECORDED, RemittanceState.DISPUTED})


class RemittanceExceedsCash(DomainError):
    """More is paid in than the collector has taken."""

    status = 422
    code = "remittance-exceeds-cash"
    title = "缴存金额超过手存现金"


class RemittanceConfirmed(DomainError):
    """The remittance is booked already."""

    code = "remittance-already-confirmed"
    title = "该笔缴存已经确认"


class RemittanceRejected(DomainError):
    """The remittance was rejected: the money never arrived."""

    code = "remittance-rejected"
    title = "该笔缴存已按未到账退回"


class RemittanceDiffers(DomainError):
    """The bank's advice says otherwise than the collector; the remittance is disputed from now on."""

    code = "remittance-differs"
    title = "银行到账与登记的缴存不符"
    keeps = True


class PaidInInFuture(Invalid):
    """The day of paying in has not come."""

    code = "paid-in-future"
    title = "缴存日期不能晚于今天"


class ArrivedInFuture(Invalid):
    """The day on the bank's advice has not come, or lies before the cash was paid in."""

    code = "arrived-out-of-range"
    title = "到账日期不能晚于今天，也不能早于缴存日期"


@dataclass(frozen=True, slots=True)
class Advice:
    """What the bank's advice says: its reference, the amount in fen, the day."""

    bank_reference: str
    amount_fen: int
    arrived_on: date


def record(
    session: Session, *, actor: Actor, amount_fen: int, paid_in_on: date, bank_reference: str, today: date
) -> Remittance:
    """Record that the actor paid cash in at the bank; nothing is booked before somebody else confirms it.

    Raises `RemittanceExceedsCash`, `PaidInInFuture`, `CashNeedsAPerson`. policy.md §7 收支两条线.
    """
    if paid_in_on > today:
        raise PaidInInFuture(pointer="/paid_in_on")
    desk = cash.lock(session, actor.county_code, actor.user_id)
    if desk is None:
        raise CashNeedsAPerson("现金缴存须由经办人本人登记。")
    held_fen = desk.cash_held_fen - cash.waiting_fen(session, actor.county_code, actor.user_id)
    if amount_fen > held_fen:
        detail = f"手存现金(扣除待确认的缴存)为{format_yuan(held_fen)}元，不能缴存{format_yuan(amount_fen)}元。"
        raise RemittanceExceedsCash(detail, pointer="/amount")
    remittance = Remittance(
        county_code=actor.county_code,
        id=next_id(session, actor.county_code),
        division_code=actor.division_code,
        collector_id=actor.user_id,
        amount_fen=amount_fen,
        paid_in_on=paid_in_on,
        bank_reference=bank_reference,
    )
    session.add(remittance)
    session.flush()
    cash.cover(
        session,
        county_code=remittance.county_code,
        collector_id=remittance.collector_id,
        division_code=desk.division_code,
        remittance_id=remittance.id,
        amount_fen=amount_fen,
    )
    _audit(session, actor, "record_remittance", remittance)
    return remittance


def compare(
    session: Session, *, actor: Actor, remittance_id: int, version: int, advice: Advice | None, today: date
) -> None:
    """Compare a waiting remittance with the bank's advice; what differs makes it disputed, which stays on record.

    Raises `NotFound`, `SamePerson`, `ArrivedInFuture`, `RemittanceDiffers`. Says nothing of what waits no more.
    """
    remittance = _locked(session, get(session, remittance_id))
    require_second_person(actor, remittance.collector_id)
    if advice is None or remittance.state not in WAITING or remittance.version != version:
        return
    if not remittance.paid_in_on <= advice.arrived_on <= today:
        raise ArrivedInFuture(pointer="/arrived_on")
    if (advice.bank_reference, advice.amount_fen) == (remittance.bank_reference, remittance.amount_fen):
        return
    _change(
        session,
        remittance,
        version,
        state=RemittanceState.DISPUTED,
        arrived_on=advice.arrived_on,
        advised_fen=advice.amount_fen,
        advised_reference=advice.bank_reference,
    )
    _audit(session, actor, "dispute_remittance", remittance, advised_fen=advice.amount_fen)
    raise RemittanceDiffers(
        f"登记缴存{format_yuan(remittance.amount_fen)}元、凭证号{remittance.bank_reference}，"
        f"银行到账{format_yuan(advice.amount_fen)}元、凭证号{advice.bank_reference}。"
        "已列为有差异，请与经办人核对后再确认，或按未到账退回。"
    )


def confirm(
    session: Session, *, actor: Actor, remittance_id: int, version: int, today: date, advice: Advice | None = None
) -> Remittance:
    """Book a remittance that agrees with the bank's advice into 收入户; the collector is relieved of its cash.

    Raises `NotFound`, `SamePerson`, `RemittanceConfirmed`, `RemittanceRejected`, `StaleVersion`, and as `compare`.
    """
    compare(session, actor=actor, remittance_id=remittance_id, version=version, advice=advice, today=today)
    remittance = get(session, remittance_id)
    _require_waiting(remittance, version)
    day = today if advice is None else advice.arrived_on
    journal_id = ledger.post(
        session,
        county_code=remittance.county_code,
        division_code=remittance.division_code,
        kind=JournalKind.REMITTANCE,
        business_date=fund_periods.booking_day(session, remittance.county_code, wanted=day, today=today),
        dedup_key=f"remittance:{remittance.id}",
        maker_id=remittance.collector_id,
        checker_id=actor.user_id,
        fund=[
            ledger.FundEntry(account=FundAccount.INCOME_ACCOUNT, amount_fen=remittance.amount_fen),
            ledger.FundEntry(
                account=FundAccount.CASH_IN_HAND, amount_fen=-remittance.amount_fen, party_id=remittance.collector_id
            ),
        ],
    )
    _change(
        session,
        remittance,
        version,
        state=RemittanceState.CONFIRMED,
        confirmed_by_id=actor.user_id,
        journal_id=journal_id,
        arrived_on=day,
        advised_fen=None,
        advised_reference=None,
    )
    cash.leave_hand(
        session,
        county_code=remittance.county_code,
        collector_id=remittance.collector_id,
        amount_fen=remittance.amount_fen,
    )
    _audit(session, actor, "confirm_remittance", remittance)
    return remittance


def reject(session: Session, *, actor: Actor, remittance_id: int, reason: str, version: int) -> Remittance:
    """Say that the money never arrived: its cash is in the collector's hand again, as old as it was.

    Raises `NotFound`, `SamePerson`, `RemittanceConfirmed`, `RemittanceRejected`, `StaleVersion`.
    """
    remittance = _locked(session, get(session, remittance_id))
    require_second_person(actor, remittance.collector_id)
    _require_waiting(remittance, version)
    cash.give_back(session, remittance)
    _change(
        session,
        remittance,
        version,
        state=RemittanceState.REJECTED,
        rejected_by_id=actor.user_id,
        reason=reason,
    )
    _audit(session, actor, "reject_remittance", remittance)
    return remittance


def covered(
    session: Session, remittance: Remittance, *, limit: int, after: str | None
) -> tuple[Sequence[Row[Any]], str | None]:
    """Return the receipts whose cash is in a remittance, the oldest first, and the next cursor."""
    start = decode_cursor(after, date, int) or (date.min, 0)
    rows = run_sql(
        session,
        cash.FOLDER,
        "40_list_covered",
        county_code=remittance.county_code,
        remittance_id=remittance.id,
        after_day=start[0],
        after_number=start[1],
        maximum=limit + 1,
    ).all()
    shown = rows[:limit]
    following = encode_cursor(shown[-1].issued_on.isoformat(), shown[-1].number) if len(rows) > limit else None
    return shown, following


def _locked(session: Session, remittance: Remittance) -> Remittance:
    """Wait for whoever deals with the same collector's cash, and return what they left. Raises `NotFound`."""
    if cash.lock(session, remittance.county_code, remittance.collector_id) is None:
        raise NotFound
    session.refresh(remittance)
    return remittance


def _require_waiting(remittance: Remittance, version: int) -> None:
    if remittance.state is RemittanceState.CONFIRMED:
        raise RemittanceConfirmed
    if remittance.state is RemittanceState.REJECTED:
        raise RemittanceRejected
    if remittance.version != version:
        raise StaleVersion


def _change(session: Session, remittance: Remittance, version: int, **values: Any) -> None:
    """Change a remittance from the version that was seen. Raises `StaleVersion`."""
    changed = session.execute(
        update(Remittance)
        .where(
            col(Remittance.county_code) == remittance.county_code,
            col(Remittance.id) == remittance.id,
            col(Remittance.version) == version,
            col(Remittance.state).in_(WAITING),
        )
        .values(version=version + 1, **values)
        .returning(col(Remittance.id))
        .execution_options(synchronize_session=False)
    ).first()
    if changed is None:
        raise StaleVersion
    session.refresh(remittance)


def get(session: Session, remittance_id: int) -> Remittance:
    """Return one remittance. Raises `NotFound`."""
    remittance = session.get(Remittance, (remittance_id // COUNTY_SPAN, remittance_id))
    if remittance is None:
        raise NotFound
    return remittance


def list_remittances(
    session: Session,
    *,
    low: int,
    high: int,
    confirmed: bool | None,
    state: RemittanceState | None = None,
    collector_id: int | None = None,
    limit: int,
    after: str | None,
) -> tuple[Sequence[Remittance], str | None]:
    """Return remittances, newest first, and the next cursor."""
    query = select(Remittance).where(
        col(Remittance.county_code).between(low // 1_000_000, high // 1_000_000),
        col(Remittance.division_code).between(low, high),
    )
    if confirmed is not None:
        missing = col(Remittance.confirmed_by_id).is_(None)
        query = query.where(~missing if confirmed else missing)
    if state is not None:
        query = query.where(col(Remittance.state) == state)
    if collector_id is not None:
        query = query.where(col(Remittance.collector_id) == collector_id)
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(Remittance.id) < start[0])
    rows = session.scalars(query.order_by(col(Remittance.id).desc()).limit(limit + 1)).all()
    following = encode_cursor(rows[limit - 1].id) if len(rows) > limit else None
    return rows[:limit], following


def _audit(session: Session, actor: Actor, action: str, remittance: Remittance, **detail: Any) -> None:
    audit_events.record(
        session,
        actor=actor,
        action=action,
        subject_kind="remittance",
        subject_id=remittance.id,
        division_code=remittance.division_code,
        amount_fen=remittance.amount_fen,
        **detail,
    )
