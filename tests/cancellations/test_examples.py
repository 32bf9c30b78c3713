"""Examples A11 to A14 to the fen: through real contributions, interest, awards and runs, then P3 over HTTP."""

from __future__ import annotations

from datetime import date

from sqlalchemy import text

from api.database import system_actor
from tests.cancellations.worlds import API, COUNTY, a9_drawing, a13_person, done, key, match, run_check, verified
from tests.payments.worlds import Office


def facts_of(database, table, resident_id):
    with database.read_snapshot(system_actor(COUNTY)) as session:
        return session.execute(text(f"SELECT * FROM {table} WHERE resident_id = :id"), {"id": resident_id}).all()


def pool_and_payable(database):
    with database.read_snapshot(system_actor(COUNTY)) as session:
        query = text(
            "SELECT fund_account, sum(debit_fen - credit_fen)::bigint FROM fund_lines "
            "WHERE fund_account IN ('pool', 'settlement_payable', 'recovery_receivable') GROUP BY fund_account"
        )
        return dict(session.execute(query).all())


def test_a13_death_before_60(story):
    desk, database = story, story.database
    person = a13_person(database)
    case, sheet = desk.whole(person, date(2012, 10, 12), event_on="2012-09-20")
    assert sheet["interest"] == {"personal": "14.14", "collective": "1.33", "gov": "2.13"}
    assert sheet["balance"] == {"personal": "719.34", "collective": "52.02", "gov": "93.37"}
    assert (sheet["refund"], sheet["retained"], sheet["payable"]) == ("771.36", "93.37", "771.36")
    assert (sheet["state"], case["state"], case["account_state"], case["balance"]) == (
        "paid",
        "archived",
        "closed",
        "0.00",
    )
    assert case["resident_status"] == "dead"
    assert [row.state for row in facts_of(database, "enrolments", person)] == ["terminated"]
    assert pool_and_payable(database) == {"pool": -9_337, "settlement_payable": 0}
    assert verified(database) == {}


def test_a11_death_mid_month_while_drawing(story):
    desk, database = story, story.database
    person = a9_drawing(database, until=date(2016, 3, 1))
    case, sheet = desk.whole(person, date(2016, 4, 6), event_on="2016-03-14")
    assert sheet["interest"] == {"personal": "5.58", "collective": "0.00", "gov": "0.70"}
    assert sheet["balance"] == {"personal": "1470.79", "collective": "0.00", "gov": "183.51"}
    assert (sheet["retained"], sheet["payable"], sheet["overpaid"], sheet["owed"]) == (
        "0.00",
        "1654.30",
        "0.00",
        "0.00",
    )
    [benefit] = facts_of(database, "benefits", person)
    assert (benefit.state, benefit.end_month, benefit.state_reason) == ("terminated", date(2016, 3, 1), "death")
    assert case["claim_until"] == "2016-05-13"
    assert verified(database) == {}


def test_a12_overpayment_is_set_off_with_consent(story):
    desk, database = story, story.database
    person = a9_drawing(database, until=date(2016, 5, 1))
    desk.turn(date(2016, 6, 3))
    case = done(desk.hand_in(person, event_on="2016-03-14", set_off_agreed=True))
    case = desk.approve_case(case)
    assert run_check(database, "30_nothing_after_death") == 2
    sheet = done(desk.compute(case))
    assert [one["month"] for one in sheet["overpaid_months"]] == ["2016-04", "2016-05"]
    assert (sheet["overpaid"], sheet["overpaid_from_account"], sheet["overpaid_from_fund"]) == (
        "245.00",
        "25.00",
        "220.00",
    )
    assert (sheet["refund"], sheet["set_off"], sheet["payable"]) == ("1654.30", "245.00", "1409.30")
    assert run_check(database, "30_nothing_after_death") == 2
    sheet = done(desk.approve(sheet))
    assert run_check(database, "30_nothing_after_death") == 0
    assert (sheet["recovery"]["state"], sheet["recovery"]["open"]) == ("set_off", "0.00")
    sheet = done(desk.pay(sheet, "2016-06-03"))
    # Nine months of 110.00 and 100.00 were rightly paid by the pool; April and May came back.
    assert pool_and_payable(database)["pool"] == 6 * 10_000 + 3 * 11_000
    assert pool_and_payable(database)["settlement_payable"] == 0
    assert verified(database) == {}


def test_a12_without_consent_is_paid_in_full_and_recovered_later(story):
    desk, database = story, story.database
    person = a9_drawing(database, until=date(2016, 5, 1))
    _, sheet = desk.whole(person, date(2016, 6, 3), event_on="2016-03-14")
    assert (sheet["payable"], sheet["set_off"], sheet["state"]) == ("1654.30", "0.00", "paid")
    [recovery] = done(desk.people.county.get(f"{API}/recoveries", params={"state": "open"}))["items"]
    assert (recovery["total"], recovery["open"], recovery["first_month"]) == ("245.00", "245.00", "2016-04")
    assert pool_and_payable(database)["recovery_receivable"] == 24_500
    assert verified(database) == {}
    path = f"{API}/recoveries/{recovery['id']}/repayments"
    body = {"bank_reference": "TH1", "repaid_on": "2016-06-03"}
    assert desk.people.county.post(path, json=body, headers=match(recovery) | key()).status_code == 403
    same = key()
    back = done(desk.people.finance.post(path, json=body, headers=match(recovery) | same))
    assert (back["state"], back["repaid"], back["open"]) == ("repaid", "245.00", "0.00")
    again = desk.people.finance.post(path, json=body, headers=match(recovery) | same)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert desk.people.finance.post(path, json=body, headers=match(back) | key()).json()["code"] == "recovery-not-open"
    assert pool_and_payable(database)["recovery_receivable"] == 0
    assert verified(database) == {}


def test_a14_a_raise_is_paid_back_to_the_heirs(story):
    """Paid January to June 2018 at 120.00; died in June; the raise to 148.00 is announced in October: 6 x 28.00."""
    desk, database = story, story.database
    person = a9_drawing(database, until=date(2018, 6, 1))
    case, first = desk.whole(person, date(2018, 7, 5), event_on="2018-06-10")
    assert (first["owed"], first["is_supplement"]) == ("0.00", False)
    assert desk.compute(case).json()["code"] == "nothing-to-settle"
    with database.unit_of_work(system_actor(COUNTY)) as session:
        run = Office.of(session).month(date(2018, 10, 1))
        assert run.line_count == 0
    desk.turn(date(2018, 10, 20))
    sheet = done(desk.compute(case))
    assert (sheet["owed"], sheet["payable"], sheet["is_supplement"]) == ("168.00", "168.00", True)
    assert [one["basic"] for one in sheet["owed_months"]] == ["28.00"] * 6
    assert verified(database) == {}
    sheet = done(desk.pay(done(desk.approve(sheet)), "2018-10-20"))
    assert sheet["state"] == "paid"
    assert desk.compute(case).json()["code"] == "nothing-to-settle"
    assert verified(database) == {}


def test_a14_in_one_settlement_when_the_death_is_settled_late(story):
    desk, database = story, story.database
    person = a9_drawing(database, until=date(2018, 6, 1))
    _, sheet = desk.whole(person, date(2018, 10, 20), event_on="2018-06-10")
    assert (sheet["owed"], sheet["overpaid"]) == ("168.00", "0.00")
    assert float(sheet["payable"]) == float(sheet["refund"]) + 168.00
    assert verified(database) == {}
