"""待遇核定: one person proposes what somebody is entitled to, another decides it, and the pension begins.

An approval judges everything anew: when a fact has changed since the proposal, it is refused and not quietly mended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select, text, update
from sqlmodel import col

from api.database import next_id, scope_of
from api.errors import DomainError, NotFound, StaleVersion
from api.models import Account, Award, Benefit, Resident
from api.services import audit_events, ledger
from api.services.award_rules import Determination, determine
from api.services.pages import decode_cursor, encode_cursor
from api.services.two_persons import require_second_person
from api.vocabulary import AwardState, Decision, FundAccount, JournalKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from api.database import Actor


class AwardExists(DomainError):
    """The person has an award that is proposed or approved."""

    code = "award-already-exists"
    title = "此人已有待复核或已核定的待遇"


class AwardDecided(DomainError):
    """The award is no longer waiting for a decision."""

    code = "award-decided"
    title = "该待遇核定已经办结"


class AwardOutdated(DomainError):
    """Facts have changed since the award was proposed: reject it and propose again."""

    code = "award-outdated"
    title = "核定依据已变化"


def get(session: Session, award_id: int) -> Award:
    """Return one award. Raises `NotFound`."""
    award = session.get(Award, (award_id // 10**10, award_id))
    if award is None:
        raise NotFound
    return award


def resident_of(session: Session, resident_id: int) -> Resident:
    """Return a resident within the actor's scope. Raises `NotFound`."""
    resident = session.get(Resident, (resident_id // 10**10, resident_id))
    if resident is None:
        raise NotFound
    return resident


def list_awards(
    session: Session, *, division_code: int | None, state: AwardState | None, limit: int, after: str | None
) -> tuple[Sequence[Award], str | None]:
    """Return awards by id: the reviewer's work list with `state=proposed`."""
    query = select(Award).order_by(col(Award.id)).limit(limit + 1)
    if division_code is not None:
        query = query.where(col(Award.division_code).between(*scope_of(division_code)))
    if state is not None:
        query = query.where(col(Award.state) == state)
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(Award.id) > start[0])
    rows = session.scalars(query).all()
    return rows[:limit], encode_cursor(rows[limit - 1].id) if len(rows) > limit else None


def propose(session: Session, *, actor: Actor, resident_id: int, today: date) -> Award:
    """Propose the award of one person; the account is settled in the calculation and not yet in the books.

    Raises `NotFound`, `AwardExists` and the refusals of `award_rules`. policy.md §3.3 P9, §4.5-4.6.
    """
    resident = resident_of(session, resident_id)
    _refuse_second(session, resident)
    judged = determine(session, resident=resident, today=today)
    award = Award(
        county_code=resident.county_code,
        id=next_id(session, resident.county_code),
        resident_id=resident.id,
        division_code=resident.division_code,
        basis=judged.basis,
        start_month=judged.start_month,
        settled_on=judged.settled_on,
        required_years=judged.required_years,
        paid_years=judged.paid_years,
        personal_fen=judged.composition.personal_fen,
        collective_fen=judged.composition.collective_fen,
        gov_fen=judged.composition.gov_fen,
        account_pension_fen=judged.account_pension_fen,
        basic_pension_fen=judged.basic_pension_fen,
        breakdown=judged.breakdown,
        proposed_by_id=actor.user_id,
    )
    session.add(award)
    session.flush()
    audit_events.record(
        session, actor=actor, action="award.propose", subject_kind="resident", subject_id=resident.id,
        division_code=resident.division_code, award_id=award.id,
    )  # fmt: skip
    return award


def _refuse_second(session: Session, resident: Resident) -> None:
    known = session.execute(
        select(col(Award.id)).where(
            col(Award.county_code) == resident.county_code,
            col(Award.resident_id) == resident.id,
            col(Award.state).in_([AwardState.PROPOSED, AwardState.APPROVED]),
        )
    ).first()
    if known is not None:
        raise AwardExists


def decide(
    session: Session,
    *,
    actor: Actor,
    award_id: int,
    decision: Decision,
    opinion: str | None,
    expected_version: int,
    today: date,
) -> Award:
    """Approve an award, which settles the account and starts the pension, or reject it; by a second person.

    Raises `NotFound`, `AwardDecided`, `SamePerson`, `AwardOutdated` and `StaleVersion`. `return` counts as rejection:
    an award is made anew and never mended.
    """
    award = get(session, award_id)
    if award.state != AwardState.PROPOSED:
        raise AwardDecided
    require_second_person(actor, award.proposed_by_id)
    state = AwardState.APPROVED if decision is Decision.APPROVE else AwardState.REJECTED
    decided = session.execute(
        update(Award)
        .where(
            col(Award.county_code) == award.county_code,
            col(Award.id) == award.id,
            col(Award.version) == expected_version,
            col(Award.state) == AwardState.PROPOSED,
        )
        .values(
            state=state,
            decided_by_id=actor.user_id,
            decided_on=today,
            decided_at=func.now(),
            opinion=opinion,
            version=expected_version + 1,
        )
        .execution_options(synchronize_session=False)
    )
    if decided.rowcount != 1:  # type: ignore[attr-defined]
        raise StaleVersion
    session.refresh(award)
    if state is AwardState.APPROVED:
        _start(session, actor=actor, award=award, today=today)
    audit_events.record(
        session, actor=actor, action=f"award.{state.value}", subject_kind="resident", subject_id=award.resident_id,
        division_code=award.division_code, award_id=award.id,
    )  # fmt: skip
    return award


def _start(session: Session, *, actor: Actor, award: Award, today: date) -> None:
    """Book the settlement interest, let the account draw and start the benefit."""
    # The account stays as it is from here to the end of the transaction.
    keys = {"county_code": award.county_code, "resident_id": award.resident_id}
    session.execute(
        text("SELECT 1 FROM accounts WHERE county_code = :county_code AND resident_id = :resident_id FOR UPDATE"), keys
    )
    _confirm(session, award, today)
    interest = award.breakdown["interest"]
    total_fen = sum(interest.values())
    if total_fen and award.settled_on:
        award.journal_id = ledger.post(
            session,
            county_code=award.county_code,
            division_code=award.division_code // 1000 * 1000,
            kind=JournalKind.SETTLEMENT_INTEREST,
            business_date=today,
            dedup_key=f"settlement_interest:{award.id}",
            maker_id=award.proposed_by_id,
            checker_id=actor.user_id,
            accounts=[
                ledger.AccountEntry(
                    resident_id=award.resident_id,
                    division_code=award.division_code,
                    value_on=award.settled_on,
                    **interest,
                )
            ],
            fund=[
                ledger.FundEntry(account=FundAccount.INTEREST_RECEIVABLE, amount_fen=total_fen),
                ledger.FundEntry(account=FundAccount.LIABILITY_PERSONAL, amount_fen=-interest["personal_fen"]),
                ledger.FundEntry(account=FundAccount.LIABILITY_COLLECTIVE, amount_fen=-interest["collective_fen"]),
                ledger.FundEntry(account=FundAccount.LIABILITY_GOV, amount_fen=-interest["gov_fen"]),
            ],
        )
    session.execute(
        update(Account)
        .where(col(Account.county_code) == award.county_code, col(Account.resident_id) == award.resident_id)
        .values(state="drawing", interest_through=func.greatest(col(Account.interest_through), award.settled_on))
        .execution_options(synchronize_session=False)
    )
    session.add(
        Benefit(
            county_code=award.county_code,
            resident_id=award.resident_id,
            division_code=award.division_code,
            award_id=award.id,
            start_month=award.start_month,
            award_personal_fen=award.personal_fen,
            award_collective_fen=award.collective_fen,
            award_gov_fen=award.gov_fen,
            account_pension_fen=award.account_pension_fen,
        )
    )
    session.flush()


def _confirm(session: Session, award: Award, today: date) -> None:
    """Raise `AwardOutdated` unless the law says today what the award says."""
    resident = resident_of(session, award.resident_id)
    try:
        now = determine(session, resident=resident, today=today)
    except NotFound:
        raise
    except DomainError as refusal:
        raise AwardOutdated(f"核定依据已变化：{refusal.detail}请退回后重新核定。") from refusal
    if not _says(now, award):
        raise AwardOutdated("核定之后账户或资料已变化，请退回后重新核定。")


def _says(judged: Determination, award: Award) -> bool:
    """Whether a judgement equals an award in everything that is paid."""
    return (
        judged.start_month == award.start_month
        and judged.settled_on == award.settled_on
        and judged.composition.personal_fen == award.personal_fen
        and judged.composition.collective_fen == award.collective_fen
        and judged.composition.gov_fen == award.gov_fen
        and judged.account_pension_fen == award.account_pension_fen
        and judged.breakdown["interest"] == award.breakdown["interest"]
    )
