"""Migration 0008 on a database that holds cases already: each gets its days, and down again nothing is lost."""

from __future__ import annotations

import psycopg
import pytest

from api import migrations

CASES = [
    # id, state, round, applied_on, the days of this round's decisions, since_on, due_on
    (1, "draft", 1, "2011-03-05", [], "2011-03-05", "2011-03-10"),
    (2, "draft", 1, "2011-03-20", [], "2011-03-20", "2011-04-10"),
    (3, "village_checked", 1, "2011-03-01", ["2011-03-16"], "2011-03-16", "2011-04-15"),
    (4, "village_checked", 1, "2011-03-01", ["2011-03-09"], "2011-03-09", "2011-03-15"),
    (5, "township_reviewed", 1, "2011-03-01", ["2011-03-09", "2011-03-14"], "2011-03-14", "2011-03-21"),
    (6, "county_approved", 1, "2011-03-01", ["2011-03-09", "2011-03-14", "2011-03-18"], "2011-03-18", None),
    (7, "returned", 1, "2011-03-01", ["2011-03-09"], "2011-03-09", None),
]


@pytest.fixture
def old(clone):
    url = clone()
    migrations.downgrade(url, before_cases())
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        yield url, connection


def before_cases():
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(migrations._config())
    return script.get_revision("0008").down_revision


def test_open_cases_get_their_days(old):
    url, connection = old
    connection.execute(
        "INSERT INTO residents (county_code, id, division_code, document_kind, id_token, name, pinyin, initials, sex,"
        " birth_date, hukou_kind, is_student, employee_insured, dibao, wubao, land_taken, source_id)"
        " SELECT 440783, 4407830000000100 + n, 440783001210, 'resident_id', gen_random_uuid(), '某', 'mou', 'm', 'male',"
        " '1970-01-01', 'rural', false, false, false, false, false, 1 FROM generate_series(1, 7) AS n"
    )
    for case_id, state, round_number, applied_on, decided, *_ in CASES:
        connection.execute(
            "INSERT INTO enrolments (county_code, id, resident_id, division_code, tier_fen, applied_on, state, round,"
            " created_by_id) VALUES (440783, %s, %s, 440783001210, 10000, %s, %s, %s, 9)",
            [case_id, 4407830000000100 + case_id, applied_on, state, round_number],
        )
        steps = ("village_check", "township_review", "county_approval")
        for number, day in enumerate(decided):
            decision = "return" if state == "returned" else "approve"
            connection.execute(
                "INSERT INTO enrolment_decisions (county_code, id, enrolment_id, division_code, round, step, decision,"
                " decided_by_id, decided_on) VALUES (440783, %s, %s, 440783001210, 1, %s, %s, %s, %s)",
                [case_id * 10 + number, case_id, steps[number], decision, 20 + number, day],
            )
    migrations.upgrade(url)
    found = connection.execute("SELECT id, since_on::text, due_on::text FROM enrolments ORDER BY id").fetchall()
    assert found == [(case_id, since, due) for case_id, *_, since, due in CASES]
    connection.execute("UPDATE enrolments SET state = 'withdrawn', due_on = NULL WHERE id = 1")
    connection.execute(
        "INSERT INTO enrolments (county_code, id, resident_id, division_code, tier_fen, applied_on, state, created_by_id)"
        " VALUES (440783, 8, 4407830000000101, 440783001210, 10000, '2011-03-21', 'county_approved', 9)"
    )
    migrations.downgrade(url, before_cases())
    states = dict(connection.execute("SELECT id, state FROM enrolments").fetchall())
    assert states == {case[0]: case[1] for case in CASES} | {1: "rejected", 8: "county_approved"}
