"""基金收支 and 缴费情况: two of the scheme's reports (policy.md §3.5), live while a month is open and frozen once it is closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from api.database import county_of, plan_for_sets, run_sql, scope_of
from api.errors import Invalid
from api.services import divisions, fund_closings, fund_packs
from api.services.fund_periods import CLOSED_STATES
from api.services.laws import law_on

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from api.models import Division

TOWN_SPAN = 1000
COUNTY_SPAN = 1_000_000


class PeriodAmbiguous(Invalid):
    """Either a month or a year is asked for."""

    code = "period-ambiguous"
    title = "请指明月份或年度之一"


class UnitTooSmall(Invalid):
    """Pensions and interest are booked by town, so the books of a village are not whole."""

    code = "unit-too-small"
    title = "基金收支按街镇和县统计"


@dataclass(frozen=True, slots=True)
class FundReport:
    """基金收支表 of a unit: the statement in text, and which pack it is frozen in, if any."""

    division: Division
    month: date
    """The month, or the last one of the year."""
    is_year: bool
    statement: dict[str, Any]
    pack_version: int | None
    content_hash: str | None


@dataclass(frozen=True, slots=True)
class ContributionReport:
    """缴费情况 of a unit: lines by tier, rhythm, special group and altogether; amounts in fen."""

    division: Division
    year: int
    month: date | None
    rows: Sequence[Any]


def fund_report(
    session: Session, *, division_code: int, month: date | None, year: int | None, today: date
) -> FundReport:
    """Return the 基金收支表 of a town or county. Raises `NotFound`, `PeriodAmbiguous`, `UnitTooSmall`."""
    if (month is None) == (year is None):
        raise PeriodAmbiguous
    unit = divisions.get_own(session, division_code)
    low, high = scope_of(division_code)
    if high - low + 1 < TOWN_SPAN or high - low + 1 > COUNTY_SPAN:
        raise UnitTooSmall(pointer="/division")
    is_year = month is None
    at = month or _last_month(year or today.year, today)
    if high - low + 1 == COUNTY_SPAN:
        county_code = county_of(division_code)
        period = fund_closings.find(session, county_code, at)
        if period is not None and period.state.value in CLOSED_STATES:
            pack = fund_closings.pack_of(session, county_code=county_code, month=at)
            statement = fund_packs.facts_of(pack.content)["statement"]
            return FundReport(unit, at, is_year, statement, pack.pack_version, pack.content_hash)
    plan_for_sets(session)
    sums = fund_packs.sums_of(session, low=low, high=high, month_start=at, until=fund_packs.last_day(at))
    return FundReport(unit, at, is_year, fund_packs.statement(sums), None, None)


def _last_month(year: int, today: date) -> date:
    """Return the last month of a year that has begun: December, or this one."""
    return today.replace(day=1) if year == today.year else date(year, 12, 1)


def contribution_report(
    session: Session, *, division_code: int, month: date | None, year: int | None, today: date
) -> ContributionReport:
    """Return the 缴费情况 of a unit: of a contribution year, or of the days of a month. Raises `NotFound`, `PeriodAmbiguous`."""
    if (month is None) == (year is None):
        raise PeriodAmbiguous
    unit = divisions.get_own(session, division_code)
    low, high = scope_of(division_code)
    of_year = year if year is not None else (month or today).year
    first = month or date(of_year, 1, 1)
    plan_for_sets(session)
    rows = run_sql(
        session, "contribution_report", "10_count_payers", county_code=county_of(division_code), low=low, high=high,
        year=of_year, by_year=month is None, first_day=first, last_day=fund_packs.last_day(first),
        severe_grade=law_on(session, division_code, max(first, date(2010, 1, 1))).severe_disability_grade,
    ).all()  # fmt: skip
    return ContributionReport(unit, of_year, month, rows)
