"""Stays that end: a move to another village, another hukou kind, a return. What the old village's past lists need is kept.

Called before the person's row changes. Nothing is written about people who stay where they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, text, update
from sqlmodel import col

from api.database import run_sql
from api.errors import Invalid
from api.models import Resident, ResidentSpell
from api.vocabulary import HukouKind, ResidentStatus, SpellEnd

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from api.database import Actor

FOLDER = "resident_changes"


class BeforePresentStay(Invalid):
    """The day lies before the person came to where they are, so that it would rewrite an earlier village's past."""

    code = "before-present-stay"
    title = "日期早于此人现居住地或现户口性质的起始日期"


@dataclass(frozen=True, slots=True)
class Leaving:
    """A stay that ends: whose, the first day elsewhere, and the village from that day on."""

    resident_id: int
    on: date
    to_division_code: int
    changes_village: bool


def end_stays(
    session: Session,
    leavings: Sequence[Leaving],
    *,
    county_code: int,
    reason: SpellEnd,
    recorded_by_id: int,
    evidence: str | None = None,
) -> None:
    """Keep the stays that end, what the books say of them, and let facts follow to the new village from the day on."""
    if not leavings:
        return
    ids = [leaving.resident_id for leaving in leavings]
    days = [leaving.on for leaving in leavings]
    run_sql(
        session,
        FOLDER,
        "40_keep_stays",
        county_code=county_code,
        resident_ids=ids,
        days=days,
        reason=reason.value,
        evidence=evidence,
        recorded_by_id=recorded_by_id,
    )
    movers = [leaving for leaving in leavings if leaving.changes_village]
    if not movers:
        return
    moving = [leaving.resident_id for leaving in movers]
    run_sql(session, FOLDER, "41_keep_books", county_code=county_code, resident_ids=moving)
    run_sql(
        session,
        FOLDER,
        "42_move_facts",
        county_code=county_code,
        resident_ids=moving,
        days=[leaving.on for leaving in movers],
        divisions=[leaving.to_division_code for leaving in movers],
        recorded_by_id=recorded_by_id,
    )


def end_stay(
    session: Session,
    resident: Resident,
    *,
    actor: Actor,
    on: date,
    reason: SpellEnd,
    to_division_code: int | None = None,
    evidence: str | None = None,
) -> dict[str, date]:
    """End one person's stay on a day and return the column that begins the next one.

    Raises `BeforePresentStay` when the person came only later.
    """
    require_present_stay(resident, on)
    village = to_division_code or resident.division_code
    end_stays(
        session,
        [Leaving(resident.id, on, village, village != resident.division_code)],
        county_code=resident.county_code,
        reason=reason,
        recorded_by_id=actor.user_id,
        evidence=evidence,
    )
    return {"here_since": on}


def require_present_stay(resident: Resident, on: date) -> None:
    """Make sure that a day lies in the person's present stay. Raises `BeforePresentStay`."""
    if resident.here_since is not None and on < resident.here_since:
        raise BeforePresentStay


def change_hukou(
    session: Session, resident: Resident, *, actor: Actor, kind: HukouKind, on: date, evidence: str | None = None
) -> dict[str, Any]:
    """Return the columns of another hukou kind from a day on; of the living, the stay under the earlier kind ends.

    Raises `BeforePresentStay`.
    """
    columns: dict[str, Any] = {"hukou_kind": kind}
    if resident.status is ResidentStatus.ALIVE:
        columns |= end_stay(session, resident, actor=actor, on=on, reason=SpellEnd.HUKOU_CHANGED, evidence=evidence)
    return columns


def take_hukou_back(session: Session, resident: Resident, *, actor: Actor, kind: HukouKind, on: date) -> dict[str, Any]:
    """Return the columns of who never changed hukou kind on that day: the stay that ended then goes on.

    Who has moved since keeps the stays between as they were recorded; the present one is under the right kind.
    """
    columns: dict[str, Any] = {"hukou_kind": kind}
    if resident.here_since != on:
        return columns
    query = select(ResidentSpell).where(
        col(ResidentSpell.county_code) == resident.county_code,
        col(ResidentSpell.resident_id) == resident.id,
        col(ResidentSpell.ended_on) == on,
        col(ResidentSpell.reason) == SpellEnd.HUKOU_CHANGED,
        col(ResidentSpell.hukou_kind) == kind,
        col(ResidentSpell.voided_at).is_(None),
    )
    stay = session.scalars(query).one_or_none()
    if stay is None:
        return columns
    stay.voided_at = session.execute(text("SELECT now()")).scalar_one()
    stay.voided_by_id = actor.user_id
    session.flush()
    return columns | {"here_since": stay.begins_on}


def change_going(session: Session, resident: Resident, *, actor: Actor, now: date | None, to: date | None) -> None:
    """Give the ended stays that know one day of death or leaving (`now`) another (`to`); null is none.

    The old rows are voided and new ones written. Called before the person's own row changes.
    """
    run_sql(
        session,
        FOLDER,
        "43_copy_stays",
        county_code=resident.county_code,
        resident_id=resident.id,
        present_gone_on=now,
        gone_on=to,
        recorded_by_id=actor.user_id,
    )
    stays = update(ResidentSpell).where(
        col(ResidentSpell.county_code) == resident.county_code,
        col(ResidentSpell.resident_id) == resident.id,
        col(ResidentSpell.gone_on).is_not_distinct_from(now),
        col(ResidentSpell.voided_at).is_(None),
    )
    if to is not None:
        stays = stays.where(col(ResidentSpell.ended_on) > to)
    session.execute(
        stays.values(voided_at=text("now()"), voided_by_id=actor.user_id).execution_options(synchronize_session=False)
    )
