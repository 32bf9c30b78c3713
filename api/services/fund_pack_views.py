"""A month-end pack as somebody looks at it: stored or a draft, with the names that its numbers have today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from api.services import divisions, fund_books, fund_closings, fund_packs
from api.services.fund_periods import CLOSED_STATES

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from api.database import Actor

USER_DIGITS = 16


@dataclass(frozen=True, slots=True)
class PackView:
    """A pack and who stands behind it; a draft has no version and no approver."""

    month: date
    pack_version: int | None
    content_hash: str
    prepared_by_id: int | None
    approved_by_id: int | None
    closed_on: date | None
    facts: dict[str, Any]
    names: dict[str, str]
    """Divisions and users by number."""


def view(session: Session, *, actor: Actor, month: date, pack_version: int | None, today: date) -> PackView:
    """Return a month's pack: the version asked for, the latest of a closed month, or a draft of an open one.

    Raises `NotFound` for a version that does not exist, and below the county.
    """
    county_code = actor.county_code
    fund_books.require_county(actor, county_code)
    row = fund_closings.find(session, county_code, month)
    if pack_version is not None or (row is not None and row.state.value in CLOSED_STATES):
        pack = fund_closings.pack_of(session, county_code=county_code, month=month, pack_version=pack_version)
        facts = fund_packs.facts_of(pack.content)
        names = _names(session, county_code, facts, {pack.prepared_by_id, pack.approved_by_id})
        return PackView(
            month, pack.pack_version, pack.content_hash, pack.prepared_by_id, pack.approved_by_id, pack.closed_on,
            facts, names,
        )  # fmt: skip
    built = fund_closings.check(session, actor=actor, county_code=county_code, month=month, today=today).built
    proposer = row.proposed_by_id if row is not None else None
    names = _names(session, county_code, built.facts, {proposer} if proposer else set())
    return PackView(month, None, built.content_hash, proposer, None, None, built.facts, names)


def _names(session: Session, county_code: int, facts: dict[str, Any], people: set[int]) -> dict[str, str]:
    towns = {int(one["division_code"]) for one in facts["accounts"]} | {county_code * 1_000_000}
    users = {int(one["party_id"]) for one in facts["parties"] if len(one["party_id"]) == USER_DIGITS} | people
    names = {f"{code:012d}": name for code, name in divisions.names_of(session, towns).items()}
    names |= {str(level): name for level, name in fund_books.LEVELS.items()}
    return names | {str(user): name for user, name in fund_books.user_names(session, users).items()}
