"""待查行: what to do about a line of the bank's answer that could not be booked, or that never came. Two persons decide.

Nothing is guessed: `paid` books the line that was sent, whole, if its account can still take it; `failed` makes it final
without money; `dismissed` leaves the line as it is. Who proposes gives evidence; somebody else confirms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update
from sqlmodel import col

from api.database import run_sql
from api.errors import DomainError, Invalid, NotFound, StaleVersion
from api.models import CollectionFinding, CollectionLine, CollectionOutcome
from api.policy.contributions import payment_window
from api.services import audit_events
from api.services.collection_batches import FOLDER, CollectionStateUnfit, get, lock
from api.services.collection_files import SENT_STATES
from api.services.collection_postings import Booking, Sums, count_in, keep_failed, post_deducted
from api.services.collection_returns import DeductionDayUnfit, next_finding
from api.services.collection_staging import Answer, Judgement, stage_and_judge
from api.services.fund_periods import booking_day
from api.services.laws import law_on
from api.services.pages import decode_cursor, encode_cursor
from api.services.two_persons import require_second_person
from api.vocabulary import CollectionState, FindingCode, FindingDecision, FindingState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.database import Actor
    from api.models import CollectionBatch


class FindingStateUnfit(DomainError):
    """The finding is decided already, or nothing has been proposed."""

    code = "finding-state"
    title = "该待查行当前状态不允许此操作"


class FindingWithoutLine(Invalid):
    """To be booked or failed it must be said which line of the batch is meant."""

    code = "finding-without-line"
    title = "请指明对应批次中的哪一笔"


class LineFinal(DomainError):
    """The line of the batch has its final state."""

    code = "collection-line-final"
    title = "该笔代扣已有最终结果"


class FindingNotPostable(DomainError):
    """The line cannot be booked as deducted: its account cannot take it, or the year is over."""

    code = "finding-not-postable"
    title = "该笔代扣不能入账"


OBSTACLES = {
    "account_closed": "个人账户已结算或已注销",
    "gone": "此人在扣款日前已死亡或迁出",
    "cancelled": "此人在扣款日前已注销参保",
    "opened_later": "扣款日早于个人账户建立的年度",
    "paid_otherwise": "该年度已通过其他方式缴费，或已缴期次有变化",
    "after_window": "扣款日已超过该年度缴费截止日",
}
"""Why a line cannot be booked, by the detail of its verdict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What somebody proposes about a finding, and on what evidence; `seq` says which line of the batch is meant."""

    decision: FindingDecision
    evidence: str
    seq: int | None = None


def list_findings(
    session: Session,
    *,
    batch: CollectionBatch,
    state: FindingState | None,
    code: FindingCode | None,
    limit: int,
    after: str | None,
) -> tuple[Sequence[CollectionFinding], str | None]:
    """Return the findings of a batch by number."""
    query = (
        select(CollectionFinding)
        .where(col(CollectionFinding.county_code) == batch.county_code, col(CollectionFinding.batch_id) == batch.id)
        .order_by(col(CollectionFinding.number))
        .limit(limit + 1)
    )
    if state is not None:
        query = query.where(col(CollectionFinding.state) == state)
    if code is not None:
        query = query.where(col(CollectionFinding.code) == code)
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(CollectionFinding.number) > start[0])
    rows = session.scalars(query).all()
    return rows[:limit], encode_cursor(rows[limit - 1].number) if len(rows) > limit else None


def of_returns(
    session: Session, batch: CollectionBatch, return_ids: Sequence[int], *, most: int = 1000
) -> Sequence[CollectionFinding]:
    """Return the first findings of some files, in the order of their lines."""
    query = (
        select(CollectionFinding)
        .where(
            col(CollectionFinding.county_code) == batch.county_code,
            col(CollectionFinding.batch_id) == batch.id,
            col(CollectionFinding.return_id).in_(return_ids),
        )
        .order_by(col(CollectionFinding.number))
        .limit(most)
    )
    return session.scalars(query).all()


def count_open(session: Session, batch: CollectionBatch) -> int:
    """Return how many findings of a batch are not decided."""
    query = select(func.count()).where(
        col(CollectionFinding.county_code) == batch.county_code,
        col(CollectionFinding.batch_id) == batch.id,
        col(CollectionFinding.state) != FindingState.RESOLVED,
    )
    return session.execute(query).scalar_one()


def read(session: Session, *, actor: Actor, batch_id: int, number: int) -> CollectionFinding:
    """Return one finding. Raises `NotFound`."""
    return _of_batch(session, get(session, batch_id, actor=actor), number)


def _of_batch(session: Session, batch: CollectionBatch, number: int) -> CollectionFinding:
    finding = session.get(CollectionFinding, (batch.county_code, batch.id, number), populate_existing=True)
    if finding is None:
        raise NotFound
    return finding


def reveal(
    session: Session, *, actor: Actor, keyring: Keyring, batch_id: int, number: int, reason: str
) -> tuple[CollectionFinding, str]:
    """Return a finding with the bank's own text; audited, since it may hold a name and a document's number."""
    finding = read(session, actor=actor, batch_id=batch_id, number=number)
    if finding.raw_sealed is None:
        raise NotFound
    raw = keyring.unseal(
        finding.raw_sealed, table="collection_findings", column="raw", row_id=f"{batch_id}:{finding.number}"
    )
    audit_events.record(
        session, actor=actor, action="collection_finding.reveal", subject_kind="collection_batch", subject_id=batch_id,
        division_code=finding.division_code, finding=number, reason=reason,
    )  # fmt: skip
    return finding, raw


def propose(
    session: Session, *, actor: Actor, batch_id: int, number: int, version: int, proposal: Proposal
) -> CollectionFinding:
    """Propose what to do about a finding; a proposal that nobody has confirmed may be replaced.

    Raises `NotFound`, `FindingStateUnfit`, `FindingWithoutLine`, `LineFinal` and `StaleVersion`.
    """
    batch = lock(session, batch_id, actor=actor)
    finding = _of_batch(session, batch, number)
    if finding.state == FindingState.RESOLVED:
        raise FindingStateUnfit
    seq = proposal.seq or finding.seq
    if proposal.decision is not FindingDecision.DISMISSED:
        _open_line(session, batch, seq)
    _change(
        session, finding, version, state=FindingState.PROPOSED, decision=proposal.decision, evidence=proposal.evidence,
        maker_id=actor.user_id, seq=seq,
    )  # fmt: skip
    _audit(session, actor, batch, finding, "collection_finding.propose")
    return finding


def declare(
    session: Session, *, actor: Actor, batch_id: int, proposal: Proposal, deducted_on: date, today: date
) -> CollectionFinding:
    """Propose the final state of a line that the bank's files never answered, on a signed statement of the bank (T18).

    Raises `CollectionStateUnfit` before the batch was sent, `DeductionDayUnfit`, `FindingWithoutLine` and `LineFinal`.
    """
    batch = lock(session, batch_id, actor=actor)
    if batch.state not in SENT_STATES:
        raise CollectionStateUnfit(f"批次状态为{CollectionState(batch.state).label}，尚未报盘。")
    if not (batch.sent_on or today) <= deducted_on <= today:
        raise DeductionDayUnfit(pointer="/deducted_on")
    if proposal.decision is FindingDecision.DISMISSED:
        raise FindingStateUnfit("银行未返回的一笔只能按已扣款或扣款失败处理。")
    line = _open_line(session, batch, proposal.seq)
    finding = CollectionFinding(
        county_code=batch.county_code,
        batch_id=batch.id,
        number=next_finding(session, batch),
        division_code=batch.division_code,
        code=FindingCode.NO_ANSWER,
        seq=line.seq,
        amount_fen=line.amount_fen,
        state=FindingState.PROPOSED,
        decision=proposal.decision,
        evidence=proposal.evidence,
        deducted_on=deducted_on,
        maker_id=actor.user_id,
    )
    session.add(finding)
    session.flush()
    session.refresh(finding)
    _audit(session, actor, batch, finding, "collection_finding.declare")
    return finding


def decide(
    session: Session, *, actor: Actor, batch_id: int, number: int, version: int, confirms: bool, today: date
) -> CollectionFinding:
    """Confirm a proposal, which takes effect at once, or send the finding back to be looked at again.

    Raises `NotFound`, `FindingStateUnfit`, `SamePerson`, `LineFinal`, `FindingNotPostable` and `StaleVersion`.
    """
    batch = lock(session, batch_id, actor=actor)
    finding = _of_batch(session, batch, number)
    if finding.state != FindingState.PROPOSED:
        raise FindingStateUnfit
    require_second_person(actor, finding.maker_id or 0)
    if not confirms:
        _change(session, finding, version, state=FindingState.OPEN, decision=None, maker_id=None)
        _audit(session, actor, batch, finding, "collection_finding.send_back")
        return finding
    _apply(session, actor, batch, finding, today)
    _change(
        session, finding, version, state=FindingState.RESOLVED, checker_id=actor.user_id, decided_at=func.now()
    )  # fmt: skip
    _audit(session, actor, batch, finding, "collection_finding.resolve")
    return finding


def _apply(session: Session, actor: Actor, batch: CollectionBatch, finding: CollectionFinding, today: date) -> None:
    """Let a decision take effect on its line, by the same statements that book a file."""
    if finding.decision == FindingDecision.DISMISSED:
        return
    line = _open_line(session, batch, finding.seq)
    is_paid = finding.decision == FindingDecision.PAID
    deducted_on = finding.deducted_on or today
    booking = Booking(
        deducted_on=deducted_on,
        booked_on=booking_day(session, batch.county_code, wanted=deducted_on, today=today),
        today=today,
        maker_id=finding.maker_id or 0,
        checker_id=actor.user_id,
        source=f"{batch.id}:finding:{finding.number}",
        finding_number=finding.number,
    )
    reason = None if is_paid else finding.evidence
    answer = Answer(
        file_no=0, number=1, succeeded=is_paid, seq=line.seq, is_outside=False, resident_id=line.resident_id,
        amount_fen=line.amount_fen, id_token=line.id_token.hex, name=line.name, bank_code=None, reason=reason,
    )  # fmt: skip
    _, last_day = payment_window(batch.contribution_year, law_on(session, batch.division_code, batch.sent_on or today))
    judgement = Judgement(deducted_on, is_after_window=deducted_on > last_day, is_decided=True)
    (verdict,) = stage_and_judge(session, batch, [answer], judgement)
    if verdict.verdict != "ok":
        raise FindingNotPostable(f"该笔代扣不能入账：{_obstacle(session)}。请改按待查款项处理。")
    if is_paid:
        deducted = post_deducted(session, batch, booking, file_no=0, towns=[verdict.town])
        count_in(session, batch, deducted, Sums(), on=today)
    else:
        count_in(session, batch, Sums(), keep_failed(session, batch, booking, file_no=0), on=today)


def _obstacle(session: Session) -> str:
    """Say why the one judged line cannot be booked."""
    row = run_sql(session, FOLDER, "64_read_findings").one()
    return OBSTACLES.get(row.detail, FindingCode(row.verdict).label)


def _open_line(session: Session, batch: CollectionBatch, seq: int | None) -> CollectionLine:
    """Return the line that is meant if it is not final. Raises `FindingWithoutLine` and `LineFinal`."""
    line = session.get(CollectionLine, (batch.county_code, batch.id, seq)) if seq else None
    if line is None:
        raise FindingWithoutLine(pointer="/seq")
    if session.get(CollectionOutcome, (batch.county_code, batch.id, line.seq)) is not None:
        raise LineFinal("该笔代扣已有最终结果，只能对待查行作不予采用处理。")
    return line


def _change(session: Session, finding: CollectionFinding, version: int, **changes: Any) -> None:
    changed = session.execute(
        update(CollectionFinding)
        .where(
            col(CollectionFinding.county_code) == finding.county_code,
            col(CollectionFinding.batch_id) == finding.batch_id,
            col(CollectionFinding.number) == finding.number,
            col(CollectionFinding.version) == version,
        )
        .values(**changes, version=version + 1)
        .execution_options(synchronize_session=False)
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise StaleVersion
    session.refresh(finding)


def _audit(session: Session, actor: Actor, batch: CollectionBatch, finding: CollectionFinding, action: str) -> None:
    audit_events.record(
        session, actor=actor, action=action, subject_kind="collection_batch", subject_id=batch.id,
        division_code=batch.division_code, finding=finding.number, code=finding.code, decision=finding.decision,
        seq=finding.seq,
    )  # fmt: skip
