"""The demonstration: the same people for the same seed, a whole cycle, and books that verify."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from api.crypto import Keyring
from api.database import WHOLE, Database, DatabaseRole
from api.demo import cycle
from api.demo.population import Population
from api.services import installation, verification
from tests.factories import KEYRING

if TYPE_CHECKING:
    from collections.abc import Callable

RESIDENTS = 500
FIGURES = {
    "states": "SELECT state, count(*) FROM enrolments GROUP BY state ORDER BY state",
    "balances": "SELECT sum(personal_fen), sum(gov_fen), count(*) FROM accounts",
    "payments": "SELECT month, line_count, total_fen FROM payment_runs ORDER BY month",
    "receipts": "SELECT count(*), sum(amount_fen) FROM receipts",
    "reasons": "SELECT kind, count(*) FROM resident_facts GROUP BY kind ORDER BY kind",
    "villages": "SELECT as_of, division_code, eligible, insured FROM participation_snapshots ORDER BY 1, 2",
}


def figures(database: Database) -> dict[str, list[tuple]]:
    with database.read_snapshot(WHOLE, role=DatabaseRole.WIDE) as session:
        return {name: [tuple(row) for row in session.execute(text(query))] for name, query in FIGURES.items()}


@pytest.fixture(scope="module")
def played(database: Database) -> cycle.Played:
    return cycle.play(database, KEYRING, residents=RESIDENTS, seed=3)


def test_a_population_is_the_same_for_the_same_seed_and_another_for_another():
    first, again, other = (list(Population(residents=300, seed=seed).rows()) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert len(first) == 300


def test_the_cycle_enrols_collects_awards_and_pays_in_every_month(played):
    assert [row.month for row in played.months] == list(cycle.MONTHS)
    assert played.accepted + played.refused == RESIDENTS
    assert all(row.enrolled >= 0 and row.contributions > 0 and row.paid_lines > 0 for row in played.months)
    assert played.interest_accounts > 0
    assert played.months[-1].report.unit.counts.eligible > played.months[-1].report.unit.counts.registered
    rates = [row.report.unit.counts.registered for row in played.months]
    assert rates == sorted(rates)


def test_cases_are_left_at_every_step(played, database):
    left = played.desks
    assert min(left.enrolments, left.changes, left.cancellations) > 0
    with database.read_snapshot(WHOLE, role=DatabaseRole.WIDE) as session:
        states = dict(session.execute(text("SELECT state, count(*) FROM enrolments GROUP BY state")).all())
    assert {"draft", "village_checked"} <= set(states)


LEFT = {
    "findings": ("SELECT code, state FROM collection_findings", [("other_amount", "open")]),
    "months": (
        "SELECT state, count(*) FROM fund_periods GROUP BY state",
        [("closed", 5)],
    ),
    "lists": ("SELECT state FROM payer_lists", [("posted",)]),
    "parameters": ("SELECT code, state FROM policy_parameter_changes", [("tiers", "proposed")]),
    "claims": ("SELECT period, state FROM subsidy_claims", [("2010", "sent")]),
}


@pytest.mark.parametrize("what", LEFT)
def test_the_money_is_left_at_its_steps(played, database, what):
    query, expected = LEFT[what]
    with database.read_snapshot(WHOLE, role=DatabaseRole.WIDE) as session:
        assert [tuple(row) for row in session.execute(text(query))] == expected


def test_the_bank_deducts_in_every_month_and_the_year_is_proved(played):
    assert min(row.deducted for row in played.months) > 0
    assert played.claimed_fen > 0
    assert played.proved_accounts > 0


def test_the_books_verify_after_the_cycle(played, database):
    report = verification.verify(database)
    assert report.ok, [check.name for check in report.checks if not check.ok]


def test_the_demonstration_leaves_its_date_and_its_users(played, database):
    assert installation.business_date(database) == cycle.LAST_DAY
    usernames = {user["username"] for user in installation.demo_users(database)}
    assert {"town_clerk", "county_reviewer", "nanshan"} <= usernames


def test_a_second_demonstration_is_refused(played, database):
    with pytest.raises(cycle.DemoExists):
        cycle.play(database, KEYRING, residents=10, seed=1)


def test_the_same_seed_gives_the_same_half_year_under_another_key(played, database, clone: Callable[[], str]):
    other = Database(clone(), pool_size=4)
    another_key = Keyring.from_secret(b"another installation's secret, just as long as it must be")
    cycle.play(other, another_key, residents=RESIDENTS, seed=3)
    assert figures(other) == figures(database)
    other.dispose()


def test_a_demonstration_can_stop_early(clone: Callable[[], str]):
    other = Database(clone(), pool_size=4)
    played = cycle.play(other, KEYRING, residents=120, seed=3, as_of=date(2010, 11, 30))
    assert [row.month for row in played.months] == [date(2010, 10, 1), date(2010, 11, 1)]
    other.dispose()
