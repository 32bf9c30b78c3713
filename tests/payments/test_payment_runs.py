"""A month from computing to the bank's answer, through the services, on a real PostgreSQL."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from api.policy.money import BySource
from api.services import payment_runs, two_persons
from api.vocabulary import BenefitState, ResidentStatus, RunState
from tests.payments.worlds import Office, lines_of, pensioner

OCT, NOV, DEC = date(2010, 10, 1), date(2010, 11, 1), date(2010, 12, 1)


@pytest.fixture
def office(session):
    return Office.of(session)


def exceptions(session, run):
    rows = session.execute(
        text("SELECT resident_id, code FROM payment_exceptions WHERE run_id = :id ORDER BY 1, 2"), {"id": run.id}
    )
    return [tuple(row) for row in rows]


def test_a6_launch_cohort_receives_165_yuan_in_the_last_quarter_of_2010(session, office):
    person = pensioner(session)
    paid = sum(line.amount_fen for month in (OCT, NOV, DEC) for line in lines_of(session, office.month(month)))
    assert paid == 16_500
    account = session.execute(
        text("SELECT sum(fund_fen), count(*) FROM account_lines WHERE resident_id = :id"), {"id": person.id}
    ).one()
    assert tuple(account) == (16_500, 3)


def test_missed_months_come_with_the_next_run_and_each_once(session, office):
    late = pensioner(session, start=OCT)
    run = office.month(DEC)
    assert [(line.month, line.amount_fen) for line in lines_of(session, run)] == [(OCT, 5500), (NOV, 5500), (DEC, 5500)]
    assert (late.id, "several_months") in exceptions(session, run)
    january = office.month(date(2011, 1, 1))
    assert [line.month for line in lines_of(session, january)] == [date(2011, 1, 1)]


def test_a_late_award_catches_up_while_others_receive_one_month(session, office):
    early = pensioner(session, start=OCT)
    office.month(OCT)
    late = pensioner(session, start=OCT)
    run = office.month(NOV)
    found = sorted((line.resident_id, line.month) for line in lines_of(session, run))
    assert found == sorted([(early.id, NOV), (late.id, OCT), (late.id, NOV)])
    assert (late.id, "new") in exceptions(session, run)


def test_nothing_is_paid_while_suspended_nor_after_the_month_of_death(session, office):
    suspended = pensioner(session, state=BenefitState.SUSPENDED, benefit={"state_on": OCT})
    dead = pensioner(session, status=ResidentStatus.DEAD, status_on=date(2010, 10, 5))
    october = office.month(OCT)
    assert [line.resident_id for line in lines_of(session, october)] == [dead.id]
    november = office.month(NOV)
    assert lines_of(session, november) == []
    assert exceptions(session, november) == sorted([(suspended.id, "suspended"), (dead.id, "dead"), (dead.id, "gone")])


def test_without_a_bank_account_the_month_is_owed_and_paid_once_there_is_one(session, office):
    person = pensioner(session, bank_account=None)
    october = office.month(OCT)
    assert lines_of(session, october) == []
    assert exceptions(session, october) == [(person.id, "no_bank_account")]
    session.execute(
        text(
            "UPDATE residents SET bank_account_sealed = (SELECT bank_account_sealed FROM residents WHERE id = :other)"
            " WHERE id = :id"
        ),
        {"id": person.id, "other": pensioner(session, start=date(2012, 1, 1)).id},
    )
    run = office.compute(NOV)
    assert [line.month for line in lines_of(session, run)] == [OCT, NOV]


def test_a_refused_payment_comes_back_and_is_paid_with_the_next_run(session, office):
    award = BySource(154_438, 0, 19_269)
    person = pensioner(session, award=award)
    office.refuse = lambda line: True
    october = office.month(OCT)
    assert (
        session.execute(text("SELECT personal_fen FROM accounts WHERE resident_id = :i"), {"i": person.id}).scalar()
        == 154_438
    )
    office.refuse = lambda line: False
    november = office.month(NOV)
    lines = lines_of(session, november)
    assert [(line.month, line.personal_fen, line.gov_fen) for line in lines] == [(OCT, 1111, 139), (NOV, 1112, 138)]
    books = session.execute(
        text("SELECT fund_account, sum(debit_fen - credit_fen) FROM fund_lines GROUP BY 1 ORDER BY 1")
    ).all()
    assert dict(map(tuple, books))["in_transit"] == 0
    assert dict(map(tuple, books))["expenditure_account"] == -2 * (5500 + 1250)
    assert october.state == november.state == RunState.CLOSED


def test_a10_debits_follow_the_composition_at_award(session, office):
    pensioner(session, award=BySource(154_438, 0, 19_269))
    runs = [office.month(month) for month in (OCT, NOV, DEC)]
    debits = [(line.personal_fen, line.gov_fen) for run in runs for line in lines_of(session, run)]
    assert debits == [(1111, 139), (1112, 138), (1111, 139)]


def test_a20_an_empty_account_is_carried_on_by_the_fund(session, office):
    pensioner(session, award=BySource(225_000), balance=BySource(1_578), start=OCT)
    line = lines_of(session, office.month(OCT))[0]
    assert (line.account_fen, line.personal_fen, line.fund_fen) == (1619, 1578, 5500 + 41)
    line = lines_of(session, office.month(NOV))[0]
    assert (line.account_fen, line.personal_fen, line.fund_fen) == (1619, 0, 5500 + 1619)


def test_a15_suspended_months_are_paid_back_on_resumption_after_the_cut_off(session, office):
    person = pensioner(session)
    office.month(OCT)
    session.execute(text("UPDATE benefits SET state = 'suspended' WHERE resident_id = :i"), {"i": person.id})
    office.month(NOV)
    session.execute(
        text("UPDATE benefits SET state = 'active', state_on = '2010-12-11' WHERE resident_id = :i"), {"i": person.id}
    )
    december = office.month(DEC)
    assert exceptions(session, december) == [(person.id, "resumed_after_cut_off")]
    january = office.month(date(2011, 1, 1))
    assert [line.month for line in lines_of(session, january)] == [NOV, DEC, date(2011, 1, 1)]


def test_a14_a_raised_pension_is_paid_back_for_the_months_already_paid(session, office, monkeypatch):
    pensioner(session, start=OCT)
    office.month(OCT)
    office.month(NOV)
    real = payment_runs.basic_pensions
    monkeypatch.setattr(payment_runs, "basic_pensions", lambda *place: dict.fromkeys(real(*place), 8300))
    run = office.month(DEC)
    found = [(line.month, line.kind.value, line.amount_fen) for line in lines_of(session, run)]
    assert found == [(OCT, "back_pay", 2800), (NOV, "back_pay", 2800), (DEC, "regular", 8300)]
    january = office.month(date(2011, 1, 1))
    assert [line.amount_fen for line in lines_of(session, january)] == [8300]


def test_a14_the_raise_of_2018_comes_in_october_with_nine_months_of_difference(session, office):
    pensioner(session, start=date(2018, 1, 1))
    september = office.month(date(2018, 9, 1))
    assert {line.amount_fen for line in lines_of(session, september)} == {12000}
    october = office.month(date(2018, 10, 1))
    found = [(line.kind.value, line.amount_fen) for line in lines_of(session, october)]
    assert found == [("back_pay", 2800)] * 9 + [("regular", 14800)]
    assert october.total_fen == 25200 + 14800


def test_prison_between_computing_and_approval_stops_the_run_from_the_month_after(session, office):
    person = pensioner(session)
    office.month(OCT)
    run = office.compute(NOV)
    change = "UPDATE benefits SET state = 'stopped', state_reason = 'prison', state_on = :on WHERE resident_id = :i"
    session.execute(text(change), {"i": person.id, "on": date(2010, 10, 20)})
    with pytest.raises(payment_runs.ContentChanged, match=str(person.id)):
        office.approve(run)
    # The month of imprisonment itself is paid.
    session.execute(text(change), {"i": person.id, "on": date(2010, 11, 20)})
    office.approve(run)


def test_maker_cannot_approve_and_a_changed_line_cannot_be_approved(session, office):
    pensioner(session)
    run = office.compute(OCT)
    with pytest.raises(two_persons.SamePerson):
        payment_runs.approve(
            session, actor=office.clerk, run_id=run.id, given_hash=run.content_hash, expected_version=run.version
        )
    with pytest.raises(payment_runs.ContentChanged):
        payment_runs.approve(
            session, actor=office.reviewer, run_id=run.id, given_hash="0" * 64, expected_version=run.version
        )


def test_a_death_between_computing_and_approval_stops_the_run(session, office):
    person = pensioner(session)
    run = office.compute(NOV)
    session.execute(
        text("UPDATE residents SET status = 'dead', status_on = '2010-10-20' WHERE id = :i"), {"i": person.id}
    )
    with pytest.raises(payment_runs.ContentChanged, match=str(person.id)):
        office.approve(run)


def test_a_discarded_run_frees_its_month_and_its_dues(session, office):
    pensioner(session)
    run = office.compute(OCT)
    with pytest.raises(payment_runs.PaymentRunExists):
        office.compute(OCT)
    payment_runs.discard(session, actor=office.clerk, run_id=run.id, reason="重算", expected_version=run.version)
    again = office.month(OCT)
    assert [line.amount_fen for line in lines_of(session, again)] == [5500]


def test_the_next_month_waits_until_the_bank_has_answered(session, office):
    pensioner(session)
    run = office.compute(OCT)
    office.approve(run)
    office.release(run)
    with pytest.raises(payment_runs.PreviousRunOpen):
        office.compute(NOV)
