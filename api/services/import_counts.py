"""What a file would do, or has done, in numbers; pieces add up to the whole."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from api.exchange.roster_rules import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.exchange.roster_rules import Issue


@dataclass(slots=True)
class Counts:
    """Rows by what becomes of them. `accepted` are those that go in, the unchanged ones included."""

    rows: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused_rows: int = 0
    warnings: int = 0
    refused_by_code: Counter[str] = field(default_factory=Counter)
    changes: Counter[str] = field(default_factory=Counter)
    """How many rows change each fact of the roster."""
    money: Counter[str] = field(default_factory=Counter)
    """What is credited, by source, in fen."""

    @property
    def accepted(self) -> int:
        """Rows that go in."""
        return self.rows - self.refused_rows

    def add(self, other: Counts) -> None:
        """Count another piece in."""
        self.rows += other.rows
        self.created += other.created
        self.changed += other.changed
        self.unchanged += other.unchanged
        self.refused_rows += other.refused_rows
        self.warnings += other.warnings
        self.refused_by_code.update(other.refused_by_code)
        self.changes.update(other.changes)
        self.money.update(other.money)

    def note(self, issues: Sequence[Issue]) -> None:
        """Count findings: each row once, each code once a row."""
        refusals = [issue for issue in issues if issue.severity is Severity.REFUSAL]
        self.refused_rows += len({issue.row for issue in refusals})
        self.refused_by_code.update(code for _, code in {(issue.row, issue.code) for issue in refusals})
        self.warnings += len(issues) - len(refusals)

    def as_json(self) -> dict[str, Any]:
        """Return what is kept and shown; the order of the words is always the same."""
        return {
            "rows": self.rows,
            "accepted": self.accepted,
            "created": self.created,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "refused_rows": self.refused_rows,
            "warnings": self.warnings,
            "refused_by_code": dict(sorted(self.refused_by_code.items())),
            "changes": dict(sorted(self.changes.items())),
            "money_fen": dict(sorted(self.money.items())),
        }


def content_hash(*, sha256: str, kind: str, division_code: int, round_no: int, counts: dict[str, Any]) -> str:
    """Return what an approval names: these bytes, this unit, this judgement and these numbers."""
    facts = {
        "sha256": sha256,
        "kind": kind,
        "division": division_code,
        "round": round_no,
        "counts": counts,
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
