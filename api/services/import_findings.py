"""What was found in the rows of a stored file: kept whole, listed in pages, and the reason behind each refused row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, tuple_
from sqlmodel import col

from api.database import run_sql
from api.exchange.roster_rules import Issue, Severity
from api.models import ImportFinding
from api.services.pages import decode_cursor, encode_cursor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from api.models import ImportBatch

FOLDER = "imports"
LAST_ROW = 2**31 - 1
WHILE_APPLYING = 1000
"""First place of what only the applying found in a row; no row has that many cells."""


def write(session: Session, batch: ImportBatch, issues: Sequence[Issue], *, first_place: int = 0) -> None:
    """Keep the findings of one piece, numbered within their rows."""
    if not issues:
        return
    places: dict[int, int] = {}
    numbered = []
    for issue in issues:
        place = places.get(issue.row, first_place)
        places[issue.row] = place + 1
        numbered.append(place)
    run_sql(
        session,
        FOLDER,
        "10_insert_findings",
        county_code=batch.county_code,
        import_id=batch.id,
        round=batch.round,
        division_code=batch.division_code,
        rows=[issue.row for issue in issues],
        places=numbered,
        columns=[issue.column for issue in issues],
        codes=[issue.code for issue in issues],
        messages=[issue.message for issue in issues],
        severities=[issue.severity.value for issue in issues],
    )


def _of(batch: ImportBatch) -> Select[ImportFinding]:
    return select(ImportFinding).where(
        col(ImportFinding.county_code) == batch.county_code,
        col(ImportFinding.import_id) == batch.id,
        col(ImportFinding.round) == batch.round,
    )


def refusals(session: Session, batch: ImportBatch, *, first: int, last: int, most: int | None = None) -> list[Issue]:
    """Return what refuses rows between two of the sheet, both included, by row; at most so many."""
    query = (
        _of(batch)
        .where(
            col(ImportFinding.row_no).between(first, last),
            col(ImportFinding.severity) == Severity.REFUSAL.value,
        )
        .order_by(col(ImportFinding.row_no), col(ImportFinding.place))
        .limit(most)
    )
    return [_issue(row) for row in session.scalars(query)]


def first_refusals(session: Session, batch: ImportBatch, most: int) -> list[Issue]:
    """Return the first refusals of an import, whichever way it came in."""
    if batch.job_id is None:
        return [Issue(**finding, severity=Severity.REFUSAL) for finding in batch.refused[:most]]
    return refusals(session, batch, first=1, last=LAST_ROW, most=most)


def _issue(row: ImportFinding) -> Issue:
    return Issue(row.row_no, row.column_name, row.code, row.message, Severity(row.severity))


def list_findings(
    session: Session, batch: ImportBatch, *, severity: Severity | None, limit: int, after: str | None
) -> tuple[Sequence[Issue], str | None]:
    """Return the findings by row and the next cursor. Raises `InvalidCursor`."""
    start = decode_cursor(after, int, int)
    if batch.job_id is None:
        return _of_record(batch, severity=severity, limit=limit, start=start)
    query = _of(batch).order_by(col(ImportFinding.row_no), col(ImportFinding.place)).limit(limit + 1)
    if severity is not None:
        query = query.where(col(ImportFinding.severity) == severity.value)
    if start is not None:
        query = query.where(tuple_(col(ImportFinding.row_no), col(ImportFinding.place)) > (start[0], start[1]))
    rows = session.scalars(query).all()
    following = encode_cursor(rows[limit - 1].row_no, rows[limit - 1].place) if len(rows) > limit else None
    return [_issue(row) for row in rows[:limit]], following


def _of_record(
    batch: ImportBatch, *, severity: Severity | None, limit: int, start: Sequence[int] | None
) -> tuple[Sequence[Issue], str | None]:
    """The refusals that stand in the record itself: all there is of a file that was applied by its upload."""
    if severity is Severity.WARNING:
        return [], None
    first = max(0, start[1]) if start is not None else 0
    found = batch.refused[first : first + limit]
    following = encode_cursor(0, first + limit) if len(batch.refused) > first + limit else None
    return [Issue(**finding, severity=Severity.REFUSAL) for finding in found], following
