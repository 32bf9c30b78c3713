"""Examples A1, A4, A5, A9, A17 and A21 to the fen: payments, runs and awards over HTTP as the real roles."""

from __future__ import annotations

import uuid
from datetime import date

import pytest
from sqlalchemy import text

from api.database import system_actor
from tests import factories
from tests.cancellations.conftest import story  # noqa: F401 (a fixture)
from tests.cancellations.worlds import verified
from tests.money.test_published_table import TABLE

API = "/api/v1"
COUNTY = 440783000000


def key():
    return {"Idempotency-Key": uuid.uuid4().hex}


def match(shown):
    return {"If-Match": f'"{shown["version"]}"'}


def done(answer):
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()


def refused(answer):
    return answer.status_code, answer.json()["code"]


class Office:
    """The desks of a county over some years; the calendar follows what is done."""

    def __init__(self, desk):
        self.people = desk.people
        self.turn = desk.turn
        self.database = desk.database

    def person(self, born, *, on=date(2010, 10, 8), tier_fen=10_000, rhythm="yearly", **facts):
        with self.database.unit_of_work(system_actor(COUNTY)) as session:
            made = factories.make_resident(session, birth_date=born, **facts)
            factories.enrol(session, made, on=on, tier_fen=tier_fen)
            session.execute(
                text("UPDATE enrolments SET rhythm = :rhythm WHERE resident_id = :id"),
                {"rhythm": rhythm, "id": made.id},
            )
        return made

    def pay(self, one, on, *, year=None, **facts):
        self.turn(on)
        body = {
            "resident_id": str(one.id), "contribution_year": year or on.year, "kind": "annual",
            "paid_on": on.isoformat(), "channel": "bank_transfer",
        } | facts  # fmt: skip
        return self.people.clerk.post(f"{API}/contributions", json=body, headers=key())

    def interest(self, year):
        """Compute and approve the interest run of a year, by two persons."""
        self.turn(date(year + 1, 1, 5))
        run = done(self.people.county_clerk.post(f"{API}/interest-runs", json={"county": "440783", "year": year}))
        body = {"content_hash": run["content_hash"]}
        path = f"{API}/interest-runs/{run['id']}/approvals"
        assert done(self.people.county.post(path, json=body, headers=match(run) | key()))["state"] == "posted"

    def government_pays(self, on):
        self.turn(on)
        path = f"{API}/government-paid-runs"
        body = {"county": "440783", "paid_on": on.isoformat()}
        run = done(self.people.county_clerk.post(path, json=body))
        body = {"content_hash": run["content_hash"]}
        answer = self.people.county.post(f"{path}/{run['id']}/approvals", json=body, headers=match(run) | key())
        assert done(answer)["state"] == "posted"
        return run

    def award(self, one, on):
        """Propose and approve a pension, by two persons."""
        self.turn(on)
        path = f"{API}/benefits/awards"
        made = done(self.people.county_clerk.post(path, json={"resident_id": str(one.id)}, headers=key()))
        answer = self.people.county.post(
            f"{path}/{made['id']}/decisions", json={"decision": "approve"}, headers=match(made)
        )
        return done(answer)

    def account(self, one):
        shown = done(self.people.clerk.get(f"{API}/accounts/{one.id}"))
        return shown["personal"], shown["gov"]

    def statement(self, one, year):
        return done(self.people.clerk.get(f"{API}/accounts/{one.id}/statement", params={"year": year}))


@pytest.fixture
def office(story):  # noqa: F811
    return Office(story)


@pytest.fixture
def law(office):
    """Change the county's law from the launch on, as it is changed: proposed by one person, approved by another."""

    def change(**values):
        for code, value in values.items():
            draft = {
                "code": code, "division_code": str(COUNTY), "value": value, "valid_from": "2010-10-01",
                "document": "开府〔2010〕15号", "article": "三", "reason": "本县规定",
            }  # fmt: skip
            path = f"{API}/policy-parameters"
            made = done(office.people.county_clerk.post(path, json=draft, headers=key()))
            answer = office.people.county.post(
                f"{path}/{made['id']}/decisions", json={"decision": "approve"}, headers=match(made) | key()
            )
            assert done(answer)["state"] == "approved"

    return change


def test_a1_fifteen_years_and_the_pension(office, law):
    law(tiers=["100.00", "120.00", "200.00"])
    one = office.person(date(1965, 10, 15), tier_fen=12_000)
    for year in range(2010, 2025):
        done(office.pay(one, date(year, 10, 20)))
        office.interest(year)
        if year == 2010:
            assert office.account(one) == ("120.45", "30.11")
    award = office.award(one, date(2025, 10, 20))
    assert (award["balance"]["personal"], award["balance"]["gov"]) == ("2066.56", "516.63")
    assert (award["total"], award["account_pension"], award["start_month"]) == ("2583.19", "18.58", "2025-11")
    assert award["paid_years"] == 15
    assert verified(office.database) == {}


def test_a4_a_change_of_tier_is_for_the_next_unpaid_year(office):
    one = office.person(date(1965, 4, 5))
    done(office.pay(one, date(2010, 10, 20)))
    office.interest(2010)
    assert office.account(one)[0] == "100.38"
    done(office.pay(one, date(2011, 3, 2)))
    _change_tier(office, one, date(2011, 4, 1), "500.00")
    # One tier a year: the year that is paid takes no more, by a new tier or by the old.
    assert refused(office.pay(one, date(2011, 4, 2), tier="500.00")) == (409, "tier-fixed-for-year")
    assert refused(office.pay(one, date(2011, 4, 2))) == (409, "contribution-already-recorded")
    office.interest(2011)
    assert office.statement(one, 2011)["interest"]["personal"] == "4.82"
    assert office.account(one)[0] == "205.20"
    paid = done(office.pay(one, date(2012, 3, 5)))
    assert (paid["tier"], paid["amount"], paid["subsidy"]) == ("500.00", "500.00", "30.00")
    _change_tier(office, one, date(2012, 6, 1), "300.00")
    assert refused(office.pay(one, date(2012, 6, 2), tier="300.00")) == (409, "tier-fixed-for-year")
    allowance = done(office.people.clerk.get(f"{API}/contributions/allowances/{one.id}"))
    assert allowance["due"]["refusal"]["code"] == "contribution-already-recorded"
    office.interest(2012)
    assert office.statement(one, 2012)["interest"]["personal"] == "20.31"
    assert office.account(one)[0] == "725.51"
    allowance = done(office.people.clerk.get(f"{API}/contributions/allowances/{one.id}"))
    assert (allowance["due"]["year"], allowance["due"]["tier"], allowance["due"]["amount"]) == (
        2013,
        "300.00",
        "300.00",
    )
    assert verified(office.database) == {}


def _change_tier(office, one, on, tier):
    """A change request through its three steps by three persons."""
    office.turn(on)
    body = {"kind": "tier", "tier": tier, "effective_on": on.isoformat(), "proof": "application"}
    path = f"{API}/residents/{one.id}/change-requests"
    case = done(office.people.village.post(path, json=body, headers=key()))
    for who, step in (("clerk", "village_check"), ("reviewer", "township_review"), ("county", "county_approval")):
        said = {"step": step, "decision": "approve", "opinion": None, "stamped": True}
        client = getattr(office.people, who)
        case = done(client.post(f"{API}/change-requests/{case['id']}/decisions", json=said, headers=match(case)))


@pytest.mark.parametrize(
    ("rhythm", "months", "amount", "interest"),
    [("monthly", range(1, 13), "10.00", "1.51"), ("quarterly", (3, 6, 9, 12), "30.00", "1.24")],
)
def test_a5_rhythms(office, law, rhythm, months, amount, interest):
    law(tiers=["120.00", "200.00"])
    one = office.person(date(1970, 5, 1), tier_fen=12_000, rhythm=rhythm)
    last = len(months)
    for number, month in enumerate(months, start=1):
        paid = done(office.pay(one, date(2011, month, 8), instalment=number))
        assert (paid["amount"], paid["subsidy"]) == (amount, "30.00" if number == last else "0.00")
        unpaid = done(office.people.village.get(f"{API}/unpaid-contributions"))["items"]
        assert [row["reason"] for row in unpaid] == ([] if number == last else ["instalments_open"])
    again = office.pay(one, date(2011, 12, 9), instalment=last)
    assert refused(again) == (409, "contribution-already-recorded")
    beyond = office.pay(one, date(2011, 12, 9), instalment=last + 1)
    assert refused(beyond) == (422, "invalid" if last == 12 else "instalment-unknown")
    late = office.person(date(1970, 5, 2), tier_fen=12_000, rhythm=rhythm)
    done(office.pay(late, date(2011, 12, 9), instalment=1))
    assert refused(office.pay(late, date(2012, 1, 4), year=2011, instalment=2)) == (409, "contribution-year-not-open")
    office.interest(2011)
    statement = office.statement(one, 2011)
    assert (statement["interest"]["personal"], statement["paid_years"]) == (interest, 1)
    assert verified(office.database) == {}


def test_a9_make_up_and_the_award(office, law):
    bands = [{"from_tier": "0.00", "subsidy": "30.00"}, {"from_tier": "480.00", "subsidy": "60.00"}]
    law(subsidy_bands=bands, tiers=["100.00", "200.00"])
    one = office.person(date(1955, 6, 18))
    for year in range(2010, 2015):
        done(office.pay(one, date(year, 10, 9)))
        office.interest(year)
    done(office.pay(one, date(2015, 3, 9)))
    office.turn(date(2015, 5, 8))
    allowance = done(office.people.village.get(f"{API}/contributions/allowances/{one.id}"))
    assert allowance["make_up"]["at_most"] == 9
    facts = {"resident_id": str(one.id), "paid_on": "2015-05-08", "channel": "cash"}
    path = f"{API}/contributions/make-ups"
    ten = office.people.village.post(path, json=facts | {"years": list(range(2000, 2010))}, headers=key())
    assert refused(ten) == (409, "make-up-cap-reached")
    made = done(office.people.village.post(path, json=facts | {"years": list(range(2001, 2010))}, headers=key()))
    assert (made["amount"], made["subsidy"], made["receipt"]["amount"]) == ("900.00", "0.00", "900.00")
    award = office.award(one, date(2015, 6, 20))
    assert award["interest"] == {"personal": "10.10", "collective": "0.00", "gov": "2.41"}
    assert award["balance"] == {"personal": "1544.38", "collective": "0.00", "gov": "192.69"}
    assert (award["total"], award["account_pension"], award["paid_years"]) == ("1737.07", "12.50", 15)
    assert award["start_month"] == "2015-07"
    late = office.people.village.post(path, json=facts | {"years": [2000]}, headers=key())
    assert refused(late) in {(409, "make-up-closed"), (409, "contribution-period-closed")}
    assert verified(office.database) == {}


def test_a17_severe_disability_by_runs(office):
    one = office.person(date(1970, 5, 1), disability_grade=2)
    higher = office.person(date(1971, 5, 1), disability_grade=1, tier_fen=20_000)
    balances = []
    for on in (date(2010, 10, 20), date(2011, 4, 8), date(2012, 4, 10)):
        run = office.government_pays(on)
        assert (run["row_count"], run["total"]) == (1, "130.00")
        assert {row["outcome"]: row["count"] for row in run["outcomes"]} == {"pay": 1, "higher_tier": 1}
        own = done(office.pay(higher, on, kind="government_paid", tier="200.00"))
        assert (own["amount"], own["subsidy"]) == ("200.00", "30.00")
        office.interest(on.year)
        balances.append(office.account(one))
    assert balances == [("0.00", "130.49"), ("0.00", "266.46"), ("0.00", "408.82")]
    assert [office.statement(one, year)["interest"]["gov"] for year in (2010, 2011, 2012)] == ["0.49", "5.97", "12.36"]
    assert office.statement(one, 2012)["paid_years"] == 3
    # The higher tier: government pays the lowest, the person the rest.
    assert office.account(higher)[0] == office.statement(higher, 2012)["closing"]["personal"]
    assert office.statement(higher, 2012)["credits"]["personal"] == "100.00"
    office.turn(date(2012, 12, 31))
    register = done(office.people.clerk.get(f"{API}/participation-register", params={"status": "insured"}))["items"]
    assert str(one.id) in {row["resident_id"] for row in register}
    assert verified(office.database) == {}


def test_a21_the_published_table(office, law):
    """Fifteen years paid in the month of the 60th birthday bear no interest: the table's figures, by real awards."""
    bands = [{"from_tier": "0.00", "subsidy": "30.00"}, {"from_tier": "480.00", "subsidy": "60.00"}]
    law(subsidy_bands=bands, tiers=[f"{tier}.00" for tier in TABLE], make_up_subsidised=True)
    for tier, pension_fen in TABLE.items():
        pension = f"{pension_fen // 100}.{pension_fen % 100:02d}"
        one = office.person(date(1951, 6, 18), on=date(2011, 1, 8), tier_fen=12_000)
        office.turn(date(2011, 6, 20))
        body = {
            "resident_id": str(one.id), "paid_on": "2011-06-20", "channel": "bank_transfer",
            "years": list(range(1996, 2011)), "tier": f"{tier}.00",
        }  # fmt: skip
        done(office.people.clerk.post(f"{API}/contributions/make-ups", json=body, headers=key()))
        award = office.award(one, date(2011, 6, 25))
        assert (award["paid_years"], award["account_pension"]) == (15, pension)
        entered = [{"paid_on": "2011-06-20", "source": source, "amount": amount} for source, amount in _split(award)]
        shown = office.people.clerk.post(
            f"{API}/calculations/account",
            json={"birth_date": "1951-06-18", "credits": entered, "settle_on": "2011-06-25"},
        )
        assert done(shown)["settlement"]["account_pension"] == pension
    assert verified(office.database) == {}


def _split(award):
    return [(source, award["balance"][source]) for source in ("personal", "gov")]
