"""Migration 0014 on a database that has collected cash already: every fen gets its place, and down again nothing is lost."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import text

from api import migrations
from api.database import WHOLE, Database, DatabaseRole, system_actor
from api.services import contribution_reversals, contributions, remittances, verification
from api.services.contribution_rules import Offer
from api.vocabulary import Channel, ContributionKind, RoleName
from tests import factories
from tests.cash.conftest import CHECKS

DAYS = ("2010-11-01", "2010-11-02", "2010-11-03", "2010-11-04")


@pytest.fixture
def used(fresh_database):
    """Four receipts, one reversed; one remittance confirmed over a receipt and a half, one that waits."""
    from datetime import date

    with fresh_database.unit_of_work(system_actor(440783000000)) as session:
        collector = factories.make_actor(session, RoleName.TOWN_CLERK)
        finance = factories.make_actor(session, RoleName.FINANCE)
        reviewer = factories.make_actor(session, RoleName.COUNTY_REVIEWER)
        made = []
        for day in map(date.fromisoformat, DAYS):
            person = factories.make_resident(session)
            factories.enrol(session, person)
            offer = Offer(
                kind=ContributionKind.ANNUAL, contribution_year=2010, paid_on=day, channel=Channel.CASH, tier_fen=10_000
            )
            made.append(contributions.record(
                session, actor=collector, keyring=factories.KEYRING, resident_id=person.id, offer=offer, today=day
            ))  # fmt: skip
        today = date(2010, 11, 5)
        contribution_reversals.reverse(
            session, actor=reviewer, contribution_id=made[1].contribution.id, reason="重复", version=1, today=today
        )
        for amount_fen, reference in ((15_000, "OLD-1"), (5_000, "OLD-2")):
            row = remittances.record(
                session, actor=collector, amount_fen=amount_fen, paid_in_on=today, bank_reference=reference, today=today
            )
            if reference == "OLD-1":
                remittances.confirm(session, actor=finance, remittance_id=row.id, version=1, today=today)
    return fresh_database, collector


def before_cash():
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(migrations._config())
    return script.get_revision("0014").down_revision


def facts(database: Database, collector) -> list[tuple]:
    with database.read_snapshot(WHOLE, role=DatabaseRole.WIDE) as session:
        user = session.execute(
            text("SELECT cash_held_fen, cash_oldest_on::text FROM users WHERE id = :id"), {"id": collector.user_id}
        ).one()
        moves = session.execute(text(
            "SELECT p.number, r.bank_reference, sum(m.amount_fen)::bigint FROM cash_movements AS m"
            " JOIN receipts AS p ON p.id = m.receipt_id LEFT JOIN remittances AS r ON r.id = m.remittance_id"
            " GROUP BY 1, 2 HAVING sum(m.amount_fen) <> 0 ORDER BY 1, 2"
        )).all()  # fmt: skip
        states = session.execute(text("SELECT bank_reference, state FROM remittances ORDER BY 1")).all()
    return [tuple(user), *map(tuple, moves), *map(tuple, states)]


def test_down_and_up_again_gives_every_fen_its_place(used):
    database, collector = used
    expected = [
        (15_000, "2010-11-03"),
        (1, "OLD-1", 10_000), (2, None, 10_000), (3, "OLD-1", 5_000), (3, "OLD-2", 5_000),
        ("OLD-1", "confirmed"), ("OLD-2", "recorded"),
    ]  # fmt: skip
    assert facts(database, collector) == expected
    database.dispose()
    migrations.downgrade(database.url, before_cash())
    with psycopg.connect(database.url.replace("+psycopg", ""), autocommit=True) as connection:
        assert connection.execute("SELECT count(*), count(confirmed_by_id) FROM remittances").fetchone() == (2, 1)
    migrations.upgrade(database.url)
    database.dispose()
    assert facts(database, collector) == expected
    with database.read_snapshot(WHOLE, role=DatabaseRole.WIDE) as session:
        for name in CHECKS:
            found = verification.run_check(session, name)
            assert found.ok, (name, found.rows)
