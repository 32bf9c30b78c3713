"""`nongbao run government-paid`: a dry run leaves nothing, a computation waits, a named person's approval posts."""

from __future__ import annotations

from datetime import date

from api.database import system_actor
from api.vocabulary import RoleName
from tests import factories
from tests.lists import facts_of, runner

COUNTY = 440783000000


def test_dry_run_computation_and_approval(fresh_database, monkeypatch):
    database = fresh_database
    with database.unit_of_work(system_actor(COUNTY)) as session:
        factories.enrol(session, factories.make_resident(session, disability_grade=1))
        clerk = factories.make_user(session, role=RoleName.COUNTY_CLERK)
        reviewer = factories.make_user(session, role=RoleName.COUNTY_REVIEWER)
    command = runner(monkeypatch, database, date(2011, 3, 31))
    words = ("run", "government-paid", "--county", "440783", "--period", "2011-03-08")
    code, tried = command(*words, "--dry-run")
    assert (code, tried["rows"], tried["total"], tried["dry_run"]) == (0, 1, "130.00", True)
    assert facts_of(database, "SELECT count(*) FROM runs", "SELECT count(*) FROM government_paid_lines") == [
        [(0,)],
        [(0,)],
    ]
    code, made = command(*words, "--actor", clerk.username)
    assert (code, made["state"], made["content_hash"]) == (0, "computed", tried["content_hash"])
    code, refused = command(*words, "--approve", made["run"], "--actor", clerk.username)
    assert (code, refused["error"]["code"]) == (1, "forbidden")
    code, nobody = command(*words, "--approve", made["run"])
    assert (code, nobody["error"]["code"]) == (1, "approver-missing")
    code, done = command(*words, "--approve", made["run"], "--actor", reviewer.username)
    assert (code, done["state"], done["posted_rows"], done["posted_total"]) == (0, "posted", 1, "130.00")
    code, wrong = command("run", "government-paid", "--county", "440783", "--period", "2011")
    assert (code, wrong["error"]["code"]) == (1, "period-malformed")
