"""Claims on government over HTTP, as the real roles, through a year and more: examples A2 and A3 to the fen."""

from __future__ import annotations

import uuid

import pytest

from tests import factories
from tests.subsidies.requests import API, CLAIMS, RECEIPTS, arrive, balances, claim, get, interest, pay, post
from tests.subsidies.worlds import post_on_claim

pytestmark = pytest.mark.usefixtures("sound_books")


def test_examples_a2_and_a3_where_a_subsidy_is_posted_when_its_money_is_there(people, person, on_day, monkeypatch):
    """100 on 2010-10-20, 30 on 2010-12-15: 0.38/0.00; 100 in March 2011, 30 in June: 4.82/1.24; the late 0.11."""
    post_on_claim(monkeypatch)
    resident = person()
    on_day(2010, 10, 20)
    paid = pay(people, resident, year=2010, on="2010-10-20")
    assert (paid["subsidy"], paid["waiting_subsidy"]) == ("0.00", "30.00")
    assert "财政资金到账后记入" in "".join(reason["message"] for reason in paid["reasons"])
    on_day(2010, 12, 15)
    made = arrive(people, claim(people, "2010"), "2010-12-15")
    assert made["state"] == "closed"
    assert balances(people.auditor, resident) == ("100.00", "0.00")
    done = post(people.reviewer, f"{CLAIMS}/{made['id']}/postings")
    assert done["towns"] == [{"division_code": "440783001000", "line_count": 1, "amount": "30.00"}]
    on_day(2011, 1, 10)
    interest(people, 2010)
    assert balances(people.auditor, resident) == ("100.38", "30.00")
    # A3: what the county owes because the first 30 came two months late. It has not paid yet, so nobody has it yet.
    late = claim(people, "2011", purpose="late_interest")
    assert (late["amounts"]["total"], late["amounts"]["county"]) == ("0.11", "0.11")
    on_day(2011, 3, 10)
    pay(people, resident, year=2011, on="2011-03-10")
    on_day(2011, 6, 20)
    made = arrive(people, claim(people, "2011", cut_off_on="2011-06-20"), "2011-06-20")
    post(people.reviewer, f"{CLAIMS}/{made['id']}/postings")
    on_day(2012, 1, 10)
    interest(people, 2011)
    assert balances(people.auditor, resident) == ("205.20", "61.24")
    arrive(people, late, "2012-01-10")
    post(people.reviewer, f"{CLAIMS}/{late['id']}/postings")
    assert balances(people.auditor, resident) == ("205.20", "61.35")
    told = get(people.village, f"{API}/residents/{resident}/timeline")
    titles = [event["title"] for event in told["items"]]
    assert titles.count("2010年度政府补贴到账") == titles.count("2010年度逾期补贴利息到账") == 1
    lines = get(people.village, f"{API}/accounts/{resident}/lines")
    assert {"subsidy"} <= {line["kind"] for line in lines["items"]}


def test_a_dry_run_keeps_nothing_and_tells_the_same(people, person, on_day):
    on_day(2013, 3, 1)
    pay(people, person(), year=2013, on="2013-03-01")
    body = {"county": "440783", "purpose": "contribution_subsidy", "period": "2013", "dry_run": True}
    tried = post(people.clerk, CLAIMS, body)
    assert (tried["id"], tried["amounts"]["total"]) == (None, "30.00")
    kept = post(people.clerk, CLAIMS, body | {"dry_run": False})
    assert kept["amounts"] == tried["amounts"]
    again = post(people.clerk, CLAIMS, body, status=409)
    assert again["code"] == "subsidy-claim-exists"
    stale = people.reviewer.post(
        f"{CLAIMS}/{kept['id']}/approvals", json={"content_hash": kept["content_hash"]},
        headers={"Idempotency-Key": uuid.uuid4().hex, "If-Match": '"9"'},
    )  # fmt: skip
    assert (stale.status_code, stale.json()["code"]) == (412, "stale-version")
    missing = people.reviewer.post(
        f"{CLAIMS}/{kept['id']}/approvals", json={"content_hash": kept["content_hash"]},
        headers={"Idempotency-Key": uuid.uuid4().hex},
    )  # fmt: skip
    assert missing.status_code == 428
    post(people.reviewer, f"{CLAIMS}/{kept['id']}/discards", {"reason": "重算"}, version=1)


def test_the_people_behind_a_claim_and_its_papers(people, person, on_day):
    on_day(2013, 5, 1)
    residents = [person(name="=陈公式"), person(village=factories.OTHER_VILLAGE)]
    for one in residents:
        pay(people, one, year=2013, on="2013-05-01")
    made = claim(people, "2013", cut_off_on="2013-05-01")
    assert made["due_on"] == "2013-05-31"
    towns = get(people.finance, f"{CLAIMS}/{made['id']}/summary")["items"]
    assert {row["division_code"] for row in towns} == {"440783001000"}
    villages = get(people.finance, f"{CLAIMS}/{made['id']}/summary", division="440783001000")["items"]
    assert {row["division_code"] for row in villages} == {"440783001210", "440783001211"}
    [line] = get(people.finance, f"{CLAIMS}/{made['id']}/lines", division="440783001211")["items"]
    assert (line["resident_id"], line["amounts"]["total"], line["covered_on"]) == (residents[1], "30.00", None)
    form = people.finance.get(f"{CLAIMS}/{made['id']}/form")
    assert (form.status_code, form.content[:5]) == (200, b"%PDF-")
    assert form.content == people.finance.get(f"{CLAIMS}/{made['id']}/form").content
    for url in (f"{CLAIMS}/{made['id']}/workbook", f"{CLAIMS}/position/workbook?county=440783"):
        sheet = people.auditor.get(url)
        assert (sheet.status_code, sheet.content[:2]) == (200, b"PK")
    assert people.village.get(f"{CLAIMS}/{made['id']}").status_code == 403
    listed = get(people.auditor, CLAIMS, state="sent", purpose="contribution_subsidy")["items"]
    assert made["id"] in [one["id"] for one in listed]
    on_day(2013, 6, 1)
    assert [one["id"] for one in get(people.auditor, CLAIMS, overdue="true")["items"]] == [made["id"]]


def test_the_same_request_twice_records_money_once(people, on_day):
    on_day(2013, 7, 1)
    body = {
        "county": "440783", "purpose": "contribution_subsidy", "level": "city", "amount": "5.00",
        "received_on": "2013-07-01", "bank_reference": "TWICE-1",
    }  # fmt: skip
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    first, second = (people.finance.post(RECEIPTS, json=body, headers=headers) for _ in range(2))
    assert first.json() == second.json()
    assert second.headers["Idempotency-Replayed"] == "true"
    other = post(people.finance, RECEIPTS, body, status=409)
    assert other["code"] == "bank-reference-used"
    own = people.finance.post(
        f"{RECEIPTS}/{first.json()['id']}/confirmations",
        headers={"Idempotency-Key": uuid.uuid4().hex, "If-Match": '"1"'},
    )
    assert (own.status_code, own.json()["code"]) == (409, "same-person")
    receipt = get(people.auditor, f"{RECEIPTS}/{first.json()['id']}")
    assert receipt["state"] == "recorded"
    gone = people.finance.post(
        f"{RECEIPTS}/{receipt['id']}/discards", json={"reason": "退回"}, headers={"If-Match": '"1"'}
    )
    assert gone.json()["state"] == "discarded"
    assert "TWICE-1" in [one["bank_reference"] for one in get(people.auditor, RECEIPTS, state="discarded")["items"]]
