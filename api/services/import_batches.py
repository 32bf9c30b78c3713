"""Record of the files that were brought in: their hash, their counts and their refusals, never a cell."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlmodel import col

from api.database import Actor, county_of
from api.errors import NotFound
from api.models import ImportBatch
from api.services.pages import decode_cursor, encode_cursor
from api.vocabulary import ImportState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session


def find(session: Session, *, kind: str, division_code: int, sha256: Any) -> ImportBatch | None:
    """Return the earlier import of the same bytes into the same unit."""
    query = select(ImportBatch).where(
        col(ImportBatch.county_code) == county_of(division_code),
        col(ImportBatch.kind) == kind,
        col(ImportBatch.division_code) == division_code,
        col(ImportBatch.sha256) == sha256.hexdigest(),
    )
    return session.scalars(query).one_or_none()


def keep(
    session: Session,
    *,
    actor: Actor,
    batch: ImportBatch | None,
    import_id: int,
    kind: str,
    division_code: int,
    sha256: Any,
    row_count: int,
    accepted_count: int,
    unchanged_count: int,
    refused_count: int,
    refused: list[dict[str, Any]],
) -> None:
    """Record an import; the same bytes after a mended cause (a village that was missing) renew their record."""
    if batch is None:
        batch = ImportBatch(
            county_code=county_of(division_code),
            id=import_id,
            division_code=division_code,
            kind=kind,
            state=ImportState.APPLIED,
            sha256=sha256.hexdigest(),
            row_count=row_count,
            accepted_count=accepted_count,
            unchanged_count=unchanged_count,
            refused_count=refused_count,
            refused=refused,
            imported_by_id=actor.user_id,
            was_direct=True,
            ended_at=datetime.now(UTC),
        )
        session.add(batch)
    else:
        batch.version += 1
        batch.accepted_count = accepted_count
        batch.unchanged_count = unchanged_count
        batch.refused_count = refused_count
        batch.refused = refused
    session.flush()


def get(session: Session, import_id: int, *, for_update: bool = False) -> ImportBatch:
    """Return one import, held against changes if so wanted. Raises `NotFound`."""
    query = (
        select(ImportBatch)
        .where(col(ImportBatch.county_code) == import_id // 10**10, col(ImportBatch.id) == import_id)
        .execution_options(populate_existing=True)
    )
    if for_update:
        query = query.with_for_update()
    batch = session.scalars(query).one_or_none()
    if batch is None:
        raise NotFound
    return batch


def list_imports(
    session: Session, *, county_code: int, limit: int, after: str | None
) -> tuple[Sequence[ImportBatch], str | None]:
    """Return the unit's imports, newest first, and the next cursor. Raises `InvalidCursor`."""
    query = (
        select(ImportBatch)
        .where(col(ImportBatch.county_code) == county_code)
        .order_by(col(ImportBatch.id).desc())
        .limit(limit + 1)
    )
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(ImportBatch.id) < start[0])
    rows = session.scalars(query).all()
    following = encode_cursor(rows[limit - 1].id) if len(rows) > limit else None
    return rows[:limit], following
