"""变更登记 (P2): which items may change, who has the last word on each, and from when a change of terms holds.

Data in one table; a change of the procedure is a change of a row (policy.md P2, 粤府〔2009〕124号).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.vocabulary import ChangeKind, EnrolmentStep, FactKind

if TYPE_CHECKING:
    from collections.abc import Collection

_P2 = "人社厅发〔2009〕161号 变更登记"
_TOWN = EnrolmentStep.TOWNSHIP_REVIEW
_COUNTY = EnrolmentStep.COUNTY_APPROVAL


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRule:
    """How one item is changed."""

    last_step: EnrolmentStep
    """The step that ends the case and makes the change."""
    clause: str
    is_protected: bool = False
    """Whether the value is sealed and only ever shown masked."""
    is_of_insured: bool = False
    """Whether only somebody whose 参保登记 is approved has this item."""
    is_of_household: bool = False
    related: frozenset[ChangeKind] = frozenset()
    """Items that a reviewer must see when a request about them is open as well."""


def _household(clause: str) -> ChangeRule:
    return ChangeRule(last_step=_TOWN, clause=clause, is_of_household=True, related=_HOUSEHOLD)


_IDENTITY = frozenset({ChangeKind.NAME, ChangeKind.ID_NUMBER, ChangeKind.SEX, ChangeKind.BANK_ACCOUNT})
_TERMS = frozenset({ChangeKind.TIER, ChangeKind.RHYTHM, ChangeKind.CATEGORY, ChangeKind.EXCLUSION})
_HOUSEHOLD = frozenset(
    {
        ChangeKind.HOUSEHOLD_SPLIT,
        ChangeKind.HOUSEHOLD_MERGE,
        ChangeKind.HOUSEHOLD_MOVE,
        ChangeKind.HOUSEHOLD_HEAD,
        ChangeKind.ADDRESS,
        ChangeKind.VILLAGE_GROUP,
    }
)
_HUKOU = frozenset({ChangeKind.EXCLUSION, ChangeKind.ADDRESS, ChangeKind.TIER})
_BOOK = f"{_P2}；户籍以户口簿为准"

CHANGE_RULES: dict[ChangeKind, ChangeRule] = {
    ChangeKind.NAME: ChangeRule(last_step=_COUNTY, clause=f"{_P2}：姓名变更须县级复核并换折", related=_IDENTITY),
    ChangeKind.ID_NUMBER: ChangeRule(
        last_step=_COUNTY, clause=f"{_P2}：证件号码变更须县级复核并换折", is_protected=True, related=_IDENTITY
    ),
    ChangeKind.SEX: ChangeRule(last_step=_COUNTY, clause=f"{_P2}；GB 11643 身份证号含性别", related=_IDENTITY),
    ChangeKind.BANK_ACCOUNT: ChangeRule(
        last_step=_COUNTY, clause=f"{_P2}：银行账号变更须县级复核", is_protected=True, related=_IDENTITY
    ),
    ChangeKind.HUKOU_KIND: ChangeRule(last_step=_COUNTY, clause=f"{_P2}；国发〔2009〕32号 三", related=_HUKOU),
    ChangeKind.TIER: ChangeRule(
        last_step=_COUNTY, clause="粤府〔2009〕124号：一个自然年度一个档次", is_of_insured=True, related=_TERMS
    ),
    ChangeKind.RHYTHM: ChangeRule(
        last_step=_COUNTY, clause="粤府〔2009〕124号：一个自然年度一种缴费方式", is_of_insured=True, related=_TERMS
    ),
    ChangeKind.CATEGORY: ChangeRule(last_step=_COUNTY, clause=f"{_P2}；国发〔2009〕32号 五(代缴)", related=_TERMS),
    ChangeKind.EXCLUSION: ChangeRule(
        last_step=_COUNTY,
        clause="国发〔2009〕32号 三；参保率口径：不应参保情形逐项有据",
        related=_TERMS | {ChangeKind.HUKOU_KIND},
    ),
    ChangeKind.PHONE: ChangeRule(last_step=_TOWN, clause=_P2, is_protected=True),
    ChangeKind.ADDRESS: ChangeRule(last_step=_TOWN, clause=_BOOK, related=_HOUSEHOLD),
    ChangeKind.VILLAGE_GROUP: ChangeRule(last_step=_TOWN, clause=_BOOK, related=_HOUSEHOLD),
    ChangeKind.ETHNICITY: ChangeRule(last_step=_TOWN, clause=_BOOK),
    ChangeKind.HOUSEHOLD_SPLIT: _household(_BOOK),
    ChangeKind.HOUSEHOLD_MERGE: _household(_BOOK),
    ChangeKind.HOUSEHOLD_MOVE: _household(_BOOK),
    ChangeKind.HOUSEHOLD_HEAD: _household(_BOOK),
}
"""One rule for each item."""

CATEGORIES = frozenset({FactKind.DISABILITY, FactKind.DIBAO, FactKind.WUBAO, FactKind.ONE_CHILD, FactKind.LAND_TAKEN})
"""Special groups: they decide who pays and how much (policy.md §6.3)."""
EXCLUSIONS = frozenset(FactKind) - CATEGORIES
"""Why somebody is not counted among those who should be insured (policy.md §8)."""


def terms_from_year(*, year: int, paid_years: Collection[int]) -> int:
    """Return the calendar year from which a new tier or rhythm holds: the next that is not paid, not even in part.

    `year` is that of the approval. Policy.md P2 and A4: a year that was begun is finished as it was begun.
    """
    return max([year, *(paid + 1 for paid in paid_years)])
