"""Lines of the bank's files as a table of the transaction, each judged in sets (api/sql/collection/60_judge_answers)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import text

from api.database import copy_blocks, plan_for_sets, run_sql
from api.services.collection_batches import FOLDER, year_kinds
from api.services.collection_files import SEQ_DIGITS, batch_of
from api.services.payment_files import RESIDENT_ID, check_characters, id_numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date
    from uuid import UUID

    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.exchange.bank_files import ReturnRecord
    from api.models import CollectionBatch, CollectionFile

_BLOCK_ROWS = 5_000
ID_DIGITS = 16
ID18 = 18
REASON_LETTERS = 200
_COLUMNS = (
    *("file_no", "number", "succeeded", "seq", "is_outside", "resident_id", "amount_fen", "id_token", "name"),
    *("bank_code", "reason"),
)
# What COPY's text format gives a meaning of its own.
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class Answer(NamedTuple):
    """One line for the staging table; `seq` is 0 for a number that is none of the batch."""

    file_no: int
    number: int
    succeeded: bool
    seq: int
    is_outside: bool
    resident_id: int
    amount_fen: int
    id_token: str
    name: str
    bank_code: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """By what the lines are judged: the day of deduction, whether the year could still be paid, whether two decided."""

    deducted_on: date
    is_after_window: bool
    is_decided: bool = False


def answers_of(
    session: Session,
    keyring: Keyring,
    batch: CollectionBatch,
    *,
    file_no: int,
    succeeded: bool,
    part: CollectionFile,
    records: Sequence[ReturnRecord],
) -> list[Answer]:
    """Turn the records of one file into rows: numbers into places in the batch, documents into tokens."""
    prefix = batch_of(batch)
    seqs = [_seq_of(one.document_number, prefix) for one in records]
    tokens = _tokens(session, keyring, batch, records, seqs)
    return [
        Answer(
            file_no, one.line, succeeded, seq, bool(seq) and not part.first_seq <= seq <= part.last_seq,
            _number(one.social_number), one.amount_fen, token, one.name, one.bank_code, one.reason,
        )
        for one, seq, token in zip(records, seqs, tokens, strict=True)
    ]  # fmt: skip


def stage_and_judge(
    session: Session, batch: CollectionBatch, answers: Iterable[Answer], judgement: Judgement
) -> Sequence[Any]:
    """Put the rows into the staging tables, judge them, and return the counts by file, verdict and town."""
    plan_for_sets(session)
    session.execute(text("SET LOCAL enable_seqscan = off"))
    session.execute(text("SET LOCAL work_mem = '128MB'"))
    session.execute(text("SET LOCAL jit = off"))
    session.execute(text("DROP TABLE IF EXISTS pg_temp.collection_answers, pg_temp.collection_judged"))
    session.execute(
        text(
            """
            CREATE TEMPORARY TABLE collection_answers (
                file_no smallint, number bigint, succeeded boolean, seq bigint, is_outside boolean, resident_id bigint,
                amount_fen bigint, id_token uuid, name text COLLATE "C", bank_code text COLLATE "C", reason text COLLATE "C"
            ) ON COMMIT DROP
            """
        )
    )
    run_sql(session, FOLDER, "55_create_staging")
    copy_blocks(session, "collection_answers", _COLUMNS, _blocks(answers))
    session.execute(text("ANALYZE collection_answers"))
    run_sql(
        session, FOLDER, "60_judge_answers", county_code=batch.county_code, batch_id=batch.id,
        contribution_year=batch.contribution_year, deducted_on=judgement.deducted_on,
        is_after_window=judgement.is_after_window, is_decided=judgement.is_decided, year_kinds=year_kinds(),
    )  # fmt: skip
    session.execute(text("CREATE INDEX ON collection_judged (file_no, town) WHERE verdict = 'ok'"))
    session.execute(text("ANALYZE collection_judged"))
    counts: Sequence[Any] = run_sql(session, FOLDER, "62_count_judged").all()
    return counts


def _blocks(answers: Iterable[Answer]) -> Iterator[bytes]:
    """Some thousand rows at a time, so that a county's answer is never held as text whole."""
    rows = iter(answers)
    while block := "".join(map(_row, islice(rows, _BLOCK_ROWS))):
        yield block.encode()


def _row(one: Answer) -> str:
    return (
        f"{one.file_no}\t{one.number}\t{one.succeeded}\t{one.seq}\t{one.is_outside}\t{one.resident_id}\t{one.amount_fen}"
        f"\t{one.id_token}\t{_cell(one.name)}\t{_cell(one.bank_code)}\t{_cell(one.reason)}\n"
    )


def _cell(value: str | None) -> str:
    return "\\N" if value is None else value[:REASON_LETTERS].translate(_ESCAPES)


def _seq_of(document_number: str, prefix: str) -> int:
    """Return the line's number in the batch, 0 when the document number is none of this batch's."""
    tail = document_number.removeprefix(prefix)
    fits = len(document_number) == len(prefix) + SEQ_DIGITS and len(tail) == SEQ_DIGITS
    return int(tail) if fits and tail.isascii() and tail.isdecimal() else 0


def _number(digits: str) -> int:
    """Return the resident that a line names, 0 for what is no id."""
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= ID_DIGITS else 0


def _tokens(
    session: Session, keyring: Keyring, batch: CollectionBatch, records: Sequence[ReturnRecord], seqs: Sequence[int]
) -> list[str]:
    """Turn the numbers of an answer into tokens by one AES call; a number that is none matches nobody.

    The check character is compared too: who changed only that sent back another number than ours. Other documents than
    the resident ID have no token of digits; they are compared as text with the document of their line.
    """
    numbers = [record.id_number for record in records]
    heads = [
        int(one[:17]) if len(one) == ID18 and one[:17].isascii() and one[:17].isdecimal() else 0 for one in numbers
    ]
    right = [
        head != 0 and check == number[17:]
        for head, check, number in zip(heads, check_characters(heads), numbers, strict=True)
    ]
    packed = keyring.id_tokens([head if good else 0 for head, good in zip(heads, right, strict=True)])
    tokens = [token.hex() for token in packed]
    others = {seq: place for place, (seq, good) in enumerate(zip(seqs, right, strict=True)) if seq and not good}
    for seq, (token, number) in _documents(session, keyring, batch, list(others)).items():
        if numbers[others[seq]] == number:
            tokens[others[seq]] = token.hex
    return tokens


def _documents(
    session: Session, keyring: Keyring, batch: CollectionBatch, seqs: list[int]
) -> dict[int, tuple[UUID, str]]:
    """Return token and document number of those lines whose person has another document than the resident ID."""
    if not seqs:
        return {}
    query = text(
        "SELECT seq, resident_id, id_token FROM collection_lines "
        "WHERE county_code = :county_code AND batch_id = :batch_id AND seq = ANY(:seqs) ORDER BY seq"
    )
    keys = {"county_code": batch.county_code, "batch_id": batch.id}
    rows = session.execute(query, {**keys, "seqs": seqs}).all()
    kinds = [kind for kind, _ in keyring.ids_of_tokens([row.id_token for row in rows])]
    rows = [row for row, kind in zip(rows, kinds, strict=True) if kind != RESIDENT_ID]
    found = id_numbers(
        session, keyring, batch.county_code, [row.id_token for row in rows], [row.resident_id for row in rows]
    )
    return {row.seq: (row.id_token, number) for row, number in zip(rows, found, strict=True)}
