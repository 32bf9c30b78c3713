"""Every line of the bank's files is booked whole, kept as failed, or set aside: never lost, never twice, never in part."""

from __future__ import annotations

import pytest

from api.vocabulary import CollectionResult, CollectionState
from tests.collection.worlds import (
    Office,
    balances,
    books,
    outcomes,
    payer,
)


@pytest.fixture
def office(session):
    return Office.of(session)


@pytest.fixture
def sent(session, office):
    """A batch of four people that the bank has not answered."""
    people = [
        payer(session, name=name, tier_fen=tier)
        for name, tier in (("梁一", 10_000), ("簕竹", 20_000), ("𠮷田", 50_000), ("欧阳四", 10_000))
    ]
    batch = office.sent()
    assert batch.line_count == 4
    return batch, people


def test_good_lines_are_on_the_accounts_and_in_the_books(session, office, sent):
    batch, people = sent
    taken = office.load(batch, office.answers(batch))
    assert [(one.posted_count, one.failed_count, one.finding_count) for one in taken.returns] == [(4, 0, 0), (0, 0, 0)]
    assert batch.state is CollectionState.CLOSED
    held = balances(session)
    assert [held[one.id] for one in people] == [(10_000, 3_000), (20_000, 3_000), (50_000, 3_000), (10_000, 3_000)]
    assert books(session) == {
        "income_account": 90_000,
        "subsidy_receivable": 12_000,
        "liability_personal": -90_000,
        "liability_gov": -12_000,
    }
    assert set(outcomes(session, batch).values()) == {CollectionResult.DEDUCTED}


def test_what_the_bank_refused_is_kept_with_its_words_and_nothing_is_booked(session, office, sent):
    batch, people = sent
    poor = str(people[1].id)
    taken = office.load(batch, office.answers(batch, refuse=lambda cells: cells["social_number"] == poor))
    assert [(one.posted_count, one.failed_count) for one in taken.returns] == [(3, 0), (0, 1)]
    assert batch.state is CollectionState.CLOSED
    assert (batch.deducted_fen, batch.failed_fen) == (70_000, 20_000)
    assert balances(session)[people[1].id] == (0, 0)
