"""Roster import (花名册导入): every good row goes in, every refused one is told with its cell, code and reason.

A known person whose facts are the same is left untouched; one whose facts differ keeps the earlier row as a version.
One import is one transaction, and imports of a county wait for each other.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
from sqlalchemy import text

from api.database import Actor, Database, county_of, next_id, scope_of, undone
from api.errors import NotFound
from api.exchange.containers import OPERATOR_LIMITS, UPLOAD_LIMITS, FileFormat, FileLimits
from api.exchange.roster_output import write_refused
from api.exchange.roster_rules import Issue, Severity, make_issue
from api.exchange.rosters import RosterFile, ValidatedRoster, read_roster, validate_roster
from api.services import audit_events, divisions, import_batches
from api.services.roster_loading import Progress, RosterLoading, timed
from api.services.roster_staging import sort_by_token

if TYPE_CHECKING:
    from datetime import date
    from typing import Any

    from sqlalchemy.orm import Session

    from api.crypto import Keyring

__all__ = [
    "UPLOAD_LIMITS",
    "ImportResult",
    "RefusedFormat",
    "import_roster",
    "issue_json",
    "load_roster",
    "refused_rows_file",
    "rehearse_roster",
]
KIND = "residents"
COUNTY_SPAN = 1_000_000


class RefusedFormat(StrEnum):
    """Formats in which refused rows are handed back."""

    CSV = "csv"
    XLSX = "xlsx"


@dataclass(frozen=True, kw_only=True)
class ImportResult:
    """What an import did. `accepted` counts the rows that went in, the unchanged ones included."""

    kind: str = KIND
    import_id: int | None
    rows: int
    accepted: int
    unchanged: int
    created: int
    changed: int
    refused: list[Issue]
    warnings: list[Issue]
    phases: dict[str, float]
    """Seconds by phase: read, validate, tokens, match, write."""
    roster: RosterFile = field(repr=False)
    validated: ValidatedRoster = field(repr=False)

    def as_json(self) -> dict[str, Any]:
        """The document of contract.md."""
        return {
            "kind": self.kind,
            "rows": self.rows,
            "accepted": self.accepted,
            "unchanged": self.unchanged,
            "refused": [issue_json(issue) for issue in self.refused],
            "warnings": [issue_json(issue) for issue in self.warnings],
        }


def issue_json(issue: Issue) -> dict[str, Any]:
    """Return a finding as in the contract: no cell content."""
    return {"row": issue.row, "column": issue.column, "code": issue.code, "message": issue.message}


def refused_rows_file(result: ImportResult, file_format: RefusedFormat) -> bytes:
    """Return the refused rows as a file which, corrected, imports again."""
    return write_refused(result.roster, result.validated, file_format=FileFormat(file_format.value))


def import_roster(
    database: Database,
    keyring: Keyring,
    *,
    actor: Actor,
    content: bytes | Path,
    division_code: int,
    as_of: date,
    file_name: str = "",
    dry_run: bool = False,
    limits: FileLimits = OPERATOR_LIMITS,
    progress: Progress | None = None,
) -> ImportResult:
    """Import a roster in a transaction of its own; a dry run does all of it and undoes it.

    Raises `NotFound` when the unit lies outside the actor's scope and a `FileRefused` when the file is no roster.
    """
    if isinstance(content, Path):
        file_name, content = file_name or content.name, content.read_bytes()
    work = database.rehearsal(actor) if dry_run else database.unit_of_work(actor)
    with work as session:
        return load_roster(
            session,
            keyring,
            actor=actor,
            content=content,
            file_name=file_name,
            division_code=division_code,
            as_of=as_of,
            limits=limits,
            progress=progress,
        )


def rehearse_roster(session: Session, keyring: Keyring, **import_facts: Any) -> ImportResult:
    """Do all of `load_roster` within the caller's transaction and undo it."""
    with undone(session):
        return load_roster(session, keyring, **import_facts)


def load_roster(
    session: Session,
    keyring: Keyring,
    *,
    actor: Actor,
    content: bytes,
    file_name: str,
    division_code: int,
    as_of: date,
    limits: FileLimits,
    progress: Progress | None = None,
) -> ImportResult:
    """Import a roster within the caller's transaction. Raises as `import_roster`."""
    low, high = actor.scope
    unit_low, unit_high = scope_of(division_code)
    if not low <= unit_low <= unit_high <= high or unit_high - unit_low >= COUNTY_SPAN:
        # Ids begin with the county, so that a roster is one county's.
        raise NotFound
    units = divisions.names_on(session, division_code, as_of)
    phases: dict[str, float] = {}
    with timed(phases, "read"):
        roster = read_roster(content, file_name=file_name, limits=limits)
    with timed(phases, "validate"):
        validated = validate_roster(roster, divisions=units, division_code=division_code, as_of=as_of)
    # Two imports of one county would insert each other's households and people; the second waits and then sees the first.
    session.execute(text("SELECT pg_advisory_xact_lock(7001, :county)"), {"county": county_of(division_code)})
    batch = import_batches.find(session, kind=KIND, division_code=division_code, sha256=hashlib.sha256(content))
    if batch is not None and batch.refused_count == 0:
        return _same_again(batch.id, roster, validated, phases)
    source_id = batch.id if batch is not None else next_id(session, county_of(division_code))
    with timed(phases, "tokens"):
        staged = sort_by_token(validated.accepted, keyring)
    loading = RosterLoading(
        session=session,
        keyring=keyring,
        division_code=division_code,
        source_id=source_id,
        given=sorted(roster.fields),
        phases=phases,
        progress=progress,
        as_of=as_of,
        recorded_by_id=actor.user_id,
        is_county=actor.division_code % COUNTY_SPAN == 0,
    )
    loading.run(staged)
    if loading.issues:
        validated = replace(validated, findings=with_issues(validated.findings, loading.issues))
    result = ImportResult(
        import_id=source_id,
        rows=roster.rows,
        accepted=roster.rows - validated.refused_rows.len(),
        unchanged=loading.unchanged,
        created=loading.created,
        changed=loading.changed,
        refused=validated.refused,
        warnings=[*validated.warnings, *assumed_hukou(validated.accepted["hukou_kind"].null_count())],
        phases=phases,
        roster=roster,
        validated=validated,
    )
    import_batches.keep(
        session,
        actor=actor,
        batch=batch,
        import_id=source_id,
        kind=KIND,
        division_code=division_code,
        sha256=hashlib.sha256(content),
        row_count=result.rows,
        accepted_count=result.accepted,
        unchanged_count=result.unchanged,
        refused_count=result.rows - result.accepted,
        refused=[issue_json(issue) for issue in result.refused],
    )
    audit_events.record(
        session,
        actor=actor,
        action="import_residents",
        subject_kind="import",
        subject_id=source_id,
        division_code=division_code,
        rows=result.rows,
        accepted=result.accepted,
        unchanged=result.unchanged,
        created=result.created,
        changed=result.changed,
    )
    return result


def _same_again(
    import_id: int, roster: RosterFile, validated: ValidatedRoster, phases: dict[str, float]
) -> ImportResult:
    """Answer for bytes that went in whole before: the same import, and nothing changes."""
    return ImportResult(
        import_id=import_id,
        rows=roster.rows,
        accepted=roster.rows,
        unchanged=roster.rows,
        created=0,
        changed=0,
        refused=[],
        warnings=validated.warnings,
        phases=phases,
        roster=roster,
        validated=validated,
    )


def assumed_hukou(silent: int) -> list[Issue]:
    """Tell once how many rows say nothing about 户口性质: new people among them are entered as rural."""
    if not silent:
        return []
    return [
        replace(
            make_issue(1, "hukou_kind", "hukou_assumed"), message=f"{silent} 行未填户口性质，新登记的按农业户口处理。"
        )
    ]


def with_issues(findings: pl.DataFrame, issues: list[tuple[int, str, str, Severity]]) -> pl.DataFrame:
    """Add what only the database could know to the findings of the file."""
    columns = {
        "row": [row for row, _, _, _ in issues],
        "field": [name for _, name, _, _ in issues],
        "code": [code for _, _, code, _ in issues],
        "related": [None] * len(issues),
        "severity": [severity.value for _, _, _, severity in issues],
    }
    return pl.concat([findings, pl.DataFrame(columns, schema=findings.schema)]).sort("row", maintain_order=True)
