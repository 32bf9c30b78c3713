"""补助(资助)明细表 (policy.md §3.3 P6, §3.4): what a village collective, an organisation or a person pays into accounts.

The village or the town hands the list in, finance confirms its money, the county posts it (`payer_list_postings`).
Who is on a list is decided when it is made and never changes; a wrong list is withdrawn and made anew.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, text, update
from sqlmodel import col

from api.database import Actor, county_of, next_id, run_sql, scope_of
from api.errors import FieldFault, NotFound, StaleVersion
from api.models import PayerList, PayerListLine, Resident
from api.policy.contributions import ContributionYearNotOpen
from api.services import audit_events, divisions
from api.services.laws import law_on
from api.services.pages import decode_cursor, encode_cursor
from api.services.payer_list_refusals import (
    BasisInFuture,
    PayerLineDuplicate,
    PayerLineRefused,
    PayerListElsewhere,
    PayerListStateUnfit,
)
from api.services.two_persons import SamePerson
from api.vocabulary import LeftReason, PayerKind, PayerLineState, PayerListKind, PayerListState

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

FOLDER = "payer_list"
COUNTY_SPAN = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerStatement:
    """What a payer says: who pays what for whose people, for which year and by which decision."""

    kind: PayerListKind
    payer_kind: PayerKind
    payer_name: str
    basis: str
    basis_on: date
    contribution_year: int
    division_code: int
    land_project_id: int | None = None
    source_list_id: int | None = None


@dataclass(frozen=True, slots=True)
class NewLine:
    """One person's amount, in fen."""

    resident_id: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class LineView:
    """A line with the person, where the reader may see them."""

    line: PayerListLine
    resident: Resident | None


def create(
    session: Session, *, actor: Actor, statement: PayerStatement, lines: Sequence[NewLine], today: date
) -> PayerList:
    """Make a list of people who are named by their numbers; all of them or nobody.

    Raises `NotFound` for a unit outside the actor's or somebody who is not of the unit, `PayerListElsewhere`,
    `BasisInFuture`, `ContributionYearNotOpen`, `PayerLineDuplicate` and `PayerLineRefused` with a fault for each line.
    """
    if statement.kind is PayerListKind.LAND:
        raise PayerListElsewhere(pointer="/kind")
    check_statement(session, statement, today)
    check_lines(session, statement, lines, today)
    return keep(session, actor=actor, statement=statement, lines=lines, refused=[])


def check_statement(session: Session, statement: PayerStatement, today: date) -> None:
    """Make sure that the unit is the actor's own, the decision taken and the year open. Raises as `create`."""
    divisions.get_own(session, statement.division_code)
    low, high = scope_of(statement.division_code)
    if high - low >= COUNTY_SPAN:
        raise NotFound
    if statement.basis_on > today:
        raise BasisInFuture("决议日期不能晚于今天。", pointer="/basis_on")
    launch = law_on(session, statement.division_code, today).launch_on
    if not launch.year <= statement.contribution_year <= today.year:
        detail = f"补助(资助)只能记入{launch.year}年以来、已开始的年度。"
        raise ContributionYearNotOpen(detail, pointer="/contribution_year")


def check_lines(session: Session, statement: PayerStatement, lines: Sequence[NewLine], today: date) -> None:
    """Make sure that everybody can be credited today. Raises `NotFound`, `PayerLineDuplicate`, `PayerLineRefused`."""
    numbers = [line.resident_id for line in lines]
    if len(set(numbers)) != len(numbers):
        raise PayerLineDuplicate(pointer="/lines")
    found = judge_people(session, county_of(statement.division_code), numbers, today)
    low, high = scope_of(statement.division_code)
    if any(number not in found or not low <= found[number].division_code <= high for number in numbers):
        raise NotFound
    faults = [
        FieldFault(f"/lines/{place}/resident_id", reason.value.replace("_", "-"), f"不能列入名单：{reason.label}。")
        for place, number in enumerate(numbers)
        if (reason := found[number].left_reason) is not None
    ]
    if faults:
        raise PayerLineRefused(f"有{len(faults)}人不能列入名单。", faults=faults)


@dataclass(frozen=True, slots=True)
class Judgement:
    """Where somebody lives, why they could not be credited on a day, and whether its interest is posted already."""

    division_code: int
    left_reason: LeftReason | None
    period_closed: bool


def judge_people(session: Session, county_code: int, resident_ids: Collection[int], on: date) -> dict[int, Judgement]:
    """Return what keeps these people from being credited on a day, as far as the actor may see them."""
    rows = run_sql(
        session,
        FOLDER,
        "10_judge_people",
        county_code=county_code,
        resident_ids=sorted(set(resident_ids)),
        on_day=on,
    )
    return {
        row.resident_id: Judgement(
            row.division_code, LeftReason(row.left_reason) if row.left_reason else None, row.period_closed
        )
        for row in rows
    }


def keep(
    session: Session,
    *,
    actor: Actor,
    statement: PayerStatement,
    lines: Sequence[NewLine],
    refused: list[dict[str, Any]],
) -> PayerList:
    """Write a list whose people have been checked; `refused` are the rows of its file that did not get on it.

    The same list of the same payer twice violates `uq_payer_lists_content_hash`.
    """
    county_code = county_of(statement.division_code)
    made = PayerList(
        county_code=county_code,
        id=next_id(session, county_code),
        division_code=statement.division_code,
        kind=statement.kind,
        payer_kind=statement.payer_kind,
        payer_name=statement.payer_name,
        basis=statement.basis,
        basis_on=statement.basis_on,
        contribution_year=statement.contribution_year,
        land_project_id=statement.land_project_id,
        source_list_id=statement.source_list_id,
        line_count=len(lines),
        total_fen=sum(line.amount_fen for line in lines),
        content_hash=content_hash(statement, lines),
        refused=refused,
        state=PayerListState.DRAFT,
        maker_id=actor.user_id,
        version=1,
    )
    session.add(made)
    session.flush()
    rows = [
        {
            "county_code": county_code,
            "list_id": made.id,
            "line_no": number,
            "division_code": statement.division_code,
            "resident_id": line.resident_id,
            "amount_fen": line.amount_fen,
        }
        for number, line in enumerate(lines, start=1)
    ]
    session.execute(insert(PayerListLine), rows)
    record(session, actor, "create_payer_list", made, lines=made.line_count, refused=len(refused))
    return made


def content_hash(statement: PayerStatement, lines: Sequence[NewLine]) -> str:
    """Return the SHA-256 of everything that a list says: its head, then person and fen line by line."""
    head = (
        *(statement.kind.value, statement.payer_kind.value, statement.payer_name, statement.basis),
        *(statement.basis_on, statement.contribution_year, statement.division_code),
        *(statement.land_project_id or "", statement.source_list_id or ""),
    )
    said = [*map(str, head), *(f"{line.resident_id}|{line.amount_fen}" for line in lines)]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def submit(session: Session, *, actor: Actor, list_id: int, version: int) -> PayerList:
    """Hand a draft in; by whoever made it. Raises `NotFound`, `StaleVersion`, `PayerListStateUnfit`, `NotTheMaker`."""
    found = locked(session, list_id, version)
    _check_maker(actor, found)
    _check_state(found, PayerListState.DRAFT)
    return move(session, actor, found, "submit_payer_list", {"state": PayerListState.SUBMITTED})


def withdraw(session: Session, *, actor: Actor, list_id: int, version: int) -> PayerList:
    """Take a list back before its money is confirmed; by whoever made it. What a source list gave returns to it.

    Raises `NotFound`, `StaleVersion`, `PayerListStateUnfit`, `NotTheMaker`.
    """
    found = locked(session, list_id, version)
    _check_maker(actor, found)
    _check_state(found, PayerListState.DRAFT, PayerListState.SUBMITTED)
    release_source(session, found)
    return move(session, actor, found, "withdraw_payer_list", {"state": PayerListState.WITHDRAWN})


class NotTheMaker(SamePerson):
    """Only who made a list hands it in or takes it back."""

    code = "not-the-maker"
    title = "须由名单的制单人本人办理"


def _check_maker(actor: Actor, found: PayerList) -> None:
    if actor.user_id != found.maker_id:
        raise NotTheMaker


def _check_state(found: PayerList, *fit: PayerListState) -> None:
    if found.state not in fit:
        raise PayerListStateUnfit(f"名单当前状态为“{found.state.label}”，不能办理此步骤。")


def release_source(session: Session, found: PayerList) -> None:
    """Give the money that a list would have taken from another back to that one's lines."""
    if found.source_list_id is None:
        return
    session.execute(
        text(
            """
            UPDATE payer_list_lines
               SET readdressed_to_id = NULL,
                   state = CASE WHEN contribution_id IS NULL THEN 'left' ELSE 'reversed' END
             WHERE county_code = :county_code AND list_id = :source_id AND readdressed_to_id = :list_id
            """
        ),
        {"county_code": found.county_code, "source_id": found.source_list_id, "list_id": found.id},
    )


def get(session: Session, list_id: int) -> PayerList:
    """Return one list. Raises `NotFound`."""
    found = session.get(PayerList, (list_id // 10**10, list_id))
    if found is None:
        raise NotFound
    return found


def locked(session: Session, list_id: int, version: int) -> PayerList:
    """Lock a list and make sure that it is the version that was looked at. Raises `NotFound` or `StaleVersion`."""
    query = (
        select(PayerList)
        .where(col(PayerList.county_code) == list_id // 10**10, col(PayerList.id) == list_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    if found.version != version:
        raise StaleVersion
    return found


def move(
    session: Session, actor: Actor, found: PayerList, action: str, changes: Mapping[str, Any], **detail: Any
) -> PayerList:
    """Change a locked list to its next version, on record."""
    session.execute(
        update(PayerList)
        .where(col(PayerList.county_code) == found.county_code, col(PayerList.id) == found.id)
        .values(**changes, version=found.version + 1)
        .execution_options(synchronize_session=False)
    )
    session.refresh(found)
    record(session, actor, action, found, **detail)
    return found


def record(session: Session, actor: Actor, action: str, found: PayerList, **detail: Any) -> None:
    """Write an audit event about a list."""
    audit_events.record(
        session,
        actor=actor,
        action=action,
        subject_kind="payer_list",
        subject_id=found.id,
        division_code=found.division_code,
        state=found.state.value,
        total_fen=found.total_fen,
        content_hash=found.content_hash,
        **detail,
    )


def waiting_fen(session: Session, found: PayerList) -> int:
    """Return what of a list's money waits in 待查款项 for a refund or for other persons, in fen."""
    query = select(PayerListLine.amount_fen).where(  # type: ignore[call-overload]
        col(PayerListLine.county_code) == found.county_code,
        col(PayerListLine.list_id) == found.id,
        col(PayerListLine.state).in_((PayerLineState.LEFT, PayerLineState.REVERSED)),
    )
    return sum(session.scalars(query))


def list_lists(
    session: Session,
    *,
    actor: Actor,
    division_code: int | None,
    state: PayerListState | None,
    kind: PayerListKind | None,
    land_project_id: int | None,
    limit: int,
    after: str | None,
) -> tuple[Sequence[PayerList], str | None]:
    """Return a page of a unit's lists, newest first, and the next cursor. Raises `InvalidCursor`."""
    low, high = scope_of(division_code or actor.division_code)
    query = select(PayerList).where(col(PayerList.division_code).between(low, high))
    narrowed = {
        PayerList.state: state,
        PayerList.kind: kind,
        PayerList.land_project_id: land_project_id,
    }
    for column, value in narrowed.items():
        if value is not None:
            query = query.where(col(column) == value)
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(PayerList.id) < start[0])
    rows = session.scalars(query.order_by(col(PayerList.id).desc()).limit(limit + 1)).all()
    following = encode_cursor(rows[limit - 1].id) if len(rows) > limit else None
    return rows[:limit], following


def list_lines(
    session: Session, *, list_id: int, state: PayerLineState | None, limit: int, after: str | None
) -> tuple[list[LineView], str | None]:
    """Return a page of a list's lines in their order, and the next cursor. Raises `NotFound`, `InvalidCursor`."""
    found = get(session, list_id)
    query = (
        select(PayerListLine, Resident)
        .outerjoin(
            Resident,
            (col(Resident.county_code) == col(PayerListLine.county_code))
            & (col(Resident.id) == col(PayerListLine.resident_id)),
        )
        .where(col(PayerListLine.county_code) == found.county_code, col(PayerListLine.list_id) == found.id)
    )
    if state is not None:
        query = query.where(col(PayerListLine.state) == state)
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(PayerListLine.line_no) > start[0])
    rows = session.execute(query.order_by(col(PayerListLine.line_no)).limit(limit + 1)).all()
    following = encode_cursor(rows[limit - 1][0].line_no) if len(rows) > limit else None
    return [LineView(line, resident) for line, resident in rows[:limit]], following
