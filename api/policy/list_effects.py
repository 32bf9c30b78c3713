"""What a department's list costs or saves, per level of government, by the parameters of its day.

Counts of people go in, amounts of fen come out. The law says what is paid; who shares it below the centre is not known
for Kaiping, so everything that is not the centre's stands as one local figure (policy.md §1, §2.1, evidence U).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from api.vocabulary import DepartmentListKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.policy.parameters import PolicyParameters

PAID_GROUPS = {
    DepartmentListKind.DISABILITY: "severely_disabled",
    DepartmentListKind.DIBAO: "dibao",
    DepartmentListKind.WUBAO: "wubao",
}
"""Lists whose people government may pay for, and the group of the parameter `government_paid_groups`."""
LEAVES_SCHEME = frozenset({DepartmentListKind.EMPLOYEE_INSURANCE, DepartmentListKind.STUDENTS})
"""Whoever is on these lists is not to be insured here (国发〔2009〕32号 三)."""


class Per(StrEnum):
    """How often an amount falls due."""

    YEAR = "year"
    MONTH = "month"
    ONCE = "once"


@dataclass(frozen=True, slots=True)
class Group:
    """People of a list to whom the same happens: what they pay, what they draw, and whether they enter or leave."""

    persons: int
    direction: int
    """+1: the list brings the fact; -1: it takes the fact away; 0: it stays and changes its grade."""
    insured: bool
    """Registered, and still of an age to pay."""
    tier_fen: int
    drawing: bool
    account_pension_fen: int
    """Sum of the monthly account pensions of the group, in fen."""
    severe_before: bool
    severe_after: bool
    paid_for_otherwise: bool
    """Government pays for them for another reason."""


@dataclass(frozen=True, slots=True)
class MoneyItem:
    """One line of the effect: more (+) or less (-) to be paid, in fen."""

    code: str
    persons: int
    per: Per
    central_fen: int
    local_fen: int
    account_fen: int = 0
    """From people's own accounts: no money of any government."""


@dataclass(frozen=True, slots=True)
class MoneyEffect:
    """All lines, and what is uncertain about them."""

    items: tuple[MoneyItem, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Overpaid:
    """What was paid for months after death: people, months, fen."""

    persons: int = 0
    months: int = 0
    total_fen: int = 0
    basic_fen: int = 0


SHARES_UNKNOWN = "省、市、县分担比例尚待查证，除中央补助外合计列为地方财政。"
CENTRAL_UNCERTAIN = "中央补助按东部标准每月27.50元计；三埠是否享受尚待查证。"
GROUP_BY_LOCAL_RULE = "低保、五保人员是否由政府代缴由地方规定，尚待查证；现行参数不代缴，故无资金影响。"
LAND_UNKNOWN = "被征地农民的缴费由用地单位按项目预存，标准尚待查证，故不计算资金影响。"
PRISON_NOT_BACK = "服刑期间停发的养老金不补发，自释放次月恢复。"


def money_effect(
    kind: DepartmentListKind, groups: Sequence[Group], overpaid: Overpaid, parameters: PolicyParameters
) -> MoneyEffect:
    """Compute what changes for government when the chosen rows of a list are adopted.

    代缴 (policy.md §1, A17): minimum tier a year for each newly paid-for person. Subsidy: that of the tier, no longer due
    for who leaves the scheme or dies. Pensions: basic pension (central share and rest) and account pension a month, of the
    dead and of prisoners who draw. Overpaid: what was paid for months after death, once, to be recovered.
    """
    if kind in PAID_GROUPS:
        return _paid_for(kind, groups, parameters)
    if kind in LEAVES_SCHEME:
        return MoneyEffect(_subsidies(groups, parameters), (SHARES_UNKNOWN,))
    if kind is DepartmentListKind.PRISONERS:
        return MoneyEffect(_pensions(groups, parameters), (SHARES_UNKNOWN, CENTRAL_UNCERTAIN, PRISON_NOT_BACK))
    if kind is DepartmentListKind.DEATHS:
        items = (*_pensions(groups, parameters), *_subsidies(groups, parameters), *_recovery(overpaid, parameters))
        return MoneyEffect(items, (SHARES_UNKNOWN, CENTRAL_UNCERTAIN))
    return MoneyEffect((), (LAND_UNKNOWN,))


def _paid_for(kind: DepartmentListKind, groups: Sequence[Group], parameters: PolicyParameters) -> MoneyEffect:
    """Count those for whom government begins (+) and ceases (-) to pay the minimum tier."""
    group_word = PAID_GROUPS[kind]
    if group_word not in parameters.government_paid_groups:
        return MoneyEffect((), (GROUP_BY_LOCAL_RULE,))
    begin = sum(one.persons for one in groups if _turn(kind, one) > 0)
    cease = sum(one.persons for one in groups if _turn(kind, one) < 0)
    items = [
        MoneyItem(code, sign * persons, Per.YEAR, 0, sign * persons * parameters.minimum_tier_fen)
        for code, sign, persons in (("government_pays", 1, begin), ("government_ceases", -1, cease))
        if persons
    ]
    return MoneyEffect(tuple(items), (SHARES_UNKNOWN,))


def _turn(kind: DepartmentListKind, group: Group) -> int:
    """Whether government begins (+1) or ceases (-1) to pay for a group; 0: neither."""
    if not group.insured or group.drawing or group.paid_for_otherwise:
        return 0
    if kind is DepartmentListKind.DISABILITY:
        return int(group.severe_after) - int(group.severe_before)
    return group.direction


def _subsidies(groups: Sequence[Group], parameters: PolicyParameters) -> tuple[MoneyItem, ...]:
    """Subsidy of the year that is no longer due (who leaves), or due again (who comes back)."""
    touched = [one for one in groups if one.insured and not one.drawing and one.direction]
    fen = sum(-one.direction * one.persons * parameters.subsidy_fen(one.tier_fen) for one in touched)
    persons = sum(-one.direction * one.persons for one in touched)
    return (MoneyItem("subsidy", persons, Per.YEAR, 0, fen),) if touched else ()


def _pensions(groups: Sequence[Group], parameters: PolicyParameters) -> tuple[MoneyItem, ...]:
    """Monthly pensions that stop, or resume."""
    touched = [one for one in groups if one.drawing and one.direction]
    persons = sum(-one.direction * one.persons for one in touched)
    central = min(parameters.basic_pension_central_share_fen, parameters.basic_pension_fen)
    local = parameters.basic_pension_fen - central
    account = sum(-one.direction * one.account_pension_fen for one in touched)
    return (MoneyItem("pension", persons, Per.MONTH, persons * central, persons * local, account),) if touched else ()


def _recovery(overpaid: Overpaid, parameters: PolicyParameters) -> tuple[MoneyItem, ...]:
    """What was paid for months after death, to be recovered (policy.md P13, P16, A12)."""
    if not overpaid.months:
        return ()
    central = min(parameters.basic_pension_central_share_fen * overpaid.months, overpaid.basic_fen)
    return (
        MoneyItem(
            "recover",
            overpaid.persons,
            Per.ONCE,
            -central,
            -(overpaid.basic_fen - central),
            -(overpaid.total_fen - overpaid.basic_fen),
        ),
    )
