"""年度证明: made for a county once its year's interest is posted and sealed; shown to each person for their account.

A proof stays as it was made. When corrections come later a new version is made beside it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, tuple_
from sqlmodel import col

from api.database import plan_for_sets, run_sql, scope_of
from api.errors import DomainError, NotFound
from api.models import YearProof, YearProofLeaf, YearProofVillage
from api.policy.money import NOTHING, BySource
from api.policy.proofs import Proof, ProvenLine, hash_leaf, hash_lines, path_of, root_of
from api.services import audit_events, interest_runs, ledger_seals
from api.services.pages import decode_cursor, encode_cursor
from api.vocabulary import RunState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy.orm import Session

    from api.database import Actor
    from api.models import LedgerSeal

FOLDER = "year_proofs"
COUNTY_SPAN = 10_000_000_000
BLOCK = 20_000


class InterestYearOpen(DomainError):
    """The year's interest is not posted, so its balances are not final."""

    code = "interest-year-open"
    title = "该年度尚未结息入账"


class LedgerUnsealed(DomainError):
    """Something of the year was booked that no seal covers yet; the sealer runs every minute."""

    code = "ledger-unsealed"
    title = "账本尚未封存完毕，请稍后再办"


class ProofUnlike(DomainError):
    """The account's lines are not those that were proven: they were changed behind the service's back."""

    status = 500
    code = "proof-unlike"
    title = "账户明细与年度证明不一致，请立即报告管理员"


@dataclass(frozen=True, slots=True)
class AccountProof:
    """What a person is shown: the year's proof and the way from their account to its root."""

    made: YearProof
    division_code: int
    proof: Proof


def make(session: Session, *, actor: Actor, county_code: int, year: int, today: date) -> YearProof:
    """Make the proof of a year, or return the last one when nothing has changed since.

    Raises `NotFound` for a county outside the scope, `InterestYearOpen` and `LedgerUnsealed`.
    """
    low, high = actor.scope
    first, last = scope_of(county_code * 1_000_000)
    if low > first or high < last:
        raise NotFound
    plan_for_sets(session)
    run = interest_runs.find(session, county_code=county_code, year=year)
    if run is None or run.state is not RunState.POSTED:
        raise InterestYearOpen(f"{year}年度尚未结息入账，不能出具年度证明。")
    try:
        seal = ledger_seals.latest(session, county_code)
    except NotFound:
        raise LedgerUnsealed from None
    if _count(session, county_code, year, seal.xid_upto, None):
        raise LedgerUnsealed
    previous = find(session, county_code=county_code, year=year)
    if previous is not None and not _count(session, county_code, year, previous.xid_upto, seal.xid_upto):
        return previous
    version = previous.version + 1 if previous else 1
    return write(session, actor=actor, seal=seal, year=year, version=version, today=today)


def write(session: Session, *, actor: Actor, seal: LedgerSeal, year: int, version: int, today: date) -> YearProof:
    """Write a version of a year's proof over what a seal covers. Raises `InterestYearOpen` where nobody has an account."""
    county_code = seal.county_code
    key = {"county_code": county_code, "year": year, "version": version}
    run_sql(session, FOLDER, "20_insert_leaves", **key, year_end=date(year, 12, 31), xid_upto=seal.xid_upto)
    villages = list(_villages(key, _leaves(session, key, *scope_of(county_code * 1_000_000))))
    if not villages:
        raise InterestYearOpen(f"{year}年末没有个人账户。")
    proof = YearProof(
        county_code=county_code,
        year=year,
        version=version,
        division_code=county_code * 1_000_000,
        account_count=sum(village.account_count for village in villages),
        personal_fen=sum(village.personal_fen for village in villages),
        collective_fen=sum(village.collective_fen for village in villages),
        gov_fen=sum(village.gov_fen for village in villages),
        root=root_of([bytes.fromhex(village.root) for village in villages]).hex(),
        seal_seq=seal.seq,
        seal_hash=seal.hash,
        xid_upto=seal.xid_upto,
        made_by_id=actor.user_id,
        made_on=today,
    )
    session.add_all(villages)
    session.add(proof)
    session.flush()
    audit_events.record(
        session,
        actor=actor,
        action="make_year_proof",
        subject_kind="year_proof",
        division_code=proof.division_code,
        year=year,
        version=version,
        root=proof.root,
        seal=ledger_seals.code_of(seal),
    )
    return proof


def find(session: Session, *, county_code: int, year: int, version: int | None = None) -> YearProof | None:
    """Return the newest proof of a year, or a certain version of it."""
    query = select(YearProof).where(col(YearProof.county_code) == county_code, col(YearProof.year) == year)
    if version is not None:
        query = query.where(col(YearProof.version) == version)
    return session.scalars(query.order_by(col(YearProof.version).desc()).limit(1)).one_or_none()


def get(session: Session, *, county_code: int, year: int, version: int | None = None) -> YearProof:
    """Return a proof. Raises `NotFound`."""
    found = find(session, county_code=county_code, year=year, version=version)
    if found is None:
        raise NotFound
    return found


def list_proofs(
    session: Session, *, county_code: int, limit: int, after: str | None
) -> tuple[Sequence[YearProof], str | None]:
    """Return a county's proofs, newest year and version first, and the next cursor."""
    query = select(YearProof).where(col(YearProof.county_code) == county_code)
    start = decode_cursor(after, int, int)
    if start is not None:
        query = query.where(tuple_(col(YearProof.year), col(YearProof.version)) < start)
    ordered = query.order_by(col(YearProof.year).desc(), col(YearProof.version).desc())
    rows = session.scalars(ordered.limit(limit + 1)).all()
    following = encode_cursor(rows[limit - 1].year, rows[limit - 1].version) if len(rows) > limit else None
    return rows[:limit], following


def villages_of(session: Session, proof: YearProof) -> Sequence[YearProofVillage]:
    """Return the branches of a proof, in their order."""
    return session.scalars(
        select(YearProofVillage)
        .where(
            col(YearProofVillage.county_code) == proof.county_code,
            col(YearProofVillage.year) == proof.year,
            col(YearProofVillage.version) == proof.version,
        )
        .order_by(col(YearProofVillage.division_code))
    ).all()


def of_account(session: Session, *, resident_id: int, year: int, version: int | None = None) -> AccountProof:
    """Return the proof of one account. Raises `NotFound` where there is none in the scope, and `ProofUnlike`."""
    county_code = resident_id // COUNTY_SPAN
    made = get(session, county_code=county_code, year=year, version=version)
    division_code = session.execute(
        select(col(YearProofLeaf.division_code)).where(
            col(YearProofLeaf.county_code) == county_code,
            col(YearProofLeaf.resident_id) == resident_id,
            col(YearProofLeaf.year) == year,
            col(YearProofLeaf.version) == made.version,
        )
    ).scalar_one_or_none()
    if division_code is None:
        raise NotFound
    return of_village(session, made=made, division_code=division_code, resident_ids=[resident_id])[resident_id]


def of_village(
    session: Session, *, made: YearProof, division_code: int, resident_ids: Iterable[int]
) -> dict[int, AccountProof]:
    """Return the proofs of some accounts of a village, made from one reading of it. Raises `ProofUnlike`."""
    key = {"county_code": made.county_code, "year": made.year, "version": made.version}
    rows = list(_leaves(session, key, division_code, division_code))
    hashes = [_leaf_of(key, row) for row in rows]
    branches = villages_of(session, made)
    above = path_of(
        [bytes.fromhex(branch.root) for branch in branches],
        [branch.division_code for branch in branches].index(division_code),
    )
    places = {row.resident_id: place for place, row in enumerate(rows)}
    wanted = [resident_id for resident_id in resident_ids if resident_id in places]
    lines = _lines(session, made, wanted)
    done = {}
    for resident_id in wanted:
        place = places[resident_id]
        row = rows[place]
        closing = BySource(row.personal_fen, row.collective_fen, row.gov_fen)
        proven = _proven(lines.get(resident_id, []), row.lines_hash)
        done[resident_id] = AccountProof(
            made,
            division_code,
            Proof(
                county_code=made.county_code,
                resident_id=resident_id,
                year=made.year,
                opening=closing - sum((line.amounts for line in proven), start=NOTHING),
                closing=closing,
                lines=proven,
                leaf=hashes[place],
                path=(*path_of(hashes, place), *above),
                root=bytes.fromhex(made.root),
            ),
        )
    return done


def recompute_root(session: Session, proof: YearProof) -> str:
    """Return the root that the stored leaves of a proof make, as hex; empty when there are none."""
    key = {"county_code": proof.county_code, "year": proof.year, "version": proof.version}
    first, last = scope_of(proof.county_code * 1_000_000)
    villages = [bytes.fromhex(village.root) for village in _villages(key, _leaves(session, key, first, last))]
    return root_of(villages).hex() if villages else ""


def root_of_villages(session: Session, proof: YearProof) -> str:
    """Return the root that the stored branches of a proof make, as hex; empty when there are none."""
    branches = [bytes.fromhex(branch.root) for branch in villages_of(session, proof)]
    return root_of(branches).hex() if branches else ""


def _count(session: Session, county_code: int, year: int, xid_from: int, xid_upto: int | None) -> int:
    return int(
        run_sql(
            session,
            FOLDER,
            "10_count_unsealed",
            county_code=county_code,
            year=year,
            xid_from=xid_from,
            xid_upto=xid_upto,
        ).scalar_one()
    )


def _leaves(session: Session, key: dict[str, int], low: int, high: int) -> Iterator[Any]:
    yield from run_sql(session, FOLDER, "30_read_leaves", **key, low=low, high=high).yield_per(BLOCK)


def _leaf_of(key: dict[str, int], row: Any) -> bytes:
    return hash_leaf(
        county_code=key["county_code"],
        resident_id=row.resident_id,
        year=key["year"],
        closing=BySource(row.personal_fen, row.collective_fen, row.gov_fen),
        lines_hash=bytes(row.lines_hash),
    )


def _villages(key: dict[str, int], rows: Iterable[Any]) -> Iterator[YearProofVillage]:
    """Make each village's branch from its leaves, which come in the order of the tree."""
    for division_code, leaves in groupby(rows, key=lambda row: row.division_code):
        hashes: list[bytes] = []
        total = [0, 0, 0]
        for row in leaves:
            hashes.append(_leaf_of(key, row))
            total[0] += row.personal_fen
            total[1] += row.collective_fen
            total[2] += row.gov_fen
        yield YearProofVillage(
            **key,
            division_code=division_code,
            account_count=len(hashes),
            personal_fen=total[0],
            collective_fen=total[1],
            gov_fen=total[2],
            root=root_of(hashes).hex(),
        )


def _lines(session: Session, made: YearProof, resident_ids: Sequence[int]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    rows = run_sql(
        session,
        FOLDER,
        "40_read_lines",
        county_code=made.county_code,
        resident_ids=list(resident_ids),
        year=made.year,
        xid_upto=made.xid_upto,
    )
    for row in rows:
        if row.is_covered is not False:
            found[row.resident_id].append(row)
    return found


def _proven(rows: Sequence[Any], lines_hash: bytes) -> tuple[ProvenLine, ...]:
    """Pick the lines that were proven; of those whose journal is hidden the latest may have come after the proof.

    Raises `ProofUnlike` when no choice has the hash.
    """
    hidden = [row.journal_id for row in rows if row.is_covered is None]
    for kept in range(len(hidden), -1, -1):
        dropped = set(hidden[kept:])
        lines = tuple(
            ProvenLine(
                row.journal_id,
                row.value_month,
                BySource(row.personal_fen, row.collective_fen, row.gov_fen),
                row.fund_fen,
                row.contribution_year,
            )
            for row in rows
            if row.journal_id not in dropped
        )
        if hash_lines(lines) == bytes(lines_hash):
            return lines
    raise ProofUnlike
