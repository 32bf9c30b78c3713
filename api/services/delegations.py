"""委托代办: a reviewer on leave gives a step to a named colleague for some days.

The colleague is of the same unit or above, never of finance, audit or administration, and does not hand the step on:
only who does a step by their own role can give it. It ends by its date, or when it is revoked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlmodel import col

from api.database import Actor, county_of, next_id, scope_of
from api.errors import DomainError, Invalid, NotFound, StaleVersion
from api.models import Delegation, User
from api.permissions import ROLE_PERMISSIONS, STEP_RIGHTS, Permission
from api.services import audit_events
from api.services.laws import law_on
from api.services.pages import decode_cursor, encode_cursor
from api.vocabulary import EnrolmentStep, RoleName

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

NEVER = frozenset({RoleName.FINANCE, RoleName.AUDITOR, RoleName.ADMINISTRATOR})
"""Roles that keep the money, look at the others' work or grant rights: they take no step of a case."""
COUNTY_SPAN = 10_000_000_000


class DelegationForbidden(DomainError):
    """Only who does the step themselves gives it away; a county reviewer also does so for who cannot come."""

    status = 403
    code = "forbidden"
    title = "只能委托本人办理的环节，或由县级复核员代为安排"


class DelegateUnfit(Invalid):
    """The colleague may not take the step."""

    code = "delegate-unfit"
    title = "受托人不符合要求"


class DelegationPeriodUnfit(Invalid):
    """The days are in the wrong order, past, or too many."""

    code = "delegation-period-unfit"
    title = "委托期限不符合要求"


class DelegationOverlaps(DomainError):
    """The step is given to somebody already on one of the days: two would answer for it."""

    code = "delegation-overlaps"
    title = "该环节在此期间已有委托"


class DelegationOver(DomainError):
    """The delegation has ended or was revoked before."""

    code = "delegation-over"
    title = "该委托已经到期或撤销"


@dataclass(frozen=True, slots=True)
class Mandate:
    """A step that somebody gave to the actor, for the cases of a range of divisions."""

    from_user_id: int
    step: EnrolmentStep
    role: RoleName
    low: int
    high: int

    @property
    def permissions(self) -> frozenset[Permission]:
        """What the giver's own role may do."""
        return ROLE_PERMISSIONS[self.role]


@dataclass(frozen=True, slots=True)
class Wish:
    """A delegation as it is asked for."""

    from_user_id: int
    to_user_id: int
    step: EnrolmentStep
    starts_on: date
    ends_on: date
    reason: str


def mandates(session: Session, *, actor: Actor, step: EnrolmentStep, right: Permission, on: date) -> list[Mandate]:
    """Return under which delegations the actor may do a step of a kind of case on a day."""
    return [one for one in mandates_of(session, actor=actor, on=on) if one.step is step and right in one.permissions]


def mandates_of(session: Session, *, actor: Actor, on: date) -> list[Mandate]:
    """Return every step that is given to the actor on a day. Who gave it must still be in office; machines get none."""
    if actor.client_id is not None or actor.role in NEVER:
        return []
    query = (
        select(col(Delegation.from_user_id), col(Delegation.step), col(User.role), col(User.division_code))
        .join(
            User,
            (col(User.county_code) == col(Delegation.county_code)) & (col(User.id) == col(Delegation.from_user_id)),
        )
        .where(
            col(Delegation.county_code) == actor.user_id // COUNTY_SPAN,
            col(Delegation.to_user_id) == actor.user_id,
            col(Delegation.ends_on) >= on,
            col(Delegation.starts_on) <= on,
            col(Delegation.revoked_at).is_(None),
            col(User.disabled_at).is_(None),
        )
        .order_by(col(Delegation.id))
    )
    found = []
    for from_user_id, step, role, division_code in session.execute(query).all():
        low, high = scope_of(division_code)
        # The colleague may have moved to another unit since.
        if actor.scope[0] <= low and high <= actor.scope[1]:
            found.append(Mandate(from_user_id, step, role, low, high))
    return found


def create(session: Session, *, actor: Actor, wish: Wish, today: date) -> Delegation:
    """Give a step to a colleague.

    Raises `NotFound` for a giver outside the actor's sight, `DelegationForbidden`, `DelegateUnfit` (also for a taker
    whom the actor does not see), `DelegationPeriodUnfit` or `DelegationOverlaps`.
    """
    giver = _user(session, wish.from_user_id)
    if giver is None:
        raise NotFound
    if not _may_arrange(actor, giver):
        raise DelegationForbidden
    _check_taker(giver, _user(session, wish.to_user_id))
    if not _does_step(giver.role, wish.step):
        raise DelegationForbidden("委托人的岗位不办理这一环节，不能委托给他人。")
    _check_period(session, giver, wish, today)
    _check_overlap(session, giver, wish)
    delegation = Delegation(
        county_code=giver.county_code,
        id=next_id(session, giver.county_code),
        division_code=giver.division_code,
        from_user_id=giver.id,
        to_user_id=wish.to_user_id,
        step=wish.step,
        starts_on=wish.starts_on,
        ends_on=wish.ends_on,
        reason=wish.reason,
        created_by_id=actor.user_id,
    )
    session.add(delegation)
    session.flush()
    _record(session, actor, "create_delegation", delegation)
    return delegation


def revoke(session: Session, *, actor: Actor, delegation_id: int, version: int, today: date) -> Delegation:
    """End a delegation at once. What was decided under it stays.

    Raises `NotFound`, `StaleVersion`, `DelegationForbidden` or `DelegationOver`.
    """
    delegation = session.scalars(
        select(Delegation)
        .where(col(Delegation.county_code) == delegation_id // COUNTY_SPAN, col(Delegation.id) == delegation_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if delegation is None:
        raise NotFound
    if delegation.version != version:
        raise StaleVersion
    giver = session.get(User, (delegation.county_code, delegation.from_user_id))
    if giver is None or not _may_arrange(actor, giver):
        raise DelegationForbidden
    if delegation.revoked_at is not None or delegation.ends_on < today:
        raise DelegationOver
    delegation.revoked_by_id = actor.user_id
    delegation.revoked_at = session.execute(select(func.now())).scalar_one()
    delegation.version += 1
    session.flush()
    _record(session, actor, "revoke_delegation", delegation)
    return delegation


def get(session: Session, delegation_id: int) -> Delegation:
    """Return one delegation of the actor's unit. Raises `NotFound`."""
    query = select(Delegation).where(
        col(Delegation.county_code) == delegation_id // COUNTY_SPAN, col(Delegation.id) == delegation_id
    )
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def list_delegations(session: Session, *, limit: int, after: str | None) -> tuple[Sequence[Delegation], str | None]:
    """Return the delegations of the actor's unit, the newest first, and the next cursor: who stands in for whom is no
    secret there. Raises `InvalidCursor`.
    """
    query = select(Delegation).order_by(col(Delegation.id).desc()).limit(limit + 1)
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(Delegation.id) < start[0])
    rows = session.scalars(query).all()
    return rows[:limit], encode_cursor(rows[limit - 1].id) if len(rows) > limit else None


def colleagues(session: Session, *, actor: Actor) -> list[User]:
    """Return who could take the actor's step: people in office of the same unit whom they see, but for themselves.

    Whoever stands above is out of sight of row-level security; the county arranges that.
    """
    query = (
        select(User)
        .where(
            col(User.division_code) == actor.division_code,
            col(User.id) != actor.user_id,
            col(User.role).not_in(NEVER),
            col(User.disabled_at).is_(None),
        )
        .order_by(col(User.display_name), col(User.id))
    )
    return list(session.scalars(query))


def names_of(session: Session, delegations: Sequence[Delegation]) -> dict[int, str]:
    """Return the names of givers and takers; of whom the reader does not see, none."""
    ids = {user for one in delegations for user in (one.from_user_id, one.to_user_id)}
    counties = {one.county_code for one in delegations}
    query = select(col(User.id), col(User.display_name)).where(
        col(User.county_code).in_(counties), col(User.id).in_(ids)
    )
    return {row.id: row.display_name for row in session.execute(query)}


def _user(session: Session, user_id: int) -> User | None:
    return session.get(User, (user_id // COUNTY_SPAN, user_id))


def _may_arrange(actor: Actor, giver: User) -> bool:
    """The giver does so, or a reviewer of the county for anybody below."""
    if actor.user_id == giver.id:
        return True
    low, high = actor.scope
    return Permission.CASE_ARRANGE in actor.permissions and low <= giver.division_code <= high


def _does_step(role: RoleName, step: EnrolmentStep) -> bool:
    return bool(ROLE_PERMISSIONS[role] & STEP_RIGHTS[step])


def _check_taker(giver: User, taker: User | None) -> None:
    if taker is None:
        raise DelegateUnfit(
            "没有这位同事，或不在您的管辖范围内；委托上级单位的人员请由县级安排。", pointer="/to_user_id"
        )
    if taker.id == giver.id:
        raise DelegateUnfit("不能委托给本人。", pointer="/to_user_id")
    if taker.disabled_at is not None:
        raise DelegateUnfit("受托人的账号已停用。", pointer="/to_user_id")
    if taker.role in NEVER:
        raise DelegateUnfit("基金财务、内部审计和系统管理人员不办理登记环节。", pointer="/to_user_id")
    low, high = scope_of(taker.division_code)
    if not low <= giver.division_code <= high or county_of(taker.division_code) != giver.county_code:
        raise DelegateUnfit("受托人须是本单位或上级单位的人员。", pointer="/to_user_id")


def _check_period(session: Session, giver: User, wish: Wish, today: date) -> None:
    if wish.ends_on < wish.starts_on:
        raise DelegationPeriodUnfit("结束日期不能早于开始日期。", pointer="/ends_on")
    if wish.starts_on < today:
        raise DelegationPeriodUnfit("开始日期不能早于今天。", pointer="/starts_on")
    most = law_on(session, giver.division_code, wish.starts_on).delegation_days_cap
    if wish.ends_on - wish.starts_on >= timedelta(days=most):
        raise DelegationPeriodUnfit(f"一次委托最长{most}日，须更长的请到期后另行委托。", pointer="/ends_on")


def _check_overlap(session: Session, giver: User, wish: Wish) -> None:
    # One after the other: the giver's row is locked, so that two requests at once cannot both find the days free.
    session.execute(
        select(col(User.id))
        .where(col(User.county_code) == giver.county_code, col(User.id) == giver.id)
        .with_for_update()
    )
    query = select(col(Delegation.id)).where(
        col(Delegation.county_code) == giver.county_code,
        col(Delegation.from_user_id) == giver.id,
        col(Delegation.step) == wish.step,
        col(Delegation.revoked_at).is_(None),
        col(Delegation.starts_on) <= wish.ends_on,
        col(Delegation.ends_on) >= wish.starts_on,
    )
    if session.scalars(query).first() is not None:
        raise DelegationOverlaps


def _record(session: Session, actor: Actor, action: str, delegation: Delegation) -> None:
    audit_events.record(
        session,
        actor=actor,
        action=action,
        subject_kind="delegation",
        subject_id=delegation.id,
        division_code=delegation.division_code,
        step=delegation.step.value,
        from_user_id=delegation.from_user_id,
        to_user_id=delegation.to_user_id,
        starts_on=delegation.starts_on.isoformat(),
        ends_on=delegation.ends_on.isoformat(),
    )
