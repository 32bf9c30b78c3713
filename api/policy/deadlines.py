"""经办时限: by which day each step of a case is due, counted from the day on which the case entered it (policy.md §3.2).

A month's cases travel together: villages report until their day, the subdistrict until its own, the county has some
working days and ends within the month of the list. All days are dated parameters.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from api.policy.ages import Month
from api.vocabulary import EnrolmentStep

if TYPE_CHECKING:
    from datetime import date

    from api.policy.parameters import PolicyParameters

_SATURDAY = 5


def is_working_day(day: date, parameters: PolicyParameters) -> bool:
    """Monday to Friday but for holidays, and the weekend days that are worked in exchange."""
    if day in parameters.extra_working_days:
        return True
    return day.weekday() < _SATURDAY and day not in parameters.holidays


def add_working_days(day: date, count: int, parameters: PolicyParameters) -> date:
    """Return the `count`-th working day after a day; the day itself is never counted (民法通则 154)."""
    while count:
        day += timedelta(days=1)
        count -= is_working_day(day, parameters)
    return day


def next_monthly_day(day: date, day_of_month: int) -> date:
    """Return the first day on or after `day` with that number; in a short month its last day stands for it."""
    month = Month.of(day)
    reached = _day_in(month, day_of_month)
    return reached if day <= reached else _day_in(month.plus(1), day_of_month)


def due_on(step: EnrolmentStep, entered_on: date, parameters: PolicyParameters) -> date:
    """Return the last day for a step of a case that has waited for it since `entered_on`.

    The county's working days end within the month whose list the case came with: that of the subdistrict's next
    reporting day.
    """
    if step is EnrolmentStep.VILLAGE_CHECK:
        return next_monthly_day(entered_on, parameters.village_to_town_day)
    listed_on = next_monthly_day(entered_on, parameters.town_to_county_day)
    if step is EnrolmentStep.TOWNSHIP_REVIEW:
        return listed_on
    counted = add_working_days(entered_on, parameters.county_review_working_days, parameters)
    return min(counted, Month.of(listed_on).last_day)


def effect_month(step: EnrolmentStep, entered_on: date, parameters: PolicyParameters) -> Month:
    """Return the month in which a case takes effect when its step and those after it keep their days (feature 24).

    What comes after the village's reporting day travels with the next month's list; the county ends within the month.
    """
    if step is EnrolmentStep.VILLAGE_CHECK:
        return Month.of(next_monthly_day(entered_on, parameters.village_to_town_day))
    return Month.of(due_on(step, entered_on, parameters))


def escalated_until(today: date, parameters: PolicyParameters) -> date:
    """Return the due day of the youngest steps that are so late today that the unit above is told of them (督办)."""
    return today - timedelta(days=parameters.escalation_days)


def _day_in(month: Month, day_of_month: int) -> date:
    last = month.last_day
    return last if day_of_month > last.day else last.replace(day=day_of_month)
