"""Who changed a name, who changed a number: never the same hands (双改, reliability.md T7).

A stranger takes over somebody's years by changing both. So the two are separate cases, the people who handled one do
not handle the other within the interval, and who has had both changed at any time is marked for good.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlmodel import col

from api.database import next_id
from api.errors import DomainError
from api.models import IdentityChange
from api.services import audit_events
from api.services.laws import law_on
from api.vocabulary import IdentityPart

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from api.database import Actor
    from api.models import Resident

PAIR = 2


class IdentityChangedTogether(DomainError):
    """One case may change the name or the number, never both."""

    code = "identity-changed-together"
    title = "姓名和证件号码不得在同一件申请中变更"


class SameHandsChangeIdentity(DomainError):
    """Those who handled the change of one part may not handle the other's within the interval."""

    code = "same-hands-change-identity"
    title = "姓名和证件号码不得由同样的人员在规定期限内先后变更"


def history_of(session: Session, resident: Resident) -> Sequence[IdentityChange]:
    """Return every change of name and number of a person, newest first."""
    query = (
        select(IdentityChange)
        .where(
            col(IdentityChange.county_code) == resident.county_code,
            col(IdentityChange.resident_id) == resident.id,
        )
        .order_by(col(IdentityChange.changed_on).desc(), col(IdentityChange.id).desc())
    )
    return session.scalars(query).all()


def check_hands(
    session: Session,
    resident: Resident,
    *,
    part: IdentityPart,
    hands: Collection[int],
    request_id: int | None,
    today: date,
) -> None:
    """Make sure that these people may change this part. The person's row is locked by the caller.

    Refused within the interval: any two of them, or all of them, or all of those who handled the other part. Raises
    `IdentityChangedTogether` or `SameHandsChangeIdentity`.
    """
    interval = law_on(session, resident.division_code, today).identity_change_interval_days
    for other in history_of(session, resident):
        if other.part is part:
            continue
        if request_id is not None and other.request_id == request_id:
            raise IdentityChangedTogether("姓名和证件号码须分两件申请办理。")
        if (today - other.changed_on).days < interval and share_hands(hands, other.handled_by):
            raise SameHandsChangeIdentity(
                f"此人的{other.part.label}于{interval}日内刚变更，经手的是同样的人员；请由其他人员办理。"
            )


def share_hands(one: Collection[int], other: Collection[int]) -> bool:
    """Tell whether a pair of people handled both, or everybody who handled one of them handled the other."""
    both = set(one) & set(other)
    return len(both) >= PAIR or both in (set(one), set(other))


def mark_of(session: Session, resident: Resident, part: IdentityPart) -> dict[str, bool]:
    """Return the column to set along with a change of this part: the mark, once the other part was changed as well."""
    if resident.identity_changed_twice or all(change.part is part for change in history_of(session, resident)):
        return {}
    return {"identity_changed_twice": True}


def record(
    session: Session,
    *,
    actor: Actor,
    resident: Resident,
    part: IdentityPart,
    hands: Collection[int],
    today: date,
    is_marked: bool,
    evidence: str | None = None,
    request_id: int | None = None,
) -> None:
    """Write the change down; when it marks the person, the audit list says so in an event of its own."""
    change = IdentityChange(
        county_code=resident.county_code,
        id=next_id(session, resident.county_code),
        resident_id=resident.id,
        division_code=resident.division_code,
        part=part,
        changed_on=today,
        handled_by=sorted(set(hands)),
        evidence=evidence,
        request_id=request_id,
        changed_by_id=actor.user_id,
    )
    session.add(change)
    session.flush()
    if is_marked:
        audit_events.record(
            session,
            actor=actor,
            action="identity_changed_twice",
            subject_kind="resident",
            subject_id=resident.id,
            division_code=resident.division_code,
            last_part=part.value,
        )
