"""Awards in sets equal awards one by one, person by person and to the fen."""

from __future__ import annotations

import random
from datetime import date

import pytest
from sqlalchemy import select, text
from sqlmodel import col

from api.errors import DomainError
from api.models import Account, Award, Benefit
from api.policy.money import BySource
from api.services import award_batches, two_persons
from api.services.award_rules import determine, words_of
from api.vocabulary import AwardBasis, HukouKind, RoleName
from tests import factories
from tests.benefits.worlds import contribute, house, post_interest

TOWN = 440783001000
JULY = date(2013, 7, 1)
TODAY = date(2013, 7, 20)


@pytest.fixture
def clerk(session):
    return factories.make_actor(session, RoleName.COUNTY_CLERK)


@pytest.fixture
def reviewer(session):
    return factories.make_actor(session, RoleName.COUNTY_REVIEWER)


def crowd(session, *, seed, count):
    """People who reach 60 in July 2013 with random histories: some lack years, some lack interest, some earn ties."""
    chance = random.Random(seed)
    people = []
    for _ in range(count):
        # Since the merge of 2013 no rural hukou is asked for.
        hukou = chance.choice([HukouKind.RURAL, HukouKind.RURAL, HukouKind.NON_RURAL])
        person = factories.make_resident(session, birth_date=date(1953, 7, chance.randint(1, 31)), hukou_kind=hukou)
        factories.enrol(session, person)
        until = 2013 if chance.random() < 0.9 else 2012
        for year in (2010, 2011, 2012, 2013):
            if chance.random() < 0.9 or year == 2013:
                month = chance.randint(10, 12) if year == 2010 else chance.randint(1, 12 if year < 2013 else 9)
                personal = chance.choice([10_000, 20_000, 50_000, 12_345, 7])
                contribute(
                    session, person, year, date(year, month, 5), BySource(personal, chance.choice([0, 0, 999]), 3_000)
                )
            if year < until:
                post_interest(session, person, year)
        people.append(person)
    return people


def expected(session, person, today):
    try:
        judged = determine(session, resident=person, today=today)
    except DomainError:
        return None
    return (
        judged.basis.value, judged.start_month, judged.settled_on, judged.required_years, judged.paid_years,
        judged.composition.personal_fen, judged.composition.collective_fen, judged.composition.gov_fen,
        judged.account_pension_fen, judged.basic_pension_fen, judged.breakdown,
    )  # fmt: skip


def proposed(session, person):
    award = session.scalars(select(Award).where(col(Award.resident_id) == person.id)).one_or_none()
    if award is None:
        return None
    return (
        award.basis.value, award.start_month, award.settled_on, award.required_years, award.paid_years,
        award.personal_fen, award.collective_fen, award.gov_fen, award.account_pension_fen, award.basic_pension_fen,
        award.breakdown,
    )  # fmt: skip


def test_awards_in_sets_equal_the_law_person_by_person(session, clerk):
    people = crowd(session, seed=20130701, count=60)
    wanted = {person.id: expected(session, person, TODAY) for person in people}
    done = award_batches.propose_all(
        session, actor=clerk, division_code=TOWN, month=JULY, basis=AwardBasis.TURNING_60, today=TODAY
    )
    assert {person.id: proposed(session, person) for person in people} == wanted
    assert done.proposed == sum(one is not None for one in wanted.values())
    assert 20 < done.proposed < 60
    assert done.situations["proposed"] == done.proposed
    assert sum(done.situations.values()) == 60


def test_the_launch_cohort_in_sets_equals_the_law(session, clerk):
    paid = {"paid_on": date(2010, 10, 8)}
    shapes = [
        (), (paid,), (paid, {"paid_on": date(2010, 12, 8)}), ({},), ({"is_student": True},),
        ({"employee_insured": True}, paid), ({"status": "dead"},), ({"birth_date": date(1996, 2, 29)},),
        ({"relation": "女", "paid_on": date(2011, 1, 3)},), ({"relation": "孙子"},),
        ({"birth_date": date(1950, 12, 21), "relation": "弟"},),
    ]  # fmt: skip
    today = date(2011, 2, 20)
    people = [house(session, children=shape)[0] for shape in shapes]
    people += [house(session, parent=parent, children=({"relation": child},))[0]
               for parent, child in (("母亲", "户主"), ("岳父", "配偶"), ("祖父", "户主"), ("父亲", "弟"))]  # fmt: skip
    wanted = {person.id: expected(session, person, today) for person in people}
    done = award_batches.propose_all(
        session, actor=clerk, division_code=440783000000, month=date(2010, 10, 1), basis=AwardBasis.LAUNCH_COHORT,
        today=today,
    )  # fmt: skip
    assert {person.id: proposed(session, person) for person in people} == wanted
    assert done.proposed == sum(one is not None for one in wanted.values())
    assert done.situations["children_unpaid"] == len(people) - done.proposed > 2
    for award in session.scalars(select(Award)).all():
        assert f"自{award.start_month:%Y-%m}起" in "".join(reason.message for reason in words_of(session, award))


def test_a7_everybody_born_in_a_month_is_on_the_notice_of_the_month_before(session):
    born = [date(1953, 7, 1), date(1953, 7, 15), date(1953, 7, 31)]
    people = [factories.make_resident(session, birth_date=one) for one in born]
    factories.make_resident(session, birth_date=date(1953, 8, 1))
    rows, after = award_batches.list_due(
        session, division_code=TOWN, month=award_batches.month_after(date(2013, 6, 1)), basis=AwardBasis.TURNING_60,
        limit=2, after=None,
    )  # fmt: skip
    more, end = award_batches.list_due(
        session, division_code=TOWN, month=JULY, basis=AwardBasis.TURNING_60, limit=2, after=after
    )
    assert [row.resident_id for row in [*rows, *more]] == [person.id for person in people]
    assert end is None
    assert [row.situation for row in rows] == ["not_enrolled", "not_enrolled"]
    assert (rows[0].required_years, rows[0].missing_years) == (3, 3)


def test_approval_in_sets_starts_benefits_and_balances_the_books(session, clerk, reviewer):
    crowd(session, seed=7, count=25)
    award_batches.propose_all(
        session, actor=clerk, division_code=TOWN, month=JULY, basis=AwardBasis.TURNING_60, today=TODAY
    )
    ids = award_batches.proposed_ids(session, division_code=TOWN, limit=1000)
    with pytest.raises(two_persons.SamePerson):
        award_batches.approve_all(session, actor=clerk, award_ids=ids, opinion=None, today=TODAY)
    stale = session.get(Award, (440783, ids[0]))
    session.execute(
        text("UPDATE accounts SET interest_through = '2013-12-31' WHERE resident_id = :i"), {"i": stale.resident_id}
    )
    insured = session.get(Award, (440783, ids[1]))
    session.execute(text("UPDATE residents SET other_pension = true WHERE id = :i"), {"i": insured.resident_id})
    done = award_batches.approve_all(
        session, actor=reviewer, award_ids=[*ids, 4407830000000001], opinion="同意", today=TODAY
    )
    assert done.refused == (4407830000000001, ids[0], ids[1])
    assert done.approved == len(ids) - 2
    interest = 0
    for award in session.scalars(select(Award).where(col(Award.id).in_(ids[2:]))).all():
        session.refresh(award)
        account = session.get(Account, (440783, award.resident_id), populate_existing=True)
        assert (account.personal_fen, account.collective_fen, account.gov_fen) == (
            award.personal_fen, award.collective_fen, award.gov_fen,
        )  # fmt: skip
        assert (account.state, account.interest_through) == ("drawing", date(2013, 7, 31))
        assert session.get(Benefit, (440783, award.resident_id)).award_id == award.id
        interest += sum(award.breakdown["interest"].values())
    assert done.interest_fen == interest > 0
    booked = session.execute(
        text(
            "SELECT sum(l.debit_fen - l.credit_fen), sum(l.debit_fen) FROM fund_lines l"
            " JOIN journals j ON j.county_code = l.county_code AND j.id = l.journal_id"
            " WHERE j.kind = 'settlement_interest'"
        )
    ).one()
    assert tuple(booked) == (0, interest)
