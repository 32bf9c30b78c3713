"""Settlements and recoveries over HTTP: look, approve over the content, pay, undo; and what comes back later."""

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
from api.routes import Router
from api.schemas.base import DivisionIn, IdIn, Page
from api.schemas.cancellations import PayeeRead
from api.schemas.settlements import (
    OverdueRead,
    PayeeRevealCreate,
    PayeeRevealRead,
    RecoveryRead,
    SettlementApproval,
    SettlementDiscard,
    SettlementPayment,
    SettlementRead,
    SettlementSummary,
)
from api.services import payees, settlement_lists, settlements
from api.services.settlement_lists import SettlementView
from api.vocabulary import SettlementState

router = Router(prefix="/settlements", tags=["settlements"])


def _facts(view: SettlementView) -> dict[str, object]:
    return SettlementSummary.facts(
        view.settlement,
        reason=view.cancellation.reason,
        resident_name=view.resident_name,
        division_name=view.division_name,
    )


def settlement_of(session: SessionDep, keyring: Keyring, settlement_id: int) -> SettlementRead:
    """Return the sheet of a settlement as it is now. Raises `NotFound`."""
    view = settlement_lists.get_view(session, settlement_id)
    payee = payees.shown(keyring, view.cancellation)
    recovery = settlement_lists.recovery_of(session, view.settlement)
    return SettlementRead(
        **_facts(view),
        **SettlementRead.sheet(view.settlement),
        payee=None if payee is None else PayeeRead(**{name: getattr(payee, name) for name in PayeeRead.model_fields}),
        recovery=None if recovery is None else RecoveryRead.of(recovery, resident_name=view.resident_name),
    )


def _answer(session: SessionDep, keyring: Keyring, response: Response, settlement_id: int) -> SettlementRead:
    sheet = settlement_of(session, keyring, settlement_id)
    response.headers["ETag"] = etag(sheet.version)
    return sheet


@router.get("", name="list_settlements", dependencies=[requires(Permission.SETTLEMENT_READ)])
def list_settlements(
    session: ReadSessionDep,
    page: PageDep,
    state: Annotated[SettlementState | None, Query()] = None,
    division: Annotated[DivisionIn | None, Query()] = None,
    resident_id: Annotated[IdIn | None, Query()] = None,
    cancellation_id: Annotated[IdIn | None, Query()] = None,
) -> Page[SettlementSummary]:
    """List settlements; `state=computed` is the reviewer's work, `state=approved` what finance pays."""
    views, following = settlement_lists.list_settlements(
        session,
        division_code=division,
        state=state,
        resident_id=resident_id,
        cancellation_id=cancellation_id,
        limit=page.limit,
        after=page.after,
    )
    return Page(items=[SettlementSummary(**_facts(view)) for view in views], next=following)


@router.get("/overdue", name="list_overdue_settlements", dependencies=[requires(Permission.SETTLEMENT_READ)])
def list_overdue_settlements(
    session: ReadSessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    page: PageDep,
    division: Annotated[DivisionIn | None, Query()] = None,
) -> Page[OverdueRead]:
    """List the dead who are still insured after the days that are allowed, the longest dead first."""
    found, following = settlement_lists.list_overdue(
        session, division_code=division or actor.division_code, today=today, limit=page.limit, after=page.after
    )
    return Page(
        items=[
            OverdueRead(
                resident_id=one.resident_id,
                resident_name=one.name,
                division_code=one.division_code,
                division_name=one.division_name,
                died_on=one.died_on,
                days=one.days,
                claim_until=one.claim_until,
                balance=one.balance_fen,
                cancellation_id=one.cancellation_id,
                cancellation_state=one.cancellation_state,
                settlement_id=one.settlement_id,
                settlement_state=one.settlement_state,
            )
            for one in found
        ],
        next=following,
    )


@router.get("/{settlement_id}", name="read_settlement", dependencies=[requires(Permission.SETTLEMENT_READ)])
def read_settlement(
    session: ReadSessionDep, keyring: KeyringDep, response: Response, settlement_id: IdIn
) -> SettlementRead:
    """Read the settlement sheet with its calculation in words."""
    return _answer(session, keyring, response, settlement_id)


@router.post(
    "/{settlement_id}/approvals",
    name="approve_settlement",
    dependencies=[requires(Permission.SETTLEMENT_APPROVE, second_factor=True)],
)
def approve_settlement(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    version: IfMatchDep,
    response: Response,
    settlement_id: IdIn,
    body: SettlementApproval,
) -> SettlementRead:
    """Approve the content that was seen; interest is booked and the account ends. By a second person."""
    settlements.approve(
        session,
        actor=actor,
        settlement_id=settlement_id,
        given_hash=body.content_hash,
        opinion=body.opinion,
        expected_version=version,
        today=today,
    )
    return _answer(session, keyring, response, settlement_id)


@router.post(
    "/{settlement_id}/payments",
    name="pay_settlement",
    dependencies=[requires(Permission.SETTLEMENT_PAY, second_factor=True)],
    status_code=201,
    response_model=SettlementRead,
)
def pay_settlement(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    version: IfMatchDep,
    idempotency: IdempotencyDep,
    settlement_id: IdIn,
    body: SettlementPayment,
) -> JSONResponse:
    """Record that the bank has paid; enrolment, benefit and case end with it. By a third person."""

    def produce() -> SettlementRead:
        settlements.pay(
            session,
            actor=actor,
            settlement_id=settlement_id,
            paid_on=body.paid_on,
            bank_reference=body.bank_reference,
            expected_version=version,
            today=today,
        )
        return settlement_of(session, keyring, settlement_id)

    return idempotency.run(body, produce)


@router.post(
    "/{settlement_id}/discards",
    name="discard_settlement",
    dependencies=[requires(Permission.SETTLEMENT_DISCARD, second_factor=True)],
)
def discard_settlement(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    version: IfMatchDep,
    response: Response,
    settlement_id: IdIn,
    body: SettlementDiscard,
) -> SettlementRead:
    """Undo a settlement whose money has not left: discard what is computed, reverse what is approved."""
    settlements.discard(
        session,
        actor=actor,
        settlement_id=settlement_id,
        reason=body.reason,
        expected_version=version,
        today=today,
    )
    return _answer(session, keyring, response, settlement_id)


@router.post(
    "/{settlement_id}/reveals",
    name="reveal_payee",
    dependencies=[requires(Permission.SETTLEMENT_PAY, second_factor=True)],
)
def reveal_payee(
    session: SessionDep, actor: ActorDep, keyring: KeyringDep, settlement_id: IdIn, body: PayeeRevealCreate
) -> PayeeRevealRead:
    """Show the payee's account in full to who pays; who asked and why is on record."""
    view = settlement_lists.get_view(session, settlement_id)
    account = payees.reveal(
        session,
        keyring,
        actor=actor,
        cancellation=view.cancellation,
        settlement_id=settlement_id,
        reason=body.reason,
    )
    return PayeeRevealRead(bank_account=account)
