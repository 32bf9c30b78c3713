"""`nongbao import department-list`: the comparison as a document, refused rows as a file, approval by another user."""

from __future__ import annotations

from datetime import date

import pytest

from api.database import system_actor
from api.vocabulary import RoleName
from tests import factories
from tests.department_lists.worlds import AS_OF, TODAY
from tests.lists import FIELDS, as_csv, facts_of, from_csv, runner, told

OPTIONS = (
    "--list", "dibao", "--division", factories.TOWN, "--department", "民政局", "--document", "1号", "--as-of", AS_OF,
)  # fmt: skip
COUNTS = (
    "SELECT count(*) FROM department_lists",
    "SELECT count(*) FROM resident_facts",
    "SELECT count(*) FROM audit_events",
)


@pytest.fixture
def command(monkeypatch, database):
    return runner(monkeypatch, database, TODAY)


@pytest.fixture
def users(database):
    with database.unit_of_work(system_actor(factories.COUNTY)) as session:
        roles = (RoleName.TOWN_CLERK, RoleName.TOWN_REVIEWER)
        return [factories.make_user(session, role=role).username for role in roles]


@pytest.fixture
def people(database):
    numbers = []
    with database.unit_of_work(system_actor(factories.COUNTY)) as session:
        for name in ("陈甲", "陈乙"):
            numbers.append((name, factories.id_number(date(1970, 5, 1))))
            factories.make_resident(session, name=name, number=numbers[-1][1])
    return numbers


def test_compare_dry_then_in_earnest_then_approve(command, tmp_path, database, users, people):
    file, errors = tmp_path / "list.csv", tmp_path / "errors.csv"
    file.write_bytes(as_csv(("姓名", "身份证号"), *people, ("陈丙", "123")))
    before = facts_of(database, *COUNTS)
    bring = ("import", "department-list", file, *OPTIONS)
    code, document = command(*bring, "--dry-run")
    assert facts_of(database, *COUNTS) == before
    assert (code, document["list"]["id"], document["list"]["counts"]) == (2, None, {"added": 2})
    code, document = command(*bring, "--errors", errors, "--actor", users[0])
    assert code == 2
    assert set(document) == FIELDS | {"list"}
    assert (document["kind"], document["rows"], document["accepted"], document["unchanged"]) == (
        "department-list", 3, 2, 0,
    )  # fmt: skip
    assert told(document) == [(4, "身份证号", "short_id")]
    assert [row["姓名"] for row in from_csv(errors)] == ["陈丙"]
    number = document["list"]["id"]
    approve = ("import", "department-list", "--approve", number)
    for words, refusal in (
        (approve, "approver-missing"),
        ((*approve, "--actor", users[0]), "forbidden"),
        (("import", "department-list", "--approve", "7", "--actor", users[1]), "list-number-malformed"),
        (("import", "department-list", file), "list-options-missing"),
    ):
        code, document = command(*words)
        assert (code, document["error"]["code"]) == (1, refusal)
    code, document = command(*approve, "--actor", users[1], "--dry-run")
    assert (code, document["applied"]) == (0, 2)
    assert facts_of(database, "SELECT count(*) FROM resident_facts") == [before[1]]
    code, document = command(*approve, "--actor", users[1])
    assert (code, document["state"], document["applied"], document["stale"]) == (0, "applied", 2, 0)
    assert facts_of(database, "SELECT count(*) FROM residents WHERE dibao") == [[(2,)]]


def test_a_person_reads_the_comparison(monkeypatch, tmp_path, database, people):
    from typer.testing import CliRunner

    from api.cli.main import app as cli

    runner(monkeypatch, database, TODAY)
    monkeypatch.setenv("COLUMNS", "160")
    file = tmp_path / "list.csv"
    file.write_bytes(as_csv(("姓名", "身份证号"), *people))
    done = CliRunner().invoke(cli, [str(word) for word in ("import", "department-list", file, *OPTIONS)])
    assert done.exit_code == 0, done.output
    for text in ("低保名单比对", "新增", "--approve", "低保、五保人员是否由政府代缴"):
        assert text in done.output
