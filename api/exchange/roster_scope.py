"""Which villages an import may name: resolves 村代码 and 村(居)委会 against the divisions and the import's own unit."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from api.exchange.roster_cells import tidy

_SUFFIX = re.compile(r"(?:社区)?(?:村民委员会|居民委员会|村委会|居委会|委员会)$|社区$|村$")
_LEVEL_SPANS = (10**10, 10**8, 10**6, 10**3)
_VILLAGE_SPAN = 10**3


class VillageReading(NamedTuple):
    """The village of a row: its code, or the field and code of the refusal; warnings belong to that field."""

    village_code: int | None
    field: str
    refusal: str | None = None
    warnings: tuple[str, ...] = ()


def division_range(division_code: int) -> tuple[int, int]:
    """First and last 12-digit code below a unit, itself included: 440783000000 → (440783000000, 440783999999)."""
    span = next((span for span in _LEVEL_SPANS if division_code % span == 0), 1)
    return division_code, division_code + span - 1


def _short(name: str) -> str:
    """Name without the words for its kind: 石海村委会 and 石海村 are the same place."""
    return _SUFFIX.sub("", name)


class RosterScope:
    """The divisions that are known, the unit that the import is for, and the day on which it is judged."""

    def __init__(self, *, divisions: Mapping[int, str], division_code: int, as_of: dt.date) -> None:
        self.as_of = as_of
        self.low, self.high = division_range(division_code)
        self._villages = {code for code in divisions if code % _VILLAGE_SPAN}
        self._default = division_code if division_code in self._villages else None
        self._upper_names = sorted(
            (name for code, name in divisions.items() if not code % _VILLAGE_SPAN), key=len, reverse=True
        )
        self._inside: dict[str, set[int]] = defaultdict(set)
        self._outside: set[str] = set()
        for code in self._villages:
            name = str(tidy(divisions[code]).value or "")
            keys = {name, _short(name)} - {""}
            if self.low <= code <= self.high:
                for key in keys:
                    self._inside[key].add(code)
            else:
                self._outside |= keys

    def read_village(self, raw_code: str, raw_name: str) -> VillageReading:
        """Resolve one row. The code goes before the name; when both are given they must agree."""
        code_cell, name_cell = tidy(raw_code), tidy(raw_name)
        for field, cell in (("village_code", code_cell), ("village_name", name_cell)):
            if cell.refusal:
                return VillageReading(None, field, cell.refusal)
        code_text, name_text = str(code_cell.value), "".join(str(name_cell.value).split())
        if not code_text and not name_text:
            return VillageReading(self._default, "village_code", None if self._default else "unknown_village")
        if not code_text:
            return self._by_name(name_text, name_cell.warnings)
        reading = self._by_code(code_text, code_cell.warnings)
        if reading.refusal or not name_text:
            return reading
        named = self._by_name(name_text, ())
        if named.village_code is not None and named.village_code != reading.village_code:
            return VillageReading(None, "village_code", "village_mismatch")
        return reading

    def _by_code(self, text: str, warnings: tuple[str, ...]) -> VillageReading:
        if not (text.isascii() and text.isdigit() and len(text) == 12):
            return VillageReading(None, "village_code", "unknown_village")
        code = int(text)
        if not self.low <= code <= self.high:
            return VillageReading(None, "village_code", "outside_division")
        if code not in self._villages:
            return VillageReading(None, "village_code", "unknown_village")
        return VillageReading(code, "village_code", None, warnings)

    def _by_name(self, text: str, warnings: tuple[str, ...]) -> VillageReading:
        name = text
        for upper in self._upper_names:
            name = name.removeprefix(upper)
        for key in (name, _short(name)):
            codes = self._inside.get(key, set())
            if len(codes) == 1:
                return VillageReading(next(iter(codes)), "village_name", None, warnings)
            if codes:
                return VillageReading(None, "village_name", "unknown_village")
        refusal = "outside_division" if {name, _short(name)} & self._outside else "unknown_village"
        return VillageReading(None, "village_name", refusal)
