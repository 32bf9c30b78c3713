"""Steps with government: what it pays for people, what it is asked for, what arrives level by level, what is posted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.money.model import GOVERNMENT_PAID, SUBSIDY, SUBSIDY_FEN, Claim, Paid
from tests.money.office import COUNTY, fen_of, yuan

if TYPE_CHECKING:
    from tests.money.office import Office

LEVELS = ("central", "province", "city", "county", "town")
LOWEST_FEN = 10_000


def pay_for(office: Office) -> bool:
    """A run of 代缴, by two persons: those whom it is for, and whose year is not paid."""
    year, month = office.today.year, f"{office.today:%Y-%m}"
    expected = [one for one in office.people.values() if one.is_helped and year not in office.books.years_paid(one.id)]
    if not expected:
        return False
    body = {"county": str(COUNTY), "paid_on": office.today.isoformat()}
    answer = office.post("county_clerk", "/government-paid-runs", body)
    if month in office.runs:
        return office.refused("pay_for", answer, "run-exists")
    assert answer.status_code == 201, office.story(answer.text)
    run = answer.json()
    office.runs.add(month)
    assert run["row_count"] == len(expected), office.story(str(run))
    path, said = f"/government-paid-runs/{run['id']}/approvals", {"content_hash": run["content_hash"]}
    own = office.post("county_clerk", path, said, version=run["version"])
    assert own.status_code in {403, 409}, office.story(own.text)
    posted = office.make("reviewer", path, said, version=run["version"])
    assert posted["state"] == "posted", office.story(str(posted))
    for one in expected:
        query = {"resident_id": one.id, "contribution_year": year, "kind": GOVERNMENT_PAID, "state": "posted"}
        [row] = office.get("county_clerk", "/contributions", **query)["items"]
        waiting = fen_of(row["waiting_subsidy"])
        assert fen_of(row["subsidy"]) + waiting == SUBSIDY_FEN, office.story(str(row))
        assert (fen_of(row["amount"]), row["paid_on"]) == (LOWEST_FEN, office.today.isoformat()), office.story(str(row))
        office.books.take(
            Paid(
                row["id"], one.id, year, office.today, GOVERNMENT_PAID, "county_clerk", government_fen=LOWEST_FEN,
                subsidy_fen=SUBSIDY_FEN,
            ),
            waits=waiting > 0,
        )  # fmt: skip
    return office.did("pay_for", f"{len(expected)} people, {year}")


def claim(office: Office) -> bool:
    """A claim on government, by two persons; when less is new than has to be taken back, there is none."""
    purpose = office.random.choice((SUBSIDY, SUBSIDY, GOVERNMENT_PAID))
    if any(one.purpose == purpose and one.arrived_on is None for one in office.books.claims):
        return False
    if (purpose, office.today) in office.cut_offs:
        return False
    items = office.books.claimable(purpose)
    wanted = Claim("", purpose, items)
    body = {"county": str(COUNTY), "purpose": purpose, "period": str(office.today.year)}
    body["cut_off_on"] = office.today.isoformat()
    answer = office.post("county_clerk", "/subsidy-claims", body)
    if wanted.total_fen <= 0:
        return office.refused("claim", answer, "nothing-to-claim")
    assert answer.status_code == 201, office.story(answer.text)
    made = answer.json()
    assert fen_of(made["amounts"]["total"]) == wanted.total_fen, office.story(f"{made} {items}")
    office.cut_offs.add((purpose, office.today))
    path = f"/subsidy-claims/{made['id']}"
    said = {"content_hash": made["content_hash"]}
    made = office.make("reviewer", f"{path}/approvals", said, version=made["version"])
    office.make("county_clerk", f"{path}/sendings", version=made["version"])
    wanted.id = made["id"]
    office.books.claim(wanted)
    back = sum(sign < 0 for _, sign in items)
    office.done["taken back from government"] += back
    return office.did("claim", f"{purpose} {wanted.total_fen}, {back} of {len(items)} taken back")


def arrive(office: Office) -> bool:
    """Every level pays its part of a claim; one finance person records it, the other confirms it."""
    waiting = [one for one in office.books.claims if one.arrived_on is None]
    if not waiting:
        return False
    one = office.random.choice(waiting)
    shown = office.get("finance", f"/subsidy-claims/{one.id}")
    arrived = 0
    for level in LEVELS:
        amount = fen_of(shown["amounts"][level])
        if not amount:
            continue
        body = {
            "county": str(COUNTY), "purpose": one.purpose, "level": level, "amount": yuan(amount),
            "received_on": office.today.isoformat(), "bank_reference": office.reference(), "claim_ids": [one.id],
        }  # fmt: skip
        made = office.make("finance", "/subsidy-receipts", body)
        path = f"/subsidy-receipts/{made['id']}/confirmations"
        own = office.post("finance", path, version=made["version"])
        assert (own.status_code, own.json()["code"]) == (409, "same-person"), office.story(own.text)
        done = office.make("second_finance", path, version=made["version"])
        assert (done["state"], done["advance"]) == ("confirmed", "0.00"), office.story(str(done))
        arrived += amount
    assert arrived == one.total_fen, office.story(f"{arrived} {one.total_fen}")
    assert office.get("finance", f"/subsidy-claims/{one.id}")["state"] == "closed", office.story()
    office.books.arrive(one, office.today)
    return office.did("arrive", f"{one.purpose} {arrived}")


def post(office: Office) -> bool:
    """What has arrived is posted to those who waited for it; again, nothing."""
    there = [one for one in office.books.claims if one.arrived_on is not None and one.purpose == SUBSIDY]
    if not there or not office.books.on_claim:
        return False
    ready = [one for one in there if any(sign > 0 and paid.is_waiting for paid, sign in one.items)]
    if not ready and office.random.random() < 0.9:
        return False
    one = office.random.choice(ready or there)
    path = f"/subsidy-claims/{one.id}/postings"
    told = sum(fen_of(town["amount"]) for town in office.make("reviewer", path)["towns"])
    posted = office.books.post(one, told)
    assert told == posted, office.story(f"{told} told, {posted} in the model")
    again = office.make("reviewer", path)
    assert sum(fen_of(town["amount"]) for town in again["towns"]) == 0, office.story(str(again))
    return office.did("post" if posted else "post nothing", str(posted))
