"""应参保人员名册: everyone who belonged to a unit's villages at a date, where they stand and why, as totals and as names.

Totals that add up: belonging = E + excluded, E = insured + registered and unpaid + not enrolled. The same E as the report's
at the same date, since both read one definition (`participation_people`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlmodel import col

from api.database import scope_of
from api.errors import Invalid
from api.models import Division
from api.policy.id_numbers import check_character
from api.services import audit_events, divisions
from api.services.pages import decode_cursor, encode_cursor
from api.services.participation import ReportingDateInFuture
from api.services.participation_people import left_out, run_people
from api.vocabulary import DocumentKind, RegisterStatus

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.database import Actor

LARGEST_WORKBOOK = 100_000


class RegisterTooLarge(Invalid):
    """A workbook of so many names helps nobody."""

    code = "register-too-large"
    title = "名册超过10万人，请按街道或村导出"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose register, at which date, as known when, and which of its names."""

    division_code: int
    as_of: date
    known_at: datetime | None = None
    status: RegisterStatus | None = None
    reason: str | None = None
    """Kind of the fact that excludes or explains; `unexplained` is who has not joined without a reason on record."""


@dataclass(frozen=True, slots=True)
class Sums:
    """People of one unit by status, and by the reason that is told."""

    division: Division
    by_status: dict[RegisterStatus, int]
    by_reason: dict[tuple[RegisterStatus, str | None], int]

    @property
    def belonging(self) -> int:
        """Everyone who belonged to the unit at the date."""
        return sum(self.by_status.values())

    @property
    def eligible(self) -> int:
        """E (应参保)."""
        return self.belonging - self.by_status.get(RegisterStatus.EXCLUDED, 0)

    @property
    def unexplained(self) -> int:
        """Who has not joined and nobody has said why."""
        return self.by_reason.get((RegisterStatus.NOT_ENROLLED, None), 0)


@dataclass(frozen=True, slots=True)
class Entry:
    """A person of the register. `id_number` is the full number, null where it cannot be told: only masked types show it."""

    row: Any
    division_name: str
    id_number: str | None


def totals(session: Session, wanted: Wanted, *, today: date) -> tuple[Sums, list[Sums]]:
    """Return the totals of a unit and of the units directly below it. Raises `NotFound` and `ReportingDateInFuture`."""
    unit = _unit(session, wanted, today)
    rows = run_people(
        session,
        "15_sum_register",
        division_code=wanted.division_code,
        as_of=wanted.as_of,
        known_at=wanted.known_at,
        judged=True,
    ).all()
    outside = left_out(session, wanted.division_code)
    rows = [row for row in rows if row.division_code not in outside]
    below = session.scalars(
        select(Division).where(col(Division.parent_code) == unit.code).order_by(col(Division.code))
    ).all()
    return _sums(unit, rows), [_sums(child, rows) for child in below if child.in_scope]


def list_entries(
    session: Session, keyring: Keyring, wanted: Wanted, *, today: date, limit: int, after: str | None
) -> tuple[list[Entry], str | None]:
    """Return a page of names by village, group and household, and the next cursor. Raises as `totals`."""
    _unit(session, wanted, today)
    start = decode_cursor(after, int, str, int, int) or (0, "", 0, 0)
    rows = _rows(session, wanted, start, limit + 1)
    following = None
    if len(rows) > limit:
        last = rows[limit - 1]
        following = encode_cursor(last.division_code, last.group_key, last.household_key, last.resident_id)
    return _entries(session, keyring, wanted, rows[:limit]), following


def export_entries(
    session: Session, keyring: Keyring, wanted: Wanted, *, actor: Actor, today: date
) -> tuple[Division, list[Entry]]:
    """Return all names for a workbook; the export is on record. Raises as `totals`, and `RegisterTooLarge`."""
    unit = _unit(session, wanted, today)
    rows = _rows(session, wanted, (0, "", 0, 0), LARGEST_WORKBOOK + 1)
    if len(rows) > LARGEST_WORKBOOK:
        raise RegisterTooLarge
    audit_events.record(
        session,
        actor=actor,
        action="export_participation_register",
        subject_kind="participation_register",
        division_code=unit.code,
        as_of=wanted.as_of.isoformat(),
        status=wanted.status.value if wanted.status else None,
        reason=wanted.reason,
        rows=len(rows),
    )
    return unit, _entries(session, keyring, wanted, rows)


def _unit(session: Session, wanted: Wanted, today: date) -> Division:
    if wanted.as_of > today:
        raise ReportingDateInFuture(pointer="/as_of")
    return divisions.get_own(session, wanted.division_code)


def _rows(session: Session, wanted: Wanted, start: Sequence[Any], maximum: int) -> Sequence[Any]:
    division, group, household, person = start
    found: Sequence[Any] = run_people(
        session,
        "20_list_register",
        division_code=wanted.division_code,
        as_of=wanted.as_of,
        known_at=wanted.known_at,
        judged=True,
        status=wanted.status.value if wanted.status else None,
        reason=wanted.reason,
        outside=sorted(left_out(session, wanted.division_code)),
        after_division=division,
        after_group=group,
        after_household=household,
        after_id=person,
        maximum=maximum,
    ).all()
    return found


def _entries(session: Session, keyring: Keyring, wanted: Wanted, rows: Sequence[Any]) -> list[Entry]:
    low, high = scope_of(wanted.division_code)
    names = session.execute(select(col(Division.code), col(Division.name)).where(col(Division.code).between(low, high)))
    of_code = {code: name for code, name in names}  # noqa: C416 (rows are no pairs to dict())
    opened = keyring.ids_of_tokens([row.id_token for row in rows])
    return [
        Entry(row, of_code.get(row.division_code, ""), _number(row, id17))
        for row, (_, id17) in zip(rows, opened, strict=True)
    ]


def _number(row: Any, id17: int) -> str | None:
    """Other documents are sealed for the person's own row, which may be out of sight by now."""
    if row.document_kind != DocumentKind.RESIDENT_ID.value:
        return None
    body = f"{id17:017d}"
    return body + check_character(body)


def _sums(division: Division, rows: Sequence[Any]) -> Sums:
    low, high = scope_of(division.code)
    by_status: dict[RegisterStatus, int] = {}
    by_reason: dict[tuple[RegisterStatus, str | None], int] = {}
    for row in rows:
        if low <= row.division_code <= high:
            status = RegisterStatus(row.status)
            by_status[status] = by_status.get(status, 0) + row.person_count
            key = (status, row.reason)
            by_reason[key] = by_reason.get(key, 0) + row.person_count
    return Sums(division, by_status, by_reason)
