"""Awards by two persons, on the worked examples; nothing starts that the law does not say."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from api.models import Account, Benefit
from api.policy.ages import Month
from api.policy.money import BySource
from api.services import award_rules, awards, two_persons
from api.services.award_rules import words_of
from api.vocabulary import ContributionKind, Decision, HukouKind, RoleName
from tests import factories
from tests.benefits.worlds import a9_person, contribute, house
from tests.payments.worlds import Office, lines_of


@pytest.fixture
def clerk(session):
    return factories.make_actor(session, RoleName.COUNTY_CLERK)


@pytest.fixture
def reviewer(session):
    return factories.make_actor(session, RoleName.COUNTY_REVIEWER)


def approve(session, reviewer, award, *, today):
    return awards.decide(
        session, actor=reviewer, award_id=award.id, decision=Decision.APPROVE, opinion="同意",
        expected_version=award.version, today=today,
    )  # fmt: skip


def test_a9_award_settles_interest_to_june_and_starts_in_july(session, clerk, reviewer):
    person = a9_person(session)
    award = awards.propose(session, actor=clerk, resident_id=person.id, today=date(2015, 6, 20))
    assert (award.personal_fen, award.gov_fen, award.account_pension_fen) == (154_438, 19_269, 1250)
    assert award.breakdown["interest"] == {"personal_fen": 1010, "collective_fen": 0, "gov_fen": 241}
    assert award.start_month == date(2015, 7, 1)
    assert any("1737.07 ÷ 139 = 12.50" in reason.message for reason in words_of(session, award))
    approve(session, reviewer, award, today=date(2015, 6, 25))
    account = session.get(Account, (440783, person.id), populate_existing=True)
    assert (account.personal_fen, account.gov_fen, account.state) == (154_438, 19_269, "drawing")
    assert account.interest_through == date(2015, 6, 30)
    assert session.get(Benefit, (440783, person.id)).account_pension_fen == 1250


@pytest.mark.parametrize(
    ("birth_date", "today", "refused"), [((1952, 6, 1), (2012, 6, 20), True), ((1953, 6, 1), (2013, 6, 20), False)]
)
def test_the_hukou_is_asked_for_until_the_merge_of_2013(session, clerk, birth_date, today, refused):
    person = factories.make_resident(session, birth_date=date(*birth_date), hukou_kind=HukouKind.NON_RURAL)
    factories.enrol(session, person)
    expected = award_rules.NotEligible if refused else award_rules.YearsLacking
    with pytest.raises(expected):
        awards.propose(session, actor=clerk, resident_id=person.id, today=date(*today))


def test_a11_nine_payments_then_the_balance_of_the_dead(session, clerk, reviewer):
    person = a9_person(session)
    award = awards.propose(session, actor=clerk, resident_id=person.id, today=date(2015, 6, 20))
    approve(session, reviewer, award, today=date(2015, 6, 25))
    office = Office.of(session)
    months = [Month(2015, 7).plus(step).first_day for step in range(9)]
    for month in months:
        if month == date(2016, 1, 1):
            account = session.get(Account, (440783, person.id), populate_existing=True)
            from tests.benefits.worlds import post_interest

            post_interest(session, person, 2015)
        if month == date(2016, 3, 1):
            session.execute(
                text("UPDATE residents SET status = 'dead', status_on = '2016-03-14' WHERE id = :i"), {"i": person.id}
            )
        office.month(month)
    assert lines_of(session, office.month(date(2016, 4, 1))) == []
    account = session.get(Account, (440783, person.id), populate_existing=True)
    settled = award_rules.settle(session, account, Month(2016, 3))
    assert (settled.interest.personal_fen, settled.interest.gov_fen) == (558, 70)
    assert (settled.balance.personal_fen, settled.balance.gov_fen) == (147_079, 18_351)
    assert account.paid_count == 9


def test_a6_children_decide_from_when_the_launch_cohort_draws(session, clerk):
    today = date(2010, 12, 20)
    paid = {"paid_on": date(2010, 10, 8)}
    free, _ = house(session)
    all_paid, _ = house(session, children=(paid, {**paid, "relation": "女"}))
    late, _ = house(session, children=(paid, {"paid_on": date(2010, 12, 8)}))
    excused, _ = house(
        session,
        children=({"is_student": True}, {"employee_insured": True}, {"hukou_kind": "non_rural"}),
    )
    for person, start in ((free, 10), (all_paid, 10), (excused, 10)):
        assert awards.propose(session, actor=clerk, resident_id=person.id, today=today).start_month == date(
            2010, start, 1
        )
    assert awards.propose(session, actor=clerk, resident_id=late.id, today=today).start_month == date(2011, 1, 1)
    unpaid, _ = house(session, children=({},))
    with pytest.raises(award_rules.ChildrenUnpaid, match="尚有1人"):
        awards.propose(session, actor=clerk, resident_id=unpaid.id, today=today)


def test_a_parent_of_the_head_waits_for_the_head(session, clerk):
    mother, _ = house(session, parent="母亲", children=({"relation": "户主"},))
    with pytest.raises(award_rules.ChildrenUnpaid):
        awards.propose(session, actor=clerk, resident_id=mother.id, today=date(2010, 12, 20))


def test_years_lacking_and_not_yet_sixty_are_refused(session, clerk):
    short = factories.make_resident(session, birth_date=date(1953, 7, 15))
    factories.enrol(session, short)
    contribute(session, short, 2010, date(2010, 10, 10), BySource(10_000, 0, 3_000))
    with pytest.raises(award_rules.NotYetDue):
        awards.propose(session, actor=clerk, resident_id=short.id, today=date(2013, 6, 30))
    with pytest.raises(award_rules.YearsLacking, match="应缴3年，已缴1年"):
        awards.propose(session, actor=clerk, resident_id=short.id, today=date(2013, 7, 1))


def test_unposted_interest_of_an_earlier_year_stops_the_settlement(session, clerk):
    person = factories.make_resident(session, birth_date=date(1952, 7, 15))
    factories.enrol(session, person)
    for year in (2010, 2011):
        contribute(session, person, year, date(year, 10, 10), BySource(10_000, 0, 3_000))
    with pytest.raises(award_rules.InterestNotPosted):
        awards.propose(session, actor=clerk, resident_id=person.id, today=date(2012, 7, 20))


def test_maker_may_not_decide_and_a_changed_account_outdates_the_award(session, clerk, reviewer):
    person = a9_person(session)
    award = awards.propose(session, actor=clerk, resident_id=person.id, today=date(2015, 6, 20))
    with pytest.raises(two_persons.SamePerson):
        approve(session, clerk, award, today=date(2015, 6, 20))
    with pytest.raises(awards.AwardExists):
        awards.propose(session, actor=clerk, resident_id=person.id, today=date(2015, 6, 20))
    contribute(session, person, 2015, date(2015, 6, 21), BySource(0, 5_000), kind=ContributionKind.COLLECTIVE)
    with session.begin_nested(), pytest.raises(awards.AwardOutdated):
        approve(session, reviewer, award, today=date(2015, 6, 25))
