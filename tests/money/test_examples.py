"""The worked examples of policy.md §4.11 that concern money, to the fen, through the API and the real runs.

Each example and the tests that play it; `test_every_example_is_played` looks whether they are there.

    A1   tests.contributions.test_examples_http:test_a1_fifteen_years_and_the_pension
    A1   tests.interest.test_examples_on_accounts:test_a1_fifteen_years_by_both_tables
    A2   tests.money.test_examples:test_a2_a3_a4_a18_one_life_with_late_subsidies
    A2   tests.subsidies.test_subsidies_http:test_examples_a2_and_a3_where_a_subsidy_is_posted_when_its_money_is_there
    A3   tests.money.test_examples:test_a2_a3_a4_a18_one_life_with_late_subsidies
    A4   tests.money.test_examples:test_a2_a3_a4_a18_one_life_with_late_subsidies
    A4   tests.contributions.test_examples_http:test_a4_a_change_of_tier_is_for_the_next_unpaid_year
    A5   tests.contributions.test_examples_http:test_a5_rhythms
    A9   tests.contributions.test_examples_http:test_a9_make_up_and_the_award
    A12  tests.cancellations.test_examples:test_a12_overpayment_is_set_off_with_consent
    A12  tests.cancellations.test_examples:test_a12_without_consent_is_paid_in_full_and_recovered_later
    A13  tests.cancellations.test_examples:test_a13_death_before_60
    A17  tests.contributions.test_examples_http:test_a17_severe_disability_by_runs
    A18  tests.money.test_examples:test_a2_a3_a4_a18_one_life_with_late_subsidies
    A18  tests.interest.test_examples_on_accounts:test_a18_settled_in_may_2012_to_move_out
    A19  tests.money.test_examples:test_a19_one_fen_short_of_120_fails
    A20  tests.money.test_exhaustion:test_the_account_lasts_152_months_at_one_and_a_half_percent_and_the_fund_pays_on
    A20  tests.money.test_exhaustion:test_without_interest_payment_139_takes_the_last_15_78_and_the_fund_adds_41
    A21  tests.contributions.test_examples_http:test_a21_the_published_table
    A21  tests.money.test_published_table:test_fifteen_years_of_a_tier_give_the_published_pension

A18 moves the account to another county. What is settled is the same whatever ends the participation (policy.md §3.3 P3);
it is played by the settlement of somebody who leaves for abroad, whose government part stays by the rule of 2009.
"""

from __future__ import annotations

import importlib
import re
from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import pytest

from api.database import system_actor
from api.vocabulary import RoleName
from tests import factories
from tests.cancellations.worlds import API, COUNTY, Desk, verified
from tests.collection.worlds import bank_answers
from tests.conftest import make_app, signing_in
from tests.subsidies.requests import CLAIMS, arrive, balances, claim, get, interest, post

ROLES = {
    "village": RoleName.VILLAGE_ASSISTANT,
    "town": RoleName.TOWN_CLERK,
    "town_reviewer": RoleName.TOWN_REVIEWER,
    "clerk": RoleName.COUNTY_CLERK,
    "reviewer": RoleName.COUNTY_REVIEWER,
    "finance": RoleName.FINANCE,
    "other_finance": RoleName.FINANCE,
    "auditor": RoleName.AUDITOR,
}
LAYOUT = "rural_credit_2010"


@pytest.fixture
def office(fresh_database):
    """One person of each role, a calendar that can be turned, and sound books at the end."""
    app = make_app(fresh_database)

    def turn(day):
        app.state.service = replace(app.state.service, business_date=day)

    with signing_in(app, fresh_database) as sign_in:
        people = SimpleNamespace(**{name: sign_in(role) for name, role in ROLES.items()})
        yield SimpleNamespace(people=people, turn=turn, database=fresh_database)
    assert verified(fresh_database) == {}


def enact(people, code, value):
    """Two persons change the county's law from the launch on."""
    draft = {
        "code": code, "division_code": str(COUNTY), "value": value, "valid_from": "2010-10-01",
        "document": "开府〔2010〕15号", "article": "三", "reason": "本县规定",
    }  # fmt: skip
    made = post(people.clerk, f"{API}/policy-parameters", draft)
    said = {"decision": "approve"}
    post(people.reviewer, f"{API}/policy-parameters/{made['id']}/decisions", said, version=made["version"])


def insured(office, **facts):
    """Somebody who is insured since the launch."""
    tier_fen = facts.pop("tier_fen", 10_000)
    with office.database.unit_of_work(system_actor(COUNTY)) as session:
        one = factories.make_resident(session, household=factories.make_household(session), **facts)
        factories.enrol(session, one, tier_fen=tier_fen)
        return str(one.id)


def pay(office, resident, on, *, tier="100.00"):
    """This year's contribution on a day."""
    office.turn(on)
    body = {
        "resident_id": resident, "contribution_year": on.year, "kind": "annual", "tier": tier, "paid_on": on.isoformat(),
        "channel": "bank_transfer",
    }  # fmt: skip
    return post(office.people.town, f"{API}/contributions", body)


def subsidise(office, on):
    """What is owed is claimed, arrives and is posted, all on a day."""
    office.turn(on)
    made = arrive(office.people, claim(office.people, str(on.year), cut_off_on=on.isoformat()), on.isoformat())
    assert made["state"] == "closed"
    return post(office.people.reviewer, f"{CLAIMS}/{made['id']}/postings")["towns"]


def close_year(office, year):
    """Interest of a year, by two persons."""
    office.turn(date(year + 1, 1, 10))
    assert interest(office.people, year)["state"] == "posted"


def earned(office, resident, year):
    """Interest of a year by the statement: personal and gov."""
    told = get(office.people.auditor, f"{API}/accounts/{resident}/statement", year=year)["interest"]
    return told["personal"], told["gov"]


def life_to_2011(office):
    """A2 and A3: 100 in October 2010, its subsidy in December; 100 in March 2011, its subsidy in June."""
    people = office.people
    enact(people, "subsidy_posting", "on_claim")
    resident = insured(office, birth_date=date(1965, 4, 5))
    pay(office, resident, date(2010, 10, 20))
    subsidise(office, date(2010, 12, 15))
    close_year(office, 2010)
    assert earned(office, resident, 2010) == ("0.38", "0.00")
    late = claim(people, "2011", purpose="late_interest")
    assert (late["amounts"]["total"], late["amounts"]["county"]) == ("0.11", "0.11")
    pay(office, resident, date(2011, 3, 10))
    subsidise(office, date(2011, 6, 20))
    close_year(office, 2011)
    assert earned(office, resident, 2011) == ("4.82", "1.24")
    assert balances(people.auditor, resident) == ("205.20", "61.24")
    pay(office, resident, date(2012, 3, 5), tier="500.00")
    subsidise(office, date(2012, 3, 20))
    return resident


@pytest.mark.parametrize("moves", [False, True], ids=["stays", "moves"])
def test_a2_a3_a4_a18_one_life_with_late_subsidies(office, moves):
    resident = life_to_2011(office)
    if not moves:
        close_year(office, 2012)
        assert earned(office, resident, 2012) == ("20.31", "2.93")
        assert balances(office.people.auditor, resident) == ("725.51", "94.17")
        return
    people = office.people
    desk = Desk(
        SimpleNamespace(
            village=people.village, clerk=people.town, reviewer=people.town_reviewer, county=people.reviewer,
            county_clerk=people.clerk, finance=people.finance,
        ),
        office.turn, office.database,
    )  # fmt: skip
    form = {"reason": "settled_abroad", "proof": "hukou_cancelled", "payee": {"relation": "self"}}
    _, sheet = desk.whole(int(resident), date(2012, 5, 21), event_on="2012-05-18", **form)
    assert (sheet["interest"]["personal"], sheet["interest"]["gov"]) == ("5.91", "1.07")
    assert (sheet["balance"]["personal"], sheet["balance"]["gov"]) == ("711.11", "92.31")
    # 803.42 in all.
    assert (sheet["refund"], sheet["retained"]) == ("711.11", "92.31")


def test_a19_one_fen_short_of_120_fails(office):
    """The passbook holds 119.99: the bank may not deduct that, and what it says of it is not booked."""
    people = office.people
    enact(people, "tiers", ["100.00", "120.00", "200.00"])
    resident = insured(office, tier_fen=12_000, bank_account="6228480402564890018")
    office.turn(date(2011, 3, 10))
    body = {"division": str(COUNTY), "contribution_year": 2011, "layout": LAYOUT}
    batches = f"{API}/collection-batches"
    batch = post(people.clerk, batches, body)
    assert (batch["line_count"], batch["total"]) == (1, "120.00")
    path = f"{batches}/{batch['id']}"
    said = {"content_hash": batch["content_hash"]}
    post(people.reviewer, f"{path}/approvals", said, version=batch["version"])
    [file] = post(people.finance, f"{path}/export")["items"]
    sent = people.finance.get(f"{path}/export/{file['id']}").content
    [(good, part), (bad, _)] = bank_answers(LAYOUT, [(file["name"], sent)], refuse=lambda _: False)
    short = part.replace(b"120.00", b"119.99")
    assert short != part
    told = upload(people.finance, path, (good, short))
    assert (told["items"][0]["posted_count"], told["items"][0]["finding_count"]) == (0, 1)
    [finding] = get(people.clerk, f"{path}/findings")["items"]
    assert (finding["code"], finding["amount"]) == ("other_amount", "119.99")
    assert balances(people.auditor, resident) == ("0.00", "0.00")
    [_, (bad, refusal)] = bank_answers(LAYOUT, [(file["name"], sent)], refuse=lambda _: True)
    told = upload(people.finance, path, (bad, refusal))
    assert (told["batch"]["state"], told["batch"]["failed"], told["batch"]["deducted"]) == ("closed", "120.00", "0.00")
    [row] = get(people.village, f"{API}/collection-failures", contribution_year=2011)["items"]
    assert (row["resident_id"], row["amount"], row["reason"]) == (resident, "120.00", "余额不足")
    assert balances(people.auditor, resident) == ("0.00", "0.00")
    # Nothing was kept of the 119.99: the whole year can still be paid.
    assert pay(office, resident, date(2011, 3, 20), tier="120.00")["amount"] == "120.00"


def upload(client, path, file):
    """Hand one file of the bank in."""
    name, content = file
    answer = client.post(
        f"{path}/returns", data={"deducted_on": "2011-03-10"}, files=[("files", (name, content, "text/plain"))],
        headers={"Idempotency-Key": f"return-{name}"},
    )  # fmt: skip
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_every_example_is_played():
    listed = re.findall(r"^    (A\d+) +(\S+):(\w+)$", __doc__, re.MULTILINE)
    assert {name for name, *_ in listed} == {f"A{number}" for number in (1, 2, 3, 4, 5, 9, 12, 13, *range(17, 22))}
    for name, module, test in listed:
        assert callable(getattr(importlib.import_module(module), test, None)), (name, module, test)
