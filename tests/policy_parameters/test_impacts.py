"""The dry run against what then happens: the same persons and the same fen; and what stands in a change's way."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from api.database import system_actor
from api.errors import NotFound
from api.models import Contribution
from api.policy.interest import RateMode, accrual_of
from api.policy.parameters import parameters_on
from api.services import awards, contributions, interest_runs, laws, policy_parameters
from api.services.contribution_rules import Offer
from api.services.parameter_conflicts import ParameterInUse
from api.services.parameter_impacts import ImpactPeriodUnfit
from api.vocabulary import Channel, ContributionKind, Decision, RoleName
from tests import factories
from tests.benefits.worlds import a9_person
from tests.interest.population import COUNTY, make_people
from tests.payments.worlds import Office, lines_of, pensioner
from tests.policy_parameters.worlds import Lawmakers, bands, draft

TODAY = date(2011, 3, 31)
SYSTEM = system_actor(440783000000)
LAST = date(2013, 6, 30)


@pytest.fixture
def makers(session, database) -> Lawmakers:
    return Lawmakers.of(session, database)


def pay(
    session,
    *,
    village=factories.VILLAGE,
    tier_fen=20_000,
    kind=ContributionKind.ANNUAL,
    paid_on=date(2011, 3, 1),
    **facts,
):
    person = factories.make_resident(session, village=village, **facts)
    factories.enrol(session, person)
    channel = Channel.GOVERNMENT if kind is ContributionKind.GOVERNMENT_PAID else Channel.CASH
    collector = factories.make_actor(session, RoleName.TOWN_CLERK)
    offer = Offer(kind=kind, contribution_year=2011, paid_on=paid_on, channel=channel, tier_fen=tier_fen)
    done = contributions.record(
        session, actor=collector, keyring=factories.KEYRING, resident_id=person.id, offer=offer, today=TODAY
    )
    return person, done.contribution


def test_a_higher_subsidy_costs_what_this_years_payers_would_get(session, makers):
    for tier_fen in (10_000, 20_000, 30_000, 50_000):
        pay(session, tier_fen=tier_fen)
    richest, _ = pay(session, village=factories.OTHER_VILLAGE, tier_fen=50_000)
    wish = draft(
        "subsidy_bands",
        bands(("0.00", "30.00"), ("300.00", "45.00"), ("500.00", "60.00")),
        date(2011, 6, 1),
        valid_to=LAST,
    )
    told = makers.assess(wish, today=TODAY)
    assert (told.total.person_count, told.total.changed_count) == (5, 3)
    assert (told.total.before_fen, told.total.after_fen) == (5 * 3_000, 2 * 3_000 + 4_500 + 2 * 6_000)
    assert [(one.division_code, one.amounts.difference_fen) for one in told.units] == [
        (factories.VILLAGE, 1_500 + 3_000),
        (factories.OTHER_VILLAGE, 3_000),
    ]
    assert [one.after_fen - one.before_fen for one in told.largest] == [3_000, 3_000, 1_500]
    assert richest.id in {one.resident_id for one in told.largest}
    assert [(one.payer, one.after_fen - one.before_fen) for one in told.payers] == [
        ("province", 2_500), ("city", 2_500), ("county", 2_500),
    ]  # fmt: skip
    assert (told.conflicts, told.is_money_known, told.period) == ([], True, "2011")
    # What is said is what happens: the same people under the new law.
    makers.enact(wish)
    later = TODAY.replace(month=6, day=2)
    for tier_fen, subsidy_fen in ((10_000, 3_000), (30_000, 4_500), (50_000, 6_000)):
        assert laws.law_on(session, factories.VILLAGE, later).subsidy_fen(tier_fen) == subsidy_fen


def test_a_village_with_its_own_bands_is_untouched_by_the_countys(session, makers):
    pay(session)
    pay(session, village=factories.OTHER_VILLAGE)
    makers.enact(
        draft(
            "subsidy_bands", bands(("0.00", "80.00")), date(2011, 1, 1), valid_to=LAST, division_code=factories.VILLAGE
        )
    )
    wish = draft("subsidy_bands", bands(("0.00", "40.00")), date(2011, 6, 1), valid_to=LAST)
    told = makers.assess(wish, today=TODAY)
    assert [(one.division_code, one.amounts.before_fen, one.amounts.after_fen) for one in told.units] == [
        (factories.VILLAGE, 8_000, 8_000),
        (factories.OTHER_VILLAGE, 3_000, 4_000),
    ]
    assert any("另有规定" in note for note in told.notes)
    one_village = makers.assess(wish, today=TODAY, division_code=factories.OTHER_VILLAGE)
    assert one_village.total.person_count == 1


def test_what_was_posted_in_the_period_keeps_its_subsidy_and_that_is_said(session, makers):
    _, posted = pay(session)
    wish = draft("subsidy_bands", bands(("0.00", "40.00")), date(2011, 1, 1), valid_to=LAST)
    assert any("1笔缴费" in note and "不重算" in note for note in makers.assess(wish, today=TODAY).notes)
    change = makers.enact(wish)
    session.expire_all()
    assert session.get(Contribution, (posted.county_code, posted.id)).subsidy_fen == 3_000
    _, after = pay(session)
    assert (after.subsidy_fen, after.law_serial) == (4_000, change.serial)


def test_a_new_lowest_tier_is_what_government_pays_for_those_it_pays_for(session, makers):
    pay(session, tier_fen=None, kind=ContributionKind.GOVERNMENT_PAID, disability_grade=1)
    pay(session, tier_fen=10_000)
    wish = draft("tiers", ["120.00", "200.00", "300.00", "400.00", "500.00"], date(2011, 6, 1), valid_to=LAST)
    told = makers.assess(wish, today=TODAY)
    assert (told.total.before_fen, told.total.after_fen) == (13_000 + 3_000, 15_000 + 3_000)
    assert any("100元档不再提供" in note for note in told.notes)


def test_a_raise_of_the_basic_pension_is_what_the_next_run_pays(session, makers):
    office = Office.of(session)
    people = [pensioner(session, village=village) for village in (factories.VILLAGE, factories.OTHER_VILLAGE)]
    pensioner(session, start=date(2011, 3, 1))
    for month in (1, 2):
        office.month(date(2011, month, 1))
    wish = draft("basic_pension", "60.00", date(2011, 1, 1), valid_to=LAST, paid_from=date(2011, 3, 1))
    told = makers.assess(wish, today=TODAY, month=date(2011, 3, 1))
    assert told.total.person_count == 3
    months_back = {person.id: 2 for person in people}
    assert sorted(one.after_fen - one.before_fen for one in told.largest) == [500, 1_500, 1_500]
    assert {one.resident_id for one in told.largest if one.after_fen - one.before_fen == 1_500} == set(months_back)
    assert [(one.payer, one.after_fen - one.before_fen) for one in told.payers] == [
        ("central", 0), ("province", 1_167), ("city", 1_167), ("county", 1_166),
    ]  # fmt: skip
    assert told.payers[0].before_fen == 3 * 2_750
    makers.enact(wish)
    run = office.compute(date(2011, 3, 1))
    paid = sum(
        line.basic_fen for line in lines_of(session, run) if line.month >= date(2011, 3, 1) or line.kind == "back_pay"
    )
    assert paid == told.total.after_fen


def test_a_pension_that_was_owed_is_not_lowered_and_not_raised_twice(session, makers):
    office = Office.of(session)
    pensioner(session)
    office.month(date(2011, 1, 1))
    makers.enact(draft("basic_pension", "60.00", date(2011, 1, 1), valid_to=LAST))
    run = office.compute(date(2011, 2, 1))
    assert {line.basic_fen for line in lines_of(session, run)} >= {6_000, 500}
    lower = draft("basic_pension", "57.00", date(2011, 2, 1), valid_to=LAST)
    with pytest.raises(ParameterInUse, match="不能调低"):
        makers.propose(lower)
    assert makers.assess(lower, today=TODAY).conflicts
    with pytest.raises(ParameterInUse, match="已补发过一次"):
        makers.propose(draft("basic_pension", "65.00", date(2011, 1, 1), valid_to=LAST))
    makers.propose(draft("basic_pension", "65.00", date(2011, 4, 1), valid_to=LAST))


@pytest.fixture
def savers(fresh_database):
    """People with money in 2010 and a half-told story, whose year is not closed."""
    today = date(2010, 12, 31)
    law = parameters_on(today)
    accrual = accrual_of(2010, mode=RateMode.JAN1, rates=law.pboc_one_year_rates, published=law.published_rates)
    with fresh_database.unit_of_work(SYSTEM) as session:
        return make_people(session, accrual, seed=7, count=60)


def test_interest_by_other_rates_is_what_the_law_gives_person_by_person(fresh_database, savers):
    law = parameters_on(date(2010, 12, 31))
    accruals = {
        mode: accrual_of(2010, mode=mode, rates=law.pboc_one_year_rates, published=law.published_rates)
        for mode in (RateMode.JAN1, RateMode.SEGMENTED)
    }
    should = {
        mode: {one.resident_id: one.expected_interest(accrual).total_fen for one in savers}
        for mode, accrual in accruals.items()
    }
    with fresh_database.unit_of_work(SYSTEM) as session:
        _stand_in_the_roster(session, savers)
        makers = Lawmakers.of(session, fresh_database)
        told = makers.assess(draft("rate_mode", "segmented", date(2010, 1, 1)), today=date(2011, 1, 10), year=2010)
    before, after = should[RateMode.JAN1], should[RateMode.SEGMENTED]
    assert told.total.before_fen == sum(before.values())
    assert told.total.after_fen == sum(after.values())
    assert told.total.changed_count == sum(before[one] != after[one] for one in before)
    ranked = sorted(before, key=lambda one: (-abs(after[one] - before[one]), one))[:10]
    assert [(one.resident_id, one.before_fen, one.after_fen) for one in told.largest] == [
        (one, before[one], after[one]) for one in ranked
    ]
    assert [one.payer for one in told.payers] == ["fund"]


def test_interest_that_is_computed_keeps_its_rate(fresh_database, savers):
    with fresh_database.unit_of_work(SYSTEM) as session:
        makers = Lawmakers.of(session, fresh_database)
        waiting = makers.propose(draft("rate_mode", "segmented", date(2010, 1, 1)))
        # The year before is closed, with nothing earned in it.
        session.execute(text("UPDATE accounts SET interest_through = '2009-12-31' WHERE interest_through IS NULL"))
    with fresh_database.unit_of_work(makers.clerk) as session:
        run = interest_runs.compute(session, actor=makers.clerk, county_code=COUNTY, year=2010, today=date(2011, 1, 10))
    before = run.parameters["accrual"]
    with fresh_database.unit_of_work(makers.reviewer) as session:
        makers.session = session
        with pytest.raises(ParameterInUse, match="2010年度结息"):
            makers.approve(policy_parameters.get(session, waiting.id))
        # A change that leaves the year's table as it is does not hinder anybody.
        same = draft("rate_mode", "segmented", date(2011, 1, 1))
        makers.enact(same)
        assert laws.law_of_county(session, COUNTY, date(2011, 12, 31)).rate_mode is RateMode.SEGMENTED
    with fresh_database.unit_of_work(makers.clerk) as session:
        interest_runs.discard(session, actor=makers.clerk, run_id=run.id, version=run.version)
    with fresh_database.unit_of_work(makers.reviewer) as session:
        makers.session = session
        makers.approve(policy_parameters.get(session, waiting.id))
    with fresh_database.unit_of_work(makers.clerk) as session:
        again = interest_runs.compute(
            session, actor=makers.clerk, county_code=COUNTY, year=2010, today=date(2011, 1, 10)
        )
        assert (again.parameters["rate_mode"], again.parameters["accrual"]) != ("jan1", before)
        assert again.total_fen == sum(
            one.expected_interest(accrual_of(
                2010, mode=RateMode.SEGMENTED, rates=parameters_on(TODAY).pboc_one_year_rates,
                published=parameters_on(TODAY).published_rates,
            )).total_fen
            for one in savers
        )  # fmt: skip


def test_a_parameter_without_a_known_amount_says_what_uses_it(makers):
    told = makers.assess(draft("publication_days", 9, date(2011, 6, 1)), today=TODAY)
    assert not told.is_money_known
    assert told.total.before_fen == told.total.after_fen == 0
    assert told.uses


def test_the_dry_run_writes_nothing_and_shows_no_names_to_who_may_not_read_people(session, makers, database):
    pay(session, tier_fen=50_000)
    wish = draft("subsidy_bands", bands(("0.00", "40.00")), date(2011, 6, 1), valid_to=LAST)
    rows = "SELECT (SELECT count(*) FROM audit_events), (SELECT count(*) FROM policy_parameter_changes)"
    before = session.execute(text(rows)).one()
    makers.assess(wish, today=TODAY)
    assert session.execute(text(rows)).one() == before
    makers.clerk = factories.make_actor(session, RoleName.ADMINISTRATOR)
    told = makers.assess(wish, today=TODAY)
    assert told.total.changed_count == 1
    assert told.largest == ()


@pytest.mark.parametrize(
    ("code", "value", "asked", "error"),
    [
        ("basic_pension", "60.00", {"month": date(2011, 3, 1)}, ImpactPeriodUnfit),
        ("basic_pension", "60.00", {"month": date(2013, 7, 1)}, ImpactPeriodUnfit),
        ("pay_day", 12, {"division_code": 440784000000}, NotFound),
    ],
)
def test_what_cannot_be_tried_out(makers, code, value, asked, error):
    with pytest.raises(error):
        makers.assess(draft(code, value, date(2011, 6, 1), valid_to=LAST), today=TODAY, **asked)


def test_an_award_keeps_the_divisor_that_it_was_made_by(session, makers):
    person = a9_person(session, household=factories.make_household(session))
    office = Office.of(session)
    award = awards.propose(session, actor=office.clerk, resident_id=person.id, today=date(2015, 6, 20))
    awards.decide(
        session, actor=office.reviewer, award_id=award.id, decision=Decision.APPROVE, opinion=None,
        expected_version=award.version, today=date(2015, 6, 25),
    )  # fmt: skip
    with pytest.raises(ParameterInUse, match="1人按原规定核定自2015-07起"):
        makers.propose(draft("divisor_months", 120, date(2015, 1, 1)))
    makers.enact(draft("divisor_months", 120, date(2015, 8, 1)))
    assert laws.law_of_county(session, 440783, date(2015, 7, 1)).divisor_months == 139
    assert laws.law_of_county(session, 440783, date(2015, 8, 1)).divisor_months == 120


def _stand_in_the_roster(session, savers):
    """The accounts of these tests belong to nobody; the largest changes are shown with names."""
    for one in savers:
        person = factories.make_resident(session, village=factories.VILLAGE)
        session.execute(
            text("UPDATE residents SET id = :new WHERE county_code = 440783 AND id = :old"),
            {"new": one.resident_id, "old": person.id},
        )
    session.expire_all()
