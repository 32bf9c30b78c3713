"""银行对账: which lines of the bank's statement and which journals of the books are the same money.

A reference and an amount that agree match at once, and so do a day's equal contributions; everything else is a person's
word, confirmed by another. A match never changes a book: what is left over is listed until somebody books, or explains,
it (I27).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, text, update
from sqlmodel import col

from api.database import next_id, plan_for_sets, run_sql
from api.errors import DomainError, Invalid, NotFound, StaleVersion
from api.models import BankItemNote, BankMatch, BankMatchItem, BankStatementLine
from api.policy.money import format_yuan
from api.services import audit_events
from api.services.fund_books import FOLDER, require_county
from api.services.pages import decode_cursor, encode_cursor
from api.services.two_persons import require_second_person
from api.vocabulary import BankItemSide, BankMatchOrigin, BankMatchState, Decision

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from api.database import Actor
    from api.vocabulary import BankAccountName

COUNTY_SPAN = 10_000_000_000
MOST = 500


class MatchUneven(Invalid):
    """The two sides do not come to the same amount."""

    code = "match-uneven"
    title = "两边金额不相等"


class MatchItemUnfit(DomainError):
    """A line or journal does not belong to the account, or is matched already."""

    code = "match-item-unfit"
    title = "该笔已经核对或不属于此账户"


class MatchDecided(DomainError):
    """The match is no longer waiting for a second person."""

    code = "match-decided"
    title = "该笔核对已经办结"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """What somebody takes for the same money, and why."""

    account: BankAccountName
    line_ids: Sequence[int]
    journal_ids: Sequence[int]
    note: str


def queue(session: Session, county_code: int) -> None:
    """Let one person at a time bring statements in, match them, or fix what a month-end pack has looked at."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"bank:{county_code}"})


def match_automatically(session: Session, *, actor: Actor, account: BankAccountName) -> int:
    """Match what carries the same reference and comes to the same amount, and then a day's contributions by transfer,
    which carry none, where the bank has as many of the amount; return how many matches were made.
    """
    made = 0
    plan_for_sets(session)
    for step in ("65_match_references", "66_match_days"):
        rows = run_sql(session, FOLDER, step, county_code=actor.county_code, account=account.value).all()
        for row in rows:
            _keep_automatic(session, actor, account, row)
        session.flush()
        made += len(rows)
    return made


def _keep_automatic(session: Session, actor: Actor, account: BankAccountName, row: Any) -> None:
    county_code = actor.county_code
    match_id = next_id(session, county_code)
    session.add(
        BankMatch(
            county_code=county_code,
            id=match_id,
            division_code=county_code * 1_000_000,
            account=account,
            origin=BankMatchOrigin.AUTOMATIC,
            state=BankMatchState.MATCHED,
            amount_fen=row.amount_fen,
            proposed_by_id=actor.user_id,
            effect_id=match_id,
        )
    )
    sides = (
        (BankItemSide.LINE, row.line_ids, row.line_amounts),
        (BankItemSide.JOURNAL, row.journal_ids, row.journal_amounts),
    )
    for side, ids, amounts in sides:
        _add_items(session, county_code, match_id, account, side, dict(zip(ids, amounts, strict=True)))


def _add_items(
    session: Session,
    county_code: int,
    match_id: int,
    account: BankAccountName,
    side: BankItemSide,
    amounts: Mapping[int, int],
) -> None:
    for subject_id, amount_fen in amounts.items():
        session.add(
            BankMatchItem(
                county_code=county_code,
                match_id=match_id,
                side=side,
                subject_id=subject_id,
                division_code=county_code * 1_000_000,
                account=account,
                amount_fen=amount_fen,
            )
        )


def refresh(session: Session, *, actor: Actor, account: BankAccountName) -> int:
    """Match again, as after journals were booked behind the statement; return how many matches were made."""
    require_county(actor, actor.county_code)
    queue(session, actor.county_code)
    made = match_automatically(session, actor=actor, account=account)
    audit_events.record(
        session, actor=actor, action="match_bank_lines", subject_kind="bank_match", account=account.value, matched=made
    )
    return made


def propose(session: Session, *, actor: Actor, pairing: Pairing) -> BankMatch:
    """Say that lines and journals are the same money; it holds once another person has confirmed it.

    Raises `MatchUneven`, `MatchItemUnfit`.
    """
    county_code = actor.county_code
    require_county(actor, county_code)
    queue(session, county_code)
    lines = _open_lines(session, county_code, pairing)
    journals = _open_journals(session, county_code, pairing)
    amount_fen = sum(lines.values())
    if amount_fen != sum(journals.values()) or amount_fen == 0:
        detail = (
            f"银行一边{format_yuan(amount_fen)}元，账簿一边{format_yuan(sum(journals.values()))}元，须相等且不为零。"
        )
        raise MatchUneven(detail, pointer="/line_ids")
    match = BankMatch(
        county_code=county_code,
        id=next_id(session, county_code),
        division_code=county_code * 1_000_000,
        account=pairing.account,
        origin=BankMatchOrigin.BY_HAND,
        state=BankMatchState.PROPOSED,
        amount_fen=amount_fen,
        note=pairing.note,
        proposed_by_id=actor.user_id,
    )
    session.add(match)
    _add_items(session, county_code, match.id, pairing.account, BankItemSide.LINE, lines)
    _add_items(session, county_code, match.id, pairing.account, BankItemSide.JOURNAL, journals)
    session.flush()
    _audit(session, actor, "propose_bank_match", match)
    return match


def _open_lines(session: Session, county_code: int, pairing: Pairing) -> dict[int, int]:
    rows = session.scalars(
        select(BankStatementLine).where(
            col(BankStatementLine.county_code) == county_code,
            col(BankStatementLine.account) == pairing.account,
            col(BankStatementLine.id).in_(pairing.line_ids),
        )
    ).all()
    found = {row.id: row.amount_fen for row in rows}
    _refuse_unfit(session, county_code, pairing, BankItemSide.LINE, pairing.line_ids, found)
    return found


def _open_journals(session: Session, county_code: int, pairing: Pairing) -> dict[int, int]:
    rows = session.execute(
        text(
            """
            SELECT journal_id, debit_fen - credit_fen AS amount_fen FROM fund_lines
             WHERE county_code = :county_code AND fund_account = :account AND party_id = 0 AND journal_id = ANY(:ids)
            """
        ),
        {"county_code": county_code, "account": pairing.account.value, "ids": list(pairing.journal_ids)},
    ).all()
    found = {row.journal_id: row.amount_fen for row in rows}
    _refuse_unfit(session, county_code, pairing, BankItemSide.JOURNAL, pairing.journal_ids, found)
    return found


def _refuse_unfit(
    session: Session,
    county_code: int,
    pairing: Pairing,
    side: BankItemSide,
    wanted: Sequence[int],
    found: Mapping[int, int],
) -> None:
    taken = session.execute(
        select(col(BankMatchItem.subject_id)).where(
            col(BankMatchItem.county_code) == county_code,
            col(BankMatchItem.account) == pairing.account,
            col(BankMatchItem.side) == side,
            col(BankMatchItem.subject_id).in_(wanted),
            col(BankMatchItem.is_living),
        )
    ).first()
    if taken is not None or set(wanted) != set(found):
        raise MatchItemUnfit(
            f"{side.label}中有一笔已经核对，或不属于{pairing.account.label}。", pointer=f"/{side.value}_ids"
        )


def decide(
    session: Session, *, actor: Actor, match_id: int, decision: Decision, version: int, today: date
) -> BankMatch:
    """Confirm a match by hand, or free its items again; by another person.

    Raises `NotFound`, `MatchDecided`, `SamePerson`, `StaleVersion`.
    """
    match = get(session, match_id)
    require_county(actor, match.county_code)
    require_second_person(actor, match.proposed_by_id)
    queue(session, match.county_code)
    confirmed = decision is Decision.APPROVE
    changed = session.execute(
        update(BankMatch)
        .where(
            col(BankMatch.county_code) == match.county_code,
            col(BankMatch.id) == match.id,
            col(BankMatch.version) == version,
            col(BankMatch.state) == BankMatchState.PROPOSED,
        )
        .values(
            state=BankMatchState.MATCHED if confirmed else BankMatchState.REJECTED,
            decided_by_id=actor.user_id,
            decided_on=today,
            effect_id=next_id(session, match.county_code) if confirmed else None,
            version=version + 1,
        )
        .returning(col(BankMatch.id))
        .execution_options(synchronize_session=False)
    ).first()
    if changed is None:
        session.refresh(match)
        raise MatchDecided if match.state is not BankMatchState.PROPOSED else StaleVersion
    if not confirmed:
        session.execute(
            update(BankMatchItem)
            .where(col(BankMatchItem.county_code) == match.county_code, col(BankMatchItem.match_id) == match.id)
            .values(is_living=False)
            .execution_options(synchronize_session=False)
        )
    session.refresh(match)
    _audit(session, actor, "confirm_bank_match" if confirmed else "reject_bank_match", match)
    return match


def explain(
    session: Session, *, actor: Actor, account: BankAccountName, side: BankItemSide, subject_id: int, note: str
) -> BankItemNote:
    """Say why an item stands open. The month-end pack shows it, and whoever approves the pack answers for it.

    Raises `NotFound` for what is no item of the account.
    """
    county_code = actor.county_code
    require_county(actor, county_code)
    queue(session, county_code)
    pairing = Pairing(account=account, line_ids=[subject_id], journal_ids=[subject_id], note=note)
    try:
        if side is BankItemSide.LINE:
            _open_lines(session, county_code, pairing)
        else:
            _open_journals(session, county_code, pairing)
    except MatchItemUnfit:
        raise NotFound from None
    kept = BankItemNote(
        county_code=county_code,
        id=next_id(session, county_code),
        division_code=county_code * 1_000_000,
        account=account,
        side=side,
        subject_id=subject_id,
        note=note,
        written_by_id=actor.user_id,
    )
    session.add(kept)
    session.flush()
    audit_events.record(
        session, actor=actor, action="explain_bank_item", subject_kind="bank_item", subject_id=subject_id,
        account=account.value, side=side.value,
    )  # fmt: skip
    return kept


def get(session: Session, match_id: int) -> BankMatch:
    """Return one match. Raises `NotFound`."""
    match = session.get(BankMatch, (match_id // COUNTY_SPAN, match_id))
    if match is None:
        raise NotFound
    return match


def items_of(session: Session, match: BankMatch) -> Sequence[BankMatchItem]:
    """Return both sides of a match."""
    query = select(BankMatchItem).where(
        col(BankMatchItem.county_code) == match.county_code, col(BankMatchItem.match_id) == match.id
    )
    return session.scalars(query.order_by(col(BankMatchItem.side), col(BankMatchItem.subject_id))).all()


def living_of_lines(session: Session, county_code: int, line_ids: Sequence[int]) -> dict[int, int]:
    """Return the living match of each line that has one."""
    rows = session.execute(
        select(col(BankMatchItem.subject_id), col(BankMatchItem.match_id)).where(
            col(BankMatchItem.county_code) == county_code,
            col(BankMatchItem.side) == BankItemSide.LINE,
            col(BankMatchItem.subject_id).in_(line_ids),
            col(BankMatchItem.is_living),
        )
    )
    return {row.subject_id: row.match_id for row in rows}


def list_matches(
    session: Session, *, county_code: int, state: BankMatchState | None, limit: int, after: str | None
) -> tuple[Sequence[BankMatch], str | None]:
    """Return a county's matches, newest first, and the next cursor."""
    query = select(BankMatch).where(col(BankMatch.county_code) == county_code)
    if state is not None:
        query = query.where(col(BankMatch.state) == state)
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(BankMatch.id) < start[0])
    rows = session.scalars(query.order_by(col(BankMatch.id).desc()).limit(limit + 1)).all()
    return rows[:limit], encode_cursor(rows[limit - 1].id) if len(rows) > limit else None


def _audit(session: Session, actor: Actor, action: str, match: BankMatch) -> None:
    audit_events.record(
        session,
        actor=actor,
        action=action,
        subject_kind="bank_match",
        subject_id=match.id,
        division_code=match.division_code,
        account=match.account.value,
        amount_fen=match.amount_fen,
    )
