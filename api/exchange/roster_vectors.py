"""Arithmetic over whole columns of digits: the ID number's checksum, date and sex, and the Luhn check of cards.

Restates api.policy.id_numbers for a million rows at once; a differential test compares the two.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from api.policy.id_numbers import CHECK_CHARACTERS, MAXIMUM_PLAUSIBLE_AGE, WEIGHTS

BoolArray: TypeAlias = npt.NDArray[np.bool_]
ByteMatrix: TypeAlias = npt.NDArray[np.uint8]

_ID_LENGTH = 18
_CARD_LENGTH = 19
_ZERO, _NINE = np.uint8(ord("0")), np.uint8(9)
_DOUBLED = np.array([0, 2, 4, 6, 8, 1, 3, 5, 7, 9], dtype=np.int16)
_CHECKS = np.frombuffer(CHECK_CHARACTERS.encode(), dtype=np.uint8)
_MONTH_DAYS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 0, 0, 0], dtype=np.int32)
_MONTHS = 12


def byte_matrix(texts: pl.Series, width: int) -> ByteMatrix:
    """Lay out texts of exactly `width` bytes each as a matrix with one row for each place of the text.

    Places are rows because the arithmetic goes place by place over all people, which is contiguous memory.
    """
    joined = texts.str.join("").item() if texts.len() else ""
    return np.ascontiguousarray(np.frombuffer((joined or "").encode(), dtype=np.uint8).reshape(-1, width).T)


def _number(digits: ByteMatrix) -> npt.NDArray[np.int32]:
    """Decimal number of a few rows of digits."""
    total = np.zeros(digits.shape[1], dtype=np.int32)
    for row in digits:
        total = total * 10 + row
    return total


@dataclass(frozen=True)
class IdColumns:
    """What a column of 18-character ID numbers says. `code` is the refusal of each row, empty when there is none."""

    bad_checksum: BoolArray
    bad_date: BoolArray
    future_birth: BoolArray
    implausible: BoolArray
    birth_days: npt.NDArray[np.datetime64]
    is_male: BoolArray

    @property
    def valid(self) -> BoolArray:
        """Rows whose number may be used."""
        return np.asarray(~(self.bad_checksum | self.bad_date | self.future_birth))


def id_shape(matrix: ByteMatrix) -> BoolArray:
    """Which columns of an 18-row matrix are 17 digits and a digit or a capital X."""
    last = matrix[17]
    shaped = (last - _ZERO <= _NINE) | (last == ord("X"))
    for row in matrix[:17]:
        # Bytes below "0" wrap around to large numbers, so that one comparison does.
        shaped &= row - _ZERO <= _NINE
    return np.asarray(shaped)


def read_ids(matrix: ByteMatrix, as_of: dt.date) -> IdColumns:
    """Check a matrix of shape-valid ID numbers: checksum, then date, then whether the birth lies after `as_of`."""
    digits = matrix[:17] - _ZERO
    total = np.zeros(matrix.shape[1], dtype=np.int16)
    for weight, row in zip(WEIGHTS, digits, strict=True):
        total += row * np.int16(weight)
    bad_checksum = _CHECKS[total % len(CHECK_CHARACTERS)] != matrix[17]
    year, month, day = _number(digits[6:10]), _number(digits[10:12]), _number(digits[12:14])
    leap = ((year % 4 == 0) & (year % 100 != 0)) | (year % 400 == 0)
    last_day = _MONTH_DAYS[np.minimum(month, _MONTHS + 1)] + (leap & (month == 2))
    date_ok = (year >= 1) & (day >= 1) & (day <= last_day)
    bad_date = ~bad_checksum & ~date_ok
    number = year * 10_000 + month * 100 + day
    future = ~bad_checksum & date_ok & (number > as_of.year * 10_000 + as_of.month * 100 + as_of.day)
    months = np.where(date_ok, (year - 1970) * _MONTHS + month - 1, 0).astype("datetime64[M]")
    birth_days = months.astype("datetime64[D]") + np.where(date_ok, day - 1, 0)
    return IdColumns(
        bad_checksum=np.asarray(bad_checksum),
        bad_date=np.asarray(bad_date),
        future_birth=np.asarray(future),
        implausible=np.asarray(number <= _implausible_up_to(as_of)),
        birth_days=birth_days,
        is_male=np.asarray((matrix[16] & 1) == 1),
    )


def _implausible_up_to(as_of: dt.date) -> int:
    """Latest birth date, as the number yyyymmdd, of somebody older than the plausible age on `as_of`."""
    month_day = as_of.month * 100 + as_of.day
    is_leap = as_of.year % 4 == 0 and (as_of.year % 100 != 0 or as_of.year % 400 == 0)
    if month_day == 228 and not is_leap:
        # Who was born on 29 February has the birthday on the 28th in common years (policy.md A8).
        month_day = 229
    return (as_of.year - MAXIMUM_PLAUSIBLE_AGE - 1) * 10_000 + month_day


def luhn_ok(cards: pl.Series) -> BoolArray:
    """Luhn check of digit strings of at most 19 digits, which leading zeros do not change."""
    digits = byte_matrix(cards.str.zfill(_CARD_LENGTH), _CARD_LENGTH) - _ZERO
    total = np.zeros(digits.shape[1], dtype=np.int16)
    for place, row in enumerate(digits[::-1]):
        total += _DOUBLED[row] if place % 2 else row
    return np.asarray(total % 10 == 0)
