"""Birthdays, ages and months. Ages are full years on the full birth date of the ID number (policy.md §1, §4.9)."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from api.errors import Invalid

_MONTHS = 12
_MONTH_TEXT = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])", re.ASCII)
_BENEFIT_AGE = 60


class MonthMalformed(Invalid):
    """The string is no month such as 2011-03."""

    code = "month-malformed"
    title = "月份格式不正确"


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month, ordered, written "2011-03". In the database it is its first day."""

    year: int
    month: int

    @classmethod
    def of(cls, day: date) -> Month:
        """Month that the day lies in."""
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str) -> Month:
        """Read "2011-03". Raises MonthMalformed for anything else."""
        match = _MONTH_TEXT.fullmatch(text)
        if match is None or match.group(1) == "0000":
            raise MonthMalformed("月份应写作 2011-03 的形式。")
        return cls(int(match.group(1)), int(match.group(2)))

    @property
    def index(self) -> int:
        """Months since year 0, so that months can be subtracted: year*12 + month - 1."""
        return self.year * _MONTHS + self.month - 1

    @property
    def first_day(self) -> date:
        """First day of the month."""
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        """Last day of the month."""
        return date(self.year, self.month, monthrange(self.year, self.month)[1])

    def plus(self, months: int) -> Month:
        """Month that many months later (earlier when negative)."""
        year, month = divmod(self.index + months, _MONTHS)
        return Month(year, month + 1)

    def months_since(self, other: Month) -> int:
        """Months from the other month to this one; negative when this one is earlier."""
        return self.index - other.index

    def __str__(self) -> str:
        """Write "2011-03"."""
        return f"{self.year:04d}-{self.month:02d}"


def months_between(first: Month, last: Month) -> tuple[Month, ...]:
    """Every month from the first to the last, both included; empty when the last is before the first."""
    return tuple(first.plus(step) for step in range(last.months_since(first) + 1))


def anniversary(birth_date: date, years: int) -> date:
    """Birthday after that many years; of somebody born on 29 February, 28 February in a common year (policy.md §4.9).

    The month never changes, so a start of benefits never moves.
    """
    year = birth_date.year + years
    last = monthrange(year, birth_date.month)[1]
    return date(year, birth_date.month, min(birth_date.day, last))


attains_on = anniversary
"""Day on which somebody attains an age: `attains_on(birth_date, 60)`."""


def age_on(birth_date: date, on: date) -> int:
    """Age in full years on a day; negative before birth."""
    years = on.year - birth_date.year
    return years if anniversary(birth_date, years) <= on else years - 1


def benefit_start_month(birth_date: date, *, benefit_age: int = _BENEFIT_AGE) -> Month:
    """First month of benefits: the month after the month of the birthday (policy.md §1, [S23][S24])."""
    return Month.of(attains_on(birth_date, benefit_age)).plus(1)


def notice_month(birth_date: date, *, benefit_age: int = _BENEFIT_AGE) -> Month:
    """Month whose run prints the 待遇领取通知表: the month before the birthday's (policy.md §3.3 P9)."""
    return Month.of(attains_on(birth_date, benefit_age)).plus(-1)


def notice_birth_months(run_month: Month, *, benefit_age: int = _BENEFIT_AGE) -> tuple[date, date]:
    """First and last birth date of the people on the notice run of a month: those who attain the age next month."""
    born = run_month.plus(1 - benefit_age * _MONTHS)
    return born.first_day, born.last_day


def latest_birth_date(*, age: int, on: date) -> date:
    """Latest birth date of those who have attained an age on a day: `birth_date <= it` is `age_on(birth_date, on) >= age`.

    On 28 February of a common year people born on 29 February attain theirs too (policy.md §4.9).
    """
    year = on.year - age
    last = monthrange(year, on.month)[1]
    if on.month == 2 and on.day == monthrange(on.year, on.month)[1]:
        return date(year, on.month, last)
    return date(year, on.month, min(on.day, last))
