"""Money: integer fen inside, a string of yuan outside, one rounding rule, and splits that lose nothing.

No float enters or leaves; exact fractions are rounded in one place, and only where policy.md §4 says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING

from api.errors import Invalid
from api.vocabulary import Source

if TYPE_CHECKING:
    from collections.abc import Sequence

FEN_PER_YUAN = 100
FEN_PER_JIAO = 10
_YUAN = re.compile(r"(-?)(0|[1-9][0-9]{0,15})(?:\.([0-9]{1,2}))?", re.ASCII)


class Rounding(StrEnum):
    """How computed interest becomes fen (parameter `interest_rounding`, policy.md §4.1)."""

    HALF_UP_FEN = "half_up_fen"
    """Half-up to the fen: what the published tables of account pensions agree with."""
    CEIL_JIAO = "ceil_jiao"
    """见分进角: a sum that shows a fen goes up to the next jiao, as in Shanghai and Zhengzhou."""


class MoneyMalformed(Invalid):
    """The string is no sum of yuan with at most two decimals."""

    code = "money-malformed"
    title = "金额格式不正确"


def half_up(value: Fraction) -> int:
    """Round to the nearest integer, ties away from zero: the same as PostgreSQL's `round(numeric)`.

    Formula: sign(v) * floor(|v| + 1/2).
    """
    magnitude = (2 * abs(value.numerator) + value.denominator) // (2 * value.denominator)
    return magnitude if value >= 0 else -magnitude


def round_fen(value: Fraction, *, mode: Rounding = Rounding.HALF_UP_FEN) -> int:
    """Round an exact sum of fen by the given mode (policy.md §4.1).

    Formula: HALF_UP_FEN = half_up(v); CEIL_JIAO = ceil(half_up(v) / 10) * 10, so that a fraction of a fen that nobody
    sees does not cost a jiao.
    """
    fen = half_up(value)
    if mode is Rounding.CEIL_JIAO:
        return -(-fen // FEN_PER_JIAO) * FEN_PER_JIAO
    return fen


def parse_yuan(text: str) -> int:
    """Read a string of yuan ("200.00", "200", "0.5") into fen.

    Raises MoneyMalformed for a third decimal, a leading zero, a sign of plus, separators or anything else.
    """
    match = _YUAN.fullmatch(text)
    if match is None:
        raise MoneyMalformed("金额应为以元为单位、最多两位小数的数字，例如 200.00。")
    sign, whole, decimals = match.groups()
    fen = int(whole) * FEN_PER_YUAN + int((decimals or "").ljust(2, "0"))
    return -fen if sign else fen


def format_yuan(fen: int) -> str:
    """Write fen as a string of yuan with two decimals: 12045 -> "120.45"."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // FEN_PER_YUAN}.{abs(fen) % FEN_PER_YUAN:02d}"


def split_exactly(total_fen: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Split a sum in proportion to the weights; the parts always sum to the total.

    Formula: part_i = half_up(T*w_1..i / W) - half_up(T*w_1..i-1 / W), cumulative, so no part is more than one fen away
    from its exact share and none has the other sign. All weights zero, a negative weight or none: ValueError.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        message = "weights must not be negative and must not all be zero"
        raise ValueError(message)
    parts: list[int] = []
    reached = 0
    before = 0
    for weight in weights:
        reached += weight
        cumulative = half_up(Fraction(total_fen * reached, whole))
        parts.append(cumulative - before)
        before = cumulative
    return tuple(parts)


@dataclass(frozen=True, slots=True)
class BySource:
    """An amount in fen for each sub-account of the personal account (policy.md §4.2)."""

    personal_fen: int = 0
    collective_fen: int = 0
    gov_fen: int = 0

    @property
    def total_fen(self) -> int:
        """Sum of the three sub-accounts, in fen."""
        return self.personal_fen + self.collective_fen + self.gov_fen

    def of(self, source: Source) -> int:
        """Amount of one sub-account, in fen."""
        if source is Source.PERSONAL:
            return self.personal_fen
        return self.collective_fen if source is Source.COLLECTIVE else self.gov_fen

    def __add__(self, other: BySource) -> BySource:
        """Sum, sub-account by sub-account."""
        return BySource(
            personal_fen=self.personal_fen + other.personal_fen,
            collective_fen=self.collective_fen + other.collective_fen,
            gov_fen=self.gov_fen + other.gov_fen,
        )

    def __sub__(self, other: BySource) -> BySource:
        """Difference, sub-account by sub-account."""
        return BySource(
            personal_fen=self.personal_fen - other.personal_fen,
            collective_fen=self.collective_fen - other.collective_fen,
            gov_fen=self.gov_fen - other.gov_fen,
        )


NOTHING = BySource()
"""An empty account."""
