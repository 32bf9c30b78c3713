"""参保率 of a unit and the units below it: live from the registers, and frozen per reporting date.

The figures are counts of people under the definition of policy.md §8; rates, targets and gaps come from
`policy.participation`. Nobody edits a figure: a village changes it by registering people.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col

from api.database import Actor, county_of, next_id, scope_of
from api.errors import DomainError, Invalid
from api.models import Division, ParticipationSnapshot
from api.policy.participation import Participation as Attainment
from api.policy.participation import participation, percent_text
from api.services import audit_events, divisions
from api.services.laws import law_on
from api.services.pages import decode_cursor, encode_cursor
from api.services.participation_people import left_out, run_people

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

DEFINITION = (
    "应参保人数：本单位农业户籍、报告日年满16周岁、在世且未迁出，且报告日不在校、未参加职工养老保险、未领取其他国家养老金、未在服刑或现役者；"
    "已参保人数：应参保人员中经县级复核登记，且当年缴费已入账、或由政府代缴、或正在领取新农保待遇者。参保率＝已参保人数÷应参保人数。"
)


class ReportingDateInFuture(Invalid):
    """The reporting date has not come yet."""

    code = "reporting-date-in-future"
    title = "报告日不能晚于今天"


class SnapshotEmpty(DomainError):
    """There is nobody to report on in the unit."""

    status = 409
    code = "snapshot-empty"
    title = "本单位没有应参保人员，无法形成快照"


@dataclass(frozen=True, slots=True)
class Counts:
    """People of one unit at one date."""

    eligible: int = 0
    insured: int = 0
    registered: int = 0
    recipients: int = 0
    entitled: int = 0
    working_age_eligible: int = 0
    working_age_insured: int = 0

    def __add__(self, other: Counts) -> Counts:
        """Roll up: the unit's people are those of its villages."""
        return Counts(*(getattr(self, item.name) + getattr(other, item.name) for item in fields(Counts)))


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """A unit, its people and what follows from them."""

    division: Division
    counts: Counts
    attainment: Attainment
    """综合参保率 against the target."""
    needed: int
    """Persons that the target asks for."""
    registration_rate: str | None
    """登记率: registered people, paid or not. Published beside the rate, since it flatters."""
    working_age_rate: str | None
    """适龄参保率: 16 to 59."""
    payment_rate: str | None
    """待遇发放率: drawing among the entitled of 60 and over."""
    frozen_at: datetime | None = None
    """Of frozen figures, the moment of the newest village's freezing."""


@dataclass(frozen=True, slots=True)
class Report:
    """The report of a unit with the units directly below it."""

    as_of: date
    contribution_year: int
    target_deadline: date
    unit: UnitFigures
    children: Sequence[UnitFigures]
    counted: dict[int, Counts]
    """People of every village at or below the unit, from which all figures of the report follow."""


def report(session: Session, *, division_code: int, as_of: date, today: date) -> Report:
    """Return the live figures of a unit and its children at a date.

    Raises `NotFound` for a unit outside the scope and `ReportingDateInFuture`.
    """
    if as_of > today:
        raise ReportingDateInFuture(pointer="/as_of")
    division = divisions.get_own(session, division_code)
    counted = count_villages(session, division_code=division_code, as_of=as_of)
    children = session.scalars(
        select(Division).where(col(Division.parent_code) == division_code).order_by(col(Division.code))
    ).all()
    return Report(
        as_of=as_of,
        contribution_year=as_of.year,
        target_deadline=law_on(session, division_code, as_of).participation_deadline,
        unit=_figures(session, division, counted, as_of),
        children=[_figures(session, child, counted, as_of) for child in children if child.in_scope],
        counted=counted,
    )


def outline(session: Session, told: Report) -> list[UnitFigures]:
    """Return the figures of a report's unit and of everything in scope below it: a town stands before its villages."""
    low, high = scope_of(told.unit.division.code)
    units = session.scalars(
        select(Division)
        .where(col(Division.code).between(low, high), col(Division.in_scope))
        .order_by(col(Division.code))
    )
    return [_figures(session, division, told.counted, told.as_of) for division in units]


def count_villages(
    session: Session, *, division_code: int, as_of: date, known_at: datetime | None = None
) -> dict[int, Counts]:
    """Count the people of every in-scope village at or below a unit, by village code.

    With `known_at`, who belonged and who was excluded is as known at that moment (E); who is insured is by today's books.
    """
    rows = run_people(session, "10_count_villages", division_code=division_code, as_of=as_of, known_at=known_at)
    outside = left_out(session, division_code)
    return {
        row.division_code: Counts(**{item.name: getattr(row, item.name) for item in fields(Counts)})
        for row in rows
        if row.division_code not in outside
    }


def _figures(session: Session, division: Division, counted: dict[int, Counts], as_of: date) -> UnitFigures:
    low, high = scope_of(division.code)
    return _unit(session, division, (counts for code, counts in counted.items() if low <= code <= high), as_of)


def _unit(session: Session, division: Division, parts: Iterable[Counts], as_of: date) -> UnitFigures:
    counts = sum(parts, Counts())
    target_ppm = law_on(session, division.code, as_of).participation_target_ppm
    attainment = participation(eligible=counts.eligible, insured=counts.insured, target_ppm=target_ppm)
    return UnitFigures(
        division=division,
        counts=counts,
        attainment=attainment,
        needed=needed_of(counts, target_ppm),
        registration_rate=percent_text(counts.registered, counts.eligible),
        working_age_rate=percent_text(counts.working_age_insured, counts.working_age_eligible),
        payment_rate=percent_text(counts.recipients, counts.entitled),
    )


def needed_of(counts: Counts, target_ppm: int) -> int:
    """Return how many people the target asks for."""
    return participation(eligible=counts.eligible, insured=0, target_ppm=target_ppm).gap


def freeze(session: Session, *, actor: Actor, division_code: int, as_of: date, today: date) -> Report:
    """Freeze the figures of a unit's villages at a date as the next version, and return the report.

    Raises `SnapshotEmpty` when the unit has nobody to report on.
    """
    current = report(session, division_code=division_code, as_of=as_of, today=today)
    if not current.counted:
        raise SnapshotEmpty
    for code, counts in current.counted.items():
        session.execute(
            text(
                """
                INSERT INTO participation_snapshots
                    (county_code, division_code, as_of, version, eligible, insured, registered, recipients, entitled,
                     working_age_eligible, working_age_insured, definition, frozen_by_id)
                SELECT :county_code, :division_code, :as_of, coalesce(max(version), 0) + 1, :eligible, :insured,
                       :registered, :recipients, :entitled, :working_age_eligible, :working_age_insured, :definition,
                       :frozen_by_id
                  FROM participation_snapshots
                 WHERE county_code = :county_code AND division_code = :division_code AND as_of = :as_of
                """
            ),
            {
                "county_code": county_of(code),
                "division_code": code,
                "as_of": as_of,
                "definition": DEFINITION,
                "frozen_by_id": actor.user_id,
                **{item.name: getattr(counts, item.name) for item in fields(Counts)},
            },
        )
    audit_events.record(
        session,
        actor=actor,
        action="freeze_participation",
        subject_kind="participation_snapshots",
        subject_id=next_id(session, county_of(division_code)),
        division_code=division_code,
        as_of=as_of,
        villages=len(current.counted),
    )
    return current


def trend(
    session: Session, *, division_code: int, limit: int, after: str | None
) -> tuple[Sequence[tuple[date, UnitFigures]], str | None]:
    """Return the frozen figures of a unit by reporting date, newest version of each, oldest first; and the cursor.

    Raises `NotFound` for a unit outside the scope.
    """
    division = divisions.get_own(session, division_code)
    low, high = scope_of(division_code)
    start = decode_cursor(after, date)
    latest = (
        select(ParticipationSnapshot)
        .where(col(ParticipationSnapshot.county_code).between(county_of(low), county_of(high)))
        .where(col(ParticipationSnapshot.division_code).between(low, high))
        .ext(distinct_on(col(ParticipationSnapshot.division_code), col(ParticipationSnapshot.as_of)))
        .order_by(
            col(ParticipationSnapshot.division_code),
            col(ParticipationSnapshot.as_of),
            col(ParticipationSnapshot.version).desc(),
        )
    )
    if start is not None:
        latest = latest.where(col(ParticipationSnapshot.as_of) > start[0])
    by_date: dict[date, list[Counts]] = {}
    frozen_at: dict[date, datetime] = {}
    for row in session.scalars(latest):
        counts = Counts(**{item.name: getattr(row, item.name) for item in fields(Counts)})
        by_date.setdefault(row.as_of, []).append(counts)
        frozen_at[row.as_of] = max(row.created_at, frozen_at.get(row.as_of, row.created_at))
    days = sorted(by_date)
    following = encode_cursor(days[limit - 1].isoformat()) if len(days) > limit else None
    return [
        (day, replace(_unit(session, division, by_date[day], day), frozen_at=frozen_at[day])) for day in days[:limit]
    ], following
