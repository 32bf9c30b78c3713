"""`nongbao run annual-interest` as a process: dry run, computation, approval by a named person."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from api.database import system_actor
from api.policy.money import BySource
from api.vocabulary import RoleName
from tests import factories
from tests.interest.population import credit, open_account
from tests.ledger_facts import assert_ledger_holds

PROGRAM = Path(sys.executable).parent / "nongbao"
SYSTEM = system_actor(440783000000)


@pytest.fixture(scope="module")
def here(database, tmp_path_factory):
    return {
        "NONGBAO_DATABASE_URL": database.url,
        "NONGBAO_DATA_DIR": str(tmp_path_factory.mktemp("data")),
        "NONGBAO_BUSINESS_DATE": "2011-01-10",
    }


@pytest.fixture(scope="module")
def reviewer(database):
    with database.unit_of_work(SYSTEM) as session:
        person = open_account(session)
        credit(session, person, date(2010, 10, 20), BySource(personal_fen=12_000, gov_fen=3_000))
        return factories.make_user(session, role=RoleName.COUNTY_REVIEWER)


def run(here, *words):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NONGBAO_")} | here
    done = subprocess.run(
        [PROGRAM, "run", "annual-interest", "--county", "440783", "--period", "2010", *words, "--json"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    return done.returncode, json.loads(done.stdout)


def test_dry_run_computation_and_approval(database, here, reviewer):
    code, tried = run(here, "--dry-run")
    assert (code, tried["rows"], tried["total"], tried["dry_run"]) == (0, 1, "0.56", True)
    code, made = run(here)
    assert (code, made["state"], made["content_hash"]) == (0, "computed", tried["content_hash"])
    with database.unit_of_work(SYSTEM) as session:
        clerk = factories.make_user(session, role=RoleName.COUNTY_CLERK)
    code, refused = run(here, "--approve", made["run"], "--actor", clerk.username)
    assert (code, refused["error"]["code"]) == (1, "forbidden")
    code, done = run(here, "--approve", made["run"], "--actor", reviewer.username)
    assert (code, done["state"], done["personal"], done["gov"]) == (0, "posted", "0.45", "0.11")
    with database.read_snapshot(SYSTEM) as session:
        assert_ledger_holds(session)
