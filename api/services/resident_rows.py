"""A resident's row as it is written: locked, kept as a version, and changed. Whoever changes a resident does it here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select, text, update
from sqlmodel import col

from api.database import run_sql
from api.errors import DomainError, NotFound, StaleVersion
from api.models import Resident
from api.vocabulary import ResidentStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from api.database import Actor


class ResidentMerged(DomainError):
    """The row has been merged into another, which alone is changed from then on."""

    code = "resident-merged"
    title = "此登记已并入另一条登记"


def lock(session: Session, resident_id: int, version: int | None = None) -> Resident:
    """Lock a person's row and make sure that it is the version that was looked at.

    Raises `NotFound`, `StaleVersion` or `ResidentMerged`.
    """
    resident = next(iter(lock_many(session, [resident_id])), None)
    if resident is None:
        raise NotFound
    if version is not None and resident.version != version:
        raise StaleVersion
    if resident.status is ResidentStatus.MERGED:
        raise ResidentMerged("此登记已并入另一条登记，请在保留的登记上办理。")
    return resident


def lock_many(session: Session, resident_ids: Sequence[int]) -> list[Resident]:
    """Lock the rows that the actor may see, in the order of their ids, and return them as they are now."""
    query = (
        select(Resident)
        .where(
            col(Resident.county_code).in_({resident_id // 10**10 for resident_id in resident_ids}),
            col(Resident.id).in_(resident_ids),
        )
        .order_by(col(Resident.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query))


def keep_and_update(session: Session, actor: Actor, resident: Resident, changes: dict[str, Any]) -> None:
    """Keep the row as it is as a version, then change it. The row is locked by the caller."""
    run_sql(
        session,
        "resident_changes",
        "10_keep_version",
        county_code=resident.county_code,
        resident_id=resident.id,
        replaced_by_id=actor.user_id,
    )
    session.execute(
        update(Resident)
        .where(
            col(Resident.county_code) == resident.county_code,
            col(Resident.id) == resident.id,
            col(Resident.version) == resident.version,
        )
        .values(**changes, version=resident.version + 1, source_id=actor.user_id, updated_at=text("now()"))
        .execution_options(synchronize_session=False)
    )
    session.refresh(resident)
