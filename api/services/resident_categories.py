"""Categories of a person, told from the roster's facts: for lists, filters and the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.vocabulary import ResidentCategory

if TYPE_CHECKING:
    from api.models import Resident

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


def condition_of(category: ResidentCategory) -> str:
    """Return the category as a condition in SQL on the row {0}, in the words of the roster's partial indexes."""
    return _CONDITIONS[category]


_CONDITIONS = {
    ResidentCategory.STUDENT: "{0}.is_student",
    ResidentCategory.EMPLOYEE_INSURED: "{0}.employee_insured",
    ResidentCategory.OTHER_PENSION: "{0}.other_pension",
    ResidentCategory.SEVERELY_DISABLED: "{0}.disability_grade IN (1, 2)",
    ResidentCategory.DISABLED: "{0}.disability_grade IS NOT NULL AND {0}.disability_grade NOT IN (1, 2)",
    ResidentCategory.DIBAO: "{0}.dibao",
    ResidentCategory.WUBAO: "{0}.wubao",
    ResidentCategory.LAND_TAKEN: "{0}.land_taken",
}
