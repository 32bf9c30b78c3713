"""参保率: who should be insured, who is, and how far a unit is from its target; integers only (policy.md §8, A22)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from api.policy.ages import attains_on
from api.policy.parameters import HukouTest
from api.vocabulary import HukouKind, ResidentStatus

if TYPE_CHECKING:
    from datetime import date

    from api.policy.parameters import PolicyParameters

_PPM = 1_000_000


class Exclusion(StrEnum):
    """Why a resident is not among those who should be insured."""

    DEAD = "dead"
    MOVED_OUT = "moved_out"
    MERGED = "merged"
    UNDER_AGE = "under_age"
    NOT_RURAL = "not_rural"
    STUDENT = "student"
    EMPLOYEE_INSURED = "employee_insured"
    OTHER_PENSION = "other_pension"


def exclusion_of(
    *,
    birth_date: date,
    hukou: HukouKind,
    student: bool,
    employee_insured: bool,
    status: ResidentStatus,
    on: date,
    parameters: PolicyParameters,
    other_pension: bool = False,
) -> Exclusion | None:
    """Why somebody does not count in E (应参保) on a reporting date, or None: the first that applies, in this order.

    E includes people of 60 and over (Guangdong's own 2009 figure does).
    """
    tests = (
        (Exclusion.DEAD, status is ResidentStatus.DEAD),
        (Exclusion.MOVED_OUT, status is ResidentStatus.MOVED_OUT),
        (Exclusion.MERGED, status is ResidentStatus.MERGED),
        (Exclusion.UNDER_AGE, on < attains_on(birth_date, parameters.enrolment_age)),
        (Exclusion.NOT_RURAL, parameters.hukou_test is HukouTest.RURAL_ONLY and hukou is not HukouKind.RURAL),
        (Exclusion.STUDENT, student),
        (Exclusion.EMPLOYEE_INSURED, employee_insured),
        (Exclusion.OTHER_PENSION, other_pension),
    )
    return next((exclusion for exclusion, applies in tests if applies), None)


@dataclass(frozen=True, slots=True)
class Participation:
    """A rate against its target; `rate` is a percentage with one decimal, null when nobody should be insured."""

    eligible: int
    insured: int
    rate: str | None
    target: str
    reached: bool
    gap: int
    """Persons still to be insured until the target is reached; never negative."""


def percent_text(part: int, whole: int) -> str | None:
    """Percentage with one decimal, half-up: floor((2000*part + whole) / (2*whole)) tenths. None when whole is 0."""
    if whole <= 0:
        return None
    tenths = (2000 * part + whole) // (2 * whole)
    return f"{tenths // 10}.{tenths % 10}"


def participation(*, eligible: int, insured: int, target_ppm: int) -> Participation:
    """Compare P with the target share of E, in integers.

    Formula: reached = P*10^6 >= target*E, gap = max(0, ceil(target*E / 10^6) - P), rate = round(1000*P/E) / 10 half-up.
    The target is in millionths (75 % = 750000). Raises ValueError for negative counts.
    """
    if min(eligible, insured, target_ppm) < 0:
        message = "counts are not negative"
        raise ValueError(message)
    needed = -(-target_ppm * eligible // _PPM)
    return Participation(
        eligible=eligible,
        insured=insured,
        rate=percent_text(insured, eligible),
        target=_target_text(target_ppm),
        reached=insured * _PPM >= target_ppm * eligible,
        gap=max(0, needed - insured),
    )


def _target_text(target_ppm: int) -> str:
    whole, rest = divmod(target_ppm, 10_000)
    decimals = f"{rest:04d}".rstrip("0") or "0"
    return f"{whole}.{decimals}"
