"""Categories of a person, told from the roster's facts: for lists, filters and the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, true

from api.models import Resident
from api.vocabulary import ResidentCategory

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

SEVERE_GRADES = (1, 2)
"""二级以上 is severe (policy.md §6.3)."""


def categories_of(resident: Resident) -> list[ResidentCategory]:
    """Return the categories of a person, in the order of the vocabulary."""
    holds = {
        ResidentCategory.STUDENT: resident.is_student,
        ResidentCategory.EMPLOYEE_INSURED: resident.employee_insured,
        ResidentCategory.OTHER_PENSION: resident.other_pension,
        ResidentCategory.SEVERELY_DISABLED: resident.disability_grade in SEVERE_GRADES,
        ResidentCategory.DISABLED: resident.disability_grade is not None
        and resident.disability_grade not in SEVERE_GRADES,
        ResidentCategory.DIBAO: resident.dibao,
        ResidentCategory.WUBAO: resident.wubao,
        ResidentCategory.LAND_TAKEN: resident.land_taken,
    }
    return [category for category, held in holds.items() if held]


def condition_of(category: ResidentCategory, columns: Any = Resident.__table__.c) -> ColumnElement[bool]:  # type: ignore[attr-defined]
    """Return the category as a condition on the columns of the roster, in the words of its partial indexes."""
    grade = columns.disability_grade
    if category is ResidentCategory.SEVERELY_DISABLED:
        return and_(grade.in_(SEVERE_GRADES))
    if category is ResidentCategory.DISABLED:
        return and_(grade.is_not(None), grade.not_in(SEVERE_GRADES))
    return and_(columns[_FLAGS[category]] == true())


_FLAGS = {
    ResidentCategory.STUDENT: "is_student",
    ResidentCategory.EMPLOYEE_INSURED: "employee_insured",
    ResidentCategory.OTHER_PENSION: "other_pension",
    ResidentCategory.DIBAO: "dibao",
    ResidentCategory.WUBAO: "wubao",
    ResidentCategory.LAND_TAKEN: "land_taken",
}
