"""对账单: an account's year by source, with the way its interest was computed; for one person or a whole village."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlmodel import col

from api.database import run_sql
from api.errors import DomainError, NotFound
from api.models import Account, Contribution, Division, Resident, YearProof, YearProofLeaf
from api.policy.interest import MONTHS
from api.policy.money import NOTHING, BySource
from api.policy.statements import YearLine, explain_year
from api.services import accounts, year_proofs
from api.services.accounts import INTEREST, DayInFuture, Line, sum_lines
from api.services.contribution_rules import YEAR_KINDS, complete_years
from api.services.interest_laws import law_of_year
from api.vocabulary import JournalKind, PostingState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from api.policy.reasons import Reason
    from api.services.interest_laws import YearLaw

FOLDER = "accounts"
COUNTY_SPAN = 10_000_000_000
MOST = 500
"""Statements that one print holds; a larger village is printed group by group."""


class TooManyStatements(DomainError):
    """The unit has more accounts than one document holds."""

    status = 422
    code = "too-many-statements"
    title = f"一次最多打印{MOST}户账户的对账单，请按村民小组分批打印"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """对账单 of one year: opening, credits, interest and debits by source, closing, and the years that count.

    `corrections` are a part of `interest`; `reasons` say how it was computed, and `is_explained` whether what is posted
    is what they come to, as it is for a closed year.
    """

    account: Account
    year: int
    opening: BySource
    credits: BySource
    interest: BySource
    corrections: BySource
    debits: BySource
    closing: BySource
    tier_fen: int | None
    paid_years: int
    rate: str | None
    reasons: tuple[Reason, ...]
    is_explained: bool
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A statement with whose it is, as it is printed."""

    resident: Resident
    division_name: str
    statement: Statement
    proof: year_proofs.AccountProof | None


def statement(session: Session, *, resident_id: int, year: int, today: date) -> Statement:
    """Return the statement of a year by value date: what was credited in it and the interest that it earned.

    Raises `NotFound`, `DayInFuture`, `HistoryOutsideScope`. Social Insurance Law art. 74: free of charge.
    """
    if year > today.year:
        raise DayInFuture(pointer="/year")
    account = accounts.get(session, resident_id)
    law = law_of_year(session, account.county_code, year)
    posted = _posted(session, account.county_code, [resident_id])
    return _statement(session, account, year, law, posted.get(resident_id, []))


def _statement(
    session: Session, account: Account, year: int, law: YearLaw, posted: Sequence[Contribution]
) -> Statement:
    lines = accounts.all_lines(session, account)
    of_year = [line for line in lines if line.value_month.year == year]
    interest = [line for line in of_year if line.kind in INTEREST]
    # A reversal bears the value date of what it undoes, so it belongs among the credits that it takes back.
    pensions = [line for line in of_year if line.kind is JournalKind.PAYMENT_SETTLED]
    others = [line for line in of_year if line not in interest and line not in pensions]
    opening = sum_lines([line for line in lines if line.value_month.year < year])
    closings = {line.value_month.month for line in interest}
    through = account.interest_through
    if through is not None and through.year >= year:
        closings.add(MONTHS if through.year > year else through.month)
    explained = explain_year(
        law.accrual,
        opening=opening,
        lines=[YearLine(line.value_month.month, line.amounts, line.kind in INTEREST) for line in of_year],
        closings=closings,
        rounding=law.rounding,
    )
    tiers = [row.tier_fen for row in posted if row.contribution_year == year and row.kind in YEAR_KINDS]
    return Statement(
        account=account,
        year=year,
        opening=opening,
        credits=sum_lines(others),
        interest=sum_lines(interest),
        corrections=sum_lines([line for line in interest if line.kind is JournalKind.INTEREST_CORRECTION]),
        debits=NOTHING - sum_lines(pensions),
        closing=sum_lines([line for line in lines if line.value_month.year <= year]),
        tier_fen=tiers[0] if tiers else None,
        paid_years=len(complete_years(posted, until=year)),
        rate=law.accrual.year_rate_text,
        reasons=explained.reasons,
        is_explained=explained.interest == sum_lines(interest),
        lines=of_year,
    )


def sheet(session: Session, *, resident_id: int, year: int, today: date) -> Sheet:
    """Return one person's statement to print, with its proof where there is one. Raises as `statement` does."""
    found = statement(session, resident_id=resident_id, year=year, today=today)
    resident = session.get(Resident, (found.account.county_code, resident_id))
    if resident is None:
        raise NotFound
    try:
        proof = year_proofs.of_account(session, resident_id=resident_id, year=year)
    except NotFound:
        proof = None
    name = _division_name(session, resident.division_code)
    return Sheet(resident=resident, division_name=name, statement=found, proof=proof)


def village_sheets(session: Session, *, division_code: int, group: str | None, year: int, today: date) -> list[Sheet]:
    """Return the statements of a village, or of a group of it, in the order of the roll.

    Raises `NotFound` for a unit outside the scope or that is no village, `DayInFuture`, `TooManyStatements`, and
    `HistoryOutsideScope` where somebody's lines stand in another unit.
    """
    if year > today.year:
        raise DayInFuture(pointer="/year")
    low, high = session.info["actor"].scope
    name = _division_name(session, division_code)
    if not low <= division_code <= high or not name:
        raise NotFound
    county_code = division_code // 1_000_000
    ids = run_sql(
        session,
        FOLDER,
        "30_list_roll",
        county_code=county_code,
        division_code=division_code,
        village_group=group,
        year=year,
        maximum=MOST + 1,
    ).scalars().all()  # fmt: skip
    if len(ids) > MOST:
        raise TooManyStatements
    people = {
        row.id: row
        for row in session.scalars(
            select(Resident).where(col(Resident.county_code) == county_code, col(Resident.id).in_(ids))
        )
    }
    found = {
        row.resident_id: row
        for row in session.scalars(
            select(Account).where(col(Account.county_code) == county_code, col(Account.resident_id).in_(ids))
        )
    }
    posted = _posted(session, county_code, ids)
    proofs = _proofs(session, county_code, year, ids)
    law = law_of_year(session, county_code, year)
    return [
        Sheet(
            resident=people[one],
            division_name=name,
            statement=_statement(session, found[one], year, law, posted.get(one, [])),
            proof=proofs.get(one),
        )
        for one in ids
    ]


def _posted(session: Session, county_code: int, resident_ids: Iterable[int]) -> dict[int, list[Contribution]]:
    """Contributions that stand, by person and in the order of their years."""
    rows = session.scalars(
        select(Contribution)
        .where(
            col(Contribution.county_code) == county_code,
            col(Contribution.resident_id).in_(list(resident_ids)),
            col(Contribution.state) == PostingState.POSTED,
        )
        .order_by(col(Contribution.contribution_year), col(Contribution.id))
    )
    found: dict[int, list[Contribution]] = {}
    for row in rows:
        found.setdefault(row.resident_id, []).append(row)
    return found


def _proofs(
    session: Session, county_code: int, year: int, resident_ids: Sequence[int]
) -> dict[int, year_proofs.AccountProof]:
    """Proofs of some people by the newest version; those who lived elsewhere then are in that village's branch."""
    made: YearProof | None = year_proofs.find(session, county_code=county_code, year=year)
    if made is None:
        return {}
    rows = session.execute(
        select(col(YearProofLeaf.division_code), col(YearProofLeaf.resident_id)).where(
            col(YearProofLeaf.county_code) == county_code,
            col(YearProofLeaf.resident_id).in_(resident_ids),
            col(YearProofLeaf.year) == year,
            col(YearProofLeaf.version) == made.version,
        )
    ).all()
    by_village: dict[int, list[int]] = {}
    for division_code, resident_id in rows:
        by_village.setdefault(division_code, []).append(resident_id)
    done: dict[int, year_proofs.AccountProof] = {}
    for division_code, ids in by_village.items():
        done |= year_proofs.of_village(session, made=made, division_code=division_code, resident_ids=ids)
    return done


def _division_name(session: Session, code: int) -> str:
    division = session.get(Division, code)
    return division.name if division else ""
