"""Cancellations over HTTP: 注销登记 from the report to the county's approval, and its settlement."""

from datetime import date
from typing import Annotated

from fastapi import Query, Response
from fastapi.responses import JSONResponse

from api.crypto import Keyring
from api.dependencies import (
    ActorDep,
    BusinessDateDep,
    IdempotencyDep,
    IfMatchDep,
    KeyringDep,
    PageDep,
    ReadSessionDep,
    SessionDep,
    etag,
    requires,
)
from api.permissions import Permission
from api.policy.cancellations import claim_until
from api.routers.settlements import settlement_of
from api.routes import Router
from api.schemas.base import DivisionIn, IdIn, Page
from api.schemas.cancellations import (
    CancellationCreate,
    CancellationDecisionCreate,
    CancellationDecisionRead,
    CancellationDetail,
    CancellationRead,
    CancellationResubmit,
    ConflictRead,
    PayeeChange,
    PayeeIn,
    PayeeRead,
    RevocationCreate,
    SettlementBrief,
)
from api.schemas.settlements import SettlementRead
from api.services import cancellation_conflicts, cancellation_lists, cancellations, payees, settlements
from api.services.cancellation_lists import CancellationView
from api.services.cancellations import Form
from api.services.case_procedures import Ruling
from api.services.laws import law_on
from api.services.payees import PayeeFacts
from api.vocabulary import CancellationReason, CaseState

router = Router(prefix="/cancellations", tags=["cancellations"])


def _read(view: CancellationView) -> CancellationRead:
    return CancellationRead.of(view.cancellation, resident_name=view.resident.name, division_name=view.division_name)


def _payee(given: PayeeIn | None) -> PayeeFacts | None:
    if given is None:
        return None
    return PayeeFacts(given.relation, given.name, given.id_number, given.bank_account)


def _form(body: CancellationCreate | CancellationResubmit) -> Form:
    return Form(
        reason=body.reason,
        event_on=body.event_on,
        proof=body.proof,
        proof_number=body.proof_number,
        payee=_payee(body.payee),
        set_off_agreed=body.set_off_agreed,
        remark=body.remark,
    )


@router.get("", name="list_cancellations", dependencies=[requires(Permission.CANCELLATION_READ)])
def list_cancellations(
    session: ReadSessionDep,
    actor: ActorDep,
    page: PageDep,
    state: Annotated[CaseState | None, Query()] = None,
    reason: Annotated[CancellationReason | None, Query()] = None,
    division: Annotated[DivisionIn | None, Query()] = None,
    resident_id: Annotated[IdIn | None, Query()] = None,
) -> Page[CancellationRead]:
    """List the cases of a unit; by state it is the work list of the next step."""
    views, following = cancellation_lists.list_cancellations(
        session,
        actor=actor,
        state=state,
        reason=reason,
        division_code=division,
        resident_id=resident_id,
        limit=page.limit,
        after=page.after,
    )
    return Page(items=[_read(view) for view in views], next=following)


@router.post(
    "",
    name="create_cancellation",
    dependencies=[requires(Permission.CANCELLATION_CREATE)],
    status_code=201,
    response_model=CancellationRead,
)
def create_cancellation(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    body: CancellationCreate,
) -> JSONResponse:
    """Hand in a 注销登记; nothing is paid in or out for the time after the event from now on."""

    def produce() -> CancellationRead:
        case = cancellations.hand_in(
            session, keyring, actor=actor, resident_id=body.resident_id, form=_form(body), today=today
        )
        return _read(cancellation_lists.get_view(session, case.id))

    return idempotency.run(body, produce)


@router.get("/{cancellation_id}", name="read_cancellation", dependencies=[requires(Permission.CANCELLATION_READ)])
def read_cancellation(
    session: ReadSessionDep, keyring: KeyringDep, response: Response, cancellation_id: IdIn
) -> CancellationDetail:
    """Read one case with all that its reviewer must know."""
    return _detail(session, keyring, response, cancellation_id)


@router.patch(
    "/{cancellation_id}", name="change_cancellation_payee", dependencies=[requires(Permission.CANCELLATION_CREATE)]
)
def change_cancellation_payee(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    version: IfMatchDep,
    response: Response,
    cancellation_id: IdIn,
    body: PayeeChange,
) -> CancellationDetail:
    """Name who is paid, before the first step or, by the county, before the settlement."""
    cancellations.change_payee(
        session,
        keyring,
        actor=actor,
        cancellation_id=cancellation_id,
        version=version,
        payee=_payee(body.payee),
        set_off_agreed=body.set_off_agreed,
        today=today,
    )
    return _detail(session, keyring, response, cancellation_id)


@router.post(
    "/{cancellation_id}/decisions",
    name="decide_cancellation",
    dependencies=[requires(Permission.CANCELLATION_READ)],
)
def decide_cancellation(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    version: IfMatchDep,
    response: Response,
    cancellation_id: IdIn,
    body: CancellationDecisionCreate,
) -> CancellationDetail:
    """Approve, return or reject at a step; which right that needs depends on the step."""
    ruling = Ruling(body.step, body.decision, body.opinion, today, body.stamped)
    cancellations.decide(session, actor=actor, cancellation_id=cancellation_id, version=version, ruling=ruling)
    return _detail(session, keyring, response, cancellation_id)


@router.post(
    "/{cancellation_id}/resubmissions",
    name="resubmit_cancellation",
    dependencies=[requires(Permission.CANCELLATION_CREATE)],
)
def resubmit_cancellation(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    version: IfMatchDep,
    response: Response,
    cancellation_id: IdIn,
    body: CancellationResubmit,
) -> CancellationDetail:
    """Hand a returned case in again, mended: a new round of three steps."""
    cancellations.resubmit(
        session, keyring, actor=actor, cancellation_id=cancellation_id, version=version, form=_form(body), today=today
    )
    return _detail(session, keyring, response, cancellation_id)


@router.post(
    "/{cancellation_id}/withdrawals",
    name="withdraw_cancellation",
    dependencies=[requires(Permission.CANCELLATION_CREATE)],
)
def withdraw_cancellation(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    version: IfMatchDep,
    response: Response,
    cancellation_id: IdIn,
) -> CancellationDetail:
    """Take back one's own case while it is on its way."""
    cancellations.withdraw(session, actor=actor, cancellation_id=cancellation_id, version=version, today=today)
    return _detail(session, keyring, response, cancellation_id)


@router.post(
    "/{cancellation_id}/revocations",
    name="revoke_cancellation",
    dependencies=[requires(Permission.SETTLEMENT_DISCARD, second_factor=True)],
)
def revoke_cancellation(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    version: IfMatchDep,
    response: Response,
    cancellation_id: IdIn,
    body: RevocationCreate,
) -> CancellationDetail:
    """Undo an approved case that nothing was paid for: a wrong death, somebody who came back."""
    cancellations.revoke(
        session,
        actor=actor,
        cancellation_id=cancellation_id,
        version=version,
        reason=body.reason,
        today=today,
    )
    return _detail(session, keyring, response, cancellation_id)


@router.post(
    "/{cancellation_id}/settlements",
    name="compute_settlement",
    dependencies=[requires(Permission.SETTLEMENT_COMPUTE)],
    status_code=201,
    response_model=SettlementRead,
)
def compute_settlement(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    cancellation_id: IdIn,
) -> JSONResponse:
    """Compute the settlement of an approved case, or what has become due since it was settled; nothing is booked."""

    def produce() -> SettlementRead:
        settlement = settlements.compute(session, actor=actor, cancellation_id=cancellation_id, today=today)
        return settlement_of(session, keyring, settlement.id)

    return idempotency.run(str(cancellation_id), produce)


def _detail(session: SessionDep, keyring: Keyring, response: Response, cancellation_id: int) -> CancellationDetail:
    """Show a case as it is now, with its version."""
    view = cancellation_lists.get_view(session, cancellation_id)
    case = view.cancellation
    response.headers["ETag"] = etag(case.version)
    standing = cancellation_lists.standing_of(session, case)
    payee = payees.shown(keyring, case)
    account, benefit = standing.account, standing.benefit
    return CancellationDetail(
        **dict(_read(view)),
        has_proof_number=case.proof_number_sealed is not None,
        payee=None if payee is None else PayeeRead(**{name: getattr(payee, name) for name in PayeeRead.model_fields}),
        set_off_agreed=case.set_off_agreed,
        remark=case.remark,
        claim_until=_claim_until(session, case.division_code, case.reason, case.event_on),
        resident_status=view.resident.status,
        resident_status_on=view.resident.status_on,
        account_state=None if account is None else account.state,
        balance=None if account is None else account.personal_fen + account.collective_fen + account.gov_fen,
        benefit_state=None if benefit is None else benefit.state,
        registered_event=case.registered_event,
        revoked_reason=case.revoked_reason,
        closed_on=case.closed_on,
        decisions=[CancellationDecisionRead.of(one) for one in cancellation_lists.decisions_of(session, case)],
        settlements=[SettlementBrief.of(one) for one in standing.settlements],
        conflicts=[
            ConflictRead(kind=one.kind, message=one.message)
            for one in cancellation_conflicts.conflicts_of(session, case)
        ],
    )


def _claim_until(session: SessionDep, division_code: int, reason: CancellationReason, event_on: date) -> date | None:
    return (
        claim_until(event_on, law_on(session, division_code, event_on)) if reason is CancellationReason.DEATH else None
    )
