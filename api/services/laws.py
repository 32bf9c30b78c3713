"""The law of a place on a day: which dated parameters hold there. Every amount asks here, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.policy import parameters as statutes
from api.policy.parameters import parameters_on

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from api.policy.parameters import PolicyParameters

_COUNTY_SPAN = 1_000_000


def law_on(session: Session, division_code: int, day: date) -> PolicyParameters:
    """Return every parameter as it holds in a division on a day. Raises `ParametersUnknown` before the scheme began."""
    del session, division_code  # The statutes hold everywhere alike; local layers come on top of them here.
    return parameters_on(day)


def law_of_county(session: Session, county_code: int, day: date) -> PolicyParameters:
    """Return every parameter as it holds in a county as a whole: the law of the pool, of its runs and of its interest."""
    return law_on(session, county_code * _COUNTY_SPAN, day)


def basic_pension_paid_fen(session: Session, county_code: int, month: date, *, in_month: date) -> int:
    """Return the basic pension of a month in a county, in fen, as it is paid in another month (A14).

    Raises `ParametersUnknown` before the scheme began. policy.md §2.3, §3.3 P15.
    """
    del session, county_code
    return statutes.basic_pension_paid_fen(month, in_month=in_month)
