"""Examples A8 (third case), A22 and A24: who may enrol, who should be insured, and how far a unit is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.policy.enrolment import may_enrol
from api.policy.participation import (
    FACT_RULES,
    Exclusion,
    FactEffect,
    excluding_kinds,
    exclusion_of,
    explaining_kinds,
    participation,
)
from api.vocabulary import FactKind, HukouKind, ResidentStatus
from tests.policy.worlds import law

BORN = date(1994, 12, 10)
FACTS = {
    "birth_date": date(1970, 1, 1),
    "hukou": HukouKind.RURAL,
    "student": False,
    "employee_insured": False,
    "status": ResidentStatus.ALIVE,
}


def _decide(day: str, **changes: object) -> tuple[bool, list[str]]:
    decision = may_enrol(**{**FACTS, **changes}, on=date.fromisoformat(day), parameters=law(day))
    return decision.allowed, [reason.code for reason in decision.reasons]


@pytest.mark.parametrize(
    ("born", "day", "answer"),
    [
        (BORN, "2010-12-09", (False, ["too-young"])),
        (BORN, "2010-12-10", (True, ["eligible"])),
        (date(1996, 2, 29), "2012-02-28", (False, ["too-young"])),
        (date(1996, 2, 29), "2012-02-29", (True, ["eligible"])),
        (date(1948, 5, 3), "2010-10-08", (True, ["eligible-launch-cohort"])),
        (date(1950, 11, 3), "2011-10-08", (True, ["eligible-past-60"])),
    ],
)
def test_a24_age(born: date, day: str, answer: tuple[bool, list[str]]) -> None:
    assert _decide(day, birth_date=born) == answer


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"enrolled_elsewhere": True}, "enrolled-already"),
        ({"hukou": HukouKind.NON_RURAL}, "not-rural"),
        ({"student": True}, "student"),
        ({"employee_insured": True}, "employee-insured"),
        ({"other_pension": True}, "other-pension"),
        ({"status": ResidentStatus.DEAD}, "dead"),
        ({"status": ResidentStatus.MOVED_OUT}, "moved-out"),
    ],
)
def test_a24_obstacles(changes: dict, code: str) -> None:
    assert _decide("2010-12-10", **changes) == (False, [code])


def test_every_obstacle_is_listed_at_once() -> None:
    assert _decide("2010-12-10", student=True, employee_insured=True) == (False, ["student", "employee-insured"])


def test_nobody_enrols_before_the_launch() -> None:
    assert _decide("2010-09-30") == (False, ["not-launched"])


def test_hukou_no_longer_matters_after_the_merger() -> None:
    assert _decide("2013-01-01", hukou=HukouKind.NON_RURAL) == (True, ["eligible"])


@pytest.mark.parametrize(
    ("changes", "exclusion"),
    [
        ({}, None),
        ({"birth_date": date(1930, 1, 1)}, None),
        ({"birth_date": date(1995, 1, 1)}, Exclusion.UNDER_AGE),
        ({"facts": {FactKind.STUDENT}}, Exclusion.STUDENT),
        ({"facts": {FactKind.STUDENT}, "status": ResidentStatus.DEAD}, Exclusion.DEAD),
        ({"status": ResidentStatus.MOVED_OUT}, Exclusion.MOVED_OUT),
        ({"hukou": HukouKind.NON_RURAL}, Exclusion.NOT_RURAL),
        ({"facts": {FactKind.EMPLOYEE_INSURED}}, Exclusion.EMPLOYEE_INSURED),
        ({"facts": {FactKind.OTHER_PENSION}}, Exclusion.OTHER_PENSION),
        ({"facts": {FactKind.PRISONER, FactKind.DIBAO}}, Exclusion.PRISONER),
        ({"facts": {FactKind.SOLDIER, FactKind.STUDENT}}, Exclusion.STUDENT),
        ({"facts": {FactKind.UNWILLING, FactKind.UNREACHABLE, FactKind.EMPTY_HUKOU}}, None),
        ({"facts": {FactKind.DEAD_NOT_CANCELLED, FactKind.LAND_TAKEN, FactKind.DISABILITY}}, None),
    ],
)
def test_who_should_be_insured(changes: dict, exclusion: Exclusion | None) -> None:
    person = {
        "birth_date": date(1970, 1, 1),
        "hukou": HukouKind.RURAL,
        "facts": frozenset(),
        "status": ResidentStatus.ALIVE,
    }
    assert exclusion_of(**{**person, **changes}, on=date(2010, 12, 31), parameters=law("2010-12-31")) is exclusion


def test_what_no_longer_excludes_explains() -> None:
    strict = law("2010-12-31")
    lenient = replace(strict, exclude_prisoners=False)
    assert FactKind.PRISONER in excluding_kinds(strict)
    assert FactKind.PRISONER not in explaining_kinds(strict)
    assert FactKind.PRISONER not in excluding_kinds(lenient)
    assert FactKind.PRISONER in explaining_kinds(lenient)


def test_every_kind_of_fact_has_one_effect_and_a_clause() -> None:
    assert set(FACT_RULES) == set(FactKind)
    assert all(rule.clause for rule in FACT_RULES.values())
    parameters = law("2010-12-31")
    told = [*excluding_kinds(parameters), *explaining_kinds(parameters)]
    categories = [kind for kind, rule in FACT_RULES.items() if rule.effect is FactEffect.CATEGORY]
    assert sorted([*told, *categories]) == sorted(FactKind)


def test_a22_the_unit() -> None:
    eligible = 1240 - 85 - 210 - 25
    reached = participation(eligible=eligible, insured=512 + 170, target_ppm=law().participation_target_ppm)
    assert (reached.eligible, reached.insured, reached.rate) == (920, 682, "74.1")
    assert (reached.reached, reached.gap, reached.target) == (False, 8, "75.0")


def test_a22_the_province_in_2009() -> None:
    assert participation(eligible=38_500_000, insured=2_443_000, target_ppm=750_000).rate == "6.3"


@pytest.mark.parametrize(
    ("eligible", "insured", "rate", "reached", "gap"),
    [
        (920, 690, "75.0", True, 0),
        (920, 689, "74.9", False, 1),
        (2000, 1499, "75.0", False, 1),
        (8, 1, "12.5", False, 5),
        (2000, 1, "0.1", False, 1499),
        (0, 0, None, True, 0),
        (10, 12, "120.0", True, 0),
    ],
)
def test_rate_is_shown_rounded_but_judged_exactly(
    eligible: int, insured: int, rate: str | None, reached: bool, gap: int
) -> None:
    result = participation(eligible=eligible, insured=insured, target_ppm=750_000)
    assert (result.rate, result.reached, result.gap) == (rate, reached, gap)


@pytest.mark.parametrize(
    ("ppm", "text"), [(750_000, "75.0"), (755_000, "75.5"), (1_000_000, "100.0"), (333_300, "33.33")]
)
def test_target_in_words(ppm: int, text: str) -> None:
    assert participation(eligible=1, insured=1, target_ppm=ppm).target == text


def test_negative_counts_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="negative"):
        participation(eligible=-1, insured=0, target_ppm=0)


@given(eligible=st.integers(0, 10**7), insured=st.integers(0, 10**7), target_ppm=st.integers(0, 10**6))
@settings(max_examples=200, deadline=None)
def test_gap_is_exactly_what_is_lacking(eligible: int, insured: int, target_ppm: int) -> None:
    result = participation(eligible=eligible, insured=insured, target_ppm=target_ppm)
    assert result.reached is (result.gap == 0)
    assert participation(eligible=eligible, insured=insured + result.gap, target_ppm=target_ppm).reached
    if result.gap:
        almost = participation(eligible=eligible, insured=insured + result.gap - 1, target_ppm=target_ppm)
        assert not almost.reached
