"""代扣回盘: every line of the bank's files is booked, kept as failed, or set aside as a finding; none is dropped.

A line answers by number, amount and person. Success and failure files of one upload are judged together, so that a line
that stands in both is contradictory wherever it comes first. The same bytes a second time have no effect.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select
from sqlmodel import col

from api.database import next_id, run_sql
from api.errors import Invalid
from api.exchange.bank_files import parse_return, raw_lines
from api.exchange.bank_layouts_loader import FilePurpose, load_layout
from api.models import CollectionFinding, CollectionReturn
from api.policy.contributions import payment_window
from api.services import audit_events
from api.services.collection_batches import FOLDER, CollectionStateUnfit, lock
from api.services.collection_files import SENT_STATES, batch_of, files_of
from api.services.collection_postings import Booking, Sums, count_in, keep_failed, post_deducted
from api.services.collection_staging import Judgement, answers_of, stage_and_judge
from api.services.fund_periods import booking_day
from api.services.laws import law_on
from api.services.ledger import UnbalancedEntry
from api.services.two_persons import require_second_person
from api.vocabulary import CollectionState, FindingCode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.database import Actor
    from api.exchange.bank_files import BankReturn as Answer
    from api.exchange.bank_layouts_loader import BankLayout
    from api.models import CollectionBatch, CollectionFile
    from api.services.collection_staging import Answer as Row


class ReturnOfOtherBatch(Invalid):
    """The file's name belongs to another batch, another purpose or another part than was sent."""

    code = "return-of-other-batch"
    title = "回盘文件不属于该代扣批次"


class DeductionDayUnfit(Invalid):
    """The bank cannot have deducted on that day."""

    code = "deduction-day-unfit"
    title = "扣款日期应在报盘日至今天之间"


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an upload: the records kept, and whether every file had been taken before."""

    batch: CollectionBatch
    returns: tuple[CollectionReturn, ...]
    repeated: bool


@dataclass(frozen=True, slots=True)
class _File:
    """A file of the upload that is new."""

    number: int
    name: str
    content: bytes
    answer: Answer
    part: CollectionFile


@dataclass(frozen=True, slots=True)
class _Upload:
    """Who loads what, when."""

    session: Session
    actor: Actor
    keyring: Keyring
    batch: CollectionBatch
    layout: BankLayout
    deducted_on: date
    today: date


def load(
    session: Session,
    *,
    actor: Actor,
    keyring: Keyring,
    batch_id: int,
    files: Sequence[tuple[str, bytes]],
    deducted_on: date,
    today: date,
) -> Taken:
    """Take the bank's files (name, bytes) of a batch; `deducted_on` is the value date of what they say was deducted.

    Raises `CollectionStateUnfit`, `SamePerson` for the batch's maker or checker, `ReturnOfOtherBatch`,
    `DeductionDayUnfit`, and what `parse_return` raises: then nothing of the upload is taken. policy.md §3.3 P4, §6.6.
    """
    batch = lock(session, batch_id, actor=actor)
    if batch.state not in SENT_STATES:
        raise CollectionStateUnfit(f"批次状态为{CollectionState(batch.state).label}，报盘后才能处理回盘。")
    require_second_person(actor, batch.maker_id, batch.checker_id or 0)
    if not (batch.sent_on or today) <= deducted_on <= today:
        raise DeductionDayUnfit(pointer="/deducted_on")
    upload = _Upload(session, actor, keyring, batch, load_layout(batch.layout), deducted_on, today)
    kept: list[CollectionReturn] = []
    fresh: list[_File] = []
    for name, content in files:
        answer = parse_return(upload.layout, name, content, keeps_repeated=True)
        known = _known(session, batch, answer)
        twice = any((one.answer.sha256, one.answer.succeeded) == (answer.sha256, answer.succeeded) for one in fresh)
        if known is not None:
            kept.append(known)
        elif not twice:
            fresh.append(_File(len(fresh), name, content, answer, _part_of(session, batch, answer)))
    if fresh:
        kept += _take(upload, fresh)
    return Taken(batch, tuple(kept), not fresh)


def fingerprint(files: Sequence[tuple[str, bytes]], deducted_on: date) -> str:
    """Return what makes an upload this one: the day, and the names and the bytes of its files."""
    listed = [f"{name} {hashlib.sha256(content).hexdigest()}" for name, content in files]
    return "\n".join([deducted_on.isoformat(), *listed])


def _known(session: Session, batch: CollectionBatch, answer: Answer) -> CollectionReturn | None:
    """Return the file with these bytes, if the batch has taken it as what it is now said to be."""
    return session.scalars(
        select(CollectionReturn).where(
            col(CollectionReturn.county_code) == batch.county_code,
            col(CollectionReturn.batch_id) == batch.id,
            col(CollectionReturn.sha256) == answer.sha256,
            col(CollectionReturn.succeeded) == answer.succeeded,
        )
    ).one_or_none()


def _part_of(session: Session, batch: CollectionBatch, answer: Answer) -> CollectionFile:
    """Return the released file that an answer belongs to, by purpose and batch number of its name."""
    for part in files_of(session, batch):
        if answer.purpose is FilePurpose.DEDUCT and answer.batch == f"{batch_of(batch)}{part.part:03d}":
            return part
    raise ReturnOfOtherBatch("文件名中的批次号不属于该代扣批次，请核对后再上传。", pointer="/files")


def _take(upload: _Upload, files: Sequence[_File]) -> list[CollectionReturn]:
    """Judge all new files together and book each."""
    session, batch = upload.session, upload.batch
    rows: list[Row] = []
    for one in files:
        rows += answers_of(
            session, upload.keyring, batch, file_no=one.number, succeeded=one.answer.succeeded, part=one.part,
            records=one.answer.records,
        )  # fmt: skip
    # Town laws may differ in what they give, not in the county's window of payment.
    _, last_day = payment_window(
        batch.contribution_year, law_on(session, batch.division_code, batch.sent_on or upload.today)
    )
    judgement = Judgement(upload.deducted_on, is_after_window=upload.deducted_on > last_day)
    counts = stage_and_judge(session, batch, rows, judgement)
    set_aside: dict[int, list[Any]] = {one.number: [] for one in files}
    for row in run_sql(session, FOLDER, "64_read_findings").all():
        set_aside[row.file_no].append(row)
    deducted, failed = Sums(), Sums()
    kept = []
    for one in files:
        mine = [row for row in counts if row.file_no == one.number and row.verdict == "ok"]
        record = _record(upload, one, mine)
        session.add(record)
        session.flush()
        more, less = _book(upload, one, record, [row.town for row in mine if row.succeeded])
        deducted = Sums(deducted.lines + more.lines, deducted.amount_fen + more.amount_fen)
        failed = Sums(failed.lines + less.lines, failed.amount_fen + less.amount_fen)
        _keep_findings(upload, one, record, set_aside[one.number])
        kept.append(record)
    count_in(session, batch, deducted, failed, on=upload.today)
    return kept


def _record(upload: _Upload, one: _File, booked: Sequence[Any]) -> CollectionReturn:
    """Return the row that says what became of every line of a file."""
    batch, answer = upload.batch, one.answer
    line_count = len(answer.records) + len(answer.errors)
    posted = Sums(
        sum(row.lines for row in booked if row.succeeded), sum(row.said_fen for row in booked if row.succeeded)
    )
    failed = Sums(
        sum(row.lines for row in booked if not row.succeeded), sum(row.said_fen for row in booked if not row.succeeded)
    )
    return CollectionReturn(
        county_code=batch.county_code,
        id=next_id(upload.session, batch.county_code),
        batch_id=batch.id,
        division_code=batch.division_code,
        name=one.name,
        sha256=answer.sha256,
        succeeded=answer.succeeded,
        line_count=line_count,
        posted_count=posted.lines,
        posted_fen=posted.amount_fen,
        failed_count=failed.lines,
        failed_fen=failed.amount_fen,
        finding_count=line_count - posted.lines - failed.lines,
        deducted_on=upload.deducted_on,
        posted_on=upload.today,
        loaded_by_id=upload.actor.user_id,
    )


def _book(upload: _Upload, one: _File, record: CollectionReturn, towns: Sequence[int]) -> tuple[Sums, Sums]:
    """Book a file's good lines and make sure that what is booked is what its record says."""
    session, batch = upload.session, upload.batch
    booking = Booking(
        deducted_on=upload.deducted_on,
        booked_on=booking_day(session, batch.county_code, wanted=upload.deducted_on, today=upload.today),
        today=upload.today,
        maker_id=upload.actor.user_id,
        checker_id=batch.checker_id or 0,
        source=str(record.id),
        return_id=record.id,
    )
    deducted = post_deducted(session, batch, booking, file_no=one.number, towns=towns)
    failed = keep_failed(session, batch, booking, file_no=one.number)
    if (deducted, failed) != (
        Sums(record.posted_count, record.posted_fen),
        Sums(record.failed_count, record.failed_fen),
    ):
        message = "the file differs from what was booked"
        raise UnbalancedEntry(message)
    audit_events.record(
        session, actor=upload.actor, action="collection_return.load", subject_kind="collection_batch",
        subject_id=batch.id, division_code=batch.division_code, sha256=record.sha256, posted=record.posted_count,
        failed=record.failed_count, findings=record.finding_count,
    )  # fmt: skip
    return deducted, failed


def _keep_findings(upload: _Upload, one: _File, record: CollectionReturn, rows: Sequence[Any]) -> None:
    """Keep every line that was not booked, with the bank's own text under seal."""
    session, batch, succeeded = upload.session, upload.batch, one.answer.succeeded
    found: list[tuple[int, FindingCode, str, int | None, int | None]] = [
        (row.number, FindingCode(row.verdict), row.detail, row.seq, int(row.said_fen)) for row in rows
    ]
    found += [(error.line, FindingCode.UNREADABLE, error.code, None, None) for error in one.answer.errors]
    if not found:
        return
    found.sort(key=lambda item: item[0])
    raw = raw_lines(one.content, upload.layout.encoding, [item[0] for item in found])
    first = next_finding(session, batch)
    numbers = range(first, first + len(found))
    seals = upload.keyring.seal_column(
        [raw[item[0]] for item in found], table="collection_findings", column="raw",
        row_ids=[f"{batch.id}:{number}" for number in numbers],
    )  # fmt: skip
    session.execute(
        insert(CollectionFinding),
        [
            {
                "county_code": batch.county_code, "batch_id": batch.id, "number": number,
                "division_code": batch.division_code, "return_id": record.id, "file_line": line, "code": code,
                "detail": detail, "seq": seq, "succeeded": succeeded, "amount_fen": said, "raw_sealed": seal,
                "deducted_on": upload.deducted_on,
            }
            for number, (line, code, detail, seq, said), seal in zip(numbers, found, seals, strict=True)
        ],
    )  # fmt: skip


def next_finding(session: Session, batch: CollectionBatch) -> int:
    """Return the number of the batch's next finding; the batch is locked."""
    last = session.execute(
        select(func.max(col(CollectionFinding.number))).where(
            col(CollectionFinding.county_code) == batch.county_code, col(CollectionFinding.batch_id) == batch.id
        )
    ).scalar_one()
    return (last or 0) + 1


def returns_of(session: Session, batch: CollectionBatch) -> Sequence[CollectionReturn]:
    """Return the files that a batch has taken, in the order in which they came."""
    return session.scalars(
        select(CollectionReturn)
        .where(col(CollectionReturn.county_code) == batch.county_code, col(CollectionReturn.batch_id) == batch.id)
        .order_by(col(CollectionReturn.id))
    ).all()
