"""The shared strings of a workbook on disk instead of in memory: a sheet's texts may be many times its rows.

They lie in blocks in a file that has no name any more, and the blocks used last are kept. Spreadsheets number their
strings by first appearance, so that a sheet read from the top meets them nearly in order.
"""

from __future__ import annotations

import json
import tempfile
from array import array
from collections import OrderedDict
from typing import TYPE_CHECKING, BinaryIO, Final, Self, cast

if TYPE_CHECKING:
    from types import TracebackType

_BLOCK: Final = 64
_KEPT_BLOCKS: Final = 6000


class SharedStrings:
    """Texts by number. Fill it, then ask; as a context manager it lets go of its file."""

    def __init__(self) -> None:
        self._file = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115 - closed by __exit__
        self._ends = array("q", [0])
        self._filling: list[str] = []
        self._kept: OrderedDict[int, list[str]] = OrderedDict()
        self.count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, text: str) -> None:
        """Append the next text."""
        self._filling.append(text)
        self.count += 1
        if len(self._filling) == _BLOCK:
            self._write()

    def finish(self) -> None:
        """Write what is left; nothing is added afterwards."""
        if self._filling:
            self._write()

    def _write(self) -> None:
        data = json.dumps(self._filling, ensure_ascii=False).encode("utf-8", "surrogatepass")
        self._file.write(data)
        self._ends.append(self._ends[-1] + len(data))
        self._filling = []

    def __getitem__(self, number: int) -> str:
        """Return the text of a number. Raises IndexError."""
        if not 0 <= number < self.count:
            raise IndexError(number)
        place, offset = divmod(number, _BLOCK)
        block = self._kept.get(place)
        if block is None:
            start = self._ends[place]
            self._file.seek(start)
            block = json.loads(self._file.read(self._ends[place + 1] - start).decode("utf-8", "surrogatepass"))
            self._kept[place] = block
            if len(self._kept) > _KEPT_BLOCKS:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(place)
        return block[offset]
