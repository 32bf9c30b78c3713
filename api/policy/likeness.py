"""How alike two people of the roster are: the reasons in words, and a score by which a list is sorted.

No law says it; the weights are ours. A pair is worth a person's time when its names are the same or sound the same and
something else agrees. Twins share the birth date, the house and all but the last digits of the number, so numbers that
differ in the order alone speak only where the names agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.vocabulary import Likeness, Sex

if TYPE_CHECKING:
    from datetime import date

WORTH_LOOKING = 60
"""Score from which a pair is proposed."""
WEIGHTS: dict[Likeness, int] = {
    Likeness.SAME_NAME: 40,
    Likeness.HOMOPHONE: 32,
    Likeness.NAME_ONE_OFF: 12,
    Likeness.SAME_BIRTH: 25,
    Likeness.BIRTH_SWAPPED: 18,
    Likeness.BIRTH_ONE_PART: 15,
    Likeness.NUMBER_ONE_OFF: 25,
    Likeness.NUMBER_TWO_OFF: 15,
    Likeness.SAME_HOUSEHOLD: 10,
    Likeness.SAME_VILLAGE: 5,
    Likeness.SAME_BANK_ACCOUNT: 15,
    Likeness.OTHER_SEX: -20,
}
_ORDER_FROM = 14
"""Digits before it are area and birth date, from it the order of those who were born there that day."""


@dataclass(frozen=True, slots=True)
class Person:
    """What is compared of one person. `body` is the first 17 digits of a resident ID, None for other documents."""

    name: str
    pinyin: str
    birth_date: date
    sex: Sex
    body: str | None
    division_code: int | None
    household_id: int | None = None
    bank_account_index: bytes | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The outcome for one pair."""

    score: int
    reasons: tuple[Likeness, ...]

    @property
    def worth_looking(self) -> bool:
        """Whether somebody should look at the pair."""
        return self.score >= WORTH_LOOKING


def compare(one: Person, other: Person) -> Comparison:
    """Compare two people; the order of the two makes no difference."""
    reasons: list[Likeness] = []
    name = _name(one, other)
    birth = _birth(one.birth_date, other.birth_date)
    reasons += [reason for reason in (name, birth) if reason is not None]
    number = _number(one, other, is_same_name=name in (Likeness.SAME_NAME, Likeness.HOMOPHONE))
    if number is not None:
        reasons.append(number)
    if one.household_id is not None and one.household_id == other.household_id:
        reasons.append(Likeness.SAME_HOUSEHOLD)
    if one.division_code is not None and one.division_code == other.division_code:
        reasons.append(Likeness.SAME_VILLAGE)
    if one.bank_account_index is not None and one.bank_account_index == other.bank_account_index:
        reasons.append(Likeness.SAME_BANK_ACCOUNT)
    if one.sex is not other.sex:
        reasons.append(Likeness.OTHER_SEX)
    return Comparison(max(0, sum(WEIGHTS[reason] for reason in reasons)), tuple(reasons))


def _name(one: Person, other: Person) -> Likeness | None:
    if one.name == other.name:
        return Likeness.SAME_NAME
    if one.pinyin and one.pinyin == other.pinyin:
        return Likeness.HOMOPHONE
    return Likeness.NAME_ONE_OFF if distance(one.name, other.name, limit=1) == 1 else None


def _birth(one: date, other: date) -> Likeness | None:
    if one == other:
        return Likeness.SAME_BIRTH
    if one.year == other.year and (one.month, one.day) == (other.day, other.month):
        return Likeness.BIRTH_SWAPPED
    agreeing = (one.year == other.year) + (one.month == other.month) + (one.day == other.day)
    return Likeness.BIRTH_ONE_PART if agreeing == 2 else None


def _number(one: Person, other: Person, *, is_same_name: bool) -> Likeness | None:
    if one.body is None or other.body is None:
        return None
    if not is_same_name and one.body[:_ORDER_FROM] == other.body[:_ORDER_FROM]:
        return None
    apart = distance(one.body, other.body, limit=2)
    return {1: Likeness.NUMBER_ONE_OFF, 2: Likeness.NUMBER_TWO_OFF}.get(apart)


def distance(one: str, other: str, *, limit: int) -> int:
    """Count the changes, insertions, omissions and swaps of neighbours that make one text of the other.

    That is Damerau's distance in its restricted form (optimal string alignment). Anything beyond `limit` is told as
    `limit + 1`, which spares most of the work.
    """
    while one and other and one[0] == other[0]:
        one, other = one[1:], other[1:]
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    beyond = limit + 1
    if abs(len(one) - len(other)) > limit:
        return beyond
    before: list[int] = []
    above = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        here = [row]
        for column, against in enumerate(other, 1):
            cost = min(above[column] + 1, here[column - 1] + 1, above[column - 1] + (letter != against))
            is_swap = row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == against
            here.append(min(cost, before[column - 2] + 1) if is_swap else cost)
        if min(here) > limit and min(above) > limit:
            return beyond
        before, above = above, here
    return min(above[-1], beyond)
