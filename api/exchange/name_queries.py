"""What somebody typed into a search box for people, read as clues: the name, the given name, pinyin, initials, or a mixture.

Nothing here knows the database: a clue is a set of beginnings that a person's name and its spelling must have.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum

from api.exchange.pinyin import COMPOUND_SURNAMES, SURNAME_READINGS, first_syllable, name_pinyin, syllable_of

_DOTS = str.maketrans({"•": "·", "・": "·", "･": "·", "‧": "·", "∙": "·", "⋅": "·", "●": "·"})
_SPELLING_MARKS = re.compile(r"[\s'’`·.,-]")
_TONE_DIGITS = re.compile(r"(?<=[a-z])[0-5]")
_UMLAUT = re.compile("u\u0308|u:|(?<=^[ln])yu")
"""ü, u: and, where a name begins, the passport's lyu and nyu, each of which is stored as v."""
_NO_INITIALS = frozenset("iuv")
"""No syllable begins with these."""
_LONGEST_INITIALS = 4
_OTHER_READINGS = tuple(
    (surname, spoken, syllable_of(surname))
    for surname, spoken in SURNAME_READINGS.items()
    if syllable_of(surname) not in {"", spoken}
)
"""Surnames that are read otherwise than the character: (单, shan, dan). People who do not know type the latter."""


class Lead(Enum):
    """The fact that a clue is best looked up by."""

    NAME = "name"
    GIVEN_NAME = "given_name"
    PINYIN = "pinyin"
    INITIALS = "initials"


@dataclass(frozen=True, slots=True)
class Clue:
    """Beginnings that all must hold. `spoken` begins the pinyin of everybody who meets the clue, where that is certain."""

    lead: Lead
    name: str = ""
    given_name: str = ""
    pinyin: str = ""
    initials: str = ""
    spoken: str = ""

    @property
    def beginnings(self) -> list[tuple[str, str]]:
        """The facts that are asked about, and how each must begin."""
        fields = ("name", "given_name", "pinyin", "initials")
        return [(field, getattr(self, field)) for field in fields if getattr(self, field)]


@dataclass(frozen=True, slots=True)
class NameQuery:
    """Clues in the order in which their people are shown; somebody who meets two is shown once, by the first.

    `is_selective` tells that few people of a county can meet it: two characters, three letters or a mixture.
    """

    clues: tuple[Clue, ...]
    is_selective: bool


def read_name_query(typed: str) -> NameQuery | None:
    """Read what was typed; None when nothing is left of it. Full width, spaces, tones, case and ü in any way are taken."""
    text = unicodedata.normalize("NFKC", typed).translate(_DOTS).strip()
    text = re.sub(r"(?<=[^\x00-\x7f])\s+(?=[^\x00-\x7f])", "", text)
    head = re.match(r"[a-zA-Z\u00c0-\u024f\u0300-\u036f\s'’0-5:]*", text)
    letters_first, rest = text[: head.end()] if head else "", text[head.end() :] if head else text
    if not rest:
        return _of_letters(_spelled(letters_first))
    tail = re.search(r"[a-zA-Z\u00c0-\u024f\u0300-\u036f\s'’0-5:]*$", rest)
    characters, letters_last = (rest[: tail.start()], rest[tail.start() :]) if tail else (rest, "")
    characters = characters.strip()
    before, after = _spelled(letters_first), _spelled(letters_last)
    if not before and after and characters:
        return NameQuery(tuple(_of_name_and_letters(characters, after)), is_selective=True)
    if before and not after:
        clue = Clue(Lead.GIVEN_NAME, given_name=characters, pinyin=before)
        return NameQuery((clue, Clue(Lead.NAME, name=text)), is_selective=True)
    return _of_characters(text)


def _spelled(letters: str) -> str:
    """Plain pinyin letters of what was typed: tones, spaces and apostrophes off, ü as v."""
    text = unicodedata.normalize("NFD", letters.lower())
    text = _SPELLING_MARKS.sub("", text)
    text = _UMLAUT.sub("v", text)
    text = "".join(c for c in text if not unicodedata.combining(c))
    return _TONE_DIGITS.sub("", text)


def _of_letters(letters: str) -> NameQuery | None:
    """Pinyin first, then initials, then surnames by the usual reading of their character."""
    if not letters:
        return None
    clues = [Clue(Lead.PINYIN, pinyin=letters)]
    if len(letters) > 1:
        if not _NO_INITIALS & set(letters):
            clues.append(Clue(Lead.INITIALS, initials=letters))
        clues += _by_usual_reading(letters)
    return NameQuery(tuple(clues), is_selective=len(letters) > 2)


def _by_usual_reading(letters: str) -> list[Clue]:
    """People whose surname is read otherwise than was typed: 单小明 is shan, and found by dan, danxm and dxm as well."""
    clues = []
    are_initials = len(letters) <= _LONGEST_INITIALS and not _NO_INITIALS & set(letters)
    for surname, spoken, usual in _OTHER_READINGS:
        if letters.startswith(usual) or (usual.startswith(letters) and not spoken.startswith(letters)):
            begin = spoken + letters[len(usual) :]
            clues.append(Clue(Lead.NAME, name=surname, pinyin=begin, spoken=begin))
        elif are_initials and letters[0] == usual[0] != spoken[0]:
            clues.append(
                Clue(
                    Lead.NAME, name=surname, initials=spoken[0] + letters[1:], pinyin=spoken, spoken=spoken + letters[1]
                )
            )
    return clues


def _of_characters(text: str) -> NameQuery:
    """The beginning of a name, then of a given name."""
    clues = (
        Clue(Lead.NAME, name=text, spoken=_certain_reading(text)),
        Clue(Lead.GIVEN_NAME, given_name=text),
    )
    return NameQuery(clues, is_selective=len(text) > 1)


def _of_name_and_letters(characters: str, letters: str) -> list[Clue]:
    """陈xm, 陈小m, 欧阳xiao: the spelling goes on where the characters end."""
    clues = []
    for pinyin, initials in _readings(characters):
        begin = pinyin + letters
        clues.append(Clue(Lead.PINYIN, name=characters, pinyin=begin, spoken=begin))
        clues.append(Clue(Lead.INITIALS, name=characters, initials=initials + letters, spoken=pinyin + letters[0]))
    return clues


def _readings(characters: str) -> list[tuple[str, str]]:
    """Spellings that names with this beginning can have: 尉 is wei, and yu in 尉迟."""
    found = [name_pinyin(characters)]
    if characters in COMPOUND_SURNAMES:
        found.append((COMPOUND_SURNAMES[characters], name_pinyin(characters + "一")[1][:2]))
    if len(characters) == 1:
        for compound in COMPOUND_SURNAMES:
            if compound.startswith(characters):
                syllable = first_syllable(compound)
                found.append((syllable, syllable[:1]))
    return list(dict.fromkeys(found))


def _certain_reading(characters: str) -> str:
    """The pinyin of the first character where every name that begins with it is read so."""
    readings = {pinyin for pinyin, _ in _readings(characters[0])}
    return readings.pop() if len(readings) == 1 else ""
