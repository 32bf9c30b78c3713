"""基金划转的办理: one person proposes a movement of the fund's money, another approves it, and only then it is booked.

What the system suggests, such as the sweep that is due, a person proposes in their own name: two persons stand behind
every movement and the system is neither of them (policy.md §7).
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update
from sqlmodel import col

from api.database import next_id
from api.errors import DomainError, Invalid, NotFound, StaleVersion
from api.models import FundTransfer
from api.services import audit_events, bank_matches, fund_transfers
from api.services.fund_books import require_county
from api.services.laws import law_on
from api.services.pages import decode_cursor, encode_cursor
from api.services.two_persons import require_second_person
from api.vocabulary import BankAccountName, Decision, FundAccount, FundTransferState, FundTransferWay, JournalKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from api.database import Actor

COUNTY_SPAN = 10_000_000_000
_MOVED, _EARNED = JournalKind.FUND_TRANSFER, JournalKind.BANK_INTEREST
ROUTES = {
    FundTransferWay.SWEEP: (FundAccount.INCOME_ACCOUNT, FundAccount.TREASURY_ACCOUNT, _MOVED),
    FundTransferWay.ALLOT: (FundAccount.TREASURY_ACCOUNT, FundAccount.EXPENDITURE_ACCOUNT, _MOVED),
    FundTransferWay.GIVE_BACK: (FundAccount.EXPENDITURE_ACCOUNT, FundAccount.TREASURY_ACCOUNT, _MOVED),
    FundTransferWay.POOL_GRANT: (FundAccount.POOL, FundAccount.TREASURY_ACCOUNT, _MOVED),
    FundTransferWay.INCOME_INTEREST: (FundAccount.INTEREST_RECEIVABLE, FundAccount.INCOME_ACCOUNT, _EARNED),
    FundTransferWay.TREASURY_INTEREST: (FundAccount.INTEREST_RECEIVABLE, FundAccount.TREASURY_ACCOUNT, _EARNED),
    FundTransferWay.EXPENDITURE_INTEREST: (FundAccount.INTEREST_RECEIVABLE, FundAccount.EXPENDITURE_ACCOUNT, _EARNED),
}
"""From where to where each way leads, and what kind of event it is."""


class TransferInFuture(Invalid):
    """The day of the movement has not come."""

    code = "transfer-in-future"
    title = "划转日期不能晚于今天"


class TransferDecided(DomainError):
    """The transfer is no longer waiting for a decision."""

    code = "transfer-decided"
    title = "该笔划转已经办结"


class DecisionUnfit(Invalid):
    """A transfer is approved or rejected; there is nowhere to return it to."""

    code = "decision-unfit"
    title = "划转只能同意或不予办理"


class NotTheProposer(DomainError):
    """Only who proposed a thing takes it back."""

    status = 403
    code = "not-the-proposer"
    title = "只能撤回本人提出的事项"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A movement as it is proposed; amount in fen."""

    way: FundTransferWay
    amount_fen: int
    moved_on: date
    bank_reference: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Sweep:
    """How 收入户 stands: what it holds, what is proposed already, when the last sweep was and when the next is due."""

    held_fen: int
    proposed_fen: int
    last_on: date | None
    due_on: date
    is_due: bool


def propose(session: Session, *, actor: Actor, wish: Wish, today: date) -> FundTransfer:
    """Propose a movement; nothing is booked before another person approves it. Raises `TransferInFuture`."""
    require_county(actor, actor.county_code)
    if wish.moved_on > today:
        raise TransferInFuture(pointer="/moved_on")
    transfer = FundTransfer(
        county_code=actor.county_code,
        id=next_id(session, actor.county_code),
        division_code=actor.county_code * 1_000_000,
        way=wish.way,
        amount_fen=wish.amount_fen,
        moved_on=wish.moved_on,
        bank_reference=wish.bank_reference,
        note=wish.note,
        state=FundTransferState.PROPOSED,
        proposed_by_id=actor.user_id,
    )
    session.add(transfer)
    session.flush()
    _audit(session, actor, "propose_fund_transfer", transfer)
    return transfer


def decide(
    session: Session,
    *,
    actor: Actor,
    transfer_id: int,
    decision: Decision,
    opinion: str | None,
    version: int,
    today: date,
) -> FundTransfer:
    """Approve a movement, which books it, or refuse it; by another person than who proposed it.

    Raises `NotFound`, `TransferDecided`, `SamePerson`, `FundBalanceTooLow`, `StaleVersion`. A month that was closed in
    between takes nothing more: the movement is then booked under today.
    """
    transfer = get(session, transfer_id)
    require_county(actor, transfer.county_code)
    if decision not in {Decision.APPROVE, Decision.REJECT}:
        raise DecisionUnfit(pointer="/decision")
    require_second_person(actor, transfer.proposed_by_id)
    if transfer.state is not FundTransferState.PROPOSED:
        raise TransferDecided
    journal_id = None
    if decision is Decision.APPROVE:
        bank_matches.queue(session, transfer.county_code)
        journal_id = _book(session, actor, transfer, today)
    state = FundTransferState.BOOKED if journal_id else FundTransferState.REJECTED
    changes = {"state": state, "decided_by_id": actor.user_id, "decided_on": today, "opinion": opinion}
    _change(session, transfer, version, changes | {"journal_id": journal_id})
    if journal_id:
        for account in _banks_of(transfer.way):
            bank_matches.match_automatically(session, actor=actor, account=account)
    _audit(session, actor, "approve_fund_transfer" if journal_id else "reject_fund_transfer", transfer)
    return transfer


def _book(session: Session, actor: Actor, transfer: FundTransfer, today: date) -> int:
    return fund_transfers.book(
        session,
        county_code=transfer.county_code,
        maker_id=transfer.proposed_by_id,
        checker=actor,
        route=ROUTES[transfer.way],
        amount_fen=transfer.amount_fen,
        on=transfer.moved_on,
        today=today,
        reference=str(transfer.id),
    )


def _banks_of(way: FundTransferWay) -> list[BankAccountName]:
    source, target, _ = ROUTES[way]
    names = {name.value for name in BankAccountName}
    return [BankAccountName(account.value) for account in (source, target) if account.value in names]


def withdraw(session: Session, *, actor: Actor, transfer_id: int, version: int) -> FundTransfer:
    """Take one's own proposal back. Raises `NotFound`, `NotTheProposer`, `TransferDecided`, `StaleVersion`."""
    transfer = get(session, transfer_id)
    require_county(actor, transfer.county_code)
    if transfer.proposed_by_id != actor.user_id:
        raise NotTheProposer
    if transfer.state is not FundTransferState.PROPOSED:
        raise TransferDecided
    _change(session, transfer, version, {"state": FundTransferState.WITHDRAWN})
    _audit(session, actor, "withdraw_fund_transfer", transfer)
    return transfer


def get(session: Session, transfer_id: int) -> FundTransfer:
    """Return one transfer. Raises `NotFound`."""
    transfer = session.get(FundTransfer, (transfer_id // COUNTY_SPAN, transfer_id))
    if transfer is None:
        raise NotFound
    return transfer


def list_transfers(
    session: Session, *, county_code: int, state: FundTransferState | None, limit: int, after: str | None
) -> tuple[Sequence[FundTransfer], str | None]:
    """Return a county's transfers, newest first, and the next cursor."""
    query = select(FundTransfer).where(col(FundTransfer.county_code) == county_code)
    if state is not None:
        query = query.where(col(FundTransfer.state) == state)
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(FundTransfer.id) < start[0])
    rows = session.scalars(query.order_by(col(FundTransfer.id).desc()).limit(limit + 1)).all()
    return rows[:limit], encode_cursor(rows[limit - 1].id) if len(rows) > limit else None


def sweep(session: Session, *, county_code: int, today: date) -> Sweep:
    """Return whether 收入户 has to be swept: every `sweep_interval_days`, and at the end of each month."""
    law = law_on(session, county_code * 1_000_000, today)
    held_fen = fund_transfers.balance_fen(session, county_code, FundAccount.INCOME_ACCOUNT)
    facts = session.execute(
        select(
            func.max(col(FundTransfer.moved_on)).filter(col(FundTransfer.state) == FundTransferState.BOOKED),
            func.coalesce(
                func.sum(col(FundTransfer.amount_fen)).filter(col(FundTransfer.state) == FundTransferState.PROPOSED), 0
            ),
        ).where(col(FundTransfer.county_code) == county_code, col(FundTransfer.way) == FundTransferWay.SWEEP)
    ).one()
    last_on: date | None = facts[0]
    proposed_fen = int(facts[1])
    month_end = today.replace(day=monthrange(today.year, today.month)[1])
    due_on = today if last_on is None else min(last_on + timedelta(days=law.sweep_interval_days), month_end)
    return Sweep(held_fen, proposed_fen, last_on, due_on, is_due=held_fen > proposed_fen and due_on <= today)


def waiting_until(session: Session, county_code: int, until: date) -> Sequence[FundTransfer]:
    """Return transfers up to a day that nobody has decided."""
    return session.scalars(
        select(FundTransfer)
        .where(
            col(FundTransfer.county_code) == county_code,
            col(FundTransfer.state) == FundTransferState.PROPOSED,
            col(FundTransfer.moved_on) <= until,
        )
        .order_by(col(FundTransfer.id))
    ).all()


def _change(session: Session, transfer: FundTransfer, version: int, changes: dict[str, Any]) -> None:
    changed = session.execute(
        update(FundTransfer)
        .where(
            col(FundTransfer.county_code) == transfer.county_code,
            col(FundTransfer.id) == transfer.id,
            col(FundTransfer.version) == version,
            col(FundTransfer.state) == FundTransferState.PROPOSED,
        )
        .values(**changes, version=version + 1)
        .returning(col(FundTransfer.id))
        .execution_options(synchronize_session=False)
    ).first()
    if changed is None:
        raise StaleVersion
    session.refresh(transfer)


def _audit(session: Session, actor: Actor, action: str, transfer: FundTransfer) -> None:
    audit_events.record(
        session,
        actor=actor,
        action=action,
        subject_kind="fund_transfer",
        subject_id=transfer.id,
        division_code=transfer.division_code,
        way=transfer.way.value,
        amount_fen=transfer.amount_fen,
    )
