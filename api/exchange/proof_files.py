"""A year proof as a file: what a person downloads, and what anybody reads to check it without the service."""

from __future__ import annotations

import json
from typing import Any

from api.errors import Invalid
from api.policy.money import BySource, MoneyMalformed, parse_yuan
from api.policy.proofs import Proof, ProvenLine, Sibling

FORMAT = "nongbao-year-proof/1"
_DIGEST = 32


class ProofMalformed(Invalid):
    """The file is no proof."""

    code = "proof-malformed"
    title = "文件不是年度证明，或内容不完整"


def read_proof(content: bytes) -> Proof:
    """Read a downloaded proof. Raises `ProofMalformed`; whether it holds is for `policy.proofs.check`."""
    try:
        document = json.loads(content)
        if document["format"] != FORMAT:
            raise ProofMalformed("不认识的证明格式。")
        return Proof(
            county_code=int(document["county"]),
            resident_id=int(document["resident_id"]),
            year=int(document["year"]),
            opening=_amounts(document["opening"]),
            closing=_amounts(document["closing"]),
            lines=tuple(_line(line) for line in document["lines"]),
            leaf=_digest(document["leaf"]),
            path=tuple(Sibling(_is_left(one["side"]), _digest(one["hash"])) for one in document["path"]),
            root=_digest(document["root"]),
        )
    except (KeyError, TypeError, ValueError, MoneyMalformed, RecursionError) as fault:
        raise ProofMalformed from fault


def _amounts(amounts: dict[str, Any]) -> BySource:
    return BySource(*(parse_yuan(amounts[name]) for name in ("personal", "collective", "gov")))


def _line(line: dict[str, Any]) -> ProvenLine:
    year = line["contribution_year"]
    return ProvenLine(
        journal_id=int(line["journal_id"]),
        value_month=int(line["value_month"]),
        amounts=_amounts(line["amounts"]),
        fund_fen=parse_yuan(line["fund"]),
        contribution_year=None if year is None else int(year),
    )


def _digest(text: str) -> bytes:
    digest = bytes.fromhex(text)
    if len(digest) != _DIGEST:
        raise ProofMalformed
    return digest


def _is_left(side: str) -> bool:
    if side not in {"left", "right"}:
        raise ProofMalformed
    return side == "left"
