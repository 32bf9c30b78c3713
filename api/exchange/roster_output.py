"""Writes the refused rows of a roster to correct and send again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from api.exchange import refused_rows

if TYPE_CHECKING:
    from api.exchange.containers import FileFormat
    from api.exchange.rosters import RosterFile, ValidatedRoster

_SHEET: Final = "花名册"


def write_refused(roster: RosterFile, validated: ValidatedRoster, *, file_format: FileFormat) -> bytes:
    """Write the refused rows of a roster. Raises as `refused_rows.write_refused`."""
    return refused_rows.write_refused(roster.table, validated.refused, file_format=file_format, sheet=_SHEET)
