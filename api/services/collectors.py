"""收款人: who holds cash, how old it is, and which receipt numbers are missing (reliability.md T1, T2)."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlmodel import col

from api.database import run_sql
from api.errors import NotFound
from api.models import ReceiptBlock, User
from api.permissions import ROLE_PERMISSIONS, Permission
from api.policy import cash as rules
from api.policy.cash import Holding
from api.services import cash, divisions, laws
from api.services.pages import decode_cursor, encode_cursor
from api.vocabulary import BlockState, CashAlarm, RoleName

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from typing import Any

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

COUNTY_SPAN = 10_000_000_000


@dataclass(frozen=True, slots=True)
class Gap:
    """A number that has not come to the books although it should have."""

    number: int
    block_id: int
    since_on: date
    is_returned: bool
    """Left in a block that was handed back, and not below a number that was used."""
    void_id: int | None
    """A void that was said and not decided."""


@dataclass(frozen=True, slots=True)
class Collector:
    """A collector with what they hold, in fen."""

    id: int
    name: str
    division_code: int
    division_name: str
    is_disabled: bool
    holding: Holding
    waiting_fen: int
    age_days: int
    alarm: CashAlarm
    advice: str | None
    """Why they are blocked and what to do."""
    receipt_count: int
    """Numbers given out so far."""
    void_count: int
    proposed_void_count: int
    disputed_count: int
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class DayOfCash:
    """Cash of one day's receipts that is still in hand, and how much of it is paid in and not confirmed; in fen."""

    issued_on: date
    held_fen: int
    waiting_fen: int


@dataclass(frozen=True, slots=True)
class Missing:
    """A collector's missing numbers, and how many numbers of open blocks simply are not used yet."""

    collector_id: int
    name: str
    division_code: int
    division_name: str
    gaps: tuple[Gap, ...]
    unused_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which collectors are asked for."""

    low: int
    high: int
    alarm: CashAlarm | None = None
    collector_id: int | None = None


def list_collectors(
    session: Session, *, wanted: Wanted, unit: int, today: date, limit: int, after: str | None
) -> tuple[list[Collector], str | None]:
    """Return collectors, the oldest cash first, and the next cursor. Alarms are those of `unit`'s limits."""
    start = decode_cursor(after, date, int) or (date.min, 0)
    law = laws.law_on(session, unit, today)
    rows = run_sql(
        session,
        cash.FOLDER,
        "60_list_collectors",
        low=wanted.low,
        high=wanted.high,
        collector_id=wanted.collector_id,
        alarm=None if wanted.alarm is None else wanted.alarm.value,
        warn_on=today - timedelta(days=law.cash_warning_days),
        late_on=today - timedelta(days=law.cash_late_days),
        block_on=today - timedelta(days=law.cash_block_days),
        ceiling_fen=law.cash_ceiling_fen,
        after_on=start[0],
        after_id=start[1],
        maximum=limit + 1,
    ).all()
    shown = rows[:limit]
    missing = gaps_of(session, {row.id for row in shown}, as_of=today)
    found = []
    for row in shown:
        holding = Holding(row.cash_held_fen, row.cash_oldest_on)
        alarm = rules.alarm(holding, today=today, law=law)
        found.append(
            Collector(
                id=row.id,
                name=row.display_name,
                division_code=row.division_code,
                division_name=row.division_name or "",
                is_disabled=row.is_disabled,
                holding=holding,
                waiting_fen=int(row.waiting_fen),
                age_days=holding.age_days(today),
                alarm=alarm,
                advice=rules.explain(holding, today=today, law=law) if alarm is CashAlarm.BLOCKED else None,
                receipt_count=row.receipt_count,
                void_count=row.void_count,
                proposed_void_count=row.proposed_count,
                disputed_count=row.disputed_count,
                gaps=missing.get(row.id, ()),
            )
        )
    following = encode_cursor(shown[-1].place_on.isoformat(), shown[-1].id) if len(rows) > limit else None
    return found, following


def get(session: Session, collector_id: int, *, today: date) -> tuple[Collector, list[DayOfCash]]:
    """Return one collector and their cash by day of receipt. Raises `NotFound` for whoever takes no cash."""
    user = session.get(User, (collector_id // COUNTY_SPAN, collector_id))
    if user is None or not (user.receipt_count or _takes_cash(user.role)):
        raise NotFound
    wanted = Wanted(low=user.division_code, high=user.division_code, collector_id=collector_id)
    [found], _ = list_collectors(session, wanted=wanted, unit=user.division_code, today=today, limit=1, after=None)
    rows = cash.by_day(session, user.county_code, collector_id)
    return found, [DayOfCash(row.issued_on, int(row.held_fen), int(row.waiting_fen)) for row in rows]


def _takes_cash(role: RoleName) -> bool:
    return Permission.CONTRIBUTION_RECORD in ROLE_PERMISSIONS[role]


def list_missing(
    session: Session, *, low: int, high: int, as_of: date, limit: int, after: str | None
) -> tuple[list[Missing], str | None]:
    """Return the missing numbers by collector, and the next cursor. A page may hold fewer than it could.

    A number is missing when a higher one of its block was used before `as_of`, or when its block was handed back.
    """
    start = decode_cursor(after, int)
    query = (
        select(col(ReceiptBlock.collector_id))
        .where(
            col(ReceiptBlock.county_code).between(low // 1_000_000, high // 1_000_000),
            col(ReceiptBlock.division_code).between(low, high),
            col(ReceiptBlock.state) != BlockState.EXHAUSTED,
            col(ReceiptBlock.issued_on) < as_of,
        )
        .distinct()
        .order_by(col(ReceiptBlock.collector_id))
        .limit(limit + 1)
    )
    if start is not None:
        query = query.where(col(ReceiptBlock.collector_id) > start[0])
    ids = session.scalars(query).all()
    shown = ids[:limit]
    missing = gaps_of(session, set(shown), as_of=as_of)
    unused, open_blocks = _unused(session, set(shown))
    people = {
        user.id: user
        for user in session.scalars(
            select(User).where(
                col(User.county_code).in_({one // COUNTY_SPAN for one in shown}), col(User.id).in_(shown)
            )
        )
    }
    units = divisions.names_of(session, {user.division_code for user in people.values()})
    found = [
        Missing(
            collector_id=one,
            name=people[one].display_name,
            division_code=people[one].division_code,
            division_name=units.get(people[one].division_code, ""),
            gaps=missing[one],
            unused_count=unused[one] - sum(gap.block_id in open_blocks for gap in missing[one]),
        )
        for one in shown
        if one in people and one in missing
    ]
    following = encode_cursor(shown[-1]) if len(ids) > limit else None
    return found, following


def gaps_of(session: Session, collector_ids: Collection[int], *, as_of: date) -> dict[int, tuple[Gap, ...]]:
    """Return the missing numbers of collectors as of a day, by collector; who misses none is left out."""
    found: dict[int, list[Gap]] = defaultdict(list)
    for county_code in sorted({one // COUNTY_SPAN for one in collector_ids}):
        ids = sorted(one for one in collector_ids if one // COUNTY_SPAN == county_code)
        rows: Sequence[Row[Any]] = run_sql(
            session, cash.FOLDER, "70_list_gaps", county_code=county_code, collector_ids=ids, as_of=as_of
        ).all()
        for row in rows:
            found[row.collector_id].append(Gap(row.number, row.block_id, row.since_on, row.is_returned, row.void_id))
    return {collector_id: tuple(gaps) for collector_id, gaps in found.items()}


def _unused(session: Session, collector_ids: Collection[int]) -> tuple[Counter[int], set[int]]:
    """Return how many numbers of open blocks are neither posted nor void, by collector; and the blocks."""
    counts: Counter[int] = Counter()
    blocks = session.scalars(
        select(ReceiptBlock).where(
            col(ReceiptBlock.county_code).in_({one // COUNTY_SPAN for one in collector_ids}),
            col(ReceiptBlock.collector_id).in_(collector_ids),
            col(ReceiptBlock.state) == BlockState.OPEN,
        )
    ).all()
    for block in blocks:
        counts[block.collector_id] += block.size - block.used_count
    return counts, {block.id for block in blocks}
