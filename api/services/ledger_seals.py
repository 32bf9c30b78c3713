"""账本封存: every minute the sealer binds what was booked into a chain of hashes, county by county (docs/decisions/0023).

Posting neither waits for it nor knows of it. What may not be trusted is whoever can write to the database past the
service: they cannot change what is sealed without `nongbao verify` finding it, or the last seals being missing that
somebody keeps outside.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, text
from sqlmodel import col

from api.database import WHOLE, DatabaseRole, plan_for_sets, run_sql
from api.errors import DomainError, Invalid, NotFound
from api.models import LedgerSeal
from api.services.pages import decode_cursor, encode_cursor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from api.database import Database

FOLDER = "ledger_seals"
HASH_LENGTH = 64


class SealAhead(DomainError):
    """The chain covers transactions that this database has not had: a dump was loaded into another server."""

    code = "seal-ahead"
    title = "封存链超前于数据库，请按运维手册推进事务号后再封存"


class SealUnlike(DomainError):
    """The seal that somebody kept outside is not in the chain: it was cut off or rewritten."""

    code = "seal-unlike"
    title = "封存链与所留存的封存码不一致"


class SealCodeMalformed(Invalid):
    """A kept seal is a number and a hash."""

    code = "seal-code-malformed"
    title = "封存码应为“序号:摘要”"


@dataclass(frozen=True, slots=True)
class Sealed:
    """A new link: its place, its hash, and what it covers."""

    county_code: int
    seq: int
    hash: str
    journal_count: int
    line_count: int


def seal_all(database: Database) -> list[Sealed]:
    """Seal what is open in every county. Raises `SealAhead`; counties that another sealer has in hand are passed over."""
    with database.read_snapshot(WHOLE, role=DatabaseRole.WIDE) as session:
        counties = run_sql(session, FOLDER, "10_list_open").all()
    done = [seal(database, row.county_code) for row in counties if not row.is_ahead]
    if any(row.is_ahead for row in counties):
        raise SealAhead
    return [one for one in done if one is not None]


def seal(database: Database, county_code: int) -> Sealed | None:
    """Add one link to a county's chain; None when nothing is open or another sealer is at it."""
    with database.unit_of_work(WHOLE, role=DatabaseRole.WIDE) as session:
        # Lines are read once from a range of pages; looping over journals would read that range for each.
        plan_for_sets(session)
        session.execute(text("SET LOCAL work_mem = '64MB'"))
        locked = session.execute(text("SELECT pg_try_advisory_xact_lock(7016, :county)"), {"county": county_code})
        if not locked.scalar_one():
            return None
        row = run_sql(session, FOLDER, "20_seal", county_code=county_code).one_or_none()
    if row is None:
        return None
    lines = int(row.fund_line_count + row.account_line_count)
    return Sealed(county_code, row.seq, row.hash, row.journal_count, lines)


def latest(session: Session, county_code: int) -> LedgerSeal:
    """Return the head of a county's chain, which belongs on paper outside. Raises `NotFound`."""
    found = session.scalars(
        select(LedgerSeal)
        .where(col(LedgerSeal.county_code) == county_code)
        .order_by(col(LedgerSeal.seq).desc())
        .limit(1)
    ).one_or_none()
    if found is None:
        raise NotFound
    return found


def list_seals(
    session: Session, *, county_code: int, limit: int, after: str | None
) -> tuple[Sequence[LedgerSeal], str | None]:
    """Return a county's seals, newest first, and the next cursor."""
    query = select(LedgerSeal).where(col(LedgerSeal.county_code) == county_code)
    start = decode_cursor(after, int)
    if start is not None:
        query = query.where(col(LedgerSeal.seq) < start[0])
    rows = session.scalars(query.order_by(col(LedgerSeal.seq).desc()).limit(limit + 1)).all()
    following = encode_cursor(rows[limit - 1].seq) if len(rows) > limit else None
    return rows[:limit], following


def code_of(seal: LedgerSeal | Sealed) -> str:
    """Return the seal as it is written down outside: "12:9f0c…"."""
    return f"{seal.seq}:{seal.hash}"


def compare(session: Session, *, county_code: int, kept: str) -> LedgerSeal:
    """Find the seal that somebody kept outside in the chain. Raises `SealCodeMalformed` and `SealUnlike`."""
    number, _, digest = kept.partition(":")
    if not (number.isascii() and number.isdigit() and len(digest) == HASH_LENGTH):
        raise SealCodeMalformed
    found = session.get(LedgerSeal, (county_code, int(number)))
    if found is None or found.hash != digest.lower():
        raise SealUnlike
    return found
