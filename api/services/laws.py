"""The law of a place on a day: which dated parameters hold there. Every amount asks here, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.policy.parameters import parameters_on

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from api.policy.parameters import PolicyParameters


def law_on(session: Session, division_code: int, day: date) -> PolicyParameters:
    """Return every parameter as it holds in a division on a day. Raises `ParametersUnknown` before the scheme began."""
    del session, division_code  # The statutes hold everywhere alike; local layers come on top of them here.
    return parameters_on(day)
