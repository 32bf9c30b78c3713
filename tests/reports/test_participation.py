"""The participation report against a small, exactly known village, and the walls around it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from api.database import system_actor
from api.policy.ages import age_on
from api.policy.parameters import parameters_on
from api.policy.participation import Exclusion, exclusion_of
from api.services import participation
from api.services.resident_facts import FLAGS
from api.vocabulary import HukouKind, ResidentStatus, RoleName
from tests import factories
from tests.factories import OTHER_VILLAGE, TOWN, VILLAGE

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

AS_OF = date(2010, 12, 31)


def pay(session: Session, resident, *, year=2010, paid_on=date(2010, 11, 2), kind="annual"):
    session.execute(
        text(
            """
            INSERT INTO contributions (county_code, id, resident_id, division_code, contribution_year, kind, instalment,
                                       tier_fen, amount_fen, subsidy_fen, paid_on, channel, journal_id, recorded_by_id)
            VALUES (:c, nextval('serials'), :r, :d, :y, :k, 0, 10000, 10000, 3000, :p, 'cash', 1, 1)
            """
        ),
        {"c": resident.county_code, "r": resident.id, "d": resident.division_code, "y": year, "k": kind, "p": paid_on},
    )


def draw(session: Session, resident, *, start=date(2010, 10, 1)):
    session.execute(
        text(
            """
            INSERT INTO benefits (county_code, resident_id, division_code, award_id, start_month)
            VALUES (:c, :r, :d, 1, :s)
            """
        ),
        {"c": resident.county_code, "r": resident.id, "d": resident.division_code, "s": start},
    )


def report_of(session: Session, division: int = VILLAGE, as_of: date = AS_OF):
    return participation.report(session, division_code=division, as_of=as_of, today=date(2011, 3, 31))


def test_a_village_is_counted_by_the_definition(session):
    payer = factories.make_resident(session)
    factories.enrol(session, payer)
    pay(session, payer)
    only_registered = factories.make_resident(session)
    factories.enrol(session, only_registered)
    recipient = factories.make_resident(session, birth_date=date(1945, 3, 1))
    factories.enrol(session, recipient, tier_fen=0)
    draw(session, recipient)
    factories.make_resident(session)
    factories.make_resident(session, birth_date=date(2001, 1, 1))
    factories.make_resident(session, is_student=True)
    factories.make_resident(session, employee_insured=True)
    factories.make_resident(session, hukou_kind=HukouKind.NON_RURAL)
    factories.make_resident(session, status=ResidentStatus.DEAD, status_on=date(2010, 12, 1))
    figures = report_of(session).unit
    assert (figures.counts.eligible, figures.counts.insured, figures.counts.registered) == (4, 2, 3)
    assert (figures.counts.recipients, figures.counts.entitled) == (1, 1)
    assert figures.attainment.rate == "50.0"
    assert (figures.needed, figures.attainment.gap, figures.attainment.reached) == (3, 1, False)
    assert figures.working_age_rate == "33.3"


def test_mere_registration_is_not_participation(session):
    factories.enrol(session, factories.make_resident(session))
    figures = report_of(session).unit
    assert figures.attainment.rate == "0.0"
    assert figures.registration_rate == "100.0"


@pytest.mark.parametrize(
    ("status_on", "as_of", "eligible"),
    [(date(2010, 12, 31), AS_OF, 0), (date(2011, 1, 1), AS_OF, 1), (date(2011, 1, 1), date(2011, 1, 1), 0)],
)
def test_somebody_who_died_after_the_reporting_date_still_counts_on_it(session, status_on, as_of, eligible):
    factories.make_resident(session, status=ResidentStatus.DEAD, status_on=status_on)
    assert report_of(session, as_of=as_of).unit.counts.eligible == eligible


@pytest.mark.parametrize(
    ("paid_on", "year", "insured"),
    [(date(2010, 12, 31), 2010, 1), (date(2011, 1, 3), 2010, 0), (date(2010, 12, 31), 2011, 0)],
)
def test_only_a_contribution_of_the_year_paid_by_the_date_insures(session, paid_on, year, insured):
    resident = factories.make_resident(session)
    factories.enrol(session, resident)
    pay(session, resident, year=year, paid_on=paid_on)
    assert report_of(session).unit.counts.insured == insured


@pytest.mark.parametrize(("as_of", "recipients"), [(date(2011, 2, 28), 1), (date(2011, 3, 31), 0)])
def test_prison_ends_drawing_on_its_day_and_not_before(session, as_of, recipients):
    resident = factories.make_resident(session, birth_date=date(1948, 5, 3))
    factories.enrol(session, resident, tier_fen=0)
    draw(session, resident)
    session.execute(
        text(
            "UPDATE benefits SET state = 'stopped', state_reason = 'prison', state_on = '2011-03-20' WHERE resident_id = :i"
        ),
        {"i": resident.id},
    )
    assert report_of(session, as_of=as_of).unit.counts.recipients == recipients


def test_villages_add_up_to_the_town(session):
    for village in (VILLAGE, VILLAGE, OTHER_VILLAGE):
        resident = factories.make_resident(session, village=village)
        factories.enrol(session, resident)
        pay(session, resident)
    report = report_of(session, TOWN)
    by_code = {child.division.code: child.counts.insured for child in report.children}
    assert (by_code[VILLAGE], by_code[OTHER_VILLAGE]) == (2, 1)
    assert report.unit.counts.insured == 3 == sum(by_code.values())


def test_the_count_agrees_with_the_law_person_by_person(session):
    births = [date(1994, 12, 31), date(1995, 1, 1), date(1950, 12, 31), date(1951, 1, 1), date(1996, 2, 29)]
    flags = [{}, {"is_student": True}, {"employee_insured": True}, {"other_pension": True}]
    hukous = [HukouKind.RURAL, HukouKind.NON_RURAL]
    expected = entitled = 0
    for birth_date in births:
        for extra in flags:
            for hukou in hukous:
                factories.make_resident(session, birth_date=birth_date, hukou_kind=hukou, **extra)
                why = exclusion_of(
                    birth_date=birth_date,
                    hukou=hukou,
                    facts={kind for kind, column in FLAGS.items() if extra.get(column)},
                    status=ResidentStatus.ALIVE,
                    on=AS_OF,
                    parameters=parameters_on(AS_OF),
                )
                assert why is None or isinstance(why, Exclusion)
                expected += why is None
                entitled += why is None and age_on(birth_date, AS_OF) >= 60
    counts = report_of(session).unit.counts
    assert (counts.eligible, counts.entitled) == (expected, entitled)
    assert 0 < entitled < expected


def test_frozen_figures_stay_while_the_register_moves_on(database):
    with database.unit_of_work(system_actor(440783000000)) as session:
        actor = factories.make_actor(session, RoleName.TOWN_REVIEWER)
        resident = factories.make_resident(session)
        factories.enrol(session, resident)
        participation.freeze(
            session, actor=actor, division_code=TOWN, as_of=date(2010, 11, 30), today=date(2011, 3, 31)
        )
        pay(session, resident)
        participation.freeze(session, actor=actor, division_code=TOWN, as_of=AS_OF, today=date(2011, 3, 31))
    with database.read_snapshot(system_actor(440783000000)) as session:
        points, after = participation.trend(session, division_code=TOWN, limit=10, after=None)
    assert [(day.isoformat(), unit.counts.insured, unit.counts.registered) for day, unit in points] == [
        ("2010-11-30", 0, 1),
        ("2010-12-31", 1, 1),
    ]
    assert after is None


def test_a_report_on_the_future_is_refused(session):
    with pytest.raises(participation.ReportingDateInFuture):
        report_of(session, as_of=date(2011, 4, 1))
