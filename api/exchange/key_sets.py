"""Which keys a file has brought already, over any number of its pieces, in twelve bytes a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

Keys: TypeAlias = npt.NDArray[np.int64]
Rows: TypeAlias = npt.NDArray[np.int32]


class KeySet:
    """Sorted 64-bit keys, each with the first row that brought it."""

    def __init__(self) -> None:
        self._keys: Keys = np.empty(0, dtype=np.int64)
        self._rows: Rows = np.empty(0, dtype=np.int32)

    def __len__(self) -> int:
        return int(self._keys.size)

    def find(self, keys: Keys) -> Rows:
        """Return the row of each key, 0 for one that has not come."""
        if not self._keys.size:
            return np.zeros(keys.size, dtype=np.int32)
        places = np.minimum(np.searchsorted(self._keys, keys), self._keys.size - 1)
        return np.where(self._keys[places] == keys, self._rows[places], 0).astype(np.int32)

    def add(self, keys: Keys, rows: Rows) -> None:
        """Take keys in, none of which has come before, nor twice among themselves."""
        merged = np.concatenate([self._keys, np.sort(keys)])
        rows_by_key = np.concatenate([self._rows, rows[np.argsort(keys, kind="stable")]])
        # Two sorted runs: the stable sort only merges them.
        order = np.argsort(merged, kind="stable")
        self._keys, self._rows = merged[order], rows_by_key[order]


class MatterSet:
    """Keys of a person and a matter; there are few matters, so that each has a set of persons of its own."""

    def __init__(self) -> None:
        self._sets: dict[tuple[Hashable, ...], KeySet] = {}

    def find(self, key: tuple[Hashable, ...]) -> int | None:
        """Return the row that brought this person (an ID number's 17 digits, first) and matter (the rest)."""
        known = self._sets.get(key[1:])
        if known is None:
            return None
        return int(known.find(np.array([key[0]], dtype=np.int64))[0]) or None

    def add(self, rows: Sequence[tuple[tuple[Hashable, ...], int]]) -> None:
        """Take keys with their rows in."""
        by_matter: dict[tuple[Hashable, ...], list[tuple[Hashable, int]]] = {}
        for key, row in rows:
            by_matter.setdefault(key[1:], []).append((key[0], row))
        for matter, people in by_matter.items():
            persons = np.array([person for person, _ in people], dtype=np.int64)
            numbers = np.array([row for _, row in people], dtype=np.int32)
            self._sets.setdefault(matter, KeySet()).add(persons, numbers)
