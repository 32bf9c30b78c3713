"""`nongbao run benefit-notice --approve`: a second, named person, rehearsed or real, and the books agree."""

from __future__ import annotations

from datetime import date

import pytest

from api.database import system_actor
from api.services import verification
from api.vocabulary import RoleName
from tests import factories
from tests.benefits.worlds import a9_person, house
from tests.lists import facts_of, runner

NOTICE = ("run", "benefit-notice", "--county", "440783", "--period", "2015-06")
AWARDS = "SELECT state, proposed_by_id, decided_by_id FROM awards ORDER BY id"


@pytest.fixture
def staff(fresh_database):
    """A clerk, a reviewer, and two people to whom a pension is due: one turns 60, one was 60 at launch."""
    with fresh_database.unit_of_work(system_actor(factories.COUNTY)) as session:
        a9_person(session, household=factories.make_household(session))
        house(session)
        return {
            role: factories.make_user(session, role=role) for role in (RoleName.COUNTY_CLERK, RoleName.COUNTY_REVIEWER)
        }


@pytest.fixture
def run(fresh_database, monkeypatch):
    return runner(monkeypatch, fresh_database, date(2015, 6, 20))


def propose(run, *words):
    for cohort in ((), ("--launch-cohort",)):
        code, document = run(*NOTICE, "--propose", *cohort, *words)
        assert (code, document["proposed"]) == (0, 1)


def test_the_reviewer_approves_what_waits_and_the_books_agree(run, staff, fresh_database):
    clerk, reviewer = staff[RoleName.COUNTY_CLERK], staff[RoleName.COUNTY_REVIEWER]
    propose(run, "--actor", clerk.username)
    code, tried = run(*NOTICE, "--approve", "--actor", reviewer.username, "--dry-run")
    assert (code, tried["approved"], tried["dry_run"]) == (0, 2, True)
    assert facts_of(fresh_database, AWARDS) == [[("proposed", clerk.id, None)] * 2]
    code, done = run(*NOTICE, "--approve", "--actor", reviewer.username)
    assert (code, done) == (0, tried | {"dry_run": False})
    assert (done["refused"], done["refused_ids"]) == (0, [])
    assert float(done["interest"]) > 0
    assert facts_of(fresh_database, AWARDS) == [[("approved", clerk.id, reviewer.id)] * 2]
    assert run(*NOTICE, "--approve", "--actor", reviewer.username)[1]["approved"] == 0
    report = verification.verify(fresh_database)
    assert {check.name: check.rows for check in report.checks if not check.ok} == {}


def test_nobody_the_system_and_the_proposer_cannot_approve(run, staff, fresh_database):
    clerk, reviewer = staff[RoleName.COUNTY_CLERK], staff[RoleName.COUNTY_REVIEWER]
    propose(run)
    with fresh_database.unit_of_work(system_actor(factories.COUNTY)) as session:
        from sqlalchemy import text

        session.execute(text("UPDATE awards SET proposed_by_id = :id"), {"id": reviewer.id})
    for words, code in (
        (("--approve",), "approver-missing"),
        (("--approve", "--actor", clerk.username), "forbidden"),
        (("--approve", "--actor", reviewer.username), "same-person"),
        (("--approve", "--propose", "--actor", reviewer.username), "command-unclear"),
    ):
        exit_code, answer = run(*NOTICE, *words)
        assert (exit_code, answer["error"]["code"]) == (1, code)
    assert facts_of(fresh_database, "SELECT DISTINCT state FROM awards") == [[("proposed",)]]


def test_an_award_whose_account_has_changed_is_left_and_named(run, staff, fresh_database):
    from api.policy.money import BySource
    from tests.benefits.worlds import contribute

    propose(run, "--actor", staff[RoleName.COUNTY_CLERK].username)
    [[(award_id, resident_id)]] = facts_of(
        fresh_database, "SELECT id, resident_id FROM awards WHERE basis = 'turning_60'"
    )
    with fresh_database.unit_of_work(system_actor(factories.COUNTY)) as session:
        from api.models import Resident

        person = session.get(Resident, (440783, resident_id))
        contribute(session, person, 2000, date(2015, 6, 21), BySource(10_000))
    code, done = run(*NOTICE, "--approve", "--actor", staff[RoleName.COUNTY_REVIEWER].username)
    assert (code, done["approved"], done["refused"], done["refused_ids"]) == (2, 1, 1, [str(award_id)])
