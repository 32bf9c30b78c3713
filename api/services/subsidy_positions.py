"""补贴往来: what each level of government owes, was asked for and has paid, as of a day; and who is behind a claim.

It equals the fund's books: due and not claimed is the receivable without a level, outstanding less advances is the
receivable of the level (`nongbao verify`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlmodel import col

from api.database import plan_for_sets, run_sql, scope_of
from api.models import Resident, SubsidyClaimLine
from api.policy.subsidies import ByLevel
from api.services.pages import decode_cursor, encode_cursor
from api.services.subsidy_claims import FOLDER, require_county
from api.services.subsidy_dues import Unclaimed, unclaimed
from api.vocabulary import GovernmentLevel, SubsidyPurpose

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from api.database import Actor
    from api.models import SubsidyClaim


@dataclass(frozen=True, slots=True)
class LevelPosition:
    """One purpose and level, in fen."""

    purpose: SubsidyPurpose
    level: GovernmentLevel
    due_fen: int
    """Owed, and in no approved claim."""
    claimed_fen: int
    received_fen: int
    outstanding_fen: int
    """Claimed and not paid."""
    advance_fen: int
    """Paid, and needed by no claim yet."""
    overdue_fen: int
    """What of the outstanding should have come by the claim's day."""

    @property
    def claimed_rate(self) -> str:
        """Percent of what is owed in all that was asked for, cut to one decimal: for a picture."""
        return self._rate(self.claimed_fen)

    @property
    def received_rate(self) -> str:
        """Percent of what is owed in all that has come and is needed, cut to one decimal: for a picture."""
        return self._rate(self.claimed_fen - self.outstanding_fen)

    def _rate(self, part_fen: int) -> str:
        whole_fen = max(self.due_fen, 0) + self.claimed_fen
        tenths = 1000 * part_fen // whole_fen if whole_fen > 0 else 0
        return f"{tenths // 10}.{tenths % 10}"

    @property
    def is_empty(self) -> bool:
        """Whether nothing ever happened between the level and the fund for the purpose."""
        return not any((self.due_fen, self.claimed_fen, self.received_fen))


@dataclass(frozen=True, slots=True)
class Position:
    """A county's position with government, as of a day."""

    county_code: int
    as_of: date
    levels: tuple[LevelPosition, ...]
    unclaimed: dict[SubsidyPurpose, Unclaimed]


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """Persons and sums of a claim for one unit and tier (P7), in fen."""

    division_code: int
    tier_fen: int
    heads: int
    line_count: int
    amounts: ByLevel
    covered_fen: int
    """What of it the money that has arrived reaches."""


def position(session: Session, *, actor: Actor, county_code: int, as_of: date) -> Position:
    """Return the position of a county by purpose and level. Raises `NotFound` outside one's county."""
    require_county(actor, county_code)
    plan_for_sets(session)
    rows = run_sql(session, FOLDER, "90_sum_position", county_code=county_code, as_of=as_of).all()
    booked = {(row.purpose, row.level): row for row in rows}
    owed = {purpose: unclaimed(session, county_code, purpose, as_of=as_of) for purpose in SubsidyPurpose}
    levels = []
    for purpose in SubsidyPurpose:
        for level in GovernmentLevel:
            row = booked.get((purpose.value, level.value))
            levels.append(
                LevelPosition(
                    purpose=purpose,
                    level=level,
                    due_fen=owed[purpose].amounts.of(level),
                    claimed_fen=int(row.claimed_fen) if row else 0,
                    received_fen=int(row.received_fen) if row else 0,
                    outstanding_fen=int(row.outstanding_fen) if row else 0,
                    advance_fen=int(row.advance_fen) if row else 0,
                    overdue_fen=int(row.overdue_fen) if row else 0,
                )
            )
    return Position(county_code, as_of, tuple(one for one in levels if not one.is_empty), owed)


def summary(session: Session, *, claim: SubsidyClaim, division_code: int | None) -> list[SummaryRow]:
    """Return a claim by town and tier; of a town that is named, by village and tier."""
    low, high = scope_of(claim.division_code if division_code is None else division_code)
    rows = run_sql(
        session,
        FOLDER,
        "45_summarise_claim",
        county_code=claim.county_code,
        claim_id=claim.id,
        step=1000 if division_code is None else 1,
        low=low,
        high=high,
    ).all()
    return [
        SummaryRow(
            division_code=row.division_code,
            tier_fen=row.tier_fen,
            heads=row.heads,
            line_count=row.line_count,
            amounts=ByLevel(*(int(getattr(row, f"{level.value}_fen")) for level in GovernmentLevel)),
            covered_fen=int(row.covered_fen),
        )
        for row in rows
    ]


def list_lines(
    session: Session,
    *,
    claim: SubsidyClaim,
    division_code: int | None,
    resident_id: int | None,
    covered: bool | None,
    limit: int,
    after: str | None,
) -> tuple[Sequence[tuple[SubsidyClaimLine, str]], str | None]:
    """Return the lines of a claim with the person's name, in order, and the next cursor."""
    query = (
        select(SubsidyClaimLine, col(Resident.name))
        .join(
            Resident,
            (col(Resident.county_code) == col(SubsidyClaimLine.county_code))
            & (col(Resident.id) == col(SubsidyClaimLine.resident_id)),
        )
        .where(col(SubsidyClaimLine.county_code) == claim.county_code, col(SubsidyClaimLine.claim_id) == claim.id)
        .order_by(col(SubsidyClaimLine.seq))
        .limit(limit + 1)
    )
    if division_code is not None:
        query = query.where(col(SubsidyClaimLine.division_code).between(*scope_of(division_code)))
    if resident_id is not None:
        query = query.where(col(SubsidyClaimLine.resident_id) == resident_id)
    if covered is not None:
        missing = col(SubsidyClaimLine.covered_on).is_(None)
        query = query.where(~missing if covered else missing)
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(SubsidyClaimLine.seq) > start[0])
    rows = [(row[0], row[1]) for row in session.execute(query).all()]
    return rows[:limit], encode_cursor(rows[limit - 1][0].seq) if len(rows) > limit else None
