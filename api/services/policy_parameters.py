"""The dated legal numbers that the service works with, as anybody may read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.policy.parameters import all_parameters
from api.services.pages import decode_cursor, encode_cursor

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from api.policy.parameters import DatedParameter


def list_parameters(
    *, code: str | None, on: date | None, limit: int, after: str | None
) -> tuple[Sequence[DatedParameter], str | None]:
    """Return dated values by code and first day, of one code or in force on one day; and the next cursor."""
    start = decode_cursor(after, str, str)
    rows = [
        parameter
        for parameter in all_parameters()
        if (code is None or parameter.code == code)
        and (on is None or parameter.covers(on))
        and (start is None or (parameter.code, parameter.valid_from.isoformat()) > tuple(start))
    ]
    following = None
    if len(rows) > limit:
        last = rows[limit - 1]
        following = encode_cursor(last.code, last.valid_from.isoformat())
    return rows[:limit], following
