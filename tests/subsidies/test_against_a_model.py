"""Many small lives of subsidies against a model of a page: what is due, claimed, received and in the accounts, by level.

The model knows contributions, claims as lists of lines, and money by level in the order in which it came; no SQL.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from api.errors import DomainError
from api.policy.parameter_layers import LayeredBook
from api.policy.parameter_values import SubsidyBand
from api.policy.parameters import SubsidyMode, parameters_on
from api.policy.subsidies import ByLevel, split
from api.services import contribution_reversals, subsidy_claims, subsidy_positions
from api.vocabulary import FundAccount, GovernmentLevel
from tests import factories
from tests.subsidies.worlds import COUNTY, SUBSIDY, TODAY, books, gov_fen, refused

if TYPE_CHECKING:
    from api.models import Contribution, Resident, SubsidyClaim

AMOUNTS = (3_000, 3_001, 7)
"""Whole thirds, a fen that is left over, and less than a fen for some levels at times."""
SHARES = parameters_on(date(2010, 10, 20)).subsidy_shares


@dataclass
class Paid:
    """A contribution as the model knows it."""

    row: Contribution
    person: Resident
    amount_fen: int
    waits: bool
    stands: bool = True
    asked_fen: int = 0
    in_account_fen: int = 0


@dataclass
class Line:
    """A line of a claim: + asks, - takes back."""

    paid: Paid
    amounts: ByLevel
    covered: bool = False
    posted: bool = False
    takes_back: Line | None = None

    @property
    def counts(self) -> bool:
        """What is taken back is money once the money that it takes back is there."""
        return self.takes_back is None or self.takes_back.covered


@dataclass
class Claimed:
    """An approved claim, its lines in the order in which money covers them, and its money by level."""

    row: SubsidyClaim
    lines: list[Line]
    money: dict[GovernmentLevel, int] = field(default_factory=lambda: dict.fromkeys(GovernmentLevel, 0))

    def asks(self, level: GovernmentLevel) -> int:
        return sum(line.amounts.of(level) for line in self.lines)

    def cover(self) -> None:
        reached = dict.fromkeys(GovernmentLevel, 0)
        for line in self.lines:
            if not line.counts:
                continue
            for level in GovernmentLevel:
                reached[level] += line.amounts.of(level)
            line.covered |= all(reached[level] <= max(self.money[level], 0) for level in GovernmentLevel)


@dataclass
class Model:
    """What should be true."""

    paid: list[Paid] = field(default_factory=list)
    claims: list[Claimed] = field(default_factory=list)
    advance: dict[GovernmentLevel, int] = field(default_factory=lambda: dict.fromkeys(GovernmentLevel, 0))
    received: dict[GovernmentLevel, int] = field(default_factory=lambda: dict.fromkeys(GovernmentLevel, 0))

    def unclaimed(self) -> list[Line]:
        """Lines that a claim would have now: what is taken back first, then by village, person and contribution."""
        found = [
            Line(one, split(one.amount_fen if one.stands else -one.amount_fen, SHARES))
            for one in self.paid
            if one.stands != bool(one.asked_fen)
        ]
        return sorted(
            found, key=lambda x: (x.amounts.total_fen > 0, x.paid.person.division_code, x.paid.person.id, x.paid.row.id)
        )

    def approve(self, row: SubsidyClaim, lines: list[Line]) -> None:
        made = Claimed(row, lines)
        for line in lines:
            line.paid.asked_fen += line.amounts.total_fen
            if line.amounts.total_fen < 0:
                earlier = [one for claim in self.claims for one in claim.lines if one.paid is line.paid]
                line.takes_back = earlier[-1]
        for level in GovernmentLevel:
            used = min(self.advance[level], made.asks(level))
            made.money[level] += used
            self.advance[level] -= used
        self.claims.append(made)
        made.cover()

    def receive(self, level: GovernmentLevel, fen: int) -> None:
        self.received[level] += fen
        for claim in self.claims:
            part = min(fen, claim.asks(level) - claim.money[level])
            claim.money[level] += part
            fen -= part
        self.advance[level] += fen
        for claim in self.claims:
            claim.cover()

    def post(self, claim: Claimed) -> int:
        total = 0
        for line in claim.lines:
            ready = line.covered and not line.posted and line.paid.waits and line.amounts.total_fen > 0
            if ready and line.paid.stands:
                line.posted = True
                line.paid.in_account_fen += line.paid.amount_fen
                total += line.paid.amount_fen
        return total

    def suspense_fen(self) -> int:
        asked = sum(line.amounts.total_fen for claim in self.claims for line in claim.lines if line.paid.waits)
        return asked - sum(one.in_account_fen for one in self.paid if one.waits)


class Life:
    """One life: steps that both the service and the model take."""

    def __init__(self, office, monkeypatch, seed: int) -> None:
        self.office, self.session, self.patch = office, office.session, monkeypatch
        self.dice = random.Random(seed)
        self.model = Model()
        self.people = [
            office.payer(village=village) for village in (factories.VILLAGE, factories.OTHER_VILLAGE) for _ in range(3)
        ]
        self.until = date(2010, 11, 1)

    def law(self, waits: bool, amount_fen: int) -> None:
        def on(_book, _code, day):
            return replace(
                parameters_on(day),
                subsidy_bands=(SubsidyBand(0, amount_fen),),
                subsidy_posting=SubsidyMode.ON_CLAIM if waits else SubsidyMode.WITH_CONTRIBUTION,
            )

        self.patch.setattr(LayeredBook, "on", on)

    def pay(self) -> None:
        taken = {one.person.id for one in self.model.paid if one.stands}
        free = [person for person in self.people if person.id not in taken]
        if not free:
            self.people.append(self.office.payer())
            free = self.people[-1:]
        person, waits, amount_fen = self.dice.choice(free), self.dice.random() < 0.6, self.dice.choice(AMOUNTS)
        self.law(waits, amount_fen)
        row = self.office.pay(person)
        self.model.paid.append(Paid(row, person, amount_fen, waits, in_account_fen=0 if waits else amount_fen))

    def reverse(self) -> None:
        standing = [one for one in self.model.paid if one.stands]
        if standing:
            one = self.dice.choice(standing)
            contribution_reversals.reverse(
                self.session, actor=self.office.reviewer, contribution_id=one.row.id, reason="录错", version=1,
                today=TODAY,
            )  # fmt: skip
            one.stands, one.in_account_fen = False, 0

    def claim(self) -> None:
        lines = self.model.unclaimed()
        asked = [sum(line.amounts.of(level) for line in lines) for level in GovernmentLevel]
        self.until += timedelta(days=1)
        if not lines or sum(asked) <= 0 or min(asked) < 0:
            with refused(self.session, subsidy_claims.NothingToClaim):
                self.office.compute(until=self.until)
            return
        made = self.office.claim(until=self.until)
        assert [getattr(made, f"{level.value}_fen") for level in GovernmentLevel] == asked
        self.model.approve(made, lines)

    def discard(self) -> None:
        if not self.model.claims:
            return
        last = self.model.claims[-1]
        self.session.refresh(last.row)
        if any(last.money.values()) or any(line.posted for line in last.lines):
            with refused(self.session, DomainError):
                self._discard(last)
            return
        self._discard(last)
        self.model.claims.pop()
        for line in last.lines:
            line.paid.asked_fen -= line.amounts.total_fen

    def _discard(self, last: Claimed) -> None:
        subsidy_claims.discard(
            self.session, actor=self.office.reviewer, claim_id=last.row.id, reason="重算", version=last.row.version,
            today=TODAY,
        )  # fmt: skip

    def receive(self) -> None:
        level = self.dice.choice([GovernmentLevel.PROVINCE, GovernmentLevel.CITY, GovernmentLevel.COUNTY])
        fen = self.dice.choice([1, 999, 1_000, 1_001, 2_500, 6_000])
        self.office.receive(level, fen)
        self.model.receive(level, fen)

    def post(self) -> None:
        for claim in self.model.claims:
            self.session.refresh(claim.row)
            assert self.office.post(claim.row) == self.model.post(claim)

    def compare(self) -> None:
        model = self.model
        for person in self.people:
            should = sum(one.in_account_fen for one in model.paid if one.person is person)
            assert gov_fen(self.session, person) == should
        found = subsidy_positions.position(self.session, actor=self.office.clerk, county_code=COUNTY, as_of=TODAY)
        told = {one.level: one for one in found.levels if one.purpose is SUBSIDY}
        receivable = books(self.session, FundAccount.SUBSIDY_RECEIVABLE)
        for level in GovernmentLevel:
            due = sum(line.amounts.of(level) for line in model.unclaimed())
            claimed = sum(claim.asks(level) for claim in model.claims)
            money = sum(claim.money[level] for claim in model.claims)
            one = told.get(level)
            figures = (
                (one.due_fen, one.claimed_fen, one.received_fen, one.outstanding_fen, one.advance_fen)
                if one
                else (0,) * 5
            )
            assert figures == (due, claimed, model.received[level], claimed - money, model.advance[level]), level
            assert receivable.get(level.party_id, 0) == claimed - model.received[level]
        not_waiting = sum(line.amounts.total_fen for line in model.unclaimed() if not line.paid.waits)
        assert receivable.get(0, 0) == not_waiting
        assert books(self.session, FundAccount.SUBSIDY_SUSPENSE).get(0, 0) == -model.suspense_fen()


@pytest.mark.parametrize("seed", range(6))
def test_every_life_comes_out_as_the_model_says(office, monkeypatch, seed):
    print(f"\nseed {seed}")
    life = Life(office, monkeypatch, seed)
    steps = [life.pay] * 4 + [life.claim] * 2 + [life.receive] * 4 + [life.post] * 2 + [life.reverse, life.discard]
    for _ in range(45):
        life.dice.choice(steps)()
        life.compare()
    assert life.model.claims
