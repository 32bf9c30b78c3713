"""Interest of a county's towns as figures: what the SQL steps are given, and what they answer.

One accrual table per run (policy/interest.py) is kept with the run, so that posting needs no parameter of its own day.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from api.database import plan_for_sets, run_sql, scope_of
from api.policy.interest import accrual_of
from api.policy.money import Rounding
from api.services.laws import law_of_county

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from api.models import Run

FOLDER = "annual_interest"
JIAO = 10


@dataclass(frozen=True, slots=True)
class TownFigures:
    """Interest of one town: accounts closed, lines, sums in fen by source, and hashes over every person's amounts."""

    town_code: int
    first_resident: int
    last_resident: int
    account_count: int
    row_count: int
    personal_fen: int
    collective_fen: int
    gov_fen: int
    checksum: int
    """Over every person's amounts, quick to compute while posting."""
    content_sha256: str = ""
    """The same, for the approval."""

    @property
    def total_fen(self) -> int:
        """Sum over the sources."""
        return self.personal_fen + self.collective_fen + self.gov_fen

    def equals(self, other: TownFigures) -> bool:
        """Whether the lines are the same, person by person."""
        return (self.row_count, self.personal_fen, self.collective_fen, self.gov_fen, self.checksum) == (
            other.row_count,
            other.personal_fen,
            other.collective_fen,
            other.gov_fen,
            other.checksum,
        )


def accrual_parameters(session: Session, county_code: int, year: int, today: date) -> dict[str, Any]:
    """What the run's formula depends on, as it is kept with the run. Raises `InterestRateUnknown`."""
    parameters = law_of_county(session, county_code, date(year, 12, 31))
    accrual = accrual_of(
        year,
        mode=parameters.rate_mode,
        rates=parameters.pboc_one_year_rates,
        published=parameters.published_rates,
    )
    return {
        "year": year,
        # Lines are never dated beyond today's year, but for a settlement at its very end.
        "last_year": today.year + 1,
        "rate_mode": accrual.mode.value,
        "rate": accrual.year_rate_text,
        "accrual": list(accrual.numerators),
        "denominator": accrual.denominator,
        "unit": JIAO if parameters.interest_rounding is Rounding.CEIL_JIAO else 1,
    }


def step_facts(county_code: int, parameters: dict[str, Any], town: TownFigures) -> dict[str, Any]:
    """Named parameters of the steps that compute and post a town."""
    low, high = scope_of(town.town_code)
    year = int(parameters["year"])
    return {
        "county_code": county_code,
        "low": low,
        "high": high,
        "first_resident": town.first_resident,
        "last_resident": town.last_resident,
        "year": year,
        "last_year": parameters["last_year"],
        "year_start": date(year, 1, 1),
        "year_end": date(year, 12, 31),
        "accrual": parameters["accrual"],
        "denominator": parameters["denominator"],
        "unit": parameters["unit"],
    }


def list_towns(session: Session, county_code: int, year: int) -> list[TownFigures]:
    """Towns with accounts to close, their figures still empty."""
    low, high = scope_of(county_code * 1_000_000)
    rows = run_sql(
        session, FOLDER, "10_list_towns", county_code=county_code, low=low, high=high, year_end=date(year, 12, 31)
    )
    return [
        TownFigures(row.town_code, row.first_resident, row.last_resident, row.account_count, 0, 0, 0, 0, 0)
        for row in rows
    ]


def count_previous_open(session: Session, county_code: int, year: int) -> int:
    """Accounts with earlier money whose previous year is not closed."""
    low, high = scope_of(county_code * 1_000_000)
    found = run_sql(
        session,
        FOLDER,
        "15_check_previous_year",
        county_code=county_code,
        low=low,
        high=high,
        year=year,
        previous_year_end=date(year - 1, 12, 31),
    ).scalar_one()
    return int(found)


def plan_for_town(session: Session) -> None:
    """Tell the planner that the steps work on whole towns, and to plan them for each anew.

    In the first minutes after a load there are no statistics: looping over the lines was seen to take 32 s and more. A
    plan for any town, which the server makes after some executions, costs half as much again as one for this town.
    """
    plan_for_sets(session)
    session.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))


def compute_town(session: Session, county_code: int, parameters: dict[str, Any], town: TownFigures) -> TownFigures:
    """Figures of one town; nothing is written."""
    plan_for_town(session)
    row = run_sql(session, FOLDER, "20_compute_town", **step_facts(county_code, parameters, town)).one()
    return with_row(town, row, account_count=row.account_count)


def with_row(town: TownFigures, row: Any, *, account_count: int) -> TownFigures:
    """Figures of a town from the answer of a step."""
    return TownFigures(
        town_code=town.town_code,
        first_resident=town.first_resident,
        last_resident=town.last_resident,
        account_count=account_count,
        row_count=row.row_count,
        personal_fen=int(row.personal_fen),
        collective_fen=int(row.collective_fen),
        gov_fen=int(row.gov_fen),
        checksum=row.checksum,
        content_sha256=getattr(row, "content_sha256", ""),
    )


def reconcile(session: Session, run: Run, *, journal_id: int | None = None) -> dict[int, TownFigures]:
    """Figures of what a run has posted, from the lines themselves, by town; of one journal, or of all."""
    rows = run_sql(
        session,
        FOLDER,
        "90_reconcile",
        county_code=run.county_code,
        run_id=run.id,
        year=int(run.period),
        journal_id=journal_id,
    )
    empty = (0, 0, 0, 0, 0, 0, 0, 0)
    return {row.town_code: with_row(TownFigures(row.town_code, *empty), row, account_count=0) for row in rows}


def figures_of(run: Run) -> list[TownFigures]:
    """Towns of a run as they were computed."""
    return [TownFigures(**town) for town in run.summary["towns"]]


def header_of(county_code: int, parameters: dict[str, Any], towns: Sequence[TownFigures]) -> dict[str, Any]:
    """Totals of a run, and the hash that its approval is bound to: parameters and every person's amounts."""
    digest = hashlib.sha256(json.dumps([county_code, parameters], sort_keys=True).encode())
    for town in towns:
        digest.update(f"\n{town.town_code}:{town.row_count}:{town.content_sha256}".encode())
    return {
        "row_count": sum(town.row_count for town in towns),
        "total_fen": sum(town.total_fen for town in towns),
        "content_hash": digest.hexdigest(),
        "summary": {"towns": [asdict(town) for town in towns]},
    }
