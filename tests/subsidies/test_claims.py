"""Claims: what they hold, who approves them, what the books say, and what becomes of a contribution that is reversed."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.database import system_actor
from api.errors import NotFound, StaleVersion
from api.policy.subsidies import ByLevel
from api.services import contribution_reversals, subsidy_claims, subsidy_positions
from api.services.two_persons import CheckerNotAPerson, SamePerson
from api.vocabulary import (
    Channel,
    ContributionKind,
    FundAccount,
    GovernmentLevel,
    RoleName,
    SubsidyClaimState,
    SubsidyPurpose,
)
from tests import factories
from tests.subsidies.worlds import COUNTY, SUBSIDY, TODAY, amounts_of, books, gov_fen, refused

RECEIVABLE = FundAccount.SUBSIDY_RECEIVABLE


def lines_of(session, claim):
    rows, _ = subsidy_positions.list_lines(
        session, claim=claim, division_code=None, resident_id=None, covered=None, limit=200, after=None
    )
    return [line for line, _ in rows]


def test_a_claim_holds_each_contribution_once_and_moves_the_debt_to_its_levels(office, session):
    people = [office.payer(), office.payer(village=factories.OTHER_VILLAGE)]
    paid = [office.pay(one) for one in people]
    assert books(session, RECEIVABLE) == {0: 6_000}
    claim = office.compute()
    assert (claim.state, claim.line_count, claim.cut_off_on) == (SubsidyClaimState.COMPUTED, 2, date(2010, 12, 31))
    assert amounts_of(claim) == ByLevel(province_fen=2_000, city_fen=2_000, county_fen=2_000)
    assert books(session, RECEIVABLE) == {0: 6_000}
    assert {line.contribution_id for line in lines_of(session, claim)} == {one.id for one in paid}
    office.approve(claim)
    assert books(session, RECEIVABLE) == {2: 2_000, 3: 2_000, 4: 2_000}
    with refused(session, subsidy_claims.NothingToClaim):
        office.compute(until=date(2010, 12, 30))
    later = office.payer()
    office.pay(later)
    second = office.compute(until=date(2010, 12, 30))
    assert [line.resident_id for line in lines_of(session, second)] == [later.id]


def test_what_is_paid_after_the_cut_off_waits_for_the_next_claim(office, session):
    person = office.payer()
    office.pay(person)
    with refused(session, subsidy_claims.NothingToClaim):
        office.compute(until=date(2010, 10, 19))
    assert office.compute(until=date(2010, 10, 20)).line_count == 1


@pytest.mark.parametrize(
    ("period", "until"),
    [("2012", None), ("2010", date(2011, 1, 1)), ("2010", date(2010, 9, 30)), ("2010-13", None), ("2009", None)],
)
def test_a_period_that_is_none_is_refused(office, period, until):
    with pytest.raises(subsidy_claims.SubsidyPeriodMalformed):
        office.compute(period=period, until=until)


def test_two_persons_and_the_content_that_was_seen(office, session):
    office.pay(office.payer())
    claim = office.compute()
    with pytest.raises(SamePerson):
        subsidy_claims.approve(
            session, actor=office.clerk, claim_id=claim.id, given_hash=claim.content_hash, version=1, today=TODAY
        )
    with pytest.raises(CheckerNotAPerson):
        subsidy_claims.approve(
            session, actor=system_actor(440783000000), claim_id=claim.id, given_hash=claim.content_hash, version=1,
            today=TODAY,
        )  # fmt: skip
    for given, version, refusal in (
        ("0" * 64, 1, subsidy_claims.SubsidyClaimChanged),
        (claim.content_hash, 7, StaleVersion),
    ):
        with refused(session, refusal):
            subsidy_claims.approve(
                session, actor=office.reviewer, claim_id=claim.id, given_hash=given, version=version, today=TODAY
            )
    claim = office.approve(subsidy_claims.get(session, claim.id))
    with pytest.raises(subsidy_claims.SubsidyClaimStateUnfit):
        office.approve(claim)


def test_facts_that_change_before_the_approval_stop_it(office, session):
    paid = office.pay(office.payer())
    claim = office.compute()
    reverse(office, paid)
    with pytest.raises(subsidy_claims.SubsidyClaimChanged):
        office.approve(claim)
    subsidy_claims.discard(session, actor=office.clerk, claim_id=claim.id, reason="重算", version=1, today=TODAY)
    with refused(session, subsidy_claims.NothingToClaim):
        office.compute()


def reverse(office, contribution, *, today=TODAY):
    return contribution_reversals.reverse(
        office.session, actor=office.reviewer, contribution_id=contribution.id, reason="录错",
        version=1, today=today,
    )  # fmt: skip


def test_a_contribution_reversed_after_its_claim_is_taken_back_by_the_next(office, session):
    first, second, third = (office.pay(office.payer()) for _ in range(3))
    office.claim(until=date(2010, 12, 1))
    reverse(office, first)
    # The books owe the county's levels for somebody who owes nothing: the next claim is smaller by that.
    assert books(session, RECEIVABLE) == {0: -3_000, 2: 3_000, 3: 3_000, 4: 3_000}
    with refused(session, subsidy_claims.NothingToClaim):
        office.compute()
    for _ in range(2):
        office.pay(office.payer(), on=date(2010, 12, 20))
    claim = office.claim()
    assert [line.amount_fen for line in lines_of(session, claim)] == [-3_000, 3_000, 3_000]
    assert lines_of(session, claim)[0].contribution_id == first.id
    assert amounts_of(claim).total_fen == 3_000
    assert books(session, RECEIVABLE) == {2: 4_000, 3: 4_000, 4: 4_000}
    assert {second.state, third.state} == {"posted"}


def test_a_discarded_claim_leaves_the_books_as_they_were(office, session):
    office.pay(office.payer())
    claim = office.claim()
    with pytest.raises(SamePerson):
        subsidy_claims.discard(session, actor=office.clerk, claim_id=claim.id, reason="错", version=2, today=TODAY)
    gone = subsidy_claims.discard(
        session, actor=office.reviewer, claim_id=claim.id, reason="错", version=2, today=TODAY
    )
    assert gone.state is SubsidyClaimState.DISCARDED
    assert books(session, RECEIVABLE) == {0: 3_000}
    again = office.claim()
    assert amounts_of(again) == amounts_of(gone)


def test_only_one_claim_of_a_purpose_waits_for_approval(office):
    office.pay(office.payer())
    office.compute(until=date(2010, 12, 1))
    with pytest.raises(subsidy_claims.SubsidyClaimExists):
        office.compute()


def test_the_database_itself_refuses_a_second_live_line_for_a_contribution(office, session):
    office.pay(office.payer())
    claim = office.claim()
    with refused(session, DBAPIError, match="uq_subsidy_claim_lines_contribution"):
        session.execute(
            text(
                "INSERT INTO subsidy_claim_lines (county_code, claim_id, seq, division_code, resident_id, purpose, origin, "
                "contribution_id, due_on, waits, turn, amount_fen, county_fen) SELECT county_code, claim_id, 99, "
                "division_code, resident_id, purpose, origin, contribution_id, due_on, waits, turn, 1, 1 "
                "FROM subsidy_claim_lines WHERE claim_id = :id"
            ),
            {"id": claim.id},
        )


def test_what_government_pays_for_people_is_a_claim_of_its_own(office, session):
    """A17: 100 + 30, all of it government's."""
    severe = office.payer(disability_grade=2)
    office.pay(severe, kind=ContributionKind.GOVERNMENT_PAID, channel=Channel.GOVERNMENT)
    own = office.payer(disability_grade=1)
    office.pay(own, kind=ContributionKind.GOVERNMENT_PAID, tier_fen=30_000)
    office.pay(office.payer())
    assert gov_fen(session, severe) == 13_000
    paid = office.claim(purpose=SubsidyPurpose.GOVERNMENT_PAID)
    assert (paid.line_count, paid.amount_fen) == (2, 20_000)
    subsidy = office.claim()
    assert (subsidy.line_count, subsidy.amount_fen) == (3, 9_000)
    assert sum(books(session, RECEIVABLE).values()) == 29_000
    assert 0 not in books(session, RECEIVABLE)


def test_instalments_bring_one_subsidy_with_the_payment_that_completes_the_year(office, session):
    person = factories.make_resident(session)
    enrolment = factories.enrol(session, person)
    enrolment.rhythm = "quarterly"
    session.flush()
    for number in range(1, 5):
        office.pay(person, year=2011, on=date(2011, number, 5) if number < 4 else TODAY, instalment=number)
    claim = office.compute(period="2011")
    assert (claim.line_count, claim.amount_fen) == (1, 3_000)


def test_nobody_claims_for_a_county_that_they_do_not_see(office, session):
    town_clerk = factories.make_actor(session, RoleName.COUNTY_CLERK, division=factories.TOWN)
    office.pay(office.payer())
    claim = office.compute()
    with pytest.raises(NotFound):
        subsidy_claims.compute(
            session, actor=town_clerk, county_code=COUNTY, purpose=SUBSIDY, period="2010", cut_off_on=None, today=TODAY
        )
    assert subsidy_claims.get(session, claim.id).amount_fen == 3_000


def test_sending_starts_the_days_and_overdue_is_what_they_have_run_out_for(office, session):
    office.pay(office.payer())
    claim = office.claim()
    subsidy_claims.send(session, actor=office.clerk, claim_id=claim.id, version=claim.version, today=TODAY)
    assert (claim.state, claim.due_on) == (SubsidyClaimState.SENT, date(2011, 4, 30))
    office.receive(GovernmentLevel.CITY, 1_000, on=TODAY)

    def overdue(day):
        found = subsidy_positions.position(session, actor=office.clerk, county_code=COUNTY, as_of=day)
        return {one.level: one.overdue_fen for one in found.levels if one.overdue_fen}

    assert overdue(date(2011, 4, 30)) == {}
    assert overdue(date(2011, 5, 1)) == {GovernmentLevel.PROVINCE: 1_000, GovernmentLevel.COUNTY: 1_000}
    listed, _ = subsidy_claims.list_claims(
        session, purpose=None, state=None, overdue_on=date(2011, 5, 1), limit=10, after=None
    )
    assert [one.id for one in listed] == [claim.id]
