"""补缴 and 趸缴 of several years in one sum, over HTTP: all or nothing, one receipt, each year reversible by itself."""

from __future__ import annotations

import uuid
from datetime import date

import pytest
from sqlalchemy import text

from api.database import system_actor
from api.models import Receipt
from api.services import receipt_prints
from api.vocabulary import RoleName
from tests import factories
from tests.cancellations.worlds import run_check
from tests.ledger_facts import assert_ledger_holds

BASE = "/api/v1/contributions"
COUNTY = 440783000000


@pytest.fixture(scope="module")
def clerk(sign_in):
    return sign_in(RoleName.TOWN_CLERK)


@pytest.fixture(scope="module")
def reviewer(sign_in):
    return sign_in(RoleName.COUNTY_REVIEWER)


@pytest.fixture(autouse=True)
def the_books_hold(database):
    yield
    with database.read_snapshot(system_actor(COUNTY)) as session:
        assert_ledger_holds(session)
    for check in (
        *("13_receipts_equal_contributions", "14_contributions_in_ledger", "34_contribution_years_once"),
        *("78_receipts_cash_whole", "79_cash_of_collectors"),
    ):
        assert run_check(database, check) == 0, check


def person(database, born=date(1955, 6, 18), *, on=date(2010, 10, 8), **facts):
    with database.unit_of_work(system_actor(COUNTY)) as session:
        made = factories.make_resident(session, birth_date=born, **facts)
        factories.enrol(session, made, on=on)
    return made


def send(client, path, resident, key=None, **body):
    facts = {"resident_id": str(resident.id), "paid_on": "2011-03-20", "channel": "cash"} | body
    return client.post(f"{BASE}/{path}", json=facts, headers={"Idempotency-Key": key or uuid.uuid4().hex})


def count(database, resident):
    with database.read_snapshot(system_actor(COUNTY)) as session:
        found = session.execute(
            text("SELECT count(*) FROM contributions WHERE resident_id = :id AND state = 'posted'"), {"id": resident.id}
        )
        return found.scalar_one()


class TestMakeUps:
    def test_nine_years_are_one_receipt_of_900(self, clerk, reviewer, database):
        someone = person(database)
        years = list(range(2001, 2010))
        quoted = clerk.post(
            f"{BASE}/quotes",
            json={"resident_id": str(someone.id), "kind": "make_up", "years": years, "paid_on": "2011-03-20"},
        )
        assert (quoted.status_code, quoted.json()["amount"], quoted.json()["subsidy"]) == (200, "900.00", "0.00")
        assert count(database, someone) == 0
        answer = send(clerk, "make-ups", someone, "nine-years-once", years=years)
        assert answer.status_code == 201, answer.text
        shown = answer.json()
        assert (shown["amount"], shown["subsidy"], shown["receipt"]["amount"]) == ("900.00", "0.00", "900.00")
        assert shown["receipt"]["contribution_count"] == 9
        assert [one["contribution_year"] for one in shown["contributions"]] == years
        assert {one["payment_group_id"] for one in shown["contributions"]} == {shown["contributions"][0]["id"]}
        again = send(clerk, "make-ups", someone, "nine-years-once", years=years)
        assert (again.json(), again.headers["Idempotency-Replayed"]) == (shown, "true")
        assert clerk.get(f"/api/v1/accounts/{someone.id}").json()["personal"] == "900.00"
        last = shown["contributions"][-1]
        assert clerk.get(f"{BASE}/{last['id']}").json()["receipt"]["number"] == shown["receipt"]["number"]
        undone = reviewer.post(
            f"{BASE}/{last['id']}/reversals",
            json={"reason": "年度有误"},
            headers={"Idempotency-Key": uuid.uuid4().hex, "If-Match": '"1"'},
        )
        assert undone.status_code == 201, undone.text
        assert clerk.get(f"/api/v1/accounts/{someone.id}").json()["personal"] == "800.00"

    def test_its_receipt_is_reversed_once_all_its_years_are(self, clerk, reviewer, database):
        someone = person(database)
        shown = send(clerk, "make-ups", someone, years=[2005, 2006, 2007]).json()
        receipt = shown["receipt"]
        told = []
        for one in [None, *shown["contributions"]]:
            if one is not None:
                undone = reviewer.post(
                    f"{BASE}/{one['id']}/reversals", json={"reason": "年度有误"},
                    headers={"Idempotency-Key": uuid.uuid4().hex, "If-Match": '"1"'},
                )  # fmt: skip
                assert undone.status_code == 201, undone.text
            listed = clerk.get(f"/api/v1/receipts/{receipt['id']}").json()
            checked = clerk.post(
                "/api/v1/receipts/verifications",
                json={"number": receipt["serial"], "code": receipt["verification_code"]},
            ).json()
            assert (checked["reversed"], checked["partly_reversed"]) == (
                listed["is_reversed"], listed["is_partly_reversed"],
            )  # fmt: skip
            with database.read_snapshot(system_actor(COUNTY)) as session:
                row = session.get(Receipt, (440783, int(receipt["id"])))
                facts = receipt_prints._facts(session, factories.KEYRING, row)
            years = dict(facts["pairs"])["缴费年度"]
            told.append((listed["is_reversed"], listed["is_partly_reversed"], years, facts["stamp"]))
            paper = clerk.get(f"/api/v1/receipts/{receipt['id']}", headers={"Accept": "application/pdf"})
            assert paper.content.startswith(b"%PDF-")
        assert told == [
            (False, False, "2005—2007年", ""),
            (False, True, "2005—2007年", "2005年已冲正"),
            (False, True, "2005—2007年", "2005、2006年已冲正"),
            (True, False, "2005—2007年", "已冲正"),
        ]

    def test_one_year_too_many_and_nothing_is_half_done(self, clerk, database):
        someone = person(database)
        answer = send(clerk, "make-ups", someone, years=list(range(1995, 2011)))
        assert (answer.status_code, answer.json()["code"]) == (409, "make-up-cap-reached")
        wrong = send(clerk, "make-ups", someone, years=[2009, 1999])
        assert (wrong.status_code, wrong.json()["code"]) == (409, "make-up-year-not-allowed")
        twice = send(clerk, "make-ups", someone, years=[2009, 2009])
        assert (twice.status_code, twice.json()["code"]) == (409, "make-up-year-not-allowed")
        assert count(database, someone) == 0

    def test_a_year_that_was_begun_takes_only_the_rest(self, clerk, database):
        someone = person(database, on=date(2010, 10, 8))
        with database.unit_of_work(system_actor(COUNTY)) as session:
            session.execute(
                text("UPDATE enrolments SET rhythm = 'quarterly' WHERE resident_id = :id"), {"id": someone.id}
            )
        body = {
            "resident_id": str(someone.id), "contribution_year": 2010, "kind": "annual", "paid_on": "2010-11-20",
            "channel": "bank_transfer", "instalment": 1,
        }  # fmt: skip
        paid = clerk.post(BASE, json=body, headers={"Idempotency-Key": uuid.uuid4().hex})
        assert paid.status_code == 201, paid.text
        answer = send(clerk, "make-ups", someone, years=[2009, 2010])
        assert answer.status_code == 201, answer.text
        assert [(one["contribution_year"], one["amount"]) for one in answer.json()["contributions"]] == [
            (2009, "100.00"),
            (2010, "75.00"),
        ]
        other = send(clerk, "make-ups", person(database), years=[2009], tier="250.00")
        assert (other.status_code, other.json()["code"]) == (422, "tier-not-offered")


class TestLumpSums:
    def test_years_to_come_are_paid_at_once_with_the_subsidy_of_this_year(self, clerk, database):
        someone = person(database)
        answer = send(clerk, "lump-sums", someone, until_year=2015, tier="200.00")
        assert answer.status_code == 201, answer.text
        shown = answer.json()
        assert [one["contribution_year"] for one in shown["contributions"]] == [2010, 2011, 2012, 2013, 2014, 2015]
        assert [one["subsidy"] for one in shown["contributions"]] == ["0.00", "30.00", "0.00", "0.00", "0.00", "0.00"]
        assert (shown["amount"], shown["receipt"]["amount"]) == ("1200.00", "1200.00")
        allowance = clerk.get(f"{BASE}/allowances/{someone.id}").json()
        assert allowance["paid_years"] == [2010, 2011, 2012, 2013, 2014, 2015]
        assert allowance["due"]["refusal"]["code"] == "contribution-already-recorded"
        assert allowance["lump_sum"] == {
            "years": [], "at_most": 0, "reasons": allowance["lump_sum"]["reasons"],
        }  # fmt: skip
        again = send(clerk, "lump-sums", someone, years=[2011])
        assert (again.status_code, again.json()["code"]) == (409, "lump-sum-closed")

    def test_the_years_follow_each_other_from_the_first_unpaid_one(self, clerk, database):
        someone = person(database)
        gap = send(clerk, "lump-sums", someone, years=[2011, 2012])
        assert (gap.status_code, gap.json()["code"]) == (409, "lump-sum-years-unfit")
        late = send(clerk, "lump-sums", someone, until_year=2016)
        assert (late.status_code, late.json()["code"]) == (409, "lump-sum-years-unfit")
        both = send(clerk, "lump-sums", someone, until_year=2012, years=[2010])
        assert (both.status_code, both.json()["code"]) == (422, "invalid")
        assert count(database, someone) == 0

    def test_only_those_of_45_at_launch(self, clerk, database):
        young = person(database, born=date(1970, 5, 1))
        answer = send(clerk, "lump-sums", young, until_year=2012)
        assert (answer.status_code, answer.json()["code"]) == (409, "lump-sum-closed")
        allowance = clerk.get(f"{BASE}/allowances/{young.id}").json()
        assert allowance["lump_sum"]["reasons"][0]["code"] == "lump-sum-too-young"
        assert allowance["due"]["amount"] == "100.00"
        assert allowance["make_up"]["years"] == [2010]

    def test_a_single_contribution_cannot_be_a_lump_sum(self, clerk, database):
        someone = person(database)
        for kind in ("lump_sum", "sponsored", "land"):
            body = {
                "resident_id": str(someone.id), "contribution_year": 2011, "kind": kind, "paid_on": "2011-03-02",
                "channel": "bank_transfer",
            }  # fmt: skip
            answer = clerk.post(BASE, json=body, headers={"Idempotency-Key": uuid.uuid4().hex})
            assert (answer.status_code, answer.json()["code"]) == (422, "kind-not-here")

    def test_a_year_paid_in_advance_is_not_taken_again(self, clerk, database):
        someone = person(database)
        send(clerk, "lump-sums", someone, until_year=2011)
        body = {
            "resident_id": str(someone.id), "contribution_year": 2011, "kind": "annual", "paid_on": "2011-03-21",
            "channel": "cash", "tier": "100.00",
        }  # fmt: skip
        answer = clerk.post(BASE, json=body, headers={"Idempotency-Key": uuid.uuid4().hex})
        assert (answer.status_code, answer.json()["code"]) == (409, "contribution-already-recorded")


def test_nobody_and_somebody_elsewhere_are_the_same(sign_in, database):
    stranger = sign_in(RoleName.VILLAGE_ASSISTANT, division=factories.OTHER_VILLAGE)
    someone = person(database)
    answers = [stranger.get(f"{BASE}/allowances/{number}") for number in (someone.id, 4407839999999999)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert send(stranger, "make-ups", someone, years=[2009]).status_code == 404
