"""Reads one cell of a roster: text in, value with its findings out. Nothing here knows of rows, frames or files.

These functions are the meaning of the format. The columnar reader takes a short cut around them only for values that
they would leave untouched, which a differential test proves.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

from api.exchange import roster_rules as rules
from api.policy.ages import age_on
from api.policy.id_numbers import MAXIMUM_PLAUSIBLE_AGE, check_character, upgrade

CellValue: TypeAlias = str | int | bool | None


class Cell(NamedTuple):
    """What became of a cell: the value, the code of a refusal, the codes of warnings."""

    value: CellValue
    refusal: str | None = None
    warnings: tuple[str, ...] = ()


class IdReading(NamedTuple):
    """A valid ID number: 18 characters, birth date, whether the sequence digit says male, and an age beyond belief."""

    id_number: str
    birth_date: dt.date
    is_male: bool
    is_implausibly_old: bool


# Control characters, invisible format characters and bidirectional overrides; listed and not taken from Unicode
# categories, so that no upgrade of a Unicode table changes what is accepted.
_INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffd]")
_FORMULA_START = ("=", "+", "-", "@")
_NEUTRALISED = re.compile("^'(?=['=+\\-@\t\r＝＋－＠])")
_HAN_SPACED = re.compile(r"(?<=[^\x00-\xff]) +(?=[^\x00-\xff])")
_DOTS = str.maketrans({"•": "·", "・": "·", "･": "·", "‧": "·", "∙": "·", "⋅": "·", "●": "·"})
_NUMBER_OF_SHEET = re.compile(r"\d+(?:\.\d*)?(?:E[+-]?\d+)|\d+\.\d*")
_MOBILE = re.compile(r"(?:\+?86-?)?(1[3-9]\d{9})")
_LANDLINE = re.compile(r"0\d{2,3}-?\d{7,8}(?:-\d{1,6})?")


def is_formula_like(text: str) -> bool:
    """Whether a spreadsheet would run this text as a formula, full-width forms included."""
    return bool(text) and unicodedata.normalize("NFKC", text[0]) in (*_FORMULA_START, "\t", "\r")


def tidy(raw: str) -> Cell:
    """Normalise any cell: take off a neutralising apostrophe, trim (U+3000 too), NFKC; refuse invisible characters."""
    text = _NEUTRALISED.sub("", raw)
    stripped = text.strip()
    if _INVISIBLE.search(stripped):
        return Cell(None, "control_char")
    if len(stripped) > rules.MAX_CELL:
        return Cell(None, "too_long")
    warnings: list[str] = []
    if stripped != text:
        warnings.append("spaces_ok")
    normal = unicodedata.normalize("NFKC", stripped)
    if normal != stripped:
        warnings.append("fullwidth_ok")
    return Cell(normal.strip(), None, tuple(warnings))


def _with(cell: Cell, value: CellValue, *more: str) -> Cell:
    """Return `cell` with another value and more warnings, each at most once."""
    return Cell(value, None, tuple(dict.fromkeys((*cell.warnings, *more))))


def clean_name(raw: str) -> Cell:
    """Name: 姓名. Spaces that pad a two-character name are taken out, dots between parts become one kind."""
    cell = tidy(raw)
    if cell.refusal:
        return cell
    text = str(cell.value)
    if not text:
        return Cell(None, "empty_name")
    if text.startswith(_FORMULA_START):
        return Cell(None, "formula_name")
    if len(text) > rules.MAX_NAME:
        return Cell(None, "too_long")
    name = _HAN_SPACED.sub("", text).translate(_DOTS)
    if not all(_may_stand_in_name(character) for character in name) or not any(map(_is_letter, name)):
        return Cell(None, "bad_value")
    return _with(cell, name, *(("spaces_ok",) if len(name) < len(text) else ()))


def _is_letter(character: str) -> bool:
    """Letters of any script, 〇, and the private-use characters that old systems gave to rare names."""
    return character.isalpha() or character == "〇" or unicodedata.category(character) in {"Co", "Cn"}


def _may_stand_in_name(character: str) -> bool:
    return _is_letter(character) or character in "· -.'’" or unicodedata.category(character).startswith("M")


def normalise_id(raw: str) -> Cell:
    """Bring an ID number to 18 characters, or say what is wrong with its shape. Dates and checksum are not looked at."""
    cell = tidy(raw)
    if cell.refusal:
        return cell
    text = str(cell.value)
    packed = "".join(text.split())
    more = ["spaces_ok"] if packed != text else []
    upper = packed.upper()
    if not upper:
        return Cell(None, "empty_id")
    if not upper.isascii():
        return Cell(None, "id_letters")
    if _NUMBER_OF_SHEET.fullmatch(upper):
        return Cell(None, "numeric_id")
    body, last = upper[:-1], upper[-1]
    if not (body.isdigit() or not body) or not (last.isdigit() or last == "X"):
        return Cell(None, "id_letters")
    if len(upper) == 15 and last != "X":
        return _with(cell, upgrade(upper), *more, "fifteen_ok")
    if len(upper) != 18:
        return Cell(None, "short_id" if len(upper) < 18 else "long_id")
    if upper != packed:
        more.append("lowercase_x_ok")
    return _with(cell, upper, *more)


def read_id(id_number: str, as_of: dt.date) -> IdReading | str:
    """Read a normalised ID number of 18 characters, or return the code of what is wrong.

    The checksum is looked at before the date: when both are wrong, a mistyped digit is the likelier story.
    """
    if check_character(id_number[:17]) != id_number[17]:
        return "bad_checksum"
    try:
        birth_date = dt.date(int(id_number[6:10]), int(id_number[10:12]), int(id_number[12:14]))
    except ValueError:
        return "bad_date"
    if birth_date > as_of:
        return "future_birth"
    is_old = age_on(birth_date, as_of) > MAXIMUM_PLAUSIBLE_AGE
    return IdReading(id_number, birth_date, int(id_number[16]) % 2 == 1, is_old)


def clean_phone(raw: str) -> Cell:
    """联系电话: a mobile of 11 digits or a landline with its area code; anything else is left empty with a warning."""
    cell = tidy(raw)
    if cell.refusal:
        return cell
    text = re.sub(r"[\s]+", "", str(cell.value)).replace("—", "-")
    if not text:
        return _with(cell, None)
    if mobile := _MOBILE.fullmatch(text.replace("-", "")):
        return _with(cell, mobile.group(1))
    if text.isascii() and _LANDLINE.fullmatch(text):
        return _with(cell, text)
    return _with(cell, None, "bad_phone_ok")


def passes_luhn(digits: str) -> bool:
    """Luhn check of a bank card number (ISO/IEC 7812-1)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def clean_bank_account(raw: str) -> Cell:
    """银行账号: digits only. A UnionPay card (62…, 16 to 19 digits) that passes Luhn is silent, all else is warned of."""
    cell = tidy(raw)
    if cell.refusal:
        return cell
    text = re.sub(r"[\s-]+", "", str(cell.value))
    if not text:
        return _with(cell, None)
    if not text.isascii():
        return Cell(None, "bad_value")
    if _NUMBER_OF_SHEET.fullmatch(text.upper()):
        return Cell(None, "numeric_bank")
    if not text.isdigit() or not 8 <= len(text) <= 30:
        return Cell(None, "bad_value")
    is_card = text.startswith("62") and 16 <= len(text) <= 19
    return _with(cell, text, *(() if is_card and passes_luhn(text) else ("bank_luhn",)))


def clean_text(raw: str) -> Cell:
    """Free text: 户籍地址, 户号, 村民小组, 备注. Being normalised is not worth a warning here."""
    cell = tidy(raw)
    return cell if cell.refusal else Cell(cell.value or None)


def _from_words(words: Mapping[str, CellValue], *, empty: CellValue) -> Callable[[str], Cell]:
    """Make the reader of a column that knows a closed list of words."""

    def clean(raw: str) -> Cell:
        cell = tidy(raw)
        if cell.refusal:
            return cell
        text = "".join(str(cell.value).split()).upper()
        if not text:
            return Cell(empty)
        return Cell(words[text]) if text in words else Cell(None, "bad_value")

    return clean


_FLAGS: Mapping[str, CellValue] = dict.fromkeys(rules.YES_WORDS, True) | dict.fromkeys(rules.NO_WORDS, False)
_GRADES: Mapping[str, CellValue] = dict(rules.GRADE_WORDS) | dict.fromkeys(rules.NO_WORDS)
_clean_flag = _from_words(_FLAGS, empty=False)

CELL_READERS: Mapping[str, Callable[[str], Cell]] = {
    "name": clean_name,
    "sex": _from_words({word: sex.value for word, sex in rules.SEX_WORDS.items()}, empty=None),
    "ethnicity": _from_words(dict(rules.ETHNICITY_WORDS), empty=None),
    "address": clean_text,
    "village_group": clean_text,
    "household_number": clean_text,
    "relation": _from_words(dict(rules.RELATION_WORDS), empty=None),
    "hukou_kind": _from_words({word: kind.value for word, kind in rules.HUKOU_WORDS.items()}, empty=None),
    "phone": clean_phone,
    "bank_account": clean_bank_account,
    "student": _clean_flag,
    "employee_insured": _clean_flag,
    "disability_grade": _from_words(_GRADES, empty=None),
    "dibao": _clean_flag,
    "wubao": _clean_flag,
    "land_taken": _clean_flag,
    "remark": clean_text,
}
"""Readers of the columns that need nothing but the cell; the ID number and the village need the scope as well."""
