"""The whole cycle through HTTP, as the real roles: award, run, approval, file, answer, explanation."""

from __future__ import annotations

import itertools
from datetime import date

import pytest

from api.database import system_actor
from api.vocabulary import RoleName
from tests import factories
from tests.benefits.worlds import house

_keys = itertools.count(1)


def key():
    return {"Idempotency-Key": f"payment-cycle-{next(_keys)}"}


@pytest.fixture(scope="module")
def people(database):
    with database.unit_of_work(system_actor(440783000000)) as session:
        return [house(session)[0].id for _ in range(3)]


@pytest.fixture(scope="module")
def roles(sign_in):
    return {
        role: sign_in(role)
        for role in (RoleName.COUNTY_CLERK, RoleName.COUNTY_REVIEWER, RoleName.FINANCE, RoleName.VILLAGE_ASSISTANT)
    }


def approve(client, path, version, body):
    return client.post(path, json=body, headers={"If-Match": f'"{version}"'})


def test_a_month_from_award_to_explanation(people, roles):
    clerk, reviewer, finance = (
        roles[RoleName.COUNTY_CLERK], roles[RoleName.COUNTY_REVIEWER], roles[RoleName.FINANCE],
    )  # fmt: skip
    due = clerk.get("/api/v1/benefits/notices", params={"month": "2010-10", "basis": "launch_cohort"}).json()
    assert [row["situation"] for row in due["items"]] == ["due"] * 3
    award = clerk.post("/api/v1/benefits/awards", json={"resident_id": str(people[0])}, headers=key())
    assert award.status_code == 201, award.text
    one = award.json()
    assert (one["start_month"], one["monthly"], one["basis"]) == ("2010-10", "55.00", "launch_cohort")
    assert any("基础养老金55.00元/月" in reason["message"] for reason in one["reasons"])
    path = f"/api/v1/benefits/awards/{one['id']}/decisions"
    decision = {"decision": "approve", "opinion": "同意"}
    assert clerk.post(path, json=decision, headers={"If-Match": '"1"'}).status_code == 403
    assert reviewer.post(path, json=decision).json()["code"] == "if-match-required"
    assert approve(reviewer, path, 9, decision).json()["code"] == "stale-version"
    approved = approve(reviewer, path, one["version"], decision)
    assert approved.status_code == 201, approved.text
    assert approved.json()["state"] == "approved"
    batch = {"division": "440783001000", "month": "2010-10", "basis": "launch_cohort"}
    proposed = clerk.post("/api/v1/benefits/awards/batches", json=batch, headers=key()).json()
    assert proposed["proposed"] == 2
    waiting = clerk.get("/api/v1/benefits/awards", params={"state": "proposed"}).json()["items"]
    answer = reviewer.post(
        "/api/v1/benefits/awards/batches/decisions",
        json={"award_ids": [row["id"] for row in waiting]},
        headers=key(),
    )
    assert answer.json() == {"approved": 2, "interest": "0.00", "refused": []}

    body = {"county": "440783", "month": "2011-03"}
    same = key()
    computed = clerk.post("/api/v1/payment-runs", json=body, headers=same)
    assert computed.status_code == 201, computed.text
    run = computed.json()
    assert (run["line_count"], run["total"], run["state"]) == (18, "990.00", "computed")
    replay = clerk.post("/api/v1/payment-runs", json=body, headers=same)
    assert replay.headers["Idempotency-Replayed"] == "true"
    assert replay.json() == run
    assert clerk.post("/api/v1/payment-runs", json=body, headers=key()).json()["code"] == "payment-run-exists"
    base = f"/api/v1/payment-runs/{run['id']}"
    lines = clerk.get(f"{base}/lines", params={"limit": 5}).json()
    assert [line["seq"] for line in lines["items"]] == [1, 2, 3, 4, 5]
    assert lines["next"]
    assert "bank_account" not in lines["items"][0]
    found = clerk.get(f"{base}/exceptions", params={"code": "several_months"}).json()["items"]
    assert len(found) == 3
    assert explain(clerk, people[0])["code"] == "in_run"

    content = {"content_hash": run["content_hash"]}
    assert finance.post(f"{base}/files", headers=key()).json()["code"] == "run-state"
    wrong = approve(reviewer, f"{base}/approvals", run["version"], {"content_hash": "0" * 64})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "content-changed")
    done = approve(reviewer, f"{base}/approvals", run["version"], content)
    assert done.status_code == 201, done.text
    released = finance.post(f"{base}/files", headers=key())
    assert released.status_code == 201, released.text
    file = released.json()["items"][0]
    assert (file["line_count"], file["total"]) == (18, "990.00")
    raw = finance.get(f"{base}/files/{file['id']}")
    assert file["name"] in raw.headers["Content-Disposition"]
    assert clerk.get(f"{base}/files/{file['id']}").status_code == 403
    assert explain(clerk, people[0])["code"] == "in_file"

    rows = raw.content.decode("gb18030").rstrip("\r\n").split("\r\n")
    short = ["|".join(row.split("|")[:5]) for row in rows]
    batch_number = file["name"].removeprefix("YHDFFS").removesuffix(".TXT")
    success = ("\r\n".join(short[:-1]) + "\r\n").encode("gb18030")
    failure = f"{short[-1]}|账户已销户\r\n".encode("gb18030")
    files = [
        ("files", (f"YHDFFK{batch_number}_S.TXT", success, "text/plain")),
        ("files", (f"YHDFFK{batch_number}_F.TXT", failure, "text/plain")),
    ]
    loaded = finance.post(f"{base}/returns", files=files, headers=key())
    assert loaded.status_code == 201, loaded.text
    assert loaded.json()["run"]["state"] == "closed"
    again = finance.post(f"{base}/returns", files=files, headers=key()).json()
    assert again["repeated"] is True
    codes = [explain(clerk, one)["code"] for one in people]
    assert sorted(codes) == ["paid", "paid", "refused"]
    refused = explain(clerk, people[codes.index("refused")])
    assert "账户已销户" in refused["message"]


def explain(client, resident_id, month="2011-03"):
    answer = client.get(f"/api/v1/residents/{resident_id}/payments", params={"month": month})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_suspension_needs_the_version_and_a_known_reason(people, roles):
    clerk = roles[RoleName.COUNTY_CLERK]
    base = f"/api/v1/benefits/{people[1]}"
    read = clerk.get(base)
    body = {"reason": "cert", "on": "2011-03-20"}
    assert clerk.post(f"{base}/suspensions", json=body).status_code == 428
    unknown = clerk.post(
        f"{base}/suspensions", json={**body, "reason": "whim"}, headers={"If-Match": read.headers["ETag"]}
    )
    assert unknown.json()["code"] == "reason-unknown"
    done = clerk.post(f"{base}/suspensions", json=body, headers={"If-Match": read.headers["ETag"]})
    assert done.json()["state"] == "suspended"
    stale = clerk.post(
        f"{base}/terminations", json={**body, "reason": "death"}, headers={"If-Match": read.headers["ETag"]}
    )
    assert stale.status_code == 412
    resumed = clerk.post(f"{base}/resumptions", json=body, headers={"If-Match": done.headers["ETag"]})
    assert resumed.json()["state"] == "active"


def test_another_village_and_an_absent_person_are_the_same_answer(people, roles, sign_in):
    stranger = sign_in(RoleName.VILLAGE_ASSISTANT, division=factories.OTHER_VILLAGE)
    own = roles[RoleName.VILLAGE_ASSISTANT]
    assert own.get(f"/api/v1/benefits/{people[0]}").status_code == 200
    for path in ("/api/v1/benefits/{}", "/api/v1/residents/{}/payments?month=2011-03", "/api/v1/benefits/awards/{}"):
        answers = [stranger.get(path.format(one)) for one in (people[0], 4407830000000007)]
        bodies = [{**answer.json(), "request_id": ""} for answer in answers]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert bodies[0] == bodies[1]
    assert stranger.get("/api/v1/payment-runs").status_code == 403


def test_ladder_names_the_first_stop(database, roles):
    with database.unit_of_work(system_actor(440783000000)) as session:
        nobody = factories.make_resident(session, birth_date=date(1948, 1, 1)).id
        young = factories.make_resident(session, birth_date=date(1980, 1, 1))
        factories.enrol(session, young)
        waiting, _ = house(session)
        young_id, waiting_id = young.id, waiting.id
    clerk = roles[RoleName.COUNTY_CLERK]
    codes = [explain(clerk, one)["code"] for one in (nobody, young_id, waiting_id)]
    assert codes == ["not_enrolled", "not_60", "not_awarded"]
