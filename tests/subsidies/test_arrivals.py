"""Money that arrives: in parts, too much, for which claim; in both ways of posting; and the interest lost until then."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from api.errors import NotFound, StaleVersion
from api.policy.money import BySource
from api.services import (
    contribution_reversals,
    subsidy_claims,
    subsidy_covers,
    subsidy_positions,
    subsidy_postings,
    subsidy_receipts,
)
from api.services.two_persons import SamePerson
from api.vocabulary import (
    FundAccount,
    GovernmentLevel,
    RoleName,
    SubsidyClaimState,
    SubsidyHold,
    SubsidyPurpose,
    SubsidyReceiptState,
)
from tests import factories
from tests.benefits.worlds import post_interest
from tests.payments.worlds import pensioner
from tests.subsidies.worlds import COUNTY, DECEMBER, TODAY, amounts_of, books, gov_fen, refused

RECEIVABLE, SUSPENSE = FundAccount.SUBSIDY_RECEIVABLE, FundAccount.SUBSIDY_SUSPENSE
LATE = SubsidyPurpose.LATE_INTEREST
PROVINCE, CITY, OWN = GovernmentLevel.PROVINCE, GovernmentLevel.CITY, GovernmentLevel.COUNTY


def covered(session, claim):
    rows = session.execute(
        text("SELECT covered_on FROM subsidy_claim_lines WHERE claim_id = :id ORDER BY seq"), {"id": claim.id}
    )
    return [row.covered_on for row in rows]


def waiting(session, claim):
    found, _ = subsidy_postings.list_waiting(session, claim=claim, limit=100, after=None)
    return [(one.resident_id, one.hold) for one in found]


def reverse(office, contribution, *, today=TODAY):
    return contribution_reversals.reverse(
        office.session, actor=office.reviewer, contribution_id=contribution.id, reason="录错", version=1, today=today
    )


def test_money_in_parts_reaches_line_after_line_once_every_level_has_paid(office, session):
    for _ in range(3):
        office.pay(office.payer())
    claim = office.claim()
    office.receive(PROVINCE, 3_000, on=date(2010, 12, 15))
    assert covered(session, claim) == [None] * 3
    office.receive(CITY, 1_500, on=date(2010, 12, 20))
    office.receive(OWN, 3_000, on=date(2010, 12, 10))
    # 15.00 of the city reach one person and half of the next.
    assert covered(session, claim) == [date(2010, 12, 20), None, None]
    assert claim.state is SubsidyClaimState.APPROVED
    office.receive(CITY, 1_500, on=date(2011, 1, 5))
    assert covered(session, claim) == [date(2010, 12, 20), date(2011, 1, 5), date(2011, 1, 5)]
    session.refresh(claim)
    assert claim.state is SubsidyClaimState.CLOSED
    assert books(session, RECEIVABLE) == {}
    assert books(session, FundAccount.TREASURY_ACCOUNT) == {0: 9_000}


def test_the_day_is_that_of_the_money_and_not_of_its_confirmation(office, session):
    """Advices come in any order; each line counts the day on which its last part was there."""
    for _ in range(2):
        office.pay(office.payer())
    claim = office.claim()
    office.receive(PROVINCE, 1_000, on=date(2011, 1, 10))
    office.receive(PROVINCE, 1_000, on=date(2010, 11, 1))
    office.receive(OWN, 2_000, on=date(2010, 11, 2))
    office.receive(CITY, 2_000, on=date(2010, 11, 3))
    assert covered(session, claim) == [date(2010, 11, 3), date(2011, 1, 10)]


def test_what_is_paid_too_much_waits_for_the_next_claim(office, session):
    office.pay(office.payer())
    claim = office.claim(until=date(2010, 12, 1))
    receipt, left_fen = office.receive(CITY, 2_500, claims=(claim.id,))
    assert left_fen == 1_500
    assert books(session, RECEIVABLE) == {2: 1_000, 3: -1_500, 4: 1_000}
    found = subsidy_positions.position(session, actor=office.clerk, county_code=COUNTY, as_of=TODAY)
    city = next(one for one in found.levels if one.level is CITY)
    assert (city.outstanding_fen, city.advance_fen) == (0, 1_500)
    office.pay(office.payer())
    office.pay(office.payer())
    later = office.claim()
    assert subsidy_covers.outstanding_fen(session, later, CITY) == 500
    assert subsidy_covers.shared_fen(session, receipt) == 2_500
    assert books(session, RECEIVABLE) == {2: 3_000, 3: 500, 4: 3_000}


def test_money_goes_to_the_named_claims_in_their_order_or_to_the_oldest(office, session):
    office.pay(office.payer())
    first = office.claim(until=date(2010, 12, 1))
    office.pay(office.payer())
    second = office.claim()
    office.receive(CITY, 1_200, claims=(second.id, first.id))
    assert [subsidy_covers.outstanding_fen(session, one, CITY) for one in (first, second)] == [800, 0]
    office.receive(OWN, 1_500)
    assert [subsidy_covers.outstanding_fen(session, one, OWN) for one in (first, second)] == [0, 500]


def test_two_persons_and_one_reference(office, session):
    office.pay(office.payer())
    claim = office.claim()
    facts = {
        "county_code": COUNTY, "purpose": claim.purpose, "level": CITY, "amount_fen": 1_000, "received_on": DECEMBER,
        "bank_reference": "CZ-77", "claim_ids": (), "today": TODAY,
    }  # fmt: skip
    receipt = subsidy_receipts.record(session, actor=office.finance, **facts)
    assert books(session, FundAccount.TREASURY_ACCOUNT) == {}
    with refused(session, SamePerson):
        subsidy_receipts.confirm(session, actor=office.finance, receipt_id=receipt.id, version=1, today=TODAY)
    with refused(session, StaleVersion):
        subsidy_receipts.confirm(session, actor=office.confirmer, receipt_id=receipt.id, version=4, today=TODAY)
    with refused(session, subsidy_receipts.BankReferenceUsed):
        subsidy_receipts.record(session, actor=office.confirmer, **facts)
    with refused(session, subsidy_receipts.ReceivedInFuture):
        subsidy_receipts.record(session, actor=office.finance, **facts | {"received_on": date(2011, 4, 1)})
    with refused(session, subsidy_receipts.ClaimNotOpen):
        later = facts | {"claim_ids": (claim.id,), "purpose": SubsidyPurpose.GOVERNMENT_PAID, "bank_reference": "CZ-78"}
        subsidy_receipts.record(session, actor=office.finance, **later)
    with refused(session, NotFound):
        unknown = facts | {"claim_ids": (4407839999999999,), "bank_reference": "CZ-79"}
        subsidy_receipts.record(session, actor=office.finance, **unknown)
    gone = subsidy_receipts.discard(session, actor=office.finance, receipt_id=receipt.id, reason="重复", version=1)
    assert gone.state is SubsidyReceiptState.DISCARDED
    with refused(session, subsidy_receipts.ReceiptNotWaiting):
        subsidy_receipts.confirm(session, actor=office.confirmer, receipt_id=receipt.id, version=2, today=TODAY)
    assert subsidy_receipts.record(session, actor=office.finance, **facts).bank_reference == "CZ-77"


def test_a_claim_that_money_has_come_for_stays(office, session):
    office.pay(office.payer())
    claim = office.claim()
    office.receive(CITY, 1)
    with refused(session, subsidy_claims.MoneyHasArrived):
        subsidy_claims.discard(session, actor=office.reviewer, claim_id=claim.id, reason="x", version=2, today=TODAY)


def test_on_claim_the_account_gets_the_subsidy_when_the_money_is_there(office, session, on_claim):
    """A2's first year: 100 on 2010-10-20, 30 on 2010-12-15."""
    person = office.payer()
    contribution = office.pay(person)
    assert (contribution.subsidy_fen, contribution.waiting_subsidy_fen) == (0, 3_000)
    assert gov_fen(session, person) == 0
    assert books(session, RECEIVABLE) == {}
    claim = office.claim()
    assert books(session, RECEIVABLE) == {2: 1_000, 3: 1_000, 4: 1_000}
    assert books(session, SUSPENSE) == {0: -3_000}
    assert office.post(claim) == 0
    office.receive_all(claim)
    assert waiting(session, claim) == [(person.id, None)]
    assert office.post(claim) == 3_000
    assert office.post(claim) == 0
    assert (gov_fen(session, person), books(session, SUSPENSE)) == (3_000, {})
    [line] = session.execute(
        text(
            "SELECT value_year, value_month, gov_fen, contribution_year, j.kind, j.business_date, j.maker_id, j.checker_id "
            "FROM account_lines JOIN journals AS j ON j.id = journal_id WHERE resident_id = :id AND gov_fen > 0"
        ),
        {"id": person.id},
    ).all()
    assert line[:6] == (2010, 12, 3_000, 2010, "subsidy", DECEMBER)
    assert line[6:] == (office.clerk.user_id, office.reviewer.user_id)


def test_two_years_of_one_person_arrive_in_one_claim(office, session, on_claim):
    person = office.payer()
    office.pay(person)
    office.pay(person, year=2011, on=date(2011, 2, 3))
    claim = office.claim(period="2011", until=date(2011, 3, 1))
    assert claim.line_count == 2
    office.receive_all(claim, on=date(2011, 3, 5))
    assert office.post(claim) == 6_000
    assert gov_fen(session, person) == 6_000


def test_money_that_came_before_the_contribution_counts_from_the_contribution(office, session, on_claim):
    office.receive(PROVINCE, 1_000, on=date(2010, 10, 5))
    office.receive(CITY, 1_000, on=date(2010, 10, 5))
    office.receive(OWN, 1_000, on=date(2010, 10, 5))
    person = office.payer()
    office.pay(person)
    claim = office.claim()
    assert claim.state is SubsidyClaimState.CLOSED
    assert office.post(claim) == 3_000
    assert session.execute(text("SELECT value_on FROM subsidy_postings")).scalar_one() == date(2010, 10, 20)


def test_whoever_computed_a_claim_does_not_post_it(office, session, on_claim, database):
    office.pay(office.payer())
    claim = office.claim()
    with pytest.raises(NotFound):
        # Seen by transactions of its own, which do not know what this one has not committed.
        list(subsidy_postings.post(database, actor=office.clerk, claim_id=claim.id, today=TODAY))


def test_who_cannot_be_credited_waits_with_a_reason(office, session, on_claim):
    people = {
        name: office.payer() for name in ("gone", "closed", "interest", "fine", "drawing", "settled", "cancelled")
    }
    paid = {name: office.pay(person) for name, person in people.items()}
    claim = office.claim()
    reverse(office, paid["gone"])
    for name, change in {
        "closed": "state = 'closed'",
        "interest": "interest_through = '2010-12-31'",
        "drawing": "state = 'drawing', interest_through = '2010-11-30'",
        "settled": "state = 'drawing', interest_through = '2010-12-31'",
        "cancelled": "cancels_on = '2010-10-19'",
    }.items():
        session.execute(text(f"UPDATE accounts SET {change} WHERE resident_id = :id"), {"id": people[name].id})
    office.receive_all(claim)
    assert office.post(claim) == 9_000
    assert {name: gov_fen(session, one) for name, one in people.items() if gov_fen(session, one)} == {
        "fine": 3_000, "drawing": 3_000, "interest": 3_000,
    }  # fmt: skip
    assert dict(waiting(session, claim)) == {
        people["gone"].id: SubsidyHold.CONTRIBUTION_GONE,
        people["closed"].id: SubsidyHold.ACCOUNT_CLOSED,
        people["settled"].id: SubsidyHold.INTEREST_POSTED,
        people["cancelled"].id: SubsidyHold.CANCELLATION,
    }
    assert books(session, SUSPENSE) == {0: -12_000}
    session.execute(text("UPDATE accounts SET interest_through = NULL"))
    assert office.post(claim) == 3_000


def test_a_contribution_reversed_after_its_subsidy_was_posted_gives_it_back(office, session, on_claim):
    person, other = office.payer(), office.payer()
    contribution = office.pay(person)
    claim = office.claim(until=date(2010, 12, 1))
    office.receive_all(claim)
    office.post(claim)
    reverse(office, contribution)
    assert gov_fen(session, person) == 0
    assert books(session, SUSPENSE) == {0: -3_000}
    # The money is government's again: the next claim is smaller by it, and pays somebody else with it.
    office.pay(other)
    third = office.payer()
    office.pay(third)
    later = office.claim()
    assert amounts_of(later).total_fen == 3_000
    assert books(session, SUSPENSE) == {0: -6_000}
    office.receive_all(later)
    assert office.post(later) == 6_000
    assert (gov_fen(session, other), gov_fen(session, third)) == (3_000, 3_000)
    assert books(session, SUSPENSE) == books(session, RECEIVABLE) == {}


def test_a_reversal_takes_the_interest_of_the_subsidy_back_too(office, session, on_claim):
    person = office.payer()
    contribution = office.pay(person)
    claim = office.claim()
    office.receive_all(claim, on=date(2010, 11, 5))
    office.post(claim)
    post_interest(session, person, 2010)
    assert gov_fen(session, person) == 3_000 + 6
    reverse(office, contribution)
    assert session.execute(
        text("SELECT personal_fen, gov_fen FROM accounts WHERE resident_id = :id"), {"id": person.id}
    ).one() == (0, 0)


@pytest.mark.parametrize("waits", [False, True])
def test_example_a3_the_interest_that_a_late_subsidy_lost_is_claimed(office, session, monkeypatch, waits):
    """30 that came two months late: 30 x 2.25 % x 2/12 = 0.1125, so 0.11, from the county."""
    if waits:
        from tests.subsidies.worlds import post_on_claim

        post_on_claim(monkeypatch)
    person, in_time = office.payer(), office.payer()
    office.pay(person)
    office.pay(in_time, on=date(2010, 12, 1))
    claim = office.claim()
    office.receive_all(claim)
    if waits:
        office.post(claim)
    late = office.claim(purpose=LATE)
    assert (late.line_count, late.amount_fen, late.county_fen) == (1, 11, 11)
    [line], _ = subsidy_positions.list_lines(
        session, claim=late, division_code=None, resident_id=None, covered=None, limit=9, after=None
    )
    assert (line[0].resident_id, line[0].base_fen, line[0].waits) == (person.id, 3_000, waits)
    assert books(session, FundAccount.LATE_INTEREST_RECEIVABLE) == {4: 11}
    # The fund bore it where the account had it from the beginning; else the person waits for it.
    against = FundAccount.SUBSIDY_SUSPENSE if waits else FundAccount.INTEREST_RECEIVABLE
    assert books(session, against) == {0: -11}
    office.receive_all(late, on=date(2011, 2, 1))
    assert books(session, FundAccount.LATE_INTEREST_RECEIVABLE) == {}
    assert office.post(late) == (11 if waits else 0)
    assert gov_fen(session, person) == (3_011 if waits else 3_000)
    with refused(session, subsidy_claims.NothingToClaim):
        office.compute(purpose=LATE, period="2011", until=TODAY)


def test_late_interest_over_the_turn_of_the_year_is_rounded_each_year(office, session):
    """100.00 at 30 from October 2010 to March 2011: 0.11 for two months of 2010, then 3/12 of 2.75 % on 30.11: 0.21."""
    office.pay(office.payer())
    claim = office.claim()
    office.receive_all(claim, on=date(2011, 3, 10))
    assert office.compute(purpose=LATE, period="2011").amount_fen == 11 + 21


def test_government_pays_its_part_of_each_months_pension_into_the_pool(office, session):
    """55 a month: 27.50 by the centre, the rest by thirds (policy.md §7)."""
    for number in range(2):
        person = pensioner(session, award=BySource(13_900, 0, 0), name=f"陈{number}")
        session.execute(
            text(
                "INSERT INTO payment_dues (county_code, resident_id, month, kind, division_code, basic_fen, account_fen, "
                "amount_fen, run_id, line_run_id, paid_on) VALUES (440783, :id, '2010-11-01', 'regular', :village, 5500, "
                "100, 5600, 1, 1, '2010-11-15')"
            ),
            {"id": person.id, "village": factories.VILLAGE},
        )
    before = books(session, FundAccount.POOL)
    claim = office.claim(purpose=SubsidyPurpose.BASIC_PENSION, period="2010-11")
    assert claim.journal_id is None
    assert (claim.central_fen, claim.province_fen, claim.city_fen, claim.county_fen) == (5_500, 1_832, 1_834, 1_834)
    office.receive_all(claim, on=date(2010, 12, 3))
    assert claim.state is SubsidyClaimState.CLOSED
    assert books(session, FundAccount.POOL).get(0, 0) == before.get(0, 0) - 11_000
    # One of the months is found to have been paid after a death: government gets it back by the next claim.
    session.execute(
        text("UPDATE payment_dues SET recovery_id = 5 WHERE resident_id = (SELECT min(resident_id) FROM payment_dues)")
    )
    found = subsidy_positions.position(session, actor=office.clerk, county_code=COUNTY, as_of=TODAY)
    assert {one.level: one.due_fen for one in found.levels if one.due_fen} == {
        GovernmentLevel.CENTRAL: -2_750, PROVINCE: -916, CITY: -917, OWN: -917,
    }  # fmt: skip


def test_the_position_tells_due_claimed_received_and_equals_the_books(office, session):
    for _ in range(3):
        office.pay(office.payer())
    office.claim(until=date(2010, 12, 1))
    office.pay(office.payer(), on=date(2010, 12, 24))
    office.receive(CITY, 700, on=date(2011, 1, 2))
    found = subsidy_positions.position(session, actor=office.clerk, county_code=COUNTY, as_of=TODAY)
    told = {one.level: (one.due_fen, one.claimed_fen, one.received_fen, one.outstanding_fen) for one in found.levels}
    assert told == {PROVINCE: (1_000, 3_000, 0, 3_000), CITY: (1_000, 3_000, 700, 2_300), OWN: (1_000, 3_000, 0, 3_000)}
    assert books(session, RECEIVABLE) == {0: 3_000, 2: 3_000, 3: 2_300, 4: 3_000}
    # As of a day on which nothing had been claimed yet, everything was due.
    earlier = subsidy_positions.position(session, actor=office.clerk, county_code=COUNTY, as_of=date(2011, 3, 30))
    assert {one.level: (one.due_fen, one.claimed_fen) for one in earlier.levels} == {
        PROVINCE: (4_000, 0), CITY: (4_000, 0), OWN: (4_000, 0),
    }  # fmt: skip
    village = factories.make_actor(session, RoleName.COUNTY_CLERK, division=factories.VILLAGE)
    with pytest.raises(NotFound):
        subsidy_positions.position(session, actor=village, county_code=COUNTY, as_of=TODAY)
