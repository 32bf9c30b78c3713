"""月结与重开: a month is closed by two persons over the hash of its pack, and opened again by two persons with a reason.

Between proposal and approval the books may go on; the approval builds the pack anew while nobody can post to the month,
and refuses when it is not the one that was proposed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from api.database import next_id
from api.errors import DomainError, FieldFault, Invalid, NotFound, StaleVersion
from api.models import FundPack, FundPeriod
from api.services import audit_events, bank_matches, fund_packs, fund_periods, fund_preconditions
from api.services.fund_books import require_county
from api.services.fund_reconciliation import EVERYTHING
from api.services.fund_transfer_cases import NotTheProposer
from api.services.pages import decode_cursor, encode_cursor
from api.services.two_persons import require_second_person
from api.vocabulary import FundPeriodState, PreconditionState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from api.database import Actor
    from api.services.fund_packs import Built
    from api.services.fund_preconditions import Precondition

OPEN = (FundPeriodState.OPEN, FundPeriodState.REOPENED)


class PeriodNotReady(DomainError):
    """Preconditions of closing are not met; each is named."""

    code = "period-not-ready"
    title = "月结条件不符合"


class PeriodStateUnfit(DomainError):
    """The step does not follow from the state that the month is in."""

    code = "period-state"
    title = "该月份当前状态不允许此操作"


class PackChanged(DomainError):
    """The month is not what was proposed or seen: somebody has posted to it since."""

    code = "content-changed"
    title = "该月账簿在提出月结之后有变化"


class LaterMonthClosed(DomainError):
    """Only the latest closed month can be opened again."""

    code = "later-month-closed"
    title = "只能重开最近月结的月份"


class ExceptionUnfit(Invalid):
    """This precondition cannot be let pass."""

    code = "exception-unfit"
    title = "该项条件不能放行"


@dataclass(frozen=True, slots=True)
class Checked:
    """A month as it stands: its row (None when nothing was ever proposed), its pack if closed now, the preconditions."""

    period: FundPeriod | None
    built: Built
    preconditions: tuple[Precondition, ...]

    @property
    def is_ready(self) -> bool:
        """Whether it could be closed."""
        return all(one.state is not PreconditionState.UNMET for one in self.preconditions)


def find(session: Session, county_code: int, month: date) -> FundPeriod | None:
    """Return the row of a month, as it is now; None for a month that nobody has proposed to close."""
    return session.scalars(
        select(FundPeriod)
        .where(col(FundPeriod.county_code) == county_code, col(FundPeriod.month) == month)
        .execution_options(populate_existing=True)
    ).one_or_none()


def list_periods(session: Session, county_code: int, *, until: date) -> list[tuple[date, FundPeriod | None]]:
    """Return every month from the first journal on to `until`, newest first, each with its row."""
    first = session.execute(
        text("SELECT min(business_date) FROM journals WHERE county_code = :county_code"), {"county_code": county_code}
    ).scalar_one()
    rows = session.scalars(select(FundPeriod).where(col(FundPeriod.county_code) == county_code))
    known = {row.month: row for row in rows}
    months = []
    at = until.replace(day=1)
    while first is not None and at >= first.replace(day=1):
        months.append((at, known.get(at)))
        at = at.replace(year=at.year - 1, month=12) if at.month == 1 else at.replace(month=at.month - 1)
    return months


def page_of(
    months: Sequence[tuple[date, FundPeriod | None]], *, limit: int, after: str | None
) -> tuple[Sequence[tuple[date, FundPeriod | None]], str | None]:
    """Return a slice of the months and the next cursor. Raises `InvalidCursor`."""
    start = decode_cursor(after, date)
    rest = [one for one in months if start is None or one[0] < start[0]]
    following = encode_cursor(rest[limit - 1][0].isoformat()) if len(rest) > limit else None
    return rest[:limit], following


def check(
    session: Session, *, actor: Actor, county_code: int, month: date, today: date, exceptions: Sequence[Any] = ()
) -> Checked:
    """Say what stands in the way of closing a month; changes nothing. Raises `NotFound` below the county."""
    require_county(actor, county_code)
    period = find(session, county_code, month)
    proposed = period is not None and period.state is FundPeriodState.CLOSING
    let_pass = period.exceptions if period is not None and proposed else list(exceptions)
    cut_id = period.cut_id if period is not None and proposed else EVERYTHING
    built = fund_packs.build(session, county_code=county_code, month=month, cut_id=cut_id, exceptions=let_pass)
    return Checked(period, built, fund_preconditions.judge(session, built, today=today, exceptions=let_pass))


def propose(
    session: Session, *, actor: Actor, month: date, exceptions: Sequence[dict[str, str]], version: int, today: date
) -> FundPeriod:
    """Propose to close a month: its pack is built and its hash kept; `version` is 0 for a month without a row.

    Raises `PeriodNotReady` naming every precondition that is not met, `PeriodStateUnfit`, `ExceptionUnfit`, `StaleVersion`.
    """
    county_code = actor.county_code
    require_county(actor, county_code)
    unfit = [one["code"] for one in exceptions if one["code"] not in fund_preconditions.WAIVABLE]
    if unfit:
        raise ExceptionUnfit(pointer="/exceptions")
    _begin(session, county_code, month)
    period = _require(session, county_code, month, version, *OPEN)
    cut_id = next_id(session, county_code)
    let_pass = [{"code": one["code"], "reason": one["reason"]} for one in exceptions]
    built = _ready(session, county_code, month, cut_id, let_pass, today)
    _change(
        session, period, state=FundPeriodState.CLOSING, proposed_by_id=actor.user_id, proposed_on=today,
        proposed_hash=built.content_hash, exceptions=let_pass, cut_id=cut_id, approved_by_id=None,
    )  # fmt: skip
    _audit(session, actor, "propose_closing", period, content_hash=built.content_hash)
    return period


def approve(
    session: Session, *, actor: Actor, month: date, content_hash: str, version: int, today: date
) -> tuple[FundPeriod, FundPack]:
    """Close a month over the hash of its pack; from then on it takes no journal.

    Raises `NotFound`, `PeriodStateUnfit`, `SamePerson`, `PackChanged`, `PeriodNotReady`, `StaleVersion`.
    """
    county_code = actor.county_code
    require_county(actor, county_code)
    _begin(session, county_code, month)
    period = _require(session, county_code, month, version, FundPeriodState.CLOSING)
    proposer = period.proposed_by_id or 0
    require_second_person(actor, proposer)
    built = _ready(session, county_code, month, period.cut_id, period.exceptions, today)
    if not period.proposed_hash == built.content_hash == content_hash:
        raise PackChanged("该月账簿在提出月结之后有变化，或不是您所见的内容；请撤回后重新提出。")
    pack = FundPack(
        county_code=county_code,
        month=month,
        pack_version=period.pack_version + 1,
        division_code=period.division_code,
        content=built.content,
        content_hash=built.content_hash,
        cut_id=period.cut_id,
        journal_count=built.journal_count,
        turnover_fen=built.turnover_fen,
        prepared_by_id=proposer,
        approved_by_id=actor.user_id,
        closed_on=today,
    )
    session.add(pack)
    session.flush()
    _change(
        session, period, state=FundPeriodState.CLOSED, approved_by_id=actor.user_id, closed_on=today,
        closed_at=func.clock_timestamp(), content_hash=built.content_hash, pack_version=pack.pack_version,
        reopen_by_id=None, reopen_reason=None, reopen_approved_by_id=None, reopened_on=None,
    )  # fmt: skip
    _audit(session, actor, "close_month", period, content_hash=built.content_hash, pack_version=pack.pack_version)
    return period, pack


def withdraw(session: Session, *, actor: Actor, month: date, version: int) -> FundPeriod:
    """Take one's own proposal back, of a closing or of a reopening.

    Raises `NotFound`, `PeriodStateUnfit`, `NotTheProposer`, `StaleVersion`.
    """
    county_code = actor.county_code
    require_county(actor, county_code)
    _begin(session, county_code, month)
    period = _require(session, county_code, month, version, FundPeriodState.CLOSING, FundPeriodState.REOPENING)
    closing = period.state is FundPeriodState.CLOSING
    if actor.user_id != (period.proposed_by_id if closing else period.reopen_by_id):
        raise NotTheProposer
    if closing:
        state = FundPeriodState.REOPENED if period.pack_version else FundPeriodState.OPEN
        _change(session, period, state=state, proposed_hash=None, exceptions=[], proposed_by_id=None, proposed_on=None)
    else:
        _change(session, period, state=FundPeriodState.CLOSED, reopen_by_id=None, reopen_reason=None)
    _audit(session, actor, "withdraw_closing" if closing else "withdraw_reopening", period)
    return period


def propose_reopening(session: Session, *, actor: Actor, month: date, reason: str, version: int) -> FundPeriod:
    """Propose to open a closed month again, with the reason; it stays closed until another person agrees.

    Raises `NotFound`, `PeriodStateUnfit`, `LaterMonthClosed`, `StaleVersion`.
    """
    county_code = actor.county_code
    require_county(actor, county_code)
    _begin(session, county_code, month)
    period = _require(session, county_code, month, version, FundPeriodState.CLOSED)
    _refuse_later(session, period)
    _change(
        session, period, state=FundPeriodState.REOPENING, reopen_by_id=actor.user_id, reopen_reason=reason,
        reopen_approved_by_id=None,
    )  # fmt: skip
    _audit(session, actor, "propose_reopening", period, reason=reason)
    return period


def approve_reopening(session: Session, *, actor: Actor, month: date, version: int, today: date) -> FundPeriod:
    """Open a closed month again. Its pack stays on record; closing it again makes the next version.

    Raises `NotFound`, `PeriodStateUnfit`, `SamePerson`, `LaterMonthClosed`, `StaleVersion`.
    """
    county_code = actor.county_code
    require_county(actor, county_code)
    _begin(session, county_code, month)
    period = _require(session, county_code, month, version, FundPeriodState.REOPENING)
    require_second_person(actor, period.reopen_by_id or 0)
    _refuse_later(session, period)
    _change(
        session, period, state=FundPeriodState.REOPENED, reopen_approved_by_id=actor.user_id, reopened_on=today,
        proposed_by_id=None, proposed_on=None, proposed_hash=None, approved_by_id=None, exceptions=[],
    )  # fmt: skip
    _audit(session, actor, "reopen_month", period, pack_version=period.pack_version)
    return period


def pack_of(session: Session, *, county_code: int, month: date, pack_version: int | None = None) -> FundPack:
    """Return a stored pack, the latest one unless a version is asked for. Raises `NotFound`."""
    query = select(FundPack).where(col(FundPack.county_code) == county_code, col(FundPack.month) == month)
    if pack_version is not None:
        query = query.where(col(FundPack.pack_version) == pack_version)
    pack = session.scalars(query.order_by(col(FundPack.pack_version).desc()).limit(1)).one_or_none()
    if pack is None:
        raise NotFound
    return pack


def rebuild(session: Session, pack: FundPack) -> Built:
    """Build a stored pack again from today's ledger; equal bytes prove that the closed month is what it was."""
    facts: dict[str, Any] = fund_packs.facts_of(pack.content)
    return fund_packs.build(
        session, county_code=pack.county_code, month=pack.month, cut_id=pack.cut_id, exceptions=facts["exceptions"]
    )


def _begin(session: Session, county_code: int, month: date) -> None:
    """One closing at a time in a county, and nobody posting to the month meanwhile."""
    bank_matches.queue(session, county_code)
    fund_periods.seize(session, county_code, month)


def _require(session: Session, county_code: int, month: date, version: int, *states: FundPeriodState) -> FundPeriod:
    """Return the month's row in one of the states; a month without a row is open at version 0, and gets one."""
    period = find(session, county_code, month)
    if period is None:
        if FundPeriodState.OPEN not in states:
            raise PeriodStateUnfit(f"{month:%Y年%m月}尚未月结。")
        if version != 0:
            raise StaleVersion
        session.execute(
            insert(FundPeriod).values(county_code=county_code, month=month, division_code=county_code * 1_000_000)
        )
        period = find(session, county_code, month)
        if period is None:
            raise NotFound
        return period
    if period.version != version:
        raise StaleVersion
    if period.state not in states:
        raise PeriodStateUnfit(f"{month:%Y年%m月}的状态为{period.state.label}，不能这样办理。")
    return period


def _ready(
    session: Session, county_code: int, month: date, cut_id: int, exceptions: list[dict[str, str]], today: date
) -> Built:
    """Build the pack and insist on the preconditions. Raises `PeriodNotReady`."""
    built = fund_packs.build(session, county_code=county_code, month=month, cut_id=cut_id, exceptions=exceptions)
    judged = fund_preconditions.judge(session, built, today=today, exceptions=exceptions)
    unmet = [one for one in judged if one.state is PreconditionState.UNMET]
    if unmet:
        faults = [
            FieldFault(f"/preconditions/{one.code.value}", f"{one.code.value.replace('_', '-')}", item.message)
            for one in unmet
            for item in one.items[:20]
        ]
        named = "、".join(one.code.label for one in unmet)
        raise PeriodNotReady(f"{month:%Y年%m月}还不能月结，以下条件不符合：{named}。", faults=faults)
    return built


def _refuse_later(session: Session, period: FundPeriod) -> None:
    later = session.execute(
        select(col(FundPeriod.month)).where(
            col(FundPeriod.county_code) == period.county_code,
            col(FundPeriod.month) > period.month,
            col(FundPeriod.state).in_([FundPeriodState.CLOSING, FundPeriodState.CLOSED, FundPeriodState.REOPENING]),
        )
    ).first()
    if later is not None:
        raise LaterMonthClosed(f"{later.month:%Y年%m月}已月结或正在月结，须先重开或撤回。")


def _change(session: Session, period: FundPeriod, **changes: Any) -> None:
    """Change the row; who calls holds the county's queue and has compared the version."""
    changed = session.execute(
        update(FundPeriod)
        .where(
            col(FundPeriod.county_code) == period.county_code,
            col(FundPeriod.month) == period.month,
            col(FundPeriod.version) == period.version,
        )
        .values(**changes, version=period.version + 1)
        .returning(col(FundPeriod.month))
        .execution_options(synchronize_session=False)
    ).first()
    if changed is None:
        raise StaleVersion
    session.refresh(period)


def _audit(session: Session, actor: Actor, action: str, period: FundPeriod, **detail: Any) -> None:
    audit_events.record(
        session,
        actor=actor,
        action=action,
        subject_kind="fund_period",
        division_code=period.division_code,
        month=f"{period.month:%Y-%m}",
        **detail,
    )
