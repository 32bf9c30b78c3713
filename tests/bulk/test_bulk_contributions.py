"""Contributions of a list are, row by row, what recording them one by one would have written."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from api.services import bulk_contributions, contribution_reversals, contributions, receipts
from api.services.bulk_contributions import NewContribution
from api.services.contribution_rules import Offer
from api.vocabulary import Channel, ContributionKind, RoleName
from tests import factories
from tests.factories import KEYRING

TODAY = date(2010, 11, 30)
COUNTY_CODE = 440783


def offer(*, tier_fen=10_000, channel=Channel.CASH, kind=ContributionKind.ANNUAL, paid_on=date(2010, 11, 3), year=2010):
    return Offer(kind=kind, contribution_year=year, paid_on=paid_on, channel=channel, tier_fen=tier_fen)


def insured(session, **facts):
    resident = factories.make_resident(session, **facts)
    factories.enrol(session, resident)
    return resident


def record_all(session, actor, *rows, today=TODAY):
    return bulk_contributions.record_all(
        session,
        actor=actor,
        keyring=KEYRING,
        county_code=COUNTY_CODE,
        rows=[NewContribution(resident.id, one) for resident, one in rows],
        today=today,
    )


FACTS = {
    "journals": "SELECT j.kind, j.business_date, j.maker_id, j.checker_id FROM journals j ORDER BY j.id",
    "lines": (
        "SELECT value_year, value_month, division_code, personal_fen, collective_fen, gov_fen, fund_fen, "
        "contribution_year FROM account_lines ORDER BY resident_id, journal_id"
    ),
    "fund": (
        "SELECT fund_account, party_id, division_code, debit_fen, credit_fen FROM fund_lines "
        "ORDER BY journal_id, fund_account"
    ),
    "contributions": (
        "SELECT contribution_year, kind, instalment, tier_fen, amount_fen, subsidy_fen, paid_on, channel, state, "
        "recorded_by_id FROM contributions ORDER BY id"
    ),
    "receipts": "SELECT collector_id, number, amount_fen, issued_on FROM receipts ORDER BY number",
    "balances": "SELECT personal_fen, collective_fen, gov_fen FROM accounts ORDER BY resident_id",
}


def everything(session):
    session.flush()
    return {name: [tuple(row) for row in session.execute(text(query))] for name, query in FACTS.items()}


def offers():
    return [
        offer(),
        offer(tier_fen=50_000, channel=Channel.BANK_DEDUCTION),
        offer(tier_fen=None, paid_on=date(2010, 11, 29)),
        offer(kind=ContributionKind.GOVERNMENT_PAID, tier_fen=None, channel=Channel.GOVERNMENT),
    ]


def test_a_list_writes_what_single_entries_write(database):
    """Both ways over equal people in rehearsals that are undone; the written facts are compared in full."""
    from api.database import system_actor

    written = []
    for bulk in (True, False):
        with database.rehearsal(system_actor(440783000000)) as session:
            people = [insured(session, disability_grade=1 if place == 3 else None) for place in range(4)]
            actor = factories.make_actor(session, RoleName.VILLAGE_ASSISTANT)
            if bulk:
                assert record_all(session, actor, *zip(people, offers(), strict=True)) == (4, [])
            else:
                for resident, one in zip(people, offers(), strict=True):
                    contributions.record(
                        session, actor=actor, keyring=KEYRING, resident_id=resident.id, offer=one, today=TODAY
                    )
            facts = everything(session)
            who = {actor.user_id: "collector"}
            written.append(
                {name: [tuple(who.get(cell, cell) for cell in row) for row in rows] for name, rows in facts.items()}
            )
    assert written[0] == written[1]
    assert len(written[0]["receipts"]) == 2


def test_refused_rows_are_named_and_leave_no_trace(session):
    good, stranger = insured(session), factories.make_resident(session)
    actor = factories.make_actor(session, RoleName.VILLAGE_ASSISTANT)
    count, refusals = record_all(
        session,
        actor,
        (stranger, offer()),
        (good, offer()),
        (good, offer()),
        (good, offer(tier_fen=20_000)),
        (good, offer(paid_on=date(2010, 12, 1))),
    )
    assert count == 1
    assert [(one.row_no, one.code) for one in refusals] == [
        (0, "enrolment-not-approved"),
        (2, "contribution-already-recorded"),
        (3, "tier-fixed-for-year"),
        (4, "paid-in-future"),
    ]
    facts = everything(session)
    assert facts["balances"] == [(10_000, 0, 3_000)]
    assert [row[1] for row in facts["receipts"]] == [1]


def test_receipt_numbers_go_on_unbroken_between_single_entries_and_lists(session):
    actor = factories.make_actor(session, RoleName.VILLAGE_ASSISTANT)
    first, second, third = (insured(session) for _ in range(3))
    contributions.record(session, actor=actor, keyring=KEYRING, resident_id=first.id, offer=offer(), today=TODAY)
    record_all(session, actor, (second, offer()), (third, offer()))
    assert [row[1] for row in everything(session)["receipts"]] == [1, 2, 3]
    for receipt_id in session.execute(text("SELECT id FROM receipts")).scalars():
        receipt = receipts.get(session, receipt_id)
        assert receipt.verification_code == receipts.verification_code(KEYRING, receipt)


def test_one_contribution_of_a_list_can_be_reversed_alone(session):
    actor = factories.make_actor(session, RoleName.VILLAGE_ASSISTANT)
    people = [insured(session) for _ in range(3)]
    record_all(session, actor, *((one, offer(channel=Channel.BANK_DEDUCTION)) for one in people))
    clerk = factories.make_actor(session, RoleName.COUNTY_CLERK)
    wrong = session.execute(
        text("SELECT id, version FROM contributions WHERE resident_id = :id"), {"id": people[1].id}
    ).one()
    contribution_reversals.reverse(
        session, actor=clerk, contribution_id=wrong.id, reason="重复扣款", version=wrong.version, today=TODAY
    )
    session.flush()
    balances = dict(session.execute(text("SELECT resident_id, personal_fen + gov_fen FROM accounts")).all())
    assert [balances[one.id] for one in people] == [13_000, 0, 13_000]


@pytest.mark.parametrize("count", [0, 1])
def test_the_system_takes_no_cash(session, count):
    from api.database import system_actor
    from api.services.receipts import CashNeedsAPerson

    rows = [(insured(session), offer()) for _ in range(count)]
    if count:
        with pytest.raises(CashNeedsAPerson):
            record_all(session, system_actor(440783000000), *rows)
    else:
        assert record_all(session, system_actor(440783000000)) == (0, [])
