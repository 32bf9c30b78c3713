"""Facts of special groups and exclusions, as far as a change request begins or ends them.

The one place where change requests meet the register of facts. The flags of the roster's row are the register.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.services.change_refusals import FactNotKept
from api.services.resident_rows import keep_and_update
from api.vocabulary import FactKind

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from api.database import Actor
    from api.models import Resident

FLAGS: dict[FactKind, str] = {
    FactKind.STUDENT: "is_student",
    FactKind.EMPLOYEE_INSURED: "employee_insured",
    FactKind.OTHER_PENSION: "other_pension",
    FactKind.DISABILITY: "disability_grade",
    FactKind.DIBAO: "dibao",
    FactKind.WUBAO: "wubao",
    FactKind.LAND_TAKEN: "land_taken",
}
"""Columns of the roster that say whether a fact of the kind holds; of a disability, its grade."""


def standing(_session: Session, resident: Resident, kind: FactKind) -> tuple[bool, str | None]:
    """Return whether a fact holds of a person now, and its value. Raises `FactNotKept`."""
    flag = getattr(resident, _flag(kind))
    if kind is FactKind.DISABILITY:
        return flag is not None, None if flag is None else str(flag)
    return bool(flag), None


def change(
    session: Session, *, actor: Actor, resident: Resident, kind: FactKind, holds: bool, value: str | None
) -> None:
    """Begin a fact or end it. The person's row is locked. Raises `FactNotKept`."""
    column: Any = holds
    if kind is FactKind.DISABILITY:
        column = int(value) if holds and value else None
    keep_and_update(session, actor, resident, {_flag(kind): column})


def _flag(kind: FactKind) -> str:
    if kind not in FLAGS:
        raise FactNotKept
    return FLAGS[kind]
