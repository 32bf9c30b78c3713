"""Cash grows old: alarms, the block at the fifth day, and the one way out of it (reliability.md T2; B13-b)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import text

from api.database import ask, system_actor
from api.policy.cash import Holding, alarm, is_blocked
from api.policy.parameters import parameters_on
from api.services import audit_events, cash_alarms, receipts
from api.services.collectors import Wanted, list_collectors
from api.vocabulary import RoleName
from tests import factories
from tests.cash.test_numbers import give, paper


def remit(town, collector, amount, reference):
    body = {"amount": amount, "paid_in_on": town.today.isoformat(), "bank_reference": reference}
    return collector.done("remittances", body)


def standing(person, collector):
    seen = person.get(f"collectors/{collector.user_id}")
    assert seen.status_code == 200, seen.text
    return seen.json()


def test_five_days_of_cash_block_the_collector_until_the_bank_has_it(town, clerk, collector, finance):
    """B13-b, the issue's own figure: cash held for 5 days blocks the collector."""
    town.pay(collector)
    town.days_later(2)
    town.pay(collector)
    for day, expected in ((1, "warn"), (3, "late"), (4, "late")):
        town.go_to(date(2011, 3, 1) + timedelta(days=day))
        assert standing(clerk, collector)["alarm"] == expected
    [payer] = town.payers(1)
    town.go_to(date(2011, 3, 6))
    answer = collector.post("contributions", town.payment(payer))
    assert (answer.status_code, answer.json()["code"]) == (409, "collector-blocked")
    for part in ("200.00元", "2011-03-01", "满5天", "财务人员"):
        assert part in answer.json()["detail"], part
    seen = standing(clerk, collector)
    assert (seen["held"], seen["age_days"], seen["alarm"]) == ("200.00", 5, "blocked")
    assert seen["advice"] == answer.json()["detail"]
    assert [(day["issued_on"], day["held"]) for day in seen["days"]] == [
        ("2011-03-01", "100.00"), ("2011-03-03", "100.00"),
    ]  # fmt: skip
    # What needs no cash goes on, and a machine or bank payment is nobody's cash.
    town.pay(collector, channel="bank_transfer")
    paid_in = remit(town, collector, "200.00", "JK-AGE-1")
    assert collector.refused("contributions", town.payment(payer)) == (409, "collector-blocked")
    seen = standing(clerk, collector)
    assert (seen["held"], seen["waiting"], seen["alarm"]) == ("200.00", "200.00", "blocked")
    finance.done(f"remittances/{paid_in['id']}/confirmations", version=1)
    assert town.pay(collector, payer)["receipt"]["number"] == 3
    assert standing(clerk, collector)["alarm"] == "none"


def test_a_part_paid_in_leaves_the_younger_cash(town, clerk, collector, finance):
    for _ in range(3):
        town.pay(collector)
        town.days_later(1)
    paid_in = remit(town, collector, "150.00", "JK-PART-1")
    covered = finance.get(f"remittances/{paid_in['id']}/receipts").json()["items"]
    assert [(one["number"], one["covered"]) for one in covered] == [(1, "100.00"), (2, "50.00")]
    finance.done(f"remittances/{paid_in['id']}/confirmations", version=1)
    seen = standing(clerk, collector)
    assert (seen["held"], seen["oldest_on"]) == ("150.00", "2011-03-02")
    assert [(day["issued_on"], day["held"]) for day in seen["days"]] == [
        ("2011-03-02", "50.00"), ("2011-03-03", "100.00"),
    ]  # fmt: skip


def test_papers_from_before_the_block_still_come_to_the_books(town, clerk, collector):
    give(clerk, collector, 10)
    town.pay(collector, receipt=paper(town, 1))
    town.days_later(5)
    [before, after, online] = town.payers(3)
    late = town.payment(after, receipt=paper(town, 3, on=date(2011, 3, 6)))
    assert collector.refused("contributions", late) == (409, "collector-blocked")
    assert collector.refused("contributions", town.payment(online)) == (409, "collector-blocked")
    shown = town.pay(collector, before, receipt=paper(town, 2, on=date(2011, 3, 5)))
    assert shown["receipt"]["issued_on"] == "2011-03-05"
    assert standing(clerk, collector)["held"] == "200.00"
    block = {"collector_id": str(collector.user_id), "count": 1, "purpose": "paper"}
    assert clerk.refused("receipts/blocks", block) == (409, "collector-blocked")


def test_an_old_paper_that_comes_late_brings_its_age_along(town, clerk, collector, finance):
    """Whoever pays in what is in the books and hides a paper does not make the paper younger."""
    give(clerk, collector, 2)
    town.days_later(4)
    town.pay(collector, receipt=paper(town, 2))
    paid_in = remit(town, collector, "100.00", "JK-LATE-1")
    finance.done(f"remittances/{paid_in['id']}/confirmations", version=1)
    town.days_later(2)
    town.pay(collector, receipt=paper(town, 1, on=date(2011, 3, 1)))
    seen = standing(clerk, collector)
    assert (seen["oldest_on"], seen["age_days"], seen["alarm"]) == ("2011-03-01", 6, "blocked")


def test_the_ceiling_blocks_on_the_day_itself(town, clerk, collector):
    town.pay(collector)
    with town.database.unit_of_work(system_actor(440783000000)) as session:
        law = parameters_on(town.today)
        # As if they had taken that much; put back below, since the books must hold.
        session.execute(
            text("UPDATE users SET cash_held_fen = :fen WHERE id = :id"),
            {"fen": law.cash_ceiling_fen, "id": collector.user_id},
        )
    assert standing(clerk, collector)["alarm"] == "blocked"
    [payer] = town.payers(1)
    assert collector.refused("contributions", town.payment(payer)) == (409, "collector-blocked")
    with town.database.unit_of_work(system_actor(440783000000)) as session:
        session.execute(text("UPDATE users SET cash_held_fen = 10000 WHERE id = :id"), {"id": collector.user_id})
    town.pay(collector, payer)


def test_the_list_of_collectors_by_alarm(town, clerk, reviewer):
    village = factories.OTHER_VILLAGE
    old, young = (town.person(RoleName.VILLAGE_ASSISTANT, division=village) for _ in range(2))
    town.pay(old, town.payers(1, village=village)[0])
    town.days_later(4)
    town.pay(young, town.payers(1, village=village)[0])
    listed = clerk.get("collectors", division=str(village)).json()["items"]
    assert [(one["id"], one["alarm"]) for one in listed] == [(str(old.user_id), "late"), (str(young.user_id), "none")]
    assert (listed[0]["name"], listed[0]["division_name"]) == (old.name, listed[0]["division_name"])
    late = clerk.get("collectors", division=str(village), state="late").json()["items"]
    assert [one["id"] for one in late] == [str(old.user_id)]
    first = reviewer.get("collectors", division=str(village), limit=1).json()
    second = reviewer.get("collectors", division=str(village), limit=1, after=first["next"]).json()
    assert [first["items"][0]["id"], second["items"][0]["id"], second["next"]] == [
        str(old.user_id), str(young.user_id), None,
    ]  # fmt: skip
    stranger = town.person(RoleName.VILLAGE_ASSISTANT)
    assert stranger.get(f"collectors/{old.user_id}").status_code == 404
    assert stranger.get("collectors", division=str(village)).json()["items"] == []


HELD = (0, 100, 19_999_999, 20_000_000, 20_000_001)
AGES = (0, 1, 2, 3, 4, 5, 6)


@pytest.mark.parametrize("held_fen", HELD)
def test_the_statements_and_the_law_agree(database, held_fen):
    """What SQL restates: who may take cash of a day, and how loud they alarm."""
    today = date(2011, 3, 31)
    law = parameters_on(today)
    with database.rehearsal(system_actor(440783000000)) as session:
        user = factories.make_user(session, role=RoleName.VILLAGE_ASSISTANT)
        for age in AGES:
            oldest_on = today - timedelta(days=age) if held_fen else None
            session.execute(
                text("UPDATE users SET cash_held_fen = :fen, cash_oldest_on = :on, receipt_count = 1 WHERE id = :id"),
                {"fen": held_fen, "on": oldest_on, "id": user.id},
            )
            holding = Holding(held_fen, oldest_on)
            wanted = Wanted(low=user.division_code, high=user.division_code, collector_id=user.id)
            for state in (None, alarm(holding, today=today, law=law)):
                asked = Wanted(low=wanted.low, high=wanted.high, collector_id=user.id, alarm=state)
                rows, _ = list_collectors(
                    session, wanted=asked, unit=user.division_code, today=today, limit=5, after=None
                )
                assert [row.alarm for row in rows] == [alarm(holding, today=today, law=law)]
            for back in range(7):
                day = today - timedelta(days=back)
                call = receipts.taking(
                    440783, user.id, count=1, amount_fen=0, on=day if held_fen else None, today=today, law=law
                )
                session.execute(text("SAVEPOINT taking"))
                (taken,) = ask(session, call)
                session.execute(text("ROLLBACK TO SAVEPOINT taking"))
                expected = is_blocked(holding, receipt_on=day if held_fen else today, today=today, law=law)
                assert bool(taken) is not expected, (age, back)


def test_a_block_is_put_on_record_once_for_each_oldest_receipt(town, collector, finance):
    """The daily command: who became blocked is recorded, however often it runs."""

    def look():
        actor = system_actor(440783000000)
        with town.database.unit_of_work(actor) as session:
            found, _ = cash_alarms.look(session, actor=actor, division_code=440783000000, today=town.today)
        return next((one.alarm.value for one in found if one.id == collector.user_id), None)

    def recorded():
        with town.database.read_snapshot(system_actor(440783000000)) as session:
            rows = audit_events.list_events(
                session, action=cash_alarms.ACTION, subject_id=collector.user_id, limit=9, after=None
            )[0]
            return [(row.detail["oldest_on"], row.detail["held_fen"]) for row in rows]

    town.pay(collector)
    assert look() is None
    town.days_later(4)
    assert (look(), recorded()) == ("late", [])
    town.days_later(1)
    for _ in range(3):
        assert look() == "blocked"
    assert recorded() == [("2011-03-01", 10_000)]
    paid_in = remit(town, collector, "100.00", "JK-ALARM-1")
    finance.done(f"remittances/{paid_in['id']}/confirmations", version=1)
    assert look() is None
    town.pay(collector)
    town.days_later(5)
    assert (look(), look(), recorded()[0]) == ("blocked", "blocked", ("2011-03-06", 10_000))
    assert len(recorded()) == 2
