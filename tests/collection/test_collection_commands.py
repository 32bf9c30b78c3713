"""A deduction by commands, each as its own person; whatever a bank sends back finds its batch by its name."""

from __future__ import annotations

import contextlib
import json

import pytest
from typer.testing import CliRunner

from api.cli.main import app as cli
from api.database import system_actor
from api.dependencies import Service
from api.settings import Settings
from api.vocabulary import RoleName
from tests import factories
from tests.collection.worlds import LAYOUT, SENT, bank_answers, payer

YEAR = ["--county", "440783", "--period", "2011", "--json"]


@pytest.fixture
def run(fresh_database, monkeypatch):
    """Run a command on a private database; return its exit code and document."""
    with fresh_database.unit_of_work(system_actor(440783000000)) as session:
        users = {
            role.value: factories.make_user(session, role=role).username
            for role in (RoleName.COUNTY_CLERK, RoleName.COUNTY_REVIEWER, RoleName.FINANCE)
        }
        for name in ("梁一", "梁二", "梁三"):
            payer(session, name=name, household=factories.make_household(session))

    @contextlib.contextmanager
    def opened(*_args):
        yield Service(
            settings=Settings(_env_file=None), database=fresh_database, keyring=factories.KEYRING, business_date=SENT
        )

    monkeypatch.setattr("api.service.open_service", opened)

    def command(*words):
        monkeypatch.setattr("sys.argv", ["nongbao", *words])
        result = CliRunner().invoke(cli, [users.get(word, word) for word in words])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, json.loads(result.stdout)

    return command


def test_a_deduction_by_commands_and_the_books_agree(run, tmp_path):
    code, tried = run("run", "collection", *YEAR, "--dry-run")
    assert (code, tried["line_count"], tried["total"]) == (0, 3, "300.00")
    code, computed = run("run", "collection", *YEAR)
    assert (code, computed["state"], computed["number"]) == (0, "computed", 1)
    code, refused = run("run", "collection", *YEAR, "--approve", computed["id"])
    assert (code, refused["error"]["code"]) == (1, "checker-not-a-person")
    code, refused = run("run", "collection", *YEAR, "--approve", computed["id"], "--actor", "finance")
    assert (code, refused["error"]["code"]) == (1, "forbidden")
    code, approved = run("run", "collection", *YEAR, "--approve", computed["id"], "--actor", "county_reviewer")
    assert (code, approved["state"]) == (0, "approved")
    release = ["run", "collection", *YEAR, "--release", computed["id"], "--actor", "finance"]
    code, refused = run(*release)
    assert (code, refused["error"]["code"]) == (1, "command-unclear")
    code, sent = run(*release, "--out", str(tmp_path))
    assert (code, sent["state"]) == (0, "sent")
    path = tmp_path / sent["files"][0]
    assert path.stat().st_mode & 0o077 == 0
    answers = bank_answers(LAYOUT, [(path.name, path.read_bytes())], refuse=lambda cells: cells["name"] == "梁三")
    words = []
    for name, content in answers:
        file = tmp_path / name
        file.write_bytes(content.replace(b"|100.00|", b"|99.00|", 1) if "_S" in name else content)
        words.append(str(file))
    load = ["import", "bank-return", *words, "--actor", "finance", "--json"]
    code, taken = run(*load)
    assert (code, taken["posted"], taken["bank_refused"], taken["state"]) == (2, 1, 1, "posted")
    assert [one["code"] for one in taken["refused"]] == ["other_amount"]
    code, again = run(*load)
    assert (again["accepted"], again["unchanged"]) == (0, 2)
    code, refused = run("import", "bank-return", words[0], "--actor", "county_clerk", "--json")
    assert (code, refused["error"]["code"]) == (1, "forbidden")
    code, report = run("verify", "--json")
    broken = [check for check in report["checks"] if not check["ok"]]
    assert (code, broken) == (0, [])


def test_files_that_no_batch_knows_are_refused(run, tmp_path):
    for name, code in (
        ("YHDKFK4407832011009001_S.TXT", "return-unowned"),
        ("YHDFFK440783201101001_S.TXT", "return-unowned"),
        ("whatever.txt", "bank-file-unknown"),
    ):
        file = tmp_path / name
        file.write_bytes(b"")
        exit_code, refused = run("import", "bank-return", str(file), "--actor", "finance", "--json")
        assert (exit_code, refused["error"]["code"]) == (1, code), name
    code, refused = run("run", "collection", "--county", "440783", "--period", "201", "--json")
    assert (code, refused["error"]["code"]) == (1, "period-malformed")
