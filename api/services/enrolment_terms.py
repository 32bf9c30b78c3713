"""Tier and rhythm of an insured person by calendar year: as applied for, until an approved change takes over (P2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select
from sqlmodel import col

from api.models import Contribution, Enrolment, EnrolmentTerms
from api.policy.changes import terms_from_year
from api.services.contribution_rules import YEAR_KINDS
from api.vocabulary import EnrolmentState, PostingState, Rhythm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session


class Terms(NamedTuple):
    """What a year is paid by; tier in fen."""

    tier_fen: int
    rhythm: Rhythm


def insured_enrolment(session: Session, county_code: int, resident_id: int, *, lock: bool = False) -> Enrolment | None:
    """Return the enrolment by which a person is insured; locked, no payment of theirs goes on meanwhile."""
    query = select(Enrolment).where(
        col(Enrolment.county_code) == county_code,
        col(Enrolment.resident_id) == resident_id,
        col(Enrolment.state) == EnrolmentState.COUNTY_APPROVED,
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).one_or_none()


def changes_of(session: Session, county_code: int, resident_ids: Sequence[int]) -> dict[int, list[EnrolmentTerms]]:
    """Return the approved changes of people's terms by enrolment, the one that holds longest last."""
    query = (
        select(EnrolmentTerms)
        .where(col(EnrolmentTerms.county_code) == county_code, col(EnrolmentTerms.resident_id).in_(resident_ids))
        .order_by(col(EnrolmentTerms.from_year), col(EnrolmentTerms.id))
    )
    found: dict[int, list[EnrolmentTerms]] = {}
    for row in session.scalars(query):
        found.setdefault(row.enrolment_id, []).append(row)
    return found


def in_year(enrolment: Enrolment, changes: Sequence[EnrolmentTerms], year: int) -> Terms:
    """Return the terms of a year."""
    held = [row for row in changes if row.from_year <= year]
    if held:
        return Terms(held[-1].tier_fen, held[-1].rhythm)
    return Terms(enrolment.tier_fen, enrolment.rhythm)


def next_open_year(session: Session, enrolment: Enrolment, year: int) -> int:
    """Return the year from which new terms would hold if they were approved in `year`."""
    paid = session.scalars(
        select(col(Contribution.contribution_year))
        .where(
            col(Contribution.county_code) == enrolment.county_code,
            col(Contribution.resident_id) == enrolment.resident_id,
            col(Contribution.kind).in_(YEAR_KINDS),
            col(Contribution.state) == PostingState.POSTED,
        )
        .distinct()
    ).all()
    return terms_from_year(year=year, paid_years=paid)


def next_terms(session: Session, enrolment: Enrolment, year: int) -> tuple[int, Terms]:
    """Return the next open year and the terms that hold for it so far."""
    from_year = next_open_year(session, enrolment, year)
    changes = changes_of(session, enrolment.county_code, [enrolment.resident_id]).get(enrolment.id, [])
    return from_year, in_year(enrolment, changes, from_year)
