"""The effect on money of real lists: who is counted, what was paid after death, and that leaving a row out changes it."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from api.policy.money import BySource
from api.services import department_list_rows
from api.vocabulary import DepartmentListKind, FactKind
from tests import factories
from tests.department_lists.worlds import Desk, Person, person
from tests.payments.worlds import Office, pensioner

DEATHS, DISABILITY = DepartmentListKind.DEATHS, DepartmentListKind.DISABILITY


@pytest.fixture
def desk(session):
    return Desk(session)


def items(found):
    return {
        item["code"]: (item["persons"], item["central_fen"], item["local_fen"], item["account_fen"])
        for item in found.money_effect["items"]
    }


def test_what_was_paid_for_months_after_death_is_found_and_stopped(session, desk):
    number = factories.id_number(date(1948, 5, 3))
    who = pensioner(session, name="黄阿婆", number=number, award=BySource(13_900))
    other = pensioner(session, name="黄阿公")
    office = Office.of(session)
    for month in (date(2010, 10, 1), date(2010, 11, 1), date(2010, 12, 1), date(2011, 1, 1)):
        office.month(month)
    waiting = office.compute(date(2011, 2, 1))
    row = (who.name, number, "2010-11-20", "病故")
    found = desk.bring(DEATHS, row).found
    [kept] = desk.rows(found)
    # November is the month of death and is owed; December and January were paid; February has not left the house.
    assert (kept.paid_after_months, kept.paid_after_fen, kept.paid_after_basic_fen) == (2, 2 * 5_600, 2 * 5_500)
    assert items(found) == {
        "pension": (-1, -2_750, -2_750, -100),
        "recover": (1, -2 * 2_750, -2 * 2_750, -2 * 100),
    }
    assert waiting.line_count == 2
    office.approve(waiting)
    office.release(waiting)
    assert desk.rows(desk.bring(DEATHS, row, as_of=date(2011, 3, 16)).found)[0].paid_after_months == 3
    assert other.id != who.id
    desk.approve(found)
    again = desk.bring(DEATHS, row, as_of=date(2011, 3, 17)).found
    assert desk.told(again) == [(who.name, "unchanged", False)]
    # Already dead on record: what was paid is still told, though nothing is to be done.
    assert items(again).keys() == {"recover"}
    assert again.money_effect["overpaid"]["months"] == 3


def test_who_becomes_severely_disabled_is_priced_only_while_insured_and_of_an_age_to_pay(session, desk):
    insured, old, idle, already = (
        person(session, birth_date=day, name=name)
        for day, name in (
            (date(1970, 5, 1), "甲"), (date(1951, 3, 15), "乙"), (date(1970, 5, 1), "丙"), (date(1970, 5, 1), "丁"),
        )
    )  # fmt: skip
    for one in (insured, old, already):
        factories.enrol(session, one.resident)
    from api.services import resident_facts

    resident_facts.begin(
        session, actor=desk.clerk, resident=already.resident, kind=FactKind.DISABILITY, value="2", begins_on=None,
        evidence=None,
    )  # fmt: skip
    found = desk.bring(DISABILITY, *((one.name, one.number, "一级") for one in (insured, old, idle, already))).found
    assert desk.told(found)[3] == ("丁", "changed", True)
    assert items(found) == {"government_pays": (1, 0, 10_000, 0)}
    without = department_list_rows.choose_rows(
        session, actor=desk.clerk, list_id=found.id, version=1, places=[1], is_chosen=False, reason="待鉴定"
    )
    assert items(without) == {}


def test_leaving_for_the_employees_scheme_ends_the_subsidy_of_the_tier(session, desk):
    ones = [person(session, name=f"人{letter}") for letter in "甲乙丙"]
    for one in ones[:2]:
        factories.enrol(session, one.resident, tier_fen=50_000)
    kind = DepartmentListKind.EMPLOYEE_INSURANCE
    found = desk.bring(kind, *((one.name, one.number, "2011-01", "某厂") for one in ones)).found
    assert items(found) == {"subsidy": (-2, 0, -6_000, 0)}
    desk.approve(found)
    back = desk.bring(kind, (ones[0].name, ones[0].number), complete=True).found
    assert desk.told(back) == [(ones[0].name, "unchanged", False), ("人乙", "removed", True), ("人丙", "removed", True)]
    assert items(back) == {"subsidy": (1, 0, 3_000, 0)}


def test_a_prisoner_who_draws_is_priced_by_the_month(session, desk):
    number = factories.id_number(date(1948, 5, 3))
    who = pensioner(session, name="黄阿公", number=number, award=BySource(13_900))
    found = desk.bring(DepartmentListKind.PRISONERS, (who.name, number, "2011-03-01")).found
    assert items(found) == {"pension": (-1, -2_750, -2_750, -100)}
    assert Person(who, number).id == session.execute(text("SELECT resident_id FROM department_list_rows")).scalar_one()
