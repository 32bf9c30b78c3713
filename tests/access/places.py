"""A place of the access world: the ids of what exists in one village, and the day on which all of it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

TODAY = date(2011, 3, 31)
OF_COUNTY = frozenset(
    {
        *("interest_run", "payment_run", "bank_file", "collection", "collection_file", "account_opening", "county"),
        *("fund_transfer", "bank_statement", "bank_line", "bank_journal", "bank_match", "government_paid_run"),
        *("subsidy_claim", "subsidy_receipt"),
    }
)
"""Things that belong to a county as a whole: a village or a town does not see its own county's."""


@dataclass
class Place:
    """What exists in one village: the name of a kind of thing, and the text that a request names it by."""

    village: int
    things: dict[str, str] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)
    """Texts that nobody outside may ever read in an answer."""

    def unit_of(self, kind: str) -> int:
        """The division whose scope decides who sees the thing."""
        return self.village // 1_000_000 * 1_000_000 if kind in OF_COUNTY else self.village
