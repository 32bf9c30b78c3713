"""Which version of the dated law gave a posted amount: the trace from a contribution to document and article."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlmodel import col

from api.models import AccountLine
from api.services.laws import book_of
from api.vocabulary import ContributionKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from api.models import Contribution
    from api.policy.parameter_layers import Standing

CODES = ("tiers", "subsidy_bands")
MAKE_UP_CODES = (*CODES, "make_up_subsidised")


@dataclass(frozen=True, slots=True)
class Trace:
    """The state of the law by which a contribution was judged, and what stood in it for the amounts."""

    serial: int
    bases: Sequence[Standing]


def of_contribution(session: Session, contribution: Contribution) -> Trace | None:
    """Return what tier and subsidy of a contribution rest on; None where it was not recorded or is out of one's sight.

    The place is that of the posting, which stays in the ledger when the person moves away.
    """
    if contribution.law_serial is None or contribution.kind == ContributionKind.COLLECTIVE:
        return None
    place = session.scalars(
        select(col(AccountLine.division_code)).where(
            col(AccountLine.county_code) == contribution.county_code,
            col(AccountLine.resident_id) == contribution.resident_id,
            col(AccountLine.journal_id) == contribution.journal_id,
            col(AccountLine.value_year) == contribution.paid_on.year,
        )
    ).one_or_none()
    if place is None:
        return None
    book = book_of(session).at(contribution.law_serial)
    codes = MAKE_UP_CODES if contribution.kind == ContributionKind.MAKE_UP else CODES
    standing = (book.standing(code, place, contribution.paid_on) for code in codes)
    return Trace(contribution.law_serial, [one for one in standing if one is not None])
