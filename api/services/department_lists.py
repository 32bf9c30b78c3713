"""部门名单: takes a list of another department, compares it with the register and keeps the comparison as a proposal.

Nothing of the register is changed here; a second person approves (`department_list_approvals`). Somebody of another unit
and somebody who does not exist are the same `not_found`, since the database shows neither.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, text
from sqlmodel import col

from api.database import Actor, copy_rows, county_of, next_id, plan_for_sets, run_sql, scope_of
from api.errors import FieldFault, NotFound
from api.exchange.containers import OPERATOR_LIMITS, FileFormat, FileLimits
from api.exchange.department_layouts import LAYOUTS, Stated, judge
from api.exchange.lists import ReadList, read_list
from api.exchange.refused_rows import write_refused
from api.exchange.roster_cells import clean_name
from api.exchange.roster_rules import Issue
from api.exchange.roster_scope import RosterScope
from api.models import DepartmentList, DepartmentListRow
from api.policy.ages import latest_birth_date
from api.policy.list_effects import PAID_GROUPS, Group, Overpaid, money_effect
from api.services import audit_events, divisions
from api.services.department_list_refusals import DeathListComplete, ListDateOutside, ListWithoutRows
from api.services.laws import law_on
from api.services.pages import decode_cursor, encode_cursor
from api.services.roster_imports import RefusedFormat, issue_json
from api.vocabulary import DepartmentListKind, DepartmentListState, ListOutcome

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.policy.list_effects import MoneyEffect

FOLDER = "department_list"
COUNTY_SPAN = 1_000_000
MANY = 5000
"""From so many rows on the planner is told to work on sets."""
MOST_TOLD = 20
STAGED = (
    "seq", "file_row", "name", "id_token", "birth_date", "value", "happened_on", "until_on", "paper", "is_by_hand",
)  # fmt: skip
DOUBTFUL = "名单中有同名的行未能比对，请先核对"
"""Why a holder whom a complete list does not name is not chosen by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a list says about itself: which kind, of which unit, by whom, as of which day, and whether it is complete."""

    kind: DepartmentListKind
    division_code: int
    department: str
    document: str
    as_of: date
    is_complete: bool


@dataclass(frozen=True, slots=True)
class Brought:
    """A list as brought: the comparison, what was refused, and whether these bytes had been brought before."""

    found: DepartmentList
    read: ReadList
    refused: list[Issue]
    repeated: bool

    def as_json(self) -> dict[str, Any]:
        """The document of contract.md, with the comparison beside it."""
        return {
            "kind": "department-list",
            "rows": self.found.row_count,
            "accepted": self.found.row_count - self.found.refused_count,
            "unchanged": self.found.counts.get(ListOutcome.UNCHANGED.value, 0),
            "refused": [issue_json(issue) for issue in self.refused],
            "warnings": [issue_json(issue) for issue in self.read.warnings],
        }


def refused_rows_file(brought: Brought, file_format: RefusedFormat) -> bytes:
    """Return the refused rows as a file which, corrected, can be brought again."""
    title = brought.read.layout.title
    return write_refused(brought.read.table, brought.refused, file_format=FileFormat(file_format.value), sheet=title)


def bring(
    session: Session,
    keyring: Keyring,
    *,
    actor: Actor,
    statement: Statement,
    content: bytes,
    file_name: str,
    today: date,
    limits: FileLimits = OPERATOR_LIMITS,
) -> Brought:
    """Read a list, compare it with the register and keep the comparison; the same bytes again are the same list.

    Raises `NotFound` for a unit outside the actor's scope or above a county, `ListDateOutside`, `DeathListComplete`,
    `ListWithoutRows`, `ParametersUnknown`, or a FileRefused when the file as a whole is no such list.
    """
    divisions.get_own(session, statement.division_code)
    low, high = scope_of(statement.division_code)
    if high - low >= COUNTY_SPAN:
        raise NotFound
    if statement.as_of > today:
        raise ListDateOutside(pointer="/as_of")
    if statement.is_complete and statement.kind is DepartmentListKind.DEATHS:
        raise DeathListComplete(pointer="/complete")
    names = divisions.names_on(session, statement.division_code, today)
    scope = RosterScope(divisions=names, division_code=statement.division_code, as_of=today)
    layout = LAYOUTS[statement.kind].layout
    # Reading a long file takes longer than a transaction of a request may do nothing.
    session.execute(text("SET LOCAL idle_in_transaction_session_timeout = '600s'"))
    read = read_list(content, layout=layout, file_name=file_name, limits=limits, scope=scope)
    stated, refused = _judge(read, statement)
    # Two of the same bytes at once: the second waits and then sees the first.
    session.execute(text("SELECT pg_advisory_xact_lock(7010, :county)"), {"county": county_of(statement.division_code)})
    digest = hashlib.sha256(content).hexdigest()
    earlier = _earlier(session, statement, digest)
    if earlier is not None:
        return Brought(earlier, read, refused, repeated=True)
    if not stated:
        told = [
            FieldFault("/file", issue.code, f"第 {issue.row} 行“{issue.column}”：{issue.message}")
            for issue in refused[:MOST_TOLD]
        ]
        raise ListWithoutRows(faults=told)
    found = _new(session, actor, statement, digest)
    found.row_count = read.height
    found.refused_count = len({issue.row for issue in refused})
    found.refused = [issue_json(issue) for issue in refused]
    doubtful = _names_of_refused(read, refused)
    _compare(session, keyring, found, stated)
    run_sql(
        session,
        FOLDER,
        "40_insert_rows",
        **_keys(found),
        division_code=found.division_code,
        doubtful=sorted(doubtful or ()),
        is_all_doubtful=doubtful is None,
        reason=DOUBTFUL,
    )
    settle(session, found)
    _record(session, actor, "bring_department_list", found)
    return Brought(found, read, refused, repeated=False)


def _judge(read: ReadList, statement: Statement) -> tuple[list[Stated], list[Issue]]:
    """Part the rows that can be compared from those that contradict themselves or repeat an earlier one."""
    refused = list(read.refused)
    stated: list[Stated] = []
    kept: dict[int, int] = {}
    for row in read.rows:
        told = judge(read, row, kind=statement.kind, as_of=statement.as_of)
        if isinstance(told, Issue):
            refused.append(told)
        elif told.id17 in kept:
            refused.append(read.duplicate(row.row, kept[told.id17]))
        else:
            kept[told.id17] = row.row
            stated.append(told)
    return stated, sorted(refused, key=lambda issue: issue.row)


def _names_of_refused(read: ReadList, refused: Sequence[Issue]) -> set[str] | None:
    """Return the names on refused rows; None when a name itself cannot be read, so that it may be anybody's.

    Of a row that repeats another the person has been compared.
    """
    rows = {issue.row for issue in refused if issue.code != "duplicate_in_file"}
    if not rows:
        return set()
    place = next(f"c{index}" for index, heading in enumerate(read.table.headings) if read.is_name(heading))
    cells = zip(read.table.rows.to_list(), read.table.cells[place].to_list(), strict=True)
    names = [clean_name(raw).value for number, raw in cells if number in rows]
    return None if None in names else {str(name) for name in names}


def _earlier(session: Session, statement: Statement, digest: str) -> DepartmentList | None:
    """Return the list of the same bytes and the same statement, unless it was rejected or has rows left over."""
    query = select(DepartmentList).where(
        col(DepartmentList.county_code) == county_of(statement.division_code),
        col(DepartmentList.division_code) == statement.division_code,
        col(DepartmentList.kind) == statement.kind,
        col(DepartmentList.as_of) == statement.as_of,
        col(DepartmentList.is_complete) == statement.is_complete,
        col(DepartmentList.sha256) == digest,
        col(DepartmentList.state) != DepartmentListState.REJECTED,
        col(DepartmentList.stale_count) == 0,
    )
    return session.scalars(query).one_or_none()


def _new(session: Session, actor: Actor, statement: Statement, digest: str) -> DepartmentList:
    county = county_of(statement.division_code)
    found = DepartmentList(
        county_code=county,
        id=next_id(session, county),
        division_code=statement.division_code,
        kind=statement.kind,
        department=statement.department,
        document=statement.document,
        as_of=statement.as_of,
        is_complete=statement.is_complete,
        sha256=digest,
        refused=[],
        counts={},
        money_effect={},
        maker_id=actor.user_id,
    )
    session.add(found)
    session.flush()
    return found


def _compare(session: Session, keyring: Keyring, found: DepartmentList, stated: Sequence[Stated]) -> None:
    """Stage rows and compare them; what was found is then in `compared_rows`."""
    create_staging(session, len(stated))
    tokens = keyring.id_tokens([one.id17 for one in stated])
    rows = (
        (seq, one.row, one.name, token.hex(), one.birth_date, one.value, one.on, one.until, one.paper, False)
        for seq, (one, token) in enumerate(zip(stated, tokens, strict=True), 1)
    )
    copy_rows(session, "staged_rows", STAGED, rows)
    compare_staged(session, found, with_removed=True)
    run_sql(session, FOLDER, "30_find_namesakes", **_unit(found))


def create_staging(session: Session, height: int) -> None:
    """Make the temporary tables of a comparison of about so many rows."""
    if height > MANY:
        plan_for_sets(session)
    run_sql(session, FOLDER, "10_create_staging")


def compare_staged(session: Session, found: DepartmentList, *, with_removed: bool) -> None:
    """Compare the staged rows with the register; of a complete list also who is not on it, where that is wanted."""
    session.execute(text("ANALYZE staged_rows"))
    fact = LAYOUTS[found.kind].fact
    if fact is None:
        run_sql(session, FOLDER, "21_compare_deaths", **_unit(found))
    else:
        run_sql(session, FOLDER, "20_compare_facts", **_unit(found), fact_kind=fact.value)
    session.execute(text("ANALYZE compared_rows"))
    if with_removed and found.is_complete and fact is not None:
        run_sql(session, FOLDER, "25_list_removed", **_unit(found), fact_kind=fact.value, as_of=found.as_of)


def _unit(found: DepartmentList) -> dict[str, int]:
    low, high = scope_of(found.division_code)
    return {"county_code": found.county_code, "low": low, "high": high}


def _keys(found: DepartmentList) -> dict[str, int]:
    return {"county_code": found.county_code, "list_id": found.id}


def settle(session: Session, found: DepartmentList) -> None:
    """Count the rows, price the chosen ones and hash all of them, after whatever has changed them."""
    counted = session.execute(
        select(col(DepartmentListRow.outcome), func.count(), func.count().filter(col(DepartmentListRow.is_chosen)))
        .where(col(DepartmentListRow.county_code) == found.county_code, col(DepartmentListRow.list_id) == found.id)
        .group_by(col(DepartmentListRow.outcome))
    ).all()
    found.counts = {outcome.value: number for outcome, number, _ in sorted(counted)}
    found.chosen_count = sum(number for _, _, number in counted)
    found.money_effect = _money_json(*_price(session, found))
    found.content_hash = content_hash(session, found)
    session.flush()


def _price(session: Session, found: DepartmentList) -> tuple[MoneyEffect, Overpaid]:
    """Compute what adopting the chosen rows costs or saves, by the parameters of the list's day."""
    parameters = law_on(session, found.division_code, found.as_of)
    groups = run_sql(
        session,
        FOLDER,
        "50_sum_money",
        **_keys(found),
        severe=parameters.severe_disability_grade,
        born_after=latest_birth_date(age=parameters.benefit_age, on=found.as_of),
        kind=found.kind.value,
        groups=sorted(parameters.government_paid_groups - {PAID_GROUPS.get(found.kind, "")}),
    ).all()
    overpaid = Overpaid(**run_sql(session, FOLDER, "51_sum_overpaid", **_keys(found)).one()._mapping)  # noqa: SLF001
    people = [Group(**row._mapping) for row in groups]  # noqa: SLF001
    return money_effect(found.kind, people, overpaid, parameters), overpaid


def _money_json(effect: MoneyEffect, overpaid: Overpaid) -> dict[str, Any]:
    items = [asdict(item) | {"per": item.per.value} for item in effect.items]
    return {"items": items, "notes": list(effect.notes), "overpaid": asdict(overpaid)}


def content_hash(session: Session, found: DepartmentList) -> str:
    """Return SHA-256 over what the list says of itself and every kept row, as hex."""
    rows = run_sql(session, FOLDER, "60_hash_rows", **_keys(found)).one()
    told = [
        found.id, found.kind.value, found.division_code, found.department, found.document, found.as_of.isoformat(),
        found.is_complete, found.sha256, rows.heads, rows.digest,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


def get(session: Session, list_id: int) -> DepartmentList:
    """Return one list. Raises `NotFound`."""
    found = session.get(DepartmentList, (list_id // 10**10, list_id))
    if found is None:
        raise NotFound
    return found


def get_locked(session: Session, list_id: int) -> DepartmentList:
    """Return one list, which nobody else can change or decide meanwhile. Raises `NotFound`."""
    query = (
        select(DepartmentList)
        .where(col(DepartmentList.county_code) == list_id // 10**10, col(DepartmentList.id) == list_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def list_lists(
    session: Session,
    *,
    state: DepartmentListState | None,
    kind: DepartmentListKind | None,
    limit: int,
    after: str | None,
) -> tuple[Sequence[DepartmentList], str | None]:
    """Return the lists of one's unit, newest first, and the next cursor. Raises `InvalidCursor`."""
    query = select(DepartmentList).order_by(col(DepartmentList.id).desc()).limit(limit + 1)
    if state is not None:
        query = query.where(col(DepartmentList.state) == state)
    if kind is not None:
        query = query.where(col(DepartmentList.kind) == kind)
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(DepartmentList.id) < start[0])
    rows = session.scalars(query).all()
    return rows[:limit], encode_cursor(rows[limit - 1].id) if len(rows) > limit else None


def _record(session: Session, actor: Actor, action: str, found: DepartmentList) -> None:
    audit_events.record(
        session,
        actor=actor,
        action=action,
        subject_kind="department_list",
        subject_id=found.id,
        division_code=found.division_code,
        kind=found.kind.value,
        as_of=found.as_of.isoformat(),
        rows=found.row_count,
        refused=found.refused_count,
        outcomes=found.counts,
    )
