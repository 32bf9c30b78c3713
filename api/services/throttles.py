"""Slowing down those who guess passwords: per user name and per address, in this process.

The count per user is also kept in the database (`users.failed_count`), so that a restart forgives nobody.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from api.errors import DomainError

FREE_FAILURES: Final = 5
WINDOW_SECONDS: Final = 15 * 60
_FIRST_DELAY: Final = 30
_PER_ADDRESS: Final = 30
_ADDRESS_SECONDS: Final = 60.0
_MOST_REMEMBERED: Final = 20_000


class TooManyAttempts(DomainError):
    """Too many wrong passwords for this user or from this address; the account itself stays open."""

    status = 429
    code = "too-many-attempts"
    title = "尝试次数过多，请稍后再试"


def delay(failures: int) -> int:
    """Return how many seconds must pass after so many failures in a row: none for five, then doubling to 15 minutes."""
    if failures < FREE_FAILURES:
        return 0
    doublings = min(failures - FREE_FAILURES, 10)
    return min(WINDOW_SECONDS, _FIRST_DELAY << doublings)


@dataclass(slots=True)
class _Failures:
    count: int
    last: float


class Throttle:
    """Counts failures. Attempts are counted when they begin, so that a hundred at once are not one."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._names: OrderedDict[str, _Failures] = OrderedDict()
        self._addresses: OrderedDict[str, deque[float]] = OrderedDict()

    def begin(self, name: str, address: str) -> None:
        """Count an attempt. Raises `TooManyAttempts` with the time to wait, and counts nothing then."""
        now = self._clock()
        with self._lock:
            known = self._names.get(name)
            if known is not None and now - known.last >= WINDOW_SECONDS:
                known = None
            wait = delay(known.count) - (now - known.last) if known else 0
            recent = self._addresses.setdefault(address, deque())
            while recent and now - recent[0] >= _ADDRESS_SECONDS:
                recent.popleft()
            if len(recent) >= _PER_ADDRESS:
                wait = max(wait, _ADDRESS_SECONDS - (now - recent[0]))
            if wait > 0:
                raise TooManyAttempts(retry_after=int(wait) + 1)
            recent.append(now)
            self._names[name] = _Failures((known.count if known else 0) + 1, now)
            self._names.move_to_end(name)
            self._addresses.move_to_end(address)
            for remembered in (self._names, self._addresses):
                while len(remembered) > _MOST_REMEMBERED:
                    remembered.popitem(last=False)

    def succeed(self, name: str, address: str) -> None:
        """Forgive the name; take the attempt back from the address, since an office shares one."""
        with self._lock:
            self._names.pop(name, None)
            recent = self._addresses.get(address)
            if recent:
                recent.pop()
