"""The office of the tests, and the check of all books after each of them."""

from __future__ import annotations

import pytest

from api.services import verification
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
