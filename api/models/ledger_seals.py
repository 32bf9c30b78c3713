"""账本封存: a chain of hashes over the ledger, and what was proven of every account at a year's end. Append-only."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index

from api.models.base import SQLModel, big, count, county, fen, instant, key, sealed, small, text_c


class LedgerSeal(SQLModel, table=True):
    """One link: every journal of a county that was written by the transactions of a range, with all its lines.

    No journal names its seal: it belongs to the one whose range holds the transaction that wrote it. So nothing can be
    put in, taken out or changed below the last seal without breaking a hash.
    """

    __tablename__ = "ledger_seals"
    __table_args__ = (
        CheckConstraint("xid_from < xid_upto", name="xid_range"),
        CheckConstraint("seq > 0", name="seq_positive"),
        CheckConstraint("journal_count > 0", name="journal_count_positive"),
    )

    county_code: int = county()
    seq: int = key()
    division_code: int = big()
    format: int = small(default=1)
    """Version of what is hashed and how."""
    previous_hash: str = text_c()
    hash: str = text_c()
    """SHA-256 as hex."""
    xid_from: int = big()
    xid_upto: int = big()
    """First transaction that is not in it."""
    journal_count: int = count()
    fund_line_count: int = count()
    account_line_count: int = count()
    sealed_at: datetime = instant()


class YearProof(SQLModel, table=True):
    """Every account of a county at the end of a year under one hash, tied to the seal that covers its lines."""

    __tablename__ = "year_proofs"

    county_code: int = county()
    year: int = small(primary_key=True)
    version: int = small(primary_key=True)
    """A later version stands beside the earlier ones when corrections came in between."""
    division_code: int = big()
    account_count: int = count()
    personal_fen: int = fen(default=0)
    collective_fen: int = fen(default=0)
    gov_fen: int = fen(default=0)
    root: str = text_c()
    seal_seq: int = big()
    seal_hash: str = text_c()
    xid_upto: int = big()
    """Lines of journals written before this transaction are in it."""
    made_by_id: int = big()
    made_on: date
    created_at: datetime = instant()


class YearProofVillage(SQLModel, table=True):
    """The hash over a village's accounts: a branch of the county's."""

    __tablename__ = "year_proof_villages"

    county_code: int = county()
    year: int = small(primary_key=True)
    version: int = small(primary_key=True)
    division_code: int = key()
    account_count: int = count()
    personal_fen: int = fen(default=0)
    collective_fen: int = fen(default=0)
    gov_fen: int = fen(default=0)
    root: str = text_c()


class YearProofLeaf(SQLModel, table=True):
    """One account at the year's end: its balance by source, and the hash over its lines of the year."""

    __tablename__ = "year_proof_leaves"
    __table_args__ = (Index("ix_year_proof_leaves_division", "division_code", "year", "version", "resident_id"),)

    county_code: int = county()
    resident_id: int = key()
    year: int = small(primary_key=True)
    version: int = small(primary_key=True)
    division_code: int = big()
    personal_fen: int = fen(default=0)
    collective_fen: int = fen(default=0)
    gov_fen: int = fen(default=0)
    lines_hash: bytes = sealed()
