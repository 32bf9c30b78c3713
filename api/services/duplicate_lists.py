"""疑似重复登记 as lists and side by side: pairs of a unit, and what differs between two people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from api.database import scope_of
from api.errors import DomainError, NotFound
from api.models import DuplicateDecision, DuplicatePair, Resident
from api.services import merges
from api.services.pages import decode_cursor, encode_cursor
from api.services.resident_protection import protected_values
from api.services.resident_search import ResidentView, views_of
from api.vocabulary import DuplicateState, ResidentStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.database import Actor
    from api.services.merges import Burdens

OPEN = (DuplicateState.PROPOSED, DuplicateState.MERGE_PROPOSED)
_SHOWN_BESIDE = (
    *("name", "sex", "birth_date", "division_code", "village_group", "household_id", "relation", "address"),
    *("hukou_kind", "ethnicity", "disability_grade", "status", "remark"),
)


@dataclass(frozen=True, slots=True)
class PairView:
    """A pair with both people as a list shows them."""

    pair: DuplicatePair
    first: ResidentView
    second: ResidentView


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two in a comparison. `refusal` is what keeps it from being the kept row, None when nothing does."""

    view: ResidentView
    burdens: Burdens
    offered: list[str]
    """What it could take from the other, were it kept."""
    refusal: DomainError | None


@dataclass(frozen=True, slots=True)
class PairDetail:
    """Both people side by side with what differs and everything that was done about them."""

    pair: DuplicatePair
    first: Side
    second: Side
    differences: list[str]
    history: Sequence[DuplicateDecision]


def list_pairs(
    session: Session,
    keyring: Keyring,
    *,
    actor: Actor,
    state: DuplicateState | None,
    division_code: int | None,
    limit: int,
    after: str | None,
) -> tuple[list[PairView], str | None]:
    """Return the pairs of a unit, most alike first, and the next cursor. Raises `InvalidCursor`.

    Without a state those that wait for somebody. A pair of which one row was merged into a third waits for nobody.
    """
    low, high = scope_of(actor.division_code if division_code is None else division_code)
    query = visible().where(col(DuplicatePair.division_code).between(low, high))
    query = query.where(col(DuplicatePair.state).in_(OPEN if state is None else (state,)))
    start = decode_cursor(after, int, int)
    if start is not None:
        query = query.where(
            or_(
                col(DuplicatePair.score) < start[0],
                and_(col(DuplicatePair.score) == start[0], col(DuplicatePair.id) > start[1]),
            )
        )
    pairs = session.scalars(
        query.order_by(col(DuplicatePair.score).desc(), col(DuplicatePair.id)).limit(limit + 1)
    ).all()
    following = encode_cursor(pairs[limit - 1].score, pairs[limit - 1].id) if len(pairs) > limit else None
    views = views_of(session, keyring, {one for pair in pairs[:limit] for one in (pair.first_id, pair.second_id)})
    return [PairView(pair, views[pair.first_id], views[pair.second_id]) for pair in pairs[:limit]], following


def get_pair(session: Session, keyring: Keyring, pair_id: int) -> PairDetail:
    """Return one pair in full. Raises `NotFound` also when either person lies outside the actor's unit."""
    pair = session.scalars(visible(merged_too=True).where(*of(pair_id))).one_or_none()
    if pair is None:
        raise NotFound
    views = views_of(session, keyring, (pair.first_id, pair.second_id))
    first, second = views[pair.first_id], views[pair.second_id]
    history = select(DuplicateDecision).where(
        col(DuplicateDecision.county_code) == pair.county_code, col(DuplicateDecision.pair_id) == pair.id
    )
    return PairDetail(
        pair=pair,
        first=_side(session, first, second),
        second=_side(session, second, first),
        differences=_differences(keyring, first, second),
        history=session.scalars(history.order_by(col(DuplicateDecision.id))).all(),
    )


def visible(*, merged_too: bool = False) -> Select[DuplicatePair]:
    """Pairs of which the actor sees both people; of the open ones those whose people are not merged elsewhere."""
    first, second = aliased(Resident), aliased(Resident)
    query = (
        select(DuplicatePair)
        .join(first, and_(first.county_code == DuplicatePair.county_code, first.id == DuplicatePair.first_id))  # type: ignore[arg-type]
        .join(second, and_(second.county_code == DuplicatePair.county_code, second.id == DuplicatePair.second_id))  # type: ignore[arg-type]
    )
    if merged_too:
        return query
    nobody_merged = and_(
        col(first.status) != ResidentStatus.MERGED,
        col(second.status) != ResidentStatus.MERGED,
    )
    return query.where(or_(col(DuplicatePair.state).not_in(OPEN), nobody_merged))


def of(pair_id: int) -> tuple[Any, Any]:
    """Return the conditions of one pair."""
    return col(DuplicatePair.county_code) == pair_id // 10**10, col(DuplicatePair.id) == pair_id


def _side(session: Session, mine: ResidentView, other: ResidentView) -> Side:
    refusal: DomainError | None = None
    try:
        merges.check(session, kept=mine.resident, lost=other.resident)
    except DomainError as obstacle:
        refusal = obstacle
    return Side(
        view=mine,
        burdens=merges.burdens_of(session, mine.resident),
        offered=merges.offered(session, kept=mine.resident, lost=other.resident),
        refusal=refusal,
    )


def _differences(keyring: Keyring, first: ResidentView, second: ResidentView) -> list[str]:
    """Return the facts in which two people differ, by the names that the API shows them under."""
    found = [name for name in _SHOWN_BESIDE if getattr(first.resident, name) != getattr(second.resident, name)]
    if first.id_number != second.id_number:
        found.append("id_number")
    protected = zip(
        ("phone", "bank_account"),
        protected_values(keyring, first.resident),
        protected_values(keyring, second.resident),
        strict=True,
    )
    return found + [name for name, one, other in protected if one != other]
