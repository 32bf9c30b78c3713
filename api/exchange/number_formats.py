"""Which number formats of a workbook mean a day or a time, and what such a number says.

The reader of whole files knows it from its library; the reader of pieces must tell the same.
"""

from __future__ import annotations

import datetime as dt
from typing import Final, NamedTuple

_BUILT_IN_DAYS: Final = frozenset({*range(14, 23), *range(27, 37), 45, 47, *range(50, 59)})
_BUILT_IN_SPANS: Final = frozenset({46})
_EPOCH: Final = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - a day of a sheet has no time zone
_EPOCH_1904_DAYS: Final = 1462
_FALSE_LEAP_DAY: Final = 60
"""The sheets' calendar has a 29 February 1900, so that the days before it lie one day off."""
_LAST_SERIAL: Final = 2_958_466
_MILLISECONDS: Final = 86_400_000


class NumberStyle(NamedTuple):
    """What the numbers of a style are: a day or time, a span of time, or neither."""

    is_day: bool = False
    is_span: bool = False


PLAIN: Final = NumberStyle()


def style_of(format_id: int, custom: dict[int, str]) -> NumberStyle:
    """Return what numbers of a format are; a workbook's own format goes before a built-in one."""
    code = custom.get(format_id)
    if code is not None:
        return _read_code(code)
    return NumberStyle(is_day=format_id in _BUILT_IN_DAYS, is_span=format_id in _BUILT_IN_SPANS)


def _read_code(code: str) -> NumberStyle:
    """Look for letters of days and times outside of quotes, escapes and brackets, in the first section only."""
    is_quoted = is_escaped = False
    bracket: str | None = None
    previous = ""
    for letter in code:
        if is_escaped:
            is_escaped = False
        elif is_quoted:
            is_quoted = letter != '"'
        elif bracket is not None:
            if letter == "]":
                if bracket and not set(bracket.lower()) - set("hms") and len(set(bracket.lower())) == 1:
                    return NumberStyle(is_span=True)
                bracket = None
            else:
                bracket += letter
        elif letter in "\\_*":
            is_escaped = True
        elif letter == '"':
            is_quoted = True
        elif letter == "[":
            bracket = ""
        elif letter == ";":
            return PLAIN
        elif letter in "dmhysDMHYS" and not (letter in "sS" and previous in "uU"):
            return NumberStyle(is_day=True)
        previous = letter
    return PLAIN


def day_text(serial: float, style: NumberStyle, *, is_1904: bool) -> str | None:
    """Return the day, the time or the span that a serial number stands for, as text; None when there is no such day."""
    if style.is_span:
        return str(dt.timedelta(milliseconds=round(serial * _MILLISECONDS)))
    is_time = serial < 1
    if is_1904:
        serial += _EPOCH_1904_DAYS
    if not 0 <= serial < _LAST_SERIAL:
        return None
    # The calendar of the sheets begins a day late and makes it up by its false leap day.
    shift = 1 if 1 <= serial < _FALSE_LEAP_DAY else 0
    moment = _EPOCH + dt.timedelta(days=shift, milliseconds=round(serial * _MILLISECONDS))
    if is_time:
        return moment.time().isoformat()
    return moment.date().isoformat() if moment.time() == dt.time() else moment.isoformat()
