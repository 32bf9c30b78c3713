"""基金收支表 and 缴费情况 as they go out."""

from typing import Any, Self

from api.schemas.base import DivisionCode, Money, Month, Schema
from api.schemas.fund_periods import FundStatement


class FundReportRead(Schema):
    """基金收支表 of a month or year; frozen in the version of a pack once the county has closed the month."""

    division_code: DivisionCode
    division_name: str
    month: Month
    is_year: bool
    pack_version: int | None
    content_hash: str | None
    statement: FundStatement


class ContributionCount(Schema):
    """Who has paid what, of one tier, rhythm or special group; `key` is null for all together."""

    key: str | None
    paid_persons: int
    paid: Money
    unpaid_persons: int
    make_up_persons: int
    make_up_years: int
    make_up: Money
    government_persons: int
    government: Money
    collective: Money
    subsidy: Money

    @classmethod
    def of(cls, row: Any, key: str | None) -> Self:
        """Show a line."""
        return cls(
            key=key,
            paid_persons=row.paid_persons,
            paid=row.paid_fen,
            unpaid_persons=row.unpaid_persons,
            make_up_persons=row.make_up_persons,
            make_up_years=row.make_up_years,
            make_up=row.make_up_fen,
            government_persons=row.government_persons,
            government=row.government_fen,
            collective=row.collective_fen,
            subsidy=row.subsidy_fen,
        )


class ContributionReportRead(Schema):
    """缴费情况 of a unit in a contribution year, or in the days of a month."""

    division_code: DivisionCode
    division_name: str
    year: int
    month: Month | None
    total: ContributionCount
    by_tier: list[ContributionCount]
    by_rhythm: list[ContributionCount]
    by_special_group: list[ContributionCount]

    @classmethod
    def of(cls, report: Any, tier_text: Any) -> Self:
        """Show a report; `tier_text` writes a tier of fen."""
        found: dict[str, list[ContributionCount]] = {"tier": [], "rhythm": [], "special_group": [], "all": []}
        for row in report.rows:
            key = {
                "tier": tier_text(row.tier_fen or 0),
                "rhythm": row.rhythm,
                "special_group": row.special_group,
                "all": None,
            }[row.dimension]
            found[row.dimension].append(ContributionCount.of(row, key))
        return cls(
            division_code=report.division.code,
            division_name=report.division.name,
            year=report.year,
            month=report.month,
            total=found["all"][0],
            by_tier=found["tier"],
            by_rhythm=found["rhythm"],
            by_special_group=found["special_group"],
        )
