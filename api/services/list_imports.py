"""Lists of applications and of contributions: every good row is handed to the service that takes lists, the others are told.

The people are found by their ID number within the unit and the actor's scope, and the name must be the roster's. The
same bytes again are the same import: what went in stays as it is, and only what was refused is tried anew.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select, text
from sqlmodel import col

from api.database import Actor, county_of, next_id, scope_of, undone
from api.errors import NotFound
from api.exchange.containers import OPERATOR_LIMITS, FileFormat, FileLimits
from api.exchange.lists import ListLayout, ListRow, ReadList, read_list
from api.exchange.refused_rows import write_refused
from api.exchange.roster_scope import RosterScope
from api.models import Resident
from api.services import audit_events, divisions, import_batches
from api.services.roster_imports import RefusedFormat, issue_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.database import Database
    from api.exchange.roster_rules import Issue
    from api.models import ImportBatch
    from api.services.bulk_enrolments import Refusal

CHUNK = 2000
COUNTY_SPAN = 1_000_000
ABSENT = "花名册中没有这位居民，或不在您的管辖范围内，请核对身份证号。"
OTHER_NAME = "姓名与花名册中该身份证号的姓名不一致，请核对。"
OTHER_VILLAGE = "所填的村与花名册中登记的村不一致，请核对。"


class Person(NamedTuple):
    """Somebody of the roster, as far as a list has to agree with it."""

    id: int
    name: str
    division_code: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of the list whose person is known."""

    row: ListRow
    resident_id: int


@dataclass(frozen=True, slots=True)
class Desk:
    """Who hands a list to which county, and on which day."""

    session: Session
    keyring: Keyring
    actor: Actor
    county_code: int
    today: date


@dataclass(frozen=True, kw_only=True)
class ListKind:
    """A kind of list: its layout, the service that takes it, and the column that each of the service's codes is about."""

    kind: str
    layout: ListLayout
    take: Callable[[Desk, Sequence[Listed]], Sequence[Refusal]]
    """Hand the rows over; return which were not taken. `row_no` counts from 0 within the rows."""
    column_of_code: Mapping[str, str]
    worth: Callable[[Desk, Sequence[int], int], Mapping[str, int]] | None = None
    """What the people have just been credited since an id, in fen by source; None when no money moves."""


@dataclass(frozen=True, kw_only=True)
class ListResult:
    """What an import did. `accepted` counts the rows that are in, those of an earlier import of the same bytes included."""

    kind: str
    import_id: int | None
    rows: int
    accepted: int
    unchanged: int
    refused: list[Issue]
    warnings: list[Issue]
    read: ReadList = field(repr=False)
    changed: int = 0
    """Always 0: a list adds, it corrects nothing."""

    @property
    def created(self) -> int:
        """Rows that this import brought in."""
        return self.accepted - self.unchanged

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


def refused_rows_file(result: ListResult, file_format: RefusedFormat) -> bytes:
    """Return the refused rows as a file which, corrected, imports again."""
    read = result.read
    return write_refused(read.table, result.refused, file_format=FileFormat(file_format.value), sheet=read.layout.title)


def import_list(
    database: Database, keyring: Keyring, *, kind: ListKind, actor: Actor, dry_run: bool = False, **facts: Any
) -> ListResult:
    """Import a list in a transaction of its own; a dry run does all of it and undoes it. Raises as `load_list`."""
    work = database.rehearsal(actor) if dry_run else database.unit_of_work(actor)
    with work as session:
        return load_list(session, keyring, kind=kind, actor=actor, **facts)


def rehearse_list(session: Session, keyring: Keyring, **facts: Any) -> ListResult:
    """Do all of `load_list` within the caller's transaction and undo it."""
    with undone(session):
        return load_list(session, keyring, **facts)


def load_list(
    session: Session,
    keyring: Keyring,
    *,
    kind: ListKind,
    actor: Actor,
    content: bytes,
    file_name: str,
    division_code: int,
    as_of: date,
    limits: FileLimits = OPERATOR_LIMITS,
) -> ListResult:
    """Import a list within the caller's transaction.

    Raises `NotFound` when the unit lies outside the actor's scope or above a county, a `FileRefused` when the file as a
    whole is no such list, and whatever the kind's service raises about the list as a whole.
    """
    divisions.get_own(session, division_code)
    low, high = scope_of(division_code)
    if high - low >= COUNTY_SPAN:
        raise NotFound
    names = divisions.names_on(session, division_code, as_of)
    scope = RosterScope(divisions=names, division_code=division_code, as_of=as_of)
    read = read_list(content, layout=kind.layout, file_name=file_name, limits=limits, scope=scope)
    # Two imports of the same bytes at once: the second waits and then sees the first.
    session.execute(text("SELECT pg_advisory_xact_lock(7001, :county)"), {"county": county_of(division_code)})
    digest = hashlib.sha256(content)
    batch = import_batches.find(session, kind=kind.kind, division_code=division_code, sha256=digest)
    done = _rows_in(batch, read)
    desk = Desk(session, keyring, actor, county_of(division_code), as_of)
    refused, kept = take_rows(desk, kind, read, [row for row in read.rows if row.row not in done], division_code)
    taken = len(kept)
    refused += [issue for issue in read.refused if issue.row not in done]
    refused.sort(key=lambda issue: issue.row)
    result = ListResult(
        kind=kind.kind,
        import_id=batch.id if batch is not None else next_id(session, county_of(division_code)),
        rows=read.height,
        accepted=len(done) + taken,
        unchanged=len(done),
        refused=refused,
        warnings=list(read.warnings),
        read=read,
    )
    if batch is None or taken:
        _record(session, actor, batch, result, division_code, digest)
    return result


def _rows_in(batch: ImportBatch | None, read: ReadList) -> set[int]:
    """Return the rows that an earlier import of the same bytes has brought in."""
    if batch is None:
        return set()
    return set(read.table.rows.to_list()) - {finding["row"] for finding in batch.refused}


def take_rows(
    desk: Desk,
    kind: ListKind,
    read: ReadList,
    rows: Sequence[ListRow],
    division_code: int,
    earlier: Callable[[tuple[object, ...]], int | None] = lambda _key: None,
) -> tuple[list[Issue], dict[tuple[object, ...], Listed]]:
    """Find the people and hand the rows over; return the refusals and the rows that went in, by their matter.

    `earlier` knows which row of a piece before has brought a matter in.
    """
    people = _people(desk, division_code, [row.id17 for row in rows])
    issues: list[Issue] = []
    waiting: list[Listed] = []
    for row in rows:
        issue = _mismatch(read, row, people.get(row.id17))
        known = earlier(read.key(row)) if issue is None else None
        if known is not None:
            issue = read.duplicate(row.row, known)
        if issue is None:
            waiting.append(Listed(row, people[row.id17].id))
        else:
            issues.append(issue)
    kept: dict[tuple[object, ...], Listed] = {}
    while waiting:
        # A row is a duplicate of one that went in, not of one that was refused: a later row may mend an earlier.
        firsts, later = _firsts(read, waiting)
        refused = _attempt(desk, kind, read, firsts)
        issues += refused
        gone = {issue.row for issue in refused}
        kept.update({read.key(one.row): one for one in firsts if one.row.row not in gone})
        issues += [
            read.duplicate(one.row.row, kept[read.key(one.row)].row.row) for one in later if read.key(one.row) in kept
        ]
        waiting = [one for one in later if read.key(one.row) not in kept]
    return issues, kept


def _firsts(read: ReadList, listed: Sequence[Listed]) -> tuple[list[Listed], list[Listed]]:
    """Part the first row of each person and matter from those that repeat it."""
    seen: set[tuple[object, ...]] = set()
    firsts: list[Listed] = []
    later: list[Listed] = []
    for one in listed:
        key = read.key(one.row)
        (later if key in seen else firsts).append(one)
        seen.add(key)
    return firsts, later


def _attempt(desk: Desk, kind: ListKind, read: ReadList, listed: Sequence[Listed]) -> list[Issue]:
    """Hand rows over; return the refusals. When none went in, not even the attempt is left on record."""
    desk.session.execute(text("SAVEPOINT attempt"))
    refusals = kind.take(desk, listed)
    desk.session.flush()
    none = len(refusals) == len(listed)
    desk.session.execute(text("ROLLBACK TO SAVEPOINT attempt" if none else "RELEASE SAVEPOINT attempt"))
    return [
        read.issue(listed[one.row_no].row.row, kind.column_of_code.get(one.code, ""), one.code, one.message)
        for one in refusals
    ]


def _people(desk: Desk, division_code: int, id17s: Sequence[int]) -> dict[int, Person]:
    """Return the people of the unit with these ID numbers, by the first 17 digits; the actor's scope is the database's."""
    low, high = scope_of(division_code)
    found: dict[int, Person] = {}
    for start in range(0, len(id17s), CHUNK):
        part = {desk.keyring.id_token(one): one for one in id17s[start : start + CHUNK]}
        query = select(col(Resident.id_token), col(Resident.id), col(Resident.name), col(Resident.division_code)).where(
            col(Resident.county_code) == desk.county_code,
            col(Resident.id_token).in_(list(part)),
            col(Resident.division_code).between(low, high),
        )
        for token, resident_id, name, unit in desk.session.execute(query):
            found[part[token]] = Person(resident_id, name, unit)
    return found


def _mismatch(read: ReadList, row: ListRow, person: Person | None) -> Issue | None:
    """Refuse a row that is about nobody here, or about somebody else than it says."""
    if person is None:
        return read.issue(row.row, "id_number", "not-found", ABSENT)
    if person.name != row.name:
        return read.issue(row.row, "name", "name-mismatch", OTHER_NAME)
    if row.village_code not in {None, person.division_code}:
        return read.issue(row.row, "village_code", "village-mismatch", OTHER_VILLAGE)
    return None


def _record(
    session: Session, actor: Actor, batch: ImportBatch | None, result: ListResult, division_code: int, digest: Any
) -> None:
    """Keep the record of the file, and who brought it."""
    import_id = result.import_id or 0
    refused_rows = result.rows - result.accepted
    import_batches.keep(
        session,
        actor=actor,
        batch=batch,
        import_id=import_id,
        kind=result.kind,
        division_code=division_code,
        sha256=digest,
        row_count=result.rows,
        accepted_count=result.accepted,
        unchanged_count=result.unchanged,
        refused_count=refused_rows,
        refused=[issue_json(issue) for issue in result.refused],
    )
    audit_events.record(
        session,
        actor=actor,
        action=f"import_{result.kind}",
        subject_kind="import",
        subject_id=import_id,
        division_code=division_code,
        rows=result.rows,
        accepted=result.accepted,
        unchanged=result.unchanged,
        refused=refused_rows,
    )
