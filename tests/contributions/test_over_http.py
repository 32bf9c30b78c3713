"""Money in, accounts and interest through HTTP, as the real roles."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from api.database import system_actor
from api.vocabulary import RoleName
from tests import factories
from tests.ledger_facts import assert_ledger_holds

BASE = "/api/v1"


@pytest.fixture(scope="module")
def clerk(sign_in):
    return sign_in(RoleName.TOWN_CLERK)


@pytest.fixture(scope="module")
def reviewer(sign_in):
    return sign_in(RoleName.COUNTY_REVIEWER)


@pytest.fixture(scope="module")
def county_clerk(sign_in):
    return sign_in(RoleName.COUNTY_CLERK)


@pytest.fixture
def resident(database):
    with database.unit_of_work(system_actor(440783000000)) as session:
        person = factories.make_resident(session)
        factories.enrol(session, person)
    return person


@pytest.fixture(autouse=True)
def the_ledger_holds(database):
    yield
    with database.read_snapshot(system_actor(440783000000)) as session:
        assert_ledger_holds(session)


def body(resident, **changes):
    facts = {
        "resident_id": str(resident.id),
        "contribution_year": 2011,
        "kind": "annual",
        "tier": "200.00",
        "paid_on": "2011-03-02",
        "channel": "cash",
    }
    return facts | changes


def record(client, resident, *, key, **changes):
    return client.post(f"{BASE}/contributions", json=body(resident, **changes), headers={"Idempotency-Key": key})


class TestContributions:
    def test_the_answer_shows_money_as_strings_and_the_receipt(self, clerk, resident):
        answer = record(clerk, resident, key="first-of-2011")
        assert answer.status_code == 201, answer.text
        shown = answer.json()
        assert (shown["tier"], shown["amount"], shown["subsidy"]) == ("200.00", "200.00", "30.00")
        assert shown["receipt"]["amount"] == "200.00"
        assert len(shown["receipt"]["verification_code"]) == 16
        again = record(clerk, resident, key="first-of-2011")
        assert (again.status_code, again.json()) == (201, shown)
        assert again.headers["Idempotency-Replayed"] == "true"
        other = record(clerk, resident, key="first-of-2011", tier="100.00")
        assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
        account = clerk.get(f"{BASE}/accounts/{resident.id}").json()
        assert account == {
            "resident_id": str(resident.id),
            "state": "open",
            "personal": "200.00",
            "collective": "0.00",
            "gov": "30.00",
            "total": "230.00",
            # March's money earns from April on.
            "accrued": {"personal": "0.00", "collective": "0.00", "gov": "0.00", "total": "0.00"},
            "interest_through": None,
            "as_of": "2011-03-31",
            "value_on": "2011-03-31",
        }

    def test_without_a_key_nothing_is_taken(self, clerk, resident):
        answer = clerk.post(f"{BASE}/contributions", json=body(resident))
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency-key-missing")

    def test_twenty_copies_under_one_key_are_one_contribution(self, clerk, resident):
        with ThreadPoolExecutor(max_workers=20) as pool:
            answers = list(pool.map(lambda _: record(clerk, resident, key="twenty-copies"), range(20)))
        assert {answer.status_code for answer in answers} == {201}
        assert all(answer.json() == answers[0].json() for answer in answers)
        assert sum("Idempotency-Replayed" in answer.headers for answer in answers) == 19
        listed = clerk.get(f"{BASE}/contributions", params={"resident_id": str(resident.id)}).json()
        assert len(listed["items"]) == 1

    def test_twenty_clerks_with_keys_of_their_own_are_one_contribution(self, clerk, resident):
        with ThreadPoolExecutor(max_workers=20) as pool:
            answers = list(pool.map(lambda number: record(clerk, resident, key=f"key-of-{number}"), range(20)))
        assert sorted(answer.status_code for answer in answers) == [201] + [409] * 19
        assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {
            "contribution-already-recorded"
        }

    @pytest.mark.parametrize(
        ("changes", "status", "code"),
        [
            ({"tier": 200.0}, 422, "invalid"),
            ({"tier": "200.001"}, 422, "invalid"),
            ({"tier": "-200.00"}, 422, "invalid"),
            ({"tier": "150.00"}, 422, "tier-not-offered"),
            ({"paid_on": "2011-04-01"}, 422, "paid-in-future"),
            ({"contribution_year": 2012}, 409, "contribution-year-not-open"),
            ({"channel": "government"}, 422, "channel-not-allowed"),
            ({"kind": "collective"}, 422, "channel-not-allowed"),
            ({"kind": "gift"}, 422, "invalid"),
            ({"amount": "200.00"}, 422, "amount-unfit"),
            ({"surplus": 1}, 422, "invalid"),
        ],
    )
    def test_refusals(self, clerk, resident, changes, status, code):
        answer = record(clerk, resident, key=f"refused-{abs(hash(str(changes)))}", **changes)
        assert (answer.status_code, answer.json()["code"]) == (status, code)

    def test_another_village_and_nobody_are_the_same_answer(self, sign_in, resident):
        stranger = sign_in(RoleName.VILLAGE_ASSISTANT, division=factories.OTHER_VILLAGE)
        foreign = record(stranger, resident, key="not-my-village")
        absent = stranger.post(
            f"{BASE}/contributions",
            json=body(resident, resident_id="4407839999999999"),
            headers={"Idempotency-Key": "nobody-at-all"},
        )
        for answer in (foreign, absent):
            assert answer.status_code == 404
        assert {**foreign.json(), "request_id": ""} == {**absent.json(), "request_id": ""}
        for path in ("accounts/{}", "accounts/{}/lines", "accounts/{}/statement?year=2011"):
            assert stranger.get(f"{BASE}/{path.format(resident.id)}").status_code == 404

    def test_a_reversal_needs_another_person_and_the_version_seen(self, clerk, county_clerk, resident):
        made = record(clerk, resident, key="to-be-undone").json()
        path = f"{BASE}/contributions/{made['id']}"
        seen = county_clerk.get(path)
        assert seen.headers["ETag"] == '"1"'
        headers = {"Idempotency-Key": "undo-once", "If-Match": '"1"'}
        assert clerk.post(f"{path}/reversals", json={"reason": "录错"}, headers=headers).status_code == 403
        missing = county_clerk.post(
            f"{path}/reversals", json={"reason": "录错"}, headers={"Idempotency-Key": "undo-once"}
        )
        assert missing.status_code == 428
        stale = county_clerk.post(f"{path}/reversals", json={"reason": "录错"}, headers=headers | {"If-Match": '"7"'})
        assert (stale.status_code, stale.json()["code"]) == (412, "stale-version")
        undone = county_clerk.post(f"{path}/reversals", json={"reason": "录错"}, headers=headers)
        assert (undone.status_code, undone.json()["state"]) == (201, "reversed")
        assert undone.json()["receipt"]["number"] == made["receipt"]["number"]
        assert clerk.get(f"{BASE}/accounts/{resident.id}").json()["total"] == "0.00"
        assert record(clerk, resident, key="done-properly").status_code == 201

    def test_lists_narrow_and_page(self, clerk, resident):
        record(clerk, resident, key="listed-one")
        page = clerk.get(f"{BASE}/contributions", params={"limit": 1, "division": "440783001000"}).json()
        assert len(page["items"]) == 1
        following = clerk.get(f"{BASE}/contributions", params={"limit": 1, "after": page["next"]}).json()
        assert following["items"][0]["id"] < page["items"][0]["id"]
        assert clerk.get(f"{BASE}/contributions", params={"contribution_year": 2010}).json()["items"] == []
        assert clerk.get(f"{BASE}/contributions", params={"yaer": 2010}).status_code == 422


class TestCash:
    def test_the_village_collects_and_finance_confirms(self, sign_in, resident):
        collector, finance = sign_in(RoleName.VILLAGE_ASSISTANT), sign_in(RoleName.FINANCE)
        record(collector, resident, key="cash-in-hand-1")
        assert collector.get(f"{BASE}/remittances/cash-in-hand").json()["amount"] == "200.00"
        listed = collector.get(f"{BASE}/receipts", params={"collector_id": str(collector.user_id)}).json()["items"]
        assert [receipt["number"] for receipt in listed] == [1]
        assert collector.get(f"{BASE}/receipts/{listed[0]['id']}").json() == listed[0]
        paid_in = {"amount": "200.00", "paid_in_on": "2011-03-30", "bank_reference": "JS-20110330-1"}
        made = collector.post(f"{BASE}/remittances", json=paid_in, headers={"Idempotency-Key": "paid-in-1"})
        assert made.status_code == 201, made.text
        path = f"{BASE}/remittances/{made.json()['id']}"
        headers = {"Idempotency-Key": "confirm-1", "If-Match": '"1"'}
        assert collector.post(f"{path}/confirmations", headers=headers).status_code == 403
        done = finance.post(f"{path}/confirmations", headers=headers)
        assert (done.status_code, done.json()["confirmed_by_id"]) == (201, str(finance.user_id))
        assert finance.get(f"{BASE}/remittances", params={"confirmed": True}).json()["items"] == [done.json()]


class TestInterestRun:
    def test_computed_by_one_approved_by_another(self, database, county_clerk, reviewer, clerk):
        with database.unit_of_work(system_actor(440783000000)) as session:
            person = factories.make_resident(session)
            factories.enrol(session, person)
        facts = {"contribution_year": 2010, "paid_on": "2010-10-20", "tier": "100.00", "channel": "bank_transfer"}
        assert record(clerk, person, key="october-2010", **facts).status_code == 201
        assert clerk.post(f"{BASE}/interest-runs", json={"county": "440783", "year": 2010}).status_code == 403
        made = county_clerk.post(f"{BASE}/interest-runs", json={"county": "440783", "year": 2010})
        assert made.status_code == 201, made.text
        run = made.json()
        assert (run["state"], run["rate"], run["row_count"]) == ("computed", "2.25%", 1)
        # 100 and 30 for two months at 2.25 % a year.
        assert (run["personal"], run["gov"], run["total"]) == ("0.38", "0.11", "0.49")
        twice = county_clerk.post(f"{BASE}/interest-runs", json={"county": "440783", "year": 2010})
        assert (twice.status_code, twice.json()["code"]) == (409, "run-exists")
        path = f"{BASE}/interest-runs/{run['id']}"
        seen = reviewer.get(path)
        approval = {"content_hash": seen.json()["content_hash"]}
        headers = {"Idempotency-Key": "approve-2010", "If-Match": seen.headers["ETag"]}
        assert county_clerk.post(f"{path}/approvals", json=approval, headers=headers).status_code == 403
        done = reviewer.post(f"{path}/approvals", json=approval, headers=headers)
        assert (done.status_code, done.json()["state"]) == (201, "posted"), done.text
        assert done.json()["towns"][0]["posted"] is True
        assert (
            reviewer.post(f"{path}/approvals", json=approval, headers=headers).headers["Idempotency-Replayed"] == "true"
        )
        shown = clerk.get(f"{BASE}/accounts/{person.id}").json()
        assert (shown["personal"], shown["gov"]) == ("100.38", "30.11")
        statement = clerk.get(f"{BASE}/accounts/{person.id}/statement", params={"year": 2010}).json()
        assert statement["interest"]["total"] == "0.49"
        assert statement["closing"]["total"] == "130.49"
        assert statement["interest_through"] == "2010-12-31"
        late = record(
            clerk, person, key="too-late-2010", **facts | {"kind": "collective", "tier": None, "amount": "50.00"}
        )
        assert (late.status_code, late.json()["code"]) == (409, "contribution-period-closed")
        # A village sees the interest of its people although the run's journal is the town's.
        with database.read_snapshot(factories.actor_of(_village_user(database))) as session:
            from api.services import accounts

            lines, _ = accounts.list_lines(session, resident_id=person.id, limit=9, after=None)
        assert sorted(line.kind.value for line in lines) == ["contribution", "interest"]
        assert clerk.get(f"{BASE}/interest-runs").json()["items"] == []


def _village_user(database):
    with database.unit_of_work(system_actor(440783000000)) as session:
        return factories.make_user(session, role=RoleName.VILLAGE_ASSISTANT)


class TestCalculator:
    """contract.md: public, stateless, to the fen."""

    def calculate(self, client, paid, settle_on, *, birth_date="1965-10-15", **more):
        answer = client.post(
            f"{BASE}/calculations/account",
            json={
                "birth_date": birth_date,
                "credits": [{"paid_on": day, "source": source, "amount": amount} for day, source, amount in paid],
                "settle_on": settle_on,
                **more,
            },
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def test_a1(self, anonymous):
        paid = [(f"{y}-10-20", s, a) for y in range(2010, 2025) for s, a in (("personal", "120.00"), ("gov", "30.00"))]
        shown = self.calculate(anonymous, paid, "2025-10-15")
        assert shown["settlement"]["balance"] == {"personal": "2066.56", "collective": "0.00", "gov": "516.63"}
        assert shown["settlement"]["total"] == "2583.19"
        assert shown["settlement"]["account_pension"] == "18.58"
        assert shown["settlement"]["start_month"] == "2025-11"
        assert shown["years"][0]["interest"] == {"personal": "0.45", "collective": "0.00", "gov": "0.11"}
        assert shown["years"][-1]["year"] == 2025

    def test_a2_and_a4(self, anonymous):
        paid = [
            ("2010-10-20", "personal", "100.00"),
            ("2010-12-15", "gov", "30.00"),
            ("2011-03-02", "personal", "100.00"),
            ("2011-06-20", "gov", "30.00"),
            ("2012-03-05", "personal", "500.00"),
            ("2012-03-05", "gov", "30.00"),
        ]
        years = self.calculate(anonymous, paid, "2012-12-31")["years"]
        assert [year["interest"]["personal"] for year in years] == ["0.38", "4.82", "20.31"]
        assert [year["interest"]["gov"] for year in years] == ["0.00", "1.24", "2.93"]
        assert years[1]["balance"] == {"personal": "205.20", "collective": "0.00", "gov": "61.24"}
        assert years[2]["balance"] == {"personal": "725.51", "collective": "0.00", "gov": "94.17"}

    @pytest.mark.parametrize(
        ("days", "amount", "interest"),
        [
            ([f"2011-{month:02d}-08" for month in range(1, 13)], "10.00", "1.51"),
            (["2011-03-08", "2011-06-08", "2011-09-08", "2011-12-08"], "30.00", "1.24"),
        ],
    )
    def test_a5(self, anonymous, days, amount, interest):
        years = self.calculate(anonymous, [(day, "personal", amount) for day in days], "2011-12-31")["years"]
        assert years[0]["interest"]["personal"] == interest

    def test_a9_with_its_payments(self, anonymous):
        paid = [(f"{y}-10-09", s, a) for y in range(2010, 2015) for s, a in (("personal", "100.00"), ("gov", "30.00"))]
        paid += [
            ("2015-03-09", "personal", "100.00"),
            ("2015-03-09", "gov", "30.00"),
            ("2015-05-10", "personal", "900.00"),
        ]
        shown = self.calculate(anonymous, paid, "2015-06-18", birth_date="1955-06-18", payments_until="2015-09")
        assert shown["settlement"]["balance"] == {"personal": "1544.38", "collective": "0.00", "gov": "192.69"}
        assert shown["settlement"]["account_pension"] == "12.50"
        assert shown["settlement"]["start_month"] == "2015-07"
        assert [payment["debits"]["personal"] for payment in shown["payments"]] == ["11.11", "11.12", "11.11"]
        assert [payment["debits"]["gov"] for payment in shown["payments"]] == ["1.39", "1.38", "1.39"]

    def test_a13(self, anonymous):
        paid = [
            ("2010-10-20", "personal", "100.00"),
            ("2010-12-15", "gov", "30.00"),
            ("2011-03-02", "personal", "100.00"),
            ("2011-06-20", "gov", "30.00"),
            ("2011-06-20", "collective", "50.00"),
            ("2012-03-05", "personal", "500.00"),
            ("2012-03-05", "gov", "30.00"),
        ]
        shown = self.calculate(anonymous, paid, "2012-09-20")
        assert shown["years"][-1]["interest"] == {"personal": "14.14", "collective": "1.33", "gov": "2.13"}
        assert shown["settlement"]["balance"] == {"personal": "719.34", "collective": "52.02", "gov": "93.37"}
        assert shown["settlement"]["account_pension"] is None

    def test_the_daily_rate(self, anonymous):
        paid = [("2010-12-31", "personal", "100.38")]
        for mode, interest in (("jan1", "2.76"), ("SEGMENTED", "3.29")):
            years = self.calculate(anonymous, paid, "2011-12-31", rate_mode=mode)["years"]
            assert years[-1]["interest"]["personal"] == interest

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"credits": [{"paid_on": "2012-01-01", "source": "personal", "amount": "1.00"}]}, "calculation-refused"),
            ({"credits": [{"paid_on": "2010-01-01", "source": "personal", "amount": 1}]}, "invalid"),
            ({"credits": [{"paid_on": "2010-01-01", "source": "bank", "amount": "1.00"}]}, "invalid"),
            ({"settle_on": "2101-01-01"}, "invalid"),
            ({"payments_until": "2011-13"}, "invalid"),
        ],
    )
    def test_what_cannot_be_computed(self, anonymous, changes, code):
        facts = {"birth_date": "1965-10-15", "credits": [], "settle_on": "2011-12-31"} | changes
        answer = anonymous.post(f"{BASE}/calculations/account", json=facts)
        assert (answer.status_code, answer.json()["code"]) == (422, code)


class TestPolicyParameters:
    def test_every_value_names_its_basis(self, clerk):
        shown = clerk.get(f"{BASE}/policy-parameters", params={"limit": 200}).json()
        assert {"code", "value", "valid_from", "valid_to", "document", "article", "evidence"} <= shown["items"][
            0
        ].keys()
        pensions = [item for item in shown["items"] if item["code"] == "basic_pension"]
        assert pensions[0]["value"] == "55.00"

    def test_one_day_and_pages(self, clerk):
        on = clerk.get(f"{BASE}/policy-parameters", params={"code": "basic_pension", "on": "2011-03-01"}).json()
        assert [item["value"] for item in on["items"]] == ["55.00"]
        seen, after = [], None
        while True:
            page = clerk.get(
                f"{BASE}/policy-parameters", params={"limit": 7} | ({"after": after} if after else {})
            ).json()
            seen += [(item["code"], item["valid_from"]) for item in page["items"]]
            after = page["next"]
            if after is None:
                break
        assert len(seen) == len(set(seen)) > 30

    def test_nobody_reads_it_unasked(self, anonymous):
        assert anonymous.get(f"{BASE}/policy-parameters").status_code == 401
