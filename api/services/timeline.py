"""A person's timeline: everything that happened to them, newest first, each event with the papers of its case."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import select
from sqlmodel import col

from api.database import Actor, ask, load_sql
from api.models import Attachment, ImportBatch, User
from api.permissions import Permission
from api.services import attachments
from api.services.pages import InvalidCursor, decode_cursor, encode_cursor
from api.services.residents import get
from api.services.timeline_words import words_of
from api.services.two_persons import SYSTEM_USER
from api.wire import Prepared

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

FOLDER: Final = "timeline"
END_OF_TIME = ("9999-12-31", "9999-12-31T00:00:00+00:00", "~", 0)
NEEDS: Final = {
    "60_attachments_added": Permission.ATTACHMENT_READ,
    "61_attachments_voided": Permission.ATTACHMENT_READ,
}
"""Sources that a right to see the person does not open by itself."""
_PAPER: Final = "attachment"
_NAMED: Final = re.compile(r"(?<!:):(county_code|resident_id)\b")
_PLACES: Final = {"county_code": "$1", "resident_id": "$2"}


class _Row(NamedTuple):
    """An event as the sources tell it (api/sql/timeline)."""

    on_day: date
    at: datetime
    kind: str
    ref: int
    word: str | None
    detail: str | None
    amount_fen: int | None
    actor_id: int | None
    subject_kind: str | None
    subject_id: int | None


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """One event: the business day, a stable kind, Chinese title and detail, fen and who, where there are such.

    `subject_kind` and `subject_id` name the case that it is of, `papers` those that are in force for that case.
    """

    on_day: date
    kind: str
    title: str
    detail: str
    amount_fen: int | None
    actor: str | None
    subject_kind: str | None
    subject_id: int | None
    papers: Sequence[Attachment] = field(default=())


def list_events(
    session: Session, *, actor: Actor, resident_id: int, limit: int, after: str | None
) -> tuple[list[TimelineEvent], str | None]:
    """Return a page of a person's events and the next cursor. Raises `NotFound` and `InvalidCursor`."""
    resident = get(session, resident_id)
    start = decode_cursor(after, str, str, str, int)
    on_day, at, kind, ref = END_OF_TIME if start is None else _checked(start)
    shut = frozenset(name for name, right in NEEDS.items() if right not in actor.permissions)
    key = (resident.county_code, resident.id)
    (found,) = ask(session, _statement(shut).of(*key, on_day, at, kind, ref, limit + 1))
    rows = [_Row._make(row) for row in found]
    following = None
    if len(rows) > limit:
        last = rows[limit - 1]
        following = encode_cursor(last.on_day.isoformat(), last.at.isoformat(), last.kind, last.ref)
    shown = rows[:limit]
    names = _names(session, resident.county_code, {row.actor_id for row in shown if row.actor_id})
    papers = _papers(session, actor, resident.county_code, resident.id, shown)
    return [_event(row, names, papers) for row in shown], following


def sources() -> list[str]:
    """Return the names of the sources, each a file of api/sql/timeline."""
    folder = resources.files("api.sql") / FOLDER
    return sorted(entry.name.removesuffix(".sql") for entry in folder.iterdir() if entry.name.endswith(".sql"))


@cache
def _statement(shut: frozenset[str]) -> Prepared:
    """Compose the sources that are open to the reader into one statement, planned once for each connection.

    Planning it takes twice as long as running it.
    """
    branches = "\nUNION ALL\n".join(f"({load_sql(FOLDER, name)})" for name in sources() if name not in shut)
    return Prepared(
        f"timeline_{hashlib.blake2s(repr(sorted(shut)).encode(), digest_size=4).hexdigest()}",
        "int, bigint, date, timestamptz, text, bigint, bigint",
        f"""
        SELECT {", ".join(_Row._fields)}
          FROM ({_NAMED.sub(lambda found: _PLACES[found[1]], branches)}) AS events
         WHERE (on_day, at, kind, ref) < ($3, $4, $5, $6)
         ORDER BY on_day DESC, at DESC, kind DESC, ref DESC
         LIMIT $7
        """,
    )


def _checked(start: Sequence[Any]) -> Sequence[Any]:
    """A cursor that was tampered with is refused here, not by the database."""
    try:
        on_day, at = date.fromisoformat(start[0]), datetime.fromisoformat(start[1])
    except ValueError:
        raise InvalidCursor(pointer="/after") from None
    if not -(2**63) <= start[3] < 2**63 or "\x00" in start[2]:
        raise InvalidCursor(pointer="/after")
    # As Python writes them: it reads forms that the database does not know.
    return on_day.isoformat(), at.isoformat(), start[2], start[3]


def _names(session: Session, county_code: int, ids: set[int]) -> dict[int, str]:
    """Names of the persons and imports that the reader may see; the others stay unnamed."""
    names = {SYSTEM_USER: "系统"}
    people = select(col(User.id), col(User.display_name)).where(col(User.id).in_(ids))
    names |= {row[0]: row[1] for row in session.execute(people)}
    files = select(col(ImportBatch.id)).where(col(ImportBatch.county_code) == county_code, col(ImportBatch.id).in_(ids))
    names.update(dict.fromkeys(session.scalars(files).all(), "花名册导入"))
    return names


def _papers(
    session: Session, actor: Actor, county_code: int, resident_id: int, rows: Sequence[_Row]
) -> dict[tuple[str, int], Sequence[Attachment]]:
    """Papers in force of each case of the page, for who may see papers; an event about a paper has that paper."""
    if Permission.ATTACHMENT_READ not in actor.permissions:
        return {}
    subjects = {
        (row.subject_kind, row.subject_id)
        for row in rows
        if row.subject_kind is not None and row.subject_id is not None
    }
    papers: dict[tuple[str, int], Sequence[Attachment]] = dict(
        attachments.of_subjects(session, county_code=county_code, resident_id=resident_id, subjects=subjects)
    )
    own = {number for kind, number in subjects if kind == _PAPER}
    if own:
        query = select(Attachment).where(
            col(Attachment.county_code) == county_code, col(Attachment.id).in_(own), col(Attachment.voided_at).is_(None)
        )
        papers |= {(_PAPER, one.id): (one,) for one in session.scalars(query)}
    return papers


def _event(row: _Row, names: dict[int, str], papers: dict[tuple[str, int], Sequence[Attachment]]) -> TimelineEvent:
    title, detail = words_of(row)
    return TimelineEvent(
        on_day=row.on_day,
        kind=row.kind,
        title=title,
        detail=detail,
        amount_fen=row.amount_fen,
        actor=None if row.actor_id is None else names.get(row.actor_id),
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        papers=papers.get((row.subject_kind or "", row.subject_id or 0), ()),
    )
