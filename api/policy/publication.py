"""公示: how long a list hangs out in the village before anybody goes on with it (policy.md §3.2)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from api.policy.parameters import PolicyParameters


def last_day_of_publication(published_on: date, parameters: PolicyParameters) -> date:
    """Last day of the posting. Formula: day of posting + 7 days; the day itself does not count (民法 on periods)."""
    return published_on + timedelta(days=parameters.publication_days)
