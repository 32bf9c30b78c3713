"""The commands of a month, each as its own person, and `verify` on what they leave."""

from __future__ import annotations

import contextlib
import json
from datetime import date

import pytest
from typer.testing import CliRunner

from api.cli.main import app as cli
from api.database import system_actor
from api.dependencies import Service
from api.settings import Settings
from api.vocabulary import RoleName
from tests import factories
from tests.benefits.worlds import house

MONTH = ["--county", "440783", "--period", "2010-10", "--json"]


@pytest.fixture
def run(fresh_database, monkeypatch):
    """Run a command on a private database; return its exit code and document."""
    with fresh_database.unit_of_work(system_actor(440783000000)) as session:
        users = {role.value: factories.make_user(session, role=role).username for role in (
            RoleName.COUNTY_CLERK, RoleName.COUNTY_REVIEWER, RoleName.FINANCE)}  # fmt: skip
        for _ in range(3):
            house(session)

    @contextlib.contextmanager
    def opened(*_args):
        yield Service(
            settings=Settings(_env_file=None), database=fresh_database, keyring=factories.KEYRING,
            business_date=date(2010, 10, 20),
        )  # fmt: skip

    monkeypatch.setattr("api.service.open_service", opened)

    def command(*words):
        monkeypatch.setattr("sys.argv", ["nongbao", *words])
        result = CliRunner().invoke(cli, [users.get(word, word) for word in words])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, json.loads(result.stdout)

    return command


def test_a_month_by_commands_and_the_books_agree(run, tmp_path):
    code, notice = run("run", "benefit-notice", *MONTH, "--launch-cohort")
    assert (code, notice["count"]) == (0, 3)
    code, proposed = run("run", "benefit-notice", *MONTH, "--launch-cohort", "--propose", "--dry-run")
    assert (code, proposed["proposed"]) == (0, 3)
    code, proposed = run("run", "benefit-notice", *MONTH, "--launch-cohort", "--propose", "--actor", "county_clerk")
    assert (code, proposed["proposed"]) == (0, 3)
    code, approved = run("run", "benefit-notice", *MONTH, "--approve", "--actor", "county_reviewer")
    assert (code, approved["approved"], approved["refused"], approved["interest"]) == (0, 3, 0, "0.00")
    code, tried = run("run", "monthly-payment", *MONTH, "--dry-run")
    assert (code, tried["line_count"], tried["dry_run"]) == (0, 3, True)
    code, computed = run("run", "monthly-payment", *MONTH)
    assert (code, computed["total"], computed["state"]) == (0, "165.00", "computed")
    approval = ["run", "monthly-payment", *MONTH, "--approve", computed["id"]]
    code, refused = run(*approval)
    assert (code, refused["error"]["code"]) == (1, "checker-not-a-person")
    code, refused = run(*approval, "--actor", "finance")
    assert (code, refused["error"]["code"]) == (1, "forbidden")
    code, approved = run(*approval, "--actor", "county_reviewer")
    assert (code, approved["state"]) == (0, "approved")
    code, sent = run(
        "run", "monthly-payment", *MONTH, "--file", computed["id"], "--actor", "finance", "--out", str(tmp_path)
    )
    assert (code, sent["state"]) == (0, "sent")
    path = tmp_path / sent["files"][0]
    assert path.stat().st_mode & 0o077 == 0
    rows = path.read_bytes().decode("gb18030").splitlines()
    answer = tmp_path / path.name.replace("YHDFFS", "YHDFFK").replace(".TXT", "_S.TXT")
    answer.write_text(
        "".join("|".join(row.split("|")[:5]) + "\r\n" for row in rows).replace("55.00", "54.00"), "gb18030"
    )
    load = ["import", "bank-return", str(answer), "--run", computed["id"], "--actor", "finance", "--json"]
    code, refused = run(*load)
    assert code == 1
    assert [one["code"] for one in refused["refused"]] == ["other_amount"] * 3
    answer.write_text("".join("|".join(row.split("|")[:5]) + "\r\n" for row in rows), "gb18030")
    code, loaded = run(*load)
    assert (code, loaded["accepted"], loaded["state"]) == (0, 3, "closed")
    code, again = run(*load)
    assert (code, again["accepted"], again["unchanged"]) == (0, 0, 3)
    code, report = run("verify", "--json")
    assert (code, report["ok"]) == (0, True)


def test_verify_fails_loudly_when_the_books_do_not_agree(run, fresh_database):
    from sqlalchemy import text

    with fresh_database.engine.connect() as connection:
        connection.execute(text("UPDATE accounts SET personal_fen = 5"))
    code, report = run("verify", "--json")
    assert (code, report["ok"]) == (1, False)
    broken = [check for check in report["checks"] if not check["ok"]]
    assert [check["name"] for check in broken] == ["balances_equal_lines"]
    assert broken[0]["violations"] == 3
