"""Types that cross the border: money as a decimal string of yuan, ids and codes as strings, dates as ISO days.

JSON numbers for money are refused; inside, money is integer fen. Shape only: rules of the scheme live in `policy`.
"""

import re
from datetime import date
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from api.policy.money import MoneyMalformed, format_yuan, parse_yuan

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
MONEY_PATTERN = r"^-?\d{1,13}\.\d{2}$"


class Schema(BaseModel):
    """Base of all bodies: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


def _money_in(value: object) -> int:
    if not isinstance(value, str):
        message = '金额须为字符串，例如 "200.00"'
        raise ValueError(message)  # noqa: TRY004 (pydantic turns ValueError into a field error)
    try:
        return parse_yuan(value)
    except MoneyMalformed as error:
        # As a field error it names the field; as a fact of the domain it would not.
        raise ValueError(error.detail) from None


MoneyIn = Annotated[
    int,
    BeforeValidator(_money_in),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,12}(\.\d{1,2})?$", "examples": ["200.00"]}),
]
"""Yuan as a decimal string in, fen inside; not negative."""

Money = Annotated[
    int,
    PlainSerializer(format_yuan, return_type=str),
    WithJsonSchema({"type": "string", "pattern": MONEY_PATTERN, "examples": ["200.00"]}),
]
"""Fen inside, yuan as a decimal string out."""


def _digits(length: int) -> Any:
    def check(value: object) -> int:
        if not isinstance(value, str) or len(value) != length or not value.isascii() or not value.isdigit():
            message = f"须为 {length} 位数字的字符串"
            raise ValueError(message)
        return int(value)

    return check


IdIn = Annotated[int, BeforeValidator(_digits(16)), WithJsonSchema({"type": "string", "pattern": r"^\d{16}$"})]


def _unit(value: int) -> int:
    """Refuse the code of nowhere: as a filter it would read as no filter at all."""
    if value == 0:
        message = "行政区划代码不能全为零"
        raise ValueError(message)
    return value


DivisionIn = Annotated[
    int, BeforeValidator(_digits(12)), AfterValidator(_unit), WithJsonSchema({"type": "string", "pattern": r"^\d{12}$"})
]
Id = Annotated[int, PlainSerializer(str, return_type=str), WithJsonSchema({"type": "string", "pattern": r"^\d{1,16}$"})]
DivisionCode = Annotated[
    int, PlainSerializer(str, return_type=str), WithJsonSchema({"type": "string", "pattern": r"^\d{12}$"})
]


def _day(value: object) -> object:
    # Not by its length: ten digits would be read as a number of seconds.
    if isinstance(value, str) and _DAY.fullmatch(value):
        return value
    message = "日期格式须为 YYYY-MM-DD"
    raise ValueError(message)


def _sane(value: date) -> date:
    if not 1900 <= value.year <= 2100:
        message = "日期超出范围"
        raise ValueError(message)
    return value


DayIn = Annotated[date, BeforeValidator(_day), AfterValidator(_sane)]
"""A calendar day in."""


def _month(value: object) -> date:
    if isinstance(value, str) and len(value) == 7 and value[4] == "-":
        try:
            return _sane(date.fromisoformat(value + "-01"))
        except ValueError:
            pass
    message = "月份格式须为 YYYY-MM"
    raise ValueError(message)


MonthIn = Annotated[
    date,
    BeforeValidator(_month),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}$", "examples": ["2011-03"]}),
]
"""A month in; its first day inside."""
Month = Annotated[
    date,
    PlainSerializer(lambda day: f"{day:%Y-%m}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}$"}),
]
"""A month out, from its first day."""

ShortText = Annotated[str, Field(min_length=1, max_length=200)]
"""A line that a person wrote: an opinion, a reason."""

Item = TypeVar("Item")


class Page(Schema, Generic[Item]):
    """A slice of a list; `next` continues it, null at the end."""

    items: list[Item]
    next: str | None


class Problem(Schema):
    """RFC 9457 problem document."""

    class FieldError(Schema):
        """What is wrong with one field."""

        pointer: str
        code: str
        message: str

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[FieldError]
