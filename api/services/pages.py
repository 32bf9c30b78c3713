"""Keyset pages: a cursor is the sort key of the last row, opaque to the caller."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import date
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
    """Return the sort values of a cursor, or None without one; of kind `date` they come as days. Raises `InvalidCursor`."""
    if cursor is None:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        raise InvalidCursor(pointer="/after") from None
    if not isinstance(values, list) or len(values) != len(kinds) or not all(_is_storable(value) for value in values):
        raise InvalidCursor(pointer="/after")
    return [_read(value, kind) for value, kind in zip(values, kinds, strict=True)]


def _read(value: object, kind: type) -> Any:
    """Read one sort value."""
    if kind is date and isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise InvalidCursor(pointer="/after") from None
    if type(value) is not kind:
        raise InvalidCursor(pointer="/after")
    return value


def _is_storable(value: object) -> bool:
    """Tell whether a column can hold the value: nothing else can have been a sort key."""
    if isinstance(value, int):
        return abs(value) < _LARGEST
    return isinstance(value, str) and not any(letter == "\x00" or "\ud800" <= letter <= "\udfff" for letter in value)
