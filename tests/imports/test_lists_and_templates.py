"""Lists as jobs, sent by those who may; templates that import when filled in; the clean-up; a cancelled import goes on."""

from __future__ import annotations

import io
import threading
from datetime import UTC, datetime, timedelta

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook
from sqlalchemy import text
from typer.testing import CliRunner

from api.cli.main import app as cli
from api.database import WHOLE, DatabaseRole, system_actor
from api.exchange import templates
from api.services import import_parts, import_runs, jobs, workers
from api.services.jobs import LeaseLost
from api.vocabulary import RoleName
from tests import factories
from tests.imports.jobs import IMPORTS, VILLAGE, approve, cancel, person, read, roster, upload, work
from tests.lists import as_csv

LIST = ("姓名", "身份证号", "缴费年度", "档次", "缴费日期", "缴费方式")


@pytest.fixture(scope="module")
def clerk(sign_in):
    return sign_in(RoleName.TOWN_CLERK)


@pytest.fixture(scope="module")
def assistant(sign_in):
    return sign_in(RoleName.VILLAGE_ASSISTANT)


def people(database, first, count, *, insured=True):
    """Residents of the assistant's village; the names and numbers that a list gives them."""
    made = []
    with database.unit_of_work(system_actor(440000000000)) as session:
        for index in range(first, first + count):
            name, number = f"谭{chr(0x4E00 + index)}", person(index)[1]
            resident = factories.make_resident(session, name=name, number=number, bank_account=None)
            if insured:
                factories.enrol(session, resident)
            made.append((name, number))
    return made


def test_an_assistant_sends_lists_of_their_own_village_and_of_no_other(assistant, database):
    rows = [(name, number, "2010", "100.00", "2010-11-03", "现金") for name, number in people(database, 100, 12)]
    rows.append(rows[3])
    content = as_csv(LIST, *rows)
    facts = {"kind": "contributions", "division": VILLAGE}
    assert upload(assistant, content, kind="contributions", division="440783001211").status_code == 404
    assert upload(assistant, content, kind="residents", division=VILLAGE).status_code == 403
    made = upload(assistant, content, **facts).json()
    work(database)
    shown = read(assistant, made["id"])
    assert shown["preview"]["money"] == {
        "personal": "1200.00", "collective": "0.00", "gov": "360.00", "total": "1560.00"
    }  # fmt: skip
    assert (shown["preview"]["created"], shown["preview"]["refused_by_code"]) == (12, {"duplicate_in_file": 1})
    assert assistant.get("/api/v1/receipts").json()["items"] == [], "the preview has left nothing"
    assert approve(assistant, shown).status_code == 201
    work(database)
    assert read(assistant, made["id"])["created"] == 12
    assert len(assistant.get("/api/v1/receipts").json()["items"]) == 12
    again = upload(assistant, content, **facts).json()
    work(database)
    second = read(assistant, again["id"])
    assert (second["preview"]["created"], second["preview"]["unchanged"]) == (0, 12)
    cancel(assistant, second)


def test_a_small_list_still_goes_in_at_once(assistant, database):
    rows = [(name, number, "100.00", "2011-03-01") for name, number in people(database, 200, 3, insured=False)]
    content = as_csv(("姓名", "身份证号", "档次", "申请日期"), *rows)
    answer = upload(assistant, content, kind="enrolments", division=VILLAGE, mode="auto")
    assert (answer.status_code, answer.json()["created"], answer.json()["state"]) == (201, 3, "applied")
    later = upload(assistant, content, kind="enrolments", division=VILLAGE, mode="job").json()
    work(database)
    preview = read(assistant, later["id"])["preview"]
    assert (preview["unchanged"], preview["created"]) == (3, 0), "what the upload brought in is not brought in twice"


def test_a_machine_brings_no_cash(clerk, database):
    """A list with cash of a machine fails as a whole, with the reason; it is the maker's job and not the approver's."""
    from api.services import import_jobs

    rows = [(name, number, "2010", "100.00", "2010-11-03", "现金") for name, number in people(database, 300, 1)]
    source = io.BytesIO(as_csv(LIST, *rows))
    with database.unit_of_work(system_actor(440783000000)) as session:
        actor = factories.make_actor(session, RoleName.TOWN_CLERK)
        batch = import_jobs.submit(
            session, factories.KEYRING, actor=actor, kind="contributions", division_code=int(VILLAGE), source=source,
            digest=import_jobs.digest_of(source), file_name="a.csv", as_of=datetime(2011, 3, 31, tzinfo=UTC).date(),
        )  # fmt: skip
        session.execute(text("UPDATE jobs SET made_by_id = 1 WHERE id = :id"), {"id": batch.job_id})
    work(database)
    shown = read(clerk, str(batch.id))
    assert (shown["state"], shown["error_code"]) == ("failed", "job-maker-gone")


def test_whoever_was_disabled_brings_nothing_in(sign_in, clerk, database):
    leaver = sign_in(RoleName.TOWN_CLERK)
    made = upload(leaver, roster([person(400)])).json()
    with database.unit_of_work(system_actor(440000000000)) as session:
        session.execute(text("UPDATE users SET disabled_at = now() WHERE id = :id"), {"id": leaver.user_id})
    work(database)
    shown = read(clerk, made["id"])
    assert (shown["state"], shown["error_code"]) == ("failed", "job-maker-gone")


def test_a_cancelled_import_keeps_what_is_in_and_goes_on_later(clerk, database, monkeypatch):
    content = roster([person(index) for index in range(500, 530)])
    made = upload(clerk, content).json()
    monkeypatch.setitem(workers.RUNNERS, "import", lambda *facts: import_runs.run(*facts, chunk_rows=10))
    work(database)
    shown = read(clerk, made["id"])
    approve(clerk, shown)
    noted = jobs.Taken.note

    def cancelled_meanwhile(self, session, *, phase, done, total):
        noted(self, session, phase=phase, done=done, total=total)
        if phase == "applying" and done == 10:
            threading.Thread(target=lambda: cancel(clerk, read(clerk, made["id"]))).start()

    monkeypatch.setattr(jobs.Taken, "note", cancelled_meanwhile)
    # The request waits for the piece to be written; the next piece then finds it.
    waited = import_parts.stored_rows

    def slowly(*facts, **more):
        import time

        time.sleep(0.5)
        return waited(*facts, **more)

    monkeypatch.setattr(import_parts, "stored_rows", slowly)
    work(database)
    monkeypatch.undo()
    stopped = read(clerk, made["id"])
    assert stopped["state"] == "cancelled"
    assert 10 <= stopped["created"] < 30
    again = upload(clerk, content).json()
    assert again["id"] == made["id"]
    work(database)
    shown = read(clerk, made["id"])
    assert shown["preview"]["unchanged"] == stopped["created"]
    assert shown["preview"]["created"] == 30 - stopped["created"]
    approve(clerk, shown)
    work(database)
    assert read(clerk, made["id"])["state"] == "applied"


def test_who_lost_the_lease_writes_nothing(clerk, database):
    made = upload(clerk, roster([person(600)])).json()
    first = jobs.take(database, ["import"], lease_seconds=-1)
    second = jobs.take(database, ["import"], lease_seconds=30)
    assert (first.id, second.id, second.fence) == (int(made["job_id"]), int(made["job_id"]), first.fence + 1)
    with pytest.raises(LeaseLost):
        import_runs.run(database, factories.KEYRING, first)
    assert read(clerk, made["id"])["state"] == "uploaded"
    assert not jobs.renew(database, first)
    import_runs.run(database, factories.KEYRING, second)
    assert read(clerk, made["id"])["state"] == "previewed"
    cancel(clerk, read(clerk, made["id"]))


def test_a_job_that_kills_its_workers_is_given_up(clerk, database):
    made = upload(clerk, roster([person(610)])).json()
    for _ in range(jobs.MOST_ATTEMPTS):
        assert jobs.take(database, ["import"], lease_seconds=-1) is not None
    work(database)
    shown = read(clerk, made["id"])
    assert (shown["state"], shown["error_code"]) == ("failed", "job-abandoned")


def test_stored_files_are_overwritten_when_their_time_is_over(clerk, database):
    made = upload(clerk, roster([person(700), [*person(701)[:1], "1", *person(701)[2:]]])).json()
    work(database)
    approve(clerk, read(clerk, made["id"]))
    work(database)
    now = datetime.now(UTC)
    assert import_parts.clean(database, days=90, now=now + timedelta(days=89)) == 0
    assert import_parts.clean(database, days=90, now=now + timedelta(days=91)) >= 1
    assert import_parts.clean(database, days=90, now=now + timedelta(days=91)) == 0
    with database.read_snapshot(WHOLE, role=DatabaseRole.WIDE) as session:
        query = text("SELECT sum(length(content)) FROM import_parts WHERE import_id = :id")
        assert session.execute(query, {"id": int(made["id"])}).scalar_one() == 0
    gone = clerk.get(f"{IMPORTS}/{made['id']}/refused-rows")
    assert (gone.status_code, gone.json()["code"]) == (410, "stored-file-gone")
    assert read(clerk, made["id"])["refused_rows"] == 1


FILLED = {
    "residents": {"姓名": "关文秀", "身份证号": person(800)[1], "村(居)委会": "", "村代码": VILLAGE, "性别": "女"},
    "enrolments": {"姓名": "谭一", "身份证号": "", "档次": "100", "申请日期": "2011-03-01"},
    "contributions": {
        "姓名": "谭二",
        "身份证号": "",
        "缴费年度": "2010",
        "档次": "100",
        "缴费日期": "2010-11-03",
        "缴费方式": "现金",
        "缴费类型": "年度缴费",
    },
}


@pytest.mark.parametrize("kind", templates.KINDS)
@pytest.mark.parametrize("file_format", ["xlsx", "csv"])
def test_a_filled_in_template_imports(assistant, clerk, database, kind, file_format):
    client = clerk if kind == "residents" else assistant
    answer = client.get(f"{IMPORTS}/templates/{kind}", params={"format": file_format})
    assert answer.status_code == 200, answer.text
    place = templates.KINDS.index(kind) * 2 + (file_format == "csv")
    facts = dict(FILLED[kind])
    if kind == "residents":
        facts["身份证号"] = person(800 + 2 * place)[1]
    else:
        [(facts["姓名"], facts["身份证号"])] = people(database, 820 + place, 1, insured=kind == "contributions")
    if file_format == "csv":
        headings = answer.content.decode("utf-8-sig").strip().split(",")
        content = as_csv(headings, [facts.get(one, "") for one in headings])
    else:
        book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
        headings = book.get_sheet_by_index(0).to_python()[0]
        explained = [str(cell) for row in book.get_sheet_by_name("填写说明").to_python() for cell in row]
        assert "".join(explained).count("身份证号") > 1
        target = io.BytesIO()
        with xlsxwriter.Workbook(target, {"in_memory": True}) as filled:
            page = filled.add_worksheet()
            page.write_row(0, 0, headings)
            for column, heading in enumerate(headings):
                page.write_string(1, column, facts.get(heading, ""))
        content = target.getvalue()
    assert set(facts) <= set(headings)
    sent = upload(client, content, kind=kind, division=VILLAGE, mode="auto", name=f"a.{file_format}")
    assert sent.json().get("created") == 1, sent.text


def test_the_command_writes_templates(tmp_path):
    path = tmp_path / "t.xlsx"
    done = CliRunner().invoke(cli, ["import-template", "contributions", "-o", str(path)])
    assert done.exit_code == 0, done.output
    assert path.read_bytes().startswith(b"PK")
    assert CliRunner().invoke(cli, ["import-template", "contributions", "-o", str(tmp_path / "t.doc")]).exit_code == 1
