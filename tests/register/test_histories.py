"""The register of any past day equals an independent model of random lives: by name, by count, per village and per town."""

from __future__ import annotations

import os
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from api.database import DatabaseRole
from api.services import participation, participation_register, verification
from api.services.participation_register import Wanted
from api.vocabulary import RegisterStatus
from tests import factories
from tests.register.histories import COUNTY, PROBES, TODAY, VILLAGES, World, scope

TOWN = 440783001000
FULL = os.environ.get("FULL_TESTS") == "1"
CHECKS = ("35_flags_equal_open_facts", "36_facts_do_not_overlap", "37_stays_follow_each_other")


def names_of(session, unit, day, known_at=None):
    """Names, village, whether left out of E, and reason, page by page."""
    found, after = {}, None
    while True:
        entries, after = participation_register.list_entries(
            session, factories.KEYRING, Wanted(unit, day, known_at), today=TODAY + timedelta(1), limit=3, after=after
        )
        for entry in entries:
            assert entry.row.resident_id not in found
            found[entry.row.resident_id] = (
                entry.row.division_code, entry.row.status == RegisterStatus.EXCLUDED.value, entry.row.reason,
            )  # fmt: skip
        if after is None:
            return found


def see_as(session, actor):
    """Look with the eyes of a unit, within the same transaction."""
    low, high = actor.scope
    session.execute(text(f"SET LOCAL app.scope_low = '{low}'; SET LOCAL app.scope_high = '{high}'"))
    session.info["actor"] = actor


def check(session, world):
    for unit in (TOWN, *VILLAGES):
        see_as(session, scope(unit))
        for day in PROBES:
            expected = world.expected(day, unit)
            listed = names_of(session, unit, day)
            assert listed == expected, (unit, day)
            counts = participation.count_villages(session, division_code=unit, as_of=day)
            by_village = {}
            for village, is_out, _ in listed.values():
                by_village[village] = by_village.get(village, 0) + (not is_out)
            assert {code: one.eligible for code, one in counts.items()} == {k: v for k, v in by_village.items() if v}
            sums, children = participation_register.totals(session, Wanted(unit, day), today=TODAY + timedelta(1))
            assert sums.belonging == len(listed)
            assert sums.eligible == sum(one.eligible for one in counts.values())
            assert sum(child.belonging for child in children) == (sums.belonging if unit == TOWN else 0)
    see_as(session, scope(COUNTY))


@settings(max_examples=150 if FULL else 25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_names_of_every_past_day_are_those_of_the_model(database, data):
    with database.rehearsal(scope(COUNTY)) as session:
        world = World(session)
        for _ in range(data.draw(st.integers(1, 4))):
            world.register(data.draw)
        for _ in range(data.draw(st.integers(1, 14))):
            step = data.draw(st.sampled_from(world.steps()))
            step(data.draw, data.draw(st.sampled_from(world.lives)))
        check(session, world)
        session.execute(text(f"SET LOCAL ROLE {DatabaseRole.WIDE.value}"))
        for name in CHECKS:
            found = verification.run_check(session, name)
            assert found.ok, found
