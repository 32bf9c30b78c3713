"""补记缴费: a contribution whose year has borne its interest already, as when December's cash is entered in January.

One person proposes it with a reason; another approves it, which posts the contribution at its own value date and the
interest that every closed year lacks, in one transaction. policy.md §4.4; features 62.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, text, update
from sqlmodel import col

from api.database import Actor, next_id
from api.errors import DomainError, NotFound, StaleVersion
from api.models import Account, BackdatedContribution, Resident, User
from api.permissions import ROLE_PERMISSIONS
from api.services import audit_events, contributions, interest_corrections, ledger
from api.services.contribution_rules import Offer
from api.services.pages import decode_cursor, encode_cursor
from api.services.two_persons import require_second_person
from api.vocabulary import BackdatedState, Decision

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.services.interest_corrections import Correction

COUNTY_SPAN = 10_000_000_000


class NotBackdated(DomainError):
    """Interest is not posted for the day: the contribution is recorded in the ordinary way."""

    code = "not-backdated"
    title = "该日期尚未结息，请按正常缴费登记"


class BackdatedDecided(DomainError):
    """Somebody has decided already."""

    code = "backdated-decided"
    title = "该笔补记已经复核"


class BackdatedExists(DomainError):
    """The same payment waits for its decision already."""

    code = "backdated-exists"
    title = "该年度的同类补记正在等待复核"


@dataclass(frozen=True, slots=True)
class Posted:
    """A decided proposal, what was recorded, and what interest was made up."""

    proposal: BackdatedContribution
    recorded: contributions.Recorded | None
    corrections: tuple[Correction, ...] = ()


def propose(
    session: Session, *, actor: Actor, resident_id: int, offer: Offer, reason: str, today: date
) -> BackdatedContribution:
    """Hand a late contribution in. The law judges it when it is decided, as it then stands.

    Raises `NotFound`, `contributions.PaidInFuture`, `ledger.AccountMissing`, `contributions.AccountNotOpen`,
    `contributions.ContributionPeriodClosed` for a year before the account, `NotBackdated` and `BackdatedExists`.
    """
    if offer.paid_on > today:
        raise contributions.PaidInFuture(pointer="/paid_on")
    key = (resident_id // COUNTY_SPAN, resident_id)
    resident = session.get(Resident, key)
    if resident is None:
        raise NotFound
    account = session.get(Account, key)
    if account is None:
        raise ledger.AccountMissing
    if account.state != "open":
        raise contributions.AccountNotOpen
    contributions.check_opened(account, offer.paid_on)
    if not interest_corrections.is_needed(account.interest_through, offer.paid_on):
        raise NotBackdated(pointer="/paid_on")
    contributions.check_once(contributions.standing(session, *key), offer)
    proposal = BackdatedContribution(
        county_code=resident.county_code,
        id=next_id(session, resident.county_code),
        division_code=resident.division_code,
        resident_id=resident_id,
        kind=offer.kind,
        contribution_year=offer.contribution_year,
        instalment=offer.instalment,
        tier_fen=offer.tier_fen,
        amount_fen=offer.amount_fen,
        paid_on=offer.paid_on,
        channel=offer.channel,
        reason=reason,
        proposed_by_id=actor.user_id,
    )
    _refuse_twice(session, proposal)
    session.add(proposal)
    session.flush()
    session.refresh(proposal)
    _audit(session, actor, "propose_backdated_contribution", proposal)
    return proposal


def decide(
    session: Session,
    *,
    actor: Actor,
    keyring: Keyring,
    proposal_id: int,
    decision: Decision,
    opinion: str | None,
    version: int,
    today: date,
) -> Posted:
    """Post the contribution in the name of who proposed it, with the interest that it lacks, or turn it down.

    Raises `NotFound`, `BackdatedDecided`, `SamePerson`, `StaleVersion`, and what `contributions.record` and
    `interest_corrections.correct` raise. `return` counts as rejection: it is handed in anew.
    """
    proposal = get(session, proposal_id)
    if proposal.state is not BackdatedState.PROPOSED:
        raise BackdatedDecided
    require_second_person(actor, proposal.proposed_by_id)
    if proposal.version != version:
        raise StaleVersion
    recorded: contributions.Recorded | None = None
    corrections: tuple[Correction, ...] = ()
    if decision is Decision.APPROVE:
        recorded, corrections = _post(session, actor=actor, keyring=keyring, proposal=proposal, today=today)
    changed = session.execute(
        update(BackdatedContribution)
        .where(
            col(BackdatedContribution.county_code) == proposal.county_code,
            col(BackdatedContribution.id) == proposal_id,
            col(BackdatedContribution.version) == version,
            col(BackdatedContribution.state) == BackdatedState.PROPOSED,
        )
        .values(
            state=BackdatedState.REJECTED if recorded is None else BackdatedState.APPROVED,
            decided_by_id=actor.user_id,
            decided_on=today,
            opinion=opinion,
            contribution_id=recorded.contribution.id if recorded else None,
            interest_fen=sum(one.amounts.total_fen for one in corrections),
            version=version + 1,
        )
        .returning(col(BackdatedContribution.id))
        .execution_options(synchronize_session=False)
    ).first()
    if changed is None:
        raise StaleVersion
    session.refresh(proposal)
    _audit(session, actor, "decide_backdated_contribution", proposal)
    return Posted(proposal, recorded, corrections)


def get(session: Session, proposal_id: int) -> BackdatedContribution:
    """Return one late contribution. Raises `NotFound`."""
    found = session.get(BackdatedContribution, (proposal_id // COUNTY_SPAN, proposal_id), populate_existing=True)
    if found is None:
        raise NotFound
    return found


def list_proposals(
    session: Session, *, low: int, high: int, state: BackdatedState | None, limit: int, after: str | None
) -> tuple[Sequence[BackdatedContribution], str | None]:
    """Return the late contributions of a unit, newest first, and the next cursor."""
    query = select(BackdatedContribution).where(col(BackdatedContribution.division_code).between(low, high))
    if state is not None:
        query = query.where(col(BackdatedContribution.state) == state)
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(BackdatedContribution.id) < start[0])
    rows = session.scalars(query.order_by(col(BackdatedContribution.id).desc()).limit(limit + 1)).all()
    following = encode_cursor(rows[limit - 1].id) if len(rows) > limit else None
    return rows[:limit], following


def _post(
    session: Session, *, actor: Actor, keyring: Keyring, proposal: BackdatedContribution, today: date
) -> tuple[contributions.Recorded, tuple[Correction, ...]]:
    """Record the contribution as its proposer would have, who holds its cash, and make its interest right."""
    offer = Offer(
        kind=proposal.kind,
        contribution_year=proposal.contribution_year,
        paid_on=proposal.paid_on,
        channel=proposal.channel,
        tier_fen=proposal.tier_fen,
        amount_fen=proposal.amount_fen,
        instalment=proposal.instalment,
    )
    recorded = contributions.record(
        session,
        actor=_proposer(session, proposal, actor),
        keyring=keyring,
        resident_id=proposal.resident_id,
        offer=offer,
        today=today,
        approved_by_id=actor.user_id,
    )
    corrections = interest_corrections.correct(
        session,
        maker_id=proposal.proposed_by_id,
        checker_id=actor.user_id,
        county_code=proposal.county_code,
        resident_ids=[proposal.resident_id],
        since=proposal.paid_on,
        today=today,
    )
    return recorded, corrections


def _proposer(session: Session, proposal: BackdatedContribution, actor: Actor) -> Actor:
    """Return who proposed it, within the approver's request. Raises `NotFound`."""
    user = session.get(User, (proposal.proposed_by_id // COUNTY_SPAN, proposal.proposed_by_id))
    if user is None:
        raise NotFound
    return Actor(
        user_id=user.id,
        username=user.username,
        display_name=user.display_name,
        role=user.role.value,
        division_code=user.division_code,
        permissions=ROLE_PERMISSIONS[user.role],
        request_id=actor.request_id,
        address=actor.address,
    )


def _refuse_twice(session: Session, proposal: BackdatedContribution) -> None:
    """Say it as a fact before the unique index does; the index still decides a race. Raises `BackdatedExists`."""
    waiting = session.execute(
        text(
            """
            SELECT 1 FROM backdated_contributions
             WHERE county_code = :county_code AND resident_id = :resident_id AND contribution_year = :year
               AND kind = :kind AND instalment = :instalment AND state = 'proposed'
            """
        ),
        {
            "county_code": proposal.county_code,
            "resident_id": proposal.resident_id,
            "year": proposal.contribution_year,
            "kind": proposal.kind.value,
            "instalment": proposal.instalment,
        },
    ).first()
    if waiting is not None:
        raise BackdatedExists


def _audit(session: Session, actor: Actor, action: str, proposal: BackdatedContribution) -> None:
    audit_events.record(
        session,
        actor=actor,
        action=action,
        subject_kind="backdated_contribution",
        subject_id=proposal.id,
        division_code=proposal.division_code,
        resident_id=proposal.resident_id,
        contribution_year=proposal.contribution_year,
        kind=proposal.kind.value,
        state=proposal.state.value,
        interest_fen=proposal.interest_fen,
    )
