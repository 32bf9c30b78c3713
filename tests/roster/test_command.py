"""`nongbao import` as a process: documents, exit codes, refused rows as a file, and the same through a server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from datetime import date
from pathlib import Path

import pytest
import uvicorn

from api.database import system_actor
from api.permissions import Permission
from api.services import clients
from api.vocabulary import RoleName
from tests import factories
from tests.lists import as_csv, from_csv, told

PROGRAM = Path(sys.executable).parent / "nongbao"
DATA = Path(__file__).parent.parent / "data"
TOWN = "440783001000"
FIELDS = {"kind", "rows", "accepted", "unchanged", "refused", "warnings"}


@pytest.fixture(scope="module")
def here(database, tmp_path_factory):
    return {
        "NONGBAO_DATABASE_URL": database.url,
        "NONGBAO_DATA_DIR": str(tmp_path_factory.mktemp("data")),
        "NONGBAO_BUSINESS_DATE": "2011-03-31",
    }


@pytest.fixture(scope="module")
def address(app):
    """The application behind a real socket."""
    running = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    for _ in range(200):
        if running.started:
            break
        time.sleep(0.05)
    port = running.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    running.should_exit = True
    thread.join(10)


def run(settings, *words):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NONGBAO_")} | settings
    return subprocess.run([PROGRAM, *words], env=environment, capture_output=True, text=True, check=False, timeout=120)


def refusals(name="roster-messy.csv"):
    expected = json.loads((DATA / f"{name}.expected.json").read_text("utf-8"))
    return {int(row): code for row, code in expected.items() if not code.endswith("_ok")}


def test_import_here_says_what_was_refused_and_writes_it_to_correct(here, tmp_path):
    errors = tmp_path / "refused.xlsx"
    words = (
        "import",
        "residents",
        str(DATA / "roster-messy.xlsx"),
        "--division",
        TOWN,
        "--errors",
        str(errors),
        "--json",
    )
    done = run(here, *words)
    document = json.loads(done.stdout)
    assert done.returncode == 2, done.stderr
    assert document.keys() == FIELDS
    assert {issue["row"]: issue["code"] for issue in document["refused"]} == refusals("roster-messy.xlsx")
    assert errors.read_bytes().startswith(b"PK")
    again = json.loads(run(here, *words).stdout)
    assert (again["unchanged"], again["refused"]) == (document["accepted"], document["refused"])


def test_clean_file_exits_with_0_and_a_summary_for_people(here):
    words = ("import", "residents", str(DATA / "roster-clean.csv"), "--division", TOWN)
    rehearsed = run(here, *words, "--dry-run")
    assert (rehearsed.returncode, "仅校验" in rehearsed.stdout) == (0, True)
    first, second = (run(here, *words, "--json") for _ in range(2))
    assert (first.returncode, second.returncode) == (0, 0)
    assert [json.loads(one.stdout)["unchanged"] for one in (first, second)] == [0, 3000]


def test_files_and_words_that_do_not_fit_exit_with_1(here, tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_bytes("姓名\n张三\n".encode())
    failed = run(here, "import", "residents", str(bad), "--division", TOWN, "--json")
    assert (failed.returncode, json.loads(failed.stdout)["error"]["code"]) == (1, "header-incomplete")
    claimed = run(here, "import", "residents", str(bad), "--division", TOWN, "--format", "xlsx", "--json")
    assert (claimed.returncode, json.loads(claimed.stdout)["error"]["code"]) == (1, "file-damaged")
    nowhere = run(here, "import", "residents", str(DATA / "roster-clean.csv"), "--division", "440783001999", "--json")
    assert (nowhere.returncode, json.loads(nowhere.stdout)["error"]["code"]) == (1, "not-found")


def test_divisions_again_change_nothing(here):
    done = run(here, "import", "divisions", str(DATA / "divisions.csv"), "--json")
    document = json.loads(done.stdout)
    assert (done.returncode, document["unchanged"]) == (0, document["rows"])


def test_import_through_a_server_gives_the_same_document(database, address, tmp_path):
    with database.unit_of_work(system_actor(440783000000)) as session:
        client, secret = clients.create(
            session,
            actor=system_actor(440783000000),
            name="名册接口",
            role=RoleName.TOWN_CLERK,
            scopes=[Permission.IMPORT_RUN],
            division_code=factories.TOWN,
        )
        client_key = client.client_key
    secret_file, errors = tmp_path / "secret", tmp_path / "refused.csv"
    secret_file.write_text(secret)
    words = (
        "import", "residents", str(DATA / "roster-messy.csv"), "--division", TOWN, "--server", address, "--client-id",
        client_key, "--client-secret-file", str(secret_file), "--errors", str(errors), "--json",
    )  # fmt: skip
    nothing = {"NONGBAO_DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:1/none"}
    done = run(nothing, *words)
    document = json.loads(done.stdout)
    assert done.returncode == 2, done.stderr
    assert document.keys() == FIELDS
    assert {issue["row"]: issue["code"] for issue in document["refused"]} == refusals()
    assert "duplicate_in_file" in errors.read_text("utf-8-sig")
    # A request of its own: the server knows the bytes, and says that everything stands.
    repeated = json.loads(run(nothing, *words).stdout)
    assert repeated == document | {"unchanged": document["accepted"], "warnings": repeated["warnings"]}
    secret_file.write_text("wrong")
    assert run(nothing, *words).returncode == 1
    bare = run(nothing, *words[:7], "--json")
    assert (bare.returncode, json.loads(bare.stdout)["error"]["code"]) == (1, "client-missing")


def test_lists_go_through_a_server_as_well(database, address, tmp_path):
    actor, born = system_actor(440783000000), date(1970, 5, 1)
    numbers = [factories.id_number(born) for _ in range(2)]
    with database.unit_of_work(actor) as session:
        for number in numbers:
            factories.enrol(session, factories.make_resident(session, number=number))
        client, secret = clients.create(
            session, actor=actor, name="名单接口", role=RoleName.TOWN_CLERK, division_code=factories.TOWN,
            scopes=[Permission.IMPORT_RUN, Permission.CONTRIBUTION_RECORD],
        )  # fmt: skip
        client_key = client.client_key
    secret_file, errors, listed = tmp_path / "secret", tmp_path / "refused.csv", tmp_path / "list.csv"
    secret_file.write_text(secret)
    rows = [("梁小明", numbers[0], "100", "2011", "银行转账"), ("梁大明", numbers[1], "100", "2011", "银行转账")]
    listed.write_bytes(as_csv(("姓名", "身份证号", "档次", "缴费年度", "缴费方式"), *rows))
    words = ("import", "contributions", str(listed), "--division", TOWN, "--errors", str(errors), "--json")
    through = ("--server", address, "--client-id", client_key, "--client-secret-file", str(secret_file))
    done = run({}, *words, *through)
    document = json.loads(done.stdout)
    assert (done.returncode, document.keys()) == (2, FIELDS), done.stderr
    assert (document["accepted"], told(document)) == (1, [(3, "姓名", "name-mismatch")])
    assert [row["姓名"] for row in from_csv(errors)] == ["梁大明"]
    again = run({}, *words, *through)
    assert (again.returncode, json.loads(again.stdout)) == (2, document | {"unchanged": 1})
    rehearsed = json.loads(run({}, *words, *through, "--dry-run").stdout)
    assert rehearsed == document | {"unchanged": 1}


def test_cases_are_listed_and_decided_by_a_named_user(database, here):
    with database.unit_of_work(system_actor(440783000000)) as session:
        reviewer = factories.make_user(session, role=RoleName.TOWN_REVIEWER)
        county = factories.make_user(session, role=RoleName.COUNTY_REVIEWER)
        case = factories.enrol(session, factories.make_resident(session))
    listed = json.loads(
        run(here, "enrolment", "list", "--division", TOWN, "--state", "county_approved", "--json").stdout
    )
    assert str(case.id) in {item["id"] for item in listed["items"]}
    words = ("enrolment", "decide", str(case.id), "--step", "township_review", "--json", "--actor")
    refused = run(here, *words, reviewer.username)
    assert refused.returncode == 2
    assert json.loads(refused.stdout)["items"][0]["code"] == "step-not-next"
    foreign = run(here, *words, county.username)
    assert foreign.returncode == 1
