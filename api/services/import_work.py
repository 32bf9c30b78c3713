"""What a job does with one piece of a file, by kind: judge it without effect, or bring its good rows in.

The rules are those of the import of a whole file; only the duplicates need to know the pieces before.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import polars as pl
from sqlalchemy import text

from api.database import county_of, next_id, undone
from api.exchange import lists, rosters
from api.exchange.key_sets import KeySet, MatterSet
from api.exchange.roster_rules import HEADINGS, Issue, Severity, make_issue
from api.exchange.roster_scope import RosterScope
from api.services import divisions, list_imports
from api.services.file_imports import LISTS
from api.services.import_counts import Counts
from api.services.list_imports import COUNTY_SPAN, Desk, ListKind
from api.services.roster_imports import assumed_hukou
from api.services.roster_loading import RosterLoading
from api.services.roster_staging import sort_by_token

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.database import Actor
    from api.exchange.tables import Table
    from api.models import ImportBatch


@dataclass(slots=True)
class Piece:
    """What became of one piece: findings, counts, and the rows of a list that are in."""

    issues: list[Issue]
    counts: Counts
    taken: set[int] = field(default_factory=set)


class Work(Protocol):
    """One kind of file."""

    text_only: frozenset[str]

    def check(self, session: Session, table: Table, *, taken: Iterable[int]) -> Piece:
        """Judge a piece; nothing of it stays. Pieces must come in their order."""

    def closing(self) -> list[Issue]:
        """Return what can be said only at the end."""

    def apply(self, session: Session, table: Table, *, refused: set[int], taken: Iterable[int]) -> Piece:
        """Bring in the rows of a piece that the check has not refused; the issues are those that are new."""


@dataclass(kw_only=True)
class _Facts:
    """Who brings which file into which unit, judged on which day."""

    keyring: Keyring
    actor: Actor
    import_id: int
    division_code: int
    as_of: date
    units: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin; each kind has its own beginning."""

    def begin(self, session: Session) -> dict[int, str]:
        """Wait for other imports of the county, and return the names of the units."""
        session.execute(text("SELECT pg_advisory_xact_lock(7001, :county)"), {"county": county_of(self.division_code)})
        if not self.units:
            self.units = dict(divisions.names_on(session, self.division_code, self.as_of))
        return self.units


class RosterWork(_Facts):
    """花名册."""

    text_only = rosters.TEXT_ONLY_HEADINGS

    def __post_init__(self) -> None:
        """Begin with no row seen."""
        self._earlier = KeySet()
        self._silent = 0
        self._told = False

    def _judge(
        self, session: Session, table: Table, earlier: KeySet | None
    ) -> tuple[rosters.RosterFile, rosters.ValidatedRoster]:
        roster = rosters.roster_of(table)
        validated = rosters.validate_roster(
            roster,
            divisions=self.begin(session),
            division_code=self.division_code,
            as_of=self.as_of,
            earlier=earlier,
        )
        return roster, validated

    def _loading(self, session: Session, roster: rosters.RosterFile) -> RosterLoading:
        return RosterLoading(
            session=session,
            keyring=self.keyring,
            division_code=self.division_code,
            source_id=self.import_id,
            given=sorted(roster.fields),
            phases={},
            progress=None,
            as_of=self.as_of,
            recorded_by_id=self.actor.user_id,
            is_county=self.actor.division_code % COUNTY_SPAN == 0,
        )

    def check(self, session: Session, table: Table, *, taken: Iterable[int]) -> Piece:
        """Judge a piece by the rules and against who is known."""
        del taken
        roster, validated = self._judge(session, table, self._earlier)
        self._silent += validated.accepted["hukou_kind"].null_count()
        loading = self._loading(session, roster)
        staged = sort_by_token(validated.accepted, self.keyring)
        with undone(session):
            changes = loading.preview(staged)
        issues = [*validated.refused, *validated.warnings[0 if not self._told else len(validated.file_warnings) :]]
        self._told = True
        issues += _issues_of(loading)
        issues.sort(key=lambda issue: issue.row)
        counts = Counts(rows=roster.rows, created=loading.created, changed=loading.changed, unchanged=loading.unchanged)
        counts.changes.update({HEADINGS[name]: count for name, count in changes.items()})
        counts.note(issues)
        return Piece(issues, counts)

    def closing(self) -> list[Issue]:
        """Say how many rows have nothing about 户口性质."""
        return assumed_hukou(self._silent)

    def apply(self, session: Session, table: Table, *, refused: set[int], taken: Iterable[int]) -> Piece:
        """Bring a piece in. A row that the rules refuse only now, since a unit was closed meanwhile, is told."""
        del taken
        roster, validated = self._judge(session, table, None)
        accepted = validated.accepted
        if refused:
            accepted = accepted.filter(~pl.col("row").is_in(pl.Series(sorted(refused), dtype=pl.Int64).implode()))
        loading = self._loading(session, roster)
        loading.run(sort_by_token(accepted, self.keyring))
        found = [issue for issue in validated.refused if issue.row not in refused]
        found += [issue for issue in _issues_of(loading) if issue.severity is Severity.REFUSAL]
        found.sort(key=lambda issue: issue.row)
        counts = Counts(created=loading.created, changed=loading.changed, unchanged=loading.unchanged)
        counts.note(found)
        return Piece(found, counts)


def _issues_of(loading: RosterLoading) -> list[Issue]:
    """What only the database could know, as findings for people."""
    return [make_issue(row, name, code) for row, name, code, _ in loading.issues]


class ListWork(_Facts):
    """参保申请名单 and 缴费名单."""

    text_only = lists.TEXT_ONLY_HEADINGS
    kind: ListKind

    def __post_init__(self) -> None:
        """Begin with no row seen."""
        self._matters = MatterSet()
        self._told = False

    def _read(self, session: Session, table: Table) -> lists.ReadList:
        scope = RosterScope(divisions=self.begin(session), division_code=self.division_code, as_of=self.as_of)
        return lists.judge_list(table, layout=self.kind.layout, scope=scope)

    def _desk(self, session: Session) -> Desk:
        return Desk(session, self.keyring, self.actor, county_of(self.division_code), self.as_of)

    def check(self, session: Session, table: Table, *, taken: Iterable[int]) -> Piece:
        """Hand a piece in, look at what it did, and undo it."""
        done = set(taken)
        read = self._read(session, table)
        desk = self._desk(session)
        rows = [row for row in read.rows if row.row not in done]
        counts = Counts(rows=read.height, unchanged=len(done))
        with undone(session):
            mark = next_id(session, desk.county_code)
            issues, kept = list_imports.take_rows(
                desk, self.kind, read, rows, self.division_code, earlier=self._matters.find
            )
            if self.kind.worth is not None and kept:
                people = [one.resident_id for one in kept.values()]
                counts.money.update(self.kind.worth(desk, people, mark))
        counts.created = len(kept)
        before = {
            read.key(row): row.row for row in read.rows if row.row in done and self._matters.find(read.key(row)) is None
        }
        self._matters.add([*((key, one.row.row) for key, one in kept.items()), *before.items()])
        issues += [issue for issue in read.refused if issue.row not in done]
        issues += [issue for issue in read.warnings if issue.row != 1 or not self._told]
        self._told = True
        issues.sort(key=lambda issue: issue.row)
        counts.note(issues)
        return Piece(issues, counts, done)

    def closing(self) -> list[Issue]:
        """Say nothing more."""
        return []

    def apply(self, session: Session, table: Table, *, refused: set[int], taken: Iterable[int]) -> Piece:
        """Hand the good rows in; what the check has settled about duplicates holds."""
        done = set(taken)
        read = self._read(session, table)
        rows = [row for row in read.rows if row.row not in done and row.row not in refused]
        issues, kept = list_imports.take_rows(self._desk(session), self.kind, read, rows, self.division_code)
        issues += [issue for issue in read.refused if issue.row not in refused and issue.row not in done]
        issues.sort(key=lambda issue: issue.row)
        counts = Counts(created=len(kept), unchanged=len(done))
        counts.note(issues)
        return Piece(issues, counts, done | {one.row.row for one in kept.values()})


def work_on(batch: ImportBatch, *, keyring: Keyring, actor: Actor, as_of: date) -> Work:
    """Return what works on a file of this kind."""
    facts: dict[str, Any] = {
        "keyring": keyring, "actor": actor, "import_id": batch.id, "division_code": batch.division_code, "as_of": as_of,
    }  # fmt: skip
    if batch.kind in LISTS:
        work = ListWork(**facts)
        work.kind = LISTS[batch.kind]
        return work
    return RosterWork(**facts)
