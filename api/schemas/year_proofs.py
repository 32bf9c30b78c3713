"""Year proofs as they come in and go out."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field

from api.models import YearProof
from api.policy.money import BySource
from api.policy.proofs import Proof
from api.schemas.accounts import SourceAmounts
from api.schemas.base import DivisionCode, Id, Money, Schema


class YearProofCreate(Schema):
    """Which county's year is proven."""

    county: Annotated[str, Field(pattern=r"^[1-9]\d{5}$")]
    year: Annotated[int, Field(strict=True, ge=2009, le=2100)]


class YearProofRead(Schema):
    """A year's proof: accounts, sums by source, the hash over them all, and the seal of the ledger under it."""

    county: str
    year: int
    version: int
    account_count: int
    amounts: SourceAmounts
    root: str
    seal: str
    made_by_id: Id
    made_on: date

    @classmethod
    def of(cls, proof: YearProof) -> Self:
        """Show a proof."""
        return cls(
            county=str(proof.county_code),
            year=proof.year,
            version=proof.version,
            account_count=proof.account_count,
            amounts=SourceAmounts.of(BySource(proof.personal_fen, proof.collective_fen, proof.gov_fen)),
            root=proof.root,
            seal=f"{proof.seal_seq}:{proof.seal_hash}",
            made_by_id=proof.made_by_id,
            made_on=proof.made_on,
        )


class ProvenLineRead(Schema):
    """A line of the year, as it was proven."""

    journal_id: Id
    value_month: int
    amounts: SourceAmounts
    fund: Money
    contribution_year: int | None


class SiblingRead(Schema):
    """A hash on the way to the root, and on which side it stands."""

    side: Literal["left", "right"]
    hash: str


class AccountProofRead(Schema):
    """One account's proof; saved as a file, `nongbao check-proof` checks it without the service."""

    format: Literal["nongbao-year-proof/1"] = "nongbao-year-proof/1"
    county: str
    year: int
    version: int
    resident_id: Id
    division_code: DivisionCode
    opening: SourceAmounts
    closing: SourceAmounts
    lines: list[ProvenLineRead]
    leaf: str
    path: list[SiblingRead]
    root: str
    seal: str
    made_on: date

    @classmethod
    def of(cls, made: YearProof, division_code: int, proof: Proof) -> Self:
        """Show the proof of one account."""
        return cls(
            county=str(made.county_code),
            year=made.year,
            version=made.version,
            resident_id=proof.resident_id,
            division_code=division_code,
            opening=SourceAmounts.of(proof.opening),
            closing=SourceAmounts.of(proof.closing),
            lines=[
                ProvenLineRead(
                    journal_id=line.journal_id,
                    value_month=line.value_month,
                    amounts=SourceAmounts.of(line.amounts),
                    fund=line.fund_fen,
                    contribution_year=line.contribution_year,
                )
                for line in proof.lines
            ],
            leaf=proof.leaf.hex(),
            path=[SiblingRead(side="left" if one.is_left else "right", hash=one.hash.hex()) for one in proof.path],
            root=made.root,
            seal=f"{made.seal_seq}:{made.seal_hash}",
            made_on=made.made_on,
        )
