"""How alike two people are: the reasons, the threshold, and the distance of numbers against a plain definition."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.policy.likeness import Person, compare, distance
from api.vocabulary import Likeness, Sex

BORN = date(1970, 5, 12)
ONE = Person(
    name="梁小明", pinyin="liangxiaoming", birth_date=BORN, sex=Sex.MALE, body="44078319700512101",
    division_code=440783001210, household_id=7, bank_account_index=b"a",
)  # fmt: skip
STRANGER = replace(
    ONE, name="陈大文", pinyin="chendawen", birth_date=date(1981, 2, 3), body="44072119810203777",
    division_code=440783001211, household_id=8, bank_account_index=b"b",
)  # fmt: skip


@pytest.mark.parametrize(
    ("other", "reasons", "worth"),
    [
        (replace(STRANGER, name=ONE.name, birth_date=BORN), {Likeness.SAME_NAME, Likeness.SAME_BIRTH}, True),
        (replace(STRANGER, name=ONE.name), {Likeness.SAME_NAME}, False),
        (
            replace(STRANGER, name=ONE.name, birth_date=date(1970, 12, 5), division_code=ONE.division_code),
            {Likeness.SAME_NAME, Likeness.BIRTH_SWAPPED, Likeness.SAME_VILLAGE},
            True,
        ),
        (
            replace(STRANGER, name=ONE.name, birth_date=date(1971, 5, 12), division_code=ONE.division_code),
            {Likeness.SAME_NAME, Likeness.BIRTH_ONE_PART, Likeness.SAME_VILLAGE},
            True,
        ),
        (
            replace(STRANGER, name="梁晓明", pinyin=ONE.pinyin, birth_date=BORN, division_code=ONE.division_code),
            {Likeness.HOMOPHONE, Likeness.SAME_BIRTH, Likeness.SAME_VILLAGE},
            True,
        ),
        (
            replace(ONE, name="梁大明", pinyin="liangdaming", body="44078319700512103", bank_account_index=None),
            {Likeness.NAME_ONE_OFF, Likeness.SAME_BIRTH, Likeness.SAME_HOUSEHOLD, Likeness.SAME_VILLAGE},
            False,
        ),
        (
            replace(STRANGER, name=ONE.name, birth_date=BORN, sex=Sex.FEMALE),
            {Likeness.SAME_NAME, Likeness.SAME_BIRTH, Likeness.OTHER_SEX},
            False,
        ),
        (
            replace(STRANGER, name=ONE.name, birth_date=date(1970, 5, 21), body="44078319700521101"),
            {Likeness.SAME_NAME, Likeness.BIRTH_ONE_PART, Likeness.NUMBER_ONE_OFF},
            True,
        ),
        (
            replace(STRANGER, bank_account_index=ONE.bank_account_index, birth_date=BORN),
            {Likeness.SAME_BANK_ACCOUNT, Likeness.SAME_BIRTH},
            False,
        ),
    ],
    ids=["namesake", "only the name", "swapped", "one part", "homophone", "twins", "other sex", "number", "account"],
)  # fmt: skip
def test_reasons_and_whether_a_person_should_look(other, reasons, worth):
    found = compare(ONE, other)
    assert set(found.reasons) == reasons
    assert found.worth_looking is worth
    assert compare(other, ONE) == found


def test_what_is_unknown_agrees_with_nothing():
    bare = replace(ONE, household_id=None, bank_account_index=None, body=None)
    assert set(compare(bare, bare).reasons) == {Likeness.SAME_NAME, Likeness.SAME_BIRTH, Likeness.SAME_VILLAGE}


def plain(one: str, other: str) -> int:
    """Optimal string alignment as it is defined, without any haste."""

    @cache
    def steps(i: int, j: int) -> int:
        if not i or not j:
            return i + j
        best = min(steps(i - 1, j) + 1, steps(i, j - 1) + 1, steps(i - 1, j - 1) + (one[i - 1] != other[j - 1]))
        if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
            best = min(best, steps(i - 2, j - 2) + 1)
        return best

    return steps(len(one), len(other))


DIGITS = st.text("0123", max_size=9)


@given(DIGITS, DIGITS, st.integers(0, 4))
def test_distance_is_the_plain_one_up_to_the_limit(one, other, limit):
    assert distance(one, other, limit=limit) == min(plain(one, other), limit + 1)


@given(st.text("0123456789", min_size=17, max_size=17), st.integers(0, 15))
def test_two_swapped_digits_are_one_slip(body, place):
    swapped = body[:place] + body[place + 1] + body[place] + body[place + 2 :]
    assert distance(body, swapped, limit=2) == (0 if swapped == body else 1)
