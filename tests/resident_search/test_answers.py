"""What a search finds: the same people as a plain filter in Python, each once, for every combination of questions."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.database import scope_of, system_actor
from api.exchange.name_queries import read_name_query
from api.exchange.pinyin import COMPOUND_SURNAMES
from api.models import residents as models
from api.services import resident_search, resident_walks
from api.services.pages import InvalidCursor, encode_cursor
from api.services.resident_questions import Wanted
from api.vocabulary import BenefitState, EnrolmentState, ResidentCategory, ResidentStatus
from tests.factories import KEYRING
from tests.resident_search.population import TODAY, TOWNS, VILLAGES, insert, make_people

COUNTY_UNIT = 440783000000
EXAMPLES = 400 if os.environ.get("FULL_TESTS") else 120
UNITS = (*VILLAGES[:2], *TOWNS, COUNTY_UNIT)
TYPED = (
    None, "陈", "陈小", "陈小明", "小明", "明", "单", "尉", "尉迟", "区", "c", "chen", "chenx", "cxm", "lx", "lxm", "dan", "danx", "dxm",
    "qu", "qiu", "chou", "shan", "陈xm", "陈小m", "尉迟x", "欧阳xiao", "chen小明", "ｃｘｍ", "Chén Xiǎo", "𠮷", "zzz", "oyx", "·", "y", "s",
)  # fmt: skip


@pytest.fixture(scope="module")
def people(database):
    made = make_people(1_500)
    insert(database, made)
    return made


@pytest.fixture
def small_budget(monkeypatch):
    """Few people at a time, so that walks are stopped and go on."""
    monkeypatch.setattr(resident_walks, "BUDGET", 37)


CATEGORY = {
    ResidentCategory.STUDENT: lambda p: "is_student" in p.flags,
    ResidentCategory.EMPLOYEE_INSURED: lambda p: "employee_insured" in p.flags,
    ResidentCategory.OTHER_PENSION: lambda p: "other_pension" in p.flags,
    ResidentCategory.SEVERELY_DISABLED: lambda p: p.grade in {1, 2},
    ResidentCategory.DISABLED: lambda p: p.grade in {3, 4},
    ResidentCategory.DIBAO: lambda p: "dibao" in p.flags,
    ResidentCategory.WUBAO: lambda p: "wubao" in p.flags,
    ResidentCategory.LAND_TAKEN: lambda p: "land_taken" in p.flags,
}


def meets(person, wanted):
    """The questions one by one, as a person would check a list."""
    state = wanted.enrolment
    has_state = state in person.enrolments if state in {"rejected", "terminated"} else state == person.alive_enrolment
    return all((
        wanted.group is None or person.group == wanted.group,
        wanted.category is None or CATEGORY[wanted.category](person),
        wanted.status is None or person.status == wanted.status,
        state is None or has_state,
        not wanted.not_enrolled or person.alive_enrolment is None,
        wanted.benefit is None or person.benefit == wanted.benefit,
        not wanted.no_benefit or person.benefit is None,
        wanted.age_from is None or person.age >= wanted.age_from,
        wanted.age_to is None or person.age <= wanted.age_to,
        wanted.household_number is None or person.household == wanted.household_number,
        wanted.names is None
        or any(all(getattr(person, f).startswith(b) for f, b in clue.beginnings) for clue in wanted.names.clues),
    ))  # fmt: skip


def pages(database, unit, q, wanted, limit, actor_unit=None):
    """All pages of a search, as a reader goes through them."""
    actor = system_actor(actor_unit or unit)
    found, after = [], None
    with database.read_snapshot(actor) as session:
        for _ in range(3_000):
            views, after = resident_search.list_residents(
                session,
                KEYRING,
                actor=actor,
                today=TODAY,
                division_code=unit,
                q=q,
                wanted=wanted,
                limit=limit,
                after=after,
            )
            assert len(views) <= limit
            found.append([view.resident.id for view in views])
            if after is None:
                return found
    raise AssertionError("the pages do not end")


def expected(people, unit, q, wanted):
    low, high = scope_of(unit)
    asked = replace(wanted, names=None if q is None else read_name_query(q))
    return {p.id for p in people if low <= p.division <= high and meets(p, asked)}


def optional(values):
    return st.one_of(st.none(), st.sampled_from(values))


WANTED = st.builds(
    lambda facts, enrolment, benefit: Wanted(**facts, **enrolment, **benefit),
    st.fixed_dictionaries({
        "group": optional(["1", "9"]), "category": optional(list(ResidentCategory)),
        "status": optional(list(ResidentStatus)), "age_from": optional([0, 16, 60, 80]),
        "age_to": optional([17, 59, 62, 100]), "household_number": optional(["1", "3"]),
    }),
    st.one_of(st.just({}), st.just({"not_enrolled": True}), st.sampled_from(EnrolmentState).map(lambda s: {"enrolment": s})),
    st.one_of(st.just({}), st.just({"no_benefit": True}), st.sampled_from(BenefitState).map(lambda s: {"benefit": s})),
)  # fmt: skip


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(unit=st.sampled_from(UNITS), q=st.sampled_from(TYPED), wanted=WANTED, limit=st.sampled_from([3, 50, 200]))
def test_any_combination_finds_whom_a_plain_filter_finds(people, database, small_budget, unit, q, wanted, limit):
    found = [one for page in pages(database, unit, q, wanted, limit) for one in page]
    assert len(found) == len(set(found))
    assert set(found) == expected(people, unit, q, wanted)


SIMPLE = [
    {}, {"group": "1"}, {"household_number": "1"}, {"age_from": 75}, {"age_from": 60, "age_to": 62}, {"age_to": 15},
    {"not_enrolled": True}, {"no_benefit": True},
    *({"category": one} for one in ResidentCategory), *({"status": one} for one in ResidentStatus),
    *({"enrolment": one} for one in EnrolmentState), *({"benefit": one} for one in BenefitState),
]  # fmt: skip


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("q", TYPED)
def test_every_text_in_every_unit(people, database, unit, q):
    found = [one for page in pages(database, unit, q, Wanted(), 20) for one in page]
    assert len(found) == len(set(found))
    assert set(found) == expected(people, unit, q, Wanted())


@pytest.mark.parametrize("unit", [VILLAGES[0], TOWNS[0], COUNTY_UNIT])
@pytest.mark.parametrize("facts", SIMPLE)
def test_every_filter_by_itself(people, database, unit, facts):
    wanted = Wanted(**facts)
    found = [one for page in pages(database, unit, None, wanted, 20) for one in page]
    assert len(found) == len(set(found))
    assert set(found) == expected(people, unit, None, wanted)


@pytest.mark.parametrize("unit", UNITS)
def test_people_come_in_the_order_of_their_pinyin(people, database, unit):
    by_id = {p.id: p for p in people}
    for q in (None, "c", "chen"):
        found = [by_id[one].pinyin for page in pages(database, unit, q, Wanted(), 30) for one in page]
        assert len(found) > 5
        letters = [one for one in found if q is None or one.startswith(q)]
        assert letters == sorted(letters)


def test_a_unit_above_ones_own_shows_ones_own_people_and_a_foreign_one_nobody(people, database):
    own = expected(people, VILLAGES[0], None, Wanted())
    for unit in (TOWNS[0], COUNTY_UNIT):
        assert {one for page in pages(database, unit, None, Wanted(), 200, VILLAGES[0]) for one in page} == own
    assert pages(database, VILLAGES[1], "陈", Wanted(), 200, VILLAGES[0]) == [[]]


def test_above_the_counties_the_answer_is_the_same(people, database):
    found = {one for page in pages(database, 440700000000, "chen", Wanted(), 200) for one in page}
    assert found == expected(people, COUNTY_UNIT, "chen", Wanted())


def test_one_who_looks_at_few_at_a_time_gets_short_pages_and_the_rest_later(people, database, small_budget):
    wanted = Wanted(group="9")
    given = pages(database, COUNTY_UNIT, None, wanted, 20)
    assert len(given) > 10
    assert all(page == [] for page in given)


@pytest.mark.parametrize(
    "cursor", [(9, "", "", 1), (-1, "", "", 1), (0, "x", "", 2**62), (0, "0", "", -5), (0, "2011-13-01", "", 1)]
)
def test_a_made_up_cursor_is_refused_or_ends(people, database, cursor):
    actor = system_actor(COUNTY_UNIT)
    for wanted in (Wanted(), Wanted(age_from=90), Wanted(household_number="1")):
        with database.read_snapshot(actor) as session:
            try:
                views, _ = resident_search.list_residents(
                    session, KEYRING, actor=actor, today=TODAY, wanted=wanted, limit=5, after=encode_cursor(*cursor)
                )
            except InvalidCursor:
                continue
            assert len(views) <= 5


def test_the_definition_of_the_given_name_knows_the_compound_surnames():
    assert set(models.COMPOUND_SURNAMES) == set(COMPOUND_SURNAMES)
