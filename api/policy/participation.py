"""参保率: who should be insured, who is, and how far a unit is from its target; integers only (policy.md §8, A22)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from api.policy.ages import attains_on
from api.policy.parameters import HukouTest
from api.vocabulary import FactKind, HukouKind, ResidentStatus

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from api.policy.parameters import PolicyParameters

_PPM = 1_000_000


_SCOPE = "国发〔2009〕32号 三"


class FactEffect(StrEnum):
    """What a dated fact does to somebody's place in the participation register."""

    EXCLUDES = "excludes"
    """Out of E while it holds."""
    EXPLAINS = "explains"
    """Still in E: says why the person has not joined."""
    CATEGORY = "category"
    """Says who pays and what is checked, nothing about E."""


@dataclass(frozen=True, slots=True)
class FactRule:
    """Effect of a kind of fact, with the clause; `needs` names the parameter that must be on for it to exclude."""

    effect: FactEffect
    clause: str
    needs: str | None = None


FACT_RULES: dict[FactKind, FactRule] = {
    FactKind.STUDENT: FactRule(FactEffect.EXCLUDES, _SCOPE),
    FactKind.EMPLOYEE_INSURED: FactRule(FactEffect.EXCLUDES, _SCOPE),
    FactKind.OTHER_PENSION: FactRule(FactEffect.EXCLUDES, _SCOPE),
    FactKind.SOLDIER: FactRule(FactEffect.EXCLUDES, "policy.md §8", needs="exclude_soldiers"),
    FactKind.PRISONER: FactRule(FactEffect.EXCLUDES, "policy.md §8", needs="exclude_prisoners"),
    FactKind.UNWILLING: FactRule(FactEffect.EXPLAINS, "国发〔2009〕32号 二(自愿参保)"),
    FactKind.UNREACHABLE: FactRule(FactEffect.EXPLAINS, "policy.md §8"),
    FactKind.EMPTY_HUKOU: FactRule(FactEffect.EXPLAINS, "policy.md §8"),
    FactKind.DEAD_NOT_CANCELLED: FactRule(FactEffect.EXPLAINS, "policy.md §8"),
    FactKind.DISABILITY: FactRule(FactEffect.CATEGORY, "国发〔2009〕32号 五"),
    FactKind.DIBAO: FactRule(FactEffect.CATEGORY, "国发〔2009〕32号 五"),
    FactKind.WUBAO: FactRule(FactEffect.CATEGORY, "国发〔2009〕32号 五"),
    FactKind.ONE_CHILD: FactRule(FactEffect.CATEGORY, "policy.md §3.4"),
    FactKind.LAND_TAKEN: FactRule(FactEffect.CATEGORY, "粤府办〔2010〕41号"),
}
"""The law about kinds of facts. Where several hold at once, the first in this order is the reason that is told."""


def excluding_kinds(parameters: PolicyParameters) -> tuple[FactKind, ...]:
    """Kinds of facts that keep somebody out of E under the parameters of a day, the telling one first."""
    return tuple(
        kind
        for kind, rule in FACT_RULES.items()
        if rule.effect is FactEffect.EXCLUDES and (rule.needs is None or getattr(parameters, rule.needs))
    )


def explaining_kinds(parameters: PolicyParameters) -> tuple[FactKind, ...]:
    """Kinds of facts that say why somebody of E has not joined; also what would exclude if its parameter were on."""
    excluding = excluding_kinds(parameters)
    return tuple(
        kind for kind, rule in FACT_RULES.items() if rule.effect is not FactEffect.CATEGORY and kind not in excluding
    )


class Exclusion(StrEnum):
    """Why a resident is not among those who should be insured."""

    DEAD = "dead"
    MOVED_OUT = "moved_out"
    UNDER_AGE = "under_age"
    NOT_RURAL = "not_rural"
    STUDENT = "student"
    EMPLOYEE_INSURED = "employee_insured"
    OTHER_PENSION = "other_pension"
    SOLDIER = "soldier"
    PRISONER = "prisoner"


def exclusion_of(
    *,
    birth_date: date,
    hukou: HukouKind,
    facts: Collection[FactKind],
    status: ResidentStatus,
    on: date,
    parameters: PolicyParameters,
) -> Exclusion | None:
    """Why somebody does not count in E (应参保) on a reporting date, or None: the first that applies, in this order.

    `facts` are the kinds that hold on the date. E includes people of 60 and over (Guangdong's own 2009 figure does).
    """
    tests = (
        (Exclusion.DEAD, status is ResidentStatus.DEAD),
        (Exclusion.MOVED_OUT, status is ResidentStatus.MOVED_OUT),
        (Exclusion.UNDER_AGE, on < attains_on(birth_date, parameters.enrolment_age)),
        (Exclusion.NOT_RURAL, parameters.hukou_test is HukouTest.RURAL_ONLY and hukou is not HukouKind.RURAL),
        *((Exclusion(kind.value), kind in facts) for kind in excluding_kinds(parameters)),
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
