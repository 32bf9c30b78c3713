"""现金缴存: recorded by the collector, compared with the bank's advice, disputed, confirmed or rejected by finance."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from api.database import system_actor
from api.errors import DomainError
from api.services import remittances
from tests.cash.test_ageing import remit, standing


def advice(town, **changes):
    return {"bank_reference": "JK-0001", "amount": "100.00", "arrived_on": town.today.isoformat()} | changes


@pytest.fixture
def paid_in(town, collector, request):
    town.pay(collector)
    return remit(town, collector, "100.00", f"JK-{abs(hash(request.node.name)) % 10**9}")


def journals(town, remittance):
    with town.database.read_snapshot(system_actor(440783000000)) as session:
        return session.execute(
            text("SELECT count(*) FROM journals WHERE dedup_key = :key"), {"key": f"remittance:{remittance['id']}"}
        ).scalar_one()


def test_what_agrees_is_booked_on_the_banks_day(town, finance, collector, paid_in):
    town.days_later(2)
    facts = advice(town, bank_reference=paid_in["bank_reference"], arrived_on="2011-03-02")
    done = finance.done(f"remittances/{paid_in['id']}/confirmations", facts, version=1)
    assert (done["state"], done["arrived_on"], done["confirmed_by_id"]) == (
        "confirmed", "2011-03-02", str(finance.user_id),
    )  # fmt: skip
    with town.database.read_snapshot(system_actor(440783000000)) as session:
        day = session.execute(
            text("SELECT business_date FROM journals WHERE id = :id"), {"id": int(done["journal_id"])}
        ).scalar_one()
    assert day.isoformat() == "2011-03-02"
    again = finance.refused(f"remittances/{paid_in['id']}/confirmations", facts, version=2)
    assert again == (409, "remittance-already-confirmed")
    assert finance.refused(f"remittances/{paid_in['id']}/rejections", {"reason": "退票"}, version=2) == (
        409, "remittance-already-confirmed",
    )  # fmt: skip


@pytest.mark.parametrize("changes", [{"amount": "90.00"}, {"bank_reference": "JK-other"}])
def test_what_differs_is_disputed_and_stays_so(town, clerk, finance, collector, paid_in, changes):
    path = f"remittances/{paid_in['id']}"
    facts = advice(town, bank_reference=paid_in["bank_reference"]) | changes
    answer = finance.post(f"{path}/confirmations", facts, version=1, key="differs-" + paid_in["id"])
    assert (answer.status_code, answer.json()["code"]) == (409, "remittance-differs")
    seen = finance.get(path)
    shown = seen.json()
    assert (shown["state"], shown["version"], seen.headers["ETag"]) == ("disputed", 2, '"2"')
    assert (shown["advised_amount"], shown["advised_reference"]) == (facts["amount"], facts["bank_reference"])
    assert standing(clerk, collector)["disputed"] == 1
    disputed = finance.get("remittances", state="disputed").json()["items"]
    assert [one["id"] for one in disputed] == [paid_in["id"]]
    assert journals(town, paid_in) == 0
    # The same key is free: nothing was done under it.
    assert finance.refused(f"{path}/confirmations", facts, version=2, key="differs-" + paid_in["id"]) == (
        409, "remittance-differs",
    )  # fmt: skip
    right = advice(town, bank_reference=paid_in["bank_reference"])
    done = finance.done(f"{path}/confirmations", right, version=3)
    assert (done["state"], done["advised_amount"], journals(town, paid_in)) == ("confirmed", None, 1)
    assert standing(clerk, collector)["held"] == "0.00"


def test_a_difference_that_comes_up_once_the_effect_has_begun_keeps_nothing_of_it(town, finance, paid_in, monkeypatch):
    """Only what is written before the key is taken may outlive a refusal: no half of a booking is ever committed."""
    confirm = remittances.confirm

    def differs_after_booking(session, **facts):
        confirm(session, **facts)
        raise remittances.RemittanceDiffers

    monkeypatch.setattr(remittances, "confirm", differs_after_booking)
    path = f"remittances/{paid_in['id']}"
    facts = advice(town, bank_reference=paid_in["bank_reference"])
    answer = finance.post(f"{path}/confirmations", facts, version=1, key="half-" + paid_in["id"])
    assert (answer.status_code, answer.json()["code"]) == (409, "remittance-differs")
    assert (finance.get(path).json()["version"], journals(town, paid_in)) == (1, 0)
    monkeypatch.undo()
    finance.done(f"{path}/confirmations", facts, version=1, key="half-" + paid_in["id"])
    assert journals(town, paid_in) == 1


def test_no_other_refusal_keeps_what_was_written_before_it():
    def of(kind):
        return {one for child in kind.__subclasses__() for one in {child} | of(child)}

    assert {one for one in of(DomainError) if one.keeps} == {remittances.RemittanceDiffers}


def test_what_never_arrived_is_in_hand_again_as_old_as_it_was(town, clerk, finance, collector, paid_in):
    town.days_later(5)
    path = f"remittances/{paid_in['id']}"
    assert collector.refused(f"{path}/rejections", {"reason": "退票"}, version=1) == (403, "forbidden")
    assert finance.refused(f"{path}/rejections", {"reason": "退票"}) == (428, "if-match-required")
    done = finance.done(f"{path}/rejections", {"reason": "支票退票"}, version=1)
    assert (done["state"], done["reason"]) == ("rejected", "支票退票")
    assert finance.refused(f"{path}/confirmations", version=2) == (409, "remittance-rejected")
    assert finance.get(f"{path}/receipts").json()["items"] == []
    seen = standing(clerk, collector)
    assert (seen["held"], seen["waiting"], seen["alarm"]) == ("100.00", "0.00", "blocked")
    again = remit(town, collector, "100.00", paid_in["bank_reference"])
    finance.done(f"remittances/{again['id']}/confirmations", version=1)
    assert standing(clerk, collector)["alarm"] == "none"


@pytest.mark.parametrize("day", ["2011-02-28", "2011-03-02"])
def test_the_banks_day_lies_between_paying_in_and_today(town, finance, paid_in, day):
    facts = advice(town, bank_reference=paid_in["bank_reference"], arrived_on=day)
    answer = finance.refused(f"remittances/{paid_in['id']}/confirmations", facts, version=1)
    assert answer == (422, "arrived-out-of-range")


def test_ten_confirmations_at_once_are_one_journal(town, finance, paid_in):
    path = f"remittances/{paid_in['id']}/confirmations"
    with ThreadPoolExecutor(max_workers=10) as pool:
        answers = list(pool.map(lambda _: finance.post(path, version=1), range(10)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {
        "remittance-already-confirmed"
    }
    assert journals(town, paid_in) == 1


def test_confirming_and_rejecting_at_once_is_one_of_them(town, finance, paid_in):
    path = f"remittances/{paid_in['id']}"
    with ThreadPoolExecutor(max_workers=2) as pool:
        one = pool.submit(finance.post, f"{path}/confirmations", version=1)
        other = pool.submit(finance.post, f"{path}/rejections", {"reason": "未到账"}, version=1)
    assert sorted((one.result().status_code, other.result().status_code)) == [201, 409]


def test_nobody_pays_in_more_than_they_hold_even_at_once(town, collector):
    town.pay(collector)

    def pay_in(number):
        body = {"amount": "60.00", "paid_in_on": town.today.isoformat(), "bank_reference": f"JK-TWICE-{number}"}
        return collector.post("remittances", body)

    with ThreadPoolExecutor(max_workers=4) as pool:
        answers = list(pool.map(pay_in, range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 422, 422, 422]


def test_a_reversal_after_paying_in_takes_other_cash(town, collector, finance, reviewer):
    """The banknotes of the first went to the bank; its payer is given those of the second, and the slip still adds up."""
    first, second = town.pay(collector), town.pay(collector)
    paid_in = remit(town, collector, "100.00", "JK-OTHER-CASH")
    finance.done(f"remittances/{paid_in['id']}/confirmations", version=1)
    reviewer.done(f"contributions/{first['id']}/reversals", {"reason": "录错"}, version=1)
    covered = finance.get(f"remittances/{paid_in['id']}/receipts").json()["items"]
    assert [(one["receipt_id"], one["covered"]) for one in covered] == [(second["receipt"]["id"], "100.00")]
    assert collector.get("remittances/cash-in-hand").json()["amount"] == "0.00"
    refused = reviewer.refused(f"contributions/{second['id']}/reversals", {"reason": "录错"}, version=1)
    assert refused == (409, "cash-already-remitted")
