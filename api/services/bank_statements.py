"""银行对账单: bringing a bank's statement in. Each begins where the one before ended, or it is refused.

A statement covers whole days, the first and the last included, so that a day once covered never changes: that is what
lets a closed month rely on it. The same file twice, or lines that came already, have no effect.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, text
from sqlmodel import col

from api.database import new_ids, next_id
from api.errors import DomainError, Invalid, NotFound
from api.exchange.bank_statements import StatementLine, load_layout, parse_statement
from api.models import BankStatement, BankStatementLine
from api.policy.money import format_yuan
from api.services import audit_events, bank_matches, fund_periods
from api.services.fund_books import require_county
from api.services.pages import decode_cursor, encode_cursor

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.database import Actor
    from api.vocabulary import BankAccountName

COUNTY_SPAN = 10_000_000_000


class StatementGap(DomainError):
    """Days or money are missing between the statement before and this one."""

    code = "statement-gap"
    title = "与上一份对账单不衔接"


class StatementWrong(Invalid):
    """What was said of the statement is not what its lines come to."""

    code = "statement-wrong"
    title = "对账单与填报的内容不符"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementFile:
    """A statement as it is handed in: what it says it is, and its bytes; the closing balance in fen as printed on it."""

    account: BankAccountName
    layout: str
    from_on: date
    to_on: date
    closing_fen: int
    name: str
    content: bytes

    @property
    def sha256(self) -> str:
        """Hash of the bytes, and of the period where nothing moved."""
        # Two months in which nothing moved are the same bytes, and not the same statement.
        is_quiet = b"\n" not in self.content.strip()
        period = f"{self.from_on.isoformat()} {self.to_on.isoformat()}\n".encode() if is_quiet else b""
        return hashlib.sha256(period + self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Loaded:
    """The statement on record, whether it had been brought in before, and how many lines found their journal."""

    statement: BankStatement
    repeated: bool
    matched_count: int


def load(session: Session, *, actor: Actor, keyring: Keyring, file: StatementFile, today: date) -> Loaded:
    """Bring a statement in and match what needs nobody's judgement.

    Raises `StatementGap`, `StatementWrong`, `PeriodClosed`, `StatementUnreadable`, `StatementLayoutUnknown` and the file's refusals.
    """
    county_code = actor.county_code
    require_county(actor, county_code)
    if not file.from_on <= file.to_on < today:
        raise StatementWrong("对账单的起止日期须先后有序，并早于今天(当天的交易尚未完整)。", pointer="/to_on")
    bank_matches.queue(session, county_code)
    known = session.scalars(
        select(BankStatement).where(
            col(BankStatement.county_code) == county_code,
            col(BankStatement.account) == file.account,
            col(BankStatement.sha256) == file.sha256,
        )
    ).one_or_none()
    if known is not None:
        return Loaded(known, repeated=True, matched_count=0)
    lines = parse_statement(load_layout(file.layout), file.name, file.content)
    _check_period(lines, file)
    before = latest(session, county_code, file.account)
    if before is None:
        # A closed month has not looked at this account; what the bank says of it later must not change what was proved.
        fund_periods.require_open(session, county_code, file.from_on)
    else:
        lines = _behind(session, before, lines, file)
    opening_fen = _opening(before, lines, file)
    closing_fen = lines[-1].balance_fen if lines else opening_fen
    if closing_fen != file.closing_fen:
        detail = f"明细的期末余额为{format_yuan(closing_fen)}元，填报的为{format_yuan(file.closing_fen)}元。"
        raise StatementWrong(detail, pointer="/closing_balance")
    statement = _keep(session, actor, keyring, file, lines, opening_fen)
    matched = bank_matches.match_automatically(session, actor=actor, account=file.account)
    audit_events.record(
        session,
        actor=actor,
        action="load_bank_statement",
        subject_kind="bank_statement",
        subject_id=statement.id,
        division_code=statement.division_code,
        account=file.account.value,
        from_on=file.from_on,
        to_on=file.to_on,
        sha256=file.sha256,
        lines=len(lines),
        matched=matched,
    )
    return Loaded(statement, repeated=False, matched_count=matched)


def latest(session: Session, county_code: int, account: BankAccountName) -> BankStatement | None:
    """Return the statement of an account that reaches furthest."""
    return session.scalars(
        select(BankStatement)
        .where(col(BankStatement.county_code) == county_code, col(BankStatement.account) == account)
        .order_by(col(BankStatement.to_on).desc(), col(BankStatement.id).desc())
        .limit(1)
    ).one_or_none()


def _check_period(lines: Sequence[StatementLine], file: StatementFile) -> None:
    outside = [one for one in lines if not file.from_on <= one.booked_on <= file.to_on]
    if outside:
        raise StatementWrong(f"第{outside[0].line}行的日期不在对账单的起止日期之内。", pointer="/from_on")


def _behind(
    session: Session, before: BankStatement, lines: list[StatementLine], file: StatementFile
) -> list[StatementLine]:
    """Leave out the lines that the statements before have brought; what they have must be the same here.

    Raises `StatementGap` for missing days, for a day that would change, and for a statement that brings nothing.
    """
    if file.to_on <= before.to_on:
        raise StatementGap(f"对账单已导入至{before.to_on.isoformat()}，此文件没有新的日期。")
    if file.from_on > before.to_on + timedelta(days=1):
        detail = f"上一份对账单至{before.to_on.isoformat()}，此文件从{file.from_on.isoformat()}开始，中间缺少日期。"
        raise StatementGap(detail)
    overlap = [one for one in lines if one.booked_on <= before.to_on]
    have = session.execute(
        text(
            """
            SELECT booked_on, reference, amount_fen, balance_fen FROM bank_statement_lines
             WHERE county_code = :county_code AND account = :account AND booked_on BETWEEN :from_on AND :to_on
             ORDER BY id
            """
        ),
        {
            "county_code": before.county_code, "account": before.account.value, "from_on": file.from_on,
            "to_on": before.to_on,
        },
    ).all()  # fmt: skip
    if [(one.booked_on, one.reference, one.amount_fen, one.balance_fen) for one in overlap] != [
        tuple(row) for row in have
    ]:
        raise StatementGap("重叠日期内的明细与已导入的对账单不同，请向银行核实。")
    return lines[len(overlap) :]


def _opening(before: BankStatement | None, lines: Sequence[StatementLine], file: StatementFile) -> int:
    """Return the balance that the new lines begin with. Raises `StatementGap` unless the last one ended with it."""
    first_fen = lines[0].balance_fen - lines[0].amount_fen if lines else None
    if before is None:
        return file.closing_fen if first_fen is None else first_fen
    if first_fen is not None and first_fen != before.closing_fen:
        detail = f"上一份对账单期末余额{format_yuan(before.closing_fen)}元，此文件期初为{format_yuan(first_fen)}元。"
        raise StatementGap(detail)
    return before.closing_fen


def _keep(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    file: StatementFile,
    lines: Sequence[StatementLine],
    opening_fen: int,
) -> BankStatement:
    county_code = actor.county_code
    statement = BankStatement(
        county_code=county_code,
        id=next_id(session, county_code),
        division_code=county_code * 1_000_000,
        account=file.account,
        from_on=file.from_on,
        to_on=file.to_on,
        opening_fen=opening_fen,
        closing_fen=file.closing_fen,
        line_count=len(lines),
        name=file.name[:120],
        sha256=file.sha256,
        layout=file.layout,
        loaded_by_id=actor.user_id,
    )
    session.add(statement)
    seen: Counter[tuple[date, str, int]] = Counter()
    for line_id, line in zip(new_ids(session, county_code, len(lines)), lines, strict=True):
        place = (line.booked_on, line.reference, line.amount_fen)
        seen[place] += 1
        sealed = None
        if line.counterparty:
            sealed = keyring.seal(
                line.counterparty, table="bank_statement_lines", column="counterparty", row_id=line_id
            )
        session.add(
            BankStatementLine(
                county_code=county_code,
                id=line_id,
                division_code=statement.division_code,
                statement_id=statement.id,
                account=file.account,
                booked_on=line.booked_on,
                reference=line.reference,
                amount_fen=line.amount_fen,
                running_no=seen[place],
                balance_fen=line.balance_fen,
                counterparty_sealed=sealed,
            )
        )
    session.flush()
    return statement


def get(session: Session, statement_id: int) -> BankStatement:
    """Return one statement. Raises `NotFound`."""
    statement = session.get(BankStatement, (statement_id // COUNTY_SPAN, statement_id))
    if statement is None:
        raise NotFound
    return statement


def list_statements(
    session: Session, *, county_code: int, account: BankAccountName | None, limit: int, after: str | None
) -> tuple[Sequence[BankStatement], str | None]:
    """Return a county's statements, newest first, and the next cursor."""
    query = select(BankStatement).where(col(BankStatement.county_code) == county_code)
    if account is not None:
        query = query.where(col(BankStatement.account) == account)
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(BankStatement.id) < start[0])
    rows = session.scalars(query.order_by(col(BankStatement.id).desc()).limit(limit + 1)).all()
    return rows[:limit], encode_cursor(rows[limit - 1].id) if len(rows) > limit else None


def list_lines(
    session: Session, *, statement_id: int, limit: int, after: str | None
) -> tuple[Sequence[tuple[BankStatementLine, int | None]], str | None]:
    """Return a statement's lines in its order, each with the living match that it is in, and the next cursor."""
    statement = get(session, statement_id)
    start = decode_cursor(after, int) or (0,)
    lines = session.scalars(
        select(BankStatementLine)
        .where(
            col(BankStatementLine.county_code) == statement.county_code,
            col(BankStatementLine.statement_id) == statement.id,
            col(BankStatementLine.id) > start[0],
        )
        .order_by(col(BankStatementLine.id))
        .limit(limit + 1)
    ).all()
    matches = bank_matches.living_of_lines(session, statement.county_code, [one.id for one in lines[:limit]])
    following = encode_cursor(lines[limit - 1].id) if len(lines) > limit else None
    return [(one, matches.get(one.id)) for one in lines[:limit]], following
