"""补贴申报: compute what a county asks government for, approve it over its content, send it to finance, undo it.

A claim covers what is owed up to a day and in no other claim that stands. Approval books it: each level owes its part.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import nullcontext
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update
from sqlmodel import col

from api.database import next_id, run_sql, undone
from api.errors import DomainError, Invalid, NotFound, StaleVersion
from api.models import SubsidyClaim, SubsidyClaimLine, SubsidyPosting, SubsidyReceiptShare
from api.policy.ages import Month
from api.policy.subsidies import ByLevel
from api.services import audit_events, subsidy_dues
from api.services.laws import law_on
from api.services.pages import decode_cursor, encode_cursor
from api.services.subsidy_books import book, book_back
from api.services.subsidy_covers import cover, lock_county, use_advances
from api.services.two_persons import require_second_person
from api.vocabulary import (
    GovernmentLevel,
    SubsidyClaimState,
    SubsidyPurpose,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from api.database import Actor

FOLDER = subsidy_dues.FOLDER
COUNTY_SPAN = 10_000_000_000
STANDING = (SubsidyClaimState.APPROVED, SubsidyClaimState.SENT, SubsidyClaimState.CLOSED)


class SubsidyPeriodMalformed(Invalid):
    """The period is neither a year nor a month, lies before the scheme, or its cut-off day lies outside of it."""

    code = "subsidy-period-malformed"
    title = "申报期间不正确"


class NothingToClaim(DomainError):
    """Government owes nothing that it has not been asked for, or less than what is to be taken back."""

    code = "nothing-to-claim"
    title = "没有可申报的金额"


class SubsidyClaimExists(DomainError):
    """A claim for the purpose up to the day stands, or one waits for its approval."""

    code = "subsidy-claim-exists"
    title = "已有同一用途的申报"


class SubsidyClaimStateUnfit(DomainError):
    """The step does not follow from the claim's state."""

    code = "subsidy-claim-state"
    title = "申报单当前状态不允许此操作"


class SubsidyClaimChanged(DomainError):
    """The lines are not those that were seen, or facts beneath them have changed."""

    code = "subsidy-claim-changed"
    title = "申报内容已变化"


class MoneyHasArrived(DomainError):
    """Money has come for the claim, so it stays."""

    code = "money-has-arrived"
    title = "已有财政资金到账，不能作废"


def require_county(actor: Actor, county_code: int) -> None:
    """Raise `NotFound` unless the actor sees the whole county: a claim is never of a part."""
    low, high = actor.scope
    first = county_code * 1_000_000
    if not (low <= first and first + 999_999 <= high):
        raise NotFound


def compute(
    session: Session,
    *,
    actor: Actor,
    county_code: int,
    purpose: SubsidyPurpose,
    period: str,
    cut_off_on: date | None,
    today: date,
) -> SubsidyClaim:
    """Compute a claim up to the cut-off day (default: the last day of the period, or today); nothing is booked.

    Raises `NotFound` outside one's county, `SubsidyPeriodMalformed`, `SubsidyClaimExists`, `NothingToClaim`.
    policy.md §3.3 P7.
    """
    require_county(actor, county_code)
    until = _cut_off(session, county_code, period, cut_off_on, today)
    lock_county(session, county_code)
    _refuse_second(session, county_code, purpose, until)
    claim = SubsidyClaim(
        county_code=county_code,
        id=next_id(session, county_code),
        division_code=county_code * 1_000_000,
        purpose=purpose,
        period=period,
        cut_off_on=until,
        # The sums are known once the lines are there, and a claim for nothing is none.
        amount_fen=1,
        county_fen=1,
        parameters={},
        maker_id=actor.user_id,
    )
    session.add(claim)
    session.flush()
    claim.parameters = subsidy_dues.insert_lines(session, claim, today=today)
    sums = run_sql(session, FOLDER, "40_sum_claim", county_code=county_code, claim_id=claim.id).one()
    amounts = ByLevel(*(int(getattr(sums, f"{level.value}_fen")) for level in GovernmentLevel))
    _refuse_nothing(sums.line_count, amounts)
    claim.line_count = sums.line_count
    claim.amount_fen = amounts.total_fen
    for level in GovernmentLevel:
        setattr(claim, f"{level.value}_fen", amounts.of(level))
    claim.content_hash = content_hash(session, claim)
    session.flush()
    audit(session, actor, "compute_subsidy_claim", claim)
    return claim


def compute_or_try(
    session: Session,
    *,
    actor: Actor,
    county_code: int,
    purpose: SubsidyPurpose,
    period: str,
    cut_off_on: date | None,
    today: date,
    dry_run: bool,
) -> tuple[SubsidyClaim, ByLevel]:
    """Compute a claim, or with `dry_run` do all of it and undo it; return it and what has arrived for it: nothing."""
    with undone(session) if dry_run else nullcontext():
        claim = compute(
            session,
            actor=actor,
            county_code=county_code,
            purpose=purpose,
            period=period,
            cut_off_on=cut_off_on,
            today=today,
        )
    return claim, ByLevel()


def _cut_off(session: Session, county_code: int, period: str, cut_off_on: date | None, today: date) -> date:
    """Return the last day that counts. Raises `SubsidyPeriodMalformed`."""
    first, last = _bounds(period)
    launch = law_on(session, county_code * 1_000_000, max(today, first)).launch_on
    until = cut_off_on or min(last, today)
    if not first <= until <= min(last, today) or until < launch:
        detail = f"截止日期须在申报期间({period})之内，不早于制度启动日{launch.isoformat()}，也不晚于今天。"
        raise SubsidyPeriodMalformed(detail, pointer="/cut_off_on" if cut_off_on else "/period")
    return until


def _bounds(period: str) -> tuple[date, date]:
    """First and last day of a year ("2010") or a month ("2011-03"); the shape has been checked at the border."""
    try:
        if len(period) == len("2010"):
            return date(int(period), 1, 1), date(int(period), 12, 31)
        month = Month.parse(period)
    except (ValueError, Invalid) as error:
        raise SubsidyPeriodMalformed(
            f"申报期间应为年度或月份，例如 2010 或 2011-03：{period}", pointer="/period"
        ) from error
    return month.first_day, month.last_day


def _refuse_second(session: Session, county_code: int, purpose: SubsidyPurpose, until: date) -> None:
    query = select(col(SubsidyClaim.state)).where(
        col(SubsidyClaim.county_code) == county_code,
        col(SubsidyClaim.purpose) == purpose,
        col(SubsidyClaim.state) != SubsidyClaimState.DISCARDED,
        (col(SubsidyClaim.cut_off_on) == until) | (col(SubsidyClaim.state) == SubsidyClaimState.COMPUTED),
    )
    state = session.scalars(query.limit(1)).first()
    if state is not None:
        waits = state is SubsidyClaimState.COMPUTED
        detail = "已有一份待审批的申报，请先审批或作废。" if waits else f"截至{until.isoformat()}的申报已经存在。"
        raise SubsidyClaimExists(f"{purpose.label}：{detail}")


def _refuse_nothing(line_count: int, amounts: ByLevel) -> None:
    if not line_count:
        raise NothingToClaim("截止日期以前没有尚未申报的金额。")
    if amounts.total_fen <= 0 or min(amounts.of(level) for level in GovernmentLevel) < 0:
        raise NothingToClaim("应扣回的金额不少于新增的金额，请待有足够的新增后再一并申报。")


def content_hash(session: Session, claim: SubsidyClaim) -> str:
    """Return SHA-256 over the head of a claim and every line of it in order, as hex."""
    towns = run_sql(session, FOLDER, "50_hash_lines", county_code=claim.county_code, claim_id=claim.id).all()
    head = [claim.county_code, claim.purpose.value, claim.period, claim.cut_off_on.isoformat()]
    return hashlib.sha256(json.dumps([head, [[row.town, row.digest] for row in towns]]).encode()).hexdigest()


def approve(
    session: Session, *, actor: Actor, claim_id: int, given_hash: str, version: int, today: date
) -> SubsidyClaim:
    """Approve a claim over its content by another person than its maker, and book it.

    Money that a level has paid in advance goes to it at once. Raises `NotFound`, `SamePerson`, `SubsidyClaimStateUnfit`,
    `SubsidyClaimChanged`, `StaleVersion`.
    """
    lock_county(session, claim_id // COUNTY_SPAN)
    claim = get(session, claim_id)
    require_second_person(actor, claim.maker_id)
    if claim.state is not SubsidyClaimState.COMPUTED:
        raise SubsidyClaimStateUnfit(f"申报单状态为{claim.state.label}，不能审批。")
    if not content_hash(session, claim) == claim.content_hash == given_hash:
        raise SubsidyClaimChanged("申报内容与您所见不一致，请重新核对后再审批。")
    keys = {"county_code": claim.county_code, "claim_id": claim.id}
    if run_sql(session, FOLDER, "55_find_changed", **keys).first() is not None:
        raise SubsidyClaimChanged("计算之后有缴费被冲正或待遇被追回，请作废后重新计算。")
    changes = {
        "state": SubsidyClaimState.APPROVED,
        "checker_id": actor.user_id,
        "approved_on": today,
        "approved_at": func.now(),
        "journal_id": book(session, claim, checker_id=actor.user_id, today=today),
    }
    change(session, claim, version, changes)
    use_advances(session, claim, today=today)
    cover(session, claim.county_code, claim.purpose)
    session.refresh(claim)
    audit(session, actor, "approve_subsidy_claim", claim)
    return claim


def send(session: Session, *, actor: Actor, claim_id: int, version: int, today: date) -> SubsidyClaim:
    """Note that the claim went to finance; from then on the days run within which the money has to come.

    Raises `NotFound`, `SubsidyClaimStateUnfit`, `StaleVersion`.
    """
    claim = get(session, claim_id)
    if claim.state is not SubsidyClaimState.APPROVED:
        raise SubsidyClaimStateUnfit(f"申报单状态为{claim.state.label}，不能送出。")
    days = law_on(session, claim.division_code, today).subsidy_due_days
    changes = {
        "state": SubsidyClaimState.SENT,
        "sent_by_id": actor.user_id,
        "sent_on": today,
        "due_on": today + timedelta(days=days),
    }
    change(session, claim, version, changes)
    audit(session, actor, "send_subsidy_claim", claim)
    return claim


def discard(session: Session, *, actor: Actor, claim_id: int, reason: str, version: int, today: date) -> SubsidyClaim:
    """Void a claim for which no money has come; what it asked for can be claimed anew.

    One that is approved is taken out of the books by a mirror, which needs another person than its maker. Raises
    `NotFound`, `SubsidyClaimStateUnfit`, `MoneyHasArrived`, `SamePerson`, `StaleVersion`.
    """
    lock_county(session, claim_id // COUNTY_SPAN)
    claim = get(session, claim_id)
    if claim.state not in {SubsidyClaimState.COMPUTED, SubsidyClaimState.APPROVED, SubsidyClaimState.SENT}:
        raise SubsidyClaimStateUnfit(f"申报单状态为{claim.state.label}，不能作废。")
    changes: dict[str, Any] = {
        "state": SubsidyClaimState.DISCARDED,
        "discarded_by_id": actor.user_id,
        "discard_reason": reason,
    }
    if claim.state is not SubsidyClaimState.COMPUTED:
        require_second_person(actor, claim.maker_id)
        _refuse_begun(session, claim)
        if claim.journal_id is not None:
            changes["reversal_journal_id"] = book_back(session, claim, checker_id=actor.user_id, today=today)
    change(session, claim, version, changes)
    session.execute(
        update(SubsidyClaimLine)
        .where(col(SubsidyClaimLine.county_code) == claim.county_code, col(SubsidyClaimLine.claim_id) == claim.id)
        .values(is_live=False)
        .execution_options(synchronize_session=False)
    )
    audit(session, actor, "discard_subsidy_claim", claim)
    return claim


def _refuse_begun(session: Session, claim: SubsidyClaim) -> None:
    """A claim that money has come for stays; so does one whose lines a later claim has taken back or built upon."""
    share = select(col(SubsidyReceiptShare.receipt_id)).where(
        col(SubsidyReceiptShare.county_code) == claim.county_code, col(SubsidyReceiptShare.claim_id) == claim.id
    )
    posted = select(col(SubsidyPosting.seq)).where(
        col(SubsidyPosting.county_code) == claim.county_code, col(SubsidyPosting.claim_id) == claim.id
    )
    if any(session.scalars(query.limit(1)).first() is not None for query in (share, posted)):
        raise MoneyHasArrived
    later = run_sql(session, FOLDER, "57_find_later", county_code=claim.county_code, claim_id=claim.id).first()
    if later is not None:
        raise SubsidyClaimStateUnfit("以后的申报已扣回其中的金额，不能作废。")


def get(session: Session, claim_id: int) -> SubsidyClaim:
    """Return one claim. Raises `NotFound`."""
    claim = session.get(SubsidyClaim, (claim_id // COUNTY_SPAN, claim_id), populate_existing=True)
    if claim is None:
        raise NotFound
    return claim


def list_claims(
    session: Session,
    *,
    purpose: SubsidyPurpose | None,
    state: SubsidyClaimState | None,
    overdue_on: date | None,
    limit: int,
    after: str | None,
) -> tuple[Sequence[SubsidyClaim], str | None]:
    """Return the claims that the actor sees, newest first; `overdue_on`: sent, unpaid and past their day then."""
    query = select(SubsidyClaim).order_by(col(SubsidyClaim.id).desc()).limit(limit + 1)
    if purpose is not None:
        query = query.where(col(SubsidyClaim.purpose) == purpose)
    if state is not None:
        query = query.where(col(SubsidyClaim.state) == state)
    if overdue_on is not None:
        query = query.where(col(SubsidyClaim.state) == SubsidyClaimState.SENT, col(SubsidyClaim.due_on) < overdue_on)
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(SubsidyClaim.id) < start[0])
    rows = session.scalars(query).all()
    return rows[:limit], encode_cursor(rows[limit - 1].id) if len(rows) > limit else None


def change(session: Session, claim: SubsidyClaim, version: int, changes: dict[str, Any]) -> None:
    """Change the claim if it still is what the actor saw. Raises `StaleVersion`."""
    changed = session.execute(
        update(SubsidyClaim)
        .where(
            col(SubsidyClaim.county_code) == claim.county_code,
            col(SubsidyClaim.id) == claim.id,
            col(SubsidyClaim.version) == version,
            col(SubsidyClaim.state) == claim.state,
        )
        .values(**changes, version=version + 1)
        .returning(col(SubsidyClaim.id))
        .execution_options(synchronize_session=False)
    ).first()
    if changed is None:
        raise StaleVersion
    session.refresh(claim)


def audit(session: Session, actor: Actor, action: str, claim: SubsidyClaim) -> None:
    """Note who did what to a claim."""
    audit_events.record(
        session,
        actor=actor,
        action=action,
        subject_kind="subsidy_claim",
        subject_id=claim.id,
        division_code=claim.division_code,
        purpose=claim.purpose.value,
        period=claim.period,
        cut_off_on=claim.cut_off_on.isoformat(),
        amount_fen=claim.amount_fen,
        content_hash=claim.content_hash,
    )
