"""银行回盘: match every line of the bank's answer, and book it whole or not at all.

A line answers by number, amount and person. One bad line refuses the whole answer with the list of bad lines, and
nothing is booked. When the answers together cover every line of the run, the run closes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, text
from sqlmodel import col

from api.database import copy_blocks, next_id, plan_for_sets, run_sql
from api.errors import DomainError
from api.exchange.bank_files import parse_return
from api.exchange.bank_layouts_loader import FilePurpose, load_layout
from api.models import BankFile, BankReturn
from api.services import audit_events, fund_periods, ledger
from api.services.payment_files import LAYOUT, SEQ_DIGITS, batch_of, check_characters, files_of
from api.services.payment_runs import FOLDER, RunStateUnfit, get, move, require_county
from api.services.two_persons import require_second_person
from api.vocabulary import FundAccount, JournalKind, RunState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.database import Actor
    from api.exchange.bank_files import BankReturn as Answer
    from api.exchange.bank_files import ReturnRecord
    from api.models import PaymentRun

SHOWN = 50
REFUSED_CODE = "F"
ID_DIGITS = 16
ID18 = 18
_MESSAGES = {
    "unknown": "批次中没有这个单据号。",
    "other_amount": "金额与报盘不一致。",
    "other_person": "姓名、证件号码或社保编号与报盘不一致。",
    "repeated": "该笔已有银行回盘结果。",
    "other_file": "单据号不在该文件的报盘范围内。",
}


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line of an answer that cannot be accepted; `line` counts from 1."""

    line: int
    code: str
    message: str


class ReturnRefused(DomainError):
    """Lines of the answer contradict the run; nothing of it was taken."""

    status = 422
    code = "return-refused"
    title = "银行回盘文件有误，整份未入账"

    def __init__(self, name: str, lines: Sequence[BadLine], total: int) -> None:
        self.lines = tuple(lines)
        listed = "；".join(f"第{bad.line}行：{bad.message}" for bad in self.lines[:SHOWN])
        super().__init__(f"文件{name}共有{total}行不符，整份未入账。{listed}")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of an answer: the record kept, and whether it had been loaded before."""

    run: PaymentRun
    returns: tuple[BankReturn, ...]
    repeated: bool


@dataclass(frozen=True, slots=True)
class _Context:
    """Who loads what, when."""

    session: Session
    actor: Actor
    keyring: Keyring
    run: PaymentRun
    today: date


def load(
    session: Session, *, actor: Actor, keyring: Keyring, run_id: int, files: Sequence[tuple[str, bytes]], today: date
) -> Loaded:
    """Book the bank's answer files (name, bytes) of a run: all of them or none.

    The same bytes again have no effect and return what was kept the first time. Raises `ReturnRefused` with every bad
    line, `RunStateUnfit`, and `SamePerson` for the run's maker or checker. policy.md §3.3 P10, §6.6.
    """
    run = get(session, run_id)
    require_county(actor, run.county_code)
    if run.state not in {RunState.SENT, RunState.CLOSED}:
        raise RunStateUnfit(f"批次状态为{RunState(run.state).label}，报盘后才能处理回盘。")
    require_second_person(actor, run.maker_id, run.checker_id or 0)
    # Answers of one run are taken one after the other, so that two of them cannot both find a line open.
    session.execute(
        text("SELECT 1 FROM payment_runs WHERE county_code = :county_code AND id = :id FOR UPDATE"),
        {"county_code": run.county_code, "id": run.id},
    )
    session.refresh(run)
    plan_for_sets(session)
    context = _Context(session, actor, keyring, run, today)
    layout = load_layout(LAYOUT)
    kept: list[BankReturn] = []
    repeated = 0
    for name, content in files:
        answer = parse_return(layout, name, content)
        known = _known(session, run, answer.sha256)
        if known is not None:
            repeated += 1
            kept.append(known)
            continue
        if run.state == RunState.CLOSED:
            raise RunStateUnfit("批次已结清，不再接受回盘文件。")
        kept.append(_take(context, name, answer))
    _close_when_covered(session, run)
    return Loaded(run, tuple(kept), repeated == len(files))


def fingerprint(files: Sequence[tuple[str, bytes]]) -> str:
    """Return what makes an upload this one: the names and the bytes of its files."""
    return "\n".join(f"{name} {hashlib.sha256(content).hexdigest()}" for name, content in files)


def _known(session: Session, run: PaymentRun, sha256: str) -> BankReturn | None:
    """Return the answer with these bytes, if the run has taken it. An answer of another run is another's business."""
    return session.scalars(
        select(BankReturn).where(
            col(BankReturn.county_code) == run.county_code,
            col(BankReturn.sha256) == sha256,
            col(BankReturn.run_id) == run.id,
        )
    ).one_or_none()


def _take(context: _Context, name: str, answer: Answer) -> BankReturn:
    """Check and book one answer."""
    session, run = context.session, context.run
    part = _part_of(session, run, name, answer)
    seqs = _matched(context, name, answer, part)
    record = BankReturn(
        county_code=run.county_code,
        id=next_id(session, run.county_code),
        run_id=run.id,
        division_code=run.division_code,
        name=name,
        sha256=answer.sha256,
        paid_count=len(seqs) if answer.succeeded else 0,
        paid_fen=answer.total_fen if answer.succeeded else 0,
        refused_count=0 if answer.succeeded else len(seqs),
        refused_fen=0 if answer.succeeded else answer.total_fen,
        posted_on=context.today,
        loaded_by_id=context.actor.user_id,
    )
    session.add(record)
    session.flush()
    if answer.succeeded:
        _post_paid(context, record, part, seqs)
    else:
        _post_refused(context, record, answer, seqs)
    audit_events.record(
        session, actor=context.actor, action="bank_return.load", subject_kind="payment_run", subject_id=run.id,
        division_code=run.division_code, sha256=answer.sha256, paid=record.paid_count, refused=record.refused_count,
    )  # fmt: skip
    return record


def _part_of(session: Session, run: PaymentRun, name: str, answer: Answer) -> BankFile:
    """Return the released file that the answer belongs to, by purpose and batch number of its name."""
    for part in files_of(session, run):
        if answer.purpose is FilePurpose.PAY and answer.batch == f"{batch_of(run)}{part.part:03d}":
            return part
    raise ReturnRefused(name, [BadLine(0, "other_file", "文件名中的批次号不属于该批次。")], 0)


def _matched(context: _Context, name: str, answer: Answer, part: BankFile) -> list[int]:
    """Return the line numbers of the run that an answer is about. Raises `ReturnRefused` with every bad line."""
    bad = [BadLine(error.line, error.code, error.message) for error in answer.errors]
    records = answer.records
    prefix = batch_of(context.run)
    seqs = [_seq_of(record.document_number, prefix) for record in records]
    outside = [
        (record, seq) for record, seq in zip(records, seqs, strict=True) if not part.first_seq <= seq <= part.last_seq
    ]
    bad += [BadLine(record.line, "other_file", _MESSAGES["other_file"]) for record, seq in outside if seq]
    _stage(context, records, seqs)
    found = run_sql(
        context.session, FOLDER, "60_match_answers", county_code=context.run.county_code, run_id=context.run.id
    ).all()
    bad += [BadLine(row.number, row.code, _MESSAGES[row.code]) for row in found]
    if bad:
        bad.sort(key=lambda one: one.line)
        raise ReturnRefused(name, bad, len({one.line for one in bad}))
    return seqs


def _seq_of(document_number: str, prefix: str) -> int:
    """Return the line's number in the run, 0 when the document number is none of this run's."""
    tail = document_number.removeprefix(prefix)
    fits = len(document_number) == len(prefix) + SEQ_DIGITS and len(tail) == SEQ_DIGITS
    return int(tail) if fits and tail.isascii() and tail.isdecimal() else 0


_COLUMNS = ("number", "seq", "resident_id", "amount_fen", "id_token", "name")
# What COPY's text format gives a meaning of its own.
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _stage(context: _Context, records: Sequence[ReturnRecord], seqs: Sequence[int]) -> None:
    """Put an answer into a table of this transaction: a column at a time costs far less than arrays as parameters."""
    session = context.session
    session.execute(text("DROP TABLE IF EXISTS pg_temp.bank_answers"))
    session.execute(
        text(
            """
            CREATE TEMPORARY TABLE bank_answers (
                number bigint, seq bigint, resident_id bigint, amount_fen bigint, id_token uuid, name text COLLATE "C"
            ) ON COMMIT DROP
            """
        )
    )
    tokens = _tokens(context.keyring, records)
    rows = (
        f"{one.line}\t{seq}\t{_number(one.social_number)}\t{one.amount_fen}\t{token}\t{one.name.translate(_ESCAPES)}\n"
        for one, seq, token in zip(records, seqs, tokens, strict=True)
    )
    copy_blocks(session, "bank_answers", _COLUMNS, ["".join(rows).encode()])
    session.execute(text("ANALYZE bank_answers"))


def _number(digits: str) -> int:
    """Return the resident that a line names, 0 for what is no id."""
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= ID_DIGITS else 0


def _tokens(keyring: Keyring, records: Sequence[ReturnRecord]) -> list[str]:
    """Turn the ID numbers of an answer into tokens by one AES call; a number that is none matches nobody.

    The check character is compared too: who changed only that sent back another number than ours.
    """
    numbers = [record.id_number for record in records]
    heads = [
        int(one[:17]) if len(one) == ID18 and one[:17].isascii() and one[:17].isdecimal() else 0 for one in numbers
    ]
    wrong = [
        head == 0 or check != number[17:]
        for head, check, number in zip(heads, check_characters(heads), numbers, strict=True)
    ]
    packed = keyring.id_tokens([0 if bad else head for head, bad in zip(heads, wrong, strict=True)])
    return [token.hex() for token in packed]


def _post_paid(context: _Context, record: BankReturn, part: BankFile, seqs: Sequence[int]) -> None:
    """Book the lines that the bank paid, one statement per town."""
    session, run = context.session, context.run
    fund_periods.require_open(session, run.county_code, context.today)
    paid = set(seqs)
    towns = run_sql(session, FOLDER, "55_town_totals", county_code=run.county_code, run_id=run.id).all()
    lines = total = 0
    for town in towns:
        first, last = max(town.first_seq, part.first_seq), min(town.last_seq, part.last_seq)
        skipped = [seq for seq in range(first, last + 1) if seq not in paid]
        if first > last or len(skipped) == last - first + 1:
            continue
        counts = run_sql(
            session,
            FOLDER,
            "70_post_paid",
            county_code=run.county_code,
            run_id=run.id,
            town=town.town,
            journal_id=next_id(session, run.county_code),
            dedup_key=f"payment_settled:{record.id}:{town.town}",
            posted_on=context.today,
            maker_id=context.actor.user_id,
            checker_id=run.checker_id,
            value_year=run.month.year,
            value_month=run.month.month,
            first_seq=first,
            last_seq=last,
            skipped=skipped,
        ).one()
        if counts.changed != counts.drawing:
            raise ledger.BalanceTooLow("有人个人账户余额不足以入账，整份未入账，请核对账户后重试。")
        if counts.marked != counts.lines or counts.written != counts.people:
            message = "dues, lines and account lines differ"
            raise ledger.UnbalancedEntry(message)
        lines += counts.lines
        total += counts.total_fen
    if (lines, total) != (record.paid_count, record.paid_fen):
        message = "the answer differs from what was booked"
        raise ledger.UnbalancedEntry(message)


def _post_refused(context: _Context, record: BankReturn, answer: Answer, seqs: Sequence[int]) -> None:
    """Keep the refusals, open the dues again, and book the money back, one journal per town."""
    session, run = context.session, context.run
    rows: Sequence[Any] = run_sql(
        session,
        FOLDER,
        "80_refuse_lines",
        county_code=run.county_code,
        run_id=run.id,
        return_id=record.id,
        seqs=list(seqs),
        bank_codes=[one.bank_code or REFUSED_CODE for one in answer.records],
        reasons=[(one.reason or "银行未说明原因")[:200] for one in answer.records],
    ).all()
    if any(row.reopened != record.refused_count for row in rows):
        message = "refusals and reopened dues differ"
        raise ledger.UnbalancedEntry(message)
    for row in rows:
        ledger.post(
            session,
            county_code=run.county_code,
            division_code=row.town,
            kind=JournalKind.PAYMENT_REFUSED,
            business_date=context.today,
            dedup_key=f"payment_refused:{record.id}:{row.town}",
            maker_id=context.actor.user_id,
            checker_id=run.checker_id,
            run_id=run.id,
            fund=[
                ledger.FundEntry(account=FundAccount.EXPENDITURE_ACCOUNT, amount_fen=row.total_fen),
                ledger.FundEntry(account=FundAccount.IN_TRANSIT, amount_fen=-row.total_fen),
            ],
        )


def _close_when_covered(session: Session, run: PaymentRun) -> None:
    """Close the run once every line has its one answer; answers never overlap, so counting them suffices."""
    if run.state != RunState.SENT:
        return
    returns = session.scalars(
        select(BankReturn).where(col(BankReturn.county_code) == run.county_code, col(BankReturn.run_id) == run.id)
    ).all()
    if sum(one.paid_count + one.refused_count for one in returns) == run.line_count:
        move(session, run, RunState.CLOSED)
