"""What became of the payments of receipts: a sum for several years has one receipt and is reversed year by year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlmodel import col

from api.models import Contribution
from api.vocabulary import PostingState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from api.models import Receipt


@dataclass(frozen=True, slots=True)
class Reversal:
    """Years of a receipt's payment, and those of them that are reversed, both in order."""

    years: tuple[int, ...]
    reversed_years: tuple[int, ...]

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the payment stands."""
        return bool(self.years) and len(self.years) == len(self.reversed_years)

    @property
    def is_partial(self) -> bool:
        """Whether a part of the payment stands."""
        return bool(self.reversed_years) and not self.is_whole


def reversals_of(session: Session, rows: Sequence[Receipt]) -> dict[int, Reversal]:
    """Return what became of the payments of receipts, by receipt."""
    by_first = {(row.county_code, row.contribution_id): row.id for row in rows}
    found: dict[int, list[tuple[int, bool]]] = {row.id: [] for row in rows}
    in_counties = col(Contribution.county_code).in_({row.county_code for row in rows})
    firsts = {row.contribution_id for row in rows}
    # Two statements, each along an index of its own: a payment alone has no group.
    for of_payment in (
        col(Contribution.id).in_(firsts) & col(Contribution.payment_group_id).is_(None),
        col(Contribution.payment_group_id).in_(firsts),
    ):
        query = select(
            col(Contribution.county_code),
            func.coalesce(col(Contribution.payment_group_id), col(Contribution.id)),
            col(Contribution.contribution_year),
            col(Contribution.state),
        ).where(in_counties, of_payment)
        for county_code, first, year, state in session.execute(query):
            found[by_first[county_code, first]].append((year, state is PostingState.REVERSED))
    return {
        number: Reversal(
            tuple(sorted(year for year, _ in years)), tuple(sorted(year for year, is_undone in years if is_undone))
        )
        for number, years in found.items()
    }
