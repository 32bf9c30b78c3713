"""The bank's statements over HTTP: brought in, matched with the books, and what stands open between the two."""

from typing import Annotated

from fastapi import File, Form, Query, UploadFile
from fastapi.responses import JSONResponse

from api.dependencies import (
    ActorDep,
    BusinessDateDep,
    IdempotencyDep,
    IfMatchDep,
    KeyringDep,
    PageDep,
    ReadSessionDep,
    SessionDep,
    requires,
)
from api.exchange.bank_statements import layout_ids, load_layout, statement_facts
from api.permissions import Permission
from api.routes import Router
from api.schemas.bank_statements import (
    BankItemExplained,
    BankItemExplanation,
    BankLayoutRead,
    BankLayoutsRead,
    BankMatchCreate,
    BankMatchDecision,
    BankMatchRead,
    BankMatchRefresh,
    BankMatchRefreshed,
    BankStatementLineRead,
    BankStatementLoaded,
    BankStatementRead,
    ReconciliationRead,
)
from api.schemas.base import DayIn, IdIn, MoneyIn, Page
from api.services import bank_matches, bank_statements, fund_reconciliation
from api.services.bank_matches import Pairing
from api.services.bank_statements import StatementFile
from api.vocabulary import BankAccountName, BankItemSide, BankMatchState, Decision

router = Router(prefix="/bank-statements", tags=["fund"])
READ = requires(Permission.FUND_READ)
PROPOSE = requires(Permission.FUND_PROPOSE)


@router.get("", name="list_bank_statements", dependencies=[READ])
def list_bank_statements(
    session: ReadSessionDep, actor: ActorDep, page: PageDep, account: Annotated[BankAccountName | None, Query()] = None
) -> Page[BankStatementRead]:
    """List the county's statements, newest first."""
    rows, after = bank_statements.list_statements(
        session, county_code=actor.county_code, account=account, limit=page.limit, after=page.after
    )
    return Page(items=[BankStatementRead.of(row) for row in rows], next=after)


@router.get("/layouts", name="list_bank_statement_layouts", dependencies=[READ])
def list_bank_statement_layouts() -> BankLayoutsRead:
    """List the layouts that statements may have."""
    return BankLayoutsRead(items=[BankLayoutRead(**statement_facts(load_layout(one))) for one in layout_ids()])


@router.get("/reconciliation", name="read_reconciliation", dependencies=[READ])
def read_reconciliation(
    session: ReadSessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    account: Annotated[BankAccountName, Query()],
    on: Annotated[DayIn | None, Query()] = None,
) -> ReconciliationRead:
    """Compare an account's statements with the books as of a day (default: today)."""
    done = fund_reconciliation.reconcile_now(session, actor=actor, account=account, on=on or today)
    return ReconciliationRead.of(done)


@router.get("/matches", name="list_bank_matches", dependencies=[READ])
def list_bank_matches(
    session: ReadSessionDep, actor: ActorDep, page: PageDep, state: Annotated[BankMatchState | None, Query()] = None
) -> Page[BankMatchRead]:
    """List the county's matches, newest first."""
    rows, after = bank_matches.list_matches(
        session, county_code=actor.county_code, state=state, limit=page.limit, after=page.after
    )
    return Page(items=[BankMatchRead.of(row, list(bank_matches.items_of(session, row))) for row in rows], next=after)


@router.post(
    "", name="load_bank_statement", status_code=201, response_model=BankStatementLoaded, dependencies=[PROPOSE]
)
def load_bank_statement(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    account: Annotated[BankAccountName, Form()],
    layout: Annotated[str, Form(min_length=1, max_length=40, pattern=r"^[a-z0-9_]+$")],
    from_on: Annotated[DayIn, Form()],
    to_on: Annotated[DayIn, Form()],
    closing_balance: Annotated[MoneyIn, Form()],
    file: Annotated[UploadFile, File()],
) -> JSONResponse:
    """Bring a statement in: it begins where the one before ended, or it is refused; the same file again has no effect."""
    handed = StatementFile(
        account=account,
        layout=layout,
        from_on=from_on,
        to_on=to_on,
        closing_fen=closing_balance,
        name=file.filename or "",
        content=file.file.read(),
    )

    def produce() -> BankStatementLoaded:
        done = bank_statements.load(session, actor=actor, keyring=keyring, file=handed, today=today)
        return BankStatementLoaded(
            statement=BankStatementRead.of(done.statement), repeated=done.repeated, matched_count=done.matched_count
        )

    return idempotency.run(f"{account} {layout} {from_on} {to_on} {closing_balance} {handed.sha256}", produce)


@router.get("/{statement_id}/lines", name="list_bank_statement_lines", dependencies=[READ])
def list_bank_statement_lines(
    session: ReadSessionDep, page: PageDep, statement_id: IdIn
) -> Page[BankStatementLineRead]:
    """List a statement's lines in its order, each with the match that it is in."""
    rows, after = bank_statements.list_lines(session, statement_id=statement_id, limit=page.limit, after=page.after)
    return Page(items=[BankStatementLineRead.of(line, match) for line, match in rows], next=after)


@router.post(
    "/matches/refreshes",
    name="refresh_bank_matches",
    status_code=201,
    response_model=BankMatchRefreshed,
    dependencies=[PROPOSE],
)
def refresh_bank_matches(
    session: SessionDep, actor: ActorDep, idempotency: IdempotencyDep, body: BankMatchRefresh
) -> JSONResponse:
    """Match an account's open items again, as after journals were booked behind the statement."""
    return idempotency.run(
        body, lambda: BankMatchRefreshed(matched_count=bank_matches.refresh(session, actor=actor, account=body.account))
    )


@router.post(
    "/matches", name="propose_bank_match", status_code=201, response_model=BankMatchRead, dependencies=[PROPOSE]
)
def propose_bank_match(
    session: SessionDep, actor: ActorDep, idempotency: IdempotencyDep, body: BankMatchCreate
) -> JSONResponse:
    """Say that lines and journals are the same money; another person has to confirm it."""

    def produce() -> BankMatchRead:
        pairing = Pairing(account=body.account, line_ids=body.line_ids, journal_ids=body.journal_ids, note=body.note)
        match = bank_matches.propose(session, actor=actor, pairing=pairing)
        return BankMatchRead.of(match, list(bank_matches.items_of(session, match)))

    return idempotency.run(body, produce)


@router.post(
    "/matches/{match_id}/decisions",
    name="decide_bank_match",
    status_code=201,
    response_model=BankMatchRead,
    dependencies=[requires(Permission.FUND_APPROVE)],
)
def decide_bank_match(
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    version: IfMatchDep,
    match_id: IdIn,
    body: BankMatchDecision,
) -> JSONResponse:
    """Confirm a match by hand, or free its items again."""

    def produce() -> BankMatchRead:
        match = bank_matches.decide(
            session, actor=actor, match_id=match_id, decision=Decision(body.decision), version=version, today=today
        )
        return BankMatchRead.of(match, list(bank_matches.items_of(session, match)))

    return idempotency.run(body, produce)


@router.post(
    "/explanations",
    name="explain_bank_item",
    status_code=201,
    response_model=BankItemExplained,
    dependencies=[PROPOSE],
)
def explain_bank_item(
    session: SessionDep, actor: ActorDep, idempotency: IdempotencyDep, body: BankItemExplanation
) -> JSONResponse:
    """Say why an item stands open; the month-end pack shows it."""

    def produce() -> BankItemExplained:
        kept = bank_matches.explain(
            session,
            actor=actor,
            account=body.account,
            side=BankItemSide(body.side),
            subject_id=body.subject_id,
            note=body.note,
        )
        return BankItemExplained(
            id=kept.id, account=kept.account, side=kept.side, subject_id=kept.subject_id, note=kept.note
        )

    return idempotency.run(body, produce)
