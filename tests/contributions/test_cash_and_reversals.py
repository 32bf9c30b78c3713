"""Receipts, remittances and reversals: numbers without a gap, two words for money, mirrors only."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from api.errors import StaleVersion
from api.policy.contributions import (
    TierNotOffered,
)
from api.policy.money import BySource
from api.services import contribution_reversals, receipts, remittances
from api.services.two_persons import SamePerson
from api.vocabulary import Channel, FundAccount, PostingState, RoleName
from tests import factories
from tests.benefits.worlds import post_interest
from tests.contributions.payments import TODAY, balance, fund, pay
from tests.ledger_facts import assert_ledger_holds


class TestCash:
    def test_receipt_numbers_run_unbroken_per_collector(self, session, clerk, reviewer):
        other = factories.make_actor(session, RoleName.VILLAGE_ASSISTANT)
        numbers = []
        for collector in (clerk, clerk, other, clerk):
            person = factories.make_resident(session)
            factories.enrol(session, person)
            numbers.append(pay(session, collector, person, channel=Channel.CASH).receipt.number)
        assert numbers == [1, 2, 1, 3]

    def test_a_number_is_given_back_when_the_payment_fails(self, session, clerk, resident):
        with pytest.raises(TierNotOffered):
            pay(session, clerk, resident, channel=Channel.CASH, tier_fen=1)
        point = session.begin_nested()
        pay(session, clerk, resident, channel=Channel.CASH)
        point.rollback()
        session.expire_all()
        assert pay(session, clerk, resident, channel=Channel.CASH).receipt.number == 1

    def test_the_code_covers_what_the_paper_says(self, session, clerk, resident):
        receipt = pay(session, clerk, resident, channel=Channel.CASH).receipt
        assert receipts.verification_code(factories.KEYRING, receipt) == receipt.verification_code
        receipt.amount_fen += 1
        assert receipts.verification_code(factories.KEYRING, receipt) != receipt.verification_code

    def test_the_system_takes_no_cash(self, session, resident):
        from api.database import system_actor

        with pytest.raises(receipts.CashNeedsAPerson):
            pay(session, system_actor(440783000000), resident, channel=Channel.CASH)

    def test_cash_goes_to_the_bank_on_two_words(self, session, clerk, resident):
        pay(session, clerk, resident, channel=Channel.CASH)
        facts = {"paid_in_on": TODAY, "today": TODAY}
        with pytest.raises(remittances.RemittanceExceedsCash):
            remittances.record(session, actor=clerk, amount_fen=10_001, bank_reference="A-0001", **facts)
        remittance = remittances.record(session, actor=clerk, amount_fen=10_000, bank_reference="A-0001", **facts)
        with pytest.raises(remittances.RemittanceExceedsCash):
            remittances.record(session, actor=clerk, amount_fen=1, bank_reference="A-0002", **facts)
        with pytest.raises(SamePerson):
            remittances.confirm(session, actor=clerk, remittance_id=remittance.id, version=1, today=TODAY)
        finance = factories.make_actor(session, RoleName.FINANCE)
        point = session.begin_nested()
        with pytest.raises(StaleVersion):
            remittances.confirm(session, actor=finance, remittance_id=remittance.id, version=2, today=TODAY)
        point.rollback()
        session.expire_all()
        confirmed = remittances.confirm(session, actor=finance, remittance_id=remittance.id, version=1, today=TODAY)
        assert confirmed.confirmed_by_id == finance.user_id
        assert receipts.cash_in_hand_fen(session, 440783, clerk.user_id) == 0
        assert fund(session, FundAccount.INCOME_ACCOUNT) == 10_000
        with pytest.raises(remittances.RemittanceConfirmed):
            remittances.confirm(session, actor=finance, remittance_id=remittance.id, version=2, today=TODAY)
        assert_ledger_holds(session)


class TestReversals:
    def reverse(self, session, actor, contribution, *, version=1):
        done = contribution_reversals.reverse(
            session, actor=actor, contribution_id=contribution.id, reason="录入错误", version=version, today=TODAY
        )
        assert_ledger_holds(session)
        return done

    def test_a_reversal_restores_everything_but_the_receipts_number(self, session, clerk, reviewer, resident):
        done = pay(session, clerk, resident, channel=Channel.CASH)
        undone = self.reverse(session, reviewer, done.contribution)
        assert undone.contribution.state is PostingState.REVERSED
        assert balance(session, resident) == BySource(0, 0, 0)
        assert receipts.cash_in_hand_fen(session, 440783, clerk.user_id) == 0
        assert fund(session, FundAccount.SUBSIDY_RECEIVABLE) == 0
        again = pay(session, clerk, resident, channel=Channel.CASH)
        assert again.receipt.number == 2

    def test_whoever_recorded_it_may_not_reverse_it(self, session, clerk, resident):
        done = pay(session, clerk, resident)
        with pytest.raises(SamePerson):
            self.reverse(session, clerk, done.contribution)

    def test_once(self, session, clerk, reviewer, resident):
        done = pay(session, clerk, resident)
        with pytest.raises(StaleVersion):
            self.reverse(session, reviewer, done.contribution, version=2)
        self.reverse(session, reviewer, done.contribution)
        with pytest.raises(contribution_reversals.AlreadyReversed):
            self.reverse(session, reviewer, done.contribution, version=2)

    def test_interest_that_was_posted_goes_back_with_it(self, session, clerk, reviewer, resident):
        done = pay(session, clerk, resident)
        post_interest(session, resident, 2010)
        assert balance(session, resident) == BySource(10_038, 0, 3_011)
        self.reverse(session, reviewer, done.contribution)
        assert balance(session, resident) == BySource(0, 0, 0)
        assert fund(session, FundAccount.INTEREST_RECEIVABLE) == 0

    def test_not_after_the_cash_went_to_the_bank(self, session, clerk, reviewer, resident):
        done = pay(session, clerk, resident, channel=Channel.CASH)
        remittances.record(session, actor=clerk, amount_fen=1, bank_reference="B-0001", paid_in_on=TODAY, today=TODAY)
        with pytest.raises(contribution_reversals.CashAlreadyRemitted):
            self.reverse(session, reviewer, done.contribution)

    def test_the_instalment_that_brought_the_subsidy_goes_first(self, session, clerk, reviewer, resident):
        session.execute(text("UPDATE enrolments SET rhythm = 'quarterly' WHERE resident_id = :i"), {"i": resident.id})
        rows = [
            pay(session, clerk, resident, year=2011, on=date(2011, 3, quarter), instalment=quarter).contribution
            for quarter in range(1, 5)
        ]
        with pytest.raises(contribution_reversals.LaterInstalmentStands):
            self.reverse(session, reviewer, rows[0])
        self.reverse(session, reviewer, rows[3])
        self.reverse(session, reviewer, rows[0])
        assert balance(session, resident) == BySource(5_000, 0, 0)
