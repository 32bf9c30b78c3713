"""Each item of a 变更登记表: what it takes, what it refuses, which step ends it, and what it does to the register."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from api.crypto import mask_id
from api.database import system_actor
from api.models import EnrolmentTerms
from api.policy.changes import CHANGE_RULES
from api.services import bulk_contributions
from api.services.bulk_contributions import NewContribution
from api.services.contribution_rules import Offer
from api.vocabulary import ChangeKind, Channel, ContributionKind, EnrolmentStep, Rhythm, RoleName, Sex
from tests import factories
from tests.cases.desks import (
    APPROVAL,
    CHECK,
    COUNTY,
    ENROLMENTS,
    REQUESTS,
    REVIEW,
    approve,
    ask,
    done,
    key,
    match,
    refused,
    say,
)

STEPS = {EnrolmentStep.TOWNSHIP_REVIEW: (CHECK, REVIEW), EnrolmentStep.COUNTY_APPROVAL: (CHECK, REVIEW, APPROVAL)}


def row(database, table, **where):
    [(column, value)] = where.items()
    with database.read_snapshot(system_actor(COUNTY)) as session:
        return session.execute(
            text(f"SELECT * FROM {table} WHERE {column} = :value ORDER BY 1"), {"value": value}
        ).all()


def through(people, resident, kind, **values):
    """Hand in a request and let everybody say yes whom it needs."""
    request = done(ask(people.village, resident, kind, **values))
    steps = STEPS[CHANGE_RULES[ChangeKind(kind)].last_step]
    assert request["last_step"] == steps[-1]
    request = approve(people, REQUESTS, request, *steps)
    assert request["state"] == "archived"
    return request


@pytest.mark.parametrize(
    ("kind", "value", "column", "stored"),
    [
        ("name", "欧阳修", "name", "欧阳修"),
        ("hukou_kind", "非农业", "hukou_kind", "non_rural"),
        ("address", "长沙街道东兴路2号", "address", "长沙街道东兴路2号"),
        ("village_group", "3", "village_group", "3"),
        ("ethnicity", "壮", "ethnicity", "壮族"),
    ],
)
def test_plain_items_end_in_their_column(people, person, database, kind, value, column, stored):
    resident = person(insured=True)
    through(people, resident, kind, value=value)
    [now] = row(database, "residents", id=resident.id)
    assert (getattr(now, column), now.version) == (stored, 2)
    [earlier] = row(database, "resident_versions", resident_id=resident.id)
    assert earlier.row[column] != stored


def test_a_name_brings_its_pinyin(people, person, database):
    resident = person()
    through(people, resident, "name", value="单于明")
    [now] = row(database, "residents", id=resident.id)
    assert (now.pinyin, now.initials) != (resident.pinyin, resident.initials)


@pytest.mark.parametrize(("kind", "value"), [("phone", "13900139000"), ("bank_account", "6228480402564890026")])
def test_protected_items_are_sealed_for_the_person(people, person, database, kind, value):
    resident = person()
    through(people, resident, kind, value=value)
    [now] = row(database, "residents", id=resident.id)
    sealed = getattr(now, f"{kind}_sealed")
    assert factories.KEYRING.unseal(bytes(sealed), table="residents", column=kind, row_id=resident.id) == value
    if kind == "bank_account":
        assert bytes(now.bank_account_index) == factories.KEYRING.blind_index("bank_account", value)


def test_an_account_is_given_up_by_an_empty_value(people, person, database):
    resident = person()
    through(people, resident, "bank_account", value="")
    [now] = row(database, "residents", id=resident.id)
    assert (now.bank_account_sealed, now.bank_account_index) == (None, None)


def test_a_number_brings_birth_date_and_sex_and_is_nobody_elses(people, person, database):
    resident, other = person(), person()
    number = factories.id_number(date(1971, 6, 2), sex=Sex.FEMALE)
    for wrong in ("44078319710602", number[:-1] + ("1" if number[-1] != "1" else "2"), ""):
        assert refused(ask(people.village, resident, "id_number", value=wrong)) == (422, "change-invalid")
    request = done(ask(people.village, resident, "id_number", value=number, proof="police"))
    seen = done(people.county.get(f"{REQUESTS}/{request['id']}"))["differences"]
    assert seen[0]["new"] == mask_id(number)
    approve(people, REQUESTS, request, CHECK, REVIEW, APPROVAL)
    [now] = row(database, "residents", id=resident.id)
    assert (now.birth_date, now.sex) == (date(1971, 6, 2), "female")
    assert done(people.village.get(f"/api/v1/residents/{resident.id}"))["id_number_masked"] == mask_id(number)
    again = ask(people.village, other, "id_number", value=number)
    assert refused(again) == (409, "resident-already-registered")


def test_a_number_that_somebody_took_meanwhile_is_refused_at_the_approval(people, person):
    one, other = person(), person()
    number = factories.id_number(date(1970, 5, 1))
    first = done(ask(people.village, one, "id_number", value=number))
    second = done(ask(people.village, other, "id_number", value=number))
    approve(people, REQUESTS, first, CHECK, REVIEW, APPROVAL)
    second = approve(people, REQUESTS, second, CHECK, REVIEW)
    assert refused(say(people.county, REQUESTS, second, APPROVAL)) == (409, "resident-already-registered")


def test_the_sex_is_that_of_the_number(people, person):
    assert refused(ask(people.village, person(), "sex", value="女")) == (422, "change-invalid")


@pytest.mark.parametrize(
    ("fact", "value", "column", "stored", "proof"),
    [
        ("disability", "二级", "disability_grade", 2, "certificate"),
        ("dibao", None, "dibao", True, "certificate"),
        ("wubao", None, "wubao", True, "certificate"),
        ("land_taken", None, "land_taken", True, "village"),
    ],
)
def test_special_groups_begin_and_end(people, person, database, fact, value, column, stored, proof):
    resident = person(insured=True)
    facts = {"fact": fact, "holds": True, "proof": proof} | ({"value": value} if value else {})
    through(people, resident, "category", **facts)
    assert getattr(row(database, "residents", id=resident.id)[0], column) == stored
    assert refused(ask(people.village, resident, "category", **facts)) == (422, "nothing-changes")
    through(people, resident, "category", fact=fact, holds=False, proof=proof)
    assert not getattr(row(database, "residents", id=resident.id)[0], column)


@pytest.mark.parametrize(
    ("fact", "column"),
    [("student", "is_student"), ("employee_insured", "employee_insured"), ("other_pension", "other_pension")],
)
def test_exclusions_change_who_counts_and_need_the_county(people, person, database, fact, column):
    resident = person()
    through(people, resident, "exclusion", fact=fact, holds=True, proof="employer")
    assert getattr(row(database, "residents", id=resident.id)[0], column) is True


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("category", {"fact": "student", "holds": True}),
        ("exclusion", {"fact": "dibao", "holds": True}),
        ("category", {"fact": "dibao"}),
        ("category", {"holds": True}),
        ("category", {"fact": "dibao", "holds": True, "value": "一级"}),
        ("category", {"fact": "disability", "holds": True}),
        ("category", {"fact": "disability", "holds": True, "value": "五级"}),
        ("phone", {"value": "12"}),
        ("bank_account", {"value": "62284"}),
        ("name", {"value": ""}),
        ("hukou_kind", {"value": "海员"}),
        ("ethnicity", {"value": "火星族"}),
    ],
)
def test_what_cannot_be_is_refused_at_the_desk(people, person, kind, values):
    assert refused(ask(people.village, person(insured=True), kind, **values)) == (422, "change-invalid")


def test_the_present_value_is_no_change(people, person):
    answer = ask(people.village, person(), "name", value="梁小明")
    assert refused(answer) == (422, "nothing-changes")


def test_two_groups_of_one_person_are_two_items(people, person):
    resident = person()
    done(ask(people.village, resident, "category", fact="dibao", holds=True))
    done(ask(people.village, resident, "category", fact="wubao", holds=True))
    assert refused(ask(people.village, resident, "category", fact="dibao", holds=True)) == (409, "request-already-open")


def pay(client, resident, year, on, **facts):
    body = {"resident_id": str(resident.id), "contribution_year": year, "kind": "annual", "paid_on": on}
    return client.post("/api/v1/contributions", json=body | {"channel": "cash"} | facts, headers=key())


def test_a4_a_new_tier_holds_from_the_next_unpaid_year(people, person, database):
    """The form is filed after the payment of 2011: 2011 stays at 100, 2012 will be 500."""
    resident = person(insured=True)
    paid = done(pay(people.clerk, resident, 2011, "2011-03-02"))
    assert paid["tier"] == "100.00"
    request = through(people, resident, "tier", tier="500.00", proof="application")
    [terms] = row(database, "enrolment_terms", resident_id=resident.id)
    assert (terms.from_year, terms.tier_fen, terms.rhythm) == (2012, 50_000, "yearly")
    assert terms.request_id == int(request["id"])
    [case] = done(people.county.get(ENROLMENTS, params={"resident_id": str(resident.id)}))["items"]
    detail = done(people.county.get(f"{ENROLMENTS}/{case['id']}"))
    assert (detail["tier"], detail["terms"]) == (
        "100.00",
        [{"from_year": 2012, "tier": "500.00", "rhythm": "yearly"}],
    )
    top_up = pay(people.clerk, resident, 2011, "2011-03-20", tier="500.00")
    assert refused(top_up) == (409, "tier-fixed-for-year")


def test_an_unpaid_year_is_paid_by_the_new_tier_and_the_new_rhythm(people, person, database):
    resident = person(insured=True)
    through(people, resident, "tier", tier="300.00")
    through(people, resident, "rhythm", rhythm="quarterly")
    terms = row(database, "enrolment_terms", resident_id=resident.id)
    assert [(one.from_year, one.tier_fen, one.rhythm) for one in sorted(terms, key=lambda one: one.id)] == [
        (2011, 30_000, "yearly"),
        (2011, 30_000, "quarterly"),
    ]
    paid = done(pay(people.clerk, resident, 2011, "2011-03-02", instalment=1))
    assert (paid["tier"], paid["amount"]) == ("300.00", "75.00")


def test_a_list_of_payments_goes_by_the_terms_of_each_year(database):
    with database.unit_of_work(system_actor(COUNTY)) as session:
        clerk = factories.make_actor(session, RoleName.TOWN_CLERK)
        resident = factories.make_resident(session)
        enrolment = factories.enrol(session, resident)
        session.add(
            EnrolmentTerms(
                county_code=enrolment.county_code, id=enrolment.id + 1, enrolment_id=enrolment.id,
                resident_id=resident.id, division_code=resident.division_code, from_year=2011, tier_fen=40_000,
                rhythm=Rhythm.YEARLY, request_id=1,
            )
        )  # fmt: skip
        session.flush()
        offers = [
            Offer(kind=ContributionKind.ANNUAL, contribution_year=year, paid_on=on, channel=Channel.CASH)
            for year, on in ((2010, date(2010, 12, 1)), (2011, date(2011, 3, 1)))
        ]
        booked, refusals = bulk_contributions.record_all(
            session, actor=clerk, keyring=factories.KEYRING, county_code=440783,
            rows=[NewContribution(resident.id, offer) for offer in offers], today=date(2011, 3, 31),
        )  # fmt: skip
    assert (booked, refusals) == (2, [])
    tiers = {one.contribution_year: one.tier_fen for one in row(database, "contributions", resident_id=resident.id)}
    assert tiers == {2010: 10_000, 2011: 40_000}


def test_a_move_takes_terms_and_requests_along(people, person, database):
    resident = person(insured=True)
    through(people, resident, "tier", tier="300.00")
    done(ask(people.village, resident, "phone", value="13900139000"))
    move = {"moved_on": "2011-03-02", "to_division_code": str(factories.OTHER_VILLAGE)}
    done(people.clerk.post(f"/api/v1/residents/{resident.id}/moves", json=move, headers=match(1)))
    for table in ("enrolment_terms", "change_requests"):
        assert {one.division_code for one in row(database, table, resident_id=resident.id)} == {factories.OTHER_VILLAGE}
    paid = done(pay(people.neighbour, resident, 2011, "2011-03-02"))
    assert paid["tier"] == "300.00"


def test_every_item_has_a_rule_with_its_clause_and_related_items_know_each_other():
    assert set(CHANGE_RULES) == set(ChangeKind)
    for kind, rule in CHANGE_RULES.items():
        assert rule.clause
        assert rule.last_step is not EnrolmentStep.VILLAGE_CHECK, "two persons at the least"
        assert kind in {*rule.related, kind}
    for kind in (
        ChangeKind.NAME,
        ChangeKind.ID_NUMBER,
        ChangeKind.BANK_ACCOUNT,
        ChangeKind.TIER,
        ChangeKind.HUKOU_KIND,
    ):
        assert CHANGE_RULES[kind].last_step is EnrolmentStep.COUNTY_APPROVAL, "policy.md P2"
