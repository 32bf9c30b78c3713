"""The citizen ID number of GB 11643-1999: check digit, birth date, sex, and what a value may be refused for.

Pure, one value at a time. The columnar twin for imports restates these rules, and a test compares the two.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from api.policy.ages import age_on
from api.policy.reasons import Reason
from api.vocabulary import Sex

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
"""Weight of each of the first seventeen digits."""
CHECK_CHARACTERS = "10X98765432"
"""Check character for each remainder of the weighted sum modulo 11."""
LENGTH = 18
OLD_LENGTH = 15
MAXIMUM_PLAUSIBLE_AGE = 120
"""Beyond it a warning is given: GB 11643's own second example is 130 years old in 2010."""

REFUSALS: dict[str, str] = {
    "numeric_id": "身份证号被存成了数字，末几位已丢失，无法恢复；请将该列设为文本后重新录入。",
    "id_letters": "身份证号含有不应出现的字符：前17位只能是数字，最后一位可以是数字或X。",
    "short_id": "身份证号长度不对：应为18位(旧证15位)。",
    "bad_date": "身份证号中的出生日期不存在。",
    "future_birth": "身份证号中的出生日期晚于办理日期。",
    "bad_checksum": "身份证号校验码不符，请对照证件逐位核对。",
    "sex_mismatch": "性别与身份证号不一致。",
}
"""What a value is refused for, in the order in which it is looked at; the first that applies is the answer."""

WARNINGS: dict[str, str] = {
    "fullwidth_ok": "身份证号含全角字符，已转为半角。",
    "spaces_ok": "身份证号含空格，已去除。",
    "lowercase_x_ok": "身份证号末位小写x已改为大写X。",
    "fifteen_ok": "15位身份证号已升为18位。",
    "implausible_age": f"按身份证号年龄超过{MAXIMUM_PLAUSIBLE_AGE}岁，请核实是否健在、号码是否录错。",
}
"""What a value is accepted with after normalisation."""

_SCIENTIFIC = re.compile(r"[0-9]+(\.[0-9]*)?[Ee][+-]?[0-9]+|[0-9]+\.[0-9]*", re.ASCII)
_SPACES = re.compile(r"\s+")
_SHAPE = re.compile(r"[0-9]*|[0-9]{17}X", re.ASCII)


@dataclass(frozen=True, slots=True)
class IdNumber:
    """A valid 18-digit number and what it says."""

    number: str
    birth_date: date
    sex: Sex

    @property
    def area_code(self) -> int:
        """Six-digit code of the place of first registration; it may be abolished and proves no hukou."""
        return int(self.number[:6])

    @property
    def body(self) -> int:
        """First seventeen digits as a number: the check character follows from them."""
        return int(self.number[:17])


@dataclass(frozen=True, slots=True)
class IdCheck:
    """Outcome for one value: the number or the refusal, never both, and warnings either way."""

    id_number: IdNumber | None
    refusal: Reason | None
    warnings: tuple[Reason, ...] = ()


def check_character(body: str) -> str:
    """Check character of seventeen digits. Formula: CHECK_CHARACTERS[sum(weight_i * digit_i) mod 11] (GB 11643 §4.3)."""
    return CHECK_CHARACTERS[sum(weight * int(digit) for weight, digit in zip(WEIGHTS, body, strict=True)) % 11]


def upgrade(fifteen: str) -> str:
    """Turn a 15-digit number into 18: insert "19" before the year, append the check character (policy.md §6.1)."""
    body = f"{fifteen[:6]}19{fifteen[6:]}"
    return body + check_character(body)


def _normalise(text: str) -> tuple[str, list[str]]:
    """Half-width, no spaces, upper-case X; and the warnings that this earned."""
    warnings: list[str] = []
    narrow = unicodedata.normalize("NFKC", text)
    if any("\uff01" <= character <= "\uff5e" for character in text):
        warnings.append("fullwidth_ok")
    tight = _SPACES.sub("", narrow)
    if tight != narrow:
        warnings.append("spaces_ok")
    if tight.endswith("x"):
        warnings.append("lowercase_x_ok")
        tight = tight[:-1] + "X"
    return tight, warnings


def _birth_date(number: str) -> date | None:
    """Birth date in an 18-digit number, or None when there is no such day."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def _refused(code: str, warnings: list[str]) -> IdCheck:
    return IdCheck(None, Reason(code, REFUSALS[code]), _warned(warnings))


def _warned(codes: list[str]) -> tuple[Reason, ...]:
    return tuple(Reason(code, WARNINGS[code]) for code in codes)


def _shape_refusal(text: str) -> str | None:
    """Code of the refusal for text that is no number of 15 or 18 characters."""
    if _SCIENTIFIC.fullmatch(text):
        return "numeric_id"
    if not _SHAPE.fullmatch(text):
        return "id_letters"
    return None if len(text) in {LENGTH, OLD_LENGTH} else "short_id"


def _content_refusal(number: str, birth_date: date | None, *, as_of: date, sex: Sex | None) -> str | None:
    """Code of the refusal for an 18-digit number whose content does not hold."""
    if birth_date is None:
        return "bad_date"
    if birth_date > as_of:
        return "future_birth"
    if check_character(number[:17]) != number[17]:
        return "bad_checksum"
    return "sex_mismatch" if sex is not None and sex is not sex_of(number) else None


def sex_of(number: str) -> Sex:
    """Sex in an 18-digit number: the seventeenth digit is odd for a man and even for a woman."""
    return Sex.MALE if int(number[16]) % 2 else Sex.FEMALE


def check_id_number(value: object, *, as_of: date, sex: Sex | None = None) -> IdCheck:
    """Read one value of an ID column: normalise it, then test shape, date, check character and the stated sex.

    A numeric cell is refused and never repaired: its last digits are lost. Never raises for bad content.
    """
    if not isinstance(value, str):
        return _refused("short_id" if value is None else "numeric_id", [])
    text, warnings = _normalise(value)
    refusal = _shape_refusal(text)
    if refusal is not None:
        return _refused(refusal, warnings)
    if len(text) == OLD_LENGTH:
        text = upgrade(text)
        warnings.append("fifteen_ok")
    birth_date = _birth_date(text)
    refusal = _content_refusal(text, birth_date, as_of=as_of, sex=sex)
    if refusal is not None or birth_date is None:
        return _refused(refusal or "bad_date", warnings)
    if age_on(birth_date, as_of) > MAXIMUM_PLAUSIBLE_AGE:
        warnings.append("implausible_age")
    return IdCheck(IdNumber(number=text, birth_date=birth_date, sex=sex_of(text)), None, _warned(warnings))
