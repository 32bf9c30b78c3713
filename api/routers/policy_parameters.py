"""Policy parameters over HTTP: every dated value with document and article; changes by two persons, tried out before."""

from typing import Annotated

from fastapi import Query, Response
from fastapi.responses import JSONResponse

from api.dependencies import (
    ActorDep,
    BusinessDateDep,
    IdempotencyDep,
    IfMatchDep,
    PageDep,
    ReadSessionDep,
    ServiceDep,
    SessionDep,
    etag,
    requires,
)
from api.permissions import Permission
from api.policy.parameter_layers import NATIONAL, layer_of, lowest_level
from api.routes import Router
from api.schemas.base import DayIn, DivisionIn, IdIn, MonthIn, Page
from api.schemas.policy_parameters import (
    ImpactAmounts,
    ImpactPayer,
    ImpactPerson,
    ImpactUnit,
    ParameterImpactRead,
    ParameterImpactRequest,
    PolicyParameterCreate,
    PolicyParameterDecision,
    PolicyParameterRead,
)
from api.services import parameter_impacts, parameter_lists, policy_parameters
from api.services.parameter_impacts import Amounts, Asked, Impact
from api.services.parameter_lists import Listed, Wanted
from api.services.policy_parameters import Draft
from api.vocabulary import ParameterChangeState

router = Router(prefix="/policy-parameters", tags=["policy-parameters"])

TRIED = "试算"
"""What stands for document, article and reason in a dry run."""

READ = requires(Permission.PARAMETER_READ)
IMPACT = requires(Permission.PARAMETER_IMPACT)
PROPOSE = requires(Permission.PARAMETER_PROPOSE)


def _read(listed: Listed) -> PolicyParameterRead:
    """Show a value with its layer and who decided it."""
    entry, change = listed.entry, listed.change
    place = NATIONAL if change is None else change.division_code
    lowest = lowest_level(entry.code)
    return PolicyParameterRead(
        id=None if change is None else change.id,
        code=entry.code,
        label=entry.label,
        topic=entry.topic,
        kind=entry.kind,
        value=entry.value,
        valid_from=entry.valid_from,
        valid_to=entry.valid_to,
        paid_from=entry.paid_from,
        document=entry.document,
        article=entry.article,
        evidence=entry.evidence,
        note=entry.note,
        layer=layer_of(place),
        division_code=place,
        division_name=listed.division_name,
        lowest_layer=lowest.layer,
        lowest_reason=lowest.reason,
        effective=listed.is_effective,
        state=ParameterChangeState.APPROVED if change is None else change.state,
        serial=None if change is None or change.serial is None else str(change.serial),
        content_hash=None if change is None else change.content_hash,
        maker_id=None if change is None else change.maker_id,
        maker_name=listed.maker_name,
        checker_id=None if change is None else change.checker_id,
        checker_name=listed.checker_name,
        opinion=None if change is None else change.opinion,
        proposed_at=None if change is None else change.created_at,
        decided_at=None if change is None else change.decided_at,
        version=None if change is None else change.version,
    )


def _draft(body: PolicyParameterCreate | ParameterImpactRequest) -> Draft:
    return Draft(
        code=body.code,
        division_code=body.division_code,
        value=body.value,
        valid_from=body.valid_from,
        valid_to=body.valid_to,
        paid_from=body.paid_from,
        document=body.document or TRIED,
        article=body.article or TRIED,
        reason=body.reason or TRIED,
    )


def _amounts(amounts: Amounts) -> dict[str, int]:
    return {
        "person_count": amounts.person_count,
        "changed_count": amounts.changed_count,
        **_money(amounts.before_fen, amounts.after_fen),
    }


def _money(before_fen: int, after_fen: int) -> dict[str, int]:
    return {"before": before_fen, "after": after_fen, "difference": after_fen - before_fen}


def _impact(impact: Impact) -> ParameterImpactRead:
    """Show a dry run."""
    return ParameterImpactRead(
        division_code=impact.division_code,
        basis=impact.basis,
        money_known=impact.is_money_known,
        period=impact.period,
        total=ImpactAmounts(**_amounts(impact.total)),
        payers=[
            ImpactPayer(payer=one.payer, label=one.label, **_money(one.before_fen, one.after_fen))
            for one in impact.payers
        ],
        units=[
            ImpactUnit(division_code=one.division_code, division_name=one.division_name, **_amounts(one.amounts))
            for one in impact.units
        ],
        largest=[
            ImpactPerson(
                resident_id=one.resident_id,
                resident_name=one.name,
                division_code=one.division_code,
                **_money(one.before_fen, one.after_fen),
            )
            for one in impact.largest
        ],
        conflicts=list(impact.conflicts),
        notes=list(impact.notes),
        uses=list(impact.uses),
    )


@router.get("", name="list_policy_parameters", dependencies=[READ])
def list_policy_parameters(
    session: ReadSessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    page: PageDep,
    code: Annotated[str | None, Query(max_length=60, pattern="^[a-z0-9_]+$")] = None,
    on: Annotated[DayIn | None, Query()] = None,
    division: Annotated[DivisionIn | None, Query()] = None,
    state: Annotated[ParameterChangeState | None, Query()] = None,
) -> Page[PolicyParameterRead]:
    """List dated values of a division's layers by code and first day; with `state`, changes in it and nothing else.

    `effective` marks what holds in the division (default: the actor's own) on the day (default: today).
    """
    wanted = Wanted(division_code=division or actor.division_code, today=today, code=code, on=on, state=state)
    rows, after = parameter_lists.list_parameters(session, wanted=wanted, limit=page.limit, after=page.after)
    return Page(items=[_read(row) for row in rows], next=after)


@router.get("/{change_id}", name="read_policy_parameter", dependencies=[READ])
def read_policy_parameter(
    response: Response, session: ReadSessionDep, today: BusinessDateDep, change_id: IdIn
) -> PolicyParameterRead:
    """Read one change with who proposed and decided it."""
    return _shown(response, parameter_lists.read(session, change_id=change_id, today=today))


@router.post(
    "",
    name="propose_policy_parameter",
    status_code=201,
    response_model=PolicyParameterRead,
    dependencies=[PROPOSE],
)
def propose_policy_parameter(
    service: ServiceDep,
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    body: PolicyParameterCreate,
) -> JSONResponse:
    """Propose a change for a layer; it is law once a second person has approved it."""

    def produce() -> PolicyParameterRead:
        change = policy_parameters.propose(session, service.database, actor=actor, draft=_draft(body))
        return _read(parameter_lists.read(session, change_id=change.id, today=today))

    return idempotency.run(body, produce)


@router.post(
    "/impact",
    name="assess_policy_parameter",
    dependencies=[IMPACT],
)
def assess_policy_parameter(
    service: ServiceDep,
    session: ReadSessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    body: ParameterImpactRequest,
) -> ParameterImpactRead:
    """Try a change out: persons, money by payer and village, the largest changes. Nothing is written."""
    asked = Asked(division_code=body.division or actor.division_code, year=body.year, month=body.month)
    return _impact(
        parameter_impacts.assess(session, service.database, actor=actor, draft=_draft(body), asked=asked, today=today)
    )


@router.get("/{change_id}/impact", name="assess_proposed_parameter", dependencies=[IMPACT])
def assess_proposed_parameter(
    service: ServiceDep,
    session: ReadSessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    change_id: IdIn,
    division: Annotated[DivisionIn | None, Query()] = None,
    year: Annotated[int | None, Query(ge=2009, le=2100)] = None,
    month: Annotated[MonthIn | None, Query()] = None,
) -> ParameterImpactRead:
    """Try a proposed change out, as it was proposed: what a reviewer looks at before approving."""
    draft = policy_parameters.draft_of(policy_parameters.get(session, change_id))
    asked = Asked(division_code=division or actor.division_code, year=year, month=month)
    return _impact(
        parameter_impacts.assess(session, service.database, actor=actor, draft=draft, asked=asked, today=today)
    )


@router.post(
    "/{change_id}/decisions",
    name="decide_policy_parameter",
    status_code=201,
    response_model=PolicyParameterRead,
    dependencies=[requires(Permission.PARAMETER_DECIDE, second_factor=True)],
)
def decide_policy_parameter(
    service: ServiceDep,
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    idempotency: IdempotencyDep,
    version: IfMatchDep,
    change_id: IdIn,
    body: PolicyParameterDecision,
) -> JSONResponse:
    """Approve or turn down a proposed change; never by whoever proposed it."""

    def produce() -> PolicyParameterRead:
        policy_parameters.decide(
            session,
            service.database,
            actor=actor,
            change_id=change_id,
            version=version,
            decision=body.decision,
            opinion=body.opinion,
        )
        return _read(parameter_lists.read(session, change_id=change_id, today=today))

    return idempotency.run(body, produce)


@router.post("/{change_id}/withdrawals", name="withdraw_policy_parameter", status_code=201, dependencies=[PROPOSE])
def withdraw_policy_parameter(
    response: Response,
    session: SessionDep,
    actor: ActorDep,
    today: BusinessDateDep,
    version: IfMatchDep,
    change_id: IdIn,
) -> PolicyParameterRead:
    """Take a change back that one has proposed and nobody has decided."""
    policy_parameters.withdraw(session, actor=actor, change_id=change_id, version=version)
    return _shown(response, parameter_lists.read(session, change_id=change_id, today=today))


def _shown(response: Response, listed: Listed) -> PolicyParameterRead:
    read = _read(listed)
    if read.version is not None:
        response.headers["ETag"] = etag(read.version)
    return read
