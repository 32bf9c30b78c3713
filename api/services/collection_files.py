"""代扣报盘: the bank's files of an approved batch, made from the lines' own snapshot and released by a third person.

Account numbers are opened in memory only, while the bytes are made; what is kept is the hash. The same lines give the
same bytes, so a file can be made again at any time and proves itself against the hash.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, text
from sqlmodel import col

from api.database import next_id
from api.errors import NotFound
from api.exchange.bank_files import BankRecord, bank_files
from api.exchange.bank_layouts_loader import FilePurpose, load_layout
from api.models import CollectionFile
from api.policy.contributions import payment_window
from api.policy.deadlines import add_working_days
from api.services import audit_events, deductions_under_way
from api.services.collection_batches import (
    CollectionContentChanged,
    CollectionStateUnfit,
    content_hash,
    get,
    move,
    refuse_changed_facts,
)
from api.services.laws import law_on
from api.services.payment_files import id_numbers
from api.services.two_persons import require_second_person
from api.vocabulary import CollectionState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.database import Actor
    from api.models import CollectionBatch

SEQ_DIGITS = 7
FETCHED = 10_000
SENT_STATES = frozenset({CollectionState.SENT, CollectionState.POSTED, CollectionState.CLOSED})

_LINES = text(
    """
    SELECT seq, resident_id, name, uuid_send(id_token) AS id_token, amount_fen, bank_account_sealed, division_code
      FROM collection_lines
     WHERE county_code = :county_code AND batch_id = :batch_id AND seq BETWEEN :first_seq AND :last_seq
     ORDER BY seq
    """
)


class CollectionYearOver(CollectionStateUnfit):
    """The year can no longer be paid on the day of sending."""

    code = "collection-year-over"
    title = "该年度缴费期已过，不能再报盘代扣"


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file with its bytes, made from the lines and equal to what was released."""

    record: CollectionFile
    content: bytes


def batch_of(batch: CollectionBatch) -> str:
    """Return the batch number in the file names: county, contribution year, number of the batch in that year."""
    return f"{batch.county_code}{batch.contribution_year}{batch.number:03d}"


def document_number(batch: CollectionBatch, seq: int) -> str:
    """Return the 社保单据号 of a line: batch and the line's number."""
    return f"{batch_of(batch)}{seq:0{SEQ_DIGITS}d}"


def release(
    session: Session, *, actor: Actor, keyring: Keyring, batch_id: int, today: date
) -> tuple[CollectionBatch, Sequence[CollectionFile]]:
    """Make the files of an approved batch and mark it sent, with the day by which the bank answers; again, the same files.

    Raises `CollectionStateUnfit` before approval, `CollectionYearOver`, `SamePerson` for the batch's maker or checker,
    and `CollectionContentChanged` when lines or facts beneath are no longer those approved. policy.md §3.3 P4, §6.6.
    """
    batch = get(session, batch_id, actor=actor)
    if batch.state in SENT_STATES:
        return batch, files_of(session, batch)
    if batch.state != CollectionState.APPROVED:
        raise CollectionStateUnfit(f"批次状态为{CollectionState(batch.state).label}，审批后才能报盘。")
    require_second_person(actor, batch.maker_id, batch.checker_id or 0)
    law = law_on(session, batch.division_code, today)
    first_day, last_day = payment_window(batch.contribution_year, law)
    if not first_day <= today <= last_day:
        raise CollectionYearOver
    # From here on one releaser only: whoever comes second finds another version.
    deadline_on = add_working_days(today, law.deduction_return_working_days, law)
    move(session, batch, CollectionState.SENT, batch.version, sent_on=today, deadline_on=deadline_on)
    if content_hash(session, county=batch.county_code, batch_id=batch.id) != batch.content_hash:
        raise CollectionContentChanged("批次内容与审批时不一致，不能报盘。")
    _make_files(session, keyring, batch, actor)
    # Making the files may take a while, and payments need not wait for it; whoever pays after this finds it sent.
    deductions_under_way.lock_release(session, batch.county_code)
    refuse_changed_facts(session, batch, today)
    if batch.line_count == 0:
        move(session, batch, CollectionState.CLOSED, batch.version, closed_on=today)
    audit_events.record(
        session, actor=actor, action="collection.release", subject_kind="collection_batch", subject_id=batch.id,
        division_code=batch.division_code, lines=batch.line_count, total_fen=batch.total_fen,
    )  # fmt: skip
    return batch, files_of(session, batch)


def _make_files(session: Session, keyring: Keyring, batch: CollectionBatch, actor: Actor) -> None:
    """Make the files one after the other and keep what proves them: hash, lines and sum."""
    seq = 1
    lines = _records(session, keyring, batch, first_seq=1, last_seq=batch.line_count)
    layout = load_layout(batch.layout)
    for part, made in enumerate(bank_files(layout, FilePurpose.DEDUCT, lines, batch=batch_of(batch)), start=1):
        session.add(
            CollectionFile(
                county_code=batch.county_code, id=next_id(session, batch.county_code), batch_id=batch.id, part=part,
                division_code=batch.division_code, name=made.name, first_seq=seq, last_seq=seq + made.lines - 1,
                line_count=made.lines, total_fen=made.total_fen, sha256=made.sha256, made_by_id=actor.user_id,
            )
        )  # fmt: skip
        seq += made.lines
    session.flush()


def files_of(session: Session, batch: CollectionBatch) -> Sequence[CollectionFile]:
    """Return the released files of a batch, by part."""
    query = (
        select(CollectionFile)
        .where(col(CollectionFile.county_code) == batch.county_code, col(CollectionFile.batch_id) == batch.id)
        .order_by(col(CollectionFile.part))
    )
    return session.scalars(query).all()


def download(session: Session, *, actor: Actor, keyring: Keyring, batch_id: int, file_id: int) -> MadeFile:
    """Make a released file again and return it; the download is audited.

    Raises `NotFound`, and `CollectionContentChanged` when the bytes are not those released.
    """
    batch = get(session, batch_id, actor=actor)
    record = session.get(CollectionFile, (batch.county_code, file_id))
    if record is None or record.batch_id != batch.id:
        raise NotFound
    lines = _records(session, keyring, batch, first_seq=record.first_seq, last_seq=record.last_seq)
    layout = load_layout(batch.layout)
    content = b"".join(one.content for one in bank_files(layout, FilePurpose.DEDUCT, lines, batch=batch_of(batch)))
    if hashlib.sha256(content).hexdigest() != record.sha256:
        raise CollectionContentChanged("重新生成的文件与已报盘的文件不一致，请联系管理员。")
    audit_events.record(
        session, actor=actor, action="collection_file.download", subject_kind="collection_file", subject_id=record.id,
        division_code=batch.division_code, sha256=record.sha256,
    )  # fmt: skip
    return MadeFile(record, content)


def _records(
    session: Session, keyring: Keyring, batch: CollectionBatch, *, first_seq: int, last_seq: int
) -> Iterator[BankRecord]:
    """Yield the bank's records in order, some thousand opened at a time."""
    number = batch_of(batch)
    for start in range(first_seq, last_seq + 1, FETCHED):
        window = {"first_seq": start, "last_seq": min(start + FETCHED - 1, last_seq)}
        rows = session.execute(_LINES, {"county_code": batch.county_code, "batch_id": batch.id, **window}).all()
        residents = [row.resident_id for row in rows]
        numbers = id_numbers(session, keyring, batch.county_code, [row.id_token for row in rows], residents)
        accounts = keyring.unseal_column(
            [row.bank_account_sealed for row in rows], table="residents", column="bank_account", row_ids=residents
        )
        for row, id_number, account in zip(rows, numbers, accounts, strict=True):
            yield BankRecord(
                str(row.resident_id), row.name, id_number, row.amount_fen, f"{number}{row.seq:0{SEQ_DIGITS}d}", account,
                str(row.division_code),
            )  # fmt: skip
