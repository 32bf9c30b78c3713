"""Random lives of collectors against a small model written from reliability.md T1 to T3 alone.

The model knows numbers, cash by receipt and days; after each step the service must say the same, and the books hold.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest

from api.vocabulary import RoleName
from tests.cash.test_numbers import gaps, paper

SEEDS = [int(one) for one in os.environ.get("CASH_SEEDS", "20110301 7 42").split()]
STEPS = int(os.environ.get("CASH_STEPS", "50"))


@dataclass
class Paper:
    """A receipt in the model: 100 yuan each, and where its cash is."""

    number: int
    on: date
    contribution: str
    in_bank: dict[str, int] = field(default_factory=dict)
    is_reversed: bool = False

    def open_fen(self) -> int:
        return 0 if self.is_reversed else 10_000 - sum(self.in_bank.values())


@dataclass
class Model:
    """What a collector should hold."""

    count: int = 0
    papers: list[Paper] = field(default_factory=list)
    blocks: list[dict] = field(default_factory=list)
    voids: dict[int, str] = field(default_factory=dict)
    remittances: dict[str, dict] = field(default_factory=dict)

    def held(self, paper: Paper) -> int:
        """What is in hand by the books: only the bank's confirmation takes it away."""
        if paper.is_reversed:
            return 0
        confirmed = {key for key, one in self.remittances.items() if one["state"] == "confirmed"}
        return 10_000 - sum(fen for key, fen in paper.in_bank.items() if key in confirmed)

    def held_fen(self) -> int:
        return sum(self.held(one) for one in self.papers)

    def open_fen(self) -> int:
        return sum(one.open_fen() for one in self.papers)

    def oldest(self) -> date | None:
        return min((one.on for one in self.papers if self.held(one)), default=None)

    def blocked(self, day: date) -> bool:
        oldest = self.oldest()
        return oldest is not None and day - oldest >= timedelta(days=5)

    def used(self) -> set[int]:
        return {one.number for one in self.papers} | {n for n, state in self.voids.items() if state == "confirmed"}

    def free(self) -> list[int]:
        taken = {one.number for one in self.papers} | {n for n, state in self.voids.items() if state != "refused"}
        return [n for block in self.blocks if block["open"] for n in block["numbers"] if n not in taken]

    def cover(self, key: str, fen: int) -> None:
        for one in sorted(self.papers, key=lambda p: (p.on, p.number)):
            part = min(one.open_fen(), fen)
            if part:
                one.in_bank[key] = one.in_bank.get(key, 0) + part
                fen -= part
        assert fen == 0

    def missing(self, day: date) -> list[int]:
        found = []
        for block in self.blocks:
            if not block["on"] < day:
                continue
            numbers = set(block["numbers"])
            before = {p.number for p in self.papers if p.on < day} | {
                n for n, on in block["voided"].items() if on < day
            }
            highest = max(before & numbers, default=0)
            found += [n for n in block["numbers"] if n not in self.used() and (n < highest or not block["open"])]
        return sorted(found)


class Play:
    """One collector's life."""

    def __init__(self, town, seed: int) -> None:
        self.town, self.random = town, random.Random(seed)
        self.collector = town.person(RoleName.VILLAGE_ASSISTANT)
        self.clerk = town.person(RoleName.TOWN_CLERK)
        self.finance = town.person(RoleName.FINANCE)
        self.reviewer = town.person(RoleName.COUNTY_REVIEWER)
        self.model = Model()
        self.seed, self.serial = seed, 0
        self.done: dict[str, int] = {}

    def step(self) -> None:
        name = self.random.choices(
            ["pay", "paper", "block", "take_back", "void", "decide", "remit", "confirm", "reject", "reverse", "day"],
            [14, 14, 4, 2, 5, 4, 7, 8, 3, 5, 6],
        )[0]
        if getattr(self, name)():
            self.done[name] = self.done.get(name, 0) + 1

    def day(self) -> bool:
        self.town.days_later(1)
        return True

    def pay(self) -> bool:
        [payer] = self.town.payers(1)
        answer = self.collector.post("contributions", self.town.payment(payer))
        if self.model.blocked(self.town.today):
            assert answer.json()["code"] == "collector-blocked"
            return False
        self.model.count += 1
        shown = answer.json()
        assert shown["receipt"]["number"] == self.model.count
        self.model.papers.append(Paper(self.model.count, self.town.today, shown["id"]))
        return True

    def paper(self) -> bool:
        [payer] = self.town.payers(1)
        free = self.model.free()
        number = self.random.choice([*free, self.random.randint(1, self.model.count + 2)])
        on = self.town.today - timedelta(days=self.random.choice([0, 0, 0, 1, 3]))
        answer = self.collector.post("contributions", self.town.payment(payer, receipt=paper(self.town, number, on=on)))
        block = next((one for one in self.model.blocks if number in one["numbers"]), None)
        if number not in free or block is None or on < block["on"]:
            assert answer.json()["code"] in {"receipt-not-issued", "receipt-already-used", "receipt-void"}
            return False
        if self.model.blocked(on):
            assert answer.json()["code"] == "collector-blocked"
            return False
        assert answer.status_code == 201, answer.text
        self.model.papers.append(Paper(number, on, answer.json()["id"]))
        self._close(block)
        return True

    def _close(self, block: dict) -> None:
        if set(block["numbers"]) <= self.model.used():
            block["open"], block["done"] = False, True

    def block(self) -> bool:
        count = self.random.randint(1, 5)
        body = {"collector_id": str(self.collector.user_id), "count": count, "purpose": "paper"}
        answer = self.clerk.post("receipts/blocks", body)
        if sum(one["open"] for one in self.model.blocks) >= 2:
            assert answer.json()["code"] == "receipt-blocks-full"
            return False
        if self.model.blocked(self.town.today):
            assert answer.json()["code"] == "collector-blocked"
            return False
        first = self.model.count + 1
        assert (answer.json()["first_number"], answer.json()["last_number"]) == (first, first + count - 1)
        self.model.count += count
        numbers = list(range(first, first + count))
        self.model.blocks.append(
            {"id": answer.json()["id"], "numbers": numbers, "open": True, "done": False, "on": self.town.today,
             "voided": {}}
        )  # fmt: skip
        return True

    def take_back(self) -> bool:
        open_ones = [one for one in self.model.blocks if one["open"]]
        if not open_ones:
            return False
        block = self.random.choice(open_ones)
        version = self.clerk.get(f"receipts/blocks/{block['id']}").json()["version"]
        self.clerk.done(f"receipts/blocks/{block['id']}/returns", version=version)
        block["open"] = False
        return True

    def void(self) -> bool:
        numbers = [n for one in self.model.blocks for n in one["numbers"]] or [1]
        number = self.random.choice(numbers)
        answer = self.collector.post("receipts/voids", {"number": number, "reason": "写错"})
        standing = {p.number for p in self.model.papers} | {n for n, s in self.model.voids.items() if s != "refused"}
        known = any(number in one["numbers"] for one in self.model.blocks)
        if number in standing or not known:
            assert answer.status_code == 409
            return False
        self.model.voids[number] = "proposed"
        self.void_ids = getattr(self, "void_ids", {}) | {number: answer.json()["items"][0]["id"]}
        return True

    def decide(self) -> bool:
        waiting = [n for n, state in self.model.voids.items() if state == "proposed"]
        if not waiting:
            return False
        number = self.random.choice(waiting)
        decision = self.random.choice(["confirm", "confirm", "refuse"])
        self.clerk.done("receipts/voids/decisions", {"ids": [self.void_ids[number]], "decision": decision})
        self.model.voids[number] = {"confirm": "confirmed", "refuse": "refused"}[decision]
        block = next(one for one in self.model.blocks if number in one["numbers"])
        if decision == "confirm":
            block["voided"][number] = self.town.today
            self._close(block)
        return True

    def remit(self) -> bool:
        self.serial += 1
        open_fen = self.model.open_fen()
        fen = self.random.choice([open_fen, open_fen // 2, open_fen + 1, 100]) or 100
        body = {
            "amount": f"{fen // 100}.{fen % 100:02d}",
            "paid_in_on": self.town.today.isoformat(),
            "bank_reference": f"MODEL-{self.seed}-{self.serial}",
        }
        answer = self.collector.post("remittances", body)
        if fen > open_fen:
            assert answer.json()["code"] == "remittance-exceeds-cash"
            return False
        assert answer.status_code == 201, answer.text
        self.model.remittances[answer.json()["id"]] = {"state": "waiting", "fen": fen}
        self.model.cover(answer.json()["id"], fen)
        return True

    def _waiting(self) -> str | None:
        keys = [key for key, one in self.model.remittances.items() if one["state"] == "waiting"]
        return self.random.choice(keys) if keys else None

    def confirm(self) -> bool:
        key = self._waiting()
        if key is None:
            return False
        self.finance.done(f"remittances/{key}/confirmations", version=1)
        self.model.remittances[key]["state"] = "confirmed"
        return True

    def reject(self) -> bool:
        key = self._waiting()
        if key is None:
            return False
        self.finance.done(f"remittances/{key}/rejections", {"reason": "未到账"}, version=1)
        self.model.remittances[key]["state"] = "rejected"
        for one in self.model.papers:
            one.in_bank.pop(key, None)
        return True

    def reverse(self) -> bool:
        standing = [one for one in self.model.papers if not one.is_reversed]
        if not standing:
            return False
        one = self.random.choice(standing)
        answer = self.reviewer.post(f"contributions/{one.contribution}/reversals", {"reason": "录错"}, version=1)
        if self.model.open_fen() < 10_000:
            assert answer.json()["code"] == "cash-already-remitted"
            return False
        assert answer.status_code == 201, answer.text
        moved, one.in_bank, one.is_reversed = one.in_bank, {}, True
        for key, fen in sorted(moved.items()):
            self.model.cover(key, fen)
        return True

    def compare(self) -> None:
        seen = self.clerk.get(f"collectors/{self.collector.user_id}").json()
        held = self.model.held_fen()
        oldest = self.model.oldest()
        assert seen["held"] == f"{held // 100}.{held % 100:02d}"
        assert seen["oldest_on"] == (oldest and oldest.isoformat())
        assert seen["numbers"] == self.model.count
        assert (seen["alarm"] == "blocked") is self.model.blocked(self.town.today)
        by_day: dict[str, int] = {}
        for one in self.model.papers:
            if self.model.held(one):
                by_day[one.on.isoformat()] = by_day.get(one.on.isoformat(), 0) + self.model.held(one)
        assert {day["issued_on"]: day["held"] for day in seen["days"]} == {
            day: f"{fen // 100}.{fen % 100:02d}" for day, fen in by_day.items()
        }
        found = gaps(self.clerk, self.collector)
        assert [gap["number"] for gap in found["gaps"]] if found else self.model.missing(self.town.today) == []
        listed, after = [], None
        while True:
            more = {"after": after} if after else {}
            page = self.collector.get("receipts", collector_id=str(self.collector.user_id), limit=200, **more).json()
            listed += [one["number"] for one in page["items"]]
            after = page["next"]
            if after is None:
                break
        assert sorted(listed) == sorted(one.number for one in self.model.papers)
        assert len(set(listed)) == len(listed)


@pytest.mark.parametrize("seed", SEEDS)
def test_random_lives_agree_with_the_model(town, seed):
    play = Play(town, seed)
    for number in range(STEPS):
        play.step()
        play.compare()
        if number % 10 == 9:
            town.verify()
    print(f"\ncash model: seed {seed}, {STEPS} steps, done {dict(sorted(play.done.items()))}")
    assert sum(play.done.values()) > STEPS // 4, play.done
