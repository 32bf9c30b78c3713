"""The participation register as the API shows it: totals that add up, and names with masked numbers."""

import re
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from api.schemas.base import DivisionCode, Id, Schema
from api.vocabulary import FactKind, RegisterStatus, Sex

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})", re.ASCII)


def _moment(value: object) -> datetime:
    # A plus sign in an address is read as a blank unless it was escaped.
    if isinstance(value, str) and _MOMENT.fullmatch(value.replace(" ", "+")):
        try:
            moment = datetime.fromisoformat(value.replace(" ", "+"))
            if 1900 <= moment.year <= 2100:
                return moment
        except ValueError:
            pass
    message = "时间格式须为 YYYY-MM-DDThh:mm:ss 加时区，例如 2011-01-05T09:30:00Z"
    raise ValueError(message)


MomentIn = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2011-01-05T09:30:00Z"]}),
]
"""An instant with its zone, as `frozen_at` of a frozen figure gives it."""


class RegisterReason(StrEnum):
    """Reasons by which the register is filtered: kinds of facts that exclude or explain, and none."""

    STUDENT = "student"
    EMPLOYEE_INSURED = "employee_insured"
    OTHER_PENSION = "other_pension"
    SOLDIER = "soldier"
    PRISONER = "prisoner"
    UNWILLING = "unwilling"
    UNREACHABLE = "unreachable"
    EMPTY_HUKOU = "empty_hukou"
    DEAD_NOT_CANCELLED = "dead_not_cancelled"
    UNEXPLAINED = "unexplained"


class ReasonCount(Schema):
    """People with one reason; null is nobody having said why."""

    status: RegisterStatus
    reason: FactKind | None
    count: int


class RegisterSums(Schema):
    """Totals of a unit: belonging = eligible + excluded; eligible = insured + registered_unpaid + not_enrolled."""

    division_code: DivisionCode
    division_name: str
    belonging: int
    eligible: int
    insured: int
    registered_unpaid: int
    not_enrolled: int
    unexplained: int
    excluded: int


class RegisterTotals(RegisterSums):
    """Totals of a unit at a date, by reason, and of the units directly below it."""

    as_of: date
    known_at: datetime | None
    reasons: list[ReasonCount]
    children: list[RegisterSums]


class RegisterEntry(Schema):
    """A person of the register, as they were at its date in the villages that one may see."""

    resident_id: Id
    name: str
    sex: Sex
    birth_date: date
    age: int
    """Years completed at the date."""
    id_number_masked: str | None
    division_code: DivisionCode
    division_name: str
    village_group: str | None
    household_id: Id | None
    household_number: str | None
    status: RegisterStatus
    reason: FactKind | None
    reason_since: date | None
    reason_evidence: str | None
    fact_id: Id | None
    """The fact behind the reason."""
    fact_version: int | None
