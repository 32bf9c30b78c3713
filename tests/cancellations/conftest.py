"""The desks of a cancellation: one signed-in person of each role, and a calendar that a test can turn."""

from __future__ import annotations

import contextlib
import dataclasses
from datetime import date
from types import SimpleNamespace

import pytest
from starlette.testclient import TestClient

from api.database import system_actor
from api.vocabulary import RoleName
from tests import factories
from tests.cancellations.worlds import COUNTY, Desk

ROLES = {
    "village": RoleName.VILLAGE_ASSISTANT,
    "clerk": RoleName.TOWN_CLERK,
    "reviewer": RoleName.TOWN_REVIEWER,
    "county": RoleName.COUNTY_REVIEWER,
    "other_county": RoleName.COUNTY_REVIEWER,
    "county_clerk": RoleName.COUNTY_CLERK,
    "finance": RoleName.FINANCE,
    "auditor": RoleName.AUDITOR,
}


@pytest.fixture(scope="module")
def people(sign_in):
    """One person of each role that has a hand in it, and a stranger of another village."""
    known = {name: sign_in(role) for name, role in ROLES.items()}
    return SimpleNamespace(**known, stranger=sign_in(RoleName.VILLAGE_ASSISTANT, division=factories.OTHER_VILLAGE))


@pytest.fixture
def desk(app, people, database):
    """The desks on the module's database; the calendar goes back afterwards."""
    service = app.state.service
    yield _desk(app, people, database)
    app.state.service = service


@pytest.fixture
def story(fresh_database):
    """The desks on a database of the test's own, for what takes years of runs."""
    from api.dependencies import Service
    from api.main import create_app
    from api.settings import Settings

    settings = Settings(_env_file=None, pool_size=16)
    service = Service(
        settings=settings, database=fresh_database, keyring=factories.KEYRING, business_date=date(2011, 3, 31)
    )
    app = create_app(service)
    with contextlib.ExitStack() as stack:
        known = {name: _signed_in(app, fresh_database, role, stack) for name, role in ROLES.items()}
        yield _desk(app, SimpleNamespace(**known), fresh_database)


def _desk(app, people, database):
    service = app.state.service

    def turn(day):
        app.state.service = dataclasses.replace(service, business_date=day)

    return Desk(people, turn, database)


def _signed_in(app, database, role, stack):
    with database.unit_of_work(system_actor(COUNTY)) as opened:
        user = factories.make_user(opened, role=role)
    client = TestClient(app, raise_server_exceptions=False, base_url="http://127.0.0.1")
    stack.enter_context(contextlib.closing(client))
    answer = client.post("/api/v1/sessions", json={"username": user.username, "password": factories.PASSWORD})
    client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
    client.user_id = user.id
    return client
