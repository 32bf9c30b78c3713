"""`nongbao run progress-snapshot`: shows the county, its towns and villages, and freezes what it shows."""

from __future__ import annotations

from datetime import date

import pytest

from api.database import system_actor
from api.services import participation
from api.services.participation import DEFINITION
from api.vocabulary import RoleName
from tests import factories
from tests.lists import facts_of, runner

SNAPSHOT = ("run", "progress-snapshot", "--county", "440783", "--period")
FROZEN = (
    "SELECT division_code, as_of, version, eligible, insured, frozen_by_id FROM participation_snapshots ORDER BY 1, 3"
)


@pytest.fixture
def run(fresh_database, monkeypatch):
    """Two of three people of a village are insured by having a pension; one of another village is not."""
    from sqlalchemy import text

    with fresh_database.unit_of_work(system_actor(factories.COUNTY)) as session:
        for _ in range(2):
            old = factories.make_resident(session, birth_date=date(1945, 3, 1))
            factories.enrol(session, old, tier_fen=0)
            session.execute(
                text(
                    "INSERT INTO benefits (county_code, resident_id, division_code, award_id, start_month)"
                    " VALUES (440783, :id, :unit, 1, DATE '2010-10-01')"
                ),
                {"id": old.id, "unit": old.division_code},
            )
        factories.make_resident(session)
        factories.make_resident(session, village=factories.OTHER_VILLAGE)
    return runner(monkeypatch, fresh_database, date(2011, 1, 15))


def users(database, *roles):
    with database.unit_of_work(system_actor(factories.COUNTY)) as session:
        return [factories.make_user(session, role=role) for role in roles]


def test_what_is_shown_is_frozen_and_the_report_shows_it(run, fresh_database):
    [clerk] = users(fresh_database, RoleName.COUNTY_CLERK)
    code, tried = run(*SNAPSHOT, "2010-12", "--dry-run")
    assert (code, tried["frozen"], facts_of(fresh_database, FROZEN)) == (0, False, [[]])
    code, done = run(*SNAPSHOT, "2010-12", "--actor", clerk.username)
    assert (code, done) == (0, tried | {"frozen": True, "dry_run": False})
    assert (done["as_of"], done["definition"]) == ("2010-12-31", DEFINITION)
    units = {unit["division_code"]: unit for unit in done["units"]}
    county, town, village, other = (
        units[str(code)] for code in (factories.COUNTY, factories.TOWN, factories.VILLAGE, factories.OTHER_VILLAGE)
    )
    assert [(one["eligible"], one["insured"], one["rate"], one["gap"]) for one in (county, town, village, other)] == [
        (4, 2, "50.0", 1), (4, 2, "50.0", 1), (3, 2, "66.7", 1), (1, 0, "0.0", 1),
    ]  # fmt: skip
    assert list(units) == sorted(units)
    day = date(2010, 12, 31)
    assert facts_of(fresh_database, FROZEN) == [
        [(factories.VILLAGE, day, 1, 3, 2, clerk.id), (factories.OTHER_VILLAGE, day, 1, 1, 0, clerk.id)]
    ]
    with fresh_database.read_snapshot(system_actor(factories.COUNTY)) as session:
        [(seen, figures)], _ = participation.trend(session, division_code=factories.TOWN, limit=5, after=None)
    assert (seen, figures.counts.eligible, figures.attainment.rate) == (day, 4, town["rate"])
    run(*SNAPSHOT, "2010-12", "--actor", clerk.username)
    assert [row[2] for row in facts_of(fresh_database, FROZEN)[0]] == [1, 2, 1, 2]


def test_a_month_that_is_not_over_and_persons_without_the_right_are_refused(run, fresh_database):
    assistant, reviewer = users(fresh_database, RoleName.VILLAGE_ASSISTANT, RoleName.TOWN_REVIEWER)
    for words, code in (
        (("2011-01",), "reporting-date-in-future"),
        (("2011-01", "--dry-run"), "reporting-date-in-future"),
        (("2010-12", "--actor", assistant.username), "forbidden"),
        (("2010-12", "--actor", reviewer.username), "not-found"),
        (("2010-12", "--actor", reviewer.username, "--dry-run"), "not-found"),
        (("2010",), "month-malformed"),
    ):
        exit_code, answer = run(*SNAPSHOT, *words)
        assert (exit_code, answer["error"]["code"]) == (1, code), words
    assert facts_of(fresh_database, FROZEN) == [[]]


def test_the_table_for_people_has_units_gap_and_definition(run, monkeypatch):
    from typer.testing import CliRunner

    from api.cli.main import app

    del run
    words = [*SNAPSHOT, "2010-12", "--dry-run"]
    monkeypatch.setattr("sys.argv", ["nongbao", *words])
    shown = CliRunner().invoke(app, words, env={"COLUMNS": "120"})
    assert shown.exit_code == 0
    text = "".join(shown.output.split())
    assert all(word in text for word in ("未生成快照", "开平市", "三埠街道", "石海村", "66.7", "差几人", "应参保人数"))
