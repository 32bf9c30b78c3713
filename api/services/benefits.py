"""待遇: the running pensions and their states (policy.md §3.3). A state decides what the next run pays; nothing is paid here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update
from sqlmodel import col

from api.database import scope_of
from api.errors import DomainError, Invalid, NotFound, StaleVersion
from api.models import Award, Benefit, Resident
from api.policy.ages import Month
from api.services import audit_events
from api.services.pages import decode_cursor, encode_cursor
from api.vocabulary import BenefitState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from api.database import Actor

SUSPENSION_REASONS = {"cert": "未通过资格认证", "missing": "下落不明", "detained": "被羁押未判决"}
STOP_REASONS = {"prison": "服刑"}
TERMINATION_REASONS = {"death": "死亡", "emigrated": "出国定居", "other_pension": "领取其他养老待遇"}
RESUMPTION_REASONS = {"cert": "已通过资格认证", "found": "已找到本人", "released": "已释放"}


class BenefitStateUnfit(DomainError):
    """The change does not follow from the state that the benefit is in."""

    code = "benefit-state"
    title = "待遇当前状态不允许此操作"


class ReasonUnknown(Invalid):
    """The reason is none that the rules know for this change."""

    code = "reason-unknown"
    title = "原因不在规定范围内"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change of state as it was handed in."""

    actor: Actor
    resident_id: int
    reason: str
    on: date
    expected_version: int


ChangeState = Callable[["Session", Change], Benefit]
"""One of `suspend`, `stop`, `resume`, `terminate`."""


def get(session: Session, resident_id: int) -> Benefit:
    """Return a resident's benefit. Raises `NotFound`."""
    benefit = session.get(Benefit, (resident_id // 10**10, resident_id))
    if benefit is None:
        raise NotFound
    return benefit


def read(session: Session, resident_id: int) -> tuple[Benefit, Award | None, str]:
    """Return a resident's benefit with its award and the person's name. Raises `NotFound`."""
    benefit = get(session, resident_id)
    resident = session.get(Resident, (benefit.county_code, resident_id))
    if resident is None:
        raise NotFound
    return benefit, session.get(Award, (benefit.county_code, benefit.award_id)), resident.name


def list_benefits(
    session: Session, *, division_code: int | None, state: BenefitState | None, limit: int, after: str | None
) -> tuple[Sequence[tuple[Benefit, Award | None, str]], str | None]:
    """Return benefits with their award and the person's name, by person."""
    query = (
        select(Benefit, Award, col(Resident.name))
        .join(
            Resident,
            (col(Resident.county_code) == col(Benefit.county_code)) & (col(Resident.id) == col(Benefit.resident_id)),
        )
        .outerjoin(
            Award, (col(Award.county_code) == col(Benefit.county_code)) & (col(Award.id) == col(Benefit.award_id))
        )
        .order_by(col(Benefit.resident_id))
        .limit(limit + 1)
    )
    if division_code is not None:
        query = query.where(col(Benefit.division_code).between(*scope_of(division_code)))
    if state is not None:
        query = query.where(col(Benefit.state) == state)
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(Benefit.resident_id) > start[0])
    rows = [(row[0], row[1], row[2]) for row in session.execute(query).all()]
    return rows[:limit], encode_cursor(rows[limit - 1][0].resident_id) if len(rows) > limit else None


def suspend(session: Session, change: Change) -> Benefit:
    """Suspend a pension: its months accrue and are paid back on resumption (P11, example A15)."""
    _check(change.reason, SUSPENSION_REASONS)
    return _move(
        session, change, allowed={BenefitState.ACTIVE}, state=BenefitState.SUSPENDED,
        values={"state_reason": change.reason, "state_on": change.on},
    )  # fmt: skip


def stop(session: Session, change: Change) -> Benefit:
    """Stop a pension in prison: the month of imprisonment is paid, those after it never (P12, example A16)."""
    _check(change.reason, STOP_REASONS)
    return _move(
        session, change, allowed={BenefitState.ACTIVE, BenefitState.SUSPENDED}, state=BenefitState.STOPPED,
        values={"state_reason": change.reason, "state_on": change.on},
    )  # fmt: skip


def resume(session: Session, change: Change) -> Benefit:
    """Resume: after a suspension with all its months; after prison from the month after release, without any."""
    _check(change.reason, RESUMPTION_REASONS)
    benefit = get(session, change.resident_id)
    values: dict[str, Any] = {"state_reason": None, "state_on": change.on}
    if benefit.state == BenefitState.STOPPED:
        # Months before this one are either owed already, as open dues, or lost; none may become due again.
        values["start_month"] = max(benefit.start_month, Month.of(change.on).plus(1).first_day)
    return _move(
        session,
        change,
        allowed={BenefitState.SUSPENDED, BenefitState.STOPPED},
        state=BenefitState.ACTIVE,
        values=values,
    )


def terminate(session: Session, change: Change) -> Benefit:
    """End a pension for good; the month of the event is the last that is owed (P13)."""
    _check(change.reason, TERMINATION_REASONS)
    return _move(
        session,
        change,
        allowed={BenefitState.PENDING, BenefitState.ACTIVE, BenefitState.SUSPENDED, BenefitState.STOPPED},
        state=BenefitState.TERMINATED,
        values={
            "state_reason": change.reason, "state_on": change.on, "end_month": Month.of(change.on).first_day,
        },
    )  # fmt: skip


def _check(reason: str, known: dict[str, str]) -> None:
    if reason not in known:
        listed = "、".join(f"{code}({label})" for code, label in known.items())
        raise ReasonUnknown(f"原因须为：{listed}。", pointer="/reason")


def _move(
    session: Session, change: Change, *, allowed: set[BenefitState], state: BenefitState, values: dict[str, Any]
) -> Benefit:
    """Change the state from one of those allowed. Raises `NotFound`, `BenefitStateUnfit`, `StaleVersion`."""
    benefit = get(session, change.resident_id)
    if benefit.state not in allowed:
        raise BenefitStateUnfit(f"待遇状态为{BenefitState(benefit.state).label}，不能改为{state.label}。")
    moved = session.execute(
        update(Benefit)
        .where(
            col(Benefit.county_code) == benefit.county_code,
            col(Benefit.resident_id) == benefit.resident_id,
            col(Benefit.version) == change.expected_version,
        )
        .values(state=state, version=change.expected_version + 1, **values)
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined]
        raise StaleVersion
    session.refresh(benefit)
    audit_events.record(
        session, actor=change.actor, action=f"benefit.{state.value}", subject_kind="resident",
        subject_id=benefit.resident_id, division_code=benefit.division_code, reason=change.reason, on=change.on,
    )  # fmt: skip
    return benefit
