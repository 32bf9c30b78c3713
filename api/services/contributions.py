"""缴费: recording contributions, each with its government subsidy, its journal and its cash receipt; and reading them.

The law decides what a payment is worth (`contribution_rules`); here it is booked once, in one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import select, text
from sqlmodel import col

from api.database import Actor
from api.errors import DomainError, Invalid, NotFound
from api.models import Contribution, Receipt
from api.policy.contributions import ContributionAlreadyRecorded, TierFixedForYear
from api.services import audit_events, contribution_postings, deductions_under_way, ledger, payers, receipts
from api.services.contribution_rules import YEAR_KINDS, Offer, judge
from api.services.laws import law_on
from api.services.pages import decode_cursor, encode_cursor
from api.vocabulary import (
    Channel,
    ContributionKind,
    PostingState,
    ResidentStatus,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.policy.reasons import Reason
    from api.services.payers import Payer, PayerAccount, PayerEnrolment, PayerResident, Standing

COUNTY_SPAN = 10_000_000_000


class PaidInFuture(Invalid):
    """The day of payment has not come."""

    code = "paid-in-future"
    title = "缴费日期不能晚于今天"


class EnrolmentNotApproved(DomainError):
    """The county has not approved the person's 参保登记."""

    code = "enrolment-not-approved"
    title = "参保登记尚未经县级复核通过"


class ResidentGone(DomainError):
    """The person had died or moved away by the day of payment."""

    code = "resident-gone"
    title = "此人已死亡或迁出"


class AccountNotOpen(DomainError):
    """The account is settled: benefits are drawn from it, or it is closed."""

    code = "account-not-open"
    title = "个人账户已结算，不能再记入或冲正缴费"


class ContributionPeriodClosed(DomainError):
    """Interest is posted for the period that the payment falls in."""

    code = "contribution-period-closed"
    title = "该日期所属年度已经结息"


class CancellationUnderWay(DomainError):
    """A 注销登记 of the person is under way, and the payment lies after its event."""

    code = "cancellation-under-way"
    title = "此人正在办理注销登记"


class AccountDates(Protocol):
    """An account as far as its days go: a row of the table, or of a query."""

    @property
    def opened_on(self) -> Any:
        """Day of opening."""

    @property
    def interest_through(self) -> Any:
        """Last day of interest, if there is one."""


class AccountEnds(Protocol):
    """An account as far as a cancellation is concerned."""

    @property
    def cancels_on(self) -> Any:
        """Day of the event of a cancellation, if there is one."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A contribution on record, its receipt when it was paid in cash, and what the law said of it."""

    contribution: Contribution
    receipt: Receipt | None
    reasons: tuple[Reason, ...] = ()


def record(
    session: Session,
    *,
    actor: Actor,
    keyring: Keyring,
    resident_id: int,
    offer: Offer,
    today: date,
    written: receipts.Written | None = None,
    approved_by_id: int | None = None,
) -> Recorded:
    """Record one contribution: the person's part, the subsidy and the receipt, all or nothing.

    `written` is the receipt that was handed out beforehand, of a block of the collector's. Where somebody has approved
    it, it may lie in a period whose interest is posted; the caller corrects that interest afterwards
    (`interest_corrections`). Raises `NotFound` for a resident outside the scope, `EnrolmentNotApproved`,
    `ContributionPeriodClosed`, `AccountNotOpen`, `DeductionUnderWay`, and what `contribution_rules.judge` and
    `receipts.Till` raise. 国发〔2009〕32号 四, policy.md §4.
    """
    if offer.paid_on > today:
        raise PaidInFuture(pointer="/paid_on")
    county_code = resident_id // COUNTY_SPAN
    payer = payers.lock(session, county_code=county_code, resident_id=resident_id, year=offer.contribution_year)
    if payer is None:
        raise NotFound
    resident, posted = payer.resident, payer.posted
    enrolment, account = check_payer(payer, offer.paid_on, is_approved=approved_by_id is not None)
    check_once(posted, offer)
    deductions_under_way.refuse(offer, is_under_way=payer.is_deducted)
    judged = judge(
        offer,
        resident=resident,
        enrolment=enrolment,
        posted=posted,
        benefit_started=account.state == "drawing",
        law=law_on(session, resident.division_code, offer.paid_on),
    )
    if account.state != "open":
        raise AccountNotOpen
    till = _till(session, actor, resident, offer, written, today)
    if till is not None:
        till.take(session, judged.personal_fen)
    contribution = contribution_postings.book(
        session,
        actor=actor,
        resident=resident,
        offer=offer,
        judged=judged,
        ids=payer.ids[:2],
        today=today,
        approved_by_id=approved_by_id,
    )
    receipt = None
    if till is not None:
        receipt = till.issue(
            session, keyring, receipt_id=payer.ids[2], contribution=contribution, amount_fen=judged.personal_fen
        )
    audit_events.record(
        session,
        actor=actor,
        action="record_contribution",
        subject_kind="contribution",
        subject_id=contribution.id,
        division_code=contribution.division_code,
        resident_id=resident.id,
        contribution_year=offer.contribution_year,
        kind=offer.kind.value,
        amount_fen=judged.amount_fen,
        subsidy_fen=judged.subsidy_fen,
    )
    return Recorded(contribution, receipt, judged.reasons)


def _till(
    session: Session,
    actor: Actor,
    resident: PayerResident,
    offer: Offer,
    written: receipts.Written | None,
    today: date,
) -> receipts.Till | None:
    """Return where cash comes in, None for money that comes another way. Raises `ReceiptNeedsCash`."""
    if offer.channel is not Channel.CASH:
        if written is not None:
            raise receipts.ReceiptNeedsCash(pointer="/receipt")
        return None
    law = law_on(session, resident.division_code, today)
    return receipts.Till(actor=actor, county_code=resident.county_code, today=today, law=law, written=written)


def get(session: Session, contribution_id: int) -> Contribution:
    """Return one contribution. Raises `NotFound`."""
    contribution = session.get(Contribution, (contribution_id // COUNTY_SPAN, contribution_id))
    if contribution is None:
        raise NotFound
    return contribution


def read(session: Session, contribution_id: int) -> Recorded:
    """Return one contribution with its receipt. Raises `NotFound`."""
    contribution = get(session, contribution_id)
    return Recorded(contribution, receipts.of_payment(session, contribution))


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a list of contributions is narrowed to."""

    low: int
    high: int
    resident_id: int | None = None
    contribution_year: int | None = None
    kind: ContributionKind | None = None
    state: PostingState | None = None


def list_contributions(
    session: Session, *, filters: Filters, limit: int, after: str | None
) -> tuple[Sequence[Contribution], str | None]:
    """Return contributions, newest first, and the next cursor."""
    query = select(Contribution).where(
        col(Contribution.county_code).between(filters.low // 1_000_000, filters.high // 1_000_000),
        col(Contribution.division_code).between(filters.low, filters.high),
    )
    narrowed = {
        Contribution.resident_id: filters.resident_id,
        Contribution.contribution_year: filters.contribution_year,
        Contribution.kind: filters.kind,
        Contribution.state: filters.state,
    }
    for column, value in narrowed.items():
        if value is not None:
            query = query.where(col(column) == value)
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(Contribution.id) < start[0])
    rows = session.scalars(query.order_by(col(Contribution.id).desc()).limit(limit + 1)).all()
    following = encode_cursor(rows[limit - 1].id) if len(rows) > limit else None
    return rows[:limit], following


def standing(session: Session, county_code: int, resident_id: int) -> Sequence[Contribution]:
    """Return the person's contributions that are not reversed, by year."""
    return session.scalars(
        select(Contribution)
        .where(
            col(Contribution.county_code) == county_code,
            col(Contribution.resident_id) == resident_id,
            col(Contribution.state) == PostingState.POSTED,
        )
        .order_by(col(Contribution.contribution_year), col(Contribution.id))
    ).all()


def lock_account(
    session: Session, county_code: int, resident_id: int
) -> Row[tuple[str, date, date | None, date | None]]:
    """Lock the account against the interest run, and return its state and its days: opening, interest, cancellation.

    A plain SELECT, since an ORM load would hand back what the session knew before the lock. Raises `AccountMissing`.
    """
    row = session.execute(
        text(
            """
            SELECT state, opened_on, interest_through, cancels_on FROM accounts
             WHERE county_code = :county_code AND resident_id = :resident_id FOR UPDATE
            """
        ),
        {"county_code": county_code, "resident_id": resident_id},
    ).one_or_none()
    if row is None:
        raise ledger.AccountMissing
    return row


def check_payer(payer: Payer, paid_on: date, *, is_approved: bool = False) -> tuple[PayerEnrolment, PayerAccount]:
    """Return terms and account of somebody who may pay on a day; whether the account is open the caller asks later.

    Raises `ResidentGone`, `EnrolmentNotApproved`, `AccountMissing`, `CancellationUnderWay`, `ContributionPeriodClosed`.
    """
    _check_present(payer.resident, paid_on)
    if payer.enrolment is None:
        raise EnrolmentNotApproved(pointer="/resident_id")
    if payer.account is None:
        raise ledger.AccountMissing
    check_not_cancelled(payer.account, paid_on)
    if not is_approved:
        check_period(payer.account, paid_on)
    check_opened(payer.account, paid_on)
    return payer.enrolment, payer.account


def _check_present(resident: PayerResident, paid_on: date) -> None:
    gone = resident.status is not ResidentStatus.ALIVE
    if gone and (resident.status_on is None or resident.status_on < paid_on):
        raise ResidentGone(pointer="/resident_id")


def check_period(account: AccountDates, paid_on: date) -> None:
    """Raise `ContributionPeriodClosed` for a day whose interest is posted.

    What belongs there all the same waits for a second person, and corrects the interest (`backdated_contributions`).
    """
    through = account.interest_through
    if through is not None and paid_on <= through:
        detail = (
            f"该账户的利息已结至{through.isoformat()}，此日期及以前到账的缴费须按补记办理，由另一人复核后更正利息。"
        )
        raise ContributionPeriodClosed(detail, pointer="/paid_on")


def check_opened(account: AccountDates, paid_on: date) -> None:
    """Raise `ContributionPeriodClosed` for a day in a year before the account was opened."""
    if paid_on.year < account.opened_on.year:
        detail = f"该账户于{account.opened_on.isoformat()}建立，不能登记以前年度到账的缴费。"
        raise ContributionPeriodClosed(detail, pointer="/paid_on")


def check_not_cancelled(account: AccountEnds, paid_on: date) -> None:
    """Raise `CancellationUnderWay` for a day after the event of a cancellation that is under way."""
    if account.cancels_on is not None and paid_on > account.cancels_on:
        detail = f"此人正在办理注销登记(事件日期{account.cancels_on.isoformat()})，不能登记此后的缴费。"
        raise CancellationUnderWay(detail, pointer="/paid_on")


def check_once(posted: Sequence[Contribution | Standing], offer: Offer) -> None:
    """Say it as a fact before the unique index does; the index still decides a race."""
    for row in posted:
        same = (row.contribution_year, row.instalment) == (offer.contribution_year, offer.instalment)
        if not same or row.kind is not offer.kind or row.payer_list_id:
            continue
        topped_up = offer.kind in YEAR_KINDS and offer.tier_fen not in {None, row.tier_fen}
        if topped_up:
            raise TierFixedForYear("该年度已缴费，不能补差；变更档次自下一未缴年度起生效。", pointer="/tier")
        raise ContributionAlreadyRecorded(
            f"{offer.contribution_year}年度的{offer.kind.label}已经登记，每年只计一次。", pointer="/contribution_year"
        )
