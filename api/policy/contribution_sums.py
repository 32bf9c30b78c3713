"""Shapes of what is paid for several years at once, and of what somebody may pay: figures in fen, with their reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from api.errors import DomainError
    from api.policy.reasons import Reason
    from api.vocabulary import Channel, ContributionKind, Rhythm


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupOffer:
    """Several years as they were handed in; a lump sum may name its last year instead. Tier in fen."""

    kind: ContributionKind
    """`make_up` or `lump_sum`."""
    years: tuple[int, ...] = ()
    until_year: int | None = None
    tier_fen: int | None = None
    paid_on: date
    channel: Channel


@dataclass(frozen=True, slots=True)
class YearPart:
    """What one year of a sum posts, in fen."""

    year: int
    amount_fen: int
    subsidy_fen: int


@dataclass(frozen=True, slots=True)
class Quote:
    """What a sum for several years comes to, and why."""

    tier_fen: int
    parts: tuple[YearPart, ...]
    reasons: tuple[Reason, ...]

    @property
    def amount_fen(self) -> int:
        """What the person pays."""
        return sum(part.amount_fen for part in self.parts)

    @property
    def subsidy_fen(self) -> int:
        """What government adds."""
        return sum(part.subsidy_fen for part in self.parts)


@dataclass(frozen=True, slots=True)
class DuePayment:
    """The next payment of the current year, in fen; `refusal` says why there is none."""

    year: int
    tier_fen: int
    rhythm: Rhythm
    instalment: int
    instalments: int
    amount_fen: int
    subsidy_fen: int
    refusal: DomainError | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class OpenYears:
    """Years that may be paid in one sum, how many of them at most, and why."""

    years: tuple[int, ...]
    at_most: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Allowance:
    """What somebody may pay on a day. `barred` says why nothing at all."""

    resident_id: int
    on: date
    barred: DomainError | None
    tiers_fen: tuple[int, ...]
    paid_years: tuple[int, ...]
    government_pays: bool
    due: DuePayment | None
    make_up: OpenYears
    lump_sum: OpenYears
