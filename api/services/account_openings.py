"""开户批次: the bank is asked to open passbooks for insured people who have none, and its answer becomes their account.

Two persons decide on the batch; what the bank writes back enters the register as a version like any other change, and
only where number, name and document are the person's.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, text, update
from sqlmodel import col

from api.database import next_id, plan_for_sets, run_sql, scope_of
from api.errors import DomainError, Invalid, NotFound, StaleVersion
from api.exchange.bank_files import BankFile, BankRecord, bank_files
from api.exchange.bank_layouts_loader import FilePurpose, layout_ids, load_layout
from api.models import AccountOpening, AccountOpeningLine, Division
from api.services import audit_events, divisions
from api.services.collection_batches import require_unit
from api.services.pages import decode_cursor, encode_cursor
from api.services.payment_files import id_numbers
from api.services.two_persons import require_second_person
from api.vocabulary import DivisionLevel, OpeningState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.database import Actor

FOLDER = "account_opening"
MOST_OF_A_YEAR = 999


class OpeningUnitUnfit(Invalid):
    """A batch is of a county or a town, in a layout that has files for opening passbooks."""

    code = "opening-unit-unfit"
    title = "开户批次按县或街镇办理，银行格式须含开户文件"


class OpeningStateUnfit(DomainError):
    """The step does not follow from the state that the batch is in."""

    code = "opening-state"
    title = "开户批次当前状态不允许此操作"


class OpeningContentChanged(DomainError):
    """The lines are not those that were approved."""

    code = "opening-content-changed"
    title = "开户批次内容已变化"


@dataclass(frozen=True, slots=True)
class OpeningFile:
    """A file for the bank, made from the lines; the same lines give the same bytes."""

    part: int
    file: BankFile


def compute(session: Session, *, actor: Actor, division_code: int, layout: str, today: date) -> AccountOpening:
    """List everybody of a unit who is insured and has no passbook. Raises `NotFound` and `OpeningUnitUnfit`."""
    require_unit(actor, division_code)
    unit = divisions.get(session, division_code)
    fits = layout in layout_ids() and {FilePurpose.OPEN} <= {
        *load_layout(layout).outgoing,
        *load_layout(layout).incoming,
    }
    if unit.level not in {DivisionLevel.COUNTY, DivisionLevel.TOWN} or not fits:
        raise OpeningUnitUnfit(pointer="/division")
    county = division_code // 1_000_000
    session.execute(text("SELECT pg_advisory_xact_lock(7033, :county)"), {"county": county})
    last = session.execute(
        select(func.max(col(AccountOpening.number))).where(
            col(AccountOpening.county_code) == county, col(AccountOpening.opened_year) == today.year
        )
    ).scalar_one()
    if (last or 0) >= MOST_OF_A_YEAR:
        raise OpeningStateUnfit("该年度的开户批次号已用完。")
    opening = AccountOpening(
        county_code=county, id=next_id(session, county), division_code=division_code, opened_year=today.year,
        number=(last or 0) + 1, layout=layout, maker_id=actor.user_id,
    )  # fmt: skip
    session.add(opening)
    session.flush()
    low, high = scope_of(division_code)
    plan_for_sets(session)
    keys = {"county_code": county, "opening_id": opening.id}
    run_sql(session, FOLDER, "10_insert_lines", **keys, low=low, high=high)
    made: Any = run_sql(session, FOLDER, "20_hash_lines", **keys).one()
    opening.line_count, opening.content_hash = made.lines, made.digest
    session.flush()
    _audit(session, actor, opening, "account_opening.compute", lines=opening.line_count)
    return opening


def get(session: Session, opening_id: int, *, actor: Actor) -> AccountOpening:
    """Return one batch of which the actor sees the whole unit. Raises `NotFound`."""
    opening = session.get(AccountOpening, (opening_id // 10**10, opening_id))
    if opening is None:
        raise NotFound
    require_unit(actor, opening.division_code)
    return opening


def list_openings(session: Session, *, limit: int, after: str | None) -> tuple[Sequence[AccountOpening], str | None]:
    """Return the batches that the actor sees, newest first."""
    query = select(AccountOpening).order_by(col(AccountOpening.id).desc()).limit(limit + 1)
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(AccountOpening.id) < start[0])
    rows = session.scalars(query).all()
    return rows[:limit], encode_cursor(rows[limit - 1].id) if len(rows) > limit else None


def list_lines(
    session: Session, *, opening: AccountOpening, limit: int, after: str | None
) -> tuple[Sequence[AccountOpeningLine], str | None]:
    """Return the lines of a batch by number."""
    query = (
        select(AccountOpeningLine)
        .where(
            col(AccountOpeningLine.county_code) == opening.county_code, col(AccountOpeningLine.opening_id) == opening.id
        )
        .order_by(col(AccountOpeningLine.seq))
        .limit(limit + 1)
    )
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(AccountOpeningLine.seq) > start[0])
    rows = session.scalars(query).all()
    return rows[:limit], encode_cursor(rows[limit - 1].seq) if len(rows) > limit else None


def approve(
    session: Session, *, actor: Actor, opening_id: int, given_hash: str, expected_version: int
) -> AccountOpening:
    """Approve a batch over its content by another person. Raises `SamePerson`, `OpeningContentChanged`, `StaleVersion`."""
    opening = get(session, opening_id, actor=actor)
    if opening.state != OpeningState.COMPUTED:
        raise OpeningStateUnfit(f"批次状态为{OpeningState(opening.state).label}，不能审批。")
    require_second_person(actor, opening.maker_id)
    if given_hash != opening.content_hash:
        raise OpeningContentChanged("批次内容与您所见不一致，请重新核对后再审批。")
    move(session, opening, OpeningState.APPROVED, expected_version, checker_id=actor.user_id)
    _audit(session, actor, opening, "account_opening.approve", content_hash=given_hash)
    return opening


def discard(session: Session, *, actor: Actor, opening_id: int, reason: str, expected_version: int) -> AccountOpening:
    """Give a batch up; whoever has no passbook by then can be asked for again. Raises `OpeningStateUnfit`."""
    opening = get(session, opening_id, actor=actor)
    if opening.state in {OpeningState.CLOSED, OpeningState.DISCARDED}:
        raise OpeningStateUnfit(f"批次状态为{OpeningState(opening.state).label}，不能作废。")
    move(session, opening, OpeningState.DISCARDED, expected_version)
    _audit(session, actor, opening, "account_opening.discard", reason=reason)
    return opening


def release(session: Session, *, actor: Actor, keyring: Keyring, opening_id: int, today: date) -> list[OpeningFile]:
    """Make the files of an approved batch and mark it sent, by a third person; again, the same files; each time audited.

    Raises `OpeningStateUnfit`, `SamePerson` and `OpeningContentChanged`.
    """
    opening = get(session, opening_id, actor=actor)
    if opening.state not in {OpeningState.APPROVED, OpeningState.SENT, OpeningState.CLOSED}:
        raise OpeningStateUnfit(f"批次状态为{OpeningState(opening.state).label}，审批后才能报盘。")
    require_second_person(actor, opening.maker_id, opening.checker_id or 0)
    made: Any = run_sql(session, FOLDER, "20_hash_lines", county_code=opening.county_code, opening_id=opening.id).one()
    if made.digest != opening.content_hash:
        raise OpeningContentChanged("批次内容与审批时不一致，不能报盘。")
    if opening.state == OpeningState.APPROVED:
        state = OpeningState.SENT if opening.line_count else OpeningState.CLOSED
        move(session, opening, state, opening.version, sent_on=today)
    layout = load_layout(opening.layout)
    records = _records(session, keyring, opening)
    files = [
        OpeningFile(part, file)
        for part, file in enumerate(bank_files(layout, FilePurpose.OPEN, records, batch=batch_of(opening)), start=1)
    ]
    proof = hashlib.sha256("".join(one.file.sha256 for one in files).encode()).hexdigest()
    _audit(session, actor, opening, "account_opening.release", files=len(files), sha256=proof)
    return files


def require_sent(session: Session, opening_id: int, *, actor: Actor) -> None:
    """Raise `OpeningStateUnfit` for a batch that has not been released: nothing can be downloaded of it."""
    opening = get(session, opening_id, actor=actor)
    if opening.state not in {OpeningState.SENT, OpeningState.CLOSED}:
        raise OpeningStateUnfit(f"批次状态为{OpeningState(opening.state).label}，尚未报盘。")


def batch_of(opening: AccountOpening) -> str:
    """Return the batch number in the file names: county, year, number of the batch in that year."""
    return f"{opening.county_code}{opening.opened_year}{opening.number:03d}"


def _records(session: Session, keyring: Keyring, opening: AccountOpening) -> Iterator[BankRecord]:
    rows = session.execute(
        select(AccountOpeningLine, col(Division.name))
        .join(Division, col(Division.code) == col(AccountOpeningLine.division_code))
        .where(
            col(AccountOpeningLine.county_code) == opening.county_code, col(AccountOpeningLine.opening_id) == opening.id
        )
        .order_by(col(AccountOpeningLine.seq))
    ).all()
    lines = [row[0] for row in rows]
    numbers = id_numbers(
        session, keyring, opening.county_code, [line.id_token for line in lines], [line.resident_id for line in lines]
    )
    for (line, unit), number in zip(rows, numbers, strict=True):
        yield BankRecord(
            str(line.resident_id), line.name, number, 0, "", "", str(line.division_code), str(unit)
        )  # fmt: skip


def move(session: Session, opening: AccountOpening, state: OpeningState, expected_version: int, **changes: Any) -> None:
    """Change a batch's state if it still has the expected version. Raises `StaleVersion`."""
    moved = session.execute(
        update(AccountOpening)
        .where(
            col(AccountOpening.county_code) == opening.county_code,
            col(AccountOpening.id) == opening.id,
            col(AccountOpening.version) == expected_version,
        )
        .values(state=state, version=expected_version + 1, **changes)
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined]
        raise StaleVersion
    session.refresh(opening)


def _audit(session: Session, actor: Actor, opening: AccountOpening, action: str, **detail: Any) -> None:
    audit_events.record(
        session, actor=actor, action=action, subject_kind="account_opening", subject_id=opening.id,
        division_code=opening.division_code, **detail,
    )  # fmt: skip
