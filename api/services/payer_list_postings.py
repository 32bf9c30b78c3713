"""The money of 补助(资助)明细表: confirmed in 待查款项, posted to accounts, and back to the payer or to other persons.

待查款项 is kept per list (`party_id`), so that each fen of it can be told: what waits there is what the lines say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update
from sqlmodel import col

from api.database import next_id, run_sql, scope_of
from api.models import PayerList, PayerListLine
from api.policy.money import BySource, format_yuan
from api.services import interest_corrections, land_payments, ledger, payer_lists
from api.services.fund_periods import booking_day
from api.services.laws import serial_of
from api.services.payer_list_refusals import (
    BasisInFuture,
    NothingToRefund,
    PayerAmountDiffers,
    PayerContentChanged,
    PayerListStateUnfit,
    SuccessorDiffers,
)
from api.services.payer_lists import FOLDER, NewLine, PayerStatement, judge_people, locked, move
from api.services.two_persons import require_second_person
from api.vocabulary import (
    ContributionKind,
    FundAccount,
    JournalKind,
    LeftReason,
    PayerLineState,
    PayerListState,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from api.database import Actor
    from api.models import Contribution
    from api.services.payer_lists import Judgement

WAITING = (PayerLineState.LEFT, PayerLineState.REVERSED)


def confirm(
    session: Session,
    *,
    actor: Actor,
    list_id: int,
    version: int,
    amount_fen: int,
    bank_reference: str | None,
    arrived_on: date,
    today: date,
) -> PayerList:
    """Confirm that a list's money is there: at the bank, or in 待查款项 of the list that it was taken from.

    Raises `NotFound`, `StaleVersion`, `SamePerson`, `PayerListStateUnfit`, `PayerAmountDiffers`, `BasisInFuture`. The
    same bank reference twice violates `uq_payer_lists_bank_reference`.
    """
    found = locked(session, list_id, version)
    require_second_person(actor, found.maker_id)
    if found.state is not PayerListState.SUBMITTED:
        raise PayerListStateUnfit(f"名单当前状态为“{found.state.label}”，不能确认到账。")
    if arrived_on > today:
        raise BasisInFuture("到账日期不能晚于今天。", pointer="/arrived_on")
    if (bank_reference is None) != (found.source_list_id is not None):
        raise BasisInFuture(
            "到账须填写银行凭证号；由原名单改列的款项没有新的银行凭证，请留空。", pointer="/bank_reference"
        )
    if amount_fen != found.total_fen:
        detail = f"到账{format_yuan(amount_fen)}元，名单合计{format_yuan(found.total_fen)}元，请核对后再确认。"
        raise PayerAmountDiffers(detail, pointer="/amount")
    held = ledger.FundEntry(account=FundAccount.INCOME_ACCOUNT, amount_fen=amount_fen)
    if found.source_list_id is not None:
        held = ledger.FundEntry(account=FundAccount.SUSPENSE, amount_fen=amount_fen, party_id=found.source_list_id)
    journal_id = ledger.post(
        session,
        county_code=found.county_code,
        division_code=found.division_code,
        kind=JournalKind.SUSPENSE,
        business_date=booking_day(session, found.county_code, wanted=arrived_on, today=today),
        dedup_key=f"payer_list_arrival:{found.id}",
        maker_id=found.maker_id,
        checker_id=actor.user_id,
        fund=[held, ledger.FundEntry(account=FundAccount.SUSPENSE, amount_fen=-amount_fen, party_id=found.id)],
    )
    changes = {
        "state": PayerListState.RECEIVED,
        "bank_reference": bank_reference,
        "arrived_on": arrived_on,
        "confirmed_by_id": actor.user_id,
        "arrival_journal_id": journal_id,
    }
    return move(session, actor, found, "confirm_payer_list", changes)


def approve(
    session: Session,
    *,
    actor: Actor,
    list_id: int,
    version: int,
    content_hash: str,
    opinion: str | None,
    today: date,
) -> PayerList:
    """Post a list whose money is there, town by town in one transaction, at the day on which the money arrived.

    Whoever can no longer be credited is left, and their money with them. Interest that is posted for that day already is
    corrected by the same two persons. Raises `NotFound`, `StaleVersion`, `SamePerson`, `PayerListStateUnfit`,
    `PayerContentChanged` and `interest_corrections.CorrectionOutsideScope`.
    """
    found = locked(session, list_id, version)
    confirmed_by = (found.confirmed_by_id,) if found.confirmed_by_id else ()
    require_second_person(actor, found.maker_id, *confirmed_by)
    if found.state is not PayerListState.RECEIVED or found.arrived_on is None:
        raise PayerListStateUnfit(f"名单当前状态为“{found.state.label}”，不能复核入账。")
    if content_hash != found.content_hash:
        raise PayerContentChanged
    closed = _leave_impossible(session, found, found.arrived_on)
    count, total_fen = 0, 0
    for town in run_sql(session, FOLDER, "35_list_towns", county_code=found.county_code, list_id=found.id).all():
        _post_town(session, actor, found, town.town_code, int(town.total_fen), today)
        count += town.line_count
        total_fen += int(town.total_fen)
    if closed:
        interest_corrections.correct(
            session,
            maker_id=found.maker_id,
            checker_id=actor.user_id,
            county_code=found.county_code,
            resident_ids=closed,
            since=found.arrived_on,
            today=today,
        )
    changes = {
        "state": PayerListState.POSTED,
        "checker_id": actor.user_id,
        "decided_on": today,
        "opinion": opinion,
        "posted_count": count,
        "posted_fen": total_fen,
    }
    return move(session, actor, found, "approve_payer_list", changes, posted=count, posted_fen=total_fen)


def _leave_impossible(session: Session, found: PayerList, on: date) -> list[int]:
    """Lock the accounts and leave the lines of whoever cannot be credited any more.

    Returns those of the others whose interest is posted for the day.
    """
    key = {"county_code": found.county_code, "list_id": found.id}
    run_sql(session, FOLDER, "20_lock_accounts", **key)
    people = session.scalars(select(PayerListLine.resident_id).where(*_open_lines(found))).all()  # type: ignore[call-overload]
    judged: dict[int, Judgement] = judge_people(session, found.county_code, people, on)
    reasons = {number: judged[number].left_reason if number in judged else LeftReason.GONE for number in people}
    left = {number: reason for number, reason in reasons.items() if reason is not None}
    if left:
        run_sql(
            session,
            FOLDER,
            "30_leave_lines",
            **key,
            resident_ids=list(left),
            reasons=[reason.value for reason in left.values()],
        )
    return [number for number, one in judged.items() if one.period_closed and number not in left]


def _open_lines(found: PayerList) -> tuple[object, ...]:
    return (
        col(PayerListLine.county_code) == found.county_code,
        col(PayerListLine.list_id) == found.id,
        col(PayerListLine.state) == PayerLineState.LISTED,
    )


def _post_town(
    session: Session, actor: Actor, found: PayerList, town_code: int, expected_fen: int, today: date
) -> None:
    """Post the lines of one town and book its journal; the sums of both are the same or nothing is posted."""
    journal_id = next_id(session, found.county_code)
    low, high = scope_of(town_code)
    row = run_sql(
        session,
        FOLDER,
        "40_post_town",
        county_code=found.county_code,
        list_id=found.id,
        low=low,
        high=high,
        journal_id=journal_id,
        kind=ContributionKind(found.kind.value).value,
        contribution_year=found.contribution_year,
        arrived_on=found.arrived_on,
        law_serial=serial_of(session),
        maker_id=found.maker_id,
    ).one()
    posted_fen = int(row.total_fen)
    if posted_fen != expected_fen:
        raise PayerContentChanged("入账时有账户发生变化，名单未入账，请重新复核。")
    ledger.book_batch(
        session,
        county_code=found.county_code,
        division_code=town_code,
        kind=JournalKind.PAYER_LIST,
        business_date=booking_day(session, found.county_code, wanted=found.arrived_on or today, today=today),
        dedup_key=f"payer_list:{found.id}:{town_code}",
        maker_id=found.maker_id,
        checker_id=actor.user_id,
        journal_id=journal_id,
        totals=BySource(0, posted_fen, 0),
        fund=[
            ledger.FundEntry(account=FundAccount.SUSPENSE, amount_fen=posted_fen, party_id=found.id),
            ledger.FundEntry(account=FundAccount.LIABILITY_COLLECTIVE, amount_fen=-posted_fen),
        ],
    )


def reject(session: Session, *, actor: Actor, list_id: int, version: int, reason: str, today: date) -> PayerList:
    """Refuse a list; money that has arrived waits in 待查款项 to be paid back.

    Raises `NotFound`, `StaleVersion`, `SamePerson`, `PayerListStateUnfit`.
    """
    found = locked(session, list_id, version)
    confirmed_by = (found.confirmed_by_id,) if found.confirmed_by_id else ()
    require_second_person(actor, found.maker_id, *confirmed_by)
    if found.state is PayerListState.RECEIVED:
        session.execute(
            update(PayerListLine)
            .where(*_open_lines(found))  # type: ignore[arg-type]
            .values(state=PayerLineState.LEFT, left_reason=LeftReason.REJECTED)
            .execution_options(synchronize_session=False)
        )
    elif found.state is PayerListState.SUBMITTED:
        payer_lists.release_source(session, found)
    else:
        raise PayerListStateUnfit(f"名单当前状态为“{found.state.label}”，不能退回。")
    changes = {
        "state": PayerListState.REJECTED,
        "checker_id": actor.user_id,
        "decided_on": today,
        "opinion": reason,
    }
    return move(session, actor, found, "reject_payer_list", changes)


def refund(
    session: Session,
    *,
    actor: Actor,
    list_id: int,
    version: int,
    bank_reference: str,
    refunded_on: date,
    today: date,
) -> PayerList:
    """Pay back to the payer what waits in 待查款项, all of it, from 支出户 (收入户 pays out to 财政专户 only).

    Raises `NotFound`, `StaleVersion`, `SamePerson`, `NothingToRefund`, `BasisInFuture`.
    """
    found = locked(session, list_id, version)
    lines = _waiting_lines(session, found)
    if not lines or found.checker_id is None or found.arrived_on is None:
        raise NothingToRefund
    require_second_person(actor, found.checker_id, found.maker_id)
    if not found.arrived_on <= refunded_on <= today:
        raise BasisInFuture("退款日期须在到账日与今天之间。", pointer="/refunded_on")
    amount_fen = sum(line.amount_fen for line in lines)
    journal_id = ledger.post(
        session,
        county_code=found.county_code,
        division_code=found.division_code,
        kind=JournalKind.SUSPENSE,
        business_date=booking_day(session, found.county_code, wanted=refunded_on, today=today),
        dedup_key=f"payer_list_refund:{found.id}:{bank_reference}",
        maker_id=found.checker_id,
        checker_id=actor.user_id,
        fund=[
            ledger.FundEntry(account=FundAccount.SUSPENSE, amount_fen=amount_fen, party_id=found.id),
            ledger.FundEntry(account=FundAccount.EXPENDITURE_ACCOUNT, amount_fen=-amount_fen),
        ],
    )
    for line in lines:
        line.state = PayerLineState.REFUNDED
        line.refund_journal_id = journal_id
    session.flush()
    changes = {"refund_reference": bank_reference}
    return move(session, actor, found, "refund_payer_list", changes, lines=len(lines), amount_fen=amount_fen)


def readdress(
    session: Session,
    *,
    actor: Actor,
    list_id: int,
    version: int,
    line_numbers: Sequence[int],
    lines: Sequence[NewLine],
    today: date,
) -> PayerList:
    """Make a list that gives the money of lines that wait to other persons; it goes through the same three persons.

    Raises `NotFound`, `StaleVersion`, `NothingToRefund`, `SuccessorDiffers`, and as `payer_lists.create` of the people.
    """
    found = locked(session, list_id, version)
    wanted = set(line_numbers)
    taken = [line for line in _waiting_lines(session, found) if line.line_no in wanted]
    if {line.line_no for line in taken} != wanted:
        raise NothingToRefund("所选的行没有待查款项。")
    if sum(line.amount_fen for line in taken) != sum(line.amount_fen for line in lines):
        raise SuccessorDiffers(pointer="/lines")
    statement = PayerStatement(
        kind=found.kind,
        payer_kind=found.payer_kind,
        payer_name=found.payer_name,
        basis=found.basis,
        basis_on=found.basis_on,
        contribution_year=found.contribution_year,
        division_code=found.division_code,
        land_project_id=found.land_project_id,
        source_list_id=found.id,
    )
    payer_lists.check_lines(session, statement, lines, today)
    land_payments.check_listed(session, statement, lines)
    made = payer_lists.keep(session, actor=actor, statement=statement, lines=lines, refused=[])
    for line in taken:
        line.state = PayerLineState.READDRESSED
        line.readdressed_to_id = made.id
    session.flush()
    move(session, actor, found, "readdress_payer_list", {}, lines=sorted(wanted), successor_id=made.id)
    return made


def _waiting_lines(session: Session, found: PayerList) -> Sequence[PayerListLine]:
    query = (
        select(PayerListLine)
        .where(
            col(PayerListLine.county_code) == found.county_code,
            col(PayerListLine.list_id) == found.id,
            col(PayerListLine.state).in_(WAITING),
        )
        .order_by(col(PayerListLine.line_no))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return session.scalars(query).all()


def note_reversal(session: Session, actor: Actor, contribution: Contribution) -> None:
    """Write on the list that a line is reversed: its money waits again; the last one reverses the list."""
    query = (
        select(PayerList)
        .where(col(PayerList.county_code) == contribution.county_code, col(PayerList.id) == contribution.payer_list_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = session.scalars(query).one()
    of_list = (
        col(PayerListLine.county_code) == found.county_code,
        col(PayerListLine.list_id) == found.id,
    )
    session.execute(
        update(PayerListLine)
        .where(*of_list, col(PayerListLine.contribution_id) == contribution.id)
        .values(state=PayerLineState.REVERSED)
        .execution_options(synchronize_session=False)
    )
    still = select(PayerListLine.line_no).where(  # type: ignore[call-overload]
        *of_list, col(PayerListLine.state) == PayerLineState.POSTED
    )
    changes = {} if session.execute(still.limit(1)).first() else {"state": PayerListState.REVERSED}
    move(session, actor, found, "reverse_payer_list_line", changes, contribution_id=contribution.id)
