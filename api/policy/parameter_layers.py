"""The dated law in layers: the statutes, and over them what nation, province, city, county, town and village have changed.

For a code on a day the deepest layer with a change that covers the day prevails; within a layer, the change approved
last. Nothing is overwritten: where a change says nothing (any more), what lies under it holds again.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

from api.errors import DomainError
from api.policy.parameters import (
    DatedParameter,
    ParametersBroken,
    ParametersUnknown,
    PolicyParameters,
    basic_pension_paid_fen,
    parameters_on,
    statute_book,
    typed,
)
from api.vocabulary import ParameterLayer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

NATIONAL = 100_000_000_000
"""Code of the layer that holds everywhere, as the whole installation is written elsewhere."""
_SPANS = (
    (ParameterLayer.PROVINCE, 10**10),
    (ParameterLayer.CITY, 10**8),
    (ParameterLayer.COUNTY, 10**6),
    (ParameterLayer.TOWN, 10**3),
    (ParameterLayer.VILLAGE, 1),
)
_SNAPSHOTS = 8192


class LayerTooDeep(DomainError):
    """The parameter is not this layer's to set."""

    status = 422
    code = "parameter-layer-too-deep"
    title = "该参数不能在这一层级设定"


@dataclass(frozen=True, slots=True)
class LowestLevel:
    """How far down a parameter may be set, and why no further."""

    layer: ParameterLayer
    reason: str


@dataclass(frozen=True, slots=True)
class LayeredChange:
    """An approved change: `serial` rises with each approval in the whole installation."""

    serial: int
    change_id: int
    layer_code: int
    entry: DatedParameter


@dataclass(frozen=True, slots=True)
class Standing:
    """What is in force: the entry, and the change that brought it; without one it stands in the statutes."""

    entry: DatedParameter
    change: LayeredChange | None


def layer_of(code: int) -> ParameterLayer:
    """Return the layer of a 12-digit code; trailing zeros say how high it stands."""
    if code == NATIONAL:
        return ParameterLayer.NATIONAL
    return next(layer for layer, span in _SPANS if code % span == 0)


def chain_of(division_code: int) -> tuple[int, ...]:
    """Return the layers that a division stands under, the deepest first, its own included and the nation last."""
    codes = [division_code // span * span for _, span in reversed(_SPANS)]
    return (*dict.fromkeys(code for code in codes if code != NATIONAL), NATIONAL)


@lru_cache(maxsize=1)
def lowest_levels() -> dict[str, LowestLevel]:
    """Return how far down each code may be set. Raises ParametersBroken when the file says it twice."""
    found: dict[str, LowestLevel] = {}
    path = files("api.policy").joinpath("parameters", "levels.toml")
    for group in tomllib.loads(path.read_text(encoding="utf-8"))["levels"]:
        level = LowestLevel(ParameterLayer(group["lowest"]), group["reason"])
        for code in group["codes"]:
            if code in found:
                message = f"levels.toml: {code} stands in two groups"
                raise ParametersBroken(message)
            found[code] = level
    return found


def lowest_level(code: str) -> LowestLevel:
    """Return how far down a code may be set. What nobody has placed is the pool's: no run over a county errs about it."""
    return lowest_levels().get(code, LowestLevel(ParameterLayer.COUNTY, "全县一致。"))


def check_level(code: str, layer_code: int) -> None:
    """Make sure that a layer may set a parameter. Raises `LayerTooDeep`."""
    lowest = lowest_level(code)
    order = list(ParameterLayer)
    if order.index(layer_of(layer_code)) > order.index(lowest.layer):
        raise LayerTooDeep(f"该参数最低只能由{lowest.layer.label}一级设定：{lowest.reason}", pointer="/division_code")


class LayeredBook:
    """The statutes with approved changes over them, as of one serial. Immutable; snapshots are kept."""

    def __init__(self, changes: Iterable[LayeredChange] = ()) -> None:
        """Take approved changes in any order. Raises ParametersBroken for a value that does not read."""
        self.changes: tuple[LayeredChange, ...] = tuple(sorted(changes, key=lambda change: change.serial))
        self._newest_first: dict[tuple[int, str], list[LayeredChange]] = {}
        self._typed: dict[int, tuple[str, object]] = {}
        for change in reversed(self.changes):
            self._typed[change.serial] = typed(change.entry)
            self._newest_first.setdefault((change.layer_code, change.entry.code), []).append(change)
        self._layers = frozenset(change.layer_code for change in self.changes)
        self._snapshot = lru_cache(maxsize=_SNAPSHOTS)(self._make)

    @property
    def serial(self) -> int:
        """Serial of the newest change; 0 for the statutes alone."""
        return self.changes[-1].serial if self.changes else 0

    def at(self, serial: int) -> LayeredBook:
        """Return the book as it was when `serial` was the newest change."""
        return LayeredBook(change for change in self.changes if change.serial <= serial)

    def with_change(self, change: LayeredChange) -> LayeredBook:
        """Return the book with one more change. Raises ParametersBroken for a value that does not read."""
        return LayeredBook((*self.changes, change))

    def stretches(self, low: int, high: int) -> list[tuple[int, int]]:
        """Cut a range of codes where a unit with a law of its own begins or ends: the first code of each tells its law.

        A statement over many people takes one stretch at a time, with the prices of `on(first)`.
        """
        inside = sorted(code for code in self._layers if low < code <= high)
        cuts = {low, high + 1}
        for code in inside:
            span = next(size for _, size in _SPANS if code % size == 0)
            cuts |= {code, min(code + span, high + 1)}
        edges = sorted(cuts)
        return [(first, following - 1) for first, following in pairwise(edges)]

    def change_on(
        self, code: str, division_code: int, day: date, *, in_month: date | None = None
    ) -> LayeredChange | None:
        """Return the change that prevails for a code in a division on a day; None when the statutes do.

        With `in_month`, changes that are paid only later do not count yet.
        """
        for layer_code in chain_of(division_code):
            for change in self._newest_first.get((layer_code, code), ()):
                paid_from = change.entry.paid_from
                if change.entry.covers(day) and (in_month is None or paid_from is None or paid_from <= in_month):
                    return change
        return None

    def standing(self, code: str, division_code: int, day: date) -> Standing | None:
        """Return what is in force for a code in a division on a day, and where it comes from; None before the scheme."""
        change = self.change_on(code, division_code, day)
        if change is not None:
            return Standing(change.entry, change)
        entry = statute_book().entry_on(code, day)
        return None if entry is None else Standing(entry, None)

    def on(self, division_code: int, day: date) -> PolicyParameters:
        """Return every parameter as it holds in a division on a day. Raises ParametersUnknown before the scheme began."""
        if not self._layers:
            return parameters_on(day)
        # Villages under the same layers share their snapshot.
        chain = tuple(code for code in chain_of(division_code) if code in self._layers)
        return self._snapshot(chain, day) if chain else parameters_on(day)

    def _make(self, chain: Sequence[int], day: date) -> PolicyParameters:
        changed: dict[str, Any] = {}
        # From the top down and from the oldest on, so that what prevails is written last.
        for layer_code in reversed(chain):
            for change in self.changes:
                if change.layer_code == layer_code and change.entry.covers(day):
                    field, value = self._typed[change.serial]
                    changed[field] = value
        return replace(parameters_on(day), **changed)

    def basic_pension_paid_fen(self, division_code: int, month: date, *, in_month: date) -> int:
        """Return the basic pension of a month, in fen, as it is paid in another: raises come late and are paid back (A14).

        A change that is paid from a later month counts as if it were not there yet. Raises ParametersUnknown before the
        scheme began.
        """
        change = self.change_on("basic_pension", division_code, month, in_month=in_month)
        if change is None:
            return basic_pension_paid_fen(month, in_month=in_month)
        if statute_book().entry_on("basic_pension", month) is None:
            raise ParametersUnknown
        return cast("int", self._typed[change.serial][1])
