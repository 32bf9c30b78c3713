"""What was set aside is decided by two persons, and money that has no line waits in suspense."""

from __future__ import annotations

import pytest

from api.errors import Invalid, StaleVersion
from api.services import collection_findings, collection_money, two_persons, verification
from api.services.collection_findings import Proposal
from api.vocabulary import CollectionResult, CollectionState, FindingDecision, FindingState
from tests import factories
from tests.collection.test_collection_returns import rewritten, with_cell
from tests.collection.worlds import DEDUCTED, SENT, TODAY, Office, balances, books, findings, outcomes, payer

PAID, FAILED, DISMISSED = FindingDecision


@pytest.fixture
def office(session):
    return Office.of(session)


@pytest.fixture
def aside(session, office):
    """A batch of three, one of whose lines came back for another person."""
    people = [payer(session, name=name) for name in ("梁一", "梁二", "梁三")]
    batch = office.sent()
    office.load(batch, rewritten(office.answers(batch), 0, with_cell(1, 1, "李四")))
    assert batch.state is CollectionState.POSTED
    return batch, people


def propose(office, batch, finding, decision, **more):
    return collection_findings.propose(
        office.session, actor=office.clerk, batch_id=batch.id, number=finding.number, version=finding.version,
        proposal=Proposal(decision=decision, evidence="银行书面证明 3号", **more),
    )  # fmt: skip


def decide(office, batch, finding, *, confirms=True, actor=None):
    return collection_findings.decide(
        office.session, actor=actor or office.reviewer, batch_id=batch.id, number=finding.number,
        version=finding.version, confirms=confirms, today=TODAY,
    )  # fmt: skip


def checked(session):
    for name in verification.check_names():
        if name[:2] in {"01", "03", "04", "07", "14", "80", "81", "82", "83", "84"}:
            check = verification.run_check(session, name)
            assert check.ok, (name, check.rows)


def test_accepted_as_paid_books_the_line_once_and_closes_the_batch(session, office, aside):
    batch, people = aside
    (finding,) = findings(session, batch)
    finding = propose(office, batch, finding, PAID)
    with pytest.raises(two_persons.SamePerson):
        decide(office, batch, finding, actor=office.clerk)
    finding = decide(office, batch, finding)
    assert finding.state is FindingState.RESOLVED
    assert balances(session)[people[1].id] == (10_000, 3_000)
    assert batch.state is CollectionState.CLOSED
    checked(session)
    with pytest.raises(collection_findings.FindingStateUnfit):
        propose(office, batch, finding, FAILED)


def test_accepted_as_failed_books_nothing(session, office, aside):
    batch, people = aside
    finding = propose(office, batch, findings(session, batch)[0], FAILED)
    decide(office, batch, finding)
    assert balances(session)[people[1].id] == (0, 0)
    assert outcomes(session, batch)[2] is CollectionResult.FAILED
    assert batch.state is CollectionState.CLOSED
    checked(session)


def test_dismissed_leaves_the_line_to_the_next_file(session, office, aside):
    batch, people = aside
    finding = propose(office, batch, findings(session, batch)[0], DISMISSED)
    decide(office, batch, finding)
    assert batch.state is CollectionState.POSTED
    office.load(batch, [office.answers(batch)[0]])
    assert balances(session)[people[1].id] == (10_000, 3_000)
    assert batch.state is CollectionState.CLOSED
    checked(session)


def test_a_proposal_that_is_sent_back_has_no_effect(session, office, aside):
    batch, people = aside
    finding = propose(office, batch, findings(session, batch)[0], PAID)
    finding = decide(office, batch, finding, confirms=False)
    assert (finding.state, finding.maker_id, finding.decision) == (FindingState.OPEN, None, None)
    assert balances(session)[people[1].id] == (0, 0)
    with pytest.raises(collection_findings.FindingStateUnfit):
        decide(office, batch, finding)


def test_a_line_that_is_final_takes_no_second_decision(session, office, aside):
    batch, _ = aside
    (finding,) = findings(session, batch)
    with pytest.raises(collection_findings.LineFinal):
        propose(office, batch, finding, PAID, seq=1)
    with pytest.raises(collection_findings.FindingWithoutLine):
        propose(office, batch, finding, PAID, seq=77)
    finding = propose(office, batch, finding, PAID)
    office.load(batch, [office.answers(batch)[0]])
    with pytest.raises(collection_findings.LineFinal):
        decide(office, batch, finding)


def test_an_unknown_line_can_be_told_whose_it_is(session, office):
    person = payer(session)
    batch = office.sent()
    office.load(batch, rewritten(office.answers(batch), 0, with_cell(0, 4, "GARBLED")))
    (finding,) = findings(session, batch)
    with pytest.raises(collection_findings.FindingWithoutLine):
        propose(office, batch, finding, PAID)
    finding = propose(office, batch, finding, PAID, seq=1)
    decide(office, batch, finding)
    assert balances(session)[person.id] == (10_000, 3_000)
    checked(session)


def test_a_line_that_the_bank_never_answered_becomes_final_by_its_signed_statement(session, office):
    people = [payer(session), payer(session)]
    batch = office.sent()
    good, _ = office.answers(batch)
    office.load(batch, [(good[0], good[1].split(b"\r\n")[0])])
    statement = Proposal(decision=FAILED, evidence="银行函：未扣", seq=2)
    finding = collection_findings.declare(
        session, actor=office.clerk, batch_id=batch.id, proposal=statement, deducted_on=DEDUCTED, today=TODAY
    )
    assert batch.state is CollectionState.POSTED
    decide(office, batch, finding)
    assert batch.state is CollectionState.CLOSED
    assert [balances(session)[one.id][0] for one in people] == [10_000, 0]
    assert collection_findings.count_open(session, batch) == 0
    checked(session)


def test_the_banks_own_text_is_sealed_and_its_reading_audited(session, office, aside):
    batch, _ = aside
    (finding,) = findings(session, batch)
    assert "李四".encode() not in (finding.raw_sealed or b"")
    _, raw = collection_findings.reveal(
        session, actor=office.clerk, keyring=factories.KEYRING, batch_id=batch.id, number=finding.number, reason="核对"
    )
    assert raw.split("|")[1] == "李四"
    with pytest.raises(StaleVersion):
        collection_findings.propose(
            session, actor=office.clerk, batch_id=batch.id, number=finding.number, version=9,
            proposal=Proposal(decision=DISMISSED, evidence="x"),
        )  # fmt: skip


def prove(office, batch, amount_fen, reference="DZ-1", on=DEDUCTED):
    return collection_money.prove(
        office.session, actor=office.finance, batch_id=batch.id, amount_fen=amount_fen, bank_reference=reference,
        arrived_on=on, today=TODAY,
    )  # fmt: skip


def reconcile(office, batch, seen_fen, *, actor=None, version=None):
    return collection_money.reconcile(
        office.session, actor=actor or office.reviewer, batch_id=batch.id, seen_fen=seen_fen,
        expected_version=version or batch.version, today=TODAY,
    )  # fmt: skip


def test_money_of_a_line_that_could_not_be_booked_waits_in_suspense_until_it_is(session, office, aside):
    batch, people = aside
    prove(office, batch, 30_000)
    standing = collection_money.standing(session, batch)
    assert (standing.listed_fen, standing.arrived_fen, standing.unbooked_fen) == (20_000, 30_000, 10_000)
    with pytest.raises(two_persons.SamePerson):
        reconcile(office, batch, 10_000, actor=office.finance)
    with pytest.raises(collection_money.DifferenceChanged):
        reconcile(office, batch, 9_999)
    reconcile(office, batch, 10_000)
    assert (books(session)["income_account"], books(session)["suspense"]) == (30_000, -10_000)
    with pytest.raises(collection_money.NothingToReconcile):
        reconcile(office, batch, 0)
    decide(office, batch, propose(office, batch, findings(session, batch)[0], PAID))
    assert collection_money.standing(session, batch).unbooked_fen == -10_000
    reconcile(office, batch, -10_000)
    assert (books(session)["income_account"], books(session)["suspense"]) == (30_000, 0)
    assert balances(session)[people[1].id] == (10_000, 3_000)
    checked(session)


def test_too_little_money_shows_and_an_advice_counts_once(session, office, aside):
    batch, _ = aside
    prove(office, batch, 19_000)
    with pytest.raises(collection_money.AdviceKnown):
        prove(office, batch, 19_000)
    with pytest.raises(collection_money.ArrivalDayUnfit):
        prove(office, batch, 1, "DZ-2", SENT.replace(day=1))
    with pytest.raises(Invalid):
        prove(office, batch, 0, "DZ-2")
    with pytest.raises(StaleVersion):
        reconcile(office, batch, -1_000, version=1)
    reconcile(office, batch, -1_000)
    assert (books(session)["income_account"], books(session)["suspense"]) == (19_000, 1_000)
    checked(session)
