"""Requests of the roles that a subsidy passes through, each answer checked."""

from __future__ import annotations

import uuid

API = "/api/v1"
CLAIMS, RECEIPTS = f"{API}/subsidy-claims", f"{API}/subsidy-receipts"


def post(client, url, body=None, *, version=None, status=201):
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    if version is not None:
        headers["If-Match"] = f'"{version}"'
    answer = client.post(url, json=body, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


def get(client, url, **query):
    answer = client.get(url, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def pay(people, resident, *, year, on, kind="annual", channel="bank_transfer"):
    body = {"resident_id": resident, "contribution_year": year, "kind": kind, "paid_on": on, "channel": channel}
    return post(people.town, f"{API}/contributions", body)


def claim(people, period, *, purpose="contribution_subsidy", cut_off_on=None):
    body = {"county": "440783", "purpose": purpose, "period": period, "cut_off_on": cut_off_on}
    made = post(people.clerk, CLAIMS, body)
    made = post(
        people.reviewer, f"{CLAIMS}/{made['id']}/approvals", {"content_hash": made["content_hash"]},
        version=made["version"],
    )  # fmt: skip
    return post(people.clerk, f"{CLAIMS}/{made['id']}/sendings", version=made["version"])


def arrive(people, made, on):
    """Every level pays its part on a day."""
    for level in ("central", "province", "city", "county", "town"):
        if made["amounts"][level] == "0.00":
            continue
        body = {
            "county": "440783", "purpose": made["purpose"], "level": level, "amount": made["amounts"][level],
            "received_on": on, "bank_reference": uuid.uuid4().hex[:20], "claim_ids": [made["id"]],
        }  # fmt: skip
        receipt = post(people.finance, RECEIPTS, body)
        done = post(people.other_finance, f"{RECEIPTS}/{receipt['id']}/confirmations", version=receipt["version"])
        assert (done["state"], done["advance"]) == ("confirmed", "0.00")
    return get(people.auditor, f"{CLAIMS}/{made['id']}")


def interest(people, year):
    run = post(people.clerk, f"{API}/interest-runs", {"county": "440783", "year": year})
    body = {"content_hash": run["content_hash"]}
    return post(people.reviewer, f"{API}/interest-runs/{run['id']}/approvals", body, version=run["version"])


def balances(client, resident):
    account = get(client, f"{API}/accounts/{resident}")
    return account["personal"], account["gov"]
