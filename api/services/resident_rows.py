"""A resident's row: locking the version that was looked at, and changing it so that the earlier row is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select, text, update
from sqlmodel import col

from api.database import Actor, run_sql
from api.errors import NotFound, StaleVersion
from api.models import Resident

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def locked(session: Session, resident_id: int, version: int | None = None) -> Resident:
    """Lock a person's row; with a version, make sure that it is the one that was looked at.

    Raises `NotFound` or `StaleVersion`.
    """
    query = (
        select(Resident)
        .where(col(Resident.county_code) == resident_id // 10**10, col(Resident.id) == resident_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    resident = session.scalars(query).one_or_none()
    if resident is None:
        raise NotFound
    if version is not None and resident.version != version:
        raise StaleVersion
    return resident


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
