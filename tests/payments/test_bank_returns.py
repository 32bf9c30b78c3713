"""A bank's answer is booked whole or not at all, and never twice."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from api.errors import DomainError, NotFound
from api.policy.money import BySource
from api.services import payment_files, payment_returns, payment_runs, two_persons
from api.vocabulary import RunState
from tests import factories
from tests.payments.worlds import Office, lines_of, pensioner

OCT = date(2010, 10, 1)


@pytest.fixture
def sent(session):
    """A run of four people that the bank has not answered."""
    office = Office.of(session)
    for _ in range(4):
        pensioner(session, award=BySource(20_000, 0, 3_000))
    run = office.compute(OCT)
    office.approve(run)
    office.release(run)
    return office, run


def books(session):
    rows = session.execute(
        text("SELECT fund_account, sum(debit_fen - credit_fen) AS fen FROM fund_lines GROUP BY 1 ORDER BY 1")
    )
    return {row.fund_account: int(row.fen) for row in rows}


def rewritten(files, change):
    """The success file with its rows changed."""
    (name, content), *_ = files
    rows = [row.split("|") for row in content.decode("gb18030").split("\r\n") if row]
    return [(name, "".join("|".join(row) + "\r\n" for row in change(rows)).encode("gb18030"))]


def other(rows, place, value):
    rows[1][place] = value
    return rows


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda rows: other(rows, 4, "44078320101000000099"), "other_file"),
        (lambda rows: other(rows, 4, "NONSENSE"), "unknown"),
        (lambda rows: other(rows, 3, "57.01"), "other_amount"),
        (lambda rows: other(rows, 1, "李四"), "other_person"),
        (lambda rows: other(rows, 2, "440783195001011234"), "other_person"),
        (lambda rows: other(rows, 0, "4407830000000999"), "other_person"),
        (lambda rows: [*rows, rows[0]], "duplicate_document_number"),
        (lambda rows: [*rows, ["一行", "不全"]], "bad_field_count"),
    ],
)
def test_one_bad_line_refuses_the_whole_answer(session, sent, change, code):
    office, run = sent
    before = books(session)
    with pytest.raises(payment_returns.ReturnRefused) as refusal:
        office.load(run, rewritten(office.answers(run), change))
    assert code in {line.code for line in refusal.value.lines}
    assert books(session) == before
    assert session.execute(text("SELECT count(*) FROM bank_returns")).scalar() == 0
    office.load(run, office.answers(run))
    assert run.state == RunState.CLOSED


def test_the_same_bytes_again_have_no_effect(session, sent):
    office, run = sent
    files = office.answers(run)
    first = office.load(run, files)
    after = books(session)
    again = office.load(run, files)
    assert again.repeated
    assert [one.id for one in again.returns] == [one.id for one in first.returns]
    assert books(session) == after
    assert after["in_transit"] == 0


def test_answers_in_parts_close_the_run_only_when_every_line_is_covered(session, sent):
    office, run = sent
    office.refuse = lambda line: line.seq == 2
    success, failure = office.answers(run)
    office.load(run, [success])
    assert run.state == RunState.SENT
    assert books(session)["in_transit"] == lines_of(session, run)[1].amount_fen
    contradiction = (failure[0], success[1].replace(b"\r\n", "|账号不存在\r\n".encode("gb18030")))
    with pytest.raises(payment_returns.ReturnRefused) as refusal:
        office.load(run, [contradiction])
    assert {line.code for line in refusal.value.lines} == {"repeated"}
    office.load(run, [failure])
    assert run.state == RunState.CLOSED
    assert books(session)["in_transit"] == 0


def test_a_closed_run_takes_no_other_answer(session, sent):
    office, run = sent
    office.load(run, office.answers(run))
    name = office.answers(run)[0][0].replace("_S", "_F")
    with pytest.raises(DomainError):
        office.load(run, [(name, b"")])


def test_a_month_without_failures_has_an_empty_failure_file_and_so_has_the_next(session, sent):
    office, run = sent
    for month in (OCT, date(2010, 11, 1)):
        if month != OCT:
            run = office.compute(month)
            office.approve(run)
            office.release(run)
        name, content = office.answers(run)[0]
        office.load(run, [(name.replace("_S", "_F"), b""), (name, content)])
        assert run.state == RunState.CLOSED


def test_files_are_the_same_bytes_again_and_only_a_third_person_releases(session):
    office = Office.of(session)
    pensioner(session, name="欧阳\U00020164")
    run = office.compute(OCT)
    with pytest.raises(payment_runs.RunStateUnfit):
        office.release(run)
    office.approve(run)
    for actor in (office.clerk, office.reviewer):
        with pytest.raises(two_persons.SamePerson):
            payment_files.release(session, actor=actor, keyring=factories.KEYRING, run_id=run.id, today=OCT)
    first = office.release(run)
    again = office.release(run)
    assert [one.id for one in first] == [one.id for one in again]
    made = payment_files.download(
        session, actor=office.finance, keyring=factories.KEYRING, run_id=run.id, file_id=first[0].id
    )
    cells = made.content.decode("gb18030").rstrip("\r\n").split("|")
    assert cells[1] == "欧阳\U00020164"
    assert cells[3] == "55.00"
    assert cells[4] == "44078320101000000001"
    assert len(cells[2]) == 18
    assert cells[5].startswith("62284804")
    with pytest.raises(NotFound):
        payment_files.download(
            session, actor=office.finance, keyring=factories.KEYRING, run_id=run.id, file_id=4407830000000001
        )
