"""A clerk, a reviewer and an insured person."""

from __future__ import annotations

import pytest

from api.vocabulary import RoleName
from tests import factories


@pytest.fixture
def clerk(session):
    return factories.make_actor(session, RoleName.TOWN_CLERK)


@pytest.fixture
def reviewer(session):
    return factories.make_actor(session, RoleName.COUNTY_REVIEWER)


@pytest.fixture
def resident(session):
    person = factories.make_resident(session)
    factories.enrol(session, person)
    return person
