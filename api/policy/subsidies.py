"""财政补贴: which level of government bears what, to the fen (policy.md §1, §3.3 P7, §7).

Shares are dated parameters [U]. The parts of an amount always sum to it: fen that the shares leave over go to the
largest remainders, and of equal ones to the county first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.policy.money import format_yuan
from api.policy.reasons import Reason
from api.vocabulary import GovernmentLevel

if TYPE_CHECKING:
    from api.policy.parameter_values import GovernmentShares
    from api.policy.parameters import PolicyParameters

_WHOLE_PPM = 1_000_000
_TIES = (
    GovernmentLevel.COUNTY,
    GovernmentLevel.CITY,
    GovernmentLevel.PROVINCE,
    GovernmentLevel.CENTRAL,
    GovernmentLevel.TOWN,
)
"""Who takes a fen that could as well be another level's: the county manages the fund."""


@dataclass(frozen=True, slots=True)
class ByLevel:
    """An amount in fen for each level of government."""

    central_fen: int = 0
    province_fen: int = 0
    city_fen: int = 0
    county_fen: int = 0
    town_fen: int = 0

    @property
    def total_fen(self) -> int:
        """Sum over the levels, in fen."""
        return self.central_fen + self.province_fen + self.city_fen + self.county_fen + self.town_fen

    def of(self, level: GovernmentLevel) -> int:
        """What one level bears, in fen."""
        amount: int = getattr(self, f"{level.value}_fen")
        return amount

    def __add__(self, other: ByLevel) -> ByLevel:
        """Sum, level by level."""
        return by_level({level: self.of(level) + other.of(level) for level in GovernmentLevel})

    def times(self, count: int) -> ByLevel:
        """What that many equal amounts come to."""
        return by_level({level: self.of(level) * count for level in GovernmentLevel})


def by_level(amounts: dict[GovernmentLevel, int]) -> ByLevel:
    """Return amounts in fen by level; a level that is not named bears nothing."""
    return ByLevel(**{f"{level.value}_fen": fen for level, fen in amounts.items()})


def split(amount_fen: int, shares: GovernmentShares) -> ByLevel:
    """Split an amount over the levels of government.

    Formula: floor(A * share / 1_000_000) each, and the fen left over one by one to the largest remainders, of equal ones
    county, city, province, centre, town. Below zero it is the mirror of the amount above. 国发〔2009〕32号 四.
    """
    if amount_fen < 0:
        return split(-amount_fen, shares).times(-1)
    parts: dict[GovernmentLevel, int] = {}
    remainders: dict[GovernmentLevel, int] = {}
    for level in GovernmentLevel:
        parts[level], remainders[level] = divmod(amount_fen * getattr(shares, f"{level.value}_ppm"), _WHOLE_PPM)
    left = amount_fen - sum(parts.values())
    for level in sorted(_TIES, key=lambda one: (-remainders[one], _TIES.index(one)))[:left]:
        parts[level] += 1
    return by_level(parts)


def split_basic_pension(basic_fen: int, parameters: PolicyParameters, *, is_raise: bool) -> ByLevel:
    """Split a month's basic pension: the centre's fixed sum, and what is above it by the shares of the month.

    Formula: central = min(B, 27.50); the rest by `split`. A raise that is paid back afterwards (A14) comes on top of a
    month whose central part has been claimed, so the centre bears nothing of it. 国发〔2009〕32号 五; policy.md §7.
    """
    fixed_fen = 0 if is_raise else min(basic_fen, parameters.basic_pension_central_share_fen)
    return ByLevel(central_fen=fixed_fen) + split(basic_fen - fixed_fen, parameters.basic_pension_shares)


def late_interest_by_level(amount_fen: int) -> ByLevel:
    """Interest lost by late subsidies is made up by local government: the county's (policy.md §3.3 P7, A3)."""
    return ByLevel(county_fen=amount_fen)


def explain(amounts: ByLevel, *, what: str, clause: str) -> tuple[Reason, ...]:
    """Say who bears how much of a sum, one sentence for the form."""
    parts = "、".join(
        f"{level.label}{format_yuan(amounts.of(level))}元" for level in GovernmentLevel if amounts.of(level)
    )
    return (Reason("government-shares", f"{what}共{format_yuan(amounts.total_fen)}元，其中{parts or '无'}。", clause),)
