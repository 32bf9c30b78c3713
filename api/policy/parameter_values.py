"""Values of dated parameters: what each kind looks like in a file and which exact type it becomes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from api.policy.interest import RateStep, RateTable
from api.policy.money import parse_yuan

if TYPE_CHECKING:
    from collections.abc import Callable

# A plain TOML or JSON value; each kind's parser below is what decides whether it is well formed.
ParameterValue = Any

_PPM_PER_PERCENT = 10_000
_WHOLE_PPM = 1_000_000
_LEAP_YEAR = 2012
_PERCENT = re.compile(r"\d{1,4}(\.\d{1,8})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class SubsidyBand:
    """Subsidy of a year, in fen, for tiers from `from_tier_fen` upwards until the next band."""

    from_tier_fen: int
    subsidy_fen: int


@dataclass(frozen=True, slots=True)
class GovernmentShares:
    """What each level of government bears of an amount, in millionths; the county bears what is left."""

    central_ppm: int
    province_ppm: int
    city_ppm: int
    town_ppm: int

    @property
    def county_ppm(self) -> int:
        """The county's share: the rest."""
        return _WHOLE_PPM - self.central_ppm - self.province_ppm - self.city_ppm - self.town_ppm


def percent_to_ppm(text: object) -> int:
    """Read a percentage ("2.25") into millionths (22500). A finer one: ValueError; no string: TypeError."""
    if not isinstance(text, str):
        message = "a percentage is a string"
        raise TypeError(message)
    if not _PERCENT.fullmatch(text):
        message = f"not a percentage: {text}"
        raise ValueError(message)
    ppm = Decimal(text) * _PPM_PER_PERCENT
    if ppm != int(ppm) or ppm < 0:
        message = f"not a percentage of at most four decimals: {text}"
        raise ValueError(message)
    return int(ppm)


def _month_day(text: str) -> tuple[int, int]:
    # A leap year, so that 29 February could be a cut-off; windows clip it in common years.
    day = date.fromisoformat(f"{_LEAP_YEAR}-{text}")
    return day.month, day.day


def _integer(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        message = f"not a count: {value!r}"
        raise TypeError(message)
    return value


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        message = f"neither true nor false: {value!r}"
        raise TypeError(message)
    return value


def _tiers(value: object) -> tuple[int, ...]:
    if not isinstance(value, list):
        message = "tiers are a list"
        raise TypeError(message)
    tiers = tuple(parse_yuan(text) for text in value)
    if not tiers or tiers[0] <= 0 or list(tiers) != sorted(set(tiers)):
        message = "tiers must be positive and rise"
        raise ValueError(message)
    return tiers


def _bands(value: list[dict[str, str]]) -> tuple[SubsidyBand, ...]:
    _only(value, {"from_tier", "subsidy"})
    bands = tuple(SubsidyBand(parse_yuan(band["from_tier"]), parse_yuan(band["subsidy"])) for band in value)
    starts = [band.from_tier_fen for band in bands]
    if starts != sorted(set(starts)):
        message = "bands must rise"
        raise ValueError(message)
    return bands


def _only(value: object, keys: set[str]) -> None:
    if not isinstance(value, list) or any(item.keys() != keys for item in value):
        message = f"each item has exactly {sorted(keys)}"
        raise ValueError(message)


def _day(text: str) -> date:
    day = date.fromisoformat(text)
    if day.isoformat() != text:
        message = f"not a day as YYYY-MM-DD: {text}"
        raise ValueError(message)
    return day


def _word(value: object) -> str:
    if not isinstance(value, str):
        message = f"not a word: {value!r}"
        raise TypeError(message)
    return value


def _words(value: object) -> frozenset[str]:
    if not isinstance(value, list) or len(set(value)) != len(value):
        message = "words are a list without repetitions"
        raise ValueError(message)
    return frozenset(_word(item) for item in value)


def _days(value: list[str]) -> frozenset[date]:
    days = [_day(item) for item in value]
    if days != sorted(set(days)):
        message = "days must rise"
        raise ValueError(message)
    return frozenset(days)


def _rates(value: list[dict[str, str]]) -> RateTable:
    _only(value, {"effective_on", "rate"})
    return RateTable(tuple(RateStep(_day(step["effective_on"]), percent_to_ppm(step["rate"])) for step in value))


def _shares(value: dict[str, str]) -> GovernmentShares:
    shares = GovernmentShares(
        central_ppm=percent_to_ppm(value["central"]),
        province_ppm=percent_to_ppm(value["province"]),
        city_ppm=percent_to_ppm(value["city"]),
        town_ppm=percent_to_ppm(value["town"]),
    )
    if len(value) != 4 or shares.county_ppm < 0:
        message = "shares name centre, province, city and town and leave the county no less than nothing"
        raise ValueError(message)
    return shares


_PARSERS: dict[str, Callable[[Any], object]] = {
    "money": parse_yuan,
    "money_list": _tiers,
    "bands": _bands,
    "integer": _integer,
    "boolean": _boolean,
    "word": _word,
    "words": _words,
    "date": _day,
    "days": _days,
    "month_day": _month_day,
    "percent": percent_to_ppm,
    "rates": _rates,
    "shares": _shares,
}


def parse_value(kind: str, value: ParameterValue) -> Any:
    """Turn a value as written into its exact type. Raises ValueError, TypeError or KeyError when it does not read."""
    return _PARSERS[kind](value)
