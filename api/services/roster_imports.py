"""Roster import (花名册导入): every good row goes in, every refused one is told with its cell, code and reason.

A known person whose facts are the same is left untouched; one whose facts differ keeps the earlier row as a version.
One import is one transaction, and imports of a county wait for each other.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from api.database import Actor, Database, county_of, new_ids, next_id, run_sql, scope_of
from api.errors import NotFound
from api.exchange.containers import OPERATOR_LIMITS, FileLimits
from api.exchange.roster_rules import Issue, Severity, make_issue
from api.exchange.rosters import RosterFile, ValidatedRoster, read_roster, validate_roster
from api.services import audit_events, import_batches
from api.services.roster_staging import (
    FOLDER,
    StagedRoster,
    copy_chunk,
    copy_facts,
    sealed_chunks,
    sort_by_token,
    with_households,
)
from api.vocabulary import ResidentStatus

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from typing import Any

    import numpy.typing as npt
    from sqlalchemy.orm import Session

    from api.crypto import Keyring

KIND = "residents"
FETCH = 20_000
NEW, UNCHANGED, CHANGED, ELSEWHERE = range(4)
_MOVES = ("70_move_accounts", "71_move_enrolments", "72_move_benefits", "73_move_awards")
Progress = Callable[[int], None]


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
    if not low <= unit_low <= unit_high <= high:
        raise NotFound
    phases: dict[str, float] = {}
    with _timed(phases, "read"):
        roster = read_roster(content, file_name=file_name, limits=limits)
    with _timed(phases, "validate"):
        validated = validate_roster(
            roster, divisions=_divisions(session, division_code, as_of), division_code=division_code, as_of=as_of
        )
    batch = import_batches.find(session, kind=KIND, division_code=division_code, sha256=hashlib.sha256(content))
    if batch is not None and batch.refused_count == 0:
        return _same_again(batch.id, roster, validated, phases)
    source_id = batch.id if batch is not None else next_id(session, county_of(division_code))
    with _timed(phases, "tokens"):
        staged = sort_by_token(validated.accepted, keyring)
    loading = _Loading(session, keyring, division_code, source_id, sorted(roster.fields), phases, progress)
    loading.run(staged)
    if loading.issues:
        validated = replace(validated, findings=_with_issues(validated.findings, loading.issues))
    result = ImportResult(
        import_id=source_id,
        rows=roster.rows,
        accepted=roster.rows - validated.refused_rows.len(),
        unchanged=loading.unchanged,
        created=loading.created,
        changed=loading.changed,
        refused=validated.refused,
        warnings=[*validated.warnings, *_assumed_hukou(validated.accepted)],
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


def _divisions(session: Session, division_code: int, as_of: date) -> dict[int, str]:
    """Names of the units of the province: enough to tell a village elsewhere from one that nobody knows."""
    low = division_code // 10**10 * 10**10
    rows = session.execute(
        text(
            "SELECT code, name FROM divisions WHERE code BETWEEN :low AND :high"
            " AND (valid_from IS NULL OR valid_from <= :as_of) AND (valid_to IS NULL OR valid_to >= :as_of)"
        ),
        {"low": low, "high": low + 10**10 - 1, "as_of": as_of},
    ).all()
    known = {row.code: row.name for row in rows}
    if division_code not in known:
        raise NotFound
    return known


def _assumed_hukou(accepted: pl.DataFrame) -> list[Issue]:
    """Tell once how many rows say nothing about 户口性质: new people among them are entered as rural."""
    silent = accepted["hukou_kind"].null_count()
    if not silent:
        return []
    return [
        replace(
            make_issue(1, "hukou_kind", "hukou_assumed"), message=f"{silent} 行未填户口性质，新登记的按农业户口处理。"
        )
    ]


def _with_issues(findings: pl.DataFrame, issues: list[tuple[int, str, str, Severity]]) -> pl.DataFrame:
    """Add what only the database could know to the findings of the file."""
    columns = {
        "row": [row for row, _, _, _ in issues],
        "field": [name for _, name, _, _ in issues],
        "code": [code for _, _, code, _ in issues],
        "related": [None] * len(issues),
        "severity": [severity.value for _, _, _, severity in issues],
    }
    return pl.concat([findings, pl.DataFrame(columns, schema=findings.schema)]).sort("row", maintain_order=True)


@contextmanager
def _timed(phases: dict[str, float], name: str) -> Iterator[None]:
    start = time.perf_counter()
    try:
        yield
    finally:
        phases[name] = phases.get(name, 0.0) + time.perf_counter() - start


@dataclass
class _Loading:
    """The part of an import that touches tables: match, then write chunk by chunk."""

    session: Session
    keyring: Keyring
    division_code: int
    source_id: int
    given: list[str]
    phases: dict[str, float]
    progress: Progress | None
    issues: list[tuple[int, str, str, Severity]] = field(default_factory=list)
    unchanged: int = 0
    created: int = 0
    changed: int = 0

    @property
    def county_code(self) -> int:
        """County of the import."""
        return county_of(self.division_code)

    def run(self, staged: StagedRoster) -> None:
        """Bring the accepted rows into the county."""
        if staged.height == 0:
            return
        # Two imports of one county would insert each other's households and people; the second waits.
        self.session.execute(text("SELECT pg_advisory_xact_lock(7001, :county)"), {"county": self.county_code})
        run_sql(self.session, FOLDER, "10_create_staging")
        with _timed(self.phases, "match"):
            staged = with_households(self.session, staged, county_code=self.county_code)
            verdicts = np.full(staged.height, NEW, dtype=np.int8)
            resident_ids = np.zeros(staged.height, dtype=np.int64)
            if self._has_residents():
                self._match(staged, verdicts, resident_ids)
        self.unchanged = int((verdicts == UNCHANGED).sum())
        if self.progress:
            self.progress(self.unchanged)
        with _timed(self.phases, "write"):
            self._insert(staged, np.flatnonzero(verdicts == NEW))
            self._update(staged, np.flatnonzero(verdicts == CHANGED), resident_ids)
        for place in np.flatnonzero(verdicts == ELSEWHERE).tolist():
            self._refuse_elsewhere(staged, place)
        self.session.execute(text("DROP TABLE staged_households, staged_residents, staged_facts"))

    def _has_residents(self) -> bool:
        probe = text("SELECT EXISTS (SELECT 1 FROM residents WHERE county_code = :county_code)")
        return bool(self.session.execute(probe, {"county_code": self.county_code}).scalar_one())

    def _match(self, staged: StagedRoster, verdicts: npt.NDArray[Any], resident_ids: npt.NDArray[Any]) -> None:
        """Decide about each row whose token is known."""
        copy_facts(self.session, staged, self.keyring)
        low, high = scope_of(self.division_code)
        matched = run_sql(
            self.session,
            FOLDER,
            "30_match_residents",
            county_code=self.county_code,
            low=low,
            high=high,
            given=self.given,
        )
        phones = staged.frame["phone"]
        sheet_rows = staged.frame["row"]
        for part in matched.partitions(FETCH):
            same_phone = self._phones_agree(phones, [row for row in part if row.is_inside and row.is_equal])
            for row in part:
                resident_ids[row.row_no] = row.id
                if not row.is_inside:
                    verdicts[row.row_no] = ELSEWHERE
                    continue
                verdicts[row.row_no] = UNCHANGED if row.is_equal and row.row_no in same_phone else CHANGED
                if row.status != ResidentStatus.ALIVE.value:
                    self.issues.append((sheet_rows[row.row_no], "", "status_kept", Severity.WARNING))

    def _phones_agree(self, phones: pl.Series, rows: list[Any]) -> set[int]:
        """Row numbers whose phone is the stored one, or is left empty. Opened only where all else is equal."""
        told = {row.row_no: phones[row.row_no] for row in rows}
        agree = {row_no for row_no, phone in told.items() if phone is None}
        known = [row for row in rows if told[row.row_no] is not None and row.phone_sealed is not None]
        opened = self.keyring.unseal_column(
            [row.phone_sealed for row in known], table="residents", column="phone", row_ids=[row.id for row in known]
        )
        return agree | {row.row_no for row, phone in zip(known, opened, strict=True) if phone == told[row.row_no]}

    def _insert(self, staged: StagedRoster, places: npt.NDArray[Any]) -> None:
        """Insert new people in the order of their tokens."""
        serials = new_ids(self.session, self.county_code, places.size, sequence="resident_serials")
        ids = np.array(serials, dtype=np.int64)
        for block, count in sealed_chunks(staged, places, ids, self.keyring):
            copy_chunk(self.session, block)
            left_out = self._insert_chunk()
            for place in left_out:
                self._refuse_elsewhere(staged, place)
            self.created += count - len(left_out)
            if self.progress:
                self.progress(count)

    def _insert_chunk(self) -> list[int]:
        """Insert the staged rows; return the places of those whose token exists where the actor cannot see it.

        The plain insert is a third faster than the one that expects conflicts, and nearly every chunk has none.
        """
        parameters = {"county_code": self.county_code, "source_id": self.source_id}
        self.session.execute(text("SAVEPOINT chunk"))
        try:
            run_sql(self.session, FOLDER, "40_insert_residents", **parameters)
        except IntegrityError:
            self.session.execute(text("ROLLBACK TO SAVEPOINT chunk"))
            run_sql(self.session, FOLDER, "41_insert_residents_apart", **parameters)
            rows = run_sql(self.session, FOLDER, "42_find_registered_elsewhere", county_code=self.county_code).all()
            return [row.row_no for row in rows]
        self.session.execute(text("RELEASE SAVEPOINT chunk"))
        return []

    def _update(self, staged: StagedRoster, places: npt.NDArray[Any], resident_ids: npt.NDArray[Any]) -> None:
        """Keep the earlier rows of the changed people and give them their new facts."""
        county = {"county_code": self.county_code}
        for block, count in sealed_chunks(staged, places, resident_ids[places], self.keyring):
            copy_chunk(self.session, block)
            run_sql(self.session, FOLDER, "50_keep_versions", source_id=self.source_id, **county)
            run_sql(self.session, FOLDER, "60_update_residents", source_id=self.source_id, given=self.given, **county)
            for step in _MOVES:
                run_sql(self.session, FOLDER, step, **county)
            self.changed += count
            if self.progress:
                self.progress(count)

    def _refuse_elsewhere(self, staged: StagedRoster, place: int) -> None:
        """Refuse a row whose person belongs to another unit; whose, nobody is told."""
        row = int(staged.frame["row"][place])
        self.issues.append((row, "id_number", "registered_elsewhere", Severity.REFUSAL))
