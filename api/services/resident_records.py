"""A resident's record as it is typed in, on its way into the row: columns, house, and what to tell the form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.database import county_of, run_sql
from api.errors import FieldFault
from api.exchange.pinyin import name_pinyin
from api.exchange.roster_rules import FIELD_OF_HEADING, Severity, make_issue
from api.services.resident_protection import sealed_columns

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from api.crypto import Keyring
    from api.models import Resident

_POINTERS = {"village_code": "/division_code", "village_name": "/division_code"}
_COLUMNS = {"student": "is_student"}


def columns_of(session: Session, keyring: Keyring, resident: Resident, values: dict[str, Any]) -> dict[str, Any]:
    """Turn read cells into columns of the row."""
    changes = {_COLUMNS.get(name, name): value for name, value in values.items() if name != "household_number"}
    if "name" in changes:
        changes["pinyin"], changes["initials"] = name_pinyin(changes["name"])
    if "household_number" in values:
        group = changes.get("village_group", resident.village_group)
        changes["household_id"] = household_of(session, resident.division_code, values["household_number"], group)
    protected: dict[str, str | None] = {
        name: changes.pop(name) for name in ("phone", "bank_account") if name in changes
    }
    return changes | sealed_columns(keyring, resident.id, protected)


def household_of(session: Session, village_code: int, number: str | None, village_group: str | None) -> int | None:
    """Return the house under a 户号 of a village, entering it when it is new."""
    if number is None:
        return None
    facts = {"county_code": county_of(village_code), "division_code": village_code, "number": number}
    run_sql(session, "resident_changes", "30_insert_household", village_group=village_group, **facts)
    found = run_sql(session, "resident_changes", "31_read_household", **facts).scalar_one()
    return int(found)


def is_refusal(name: str, code: str) -> bool:
    """Tell whether a finding about a field keeps the record out."""
    return make_issue(1, name, code).severity is Severity.REFUSAL


def issue_fault(name: str, code: str) -> FieldFault:
    """Return a finding about a field as a fault of the request."""
    message = "联系电话无法识别，请核对。" if code == "bad_phone_ok" else make_issue(1, name, code).message
    return FieldFault(_pointer(name), code, message)


def fault_of(heading: str, code: str, message: str) -> FieldFault:
    """Return a finding under a heading of the roster as a fault of the request."""
    return FieldFault(_pointer(FIELD_OF_HEADING.get(heading, "")), code, message)


def _pointer(name: str) -> str:
    return _POINTERS.get(name, f"/{_COLUMNS.get(name, name)}")
