"""Searching a unit: what is proposed, what is asked again, what is never proposed twice; and who is shown at the counter."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from api.database import system_actor
from api.errors import NotFound
from api.policy.id_numbers import check_character
from api.policy.likeness import compare
from api.services import duplicate_lists, duplicate_search, duplicates, residents
from api.services.resident_documents import DocumentNumberInvalid
from api.vocabulary import DuplicateAct, DuplicateState, RoleName, Sex
from tests import factories
from tests.factories import KEYRING, OTHER_VILLAGE, VILLAGE

COUNTY, TOWN = 440783000000, 440783001000
TODAY = date(2011, 3, 31)


def make(session, name="陈秀英", *, pinyin="chenxiuying", **facts):
    return factories.make_resident(session, name=name, pinyin=pinyin, **{"bank_account": None} | facts)


def search(session, unit=COUNTY, actor=None):
    return duplicate_search.search(session, KEYRING, actor=actor or system_actor(COUNTY), division_code=unit)


def pairs(session):
    rows = session.execute(
        text("SELECT first_id, second_id, state, division_code, reasons, id, version FROM duplicate_pairs ORDER BY id")
    )
    return rows.all()


def number(body):
    return body + check_character(body)


def test_pairs_of_every_kind_are_proposed_once(session):
    namesakes = [make(session), make(session, village=OTHER_VILLAGE)]
    swapped = [
        make(session, "李大年", pinyin="lidanian", birth_date=date(1960, 3, 8)),
        make(session, "李大年", pinyin="lidanian", birth_date=date(1960, 8, 3)),
    ]
    year = [
        make(session, "周有才", pinyin="zhouyoucai", birth_date=date(1950, 1, 9)),
        make(session, "周有才", pinyin="zhouyoucai", birth_date=date(1951, 1, 9)),
    ]
    sound = [make(session, name, pinyin="heli") for name in ("何丽", "何莉")]
    shared = [
        make(session, "冯一", pinyin="fengyi", bank_account="6228480402564899999", birth_date=date(1980, 1, 1))
        for _ in range(2)
    ]
    make(session, "吴不同", pinyin="wubutong", birth_date=date(1990, 2, 2))
    found = search(session)
    expected = {tuple(sorted(one.id for one in couple)) for couple in (namesakes, swapped, year, sound, shared)}
    assert {(row.first_id, row.second_id) for row in pairs(session)} == expected
    assert (found.alike, found.proposed, found.refreshed, found.lapsed) == (5, 5, 0, 0)
    units = {row.division_code for row in pairs(session) if row.first_id == min(one.id for one in namesakes)}
    assert units == {TOWN}
    again = search(session)
    assert (again.proposed, again.refreshed, again.lapsed) == (0, 0, 0)


def test_twins_are_left_alone_and_a_slip_of_the_pen_is_not(session):
    house = factories.make_household(session)
    twin = {"household": house, "birth_date": date(1985, 4, 4)}
    make(session, "黄大明", pinyin="huangdaming", number=number("44078319850404101"), **twin)
    make(session, "黄小明", pinyin="huangxiaoming", number=number("44078319850404103"), **twin)
    assert search(session).proposed == 0
    make(session, "黄大明", pinyin="huangdaming", number=number("44078319850404110"), **twin)
    assert search(session).proposed == 1
    assert {"same_name", "same_birth", "number_one_off", "same_household"} <= set(pairs(session)[0].reasons)


def test_candidates_leave_out_nobody_whom_the_comparison_would_find(session):
    """The set-based statement restates which pairs can be alike; here every pair of a small world is compared."""
    names = [("陈秀英", "chenxiuying"), ("陈秀瑛", "chenxiuying"), ("李强", "liqiang")]
    days = [date(1960, 3, 8), date(1960, 8, 3), date(1961, 3, 8), date(1960, 3, 9)]
    house = factories.make_household(session)
    people = [
        make(
            session, name, pinyin=pinyin, birth_date=day, village=village, sex=sex,
            household=house if village == VILLAGE else None, bank_account=account,
        )
        for name, pinyin in names
        for day in days
        for village, account in ((VILLAGE, "6228480402564890018"), (OTHER_VILLAGE, None))
        for sex in (Sex.MALE, Sex.FEMALE)
    ]  # fmt: skip
    search(session)
    proposed = {(row.first_id, row.second_id) for row in pairs(session)}
    bodies = duplicate_search._bodies(KEYRING, people)
    sides = [duplicate_search._person(one, body) for one, body in zip(people, bodies, strict=True)]
    alike = {
        (people[i].id, people[j].id)
        for i in range(len(people))
        for j in range(i + 1, len(people))
        if compare(sides[i], sides[j]).worth_looking
    }
    assert len(alike) > 50
    # Candidates cover the classes of the README; beyond them only a near number in another village could score enough.
    far = {
        pair
        for pair in alike - proposed
        if sides[[one.id for one in people].index(pair[0])].division_code
        != sides[[one.id for one in people].index(pair[1])].division_code
    }
    assert alike - proposed == far
    assert proposed <= alike


def settle(session, pair, reviewer):
    duplicates.decide_against(
        session, actor=reviewer, pair_id=pair.id, version=pair.version, act=DuplicateAct.NOT_DUPLICATE,
        opinion="同名不同人", today=TODAY,
    )  # fmt: skip


def test_who_was_found_to_be_two_persons_is_asked_again_only_when_an_identity_changes(session):
    one, _ = make(session), make(session)
    search(session)
    reviewer = factories.make_actor(session, RoleName.COUNTY_REVIEWER)
    settle(session, pairs(session)[0], reviewer)
    assert search(session).refreshed == 0
    clerk = factories.make_actor(session, RoleName.COUNTY_CLERK)
    change = {"actor": clerk, "resident_id": one.id, "today": TODAY}
    residents.change(session, KEYRING, version=1, record={"remark": "核对"}, **change)
    assert search(session).refreshed == 0
    residents.change(session, KEYRING, version=2, record={"name": "陈秀瑛"}, **change)
    assert search(session).refreshed == 1
    assert pairs(session)[0].state == "proposed"


def test_a_pair_that_is_not_alike_any_more_leaves_the_list_and_may_come_back(session):
    one, _ = make(session), make(session)
    search(session)
    clerk = factories.make_actor(session, RoleName.COUNTY_CLERK)
    change = {"actor": clerk, "resident_id": one.id, "today": TODAY}
    residents.change(session, KEYRING, version=1, record={"name": "郑和平"}, **change)
    assert search(session, unit=VILLAGE).lapsed == 1
    assert pairs(session)[0].state == "lapsed"
    residents.change(session, KEYRING, version=2, record={"name": "陈秀英"}, **change)
    assert search(session).refreshed == 1
    assert pairs(session)[0].state == "proposed"


@pytest.mark.parametrize("unit", [440784000000, 440783001999, 440700000000])
def test_a_unit_that_is_foreign_absent_or_above_a_county_is_not_found(session, unit):
    with pytest.raises(NotFound):
        search(session, unit=unit, actor=system_actor(440000000000) if unit == 440700000000 else None)


def test_a_search_of_a_town_neither_sees_nor_touches_its_neighbour(session):
    make(session, village=440783002200)
    make(session)
    clerk = factories.make_actor(session, RoleName.TOWN_CLERK)
    assert search(session, unit=TOWN, actor=clerk).proposed == 0
    assert search(session).proposed == 1
    listed, _ = duplicate_lists.list_pairs(
        session, KEYRING, actor=clerk, state=None, division_code=None, limit=50, after=None
    )
    assert listed == []


def similar(session, actor, name="陈秀英", born=date(1970, 5, 1), **facts):
    return duplicate_search.similar_to(
        session, KEYRING, actor=actor, name=name,
        **{"id_number": factories.id_number(born), "division_code": VILLAGE, "today": TODAY} | facts,
    )  # fmt: skip


def test_who_registers_somebody_is_shown_the_likes_of_them_within_the_own_unit(session):
    clerk = factories.make_actor(session, RoleName.TOWN_CLERK)
    near, far = make(session), make(session, birth_date=date(1971, 5, 1))
    make(session, village=440783002200)
    make(session, "吴不同", pinyin="wubutong")
    found = similar(session, clerk)
    assert [one.view.resident.id for one in found] == [near.id, far.id]
    assert found[0].comparison.score > found[1].comparison.score
    assert similar(session, clerk, name="吴不") == []
    with pytest.raises(DocumentNumberInvalid):
        similar(session, clerk, id_number="123456")
    with pytest.raises(NotFound):
        similar(session, clerk, division_code=440783002200)


def test_somebody_just_registered_is_put_on_the_list_with_the_likes_of_them(session):
    one, clerk = make(session), factories.make_actor(session, RoleName.TOWN_CLERK)
    new = make(session)
    assert duplicate_search.propose_for(session, KEYRING, actor=clerk, resident=new) == 1
    assert duplicate_search.propose_for(session, KEYRING, actor=clerk, resident=new) == 0
    assert [(row.first_id, row.second_id) for row in pairs(session)] == [(one.id, new.id)]
    assert search(session).proposed == 0


def test_a_list_is_read_page_by_page_most_alike_first(session):
    for day in range(1, 4):
        for village in (VILLAGE, OTHER_VILLAGE if day == 2 else VILLAGE):
            make(session, birth_date=date(1960 + day, 12, day), village=village)
    search(session)
    seen, after = [], None
    while True:
        page, after = duplicate_lists.list_pairs(
            session, KEYRING, actor=system_actor(COUNTY), state=DuplicateState.PROPOSED, division_code=None, limit=1,
            after=after,
        )  # fmt: skip
        seen += [view.pair for view in page]
        if after is None:
            break
    assert len(seen) == len(pairs(session)) >= 3
    assert [pair.score for pair in seen] == sorted((pair.score for pair in seen), reverse=True)
    assert len({pair.id for pair in seen}) == len(seen)
