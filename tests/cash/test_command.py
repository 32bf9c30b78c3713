"""`nongbao run cash-alarms`: who must be told today, the oldest cash first; a rehearsal records nothing."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from api.database import WHOLE, DatabaseRole, system_actor
from api.services import contributions
from api.services.contribution_rules import Offer
from api.vocabulary import Channel, ContributionKind, RoleName
from tests import factories
from tests.lists import runner

ALARMS = ("run", "cash-alarms", "--county", "440783")
DAYS = {"blocked": date(2011, 3, 1), "late": date(2011, 3, 4), "warn": date(2011, 3, 6), "none": date(2011, 3, 8)}


@pytest.fixture
def run(fresh_database, monkeypatch):
    """Four collectors with a receipt each, of four ages."""
    with fresh_database.unit_of_work(system_actor(factories.COUNTY)) as session:
        for day in DAYS.values():
            person = factories.make_resident(session)
            factories.enrol(session, person)
            offer = Offer(
                kind=ContributionKind.ANNUAL, contribution_year=2011, paid_on=day, channel=Channel.CASH, tier_fen=10_000
            )
            contributions.record(
                session, actor=factories.make_actor(session, RoleName.VILLAGE_ASSISTANT), keyring=factories.KEYRING,
                resident_id=person.id, offer=offer, today=day,
            )  # fmt: skip
    return runner(monkeypatch, fresh_database, date(2011, 3, 8))


def recorded(database):
    with database.read_snapshot(WHOLE, role=DatabaseRole.WIDE) as session:
        query = "SELECT count(*) FROM audit_events WHERE action = 'collector_blocked'"
        return session.execute(text(query)).scalar_one()


def test_the_oldest_first_and_each_block_once(run, fresh_database):
    code, tried = run(*ALARMS, "--dry-run")
    assert (code, tried["newly_blocked"], recorded(fresh_database)) == (0, 1, 0)
    code, facts = run(*ALARMS)
    assert (code, facts["newly_blocked"], recorded(fresh_database)) == (0, 1, 1)
    assert [(one["alarm"], one["held"], one["age_days"]) for one in facts["collectors"]] == [
        ("blocked", "100.00", 7), ("late", "100.00", 4), ("warn", "100.00", 2),
    ]  # fmt: skip
    code, again = run(*ALARMS)
    assert (code, again["newly_blocked"], recorded(fresh_database)) == (0, 0, 1)
