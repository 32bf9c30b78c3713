"""An office that claims from government, and the two ways in which the law posts a subsidy."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from api.policy.parameter_layers import LayeredBook
from api.policy.parameters import SubsidyMode
from api.policy.subsidies import ByLevel
from api.services import contributions, subsidy_claims, subsidy_postings, subsidy_receipts
from api.services.contribution_rules import Offer
from api.vocabulary import Channel, ContributionKind, FundAccount, GovernmentLevel, RoleName, SubsidyPurpose
from tests import factories

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from api.database import Actor
    from api.models import Contribution, Resident, SubsidyClaim, SubsidyReceipt

COUNTY = 440783
TODAY = date(2011, 3, 31)
SUBSIDY = SubsidyPurpose.CONTRIBUTION_SUBSIDY
OCTOBER, DECEMBER = date(2010, 10, 20), date(2010, 12, 15)


def post_on_claim(monkeypatch: Any) -> None:
    """From here on the law posts subsidies when their money has arrived."""
    as_enacted = LayeredBook.on
    monkeypatch.setattr(
        LayeredBook,
        "on",
        lambda book, code, day: replace(as_enacted(book, code, day), subsidy_posting=SubsidyMode.ON_CLAIM),
    )


@dataclass
class Office:
    """The persons that a subsidy passes through."""

    session: Session
    collector: Actor
    clerk: Actor
    reviewer: Actor
    finance: Actor
    confirmer: Actor

    @classmethod
    def of(cls, session: Session) -> Office:
        """New persons of each role."""
        roles = (
            RoleName.TOWN_CLERK, RoleName.COUNTY_CLERK, RoleName.COUNTY_REVIEWER, RoleName.FINANCE, RoleName.FINANCE,
        )  # fmt: skip
        return cls(session, *(factories.make_actor(session, role) for role in roles))

    def payer(self, *, village: int = factories.VILLAGE, **facts: Any) -> Resident:
        """Somebody whose 参保 is approved."""
        person = factories.make_resident(self.session, village=village, **facts)
        factories.enrol(self.session, person)
        return person

    def pay(self, person: Resident, *, year: int = 2010, on: date = OCTOBER, **offer: Any) -> Contribution:
        """A year's contribution by bank transfer."""
        facts = {"kind": ContributionKind.ANNUAL, "tier_fen": 10_000, "channel": Channel.BANK_TRANSFER} | offer
        return contributions.record(
            self.session, actor=self.collector, keyring=factories.KEYRING, resident_id=person.id,
            offer=Offer(contribution_year=year, paid_on=on, **facts), today=max(on, TODAY),
        ).contribution  # fmt: skip

    def compute(
        self, *, purpose: SubsidyPurpose = SUBSIDY, period: str = "2010", until: date | None = None, today: date = TODAY
    ) -> SubsidyClaim:
        """A claim that waits for its second person."""
        return subsidy_claims.compute(
            self.session, actor=self.clerk, county_code=COUNTY, purpose=purpose, period=period, cut_off_on=until,
            today=today,
        )  # fmt: skip

    def approve(self, claim: SubsidyClaim, *, today: date = TODAY) -> SubsidyClaim:
        """The second person approves what was computed."""
        return subsidy_claims.approve(
            self.session, actor=self.reviewer, claim_id=claim.id, given_hash=claim.content_hash, version=claim.version,
            today=today,
        )  # fmt: skip

    def claim(self, **facts: Any) -> SubsidyClaim:
        """A claim that is approved."""
        today = facts.get("today", TODAY)
        return self.approve(self.compute(**facts), today=today)

    def receive(
        self, level: GovernmentLevel, fen: int, *, on: date = DECEMBER, purpose: SubsidyPurpose = SUBSIDY,
        claims: tuple[int, ...] = (), today: date = TODAY, reference: str | None = None,
    ) -> tuple[SubsidyReceipt, int]:  # fmt: skip
        """Money of a level, recorded and confirmed; with what no claim needs."""
        number = self.session.execute(text("SELECT count(*) FROM subsidy_receipts")).scalar_one()
        receipt = subsidy_receipts.record(
            self.session, actor=self.finance, county_code=COUNTY, purpose=purpose, level=level, amount_fen=fen,
            received_on=on, bank_reference=reference or f"CZ-{number:04d}", claim_ids=claims, today=today,
        )  # fmt: skip
        return subsidy_receipts.confirm(
            self.session, actor=self.confirmer, receipt_id=receipt.id, version=receipt.version, today=today
        )

    def receive_all(self, claim: SubsidyClaim, *, on: date = DECEMBER, today: date = TODAY) -> None:
        """Each level pays its part of a claim on a day."""
        for level in GovernmentLevel:
            fen = amounts_of(claim).of(level)
            if fen:
                self.receive(level, fen, on=on, purpose=claim.purpose, claims=(claim.id,), today=today)
        self.session.refresh(claim)

    def post(self, claim: SubsidyClaim, *, today: date = TODAY) -> int:
        """Put what has arrived into the accounts of the one town of the tests; return how much."""
        posted = 0
        for town in (factories.TOWN, 440783100000):
            done = subsidy_postings.post_town(
                self.session, actor=self.reviewer, claim=claim, town_code=town, today=today
            )
            posted += done.amount_fen
        return posted


@contextmanager
def refused(session: Session, refusal: type[Exception], **match: Any) -> Iterator[None]:
    """What a refused request leaves behind: nothing."""
    savepoint = session.begin_nested()
    with pytest.raises(refusal, **match):
        yield
    savepoint.rollback()


def amounts_of(claim: SubsidyClaim) -> ByLevel:
    """What a claim asks of each level."""
    return ByLevel(*(getattr(claim, f"{level.value}_fen") for level in GovernmentLevel))


def gov_fen(session: Session, person: Resident) -> int:
    """What the person's account holds from government."""
    return session.execute(text("SELECT gov_fen FROM accounts WHERE resident_id = :id"), {"id": person.id}).scalar_one()


def books(session: Session, account: FundAccount) -> dict[int, int]:
    """The balance of a fund account by party, debits less credits, without empty ones."""
    rows = session.execute(
        text(
            "SELECT party_id, sum(debit_fen - credit_fen) AS fen FROM fund_lines WHERE fund_account = :account "
            "GROUP BY party_id"
        ),
        {"account": account.value},
    ).all()
    return {row.party_id: int(row.fen) for row in rows if row.fen}
