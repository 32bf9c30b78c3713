"""年度证明: all accounts of a county at a year's end under one hash, so that one person's can be shown to be among them.

Standard library only: whoever holds a proof can check it with this module and nothing else (`nongbao check-proof`).
A leaf is one account; leaves of a village make a tree, the villages' roots make the county's. Hashes are SHA-256 with a
byte in front that tells leaves from branches, and a branch without a partner goes up as it is.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from api.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from api.policy.money import BySource

FORMAT = 1
NAME = "nongbao-account-year"
_LEAF, _BRANCH = b"\x00", b"\x01"


class ProofBroken(DomainError):
    """The proof does not hold: something in it was changed, or it belongs to another root."""

    code = "proof-broken"
    title = "证明不成立"


@dataclass(frozen=True, slots=True)
class ProvenLine:
    """A line of the account with its value in the year; amounts in fen."""

    journal_id: int
    value_month: int
    amounts: BySource
    fund_fen: int
    contribution_year: int | None


@dataclass(frozen=True, slots=True)
class Sibling:
    """A hash on the way up, and whether it stands to the left."""

    is_left: bool
    hash: bytes


def hash_lines(lines: Iterable[ProvenLine]) -> bytes:
    """Hash the lines of a year in the order of their journals, as the run's SQL does."""
    text = "\n".join(
        "|".join(
            str(one)
            for one in (
                line.journal_id,
                line.value_month,
                line.amounts.personal_fen,
                line.amounts.collective_fen,
                line.amounts.gov_fen,
                line.fund_fen,
                line.contribution_year or 0,
            )
        )
        for line in sorted(lines, key=lambda line: line.journal_id)
    )
    return hashlib.sha256(text.encode()).digest()


def hash_leaf(*, county_code: int, resident_id: int, year: int, closing: BySource, lines_hash: bytes) -> bytes:
    """Hash one account at the end of a year: whose it is, what it holds by source in fen, and its lines."""
    text = (
        f"{NAME}|{FORMAT}|{county_code}|{resident_id}|{year}|{closing.personal_fen}|{closing.collective_fen}|"
        f"{closing.gov_fen}|{lines_hash.hex()}"
    )
    return hashlib.sha256(_LEAF + text.encode()).digest()


def join(left: bytes, right: bytes) -> bytes:
    """Hash two branches into the one above them."""
    return hashlib.sha256(_BRANCH + left + right).digest()


def _level_above(level: Sequence[bytes]) -> list[bytes]:
    above = [join(level[place], level[place + 1]) for place in range(0, len(level) - 1, 2)]
    if len(level) % 2:
        above.append(level[-1])
    return above


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaves in their order. None at all: ValueError."""
    if not leaves:
        message = "a tree has at least one leaf"
        raise ValueError(message)
    level = list(leaves)
    while len(level) > 1:
        level = _level_above(level)
    return level[0]


def path_of(leaves: Sequence[bytes], place: int) -> tuple[Sibling, ...]:
    """Return the hashes that lead from the leaf at a place up to the root."""
    path: list[Sibling] = []
    level = list(leaves)
    while len(level) > 1:
        other = place ^ 1
        if other < len(level):
            path.append(Sibling(other < place, level[other]))
        level = _level_above(level)
        place //= 2
    return tuple(path)


def climb(leaf: bytes, path: Iterable[Sibling]) -> bytes:
    """Return the root that a leaf and its path lead to."""
    reached = leaf
    for sibling in path:
        reached = join(sibling.hash, reached) if sibling.is_left else join(reached, sibling.hash)
    return reached


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Everything that shows one account to be among those under a root. Amounts in fen."""

    county_code: int
    resident_id: int
    year: int
    opening: BySource
    """What the closing and the lines leave for the years before."""
    closing: BySource
    lines: tuple[ProvenLine, ...]
    leaf: bytes
    path: tuple[Sibling, ...]
    root: bytes


def check(proof: Proof) -> None:
    """Follow a proof from its lines to its root. Raises `ProofBroken` with the step that fails."""
    if any(earlier.journal_id == later.journal_id for earlier, later in pairwise(_ordered(proof.lines))):
        raise ProofBroken("同一凭证在明细中出现两次。")
    closing = sum((line.amounts for line in proof.lines), start=proof.opening)
    if closing != proof.closing:
        raise ProofBroken("年初余额加全年明细不等于年末余额。")
    leaf = hash_leaf(
        county_code=proof.county_code,
        resident_id=proof.resident_id,
        year=proof.year,
        closing=proof.closing,
        lines_hash=hash_lines(proof.lines),
    )
    if leaf != proof.leaf:
        raise ProofBroken("账户内容与其摘要不符：姓名编号、年度、余额或明细被改动。")
    if climb(leaf, proof.path) != proof.root:
        raise ProofBroken("账户摘要不能推得全县根摘要：该账户不在此证明之内。")


def _ordered(lines: Iterable[ProvenLine]) -> list[ProvenLine]:
    return sorted(lines, key=lambda line: line.journal_id)
