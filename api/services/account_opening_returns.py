"""开户回盘: the accounts that the bank writes back, taken line by line; what does not fit the person is set aside."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select, text
from sqlmodel import col

from api.database import next_id
from api.errors import Invalid
from api.exchange.bank_files import parse_return
from api.exchange.bank_layouts_loader import FilePurpose, load_layout
from api.models import AccountOpeningLine, AccountOpeningReturn, Resident
from api.services import audit_events, resident_rows
from api.services.account_openings import OpeningStateUnfit, batch_of, get, move
from api.services.payment_files import id_numbers
from api.services.two_persons import require_second_person
from api.vocabulary import OpeningResult, OpeningState, ResidentStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.database import Actor
    from api.exchange.bank_files import BankReturn as Answer
    from api.exchange.bank_files import ReturnRecord
    from api.models import AccountOpening

_ACCOUNT: Final = re.compile(r"[0-9]{8,30}", re.ASCII)
"""As the roster takes it: api/exchange/roster_rules."""


class OpeningReturnOfOther(Invalid):
    """The file's name belongs to another batch or another purpose."""

    code = "opening-return-of-other"
    title = "开户回盘文件不属于该批次"


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an upload."""

    opening: AccountOpening
    returns: tuple[AccountOpeningReturn, ...]
    repeated: bool


@dataclass(slots=True)
class _Desk:
    """What judging one file needs, and what comes of it."""

    session: Session
    actor: Actor
    keyring: Keyring
    opening: AccountOpening
    lines: dict[str, AccountOpeningLine]
    people: dict[int, Resident]
    documents: dict[int, str]
    findings: list[dict[str, Any]] = field(default_factory=list)
    opened: int = 0
    failed: int = 0


def load(
    session: Session, *, actor: Actor, keyring: Keyring, opening_id: int, files: Sequence[tuple[str, bytes]]
) -> Taken:
    """Take the bank's answers (name, bytes) to a batch; the same bytes again have no effect.

    Raises `OpeningStateUnfit` before the batch was sent, `SamePerson` for its maker or checker, `OpeningReturnOfOther`.
    """
    opening = get(session, opening_id, actor=actor)
    session.execute(
        text("SELECT 1 FROM account_openings WHERE county_code = :county_code AND id = :id FOR UPDATE"),
        {"county_code": opening.county_code, "id": opening.id},
    )
    session.refresh(opening)
    if opening.state not in {OpeningState.SENT, OpeningState.CLOSED}:
        raise OpeningStateUnfit(f"批次状态为{OpeningState(opening.state).label}，不能处理回盘。")
    require_second_person(actor, opening.maker_id, opening.checker_id or 0)
    layout = load_layout(opening.layout)
    kept: list[AccountOpeningReturn] = []
    repeated = 0
    for name, content in files:
        answer = parse_return(layout, name, content, keeps_repeated=True)
        if answer.purpose is not FilePurpose.OPEN or answer.batch[:-3] != batch_of(opening):
            raise OpeningReturnOfOther(pointer="/files")
        known = _known(session, opening, answer)
        repeated += known is not None
        kept.append(known or _take(session, actor, keyring, opening, name, answer))
    return Taken(opening, tuple(kept), repeated == len(files))


def fingerprint(files: Sequence[tuple[str, bytes]]) -> str:
    """Return what makes an upload this one: the names and the bytes of its files."""
    return "\n".join(f"{name} {hashlib.sha256(content).hexdigest()}" for name, content in files)


def returns_of(session: Session, opening: AccountOpening) -> Sequence[AccountOpeningReturn]:
    """Return the files that a batch has taken, in the order in which they came."""
    return session.scalars(
        select(AccountOpeningReturn)
        .where(
            col(AccountOpeningReturn.county_code) == opening.county_code,
            col(AccountOpeningReturn.opening_id) == opening.id,
        )
        .order_by(col(AccountOpeningReturn.id))
    ).all()


def _known(session: Session, opening: AccountOpening, answer: Answer) -> AccountOpeningReturn | None:
    return session.scalars(
        select(AccountOpeningReturn).where(
            col(AccountOpeningReturn.county_code) == opening.county_code,
            col(AccountOpeningReturn.opening_id) == opening.id,
            col(AccountOpeningReturn.sha256) == answer.sha256,
            col(AccountOpeningReturn.succeeded) == answer.succeeded,
        )
    ).one_or_none()


def _take(
    session: Session, actor: Actor, keyring: Keyring, opening: AccountOpening, name: str, answer: Answer
) -> AccountOpeningReturn:
    """Judge a file line by line and keep what became of each."""
    desk = _desk(session, actor, keyring, opening, answer)
    record_id = next_id(session, opening.county_code)
    for record in answer.records:
        code = _judge(desk, record, succeeded=answer.succeeded)
        if code is None:
            _apply(desk, record, record_id, succeeded=answer.succeeded)
        else:
            desk.findings.append({"line": record.line, "code": code})
    desk.findings += [{"line": error.line, "code": error.code} for error in answer.errors]
    kept = AccountOpeningReturn(
        county_code=opening.county_code, id=record_id, opening_id=opening.id, division_code=opening.division_code,
        name=name, sha256=answer.sha256, succeeded=answer.succeeded,
        line_count=len(answer.records) + len(answer.errors), opened_count=desk.opened, failed_count=desk.failed,
        finding_count=len(desk.findings), findings=sorted(desk.findings, key=lambda one: int(one["line"])),
        loaded_by_id=actor.user_id,
    )  # fmt: skip
    session.add(kept)
    session.flush()
    opened, failed = opening.opened_count + desk.opened, opening.failed_count + desk.failed
    state = OpeningState.CLOSED if opened + failed == opening.line_count else OpeningState(opening.state)
    move(session, opening, state, opening.version, opened_count=opened, failed_count=failed)
    audit_events.record(
        session, actor=actor, action="account_opening_return.load", subject_kind="account_opening",
        subject_id=opening.id, division_code=opening.division_code, sha256=answer.sha256, opened=desk.opened,
        failed=desk.failed, findings=len(desk.findings),
    )  # fmt: skip
    return kept


def _desk(session: Session, actor: Actor, keyring: Keyring, opening: AccountOpening, answer: Answer) -> _Desk:
    """Lock the people that a file names and read the lines and documents that it must agree with."""
    named = [record.social_number for record in answer.records]
    wanted = {int(text_) for text_ in named if text_.isascii() and text_.isdecimal() and len(text_) <= 16}
    lines = session.scalars(
        select(AccountOpeningLine)
        .where(
            col(AccountOpeningLine.county_code) == opening.county_code,
            col(AccountOpeningLine.opening_id) == opening.id,
            col(AccountOpeningLine.resident_id).in_(wanted),
        )
        .execution_options(populate_existing=True)
    ).all()
    ids = sorted(line.resident_id for line in lines)
    people = {one.id: one for one in resident_rows.lock_many(session, ids)} if ids else {}
    documents = id_numbers(
        session, keyring, opening.county_code, [line.id_token for line in lines], [line.resident_id for line in lines]
    )
    return _Desk(
        session, actor, keyring, opening,
        lines={str(line.resident_id): line for line in lines},
        people=people,
        documents={line.resident_id: number for line, number in zip(lines, documents, strict=True)},
    )  # fmt: skip


def _judge(desk: _Desk, record: ReturnRecord, *, succeeded: bool) -> str | None:
    """Return why a line is set aside, or None when it can be taken."""
    line = desk.lines.get(record.social_number)
    if line is None:
        return "unknown"
    if record.name != line.name or record.id_number != desk.documents[line.resident_id]:
        return "other_person"
    if line.result is not None:
        same = (line.result == OpeningResult.OPENED) is succeeded
        return "repeated" if same else "contradictory"
    return _judge_account(desk, record, line) if succeeded else None


def _judge_account(desk: _Desk, record: ReturnRecord, line: AccountOpeningLine) -> str | None:
    """Return why a written-back account is set aside, or None when it becomes the person's."""
    if record.bank_account is None or not _ACCOUNT.fullmatch(record.bank_account):
        return "bad_account"
    resident = desk.people.get(line.resident_id)
    if resident is None or resident.status is not ResidentStatus.ALIVE:
        return "gone"
    if resident.name != line.name or resident.id_token != line.id_token:
        return "identity_changed"
    if resident.bank_account_sealed is not None:
        return "account_known"
    index = desk.keyring.blind_index("bank_account", record.bank_account)
    return "account_of_another" if _has_holder(desk, index) else None


def _has_holder(desk: _Desk, index: bytes) -> bool:
    """Return whether somebody has this passbook already: a new one is one person's."""
    query = select(col(Resident.id)).where(
        col(Resident.county_code) == desk.opening.county_code, col(Resident.bank_account_index) == index
    )
    return desk.session.execute(query.limit(1)).first() is not None


def _apply(desk: _Desk, record: ReturnRecord, return_id: int, *, succeeded: bool) -> None:
    """Write the result on the line and, where the bank has opened a passbook, the account into the register."""
    line = desk.lines[record.social_number]
    line.result = OpeningResult.OPENED if succeeded else OpeningResult.FAILED
    line.return_id = return_id
    if not succeeded:
        line.reason = (record.reason or "银行未说明原因")[:200]
        desk.failed += 1
        desk.session.flush()
        return
    account = record.bank_account or ""
    sealed = desk.keyring.seal(account, table="residents", column="bank_account", row_id=line.resident_id)
    changes = {
        "bank_account_sealed": sealed,
        "bank_account_index": desk.keyring.blind_index("bank_account", account),
    }
    desk.session.flush()
    resident_rows.keep_and_update(desk.session, desk.actor, desk.people[line.resident_id], changes)
    desk.opened += 1
