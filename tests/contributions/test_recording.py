"""Contributions by the services: what each kind books, what is refused, and what a reversal restores."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from api.errors import NotFound
from api.policy.contributions import (
    ContributionAlreadyRecorded,
    ContributionYearNotOpen,
    NotPaidByGovernment,
    TierFixedForYear,
    TierNotOffered,
)
from api.policy.make_up import MakeUpCapReached, MakeUpYearNotAllowed
from api.policy.money import BySource
from api.services import account_statements, accounts, contribution_reversals, contributions, fund_transfers
from api.services.contribution_rules import AmountUnfit, ChannelNotAllowed, Offer, complete_years
from api.services.two_persons import SamePerson
from api.vocabulary import Channel, ContributionKind, FundAccount, Rhythm, RoleName
from tests import factories
from tests.contributions.payments import ANNUAL, TODAY, balance, fund, pay


class TestKinds:
    def test_an_annual_contribution_brings_its_subsidy(self, session, clerk, resident):
        done = pay(session, clerk, resident)
        assert (done.contribution.amount_fen, done.contribution.subsidy_fen) == (10_000, 3_000)
        assert done.receipt is None
        assert balance(session, resident) == BySource(10_000, 0, 3_000)
        assert fund(session, FundAccount.INCOME_ACCOUNT) == 10_000
        assert fund(session, FundAccount.SUBSIDY_RECEIVABLE) == 3_000
        assert fund(session, FundAccount.LIABILITY_GOV) == -3_000
        assert [reason.code for reason in done.reasons] == ["contribution", "year-counted", "subsidy"]

    def test_without_a_tier_the_enrolments_own_is_paid(self, session, clerk):
        person = factories.make_resident(session)
        factories.enrol(session, person, tier_fen=30_000)
        assert pay(session, clerk, person, tier_fen=None).contribution.tier_fen == 30_000

    def test_another_tier_may_be_chosen_for_a_new_year_but_not_added_to_a_paid_one(self, session, clerk, resident):
        """A4: a top-up is rejected, the next year is free."""
        pay(session, clerk, resident)
        with pytest.raises(TierFixedForYear):
            pay(session, clerk, resident, tier_fen=50_000)
        assert (
            pay(session, clerk, resident, year=2011, on=date(2011, 3, 2), tier_fen=50_000).contribution.amount_fen
            == 50_000
        )

    def test_a_year_counts_once(self, session, clerk, resident):
        pay(session, clerk, resident)
        with pytest.raises(ContributionAlreadyRecorded):
            pay(session, clerk, resident)
        assert balance(session, resident) == BySource(10_000, 0, 3_000)

    def test_months_complete_the_year_and_bring_one_subsidy(self, session, clerk, resident):
        """A5: twelve payments of 120 are one year."""
        session.execute(text("UPDATE enrolments SET rhythm = 'monthly' WHERE resident_id = :i"), {"i": resident.id})
        for month in range(1, 13):
            done = pay(
                session,
                clerk,
                resident,
                year=2011,
                on=date(2011, month, 8),
                tier_fen=20_000,
                instalment=month,
                today=date(2011, 12, 31),
            )
            assert done.contribution.subsidy_fen == (3_000 if month == 12 else 0)
        assert balance(session, resident) == BySource(20_000, 0, 3_000)
        with pytest.raises(ContributionAlreadyRecorded):
            pay(
                session,
                clerk,
                resident,
                year=2011,
                on=date(2011, 12, 9),
                tier_fen=20_000,
                instalment=12,
                today=date(2011, 12, 31),
            )

    def test_a_year_begun_in_instalments_is_finished_by_what_is_lacking(self, session, clerk, reviewer, resident):
        session.execute(text("UPDATE enrolments SET rhythm = 'monthly' WHERE resident_id = :i"), {"i": resident.id})
        begun = [
            pay(session, clerk, resident, year=2011, on=date(2011, month, 8), tier_fen=20_000, instalment=month)
            for month in (1, 2, 3)
        ]
        paid_fen = sum(one.contribution.amount_fen for one in begun)
        late = {"year": 2011, "kind": ContributionKind.MAKE_UP, "on": date(2012, 3, 1), "today": date(2012, 3, 1)}
        with pytest.raises(TierFixedForYear):
            pay(session, clerk, resident, tier_fen=30_000, **late)
        rest = pay(session, clerk, resident, tier_fen=None, **late)
        assert (rest.contribution.tier_fen, rest.contribution.amount_fen) == (20_000, 20_000 - paid_fen)
        assert rest.reasons[-1].code == "rest-of-year"
        assert balance(session, resident) == BySource(20_000, 0, 0)
        standing = contributions.standing(session, resident.county_code, resident.id)
        assert complete_years(standing) == {2011}
        with pytest.raises(ContributionAlreadyRecorded):
            pay(session, clerk, resident, tier_fen=None, **late)
        with pytest.raises(contribution_reversals.LaterInstalmentStands):
            contribution_reversals.reverse(
                session, actor=reviewer, contribution_id=begun[0].contribution.id, reason="误收", version=1,
                today=date(2012, 3, 2),
            )  # fmt: skip

    def test_government_pays_the_minimum_for_the_severely_disabled(self, session, clerk):
        """A17: all of it enters gov."""
        person = factories.make_resident(session, disability_grade=2)
        factories.enrol(session, person)
        done = pay(
            session, clerk, person, kind=ContributionKind.GOVERNMENT_PAID, tier_fen=None, channel=Channel.GOVERNMENT
        )
        assert done.contribution.amount_fen == 10_000
        assert balance(session, person) == BySource(0, 0, 13_000)

    def test_a_higher_tier_leaves_the_rest_to_the_person(self, session, clerk):
        person = factories.make_resident(session, disability_grade=1)
        factories.enrol(session, person)
        with pytest.raises(ChannelNotAllowed):
            pay(
                session,
                clerk,
                person,
                kind=ContributionKind.GOVERNMENT_PAID,
                tier_fen=30_000,
                channel=Channel.GOVERNMENT,
            )
        done = pay(session, clerk, person, kind=ContributionKind.GOVERNMENT_PAID, tier_fen=30_000, channel=Channel.CASH)
        assert balance(session, person) == BySource(20_000, 0, 13_000)
        assert done.receipt.amount_fen == 20_000

    def test_government_does_not_pay_for_the_able(self, session, clerk, resident):
        with pytest.raises(NotPaidByGovernment):
            pay(
                session,
                clerk,
                resident,
                kind=ContributionKind.GOVERNMENT_PAID,
                tier_fen=None,
                channel=Channel.GOVERNMENT,
            )

    def test_collective_money_has_an_amount_and_no_tier(self, session, clerk, resident):
        kind = ContributionKind.COLLECTIVE
        pay(session, clerk, resident, kind=kind, tier_fen=None, amount_fen=5_000)
        assert balance(session, resident) == BySource(0, 5_000, 0)
        for wrong in ({"tier_fen": 10_000, "amount_fen": 5_000}, {"tier_fen": None, "amount_fen": None}):
            with pytest.raises(AmountUnfit):
                pay(session, clerk, resident, kind=kind, year=2011, on=date(2011, 2, 1), **wrong)
        with pytest.raises(ChannelNotAllowed):
            pay(
                session,
                clerk,
                resident,
                kind=kind,
                year=2011,
                on=date(2011, 2, 1),
                tier_fen=None,
                amount_fen=1,
                channel=Channel.CASH,
            )

    def test_make_up_is_capped_and_without_subsidy(self, session, clerk):
        """A9: six years paid, nine made up, a tenth refused."""
        person = factories.make_resident(session, birth_date=date(1955, 6, 18))
        factories.enrol(session, person)
        today = date(2015, 5, 31)
        for year in range(2010, 2016):
            # Guangdong's tiers of 2014 begin at 120.
            tier_fen = 10_000 if year < 2014 else 12_000
            on = date(year, 10 if year < 2015 else 3, 9)
            pay(session, clerk, person, year=year, on=on, tier_fen=tier_fen, today=today)
        offer = {"on": date(2015, 5, 10), "kind": ContributionKind.MAKE_UP, "tier_fen": 12_000, "today": today}
        for year in range(2001, 2010):
            assert pay(session, clerk, person, year=year, **offer).contribution.subsidy_fen == 0
        assert balance(session, person) == BySource(40_000 + 24_000 + 9 * 12_000, 0, 18_000)
        with pytest.raises(MakeUpCapReached):
            pay(session, clerk, person, year=2000, **offer)

    def test_a_paid_year_is_not_made_up(self, session, clerk):
        person = factories.make_resident(session, birth_date=date(1960, 6, 18))
        factories.enrol(session, person)
        pay(session, clerk, person)
        with pytest.raises(MakeUpYearNotAllowed):
            pay(session, clerk, person, on=date(2011, 3, 2), kind=ContributionKind.MAKE_UP)


class TestRefusals:
    def test_a_tier_that_is_not_offered(self, session, clerk, resident):
        with pytest.raises(TierNotOffered):
            pay(session, clerk, resident, tier_fen=12_000)

    def test_a_day_to_come(self, session, clerk, resident):
        with pytest.raises(contributions.PaidInFuture):
            pay(session, clerk, resident, on=date(2011, 4, 1), year=2011)

    def test_a_year_that_is_over(self, session, clerk, resident):
        with pytest.raises(ContributionYearNotOpen):
            pay(session, clerk, resident, on=date(2011, 1, 5))

    def test_without_an_approved_enrolment(self, session, clerk):
        with pytest.raises(contributions.EnrolmentNotApproved):
            pay(session, clerk, factories.make_resident(session))

    def test_after_death(self, session, clerk, resident):
        session.execute(
            text("UPDATE residents SET status = 'dead', status_on = '2010-10-15' WHERE id = :i"), {"i": resident.id}
        )
        session.expire_all()
        with pytest.raises(contributions.ResidentGone):
            pay(session, clerk, resident)

    def test_a_year_whose_interest_is_posted(self, session, clerk, resident):
        session.execute(
            text("UPDATE accounts SET interest_through = '2010-12-31' WHERE resident_id = :i"), {"i": resident.id}
        )
        with pytest.raises(contributions.ContributionPeriodClosed):
            pay(session, clerk, resident)
        assert pay(session, clerk, resident, year=2011, on=date(2011, 3, 2)).contribution.contribution_year == 2011

    def test_before_the_account_was_there(self, session, clerk):
        person = factories.make_resident(session)
        factories.enrol(session, person, on=date(2011, 1, 5))
        with pytest.raises(contributions.ContributionPeriodClosed):
            pay(session, clerk, person)

    def test_a_drawing_account_takes_no_more(self, session, clerk, resident):
        session.execute(
            text("UPDATE accounts SET state = 'drawing', interest_through = '2010-09-30' WHERE resident_id = :i"),
            {"i": resident.id},
        )
        with pytest.raises(contributions.AccountNotOpen):
            pay(session, clerk, resident)


class TestReading:
    def test_a_balance_of_a_past_day_and_the_statement(self, session, clerk, reviewer, resident):
        pay(session, clerk, resident)
        done = pay(session, clerk, resident, year=2011, on=date(2011, 3, 2))
        then = accounts.balance(session, resident_id=resident.id, as_of=date(2011, 3, 1), today=TODAY)
        assert then.amounts == BySource(10_000, 0, 3_000)
        now = accounts.balance(session, resident_id=resident.id, as_of=None, today=TODAY)
        assert now.amounts == BySource(20_000, 0, 6_000)
        contribution_reversals.reverse(
            session, actor=reviewer, contribution_id=done.contribution.id, reason="重复", version=1, today=TODAY
        )
        session.expire_all()
        year = account_statements.statement(session, resident_id=resident.id, year=2011, today=TODAY)
        assert (year.opening, year.credits, year.closing) == (
            BySource(10_000, 0, 3_000),
            BySource(),
            BySource(10_000, 0, 3_000),
        )
        assert (year.paid_years, len(year.lines)) == (1, 2)
        first, after = accounts.list_lines(session, resident_id=resident.id, limit=2, after=None)
        rest, end = accounts.list_lines(session, resident_id=resident.id, limit=2, after=after)
        assert (len(first), len(rest), end) == (2, 1, None)

    def test_another_village_is_absent(self, database, session, clerk, resident):
        pay(session, clerk, resident)
        stranger = factories.make_actor(session, RoleName.VILLAGE_ASSISTANT, division=factories.OTHER_VILLAGE)
        with database.rehearsal(stranger) as foreign:
            with pytest.raises(NotFound):
                contributions.record(
                    foreign,
                    actor=stranger,
                    keyring=factories.KEYRING,
                    resident_id=resident.id,
                    offer=Offer(
                        kind=ANNUAL, contribution_year=2011, paid_on=TODAY, channel=Channel.CASH, tier_fen=10_000
                    ),
                    today=TODAY,
                )
            with pytest.raises(NotFound):
                accounts.get(foreign, resident.id)


class TestTransfers:
    def test_money_moves_along_the_lines_only(self, session, clerk, reviewer, resident):
        pay(session, clerk, resident)
        facts = {"maker": clerk, "on": TODAY, "amount_fen": 10_000}
        income, treasury, out = (
            FundAccount.INCOME_ACCOUNT,
            FundAccount.TREASURY_ACCOUNT,
            FundAccount.EXPENDITURE_ACCOUNT,
        )
        with pytest.raises(fund_transfers.TransferWayClosed):
            fund_transfers.transfer(session, checker=reviewer, source=income, target=out, reference="1", **facts)
        with pytest.raises(SamePerson):
            fund_transfers.transfer(session, checker=clerk, source=income, target=treasury, reference="1", **facts)
        with pytest.raises(fund_transfers.FundBalanceTooLow):
            fund_transfers.transfer(session, checker=reviewer, source=treasury, target=out, reference="1", **facts)


def test_rhythms_are_told_apart_by_their_amounts():
    from api.models import Contribution
    from api.services.contribution_rules import posted_year

    for rhythm, count in ((Rhythm.MONTHLY, 12), (Rhythm.QUARTERLY, 4)):
        row = Contribution(
            kind=ANNUAL, contribution_year=2011, tier_fen=10_000, amount_fen=10_000 // count, instalment=1
        )
        assert posted_year([row], 2011).rhythm is rhythm
