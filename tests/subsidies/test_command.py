"""`nongbao run subsidy-claim` as a process: dry run, computation, approval and posting by a named person."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from api.database import system_actor
from tests import factories
from tests.subsidies.worlds import Office, amounts_of, post_on_claim

PROGRAM = Path(sys.executable).parent / "nongbao"
SYSTEM = system_actor(factories.COUNTY)


@pytest.fixture(scope="module")
def here(database, tmp_path_factory):
    return {
        "NONGBAO_DATABASE_URL": database.url,
        "NONGBAO_DATA_DIR": str(tmp_path_factory.mktemp("data")),
        "NONGBAO_BUSINESS_DATE": "2011-03-31",
    }


def run(here, *words, code=0):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NONGBAO_")} | here
    done = subprocess.run(
        [PROGRAM, "run", "subsidy-claim", "--county", "440783", "--period", "2010", *words, "--json"],
        env=environment, capture_output=True, text=True, check=False, timeout=90,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout) if code == 0 else done.stderr


def test_a_claim_from_dry_run_to_the_account(here, database, monkeypatch):
    post_on_claim(monkeypatch)
    with database.unit_of_work(SYSTEM) as session:
        office = Office.of(session)
        person = office.payer()
        office.pay(person)
        clerk, reviewer = office.clerk.username, office.reviewer.username
    tried = run(here, "--dry-run")
    assert (tried["dry_run"], tried["lines"], tried["total"]) == (True, 1, "30.00")
    made = run(here, "--actor", clerk)
    assert made["levels"]["county"] == "10.00"
    approved = run(here, "--approve", made["claim"], "--actor", reviewer)
    assert approved["state"] == "approved"
    with database.unit_of_work(SYSTEM) as session:
        office.session = session
        from api.services import subsidy_claims

        claim = subsidy_claims.get(session, int(made["claim"]))
        office.receive_all(claim)
        assert amounts_of(claim).total_fen == 3_000
    posted = run(here, "--post", made["claim"], "--actor", reviewer)
    assert posted["posted"] == [{"division_code": "440783001000", "lines": 1, "amount": "30.00"}]
    assert posted["waiting"] == []
    again = run(here, "--post", made["claim"], "--actor", reviewer)
    assert again["posted"] == []
