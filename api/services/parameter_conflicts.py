"""What stands in the way of a changed parameter: amounts that were computed by the old value and are not made anew."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

from api.database import WHOLE, DatabaseRole, county_of, run_sql, scope_of
from api.errors import DomainError
from api.policy.interest import Accrual, accrual_of
from api.policy.money import format_yuan
from api.policy.parameter_layers import NATIONAL, LayeredBook, layer_of
from api.vocabulary import ParameterLayer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from api.database import Database
    from api.policy.parameter_layers import LayeredChange
    from api.policy.parameters import PolicyParameters

FOLDER = "parameter_changes"
ABOVE_COUNTY = (ParameterLayer.NATIONAL, ParameterLayer.PROVINCE, ParameterLayer.CITY)
INTEREST_CODES = frozenset({"rate_mode", "interest_rounding", "pboc_one_year_rates", "published_rates"})
AWARD_CODES = frozenset(
    {
        "benefit_age",
        "divisor_months",
        "launch_cohort_children_rule",
        "launch_cohort_from_launch_month",
        "launch_on",
        "long_contribution_bonus",
        "required_years_cap",
        "shortfall_policy",
        "turning_year_required",
    }
)
SETTLEMENT_CODES = frozenset({"gov_subsidy_inheritable"})
CONTRIBUTION_CODES = frozenset(
    {
        "government_paid_groups",
        "make_up_age_at_launch",
        "make_up_cap_years",
        "make_up_subsidised",
        "severe_disability_grade",
        "subsidy_bands",
        "tiers",
        "window_closes",
        "window_opens",
    }
)
LAST_DAY = date(9999, 12, 31)
_SHOWN = 5


class ParameterInUse(DomainError):
    """Runs, awards or payments rest on the value that the change would replace."""

    code = "parameter-in-use"
    title = "已有业务按原参数办理"


def require_none(session: Session, *, book: LayeredBook, change: LayeredChange) -> None:
    """Raise `ParameterInUse` with what stands in the way."""
    found = conflicts_of(session, book=book, change=change)
    if found:
        more = f"等{len(found)}项" if len(found) > _SHOWN else ""
        detail = f"{'；'.join(found[:_SHOWN])}{more}。已入账的金额不重算，请改自以后的日期起施行。"
        raise ParameterInUse(detail, pointer="/valid_from")


@contextmanager
def seeing_all(session: Session, database: Database, layer_code: int) -> Iterator[Session]:
    """Give a session that sees all counties of a layer: above the county, more than whoever asks may see."""
    if layer_of(layer_code) not in ABOVE_COUNTY:
        yield session
        return
    with database.read_snapshot(WHOLE, role=DatabaseRole.WIDE) as wide:
        yield wide


def reach_of(layer_code: int) -> dict[str, int]:
    """Return the range of units and counties that a layer covers."""
    low, high = (0, 10**12 - 1) if layer_code == NATIONAL else scope_of(layer_code)
    return {"low": low, "high": high, "county_low": county_of(low), "county_high": county_of(high)}


def conflicts_of(session: Session, *, book: LayeredBook, change: LayeredChange) -> list[str]:
    """Say in Chinese what was computed by the old value; nothing where the change leaves it as it is."""
    code = change.entry.code
    changed = book.with_change(change)
    reach = reach_of(change.layer_code)
    counties = {"county_low": reach["county_low"], "county_high": reach["county_high"]}
    period = {"first_on": change.entry.valid_from, "last_on": change.entry.valid_to or LAST_DAY}
    if code in INTEREST_CODES:
        return [*_of_interest(session, book, changed, counties)]
    if code in AWARD_CODES:
        return [*_of_awards(session, book, changed, code, counties | period)]
    if code == "basic_pension":
        return [*_of_paid_months(session, book, changed, counties | period)]
    if code in SETTLEMENT_CODES:
        return [*_of_settlements(session, book, changed, code, counties | period)]
    return []


def accrual_in(book: LayeredBook, county_code: int, year: int) -> tuple[Accrual, str]:
    """Return a county's accrual table of a year and its rounding, by a book. Raises `InterestRateUnknown`."""
    law = book.on(county_code * 1_000_000, date(year, 12, 31))
    accrual = accrual_of(year, mode=law.rate_mode, rates=law.pboc_one_year_rates, published=law.published_rates)
    return accrual, law.interest_rounding.value


def _of_interest(session: Session, book: LayeredBook, changed: LayeredBook, counties: dict[str, int]) -> Iterator[str]:
    for run in run_sql(session, FOLDER, "10_list_interest_runs", **counties).all():
        before, after = (accrual_in(one, run.county_code, run.year) for one in (book, changed))
        if (before[0].numerators, before[0].denominator, before[1]) != (
            after[0].numerators,
            after[0].denominator,
            after[1],
        ):
            yield f"{run.county_code}的{run.year}年度结息已按{before[0].year_rate_text}计算"


def _of_awards(
    session: Session, book: LayeredBook, changed: LayeredBook, code: str, where: dict[str, Any]
) -> Iterator[str]:
    for row in run_sql(session, FOLDER, "20_count_awards", **where).all():
        if _differs(book, changed, code, row.county_code, row.start_month):
            yield f"{row.county_code}已有{row.award_count}人按原规定核定自{row.start_month:%Y-%m}起的待遇"


def _of_paid_months(session: Session, book: LayeredBook, changed: LayeredBook, where: dict[str, Any]) -> Iterator[str]:
    """A raise is paid back, once for each month; nothing is taken back."""
    for row in run_sql(session, FOLDER, "30_list_paid_months", **where).all():
        place = row.county_code * 1_000_000
        before_fen, after_fen = (one.on(place, row.month).basic_pension_fen for one in (book, changed))
        if before_fen == after_fen:
            continue
        if row.most_fen is not None and after_fen < row.most_fen:
            yield f"{row.county_code}{row.month:%Y-%m}的基础养老金已按{format_yuan(row.most_fen)}元应发，不能调低"
        elif row.raised_count:
            yield f"{row.county_code}{row.month:%Y-%m}的基础养老金已补发过一次，不能再次追溯调整"


def _of_settlements(
    session: Session, book: LayeredBook, changed: LayeredBook, code: str, where: dict[str, Any]
) -> Iterator[str]:
    for row in run_sql(session, FOLDER, "40_count_settlements", **where).all():
        if _differs(book, changed, code, row.county_code, row.event_on):
            yield f"{row.county_code}已有{row.settlement_count}笔事件日期为{row.event_on}的注销结算"


def _differs(book: LayeredBook, changed: LayeredBook, code: str, county_code: int, day: date) -> bool:
    place = county_code * 1_000_000
    return _value(book.on(place, day), code) != _value(changed.on(place, day), code)


def _value(law: PolicyParameters, code: str) -> object:
    for name in (code, f"{code}_fen", f"{code}_ppm"):
        if hasattr(law, name):
            return getattr(law, name)
    return None


def not_recomputed(session: Session, change: LayeredChange) -> list[str]:
    """Say in Chinese what keeps the amounts that the old value gave, though it lies in the period."""
    entry = change.entry
    where = reach_of(change.layer_code) | {"first_on": entry.valid_from, "last_on": entry.valid_to or LAST_DAY}
    if entry.code not in CONTRIBUTION_CODES | INTEREST_CODES:
        return []
    row = run_sql(session, FOLDER, "50_count_not_recomputed", **where).one()
    notes = []
    if entry.code in CONTRIBUTION_CODES and row.contribution_count:
        notes.append(f"该期间已登记的{row.contribution_count}笔缴费及其补贴按原规定入账，不重算。")
    if entry.code in INTEREST_CODES and row.settled_count:
        notes.append(f"该期间已按月结清利息的{row.settled_count}个账户不重算。")
    return notes
