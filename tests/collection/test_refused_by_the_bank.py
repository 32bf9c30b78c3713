"""未缴名单 says what the bank said: the last answer of the year, unless it was paid since."""

from __future__ import annotations

from datetime import date

import pytest

from api.services import contribution_reversals, contributions, unpaid_contributions
from api.vocabulary import Rhythm, RoleName, UnpaidReason
from tests import factories
from tests.collection.worlds import TODAY, Office, payer
from tests.contributions.payments import pay


@pytest.fixture
def office(session):
    return Office.of(session)


def listed(session):
    found, _ = unpaid_contributions.list_people(
        session, factories.KEYRING, division_code=factories.TOWN, year=2011, today=TODAY, limit=100, after=None
    )
    return {one.resident_id: (one.reason, one.bank_reason) for one in found}


def answered(office, person, **facts):
    """A batch of which one person's line is refused, when they are named."""
    batch = office.sent(**facts)
    office.load(
        batch,
        office.answers(batch, refuse=lambda cells: person is not None and cells["social_number"] == str(person.id)),
    )
    return batch


def test_refused_never_asked_and_paid(session, office):
    refused, paid = payer(session), payer(session)
    answered(office, refused)
    silent = payer(session)
    assert listed(session) == {
        refused.id: (UnpaidReason.BANK_REFUSED, "余额不足"),
        silent.id: (UnpaidReason.NEVER_PAID, ""),
    }
    clerk = factories.make_actor(session, RoleName.TOWN_CLERK)
    pay(session, clerk, refused, year=2011, on=date(2011, 3, 16))
    assert set(listed(session)) == {silent.id}
    del paid


def test_what_was_deducted_later_and_reversed_is_no_refusal(session, office):
    person = payer(session)
    answered(office, person)
    answered(office, None)
    assert listed(session) == {}
    [booked] = contributions.standing(session, 440783, person.id)
    contribution_reversals.reverse(
        session, actor=office.reviewer, contribution_id=booked.id, reason="误扣", version=1, today=TODAY
    )
    assert listed(session) == {person.id: (UnpaidReason.NEVER_PAID, "")}


def test_of_a_year_in_parts_the_part_that_was_refused_counts(session, office):
    person = payer(session, rhythm=Rhythm.MONTHLY)
    answered(office, None)
    assert listed(session)[person.id] == (UnpaidReason.INSTALMENTS_OPEN, "")
    answered(office, person)
    assert listed(session)[person.id] == (UnpaidReason.BANK_REFUSED, "余额不足")
