"""一次性结算: computed by one person, approved by a second over its content, paid by a third.

The approval empties the account into what is payable; only the payment ends enrolment and benefit (policy.md §3.3 P3).
Whatever is wrong is undone before the money leaves: a computed settlement is discarded, an approved one reversed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update
from sqlmodel import col

from api.database import next_id
from api.errors import DomainError, NotFound, StaleVersion
from api.models import Account, Cancellation, Settlement
from api.policy.money import format_yuan
from api.services import audit_events, settlement_effects, settlement_postings, settlement_rules
from api.services.two_persons import require_second_person
from api.vocabulary import CaseState, SettlementState

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from api.database import Actor
    from api.services.settlement_rules import Judged

COUNTY_SPAN = 10_000_000_000


class CancellationNotApproved(DomainError):
    """The county has not approved the 注销登记, so nothing is settled."""

    code = "cancellation-not-approved"
    title = "注销登记尚未经县级复核通过"


class SettlementExists(DomainError):
    """A settlement of the person waits for its approval or its payment."""

    code = "settlement-exists"
    title = "此人已有待复核或待支付的结算"


class NothingToSettle(DomainError):
    """The account is settled, and nothing has become due since."""

    code = "nothing-to-settle"
    title = "没有需要结算的款项"


class SettlementStateUnfit(DomainError):
    """The step does not follow from the state that the settlement is in."""

    code = "settlement-state"
    title = "结算当前状态不允许此操作"


class SettlementOutdated(DomainError):
    """Facts have changed since the settlement was computed, or it is not what the approver saw."""

    code = "settlement-outdated"
    title = "结算依据已变化"


class PayeeMissing(DomainError):
    """There is money to pay, and nobody is named to pay it to."""

    code = "payee-missing"
    title = "尚未登记收款人"


class PaidOutside(DomainError):
    """The day of payment lies before the approval or after today."""

    status = 422
    code = "paid-on-outside"
    title = "支付日期不能早于复核日期或晚于今天"


def get(session: Session, settlement_id: int) -> Settlement:
    """Return one settlement as it is now. Raises `NotFound`."""
    query = select(Settlement).where(
        col(Settlement.county_code) == settlement_id // COUNTY_SPAN, col(Settlement.id) == settlement_id
    )
    settlement = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if settlement is None:
        raise NotFound
    return settlement


def compute(session: Session, *, actor: Actor, cancellation_id: int, today: date) -> Settlement:
    """Compute the settlement of an approved cancellation, or what has become due since it was settled.

    Nothing is booked. Raises `NotFound`, `CancellationNotApproved`, `SettlementExists`, `NothingToSettle`, and what
    `settlement_rules.judge` raises.
    """
    cancellation = _cancellation(session, cancellation_id)
    if cancellation.state not in {CaseState.COUNTY_APPROVED, CaseState.ARCHIVED}:
        raise CancellationNotApproved
    account = _locked_account(session, cancellation)
    _refuse_second(session, cancellation)
    judged = settlement_rules.judge(session, cancellation=cancellation, account=account, today=today)
    if judged.is_supplement and judged.is_empty:
        raise NothingToSettle
    settlement = Settlement(
        county_code=cancellation.county_code,
        id=next_id(session, cancellation.county_code),
        resident_id=cancellation.resident_id,
        division_code=cancellation.division_code,
        cancellation_id=cancellation.id,
        event_on=cancellation.event_on,
        account_state=account.state,
        is_supplement=judged.is_supplement,
        breakdown=settlement_rules.content_of(judged),
        content_hash=settlement_rules.hash_of(judged, cancellation),
        computed_by_id=actor.user_id,
        computed_on=today,
        **_figures(judged),
    )
    session.add(settlement)
    session.flush()
    _record(session, actor, "settlement.compute", settlement)
    return settlement


def _figures(judged: Judged) -> dict[str, Any]:
    """Columns of a settlement from its judgement."""
    done = judged.settlement
    return {
        "settled_on": done.settled_on,
        "personal_fen": done.balance.personal_fen,
        "collective_fen": done.balance.collective_fen,
        "gov_fen": done.balance.gov_fen,
        "retained_fen": done.retained.total_fen,
        "owed_fen": done.owed_fen,
        "late_fen": done.late_returned_fen,
        "late_gov_fen": done.late.gov_fen,
        "overpaid_basic_fen": sum(one.fund_fen for one in done.overpaid),
        "overpaid_account_fen": sum(one.taken.total_fen for one in done.overpaid),
        "shortfall_fen": done.shortfall_fen,
        "set_off_fen": done.set_off_fen,
        "payable_fen": done.payable_fen,
    }


def approve(
    session: Session,
    *,
    actor: Actor,
    settlement_id: int,
    given_hash: str,
    opinion: str | None,
    expected_version: int,
    today: date,
) -> Settlement:
    """Approve a settlement over its content by a second person: interest is booked and the account ends.

    A settlement that pays nothing is closed at once. Raises `NotFound`, `SettlementStateUnfit`, `SamePerson`,
    `StaleVersion`, `SettlementOutdated`, `PayeeMissing`. policy.md §3.3 P3, §4.8.
    """
    settlement = get(session, settlement_id)
    if settlement.state is not SettlementState.COMPUTED:
        raise SettlementStateUnfit(f"结算状态为{settlement.state.label}，不能复核。")
    require_second_person(actor, settlement.computed_by_id)
    cancellation = _cancellation(session, settlement.cancellation_id)
    account = _locked_account(session, cancellation)
    judged = settlement_rules.judge(session, cancellation=cancellation, account=account, today=today)
    stored = settlement_rules.hash_of(judged, cancellation)
    if not stored == settlement.content_hash == given_hash:
        raise SettlementOutdated("结算之后账户、发放或收款人已变化，或与您所见不一致，请作废后重新计算。")
    if settlement.payable_fen and not cancellation.payee_account_sealed:
        raise PayeeMissing("应付金额大于零，请先登记收款人姓名、证件号码和银行账号。")
    _move(
        session, settlement, SettlementState.APPROVED, expected_version,
        approved_by_id=actor.user_id, approved_on=today, approved_at=func.now(), opinion=opinion,
    )  # fmt: skip
    settlement_effects.end_account(session, actor, settlement, judged, today)
    _record(session, actor, "settlement.approve", settlement, content_hash=stored)
    if settlement.payable_fen == 0:
        _move(session, settlement, SettlementState.CLOSED, settlement.version)
        settlement_effects.close(session, settlement, cancellation, today)
    return settlement


def pay(
    session: Session,
    *,
    actor: Actor,
    settlement_id: int,
    paid_on: date,
    bank_reference: str,
    expected_version: int,
    today: date,
) -> Settlement:
    """Record that the bank has paid the settlement: a third person's act, which ends enrolment and benefit.

    Raises `NotFound`, `SettlementStateUnfit`, `SamePerson`, `StaleVersion`, `PaidOutside`.
    """
    settlement = get(session, settlement_id)
    if settlement.state is not SettlementState.APPROVED:
        raise SettlementStateUnfit(f"结算状态为{settlement.state.label}，不能登记支付。")
    require_second_person(actor, settlement.computed_by_id, settlement.approved_by_id or 0)
    if not (settlement.approved_on or today) <= paid_on <= today:
        raise PaidOutside(pointer="/paid_on")
    _move(
        session, settlement, SettlementState.PAID, expected_version,
        paid_by_id=actor.user_id, paid_on=paid_on, bank_reference=bank_reference,
    )  # fmt: skip
    settlement.payment_journal_id = settlement_postings.post_payment(
        session, settlement=settlement, payer_id=actor.user_id, paid_on=paid_on, today=today
    )
    session.flush()
    _record(session, actor, "settlement.pay", settlement, paid_on=paid_on)
    settlement_effects.close(session, settlement, _cancellation(session, settlement.cancellation_id), paid_on)
    return settlement


def discard(
    session: Session, *, actor: Actor, settlement_id: int, reason: str, expected_version: int, today: date
) -> Settlement:
    """Undo a settlement whose money has not left: discard what is only computed, reverse what is approved.

    Reversing takes another person than the approver, and puts account and pension back as they were; the interest up
    to the month of the event stays, since it is owed in any case. Raises `NotFound`, `SettlementStateUnfit`,
    `SamePerson`, `StaleVersion`, and `RecoveryNotOpen` when overpaid money has been paid back.
    """
    settlement = get(session, settlement_id)
    undone = {"undone_by_id": actor.user_id, "undone_reason": reason}
    if settlement.state is SettlementState.COMPUTED:
        _move(session, settlement, SettlementState.DISCARDED, expected_version, **undone)
    elif settlement.state in {SettlementState.APPROVED, SettlementState.CLOSED}:
        require_second_person(actor, settlement.approved_by_id or 0)
        was_closed = settlement.state is SettlementState.CLOSED
        _move(session, settlement, SettlementState.REVERSED, expected_version, **undone)
        settlement_effects.restore(session, actor, settlement, today)
        if was_closed and not settlement.is_supplement:
            cancellation = _cancellation(session, settlement.cancellation_id)
            settlement_effects.reopen(session, settlement, cancellation, today)
    else:
        raise SettlementStateUnfit(f"结算状态为{settlement.state.label}，不能作废；已支付的款项只能追回。")
    _record(session, actor, f"settlement.{settlement.state.value}", settlement, reason=reason)
    return settlement


def _cancellation(session: Session, cancellation_id: int) -> Cancellation:
    query = (
        select(Cancellation)
        .where(col(Cancellation.county_code) == cancellation_id // COUNTY_SPAN, col(Cancellation.id) == cancellation_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    cancellation = session.scalars(query).one_or_none()
    if cancellation is None:
        raise NotFound
    return cancellation


def _locked_account(session: Session, cancellation: Cancellation) -> Account:
    """Lock the account against contributions and runs, and return it as it is now."""
    query = (
        select(Account)
        .where(
            col(Account.county_code) == cancellation.county_code,
            col(Account.resident_id) == cancellation.resident_id,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return session.scalars(query).one()


def _refuse_second(session: Session, cancellation: Cancellation) -> None:
    known = session.execute(
        select(col(Settlement.id)).where(
            col(Settlement.county_code) == cancellation.county_code,
            col(Settlement.resident_id) == cancellation.resident_id,
            col(Settlement.state).in_([SettlementState.COMPUTED, SettlementState.APPROVED]),
        )
    ).first()
    if known is not None:
        raise SettlementExists


def _move(
    session: Session, settlement: Settlement, state: SettlementState, expected_version: int, **changes: Any
) -> None:
    """Change the state if the settlement still has the expected version. Raises `StaleVersion`."""
    session.flush()
    moved = session.execute(
        update(Settlement)
        .where(
            col(Settlement.county_code) == settlement.county_code,
            col(Settlement.id) == settlement.id,
            col(Settlement.version) == expected_version,
        )
        .values(state=state, version=expected_version + 1, **changes)
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined]
        raise StaleVersion
    session.refresh(settlement)


def _record(session: Session, actor: Actor, action: str, settlement: Settlement, **detail: Any) -> None:
    audit_events.record(
        session, actor=actor, action=action, subject_kind="settlement", subject_id=settlement.id,
        division_code=settlement.division_code, cancellation_id=settlement.cancellation_id,
        payable=format_yuan(settlement.payable_fen), **detail,
    )  # fmt: skip
