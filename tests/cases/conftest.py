"""People and residents of the case tests."""

from __future__ import annotations

import pytest

from api.database import system_actor
from tests import factories
from tests.cases.desks import COUNTY, people_of


@pytest.fixture(scope="module")
def people(sign_in):
    """Everybody who has to do with cases, signed in."""
    return people_of(sign_in)


@pytest.fixture
def person(database):
    """Make a resident; `insured` with an approved enrolment."""

    def make(*, insured=False, tier_fen=10_000, **facts):
        with database.unit_of_work(system_actor(COUNTY)) as session:
            made = factories.make_resident(session, **facts)
            if insured:
                factories.enrol(session, made, tier_fen=tier_fen)
            return made

    return make


@pytest.fixture
def family(database):
    """Make a house of residents, the first of them its head."""

    def make(count=3, **facts):
        with database.unit_of_work(system_actor(COUNTY)) as session:
            house = factories.make_household(session)
            relations = ("户主", "配偶", "儿子", "女儿", "儿媳")
            return house, [
                factories.make_resident(
                    session, household=house, name=f"陈{number}", relation=relations[number], **facts
                )
                for number in range(count)
            ]

    return make
