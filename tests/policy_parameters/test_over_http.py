"""Changes through HTTP as the real roles: who may, what is refused, and that an approval is law at once everywhere."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from starlette.testclient import TestClient

from api.database import Database, system_actor
from api.dependencies import Service
from api.main import create_app
from api.services import laws, verification
from api.settings import Settings
from api.vocabulary import RoleName
from tests import factories

BASE = "/api/v1/policy-parameters"
VILLAGE, OTHER_VILLAGE, TOWN, COUNTY = "440783001210", "440783001211", "440783001000", "440783000000"
CITY, PROVINCE, NATION = "440700000000", "440000000000", "100000000000"
_keys = itertools.count()


@pytest.fixture(scope="module")
def clerk(sign_in):
    return sign_in(RoleName.COUNTY_CLERK)


@pytest.fixture(scope="module")
def reviewer(sign_in):
    return sign_in(RoleName.COUNTY_REVIEWER)


@pytest.fixture(scope="module")
def administrator(sign_in):
    return sign_in(RoleName.ADMINISTRATOR)


@pytest.fixture(scope="module")
def auditor(sign_in):
    return sign_in(RoleName.AUDITOR)


@pytest.fixture(scope="module")
def town_clerk(sign_in):
    return sign_in(RoleName.TOWN_CLERK)


def bands(*pairs):
    return [{"from_tier": tier, "subsidy": subsidy} for tier, subsidy in pairs]


def draft(**changes):
    return {
        "code": "subsidy_bands",
        "division_code": VILLAGE,
        "value": bands(("0.00", "50.00")),
        "valid_from": "2011-03-01",
        "valid_to": "2013-12-31",
        "document": "村民会议决议〔2011〕1号",
        "article": "一",
        "reason": "村集体增加补贴",
    } | changes


def propose(client, **changes):
    return client.post(BASE, json=draft(**changes), headers={"Idempotency-Key": f"propose-{next(_keys):08d}"})


def decide(client, change, *, decision="approve", version=None, **more):
    return client.post(
        f"{BASE}/{change['id']}/decisions",
        json={"decision": decision, **more},
        headers={"Idempotency-Key": f"decide-{next(_keys):08d}", "If-Match": f'"{version or change["version"]}"'},
    )


def approved(maker, checker, **changes):
    proposed = propose(maker, **changes)
    assert proposed.status_code == 201, proposed.text
    done = decide(checker, proposed.json())
    assert done.status_code == 201, done.text
    return done.json()


def pay(client, database, *, village=int(VILLAGE), tier="200.00", paid_on="2011-03-02"):
    with database.unit_of_work(system_actor(440783000000)) as session:
        person = factories.make_resident(session, village=village)
        factories.enrol(session, person)
    body = {
        "resident_id": str(person.id), "contribution_year": 2011, "kind": "annual", "tier": tier, "paid_on": paid_on,
        "channel": "cash",
    }  # fmt: skip
    answer = client.post("/api/v1/contributions", json=body, headers={"Idempotency-Key": f"pay-{next(_keys):08d}"})
    assert answer.status_code == 201, answer.text
    return answer.json()


def effective(client, code, division, on="2011-03-31"):
    items = client.get(BASE, params={"code": code, "division": division, "on": on}).json()["items"]
    (found,) = [one for one in items if one["effective"]]
    return found


def test_an_approval_is_law_at_once_and_an_amount_says_so(clerk, reviewer, town_clerk, database):
    before = pay(town_clerk, database)
    assert before["subsidy"] == "30.00"
    proposed = propose(clerk).json()
    assert (proposed["state"], proposed["serial"], proposed["layer"]) == ("proposed", None, "village")
    assert pay(town_clerk, database)["subsidy"] == "30.00"
    change = decide(reviewer, proposed).json()
    assert (change["state"], change["version"]) == ("approved", 2)
    after = pay(town_clerk, database)
    assert after["subsidy"] == "50.00"
    assert pay(town_clerk, database, village=int(OTHER_VILLAGE))["subsidy"] == "30.00"
    assert pay(town_clerk, database, paid_on="2011-02-28")["subsidy"] == "30.00"
    told = town_clerk.get(f"/api/v1/contributions/{after['id']}").json()["law"]
    assert told["serial"] == change["serial"]
    basis = {one["code"]: one for one in told["bases"]}
    assert basis["subsidy_bands"]["change_id"] == change["id"]
    assert basis["subsidy_bands"]["document"] == "村民会议决议〔2011〕1号"
    assert basis["tiers"]["change_id"] is None
    assert basis["tiers"]["document"] == "粤府〔2009〕124号"
    # What was posted before still says what it was judged by.
    told = town_clerk.get(f"/api/v1/contributions/{before['id']}").json()["law"]
    assert told["serial"] == "0"
    assert [one["change_id"] for one in told["bases"]] == [None, None]
    report = verification.verify(database)
    assert {check.name: check.violations for check in report.checks if not check.ok} == {}


def test_another_process_knows_it_with_the_commit(clerk, reviewer, database, clone):
    del clone
    other = Database(database.url, pool_size=2)
    try:
        with other.unit_of_work(system_actor(440783000000)) as session:
            assert laws.law_on(session, int(OTHER_VILLAGE), date(2011, 6, 1)).subsidy_fen(20_000) == 3_000
        approved(clerk, reviewer, division_code=OTHER_VILLAGE, valid_from="2011-06-01", value=bands(("0.00", "33.00")))
        with other.unit_of_work(system_actor(440783000000)) as session:
            assert laws.law_on(session, int(OTHER_VILLAGE), date(2011, 6, 1)).subsidy_fen(20_000) == 3_300
    finally:
        other.dispose()


def test_a_snapshot_keeps_its_law_while_another_is_approved(clerk, reviewer, database):
    with database.read_snapshot(system_actor(440783000000)) as session:
        before = laws.serial_of(session)
        laws.forget_serial(session)
        approved(clerk, reviewer, code="pay_day", division_code=COUNTY, value=9, valid_from="2011-05-01")
        assert laws.serial_of(session) == before
        assert laws.law_on(session, int(VILLAGE), date(2011, 5, 1)).pay_day == 15
    with database.read_snapshot(system_actor(440783000000)) as session:
        assert laws.law_on(session, int(VILLAGE), date(2011, 5, 1)).pay_day == 9


def test_a_later_approval_prevails_while_it_lasts_and_nothing_is_overwritten(clerk, reviewer):
    first = approved(clerk, reviewer, code="publication_days", division_code=COUNTY, value=8, valid_from="2011-01-01")
    approved(
        clerk, reviewer, code="publication_days", division_code=COUNTY, value=10, valid_from="2011-02-01",
        valid_to="2011-02-28",
    )  # fmt: skip
    told = [
        effective(clerk, "publication_days", VILLAGE, on)["value"] for on in ("2010-12-31", "2011-02-10", "2011-03-01")
    ]
    assert told == [7, 10, 8]
    assert clerk.get(f"{BASE}/{first['id']}").json()["value"] == 8
    listed = clerk.get(BASE, params={"code": "publication_days", "division": VILLAGE}).json()["items"]
    assert [one["value"] for one in listed] == [7, 8, 10]
    assert {one["maker_name"] for one in listed if one["id"]} == {listed[1]["maker_name"]}
    assert all(one["checker_name"] and one["maker_name"] for one in listed if one["id"])


@pytest.mark.parametrize("layer", [NATION, PROVINCE, CITY])
def test_layers_above_the_county_are_the_administrators_and_the_auditors(
    administrator, auditor, clerk, reviewer, layer
):
    wish = {"code": "pay_day", "division_code": layer, "value": 14, "valid_from": "2011-08-01"}
    refused = propose(clerk, **wish)
    assert (refused.status_code, refused.json()["code"]) == (403, "parameter-layer-forbidden")
    proposed = propose(administrator, **wish).json()
    refused = decide(reviewer, proposed)
    assert (refused.status_code, refused.json()["code"]) == (403, "parameter-layer-forbidden")
    refused = decide(administrator, proposed)
    assert (refused.status_code, refused.json()["code"]) == (409, "same-person")
    done = decide(auditor, proposed)
    assert done.status_code == 201, done.text
    assert done.json()["division_code"] == layer
    refused = propose(administrator, code="pay_day", value=14)
    assert (refused.status_code, refused.json()["code"]) == (403, "parameter-layer-forbidden")


@pytest.mark.parametrize("layer", ["440784001210", "440784000000", "440600000000", "450000000000", "440783001999"])
def test_layers_elsewhere_are_not_found(clerk, administrator, layer):
    client = administrator if layer in {"440600000000", "450000000000"} else clerk
    answer = propose(client, code="pay_day", value=14, division_code=layer)
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


def test_two_persons_one_decision(clerk, reviewer, sign_in):
    proposed = propose(clerk, code="death_list_day", division_code=COUNTY, value=9).json()
    stale = decide(reviewer, proposed, version=7)
    assert stale.status_code == 412
    wordless = decide(reviewer, proposed, decision="reject")
    assert wordless.status_code == 422
    returned = decide(reviewer, proposed, decision="return", opinion="补材料")
    assert returned.status_code == 422
    rejected = decide(reviewer, proposed, decision="reject", opinion="依据不足")
    assert rejected.json()["state"] == "rejected"
    again = decide(sign_in(RoleName.COUNTY_REVIEWER), rejected.json())
    assert (again.status_code, again.json()["code"]) == (409, "parameter-change-decided")
    assert effective(clerk, "death_list_day", COUNTY)["value"] == 10


def test_only_its_maker_takes_a_proposal_back(clerk, reviewer, sign_in):
    proposed = propose(clerk, code="death_list_day", division_code=COUNTY, value=8).json()
    path = f"{BASE}/{proposed['id']}/withdrawals"
    other = sign_in(RoleName.COUNTY_CLERK).post(path, headers={"If-Match": '"1"'})
    assert (other.status_code, other.json()["code"]) == (403, "parameter-change-not-yours")
    assert clerk.post(path, headers={"If-Match": '"1"'}).json()["state"] == "withdrawn"
    late = decide(reviewer, proposed)
    assert (late.status_code, late.json()["code"]) == (409, "parameter-change-decided")


def test_a_repeated_proposal_is_one_proposal(clerk):
    body = draft(code="death_list_day", division_code=COUNTY, value=7)
    answers = [clerk.post(BASE, json=body, headers={"Idempotency-Key": "the-same-key"}) for _ in range(2)]
    assert answers[0].json()["id"] == answers[1].json()["id"]


@pytest.mark.parametrize(
    ("changes", "status", "code", "pointer"),
    [
        ({"code": "nonsense"}, 422, "parameter-value-unfit", "/code"),
        ({"value": bands(("200.00", "50.00"))}, 422, "parameter-value-unfit", "/value"),
        ({"value": bands(("0.00", "20.00"))}, 422, "parameter-below-upper-layer", "/value"),
        ({"code": "divisor_months", "value": 120}, 422, "parameter-layer-too-deep", "/division_code"),
        ({"valid_to": "2011-02-28"}, 422, "parameter-period-unfit", "/valid_to"),
        ({"valid_from": "2008-01-01"}, 422, "parameter-period-unfit", "/valid_from"),
        ({"document": "  "}, 422, None, "/document"),
        ({"article": ""}, 422, None, "/article"),
        ({"value": {"deep": [[[1]]]}}, 422, "parameter-value-unfit", "/value"),
    ],
)
def test_what_cannot_be_law_is_not_proposed(clerk, changes, status, code, pointer):
    answer = propose(clerk, **changes)
    assert answer.status_code == status, answer.text
    assert code is None or answer.json()["code"] == code
    assert pointer in {fault["pointer"] for fault in answer.json()["errors"]}


def test_two_approvals_at_once_are_both_law(clerk, sign_in, database):
    wishes = [("pay_day", 16), ("town_to_county_day", 16), ("payroll_cut_off_day", 11), ("village_to_town_day", 11)]
    proposed = [
        propose(clerk, code=code, value=value, division_code=COUNTY, valid_from="2011-09-01").json()
        for code, value in wishes
    ]
    reviewers = [sign_in(RoleName.COUNTY_REVIEWER) for _ in wishes]
    with ThreadPoolExecutor(len(wishes)) as pool:
        done = list(pool.map(decide, reviewers, proposed))
    assert [one.status_code for one in done] == [201] * len(wishes)
    assert len({one.json()["serial"] for one in done}) == len(wishes)
    with database.unit_of_work(system_actor(440783000000)) as session:
        law = laws.law_on(session, int(VILLAGE), date(2011, 9, 1))
        assert [getattr(law, code) for code, _ in wishes] == [value for _, value in wishes]
    report = verification.verify(database)
    assert all(check.ok for check in report.checks), [check.name for check in report.checks if not check.ok]


def test_the_calculator_knows_the_law_of_a_place(clerk, reviewer, anonymous):
    approved(
        clerk, reviewer, code="basic_pension", division_code=COUNTY, value="61.00", valid_from="2012-01-01",
        valid_to="2013-06-30",
    )  # fmt: skip
    body = {
        "birth_date": "1952-01-15", "settle_on": "2012-01-31",
        "credits": [{"paid_on": "2011-03-01", "source": "personal", "amount": "100.00"}],
    }  # fmt: skip
    told = [
        anonymous.post("/api/v1/calculations/account", json=body | more).json()["settlement"]["basic_pension"]
        for more in ({}, {"division": VILLAGE}, {"division": "440784001210"})
    ]
    assert told == ["55.00", "61.00", "55.00"]


def test_a_boolean_can_be_turned_off_and_tried_out(clerk):
    wish = {"code": "launch_cohort_children_rule", "division_code": COUNTY, "value": False, "valid_from": "2013-01-01"}
    told = clerk.post(f"{BASE}/impact", json=wish)
    assert told.status_code == 200, told.text
    assert (told.json()["money_known"], told.json()["conflicts"]) == (False, [])
    proposed = propose(clerk, **wish, valid_to=None).json()
    assert proposed["value"] is False
    again = clerk.get(f"{BASE}/{proposed['id']}/impact")
    assert again.json()["uses"] == told.json()["uses"] != []


def test_the_dry_run_over_http_counts_money_as_yuan(clerk, town_clerk, database):
    for _ in range(2):
        pay(town_clerk, database, village=int("440783001212"), tier="500.00")
    wish = {
        "code": "subsidy_bands",
        "division_code": "440783001212",
        "value": bands(("0.00", "42.50")),
        "valid_from": "2011-03-01",
        "valid_to": "2013-12-31",
    }
    told = clerk.post(f"{BASE}/impact", json=wish | {"division": "440783001212"}).json()
    assert told["total"] == {
        "person_count": 2,
        "changed_count": 2,
        "before": "60.00",
        "after": "85.00",
        "difference": "25.00",
    }
    assert told["units"][0]["division_name"]
    assert [one["difference"] for one in told["largest"]] == ["12.50", "12.50"]
    assert any("2笔缴费" in note for note in told["notes"])


def test_lists_page_and_narrow(clerk, town_clerk):
    seen, after = [], None
    while True:
        params = {"limit": 20, "division": VILLAGE} | ({"after": after} if after else {})
        page = town_clerk.get(BASE, params=params).json()
        seen += [(one["code"], one["valid_from"], one["id"]) for one in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert len(seen) == len(set(seen)) > 60
    waiting = clerk.get(BASE, params={"state": "proposed"}).json()["items"]
    assert waiting
    assert {one["state"] for one in waiting} == {"proposed"}
    assert not any(one["effective"] for one in waiting)
    assert town_clerk.get(BASE, params={"code": "pay_day", "until": "x"}).status_code == 422


def test_an_approval_asks_for_the_second_factor_where_it_is_required(database, clerk):
    proposed = propose(clerk, code="death_list_day", division_code=COUNTY, value=6).json()
    settings = Settings(_env_file=None, pool_size=4, require_second_factor=True)
    app = create_app(
        Service(settings=settings, database=database, keyring=factories.KEYRING, business_date=date(2011, 3, 31))
    )
    with database.unit_of_work(system_actor(440000000000)) as session:
        user = factories.make_user(session, role=RoleName.COUNTY_REVIEWER)
    with TestClient(app, base_url="http://127.0.0.1") as client:
        signed = client.post("/api/v1/sessions", json={"username": user.username, "password": factories.PASSWORD})
        client.headers["X-CSRF-Token"] = signed.json()["csrf_token"]
        refused = decide(client, proposed)
    assert (refused.status_code, refused.json()["code"]) == (403, "second-factor-required")
