"""报盘文件: the bank's payment files of an approved run, made from the lines' own snapshot and released by finance.

Account numbers are opened in memory only, while the bytes are made; what is kept is the hash. The same lines give the
same bytes, so a file can be made again at any time and proves itself against the hash.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import select, text
from sqlmodel import col

from api.database import next_id, run_sql
from api.errors import NotFound
from api.exchange.bank_files import BankRecord, bank_files
from api.exchange.bank_layouts_loader import FilePurpose, load_layout
from api.models import BankFile
from api.policy.id_numbers import CHECK_CHARACTERS, WEIGHTS
from api.services import audit_events, ledger
from api.services.payment_runs import (
    FOLDER,
    ContentChanged,
    RunStateUnfit,
    content_hash,
    get,
    move,
    refuse_changed_facts,
    require_county,
)
from api.services.two_persons import require_second_person
from api.vocabulary import FundAccount, JournalKind, RunState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from typing import Any

    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.database import Actor
    from api.models import PaymentRun

LAYOUT = "rural_credit_2010"
SEQ_DIGITS = 8
RESIDENT_ID = 1
FETCHED = 10_000

_LINES = text(
    """
    SELECT seq, resident_id, name, uuid_send(id_token) AS id_token, amount_fen, bank_account_sealed, division_code
      FROM payment_lines
     WHERE county_code = :county_code AND run_id = :run_id AND seq BETWEEN :first_seq AND :last_seq
     ORDER BY seq
    """
)


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file with its bytes, made from the lines and equal to what was released."""

    record: BankFile
    content: bytes


def batch_of(run: PaymentRun) -> str:
    """Return the batch number in the file names: county and month. One run of a month at most is ever sent."""
    return f"{run.county_code}{run.month:%Y%m}"


def document_number(run: PaymentRun, seq: int) -> str:
    """Return the 社保单据号 of a line: batch and the line's number."""
    return f"{batch_of(run)}{seq:0{SEQ_DIGITS}d}"


def release(
    session: Session, *, actor: Actor, keyring: Keyring, run_id: int, today: date
) -> tuple[PaymentRun, Sequence[BankFile]]:
    """Make the files of an approved run, book the money as in transit and mark the run sent; again, the same files.

    Raises `RunStateUnfit` before approval, `SamePerson` for the run's maker or checker, `ContentChanged` when the lines
    or the facts beneath are no longer those approved. policy.md §3.3 P10, §6.6.
    """
    run = get(session, run_id)
    require_county(actor, run.county_code)
    if run.state in {RunState.SENT, RunState.CLOSED}:
        return run, files_of(session, run)
    if run.state != RunState.APPROVED:
        raise RunStateUnfit(f"批次状态为{RunState(run.state).label}，审批后才能报盘。")
    require_second_person(actor, run.maker_id, run.checker_id or 0)
    # From here on one releaser only: whoever comes second finds another version.
    move(session, run, RunState.SENT)
    if content_hash(session, county=run.county_code, run_id=run.id) != run.content_hash:
        raise ContentChanged("批次内容与审批时不一致，不能报盘。")
    refuse_changed_facts(session, run)
    seq = 1
    for part, made in enumerate(_make(session, keyring, run, first_seq=1, last_seq=run.line_count), start=1):
        session.add(
            BankFile(
                county_code=run.county_code, id=next_id(session, run.county_code), run_id=run.id, part=part,
                division_code=run.division_code, name=made.name, first_seq=seq, last_seq=seq + made.lines - 1,
                line_count=made.lines, total_fen=made.total_fen, sha256=made.sha256, made_by_id=actor.user_id,
            )
        )  # fmt: skip
        seq += made.lines
    session.flush()
    _book_sent(session, run=run, today=today)
    if run.line_count == 0:
        move(session, run, RunState.CLOSED)
    audit_events.record(
        session, actor=actor, action="payment_run.release", subject_kind="payment_run", subject_id=run.id,
        division_code=run.division_code, lines=run.line_count, total_fen=run.total_fen,
    )  # fmt: skip
    return run, files_of(session, run)


def _book_sent(session: Session, *, run: PaymentRun, today: date) -> None:
    """Book what left the expenditure account, one journal per town, in the names of the run's two persons."""
    for row in run_sql(session, FOLDER, "55_town_totals", county_code=run.county_code, run_id=run.id).all():
        ledger.post(
            session,
            county_code=run.county_code,
            division_code=row.town,
            kind=JournalKind.PAYMENT_SENT,
            business_date=today,
            dedup_key=f"payment_sent:{run.id}:{row.town}",
            maker_id=run.maker_id,
            checker_id=run.checker_id,
            run_id=run.id,
            fund=[
                ledger.FundEntry(account=FundAccount.IN_TRANSIT, amount_fen=row.total_fen),
                ledger.FundEntry(account=FundAccount.EXPENDITURE_ACCOUNT, amount_fen=-row.total_fen),
            ],
        )


def files_of(session: Session, run: PaymentRun) -> Sequence[BankFile]:
    """Return the released files of a run, by part."""
    query = (
        select(BankFile)
        .where(col(BankFile.county_code) == run.county_code, col(BankFile.run_id) == run.id)
        .order_by(col(BankFile.part))
    )
    return session.scalars(query).all()


def download(session: Session, *, actor: Actor, keyring: Keyring, run_id: int, file_id: int) -> MadeFile:
    """Make a released file again and return it; the download is audited.

    Raises `NotFound`, and `ContentChanged` when the bytes are not those released.
    """
    run = get(session, run_id)
    require_county(actor, run.county_code)
    record = session.get(BankFile, (run.county_code, file_id))
    if record is None or record.run_id != run.id:
        raise NotFound
    lines = _records(session, keyring, run, first_seq=record.first_seq, last_seq=record.last_seq)
    content = b"".join(
        one.content for one in bank_files(load_layout(LAYOUT), FilePurpose.PAY, lines, batch=batch_of(run))
    )
    if hashlib.sha256(content).hexdigest() != record.sha256:
        raise ContentChanged("重新生成的文件与已报盘的文件不一致，请联系管理员。")
    audit_events.record(
        session, actor=actor, action="bank_file.download", subject_kind="bank_file", subject_id=record.id,
        division_code=run.division_code, sha256=record.sha256,
    )  # fmt: skip
    return MadeFile(record, content)


def _make(session: Session, keyring: Keyring, run: PaymentRun, *, first_seq: int, last_seq: int) -> Iterator[Any]:
    """Yield the run's files in the bank's layout."""
    lines = _records(session, keyring, run, first_seq=first_seq, last_seq=last_seq)
    return bank_files(load_layout(LAYOUT), FilePurpose.PAY, lines, batch=batch_of(run))


def _records(
    session: Session, keyring: Keyring, run: PaymentRun, *, first_seq: int, last_seq: int
) -> Iterator[BankRecord]:
    """Yield the bank's records in order, some thousand opened at a time."""
    batch = batch_of(run)
    for start in range(first_seq, last_seq + 1, FETCHED):
        window = {"first_seq": start, "last_seq": min(start + FETCHED - 1, last_seq)}
        rows = session.execute(_LINES, {"county_code": run.county_code, "run_id": run.id, **window}).all()
        residents = [row.resident_id for row in rows]
        numbers = id_numbers(session, keyring, run.county_code, [row.id_token for row in rows], residents)
        accounts = keyring.unseal_column(
            [row.bank_account_sealed for row in rows], table="residents", column="bank_account", row_ids=residents
        )
        for row, number, account in zip(rows, numbers, accounts, strict=True):
            yield BankRecord(
                str(row.resident_id), row.name, number, row.amount_fen, f"{batch}{row.seq:0{SEQ_DIGITS}d}", account,
                str(row.division_code),
            )  # fmt: skip


def check_characters(id17s: Sequence[int]) -> list[str]:
    """Return the check character of each number of 17 digits, by columns: `policy.id_numbers.check_character` at once."""
    numbers = np.asarray(id17s, dtype=np.int64)
    total = np.zeros(numbers.size, dtype=np.int64)
    for weight in reversed(WEIGHTS):
        numbers, digit = np.divmod(numbers, 10)
        total += weight * digit
    return [CHECK_CHARACTERS[rest] for rest in (total % 11).tolist()]


def id_numbers(
    session: Session, keyring: Keyring, county: int, tokens: Sequence[Any], residents: Sequence[int]
) -> list[str]:
    """Return the document numbers behind tokens; a document that is no resident ID is opened from its seal."""
    opened = keyring.ids_of_tokens(tokens)
    checks = check_characters([id17 for _, id17 in opened])
    found = [f"{id17:017d}{check}" for (_, id17), check in zip(opened, checks, strict=True)]
    others = {residents[place]: place for place, (kind, _) in enumerate(opened) if kind != RESIDENT_ID}
    if others:
        query = text("SELECT id, document_sealed FROM residents WHERE county_code = :county_code AND id = ANY(:ids)")
        for row in session.execute(query, {"county_code": county, "ids": list(others)}).all():
            found[others[row.id]] = keyring.unseal(
                row.document_sealed, table="residents", column="document", row_id=row.id
            )
    return found
