"""现金缴存: a collector pays cash in at the bank; somebody else matches it with the bank's advice and books it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update
from sqlmodel import col

from api.database import Actor, next_id
from api.errors import DomainError, Invalid, NotFound, StaleVersion
from api.models import Remittance
from api.policy.money import format_yuan
from api.services import audit_events, ledger
from api.services.pages import decode_cursor, encode_cursor
from api.services.receipts import CashNeedsAPerson, cash_in_hand_fen, queue_at
from api.services.two_persons import require_second_person
from api.vocabulary import FundAccount, JournalKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

COUNTY_SPAN = 10_000_000_000


class RemittanceExceedsCash(DomainError):
    """More is paid in than the collector has taken."""

    status = 422
    code = "remittance-exceeds-cash"
    title = "缴存金额超过手存现金"


class RemittanceConfirmed(DomainError):
    """The remittance is booked already."""

    code = "remittance-already-confirmed"
    title = "该笔缴存已经确认"


class PaidInInFuture(Invalid):
    """The day of paying in has not come."""

    code = "paid-in-future"
    title = "缴存日期不能晚于今天"


def record(
    session: Session, *, actor: Actor, amount_fen: int, paid_in_on: date, bank_reference: str, today: date
) -> Remittance:
    """Record that the actor paid cash in at the bank; nothing is booked before somebody else confirms it.

    Raises `RemittanceExceedsCash`, `PaidInInFuture`, `CashNeedsAPerson`. policy.md §7 收支两条线.
    """
    if paid_in_on > today:
        raise PaidInInFuture(pointer="/paid_in_on")
    if not queue_at(session, actor.county_code, actor.user_id):
        raise CashNeedsAPerson("现金缴存须由经办人本人登记。")
    held_fen = cash_in_hand_fen(session, actor.county_code, actor.user_id)
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
    _audit(session, actor, "record_remittance", remittance)
    return remittance


def confirm(session: Session, *, actor: Actor, remittance_id: int, version: int, today: date) -> Remittance:
    """Match a remittance with the bank's advice and book it into 收入户.

    Raises `NotFound`, `SamePerson`, `RemittanceConfirmed`, `StaleVersion`.
    """
    remittance = get(session, remittance_id)
    require_second_person(actor, remittance.collector_id)
    if remittance.confirmed_by_id is not None:
        raise RemittanceConfirmed
    journal_id = ledger.post(
        session,
        county_code=remittance.county_code,
        division_code=remittance.division_code,
        kind=JournalKind.REMITTANCE,
        business_date=today,
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
    changed = session.execute(
        update(Remittance)
        .where(
            col(Remittance.county_code) == remittance.county_code,
            col(Remittance.id) == remittance_id,
            col(Remittance.version) == version,
            col(Remittance.confirmed_by_id).is_(None),
        )
        .values(confirmed_by_id=actor.user_id, journal_id=journal_id, version=version + 1)
        .returning(col(Remittance.id))
        .execution_options(synchronize_session=False)
    ).first()
    if changed is None:
        raise StaleVersion
    _audit(session, actor, "confirm_remittance", remittance)
    session.refresh(remittance)
    return remittance


def get(session: Session, remittance_id: int) -> Remittance:
    """Return one remittance. Raises `NotFound`."""
    remittance = session.get(Remittance, (remittance_id // COUNTY_SPAN, remittance_id))
    if remittance is None:
        raise NotFound
    return remittance


def list_remittances(
    session: Session, *, low: int, high: int, confirmed: bool | None, limit: int, after: str | None
) -> tuple[Sequence[Remittance], str | None]:
    """Return remittances, newest first, and the next cursor."""
    query = select(Remittance).where(
        col(Remittance.county_code).between(low // 1_000_000, high // 1_000_000),
        col(Remittance.division_code).between(low, high),
    )
    if confirmed is not None:
        missing = col(Remittance.confirmed_by_id).is_(None)
        query = query.where(~missing if confirmed else missing)
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(Remittance.id) < start[0])
    rows = session.scalars(query.order_by(col(Remittance.id).desc()).limit(limit + 1)).all()
    following = encode_cursor(rows[limit - 1].id) if len(rows) > limit else None
    return rows[:limit], following


def _audit(session: Session, actor: Actor, action: str, remittance: Remittance) -> None:
    audit_events.record(
        session,
        actor=actor,
        action=action,
        subject_kind="remittance",
        subject_id=remittance.id,
        division_code=remittance.division_code,
        amount_fen=remittance.amount_fen,
    )
