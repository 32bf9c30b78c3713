"""By which law a year's interest was computed: as its run had it, else as it stands for the year's last day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from api.policy.interest import Accrual, RateMode, accrual_of
from api.policy.money import Rounding
from api.services import interest_runs
from api.services.interest_figures import JIAO
from api.services.laws import law_on
from api.vocabulary import RunState

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_IN_FORCE = frozenset({RunState.APPROVED, RunState.POSTED})


@dataclass(frozen=True, slots=True)
class YearLaw:
    """Accrual table and rounding of an interest year."""

    accrual: Accrual
    rounding: Rounding

    @property
    def for_sql(self) -> dict[str, Any]:
        """C[0..12], D and unit, as the steps of the runs take them."""
        return {
            "accrual": list(self.accrual.numerators),
            "denominator": self.accrual.denominator,
            "unit": JIAO if self.rounding is Rounding.CEIL_JIAO else 1,
        }


def law_of_year(session: Session, county_code: int, year: int) -> YearLaw:
    """Return the law of a year's interest in a county. Raises `policy.interest.InterestRateUnknown`.

    A village does not see the county's runs and is told by the law itself, which is the same unless somebody changed it
    after the run.
    """
    run = interest_runs.find(session, county_code=county_code, year=year)
    if run is not None and run.state in _IN_FORCE:
        facts = run.parameters
        accrual = Accrual(year, facts["denominator"], tuple(facts["accrual"]), RateMode(facts["rate_mode"]))
        return YearLaw(accrual, Rounding.CEIL_JIAO if facts["unit"] == JIAO else Rounding.HALF_UP_FEN)
    return dated_law_of_year(session, county_code, year)


def dated_law_of_year(session: Session, county_code: int, year: int) -> YearLaw:
    """Return the law of a year's interest as it stands for the year's last day. Raises as `law_of_year`."""
    law = law_on(session, county_code * 1_000_000, date(year, 12, 31))
    accrual = accrual_of(year, mode=law.rate_mode, rates=law.pboc_one_year_rates, published=law.published_rates)
    return YearLaw(accrual, law.interest_rounding)
