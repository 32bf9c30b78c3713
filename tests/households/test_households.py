"""Houses with their arrears: the statement says of everybody what the law's function says, page by page."""

from __future__ import annotations

import itertools
import random
from collections import defaultdict
from datetime import date

import pytest
from sqlalchemy import select, text
from sqlmodel import col

from api.database import load_sql, system_actor
from api.models import Contribution, Enrolment, EnrolmentTerms, Resident
from api.services import households
from api.vocabulary import Channel, ContributionKind, EnrolmentState, PostingState, ResidentStatus, Rhythm, RoleName
from tests import factories

COUNTY = 440783000000
TODAY = date(2011, 3, 31)
BIRTHDAYS = [
    date(1948, 5, 3), date(1950, 9, 30), date(1950, 10, 1), date(1950, 10, 2), date(1951, 1, 1), date(1951, 12, 31),
    date(1952, 1, 1), date(1952, 2, 29), date(1970, 5, 1), date(1995, 3, 31), date(2003, 1, 1),
]  # fmt: skip
_ids = iter(range(1, 10**6))


def pay(session, resident, *, amount_fen, tier_fen=None, year=2011, kind=ContributionKind.ANNUAL, instalment=0, state=PostingState.POSTED):  # fmt: skip
    """What stands for a year, without the books behind it: this list asks only the contributions."""
    row = Contribution(
        county_code=resident.county_code, id=resident.county_code * 10**10 + 5 * 10**9 + next(_ids),
        resident_id=resident.id, division_code=resident.division_code, contribution_year=year, kind=kind,
        instalment=instalment, tier_fen=tier_fen or amount_fen, amount_fen=amount_fen, paid_on=date(year, 3, 1),
        channel=Channel.CASH, journal_id=1, state=state, recorded_by_id=7,
    )  # fmt: skip
    session.add(row)
    session.flush()


def enrol(session, resident, *, state=EnrolmentState.COUNTY_APPROVED, tier_fen=10_000):
    row = Enrolment(
        county_code=resident.county_code, id=resident.county_code * 10**10 + 6 * 10**9 + next(_ids),
        resident_id=resident.id, division_code=resident.division_code, tier_fen=tier_fen,
        applied_on=date(2010, 10, 8), state=state, created_by_id=7,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def change_tier(session, enrolment, from_year, tier_fen):
    """A change of the tier that holds from a year on."""
    session.add(
        EnrolmentTerms(
            county_code=enrolment.county_code, id=enrolment.county_code * 10**10 + 6 * 10**9 + next(_ids),
            enrolment_id=enrolment.id, resident_id=enrolment.resident_id, division_code=enrolment.division_code,
            from_year=from_year, tier_fen=tier_fen, rhythm=Rhythm.YEARLY, request_id=1,
        )
    )  # fmt: skip
    session.flush()


@pytest.fixture(scope="module")
def village(database):
    """A hundred houses of every kind of people that the law tells apart, with every kind of payment."""
    chance = random.Random(2011)
    changes = itertools.cycle([(), (2011,), (), (2012,), (), (2011, 2011), (2010, 2012)])
    with database.unit_of_work(system_actor(COUNTY)) as session:
        for number in range(100):
            house = factories.make_household(session, number=f"A{number:03}")
            for _ in range(chance.randint(0, 5)):
                resident = factories.make_resident(
                    session,
                    household=house,
                    birth_date=chance.choice(BIRTHDAYS),
                    disability_grade=chance.choice([None, None, None, 1, 2, 3, 4]),
                    dibao=chance.random() < 0.2,
                    status=chance.choice([ResidentStatus.ALIVE] * 6 + [ResidentStatus.DEAD, ResidentStatus.MOVED_OUT]),
                )
                if chance.random() < 0.8:
                    tier_fen = chance.choice([0, 10_000, 20_000, 50_000])
                    states = [EnrolmentState.COUNTY_APPROVED] * 5 + list(EnrolmentState)
                    enrolment = enrol(session, resident, state=chance.choice(states), tier_fen=tier_fen)
                    for from_year in next(changes):
                        change_tier(session, enrolment, from_year, 10_000 * (number % 5 + 1))
                    _pay_somehow(session, resident, tier_fen or 10_000, chance)
        for number in range(3):
            factories.make_household(session, number=f"B{number}", village=factories.OTHER_VILLAGE)
        neighbour = factories.make_resident(
            session, household=factories.make_household(session, number="B9", village=factories.OTHER_VILLAGE),
            village=factories.OTHER_VILLAGE,
        )  # fmt: skip
        enrol(session, neighbour)
    return database


def _pay_somehow(session, resident, tier_fen, chance):
    way = chance.choice(["nothing", "nothing", "whole", "half", "reversed", "government", "last year", "collective"])
    if way == "whole":
        pay(session, resident, amount_fen=tier_fen)
    elif way == "half":
        for instalment in (1, 2):
            pay(session, resident, amount_fen=tier_fen // 4, tier_fen=tier_fen, instalment=instalment)
    elif way == "reversed":
        pay(session, resident, amount_fen=tier_fen, state=PostingState.REVERSED)
    elif way == "government":
        pay(session, resident, amount_fen=tier_fen, kind=ContributionKind.GOVERNMENT_PAID)
    elif way == "last year":
        pay(session, resident, amount_fen=tier_fen, year=2010)
    elif way == "collective":
        pay(session, resident, amount_fen=5_000, kind=ContributionKind.COLLECTIVE)


def all_houses(session, *, actor, limit=7, **query):
    found, after = [], None
    while True:
        page, after = households.list_households(
            session, actor=actor, today=query.pop("today", TODAY), limit=limit, after=after, **query
        )
        found += page
        if after is None:
            return found


@pytest.mark.parametrize("today", [date(2010, 10, 5), TODAY, date(2012, 1, 1)])
def test_the_list_says_of_every_house_what_the_law_says_of_its_people(village, today):
    actor = system_actor(factories.VILLAGE)
    with village.read_snapshot(system_actor(COUNTY)) as session:
        people = defaultdict(list)
        for resident in session.scalars(select(Resident).where(col(Resident.household_id).is_not(None))):
            people[resident.household_id].append(resident.id)
        houses = []
        after = None
        while True:
            page, after = households.list_households(session, actor=actor, today=today, limit=33, after=after)
            houses += page
            if after is None:
                break
        assert len(houses) == 100
        owing = 0
        for house in houses:
            _, members = households.get_members(
                session, factories.KEYRING, actor=actor, household_id=house.id, today=today
            )
            assert sorted(one.view.resident.id for one in members) == sorted(people[house.id])
            assert house.members == len(members)
            assert house.due_fen == sum(member.due_fen for member in members), house
            assert house.unpaid == sum(member.due_fen > 0 for member in members), house
            owing += house.unpaid
        # Draws move whenever the vocabulary gains a word; what matters is that there are houses of both kinds.
        assert owing > 3


def test_arrears_are_exactly_the_houses_that_owe_in_order_and_page_by_page(village):
    actor = system_actor(factories.VILLAGE)
    with village.read_snapshot(system_actor(COUNTY)) as session:
        everything = all_houses(session, actor=actor, limit=200)
        owing = all_houses(session, actor=actor, unpaid_only=True)
        assert owing == [house for house in everything if house.unpaid]
        assert 10 < len(owing) < len(everything)
        numbers = [house.number for house in owing]
        assert numbers == sorted(numbers)
        some = all_houses(session, actor=actor, number="A02", unpaid_only=True)
        assert some == [house for house in owing if house.number.startswith("A02")]
        town = all_houses(session, actor=system_actor(factories.TOWN), unpaid_only=True)
        assert {house.number for house in town} == set(numbers) | {"B9"}
        part = all_houses(session, actor=system_actor(factories.TOWN), division_code=factories.OTHER_VILLAGE)
        assert [house.number for house in part] == ["B0", "B1", "B2", "B9"]


def test_a_page_of_arrears_walks_the_index_and_stops(village):
    with village.read_snapshot(system_actor(factories.VILLAGE)) as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        figures = households._figures(session, factories.VILLAGE, TODAY)
        values = {
            "county_low": 440783, "county_high": 440783, "low": factories.VILLAGE, "high": factories.VILLAGE,
            "number_from": "", "number_until": "\U0010ffff", "unpaid_only": True, "after_division": 0,
            "after_number": "", "maximum": 11,
        }  # fmt: skip
        plan = "\n".join(
            session.execute(text("EXPLAIN " + load_sql("households", "10_list_houses")), values | figures).scalars()
        )
    assert "uq_households_county_code_division_code_number" in plan, plan
    assert "Sort" not in plan, plan
    assert "Seq Scan" not in plan


def test_a_house_is_its_door_card(sign_in, database):
    with database.unit_of_work(system_actor(COUNTY)) as session:
        house = factories.make_household(session, number="C1")
        father = factories.make_resident(session, household=house, relation="户主")
        enrol(session, father, tier_fen=30_000)
        elder = factories.make_resident(session, household=house, birth_date=date(1948, 5, 3), relation="父亲")
        enrol(session, elder, tier_fen=0)
        soon = factories.make_resident(
            session, household=house, birth_date=date(1951, 5, 20), relation="母亲", bank_account=None
        )
        enrol(session, soon, tier_fen=10_000)
        drafted = factories.make_resident(session, household=house, birth_date=date(1990, 1, 1), relation="子")
        enrol(session, drafted, state=EnrolmentState.DRAFT)
        child = factories.make_resident(session, household=house, birth_date=date(2003, 1, 1), relation="女")
        late = factories.make_resident(session, household=house, birth_date=date(1992, 1, 1), relation="儿媳")
    village = sign_in(RoleName.VILLAGE_ASSISTANT)
    card = village.get(f"/api/v1/households/{house.id}").json()
    people = {int(one["id"]): one for one in card["residents"]}

    def tasks(person):
        return {task["kind"]: task for task in people[person.id]["tasks"]}

    assert (card["members"], card["unpaid"], card["due"]) == (6, 1, "300.00")
    assert card["division_name"] == "石海村委会"
    pay_task = tasks(father)["pay"]
    assert (pay_task["amount"], pay_task["year"], pay_task["by"]) == ("300.00", 2011, "2011-12-31")
    assert people[father.id]["paid_this_year"] is False
    assert set(tasks(elder)) == {"turn_60"}
    assert people[elder.id]["paid_this_year"] is None
    assert [one["code"] for one in tasks(soon)["turn_60"]["lacks"]] == ["years", "bank-account"]
    assert [one["code"] for one in tasks(drafted)["bring_paper"]["lacks"]] == ["id_card", "hukou_book"]
    assert tasks(child) == {}
    assert tasks(late)["enrol"]["since"] == "2010-10-01"
    [listed] = village.get("/api/v1/households", params={"number": "C1", "arrears": "true"}).json()["items"]
    assert (listed["unpaid"], listed["due"], listed["members"]) == (1, "300.00", 6)


def test_a_house_owes_by_the_tier_that_holds_in_the_year(database):
    """Example A4: 2011 as applied for, 2012 by the change; of two changes for one year the later holds."""
    with database.unit_of_work(system_actor(COUNTY)) as session:
        house = factories.make_household(session, number="D1")
        enrolment = enrol(session, factories.make_resident(session, household=house))
        for tier_fen in (30_000, 50_000):
            change_tier(session, enrolment, 2012, tier_fen)
    actor = system_actor(factories.VILLAGE)
    with database.read_snapshot(system_actor(COUNTY)) as session:
        for today, owed in ((TODAY, 10_000), (date(2012, 1, 1), 50_000), (date(2013, 6, 1), 50_000)):
            [listed], _ = households.list_households(
                session, actor=actor, number="D1", today=today, limit=5, after=None
            )
            _, [member] = households.get_members(
                session, factories.KEYRING, actor=actor, household_id=house.id, today=today
            )
            assert (listed.due_fen, member.due_fen) == (owed, owed), today
