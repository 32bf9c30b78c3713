"""What a settlement meets in the books: late reports, late money, months that never arrived, runs, and tampering."""

from __future__ import annotations

from datetime import date

import psycopg
from sqlalchemy import text

from api.database import DatabaseRole, load_sql, system_actor
from api.models import Resident
from api.policy.money import BySource
from api.services import awards, interest_runs, verification
from api.vocabulary import Decision, RoleName
from tests import factories
from tests.benefits.worlds import contribute, house, post_interest
from tests.cancellations.worlds import API, COUNTY, a9_drawing, done, key, match, refused, verified
from tests.payments.worlds import Office


def sql(database, statement, **values):
    with database.unit_of_work(system_actor(COUNTY)) as session:
        result = session.execute(text(statement), values)
        return result.all() if result.returns_rows else None


def balance(database, account):
    query = "SELECT coalesce(sum(debit_fen - credit_fen), 0)::bigint FROM fund_lines WHERE fund_account = :account"
    return sql(database, query, account=account)[0][0]


def insured(database, *years, **facts):
    """Somebody who paid 100.00 + 30.00 each October, with the interest of each year."""
    with database.unit_of_work(system_actor(COUNTY)) as session:
        person = factories.make_resident(
            session, **({"birth_date": date(1965, 4, 5), "household": factories.make_household(session)} | facts)
        )
        factories.enrol(session, person)
        for year in years:
            contribute(session, person, year, date(year, 10, 10), BySource(10_000, 0, 3_000))
            post_interest(session, person, year)
        return person.id


def test_interest_of_the_time_after_a_death_reported_late_goes_back(desk, database):
    """Died in November 2010; the interest of 2010 and 2011 was posted before anybody knew."""
    person = insured(database, 2010)
    with database.unit_of_work(system_actor(COUNTY)) as session:
        post_interest(session, session.get(Resident, (440783, person)), 2011)
    before = balance(database, "interest_receivable")
    _, sheet = desk.whole(person, date(2012, 2, 20), event_on="2010-11-20")
    # One month of 2.25 % on 100.00 and 30.00; what was posted: 0.38 + 2.76 and 0.11 + 0.83.
    assert sheet["interest"] == {"personal": "0.19", "collective": "0.00", "gov": "0.06"}
    assert sheet["interest_withdrawn"] == {"personal": "2.95", "collective": "0.00", "gov": "0.88"}
    assert (sheet["refund"], sheet["retained"]) == ("100.19", "30.06")
    assert balance(database, "interest_receivable") == before - 383
    assert verified(database) == {}


def test_what_was_paid_after_the_event_is_returned_and_its_subsidy_goes_back(desk, database):
    person = insured(database, 2010)
    with database.unit_of_work(system_actor(COUNTY)) as session:
        contribute(
            session, session.get(Resident, (440783, person)), 2011, date(2011, 3, 20), BySource(10_000, 0, 3_000)
        )
    subsidy = balance(database, "subsidy_receivable")
    _, sheet = desk.whole(person, date(2011, 3, 31), event_on="2011-02-10")
    assert (sheet["late_returned"], sheet["late_subsidy_returned"]) == ("100.00", "30.00")
    assert sheet["balance"] == {"personal": "100.84", "collective": "0.00", "gov": "30.25"}
    assert sheet["payable"] == "200.84"
    assert balance(database, "subsidy_receivable") == subsidy - 3_000
    assert verified(database) == {}


def test_a_collectives_late_money_is_reversed_first_even_after_the_year_is_closed(desk, database):
    person = insured(database, 2010)
    body = {
        "resident_id": str(person), "contribution_year": 2011, "kind": "collective", "amount": "50.00",
        "paid_on": "2011-03-20", "channel": "bank_transfer",
    }  # fmt: skip
    paid = done(desk.people.clerk.post(f"{API}/contributions", json=body, headers=key()))
    with database.unit_of_work(system_actor(COUNTY)) as session:
        post_interest(session, session.get(Resident, (440783, person)), 2011)
    desk.turn(date(2012, 2, 1))
    case = desk.approve_case(done(desk.hand_in(person, event_on="2011-02-10")))
    assert refused(desk.compute(case)) == (409, "collective-after-event")
    path = f"{API}/contributions/{paid['id']}/reversals"
    done(desk.people.county_clerk.post(path, json={"reason": "死亡后补助"}, headers=match(paid) | key()))
    sheet = done(desk.pay(done(desk.approve(done(desk.compute(case)))), "2012-02-01"))
    assert sheet["refund"] == "100.84"
    assert verified(database) == {}


def test_without_last_years_interest_nothing_is_settled(desk, database):
    with database.unit_of_work(system_actor(COUNTY)) as session:
        person = factories.make_resident(session, birth_date=date(1965, 4, 5))
        factories.enrol(session, person)
        contribute(session, person, 2010, date(2010, 10, 10), BySource(10_000, 0, 3_000))
        resident_id = person.id
    case = desk.approve_case(done(desk.hand_in(resident_id)))
    assert refused(desk.compute(case)) == (409, "interest-not-posted")


def test_an_empty_account_closes_with_the_approval_and_opens_again_when_undone(desk, database):
    person = insured(database)
    case = desk.approve_case(done(desk.hand_in(person, payee=None)))
    sheet = done(desk.approve(done(desk.compute(case))))
    assert (sheet["state"], sheet["payable"], desk.case(case)["state"]) == ("closed", "0.00", "archived")
    assert sql(database, "SELECT state FROM enrolments WHERE resident_id = :id", id=person)[0][0] == "terminated"
    assert verified(database) == {}
    assert refused(desk.discard(sheet, desk.people.county)) == (409, "same-person")
    assert done(desk.discard(sheet, desk.people.other_county))["state"] == "reversed"
    assert sql(database, "SELECT state FROM enrolments WHERE resident_id = :id", id=person)[0][0] == "county_approved"
    case = desk.case(case)
    assert (case["state"], case["account_state"]) == ("county_approved", "open")
    path = f"{API}/cancellations/{case['id']}/revocations"
    done(desk.people.other_county.post(path, json={"reason": "误报"}, headers=match(case)))
    assert verified(database) == {}


def test_only_what_government_retains_closes_without_a_payment(desk, database):
    with database.unit_of_work(system_actor(COUNTY)) as session:
        person = factories.make_resident(session, birth_date=date(1965, 4, 5), disability_grade=1)
        factories.enrol(session, person)
        contribute(session, person, 2010, date(2010, 10, 10), BySource(0, 0, 13_000))
        post_interest(session, person, 2010)
        resident_id = person.id
    case = desk.approve_case(done(desk.hand_in(resident_id, payee=None)))
    sheet = done(desk.approve(done(desk.compute(case))))
    assert (sheet["state"], sheet["retained"], sheet["payable"]) == ("closed", "131.39", "0.00")
    assert verified(database) == {}


def test_months_that_never_arrived_are_paid_with_the_settlement_and_by_no_run(story):
    """No bank account was ever on record: October and November 2010 wait as open dues when the person dies."""
    desk, database = story, story.database
    with database.unit_of_work(system_actor(COUNTY)) as session:
        elder, _ = house(session)
        office = Office.of(session)
        award = awards.propose(session, actor=office.clerk, resident_id=elder.id, today=date(2010, 10, 5))
        awards.decide(
            session, actor=office.reviewer, award_id=award.id, decision=Decision.APPROVE, opinion=None,
            expected_version=award.version, today=date(2010, 10, 6),
        )  # fmt: skip
        session.execute(text("UPDATE residents SET bank_account_sealed = NULL, bank_account_index = NULL"))
        office.month(date(2010, 11, 1))
        elder_id = elder.id
    desk.turn(date(2010, 12, 1))
    case = desk.approve_case(done(desk.hand_in(elder_id, event_on="2010-11-28")))
    sheet = done(desk.compute(case))
    assert [(one["month"], one["basic"]) for one in sheet["owed_months"]] == [
        ("2010-10", "55.00"),
        ("2010-11", "55.00"),
    ]
    assert (sheet["owed"], sheet["payable"]) == ("110.00", "110.00")
    sheet = done(desk.approve(sheet))
    assert verified(database) == {}
    with database.unit_of_work(system_actor(COUNTY)) as session:
        assert Office.of(session).month(date(2010, 12, 1)).line_count == 0
    done(desk.pay(sheet, "2010-12-01"))
    path = f"{API}/residents/{elder_id}/payments"
    assert done(desk.people.county.get(path, params={"month": "2010-10"}))["code"] == "in_settlement"
    assert verified(database) == {}


def test_runs_leave_out_the_time_after_the_event_and_pay_it_back_when_it_was_wrong(story):
    desk, database = story, story.database
    person = a9_drawing(database, until=date(2015, 8, 1))
    desk.turn(date(2015, 9, 2))
    case = done(
        desk.hand_in(
            person, reason="settled_abroad", proof="residence_abroad", payee={"relation": "self"}, event_on="2015-08-20"
        )
    )
    with database.unit_of_work(system_actor(COUNTY)) as session:
        assert Office.of(session).month(date(2015, 9, 1)).line_count == 0
    found = done(desk.people.county.get(f"{API}/residents/{person}/payments", params={"month": "2015-09"}))
    assert found["code"] == "cancelled"
    path = f"{API}/cancellations/{case['id']}/withdrawals"
    done(desk.people.village.post(path, headers=match(case)))
    with database.unit_of_work(system_actor(COUNTY)) as session:
        assert Office.of(session).month(date(2015, 10, 1)).line_count == 2
    assert verified(database) == {}


def test_a_run_in_flight_is_settled_first_and_one_that_is_only_computed_is_outdated(story):
    desk, database = story, story.database
    person = a9_drawing(database, until=date(2015, 8, 1))
    desk.turn(date(2015, 9, 13))
    with database.unit_of_work(system_actor(COUNTY)) as session:
        run = Office.of(session).compute(date(2015, 9, 1))
        run_id, version, content = run.id, run.version, run.content_hash
    case = done(
        desk.hand_in(
            person, reason="other_pension", proof="other_scheme", payee={"relation": "self"}, event_on="2015-08-20"
        )
    )
    case = desk.approve_case(case)
    assert "payment_run" in [one["kind"] for one in case["conflicts"]]
    assert refused(desk.compute(case)) == (409, "payment-in-flight")
    path = f"{API}/payment-runs/{run_id}"
    answer = desk.people.county.post(
        f"{path}/approvals", json={"content_hash": content}, headers={"If-Match": f'"{version}"'}
    )
    assert refused(answer) == (409, "content-changed")
    done(
        desk.people.county_clerk.post(f"{path}/discards", json={"reason": "重算"}, headers={"If-Match": f'"{version}"'})
    )
    sheet = done(desk.compute(case))
    assert (sheet["overpaid"], sheet["owed"]) == ("0.00", "0.00")
    done(desk.pay(done(desk.approve(sheet)), "2015-09-13"))
    [benefit] = sql(database, "SELECT state, state_reason, end_month FROM benefits WHERE resident_id = :id", id=person)
    assert tuple(benefit) == ("terminated", "other_pension", date(2015, 8, 1))
    assert verified(database) == {}


def test_reversing_uncovers_the_months_again(story):
    desk, database = story, story.database
    person = a9_drawing(database, until=date(2016, 5, 1))
    desk.turn(date(2016, 6, 3))
    case = desk.approve_case(done(desk.hand_in(person, event_on="2016-03-14", set_off_agreed=True)))
    sheet = done(desk.approve(done(desk.compute(case))))
    assert verified(database) == {}
    sheet = done(desk.discard(sheet, desk.people.other_county))
    assert (sheet["state"], sheet["recovery"]["state"]) == ("reversed", "cancelled")
    assert set(verified(database)) == {"nothing_after_death"}
    again = done(desk.compute(case))
    assert (again["refund"], again["payable"]) == ("1654.30", "1409.30")
    done(desk.pay(done(desk.approve(again)), "2016-06-03"))
    assert verified(database) == {}


def test_no_interest_run_touches_a_closed_account(story):
    desk, database = story, story.database
    ended, staying = insured(database, 2010), insured(database, 2010)
    for one in (ended, staying):
        with database.unit_of_work(system_actor(COUNTY)) as session:
            contribute(session, session.get(Resident, (440783, one)), 2011, date(2011, 1, 20), BySource(10_000))
    desk.whole(ended, date(2011, 3, 31), event_on="2011-02-10")
    with database.unit_of_work(system_actor(COUNTY)) as session:
        clerk = factories.make_actor(session, RoleName.COUNTY_CLERK)
        run = interest_runs.compute(session, actor=clerk, county_code=440783, year=2011, today=date(2012, 1, 5))
        assert run.row_count == 1
    rows = sql(database, "SELECT interest_through, personal_fen FROM accounts WHERE resident_id = :id", id=ended)
    assert [tuple(row) for row in rows] == [(date(2011, 2, 28), 0)]


TAMPER = {
    "60_cancellations_three_persons": [
        "ALTER TABLE cancellation_decisions DROP CONSTRAINT uq_cancellation_decisions_person",
        "UPDATE cancellation_decisions SET decided_by_id = 5",
    ],
    "61_settlements_in_ledger": [
        "UPDATE fund_lines SET credit_fen = credit_fen + 1 WHERE fund_account = 'settlement_payable' AND credit_fen > 0"
    ],
    "62_ended_after_payment": ["UPDATE enrolments SET state = 'county_approved' WHERE state = 'terminated'",
                               "UPDATE settlements SET state = 'reversed', paid_by_id = NULL, paid_on = NULL, bank_reference = NULL"],
    "63_recoveries_equal_lines": ["UPDATE recoveries SET basic_fen = basic_fen + 1, state = 'open'"],
    "64_payable_and_receivable": [
        "UPDATE fund_lines SET debit_fen = debit_fen + 1 WHERE fund_account = 'settlement_payable' AND debit_fen > 0"
    ],
    "30_nothing_after_death": ["UPDATE payment_dues SET recovery_id = NULL"],
    "08_two_persons_decide": [
        "ALTER TABLE settlements DROP CONSTRAINT ck_settlements_third_person_pays",
        "UPDATE settlements SET paid_by_id = approved_by_id",
    ],
    "03_account_lines_equal_control": [
        "UPDATE account_lines SET personal_fen = personal_fen + 1 WHERE journal_id IN (SELECT journal_id FROM settlements)"
    ],
}  # fmt: skip


def test_every_tampering_with_a_settlement_is_found(story):
    desk, database = story, story.database
    person = a9_drawing(database, until=date(2016, 5, 1))
    desk.whole(person, date(2016, 6, 3), event_on="2016-03-14", set_off_agreed=True)
    assert verified(database) == {}
    url = database.url.replace("+psycopg", "")
    for name, statements in TAMPER.items():
        with psycopg.connect(url) as connection:
            for statement in statements:
                assert connection.execute(statement).rowcount != 0, (name, statement)
            query = f"SELECT count(*) FROM ({load_sql('verification', name)}) AS violations"
            assert connection.execute(query).fetchone()[0] > 0, name
            connection.rollback()
    with database.read_snapshot(system_actor(COUNTY), role=DatabaseRole.WIDE) as session:
        assert verification.run_check(session, "61_settlements_in_ledger").ok
