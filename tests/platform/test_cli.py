"""The `nongbao` command as a process: what it prints, its exit codes, and that it leaves nothing running."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from api import embedded
from api.cli import doctor
from api.settings import Settings

PROGRAM = Path(sys.executable).parent / "nongbao"
ROOT = Path(__file__).resolve().parents[2]


def run(*words, stdin=None, **settings):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NONGBAO_")} | settings
    return subprocess.run(
        [PROGRAM, *words],
        cwd=ROOT,
        env=environment,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )


@pytest.fixture(scope="module")
def here(database, tmp_path_factory):
    return {"NONGBAO_DATABASE_URL": database.url, "NONGBAO_DATA_DIR": str(tmp_path_factory.mktemp("data"))}


def test_users_are_made_listed_and_disabled(here):
    made = run(
        "user",
        "create",
        "li.ming",
        "--name",
        "李明",
        "--person",
        "0001",
        "--role",
        "town_clerk",
        "--division",
        "440783001000",
        "--json",
        **here,
    )
    assert made.returncode == 0, made.stderr
    assert len(json.loads(made.stdout)["initial_password"]) == 16
    assert run("user", "disable", "li.ming", "--json", **here).returncode == 0
    listed = json.loads(run("user", "list", "--json", **here).stdout)["items"]
    assert [(row["username"], row["disabled"]) for row in listed] == [("li.ming", True)]
    again = run("user", "disable", "li.ming", "--json", **here)
    assert again.returncode == 1
    assert json.loads(again.stdout)["error"]["code"] == "not-found"
    assert "Traceback" not in again.stderr


def test_doctor_finds_what_is_wrong(here):
    well = run("doctor", "--json", **here)
    checks = {check["name"]: check["ok"] for check in json.loads(well.stdout)["checks"]}
    # The page may not have been built on this machine.
    checks.pop("frontend")
    assert all(checks.values()), well.stdout
    ill = run("doctor", "--json", NONGBAO_MODE="production", **here)
    checks = {check["name"]: check["ok"] for check in json.loads(ill.stdout)["checks"]}
    assert ill.returncode == 1
    assert not checks["login"], "a superuser must not serve"
    assert not checks["cookie"]


def test_doctor_hides_passwords():
    url = "postgresql+psycopg://someone:geheim@host/db?password=geheim"
    shown = doctor.masked(Settings(_env_file=None, database_url=url))
    assert "geheim" not in json.dumps(shown)
    assert "someone" in shown["database_url"]


@pytest.mark.slow
def test_serve_starts_everything_and_leaves_nothing(tmp_path):
    # SIGTERM takes the way of Ctrl-C; unlike it, it would end the process at once if nobody had seen to it.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NONGBAO_")}
    environment |= {"NONGBAO_DATA_DIR": str(tmp_path), "NONGBAO_PORT": "0"}
    with subprocess.Popen(
        [PROGRAM, "serve", "--json"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        url = json.loads(process.stdout.readline())["url"]
        assert httpx.get(f"{url}/readyz", timeout=10).json()["ready"] is True
        assert embedded.status(tmp_path).running
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert not embedded.status(tmp_path).running
