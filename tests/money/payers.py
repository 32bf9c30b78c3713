"""Steps of a payer's list: handed in by the village, its money found at the bank, posted by the county, or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.money.model import Paid
from tests.money.office import PERIOD_CLOSED, VILLAGES, PayerList, yuan

if TYPE_CHECKING:
    from typing import Any

    from tests.money.office import Office


def hand_in(office: Office) -> bool:
    """The village hands a list of its collective in."""
    random = office.random
    villagers = [one.id for one in office.people.values() if one.village == VILLAGES[0]]
    chosen = sorted(random.sample(villagers, random.randint(1, len(villagers))))
    amounts = {person: random.choice((1, 3_050, 5_000, 12_345)) for person in chosen}
    body = {
        "kind": "collective", "payer_kind": "village_collective", "payer_name": "石海经济联合社",
        "basis": f"决议{office.reference()}", "basis_on": office.today.isoformat(),
        "contribution_year": office.today.year, "division_code": str(VILLAGES[0]),
        "lines": [{"resident_id": person, "amount": yuan(fen)} for person, fen in amounts.items()],
    }  # fmt: skip
    made = office.make("assistant", "/payer-lists", body)
    made = act(office, "assistant", made, "submissions")
    office.lists.append(PayerList(made["id"], amounts, office.today.year))
    return office.did("hand_in", f"{sum(amounts.values())} for {len(amounts)}")


def act(office: Office, who: str, shown: Any, step: str, **body: Any) -> Any:
    """One step of a list, which has to be accepted."""
    return office.make(who, f"/payer-lists/{shown['id']}/{step}", body or None, version=shown["version"])


def find_money(office: Office) -> bool:
    """Finance finds a list's money at the bank: the whole sum, or it is no arrival."""
    waiting = [one for one in office.lists if one.state == "submitted"]
    if not waiting:
        return False
    one = office.random.choice(waiting)
    total = sum(one.amounts.values())
    shown = office.get("finance", f"/payer-lists/{one.id}")
    body = {"amount": yuan(total), "bank_reference": office.reference(), "arrived_on": office.today.isoformat()}
    path = f"/payer-lists/{one.id}/arrivals"
    short = office.post("finance", path, body | {"amount": yuan(total + 1)}, version=shown["version"])
    assert (short.status_code, short.json()["code"]) == (409, "payer-amount-differs"), office.story(short.text)
    act(office, "finance", shown, "arrivals", **body)
    one.state, one.arrived_on = "received", office.today
    office.books.income_fen += total
    office.books.suspense_fen += total
    return office.did("find_money", str(total))


def post_list(office: Office) -> bool:
    """The county posts a list whose money is there at the day on which it came, or turns it down: the money waits."""
    waiting = [one for one in office.lists if one.state == "received"]
    if not waiting:
        return False
    one = office.random.choice(waiting)
    shown = office.get("reviewer", f"/payer-lists/{one.id}")
    if office.random.random() < 0.15:
        act(office, "reviewer", shown, "rejections", reason="决议不符")
        one.state = "rejected"
        return office.did("list turned down", str(sum(one.amounts.values())))
    assert one.arrived_on is not None
    said = {"content_hash": shown["content_hash"]}
    answer = office.post("reviewer", f"/payer-lists/{one.id}/approvals", said, version=shown["version"])
    if one.arrived_on.year in office.books.closed and answer.status_code == 409:
        # Its money waits: whether a closed year takes it with its interest is the office's to say.
        one.state = "too late"
        return office.refused("post_list", answer, PERIOD_CLOSED)
    assert answer.status_code == 201, office.story(answer.text)
    assert answer.json()["posted"] == yuan(sum(one.amounts.values())), office.story(answer.text)
    one.state = "posted"
    for line in office.get("reviewer", f"/payer-lists/{one.id}/lines")["items"]:
        person = line["resident_id"]
        office.books.take(
            Paid(
                line["contribution_id"], person, one.year, one.arrived_on, "collective", "assistant",
                collective_fen=one.amounts[person], held="suspense",
            )
        )  # fmt: skip
    return office.did("post_list", f"{sum(one.amounts.values())} of {one.arrived_on}")
