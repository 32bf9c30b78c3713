"""Uploads of rosters: once only, refused rows as a file, strict about the unit and the file."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import pytest

from api.vocabulary import RoleName

DATA = Path(__file__).parent.parent / "data"
IMPORTS = "/api/v1/imports"
MESSY = (DATA / "roster-messy.csv").read_bytes()
FORM = {"kind": "residents", "division": "440783001000"}


@pytest.fixture(scope="module")
def clerk(sign_in):
    return sign_in(RoleName.TOWN_CLERK)


def upload(client, content, *, key=None, name="roster.csv", **form):
    headers = {"Idempotency-Key": key or uuid.uuid4().hex}
    return client.post(IMPORTS, data=FORM | form, files={"file": (name, content)}, headers=headers)


def test_upload_is_applied_once_and_recorded(clerk):
    expected = json.loads((DATA / "roster-messy.csv.expected.json").read_text("utf-8"))
    refusals = {int(row): code for row, code in expected.items() if not code.endswith("_ok")}
    rehearsed = upload(clerk, MESSY, dry_run="true").json()
    assert (rehearsed["id"], rehearsed["created"]) == (None, 400 - len(refusals))
    key = uuid.uuid4().hex
    first = upload(clerk, MESSY, key=key)
    assert first.status_code == 201, first.text
    done = first.json()
    assert {issue["row"]: issue["code"] for issue in done["refused"]} == refusals
    assert (done["rows"], done["created"], done["refused_rows"]) == (400, 400 - len(refusals), len(refusals))
    replayed = upload(clerk, MESSY, key=key)
    assert replayed.headers["Idempotency-Replayed"] == "true"
    assert replayed.json() == done
    assert upload(clerk, MESSY + b"\n", key=key).json()["code"] == "idempotency-key-reused"
    again = upload(clerk, MESSY).json()
    assert (again["id"], again["created"], again["unchanged"]) == (done["id"], 0, done["created"])
    [listed] = clerk.get(IMPORTS).json()["items"]
    assert (listed["id"], listed["unchanged"], listed["refused_rows"]) == (done["id"], done["created"], len(refusals))
    read = clerk.get(f"{IMPORTS}/{done['id']}").json()
    assert read["refused"] == done["refused"]


@pytest.mark.parametrize(("file_format", "start"), [("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK")])
def test_refused_rows_come_as_a_file(clerk, file_format, start):
    answer = clerk.post(
        f"{IMPORTS}/refused-rows", data=FORM | {"file_format": file_format}, files={"file": ("r.csv", MESSY)}
    )
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(start)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="refused-rows.{file_format}"'


def test_foreign_unit_is_not_found_and_the_import_of_another_unit_is_absent(clerk, sign_in):
    done = upload(clerk, MESSY).json()
    village = sign_in(RoleName.TOWN_CLERK, division=440783001210)
    assert upload(village, MESSY).status_code == 404
    assert village.get(f"{IMPORTS}/{done['id']}").status_code == 404
    assert village.get(f"{IMPORTS}/4407839999999999").status_code == 404
    assert village.get(IMPORTS).json()["items"] == []


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "a.csv", "file-empty"),
        (b"<html><table></table></html>", "a.xls", "file-is-html"),
        (b"PK\x03\x04junk", "a.xlsx", "file-damaged"),
        ("姓名\n张三\n".encode(), "a.csv", "header-incomplete"),
    ],
)
def test_file_that_is_no_roster_is_a_problem_with_a_code(clerk, content, name, code):
    answer = upload(clerk, content, name=name)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_upload_without_key_kind_or_right_is_refused(clerk, sign_in):
    assert clerk.post(IMPORTS, data=FORM, files={"file": ("a.csv", MESSY)}).json()["code"] == "idempotency-key-missing"
    assert upload(clerk, MESSY, kind="divisions").status_code == 422
    assert upload(sign_in(RoleName.VILLAGE_ASSISTANT), MESSY).status_code == 403
