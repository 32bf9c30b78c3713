"""The office of the tests, and the check of all books after each of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import pytest

from api.database import system_actor
from api.services import verification
from api.vocabulary import RoleName
from tests import factories
from tests.ledger_facts import assert_ledger_holds
from tests.subsidies.worlds import Office, post_on_claim

CHECKS = ("14_contributions_in_ledger", "28_pool_pays_what_accounts_say", "95_subsidy_receivables",
          "96_subsidy_claims_add_up", "97_subsidies_in_accounts")  # fmt: skip


@pytest.fixture
def office(session):
    """Persons of each role in a transaction that is undone; the books must hold at the end."""
    yield Office.of(session)
    assert_ledger_holds(session)
    for name in CHECKS:
        check = verification.run_check(session, name)
        assert check.ok, (name, check.rows)


@pytest.fixture
def on_claim(monkeypatch):
    """The law of the test posts subsidies when their money has arrived."""
    post_on_claim(monkeypatch)


@pytest.fixture(scope="module")
def people(sign_in):
    return SimpleNamespace(
        town=sign_in(RoleName.TOWN_CLERK),
        clerk=sign_in(RoleName.COUNTY_CLERK),
        reviewer=sign_in(RoleName.COUNTY_REVIEWER),
        finance=sign_in(RoleName.FINANCE),
        other_finance=sign_in(RoleName.FINANCE),
        auditor=sign_in(RoleName.AUDITOR),
        village=sign_in(RoleName.VILLAGE_ASSISTANT),
    )


@pytest.fixture
def person(database):
    def make(**facts):
        with database.unit_of_work(system_actor(factories.COUNTY)) as session:
            made = factories.make_resident(session, **facts)
            factories.enrol(session, made)
            return str(made.id)

    return make


@pytest.fixture
def on_day(app):
    """Let the office work on another day."""
    before = app.state.service

    def set_day(year: int, month: int, day: int) -> None:
        app.state.service = replace(before, business_date=date(year, month, day))

    yield set_day
    app.state.service = before


@pytest.fixture
def sound_books(database):
    """After each test every check of the whole installation passes."""
    yield
    report = verification.verify(database)
    assert {check.name: check.rows for check in report.checks if not check.ok} == {}
