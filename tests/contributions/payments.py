"""Paying in, and what the books say of it."""

from __future__ import annotations

from datetime import date

from api.policy.money import BySource
from api.services import accounts, contributions, fund_transfers
from api.services.contribution_rules import Offer
from api.vocabulary import Channel, ContributionKind
from tests import factories
from tests.ledger_facts import assert_ledger_holds

TODAY = date(2011, 3, 31)
ANNUAL = ContributionKind.ANNUAL


def pay(session, actor, resident, *, year=2010, on=date(2010, 10, 20), today=TODAY, **offer):
    facts = {"kind": ANNUAL, "tier_fen": 10_000, "channel": Channel.BANK_TRANSFER} | offer
    done = contributions.record(
        session,
        actor=actor,
        keyring=factories.KEYRING,
        resident_id=resident.id,
        offer=Offer(contribution_year=year, paid_on=on, **facts),
        today=today,
    )
    assert_ledger_holds(session)
    return done


def balance(session, resident):
    session.expire_all()
    account = accounts.get(session, resident.id)
    return BySource(account.personal_fen, account.collective_fen, account.gov_fen)


def fund(session, account):
    return fund_transfers.balance_fen(session, 440783, account)
