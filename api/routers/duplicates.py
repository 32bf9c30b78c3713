"""Duplicates over HTTP: searching a unit for them, the list, two people side by side, and the decisions by two persons."""

from datetime import date
from typing import Annotated

from fastapi import Query, Response

from api.crypto import Keyring
from api.dependencies import (
    ActorDep,
    BusinessDateDep,
    IfMatchDep,
    KeyringDep,
    PageDep,
    ReadSessionDep,
    SessionDep,
    etag,
    requires,
)
from api.permissions import Permission
from api.routers.residents import detail_of, summary_of
from api.routes import Router
from api.schemas.base import DivisionIn, IdIn, Page
from api.schemas.duplicates import (
    DuplicateActRead,
    DuplicateDecisionCreate,
    DuplicateDetail,
    DuplicateRead,
    DuplicateSearchCreate,
    DuplicateSearchRead,
    DuplicateSide,
    ProposalCreate,
    UndoCreate,
)
from api.services import duplicate_lists, duplicate_search, duplicates
from api.services.duplicate_lists import PairDetail, Side
from api.vocabulary import DuplicateAct, DuplicateState, Likeness

router = Router(prefix="/duplicates", tags=["duplicates"])


def _side(side: Side, keyring: Keyring, today: date) -> DuplicateSide:
    return DuplicateSide(
        resident=detail_of(side.view, keyring, today),
        holds=side.burdens.words,
        offered=side.offered,
        refusal_code=None if side.refusal is None else side.refusal.code,
        refusal=None if side.refusal is None else side.refusal.detail,
    )


def _detail(found: PairDetail, keyring: Keyring, today: date) -> DuplicateDetail:
    pair = found.pair
    return DuplicateDetail(
        id=pair.id,
        division_code=pair.division_code,
        state=pair.state,
        score=pair.score,
        reasons=[Likeness(reason) for reason in pair.reasons],
        first=_side(found.first, keyring, today),
        second=_side(found.second, keyring, today),
        differences=found.differences,
        keep_id=pair.keep_id,
        take=pair.take,
        proposed_by_id=pair.proposed_by_id,
        decided_by_id=pair.decided_by_id,
        history=[DuplicateActRead.of(done) for done in found.history],
        version=pair.version,
    )


@router.get("", name="list_duplicates", dependencies=[requires(Permission.DUPLICATE_READ)])
def list_duplicates(
    session: ReadSessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    page: PageDep,
    state: Annotated[DuplicateState | None, Query()] = None,
    division: Annotated[DivisionIn | None, Query()] = None,
) -> Page[DuplicateRead]:
    """List pairs of a unit, most alike first; without a state those that wait for somebody."""
    views, following = duplicate_lists.list_pairs(
        session, keyring, actor=actor, state=state, division_code=division, limit=page.limit, after=page.after
    )
    items = [
        DuplicateRead.of(view.pair, first=summary_of(view.first, today), second=summary_of(view.second, today))
        for view in views
    ]
    return Page(items=items, next=following)


@router.post("/searches", name="search_duplicates", dependencies=[requires(Permission.DUPLICATE_PROPOSE)])
def search_duplicates(
    session: SessionDep, actor: ActorDep, keyring: KeyringDep, body: DuplicateSearchCreate
) -> DuplicateSearchRead:
    """Look through a unit; doing it again proposes nothing twice. Of a whole county rather `nongbao run`."""
    found = duplicate_search.search(session, keyring, actor=actor, division_code=body.division)
    return DuplicateSearchRead(
        division_code=found.division_code,
        compared=found.compared,
        alike=found.alike,
        proposed=found.proposed,
        refreshed=found.refreshed,
        lapsed=found.lapsed,
    )


@router.get("/{duplicate_id}", name="read_duplicate", dependencies=[requires(Permission.DUPLICATE_READ)])
def read_duplicate(
    session: ReadSessionDep, keyring: KeyringDep, today: BusinessDateDep, response: Response, duplicate_id: IdIn
) -> DuplicateDetail:
    """Read one pair: both people side by side, what differs, and what was done."""
    found = duplicate_lists.get_pair(session, keyring, duplicate_id)
    response.headers["ETag"] = etag(found.pair.version)
    return _detail(found, keyring, today)


@router.post("/{duplicate_id}/proposals", name="propose_merge", dependencies=[requires(Permission.DUPLICATE_PROPOSE)])
def propose_merge(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    version: IfMatchDep,
    response: Response,
    duplicate_id: IdIn,
    body: ProposalCreate,
) -> DuplicateDetail:
    """Say that the two are one person and which row to keep; another person decides."""
    duplicates.propose_merge(
        session,
        actor=actor,
        pair_id=duplicate_id,
        version=version,
        keep=body.keep,
        take=body.take,
        opinion=body.opinion,
        today=today,
    )
    return _changed(session, keyring, today, response, duplicate_id)


@router.post("/{duplicate_id}/decisions", name="decide_duplicate", dependencies=[requires(Permission.DUPLICATE_DECIDE)])
def decide_duplicate(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    version: IfMatchDep,
    response: Response,
    duplicate_id: IdIn,
    body: DuplicateDecisionCreate,
) -> DuplicateDetail:
    """Approve a proposed merge, hand it back, or say that the two are two persons."""
    if body.decision == "merge":
        duplicates.approve_merge(
            session,
            keyring,
            actor=actor,
            pair_id=duplicate_id,
            version=version,
            keep=body.keep,
            opinion=body.opinion,
            today=today,
        )
    else:
        duplicates.decide_against(
            session,
            actor=actor,
            pair_id=duplicate_id,
            version=version,
            act=DuplicateAct(body.decision),
            opinion=body.opinion,
            today=today,
        )
    return _changed(session, keyring, today, response, duplicate_id)


@router.post("/{duplicate_id}/undo", name="undo_duplicate", dependencies=[requires(Permission.DUPLICATE_DECIDE)])
def undo_duplicate(
    session: SessionDep,
    actor: ActorDep,
    keyring: KeyringDep,
    today: BusinessDateDep,
    version: IfMatchDep,
    response: Response,
    duplicate_id: IdIn,
    body: UndoCreate,
) -> DuplicateDetail:
    """Take a decision back; a merge gives both rows back what it changed."""
    duplicates.undo(session, actor=actor, pair_id=duplicate_id, version=version, opinion=body.opinion, today=today)
    return _changed(session, keyring, today, response, duplicate_id)


def _changed(
    session: SessionDep, keyring: Keyring, today: date, response: Response, duplicate_id: int
) -> DuplicateDetail:
    """Answer with the pair as it is now, and the new version."""
    found = duplicate_lists.get_pair(session, keyring, duplicate_id)
    response.headers["ETag"] = etag(found.pair.version)
    return _detail(found, keyring, today)
