"""`nongbao verify` on books with a bit of everything: silent when they are right, and each check finds its violation."""

from __future__ import annotations

import json
from datetime import date

import pytest
from sqlalchemy import select, text
from sqlmodel import col

from api.database import WHOLE, DatabaseRole, load_sql, system_actor
from api.models import Contribution
from api.policy.changes import CHANGE_RULES
from api.policy.money import BySource
from api.services import (
    attachments,
    awards,
    backdated_contributions,
    cancellations,
    change_requests,
    collection_findings,
    contribution_reversals,
    contributions,
    government_paid_postings,
    government_paid_runs,
    interest_runs,
    payer_list_postings,
    payer_lists,
    payment_runs,
    receipt_blocks,
    receipt_voids,
    remittances,
    settlements,
    verification,
    year_proofs,
)
from api.services.case_procedures import Ruling
from api.services.change_values import ChangeForm
from api.services.collection_findings import Proposal
from api.services.contribution_rules import Offer
from api.services.payees import PayeeFacts
from api.vocabulary import (
    AttachmentKind,
    BlockPurpose,
    CancellationProof,
    CancellationReason,
    CaseState,
    ChangeKind,
    Channel,
    ContributionKind,
    Decision,
    DepartmentListKind,
    EnrolmentStep,
    FindingDecision,
    FundTransferWay,
    GovernmentLevel,
    PayeeRelation,
    PayerKind,
    PayerListKind,
    ProofKind,
    RoleName,
    RunState,
)
from tests import factories
from tests.attachments.files import JPEG
from tests.benefits.worlds import a9_person, contribute, house, post_interest
from tests.collection.worlds import DEDUCTED, TODAY, lines_of, payer
from tests.collection.worlds import Office as Deductions
from tests.department_lists.worlds import Desk, person
from tests.fund.worlds import Ledger
from tests.interest.test_year_proofs import seal
from tests.land_projects.worlds import LandOffice
from tests.payments.worlds import Office
from tests.subsidies.worlds import Office as SubsidyOffice
from tests.subsidies.worlds import post_on_claim
from tests.verification.seeds import SEEDS

JULY, AUGUST, SEPTEMBER = date(2015, 7, 1), date(2015, 8, 1), date(2015, 9, 1)


@pytest.fixture(scope="module")
def books(database):
    """Cash, a reversal, a remittance, awards, a month with a refusal, a month that pays it, a month in transit."""
    with database.unit_of_work(system_actor(440783000000)) as session:
        office = Office.of(session)
        collect_cash(session, office)
        change_names(session)
        settle_the_dead(session, office)
        ids = []
        for person in (a9_person(session, household=factories.make_household(session)), house(session)[0]):
            award = awards.propose(session, actor=office.clerk, resident_id=person.id, today=date(2015, 6, 20))
            awards.decide(
                session, actor=office.reviewer, award_id=award.id, decision=Decision.APPROVE, opinion=None,
                expected_version=award.version, today=date(2015, 6, 25),
            )  # fmt: skip
            ids.append(person.id)
        office.refuse = lambda line: line.month == JULY and line.resident_id == ids[0]
        office.month(JULY)
        office.refuse = lambda line: False
        office.month(AUGUST)
        adopt_list(session)
        deduct(session)
        claim_subsidies(session)
        run = office.compute(SEPTEMBER)
        office.approve(run)
        office.release(run)
        pay_for_others(session, office)
        taken = factories.make_resident(session)
        LandOffice.of(session).approved(session, [taken])
        attachments.upload(
            session, factories.KEYRING, actor=office.clerk, resident_id=taken.id, kind=AttachmentKind.ID_CARD,
            title=None, content=JPEG, subject=None, most_bytes=5000,
        )  # fmt: skip
    prove_a_year(database)
    return database


def prove_a_year(database):
    """Years are closed until 2015; December's cash of the last comes in January, and its year is sealed and proven."""
    today = date(2016, 1, 10)
    system = system_actor(440783000000)
    with database.unit_of_work(system) as session:
        late = factories.make_resident(session)
        factories.enrol(session, late)
        clerk = factories.make_actor(session, RoleName.COUNTY_CLERK)
        collector = factories.make_actor(session, RoleName.TOWN_CLERK)
        reviewer = factories.make_actor(session, RoleName.COUNTY_REVIEWER)
        session.execute(text("UPDATE accounts SET interest_through = greatest(interest_through, '2014-12-31')"))
    with database.unit_of_work(clerk) as session:
        run = interest_runs.compute(session, actor=clerk, county_code=440783, year=2015, today=today)
    interest_runs.approve(database, actor=reviewer, run_id=run.id, content_hash=run.content_hash)
    offer = Offer(
        kind=ContributionKind.ANNUAL, contribution_year=2015, paid_on=date(2015, 11, 28), channel=Channel.BANK_TRANSFER,
        tier_fen=12_000,
    )  # fmt: skip
    with database.unit_of_work(system) as session:
        proposal = backdated_contributions.propose(
            session, actor=collector, resident_id=late.id, offer=offer, reason="银行回单迟到", today=today
        )
    with database.unit_of_work(reviewer) as session:
        backdated_contributions.decide(
            session, actor=reviewer, keyring=factories.KEYRING, proposal_id=proposal.id, decision=Decision.APPROVE,
            opinion=None, version=proposal.version, today=today,
        )  # fmt: skip
    seal(database)
    with database.unit_of_work(system) as session:
        year_proofs.make(session, actor=system, county_code=440783, year=2015, today=today)
    with database.unit_of_work(system_actor(440700000000)) as session:
        close_a_month(session)
    return database


def close_a_month(session):
    """The books of the county beside: a month with a contribution and a sweep, both on the bank's statement, closed."""
    books = Ledger.of(session, village=440784001210)
    books.pays(books.person(), on=date(2010, 11, 3), year=2010)
    books.moves(FundTransferWay.SWEEP, 10_000, on=date(2010, 11, 30))
    books.close(date(2010, 11, 1))


def deduct(session):
    """A deduction batch of four: two booked, one of them reversed, one refused by the bank, one decided by two persons."""
    office = Deductions.of(session)
    people = [payer(session, household=factories.make_household(session)) for _ in range(4)]
    batch = office.sent()
    poor, lost = str(people[1].id), str(people[2].id)
    good, bad = office.answers(batch, refuse=lambda cells: cells["social_number"] == poor)
    rows = [row for row in good[1].split(b"\r\n") if row and not row.startswith(lost.encode())]
    office.load(batch, [(good[0], b"\r\n".join(rows)), bad])
    seq = next(line.seq for line in lines_of(session, batch) if str(line.resident_id) == lost)
    finding = collection_findings.declare(
        session, actor=office.clerk, batch_id=batch.id, deducted_on=DEDUCTED, today=TODAY,
        proposal=Proposal(decision=FindingDecision.PAID, evidence="银行函", seq=seq),
    )  # fmt: skip
    collection_findings.decide(
        session, actor=office.reviewer, batch_id=batch.id, number=finding.number, version=finding.version, confirms=True,
        today=TODAY,
    )  # fmt: skip
    booked = contributions.standing(session, 440783, people[0].id)[0]
    contribution_reversals.reverse(
        session, actor=office.reviewer, contribution_id=booked.id, reason="误扣", version=booked.version, today=TODAY
    )


def claim_subsidies(session):
    """A claim on government of which a part has come, and a subsidy that was put into its account on arrival."""
    desk = SubsidyOffice.of(session)
    with pytest.MonkeyPatch.context() as patch:
        post_on_claim(patch)
        desk.pay(desk.payer(household=factories.make_household(session)), on=date(2010, 10, 21))
    claim = desk.claim()
    desk.receive(GovernmentLevel.COUNTY, claim.county_fen)
    desk.receive(GovernmentLevel.PROVINCE, claim.province_fen)
    desk.receive(GovernmentLevel.CITY, claim.city_fen)
    assert desk.post(claim) == 3_000


def pay_for_others(session, office):
    """A village's money on one account and, for somebody who died, not; and a year that government paid for."""
    day = date(2015, 9, 1)
    maker = factories.make_actor(session, RoleName.TOWN_CLERK)
    people = [factories.make_resident(session, disability_grade=grade) for grade in (None, None, 1)]
    for one in people:
        factories.enrol(session, one, on=date(2015, 8, 3), tier_fen=12_000)
    statement = payer_lists.PayerStatement(
        kind=PayerListKind.COLLECTIVE, payer_kind=PayerKind.VILLAGE_COLLECTIVE, payer_name="经联社", basis="1号",
        basis_on=day, contribution_year=2015, division_code=people[0].division_code,
    )  # fmt: skip
    lines = [payer_lists.NewLine(one.id, 5_000) for one in people[:2]]
    made = payer_lists.create(session, actor=maker, statement=statement, lines=lines, today=day)
    payer_lists.submit(session, actor=maker, list_id=made.id, version=1)
    payer_list_postings.confirm(
        session, actor=office.finance, list_id=made.id, version=2, amount_fen=10_000, bank_reference="D1",
        arrived_on=day, today=day,
    )  # fmt: skip
    session.execute(
        text("UPDATE residents SET status = 'dead', status_on = '2015-08-20' WHERE id = :id"), {"id": people[1].id}
    )
    payer_list_postings.approve(
        session, actor=office.reviewer, list_id=made.id, version=3, content_hash=made.content_hash, opinion=None,
        today=day,
    )  # fmt: skip
    run = government_paid_runs.compute(session, actor=office.clerk, county_code=440783, paid_on=day, today=day)
    run.state, run.checker_id = RunState.APPROVED, office.reviewer.user_id
    session.flush()
    for town in run.summary["towns"]:
        government_paid_postings.post_town(session, run=run, town_code=town["town_code"], today=day)
    government_paid_postings.finish(session, actor=office.reviewer, run=run)


def adopt_list(session):
    """A list of another department that was adopted, with somebody whom nobody knows on it."""
    desk = Desk(session)
    known = person(session, birth_date=date(1980, 3, 1), household=factories.make_household(session))
    nobody = factories.id_number(date(1980, 3, 2))
    brought = desk.bring(DepartmentListKind.WUBAO, (known.name, known.number, "2010-11"), ("陈某", nobody))
    assert desk.approve(brought.found).applied_count == 1


def collect_cash(session, office):
    """Two receipts, one of them reversed, and the cash of the other paid in and confirmed."""
    collector = factories.make_actor(session, RoleName.TOWN_CLERK)
    kept = []
    for _ in range(2):
        person = factories.make_resident(session, household=factories.make_household(session))
        factories.enrol(session, person)
        offer = Offer(
            kind=ContributionKind.ANNUAL, contribution_year=2010, paid_on=date(2010, 11, 3), channel=Channel.CASH,
            tier_fen=10_000,
        )  # fmt: skip
        done = contributions.record(
            session, actor=collector, keyring=factories.KEYRING, resident_id=person.id, offer=offer,
            today=date(2010, 11, 3),
        )  # fmt: skip
        kept.append(done.contribution)
    contribution_reversals.reverse(
        session, actor=office.clerk, contribution_id=kept[1].id, reason="重复", version=kept[1].version,
        today=date(2010, 11, 4),
    )  # fmt: skip
    paid_in = remittances.record(
        session, actor=collector, amount_fen=10_000, paid_in_on=date(2010, 11, 4), bank_reference="B1",
        today=date(2010, 11, 4),
    )  # fmt: skip
    remittances.confirm(
        session, actor=office.finance, remittance_id=paid_in.id, version=paid_in.version, today=date(2010, 11, 5)
    )
    block = receipt_blocks.issue(
        session, actor=office.clerk, collector_id=collector.user_id, count=3, purpose=BlockPurpose.PAPER, label=None,
        today=date(2010, 11, 6),
    )  # fmt: skip
    voids = receipt_voids.propose(
        session, actor=collector, number=block.last_number, last_number=None, reason="写错", today=date(2010, 11, 6)
    )
    receipt_voids.decide(
        session, actor=office.clerk, void_ids=[voids[0].id], is_confirmed=True, today=date(2010, 11, 6)
    )


def change_names(session):
    """Two people get another name by request; one of them another address afterwards."""
    today = date(2010, 11, 5)
    hands = {
        EnrolmentStep.VILLAGE_CHECK: factories.make_actor(session, RoleName.VILLAGE_ASSISTANT),
        EnrolmentStep.TOWNSHIP_REVIEW: factories.make_actor(session, RoleName.TOWN_REVIEWER),
        EnrolmentStep.COUNTY_APPROVAL: factories.make_actor(session, RoleName.COUNTY_REVIEWER),
    }
    maker = factories.make_actor(session, RoleName.TOWN_CLERK)
    for _ in range(2):
        person = factories.make_resident(session)
        for kind, value in ((ChangeKind.NAME, "陈更名"), (ChangeKind.ADDRESS, "长沙街1号")):
            form = ChangeForm(kind=kind, value=value, effective_on=today, proof=ProofKind.HOUSEHOLD_BOOK)
            case = change_requests.hand_in(
                session, factories.KEYRING, actor=maker, resident_id=person.id, form=form, today=today
            )
            for step, actor in hands.items():
                if case.state is not CaseState.ARCHIVED:
                    ruling = Ruling(step, Decision.APPROVE, None, today)
                    case = change_requests.decide(
                        session, factories.KEYRING, actor=actor, request_id=case.id, version=case.version, ruling=ruling
                    )


def settle_the_dead(session, office):
    """Two who died: the settlement of one is paid, that of the other waits for its payment."""
    today = date(2011, 3, 31)
    maker = factories.make_actor(session, RoleName.VILLAGE_ASSISTANT)
    hands = [
        factories.make_actor(session, role)
        for role in (RoleName.TOWN_CLERK, RoleName.TOWN_REVIEWER, RoleName.COUNTY_REVIEWER)
    ]
    heir = PayeeFacts(PayeeRelation.CHILD, "梁继承", factories.id_number(date(1980, 2, 3)), "6228480402564890018")
    form = cancellations.Form(
        reason=CancellationReason.DEATH, event_on=date(2011, 3, 10), proof=CancellationProof.DEATH_CERTIFICATE,
        payee=heir,
    )  # fmt: skip
    for is_paid in (True, False):
        person = factories.make_resident(session, household=factories.make_household(session))
        factories.enrol(session, person)
        contribute(session, person, 2010, date(2010, 10, 20), BySource(10_000, 0, 3_000))
        post_interest(session, person, 2010)
        case = cancellations.hand_in(
            session, factories.KEYRING, actor=maker, resident_id=person.id, form=form, today=today
        )
        for step, actor in zip(EnrolmentStep, hands, strict=True):
            ruling = Ruling(step, Decision.APPROVE, None, today)
            cancellations.decide(session, actor=actor, cancellation_id=case.id, version=case.version, ruling=ruling)
        clerk = factories.make_actor(session, RoleName.COUNTY_CLERK)
        sheet = settlements.compute(session, actor=clerk, cancellation_id=case.id, today=today)
        sheet = settlements.approve(
            session, actor=hands[-1], settlement_id=sheet.id, given_hash=sheet.content_hash, opinion=None,
            expected_version=sheet.version, today=today,
        )  # fmt: skip
        if is_paid:
            settlements.pay(
                session, actor=office.finance, settlement_id=sheet.id, paid_on=today, bank_reference="J1",
                expected_version=sheet.version, today=today,
            )  # fmt: skip


def test_right_books_pass_every_check(books):
    report = verification.verify(books)
    assert {check.name: check.rows for check in report.checks if not check.ok} == {}
    assert report.ok
    document = json.loads(json.dumps(report.as_json()))
    assert len(document["checks"]) == len(verification.check_names()) + 4
    assert all(check["title"].strip() and not check["title"].startswith("SELECT") for check in document["checks"])


def test_the_check_knows_how_many_persons_each_item_needs():
    text_of_check = load_sql("verification", "57_change_requests_persons")
    for kind, rule in CHANGE_RULES.items():
        ends_in_town = rule.last_step is EnrolmentStep.TOWNSHIP_REVIEW
        assert (f"'{kind.value}'" in text_of_check) is ends_in_town, kind


def test_every_check_has_a_violation_to_find():
    assert sorted(SEEDS) == sorted(name[3:] for name in verification.check_names())


@pytest.fixture
def vandal(books):
    """A session that may do anything, and whose doings are undone."""
    session = books.session(WHOLE, role=DatabaseRole.WIDE)
    session.execute(text("RESET ROLE"))
    yield session
    session.rollback()
    session.close()


@pytest.mark.parametrize("name", verification.check_names())
def test_a_seeded_violation_is_found(vandal, name):
    assert verification.run_check(vandal, name).ok
    touched = 0
    for statement in SEEDS[name[3:]]:
        touched += max(vandal.execute(text(statement)).rowcount, 0)
    assert touched > 0, "the seed changed nothing"
    found = verification.run_check(vandal, name)
    assert not found.ok
    assert found.violations >= len(found.rows) > 0


def test_a_line_changed_after_approval_breaks_the_content_hash(vandal):
    assert verification.check_content_hashes(vandal).ok
    vandal.execute(
        text("UPDATE payment_lines SET name = '黄大仙' WHERE seq = 1 AND run_id = (SELECT max(id) FROM payment_runs)")
    )
    found = verification.check_content_hashes(vandal)
    assert found.violations == 1


def test_interest_that_the_law_does_not_give_is_found(vandal):
    sound = verification.check_interest_sample(vandal)
    assert sound.ok
    assert not sound.title.startswith("抽查0")
    vandal.execute(
        text(
            "UPDATE account_lines SET personal_fen = personal_fen + 1"
            " WHERE journal_id = (SELECT id FROM journals WHERE kind = 'settlement_interest' LIMIT 1)"
        )
    )
    assert verification.check_interest_sample(vandal).violations >= 1


def test_a_subsidy_that_the_law_of_its_time_does_not_give_is_found(vandal):
    assert verification.check_posted_subsidies(vandal).ok
    vandal.execute(text("UPDATE contributions SET subsidy_fen = subsidy_fen + 1 WHERE law_serial = 0"))
    found = verification.check_posted_subsidies(vandal)
    assert not found.ok
    assert found.violations >= len(found.rows) > 0


def test_the_wide_role_can_read_but_not_mend(books):
    with books.read_snapshot(WHOLE, role=DatabaseRole.WIDE) as session:
        assert session.scalars(select(Contribution).where(col(Contribution.state) == "reversed")).all()
        with pytest.raises(Exception, match="read-only"):
            session.execute(text("UPDATE accounts SET personal_fen = 0"))


def test_a_run_in_transit_is_not_closed(books):
    with books.read_snapshot(system_actor(440783000000)) as session:
        runs, _ = payment_runs.list_runs(session, limit=10, after=None)
    assert [run.state.value for run in runs] == ["sent", "closed", "closed"]


@pytest.mark.parametrize("table", ["enrolment_decisions", "change_request_decisions", "cancellation_decisions"])
def test_a_delegate_who_is_no_third_person_is_found_in_every_kind_of_case(vandal, table):
    name = "56_delegated_steps_have_third_persons"
    assert verification.run_check(vandal, name).ok
    vandal.execute(text(f"UPDATE {table} SET on_behalf_of_id = decided_by_id WHERE step = 'township_review'"))
    assert not verification.run_check(vandal, name).ok
