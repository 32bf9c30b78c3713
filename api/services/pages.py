"""Keyset pages: a cursor is the sort key of the last row, opaque to the caller."""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Any

from api.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Sequence


_LARGEST = 2**63


class InvalidCursor(Invalid):
    """The cursor was not given out by this list."""

    code = "invalid-cursor"
    title = "翻页参数无效"


def encode_cursor(*values: Any) -> str:
    """Return the cursor after a row with these sort values (integers and strings)."""
    return base64.urlsafe_b64encode(json.dumps(values, ensure_ascii=False).encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None, *kinds: type) -> Sequence[Any] | None:
    """Return the sort values of a cursor, or None without one. Raises `InvalidCursor`."""
    if cursor is None:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        raise InvalidCursor(pointer="/after") from None
    fits = isinstance(values, list) and len(values) == len(kinds)
    if not fits or not all(type(value) is kind for value, kind in zip(values, kinds, strict=True)):
        raise InvalidCursor(pointer="/after")
    if not all(_is_storable(value) for value in values):
        raise InvalidCursor(pointer="/after")
    return list(values)


def _is_storable(value: object) -> bool:
    """Tell whether a column can hold the value: nothing else can have been a sort key."""
    if isinstance(value, int):
        return abs(value) < _LARGEST
    return isinstance(value, str) and not any(letter == "\x00" or "\ud800" <= letter <= "\udfff" for letter in value)
