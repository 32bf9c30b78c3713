"""冲正: undoing a contribution by the mirror of its journal. Nothing is edited; the receipt's number stays used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text, update
from sqlmodel import col

from api.errors import DomainError, StaleVersion
from api.models import Contribution
from api.services import (
    audit_events,
    cash,
    contributions,
    interest_corrections,
    ledger,
    payer_list_postings,
    receipts,
    shared_journals,
    subsidy_postings,
)
from api.services.two_persons import require_second_person
from api.vocabulary import ContributionKind, FundAccount, JournalKind, PostingState

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from api.database import Actor


class AlreadyReversed(DomainError):
    """The contribution was reversed before."""

    code = "already-reversed"
    title = "该笔业务已经冲正"


class CashAlreadyRemitted(DomainError):
    """The collector no longer holds the cash that the reversal would hand back."""

    code = "cash-already-remitted"
    title = "该笔现金已缴存银行"


class BookedElsewhere(DomainError):
    """The person has moved here since; the journal stands in the unit where it was booked, out of the actor's scope."""

    code = "booked-elsewhere"
    title = "该笔业务在此人迁移前的单位入账，请由县级经办机构冲正"


class LaterInstalmentStands(DomainError):
    """The payment that completed the year, and brought the subsidy, must be reversed first."""

    code = "later-instalment-stands"
    title = "请先冲正使该年度缴足的一期"


def reverse(
    session: Session, *, actor: Actor, contribution_id: int, reason: str, version: int, today: date
) -> contributions.Recorded:
    """Undo a contribution and its subsidy by the mirror of its journal; the receipt's number stays used.

    A subsidy that was posted by itself is taken out of the account by entries of its own.

    The mirror bears the value date of the original, so that no interest arises; interest that was posted on it goes
    back by corrections of the same two persons. Raises `NotFound`, `AlreadyReversed`, `SamePerson`, `StaleVersion`,
    `AccountNotOpen`, `CashAlreadyRemitted`, `BookedElsewhere`, `LaterInstalmentStands`,
    `interest_corrections.CorrectionOutsideScope` and `ledger.BalanceTooLow`.
    """
    contribution = contributions.get(session, contribution_id)
    if contribution.state is PostingState.REVERSED:
        raise AlreadyReversed
    require_second_person(actor, contribution.recorded_by_id)
    if contribution.version != version:
        raise StaleVersion
    county_code = contribution.county_code
    account = contributions.lock_account(session, county_code, contribution.resident_id)
    if account.state != "open":
        raise contributions.AccountNotOpen
    _check_completing_first(session, contribution)
    journal_id = _mirror(session, actor, contribution, today)
    subsidy_postings.take_back(session, actor=actor, contribution=contribution, today=today)
    # A subsidy is never posted before its contribution: whatever interest either bore is corrected from the payment on.
    # What was paid after a death or another end earns nothing, since its settlement takes later interest back.
    is_late = account.cancels_on is not None and contribution.paid_on > account.cancels_on
    if not is_late and interest_corrections.is_needed(account.interest_through, contribution.paid_on):
        interest_corrections.correct(
            session,
            maker_id=contribution.recorded_by_id,
            checker_id=actor.user_id,
            county_code=county_code,
            resident_ids=[contribution.resident_id],
            since=contribution.paid_on,
            today=today,
        )
    changed = session.execute(
        update(Contribution)
        .where(
            col(Contribution.county_code) == county_code,
            col(Contribution.id) == contribution_id,
            col(Contribution.version) == version,
            col(Contribution.state) == PostingState.POSTED,
        )
        .values(
            state=PostingState.REVERSED,
            reversed_by_id=actor.user_id,
            reversal_journal_id=journal_id,
            reversal_reason=reason,
            version=version + 1,
        )
        .returning(col(Contribution.id))
        .execution_options(synchronize_session=False)
    ).first()
    if changed is None:
        raise StaleVersion
    if contribution.payer_list_id:
        payer_list_postings.note_reversal(session, actor, contribution)
    audit_events.record(
        session,
        actor=actor,
        action="reverse_contribution",
        subject_kind="contribution",
        subject_id=contribution_id,
        division_code=contribution.division_code,
        reason=reason,
    )
    session.refresh(contribution)
    return contributions.Recorded(contribution, receipts.of_payment(session, contribution))


def _mirror(session: Session, actor: Actor, contribution: Contribution, today: date) -> int:
    """Book what the contribution's journal did for the person with the sides exchanged, at its value date."""
    key = {"county_code": contribution.county_code, "journal_id": contribution.journal_id}
    kind = session.execute(
        text("SELECT kind FROM journals WHERE county_code = :county_code AND id = :journal_id"), key
    ).scalar_one_or_none()
    line = session.execute(
        text(
            """
            SELECT division_code, personal_fen, collective_fen, gov_fen, contribution_year FROM account_lines
             WHERE county_code = :county_code AND resident_id = :resident_id AND journal_id = :journal_id
               AND value_year = :value_year
            """
        ),
        {**key, "resident_id": contribution.resident_id, "value_year": contribution.paid_on.year},
    ).one_or_none()
    if line is None or kind is None:
        # The lines stay in the unit that booked them; whoever does not see them cannot book their mirror.
        raise BookedElsewhere
    shared = JournalKind(kind) in shared_journals.SHARED
    fund = shared_journals.mirrored_part(contribution, line) if shared else _whole(session, contribution)
    if any(entry.account is FundAccount.CASH_IN_HAND for entry in fund):
        _hand_back(session, contribution, line.personal_fen)
    return ledger.post(
        session,
        county_code=contribution.county_code,
        division_code=line.division_code,
        kind=JournalKind.REVERSAL,
        business_date=today,
        dedup_key=f"reversal:{contribution.id if shared else contribution.journal_id}",
        maker_id=contribution.recorded_by_id,
        checker_id=actor.user_id,
        # Of a journal of many persons no other journal is the mirror: what is undone is the person's line of it.
        reverses_id=None if shared else contribution.journal_id,
        accounts=[
            ledger.AccountEntry(
                resident_id=contribution.resident_id,
                division_code=line.division_code,
                value_on=contribution.paid_on,
                personal_fen=-line.personal_fen,
                collective_fen=-line.collective_fen,
                gov_fen=-line.gov_fen,
                contribution_year=line.contribution_year,
            )
        ],
        fund=fund,
    )


def _hand_back(session: Session, contribution: Contribution, amount_fen: int) -> None:
    """Take the cash out of the collector's hand. Raises `CashAlreadyRemitted`, `BookedElsewhere`."""
    receipt = receipts.of_payment(session, contribution)
    desk = None if receipt is None else cash.lock(session, receipt.county_code, receipt.collector_id)
    if receipt is None or desk is None:
        # A collector of a wider unit is out of sight, and so is what they hold.
        raise BookedElsewhere
    if cash.in_hand_fen(session, receipt.county_code, receipt.collector_id) < amount_fen:
        raise CashAlreadyRemitted("该笔现金已缴存银行，不能直接冲正，请按退费办理。")
    cash.hand_back(session, receipt, desk, amount_fen)


def _whole(session: Session, contribution: Contribution) -> list[ledger.FundEntry]:
    """The fund's side of a journal of this person alone, exchanged."""
    rows = session.execute(
        text(
            """
            SELECT fund_account, party_id, credit_fen - debit_fen AS amount_fen FROM fund_lines
             WHERE county_code = :county_code AND journal_id = :journal_id
            """
        ),
        {"county_code": contribution.county_code, "journal_id": contribution.journal_id},
    ).all()
    return [
        ledger.FundEntry(account=FundAccount(row.fund_account), amount_fen=row.amount_fen, party_id=row.party_id)
        for row in rows
    ]


def _check_completing_first(session: Session, contribution: Contribution) -> None:
    """What completed the year, and brought the subsidy or made up the rest, has to go before the instalments."""
    if not contribution.instalment:
        return
    for other in contributions.standing(session, contribution.county_code, contribution.resident_id):
        same_year = other.contribution_year == contribution.contribution_year and other.id != contribution.id
        brought_subsidy = other.kind is contribution.kind and (other.subsidy_fen or other.waiting_subsidy_fen)
        if same_year and (brought_subsidy or other.kind is ContributionKind.MAKE_UP):
            raise LaterInstalmentStands
