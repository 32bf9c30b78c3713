"""资金核对: what the bank's list says against what arrived at the income account; the difference waits in suspense.

Lines that were booked have put their sum into the books' income account. After a reconciliation the books hold exactly
what arrived, whatever became of the lines: the difference stands on 待查款项 under the batch's number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select, text
from sqlmodel import col

from api.database import next_id
from api.errors import DomainError, Invalid, StaleVersion
from api.models import CollectionMoneyProof
from api.services import audit_events, ledger
from api.services.collection_batches import CollectionStateUnfit, get, lock, move
from api.services.collection_files import SENT_STATES
from api.services.fund_periods import booking_day
from api.services.two_persons import require_second_person
from api.vocabulary import CollectionState, FundAccount, JournalKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from api.database import Actor
    from api.models import CollectionBatch


class ArrivalDayUnfit(Invalid):
    """The money cannot have arrived before the batch was sent, or after today."""

    code = "arrival-day-unfit"
    title = "到账日期应在报盘日至今天之间"


class AdviceKnown(DomainError):
    """The bank's advice has been recorded."""

    code = "bank-advice-known"
    title = "该银行回单已经登记"


class NothingToReconcile(DomainError):
    """No money has been proved, or the books hold exactly what arrived."""

    code = "nothing-to-reconcile"
    title = "没有需要调整的差额"


class DifferenceChanged(DomainError):
    """The difference is another than the checker saw."""

    code = "difference-changed"
    title = "差额与您所见不一致"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the money of a batch stands, in fen."""

    listed_fen: int
    """What the bank says it deducted and was booked to accounts."""
    arrived_fen: int
    suspense_fen: int
    """What waits in suspense: above zero too much has arrived, below zero too little."""

    @property
    def unbooked_fen(self) -> int:
        """By how much what arrived exceeds what the books' income account was given for this batch."""
        return self.arrived_fen - self.listed_fen - self.suspense_fen


def standing(session: Session, batch: CollectionBatch) -> Standing:
    """Return where the money of a batch stands."""
    arrived = session.execute(
        select(func.coalesce(func.sum(col(CollectionMoneyProof.amount_fen)), 0)).where(
            col(CollectionMoneyProof.county_code) == batch.county_code,
            col(CollectionMoneyProof.batch_id) == batch.id,
        )
    ).scalar_one()
    waiting = session.execute(
        text(
            """
            SELECT coalesce(sum(f.credit_fen - f.debit_fen), 0)
              FROM journals j
              JOIN fund_lines f ON f.county_code = j.county_code AND f.journal_id = j.id
             WHERE j.county_code = :county_code AND j.kind = 'suspense' AND j.run_id = :batch_id
               AND f.fund_account = 'suspense' AND f.party_id = :batch_id
            """
        ),
        {"county_code": batch.county_code, "batch_id": batch.id},
    ).scalar_one()
    return Standing(batch.deducted_fen, int(arrived), int(waiting))


def prove(
    session: Session,
    *,
    actor: Actor,
    batch_id: int,
    amount_fen: int,
    bank_reference: str,
    arrived_on: date,
    today: date,
) -> CollectionMoneyProof:
    """Record money that arrived for a batch, by the bank's advice.

    Raises `CollectionStateUnfit` before the batch was sent, `ArrivalDayUnfit`, `AdviceKnown`. policy.md §3.3 P4.
    """
    batch = lock(session, batch_id, actor=actor)
    if batch.state not in SENT_STATES:
        raise CollectionStateUnfit(f"批次状态为{CollectionState(batch.state).label}，尚未报盘。")
    if not (batch.sent_on or today) <= arrived_on <= today:
        raise ArrivalDayUnfit(pointer="/arrived_on")
    if amount_fen <= 0:
        raise Invalid("到账金额须大于零。", pointer="/amount")
    known = session.execute(
        select(col(CollectionMoneyProof.id)).where(
            col(CollectionMoneyProof.county_code) == batch.county_code,
            col(CollectionMoneyProof.bank_reference) == bank_reference,
        )
    ).first()
    if known is not None:
        raise AdviceKnown(pointer="/bank_reference")
    proof = CollectionMoneyProof(
        county_code=batch.county_code,
        id=next_id(session, batch.county_code),
        batch_id=batch.id,
        division_code=batch.division_code,
        amount_fen=amount_fen,
        bank_reference=bank_reference,
        arrived_on=arrived_on,
        recorded_by_id=actor.user_id,
    )
    session.add(proof)
    session.flush()
    audit_events.record(
        session, actor=actor, action="collection_money.prove", subject_kind="collection_batch", subject_id=batch.id,
        division_code=batch.division_code, amount_fen=amount_fen,
    )  # fmt: skip
    return proof


def proofs_of(session: Session, batch: CollectionBatch) -> Sequence[CollectionMoneyProof]:
    """Return what has arrived for a batch, in the order of recording."""
    return session.scalars(
        select(CollectionMoneyProof)
        .where(
            col(CollectionMoneyProof.county_code) == batch.county_code, col(CollectionMoneyProof.batch_id) == batch.id
        )
        .order_by(col(CollectionMoneyProof.id))
    ).all()


def reconcile(
    session: Session, *, actor: Actor, batch_id: int, seen_fen: int, expected_version: int, today: date
) -> CollectionBatch:
    """Put the difference between money and list into suspense, or take it out again; by another than who proved it.

    Raises `StaleVersion`, `NothingToReconcile`, `DifferenceChanged`, and `SamePerson` for whoever recorded a proof.
    """
    batch = lock(session, batch_id, actor=actor)
    if batch.version != expected_version:
        raise StaleVersion
    proofs = proofs_of(session, batch)
    require_second_person(actor, *(one.recorded_by_id for one in proofs))
    unbooked_fen = standing(session, batch).unbooked_fen
    if not proofs or unbooked_fen == 0:
        raise NothingToReconcile
    if unbooked_fen != seen_fen:
        raise DifferenceChanged("到账与清单的差额已变化，请重新核对。", pointer="/difference")
    ledger.post(
        session,
        county_code=batch.county_code,
        division_code=batch.division_code,
        kind=JournalKind.SUSPENSE,
        business_date=booking_day(session, batch.county_code, wanted=proofs[-1].arrived_on, today=today),
        dedup_key=f"collection_suspense:{batch.id}:{batch.version}",
        maker_id=proofs[-1].recorded_by_id,
        checker_id=actor.user_id,
        run_id=batch.id,
        fund=[
            ledger.FundEntry(account=FundAccount.INCOME_ACCOUNT, amount_fen=unbooked_fen),
            ledger.FundEntry(account=FundAccount.SUSPENSE, amount_fen=-unbooked_fen, party_id=batch.id),
        ],
    )
    move(session, batch, CollectionState(batch.state), expected_version)
    audit_events.record(
        session, actor=actor, action="collection_money.reconcile", subject_kind="collection_batch", subject_id=batch.id,
        division_code=batch.division_code, difference_fen=unbooked_fen,
    )  # fmt: skip
    return batch


def read(session: Session, *, actor: Actor, batch_id: int) -> tuple[CollectionBatch, Standing]:
    """Return a batch and where its money stands. Raises `NotFound`."""
    batch = get(session, batch_id, actor=actor)
    return batch, standing(session, batch)
