"""What a word of the vocabulary is: the English value, and the Chinese legal term beside it."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Word(StrEnum):
    """A vocabulary word with its Chinese term: `Sex.MALE.label == "男"`."""

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        """Keep the English word as the value and the Chinese term beside it."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member
