"""Receipt numbers: blocks, gaps, voids (reliability.md T1, T3; B13-a, B13-c)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest

from api.vocabulary import RoleName
from tests import factories


def give(clerk, collector, count, **more):
    body = {"collector_id": str(collector.user_id), "count": count, "purpose": "paper"} | more
    return clerk.done("receipts/blocks", body)


def paper(town, number, *, on=None):
    return {"number": number, "issued_on": (on or town.today).isoformat()}


def gaps(person, collector, **query):
    found = [one for one in person.get("receipts/gaps", limit=200, **query).json()["items"]
             if one["collector_id"] == str(collector.user_id)]  # fmt: skip
    return found[0] if found else None


class TestBlocks:
    def test_blocks_and_online_numbers_come_from_one_counter(self, town, clerk, collector):
        assert town.pay(collector)["receipt"]["number"] == 1
        block = give(clerk, collector, 5, label="3号收据本")
        assert (block["first_number"], block["last_number"], block["used"], block["state"]) == (2, 6, 0, "open")
        assert town.pay(collector)["receipt"]["number"] == 7
        assert town.pay(collector, receipt=paper(town, 4))["receipt"]["number"] == 4
        second = give(clerk, collector, 2, purpose="device")
        assert (second["first_number"], second["last_number"]) == (8, 9)
        full = {"collector_id": str(collector.user_id), "count": 1, "purpose": "paper"}
        assert clerk.refused("receipts/blocks", full) == (409, "receipt-blocks-full")

    def test_a_block_that_is_used_up_closes_by_itself(self, town, clerk, collector):
        block = give(clerk, collector, 2)
        for number in (1, 2):
            town.pay(collector, receipt=paper(town, number))
        seen = clerk.get(f"receipts/blocks/{block['id']}")
        assert (seen.json()["state"], seen.json()["unused"]) == ("exhausted", 0)
        assert seen.headers["ETag"] == '"3"'
        assert clerk.refused(f"receipts/blocks/{block['id']}/returns", version=3) == (409, "receipt-block-closed")

    def test_who_may_give_and_take(self, town, clerk, collector, finance):
        own = {"collector_id": str(clerk.user_id), "count": 1, "purpose": "paper"}
        assert clerk.refused("receipts/blocks", own) == (409, "same-person")
        assert collector.refused("receipts/blocks", own) == (403, "forbidden")
        assert clerk.refused("receipts/blocks", own | {"collector_id": str(finance.user_id)}) == (404, "not-found")
        county_clerk = town.person(RoleName.COUNTY_CLERK)
        unfit = own | {"collector_id": str(finance.user_id)}
        assert county_clerk.refused("receipts/blocks", unfit) == (409, "collector-unfit")
        assert clerk.refused("receipts/blocks", own | {"count": 201}) == (422, "invalid")
        block = give(clerk, collector, 1)
        assert collector.refused(f"receipts/blocks/{block['id']}/returns", version=1) == (403, "forbidden")
        assert clerk.refused(f"receipts/blocks/{block['id']}/returns", version=9) == (412, "stale-version")
        assert clerk.refused(f"receipts/blocks/{block['id']}/returns") == (428, "if-match-required")

    def test_only_own_open_numbers_of_a_fitting_day(self, town, clerk, collector):
        town.days_later(2)
        other = town.person(RoleName.VILLAGE_ASSISTANT)
        block = give(clerk, collector, 3)
        [payer] = town.payers(1)

        def refused(who, receipt, **changes):
            return who.refused("contributions", town.payment(payer, receipt=receipt, **changes))

        assert refused(other, paper(town, 1)) == (409, "receipt-not-issued")
        assert refused(collector, paper(town, 4)) == (409, "receipt-not-issued")
        assert refused(collector, paper(town, 1, on=town.today - timedelta(days=1))) == (409, "receipt-not-issued")
        assert refused(collector, paper(town, 1, on=town.today + timedelta(days=1))) == (422, "receipt-in-future")
        assert refused(collector, paper(town, 1), channel="bank_transfer") == (422, "receipt-needs-cash")
        town.pay(collector, receipt=paper(town, 1))
        assert refused(collector, paper(town, 1)) == (409, "receipt-already-used")
        clerk.done(f"receipts/blocks/{block['id']}/returns", version=2)
        assert refused(collector, paper(town, 2)) == (409, "receipt-not-issued")

    def test_a_reversal_keeps_the_number(self, town, clerk, collector, reviewer):
        give(clerk, collector, 2)
        paid = town.pay(collector, receipt=paper(town, 1))
        reviewer.done(f"contributions/{paid['id']}/reversals", {"reason": "录错"}, version=1)
        again = town.payment(paid["resident_id"], receipt=paper(town, 1))
        assert collector.refused("contributions", again) == (409, "receipt-already-used")
        assert collector.refused("receipts/voids", {"number": 1, "reason": "录错"}) == (409, "receipt-already-used")
        assert town.pay(collector, paid["resident_id"], receipt=paper(town, 2))["receipt"]["number"] == 2
        assert gaps(clerk, collector, as_of="2011-03-20") is None

    def test_twenty_posts_of_one_number_are_one_receipt(self, town, clerk, collector):
        give(clerk, collector, 3)
        payers = town.payers(12)
        with ThreadPoolExecutor(max_workers=12) as pool:
            answers = list(pool.map(
                lambda payer: collector.post("contributions", town.payment(payer, receipt=paper(town, 2))), payers
            ))  # fmt: skip
        assert sorted(answer.status_code for answer in answers) == [201] + [409] * 11
        assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"receipt-already-used"}

    def test_blocks_and_payments_at_once_never_share_a_number(self, town, clerk, collector):
        """Online receipts, papers and new blocks at once: every number stands once, none is missing."""
        give(clerk, collector, 6)
        payers = town.payers(18)

        def one(place):
            if place < 6:
                return collector.post("contributions", town.payment(payers[place], receipt=paper(town, place + 1)))
            if place == 6:
                body = {"collector_id": str(collector.user_id), "count": 4, "purpose": "device"}
                return clerk.post("receipts/blocks", body)
            return collector.post("contributions", town.payment(payers[place]))

        with ThreadPoolExecutor(max_workers=18) as pool:
            answers = list(pool.map(one, range(18)))
        assert {answer.status_code for answer in answers} == {201}, [answer.text for answer in answers]
        numbers = [answer.json()["receipt"]["number"] for place, answer in enumerate(answers) if place != 6]
        block = answers[6].json()
        given = sorted(numbers + list(range(block["first_number"], block["last_number"] + 1)))
        assert given == list(range(1, 22))


class TestGaps:
    def test_twenty_given_seventeen_posted_three_missing_by_name(self, town, clerk, collector):
        """B13-a: the issue's own figures."""
        give(clerk, collector, 20)
        for number in range(1, 21):
            if number not in {4, 11, 17}:
                town.pay(collector, receipt=paper(town, number))
        assert gaps(clerk, collector) is None
        town.days_later(1)
        found = gaps(clerk, collector)
        assert (found["name"], found["division_code"]) == (collector.name, str(factories.VILLAGE))
        assert [gap["number"] for gap in found["gaps"]] == [4, 11, 17]
        assert {gap["age_days"] for gap in found["gaps"]} == {1}
        assert (found["count"], found["unused"]) == (3, 0)
        [void] = collector.done("receipts/voids", {"number": 11, "reason": "写坏了"})["items"]
        assert [gap["void_id"] for gap in gaps(clerk, collector)["gaps"]] == [None, void["id"], None]
        assert clerk.refused("receipts/voids", {"number": 11, "reason": "写坏了"}) == (409, "receipt-not-issued")
        decided = clerk.done("receipts/voids/decisions", {"ids": [void["id"]], "decision": "confirm"})
        assert decided["items"][0]["state"] == "confirmed"
        assert [gap["number"] for gap in gaps(clerk, collector)["gaps"]] == [4, 17]
        town.pay(collector, receipt=paper(town, 4, on=date(2011, 3, 1)))
        assert [gap["number"] for gap in gaps(clerk, collector)["gaps"]] == [17]
        seen = clerk.get(f"collectors/{collector.user_id}").json()
        assert (seen["gaps"], seen["voids"], seen["void_rate"], seen["numbers"]) == (1, 1, "5.0", 20)

    def test_what_is_not_used_yet_is_no_gap_until_the_block_comes_back(self, town, clerk, collector):
        block = give(clerk, collector, 20)
        for number in range(1, 18):
            town.pay(collector, receipt=paper(town, number))
        town.days_later(1)
        assert gaps(clerk, collector) is None
        seen = clerk.get(f"receipts/blocks/{block['id']}").json()
        assert (seen["used"], seen["unused"]) == (17, 3)
        clerk.done(f"receipts/blocks/{block['id']}/returns", version=seen["version"])
        found = gaps(clerk, collector)
        assert [(gap["number"], gap["returned"]) for gap in found["gaps"]] == [(18, True), (19, True), (20, True)]
        said = collector.done("receipts/voids", {"number": 18, "last_number": 20, "reason": "未用"})["items"]
        ids = [one["id"] for one in said]
        clerk.done("receipts/voids/decisions", {"ids": ids, "decision": "confirm"})
        assert gaps(clerk, collector) is None
        assert clerk.get(f"receipts/blocks/{block['id']}").json()["state"] == "exhausted"

    def test_the_neighbours_gaps_are_out_of_sight(self, town, clerk, collector):
        give(clerk, collector, 2)
        town.pay(collector, receipt=paper(town, 2))
        town.days_later(1)
        assert gaps(clerk, collector) is not None
        stranger = town.person(RoleName.VILLAGE_ASSISTANT, division=factories.OTHER_VILLAGE)
        assert gaps(stranger, collector) is None
        assert gaps(stranger, collector, division=str(factories.VILLAGE)) is None


class TestVoids:
    def test_a_void_needs_another_person_and_burns_the_number(self, town, collector, clerk):
        """B13-c: whoever handed the paper out cannot take it back alone."""
        giver = town.person(RoleName.TOWN_CLERK)
        give(giver, clerk, 3)
        [void] = clerk.done("receipts/voids", {"number": 2, "reason": "写错"})["items"]
        decision = {"ids": [void["id"]], "decision": "confirm"}
        assert clerk.refused("receipts/voids/decisions", decision) == (409, "same-person")
        assert collector.refused("receipts/voids/decisions", decision) == (403, "forbidden")
        [payer] = town.payers(1)
        body = town.payment(payer, receipt=paper(town, 2))
        assert clerk.refused("contributions", body) == (409, "receipt-void")
        giver.done("receipts/voids/decisions", decision)
        assert giver.refused("receipts/voids/decisions", decision) == (409, "void-already-decided")
        assert clerk.refused("contributions", body) == (409, "receipt-void")
        assert clerk.refused("receipts/voids", {"number": 2, "reason": "写错"}) == (409, "receipt-void")

    def test_a_refused_void_gives_the_number_back(self, town, clerk, collector):
        give(clerk, collector, 2)
        [void] = collector.done("receipts/voids", {"number": 1, "reason": "丢失"})["items"]
        clerk.done("receipts/voids/decisions", {"ids": [void["id"]], "decision": "refuse"})
        assert town.pay(collector, receipt=paper(town, 1))["receipt"]["number"] == 1

    @pytest.mark.parametrize(
        ("body", "refusal"),
        [
            ({"number": 9}, (409, "receipt-not-issued")),
            ({"number": 2, "last_number": 9}, (409, "receipt-not-issued")),
            ({"number": 3, "last_number": 2}, (422, "numbers-out-of-order")),
            ({"number": 0}, (422, "invalid")),
            ({"number": 2, "reason": ""}, (422, "invalid")),
        ],
    )
    def test_refusals(self, town, clerk, collector, body, refusal):
        give(clerk, collector, 3)
        assert collector.refused("receipts/voids", {"reason": "写错"} | body) == refusal

    def test_a_post_and_a_void_of_one_number_at_once_are_one_of_them(self, town, clerk, collector):
        give(clerk, collector, 8)
        payers = town.payers(8)
        for number, payer in enumerate(payers, start=1):
            with ThreadPoolExecutor(max_workers=2) as pool:
                posted = pool.submit(collector.post, "contributions", town.payment(payer, receipt=paper(town, number)))
                voided = pool.submit(collector.post, "receipts/voids", {"number": number, "reason": "写错"})
            assert sorted((posted.result().status_code, voided.result().status_code)) == [201, 409]
