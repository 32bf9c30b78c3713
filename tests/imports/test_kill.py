"""A worker is killed at any moment, again and again: the end is the same, row by row, and nothing is lost or doubled."""

from __future__ import annotations

import io
import os
import random
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import date

import pytest
from sqlalchemy import text

from api.database import WHOLE, DatabaseRole, system_actor
from api.services import import_batches, import_jobs, roster_imports
from api.vocabulary import ImportState, RoleName
from tests import factories
from tests.imports.jobs import ACCOUNT, TOWN, person, roster
from tests.lists import as_csv

KILLS = 10 if os.environ.get("FULL_TESTS") else 3
ROWS, CHUNK = 2400, 150
TODAY = date(2011, 3, 31)
PEOPLE = """
SELECT r.id_token, r.division_code, h.number, r.name, r.pinyin, r.initials, r.sex, r.birth_date, r.ethnicity,
       r.hukou_kind, r.address, r.village_group, r.relation, r.phone_sealed IS NULL, r.bank_account_index,
       r.is_student, r.employee_insured, r.other_pension, r.disability_grade, r.dibao, r.wubao, r.land_taken, r.remark,
       r.status, r.status_on, r.version,
       (SELECT count(*) FROM resident_versions v WHERE v.county_code = r.county_code AND v.resident_id = r.id)
  FROM residents r LEFT JOIN households h ON h.county_code = r.county_code AND h.id = r.household_id
 ORDER BY r.id_token
"""
MONEY = """
SELECT r.name, c.contribution_year, c.kind, c.tier_fen, c.amount_fen, c.subsidy_fen, c.paid_on, c.state,
       (SELECT count(*) FROM account_lines l WHERE l.county_code = c.county_code AND l.resident_id = c.resident_id),
       a.personal_fen, a.gov_fen, p.number
  FROM contributions c JOIN residents r ON r.county_code = c.county_code AND r.id = c.resident_id
  JOIN accounts a ON a.county_code = c.county_code AND a.resident_id = c.resident_id
  LEFT JOIN receipts p ON p.county_code = c.county_code AND p.contribution_id = c.id
 ORDER BY r.name, c.contribution_year
"""
COUNTS = """
SELECT state, row_count, accepted_count, unchanged_count, refused_count, created_count, changed_count, warning_count,
       preview, applied_row FROM imports WHERE job_id IS NOT NULL
"""
FINDINGS = """
SELECT f.row_no, f.place, f.column_name, f.code, f.message, f.severity
  FROM import_findings f JOIN imports i ON i.county_code = f.county_code AND i.id = f.import_id AND i.round = f.round
 ORDER BY 1, 2
"""


def everything(database, *queries):
    with database.read_snapshot(WHOLE, role=DatabaseRole.WIDE) as session:
        return [[tuple(row) for row in session.execute(text(query))] for query in queries]


def big_roster() -> bytes:
    """Known and unknown people, changed ones, faulty rows, and numbers that stand twice, far apart."""
    rows = [person(index) for index in range(ROWS)]
    for index in range(0, ROWS, 40):
        rows[index][9] = "有变化"
    for index in range(7, ROWS, 97):
        rows[index][1] = rows[index][1][:17] + "甲"
    for index in range(1500, ROWS, 51):
        rows[index] = person(index - 1400)
    return roster(rows)


@contextmanager
def worker(database):
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.imports.worker_process", database.url, str(CHUNK)], stdout=subprocess.PIPE
    )
    try:
        assert child.stdout.readline() == b"ready\n"
        yield child
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def submit(database, actor, content, kind):
    source = io.BytesIO(content)
    with database.unit_of_work(actor) as session:
        return import_jobs.submit(
            session,
            factories.KEYRING,
            actor=actor,
            kind=kind,
            division_code=int(TOWN),
            source=source,
            digest=import_jobs.digest_of(source),
            file_name="名册.csv",
            as_of=TODAY,
        ).id


def state_of(database, actor, import_id):
    with database.read_snapshot(actor) as session:
        return import_batches.get(session, import_id)


def run_to_the_end(database, actor, import_id, *, kills, seed):
    """Let workers work and die, approve the preview when it is there, and return how many deaths there were."""
    chance = random.Random(seed)
    deaths = 0
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        with worker(database):
            until = time.monotonic() + (chance.uniform(0.05, 1.0) if deaths < kills else 120)
            while time.monotonic() < until:
                batch = state_of(database, actor, import_id)
                if batch.state is ImportState.PREVIEWED:
                    approve(database, actor, batch)
                if batch.state in {ImportState.APPLIED, ImportState.FAILED}:
                    return deaths, batch
                time.sleep(0.02)
        deaths += 1
    pytest.fail("the import did not end")


def approve(database, actor, batch):
    with database.unit_of_work(actor) as session:
        import_jobs.approve(
            session, actor=actor, import_id=batch.id, content_hash=batch.content_hash, version=batch.version
        )


def clerk_of(database):
    with database.unit_of_work(system_actor(440000000000)) as session:
        return factories.make_actor(session, RoleName.TOWN_CLERK, division=int(TOWN))


@pytest.mark.parametrize("seed", [20110331])
def test_a_roster_survives_its_workers(clone, opened, seed):
    known = roster([person(index) for index in range(600)])
    content = big_roster()
    ends = []
    for kills in (0, KILLS):
        database = opened(clone())
        actor = clerk_of(database)
        roster_imports.import_roster(
            database, factories.KEYRING, actor=actor, content=known, division_code=int(TOWN), as_of=TODAY
        )
        import_id = submit(database, actor, content, "residents")
        deaths, batch = run_to_the_end(database, actor, import_id, kills=kills, seed=seed)
        assert batch.state is ImportState.APPLIED, batch.error_code
        assert deaths >= min(kills, 1)
        ends.append(everything(database, PEOPLE, COUNTS, FINDINGS))
    undisturbed, killed = ends
    assert killed == undisturbed
    [counts] = undisturbed[1]
    assert counts[1] == ROWS
    assert counts[4] > 30
    assert counts[6] > 10
    assert ACCOUNT not in str(undisturbed)


def test_no_contribution_is_booked_twice(clone, opened):
    """A list of cash payments: each killed worker leaves whole receipts and whole bookings, or none."""
    size = 400
    ends = []
    for kills in (0, KILLS):
        database = opened(clone())
        with database.unit_of_work(system_actor(440000000000)) as session:
            actor = factories.make_actor(session, RoleName.TOWN_CLERK, division=int(TOWN))
            rows = []
            for index in range(size):
                number = person(index)[1]
                name = f"张{chr(0x4E00 + index)}"
                resident = factories.make_resident(session, name=name, number=number, bank_account=None)
                factories.enrol(session, resident)
                rows.append((name, number, "2010", "100.00", "2010-11-03"))
        # Two rows that repeat one of another piece, and one that nobody is.
        rows += [rows[0], rows[5], ("无此人", person(size + 1)[1], "2010", "100.00", "2010-11-03")]
        content = as_csv(("姓名", "身份证号", "缴费年度", "档次", "缴费日期"), *rows)
        import_id = submit(database, actor, content, "contributions")
        _, batch = run_to_the_end(database, actor, import_id, kills=kills, seed=7)
        assert batch.state is ImportState.APPLIED, batch.error_code
        ends.append(everything(database, MONEY, COUNTS, FINDINGS))
    undisturbed, killed = ends
    assert killed == undisturbed
    assert len(undisturbed[0]) == size
    assert [one[-1] for one in undisturbed[0]] != [None] * size
    [counts] = undisturbed[1]
    assert (counts[2], counts[4]) == (size, 3)
    assert counts[8]["money_fen"]["personal"] == size * 100_00
