"""Reads the cells that lists of applications and contributions have and the roster has not: money, days, years, words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, NamedTuple

from api.exchange.roster_cells import clean_name, tidy
from api.policy.money import MoneyMalformed, parse_yuan

# A spreadsheet may write midnight behind a day, as 00:00:00 or as 0:00:00, but never without something in between.
_DAY = re.compile(
    r"(\d{4})(?:\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?|(\d{2})(\d{2}))(?:(?:T|\s+)0{1,2}:00(?::00)?)?",
    re.ASCII,
)
_YEAR = re.compile(r"(20\d{2})年?度?", re.ASCII)


class Field(NamedTuple):
    """What became of a cell: the value (None when empty), the code of a refusal, the codes of warnings."""

    value: Any
    refusal: str | None = None
    warnings: tuple[str, ...] = ()

    @property
    def findings(self) -> list[str]:
        """All codes, the refusal first."""
        return [code for code in (self.refusal, *self.warnings) if code]


def clean_name_field(raw: str) -> Field:
    """姓名, as the roster reads it."""
    return Field(*clean_name(raw))


def _reader(convert: Callable[[str], Any]) -> Callable[[str], Field]:
    """Make a reader that tidies, keeps empty cells empty and refuses what `convert` does not know (ValueError)."""

    def read(raw: str) -> Field:
        cell = tidy(raw)
        if cell.refusal:
            return Field(None, cell.refusal)
        text = str(cell.value)
        if not text:
            return Field(None)
        try:
            return Field(convert(text))
        except ValueError:
            return Field(None, "bad_value")

    return read


def _yuan(text: str) -> int:
    """Yuan into fen: 100, 100.00, 100元."""
    try:
        fen = parse_yuan(text.removesuffix("元").rstrip())
    except MoneyMalformed as error:
        raise ValueError from error
    if fen < 0:
        raise ValueError
    return fen


def _day(text: str) -> date:
    """2010-11-03, 2010/11/3, 2010.11.3, 2010年11月3日, 20101103, with or without midnight behind it. Never a serial."""
    match = _DAY.fullmatch(text)
    if match is None:
        raise ValueError
    year, month, day, packed_month, packed_day = match.groups()
    return date(int(year), int(month or packed_month), int(day or packed_day))


def _year(text: str) -> int:
    """2010, 2010年, 2010年度."""
    match = _YEAR.fullmatch(text)
    if match is None:
        raise ValueError
    return int(match.group(1))


def _number(text: str) -> int:
    """A receipt's number: 17, 000017, No.17, 17号."""
    digits = text.removeprefix("No.").removeprefix("№").removesuffix("号").strip()
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 9 or int(digits) == 0:
        raise ValueError
    return int(digits)


def read_words(words: Mapping[str, Any]) -> Callable[[str], Field]:
    """Make the reader of a column that knows a closed list of words."""

    def convert(text: str) -> Any:
        word = "".join(text.split())
        if word not in words:
            raise ValueError
        return words[word]

    return _reader(convert)


read_yuan = _reader(_yuan)
read_day = _reader(_day)
read_year = _reader(_year)
read_number = _reader(_number)
