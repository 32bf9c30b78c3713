"""Categories of a person, told from the roster's facts: for lists, filters and the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import col

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


def condition_of(category: ResidentCategory) -> ColumnElement[bool]:
    """Return the category as a condition on the roster."""
    grade = col(Resident.disability_grade)
    flags = {
        ResidentCategory.STUDENT: Resident.is_student,
        ResidentCategory.EMPLOYEE_INSURED: Resident.employee_insured,
        ResidentCategory.OTHER_PENSION: Resident.other_pension,
        ResidentCategory.DIBAO: Resident.dibao,
        ResidentCategory.WUBAO: Resident.wubao,
        ResidentCategory.LAND_TAKEN: Resident.land_taken,
    }
    if category is ResidentCategory.SEVERELY_DISABLED:
        return grade.in_(SEVERE_GRADES)
    if category is ResidentCategory.DISABLED:
        return grade.is_not(None) & grade.not_in(SEVERE_GRADES)
    return col(flags[category]).is_(True)
