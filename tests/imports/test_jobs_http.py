"""A large roster through the API: stored, judged, previewed, approved, brought in; and everything that may go wrong."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from sqlalchemy import text

from api.database import WHOLE, DatabaseRole
from api.vocabulary import RoleName
from tests.imports.jobs import (
    HEADINGS,
    IMPORTS,
    TOWN,
    approve,
    cancel,
    number_of,
    person,
    read,
    roster,
    upload,
    work,
)

DATA = Path(__file__).parent.parent / "data"
MESSY = (DATA / "roster-messy.csv").read_bytes()


@pytest.fixture(scope="module")
def clerk(sign_in):
    return sign_in(RoleName.TOWN_CLERK)


@pytest.fixture(scope="module")
def reviewer(sign_in):
    return sign_in(RoleName.TOWN_REVIEWER)


def all_findings(client, import_id, **query):
    found, after = [], None
    while True:
        page = client.get(
            f"{IMPORTS}/{import_id}/findings", params=query | {"limit": 7} | ({"after": after} if after else {})
        )
        assert page.status_code == 200, page.text
        found += page.json()["items"]
        after = page.json()["next"]
        if after is None:
            return found


def test_a_roster_goes_through_all_stages_as_the_direct_import_would(clerk, database):
    direct = clerk.post(
        IMPORTS,
        data={"kind": "residents", "division": TOWN, "dry_run": "true"},
        files={"file": ("r.csv", MESSY)},
        headers={"Idempotency-Key": "the-direct-rehearsal"},
    ).json()
    answer = upload(clerk, MESSY)
    assert answer.status_code == 202, answer.text
    made = answer.json()
    assert (made["state"], made["rows"]) == ("uploaded", 0)
    assert answer.headers["Location"] == f"{IMPORTS}/{made['id']}"
    assert clerk.get(f"/api/v1/jobs/{made['job_id']}").json()["state"] == "queued"
    assert work(database) == 1
    shown = read(clerk, made["id"])
    assert shown["state"] == "previewed"
    preview = shown["preview"]
    assert (preview["rows"], preview["created"]) == (400, direct["created"])
    assert preview["refused_rows"] == direct["refused_rows"] == sum(preview["refused_by_code"].values())
    assert not preview["needs_second_person"]
    assert shown["refused"] == direct["refused"]
    assert shown["accepted"] == 0, "nothing is in yet"
    refused = all_findings(clerk, made["id"], severity="refusal")
    assert [{k: v for k, v in one.items() if k != "severity"} for one in refused] == direct["refused"]
    warned = all_findings(clerk, made["id"], severity="warning")
    bare = [{k: v for k, v in one.items() if k != "severity"} for one in warned]
    assert sorted(bare, key=json.dumps) == sorted(direct["warnings"], key=json.dumps)
    assert approve(clerk, shown).status_code == 201
    assert work(database) == 1
    done = read(clerk, made["id"])
    assert (done["state"], done["accepted"], done["created"]) == ("applied", direct["accepted"], direct["created"])
    assert (done["refused_rows"], done["refused"]) == (direct["refused_rows"], direct["refused"])
    job = clerk.get(f"/api/v1/jobs/{made['job_id']}").json()
    assert (job["state"], job["done"], job["total"]) == ("done", 400, 400)
    again = upload(clerk, MESSY)
    assert again.json()["id"] == made["id"], "the same bytes are the same import"
    assert work(database) == 1
    second = read(clerk, made["id"])
    assert (second["preview"]["created"], second["preview"]["unchanged"]) == (0, direct["created"])
    cancel(clerk, second)


def test_the_refused_rows_come_back_with_reasons_and_import_when_mended(clerk, database):
    rows = [person(index) for index in range(900, 930)]
    rows[3][1] = rows[3][1][:-1] + ("0" if rows[3][1][-1] != "0" else "1")
    rows[7][0] = "=张三"
    made = upload(clerk, roster(rows)).json()
    work(database)
    for kind in ("csv", "xlsx"):
        answer = clerk.get(f"{IMPORTS}/{made['id']}/refused-rows", params={"format": kind})
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Disposition"].endswith(f'refused-rows.{kind}"')
    by_accept = clerk.get(f"{IMPORTS}/{made['id']}/refused-rows", headers={"Accept": "text/csv"})
    table = list(csv.DictReader(io.StringIO(by_accept.content.decode("utf-8-sig"))))
    assert [row["错误代码"] for row in table] == ["bad_checksum", "formula_name"]
    assert table[1]["姓名"] == "'=张三", "no cell runs"
    assert list(table[0])[: len(HEADINGS)] == list(HEADINGS)
    assert approve(clerk, read(clerk, made["id"])).status_code == 201
    work(database)
    assert read(clerk, made["id"])["created"] == 28
    table[0]["身份证号"], table[1]["姓名"] = number_of(903), "张三"
    mended = upload(clerk, roster([list(row.values()) for row in table], headings=list(table[0]))).json()
    work(database)
    assert read(clerk, mended["id"])["preview"]["created"] == 2
    with database.read_snapshot(WHOLE, role=DatabaseRole.WIDE) as session:
        exports = session.execute(text("SELECT count(*) FROM audit_events WHERE action = 'export_refused_rows'"))
        assert exports.scalar_one() == 3


def test_a_large_import_needs_a_second_person(clerk, reviewer, sign_in, database, monkeypatch):
    monkeypatch.setattr("api.services.import_jobs.SECOND_PERSON_ROWS", 20)
    made = upload(clerk, roster([person(index) for index in range(1000, 1020)])).json()
    work(database)
    shown = read(clerk, made["id"])
    assert shown["preview"]["needs_second_person"]
    own = approve(clerk, shown)
    assert (own.status_code, own.json()["code"]) == (409, "same-person")
    stale = approve(reviewer, shown | {"version": shown["version"] + 1})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale-version")
    other = approve(reviewer, shown, content_hash="0" * 64)
    assert (other.status_code, other.json()["code"]) == (409, "preview-changed")
    assert approve(sign_in(RoleName.AUDITOR), shown).status_code == 403
    done = approve(reviewer, shown)
    assert (done.status_code, done.json()["state"]) == (201, "approved")
    twice = approve(reviewer, read(reviewer, made["id"]))
    assert (twice.status_code, twice.json()["code"]) == (409, "import-not-previewed")
    work(database)
    done = read(clerk, made["id"])
    assert (done["state"], done["created"], done["approved_by_id"]) == ("applied", 20, str(reviewer.user_id))


def test_a_file_that_is_no_roster_fails_with_its_reason(clerk, database):
    for content, name, code in (
        ("姓名\n张三\n".encode(), "a.csv", "header-incomplete"),
        (b"<html></html>", "a.csv", "file-is-html"),
        (b"PK\x03\x04junk", "a.xlsx", "file-damaged"),
    ):
        made = upload(clerk, content, name=name).json()
        work(database)
        shown = read(clerk, made["id"])
        assert (shown["state"], shown["error_code"]) == ("failed", code)
        assert shown["error_detail"]
        assert clerk.get(f"/api/v1/jobs/{made['job_id']}").json()["error_code"] == code
        assert upload(clerk, content, name=name).json()["state"] == "uploaded", "it may be tried again"
        cancel(clerk, read(clerk, made["id"]))


def test_cancelling_before_and_after_the_preview(clerk, database):
    made = upload(clerk, roster([person(2000)])).json()
    gone = cancel(clerk, read(clerk, made["id"]))
    assert (gone.status_code, gone.json()["state"]) == (201, "cancelled")
    assert work(database) == 0
    late = cancel(clerk, read(clerk, made["id"]))
    assert (late.status_code, late.json()["code"]) == (409, "job-ended")
    again = upload(clerk, roster([person(2000)])).json()
    assert again["id"] == made["id"]
    work(database)
    shown = read(clerk, made["id"])
    assert cancel(clerk, shown).json()["state"] == "cancelled"
    assert approve(clerk, shown).status_code == 412


def test_the_progress_is_told_as_events(clerk, database):
    made = upload(clerk, roster([person(index) for index in range(3000, 3010)])).json()
    work(database)
    with clerk.stream("GET", f"/api/v1/jobs/{made['job_id']}/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in stream.iter_lines() if line.startswith("data: ")]
    shown = json.loads(lines[-1].removeprefix("data: "))
    assert (shown["state"], shown["done"]) == ("waiting", 10)
    assert clerk.get("/api/v1/jobs/4407839999999999/events").status_code == 404


def test_a_large_file_becomes_a_job_by_itself(clerk, database, monkeypatch):
    monkeypatch.setattr("api.services.import_jobs.DIRECT_LINES", 5)
    content = roster([person(index) for index in range(4000, 4006)])
    assert upload(clerk, content, mode="auto").status_code == 202
    monkeypatch.undo()
    assert upload(clerk, content, mode="auto").status_code == 202, "known as a job it stays one"


def test_one_person_has_only_so_many_under_way(sign_in, database):
    busy = sign_in(RoleName.TOWN_CLERK)
    for index in range(5):
        assert upload(busy, roster([person(5000 + index)])).status_code == 202
    refused = upload(busy, roster([person(5010)]))
    assert (refused.status_code, refused.json()["code"]) == (429, "too-many-imports")


def test_other_units_see_nothing_of_it(clerk, sign_in, database):
    made = upload(clerk, roster([person(6000)])).json()
    village = sign_in(RoleName.TOWN_CLERK, division=440783001210)
    for path in ("", "/findings", "/refused-rows"):
        assert village.get(f"{IMPORTS}/{made['id']}{path}").status_code == 404
    assert village.get(f"/api/v1/jobs/{made['job_id']}").status_code == 404
    assert upload(village, roster([person(6001)])).status_code == 404
    assert (
        upload(sign_in(RoleName.VILLAGE_ASSISTANT), roster([person(6002)]), division="440783001210").status_code == 403
    )


def test_nothing_of_the_file_lies_open(clerk, database):
    upload(clerk, roster([person(7000, 姓名="司徒封存")]))
    work(database)
    with database.read_snapshot(WHOLE, role=DatabaseRole.WIDE) as session:
        contents = [bytes(one) for one in session.execute(text("SELECT content FROM import_parts")).scalars()]
        told = session.execute(text("SELECT message || column_name FROM import_findings")).scalars().all()
    assert contents
    for secret in ("司徒封存", number_of(7000)):
        assert not any(secret.encode() in one for one in contents)
        assert not any(secret in one for one in told)
