"""Who asked a moment ago: actors by the hash of their token, for seconds, in this process only."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from api.database import Actor

_CACHE_SECONDS: Final = 2.0
_CACHE_SIZE: Final = 4096


class ActorCache:
    """Actors of the last seconds, by the hash of their token, so that a busy page costs one look-up and not twenty."""

    def __init__(self) -> None:
        """Start empty."""
        self._lock = threading.Lock()
        self._entries: OrderedDict[bytes, tuple[float, Actor]] = OrderedDict()

    def get(self, key: bytes) -> Actor | None:
        """Return the actor of a token, if it was looked up in the last two seconds."""
        with self._lock:
            found = self._entries.get(key)
            if found is None or found[0] < time.monotonic():
                return None
            return found[1]

    def put(self, key: bytes, actor: Actor) -> None:
        """Remember an actor; the oldest give way."""
        with self._lock:
            self._entries[key] = (time.monotonic() + _CACHE_SECONDS, actor)
            self._entries.move_to_end(key)
            while len(self._entries) > _CACHE_SIZE:
                self._entries.popitem(last=False)

    def forget(self, user_id: int) -> None:
        """Drop everything of a user whose rights have changed."""
        with self._lock:
            for key in [key for key, (_, actor) in self._entries.items() if actor.user_id == user_id]:
                del self._entries[key]
