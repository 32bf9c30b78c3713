"""Seals of the ledger as the API shows them."""

from datetime import datetime
from typing import Self

from api.models import LedgerSeal
from api.schemas.base import Schema


class LedgerSealRead(Schema):
    """One link of a county's chain. `code` is what belongs on paper outside the service."""

    county: str
    seq: int
    code: str
    hash: str
    previous_hash: str
    journal_count: int
    fund_line_count: int
    account_line_count: int
    sealed_at: datetime

    @classmethod
    def of(cls, seal: LedgerSeal) -> Self:
        """Show a seal."""
        return cls(
            county=str(seal.county_code),
            seq=seal.seq,
            code=f"{seal.seq}:{seal.hash}",
            hash=seal.hash,
            previous_hash=seal.previous_hash,
            journal_count=seal.journal_count,
            fund_line_count=seal.fund_line_count,
            account_line_count=seal.account_line_count,
            sealed_at=seal.sealed_at,
        )
